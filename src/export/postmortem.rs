//! The postmortem of a session: drafted from the report and from what people did.

pub use crate::analyst::report::postmortem::{Facts, Template, draft, render};
use crate::fault::Fault;
use crate::journal::event::NoteKind;
use crate::session::Session;

/// What the journal knows beside the report.
pub fn facts(s: &Session) -> Facts {
    Facts {
        people: super::people::people(s),
        runs: s.runs.values().map(|r| super::mitigated::run(s, r)).collect(),
        done: super::mitigated::done(s),
        actions: super::people::notes(s, &[NoteKind::Action, NoteKind::Decision]),
        notes: super::people::notes(s, &[NoteKind::Question, NoteKind::Note]),
        roles: s.notes.iter().filter(|n| n.kind == NoteKind::Role).map(|n| n.text.clone()).collect(),
        updates: s.updates.iter().map(|u| (u.at, u.due)).collect(),
        judgements: super::people::judgements(s),
        date: None,
    }
}

/// The postmortem as it stands: a person's text where there is one, else a fresh draft in the
/// template with this name and text, or in ours.
///
/// # Errors
/// The template does not render.
pub fn current(s: &Session, template: Option<(&str, &str)>) -> Result<String, Fault> {
    match (&s.report, template) {
        (Some(report), Some((name, text))) if !s.postmortem.edited => render(report, &facts(s), name, text),
        (Some(report), None) if !s.postmortem.edited => Ok(draft(report, &facts(s), Template::Full)),
        _ => Ok(s.postmortem.text.to_string()),
    }
}
