//! Mixed pastes → typed stretches: command output, logs, alerts, tables, chat, notes.
//!
//! Every line is in exactly one section. A section's kind says how its lines are read; it says
//! nothing about what they mean.

mod command;
mod heading;
mod look;
mod split;

pub(super) use split::split;
