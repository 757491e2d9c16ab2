//! What is in trouble beside the incident, with nothing that connects the two: it is told in one line, with where
//! it stands, and is no rival of what leads.

use super::material::is_apart;
use crate::domain::{Hypothesis, Notice, NoticeKind};

/// Puts what stands apart behind what does not, where the first does not, and counts the ranks anew.
pub fn last(hypotheses: &mut [Hypothesis]) {
    if hypotheses.first().is_some_and(|h| !is_apart(h)) {
        hypotheses.sort_by_key(is_apart);
    }
    for (h, rank) in hypotheses.iter_mut().zip(1..) {
        h.rank = rank;
    }
}

/// One line for all that stand apart; `None` where the first does, or none.
pub fn notice(hypotheses: &[Hypothesis]) -> Option<Notice> {
    let mut told: Vec<String> = Vec::new();
    for h in hypotheses.iter().skip(1).filter(|h| is_apart(h)) {
        let place = h.supporting.iter().flat_map(|c| &c.citations).next();
        let name = match place {
            Some(place) => format!("{} (line {})", h.subject, place.line),
            None => h.subject.clone(),
        };
        if !told.contains(&name) {
            told.push(name);
        }
    }
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
