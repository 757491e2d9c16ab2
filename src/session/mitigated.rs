//! Mitigations that people tried, and how far each has come. One counts as done only once it ran to its
//! end and, after that, its own check passed. Reads a session; changes nothing.

use chrono::{DateTime, Utc};

use super::{Run, RunState, Session};
use crate::domain::check::Judgement;
use crate::domain::{Check, Mitigation, Outcome};

/// How far a mitigation has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress<'a> {
    /// Nobody approved it.
    Suggested,
    /// Approved; no start is recorded.
    NotStarted(&'a Run),
    /// Started; no end is recorded.
    Unknown(&'a Run),
    /// It ended, and not well: the status or how it ended says so.
    Failed(&'a Run),
    /// It ended well; whether it worked is not known.
    Ran(&'a Run),
    /// It ended well, and its check passed after that.
    Worked(&'a Run, Verified<'a>),
    /// It ended well, and its check did not pass after that.
    DidNotWork(&'a Run, Verified<'a>),
}

/// What a mitigation's check showed after it ran.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Verified<'a> {
    pub check: &'a Check,
    pub judgement: &'a Judgement,
    pub at: DateTime<Utc>,
}

impl Session {
    /// The mitigations that were approved at some time, each once, in the order of their last run: as
    /// they stood when they were approved, whatever a later report proposes.
    pub fn tried(&self) -> Vec<&Mitigation> {
        let mut all: Vec<&Mitigation> = Vec::new();
        for m in self.tried.values().rev() {
            if !all.iter().any(|known| known.id == m.id) {
                all.push(m);
            }
        }
        all.reverse();
        all
    }

    /// The check of this id: of the checklist, a mitigation's own, or one that a model proposes.
    pub fn check(&self, id: &str) -> Option<&Check> {
        let report = self.report.iter();
        let listed = report.clone().flat_map(|r| &r.checklist);
        let proposed = report.flat_map(|r| &r.mitigation).filter_map(|m| m.verify.as_deref());
        let tried = self.tried.values().filter_map(|m| m.verify.as_deref());
        let models = self.opinions.iter().flat_map(|o| &o.checklist);
        listed.chain(proposed).chain(tried).chain(models).find(|c| c.id == id)
    }

    /// The model that proposes this check, as the settings name it; none for a check of our own.
    pub fn proposer(&self, id: &str) -> Option<&str> {
        let proposes = |o: &&std::sync::Arc<crate::domain::Report>| o.checklist.iter().any(|c| c.id == id);
        self.opinions.iter().find(proposes).map(|o| o.engine.name.as_str())
    }

    /// The mitigation of this id: proposed, or tried before.
    pub fn mitigation(&self, id: &str) -> Option<&Mitigation> {
        let proposed = self.report.iter().flat_map(|r| &r.mitigation);
        proposed.chain(self.tried.values().map(AsRef::as_ref)).find(|m| m.id == id)
    }

    /// How far a mitigation has come.
    pub fn progress<'a>(&'a self, m: &'a Mitigation) -> Progress<'a> {
        let Some(run) = self.runs.values().rev().find(|r| r.check.as_deref() == Some(&m.id)) else {
            return Progress::Suggested;
        };
        match (run.state, run.ended) {
            (RunState::Approved, _) => Progress::NotStarted(run),
            (RunState::Started, _) | (RunState::Ended, None) => Progress::Unknown(run),
            (RunState::Ended, Some(_)) if run.status != Some(0) => Progress::Failed(run),
            (RunState::Ended, Some(ended)) => match self.verified(m, ended) {
                Some(v) if v.judgement.outcome == Outcome::Pass => Progress::Worked(run, v),
                Some(v) if v.judgement.outcome == Outcome::Fail => Progress::DidNotWork(run, v),
                _ => Progress::Ran(run),
            },
        }
    }

    /// The last judgement of a mitigation's check that was made of what came after `ended`.
    fn verified<'a>(&'a self, m: &'a Mitigation, ended: DateTime<Utc>) -> Option<Verified<'a>> {
        let check = m.verify.as_deref()?;
        let of_run = |r: &'a Run| {
            let at = r.started.filter(|at| *at >= ended)?;
            Some(Verified { check, judgement: r.judgement.as_ref()?, at: r.ended.unwrap_or(at) })
        };
        let own = self.runs.values().filter(|r| r.check.as_deref() == Some(&check.id));
        let pasted = self.pasted.get(&check.id).filter(|(_, at)| *at >= ended);
        let pasted = pasted.map(|(judgement, at)| Verified { check, judgement, at: *at });
        own.filter_map(of_run).chain(pasted).max_by_key(|v| v.at)
    }
}
