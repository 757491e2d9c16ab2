//! The sections of the report, each made of claims, from the casebook and the ranked hypotheses.
//!
//! One file per section. A section words what the casebook holds; it finds nothing out by itself and
//! never fills a hole with a guess: what is not known is said to be unknown.

mod again;
mod aliases;
mod answers;
mod apart;
mod applied;
mod assemble;
mod background;
mod checklist;
mod corrected;
mod dated;
mod days;
mod declared;
pub mod done;
mod effect;
mod evidence;
mod expired;
mod fill;
mod first_version;
mod flapping;
mod follow_ups;
mod followed;
mod forensic;
mod front_door;
mod impact;
mod labels;
mod lasted;
pub mod markdown;
mod material;
mod named;
mod neighbours;
mod placed;
mod plan;
pub mod postmortem;
mod prepared;
mod present;
mod propagation;
mod repaired;
mod retracted;
mod runs;
mod safeguards;
mod services;
mod set_off;
mod since;
mod stated;
mod summary;
mod taken;
mod timeline;
pub(crate) mod told_calls;
pub mod untrusted;
mod watched;
mod whys;
pub mod wording;

pub use assemble::{assemble, empty};
pub(crate) use plan::label_and_notes;
pub use prepared::Prepared;

#[cfg(test)]
mod tests;
