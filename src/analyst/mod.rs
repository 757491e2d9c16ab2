//! The analyst: the embedded investigation. Pure: the same evidence gives the same report.
//!
//! An agenda of open questions drives tools; each tool writes what it found into the [`Casebook`];
//! findings become hypotheses; hypotheses become a report. It opens no file, socket or clock.

pub mod agent;
pub mod casebook;
pub mod causality;
pub mod grounding;
pub mod investigation;
pub mod library;
pub mod likeness;
pub mod measure;
pub mod messages;
pub mod naming;
#[cfg(test)]
pub(crate) mod pasted;
pub mod phrases;
mod plain_heading;
pub mod playbook;
pub mod questions;
mod records;
pub mod report;
pub mod said;
pub mod scope;
pub mod scoring;
pub mod severity;
pub mod signals;
pub mod spread;
pub mod story;
pub mod timeline;
pub mod tools;
pub mod wording;

pub use casebook::Casebook;
pub use investigation::{Request, investigate, investigate_with, ranked};
pub use playbook::{Knowledge, Playbook};
pub use scoring::Checked;
