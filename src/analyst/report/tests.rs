//! A casebook made by hand, and what the sections make of it.

use std::sync::Arc;

use super::{Prepared, assemble};
use crate::analyst::casebook::{Bearing, Casebook, Change, Edge, Finding, Seen, ServiceFacts};
use crate::analyst::{Knowledge, Request, scoring};
use crate::domain::report::{Conclusion, Health};
use crate::domain::{Beside, Claim, Evidence, Line, Origin, Reading, Report, Source, SourceId, SubjectKind};

const PASTE: &str = "\
04:00 UTC cart-api 2.4 rolled out, changelog: added a request cache without a bound
cart-api memory rose from 200Mi at 04:00 to 500Mi at 09:00, memory limit: 512Mi
09:12 cart-api-0 OOMKilled
09:14 pager fired
Pods: 12 total, 3 currently OOMKilled, 9 running
checkout success rate dipped from 99.5% -> 96.5%";

const PLAYBOOK: &str = r#"
[[playbook]]
id = "memory.leak"
kind = "memory_exhaustion"
title = "memory leak"
statement = "{subject} runs out of memory: {mechanism}"
mechanism = "its memory grows without a bound"
confirms = "memory grows on an idle pod"
refutes = "memory is flat"
systemic = "Nothing may bound the memory of {subject}."
counterfactual = "A bound on the cache might have kept it below its limit."
[[playbook.checks]]
id = "top"
what = "how much memory each pod of {subject} uses"
command = "kubectl top pod -n {namespace} -l app={subject}"
expect = "usage near the limit"
[[playbook.mitigations]]
id = "limit"
action = "Raise the memory limit of {subject}"
command = "kubectl set resources deployment/{subject} -n {namespace} -c {container} --limits=memory={limit}"
risk = "nodes may run short of memory"
rollback = "set the old limit again"
"#;

fn evidence() -> Evidence {
    let mut lines = Vec::new();
    let mut start = 0;
    for (i, text) in PASTE.split('\n').enumerate() {
        let end = start + text.len();
        let stamp = text.get(..5).and_then(|t| t.parse().ok());
        let no = i as u32 + 1;
        lines.push(Line {
            no,
            start,
            end,
            stamp,
            level: None,
            service: None,
            message: start,
            template: None,
            duplicate_of: None,
        });
        start = end + 1;
    }
    let source = Source { id: SourceId(0), name: "paste 1".into(), origin: Origin::Paste, text: Arc::from(PASTE) };
    Evidence { sources: vec![source], readings: vec![Reading { lines, ..Reading::default() }] }
}

fn line(evidence: &Evidence, no: usize) -> crate::domain::Citation {
    evidence.cite_line(SourceId(0), &evidence.readings[0].lines[no - 1])
}

fn report() -> Report {
    report_of(|_, _| {})
}

fn report_of(alter: impl FnOnce(&Evidence, &mut Casebook)) -> Report {
    let e = evidence();
    let mut knowledge = Knowledge::default();
    knowledge.merge("own.toml", PLAYBOOK).unwrap();
    let finding = |no: usize, bearing, text: &str| Finding {
        tool: "search_logs",
        subject: "cart-api".into(),
        subject_kind: SubjectKind::Service,
        playbook: "memory.leak".into(),
        bearing,
        weight: 1.0,
        claim: Claim::quoted(text, vec![line(&e, no)]),
        at: e.readings[0].lines[no - 1].stamp,
        mechanism: String::new(),
    };
    let mut book = Casebook {
        findings: vec![
            finding(3, Bearing::Stated, "cart-api-0 is OOMKilled."),
            finding(2, Bearing::Symptom, "The memory of cart-api rose from 200Mi to 500Mi."),
        ],
        changes: vec![Change {
            at: "04:00".parse().ok(),
            subject: "cart-api".into(),
            what: "added a request cache without a bound".into(),
            version: Some("2.4".into()),
            citation: line(&e, 1),
        }],
        edges: vec![Edge {
            caller: "web".into(),
            callee: "cart-api".into(),
            observed: line(&e, 6),
            failing: false,
            seen: Seen::Log,
        }],
        onset: Some(("09:12".parse().unwrap(), Claim::quoted("cart-api-0 is OOMKilled.", vec![line(&e, 3)]))),
        detected: Some(("09:14".parse().unwrap(), Claim::quoted("The pager fired.", vec![line(&e, 4)]))),
        ..Casebook::default()
    };
    let facts = ServiceFacts {
        health: Some((Health::Degraded, Claim::quoted("cart-api-0 is OOMKilled.", vec![line(&e, 3)]))),
        ..ServiceFacts::default()
    };
    book.services.insert("cart-api".into(), facts);
    alter(&e, &mut book);
    let (hypotheses, _) = scoring::hypotheses(&e, &book, &knowledge);
    assemble(
        (&e, &Prepared::of(&e)),
        &Request::default(),
        &book,
        (&knowledge, Beside::ALONE),
        hypotheses,
        Conclusion::Incident,
    )
}

#[test]
fn patient_zero_is_the_change_and_detection_is_counted_from_the_first_symptom() {
    let r = report();
    assert_eq!(r.first_cause.as_ref().unwrap().at.to_string(), "04:00");
    assert_eq!(r.time_to_detect.as_ref().unwrap().formula, "09:14 - 09:12 = 2 min");
    assert_eq!(r.trigger.as_ref().unwrap().confidence, r.hypotheses[0].confidence, "one computed value");
}

fn change(e: &Evidence, at: &str, subject: &str, what: &str) -> Change {
    let (subject, what) = (subject.to_owned(), what.to_owned());
    Change { at: at.parse().ok(), subject, what, version: None, citation: line(e, 4) }
}

#[test]
fn a_change_of_which_nobody_knows_when_it_was_is_no_likely_trigger() {
    let undated = report_of(|e, book| book.changes = vec![change(e, "", "cart-api", "pool size 20")]);
    let trigger = undated.trigger.unwrap();
    assert_eq!(trigger.what.text, "Possibly set off by a change: pool size 20.");
    assert!(trigger.confidence <= 0.5, "{}", trigger.confidence);
    let both = report_of(|e, book| book.changes.insert(0, change(e, "", "cart-api", "pool size 20")));
    assert!(both.trigger.unwrap().what.text.ends_with("added a request cache without a bound."), "the dated one");
}

#[test]
fn a_change_of_another_thing_is_the_trigger_only_where_the_two_are_joined() {
    let other = |e: &Evidence, book: &mut Casebook| {
        book.changes = vec![change(e, "08:00", "billing", "one"), change(e, "08:10", "mailer", "two")];
        let found = book.findings[0].clone();
        let claim = Claim::quoted("billing was rolled out.", vec![line(e, 4)]);
        let (subject, playbook, at) = ("billing".to_owned(), "other".to_owned(), "08:00".parse().ok());
        book.findings.push(Finding { subject, playbook, bearing: Bearing::Change, claim, at, ..found });
    };
    assert_eq!(report_of(other).trigger, None);
    let joined = report_of(|e, book| {
        other(e, book);
        let (caller, callee) = ("cart-api".to_owned(), "billing".to_owned());
        book.edges.push(Edge { caller, callee, observed: line(e, 6), failing: false, seen: Seen::Log });
    });
    let trigger = joined.trigger.unwrap();
    assert!(trigger.what.text.contains("billing was rolled out") && trigger.confidence <= 0.5, "{trigger:?}");
}

#[test]
fn a_call_that_did_not_fail_is_no_edge_of_the_propagation() {
    assert!(report().propagation.is_empty());
}

#[test]
fn a_command_has_blanks_for_what_nobody_gave() {
    let r = report();
    let check = &r.checklist[0];
    assert_eq!(check.id, "memory.leak/top@cart-api");
    assert_eq!(check.command.as_deref(), Some("kubectl top pod -n ‹namespace› -l ‹selector›"));
    assert_eq!(check.blanks, ["namespace", "selector"]);
    assert_eq!(r.hypotheses[0].settled_by.as_deref(), Some("memory.leak/top@cart-api"));
}

#[test]
fn the_effect_of_more_memory_is_an_estimate_with_its_formula() {
    let effect = report().mitigation[0].effect.clone().unwrap();
    assert_eq!(effect.formula.as_deref(), Some("(2 * 512 - 200) / ((500 - 200) / 5) = 13.7"));
}

#[test]
fn shares_say_what_they_count_and_unknown_users_stay_unknown() {
    let texts: Vec<String> = report().customer_impact.into_iter().map(|c| c.text).collect();
    assert!(texts.iter().any(|t| t.contains("25% of the pods")), "{texts:?}");
    assert!(texts.iter().any(|t| t.contains("down from 99.5%: 3 points")), "{texts:?}");
    assert!(texts.iter().any(|t| t.contains("share of affected users is not known")), "{texts:?}");
}

#[test]
fn every_template_renders_and_leaves_no_gap_where_the_report_knows() {
    use super::postmortem::{Facts, Template, draft};
    let r = report();
    for t in Template::ALL {
        let text = draft(&r, &Facts::default(), *t);
        assert!(text.contains("cart-api runs out of memory"), "{}: {text}", t.name());
        assert!(!text.contains("{{") && !text.contains("[FILL IN: timeline"), "{text}");
        assert!(text.contains("[FILL IN: what was done"), "nobody did anything yet: {text}");
    }
    let facts = Facts { actions: vec!["09:40 UTC, ana: rolled back".into()], ..Facts::default() };
    assert!(!draft(&r, &facts, Template::Full).contains("[FILL IN: what was done"));
}

#[test]
fn the_whys_never_repeat_an_answer() {
    let whys = report().whys;
    let mut answers: Vec<&str> = whys.iter().map(|w| w.answer.text.as_str()).collect();
    answers.sort_unstable();
    answers.dedup();
    assert_eq!(answers.len(), whys.len());
    assert_eq!(whys.len(), 5);
}
