//! Approved commands on their way: held until saved, checked against the context that was shown,
//! started, ended. The only place that starts a person's command.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::approvals::{Approvals, Approved, Released, changed};
use super::console::Console;
use super::process::{self, Handle, Start};
use crate::app::Input;
use crate::app::telemetry::Call;
use crate::command::policy::Then;
use crate::fault::Fault;
use crate::journal::event::RunContext;

/// How many checked commands may wait to be started.
const WAITING: usize = 16;

/// An approved command, and the context as it is now.
pub(super) type Checked = (Approved, RunContext);

/// What this console has approved and started.
#[derive(Debug)]
pub(super) struct Runs {
    /// The records that hold the approvals of this console, by run.
    pub(super) approved_at: BTreeMap<u64, u64>,
    pub(super) approvals: Approvals,
    going: BTreeMap<u64, Handle>,
    checking: BTreeSet<u64>,
    /// Which of the approved runs are calls of telemetry servers.
    pub(super) calls: BTreeMap<u64, Call>,
    to: Sender<Checked>,
    checked: Receiver<Checked>,
}

impl Runs {
    pub(super) fn new() -> Self {
        let (to, checked) = channel(WAITING);
        Self {
            approved_at: BTreeMap::new(),
            approvals: Approvals::default(),
            going: BTreeMap::new(),
            checking: BTreeSet::new(),
            calls: BTreeMap::new(),
            to,
            checked,
        }
    }

    /// The next command whose context was looked at.
    pub(super) async fn checked(&mut self) -> Checked {
        match self.checked.recv().await {
            Some(checked) => checked,
            None => std::future::pending().await,
        }
    }

    /// Another session is on screen: what is on disk of it, and nothing of the old one waits.
    pub(super) fn reset(&mut self, saved: u64) {
        self.approvals.reset(saved);
        self.approved_at.clear();
        self.going.clear();
        self.checking.clear();
        self.calls.clear();
    }

    /// True while a command of this console has not ended.
    pub(super) fn are_going(&self) -> bool {
        !self.going.is_empty()
    }
}

impl Console {
    /// Holds an approved command until its approval is on disk. The text and the context must be
    /// those of the record.
    pub(super) fn hold(&mut self, run: u64, command: String, context: RunContext, timeout_s: u64) {
        let recorded = self.session.runs.get(&run).is_some_and(|r| r.command == command && r.context == context);
        let Some(seq) = self.runs.approved_at.get(&run).copied().filter(|_| recorded) else {
            let what = "its approval is not in the journal as it stands";
            return self.refuse(run, Fault::environment(what, "nothing ran; approve it again"));
        };
        let approved = Approved { run, seq, command, context, timeout_s, since: Instant::now() };
        let released = self.runs.approvals.hold(approved);
        self.release(released);
    }

    pub(super) fn release(&mut self, released: Vec<Released>) {
        for released in released {
            match released {
                Released::Refuse(run, why) => self.refuse(run, why),
                Released::Start(approved) => self.check(approved),
            }
        }
    }

    /// Nothing ran: that is known, recorded and said.
    fn refuse(&mut self, run: u64, why: Fault) {
        let how = format!("not started: {}", why.what);
        self.answers.push_back(Input::RunEnded { run, status: None, how, output: String::new(), dropped: 0 });
        self.fail(Fault { what: format!("the command was not started: {}", why.what), ..why });
    }

    fn check(&mut self, approved: Approved) {
        let (run, to) = (approved.run, self.runs.to.clone());
        self.runs.checking.insert(run);
        let began = std::thread::Builder::new().name("hotwash-context".into()).spawn(move || {
            // A closed channel: the console has ended.
            let _ = to.blocking_send((approved, process::probe()));
        });
        if let Err(e) = began {
            self.runs.checking.remove(&run);
            self.refuse(run, Fault::environment(format!("no thread: {}", super::files::reason(&e)), ""));
        }
    }

    /// Starts a command whose approval is saved, if the context still is the one that was shown.
    pub(super) fn start_checked(&mut self, (approved, now): Checked) {
        let Approved { run, command, context, timeout_s, .. } = approved;
        if !self.runs.checking.remove(&run) {
            return self.refuse(run, Fault::environment("it was cancelled before that", ""));
        }
        if let Some(why) = changed(&context, &now) {
            return self.refuse(run, why);
        }
        let label = crate::command::classify(&command).label;
        let ruling = self.desk.policies.ruling(&command, label, crate::app::dialog::place(&now));
        if let Some(why) = ruling.because.first().filter(|_| ruling.then == Then::Refuse) {
            return self.refuse(run, Fault::environment(why.clone(), ""));
        }
        let timeout = Duration::from_secs(timeout_s);
        let started = match self.runs.calls.remove(&run) {
            Some(call) => self.start_call(run, call, &command, timeout),
            None if Call::has_form(&command) => {
                Err(Fault::environment("this is a telemetry server's call, and its arguments are gone", "ask it again"))
            }
            None => {
                let what = Start { run, command, context, timeout };
                Ok(process::start(what, self.masks.mask(), self.to.clone()))
            }
        };
        match started {
            Ok(handle) => drop(self.runs.going.insert(run, handle)),
            Err(why) => self.refuse(run, why),
        }
    }

    /// Starts a call of a telemetry server, if the settings still say what was approved.
    #[cfg(feature = "mcp")]
    fn start_call(&self, run: u64, call: Call, command: &str, timeout: Duration) -> Result<Handle, Fault> {
        let spec = self.servers.get(&call.server).filter(|spec| call.text(&spec.start()) == command);
        let Some(spec) = spec.cloned() else {
            return Err(Fault::environment("the server's settings are not those that were shown", "ask it again"));
        };
        let what = super::mcp::client::Start { run, spec, call, timeout };
        Ok(super::mcp::client::start(what, self.masks.mask(), self.to.clone()))
    }

    #[cfg(not(feature = "mcp"))]
    fn start_call(&self, _: u64, _: Call, _: &str, _: Duration) -> Result<Handle, Fault> {
        Err(Fault::usage("this build was made without the feature `mcp`", "build it with the default features"))
    }

    /// A command that ended is no longer ours to end.
    pub(super) fn forget_ended(&mut self, input: &Input) {
        if let Input::RunEnded { run, .. } = input {
            self.runs.going.remove(run);
        }
    }

    /// Looks at where a command would run now.
    pub(super) fn probe(&mut self) {
        self.work("context", || Input::Context(process::probe()));
    }

    /// Ends a run, or keeps it from starting.
    pub(super) fn cancel(&mut self, run: u64) {
        if let Some(handle) = self.runs.going.get(&run) {
            return handle.cancel();
        }
        if self.runs.approvals.withdraw(run) {
            self.refuse(run, Fault::environment("it was cancelled before that", ""));
        }
        self.runs.checking.remove(&run);
    }

    /// Asks every command to end.
    pub(super) fn end_runs(&mut self) {
        self.runs.checking.clear();
        self.runs.going.values().for_each(Handle::cancel);
    }
}
