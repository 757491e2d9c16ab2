//! Documents: the report and the session as Markdown, JSON, transcript and update, and the lint of
//! postmortems. Pure; writes no file.
//!
//! A reader of any of them sees what each sentence rests on. Text from evidence is escaped for the
//! format it goes into.

pub mod document;
pub mod json;
pub mod lint;
pub mod markdown;
pub mod people;
pub mod postmortem;
mod sections;
pub mod transcript;
pub mod update;

pub use document::{FORMATS, document};
