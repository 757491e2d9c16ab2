//! Serving a session over SSH: whoever has a key that `serve.toml` names sees a follower's screen in
//! their own terminal, and nothing else. There is no shell behind it, no command, no file, no forwarded
//! port, agent or display, and no environment is taken.
//!
//! `server` listens, `door` counts, `connection` answers the protocol, `hall` holds the one fold that
//! everybody sees, `viewer` is one person's screen and `line` their bytes.

mod connection;
mod door;
mod hall;
mod host_key;
mod line;
mod server;
mod viewer;

pub use server::{ServeOptions, run};
