//! From findings to ranked hypotheses: one per subject and playbook.

use std::collections::BTreeMap;

use crate::domain::report::Conclusion;
use crate::domain::{Evidence, Hypothesis, Verdict};

use super::casebook::{Bearing, Finding};
use super::{Casebook, Knowledge};

/// Ranked hypotheses, and what the investigation came to.
pub fn hypotheses(_evidence: &Evidence, casebook: &Casebook, knowledge: &Knowledge) -> (Vec<Hypothesis>, Conclusion) {
    let mut groups: BTreeMap<(&str, &str), Vec<&Finding>> = BTreeMap::new();
    for f in &casebook.findings {
        groups.entry((&f.subject, &f.playbook)).or_default().push(f);
    }
    let mut all: Vec<Hypothesis> = Vec::new();
    for ((subject, id), findings) in groups {
        let Some(playbook) = knowledge.playbooks.get(id) else { continue };
        let weight: f64 = findings.iter().map(|f| f.weight).sum();
        let mechanism =
            findings.iter().map(|f| f.mechanism.as_str()).find(|m| !m.is_empty()).unwrap_or(&playbook.mechanism);
        let (against, supporting): (Vec<&Finding>, Vec<&Finding>) =
            findings.iter().partition(|f| f.bearing == Bearing::Against);
        all.push(Hypothesis {
            id: format!("{subject}/{id}"),
            rank: 0,
            subject: subject.to_owned(),
            subject_kind: findings.first().map_or(crate::domain::SubjectKind::Unknown, |f| f.subject_kind),
            fault_kind: playbook.kind,
            playbook: id.to_owned(),
            known_as: playbook.known_as.clone(),
            confidence: 1.0 / (1.0 + (-weight).exp()),
            verdict: Verdict::Proposed,
            statement: playbook.statement.replace("{subject}", subject).replace("{mechanism}", mechanism),
            supporting: supporting.iter().map(|f| f.claim.clone()).collect(),
            against: against.iter().map(|f| f.claim.clone()).collect(),
            settled_by: None,
        });
    }
    all.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then_with(|| a.id.cmp(&b.id)));
    for (i, h) in all.iter_mut().enumerate() {
        h.rank = i as u32 + 1;
    }
    let conclusion = if all.is_empty() { Conclusion::Inconclusive } else { Conclusion::Incident };
    (all, conclusion)
}
