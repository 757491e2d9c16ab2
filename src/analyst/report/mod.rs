//! The sections of the report, each made of claims, from the casebook and the ranked hypotheses.

use crate::domain::report::{Conclusion, Draft, EngineLine};
use crate::domain::{Claim, Evidence, Hypothesis, Report, SeveritySheet};

use super::investigation::Request;
use super::{Casebook, Knowledge};

/// The whole report. Its trail is empty (the investigation adds it).
pub fn assemble(
    evidence: &Evidence,
    request: &Request,
    casebook: &Casebook,
    knowledge: &Knowledge,
    hypotheses: Vec<Hypothesis>,
    outcome: Conclusion,
) -> Report {
    let _ = (casebook, knowledge);
    Report {
        format: 1,
        outcome,
        title: request.title.clone(),
        summary: hypotheses.first().map_or_else(
            || Claim::inferred("The evidence does not name a cause.", Vec::new()),
            |h| Claim::inferred(h.statement.clone(), h.supporting.iter().flat_map(|c| c.citations.clone()).collect()),
        ),
        severity: SeveritySheet {
            level: None,
            policy: "impact-v2".into(),
            rule: "the affected-user share is unknown".into(),
            because: Vec::new(),
            unknown: vec!["affected-user share".into()],
            would_change: Vec::new(),
        },
        hypotheses,
        first_cause: None,
        trigger: None,
        propagation: Vec::new(),
        blast_radius: Vec::new(),
        services: Vec::new(),
        timeline: Vec::new(),
        time_to_detect: None,
        checklist: Vec::new(),
        mitigation: Vec::new(),
        customer_impact: Vec::new(),
        whys: Vec::new(),
        systemic_cause: None,
        counterfactual: None,
        evidence: Vec::new(),
        postmortem: Draft::default(),
        follow_ups: Vec::new(),
        notices: evidence.readings.iter().flat_map(|r| r.notices.clone()).collect(),
        trail: Vec::new(),
        engine: EngineLine::embedded(0),
    }
}
