//! Grounding: every sentence of a report, ours or a model's, against the evidence and against the
//! other sentences.
//!
//! It finds; it never drops. [`mark`] turns a claim that does not hold into an unsupported one, which
//! stays on the page with its mark. It proposes no causes of its own.

mod absence;
mod actions;
mod causality;
mod commands;
mod conflicts;
pub mod conversions;
mod coverage;
mod figures;
mod finding;
pub mod formula;
pub mod gap;
mod gate;
mod known;
mod listing;
pub mod marks;
mod moments;
mod names;
pub mod pattern;
pub mod prose;
mod rows;
pub mod sections;
mod severity;
mod shares;
mod spoken;
pub mod statement;
pub mod stems;
pub mod superseded;
pub mod tokens;
mod traced;
mod trail;
mod units;
pub mod wording;

pub use conflicts::conflicts;
pub use finding::Finding;
pub use gate::{ground, mark, mark_claims};
pub use known::{Known, is_unordered, notes};
pub use prose::prose;
pub(in crate::analyst) use shares::may_count_a_part;
