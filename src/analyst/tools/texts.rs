//! The tools that read logs, series, traces, changes and prose: which there are, and in which order
//! they are asked.

pub mod about;
pub mod account;
pub mod audit;
pub mod background;
pub mod compute_blast_radius;
pub mod correlate_timeline;
pub mod counted_failures;
pub mod dating;
pub mod excess;
pub mod extract_entities;
mod failing;
pub mod first_deviation;
mod hits;
pub mod impact;
pub mod infer_trigger;
pub mod levels;
mod listed_policies;
pub mod listeners;
pub mod load;
pub mod log_signals;
pub mod logged;
mod meanings;
mod measures;
pub mod metrics;
pub mod own_errors;
pub mod query_similar_incidents;
pub mod remarks;
mod reread;
pub mod search_logs;
pub mod service_dependency_hints;
mod shifts;
mod slower;
#[cfg(test)]
mod spans_told;
pub mod story_findings;
mod stuck_figures;
mod top_statements;
mod trace_chain;
pub mod trace_origin;
pub mod traces;
pub mod written_stamps;

use super::Tool;

/// The text tools, in the order of their questions.
pub const TOOLS: &[Tool] = &[
    extract_entities::TOOL,
    metrics::TOOL,
    traces::TOOL,
    load::TOOL,
    service_dependency_hints::TOOL,
    log_signals::TOOL,
    listeners::TOOL,
    own_errors::TOOL,
    top_statements::TOOL,
    listed_policies::TOOL,
    first_deviation::TOOL,
    impact::TOOL,
    counted_failures::TOOL,
    correlate_timeline::TOOL,
    infer_trigger::TOOL,
    trace_origin::TOOL,
    search_logs::TOOL,
    compute_blast_radius::TOOL,
    query_similar_incidents::TOOL,
];

/// How many rows were passed over, as a line of its own; nothing where all were read.
fn told_unread(rows: usize) -> String {
    if rows == 0 { String::new() } else { format!("rows that could not be read: {rows}\n") }
}
