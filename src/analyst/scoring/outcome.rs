//! What the investigation came to: an incident, none, or that the evidence does not decide.

use crate::analyst::Casebook;
use crate::domain::report::Conclusion;

use super::rank::Weighed;

/// Below this weight a hypothesis is no more than a guess.
const GUESS: f64 = 1.0;
/// From this weight on, signs of calm do not outweigh a hypothesis.
const PLAIN: f64 = 2.5;

/// The outcome, and why in one sentence.
pub fn of(book: &Casebook, ranked: &[Weighed]) -> (Conclusion, String) {
    let top = ranked.first().map_or(0.0, |w| w.weight);
    if !book.calm.is_empty() && top < PLAIN && book.alarms.len() <= book.calm.len() {
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
            let ways = if w.channels == 1 { "one tool".to_owned() } else { format!("{} tools", w.channels) };
            let lead = ranked.get(1).map_or(String::new(), |next| {
                format!("; the next, {} with {}, has less for it", next.subject, next.playbook)
            });
            (Conclusion::Incident, format!("{ways} speak for {} with {}{lead}", w.subject, w.playbook))
        }
    }
}
