//! Hypotheses: who is at fault and how, how sure that is, and what would settle it.

use serde::{Deserialize, Serialize};

use super::{Claim, FaultKind};

/// What sort of thing a hypothesis's subject is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say what each is")]
pub enum SubjectKind {
    Service,
    Node,
    Namespace,
    Database,
    Cache,
    Queue,
    Host,
    Job,
    Volume,
    External,
    Change,
    Cluster,
    Unknown,
}

/// Where a hypothesis stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say what each is")]
pub enum Verdict {
    Proposed,
    Strengthened,
    Weakened,
    Confirmed,
    RuledOut,
    Inconclusive,
}

impl Verdict {
    /// The verdict's name as it is shown and printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Strengthened => "strengthened",
            Self::Weakened => "weakened",
            Self::Confirmed => "confirmed",
            Self::RuledOut => "ruled out",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// A possible cause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hypothesis {
    /// Stable over re-investigations: `subject/playbook`.
    pub id: String,
    /// Its place, from 1.
    pub rank: u32,
    /// Which service or component, as the evidence names it.
    pub subject: String,
    /// What sort of thing the subject is.
    pub subject_kind: SubjectKind,
    /// What sort of fault.
    pub fault_kind: FaultKind,
    /// The playbook's id, finer than the kind.
    pub playbook: String,
    /// The names that public taxonomies give this cause.
    pub known_as: Vec<String>,
    /// 0 to 1, calibrated on labelled incidents and capped where evidence is thin.
    pub confidence: f64,
    /// Where it stands.
    pub verdict: Verdict,
    /// One sentence that names the subject and the mechanism.
    pub statement: String,
    /// Evidence for it.
    #[serde(rename = "for")]
    pub supporting: Vec<Claim>,
    /// Evidence against it.
    pub against: Vec<Claim>,
    /// The check that would settle it.
    pub settled_by: Option<String>,
}
