//! The supporting raw lines: the places the report rests on, each once, in the order of the paste.

use crate::domain::{Citation, Claim, Report};

/// Lines in the section at most.
const MOST: usize = 40;

/// The places cited by the report's claims, the first hypotheses' first, then in source order.
pub fn evidence(report: &Report) -> Vec<Citation> {
    let hypotheses = report.hypotheses.iter().take(3).flat_map(|h| h.supporting.iter().chain(&h.against));
    let first = report.first_cause.iter().map(|f| &f.what);
    let trigger = report.trigger.iter().map(|t| &t.what);
    let impact = report.customer_impact.iter().chain(&report.severity.because);
    let edges = report.propagation.iter().map(|p| &p.observed);
    let claims: Vec<&Claim> = hypotheses.chain(first).chain(trigger).chain(impact).chain(edges).collect();
    let mut out = super::material::citations(claims, MOST);
    out.retain(|c| !c.quote.trim().is_empty());
    out.sort_by_key(|c| (c.source, c.start));
    out
}
