//! The propagation path: edges on which a line reports a failure, and nothing else.

use super::material::Material;
use crate::domain::Claim;
use crate::domain::report::Propagation;

/// Edges at most; a longer list is a topology, not a path.
const MOST: usize = 24;

/// Observed failing edges, from the one that failed to the one that felt it.
pub fn propagation(m: &Material<'_>) -> Vec<Propagation> {
    let mut out: Vec<Propagation> = Vec::new();
    for edge in m.book.edges.iter().filter(|e| e.failing && e.caller != e.callee) {
        if out.len() >= MOST || out.iter().any(|p| p.from == edge.callee && p.to == edge.caller) {
            continue;
        }
        let text = format!("{} reports a failure on its way to {}.", edge.caller, edge.callee);
        let observed = Claim::inferred(text, vec![edge.observed.clone()]);
        out.push(Propagation { from: edge.callee.clone(), to: edge.caller.clone(), observed });
    }
    out
}
