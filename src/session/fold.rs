//! The fold itself: one arm per event.

use std::sync::Arc;

use super::{AddedHypothesis, Export, Investigation, Judged, Note, Run, RunState, Session};
use crate::domain::Source;
use crate::journal::event::{Event, Record};

impl Session {
    /// Folds one record in. Total: an event that fits nothing changes only `seq` and `last`.
    pub fn apply(&mut self, record: &Record) {
        self.seq = record.seq;
        self.last = Some(record.at);
        match &record.event {
            Event::SessionStarted { id, title, service, .. } => {
                self.id.clone_from(id);
                self.title.clone_from(title);
                self.service.clone_from(service);
                self.started = Some(record.at);
            }
            Event::SessionResumed { .. } => {}
            Event::TitleChanged { title } => self.title.clone_from(title),
            Event::SourceAdded { .. } => self.add_source(&record.event),
            Event::InvestigationStarted { .. }
            | Event::StepTaken { .. }
            | Event::ReportReady { .. }
            | Event::InvestigationEnded { .. } => self.follow_engine(record),
            Event::HypothesisJudged { hypothesis, verdict, reason } => {
                let judged = Judged { verdict: *verdict, reason: reason.clone(), by: record.by.clone(), at: record.at };
                self.judgements.insert(hypothesis.clone(), judged);
            }
            Event::HypothesisAdded { hypothesis, subject, statement } => self.added.push(AddedHypothesis {
                id: hypothesis.clone(),
                subject: subject.clone(),
                statement: statement.clone(),
                by: record.by.clone(),
                at: record.at,
            }),
            Event::HypothesisRanked { hypothesis, rank, reason } => {
                self.ranked.push((hypothesis.clone(), *rank, reason.clone()));
            }
            Event::BlankFilled { name, value } => {
                self.blanks.insert(name.clone(), value.clone());
            }
            Event::RunApproved { .. }
            | Event::RunStarted { .. }
            | Event::RunOutput { .. }
            | Event::RunEnded { .. }
            | Event::CheckJudged { .. } => self.follow_run(record),
            Event::NoteTaken { kind, text } => self.notes.push(Note {
                kind: *kind,
                text: text.clone(),
                by: record.by.clone(),
                at: record.at,
                seq: record.seq,
            }),
            Event::PostmortemDrafted { body } => {
                self.postmortem.draft = Arc::from(body.as_str());
                if !self.postmortem.edited {
                    self.postmortem.text = Arc::clone(&self.postmortem.draft);
                }
            }
            Event::PostmortemEdited { body } => {
                self.postmortem.text = Arc::from(body.as_str());
                self.postmortem.edited = true;
                self.postmortem.saves += 1;
            }
            Event::Exported { format, to, digest } => self.exports.push(Export {
                format: format.clone(),
                to: to.clone(),
                digest: digest.clone(),
                at: record.at,
            }),
            Event::Unknown { .. } => self.unknown_events += 1,
        }
    }

    fn add_source(&mut self, event: &Event) {
        let Event::SourceAdded { source, name, origin, body, notices } = event else { return };
        let text: Arc<str> = body.text.clone().unwrap_or_else(|| Arc::from(""));
        let source = Source { id: *source, name: name.clone(), origin: origin.clone(), text };
        self.evidence.readings.push(crate::intake::read(&source));
        self.evidence.sources.push(source);
        self.admitted.push(notices.clone());
    }

    fn follow_engine(&mut self, record: &Record) {
        match &record.event {
            Event::InvestigationStarted { run, engine, why } => self.investigations.push(Investigation {
                run: *run,
                engine: engine.clone(),
                why: why.clone(),
                steps: Vec::new(),
                started: Some(record.at),
                ended: None,
            }),
            Event::StepTaken { run, step } => {
                if let Some(i) = self.investigation(*run) {
                    i.steps.push(Arc::new(step.clone()));
                }
            }
            Event::ReportReady { run, report } => {
                if let Some(i) = self.investigation(*run) {
                    i.ended = Some("finished".into());
                }
                self.report = Some(Arc::new((**report).clone()));
            }
            Event::InvestigationEnded { run, why } => {
                if let Some(i) = self.investigation(*run) {
                    i.ended = Some(why.clone());
                }
            }
            _ => {}
        }
    }

    fn investigation(&mut self, run: u32) -> Option<&mut Investigation> {
        self.investigations.iter_mut().rev().find(|i| i.run == run)
    }

    fn follow_run(&mut self, record: &Record) {
        match &record.event {
            Event::RunApproved { run, check, command, context } => {
                let fresh = Run {
                    run: *run,
                    check: check.clone(),
                    command: command.clone(),
                    context: context.clone(),
                    by: record.by.clone(),
                    approved: record.at,
                    started: None,
                    ended: None,
                    pid: None,
                    state: RunState::Approved,
                    status: None,
                    how: String::new(),
                    output: String::new(),
                    dropped: 0,
                    judgement: None,
                };
                self.runs.insert(*run, fresh);
            }
            Event::RunStarted { run, pid } => {
                if let Some(r) = self.runs.get_mut(run) {
                    r.state = RunState::Started;
                    r.started = Some(record.at);
                    r.pid = Some(*pid);
                }
            }
            Event::RunOutput { run, text } => {
                if let Some(r) = self.runs.get_mut(run) {
                    r.output.push_str(text);
                }
            }
            Event::RunEnded { run, status, how, output, dropped } => {
                if let Some(r) = self.runs.get_mut(run) {
                    r.state = RunState::Ended;
                    r.ended = Some(record.at);
                    r.status = *status;
                    r.how.clone_from(how);
                    r.output = output.as_str().to_owned();
                    r.dropped = *dropped;
                }
            }
            Event::CheckJudged { check, run, judgement } => {
                self.checks.insert(check.clone(), judgement.clone());
                if let Some(r) = run.and_then(|n| self.runs.get_mut(&n)) {
                    r.judgement = Some(judgement.clone());
                }
            }
            _ => {}
        }
    }
}
