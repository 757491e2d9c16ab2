//! Sharing a session over NATS JetStream: what the lead sends, where a follower's records come from, and
//! what is missing on a server. The lead's own session never waits for any of it.

pub mod check;
mod console;
pub mod inlet;
pub mod lead;
pub mod link;
pub mod names;
pub mod outlet;
pub mod parts;
pub mod place;
pub mod voices;

pub use lead::Bridge;
