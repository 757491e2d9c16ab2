//! Questions about an incident: which lines of the evidence and which claims of the report bear on
//! some words, and the answers made of them. It searches and ranks what is there; it infers nothing.

pub mod answer;
pub mod find;

pub use answer::{Answer, answer, answer_with};
pub use find::{Hit, Kind, find, words};
