//! Hypotheses as they stand: what the engine proposed, what checks showed, what people said. The
//! last word is a person's. Reads a session; changes nothing.

use crate::domain::{Claim, Hypothesis, Outcome, Verdict};
use crate::journal::event::Author;

use super::Session;

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

impl<'a> Standing<'a> {
    fn of(engine: &'a Hypothesis) -> Self {
        Self {
            id: &engine.id,
            rank: engine.rank,
            engine: Some(engine),
            subject: &engine.subject,
            statement: &engine.statement,
            verdict: engine.verdict,
            because: Vec::new(),
        }
    }

    /// Evidence for it.
    pub fn supporting(&self) -> &'a [Claim] {
        self.engine.map_or(&[], |h| h.supporting.as_slice())
    }

    /// Evidence against it.
    pub fn against(&self) -> &'a [Claim] {
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

/// All hypotheses in the order they stand in: the engine's, then those that people judged and the last
/// report has no more, then those that people added. Of these, what a person confirmed comes first and
/// what a person ruled out last; and whatever a person put at a place stands there.
pub fn hypotheses(session: &Session) -> Vec<Standing<'_>> {
    let reported = || session.report.iter().flat_map(|r| &r.hypotheses);
    let gone = session.remembered.values().filter(|h| !reported().any(|now| now.id == h.id)).map(|h| {
        let mut standing = Standing::of(h);
        standing.because.push("the last investigation does not propose it any more".into());
        standing
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
    let mut all: Vec<Standing<'_>> = reported().map(Standing::of).chain(gone).chain(added).collect();
    all.sort_by_key(|h| match session.judgements.get(h.id).map(|j| j.verdict) {
        Some(Verdict::Confirmed) => 0,
        Some(Verdict::RuledOut) => 2,
        _ => 1,
    });
    for (id, rank, reason) in &session.ranked {
        if let Some(at) = all.iter().position(|h| h.id == id) {
            let mut moved = all.remove(at);
            moved.because.push(format!("put at place {rank}: {reason}"));
            all.insert((rank.saturating_sub(1) as usize).min(all.len()), moved);
        }
    }
    for h in &mut all {
        weigh_checks(session, h);
        if let Some(j) = session.judgements.get(h.id) {
            h.verdict = j.verdict;
            let at = j.at.format("%H:%M:%SZ");
            h.because.push(format!("{} by {} at {at}: {}", j.verdict.name(), author_name(&j.by), j.reason));
        }
    }
    (1..).zip(&mut all).for_each(|(place, h)| h.rank = place);
    all
}

/// A check that was judged moves the hypotheses it discriminates; one whose rule is their confirmation
/// confirms them.
fn weigh_checks(session: &Session, h: &mut Standing<'_>) {
    let judged = session.weighing.values().filter(|(c, _)| c.hypotheses.iter().any(|id| id == h.id));
    for (check, judgement) in judged {
        let moved = match judgement.outcome {
            Outcome::Pass if check.confirms => Verdict::Confirmed,
            Outcome::Pass => Verdict::Strengthened,
            Outcome::Fail => Verdict::Weakened,
            Outcome::Unclear | Outcome::Unknown => continue,
        };
        if h.verdict != Verdict::Confirmed || moved != Verdict::Strengthened {
            h.verdict = moved;
        }
        h.because.push(format!("{}: check `{}`: {}", moved.name(), check.what, judgement.because));
    }
}
