//! What is hit: the suspects themselves, and whoever was seen to call them in vain. Only observed
//! calls count, and a caller without a failed call is not called hit.

use crate::analyst::causality::{WORTH, callers_of, ranking};
use crate::analyst::{Casebook, Knowledge};
use crate::domain::report::Health;
use crate::domain::{Claim, Evidence};

use super::super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "compute_blast_radius",
    question: "Who else is hit?",
    applies: |_, book| !book.findings.is_empty(),
    arguments: |_, book| serde_json::json!({ "from": ranking(book).first().map(|r| r.0.clone()) }),
    run,
};

fn run(_: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    let ranks = ranking(book);
    let mut hit: Vec<(String, Claim)> = Vec::new();
    for f in book.findings.iter().filter(|f| f.weight >= WORTH) {
        if !hit.iter().any(|(n, _)| *n == f.subject) {
            hit.push((f.subject.clone(), f.claim.clone()));
        }
    }
    for edge in book.edges.iter().filter(|e| e.failing) {
        if !hit.iter().any(|(n, _)| *n == edge.caller) {
            hit.push((edge.caller.clone(), edge.told()));
        }
    }
    let mut seen = Observation::default();
    for (name, claim) in hit.into_iter().take(40) {
        seen.citations.extend(claim.citations.first().cloned());
        let facts = book.services.entry(name).or_default();
        if facts.health.is_none() {
            facts.health = Some((Health::Degraded, claim));
        }
    }
    if let Some((first, _, _)) = ranks.first() {
        let reach = callers_of(book, first);
        seen.text = format!(
            "services that reach {first} over observed calls: {}",
            if reach.is_empty() { "none seen".into() } else { reach.join(", ") }
        );
    }
    seen.citations.truncate(12);
    let count =
        book.services.values().filter(|s| matches!(s.health, Some((Health::Degraded | Health::Down, _)))).count();
    let are = if count == 1 { "service is" } else { "services are" };
    seen.title = format!("{count} {are} hit as far as the lines show");
    seen
}
