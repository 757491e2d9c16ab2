//! What the investigation came to: an incident, none, or that the evidence does not decide.

use crate::analyst::Casebook;
use crate::analyst::casebook::{BACK, OVER};
use crate::domain::report::Conclusion;

use super::rank::Weighed;

/// Below this weight a hypothesis is no more than a guess.
const GUESS: f64 = 1.0;
/// From this weight on, signs of calm do not outweigh a hypothesis.
const PLAIN: f64 = 2.5;

/// True when the lines that tell of the trouble say that it is over: readiness alone is no such word.
fn said_over(book: &Casebook) -> bool {
    book.calm.iter().any(|c| c.text.starts_with(OVER))
}

/// True when the report says that it is over and the measure of what is suspected is back at its
/// level, with nothing else wrong: then the heaviest hypothesis is of the past.
fn told_and_measured(book: &Casebook, first: Option<&Weighed>) -> bool {
    let Some(first) = first else { return false };
    let back = |c: &crate::domain::Claim| c.text.ends_with(BACK) && c.text.contains(first.subject.as_str());
    said_over(book) && book.alarms.is_empty() && book.calm.iter().any(back)
}

/// From this weight on, a stated fault is more than readiness denies.
const STATED: f64 = 1.2;

/// From this confidence on, a hypothesis is sure: readiness does not deny it.
pub const SURE: f64 = 0.7;

/// The outcome, and why in one sentence.
///
/// `erring`: programs report errors. Ready pods do not outweigh that: it is readiness that a probe
/// sees, and an error is what a caller meets. `sure` is the confidence of the first hypothesis.
pub fn of(book: &Casebook, ranked: &[Weighed], erring: bool, sure: f64) -> (Conclusion, String) {
    let top = ranked.first().map_or(0.0, |w| w.weight);
    let over = told_and_measured(book, ranked.first());
    // Pods that are ready do not outweigh a fault that is stated; words that it is over do.
    let stated = ranked.first().is_some_and(|w| w.stated && (w.weight >= STATED || sure >= SURE));
    let calm = top < PLAIN
        && if said_over(book) {
            book.alarms.len() <= book.calm.len()
        } else {
            book.alarms.is_empty() && !stated && !erring
        };
    if !book.calm.is_empty() && (calm || over) {
        let first = book.calm.first().map_or("", |c| c.text.as_str());
        return (Conclusion::NoIncident, format!("what was reported is over or was never there: {first}"));
    }
    match ranked.first() {
        None => (Conclusion::Inconclusive, "nothing in the evidence names a cause".to_owned()),
        Some(w) if top < GUESS => (
            Conclusion::Inconclusive,
            format!("the best hypothesis, {} with {}, rests on too little", w.subject, w.playbook),
        ),
        Some(w) => {
            let ways =
                if w.channels == 1 { "one tool speaks".to_owned() } else { format!("{} tools speak", w.channels) };
            let lead = ranked.get(1).map_or(String::new(), |next| {
                format!("; the next, {} with {}, has less for it", next.subject, next.playbook)
            });
            (Conclusion::Incident, format!("{ways} for {} with {}{lead}", w.subject, w.playbook))
        }
    }
}
