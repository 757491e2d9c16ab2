//! The hall: the one copy of the session that all guests look at. One inlet, one fold, however many
//! look; what a guest is told is only that it changed and where it stands now, so a slow guest is never
//! behind by more than the newest state, and no record is lost on the way to anybody.

use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use tokio::sync::mpsc::Receiver;
use tokio::sync::watch;

use super::super::follow::follower::folded;
use super::super::follow::inlet::{Ended, Said};
use super::super::follow::seals::SealChecks;
use crate::app::{Input, Standpoint};
use crate::fault::Fault;
use crate::journal::course::Course;
use crate::journal::feed::{Fed, Refusal};
use crate::journal::seal::Sealed;
use crate::session::Session;

/// What is true in the hall by now. Counts only grow: whoever was told one state finds out from the
/// newest what happened in between.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    opened: u64,
    grown: u64,
    view: Option<Box<Standpoint>>,
    lead: Option<bool>,
    sealed: Option<Sealed>,
    /// A seal that did not hold: it stays, whatever comes behind it.
    forged: Option<Sealed>,
    odd: u64,
    last_odd: String,
    answers: Vec<Refusal>,
    /// Words for people, no part of the session.
    notices: u64,
    last_notice: String,
    over: Option<String>,
    /// The server ends: everybody leaves.
    pub closing: bool,
}

impl Told {
    /// What a guest who knew `before` has to take in, in order.
    pub fn since(&self, before: &Self) -> Vec<Input> {
        let mut inputs = Vec::new();
        if self.opened > before.opened {
            inputs.push(Input::Opened);
        }
        if self.odd > before.odd {
            inputs.push(Input::Odd(self.last_odd.clone()));
        }
        if self.grown > before.grown {
            inputs.push(Input::Grown);
        }
        if let Some(by) = self.sealed.filter(|_| self.sealed != before.sealed) {
            inputs.push(Input::Sealed(by));
        }
        inputs.extend(self.forged.filter(|_| before.forged.is_none()).map(Input::Sealed));
        if let Some(there) = self.lead.filter(|_| self.lead != before.lead) {
            inputs.push(Input::Lead { there });
        }
        if let Some(view) = self.view.as_ref().filter(|_| self.view != before.view) {
            inputs.push(Input::LeadStands(view.clone()));
        }
        if self.answers != before.answers {
            inputs.push(Input::NotTaken(self.answers.clone()));
        }
        if self.notices > before.notices {
            inputs.push(Input::Failed(Fault::environment(self.last_notice.clone(), "")));
        }
        if let Some(over) = self.over.as_ref().filter(|_| before.over.is_none()) {
            inputs.push(Input::Failed(Fault::environment(over.clone(), "")));
        }
        inputs
    }

    /// How often something was missing or not taken.
    pub fn odd(&self) -> u64 {
        self.odd
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Opened => self.opened += 1,
            Input::Grown => self.grown += 1,
            Input::Lead { there } => self.lead = Some(there),
            Input::Sealed(by) => {
                self.sealed = Some(by);
                self.forged = self.forged.or(Some(by).filter(|by| matches!(by, Sealed::Forged(_))));
            }
            Input::LeadStands(view) => self.view = Some(view),
            Input::NotTaken(answers) => self.answers = answers,
            Input::Odd(what) => (self.odd, self.last_odd) = (self.odd + 1, what),
            _ => {}
        }
    }
}

/// The session, and what of it is new.
#[derive(Debug)]
pub struct Hall {
    session: RwLock<Session>,
    told: watch::Sender<Told>,
    /// Where the records come from, for the status line.
    pub from: String,
}

impl Hall {
    /// An empty hall.
    pub fn new(from: String) -> Self {
        Self { session: RwLock::default(), told: watch::Sender::default(), from }
    }

    /// The session as it stands. Not to be held over an await.
    pub fn session(&self) -> RwLockReadGuard<'_, Session> {
        self.session.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hears what is new from here on.
    pub fn listen(&self) -> watch::Receiver<Told> {
        self.told.subscribe()
    }

    /// Everybody is asked to leave.
    pub fn close(&self) {
        self.told.send_modify(|told| told.closing = true);
    }

    /// Comes back when nobody listens any more.
    pub async fn nobody(&self) {
        self.told.closed().await;
    }

    /// Folds what the inlet says until it ends.
    pub async fn fill(&self, mut course: Course, mut said: Receiver<Said>) {
        let (checks, mut forged) = SealChecks::start();
        loop {
            let said = tokio::select! {
                biased;
                said = said.recv() => said,
                Some(key) = forged.recv() => {
                    self.told.send_modify(|told| told.take(Input::Sealed(Sealed::Forged(key))));
                    continue;
                }
            };
            let Some(said) = said else { break };
            match said {
                Said::Lines(lines) => self.fold(&mut course, &checks, lines),
                Said::Told(what) => self.told.send_modify(|t| (t.notices, t.last_notice) = (t.notices + 1, what)),
                Said::Ended(ended) => {
                    let over = match ended {
                        Ended::End => "nothing more comes: this is what it holds so far".to_owned(),
                        Ended::Failed(what) => what,
                    };
                    self.told.send_modify(|told| (told.lead, told.over) = (Some(false), Some(over)));
                    break;
                }
            }
        }
        // What is still being checked may yet prove to be forged.
        drop(checks);
        while let Some(key) = forged.recv().await {
            self.told.send_modify(|told| told.take(Input::Sealed(Sealed::Forged(key))));
        }
    }

    fn fold(&self, course: &mut Course, checks: &SealChecks, lines: Vec<Fed>) {
        let mut session = self.session.write().unwrap_or_else(PoisonError::into_inner);
        let inputs = folded(&mut session, course, Some(checks), lines);
        drop(session);
        if !inputs.is_empty() {
            self.told.send_modify(|told| inputs.into_iter().for_each(|input| told.take(input)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_who_was_slow_is_told_the_newest_state_once() {
        let mut told = Told::default();
        let before = told.clone();
        for n in 0..100 {
            told.take(Input::Grown);
            told.take(Input::Odd(format!("record {n} is missing")));
            told.take(Input::Lead { there: n % 2 == 0 });
        }
        let inputs = told.since(&before);
        assert_eq!(inputs, [Input::Odd("record 99 is missing".into()), Input::Grown, Input::Lead { there: false }]);
        assert_eq!((told.odd(), told.since(&told)), (100, vec![]));
    }
}
