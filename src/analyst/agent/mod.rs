//! The agent: an investigation that a model leads, as a pure machine. Arrivals go in, wishes come out.
//!
//! It opens no socket, reads no clock and holds no key; `runtime/models` does that for it.

pub mod accept;
pub mod call;
pub mod draft;
pub mod limits;
mod machine;
pub mod outgoing;
pub mod outside;
pub mod prompts;
mod repeats;
pub(in crate::analyst) mod strangers;
pub mod tools;

pub use call::{Answer, AnswerForm, Call, Failure, FailureKind, Message, Piece, Stop, ToolCall, ToolForm, Usage};
pub use limits::{Limits, Price, Spent};
pub use machine::{Agent, Arrival, Rung, Setup, Wish};
pub use outgoing::Outgoing;
pub use outside::{Outcome, OutsideCall, OutsideTool};
pub use prompts::Prompts;
