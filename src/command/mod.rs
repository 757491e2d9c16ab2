//! The shell command as a value: parsed, classified, checked before it is shown. Runs nothing.
//!
//! May use `domain` only. What is not understood is [`Label::CannotTell`](crate::domain::Label): safe
//! means by program, arguments and flags, never by prefix. Two readings of the line have to agree, a
//! strict one of our own and the shell grammar's, before anything is called safe.

mod argv;
mod classify;
pub mod grammar;
mod judge;
mod lex;
mod programs;
mod raw;
mod sql;
mod tree;
mod verdict;
mod wrappers;

pub use classify::{Judgment, classify, json_line, words};
