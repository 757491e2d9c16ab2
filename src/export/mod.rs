//! Documents: the report and the session as Markdown, HTML, JSON, transcript and update, and the lint
//! of postmortems. Pure; writes no file.
//!
//! A reader of any of them sees what each sentence rests on. Text from evidence is escaped for the
//! format it goes into.

pub mod blocks;
pub mod document;
pub mod given;
pub mod html;
pub mod items;
pub mod json;
pub mod labels;
pub mod lint;
pub mod markdown;
pub mod mitigated;
pub mod opinions;
pub mod outward;
#[cfg(feature = "pdf")]
pub mod pdf;
pub mod people;
pub mod postmortem;
mod sections;
pub mod transcript;
pub mod update;
pub mod wiki;

pub use document::{FORMATS, Format, Given, Seal, document};
pub use outward::outward;
