//! Compares with incidents of before, where somebody gave them: what is the same, what differs, what
//! fixed it then. Likeness is a hint where to look; it adds nothing to a hypothesis.

use crate::analyst::likeness::{Alike, Traits, alike};
use crate::analyst::{Casebook, Knowledge};
use crate::domain::Evidence;

use super::super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "query_similar_incidents",
    question: "Was there something like it before?",
    applies: |_, book| !book.findings.is_empty(),
    arguments: |_, book| {
        let ranks = crate::analyst::causality::ranking(book);
        serde_json::json!({ "service": ranks.first().map(|r| r.0.clone()), "playbook": ranks.first().map(|r| r.1.clone()) })
    },
    run,
};

/// Incidents told at most.
const TOLD: usize = 3;

fn run(_: &Evidence, book: &mut Casebook, knowledge: &Knowledge) -> Observation {
    let others = || knowledge.history.iter().filter(|p| book.session.as_ref() != Some(&p.id));
    let count = others().count();
    if count == 0 {
        return Observation { title: "no history was given".into(), ..Observation::default() };
    }
    let history: Vec<_> = others().cloned().collect();
    let found = alike(&Traits::of_casebook(book, knowledge), &history, usize::MAX);
    let text: Vec<String> = found.iter().take(TOLD).map(told).collect();
    let title = format!("earlier incidents like this one: {} of {count}", found.len());
    Observation { title, text: text.join("\n\n"), citations: Vec::new() }
}

fn told(a: &Alike) -> String {
    let p = &a.past;
    let part = |name: &str, parts: &[String], none: &str| {
        format!("\n{name}: {}", if parts.is_empty() { none.to_owned() } else { parts.join("; ") })
    };
    let mut text = format!("{} {} ({}): {}", p.day, p.title, p.id, p.outcome);
    text.push_str(&part("the same", &a.same, "nothing"));
    text.push_str(&part("differs", &a.differs, "nothing that is known"));
    text.push_str(&part("what fixed it then", &a.fixed, "nothing is recorded"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::casebook::{Bearing, Finding};
    use crate::analyst::playbook::PastIncident;
    use crate::domain::{Claim, SubjectKind};

    #[test]
    fn an_earlier_incident_is_told_with_what_fixed_it_and_never_the_session_itself() {
        let finding = Finding {
            tool: "own_errors",
            subject: "orders".into(),
            subject_kind: SubjectKind::Service,
            playbook: "memory_exhaustion.heap".into(),
            bearing: Bearing::Stated,
            weight: 3.0,
            claim: Claim::inferred("orders ran out of heap", Vec::new()),
            at: None,
            mechanism: String::new(),
        };
        let mut book = Casebook { findings: vec![finding], session: Some("me".into()), ..Casebook::default() };
        let past = |id: &str| PastIncident {
            id: id.into(),
            services: vec!["orders".into()],
            playbook: "memory_exhaustion.heap".into(),
            fixed: vec!["the cache was made smaller".into()],
            ..PastIncident::default()
        };
        let mut knowledge = Knowledge::default();
        knowledge.history = vec![past("me"), past("other")];
        let seen = run(&Evidence::default(), &mut book, &knowledge);
        assert_eq!(seen.title, "earlier incidents like this one: 1 of 1");
        assert!(seen.text.contains("the same: services: orders"), "{}", seen.text);
        assert!(seen.text.contains("what fixed it then: the cache was made smaller"), "{}", seen.text);
        assert_eq!(book.findings.len(), 1, "likeness adds no finding");
    }
}
