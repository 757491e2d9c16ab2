//! Inputs: everything that can arrive at the console's core, as values. An input is a noun.

use chrono::{DateTime, Utc};

use super::flags::Flag;
use super::present::{Attendant, Door};
use super::sessions_query::SessionsQuery;
use super::sharing::Sharing;
use super::standpoint::Standpoint;
use super::telemetry::Offered;
use crate::analyst::likeness::Alike;
use crate::analyst::questions::Answer;
use crate::domain::{Notice, Origin, Report, Step};
use crate::fault::Fault;
use crate::journal::event::RunContext;
use crate::journal::feed::Refusal;
use crate::journal::peer::{Message, Refused};
use crate::journal::seal::Sealed;

/// A key without its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the keys")]
pub enum KeyCode {
    Char(char),
    Enter,
    Esc,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Insert,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    PageUp,
    PageDown,
    F(u8),
}

/// A key press.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// The key.
    pub code: KeyCode,
    /// With Control.
    pub ctrl: bool,
    /// With Alt.
    pub alt: bool,
    /// With Shift (for keys that are no characters).
    pub shift: bool,
}

/// What the mouse did; the mouse is optional everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub enum Mouse {
    Click { column: u16, row: u16 },
    ScrollUp { column: u16, row: u16 },
    ScrollDown { column: u16, row: u16 },
}

/// What something in the list of saved sessions is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say what each is")]
pub enum SavedKind {
    #[default]
    Session,
    Imported,
    Document,
}

/// One saved session, as the home screen lists it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HomeRow {
    /// Its id.
    pub id: String,
    /// Its title, possibly empty.
    pub title: String,
    /// When it was started.
    pub started: Option<DateTime<Utc>>,
    /// The last record's time.
    pub last: Option<DateTime<Utc>>,
    /// The severity as far as it is known: `SEV2`, `undecided`, or empty.
    pub severity: String,
    /// How many records it holds.
    pub records: u64,
    /// The service it was begun for; possibly empty.
    pub service: String,
    /// The tags that people gave it.
    pub tags: Vec<String>,
    /// What it is.
    pub kind: SavedKind,
    /// Where the words that were searched for stand.
    pub found: Option<String>,
}

/// What a model's investigation tells.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelNews {
    /// A model is asked: the exact call, masked, and what was left out of it.
    Asked {
        /// The model.
        model: String,
        /// The call.
        text: String,
        /// What was left out.
        left_out: Vec<String>,
    },
    /// A step was taken.
    Step(Step),
    /// More of what it says, coalesced.
    Says(String),
    /// What has been used so far.
    Used {
        /// Tokens of the calls.
        tokens_in: u64,
        /// Tokens of the answers.
        tokens_out: u64,
        /// US dollars, as far as prices are known.
        usd: f64,
    },
    /// It asks for a call of a telemetry server: a person approves it or not.
    Wants {
        /// The number of what it asks for.
        id: u32,
        /// The exact call.
        call: super::telemetry::Call,
    },
    /// It does not wait for that any more.
    WantsNoMore {
        /// The number of what it asked for.
        id: u32,
    },
    /// Its report.
    Report(Box<Report>),
    /// It ended without one.
    Ended(String),
}

/// One thing that arrived.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The saved sessions, newest first: the answer to [`super::effect::Effect::ListSessions`].
    Sessions(Vec<HomeRow>),
    /// The answer to [`super::effect::Effect::FindSessions`].
    FoundSessions {
        /// What was asked.
        query: SessionsQuery,
        /// What was found.
        rows: Vec<HomeRow>,
    },
    /// The answer to [`super::effect::Effect::CheckPostmortem`].
    PostmortemChecked {
        /// The lines that the newest evidence contradicts.
        flags: Vec<Flag>,
    },
    /// The answer to [`super::effect::Effect::FindSimilar`].
    Similar {
        /// The earlier incidents that are like this one, the likest first.
        found: Vec<Alike>,
        /// How many there are to compare with.
        of: usize,
    },
    /// A session was opened or begun: the session handed in from now on is that one.
    Opened,
    /// Review stands at another place: the session handed in is the fold up to `seq`.
    At {
        /// The last folded record.
        seq: u64,
        /// How many records there are.
        of: u64,
        /// That record's time.
        at: Option<DateTime<Utc>>,
    },
    /// Following: the session handed in has grown, or is another one.
    Grown,
    /// Following: where the lead looks.
    LeadStands(Box<Standpoint>),
    /// Following: the lead is there, or gone.
    Lead {
        /// True while somebody has the session open for writing.
        there: bool,
    },
    /// What the newest record's seal says of who wrote it.
    Sealed(Sealed),
    /// Somebody else on the bridge says something; the signature holds, and the text is clean.
    PeerSaid(Box<Message>),
    /// Messages of others were not taken.
    PeersRefused {
        /// How many.
        count: u64,
        /// Why the last one was not.
        why: Refused,
    },
    /// Everybody who follows, by the door by which that is known; anew each time.
    Attending {
        /// By which door.
        door: Door,
        /// Everybody who is there by it.
        all: Vec<Attendant>,
    },
    /// Following: this message was left with the lead.
    SaidToLead {
        /// Its count.
        count: u64,
    },
    /// Following: what the lead's console answered to messages that it did not take, this person's or others'.
    NotTaken(Vec<Refusal>),
    /// Following: something is missing, or was not taken, in words.
    Odd(String),
    /// How the sharing over a server stands.
    Sharing(Sharing),
    /// The keys that follow were read from the terminal at this time, however late they are taken in.
    KeysAt(DateTime<Utc>),
    /// A key that was typed by a person (never part of a paste or a burst).
    Key(Key),
    /// Pasted text: bracketed, or a burst of keys. Never reaches a dialog.
    Paste(String),
    /// The mouse.
    Mouse(Mouse),
    /// The terminal has a new size: columns and rows.
    Resize(u16, u16),
    /// Records up to this sequence are on disk.
    Saved(u64),
    /// A write failed; the session goes on unsaved.
    SaveFailed(Fault),
    /// Text was cleaned and masked and may become a source.
    Admitted {
        /// What a person calls it.
        name: String,
        /// Where it came from.
        origin: Origin,
        /// The cleaned, masked text.
        text: String,
        /// What cleaning and masking noticed.
        notices: Vec<Notice>,
    },
    /// The engine took a step.
    Step {
        /// The investigation.
        run: u32,
        /// The step.
        step: Step,
    },
    /// The engine finished.
    Report {
        /// The investigation.
        run: u32,
        /// The report.
        report: Box<Report>,
    },
    /// The engine ended without a report.
    EngineEnded {
        /// The investigation.
        run: u32,
        /// Why.
        why: String,
    },
    /// What a model would be given first, made by [`super::effect::Effect::PrepareModel`].
    ModelPayload {
        /// The model, as the settings name it.
        engine: String,
        /// The exact call, masked.
        text: String,
    },
    /// A model's investigation tells something.
    Model {
        /// The investigation.
        run: u32,
        /// What.
        news: ModelNews,
    },
    /// Where a command would run now, asked for by [`super::effect::Effect::Probe`].
    Context(RunContext),
    /// What a model would be given with a question: to be agreed to, or sent where that was done before.
    QuestionPayload {
        /// The question's number.
        question: u32,
        /// The model, as the settings name it.
        engine: String,
        /// The exact call.
        text: String,
    },
    /// What a model's answer tells while it comes; `Ended` where none comes.
    QuestionNews {
        /// The question's number.
        question: u32,
        /// The news.
        news: ModelNews,
    },
    /// A model answered a question; its sentences have passed the gates.
    ModelAnswered {
        /// The question's number.
        question: u32,
        /// The model, as the settings name it.
        engine: String,
        /// The answer.
        answer: Answer,
    },
    /// A question was answered.
    Answered {
        /// The question's number.
        question: u32,
        /// The answer.
        answer: Answer,
    },
    /// The tools of a telemetry server.
    Tools {
        /// The server's name.
        server: String,
        /// Its tools, as far as they are offered.
        tools: Vec<Offered>,
    },
    /// An approved command was started.
    RunStarted {
        /// The run.
        run: u64,
        /// Its process id.
        pid: u32,
    },
    /// A coalesced piece of its output, cleaned and masked.
    RunOutput {
        /// The run.
        run: u64,
        /// The piece.
        text: String,
    },
    /// More came of its output than is kept: what is over the cap is counted.
    RunFloods {
        /// The run.
        run: u64,
        /// The bytes that came so far.
        bytes: u64,
    },
    /// Its command has ended; what it wrote is being read, cleaned and masked.
    RunRead {
        /// The run.
        run: u64,
    },
    /// It ended.
    RunEnded {
        /// The run.
        run: u64,
        /// Exit status.
        status: Option<i32>,
        /// In words.
        how: String,
        /// All of its output, cleaned and masked.
        output: String,
        /// Bytes not kept because of the cap.
        dropped: u64,
    },
    /// The person's editor was closed; `None` when the text was not changed.
    EditorClosed(Option<String>),
    /// An export was written.
    Exported {
        /// The format.
        format: String,
        /// Where to.
        to: String,
        /// BLAKE3 in hex.
        digest: String,
    },
    /// OSC 52 was sent (never: "copied").
    CopySent {
        /// Bytes that were sent.
        bytes: usize,
    },
    /// Something an effect tried failed.
    Failed(Fault),
    /// How far long work has come.
    Progress {
        /// What is being done.
        what: String,
        /// How much is done.
        done: u64,
        /// Of how much; 0 when not known.
        of: u64,
    },
    /// A toast's time is over, or another deadline the core asked for.
    Deadline,
    /// The terminal or the process is going away: end in order.
    Hangup,
}
