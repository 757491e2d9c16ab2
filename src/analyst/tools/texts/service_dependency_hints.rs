//! Who calls whom, as far as the lines show it: addresses that a service's own lines name. A line
//! that tells of a failed call marks the edge as failing.

use crate::analyst::casebook::{Edge, Seen};
use crate::analyst::scope::{BlockKind, service_of};
use crate::analyst::{Casebook, Knowledge, naming};
use crate::domain::{Evidence, Level};

use super::super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "service_dependency_hints",
    question: "Who calls whom?",
    applies: |e, _| !e.is_empty(),
    arguments: |_, book| serde_json::json!({ "services": book.services.len() }),
    run,
};

/// Edges kept.
const KEPT: usize = 200;
const FAILS: &[&str] = &[
    "fail",
    "refused",
    "timed out",
    "timeout",
    "unavailable",
    "unreachable",
    "unable",
    "5xx",
    "reset by peer",
    "clusterdown",
    "breaker open",
    "deadline exceeded",
    "bad gateway",
    "gateway timeout",
    "internal server error",
    "rate limited",
];

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    let scope = book.scope(evidence);
    let names: Vec<String> = book.services.keys().filter(|n| n.len() > 4 && n.contains('-')).cloned().collect();
    for (block, line, text) in scope.lines(evidence, |b| matches!(b.kind, BlockKind::Logs | BlockKind::Text)) {
        if text.len() > 600 || line.duplicate_of.is_some() || book.edges.len() >= KEPT {
            continue;
        }
        let stated = line.service.is_some() || block.service.is_some();
        let Some(caller) = service_of(&scope, block, line, text).filter(|_| stated) else { continue };
        let lower = text.to_lowercase();
        let failing =
            line.level >= Some(Level::Warn) && (FAILS.iter().any(|f| lower.contains(f)) || answers_5xx(&lower));
        let mut callees: Vec<String> = naming::hosts_in(text).into_iter().map(|(h, _)| h).collect();
        if failing {
            // a failed call that names a known service without its address
            callees.extend(names.iter().filter(|n| **n != caller && naming::mentions(text, n)).cloned());
        }
        for callee in callees {
            if callee == caller || naming::is_generic(&callee) {
                continue;
            }
            match book.edges.iter_mut().find(|e| e.caller == caller && e.callee == callee) {
                Some(known) if failing && !known.failing => {
                    known.failing = true;
                    known.seen = Seen::Log;
                    known.observed = evidence.cite_line(block.source, line);
                }
                Some(_) => {}
                None => {
                    let observed = evidence.cite_line(block.source, line);
                    book.edges.push(Edge { caller: caller.clone(), callee, observed, failing, seen: Seen::Log });
                }
            }
        }
    }
    let text: Vec<String> = book
        .edges
        .iter()
        .take(40)
        .map(|e| format!("{} → {}{}", e.caller, e.callee, if e.failing { " (failing)" } else { "" }))
        .collect();
    let citations = book.edges.iter().map(|e| e.observed.clone()).take(12).collect();
    Observation { title: format!("calls between services: {}", book.edges.len()), text: text.join("\n"), citations }
}

/// `returned 502`, `answered 503`, `: 500`: an answer that is the callee's failure.
fn answers_5xx(lower: &str) -> bool {
    ["500", "502", "503", "504"].iter().any(|code| naming::mentions(lower, code))
}
