//! What people did in a session, one sentence each, with who and when: for exports and postmortems.

use chrono::{DateTime, Utc};

use crate::journal::event::{Author, NoteKind};
use crate::session::standing::author_name;
use crate::session::{Run, RunState, Session};

/// `2026-06-02 09:31 UTC`.
pub fn when(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// Everyone who did something, each once, in order of appearance.
pub fn people(s: &Session) -> Vec<String> {
    let runs = s.runs.values().map(|r| &r.by);
    let judged = s.judgements.values().map(|j| &j.by);
    let added = s.added.iter().map(|h| &h.by);
    let mut out: Vec<String> = Vec::new();
    for author in s.notes.iter().map(|n| &n.by).chain(runs).chain(judged).chain(added) {
        if let Author::Person(name) = author
            && !out.contains(name)
        {
            out.push(name.clone());
        }
    }
    out
}

/// A run as a sentence. A run without an end is never told as done.
pub fn run(r: &Run) -> String {
    let who = author_name(&r.by);
    let what = r.command.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = match (r.state, r.status) {
        (RunState::Approved, _) => "approved; no start is recorded".to_owned(),
        (RunState::Started, _) => "started; outcome unknown".to_owned(),
        (RunState::Ended, Some(0)) => "exit 0".to_owned(),
        (RunState::Ended, Some(status)) => format!("exit {status}"),
        (RunState::Ended, None) => r.how.clone(),
    };
    let judged = r.judgement.as_ref().map(|j| format!("; {}: {}", outcome(j.outcome), j.because)).unwrap_or_default();
    format!("{}, {who}: ran {what} ({end}{judged})", when(r.started.unwrap_or(r.approved)))
}

/// Votes on hypotheses, and checks that were proposed by others, one sentence each.
pub fn peers(s: &Session) -> Vec<(DateTime<Utc>, String)> {
    let votes = s.votes.iter().map(|v| {
        let (who, verdict) = (author_name(&v.by), v.verdict.name());
        (v.at, format!("{}, {who}: voted {verdict} on {}: {}", when(v.at), v.hypothesis, v.reason))
    });
    let checks = s
        .proposed
        .iter()
        .map(|p| (p.at, format!("{}, {}: proposed a check: {}", when(p.at), author_name(&p.by), p.text)));
    votes.chain(checks).collect()
}

/// An outcome in a word.
pub fn outcome(o: crate::domain::Outcome) -> &'static str {
    use crate::domain::Outcome;
    match o {
        Outcome::Pass => "pass",
        Outcome::Fail => "fail",
        Outcome::Unclear => "unclear",
        Outcome::Unknown => "outcome unknown",
    }
}

/// Judgements of hypotheses, one sentence each.
pub fn judgements(s: &Session) -> Vec<String> {
    s.judgements
        .iter()
        .map(|(id, j)| {
            let reason = if j.reason.is_empty() { String::new() } else { format!(": {}", j.reason) };
            format!("{}, {}: {id} {}{reason}", when(j.at), author_name(&j.by), j.verdict.name())
        })
        .collect()
}

/// Hypotheses that people added, one sentence each.
pub fn added(s: &Session) -> Vec<String> {
    s.added.iter().map(|h| format!("{}, {}: {}: {}", when(h.at), author_name(&h.by), h.subject, h.statement)).collect()
}

/// The scribe's lines of some kinds, one sentence each.
pub fn notes(s: &Session, kinds: &[NoteKind]) -> Vec<String> {
    let wanted = s.notes.iter().filter(|n| kinds.contains(&n.kind));
    wanted.map(|n| format!("{}, {}: {}", when(n.at), author_name(&n.by), n.text)).collect()
}
