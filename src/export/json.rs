//! JSON: the report as the contract has it, and the session around it.

use crate::analyst::report::untrusted::is_untrusted;
use serde_json::{Value, json};

use super::document::Seal;
use crate::domain::{Notice, Report};
use crate::session::Session;

/// The report by itself, with what admission noticed beside what reading noticed; one line end at
/// the end.
pub fn report(report: &Report, admitted: &[Notice]) -> String {
    pretty(&report_value(report, admitted))
}

/// The report's value, for whoever puts it into something larger.
pub fn report_value(report: &Report, admitted: &[Notice]) -> Value {
    let mut value = serde_json::to_value(report).unwrap_or(Value::Null);
    if let Some(Value::Array(notices)) = value.get_mut("notices") {
        let before = admitted.iter().filter(|a| !report.notices.iter().any(|n| n.is_same(a)));
        notices.extend(before.filter_map(|notice| serde_json::to_value(notice).ok()));
    }
    told_apart(&mut value);
    value
}

/// Claims and places that repeat a command or an order from the evidence say `from_log_text`.
fn told_apart(value: &mut Value) {
    match value {
        Value::Array(all) => all.iter_mut().for_each(told_apart),
        Value::Object(map) => {
            map.values_mut().for_each(told_apart);
            let quotes = |v: &Value| v.get("quote").and_then(Value::as_str).is_some_and(is_untrusted);
            let says = |key: &str| map.get(key).and_then(Value::as_str).is_some_and(is_untrusted);
            let cited = |map: &serde_json::Map<String, Value>| {
                map.get("citations").and_then(Value::as_array).is_some_and(|all| all.iter().any(quotes))
            };
            if says("quote") || says("text") && cited(map) {
                map.insert("from_log_text".into(), Value::Bool(true));
            }
        }
        _ => {}
    }
}

/// The session: the report's keys at the top as `analyze --json` prints them, and under `session`
/// what people did, under `chain` the place in the journal. Without a report its keys are absent.
pub fn session(s: &Session, postmortem: &str, seal: Option<&Seal>) -> String {
    let admitted: Vec<Notice> = s.admitted.iter().flatten().cloned().collect();
    let mut value = match &s.report {
        Some(r) => report_value(r, &admitted),
        None => json!({"format": 1, "outcome": null}),
    };
    if let Some(last) = s.embedded_trail()
        && let Some(map) = value.as_object_mut()
        && let Ok(trail) = serde_json::to_value(last.steps.iter().map(AsRef::as_ref).collect::<Vec<_>>())
    {
        map.insert("trail".into(), trail);
    }
    if let Some(map) = value.as_object_mut() {
        map.insert("postmortem".into(), json!({"markdown": postmortem}));
        if !s.opinions.is_empty() {
            let all: Vec<Value> = s.opinions.iter().map(|o| report_value(o, &[])).collect();
            map.insert("opinions".into(), all.into());
        }
        map.insert("session".into(), people(s));
        if let Some(seal) = seal {
            map.insert("chain".into(), seal.value());
        }
    }
    pretty(&value)
}

fn people(s: &Session) -> Value {
    let sources: Vec<Value> = s
        .evidence
        .sources
        .iter()
        .map(|x| json!({"source": x.id.0, "name": x.name, "origin": x.origin, "bytes": x.text.len()}))
        .collect();
    let judgements: Vec<Value> = s
        .judgements
        .iter()
        .map(|(id, j)| json!({"hypothesis": id, "verdict": j.verdict, "reason": j.reason, "by": j.by, "at": j.at}))
        .collect();
    let added: Vec<Value> = s
        .added
        .iter()
        .map(|h| json!({"hypothesis": h.id, "subject": h.subject, "statement": h.statement, "by": h.by, "at": h.at}))
        .collect();
    let runs: Vec<Value> = s
        .runs
        .values()
        .map(|r| {
            json!({"run": r.run, "check": r.check, "command": r.command, "by": r.by, "approved": r.approved,
                "started": r.started, "ended": r.ended, "status": r.status, "how": r.how, "context": r.context,
                "output": r.output, "dropped": r.dropped, "judgement": r.judgement})
        })
        .collect();
    let notes: Vec<Value> =
        s.notes.iter().map(|n| json!({"kind": n.kind, "text": n.text, "by": n.by, "at": n.at})).collect();
    let questions: Vec<Value> = s
        .questions
        .iter()
        .map(|q| {
            let answer = q
                .answer
                .as_ref()
                .map(|a| json!({"known": a.known, "lead": a.lead, "claims": a.claims, "by": a.by, "at": a.at}));
            json!({"question": q.text, "by": q.by, "at": q.at, "answer": answer})
        })
        .collect();
    let ranked: Vec<Value> =
        s.ranked.iter().map(|(id, rank, why)| json!({"hypothesis": id, "rank": rank, "reason": why})).collect();
    json!({"id": s.id, "title": s.title, "service": s.service, "started": s.started, "last": s.last, "seq": s.seq,
        "sources": sources, "judgements": judgements, "added": added, "ranked": ranked, "blanks": s.blanks,
        "runs": runs, "checks": s.checks, "notes": notes, "questions": questions})
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value)
        .map(|mut text| {
            text.push('\n');
            text
        })
        // a value without maps of foreign keys always serialises
        .unwrap_or_default()
}
