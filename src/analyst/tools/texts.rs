//! The tools that read logs, series, traces, changes and prose: which there are, and in which order
//! they are asked.

pub mod log_signals;

use super::Tool;

/// The text tools, in the order of their questions.
pub const TOOLS: &[Tool] = &[log_signals::TOOL];
