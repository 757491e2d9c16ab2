//! The core of the console: inputs in, events and effects out. Pure; draws nothing, performs nothing.

pub mod effect;
pub mod input;

pub use effect::{Effect, Seek};
pub use input::{HomeRow, Input, Key, KeyCode};
