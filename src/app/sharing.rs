//! How the sharing of a session over a server stands: one word for the status line, nothing that comes
//! and goes.

use super::row::Role;

/// Where the sharing stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sharing {
    /// The first connection is being made.
    Connecting,
    /// Everything that is saved is on the server.
    Even,
    /// The server takes records, and so many saved ones are not there yet.
    Behind(u64),
    /// The server is out of reach; so many records wait.
    Away {
        /// Why, in words.
        why: String,
        /// Saved records that wait.
        records: u64,
    },
    /// The server, or whoever leads there, does not take what this console sends.
    Refused {
        /// Why, in words.
        why: String,
    },
}

impl Sharing {
    /// The part of the status line.
    pub fn told(&self) -> (Role, String) {
        match self {
            Self::Connecting => (Role::Status, "bridge: connecting".into()),
            Self::Even => (Role::Status, "bridge: even".into()),
            Self::Behind(records) => (Role::Info, format!("bridge: {records} behind")),
            Self::Away { why, records } => (Role::Warn, format!("bridge: {records} wait, {why}")),
            Self::Refused { why } => (Role::Warn, format!("BRIDGE REFUSED: {why}")),
        }
    }
}
