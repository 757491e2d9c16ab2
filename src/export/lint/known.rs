//! A session's page against what the session knows: the evidence, and what people did and said in it.
//!
//! Nothing of the page is exempt, the engine's own draft as little as a person's sentence. What only the
//! journal knows (who worked, what ran and how it ended, what was noted) is one more source behind the
//! evidence's own; it holds facts, never the page itself.

use super::check::{Finding, lint_with};
use super::own::Own;
use crate::domain::{Evidence, Origin, Source, SourceId};
use crate::export::postmortem::facts;
use crate::session::Session;

/// What is wrong with a page of this session.
pub fn lint_session(session: &Session, page: &str, own: &Own) -> Vec<Finding> {
    lint_with(page, Some(&known(session)), own)
}

/// The evidence with the journal's facts behind it.
fn known(session: &Session) -> Evidence {
    let mut out = session.evidence.clone();
    let facts = facts(session);
    let done = facts
        .done
        .iter()
        .map(|d| format!("{} {} ({}) {} {} {} {}", d.at, d.action, d.by, d.command, d.checked_at, d.check, d.because));
    let updates = facts.updates.iter().map(|(at, due)| format!("{at} update made; the next was due {due}"));
    let lists = [&facts.people, &facts.roles, &facts.runs, &facts.actions, &facts.notes, &facts.judgements];
    let lines: Vec<String> = lists.into_iter().flatten().cloned().chain(done).chain(updates).collect();
    if !lines.is_empty() {
        let id = SourceId(out.sources.len() as u32);
        let source = Source { id, name: "journal".into(), origin: Origin::Paste, text: lines.join("\n").into() };
        out.readings.push(crate::intake::read(&source));
        out.sources.push(source);
    }
    out
}
