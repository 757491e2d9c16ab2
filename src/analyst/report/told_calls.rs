//! Failing calls as the callers' own lines tell them: a warning or error of one service that names the
//! other, or gives its address, with words of a failure. It ranks nothing; it serves the propagation path and
//! who is heard as a caller.

use crate::analyst::casebook::Edge;
use crate::analyst::scope::{BlockKind, service_of};
use crate::analyst::tools::kube_view::addressed;
use crate::analyst::{Casebook, naming};
use crate::domain::{Evidence, Level};
use crate::intake::prompt;

/// Callers that are answered at most.
const MOST: usize = 12;
/// A longer line is nobody's message, in bytes.
const LONGEST: usize = 6_000;

/// Words of a call that failed.
const FAILS: &[&str] = &[
    "fail",
    "refused",
    "timed out",
    "timeout",
    "unavailable",
    "unreachable",
    "unable",
    "no servers available",
    "no instances available",
    "no such host",
    "not resolve",
    "unknownhost",
    "could not",
    "cannot",
    "can't",
    "reset by peer",
    "deadline exceeded",
];

/// The calls to a thing that failed, one of each caller.
pub fn failing_calls(evidence: &Evidence, book: &Casebook, callee: &str) -> Vec<Edge> {
    let scope = book.scope(evidence);
    let mut found: Vec<Edge> = Vec::new();
    let names = |name: &str| name.eq_ignore_ascii_case(callee);
    for (block, line, text) in scope.lines(evidence, |b| matches!(b.kind, BlockKind::Logs)) {
        let warned = line.level.is_none_or(|l| l >= Level::Warn);
        if !warned || line.duplicate_of.is_some() || text.len() > LONGEST || found.len() >= MOST {
            continue;
        }
        // what somebody typed (`grep -iE 'error|fail'`) is nobody's failure
        if prompt::typed(text).is_some() {
            continue;
        }
        if !naming::mentions(text, callee) && addressed(&book.cluster, text) != Some(callee) {
            continue;
        }
        let lower = text.to_lowercase();
        if !FAILS.iter().any(|w| lower.contains(w)) {
            continue;
        }
        let Some(caller) = service_of(&scope, block, line, text).filter(|s| !names(s)) else { continue };
        if !found.iter().any(|e| e.caller == caller) {
            let observed = evidence.cite_line(block.source, line);
            found.push(Edge { caller, callee: callee.to_owned(), observed, failing: true });
        }
    }
    found
}

/// Who stands between the two, where the caller is set up to call others and not this one: the one that it
/// does call, that is set up to call this one, and that the line itself names. A caller passes on what its
/// callee told it.
pub fn between<'b>(book: &'b Casebook, line: &str, caller: &str, callee: &str) -> Option<&'b Edge> {
    let set_up = |from: &str, to: &str| book.edges.iter().any(|e| !e.failing && e.caller == from && e.callee == to);
    let calls_any = book.edges.iter().any(|e| !e.failing && e.caller == caller);
    if !calls_any || set_up(caller, callee) {
        return None;
    }
    let mut middle = book.edges.iter().filter(|e| !e.failing && e.caller == caller && set_up(&e.callee, callee));
    let first = middle.next().filter(|m| naming::mentions(line, &m.callee))?;
    middle.all(|other| other.callee == first.callee).then_some(first)
}
