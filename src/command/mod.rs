//! The shell command as a value: parsed, classified, checked before it is shown. Runs nothing.
//!
//! May use `domain` only. What is not understood is [`Label::CannotTell`](crate::domain::Label).
