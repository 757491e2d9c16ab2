//! Hypotheses as they stand: what the engine proposed, what checks showed, what people said. The
//! last word is a person's. Reads a session; changes nothing.

use crate::domain::{Claim, Hypothesis, Outcome, Verdict};
use crate::journal::event::Author;
use crate::session::Session;

/// One hypothesis as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its place, from 1.
    pub rank: u32,
    /// The engine's entry; `None` for one that a person added.
    pub engine: Option<&'a Hypothesis>,
    /// Which service or component.
    pub subject: &'a str,
    /// One sentence.
    pub statement: &'a str,
    /// Where it stands.
    pub verdict: Verdict,
    /// Why it stands there, where a person or a check said so.
    pub because: Vec<String>,
}

impl Standing<'_> {
    /// Evidence for it.
    pub fn supporting(&self) -> &[Claim] {
        self.engine.map_or(&[], |h| h.supporting.as_slice())
    }

    /// Evidence against it.
    pub fn against(&self) -> &[Claim] {
        self.engine.map_or(&[], |h| h.against.as_slice())
    }
}

/// The name of an author.
pub fn author_name(by: &Author) -> &str {
    match by {
        Author::Program => "hotwash",
        Author::Engine(name) | Author::Person(name) => name,
    }
}

/// All hypotheses in the order they stand in.
pub fn hypotheses(session: &Session) -> Vec<Standing<'_>> {
    let engine = session.report.iter().flat_map(|r| &r.hypotheses).map(|h| Standing {
        id: &h.id,
        rank: h.rank,
        engine: Some(h),
        subject: &h.subject,
        statement: &h.statement,
        verdict: h.verdict,
        because: Vec::new(),
    });
    let added = session.added.iter().map(|a| Standing {
        id: &a.id,
        rank: 0,
        engine: None,
        subject: &a.subject,
        statement: &a.statement,
        verdict: Verdict::Proposed,
        because: vec![format!("added by {} at {}", author_name(&a.by), a.at.format("%H:%M:%SZ"))],
    });
    let mut all: Vec<Standing<'_>> = engine.chain(added).collect();
    for (id, rank, reason) in &session.ranked {
        if let Some(at) = all.iter().position(|h| h.id == id) {
            let mut moved = all.remove(at);
            moved.because.push(format!("put at place {rank}: {reason}"));
            all.insert((rank.saturating_sub(1) as usize).min(all.len()), moved);
        }
    }
    for (i, h) in all.iter_mut().enumerate() {
        h.rank = i as u32 + 1;
        weigh_checks(session, h);
        if let Some(j) = session.judgements.get(h.id) {
            h.verdict = j.verdict;
            let at = j.at.format("%H:%M:%SZ");
            h.because.push(format!("{} by {} at {at}: {}", j.verdict.name(), author_name(&j.by), j.reason));
        }
    }
    all
}

/// A check that was judged moves the hypotheses it discriminates.
fn weigh_checks(session: &Session, h: &mut Standing<'_>) {
    let Some(report) = &session.report else { return };
    for check in report.checklist.iter().filter(|c| c.hypotheses.iter().any(|id| id == h.id)) {
        let Some(judgement) = session.checks.get(&check.id) else { continue };
        let moved = match judgement.outcome {
            Outcome::Pass => Verdict::Strengthened,
            Outcome::Fail => Verdict::Weakened,
            Outcome::Unclear | Outcome::Unknown => continue,
        };
        h.verdict = moved;
        h.because.push(format!("{}: check `{}`: {}", moved.name(), check.what, judgement.because));
    }
}
