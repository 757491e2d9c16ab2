//! What new evidence changed: two reports of one session, hypothesis by hypothesis.

use crate::domain::{Hypothesis, Report, Verdict};

/// How one hypothesis moved.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    /// The hypothesis's id.
    pub hypothesis: String,
    /// Its confidence before; `None`: it is new.
    pub before: Option<f64>,
    /// Its confidence now; `None`: nothing speaks for it any more.
    pub after: Option<f64>,
    /// Its place before and now.
    pub ranks: (Option<u32>, Option<u32>),
    /// What that makes of it.
    pub verdict: Verdict,
    /// One sentence for the trail.
    pub because: String,
}

/// A change of confidence that is worth telling.
const WORTH_TELLING: f64 = 0.05;

/// The hypotheses that moved between two reports, in the order of the later one.
pub fn moves(before: &Report, after: &Report) -> Vec<Move> {
    let find = |report: &'_ Report, id: &str| report.hypotheses.iter().find(|h| h.id == id).cloned();
    let mut found: Vec<Move> = Vec::new();
    for now in &after.hypotheses {
        found.extend(moved(find(before, &now.id).as_ref(), now));
    }
    for was in before.hypotheses.iter().filter(|h| find(after, &h.id).is_none()) {
        found.push(Move {
            hypothesis: was.id.clone(),
            before: Some(was.confidence),
            after: None,
            ranks: (Some(was.rank), None),
            verdict: Verdict::RuledOut,
            because: format!(
                "{} is not told by itself any more: nothing speaks for it, or the first accounts for it",
                was.id
            ),
        });
    }
    found
}

fn moved(was: Option<&Hypothesis>, now: &Hypothesis) -> Option<Move> {
    let change = was.map_or(now.confidence, |w| now.confidence - w.confidence);
    let new_for = now.supporting.iter().find(|c| was.is_none_or(|w| !w.supporting.contains(c)));
    let new_against = now.against.iter().find(|c| was.is_none_or(|w| !w.against.contains(c)));
    if was.is_some_and(|w| w.rank == now.rank) && change.abs() < WORTH_TELLING && new_against.is_none() {
        return None;
    }
    let verdict = match was {
        None => Verdict::Proposed,
        Some(_) if change > 0.0 => Verdict::Strengthened,
        Some(_) if change < 0.0 || new_against.is_some() => Verdict::Weakened,
        Some(_) => now.verdict,
    };
    let because = match (verdict, new_for, new_against) {
        (Verdict::Weakened, _, Some(c)) => format!("{} is weakened: {}", now.id, c.text),
        (Verdict::Proposed, Some(c), _) => format!("{} is new: {}", now.id, c.text),
        (Verdict::Strengthened, Some(c), _) => format!("{} is strengthened: {}", now.id, c.text),
        (_, _, _) => format!("{} stands at place {} now", now.id, now.rank),
    };
    Some(Move {
        hypothesis: now.id.clone(),
        before: was.map(|w| w.confidence),
        after: Some(now.confidence),
        ranks: (was.map(|w| w.rank), Some(now.rank)),
        verdict,
        because,
    })
}
