//! What people write about an incident: which row began it, what it names as the cause, and of what.
//! It reads sentences; which of them are rows of a timeline is decided in `intake::prose`.

pub mod began;
pub mod components;
pub mod conclusion;
pub mod lexicon;
pub mod nouns;
pub mod objects;
pub mod phrase;
pub mod remedy;
pub mod told;
pub mod vague;

pub use began::{Telling, began};
pub use phrase::{is_subject, thing_in};
