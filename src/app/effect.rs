//! Effects: what the core wants done in the world. An effect is a verb; the runtime performs it.

use super::sessions_query::SessionsQuery;
use super::telemetry::Call;
use crate::analyst::likeness::Traits;
use crate::domain::{Origin, SourceId};
use crate::journal::event::RunContext;
use crate::journal::feed::Refusal;
use crate::journal::peer::Saying;

/// What became of a telemetry call that a model asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// It was approved and is under way.
    Begun,
    /// There is no answer: why.
    Nothing(String),
    /// Its answer is this source; how the call ended.
    Source(SourceId, String),
}

/// A place in a saved session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seek {
    /// The record with this sequence (clamped to what there is).
    Seq(u64),
    /// The last record at or before a time as typed: `09:20`, or a full stamp.
    Time(String),
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Save, let go of the session and follow it: somebody else leads it from here on.
    PassLead,
    /// List the saved sessions; answers with `Input::Sessions`.
    ListSessions,
    /// List the saved sessions that a query asks for; answers with `Input::FoundSessions`.
    FindSessions {
        /// The query.
        query: SessionsQuery,
    },
    /// Hold the postmortem against the evidence; answers with `Input::PostmortemChecked`.
    CheckPostmortem {
        /// The text.
        text: String,
    },
    /// Compare with the earlier incidents; answers with `Input::Similar`.
    FindSimilar {
        /// What this one is compared by.
        traits: Box<Traits>,
    },
    /// Change a saved session's tags as typed; answers with a new list.
    Tag {
        /// Its id.
        id: String,
        /// `disk +urgent -old`.
        typed: String,
    },
    /// Move a saved session to the bin; answers with a new list.
    DeleteSession {
        /// Its id.
        id: String,
    },
    /// Move a session back from the bin; answers with a new list.
    RestoreSession {
        /// Its id.
        id: String,
    },
    /// Erase these sessions of the bin for good; answers with a new list.
    EmptyBin {
        /// Their ids: those that were on screen when the phrase was typed.
        ids: Vec<String>,
    },
    /// Begin a session: its folder, its lock and its first record are the runtime's;
    /// answers with `Input::Opened` before it performs the effects that follow.
    NewSession {
        /// Its title, possibly empty.
        title: String,
    },
    /// Go on with a saved session; answers with `Input::Opened` or `Input::Failed`.
    OpenSession {
        /// Its id.
        id: String,
    },
    /// In review: stand at another place; answers with `Input::At`.
    Seek(Seek),
    /// Clean and mask this text on a worker; answers with `Input::Admitted`.
    Admit {
        /// What a person calls it.
        name: String,
        /// Where it came from.
        origin: Origin,
        /// The raw text.
        raw: String,
    },
    /// Read a file, then admit it.
    ReadFile {
        /// The path as typed.
        path: String,
    },
    /// Investigate everything given so far on a worker; an older investigation is stopped.
    Investigate {
        /// The number the investigation's inputs will carry.
        run: u32,
    },
    /// Stop the investigation.
    StopInvestigation,
    /// Make what a model would be given first; answers with `Input::ModelPayload`.
    PrepareModel,
    /// Send what was made, and go on from there; answers with `Input::Model`.
    AskModel {
        /// The investigation.
        run: u32,
    },
    /// Tell the model where to look.
    SteerModel {
        /// In these words.
        words: String,
    },
    /// Tell the model what became of a telemetry call that it asked for.
    TellModel {
        /// The number of what it asked for.
        id: u32,
        /// What became of it.
        what: Became,
    },
    /// Stop the model; its connection ends.
    StopModel,
    /// Find out where a command would run now; answers with `Input::Context`.
    Probe,
    /// Start the approved command. The runtime holds it until the approval's record is on disk.
    Run {
        /// The run.
        run: u64,
        /// The exact text that was approved.
        command: String,
        /// The context that was shown; the runtime refuses when it is another by now.
        context: RunContext,
        /// When the run is ended: seconds after its start.
        timeout_s: u64,
    },
    /// End a run: TERM, then KILL.
    Cancel {
        /// The run.
        run: u64,
    },
    /// Send the prepared question to the model; answers with `Input::QuestionNews` and `Input::ModelAnswered`.
    SendQuestion {
        /// The question's number.
        question: u32,
    },
    /// Give the model's answer up; its connection ends.
    StopQuestion,
    /// Answer by search after all; answers with `Input::Answered`.
    SearchAnswer {
        /// The question's number.
        question: u32,
        /// The question.
        text: String,
        /// Why no model answers it: a fragment.
        because: String,
    },
    /// Answer a question about the incident: by the model of the settings where there is one (answers
    /// with `Input::QuestionPayload`), else by search on a worker (answers with `Input::Answered`).
    Answer {
        /// The question's number.
        question: u32,
        /// The question.
        text: String,
    },
    /// Ask a telemetry server, once the approval's record is on disk: list its tools, or call one.
    Telemetry {
        /// The run.
        run: u64,
        /// What is asked.
        call: Call,
        /// The exact text that was approved.
        command: String,
        /// The context that was shown.
        context: RunContext,
        /// When the call is ended: seconds after its start.
        timeout_s: u64,
    },
    /// Hand this text to the person's editor; answers with `Input::EditorClosed`.
    OpenEditor {
        /// The text.
        text: String,
    },
    /// Send this text to the terminal's clipboard (OSC 52).
    Copy {
        /// The text.
        text: String,
    },
    /// Make a document of the session and write it; `None` chooses a file in the session's folder.
    Export {
        /// One of [`crate::export::FORMATS`].
        format: String,
        /// Where to.
        path: Option<String>,
    },
    /// Following: say this to the lead, signed. The lead's console decides whether it is taken.
    Say(Saying),
    /// Tell whoever sent this message that it was not taken.
    AnswerPeer(Refusal),
    /// Ask for `Input::Deadline` after this many milliseconds (at most one is pending).
    Wake {
        /// Milliseconds from now.
        after_ms: u64,
    },
    /// Stop the process as Ctrl-Z does.
    Suspend,
    /// End the console.
    Quit,
}
