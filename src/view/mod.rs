//! The screen as a pure function of session, desk and look. Decides nothing.
//!
//! Every text passes the sanitizer on its way into a cell, and the finished buffer is swept once more.

mod bars;
mod dialogs;
mod editor;
mod list;
mod look;
mod screen;
mod shared;
mod sweep;
mod theme;

pub use look::{Colours, Look};
pub use screen::draw;
pub use theme::Theme;
