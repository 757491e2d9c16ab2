//! The tools that read logs, series, traces, changes and prose: which there are, and in which order
//! they are asked.

pub mod correlate_timeline;
pub mod impact;
pub mod log_signals;
pub mod metrics;
pub mod own_errors;
pub mod traces;

use super::Tool;

/// The text tools, in the order of their questions.
pub const TOOLS: &[Tool] = &[
    metrics::TOOL,
    traces::TOOL,
    log_signals::TOOL,
    own_errors::TOOL,
    impact::TOOL,
    correlate_timeline::TOOL,
];
