//! One call of a model as plain values: what is asked, and the pieces of the answer. The same for
//! every provider.
//!
//! It knows no protocol, no address, no key and no clock. Everything in a [`Call`] is meant to leave
//! the machine: whoever makes one puts masked text into it and nothing else.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One call of a model.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Call {
    /// The instructions that stand before everything else.
    pub system: String,
    /// The conversation so far, oldest first. The last is a person's or a tool's.
    pub messages: Vec<Message>,
    /// The tools that may be called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<ToolForm>,
    /// The JSON schema that the answer's text has to have, where it is to be structured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<AnswerForm>,
    /// The most tokens that the answer may have. Always set: an endless answer costs money.
    pub max_tokens: u32,
}

impl Call {
    /// The call as the text that a person is shown and that hashes are made of: JSON, indented.
    pub fn shown(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// BLAKE3 of the call, in hex: equal calls have equal digests on every machine.
    pub fn digest(&self) -> String {
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        blake3::hash(&bytes).to_hex().to_string()
    }
}

/// One message of the conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum Message {
    /// What the person, or the program for them, says.
    User {
        /// The text.
        text: String,
    },
    /// What the model said before.
    Model {
        /// Its text, possibly empty.
        text: String,
        /// The tools that it called.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        calls: Vec<ToolCall>,
        /// What its provider wants back unchanged with the next call (signatures of its reasoning).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        carried: Option<Carried>,
    },
    /// What a tool returned.
    Tool {
        /// The call that it answers.
        call: String,
        /// The tool.
        name: String,
        /// Its result.
        text: String,
    },
}

impl Message {
    /// Something that the person, or the program for them, says.
    pub fn user(text: impl Into<String>) -> Self {
        Self::User { text: text.into() }
    }
}

/// What a provider wants back unchanged; it means nothing to anybody else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Carried {
    /// The model that it is for: another one does not get it.
    pub of: String,
    /// The value.
    pub value: Value,
}

/// A tool as a model is told of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolForm {
    /// Its name: letters, digits, `_` and `-`.
    pub name: String,
    /// What it answers.
    pub description: String,
    /// The JSON schema of its arguments: an object.
    pub arguments: Value,
}

/// The form that an answer has to have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnswerForm {
    /// Its name: letters, digits, `_` and `-`.
    pub name: String,
    /// The JSON schema.
    pub schema: Value,
}

/// A tool call that a model made, whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The provider's id of the call.
    pub id: String,
    /// The tool's name as the model wrote it.
    pub name: String,
    /// The arguments; a string where what the model wrote was no JSON.
    pub arguments: Value,
}

/// What an answer took, in tokens as the provider counts them. 0 where it does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the call, with those that came from a cache.
    pub tokens_in: u64,
    /// Tokens of the answer, with those of its reasoning.
    pub tokens_out: u64,
    /// Tokens of the call that came from the provider's cache.
    #[serde(default)]
    pub cached: u64,
    /// True where the provider said nothing and the figures are estimated from the bytes.
    #[serde(default)]
    pub estimated: bool,
}

impl Usage {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            tokens_in: self.tokens_in.saturating_add(other.tokens_in),
            tokens_out: self.tokens_out.saturating_add(other.tokens_out),
            cached: self.cached.saturating_add(other.cached),
            estimated: self.estimated || other.estimated,
        }
    }
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// The model was done, or called tools.
    Done,
    /// The most tokens were reached: the text is cut.
    Length,
    /// The provider's filter held the rest back.
    Filtered,
    /// The stream ended and said no reason.
    Unsaid,
}

/// One piece of an answer as it streams in. However a stream is cut, the texts in a row are the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "piece", rename_all = "snake_case")]
pub enum Piece {
    /// More of the answer's text.
    Text {
        /// The piece.
        text: String,
    },
    /// More of the model's reasoning, where the provider sends it.
    Reasoning {
        /// The piece.
        text: String,
    },
    /// A whole tool call; several come one after the other.
    Tool {
        /// The call.
        call: ToolCall,
    },
    /// The end: nothing comes after it.
    End {
        /// Why.
        stop: Stop,
        /// What it took.
        usage: Usage,
        /// What the provider wants back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        carried: Option<Carried>,
    },
}

/// Why a call failed, as far as it changes what is done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// No connection: refused, no such host, no route.
    Unreachable,
    /// A proxy has to be used, or wants to know who asks.
    Proxy,
    /// The server's certificate is not valid now: this machine's clock, or theirs, is wrong.
    Clock,
    /// The server's certificate is not trusted.
    Certificate,
    /// No key is there, or the provider does not take it.
    Key,
    /// Nothing is left of what was paid for.
    Quota,
    /// Too many calls; later it would work.
    Busy,
    /// The provider failed.
    Server,
    /// Nothing came for too long.
    Silent,
    /// The stream was cut, or did not speak the protocol.
    Broken,
    /// The provider refuses this call as it is.
    Refused,
}

impl FailureKind {
    /// True where the same call may work a moment later.
    pub fn passes(self) -> bool {
        matches!(self, Self::Unreachable | Self::Busy | Self::Server | Self::Silent | Self::Broken)
    }
}

/// A call that failed: one sentence that says so, without a key in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{what}")]
pub struct Failure {
    /// Which kind.
    pub kind: FailureKind,
    /// One sentence: what failed, why, and what to do.
    pub what: String,
    /// How long the provider asks us to wait before the next try, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl Failure {
    /// A failure in one sentence.
    pub fn new(kind: FailureKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), retry_after_ms: None }
    }
}

/// An answer put together from its pieces.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// All of its text.
    pub text: String,
    /// All of its reasoning.
    pub reasoning: String,
    /// Its tool calls, in order.
    pub calls: Vec<ToolCall>,
    /// How it ended; `None` before that.
    pub end: Option<(Stop, Usage, Option<Carried>)>,
}

impl Answer {
    /// Takes one piece in.
    pub fn take(&mut self, piece: Piece) {
        match piece {
            Piece::Text { text } => self.text.push_str(&text),
            Piece::Reasoning { text } => self.reasoning.push_str(&text),
            Piece::Tool { call } => self.calls.push(call),
            Piece::End { stop, usage, carried } => self.end = Some((stop, usage, carried)),
        }
    }

    /// What it took; nothing before it ended.
    pub fn usage(&self) -> Usage {
        self.end.as_ref().map(|(_, usage, _)| *usage).unwrap_or_default()
    }

    /// The message that stands for it in the next call.
    pub fn message(&self) -> Message {
        let carried = self.end.as_ref().and_then(|(_, _, carried)| carried.clone());
        Message::Model { text: self.text.clone(), calls: self.calls.clone(), carried }
    }
}
