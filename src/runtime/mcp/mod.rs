//! The Model Context Protocol. As a server: investigations and saved sessions for other programs'
//! models, read only. As a client: one approved call of a telemetry server at a time.

mod answers;
pub mod client;
mod said;
pub mod serve;

pub use answers::Desk;
