//! From findings to ranked hypotheses. [`rank()`] weighs and orders; [`subjects`] says who a finding is
//! really about, [`named`] whether that is a name at all; [`context`] holds a finding against the state of its subject; [`explain`] lets a
//! cause account for the effects seen elsewhere; [`folding`] tells one cause once; [`confidence`] turns weight into a probability;
//! [`outcome`] says what the investigation came to; [`weigh()`] lets checks that were run move it;
//! [`moves()`] compares two investigations.

pub mod checked;
pub mod confidence;
pub mod context;
pub mod explain;
pub mod fit;
pub mod folding;
pub mod moves;
pub mod named;
pub mod outcome;
mod quiet;
pub mod rank;
pub mod subjects;

pub use checked::{Checked, weigh};
pub use moves::{Move, moves};
pub use rank::{Ranked, hypotheses, rank, rivals_without_order};
