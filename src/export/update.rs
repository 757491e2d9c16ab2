//! Stakeholder updates for three audiences: the bridge (fifteen seconds), inside, and customers.
//!
//! The customers' update names no internals: no service, version, host or cause. No update promises
//! a time of recovery that nobody stated.

use crate::analyst::report::markdown::{escape, marked};
use crate::analyst::report::wording::{duration, fragment, sentence, time};
use crate::domain::report::{Conclusion, RowKind};
use crate::domain::{Claim, Report, Support, Verdict};
use crate::session::Session;

/// Who an update is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The people on the bridge: read aloud in fifteen seconds.
    Bridge,
    /// Colleagues.
    Internal,
    /// Customers.
    Customers,
}

impl Audience {
    /// Every audience.
    pub const ALL: &'static [Self] = &[Self::Bridge, Self::Internal, Self::Customers];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bridge => "bridge",
            Self::Internal => "internal",
            Self::Customers => "customers",
        }
    }
}

/// Words of the bridge's update at most: about fifteen seconds read aloud.
const BRIDGE_WORDS: usize = 45;

/// The update for one audience.
pub fn report(r: &Report, audience: Audience) -> String {
    match audience {
        Audience::Bridge => bridge(r),
        Audience::Internal => internal(r),
        Audience::Customers => customers(r),
    }
}

/// All three updates of a session.
pub fn session(s: &Session) -> String {
    let Some(r) = &s.report else { return "No report yet: nothing can be said.\n".into() };
    let mut out = String::new();
    for audience in Audience::ALL {
        out.push_str(&format!("## Update: {}\n\n{}\n", audience.name(), report(r, *audience)));
    }
    out
}

fn level(r: &Report) -> String {
    r.severity.level.map_or_else(|| "Severity undecided".to_owned(), |l| l.name().to_owned())
}

fn bridge(r: &Report) -> String {
    let top = r.hypotheses.iter().find(|h| h.verdict != Verdict::RuledOut);
    let mut parts = vec![format!("{}.", level(r))];
    match (r.outcome, top) {
        (Conclusion::NoIncident, _) => parts.push(sentence(&r.summary.text)),
        (_, Some(h)) => {
            let surely = if h.verdict == Verdict::Confirmed { "Cause" } else { "Most likely" };
            parts.push(sentence(&format!("{surely}: {} (confidence {:.2})", fragment(&h.statement), h.confidence)));
        }
        (_, None) => parts.push("No cause is known yet.".into()),
    }
    if let Some(check) = r.checklist.iter().find(|c| c.command.is_some()) {
        parts.push(sentence(&format!("Next: {}", check.what)));
    }
    let mut out = String::new();
    for part in parts {
        if !out.is_empty() && out.split_whitespace().count() + part.split_whitespace().count() > BRIDGE_WORDS {
            break;
        }
        out.push_str(&escape(&part));
        out.push(' ');
    }
    format!("{}\n", out.trim_end())
}

fn internal(r: &Report) -> String {
    let mut out = format!("**{}** ({})\n\n{}\n", escape(&r.title), level(r), marked(&r.summary));
    let impact: Vec<String> = r.customer_impact.iter().take(4).map(|c| format!("- {}\n", marked(c))).collect();
    if !impact.is_empty() {
        out.push_str(&format!("\nImpact:\n\n{}", impact.concat()));
    }
    let doing: Vec<String> = r.mitigation.iter().take(3).map(|m| format!("- {}\n", escape(&m.action))).collect();
    if !doing.is_empty() {
        out.push_str(&format!("\nSuggested, not done yet:\n\n{}", doing.concat()));
    }
    let open: Vec<String> = r.severity.unknown.iter().map(|u| format!("- {}\n", escape(u))).collect();
    if !open.is_empty() {
        out.push_str(&format!("\nNot known:\n\n{}", open.concat()));
    }
    if let Some(t) = &r.time_to_detect {
        out.push_str(&format!("\nNoticed {} after it began ({}).\n", duration(t.seconds), escape(&t.formula)));
    }
    out
}

fn customers(r: &Report) -> String {
    if r.outcome == Conclusion::NoIncident {
        return "We looked into a report of trouble and found no incident that is still going on.\n".into();
    }
    let mut out = String::from("We are looking into a problem with our service.");
    let onset = r.timeline.iter().find(|row| matches!(row.kind, RowKind::Symptom | RowKind::Alert));
    if let Some(row) = onset {
        out.push_str(&format!(" It was first seen at {}.", time(&row.at)));
    }
    match r.customer_impact.iter().find(|c| is_public(r, c)) {
        Some(claim) => out.push_str(&format!(" {}", escape(&sentence(&claim.text)))),
        None => out.push_str(" We do not know yet how many of you are affected."),
    }
    out.push_str(" We do not have a time of recovery yet. The next update follows as soon as we know more.\n");
    out
}

/// True for an impact claim that names no internals: supported, in figures that count users or
/// requests, without the name of any service, pod or node.
fn is_public(r: &Report, claim: &Claim) -> bool {
    let low = claim.text.to_lowercase();
    let internals =
        ["pod", "node", "replica", "instance", "container", "host", "database", "cluster", "cache", "queue"];
    let about = ["user", "customer", "request", "checkout", "order", "login", "payment", "success rate"];
    let names = r.services.iter().map(|s| &s.name).chain(r.hypotheses.iter().map(|h| &h.subject));
    matches!(claim.support, Support::Quoted | Support::Derived)
        && !claim.citations.is_empty()
        && about.iter().any(|w| low.contains(w))
        && !internals.iter().any(|w| low.contains(w))
        && !names.into_iter().any(|n| !n.is_empty() && low.contains(&n.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Citation;
    use crate::domain::SourceId;

    fn claim(text: &str) -> Claim {
        Claim::quoted(text, vec![Citation { source: SourceId(0), start: 0, end: 1, line: 1, quote: "x".into() }])
    }

    fn report_with(impact: Claim) -> Report {
        let mut r = crate::analyst::report::empty();
        r.outcome = Conclusion::Incident;
        r.customer_impact = vec![impact];
        r
    }

    #[test]
    fn customers_read_no_internals_and_no_promise() {
        let text = report(&report_with(claim("3 of 12 pods are OOMKilled.")), Audience::Customers);
        assert!(!text.contains("pods"), "{text}");
        assert!(text.contains("do not know yet how many"), "{text}");
        let text = report(&report_with(claim("Checkout success rate stood at 96.8%.")), Audience::Customers);
        assert!(text.contains("96.8%"), "{text}");
    }

    #[test]
    fn the_bridge_reads_it_in_fifteen_seconds() {
        let text = report(&report_with(claim("x")), Audience::Bridge);
        assert!(text.split_whitespace().count() <= BRIDGE_WORDS, "{text}");
    }
}
