//! Severity: the level, and the sheet that shows which rule of which policy gave it.

use serde::{Deserialize, Serialize};

use super::Claim;

/// The levels of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are the policy's levels")]
pub enum Severity {
    Sev1,
    Sev2,
    Sev3,
}

impl Severity {
    /// `SEV1`, `SEV2` or `SEV3`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sev1 => "SEV1",
            Self::Sev2 => "SEV2",
            Self::Sev3 => "SEV3",
        }
    }
}

/// How the level was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeveritySheet {
    /// The level; `None` is *undecided*, never the lowest.
    pub level: Option<Severity>,
    /// The policy's name.
    pub policy: String,
    /// The rule that decided, in words.
    pub rule: String,
    /// The facts it rests on.
    pub because: Vec<Claim>,
    /// What is not known.
    pub unknown: Vec<String>,
    /// Which one more fact would change it, and to what.
    pub would_change: Vec<String>,
}
