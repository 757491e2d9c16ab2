//! What the core wants done, done. Long work goes to threads and answers later; the rest answers at
//! once. Nothing here decides whether something should be done.

use std::time::{Duration, Instant};

use super::admission::{Admission, Ask};
use super::console::{Console, Handover, Passed};
use super::engine::Given;
use super::{bin, clipboard, exports};
use crate::analyst::Request;
use crate::app::present::Door;
use crate::app::{Effect, Input, SessionsQuery};
use crate::fault::Fault;
use crate::journal::feed::Refusal;

impl Console {
    /// Performs one effect.
    pub(super) fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::ListSessions => self.list(SessionsQuery::default()),
            Effect::FindSessions { query } => self.list(query),
            Effect::CheckPostmortem { text } => self.hold_against_evidence(text),
            Effect::FindSimilar { traits } => self.compare(*traits),
            Effect::Tag { id, typed } => self.tag(id, typed),
            Effect::DeleteSession { id } => {
                self.change_saved("deleting", move |store| bin::delete(store, &id).map(drop))
            }
            Effect::RestoreSession { id } => {
                self.change_saved("restoring", move |store| bin::restore(store, &id).map(drop));
            }
            Effect::EmptyBin { ids } => self.change_saved("erasing", move |store| bin::empty(store, &ids).map(drop)),
            Effect::NewSession { title } => self.begin(title, None),
            Effect::OpenSession { id } => self.open(&id),
            // Only a review stands elsewhere than at its end.
            Effect::Seek(_) => {}
            // Only a follower speaks to a lead.
            Effect::Say(_) => {}
            Effect::Admit { name, origin, raw } => self.admit(Ask::Text { name, origin, raw }),
            Effect::ReadFile { path } => {
                let path = exports::typed_path(&path).display().to_string();
                self.admit(Ask::File { path });
            }
            Effect::Investigate { run } => self.investigate(run),
            Effect::StopInvestigation => self.engine.stop(),
            effect @ (Effect::PrepareModel
            | Effect::AskModel { .. }
            | Effect::SteerModel { .. }
            | Effect::StopModel
            | Effect::TellModel { .. }
            | Effect::SendQuestion { .. }
            | Effect::StopQuestion) => self.perform_model(effect),
            Effect::Probe => self.probe(),
            Effect::Run { run, command, context, timeout_s } => self.hold(run, command, context, timeout_s),
            Effect::Telemetry { run, call, command, context, timeout_s } => {
                self.runs.calls.insert(run, call);
                self.hold(run, command, context, timeout_s);
            }
            Effect::Answer { question, text } => {
                if !self.prepare_question(question, &text) {
                    self.answer(question, text, String::new());
                }
            }
            Effect::SearchAnswer { question, text, because } => self.answer(question, text, because),
            Effect::Cancel { run } => self.cancel(run),
            Effect::OpenEditor { text } => self.handover = Some(Handover::Editor(text)),
            Effect::Copy { text } => self.copy(&text),
            Effect::Export { format, path } => self.export(format, path),
            Effect::Wake { after_ms } => self.wake = Some(Instant::now() + Duration::from_millis(after_ms)),
            Effect::Suspend => self.handover = Some(Handover::Stop),
            Effect::AnswerPeer(refusal) => self.answer_peer(refusal),
            Effect::PassLead => (self.passed, self.ended) = (Some(self.passing()), true),
            Effect::Quit => self.ended = true,
        }
    }

    /// To whom the lead goes: whoever follows by this host's files takes it there.
    fn passing(&self) -> Passed {
        let by = |door| {
            let mut all = self.desk.attending.get(&door).into_iter().flatten();
            all.any(|one| Some(one.key) == self.session.passed)
        };
        Passed { id: self.session.id.clone(), over_server: by(Door::Server) && !by(Door::Folder) }
    }

    /// Whoever sent it hears why it was not taken, by whichever way it came.
    fn answer_peer(&self, refusal: Refusal) {
        #[cfg(feature = "bridge")]
        if let Some(bridge) = &self.bridge {
            bridge.refuse(refusal.clone());
        }
        if let Some(inbox) = &self.inbox {
            inbox.refuse(refusal);
        }
    }

    pub(super) fn fail(&mut self, fault: Fault) {
        self.answers.push_back(Input::Failed(fault));
    }

    pub(super) fn admit(&mut self, ask: Ask) {
        if self.admission.is_none() {
            match Admission::start(self.masks.mask(), self.to.clone()) {
                Ok(admission) => self.admission = Some(admission),
                Err(e) => {
                    let what = format!("no thread to read with: {}", super::files::reason(&e));
                    return self.fail(Fault::environment(what, ""));
                }
            }
        }
        if let Some(Err(fault)) = self.admission.as_ref().map(|a| a.ask(ask)) {
            self.fail(fault);
        }
    }

    fn investigate(&mut self, run: u32) {
        let given = Given {
            run,
            evidence: self.session.evidence.clone(),
            admitted: self.session.admitted.clone(),
            request: Request {
                title: self.session.title.clone(),
                service: self.session.service.clone(),
                session: Some(self.session.id.clone()),
            },
            checked: crate::app::standing::checked(&self.session),
        };
        self.engine.investigate(given, self.to.clone());
    }

    fn answer(&mut self, question: u32, text: String, because: String) {
        let (evidence, report) = (self.session.evidence.clone(), self.session.report.clone());
        self.work("answer", move || {
            // Those that were put in force at the start.
            let messages = crate::analyst::messages::Messages::ours();
            let mut answer = crate::analyst::questions::answer_with(messages, &evidence, report.as_deref(), &text);
            if !because.is_empty() {
                answer.lead = format!("({because}; this is by search) {}", answer.lead);
            }
            Input::Answered { question, answer }
        });
    }

    fn copy(&mut self, text: &str) {
        match clipboard::sequence(text, std::env::var_os("TMUX").is_some()) {
            Ok(sequence) => {
                self.stage.send(sequence);
                self.answers.push_back(Input::CopySent { bytes: text.len() });
            }
            Err(fault) => self.fail(fault),
        }
    }

    /// Does something that may block on a thread of its own; its answer arrives as an input.
    pub(super) fn work(&mut self, name: &str, work: impl FnOnce() -> Input + Send + 'static) {
        let to = self.to.clone();
        let began = std::thread::Builder::new().name(format!("hotwash-{name}")).spawn(move || {
            // A closed channel: the console has ended.
            let _ = to.blocking_send(work());
        });
        if let Err(e) = began {
            let what = format!("no thread for the {name}: {}", super::files::reason(&e));
            self.fail(Fault::environment(what, ""));
        }
    }
}
