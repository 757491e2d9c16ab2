//! The supporting raw lines: the places the report rests on, each once, in the order of the paste.

use crate::domain::{Citation, Claim, Evidence, Report};

/// Lines in the section at most.
const MOST: usize = 40;

/// A line up to so many bytes is shown whole: `137` alone tells a reader nothing.
const WHOLE: usize = 300;

/// The places cited by the report's claims, the first hypotheses' first, then in source order.
pub fn evidence(report: &Report, evidence: &Evidence) -> Vec<Citation> {
    let hypotheses = report.hypotheses.iter().take(3).flat_map(|h| h.supporting.iter().chain(&h.against));
    let first = report.first_cause.iter().map(|f| &f.what);
    let trigger = report.trigger.iter().map(|t| &t.what);
    let impact = report.customer_impact.iter().chain(&report.severity.because);
    let edges = report.propagation.iter().map(|p| &p.observed);
    let claims: Vec<&Claim> = hypotheses.chain(first).chain(trigger).chain(impact).chain(edges).collect();
    let mut out = super::material::citations(claims, MOST);
    out.retain(|c| !c.quote.trim().is_empty());
    out.iter_mut().for_each(|c| widen(c, evidence));
    out.sort_by_key(|c| (c.source, c.start));
    // of a longer line each place stays, but the ones that stand within another
    out.dedup_by(|later, earlier| {
        later.source == earlier.source && later.start >= earlier.start && later.end <= earlier.end
    });
    out
}

/// The whole line instead of a part of it, where it is short enough to be read.
fn widen(c: &mut Citation, evidence: &Evidence) {
    let Some(line) = evidence.line_of(c).filter(|l| l.end - l.start <= WHOLE && l.start <= c.start && c.end <= l.end)
    else {
        return;
    };
    *c = evidence.cite_line(c.source, line);
}
