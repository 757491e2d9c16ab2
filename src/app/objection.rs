//! An objection: a vote against where a hypothesis stands, by somebody else on the bridge, that whoever
//! leads has not answered. It stays in the status line until they judge that hypothesis again.

use super::row::Role;
use crate::domain::Verdict;
use crate::session::standing::{author_name, hypotheses};
use crate::session::{Session, Vote};

/// The longest subject that is named, in characters.
const LONGEST: usize = 32;

/// The votes that speak against how a hypothesis stands, and came after whatever was judged of it; each
/// with what the hypothesis is about.
pub fn open(session: &Session) -> Vec<(&Vote, &str)> {
    if session.votes.is_empty() {
        return Vec::new();
    }
    let all = hypotheses(session);
    let unanswered = |vote: &&Vote| session.judgements.get(&vote.hypothesis).is_none_or(|j| j.at < vote.at);
    let mut out = Vec::new();
    for vote in session.votes.iter().filter(unanswered) {
        if let Some(of) = all.iter().find(|h| h.id == vote.hypothesis)
            && (vote.verdict == Verdict::RuledOut) != (of.verdict == Verdict::RuledOut)
        {
            out.push((vote, of.subject));
        }
    }
    out
}

/// The part of the status line; `None` where nobody objects.
pub fn told(session: &Session) -> Option<(Role, String)> {
    let all = open(session);
    let (vote, subject) = all.last()?;
    let more = if all.len() > 1 { format!(" (and {} more)", all.len() - 1) } else { String::new() };
    let subject: String = subject.chars().take(LONGEST).collect();
    let text = format!("OBJECTION: {} votes {} {subject}{more}", author_name(&vote.by), vote.verdict.name());
    Some((Role::Warn, text))
}
