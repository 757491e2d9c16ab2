//! The fold itself: one arm per event. Each costs what its event holds, however long the session is.

use std::sync::Arc;

use super::{
    AddedHypothesis, Answered, Asked, Export, GivenToModel, Investigation, Judged, Note, Run, RunState, Session,
};
use crate::domain::{Notice, Origin, Reading, Source, SourceId};
use crate::journal::event::{Body, Event, Record};

/// The most sources that may be missing before one that is there. A number above that is not
/// believed: room is not made for what a damaged record claims.
const MAX_HOLES: usize = 1_000;

impl Session {
    /// The fold of these records.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut session = Self::default();
        records.into_iter().for_each(|record| session.apply(record));
        session
    }

    /// The session as it was once the record with sequence `seq` was applied.
    pub fn at(records: &[Record], seq: u64) -> Self {
        Self::of(records.iter().take_while(|r| r.seq <= seq))
    }

    /// Folds one record in. Total: an event that fits nothing changes only `seq` and `last`.
    pub fn apply(&mut self, record: &Record) {
        self.apply_with(record, &crate::intake::read);
    }

    /// The same, where `read` may know the reading of a source already.
    pub(super) fn apply_with(&mut self, record: &Record, read: &dyn Fn(&Source) -> Reading) {
        self.seq = record.seq;
        self.last = Some(record.at);
        match &record.event {
            Event::SessionStarted { id, title, service, .. } => {
                self.id.clone_from(id);
                self.title.clone_from(title);
                self.service.clone_from(service);
                self.started = Some(record.at);
            }
            Event::SessionResumed { .. } => {
                (self.offered, self.passed) = (None, None);
                self.leave_investigations();
                self.allowed.clear();
            }
            Event::TitleChanged { title } => self.title.clone_from(title),
            Event::Tagged { tags } => self.tags.clone_from(tags),
            Event::SourceAdded { .. } => {
                self.evidence_at = Some(record.at);
                self.add_source(&record.event, read);
            }
            Event::InvestigationStarted { .. }
            | Event::StepTaken { .. }
            | Event::ReportReady { .. }
            | Event::InvestigationEnded { .. } => self.follow_engine(record),
            Event::PayloadAgreed { .. } => self.agreed = true,
            Event::ModelAsked { run, model, body, left_out } => self.given.push(GivenToModel {
                run: *run,
                model: model.clone(),
                at: record.at,
                body: body.clone(),
                left_out: left_out.clone(),
            }),
            Event::ModelSteered { .. } => {}
            Event::OpinionReady { run, report } => {
                if let Some(i) = self.investigation(*run) {
                    i.ended = Some("finished".into());
                }
                self.opinions.retain(|o| o.engine.name != report.engine.name);
                self.opinions.push(Arc::new((**report).clone()));
            }
            Event::HypothesisJudged { hypothesis, verdict, reason } => {
                let of = self.report.iter().flat_map(|r| &r.hypotheses).find(|h| h.id == *hypothesis);
                if let Some(of) = of {
                    self.remembered.insert(hypothesis.clone(), Arc::new(of.clone()));
                }
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
            Event::RunQualified { .. } | Event::CommandAllowed { .. } | Event::CommandDisallowed { .. } => {
                self.follow_leave(record);
            }
            Event::NoteTaken { kind, text } => self.notes.push(Note {
                kind: *kind,
                text: text.clone(),
                by: record.by.clone(),
                at: record.at,
                seq: record.seq,
            }),
            Event::QuestionAsked { .. } | Event::QuestionAnswered { .. } => self.follow_question(record),
            Event::PostmortemDrafted { body } => {
                self.postmortem.draft = known_text(body).unwrap_or(Arc::clone(&self.postmortem.draft));
                self.postmortem.drafted.add(&self.postmortem.draft);
                self.keep_version(record, Arc::clone(&self.postmortem.draft), true);
                if !self.postmortem.edited {
                    self.postmortem.text = Arc::clone(&self.postmortem.draft);
                }
            }
            Event::PostmortemEdited { body } => {
                self.postmortem.text = known_text(body).unwrap_or(Arc::clone(&self.postmortem.text));
                self.postmortem.edited = true;
                self.postmortem.saves += 1;
                self.keep_version(record, Arc::clone(&self.postmortem.text), false);
            }
            Event::UpdateMade { text, facts, due } => {
                self.updates.push(super::Update { at: record.at, text: text.clone(), facts: facts.clone(), due: *due })
            }
            Event::Exported { format, to, digest } => self.exports.push(Export {
                format: format.clone(),
                to: to.clone(),
                digest: digest.clone(),
                at: record.at,
            }),
            Event::LeadOffered { to, name } => {
                self.offered = Some(super::Offer { to: *to, name: name.clone(), by: record.by.clone() });
            }
            Event::PeerSaid { .. } => self.hear_peer(record),
            Event::Unknown { .. } => self.unknown_events += 1,
        }
    }

    fn keep_version(&mut self, record: &Record, text: Arc<str>, drafted: bool) {
        let Record { seq, at, by, .. } = record;
        self.postmortem.versions.add(super::pages::Version { seq: *seq, at: *at, by: by.clone(), drafted, text });
    }

    /// A source keeps its number whatever was lost before it: citations name sources by number.
    fn add_source(&mut self, event: &Event, read: &dyn Fn(&Source) -> Reading) {
        let Event::SourceAdded { source, name, origin, body, notices } = event else { return };
        let (number, have) = (source.0 as usize, self.evidence.sources.len());
        if number < have || number - have > MAX_HOLES {
            self.unknown_events += 1;
            return;
        }
        for missing in (have..number).map(|n| SourceId(n as u32)) {
            let name = format!("source {} is missing", missing.0);
            let hole = Source { id: missing, name, origin: Origin::Paste, text: Arc::from("") };
            self.push_source(hole, Vec::new(), read);
        }
        let text = known_text(body).unwrap_or_else(|| Arc::from(""));
        let source = Source { id: *source, name: name.clone(), origin: origin.clone(), text };
        self.push_source(source, notices.clone(), read);
    }

    fn push_source(&mut self, source: Source, notices: Vec<Notice>, read: &dyn Fn(&Source) -> Reading) {
        self.evidence.readings.push(read(&source));
        self.evidence.sources.push(source);
        self.admitted.push(notices);
    }

    /// Whoever opened the session again has no engine of before: what ran then ended with it.
    fn leave_investigations(&mut self) {
        for investigation in self.investigations.iter_mut().filter(|i| i.ended.is_none()) {
            investigation.ended = Some("interrupted".into());
        }
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

    fn follow_question(&mut self, record: &Record) {
        let (by, at) = (record.by.clone(), record.at);
        match &record.event {
            Event::QuestionAsked { question, text } => {
                self.questions.push(Asked { question: *question, text: text.clone(), by, at, answer: None });
            }
            Event::QuestionAnswered { question, known, lead, claims } => {
                if let Some(asked) = self.questions.iter_mut().rev().find(|q| q.question == *question) {
                    let (lead, claims) = (lead.clone(), claims.clone());
                    asked.answer = Some(Answered { known: *known, lead, claims, by, at });
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
                let of = self.report.iter().flat_map(|r| &r.mitigation).find(|m| Some(&m.id) == check.as_ref());
                let of = of.map(|m| Arc::new(m.clone()));
                let again = || self.tried.values().find(|m| Some(&m.id) == check.as_ref()).cloned();
                if let Some(mitigation) = of.or_else(again) {
                    self.tried.insert(*run, mitigation);
                }
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
                    // A missing blob leaves what was streamed.
                    if let Some(text) = &output.text {
                        text.as_ref().clone_into(&mut r.output);
                    }
                    r.dropped = *dropped;
                }
            }
            Event::CheckJudged { check, run, judgement } => {
                self.checks.insert(check.clone(), judgement.clone());
                if run.is_none() {
                    self.pasted.insert(check.clone(), (judgement.clone(), record.at));
                }
                let changed = self.tried.keys().any(|n| self.runs.get(n).is_some_and(|r| r.started.is_some()));
                let listed = self.report.iter().flat_map(|r| &r.checklist).find(|c| c.is(check));
                let of = listed.and_then(|c| c.ways().into_iter().find(|way| way.id == *check));
                if let Some(of) = of.filter(|_| !changed) {
                    self.weighing.insert(check.clone(), (Arc::new(of), judgement.clone()));
                }
                // What a shared command means for others is a judgement of their hypotheses, not of the run.
                let of_run = |r: &&mut Run| r.check.as_ref().is_none_or(|own| own == check);
                if let Some(r) = run.and_then(|n| self.runs.get_mut(&n)).filter(of_run) {
                    r.judgement = Some(judgement.clone());
                }
            }
            _ => {}
        }
    }
}

/// The text of a body; `None` where its blob is missing, which must not pass for an empty text.
fn known_text(body: &Body) -> Option<Arc<str>> {
    body.text.clone()
}
