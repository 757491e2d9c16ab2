//! Names of components, metrics and hosts in a sentence: they stand in the evidence, or nobody
//! said them.

use super::pattern::Pattern;
use super::statement::{Part, Statement};
use super::tokens::Tokens;
use super::{Finding, Known};

/// A word that reads as the name of a component or a metric rather than as English.
static COMPONENT: Pattern = Pattern::new(
    r"(?i)^p\d{2,3}$|_|\d.*-|-.*\d|-(?:svc|service|api|worker|db|gateway|cache|proxy|server|controller|queue|redis|postgres|mysql|kafka|frontend|backend|app|pod|node|prod|staging|cluster|agent|operator|exporter|broker)(?:-|$)",
);

/// Words with digits or hyphens that belong to the trade, not to an incident.
const TRADE: &[&str] = &[
    "5xx",
    "4xx",
    "2xx",
    "3xx",
    "k8s",
    "http2",
    "ipv4",
    "ipv6",
    "utf-8",
    "x86_64",
    "sha256",
    "base64",
    "oauth2",
    "s3",
    "ec2",
    "h2",
    "tls1",
    "sev1",
    "sev2",
    "sev3",
    "p0",
    "p1",
    "p2",
    "cross-service",
    "per-service",
    "in-app",
    "multi-node",
    "per-node",
    "single-node",
    "per-pod",
    "multi-cluster",
    "in-cluster",
    "per-cluster",
    "self-service",
    "time_to_detect",
];

/// Checks the names of one statement.
pub fn of_statement(s: &Statement<'_>, known: &Known<'_>, out: &mut Vec<Finding>) {
    if matches!(
        s.part,
        Part::Trail | Part::Context | Part::Checklist | Part::Plan | Part::FollowUps | Part::ActionItems
    ) {
        return;
    }
    for name in Tokens::of(&s.text).names {
        let low = name.to_lowercase();
        // a policy's name is its file's, and stands in no evidence
        let policy = s.text.contains(&format!("by policy {name}"));
        let trade = policy || TRADE.contains(&low.as_str());
        let reads_as_name = COMPONENT.is_match(&name);
        let stands = known.says(&name) || s.citations.iter().any(|c| c.quote.to_lowercase().contains(&low));
        if reads_as_name && !trade && !stands && s.subject.as_deref() != Some(name.as_str()) {
            let what = format!("the name `{name}` stands nowhere in the evidence");
            out.push(Finding::new(&s.path, "name-without-source", what));
        }
    }
}
