//! The shell command as a value: parsed, classified, checked before it is shown. Runs nothing.
//!
//! May use `domain` only. What is not understood is [`Label::CannotTell`](crate::domain::Label): safe
//! means by program, arguments and flags, never by prefix. Two readings of the line have to agree, a
//! strict one of our own and the shell grammar's, before anything is called safe.

mod address;
mod argv;
mod blanks;
mod classify;
mod context;
mod dry;
mod endless;
pub mod expectation;
mod field;
mod flat;
pub mod grammar;
mod judge;
mod kube_notes;
mod lex;
pub mod own;
pub mod policy;
mod preflight;
mod programs;
mod quoted;
mod raw;
mod sed;
mod spoken;
mod sql;
mod stated;
mod table;
mod tree;
mod unreached;
mod verdict;
mod wrappers;

pub use blanks::{blanks, fill};
pub use classify::{Judgment, classify, examine, json_line, label, words};
pub use context::Context;
pub use dry::dry_run;
pub use preflight::{needs_kube, preflight};
pub use quoted::holds_call;
