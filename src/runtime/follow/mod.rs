//! Following somebody else's session: where its records come from (a file that grows, a pipe), and the
//! screen over them. It has no writer, no runner and no approval: a copy, never the truth.

pub mod attend;
pub mod file;
pub mod follower;
pub mod inlet;
pub mod pipe;
pub mod raw;
mod rest;
pub mod seals;
pub mod tail;
pub mod voice;
pub mod watch;

pub use follower::{FollowOptions, run};
pub use inlet::{Ears, Ended, Inlet};
