//! Attendance: what somebody who follows says of themselves, signed, so that the lead can say who is
//! there. It is no part of the journal, and nothing is ever done because of it but to list a name.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::beacon::Spoken;

/// The longest, in bytes, with its signature.
pub const MOST: usize = 2 * 1024;
/// The longest name of a screen, in bytes.
const LONGEST_SCREEN: usize = 64;

/// By what somebody follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// The session's own files.
    Host,
    /// A pipe that a process beside those files writes.
    Pipe,
    /// A guest's SSH connection.
    Ssh,
    /// A NATS server.
    Server,
}

/// How somebody follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// False when they leave.
    pub here: bool,
    /// Which of their screens: a person may have several.
    pub screen: String,
    /// Since when, by their clock.
    pub since: DateTime<Utc>,
    /// By what.
    pub over: Over,
    /// Whether they have folded what there is; `None` where nobody there knows.
    #[serde(default)]
    pub in_step: Option<bool>,
}

impl Standing {
    /// Somebody who follows by this from now on.
    pub fn new(screen: String, since: DateTime<Utc>, over: Over) -> Self {
        Self { here: true, screen, since, over, in_step: None }
    }
}

impl Spoken for Standing {
    const USE: &'static str = "hotwash follower 1";
    const MOST: usize = MOST;

    fn fits(&self) -> bool {
        self.screen.len() <= LONGEST_SCREEN
    }
}
