//! The postmortem of a session: drafted from the report and from what people did.

pub use crate::analyst::report::postmortem::{Facts, Template, draft, render};
use crate::journal::event::NoteKind;
use crate::session::Session;

/// What the journal knows beside the report.
pub fn facts(s: &Session) -> Facts {
    Facts {
        people: super::people::people(s),
        runs: s.runs.values().map(super::people::run).collect(),
        actions: super::people::notes(s, &[NoteKind::Action, NoteKind::Decision]),
        notes: super::people::notes(s, &[NoteKind::Question, NoteKind::Note, NoteKind::Role]),
        judgements: super::people::judgements(s),
        date: None,
    }
}

/// The postmortem as it stands: a person's text where there is one, else a fresh draft.
pub fn current(s: &Session) -> String {
    if s.postmortem.edited {
        return s.postmortem.text.to_string();
    }
    match &s.report {
        Some(report) => draft(report, &facts(s), Template::Full),
        None => s.postmortem.text.to_string(),
    }
}
