//! The Model Context Protocol: our server under the protocol's own client; our client over servers
//! of every sort; and both as a person has them.
#![cfg(feature = "mcp")]

#[path = "mcp/asked.rs"]
pub mod asked;
#[path = "mcp/journeys.rs"]
mod journeys;
#[path = "mcp/served.rs"]
mod served;
