//! The Model Context Protocol: our server under the protocol's own client.
#![cfg(feature = "mcp")]

#[path = "mcp/served.rs"]
mod served;
