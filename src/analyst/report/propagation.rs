//! The propagation path: edges on which a line reports a failure, and nothing else.

use super::material::Material;
use crate::analyst::casebook::Edge;
use crate::domain::Claim;
use crate::domain::report::Propagation;

/// Edges at most; a longer list is a topology, not a path.
const MOST: usize = 24;

/// Observed failing edges, from the one that failed to the one that felt it.
pub fn propagation(m: &Material<'_>) -> Vec<Propagation> {
    let mut out: Vec<Propagation> = Vec::new();
    for edge in m.book.edges.iter().filter(|e| e.failing && e.caller != e.callee && is_named(m, e)) {
        if out.len() >= MOST || out.iter().any(|p| p.from == edge.callee && p.to == edge.caller) {
            continue;
        }
        let text = format!("{} reports a failure on its way to {}.", edge.caller, edge.callee);
        let observed = Claim::inferred(text, vec![edge.observed.clone()]);
        out.push(Propagation { from: edge.callee.clone(), to: edge.caller.clone(), observed });
    }
    out
}

/// True when the cited line names the one and comes from or names the other: an edge to a thing that
/// only something else calls by that name was not observed.
fn is_named(m: &Material<'_>, edge: &Edge) -> bool {
    let at = &edge.observed;
    let reading = m.evidence.readings.get(at.source.0 as usize);
    let line = reading.and_then(|r| r.lines.get((at.line as usize).saturating_sub(1)));
    let text = line.map_or("", |l| m.evidence.text(at.source).get(l.range()).unwrap_or("")).to_lowercase();
    let writer = line.and_then(|l| l.service.as_deref()).unwrap_or("");
    [&edge.caller, &edge.callee].iter().all(|n| text.contains(&n.to_lowercase()) || writer.eq_ignore_ascii_case(n))
}
