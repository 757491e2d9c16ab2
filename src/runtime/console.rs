//! The live console: what arrives becomes an input; what the core answers becomes records, effects
//! and frames. It decides nothing itself.
//!
//! Order matters in one place: an event is applied and handed to the journal before its effects are
//! performed, and a command waits until its approval is on disk.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::admission::Admission;
use super::attendants;
use super::book::Book;
use super::catalog::Catalog;
use super::config::Config;
use super::engine::Engine;
use super::inbox::Inbox;
use super::leaving::Leaving;
use super::masking::SessionMasks;
use super::publish::Publisher;
use super::runs::{Checked, Runs};
use super::stage::{Cue, Stage, until};
use super::store::Store;
use super::telemetry;
use super::tended::Tended;
use super::terminal::tell_panics;
use crate::app::desk::Desk;
use crate::app::row::Role;
use crate::app::telemetry::Telemetry;
use crate::app::{self, Input, KeyCode};
use crate::domain::Notice;
use crate::fault::Fault;
use crate::journal::{Author, Event, Record};
use crate::session::Session;
use crate::view::{self, Look};

/// Inputs of engine, processes and workers that may wait.
const WAITING: usize = 256;
/// How long a quit waits for the disk.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same when terminal or process are going away.
const LITTLE_PATIENCE: Duration = Duration::from_millis(400);

/// A session whose lead was passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// Its id.
    pub id: String,
    /// Whoever has it now is on another machine, by a server.
    pub over_server: bool,
}

/// What needs the terminal for itself.
#[derive(Debug)]
pub(super) enum Handover {
    /// The process stops.
    Stop,
    /// The person's editor gets this text.
    Editor(String),
}

/// The console.
pub struct Console {
    pub(super) store: Store,
    pub(super) catalog: Catalog,
    pub(super) session: Session,
    pub(super) desk: Desk,
    look: Look,
    pub(super) stage: Stage,
    pub(super) book: Option<Book>,
    pub(super) engine: Engine,
    #[cfg(feature = "mcp")]
    pub(super) servers: std::collections::BTreeMap<String, telemetry::Spec>,
    #[cfg(feature = "models")]
    pub(super) second: super::models::Second,
    #[cfg(feature = "models")]
    pub(super) inquiries: super::models::Inquiries,
    pub(super) admission: Option<Admission>,
    pub(super) masks: SessionMasks,
    pub(super) runs: Runs,
    pub(super) config: Config,
    /// Documents that wait until what they rest on is saved.
    pub(super) leaving: Vec<Leaving>,
    pub(super) wake: Option<Instant>,
    /// What was masked of the text that was recorded last.
    masked_last: Vec<Notice>,
    pub(super) handover: Option<Handover>,
    pub(super) ended: bool,
    /// The session whose lead somebody else took: it is followed from here on.
    pub(super) passed: Option<Passed>,
    /// Answers that are here at once; handled before anything else.
    pub(super) answers: VecDeque<Input>,
    pub(super) to: Sender<Input>,
    work: Receiver<Input>,
    publisher: Publisher,
    /// Where others leave messages for this session, once its folder is there.
    pub(super) inbox: Option<Inbox>,
    /// Whether the session's inbox and attendants were sought, and perhaps could not be had.
    pub(super) listens: bool,
    /// Who follows by its folder is looked at there.
    pub(super) attendants: Option<Tended>,
    #[cfg(feature = "bridge")]
    pub(super) bridge: Option<super::bridge::Bridge>,
    /// Why it can't be shared was said already.
    #[cfg(feature = "bridge")]
    pub(super) refused_to_share: bool,
}

impl Console {
    /// A console over the stage, at its home screen.
    pub fn new(config: Config, stage: Stage, look: Look) -> Self {
        let (to, work) = channel(WAITING);
        tell_panics(to.clone());
        let (timeout_s, update_every_min) = (config.command_timeout_s, config.update_every_min);
        let telemetry = Telemetry { servers: telemetry::listed(&config.mcp), ..Telemetry::default() };
        let theme = super::look::shared(&config);
        let (policies, unruly) = super::own_rules::policies(&config);
        let desk = Desk {
            timeout_s,
            policies: Arc::new(policies),
            update_every_min,
            telemetry,
            theme,
            ..Desk::new(config.name.clone(), stage.size(), Utc::now())
        };
        Self {
            catalog: Catalog::configured(&config),
            store: Store::at(config.places.data.clone()),
            engine: Engine::new(config.clone()),
            #[cfg(feature = "mcp")]
            servers: config.mcp.clone(),
            #[cfg(feature = "models")]
            second: super::models::Second::default(),
            #[cfg(feature = "models")]
            inquiries: super::models::Inquiries::default(),
            session: Session::default(),
            desk,
            look,
            stage,
            book: None,
            admission: None,
            masks: SessionMasks::of(&Session::default()),
            runs: Runs::new(),
            config,
            leaving: Vec::new(),
            wake: None,
            masked_last: Vec::new(),
            handover: None,
            ended: false,
            passed: None,
            answers: unruly.into_iter().map(Input::Failed).collect(),
            to,
            work,
            publisher: Publisher::start(),
            inbox: None,
            listens: false,
            attendants: None,
            #[cfg(feature = "bridge")]
            bridge: None,
            #[cfg(feature = "bridge")]
            refused_to_share: false,
        }
    }

    /// Runs until the person leaves, or the terminal or the process goes away; the session where its lead
    /// was passed on.
    ///
    /// # Errors
    /// When something could not be saved, or the terminal was lost on the way.
    pub async fn run(mut self) -> Result<Option<Passed>, Fault> {
        let mut patience = PATIENCE;
        while !self.ended {
            while let Some(answer) = self.answers.pop_front() {
                self.take(answer);
            }
            if let Some(handover) = self.handover.take() {
                self.hand_over(handover).await?;
                continue;
            }
            match self.next().await {
                Next::Cue(Cue::Frame) => self.draw(),
                Next::Cue(Cue::Input(input)) => self.take(input),
                Next::Cue(Cue::Stop) => self.handover = Some(Handover::Stop),
                Next::Cue(Cue::End) => {
                    patience = LITTLE_PATIENCE;
                    self.take(Input::Hangup);
                    break;
                }
                Next::News(inputs) => self.take_news(inputs),
                Next::Work(input) => self.take(input),
                Next::Checked(checked) => self.start_checked(checked),
                Next::Wake => {
                    self.wake = None;
                    self.take(Input::Deadline);
                }
            }
        }
        let passed = self.passed.take();
        self.end(patience).await.map(|()| passed)
    }

    /// Another session is on screen from now on: what threads of the old one still say is not for it.
    pub(super) fn close_ears(&mut self) {
        let (to, work) = channel(WAITING);
        tell_panics(to.clone());
        (self.to, self.work) = (to, work);
    }

    async fn next(&mut self) -> Next {
        let woken = until(self.wake);
        let news = async {
            match &mut self.book {
                Some(book) => book.news().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            cue = self.stage.cue() => Next::Cue(cue),
            inputs = news => Next::News(inputs),
            Some(input) = self.work.recv() => Next::Work(input),
            checked = self.runs.checked() => Next::Checked(checked),
            () = woken => Next::Wake,
        }
    }

    /// One input through the core: its events become records, its effects are performed.
    pub(super) fn take(&mut self, input: Input) {
        if let Input::KeysAt(read) = input {
            // It comes with every key and changes nothing that anybody sees.
            self.desk.key_read = Some(read);
            return;
        }
        self.fail_on_purpose(&input);
        self.forget_ended(&input);
        let by_person = matches!(input, Input::Key(_) | Input::Paste(_) | Input::Mouse(_) | Input::Resize(..));
        self.desk.now = Utc::now();
        let turn = app::update(&self.session, &mut self.desk, input);
        for (by, event) in turn.events {
            self.record(by, event);
        }
        for effect in turn.effects {
            self.perform(effect);
        }
        if let Some(book) = &self.book {
            self.publisher.share(&book.path, &self.desk);
        }
        #[cfg(feature = "bridge")]
        if let Some(bridge) = &self.bridge {
            bridge.share(&self.desk);
        }
        match (turn.redraw, by_person) {
            (true, true) => self.stage.want_answer(),
            (true, false) => self.stage.want_frame(),
            (false, _) => {}
        }
    }

    /// Debug builds only: a panic at F12, so that a test sees what a panic leaves behind.
    fn fail_on_purpose(&self, input: &Input) {
        let f12 = matches!(input, Input::Key(key) if key.code == KeyCode::F(12));
        if cfg!(debug_assertions) && f12 && std::env::var_os("HOTWASH_TEST_PANIC").is_some() {
            #[expect(clippy::panic, reason = "asked for by a test")]
            {
                panic!("asked to fail: \x1b[2J");
            }
        }
    }

    fn take_news(&mut self, inputs: Vec<Input>) {
        for input in inputs {
            if matches!(input, Input::Saved(_)) {
                self.listen_to_peers();
            }
            #[cfg(feature = "bridge")]
            if let Input::Saved(seq) = &input {
                self.share_saved(*seq);
            }
            let released = match &input {
                Input::Saved(seq) => self.runs.approvals.saved(*seq, Instant::now()),
                Input::SaveFailed(why) => self.runs.approvals.failed(why),
                _ => Vec::new(),
            };
            self.take(input);
            self.release(released);
            self.let_leave();
        }
    }

    /// The session's folder is there by now: others on this host may say something.
    fn listen_to_peers(&mut self) {
        let Some(book) = &self.book else { return };
        // Once per session: without an inbox others can only look, and that is no reason to disturb whoever works.
        if std::mem::replace(&mut self.listens, true) {
            return;
        }
        self.inbox = Inbox::open(&book.path, &self.session.id, self.to.clone()).ok();
        self.attendants = attendants::tend(&book.path, &self.session.id, self.to.clone()).ok();
    }

    /// An event becomes a record: numbered, dated, signed, applied, and on its way to the disk.
    pub(super) fn record(&mut self, by: Author, event: Event) {
        let (event, met) = super::typed::masked(event, &self.session.postmortem.text, &mut self.masks.mask());
        if met != std::mem::take(&mut self.masked_last) {
            // A page that is being written says it once, not with every save.
            met.iter().for_each(|notice| self.desk.say(Role::Warn, notice.what.clone()));
        }
        self.masked_last = met;
        let record = Record { seq: self.session.seq + 1, at: Utc::now(), by, event };
        if let Event::RunApproved { run, .. } = &record.event {
            self.runs.approved_at.insert(*run, record.seq);
        }
        self.session.apply(&record);
        let Some(book) = &mut self.book else { return };
        if let Err(fault) = book.append(record) {
            self.answers.push_back(Input::SaveFailed(fault));
        }
    }

    /// Who works here and who may speak: before anything is recorded. The first time, a key is made and
    /// put on the disk.
    pub(super) fn identify(&mut self) {
        let (people, unknown) = super::identity::speakers(&self.config);
        let (store, unsealed) = super::identity::store(&self.config);
        (self.desk.people, self.store) = (people, store);
        self.answers.extend(unsealed.into_iter().chain(unknown).map(Input::Failed));
    }

    /// The first frame, before anything else is begun.
    pub(super) fn first_frame(&mut self) {
        self.draw();
    }

    fn draw(&mut self) {
        self.desk.now = Utc::now();
        let (session, desk, look) = (&self.session, &self.desk, &self.look);
        self.stage.draw(|frame| view::draw(frame, session, desk, look));
    }

    async fn hand_over(&mut self, handover: Handover) -> Result<(), Fault> {
        match handover {
            Handover::Stop => {
                let size = self.stage.stop().await?;
                self.take(size);
            }
            Handover::Editor(text) => {
                let own = self.book.as_ref().map(|b| b.path.clone()).filter(|path| path.is_dir());
                let folder = own.unwrap_or_else(std::env::temp_dir);
                let edit = move || super::editor_handoff::edit(&super::editor_handoff::editor(), &text, &folder);
                let (edited, size) = self.stage.lend(edit).await?;
                self.take(size);
                match edited {
                    Ok(text) => self.take(Input::EditorClosed(text)),
                    Err(fault) => self.take(Input::Failed(fault)),
                }
            }
        }
        Ok(())
    }

    /// Commands that were asked to end get a moment to: how they ended is recorded.
    async fn hear_runs_out(&mut self, patience: Duration) {
        let until = tokio::time::Instant::now() + patience / 2;
        while self.runs.are_going() {
            match tokio::time::timeout_at(until, self.work.recv()).await {
                Ok(Some(input)) => self.take(input),
                Ok(None) | Err(_) => return,
            }
        }
    }

    async fn end(mut self, patience: Duration) -> Result<(), Fault> {
        self.engine.stop();
        #[cfg(feature = "models")]
        self.second.stop();
        self.end_runs();
        self.hear_runs_out(patience).await;
        let unsaved = self.book.take().map_or(Ok(()), |book| book.close(patience));
        #[cfg(feature = "bridge")]
        if unsaved.is_ok() {
            self.end_sharing(self.session.seq, patience);
        }
        self.let_all_leave();
        self.stage.end(patience / 3).await;
        unsaved
    }
}

enum Next {
    Cue(Cue),
    News(Vec<Input>),
    Work(Input),
    Checked(Checked),
    Wake,
}
