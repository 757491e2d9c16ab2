//! One approved command as a process: its own pty, session and process group, a scrubbed environment,
//! bounded time and output, and an end that leaves nothing behind.
//!
//! What leaves this module is clean and masked. It decides nothing about approval, and starts nothing
//! by itself.

mod colours;
mod context;
mod environment;
mod kept;
mod live;
mod run;
mod stragglers;

pub use context::{probe, user};
pub use environment::KEPT as KEPT_VARIABLES;
pub use run::{Handle, Start, start};
