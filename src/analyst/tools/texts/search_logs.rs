//! Looks for what else would be there if the leading suspects were at fault: lines of other services
//! that name them in trouble. The lines that raised the suspicion do not count again.

use crate::analyst::casebook::{Bearing, Finding};
use crate::analyst::causality::ranking;
use crate::analyst::scope::{BlockKind, service_of};
use crate::analyst::{Casebook, Knowledge, naming};
use crate::domain::{Citation, Claim, Evidence, Level};

use super::super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "search_logs",
    question: "Do other services name the suspects in trouble?",
    applies: |e, book| !book.findings.is_empty() && e.lines().any(|(_, l)| l.level >= Some(Level::Warn)),
    arguments: |_, book| serde_json::json!({ "for": suspects(book), "level": "WARN and above" }),
    run,
};

/// Suspects looked for.
const SUSPECTS: usize = 4;

fn suspects(book: &Casebook) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for (subject, _, weight) in ranking(book) {
        if weight > 0.5 && subject.len() > 3 && !out.contains(&subject) && out.len() < SUSPECTS {
            out.push(subject);
        }
    }
    out
}

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    let scope = book.scope(evidence);
    let wanted = suspects(book);
    let mut seen: Vec<(Vec<String>, Vec<Citation>)> = wanted.iter().map(|_| Default::default()).collect();
    let cited = |c: &Citation| {
        book.findings.iter().flat_map(|f| &f.claim.citations).any(|o| o.source == c.source && o.line == c.line)
    };
    for (block, line, text) in scope.lines(evidence, |b| matches!(b.kind, BlockKind::Logs | BlockKind::Text)) {
        if line.level < Some(Level::Warn) || line.duplicate_of.is_some() || text.len() > 2000 {
            continue;
        }
        for (name, (services, places)) in wanted.iter().zip(&mut seen) {
            if !text.contains(name.as_str()) {
                continue;
            }
            let Some(speaker) = service_of(&scope, block, line, text).filter(|s| s != name) else { continue };
            if crate::analyst::report::told_calls::is_of_a_start(book, name, text) {
                continue;
            }
            let place = evidence.cite_line(block.source, line);
            if !services.contains(&speaker) && !cited(&place) {
                services.push(speaker);
                places.push(place);
            }
        }
    }
    let ranks = ranking(book);
    let mut result = Observation::default();
    for (name, (services, places)) in wanted.iter().zip(seen) {
        result.text.push_str(&format!("{name}: other services that name it: {}\n", services.len()));
        let Some((_, playbook, _)) = ranks.iter().find(|(s, _, _)| s == name) else { continue };
        if services.is_empty() {
            continue;
        }
        // those whose lines are cited
        let mut who: Vec<String> = services.iter().take(3).cloned().collect();
        who.sort();
        let tell = if who.len() == 1 { "tells" } else { "tell" };
        let claim = Claim::quoted(
            format!("{} {tell} of trouble with {name}.", crate::analyst::report::wording::list(&who)),
            places.iter().take(3).cloned().collect(),
        );
        result.citations.extend(places.into_iter().take(3));
        book.findings.push(Finding {
            tool: TOOL.name,
            subject: name.clone(),
            subject_kind: naming::kind_of(name),
            playbook: playbook.clone(),
            bearing: Bearing::Symptom,
            weight: (0.3 * services.len() as f64).min(0.6),
            mechanism: String::new(),
            claim,
            at: None,
        });
    }
    result.citations.truncate(12);
    result.title = format!("looked for {} in lines at WARN and above", wanted.join(", "));
    result
}
