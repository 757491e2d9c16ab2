//! Hypotheses as they stand: the session's own view of them, for the panels.

pub use crate::session::standing::{Standing, author_name, hypotheses};
