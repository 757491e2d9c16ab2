//! Where it came from: along failing calls towards what is itself at fault, and back in time where
//! stamps allow it. What a caller suffers is not held against the caller.

use crate::analyst::casebook::{Bearing, Finding, Seen};
use crate::analyst::causality::{WORTH, first_of, is_before, is_second_hand, own_fault, ranking};
use crate::analyst::report::told_calls::{between, is_another_s};
use crate::analyst::{Casebook, Knowledge, naming};
use crate::domain::{Claim, Evidence};

use super::super::{Observation, Tool};
use super::story_findings::BEGAN;

/// The tool.
pub const TOOL: Tool = Tool {
    name: "trace_origin",
    question: "Which fault explains the others?",
    applies: |_, book| book.findings.len() > 1,
    arguments: |_, book| serde_json::json!({ "findings": book.findings.len(), "edges": book.edges.len() }),
    run,
};

/// Faults of which the first, on the same subject, explains the second.
const EXPLAINS: &[(&str, &str)] = &[
    ("memory_exhaustion.leak", "memory_exhaustion.oom_killed"),
    ("memory_exhaustion.limit_lowered", "memory_exhaustion.oom_killed"),
    ("memory_exhaustion.limit_lowered", "memory_exhaustion.leak"),
    ("memory_exhaustion.leak", "capacity_limit.full"),
    ("memory_exhaustion.oom_killed", "crash_loop.startup"),
    ("memory_exhaustion.oom_killed", "capacity_limit.full"),
    ("connection_pool_exhaustion.leak", "connection_pool_exhaustion.saturated"),
    ("connection_pool_exhaustion.server_limit", "connection_pool_exhaustion.saturated"),
    ("cache_misconfig.stampede", "cpu_saturation.busy"),
    ("cache_misconfig.stampede", "connection_pool_exhaustion.saturated"),
    ("lock_contention.migration", "lock_contention.waits"),
    ("lock_contention.migration", "slow_query.general"),
    ("lock_contention.waits", "slow_query.general"),
    ("slow_query.missing_index", "slow_query.general"),
    ("slow_query.missing_index", "cpu_saturation.busy"),
    ("gc_pressure.long_pauses", "cpu_saturation.busy"),
    ("gc_pressure.long_pauses", "app_logic_error.slow_code"),
    ("gc_pressure.long_pauses", "memory_exhaustion.oom_killed"),
    ("certificate_expired.expired", "certificate_expired.chain"),
    ("cpu_throttling.quota", "cpu_saturation.busy"),
    ("disk_full.inodes", "disk_full.bytes"),
    ("fd_exhaustion.leak", "connection_refused.nothing_listens"),
    ("probe_misconfig.timing", "dependency_unavailable.stopped"),
    ("probe_misconfig.port", "dependency_unavailable.stopped"),
    ("probe_misconfig.path", "dependency_unavailable.stopped"),
    ("probe_misconfig.protocol", "dependency_unavailable.stopped"),
    ("connection_pool_exhaustion.leak", "slow_query.general"),
    ("connection_pool_exhaustion.saturated", "dependency_unavailable.timeouts"),
    ("connection_pool_exhaustion.leak", "dependency_unavailable.timeouts"),
    ("invalid_credentials.rejected", "dependency_unavailable.timeouts"),
    ("rate_limit.own", "message_lag.consumer_behind"),
    ("capacity_limit.full", "message_lag.consumer_behind"),
    ("lock_contention.migration", "replication_lag.replay"),
    ("lock_contention.waits", "replication_lag.replay"),
    ("network_loss.packets", "network_delay.latency"),
    ("network_loss.packets", "dependency_unavailable.timeouts"),
    ("network_delay.latency", "dependency_unavailable.timeouts"),
    ("retry_storm.amplified", "dependency_unavailable.timeouts"),
    ("feature_flag.enabled", "app_exception.unhandled"),
    ("version_incompatibility.protocol", "app_exception.unhandled"),
    ("readonly_storage.database", "readonly_storage.remounted"),
    ("readonly_storage.index", "readonly_storage.remounted"),
];

/// Faults that are told by how far something has fallen behind.
fn is_measured(playbook: &str) -> bool {
    ["replication_lag.", "message_lag."].iter().any(|group| playbook.starts_with(group))
}

/// On one subject, the fault that explains another is held against that other.
fn explained(ranks: &[(String, String, f64)], book: &Casebook) -> Vec<Finding> {
    let weight = |s: &str, p: &str| ranks.iter().find(|(a, b, _)| a == s && b == p).map_or(0.0, |r| r.2);
    let mut out = Vec::new();
    for (subject, second, w) in ranks.iter().filter(|(_, _, w)| *w >= WORTH) {
        let Some((first, _)) = EXPLAINS.iter().find(|(a, b)| b == second && weight(subject, a) >= 2.0) else {
            continue;
        };
        let cited = book.findings.iter().find(|f| f.subject == *subject && f.playbook == *first);
        let citations = cited.map(|f| f.claim.citations.clone()).unwrap_or_default();
        out.push(Finding {
            tool: TOOL.name,
            subject: subject.clone(),
            subject_kind: naming::kind_of(subject),
            playbook: second.clone(),
            bearing: Bearing::Against,
            // how far something is behind is measured, and says nothing of why
            weight: if is_measured(second) { -(0.7 * w).min(3.6) } else { -(0.5 * w).min(1.6) },
            mechanism: String::new(),
            claim: Claim::inferred(format!("Another fault of {subject} explains it."), citations),
            at: None,
        });
    }
    out
}

/// What the reporter asked about counts more than trouble elsewhere that nothing connects to it.
fn asked_about(evidence: &Evidence, ranks: &[(String, String, f64)], book: &Casebook) -> Vec<Finding> {
    let scope = book.scope(evidence);
    let asked: Vec<&str> = scope.focus.iter().map(|(n, _)| n.as_str()).collect();
    let is_asked = |s: &str| asked.iter().any(|a| a.eq_ignore_ascii_case(s));
    let Some((_, place)) = scope.focus.first() else { return Vec::new() };
    // the sentence that names the one may name the other: `dispatch vanished, gate-api answers 502`
    let sentence = evidence.sources.get(place.source.0 as usize).map_or("", |source| {
        let start = source.text.get(..place.start).and_then(|t| t.rfind('\n')).map_or(0, |at| at + 1);
        let rest = source.text.get(start..).unwrap_or("");
        rest.lines().next().unwrap_or("")
    });
    let near = |s: &str| {
        if naming::mentions(sentence, s) {
            return true;
        }
        // the host that it runs on
        let host = |p: &crate::intake::kube::Pod| p.node.as_ref().is_some_and(|n| n.text == s);
        if asked.iter().any(|a| book.cluster.pods_of(a).any(host)) {
            return true;
        }
        let part = asked.iter().any(|a| s.strip_prefix(a).is_some_and(|rest| rest.starts_with('-')));
        part || book
            .edges
            .iter()
            .any(|e| (is_asked(&e.caller) && e.callee == s) || (is_asked(&e.callee) && e.caller == s))
    };
    if !ranks.iter().any(|(s, _, w)| (is_asked(s) || near(s)) && *w >= WORTH) {
        return Vec::new();
    }
    // where the story tells that it began with this, that is the connection
    let began = |s: &str, p: &str| {
        let told = |f: &Finding| f.subject == s && f.playbook == p && f.claim.text.starts_with(BEGAN);
        book.findings.iter().any(told)
    };
    let mut out = Vec::new();
    for (subject, playbook, weight) in ranks.iter().filter(|(_, _, w)| *w >= WORTH) {
        let own = scope.focus.iter().find(|(n, _)| n.eq_ignore_ascii_case(subject));
        let cited = evidence.cite(own.map_or(*place, |(_, own)| *own));
        let (bearing, adds, text) = if own.is_some() {
            (Bearing::Position, 1.0, format!("The report is about {subject}."))
        } else if !near(subject) && !began(subject, playbook) {
            let text = format!("The report is about {}; nothing seen connects {subject} with it.", cited.quote);
            (Bearing::Against, -0.75 * weight, text)
        } else {
            continue;
        };
        out.push(Finding {
            tool: TOOL.name,
            subject: subject.clone(),
            subject_kind: naming::kind_of(subject),
            playbook: playbook.clone(),
            bearing,
            weight: adds,
            mechanism: String::new(),
            claim: Claim::quoted(text, vec![cited]),
            at: None,
        });
    }
    out
}

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    let ranks = ranking(book);
    let mut found: Vec<Finding> = explained(&ranks, book);
    found.extend(asked_about(evidence, &ranks, book));
    let mut told: Vec<String> = Vec::new();
    for edge in book.edges.iter().filter(|e| e.failing) {
        let Some((callee, playbook, _)) = own_fault(&ranks, &edge.callee) else { continue };
        let text = match between(book, &edge.observed.quote, &edge.caller, callee) {
            Some(call) => {
                format!("{}'s log shows that {}, which it calls, has trouble with {callee}.", edge.caller, call.callee)
            }
            None if is_another_s(book, &edge.observed.quote, &edge.caller, callee) => {
                format!("{} tells of trouble with {callee}.", edge.caller)
            }
            None => format!("{} reports trouble with its call to {callee}.", edge.caller),
        };
        // a span shows that a call failed, and reports nothing
        let claim = match edge.seen {
            Seen::Span => edge.told(),
            Seen::Log | Seen::Settings => Claim::quoted(text, vec![edge.observed.clone()]),
        };
        let note = |subject: &str, playbook: &str, bearing, weight, claim: Claim| Finding {
            tool: TOOL.name,
            subject: subject.to_owned(),
            subject_kind: naming::kind_of(subject),
            playbook: playbook.to_owned(),
            bearing,
            weight,
            mechanism: String::new(),
            claim,
            at: None,
        };
        if !book.findings.iter().chain(&found).any(|f| f.subject == *callee && f.claim == claim) {
            told.push(format!("{callee} explains what {} reports", edge.caller));
            found.push(note(callee, playbook, Bearing::Position, 0.8, claim.clone()));
        }
        for (caller, second, _) in
            ranks.iter().filter(|(s, p, w)| *s == edge.caller && *w >= WORTH && is_second_hand(p))
        {
            let text = format!("The trouble of {caller} follows from {callee}, which it calls.");
            let because = Claim::inferred(text, vec![edge.observed.clone()]);
            if !found.iter().any(|f| f.subject == *caller && f.playbook == *second) {
                found.push(note(caller, second, Bearing::Against, -0.8, because));
            }
        }
    }
    let mut subjects: Vec<&str> = Vec::new();
    for (subject, _, weight) in &ranks {
        if *weight >= WORTH && !subjects.contains(&subject.as_str()) && subjects.len() < 6 {
            subjects.push(subject);
        }
    }
    let dated: Vec<_> = subjects.iter().filter_map(|s| Some((*s, first_of(book, s)?))).collect();
    let earliest = dated.iter().min_by_key(|(_, (at, _))| at.sort_key());
    let title = match earliest {
        Some((subject, (at, _))) => {
            let rivals = dated.iter().filter(|(s, (t, _))| s != subject && !is_before(at, t)).count();
            if rivals > 0 {
                format!("the stamps do not tell which of {} came first", rivals + 1)
            } else {
                format!("{subject} is the first that shows a fault, at {}", at.clock())
            }
        }
        None => "no fault carries a time, so nothing is said about the order".to_owned(),
    };
    let citations = found.iter().filter_map(|f| f.claim.citations.first().cloned()).take(12).collect();
    book.findings.extend(found);
    Observation { title, text: told.join("\n"), citations }
}
