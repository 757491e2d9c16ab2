//! Intake: what was given → evidence. Pure; never fails: it returns a value and notices.
//!
//! Two stages. [`admit`] turns raw bytes into clean, masked text *before* an event exists (what it
//! returns is what the journal keeps). [`read`] turns that text into lines and sections: a view that
//! may get better with every version without moving a citation. Intake does not reason about causes.

pub mod alert;
mod cell;
pub mod clean;
mod cursor;
pub mod decode;
pub mod entities;
pub mod figures;
mod forensics;
mod json;
pub mod kube;
mod lines;
pub mod listing;
pub mod logline;
pub mod metrics;
pub mod monitors;
pub mod prompt;
pub mod prose;
mod reading;
pub mod secrets;
mod sections;
pub mod spans;
mod template;
mod written_out;

pub use alert::{AlertFact, alerts};
pub use clean::{Admitted, admit};
pub use decode::Cleaner;
pub use figures::figures;
pub use forensics::gives_order;
pub use listing::lines_json;
pub use reading::{read, read_with};
