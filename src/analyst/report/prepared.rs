//! What a report needs of the evidence alone, whatever is concluded: read once, and while the tools
//! work. It decides nothing.

use super::fill::Read;
use crate::analyst::grounding::Known;
use crate::command::Context;
use crate::domain::Evidence;

/// What was read of the evidence for its report.
pub struct Prepared<'a> {
    /// What it gives for the arguments of commands.
    pub(super) read: Read<'a>,
    /// What a command's pre-flight can hold against its arguments.
    pub(super) context: Context,
    /// What every statement is held against.
    pub(super) known: Known<'a>,
}

impl<'a> Prepared<'a> {
    /// Reads the evidence.
    pub fn of(evidence: &'a Evidence) -> Self {
        Self { read: Read::of(evidence), context: Context::of_evidence(evidence), known: Known::of(evidence) }
    }
}
