//! What an input leads to: events, effects, and a changed desk. This file routes.

pub mod editing;
pub mod engine;
pub mod erase;
pub mod evidence;
pub mod follow;
pub mod home;
pub mod hypotheses;
pub mod keys;
pub mod leave;
pub mod lint;
pub mod model;
pub mod mouse;
pub mod navigate;
pub mod notes;
pub mod offers;
pub mod overlay;
pub mod peers;
pub mod postmortem;
pub mod present;
pub mod prompts;
pub mod questions;
pub mod review;
mod route;
pub mod runs;
pub mod similar;
pub mod tags;
pub mod telemetry;
pub mod updates;
pub mod wanted;

pub use route::{Turn, update};
