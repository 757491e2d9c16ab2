//! Events: what happened in a session, past tense. One type, used live, on disk and on the bridge.
//!
//! Nothing about a screen is in here, and nothing that was not masked.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::peer::Message;
use super::seal::PublicKey;
use crate::domain::check::Judgement;
use crate::domain::{Claim, Notice, Origin, Report, SourceId, Step, Verdict};

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The program itself (opening, recovery).
    Program,
    /// An engine, by name: `embedded`, or a model's name.
    Engine(String),
    /// A person, by name.
    Person(String),
}

/// One entry of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Counts from 1 without gaps.
    pub seq: u64,
    /// When, by the clock of the machine that wrote it.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: Author,
    /// What.
    pub event: Event,
}

/// Text that may be large. Up to [`Body::INLINE`] bytes it stands in the record; above that the
/// record holds digest and size, and the bytes are a blob beside the journal.
///
/// `text` is there whenever the body is in memory; whoever reads a journal puts blobs back
/// (*hydrates*) before the fold sees the record. A blob that is missing leaves `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// BLAKE3 of the bytes, in hex.
    pub digest: String,
    /// Size in bytes.
    pub len: u64,
    /// The text, where it is in memory.
    pub text: Option<Arc<str>>,
}

impl Body {
    /// The largest text that stands in a record itself, in bytes.
    pub const INLINE: usize = 16 * 1024;

    /// A body that holds its text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        Self { digest: blake3::hash(text.as_bytes()).to_hex().to_string(), len: text.len() as u64, text: Some(text) }
    }

    /// The text; empty where the blob is missing.
    pub fn as_str(&self) -> &str {
        self.text.as_deref().unwrap_or("")
    }

    /// True when the bytes belong into a blob.
    pub fn is_blob(&self) -> bool {
        self.len > Self::INLINE as u64
    }
}

#[derive(Serialize, Deserialize)]
struct BodyOnDisk {
    digest: String,
    len: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<Arc<str>>,
}

impl Serialize for Body {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let text = if self.is_blob() { None } else { self.text.clone() };
        BodyOnDisk { digest: self.digest.clone(), len: self.len, text }.serialize(s)
    }
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let BodyOnDisk { digest, len, text } = BodyOnDisk::deserialize(d)?;
        Ok(Self { digest, len, text })
    }
}

/// The words of the role that says who took the lead of a session that nobody had open.
pub const LEAD_TAKEN: &str = "has taken the lead: nobody had the session open";

/// What a scribe's line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say what each is")]
pub enum NoteKind {
    Decision,
    Action,
    Question,
    Note,
    Role,
}

/// Where a run's bytes were allowed to act: shown beside the command before approval.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RunContext {
    /// Working directory.
    pub directory: String,
    /// Host name.
    pub host: String,
    /// Login name.
    pub user: String,
    /// Current kube context and namespace (`prod/shop`), where there is one.
    pub kube: Option<String>,
    /// Cloud profile, where there is one.
    pub cloud: Option<String>,
}

/// What happened. Unknown events of newer minors are kept and counted (see the reader).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The session began.
    SessionStarted {
        /// Its id: a UUID v7.
        id: String,
        /// Its title, possibly empty.
        title: String,
        /// The service the caller named, if any.
        service: Option<String>,
        /// The program's version.
        version: String,
    },
    /// Somebody opened the saved session again.
    SessionResumed {
        /// The program's version.
        version: String,
    },
    /// The title was changed.
    TitleChanged {
        /// The new title.
        title: String,
    },
    /// The session's tags are these from here on.
    Tagged {
        /// The tags, each one word.
        tags: Vec<String>,
    },
    /// Evidence was added: cleaned and masked text.
    SourceAdded {
        /// Its number.
        source: SourceId,
        /// What a person calls it.
        name: String,
        /// Where it came from.
        origin: Origin,
        /// The text.
        body: Body,
        /// What cleaning and masking noticed.
        notices: Vec<Notice>,
    },
    /// An investigation of everything given so far began.
    InvestigationStarted {
        /// Counts from 1 within the session.
        run: u32,
        /// The engine's name.
        engine: String,
        /// Why: `first evidence`, `new evidence: paste 2`, `asked`.
        why: String,
    },
    /// The engine took a step.
    StepTaken {
        /// The investigation.
        run: u32,
        /// The step.
        step: Step,
    },
    /// The engine finished. The report's own trail is empty here: the steps are in the journal.
    ReportReady {
        /// The investigation.
        run: u32,
        /// The report.
        report: Box<Report>,
    },
    /// The engine ended without a report.
    InvestigationEnded {
        /// The investigation.
        run: u32,
        /// Why.
        why: String,
    },
    /// A person saw what a model would be given first, and agreed that it is sent.
    PayloadAgreed {
        /// The model, as the settings name it.
        engine: String,
        /// BLAKE3 of the text that was shown, in hex.
        digest: String,
        /// Its size.
        bytes: u64,
    },
    /// A model was asked this: the exact call, masked.
    ModelAsked {
        /// The investigation.
        run: u32,
        /// The model, as the settings name it.
        model: String,
        /// The call.
        body: Body,
        /// What was left out of it.
        #[serde(default)]
        left_out: Vec<String>,
    },
    /// A person said where a model should look.
    ModelSteered {
        /// The investigation.
        run: u32,
        /// Their words.
        words: String,
    },
    /// A model's report is there: it stands beside the embedded engine's, never in its place.
    OpinionReady {
        /// The investigation.
        run: u32,
        /// The report, its gates passed.
        report: Box<Report>,
    },
    /// A person judged a hypothesis.
    HypothesisJudged {
        /// The hypothesis.
        hypothesis: String,
        /// The new verdict.
        verdict: Verdict,
        /// Their reason.
        reason: String,
    },
    /// A person added a hypothesis.
    HypothesisAdded {
        /// Its id: `subject/added-N`.
        hypothesis: String,
        /// Which service or component.
        subject: String,
        /// What they think happened.
        statement: String,
    },
    /// A person put a hypothesis at another place.
    HypothesisRanked {
        /// The hypothesis.
        hypothesis: String,
        /// The new place, from 1.
        rank: u32,
        /// Their reason.
        reason: String,
    },
    /// A blank was filled: from here on every command shows the value.
    BlankFilled {
        /// The blank's name.
        name: String,
        /// Its value.
        value: String,
    },
    /// A person approved exactly this text, in this context. Saved before anything starts.
    RunApproved {
        /// Counts from 1 within the session.
        run: u64,
        /// The check or mitigation it belongs to.
        check: Option<String>,
        /// The exact text.
        command: String,
        /// Where it will run.
        context: RunContext,
    },
    /// What is said of a run beside its approval; it stands before the approval's record.
    RunQualified {
        /// The run.
        run: u64,
        /// The record that allowed it, where nobody was asked again.
        #[serde(default)]
        allowed: Option<u64>,
        /// The command whose dry run it is.
        #[serde(default)]
        dry_run_of: Option<String>,
    },
    /// A person let exactly this command run again, here, without being asked, until the session is
    /// opened again.
    CommandAllowed {
        /// The exact text.
        command: String,
        /// The words of each of its calls.
        argv: Vec<Vec<String>>,
        /// Where it may run.
        context: RunContext,
    },
    /// A person took that back.
    CommandDisallowed {
        /// The record that had allowed it.
        allowed: u64,
    },
    /// The approved command was started.
    RunStarted {
        /// The run.
        run: u64,
        /// The process id.
        pid: u32,
    },
    /// A coalesced piece of its output, cleaned and masked.
    RunOutput {
        /// The run.
        run: u64,
        /// The piece.
        text: String,
    },
    /// It ended.
    RunEnded {
        /// The run.
        run: u64,
        /// Exit status; `None` when it was ended by a signal or is not known.
        status: Option<i32>,
        /// How it ended in words: `exited`, `cancelled`, `timed out after 60 s`, `outcome unknown`.
        how: String,
        /// All of its output, cleaned and masked.
        output: Body,
        /// Bytes that were not kept because of the cap.
        dropped: u64,
    },
    /// A run or a pasted output was judged against its check's expectation.
    CheckJudged {
        /// The check.
        check: String,
        /// The run, where there was one.
        run: Option<u64>,
        /// How.
        judgement: Judgement,
    },
    /// A scribe's line.
    NoteTaken {
        /// Its kind.
        kind: NoteKind,
        /// The line.
        text: String,
    },
    /// A person asked about this incident.
    QuestionAsked {
        /// Counts from 1 within the session.
        question: u32,
        /// The question.
        text: String,
    },
    /// An engine answered a question.
    QuestionAnswered {
        /// The question.
        question: u32,
        /// Whether anything given bears on it.
        known: bool,
        /// What the claims are, or what was looked for in vain.
        lead: String,
        /// The answer's claims, each with its citations.
        claims: Vec<Claim>,
    },
    /// The postmortem was written from the report.
    PostmortemDrafted {
        /// The Markdown.
        body: Body,
    },
    /// A person changed the postmortem; the whole text, coalesced while typing.
    PostmortemEdited {
        /// The Markdown.
        body: Body,
    },
    /// Somebody else on the bridge said something, and the lead's console took it: a note, a vote, a
    /// proposal. It never starts, approves or judges anything.
    PeerSaid {
        /// What they said, as they signed it.
        message: Box<Message>,
    },
    /// The lead offered the session to somebody else; a later offer takes the place of this one.
    LeadOffered {
        /// To whom, by their key.
        to: PublicKey,
        /// What they are called here.
        name: String,
    },
    /// An update for stakeholders was made.
    UpdateMade {
        /// The three texts, as Markdown.
        text: String,
        /// The facts that were known then, one sentence each: the next update tells what changed.
        facts: Vec<String>,
        /// When the next one is due.
        due: DateTime<Utc>,
    },
    /// A document left the session.
    Exported {
        /// The format.
        format: String,
        /// Where to.
        to: String,
        /// BLAKE3 of the bytes, in hex.
        digest: String,
    },
    /// An event that this version does not know, or cannot read: kept as it was, and counted.
    /// Never made live; only the journal's reader makes it.
    #[serde(skip)]
    Unknown {
        /// What the event calls itself.
        kind: String,
        /// The record's whole payload, byte for byte.
        payload: Arc<str>,
    },
}

impl Event {
    /// The text that may be a blob beside the journal.
    pub fn body(&self) -> Option<&Body> {
        match self {
            Self::SourceAdded { body, .. }
            | Self::ModelAsked { body, .. }
            | Self::RunEnded { output: body, .. }
            | Self::PostmortemDrafted { body }
            | Self::PostmortemEdited { body } => Some(body),
            _ => None,
        }
    }

    /// The same, for whoever puts the blob's text back.
    pub fn body_mut(&mut self) -> Option<&mut Body> {
        match self {
            Self::SourceAdded { body, .. }
            | Self::ModelAsked { body, .. }
            | Self::RunEnded { output: body, .. }
            | Self::PostmortemDrafted { body }
            | Self::PostmortemEdited { body } => Some(body),
            _ => None,
        }
    }
}
