//! Which change may have set it off: a change of the faulty thing before the first symptom. A change
//! without a time, or after the symptom, triggers nothing.

use crate::analyst::casebook::{Bearing, Change, Finding};
use crate::analyst::causality::{own_fault, ranking};
use crate::analyst::{Casebook, Knowledge, naming};
use crate::domain::{Claim, Evidence, Stamp};

use super::super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "infer_trigger",
    question: "Which change may have set it off?",
    applies: |_, book| !book.changes.is_empty(),
    arguments: |_, book| serde_json::json!({ "changes": book.changes.len() }),
    run,
};

/// A faulty change shows within this time, in seconds.
const SOON: f64 = 1800.0;
/// A change longer ago than this before the first symptom is not held against the subject.
const LONGEST_S: f64 = 36.0 * 3600.0;

/// The sentence of a change: one with the first symptom's own stamp is not said to stand before it.
fn told_of(subject: &str, before: Option<f64>, quote: &str) -> String {
    let when = if before == Some(0.0) { "stamped as the first symptom is" } else { "before the first symptom" };
    format!("A change of {subject} {when}: “{quote}”")
}

fn run(_: &Evidence, book: &mut Casebook, knowledge: &Knowledge) -> Observation {
    let ranks = ranking(book);
    let onset = book.onset.as_ref().map(|(at, _)| *at);
    let mut found: Vec<Finding> = Vec::new();
    let mut told: Vec<String> = Vec::new();
    for change in &book.changes {
        let when = change.at.zip(onset).and_then(|(at, onset)| onset.seconds_since(&at));
        if change.at.is_none() || when.is_some_and(|s| !(0.0..=LONGEST_S).contains(&s)) {
            told.push(format!("not in time: {}", change.what));
            continue;
        }
        let named = names(change, &ranks, knowledge);
        let own = named.or_else(|| own_fault(&ranks, &change.subject).map(|(s, p, _)| (s.clone(), p.clone(), 0.5)));
        let Some((subject, playbook, weight)) = own else { continue };
        if book
            .findings
            .iter()
            .chain(&found)
            .any(|f| f.bearing == Bearing::Change && f.playbook == playbook && f.subject == subject)
        {
            continue;
        }
        let claim = Claim::quoted(told_of(&subject, when, &change.citation.quote), vec![change.citation.clone()]);
        told.push(format!("possible: {}", change.what));
        found.push(Finding {
            tool: TOOL.name,
            subject_kind: naming::kind_of(&subject),
            subject,
            playbook,
            bearing: Bearing::Change,
            weight,
            mechanism: String::new(),
            claim,
            at: change.at,
        });
    }
    if let Some(f) = rolled_back(book, onset) {
        told.push(format!("undone later: {}", f.claim.text));
        found.push(f);
    }
    let title = format!("{} of {} changes bear on a suspect", found.len(), book.changes.len());
    let citations = book.changes.iter().map(|c| c.citation.clone()).take(12).collect();
    book.findings.extend(found);
    Observation { title, text: told.join("\n"), citations }
}

/// A change before the first symptom that was undone after it: whoever undid it held it to be the
/// cause, and the row says so.
fn rolled_back(book: &Casebook, onset: Option<Stamp>) -> Option<Finding> {
    let onset = onset?;
    let undone = |c: &Change| {
        let lower = c.what.to_lowercase();
        ["rollback", "roll back", "rolled back", "revert"].iter().any(|w| lower.contains(w))
    };
    let before = |c: &&Change| c.at.and_then(|at| onset.seconds_since(&at)).is_some_and(|s| (0.0..=SOON).contains(&s));
    let change = book.changes.iter().filter(before).find(|c| !undone(c) && !c.subject.is_empty())?;
    let later = book.changes.iter().find(|c| {
        undone(c) && c.subject == change.subject && c.at.and_then(|t| t.seconds_since(&onset)).is_some_and(|s| s > 0.0)
    })?;
    let claim = Claim::quoted(
        format!(
            "It was changed before the first symptom (“{}”) and put back after it (“{}”).",
            change.citation.quote, later.citation.quote
        ),
        vec![change.citation.clone(), later.citation.clone()],
    );
    Some(Finding {
        tool: TOOL.name,
        subject_kind: naming::kind_of(&change.subject),
        subject: change.subject.clone(),
        playbook: "bad_deploy.regression".into(),
        bearing: Bearing::Stated,
        weight: 3.2,
        mechanism: format!("“{}”, undone by “{}”", change.citation.quote, later.citation.quote),
        claim,
        at: change.at,
    })
}

/// The fault that the change's own words name, where its subject shows that fault.
fn names(change: &Change, ranks: &[(String, String, f64)], knowledge: &Knowledge) -> Option<(String, String, f64)> {
    let mut hits = Vec::new();
    knowledge.signals().on_line(&change.what, 0, &mut hits);
    let (subject, playbook, _) = ranks.iter().find(|(s, p, w)| {
        *w > 0.0 && *s == change.subject && hits.iter().any(|h| h.playbook == p && h.signal.weight > 0.0)
    })?;
    Some((subject.clone(), playbook.clone(), 1.2))
}
