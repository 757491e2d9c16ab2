//! The session: a fold over the journal's records.
//!
//! [`Session::apply`] is total and blind: it cannot fail, and reads no clock, file, environment or
//! randomness. Nothing about a screen is kept here.
//!
//! `fold` has one arm per event, `standing` the hypotheses as engine, checks and people left them,
//! `pages` tells whose lines of the postmortem are,
//! `timeline` goes to any record or time of a journal.

mod fold;
mod leave;
pub mod mitigated;
pub mod pages;
pub mod peers;
pub mod standing;
pub mod timeline;

pub use leave::{Allowed, Qualified};
pub use mitigated::Progress;
pub use peers::{Offer, ProposedCheck, Vote};
pub use standing::Standing;
pub use timeline::Timeline;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::check::Judgement;
use crate::domain::{Check, Claim, Evidence, Hypothesis, Mitigation, Notice, Report, Step, Verdict};
use crate::journal::event::{Author, Body, NoteKind, RunContext};
use crate::journal::seal::PublicKey;

/// Everything a session has come to, as of its last applied record.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Session {
    /// The session's id.
    pub id: String,
    /// Its title, possibly empty.
    pub title: String,
    /// The service the caller named.
    pub service: Option<String>,
    /// The last applied record's sequence; 0 before the first.
    pub seq: u64,
    /// The tags that people gave it.
    pub tags: Vec<String>,
    /// When it was started.
    pub started: Option<DateTime<Utc>>,
    /// The last applied record's time.
    pub last: Option<DateTime<Utc>>,
    /// All evidence and its reading.
    pub evidence: Evidence,
    /// What intake's first stage noticed, per source.
    pub admitted: Vec<Vec<Notice>>,
    /// The investigations, oldest first.
    pub investigations: Vec<Investigation>,
    /// The last finished report, as the engine left it.
    pub report: Option<Arc<Report>>,
    /// What models came to, one report each, the newest of each; beside `report`, never in its place.
    pub opinions: Vec<Arc<Report>>,
    /// When the last source was added.
    pub evidence_at: Option<DateTime<Utc>>,
    /// What models were given, oldest first.
    pub given: Vec<GivenToModel>,
    /// A person has seen and agreed to what a model is given.
    pub agreed: bool,
    /// What people said of hypotheses, by id: the last word stands.
    pub judgements: BTreeMap<String, Judged>,
    /// The engine's entry of each judged hypothesis, as it was then: a later report that has it no
    /// more does not make a person's word vanish.
    pub remembered: BTreeMap<String, Arc<Hypothesis>>,
    /// Hypotheses that people added.
    pub added: Vec<AddedHypothesis>,
    /// Places that people gave hypotheses: (id, rank, reason), in the order given.
    pub ranked: Vec<(String, u32, String)>,
    /// Filled blanks, by name.
    pub blanks: BTreeMap<String, String>,
    /// Runs, by number.
    pub runs: BTreeMap<u64, Run>,
    /// What may run again without being asked, while the session stays open.
    pub allowed: Vec<Allowed>,
    /// What is said of runs beside their approvals.
    pub qualified: BTreeMap<u64, Qualified>,
    /// The last judgement of each check.
    pub checks: BTreeMap<String, Judgement>,
    /// The last judgement of each check whose output was pasted, with its time.
    pub pasted: BTreeMap<String, (Judgement, DateTime<Utc>)>,
    /// What weighs on hypotheses: each check's last judgement from before anybody changed anything.
    /// What is seen after a mitigation tells about the mitigation.
    pub weighing: BTreeMap<String, (Arc<Check>, Judgement)>,
    /// The mitigation behind each run of one, as it stood when it was approved.
    pub tried: BTreeMap<u64, Arc<Mitigation>>,
    /// The scribe's lines.
    pub notes: Vec<Note>,
    /// What people asked about the incident, and what was answered.
    pub questions: Vec<Asked>,
    /// The postmortem as it stands.
    pub postmortem: Postmortem,
    /// The updates for stakeholders, oldest first.
    pub updates: Vec<Update>,
    /// The exports so far.
    pub exports: Vec<Export>,
    /// How many messages of each peer were heard.
    pub peers: BTreeMap<PublicKey, u64>,
    /// How others would judge hypotheses: the last vote of each.
    pub votes: Vec<Vote>,
    /// Checks that others proposed.
    pub proposed: Vec<ProposedCheck>,
    /// The offer of the lead that stands.
    pub offered: Option<Offer>,
    /// Who took the lead that was offered to them; until somebody opens the session again.
    pub passed: Option<PublicKey>,
    /// Events of kinds this version does not know.
    pub unknown_events: u64,
}

/// One investigation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Investigation {
    /// Counts from 1.
    pub run: u32,
    /// The engine.
    pub engine: String,
    /// Why it began.
    pub why: String,
    /// Its steps so far.
    pub steps: Vec<Arc<Step>>,
    /// When it began.
    pub started: Option<DateTime<Utc>>,
    /// How it ended: `None` while it is going on.
    pub ended: Option<String>,
}

/// One request that a model was sent.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct GivenToModel {
    pub run: u32,
    pub model: String,
    pub at: DateTime<Utc>,
    pub body: Body,
    pub left_out: Vec<String>,
}

/// What somebody said of a hypothesis.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Judged {
    pub verdict: Verdict,
    pub reason: String,
    pub by: Author,
    pub at: DateTime<Utc>,
}

/// A hypothesis somebody added.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct AddedHypothesis {
    pub id: String,
    pub subject: String,
    pub statement: String,
    pub by: Author,
    pub at: DateTime<Utc>,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// Approved; no start is recorded. On reopening: interrupted, never started by itself.
    Approved,
    /// Started; no end is recorded. On reopening: outcome unknown, never run again by itself.
    Started,
    /// Ended.
    Ended,
}

impl Session {
    /// When evidence was added after a time, if it was.
    pub fn evidence_since(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.evidence_at.filter(|added| *added > at)
    }

    /// The last investigation that the embedded engine made: its steps are the report's trail.
    pub fn embedded_trail(&self) -> Option<&Investigation> {
        self.investigations.iter().rev().find(|i| i.engine == "embedded").or(self.investigations.last())
    }
}

impl Run {
    /// True where no end is recorded. Outside the process that runs it that means *interrupted* (no
    /// start either) or *outcome unknown*; nothing starts it again by itself.
    pub fn is_unfinished(&self) -> bool {
        self.state != RunState::Ended
    }
}

/// One run of a command.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Run {
    pub run: u64,
    pub check: Option<String>,
    pub command: String,
    pub context: RunContext,
    pub by: Author,
    pub approved: DateTime<Utc>,
    pub started: Option<DateTime<Utc>>,
    pub ended: Option<DateTime<Utc>>,
    pub pid: Option<u32>,
    pub state: RunState,
    pub status: Option<i32>,
    pub how: String,
    pub output: String,
    pub dropped: u64,
    pub judgement: Option<Judgement>,
}

/// A scribe's line.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Note {
    pub kind: NoteKind,
    pub text: String,
    pub by: Author,
    pub at: DateTime<Utc>,
    pub seq: u64,
}

/// A question about the incident.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Asked {
    pub question: u32,
    pub text: String,
    pub by: Author,
    pub at: DateTime<Utc>,
    /// `None` until an engine has answered.
    pub answer: Option<Answered>,
}

/// What an engine answered.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Answered {
    pub known: bool,
    pub lead: String,
    pub claims: Vec<Claim>,
    pub by: Author,
    pub at: DateTime<Utc>,
}

/// The postmortem.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Postmortem {
    /// The text as it stands.
    pub text: Arc<str>,
    /// True once a person has changed it: nothing overwrites it from then on.
    pub edited: bool,
    /// The draft that the engine would write now.
    pub draft: Arc<str>,
    /// How often it was saved.
    pub saves: u64,
    /// The lines that engines have drafted.
    pub drafted: pages::Drafted,
    /// Every version, as far as they are at hand.
    pub versions: pages::Versions,
}

/// An update for stakeholders.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Update {
    pub at: DateTime<Utc>,
    pub text: String,
    pub facts: Vec<String>,
    pub due: DateTime<Utc>,
}

/// A document that left.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Export {
    pub format: String,
    pub to: String,
    pub digest: String,
    pub at: DateTime<Utc>,
}
