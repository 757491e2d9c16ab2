//! The investigation: the agenda, the trail, and the way from evidence to a report.

use std::ops::ControlFlow;

use crate::domain::{Evidence, Report, Step, StepKind};

use super::{Casebook, Knowledge, report, scoring, tools};

/// What the caller said beside the evidence.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Request {
    /// A title, possibly empty.
    pub title: String,
    /// The service the caller named.
    pub service: Option<String>,
}

/// Investigates the evidence. Every step is handed to `on_step` as it is taken; when that answers
/// `Break`, the investigation stops and there is no report. The report's trail holds the same steps;
/// its engine line's `ms` is 0 (this layer has no clock; the caller fills it in).
pub fn investigate(
    evidence: &Evidence,
    request: &Request,
    knowledge: &Knowledge,
    on_step: &mut dyn FnMut(&Step) -> ControlFlow<()>,
) -> Option<Report> {
    let mut casebook = Casebook::default();
    let mut trail: Vec<Step> = Vec::new();
    let mut take = |kind, tool: Option<&str>, title: String, text: String, citations| {
        let no = trail.len() as u32 + 1;
        trail.push(Step { no, kind, tool: tool.map(Into::into), title, text, citations });
        trail.last().map_or(ControlFlow::Continue(()), &mut *on_step)
    };
    for tool in tools::all() {
        if !(tool.applies)(evidence, &casebook) {
            continue;
        }
        let arguments = (tool.arguments)(evidence, &casebook).to_string();
        if take(StepKind::ToolCall, Some(tool.name), tool.question.into(), arguments, Vec::new()).is_break() {
            return None;
        }
        let seen = (tool.run)(evidence, &mut casebook, knowledge);
        if take(StepKind::Observation, Some(tool.name), seen.title, seen.text, seen.citations).is_break() {
            return None;
        }
    }
    let (hypotheses, conclusion) = scoring::hypotheses(evidence, &casebook, knowledge);
    let mut report = report::assemble(evidence, request, &casebook, knowledge, hypotheses, conclusion);
    report.trail = trail;
    Some(report)
}
