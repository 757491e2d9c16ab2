//! Questions about an incident: which lines of the evidence and which claims of the report bear on
//! some words, and the answers made of them, by search or from a model's words. It asks nobody.

pub mod answer;
pub mod find;
pub mod inquiry;

pub use answer::{Answer, answer, answer_with};
pub use find::{Hit, Kind, find, words};
pub use inquiry::Inquiry;
