//! The report: every section of it, each made of claims. Its JSON form is a contract with scripts.

use serde::{Deserialize, Serialize};

use super::{Check, Citation, Claim, Hypothesis, Mitigation, Notice, SeveritySheet, Stamp, Step};

/// What the investigation came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// Something is or was wrong, and the first hypothesis is worth acting on.
    Incident,
    /// Healthy, recovered, or a false alarm.
    NoIncident,
    /// The evidence does not decide; the checklist says what would.
    Inconclusive,
}

/// The first cause in time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the contract's")]
pub struct FirstCause {
    pub at: Stamp,
    pub what: Claim,
}

/// What set it off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the contract's")]
pub struct Trigger {
    pub what: Claim,
    pub confidence: f64,
}

/// One observed edge of the propagation path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the contract's")]
pub struct Propagation {
    pub from: String,
    pub to: String,
    pub observed: Claim,
}

/// One thing that was hit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the contract's")]
pub struct BlastEntry {
    pub kind: String,
    pub name: String,
    pub impact: Claim,
}

/// How a service is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say what each is")]
pub enum Health {
    Healthy,
    Degraded,
    Down,
    Unknown,
}

/// One affected (or cleared) service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the contract's")]
pub struct ServiceRow {
    pub name: String,
    pub role: Option<String>,
    pub health: Health,
    pub impact: Option<Claim>,
}

/// What a timeline row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say what each is")]
pub enum RowKind {
    Change,
    Symptom,
    Cause,
    Alert,
    Action,
    Recovery,
    Note,
}

/// One row of the timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the contract's")]
pub struct TimelineRow {
    pub at: Stamp,
    pub service: Option<String>,
    pub what: Claim,
    pub kind: RowKind,
}

/// How long it went unseen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the contract's")]
pub struct TimeToDetect {
    pub seconds: f64,
    pub formula: String,
    #[serde(default)]
    pub citations: Vec<Citation>,
}

/// One of the five whys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the contract's")]
pub struct Why {
    pub question: String,
    pub answer: Claim,
}

/// The postmortem draft.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the contract's")]
pub struct Draft {
    pub markdown: String,
}

/// One follow-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the contract's")]
pub struct FollowUp {
    pub what: String,
    pub priority: String,
    pub owner_role: String,
}

/// Which engine wrote the report, and what it took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the contract's")]
pub struct EngineLine {
    pub name: String,
    pub model: Option<String>,
    pub prompt_version: Option<String>,
    pub language: String,
    pub ms: u64,
    pub tokens_in: u64,
    pub tokens_out: u64,
    pub cost_usd: f64,
}

impl EngineLine {
    /// The embedded analyst: no model, no tokens, no cost. The caller measures `ms`.
    pub fn embedded(ms: u64) -> Self {
        Self {
            name: "embedded".into(),
            model: None,
            prompt_version: None,
            language: "en".into(),
            ms,
            tokens_in: 0,
            tokens_out: 0,
            cost_usd: 0.0,
        }
    }
}

/// The whole report. Key order is the contract's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the contract's")]
pub struct Report {
    pub format: u32,
    pub outcome: Conclusion,
    pub title: String,
    pub summary: Claim,
    pub severity: SeveritySheet,
    pub hypotheses: Vec<Hypothesis>,
    pub first_cause: Option<FirstCause>,
    pub trigger: Option<Trigger>,
    pub propagation: Vec<Propagation>,
    pub blast_radius: Vec<BlastEntry>,
    pub services: Vec<ServiceRow>,
    pub timeline: Vec<TimelineRow>,
    pub time_to_detect: Option<TimeToDetect>,
    pub checklist: Vec<Check>,
    pub mitigation: Vec<Mitigation>,
    /// What people noted as done already, with the trouble and the end that followed.
    #[serde(default)]
    pub done: Vec<TimelineRow>,
    pub customer_impact: Vec<Claim>,
    pub whys: Vec<Why>,
    pub systemic_cause: Option<Claim>,
    pub counterfactual: Option<Claim>,
    pub evidence: Vec<Citation>,
    pub postmortem: Draft,
    pub follow_ups: Vec<FollowUp>,
    pub notices: Vec<Notice>,
    pub trail: Vec<Step>,
    pub engine: EngineLine,
}
