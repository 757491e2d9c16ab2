//! The Model Context Protocol. As a server: investigations and saved sessions for other programs'
//! models, read only. As a client: one approved call of a telemetry server at a time.

mod answers;
mod bounded;
pub mod client;
mod said;
mod schema;
pub mod serve;

pub use answers::Desk;
