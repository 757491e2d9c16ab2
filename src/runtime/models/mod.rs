//! Models: whoever answers a [`Call`](crate::analyst::agent::Call). Sockets, keys, retries and timers
//! are here and nowhere else.
//!
//! Nothing in here decides what is asked or what an answer means: that is `analyst::agent`.

mod conduct;
mod faults;
mod gates;
pub mod held;
mod inquiries;
pub mod keys;
mod ladder;
mod model;
mod network;
pub mod prices;
pub mod purse;
mod remote;
pub mod saved;
pub mod scripted;
mod second;
mod tool_calls;
mod translate;

pub use conduct::{News, Order, Patience, conduct, conduct_with};
pub use inquiries::{Inquiries, answered};
pub use ladder::{Ladder, prompts};
pub use model::{Model, Pieces, answer};
pub use network::install_tls;
pub use remote::{Remote, host};
pub use second::{About, Second};
