//! The core of the console: inputs in, events and effects out. Pure; draws nothing, performs nothing.

pub mod action;
mod action_docs;
pub mod desk;
pub mod dialog;
pub mod diff;
pub mod editor;
mod editor_find;
mod editor_wrap;
pub mod effect;
pub mod flags;
pub mod input;
pub mod keymap;
pub mod layout;
mod offered;
pub mod palette;
pub mod panel;
pub mod picker;
pub mod prompt;
pub mod row;
pub mod rows;
pub mod scroll;
pub mod sessions_query;
pub mod sharing;
pub mod standing;
pub mod standpoint;
pub mod telemetry;
pub mod update;
pub mod veil;
pub mod wrap;

pub use desk::{Desk, Mode, Screen};
pub use effect::{Effect, Seek};
pub use input::{HomeRow, Input, Key, KeyCode, SavedKind};
pub use keymap::Keymap;
pub use sessions_query::{SessionsQuery, Sort};
pub use standpoint::Standpoint;
pub use update::{Turn, update};
