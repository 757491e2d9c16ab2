//! Secrets: what must not leave the machine becomes a stable placeholder before an event exists.
//!
//! [`mask()`] replaces keys, tokens, passwords, key blocks and card numbers by names such as
//! `‹aws-key-1›`; [`redact`] also names public addresses, e-mail addresses and telephone numbers.
//! The rules are data (`rules/*.toml`) with their own examples. Time is linear in the text.
//! No value is kept: only a keyed hash of it, so that the same value gets the same name.
//! This module does not decode archives, guess at words without a context, or reach the world.

mod blocks;
#[cfg(test)]
mod examples;
mod find;
mod guard;
mod mask;
mod own;
mod table;
mod view;
mod wrapped;

pub use mask::{Masked, Masks, mask, redact};
pub use own::{install, rules_of};
pub use table::{Rule, rules};
