//! The agent: an investigation that a model leads, as a pure machine. Arrivals go in, wishes come out.
//!
//! It opens no socket, reads no clock and holds no key; `runtime/models` does that for it.

pub mod call;

pub use call::{Answer, AnswerForm, Call, Failure, FailureKind, Message, Piece, Stop, ToolCall, ToolForm, Usage};
