//! Approved commands on their way: held until saved, checked against the context that was shown,
//! started, ended. The only place that starts a person's command.

use std::time::Instant;

use super::approvals::{Approved, Released};
use super::console::Console;
use crate::app::Input;
use crate::fault::Fault;
use crate::journal::event::RunContext;

impl Console {
    pub(super) fn hold(&mut self, run: u64, command: String, context: RunContext, timeout_s: u64) {
        let approval = self.session.runs.get(&run).filter(|r| r.command == command && r.context == context);
        let (Some(_), Some(&seq)) = (approval, self.approved_at.get(&run)) else {
            let what = "the command was not started: its approval is not in the journal as it stands";
            return self.fail(Fault::environment(what, "nothing ran; approve it again"));
        };
        let approved = Approved { run, seq, command, context, timeout_s, since: Instant::now() };
        let released = self.approvals.hold(approved);
        self.release(released);
    }

    pub(super) fn release(&mut self, released: Vec<Released>) {
        for released in released {
            match released {
                Released::Refuse(_, why) => self.fail(why),
                Released::Start(approved) => self.check(approved),
            }
        }
    }

    fn check(&mut self, approved: Approved) {
        let what = format!("the command was not started: no runner for `{}`", approved.command);
        self.fail(Fault::environment(what, "copy it, run it elsewhere, and paste its output"));
    }

    pub(super) fn probe(&mut self) {
        self.work("probe", || Input::Context(RunContext::default()));
    }

    pub(super) fn cancel(&mut self, run: u64) {
        let _ = run;
    }

    pub(super) fn end_runs(&mut self) {}
}
