//! What people say of hypotheses: confirm, rule out, reopen, add, re-rank. Each with a reason.

use super::Turn;
use super::navigate::current;
use crate::app::desk::Desk;
use crate::app::prompt::{Asking, Prompt};
use crate::app::row::{Role, Subject};
use crate::domain::Verdict;
use crate::session::Session;

fn under_cursor(session: &Session, desk: &mut Desk) -> Option<String> {
    match current(session, desk).subject {
        Subject::Hypothesis(id) => Some(id),
        _ => {
            desk.say(Role::Dim, "move to a hypothesis first");
            None
        }
    }
}

fn judge(session: &Session, desk: &mut Desk, verdict: Verdict) {
    let Some(hypothesis) = under_cursor(session, desk) else { return };
    let label = format!("{} — why?", verdict.name());
    desk.prompt = Some(Prompt::new(Asking::Reason { hypothesis, verdict }, label));
}

/// Confirms it.
pub fn confirm(session: &Session, desk: &mut Desk, _: &mut Turn) {
    judge(session, desk, Verdict::Confirmed);
}

/// Rules it out.
pub fn rule_out(session: &Session, desk: &mut Desk, _: &mut Turn) {
    judge(session, desk, Verdict::RuledOut);
}

/// Takes a verdict back.
pub fn reopen(session: &Session, desk: &mut Desk, _: &mut Turn) {
    judge(session, desk, Verdict::Proposed);
}

/// Adds one.
pub fn add(_: &Session, desk: &mut Desk, _: &mut Turn) {
    desk.prompt = Some(Prompt::new(Asking::AddSubject, "which service or component?"));
}

/// Puts it at another place.
pub fn rank(session: &Session, desk: &mut Desk, _: &mut Turn) {
    if let Some(hypothesis) = under_cursor(session, desk) {
        desk.prompt = Some(Prompt::new(Asking::RankPlace { hypothesis }, "to which place? (1 is the first)"));
    }
}
