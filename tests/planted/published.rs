//! The 52 faults of two published reports, each planted alone into a sound page of ours.

use std::collections::BTreeSet;

use super::sound;
use crate::seeds::evidence;
use hotwash::domain::Evidence;
use hotwash::export::lint::{apply, lint};

/// A fault: its row, the words it replaces, what stands there instead, and the rule that says so.
struct Fault(&'static str, &'static str, &'static str, &'static str);

const LEAK: &str = include_str!("../../fixtures/incidents/memory-leak-after-deploy.txt");
const EQUAL: &str = include_str!("../../fixtures/incidents/equal-stamps.txt");

/// Over the memory leak.
const ONE: &[Fault] = &[
    Fault(
        "1.1",
        "Undecided: the share of affected users is not known.",
        "SEV1: the revenue path is broken.",
        "severity-against-policy",
    ),
    Fault("1.2", "which counts requests.", "which counts requests, for >5 min.", "duration-needs-two-stamps"),
    Fault(
        "1.3",
        "The success rate fell from 99.7% to 96.8%, which",
        "The success rate is >1% (3.2% errors), which",
        "success-rate-as-error-rate",
    ),
    Fault("1.4", "How many users", "About 25% of basket requests are failing. How many users", "denominator"),
    Fault("1.5", "How many users that is, is not known.", "About 3% of all users are affected.", "denominator"),
    Fault(
        "1.6",
        "How many users that is, is not known.",
        "ETA for full recovery: 30 minutes after the rollback.",
        "promise",
    ),
    Fault("1.6b", "How many users that is, is not known.", "No data loss.", "absence-without-source"),
    Fault(
        "1.6c",
        "How many users",
        "Users see 'Basket not available' messages. How many users",
        "quote-without-source",
    ),
    Fault(
        "1.7",
        "fills the memory limit of 512Mi.",
        "fills the memory limit of 512Mi, and p99 latency got worse.",
        "name-without-source",
    ),
    Fault(
        "1.8",
        "kubectl get pods -n ‹namespace› -o wide",
        "kubectl exec -n ‹namespace› -l app=basket-svc -- sh -c 'ls'",
        "command-preflight",
    ),
    Fault(
        "1.9",
        "kubectl get pods -n ‹namespace› -o wide",
        "kubectl get pods -n shop -l app=basket-svc",
        "argument-nobody-gave",
    ),
    Fault(
        "1.10",
        "kubectl get pods -n ‹namespace› -o wide",
        "kubectl exec ‹pod› -n ‹namespace› -- curl -s localhost:6060/debug/pprof/heap",
        "runtime-mismatch",
    ),
    Fault(
        "1.11",
        "kubectl get pods -n ‹namespace› -o wide",
        "kubectl exec ‹pod› -n ‹namespace› -- sh -c 'while true; do cat /sys/fs/cgroup/memory/memory.usage_in_bytes; sleep 60; done'",
        "command-preflight",
    ),
    Fault(
        "1.12",
        "kubectl get pods -n ‹namespace› -o wide\nExpected: pods of basket-svc with OOMKilled as their last state.",
        "kubectl rollout history deployment/basket-svc -n ‹namespace›\nExpected: a line that says it added an in-process response cache.",
        "expectation-impossible",
    ),
    Fault(
        "1.13",
        "kubectl get pods -n ‹namespace› -o wide\nExpected: pods of basket-svc with OOMKilled as their last state.",
        "kubectl logs -n ‹namespace› deploy/basket-svc --since=1h | grep -c request\nExpected: the number of requests per minute.",
        "expectation-impossible",
    ),
    Fault(
        "1.14",
        "kubectl get pods -n ‹namespace› -o wide\nExpected: pods of basket-svc with OOMKilled as their last state.",
        "kubectl top pod -n ‹namespace›\nExpected: killed pods show 0 memory.",
        "expectation-impossible",
    ),
    Fault(
        "1.15",
        "Evidence: ~340Mi held by a Map keyed on request ID, never cleared.",
        "Evidence: stable at 200Mi before the deploy, so it's not a limit issue.",
        "evidence-refutes-hypothesis",
    ),
    Fault(
        "1.16",
        "no line speaks for it.",
        "no line speaks for it.\n\nEvidence: No connection pool errors in logs.",
        "absence-is-no-evidence",
    ),
    Fault(
        "1.17",
        "2. The move to the simdjson parser in the same rollout may hold memory as well; no line speaks for it.\n\n",
        "",
        "change-not-considered",
    ),
    Fault(
        "1.18",
        "The figures conflict: 18 restarts in the last hour, where 12 pods that take 5 h each to fill give fewer (12 / 5 = 2.4 an hour).\n\n",
        "",
        "conflict-passed-over",
    ),
    Fault(
        "1.19",
        "- 09:16 - noted: success rate at 96.8%",
        "- 09:16 - incident declared; success rate drops to 96.8%",
        "noted-is-not-begun",
    ),
    Fault("1.20", "- 04:08 - rollout complete on all pods [deploy history]\n", "", "event-missing"),
    Fault("1.21", "Nothing is on record yet.", "Rolled back to v3.6.", "action-without-event"),
    Fault("1.21b", "Nothing is on record yet.", "Increased the memory limit for a while.", "action-without-event"),
    Fault("1.22", "Paged at 09:14,", "Quick detection by the monitoring. Paged at 09:14,", "praise"),
    Fault(
        "1.23",
        "- Memory grew from 04:00 to 09:00",
        "- No memory limit tests before the deploy\n- Memory grew from 04:00 to 09:00",
        "absence-without-source",
    ),
    Fault(
        "1.24",
        "- P0 Bound the response cache at 100 entries before it is switched on again. Owner: service owner. Due: 2026-07-01",
        "- [FILL IN]",
        "gap",
    ),
    Fault(
        "1.25",
        "Risk: capacity is one pod short while each pod is replaced.",
        "Risk: brief downtime while pods are replaced. Safe operation.",
        "contradiction",
    ),
    Fault("1.25b", "    kubectl rollout undo deployment/basket-svc -n ‹namespace›\n", "", "step-without-command"),
    Fault(
        "1.26",
        "- Roll basket-svc back to the version before v3.7.",
        "- Increase the memory limit to twice its size.\n- Roll basket-svc back to the version before v3.7.",
        "effect-not-quantified",
    ),
    Fault("1.27", "## Summary\n", "Created: 6/2/2026, 11:37:01 PM\n\n## Summary\n", "locale-time"),
];

/// Over the lines with equal stamps.
const TWO: &[Fault] = &[
    Fault(
        "2.1",
        "Patient zero: not named, the order is not known.",
        "Patient zero (18:44:05): out of memory in billing-worker",
        "order-not-known",
    ),
    Fault(
        "2.2",
        "The stamps do not tell what failed first.",
        "The incident was triggered by out of memory in billing-worker.",
        "order-not-known",
    ),
    Fault(
        "2.3",
        "The stamps do not tell what failed first.",
        "The billing-worker ran out of memory, causing it to fail taking the invoice lock in Redis.",
        "stated-reason-contradicted",
    ),
    Fault(
        "2.4",
        "billing-worker → catalog-api",
        "billing-worker → catalog-api → session-cache → edge",
        "edge-not-observed",
    ),
    Fault(
        "2.5",
        "| catalog-api | api | degraded | Postgres pool exhausted |",
        "| session-cache | cache | degraded | cannot take invoice lock |",
        "wrong-subject",
    ),
    Fault(
        "2.6",
        "Trigger hypothesis: not decided between the three.",
        "Trigger hypothesis (80% confidence): not decided between the three.",
        "confidence-disagrees",
    ),
    Fault(
        "2.7",
        "1 matching line(s) for `CLUSTERDOWN`.",
        "1 matching line(s) for `CLUSTERDOWN`.\n\nBlast radius: 5 entities.",
        "count-disagrees",
    ),
    Fault(
        "2.8",
        "Time to detect: not known, no page is in the lines.",
        "It started with catalog-api, which led to a cascade.",
        "order-not-known",
    ),
    Fault(
        "2.9",
        "Time to detect: not known, no page is in the lines.",
        "Mean time to detection (MTTD): 0 minutes",
        "mean-of-one",
    ),
    Fault(
        "2.10",
        "Why was the pool full? Not in the evidence.",
        "Why was it not seen? It existed before user impact, but nothing paged the on-call early enough.",
        "organisation-fact",
    ),
    Fault("2.11", "Read 7 log lines of 4 services.", "Saw 14 log lines across 4 services.", "count-of-lines"),
    Fault("2.11b", "ERROR: 3, WARN: 3, FATAL: 1", "ERROR: 13, WARN: 6, FATAL: 2", "count-of-lines"),
    Fault(
        "2.12",
        "(WARN). Last: 2026-01-20T18:44:05.311Z (FATAL).",
        "(ERROR). Last: 2026-01-20T18:44:05.311Z (ERROR).",
        "level-of-wrapper",
    ),
    Fault("2.13", "1 matching line(s) for `CLUSTERDOWN`.", "2 matching line(s) for `CLUSTERDOWN`.", "count-of-lines"),
    Fault(
        "2.13b",
        "Read 7 log lines of 4 services.",
        "Read 7 log lines of 4 services. Signal keywords: ['CLUSTERDOWN'].",
        "tautology",
    ),
    Fault(
        "2.14",
        "Not decided: pool exhausted, Redis CLUSTERDOWN or out of memory.",
        "Memory exhaustion in billing-worker",
        "hypothesis-not-tested",
    ),
    Fault(
        "2.15",
        "1 matching line(s) for `CLUSTERDOWN`.",
        "1 matching line(s) for `CLUSTERDOWN`.\n\nSelf-check passed. The analysis is grounded.",
        "hollow-self-check",
    ),
    Fault(
        "2.16",
        "It may be worth checking which alert watches the pool.",
        "The safeguard was absent because the current monitoring setup lacked fine-grained alerts, relying instead on generic thresholds.",
        "organisation-fact",
    ),
    Fault(
        "2.17",
        "An alert on the connections in use of catalog-api might have shown the exhausted pool earlier than the circuit breaker did.",
        "Alerts would have prevented it by early remediation of the memory leak.",
        "hypothesis-as-fact",
    ),
    Fault(
        "2.18",
        "It may be worth checking which alert watches the pool.",
        "An alert on the connections in use of catalog-api might have shown the exhausted pool earlier than the circuit breaker did.",
        "duplicate",
    ),
    Fault(
        "2.19",
        "Severity: undecided, the share of users is not known; the 5xx rate of 38% counts requests.",
        "Severity: P1.",
        "severity-without-facts",
    ),
    Fault(
        "2.20",
        "kubectl get deployment billing-worker -n ‹namespace› -o yaml",
        "kubectl patch deployment billing-worker -p '{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"billing-worker\",\"resources\":{\"limits\":{\"memory\":\"1Gi\"}}}]}}}}'",
        "patch-not-grounded",
    ),
    Fault(
        "2.21",
        "- P1 Alert when 90% of the connections of catalog-api are in use for 1m.",
        "- P1 Set up alerts for memory usage.",
        "vague-action",
    ),
    Fault(
        "2.21b",
        "- P1 Alert when 90% of the connections of catalog-api are in use for 1m.",
        "- P1 Conduct a code review.",
        "vague-action",
    ),
    Fault(
        "2.22",
        "Invoking search_logs(pattern='CLUSTERDOWN', limit='5').",
        "Invoking search_logs(pattern='CLUSTERDOWN', limit='5').\n\nInvoking blast(roles=\"{gateway: ['edge'], 'worker': ['billing-...'], more='{services: ['edge'...'})",
        "raw-structure",
    ),
    Fault("2.23", "- 18:44:05 catalog-api Postgres", "- 18:44:05 <ul style=\"x\">catalog-api Postgres", "markup-leak"),
    Fault(
        "2.24",
        "Read 7 log lines of 4 services.",
        "I will inventory the telemetry, then correlate it.\n\nRead 7 log lines of 4 services.",
        "announced-not-done",
    ),
    Fault(
        "2.25",
        "Not decided: pool exhausted, Redis CLUSTERDOWN or out of memory.",
        "Not decided: pool exhausted or out of memory.",
        "alternative-not-considered",
    ),
];

fn findings(page: &str, e: &Evidence) -> Vec<(&'static str, String)> {
    lint(page, Some(e)).into_iter().map(|f| (f.rule, f.reason)).collect()
}

/// Where the lint offers an edit for a planted fault, the edit clears it.
fn assert_mended(row: &str, rule: &str, page: &str, e: &Evidence) -> usize {
    let offered = lint(page, Some(e)).into_iter().filter(|f| f.rule.starts_with(rule));
    let edits: Vec<_> = offered.filter_map(|f| f.edit.map(|edit| (f.reason, edit))).collect();
    for (reason, edit) in &edits {
        let left = findings(&apply(page, edit), e);
        assert!(!left.iter().any(|(r, why)| r.starts_with(rule) && why == reason), "{row} stands after its fix");
    }
    edits.len()
}

#[test]
fn the_sound_pages_are_accused_of_nothing() {
    let mut accused = Vec::new();
    for (page, text) in [(sound::ONE, LEAK), (sound::TWO, EQUAL)] {
        accused.extend(findings(page, &evidence(text)));
    }
    assert!(accused.is_empty(), "{accused:#?}");
}

#[test]
fn every_published_fault_is_flagged_in_an_otherwise_sound_page() {
    let (mut missed, mut mended) = (Vec::new(), 0);
    let mut rows: BTreeSet<&str> = BTreeSet::new();
    for (page, text, faults) in [(sound::ONE, LEAK, ONE), (sound::TWO, EQUAL, TWO)] {
        let e = evidence(text);
        let before = findings(page, &e);
        for Fault(row, sound, fault, rule) in faults {
            assert!(page.contains(sound), "{row}: `{sound}` is not on the page");
            rows.insert(row.trim_end_matches(|c: char| c.is_ascii_lowercase()));
            let planted = page.replacen(sound, fault, 1);
            let after = findings(&planted, &e);
            mended += usize::from(assert_mended(row, rule, &planted, &e) > 0);
            let new: Vec<_> = after.iter().filter(|f| !before.contains(f)).collect();
            if !new.iter().any(|(r, _)| r.starts_with(rule)) {
                missed.push(format!("{row} ({rule}): {new:?}"));
            }
        }
    }
    // 2.8 is what intake notices, and an order that is claimed all the same
    println!(
        "{} faults in {} rows, {} missed, {mended} with an edit that clears it",
        ONE.len() + TWO.len(),
        rows.len(),
        missed.len()
    );
    assert_eq!(rows.len(), 52, "each row of the published faults is planted");
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
