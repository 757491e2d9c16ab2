//! The measures: how a report compares with what is known of a case. Pure; it opens no file and
//! reads no clock. `runtime/eval.rs` walks the folders and measures the time.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

use crate::domain::report::Conclusion;
use crate::domain::{Evidence, Hypothesis, Report, Span, Stamp, Support};

/// What is known of a case. Keys that say nothing about correctness are passed over.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Expected {
    /// Any of these is the root cause.
    #[serde(default)]
    pub root_cause_services: Vec<String>,
    /// Accepted besides.
    #[serde(default)]
    pub accept_services: Vec<String>,
    /// Any of these kinds.
    #[serde(default)]
    pub fault_kinds: Vec<String>,
    /// Every group must have a hit in the statement.
    #[serde(default)]
    pub keywords_any: Vec<Vec<String>>,
    /// When it began.
    #[serde(default)]
    pub first_cause_time: Option<String>,
    /// How far off that may be.
    #[serde(default)]
    pub first_cause_tolerance_s: Option<f64>,
    /// Nothing is wrong.
    #[serde(default)]
    pub no_incident: bool,
    /// Severity cases: the levels that are right; empty means that it can't be decided.
    #[serde(default)]
    pub acceptable_severities: Option<Vec<String>>,
}

/// How one case came out. `None`: the case says nothing about that measure.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the names are the measures'")]
pub struct Scores {
    pub svc1: Option<bool>,
    pub svc3: Option<bool>,
    pub kind1: Option<bool>,
    pub joint1: Option<bool>,
    pub strict1: Option<bool>,
    pub time: Option<bool>,
    pub calm: Option<bool>,
    pub false_calm: Option<bool>,
    pub severity: Option<bool>,
    pub inconclusive: bool,
    pub confidence: Option<f64>,
    /// Claims that nothing supports, and citations whose quote is not their slice.
    pub ungrounded: usize,
    pub claims: usize,
}

/// One case's result.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CaseResult {
    /// The case's folder.
    pub case: String,
    /// The source it belongs to.
    pub source: String,
    /// How it came out.
    pub scores: Scores,
    /// What the first hypothesis said.
    pub answered: String,
    /// What was right.
    pub expected: String,
}

/// A source's row of the table.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the names are the measures'")]
pub struct Row {
    pub source: String,
    pub cases: usize,
    pub svc1: Option<f64>,
    pub svc3: Option<f64>,
    pub kind1: Option<f64>,
    pub joint1: Option<f64>,
    pub strict1: Option<f64>,
    pub time: Option<f64>,
    pub calm: Option<f64>,
    pub false_calm: Option<f64>,
    pub severity: Option<f64>,
    pub calibration: Option<f64>,
    pub inconclusive: Option<f64>,
    pub grounded: Option<f64>,
}

/// The measures that a case misses, by name.
pub fn missed(s: &Scores) -> Vec<&'static str> {
    let wanted = [
        ("svc@1", s.svc1),
        ("kind@1", s.kind1),
        ("strict@1", s.strict1),
        ("time", s.time),
        ("calm", s.calm),
        ("false_calm", s.false_calm.map(|told| !told)),
        ("severity", s.severity),
        ("grounded", Some(s.ungrounded == 0)),
    ];
    wanted.into_iter().filter(|(_, held)| *held == Some(false)).map(|(name, _)| name).collect()
}

/// Compares a report with what is known of its case.
pub fn score(expected: &Expected, report: &Report, evidence: &Evidence) -> Scores {
    let (claims, ungrounded) = grounding(report, evidence);
    let mut scores =
        Scores { inconclusive: report.outcome == Conclusion::Inconclusive, claims, ungrounded, ..Scores::default() };
    if let Some(levels) = &expected.acceptable_severities {
        let level = report.severity.level.map(|l| l.name().to_owned());
        scores.severity = Some(level.map_or(levels.is_empty(), |l| levels.contains(&l)));
        return scores;
    }
    if expected.no_incident {
        scores.calm = Some(report.outcome == Conclusion::NoIncident);
        return scores;
    }
    scores.false_calm = Some(report.outcome == Conclusion::NoIncident);
    let first = report.hypotheses.first();
    let service = |h: &Hypothesis| names_service(expected, h);
    let svc1 = first.is_some_and(service);
    let kind1 = first.is_some_and(|h| names_kind(expected, h));
    let told = first.is_some_and(|h| {
        let statement = h.statement.to_lowercase();
        expected.keywords_any.iter().all(|group| group.iter().any(|w| statement.contains(&w.to_lowercase())))
    });
    scores.svc1 = Some(svc1);
    scores.svc3 = Some(report.hypotheses.iter().take(3).any(service));
    scores.kind1 = Some(kind1);
    scores.joint1 = Some(svc1 && kind1);
    scores.strict1 = Some(svc1 && kind1 && told);
    scores.confidence = first.map(|h| h.confidence);
    if let (Some(at), Some(tolerance)) = (&expected.first_cause_time, expected.first_cause_tolerance_s) {
        let stated = DateTime::parse_from_rfc3339(at).ok();
        let ours = report.first_cause.as_ref().map(|c| c.at);
        scores.time = stated.map(|s| ours.is_some_and(|o| seconds_apart(s, o) <= tolerance));
    }
    scores
}

fn names_service(expected: &Expected, h: &Hypothesis) -> bool {
    expected.root_cause_services.iter().chain(&expected.accept_services).any(|n| same_name(n, &h.subject))
}

fn names_kind(expected: &Expected, h: &Hypothesis) -> bool {
    expected.fault_kinds.iter().any(|k| k == h.fault_kind.name())
}

/// True when a hypothesis names both the service and the kind: what calibration is held against.
pub fn joint(expected: &Expected, h: &Hypothesis) -> bool {
    names_service(expected, h) && names_kind(expected, h)
}

/// The same name without regard to case and without a pod's hash suffix.
pub fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
        || crate::intake::kube::workload_of(a).eq_ignore_ascii_case(b)
        || crate::intake::kube::workload_of(b).eq_ignore_ascii_case(a)
}

/// A stamp without a zone is read in the zone of the stated one.
fn seconds_apart(stated: DateTime<FixedOffset>, ours: Stamp) -> f64 {
    let ms = match ours {
        Stamp::Exact(t) => (t - stated.to_utc()).num_milliseconds(),
        Stamp::Local(t) => (t - stated.naive_local()).num_milliseconds(),
        Stamp::Yearless(_, t) | Stamp::Clock(t) => (t - stated.naive_local().time()).num_milliseconds(),
    };
    (ms as f64 / 1000.0).abs()
}

/// How many claims the report makes, and how many of them nothing supports or quote what is not there.
fn grounding(report: &Report, evidence: &Evidence) -> (usize, usize) {
    let mut claims = vec![&report.summary];
    claims.extend(report.severity.because.iter());
    claims.extend(report.hypotheses.iter().flat_map(|h| h.supporting.iter().chain(&h.against)));
    claims.extend(report.first_cause.iter().map(|c| &c.what));
    claims.extend(report.trigger.iter().map(|t| &t.what));
    claims.extend(report.propagation.iter().map(|p| &p.observed));
    claims.extend(report.blast_radius.iter().map(|b| &b.impact));
    claims.extend(report.services.iter().filter_map(|s| s.impact.as_ref()));
    claims.extend(report.timeline.iter().map(|t| &t.what));
    claims.extend(report.mitigation.iter().filter_map(|m| m.effect.as_ref()));
    claims.extend(report.customer_impact.iter().chain(&report.systemic_cause).chain(&report.counterfactual));
    claims.extend(report.whys.iter().map(|w| &w.answer));
    let sound = |c: &&&crate::domain::Claim| {
        c.support != Support::Unsupported
            && c.citations.iter().all(|q| {
                let span = Span { source: q.source, start: q.start, end: q.end };
                evidence.slice(span) == q.quote
            })
    };
    let grounded = claims.iter().filter(sound).count();
    (claims.len(), claims.len() - grounded)
}

/// The rows of the table: one per source in the order of their names, then their mean.
pub fn table(results: &[CaseResult]) -> Vec<Row> {
    let mut by_source: BTreeMap<&str, Vec<&Scores>> = BTreeMap::new();
    for r in results {
        by_source.entry(&r.source).or_default().push(&r.scores);
    }
    let mut rows: Vec<Row> = by_source.iter().map(|(source, scores)| row(source, scores)).collect();
    let mean = mean_row(&rows, results.len());
    rows.push(mean);
    rows
}

fn row(source: &str, scores: &[&Scores]) -> Row {
    let share = |of: fn(&Scores) -> Option<bool>| {
        let told: Vec<bool> = scores.iter().filter_map(|s| of(s)).collect();
        ratio(told.iter().filter(|t| **t).count(), told.len())
    };
    let claims: usize = scores.iter().map(|s| s.claims).sum();
    let ungrounded: usize = scores.iter().map(|s| s.ungrounded).sum();
    Row {
        source: source.to_owned(),
        cases: scores.len(),
        svc1: share(|s| s.svc1),
        svc3: share(|s| s.svc3),
        kind1: share(|s| s.kind1),
        joint1: share(|s| s.joint1),
        strict1: share(|s| s.strict1),
        time: share(|s| s.time),
        calm: share(|s| s.calm),
        false_calm: share(|s| s.false_calm),
        severity: share(|s| s.severity),
        calibration: calibration_error(scores),
        inconclusive: share(|s| Some(s.inconclusive)),
        grounded: ratio(claims - ungrounded, claims),
    }
}

fn ratio(part: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

fn mean_row(rows: &[Row], cases: usize) -> Row {
    let mean = |of: fn(&Row) -> Option<f64>| {
        let known: Vec<f64> = rows.iter().filter_map(of).collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    Row {
        source: "mean".into(),
        cases,
        svc1: mean(|r| r.svc1),
        svc3: mean(|r| r.svc3),
        kind1: mean(|r| r.kind1),
        joint1: mean(|r| r.joint1),
        strict1: mean(|r| r.strict1),
        time: mean(|r| r.time),
        calm: mean(|r| r.calm),
        false_calm: mean(|r| r.false_calm),
        severity: mean(|r| r.severity),
        calibration: mean(|r| r.calibration),
        inconclusive: mean(|r| r.inconclusive),
        grounded: mean(|r| r.grounded),
    }
}

/// Expected calibration error of the first hypothesis's confidence against `joint@1`, ten bins.
pub fn calibration_error(scores: &[&Scores]) -> Option<f64> {
    let mut bins = [(0usize, 0.0f64, 0usize); 10];
    let mut all = 0usize;
    for s in scores {
        let (Some(confidence), Some(right)) = (s.confidence, s.joint1) else { continue };
        let at = ((confidence * 10.0) as usize).min(9);
        if let Some(bin) = bins.get_mut(at) {
            bin.0 += 1;
            bin.1 += confidence;
            bin.2 += usize::from(right);
        }
        all += 1;
    }
    let gap = |(n, sum, right): &(usize, f64, usize)| (sum - *right as f64).abs() / (*n).max(1) as f64 * *n as f64;
    (all > 0).then(|| bins.iter().map(gap).sum::<f64>() / all as f64)
}
