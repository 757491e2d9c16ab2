//! What is in trouble beside the incident, with nothing that connects the two: it is told in one line, with where
//! it stands, and is no rival of what leads.

use super::material::is_apart;
use crate::domain::report::ServiceRow;
use crate::domain::{Citation, Hypothesis, Notice, NoticeKind};

/// Puts what stands apart behind what does not, where the first does not, and counts the ranks anew.
pub fn last(hypotheses: &mut [Hypothesis]) {
    if hypotheses.first().is_some_and(|h| !is_apart(h)) {
        hypotheses.sort_by_key(is_apart);
    }
    for (h, rank) in hypotheses.iter_mut().zip(1..) {
        h.rank = rank;
    }
}

/// One line for all that stand apart, and for the services in trouble that do; `None` where the first does, or none.
pub fn notice(hypotheses: &[Hypothesis], services: &[ServiceRow]) -> Option<Notice> {
    let of_h = |h: &Hypothesis| h.supporting.iter().flat_map(|c| c.citations.clone()).next();
    let thought = hypotheses.iter().skip(1).filter(|h| is_apart(h)).map(|h| (h.subject.as_str(), of_h(h)));
    let of_row = |r: &ServiceRow| r.impact.iter().flat_map(|c| c.citations.clone()).next();
    let seen = services.iter().map(|r| (r.name.as_str(), of_row(r)));
    let mut all: Vec<(&str, Option<Citation>)> = Vec::new();
    for (name, place) in thought.chain(seen) {
        if !all.iter().any(|(n, _)| *n == name) {
            all.push((name, place));
        }
    }
    let told: Vec<String> = all
        .into_iter()
        .map(|(name, place)| place.map_or_else(|| name.to_owned(), |p| format!("{name} (line {})", p.line)))
        .collect();
    let led = hypotheses.first().is_some_and(|h| !is_apart(h));
    (led && !told.is_empty()).then(|| Notice {
        kind: NoticeKind::Other,
        count: told.len() as u64,
        what: format!("also in trouble, with nothing seen that connects it with the incident: {}", told.join(", ")),
    })
}

/// Leaves them out of the rivals, where something else leads.
pub fn leave_out(hypotheses: &mut Vec<Hypothesis>) {
    if hypotheses.first().is_some_and(|h| !is_apart(h)) {
        hypotheses.retain(|h| !is_apart(h));
    }
}
