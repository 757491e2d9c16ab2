//! Network policies that a listing shows beside a workload whose calls out fail, and whose names say that they deny
//! what goes out. What such a policy lets through is not shown: it is a lead to read, and no proof.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::casebook::{Bearing, Finding, Moment};
use crate::analyst::said::said;
use crate::analyst::{Casebook, Knowledge, naming};
use crate::domain::report::RowKind;
use crate::domain::{Citation, Claim, Evidence, Span};

use super::super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "listed_policies",
    question: "Does a listing show a policy beside a workload whose calls out fail?",
    applies: |e, _| e.sources.iter().any(|s| s.text.contains("NetworkPolicy/")),
    arguments: |_, _| serde_json::json!({}),
    run,
};

/// What it counts: its name alone says what it does.
const BY_ITS_NAME: f64 = 2.2;
/// The same where lookups get no answer: that is what a closed way out does first of all.
const LOOKUPS_UNANSWERED: f64 = 2.8;
/// What it takes from the lookups that fail by it.
const EXPLAINED: f64 = -1.6;

/// No answer came; `no such host` is an answer.
static UNANSWERED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile_any_case(
        r"EAI_AGAIN|Errno -3\b|try again|temporary failure in name resolution|no servers could be reached|i/o timeout|timed? ?out",
    )
    .ok()
});

/// True for a lookup that nobody answered.
fn is_unanswered(evidence: &Evidence, f: &Finding) -> bool {
    let line = |c: &Citation| {
        let line = evidence.line_of(c)?;
        Some(evidence.slice(Span::new(c.source, line.range())))
    };
    let says = |c: &Citation| UNANSWERED.as_ref().zip(line(c)).is_some_and(|(r, text)| r.is_match(text));
    f.playbook.starts_with("dns_failure.") && f.weight > 0.0 && f.claim.citations.iter().any(says)
}

/// `├── NetworkPolicy/default-deny-egress`
static LISTED: LazyLock<Option<Regex>> =
    LazyLock::new(|| crate::domain::pattern::compile(r"(?m)^[^\w\n]*NetworkPolicy/([a-z0-9][a-z0-9.-]*)\s").ok());
/// The command whose answer lists it, and of what.
static ASKED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?im)^\$ kubectl lineage (?:pod|deployment|deploy|statefulset|daemonset|job)[ /]([a-z0-9][a-z0-9.-]*)",
    )
    .ok()
});

/// Names that say that what goes out is denied.
fn denies_the_way_out(name: &str) -> bool {
    let parts: Vec<&str> = name.split(['-', '.']).collect();
    let has = |word: &str| parts.contains(&word);
    (has("deny") || has("block") || has("isolate")) && (has("egress") || has("all")) && !has("ingress")
}

/// The policies of a text that are listed for a workload, with where: its name, theirs.
fn listed(text: &str) -> Vec<(String, String, std::ops::Range<usize>)> {
    let asked: Vec<(usize, String)> = ASKED
        .iter()
        .flat_map(|r| r.captures_iter(text))
        .filter_map(|c| Some((c.get(0)?.start(), naming::workload(c.get(1)?.as_str()))))
        .collect();
    let all = LISTED.iter().flat_map(|r| r.captures_iter(text)).filter_map(|c| c.get(1));
    let of = |at: usize| asked.iter().rfind(|(start, _)| *start < at);
    // an answer ends where the next command begins
    let own = |from: usize, at: usize| text.get(from + 1..at).is_some_and(|between| !between.contains("\n$ "));
    all.filter(|m| denies_the_way_out(m.as_str()))
        .filter_map(|m| of(m.start()).filter(|(from, _)| own(*from, m.start())).map(|(_, name)| (m, name.clone())))
        .map(|(m, name)| (name, m.as_str().to_owned(), m.range()))
        .collect()
}

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    const OUT: [&str; 5] =
        ["dns_failure.", "dependency_unavailable.", "connection_timeout.", "network_", "connection_refused."];
    let mut seen = Observation::default();
    let mut found: Vec<Finding> = Vec::new();
    let mut felt: Vec<Moment> = Vec::new();
    for source in &evidence.sources {
        for (subject, policy, at) in listed(&source.text) {
            let cited: Citation = evidence.cite(Span::new(source.id, at));
            let fails =
                |f: &&Finding| f.subject == subject && f.weight > 0.0 && OUT.iter().any(|p| f.playbook.starts_with(p));
            let Some(kind) = book.findings.iter().find(fails).map(|f| f.subject_kind) else { continue };
            if found.iter().any(|f: &Finding| f.subject == subject) {
                continue;
            }
            let text = format!(
                "the network policy {policy} is listed with {subject}, and by its name it denies what goes out"
            );
            let lookups = book.findings.iter().find(|f| f.subject == subject && is_unanswered(evidence, f));
            let unanswered = lookups.is_some();
            let unheard: Option<Citation> = lookups.and_then(|f| f.claim.citations.first().cloned());
            let then = if unanswered { "; its lookups get no answer" } else { "" };
            let mechanism =
                format!("the network policy {policy} is listed with it, and by its name it denies what goes out{then}");
            felt.extend(lookups.and_then(|f| first_lookup(evidence, &subject, f)));
            seen.citations.push(cited.clone());
            found.extend(lookups.map(|f| Finding {
                tool: TOOL.name,
                bearing: Bearing::Against,
                weight: EXPLAINED,
                mechanism: String::new(),
                claim: Claim::inferred(format!("Another fault of {subject} explains it."), vec![cited.clone()]),
                at: None,
                ..f.clone()
            }));
            found.push(Finding {
                tool: TOOL.name,
                subject_kind: kind,
                subject,
                playbook: "network_policy_block.egress".to_owned(),
                bearing: Bearing::Stated,
                weight: if unanswered { LOOKUPS_UNANSWERED } else { BY_ITS_NAME },
                mechanism,
                claim: Claim::quoted(text, [cited].into_iter().chain(unheard).collect()),
                at: None,
            });
        }
    }
    seen.title = format!(
        "policies listed with a workload whose calls out fail: {}",
        found.iter().filter(|f| f.weight > 0.0).count()
    );
    book.findings.extend(found);
    book.moments.extend(felt);
    seen
}

/// The lookup that a finding tells first, where its line is dated: from then on the way out was felt to be closed.
fn first_lookup(evidence: &Evidence, subject: &str, f: &Finding) -> Option<Moment> {
    let place = f.claim.citations.first()?;
    let line = evidence.line_of(place)?;
    let (at, text) = (line.stamp?, evidence.slice(Span::new(place.source, line.range())));
    let told = said(text, line.message.saturating_sub(line.start))?.text;
    let what = Claim::quoted(format!("“{told}”"), vec![evidence.cite_line(place.source, line)]);
    Some(Moment { at, service: Some(subject.to_owned()), kind: RowKind::Symptom, what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lookup_that_nobody_answers_is_told_from_one_that_finds_no_name() {
        let unanswered = |text: &str| UNANSWERED.as_ref().is_some_and(|r| r.is_match(text));
        assert!(unanswered("getaddrinfo EAI_AGAIN cart") && unanswered("lookup cart on 10.0.0.10:53: i/o timeout"));
        assert!(!unanswered("getaddrinfo ENOTFOUND cart") && !unanswered("lookup cart: no such host"));
    }

    #[test]
    fn a_policy_is_of_the_workload_whose_answer_lists_it_and_is_read_by_its_name() {
        let text = "$ kubectl lineage Pod client -n web\nNAME\nPod/client  1/1\n├── Event/x  -\n└── NetworkPolicy/default-deny-egress   -  38m\n\
            \n$ kubectl get pods\nNetworkPolicy/deny-all-egress  x\n";
        let told: Vec<(String, String)> = listed(text).into_iter().map(|(s, p, _)| (s, p)).collect();
        assert_eq!(told, [("client".to_owned(), "default-deny-egress".to_owned())]);
        for name in ["allow-egress", "default-deny-ingress", "web", "denylist"] {
            assert!(!denies_the_way_out(name), "{name}");
        }
    }
}
