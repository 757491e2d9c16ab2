//! Models: whoever answers a [`Call`]. Sockets, keys, retries and timers are here and nowhere else.
//!
//! Nothing in here decides what is asked or what an answer means: that is `analyst::agent`.

mod model;
pub mod scripted;

pub use model::{Model, Pieces, answer};
