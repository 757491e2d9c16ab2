//! Sharing a session over NATS JetStream: what the lead sends, where a follower's records come from, and
//! what is missing on a server. The lead's own session never waits for any of it.

mod attendance;
pub mod check;
mod console;
mod followed;
pub mod inlet;
pub mod lead;
pub mod link;
pub mod names;
pub mod outlet;
pub mod pack;
mod packer;
pub mod parts;
pub mod place;
mod source;
pub mod takeover;
mod unpack;
pub mod voices;

pub use followed::{follow, raw};
pub use lead::Bridge;
