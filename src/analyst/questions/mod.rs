//! Questions about an incident: which lines of the evidence and which claims of the report bear on
//! some words. It searches and ranks what is there; it infers nothing.

pub mod find;

pub use find::{Hit, Kind, find, words};
