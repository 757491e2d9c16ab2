//! The casebook: what the tools have found so far. Tools write into it, the scorer and the sections
//! of the report read from it. It holds no rule of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use super::scope::Scope;
use crate::domain::report::{Health, RowKind};
use crate::domain::{Citation, Claim, Evidence, SourceId, Span, Stamp, SubjectKind};

/// How a claim of calm begins that rests on a line's own words.
pub const OVER: &str = "The line that tells of it says that it is over";
/// How a claim of calm ends that rests on a measure.
pub const BACK: &str = "is back at its level.";

/// How a finding bears on its hypothesis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bearing {
    /// A line states the reason itself (`CLUSTERDOWN`, `exceeded quota`), or desired and actual state disagree.
    Stated,
    /// What would be seen if it were so.
    Symptom,
    /// A change shortly before the onset.
    Change,
    /// The first abnormal thing in time or the furthest downstream.
    Position,
    /// Speaks against it.
    Against,
}

/// One thing a tool found that bears on a hypothesis (subject and playbook).
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The tool that found it.
    pub tool: &'static str,
    /// The subject, as the evidence names it.
    pub subject: String,
    /// What sort of thing the subject is.
    pub subject_kind: SubjectKind,
    /// The playbook's id.
    pub playbook: String,
    /// How it bears.
    pub bearing: Bearing,
    /// Log-odds that it adds (negative: takes).
    pub weight: f64,
    /// What was found, as a claim.
    pub claim: Claim,
    /// When, where that is known.
    pub at: Option<Stamp>,
    /// For the hypothesis's statement: the mechanism in the evidence's own figures and names,
    /// e.g. `requests 8 CPU, the largest node has 4 allocatable`. Empty: the playbook's own words.
    pub mechanism: String,
}

/// One dated thing that happened.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Moment {
    pub at: Stamp,
    pub service: Option<String>,
    pub kind: RowKind,
    pub what: Claim,
}

/// A change somebody or something made.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Change {
    pub at: Option<Stamp>,
    pub subject: String,
    /// One change each: a deploy note that lists two is two of these.
    pub what: String,
    /// The version it brought, if stated.
    pub version: Option<String>,
    pub citation: Citation,
}

impl Change {
    /// A change that is told in the words of the place it is cited from, without a version of its own.
    pub fn told(at: Option<Stamp>, subject: String, citation: Citation) -> Self {
        Self { at, subject, what: citation.quote.clone(), version: None, citation }
    }
}

/// A text that people wrote: no program's levels stand in it, and no cluster.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Account {
    pub source: crate::domain::SourceId,
    /// Families of playbooks (what stands before the dot) that its writer concludes or begins with.
    pub stated: std::collections::BTreeSet<String>,
}

/// What a call was seen in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// A line of the caller's log, or of a probe's answer that names both.
    Log,
    /// A span.
    Span,
    /// The caller's settings.
    Settings,
}

/// An observed call or dependency.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Edge {
    pub caller: String,
    pub callee: String,
    pub observed: Citation,
    /// True when the line states a failure on this edge, not only the call.
    pub failing: bool,
    pub seen: Seen,
}

impl Edge {
    /// What a failing call says of the caller, by what it was seen in.
    pub fn told(&self) -> Claim {
        let Self { caller, callee, .. } = self;
        let text = match self.seen {
            Seen::Log => format!("{caller}'s log tells of a failing call to {callee}."),
            Seen::Span => format!("A traced call from {caller} to {callee} failed."),
            Seen::Settings => format!("{caller} is set up to call {callee}, and the call fails."),
        };
        Claim::inferred(text, vec![self.observed.clone()])
    }
}

/// Who waits with what is slow, as a trace shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Wait {
    /// Whose slowness it is.
    pub subject: String,
    /// Who is waited for.
    pub from: String,
    /// Who waits.
    pub to: String,
    /// How long, and the spans that say so.
    pub claim: Claim,
}

/// What is known of one service.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServiceFacts {
    /// `api`, `database`, `cache`, `gateway`, `worker` …, where the evidence shows it.
    pub role: Option<String>,
    /// How it is doing, and the claim that says so.
    pub health: Option<(Health, Claim)>,
    /// Where it was first named.
    pub first_seen: Option<Citation>,
}

/// A typed impact fact for the severity policy and the impact section.
#[derive(Debug, Clone, PartialEq)]
pub enum Impact {
    /// Share of users affected, in percent.
    UserShare(f64),
    /// Share of requests failing, in percent. Never compared with a user threshold.
    RequestShare(f64),
    /// How long it lasted, in seconds, from two stamps or as stated.
    Duration(f64),
    /// Data loss or corruption is confirmed.
    DataLoss,
    /// A critical user path is completely unavailable.
    CriticalPathDown,
    /// Only internal things are hit.
    InternalOnly,
    /// Customers are hit, the share is not known.
    CustomersHit,
    /// Anything else worth saying (a region, a count).
    Other,
}

/// An impact fact with its claim.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct ImpactFact {
    pub impact: Impact,
    pub claim: Claim,
}

/// Everything found so far.
#[derive(Debug, Clone, Default)]
pub struct Casebook {
    /// The cluster as the evidence shows it; empty until it has been read.
    pub cluster: crate::intake::kube::Cluster,
    /// The session's id, where there is one: earlier incidents are others.
    pub session: Option<String>,
    /// What bears on hypotheses.
    pub findings: Vec<Finding>,
    /// What happened when.
    pub moments: Vec<Moment>,
    /// What was changed.
    pub changes: Vec<Change>,
    /// Who calls whom.
    pub edges: Vec<Edge>,
    /// Each caller with whom it called, as all traces show it, in lower case; none where no trace was read.
    pub traced: Option<BTreeSet<(String, String)>>,
    /// Who waits with what is slow, from the slow one upwards.
    pub waits: Vec<Wait>,
    /// The services by name.
    pub services: BTreeMap<String, ServiceFacts>,
    /// Impact facts.
    pub impacts: Vec<ImpactFact>,
    /// Signs that all is well now: passing checks, recovered states.
    pub calm: Vec<Claim>,
    /// Signs that something is wrong, whatever the cause.
    pub alarms: Vec<Claim>,
    /// Places that somebody outside can write into a log: a path, a query, a user agent.
    pub outsiders: Vec<Citation>,
    /// Two places that contradict each other.
    pub conflicts: Vec<Claim>,
    /// When somebody or something first noticed.
    pub detected: Option<(Stamp, Claim)>,
    /// Services on a node whose CPU is used up, and the claim that says so.
    pub starved: Vec<(String, Claim)>,
    /// Stretches that are rows of spans, and no lines of a log; by source in order.
    pub rows: Vec<Span>,
    /// True where the logs are full ones, with what is said every day.
    pub full_log: bool,
    /// What people wrote, with the kinds of fault that it gives as the cause.
    pub accounts: Vec<Account>,
    /// Begins of times that a monitor looked at: what it saw there began nobody knows when.
    pub windows: Vec<Stamp>,
    /// When symptoms began.
    pub onset: Option<(Stamp, Claim)>,
    /// The evidence's outline, once somebody asked for it.
    pub(crate) scope: OnceLock<Arc<Scope>>,
}

impl Casebook {
    /// An empty casebook of a session.
    pub fn of_session(session: Option<String>) -> Self {
        Self { session, ..Self::default() }
    }

    /// True where a place lies in rows of spans.
    pub fn is_row(&self, source: SourceId, at: usize) -> bool {
        let behind = self.rows.partition_point(|r| (r.source, r.start) <= (source, at));
        let last = behind.checked_sub(1).and_then(|i| self.rows.get(i));
        last.is_some_and(|r| r.source == source && (r.start..r.end).contains(&at))
    }

    /// The outline of the evidence, read once: a casebook is of one body of evidence.
    pub fn scope(&self, evidence: &Evidence) -> Arc<Scope> {
        Arc::clone(self.scope.get_or_init(|| Arc::new(Scope::of(evidence))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_call_is_told_by_what_it_was_seen_in() {
        let observed = Citation { source: SourceId(0), start: 0, end: 1, line: 1, quote: "x".into() };
        let told = |seen| {
            let edge =
                Edge { caller: "web".into(), callee: "cart".into(), observed: observed.clone(), failing: true, seen };
            edge.told().text
        };
        assert_eq!(told(Seen::Log), "web's log tells of a failing call to cart.");
        assert_eq!(told(Seen::Span), "A traced call from web to cart failed.");
    }
}
