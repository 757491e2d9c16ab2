//! Compares with incidents of before, where somebody gave them. Likeness is a hint where to look; it
//! adds nothing to a hypothesis.

use crate::analyst::causality::ranking;
use crate::analyst::playbook::PastIncident;
use crate::analyst::{Casebook, Knowledge};
use crate::domain::Evidence;

use super::super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "query_similar_incidents",
    question: "Was there something like it before?",
    applies: |_, book| !book.findings.is_empty(),
    arguments: |_, book| {
        let ranks = ranking(book);
        serde_json::json!({ "service": ranks.first().map(|r| r.0.clone()), "playbook": ranks.first().map(|r| r.1.clone()) })
    },
    run,
};

/// Incidents told at most.
const TOLD: usize = 3;

fn run(_: &Evidence, book: &mut Casebook, knowledge: &Knowledge) -> Observation {
    let others = || knowledge.history.iter().filter(|p| book.session.as_ref() != Some(&p.id));
    if others().next().is_none() {
        return Observation { title: "no history was given".into(), ..Observation::default() };
    }
    let ranks = ranking(book);
    let likeness = |past: &PastIncident| -> u32 {
        let top = ranks.iter().take(3);
        top.map(|(s, p, _)| {
            u32::from(past.services.iter().any(|o| o.eq_ignore_ascii_case(s))) * 2 + u32::from(past.playbook == *p) * 3
        })
        .max()
        .unwrap_or(0)
    };
    let mut alike: Vec<(u32, &PastIncident)> = others().map(|p| (likeness(p), p)).filter(|(l, _)| *l > 0).collect();
    alike.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.id.cmp(&b.1.id)));
    let text: Vec<String> =
        alike.iter().take(TOLD).map(|(_, p)| format!("{} {} ({}): {}", p.day, p.title, p.id, p.outcome)).collect();
    let title = format!("{} of {} earlier incidents share the service or the fault", alike.len(), others().count());
    Observation { title, text: text.join("\n"), citations: Vec::new() }
}
