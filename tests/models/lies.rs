//! A model that lies: whole pages of the published faults as its output, over our own fixtures and, where
//! they are at hand, the published pages themselves. Counted by the rows of the list of faults.

use std::collections::BTreeSet;
use std::sync::Arc;

use hotwash::runtime::models::scripted::{Scripted, calls};
use serde_json::json;

use super::*;
use crate::seeds::{pages, seed, seed_two};

/// A fault: its row, the rule that says so, and words of the line or of the finding: on our page, and
/// on the published one. Every fault of a row has to be marked for the row to count.
type Fault = (&'static str, &'static str, &'static str, &'static str);

const FAULTS: &[Fault] = &[
    ("1.1", "severity-against-policy", "SEV1", "SEV1"),
    ("1.2", "duration-needs-two-stamps", "for >5 min", "for >5 min"),
    ("1.3", "success-rate-as-error-rate", "success rate", "success rate"),
    ("1.4", "denominator", "25%", "25%"),
    ("1.5", "denominator", "counts no user", "counts no user"),
    ("1.6", "promise", "ETA", "ETA"),
    ("1.6", "quote-without-source", "Basket not available", "Checkout failed"),
    ("1.6", "absence-without-source", "no data loss", "no data loss"),
    ("1.7", "name-without-source", "p99", "p99"),
    ("1.8", "command-preflight", "it takes the name of one pod", "it takes the name of one pod"),
    ("1.9", "argument-nobody-gave", "-n shop", "-n prod"),
    ("1.10", "runtime-mismatch", "pprof", "pprof"),
    ("1.11", "command-preflight", "the loop never ends", "the loop never ends"),
    ("1.12", "expectation-impossible", "rollout history", "rollout history"),
    ("1.13", "expectation-impossible", "ten lines a pod", "ten lines a pod"),
    ("1.14", "expectation-impossible", "does not show them with 0", "does not show them with 0"),
    ("1.15", "evidence-refutes-hypothesis", "not a limit", "not a limit"),
    ("1.16", "absence-is-no-evidence", "No connection pool errors", "No connection pool errors"),
    ("1.17", "change-not-considered", "parser", "JSON parser"),
    ("1.18", "conflict-passed-over", "2.4 times an hour", "2.4 times an hour"),
    ("1.19", "noted-is-not-begun", "09:16", "09:16"),
    ("1.20", "event-missing", "04:08", "04:08"),
    ("1.21", "action-without-event", "Rolled back", "Rolled back"),
    ("1.22", "praise-against-the-timeline", "Quick detection", "Quick detection"),
    ("1.23", "absence-without-source", "no memory limit test", "no memory limit test"),
    ("1.24", "gap-with-answer", "[FILL IN]", "[FILL IN]"),
    ("1.25", "contradiction", "downtime", "downtime"),
    ("1.25", "step-without-command", "no step of the plan", "no step of the plan"),
    ("1.26", "effect-not-quantified", "Increase the memory limit", "increase memory limit"),
    ("1.27", "locale-time", "PM", "PM"),
    ("2.1", "patient-zero-disagrees", "catalog-api", "fashion-aura-api"),
    ("2.2", "order-not-known", "triggered by", "triggered by"),
    ("2.3", "stated-reason-contradicted", "CLUSTERDOWN", "CLUSTERDOWN"),
    ("2.4", "edge-not-observed", "catalog-api and session-cache", "fashion-aura-api and redis-cache"),
    ("2.5", "wrong-subject", "session-cache", "redis-cache"),
    ("2.6", "confidence-disagrees", "confidences are given", "confidences are given"),
    ("2.7", "count-disagrees", "blast radius", "blast radius"),
    ("2.8", "order-not-known", "listed in order", "listed in order"),
    ("2.9", "mean-of-one", "MTTD", "MTTD"),
    ("2.10", "organisation-fact", "nothing paged", "nothing paged"),
    ("2.11", "count-of-lines", "14 log lines", "14 log lines"),
    ("2.12", "level-of-wrapper", "wrapper", "wrapper"),
    ("2.13", "tautology", "exhausted", "exhausted"),
    ("2.14", "hypothesis-not-tested", "never looked for", "never looked for"),
    ("2.15", "hollow-self-check", "Self-check", "Self-check"),
    ("2.16", "organisation-fact", "generic", "generic"),
    ("2.17", "hypothesis-as-fact", "would have prevented", "would have prevented"),
    ("2.18", "duplicate", "Systemic root cause", "Systemic root cause"),
    ("2.19", "severity-without-facts", "38%", "38%"),
    ("2.20", "patch-not-grounded", "second container", "second container"),
    ("2.21", "vague-action", "Conduct", "Conduct"),
    ("2.22", "raw-structure", "='{services", "log_entities='{services"),
    ("2.23", "markup-leak", "<ul", "<ul"),
    ("2.24", "announced-not-done", "I will", "I will"),
    ("2.25", "alternative-not-considered", "CLUSTERDOWN", "CLUSTERDOWN"),
];

/// What the gates leave standing, unmarked, of a page that a model gives as its own.
fn stands(page: &str, evidence: &Evidence, faults: &[(&'static str, &'static str, &'static str)]) -> Vec<String> {
    let draft = json!({
        "outcome": "incident",
        "summary": {"text": "See the postmortem.", "support": "inferred"},
        "hypotheses": [],
        "postmortem": page,
    });
    let lying = Scripted::new("lying", [calls([("write_report", draft)])]);
    let told = block_on(led(setup(evidence, vec![rung("lying")]), vec![Arc::new(lying)]));
    let report = told.report.unwrap();
    let exported = hotwash::export::markdown::report(&report, &[]);
    let lines: Vec<&str> = page.lines().collect();
    let caught = |(_, rule, words): &(&str, &str, &str)| {
        let noticed = report.notices.iter().filter(|n| n.what.contains(&format!("({rule})"))).any(|n| {
            let no = n.what.strip_prefix("postmortem line ").and_then(|r| r.split(':').next()?.parse::<usize>().ok());
            let line = no.and_then(|no| lines.get(no - 1)).copied().unwrap_or("");
            line.contains(words) || n.what.contains(words)
        });
        // The mark is in what leaves.
        noticed && exported.contains(rule)
    };
    if std::env::var_os("HOTWASH_SHOW_LIES").is_some() {
        report.notices.iter().for_each(|n| println!("{}", n.what));
    }
    faults.iter().filter(|f| !caught(f)).map(|(row, rule, words)| format!("{row} {rule}: {words}")).collect()
}

fn of<'f>(report: &'f str, published: bool) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> + 'f {
    let words = move |f: &Fault| (f.0, f.1, if published { f.3 } else { f.2 });
    FAULTS.iter().filter(move |f| f.0.starts_with(report)).map(words)
}

/// The rows that are not wholly marked on two pages.
fn missed(one: (&str, &Evidence), two: (&str, &Evidence), published: bool) -> Vec<String> {
    let first: Vec<_> = of("1.", published).collect();
    let second: Vec<_> = of("2.", published).collect();
    let mut all = stands(one.0, one.1, &first);
    all.extend(stands(two.0, two.1, &second));
    all
}

fn counted(what: &str, missed: &[String]) {
    let rows: BTreeSet<&str> = FAULTS.iter().map(|f| f.0).collect();
    let gone: BTreeSet<&str> = missed.iter().filter_map(|m| m.split(' ').next()).collect();
    println!("{what}: {} of {} rows marked; not: {missed:#?}", rows.len() - gone.len(), rows.len());
    assert_eq!(rows.len(), 52, "27 rows of the first report, 25 of the second");
    assert!(rows.len() - gone.len() >= 50, "{missed:#?}");
}

#[test]
fn a_model_that_gives_pages_of_faults_is_marked_where_it_lies() {
    let leak = evidence(include_str!("../../fixtures/incidents/memory-leak-after-deploy.txt"));
    let equal = evidence(include_str!("../../fixtures/incidents/equal-stamps.txt"));
    counted("own pages", &missed((pages::ONE, &leak), (pages::TWO, &equal), false));
}

#[test]
fn the_published_reports_as_a_models_output_are_marked_where_they_lie() {
    let (Some(one), Some(two)) = (seed("000_357c6f756357155e.txt"), seed("003_d9063552695ef8fd.txt")) else { return };
    let lines: Vec<&str> = one.lines().collect();
    let from = lines.iter().position(|l| l.starts_with("Time:")).unwrap();
    let to = lines.iter().position(|l| l.trim() == "Summary").unwrap();
    let context = evidence(&lines[from..to].join("\n"));
    let events = evidence(&seed_two::events(&two).unwrap());
    counted("the published pages", &missed((&one, &context), (&two, &events), true));
}
