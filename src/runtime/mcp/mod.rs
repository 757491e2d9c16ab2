//! The Model Context Protocol. As a server: investigations and saved sessions for other programs'
//! models, read only.

mod answers;
pub mod serve;

pub use answers::Desk;
