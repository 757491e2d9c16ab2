//! What the catalog keeps of one saved session: its row, what it can be found by, and what a later
//! incident is compared with. Everything is masked once more here: a note or an imported session may
//! hold what no mask has seen.

use std::collections::BTreeSet;

use crate::analyst::likeness::Traits;
use crate::analyst::playbook::PastIncident;
use crate::domain::{Report, Verdict};
use crate::intake::secrets::{Masks, mask};
use crate::journal::event::NoteKind;
use crate::journal::{Event, Record};
use crate::runtime::history::Row;

/// The most bytes of evidence that one session is found by.
pub const MOST_EVIDENCE: usize = 2 * 1024 * 1024;
/// The most bytes of any other part.
const MOST_OTHER: usize = 512 * 1024;

/// The texts of a session, by what they are.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Texts {
    /// Title, service, tags.
    pub title: String,
    /// Notes, reasons, added hypotheses.
    pub people: String,
    /// The last report's sentences.
    pub report: String,
    /// The postmortem as it stands.
    pub postmortem: String,
    /// Approved commands.
    pub commands: String,
    /// What was given, and what commands printed.
    pub evidence: String,
}

impl Texts {
    /// The texts with the words a person reads before a find.
    pub fn named(&self) -> [(&'static str, &str); 6] {
        [
            ("title", &self.title),
            ("note", &self.people),
            ("report", &self.report),
            ("postmortem", &self.postmortem),
            ("command", &self.commands),
            ("evidence", &self.evidence),
        ]
    }

    /// The parts of names that hold `-`, `_` or `.`, each once.
    pub fn parts(&self) -> String {
        let mut found: BTreeSet<&str> = BTreeSet::new();
        for (_, text) in self.named() {
            for word in text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))) {
                if word.len() > 80 || !word.contains(['-', '_', '.']) {
                    continue;
                }
                found.extend(word.split(['-', '_', '.']).filter(|p| p.chars().count() > 1));
            }
        }
        found.into_iter().take(50_000).collect::<Vec<_>>().join(" ")
    }
}

/// One session for the catalog.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its row.
    pub row: Row,
    /// What it can be found by.
    pub texts: Texts,
    /// What later incidents are compared with; nothing before the first report.
    pub past: Option<PastIncident>,
}

/// The entry of these records. `row` brings what stands beside them: id, size, where it is.
pub fn of_records(mut row: Row, records: &[Record]) -> Entry {
    let mut texts = Texts::default();
    let mut masks = Masks::new(crate::runtime::masking::key());
    let mut report: Option<&Report> = None;
    for record in records {
        (row.records, row.last) = (record.seq, Some(record.at));
        match &record.event {
            Event::SessionStarted { title, service, .. } => {
                (row.started, row.title, row.service) = (Some(record.at), title.clone(), service.clone());
            }
            Event::TitleChanged { title } => row.title.clone_from(title),
            Event::Tagged { tags } => row.tags.clone_from(tags),
            Event::ReportReady { report: newest, .. } => report = Some(newest),
            Event::SourceAdded { name, body, .. } => add(&mut texts.evidence, &[name, body.as_str()], MOST_EVIDENCE),
            Event::PeerSaid { message } => {
                if let Some(said) = message.saying() {
                    add(&mut texts.people, &[said.text()], MOST_OTHER);
                }
            }
            Event::UpdateMade { text, .. } | Event::NoteTaken { text, .. } | Event::QuestionAsked { text, .. } => {
                add(&mut texts.people, &[text], MOST_OTHER);
            }
            Event::HypothesisAdded { subject, statement, .. } => {
                add(&mut texts.people, &[subject, statement], MOST_OTHER)
            }
            Event::HypothesisJudged { reason, .. } | Event::HypothesisRanked { reason, .. } => {
                add(&mut texts.people, &[reason], MOST_OTHER);
            }
            Event::RunApproved { command, .. } => add(&mut texts.commands, &[command], MOST_OTHER),
            Event::PostmortemDrafted { body } | Event::PostmortemEdited { body } => {
                texts.postmortem.clear();
                add(&mut texts.postmortem, &[body.as_str()], MOST_OTHER);
            }
            _ => {}
        }
    }
    if let Some(report) = report {
        row.severity = Some(report.severity.level.map_or_else(|| "undecided".into(), |l| l.name().to_owned()));
        if row.title.is_empty() {
            row.title.clone_from(&report.title);
        }
        sentences(report, &mut texts.report);
    }
    texts.title = format!("{}\n{}\n{}", row.title, row.service.as_deref().unwrap_or(""), row.tags.join(" "));
    let imported = row.imported;
    let Texts { title, people, report: told, postmortem, commands, evidence } = &mut texts;
    for text in [title, people, told, postmortem, commands] {
        masked(text, &mut masks);
    }
    if imported {
        masked(evidence, &mut masks);
    }
    masked(&mut row.title, &mut masks);
    let past = report.map(|r| masked_past(past_of(&row, r, records), &mut masks));
    Entry { row, texts, past }
}

fn masked(text: &mut String, masks: &mut Masks) {
    if let std::borrow::Cow::Owned(clean) = mask(text, masks).text {
        *text = clean;
    }
}

fn masked_past(mut past: PastIncident, masks: &mut Masks) -> PastIncident {
    let PastIncident { title, outcome, trigger, fixed, signatures, .. } = &mut past;
    for text in [title, outcome, trigger].into_iter().chain(fixed).chain(signatures) {
        masked(text, masks);
    }
    past
}

/// Adds texts on lines of their own, as much as there is room for.
fn add(to: &mut String, texts: &[&str], most: usize) {
    for text in texts {
        let room = most.saturating_sub(to.len());
        let mut end = room.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        to.push_str(text.get(..end).unwrap_or(""));
        to.push('\n');
    }
}

fn sentences(report: &Report, to: &mut String) {
    add(to, &[&report.title, &report.summary.text], MOST_OTHER);
    for h in &report.hypotheses {
        add(to, &[&h.subject, &h.statement, &h.playbook, h.fault_kind.name()], MOST_OTHER);
    }
    for claim in &report.customer_impact {
        add(to, &[&claim.text], MOST_OTHER);
    }
    for service in &report.services {
        add(to, &[&service.name], MOST_OTHER);
    }
    for row in &report.timeline {
        add(to, &[&row.what.text], MOST_OTHER);
    }
}

/// The incident as later ones are compared with it. A cause that a person confirmed stands before the
/// engine's first place; what fixed it is what was run or noted, never what was only proposed.
fn past_of(row: &Row, report: &Report, records: &[Record]) -> PastIncident {
    let confirmed = records.iter().rev().find_map(|r| match &r.event {
        Event::HypothesisJudged { hypothesis, verdict: Verdict::Confirmed, .. } => Some(hypothesis),
        _ => None,
    });
    let cause = confirmed.and_then(|id| report.hypotheses.iter().find(|h| h.id == *id)).or(report.hypotheses.first());
    let mut traits = Traits::of_report(report);
    if let Some(h) = cause {
        (traits.playbook, traits.fault_kind) = (h.playbook.clone(), h.fault_kind.name().to_owned());
        traits.services.retain(|s| *s != h.subject);
        traits.services.insert(0, h.subject.clone());
    }
    let Traits { services, playbook, fault_kind, signatures, words, trigger } = traits;
    let sure = if confirmed.is_some() { "confirmed" } else { "not confirmed by anybody" };
    PastIncident {
        id: row.id.clone(),
        title: row.title.clone(),
        day: row.started.map_or_else(String::new, |t| t.format("%Y-%m-%d").to_string()),
        services,
        playbook,
        outcome: cause.map_or_else(String::new, |h| format!("{} ({sure})", h.statement)),
        fault_kind,
        signatures,
        words,
        trigger,
        fixed: fixed(report, records),
    }
}

/// The most deeds that are told of one incident.
const MOST_FIXED: usize = 6;

fn fixed(report: &Report, records: &[Record]) -> Vec<String> {
    let of_mitigation = |check: &Option<String>| {
        check.as_ref().and_then(|id| report.mitigation.iter().find(|m| m.id == *id)).map(|m| m.action.clone())
    };
    let mut out = Vec::new();
    for record in records {
        match &record.event {
            Event::RunEnded { run, status: Some(0), .. } => {
                let approved = records.iter().find_map(|r| match &r.event {
                    Event::RunApproved { run: n, check, command, .. } if n == run => Some((check, command)),
                    _ => None,
                });
                if let Some((action, command)) = approved.and_then(|(c, command)| Some((of_mitigation(c)?, command))) {
                    out.push(format!("run then, ended with 0: {action} (`{command}`)"));
                }
            }
            Event::NoteTaken { kind: NoteKind::Action, text } => out.push(format!("noted as an action: {text}")),
            Event::NoteTaken { kind: NoteKind::Decision, text } => out.push(format!("noted as a decision: {text}")),
            _ => {}
        }
    }
    let excess = out.len().saturating_sub(MOST_FIXED);
    out.split_off(excess)
}
