//! Lies of other kinds than the published ones, over our own fixtures: a figure turned round, another unit,
//! another whole, another tense, an edge nobody saw, a cause after its effect, another version, another
//! person, a figure rounded up. Beside them true sentences, which stay unmarked.

use std::sync::Arc;

use hotwash::runtime::models::scripted::{Scripted, calls};
use serde_json::json;

use super::*;

const POOL: &str = include_str!("../../fixtures/incidents/cascading-pool-exhaustion.txt");
const LEAK: &str = include_str!("../../fixtures/incidents/memory-leak-after-deploy.txt");
const DISK: &str = include_str!("../../fixtures/incidents/disk-full.txt");
const DNS: &str = include_str!("../../fixtures/incidents/dns-change.txt");
const STORM: &str = include_str!("../../fixtures/incidents/retry-storm.txt");

/// The part of the page it stands in, and the sentence.
const POOL_LIES: &[(&str, &str)] = &[
    ("Impact", "orders-api had 181 requests waiting for a connection."),
    ("Impact", "The pool wait of orders-api reached 1840 s."),
    ("Impact", "orders-db had 198 of 300 connections in use."),
    ("Root cause", "edge-gw calls reports-svc, and failed because reports-svc failed."),
    (
        "Root cause",
        "The circuit breaker of checkout opened at 14:29:12 and caused the pool wait of orders-api at 14:27:02.",
    ),
    ("Summary", "reports-svc 2.81.0 was rolled out at 14:20:03."),
    ("Impact", "About half of the requests to /checkout failed (50%)."),
    ("Response", "The export job of reports-svc was stopped."),
];
const LEAK_LIES: &[(&str, &str)] = &[
    ("Impact", "Memory grew from 180Gi to 500Gi."),
    ("Impact", "There were 81 restarts in the last hour."),
    ("Response", "The memory limit was raised to 1Gi."),
    ("Summary", "basket-svc v3.8 was rolled out at 04:00."),
    ("Impact", "3 of 9 pods are OOMKilled."),
    ("Timeline", "09:41 the page came."),
    ("Impact", "The success rate of basket fell to 95%."),
];
const DISK_LIES: &[(&str, &str)] = &[
    ("Impact", "slowlog takes 383G of the disk."),
    ("Response", "The slow log was deleted and the index was unlocked."),
    ("Impact", "The oldest document of the backlog waited 2h28m."),
    ("Timeline", "03:04:18 the disk of search-3 reached 97%."),
];
const DNS_LIES: &[(&str, &str)] = &[
    ("Trigger", "jonas pushed the zone cleanup CHG-4410 at 10:02."),
    ("Trigger", "The zone cleanup was change CHG-4104."),
    ("Impact", "Half of the card payments fail."),
    ("Impact", "The p99 of payments-api is above 2 ms."),
];
const STORM_LIES: &[(&str, &str)] = &[
    ("Trigger", "inventory-client 2.4.0 went out to web and app-bff at 11:58."),
    ("Impact", "The p95 latency of inventory-api is 3.9 ms."),
    ("Impact", "inventory-api had CPU 99% for 3m."),
];

/// The lies that no rule marks yet: another whole, a waiting time that nothing derives, another person, a
/// share that no figure states.
const KNOWN_MISSES: &[&str] = &[
    "3 of 9 pods are OOMKilled.",
    "The oldest document of the backlog waited 2h28m.",
    "jonas pushed the zone cleanup CHG-4410 at 10:02.",
    "Half of the card payments fail.",
];

/// True sentences about the same incidents.
const TRUE: &[(&str, &str, &str)] = &[
    (POOL, "Impact", "orders-api had 118 requests waiting for a connection at 14:30:44."),
    (POOL, "Impact", "orders-db had 198 of 200 connections in use."),
    (POOL, "Summary", "reports-svc 2.18.0 was rolled out at 14:20:03."),
    (LEAK, "Impact", "3 of 12 pods are OOMKilled."),
    (LEAK, "Impact", "Memory grew from 180Mi to 500Mi."),
    (LEAK, "Summary", "basket-svc v3.7 was rolled out at 04:00."),
    (DISK, "Impact", "slowlog takes 338G of the disk."),
    (DNS, "Trigger", "maria pushed the zone cleanup CHG-4410 at 10:02."),
    (STORM, "Trigger", "inventory-client 4.2.0 went out to web and app-bff at 11:58."),
    (STORM, "Impact", "The p95 latency of inventory-api is 3.9 s."),
];

/// What was said of each sentence: the rules that mark its line.
fn rules_of(incident: &str, sentences: &[(&str, &str)]) -> Vec<Vec<String>> {
    sentences
        .iter()
        .map(|(part, sentence)| {
            // Each stands alone on its page: none is marked for what another says.
            let page = format!("# Postmortem\n\n## {part}\n\n{sentence}\n");
            let line = 5;
            let evidence = evidence(incident);
            let draft = json!({"outcome": "incident", "summary": {"text": "See the postmortem.", "support": "inferred"},
                "hypotheses": [], "postmortem": page});
            let lying = Scripted::new("lying", [calls([("write_report", draft)])]);
            let told = block_on(led(setup(&evidence, vec![rung("lying")]), vec![Arc::new(lying)]));
            let report = told.report.unwrap();
            let at = format!("postmortem line {line}:");
            let found = report.notices.iter().filter(|n| n.what.starts_with(&at));
            found.map(|n| n.what.clone()).collect()
        })
        .collect()
}

/// Style and gaps of a page are no word on whether a sentence is true.
fn is_about_truth(what: &str) -> bool {
    let style = ["zone-missing", "row-without-source", "vague", "missing", "section", "event-missing"];
    !style.iter().any(|rule| what.contains(&format!("({rule}")))
}

#[test]
fn lies_of_other_kinds_are_marked_and_true_sentences_are_not() {
    let (mut missed, mut all) = (Vec::new(), 0);
    for (incident, lies) in
        [(POOL, POOL_LIES), (LEAK, LEAK_LIES), (DISK, DISK_LIES), (DNS, DNS_LIES), (STORM, STORM_LIES)]
    {
        for ((_, lie), found) in lies.iter().zip(rules_of(incident, lies)) {
            all += 1;
            if !found.iter().any(|w| is_about_truth(w)) {
                missed.push(*lie);
            }
        }
    }
    let mut wronged = Vec::new();
    for (incident, part, sentence) in TRUE {
        for found in rules_of(incident, &[(part, sentence)]).into_iter().flatten().filter(|w| is_about_truth(w)) {
            wronged.push(format!("{sentence} {found}"));
        }
    }
    println!("{} of {all} new lies marked; not: {missed:#?}", all - missed.len());
    println!("{} marks on {} true sentences: {wronged:#?}", wronged.len(), TRUE.len());
    assert_eq!(missed, KNOWN_MISSES);
    assert!(wronged.is_empty(), "{wronged:#?}");
}
