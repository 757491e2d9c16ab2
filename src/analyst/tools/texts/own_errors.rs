//! Errors that a service reports about its own work: at level ERROR, not blamed on something else,
//! and not there all the time. What was there before the trouble is noise, however loud.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::casebook::{Bearing, Finding};
use crate::analyst::scope::{BlockKind, service_of};
use crate::analyst::wording::message;
use crate::analyst::{Casebook, Knowledge, naming};
use crate::domain::{Claim, Evidence, Level, Span, Stamp};

use super::super::{Observation, Tool};
use super::background::{Background, Met};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "own_errors",
    question: "Whose own errors began within the time that is shown?",
    applies: |e, _| e.lines().filter(|(_, l)| l.level >= Some(Level::Error) && l.stamp.is_some()).nth(1).is_some(),
    arguments: |_, _| serde_json::json!({ "level": "ERROR" }),
    run,
};

/// Words that put the blame elsewhere.
const BLAMES: &[&str] = &[
    "no instances available",
    "connection",
    "timed out",
    "timeout",
    "refused",
    "unavailable",
    "upstream",
    "clusterdown",
    "unreachable",
    "resolve",
    "httpservererror",
    "feignexception",
    "resourceaccess",
    "internal server error",
    "bad gateway",
    "reset by peer",
    "no such host",
    "dispatcherservlet",
    "out of memory",
    "no space",
    "denied",
    "too many",
    "failed to connect",
    "5xx",
];
static ANSWERED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"\b(?:GET|POST|PUT|PATCH|DELETE)\b \S+(?: HTTP/\S+)?\W{1,4}(?:status\W{1,3})?5\d\d\s*$",
    )
    .ok()
});

/// True where a caller says what it got from one that it calls: `expected one stop, got 0 from stops`.
fn answered_oddly(book: &Casebook, caller: &str, callee: &str, text: &str) -> bool {
    let called = book.edges.iter().any(|e| e.caller == caller && e.callee == callee);
    let got = ["got ", "received ", "returned ", "answered ", "invalid ", "unexpected "];
    let lower = text.to_lowercase();
    called
        && got.iter().any(|w| lower.contains(w))
        && ["from ", "by "].iter().any(|w| lower.contains(&format!("{w}{callee}")))
}

/// True where a line names one that its service calls, by calls that were seen: `quote POST /quotes failed`.
fn tells_of_a_call(book: &Casebook, service: &str, text: &str) -> bool {
    let failed = ["fail", "error", "status", "answered", "returned", " 5"].iter().any(|w| text.contains(w));
    failed && book.edges.iter().any(|e| e.caller == service && e.callee != service && naming::mentions(text, &e.callee))
}

/// A container that says only that a request ended in an exception: the head of the stack below says which.
fn is_wrapped(text: &str) -> bool {
    ["dispatcherServlet", "Unhandled exception", "unhandled exception", "Uncaught exception", "Exception in thread"]
        .iter()
        .any(|w| text.contains(w))
}

/// `java.lang.ArrayIndexOutOfBoundsException: Index 4 out of bounds`: the head of a stack.
fn is_exception_head(text: &str) -> bool {
    let Some(at) = ["Exception", "Error"].iter().find_map(|w| text.find(w).map(|at| at + w.len())) else {
        return false;
    };
    let ends = text.get(at..).is_some_and(|rest| rest.is_empty() || rest.starts_with(": "));
    let class = text.get(..at).and_then(|t| t.split_whitespace().next_back());
    ends && class.is_some_and(|c| c.contains('.') && c.starts_with(|f: char| f.is_ascii_lowercase()))
}

/// The first part of the shown time; what errs there and goes on is noise.
const BEFORE: f64 = 0.12;

/// How it is said that a service logs an error, and no more is known of it.
pub const OF_ITS_OWN: &str = " reports an error of its own: ";

/// Lines of one form that count: that it came again is worth something, how often is not.
const AGAIN: u32 = 2;

#[derive(Default)]
struct Errors {
    count: u32,
    early: u32,
    times: Met,
    first: Option<(Stamp, Span)>,
    exception: bool,
    /// The caller that tells of it, where the service itself does not.
    told_by: Option<String>,
}

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    let scope = book.scope(evidence);
    let stamps: Vec<i64> =
        evidence.lines().filter_map(|(_, l)| l.stamp).filter(|s| s.sort_key().0 == 0).map(|s| s.sort_key().1).collect();
    let (Some(from), Some(to)) = (stamps.iter().min(), stamps.iter().max()) else { return Observation::default() };
    let early_until = from + ((to - from) as f64 * BEFORE) as i64;
    let log = Background::of(evidence, &scope);
    let mut found: BTreeMap<(String, String), Errors> = BTreeMap::new();
    // an error that names another service of the evidence is about that one
    let names: Vec<String> = book.services.keys().filter(|n| n.len() > 4 && n.contains('-')).cloned().collect();
    let logs = scope.lines(evidence, |b| matches!(b.kind, BlockKind::Logs | BlockKind::Text));
    let mut head: Option<&str> = None;
    for (block, line, text) in logs {
        // the head of a stack stands for the line that reports it, where that one says no more than its frame
        let thrown = std::mem::replace(&mut head, (line.level >= Some(Level::Error)).then_some(text));
        let thrown = thrown.is_some_and(is_wrapped) && line.level.is_none() && is_exception_head(text);
        if !(thrown || line.level >= Some(Level::Error)) || line.duplicate_of.is_some() {
            continue;
        }
        let lower = text.to_lowercase();
        let (Some(at), false) = (line.stamp, BLAMES.iter().any(|b| lower.contains(b))) else { continue };
        let Some(service) = service_of(&scope, block, line, text) else { continue };
        // an answer of 5xx at the way in is what a caller meets, and no reason
        if ANSWERED.as_ref().is_some_and(|r| r.is_match(text)) {
            continue;
        }
        let (service, told_by) = match names.iter().find(|n| **n != service && naming::mentions(text, n)) {
            Some(other) if answered_oddly(book, &service, other, text) => (other.clone(), Some(service)),
            Some(_) => continue,
            // what a caller tells of one that it calls is a symptom, where the spans show the call
            None if tells_of_a_call(book, &service, text) => continue,
            None => (service, None),
        };
        let from = line.message.saturating_sub(line.start);
        // a line that is all head says nothing of what went wrong
        let Some(quote) = message(text, from) else { continue };
        let shape: String =
            text.get(from..).unwrap_or(text).chars().filter(|c| c.is_alphabetic() || *c == ' ').take(48).collect();
        let errors = found.entry((service, shape)).or_default();
        errors.count += 1;
        errors.told_by = told_by;
        if let Some(log) = &log {
            errors.times.count(log, line);
        }
        errors.early += u32::from(at.sort_key().1 < early_until);
        errors.exception |=
            thrown || lower.contains("exception") || lower.contains("traceback") || lower.contains("panic");
        let span = Span::new(block.source, line.start + quote.start..line.start + quote.end);
        if errors.first.is_none_or(|(f, _)| at.sort_key() < f.sort_key()) {
            errors.first = Some((at, span));
        }
    }
    found.retain(|_, e| e.early == 0);
    let stuck = super::stuck_figures::findings(evidence, &scope, book);
    let mut seen = write(evidence, book, found, log);
    for one in &stuck {
        seen.text.push_str(&format!("{}: {}\n", one.subject, one.claim.text));
    }
    book.findings.extend(stuck);
    seen
}

fn write(
    evidence: &Evidence,
    book: &mut Casebook,
    found: BTreeMap<(String, String), Errors>,
    log: Option<Background>,
) -> Observation {
    let mut per_service: BTreeMap<String, (u32, u32, f64, Errors)> = BTreeMap::new();
    for ((service, _), errors) in found {
        let (count, different, onset, best) = per_service.entry(service).or_default();
        *count += errors.count;
        *different += errors.count.min(AGAIN);
        *onset = onset.max(log.map_or(0.0, |log| log.onset(&errors.times)));
        let earlier = |a: &Errors, b: &Errors| match (a.first, b.first) {
            (Some(a), Some(b)) => a.0.sort_key() < b.0.sort_key(),
            (a, _) => a.is_some(),
        };
        if earlier(&errors, best) {
            *best = errors;
        }
    }
    let mut seen = Observation {
        title: format!("services with errors of their own that began within the shown time: {}", per_service.len()),
        ..Observation::default()
    };
    for (service, (count, different, onset, errors)) in per_service {
        let Some((at, span)) = errors.first else { continue };
        let cited = evidence.cite(span);
        seen.text.push_str(&format!("{service}: lines: {count}, first “{}”\n", cited.quote));
        seen.citations.push(cited.clone());
        let playbook = if errors.exception { "app_exception.unhandled" } else { "app_logic_error.wrong_result" };
        book.findings.push(Finding {
            tool: TOOL.name,
            subject_kind: naming::kind_of(&service),
            subject: service.clone(),
            playbook: playbook.into(),
            bearing: Bearing::Stated,
            // in a full log, one line of every day may fall after the onset by chance
            weight: log.map_or(0.9 + 0.5 * f64::from(different).ln_1p(), |_| 0.6 + 0.4 * onset.min(5.0)),
            mechanism: format!("“{}”", cited.quote),
            claim: Claim::quoted(
                match &errors.told_by {
                    Some(caller) => format!("{caller} reports what {service} answered: “{}”", cited.quote),
                    None => format!("{service}{OF_ITS_OWN}“{}”", cited.quote),
                },
                vec![cited],
            ),
            at: Some(at),
        });
    }
    seen.citations.truncate(12);
    seen
}
