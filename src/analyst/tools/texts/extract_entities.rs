//! Which services, hosts and stores the evidence names, where first, and what sort each is.

use crate::analyst::casebook::ServiceFacts;
use crate::analyst::scope::BlockKind;
use crate::analyst::{Casebook, Knowledge, naming};
use crate::domain::{Evidence, Span, SubjectKind};

use super::super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "extract_entities",
    question: "Which services and stores are named?",
    applies: |e, _| !e.is_empty(),
    arguments: |e, _| serde_json::json!({ "sources": e.sources.len() }),
    run,
};

/// Names kept.
const KEPT: usize = 200;

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    let scope = book.scope(evidence);
    for (name, span) in &scope.focus {
        add(book, name, || evidence.cite(*span));
    }
    for (block, line, text) in
        scope.lines(evidence, |b| matches!(b.kind, BlockKind::Logs | BlockKind::Text | BlockKind::Alert))
    {
        if let Some(service) = line.service.as_deref() {
            let name = naming::workload(service);
            if naming::is_name(&name) && !naming::is_generic(&name) && !naming::is_part(&name) {
                add(book, &name, || evidence.cite_line(block.source, line));
            }
        }
        if text.len() < 600 && line.duplicate_of.is_none() {
            for (host, range) in
                naming::hosts_in(text).into_iter().filter(|(_, range)| !is_of_a_link(text, range.start))
            {
                let span = Span::new(block.source, line.start + range.start..line.start + range.end);
                add(book, &host, || evidence.cite(span));
            }
        }
    }
    let citations = book.services.values().filter_map(|s| s.first_seen.clone()).take(12).collect();
    let names: Vec<&str> = book.services.keys().map(String::as_str).collect();
    Observation { title: format!("services and stores named: {}", names.len()), text: names.join(", "), citations }
}

/// `[alert](https://pages.example/i/7)`: where a link leads to is no service of the incident.
fn is_of_a_link(text: &str, at: usize) -> bool {
    text.get(..at).is_some_and(|before| before.ends_with("](https://") || before.ends_with("](http://"))
}

fn add(book: &mut Casebook, name: &str, at: impl Fn() -> crate::domain::Citation) {
    if book.services.len() >= KEPT && !book.services.contains_key(name) {
        return;
    }
    let facts: &mut ServiceFacts = book.services.entry(name.to_owned()).or_default();
    if facts.first_seen.is_none() {
        facts.first_seen = Some(at());
    }
    if facts.role.is_none() {
        facts.role = role(name).map(str::to_owned);
    }
}

fn role(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    Some(match naming::kind_of(name) {
        SubjectKind::Database => "database",
        SubjectKind::Cache => "cache",
        SubjectKind::Queue => "queue",
        _ if lower.contains("gateway") || lower.contains("ingress") => "gateway",
        _ if lower.ends_with("worker") || lower.contains("-worker") => "worker",
        _ if lower.ends_with("-api") || lower.starts_with("api-") => "api",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::is_of_a_link;

    #[test]
    fn where_a_link_leads_to_is_no_service() {
        let told = |text: &str, host: &str| is_of_a_link(text, text.find(host).unwrap());
        assert!(told("10:14 [CPU alert](https://pages.example.com/i/7) fired", "pages."));
        assert!(!told("POST http://auth-service:3006/login failed", "auth-service"));
    }
}
