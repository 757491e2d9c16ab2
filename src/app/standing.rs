//! Hypotheses as they stand: the session's own view of them, for the panels.

pub use crate::session::standing::{Standing, author_name, hypotheses};

use crate::analyst::Checked;
use crate::session::Session;

/// What the session's checks showed, as the analyst weighs it.
pub fn checked(session: &Session) -> Vec<Checked> {
    let of = |(check, judgement): &(std::sync::Arc<crate::domain::Check>, crate::domain::check::Judgement)| Checked {
        check: check.id.clone(),
        what: check.what.clone(),
        hypotheses: check.hypotheses.clone(),
        confirms: check.confirms,
        outcome: judgement.outcome,
        because: judgement.because.clone(),
        decided_by: judgement.decided_by.clone(),
    };
    session.weighing.values().map(of).collect()
}
