//! The investigation: the agenda, the trail, and the way from evidence to a report.

use std::ops::ControlFlow;

use crate::domain::report::Conclusion;
use crate::domain::{Beside, Citation, Evidence, Report, Step, StepKind};

use super::report::{self, Prepared};
use super::scoring::{self, Checked, Ranked};
use super::tools::{self, Tool};
use super::{Casebook, Knowledge};

/// What the caller said beside the evidence.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Request {
    /// A title, possibly empty.
    pub title: String,
    /// The service the caller named.
    pub service: Option<String>,
    /// The session's id, so that it is not compared with itself; `None` outside a session.
    pub session: Option<String>,
}

/// The most hypotheses that the trail decides on one by one.
const DECIDED: usize = 3;

/// The most that the trail says of what is told with the first hypothesis.
const FOLDED: usize = 4;

/// Investigates the evidence. Every step is handed to `on_step` as it is taken; when that answers
/// `Break`, the investigation stops and there is no report. The report's trail holds the same steps;
/// its engine line's `ms` is 0 (this layer has no clock; the caller fills it in).
pub fn investigate(
    evidence: &Evidence,
    request: &Request,
    knowledge: &Knowledge,
    on_step: &mut dyn FnMut(&Step) -> ControlFlow<()>,
) -> Option<Report> {
    investigate_with(evidence, request, (knowledge, Beside::ALONE), &[], on_step)
}

/// The same, where checks were run already: what they showed moves the hypotheses, and a step of the
/// trail says what moved and why. With a way of doing two things at a time it takes less time.
pub fn investigate_with(
    evidence: &Evidence,
    request: &Request,
    (knowledge, beside): (&Knowledge, Beside),
    checked: &[Checked],
    on_step: &mut dyn FnMut(&Step) -> ControlFlow<()>,
) -> Option<Report> {
    let mut trail = Trail { steps: Vec::new(), on_step, language: knowledge.language.as_deref() };
    let beside = beside.of_size(evidence.sources.iter().map(|s| s.text.len()).sum());
    let mut work = || work(evidence, request, knowledge, checked, &mut trail);
    let (worked, prepared) = beside.both(&mut work, || Prepared::of(evidence));
    let (book, ranked) = worked?;
    let Ranked { hypotheses, outcome, .. } = ranked;
    let mut report = report::assemble((evidence, &prepared), request, &book, (knowledge, beside), hypotheses, outcome);
    report.trail = trail.steps;
    Some(report)
}

/// The ranked hypotheses alone, with what the first one's confidence was made of: what calibration
/// is fitted on.
pub fn ranked(evidence: &Evidence, request: &Request, knowledge: &Knowledge) -> Option<Ranked> {
    let mut go_on = |_: &Step| ControlFlow::Continue(());
    let mut trail = Trail { steps: Vec::new(), on_step: &mut go_on, language: None };
    work(evidence, request, knowledge, &[], &mut trail).map(|(_, ranked)| ranked)
}

/// The agenda: every tool that has something to read, then the ranking.
fn work(
    evidence: &Evidence,
    request: &Request,
    knowledge: &Knowledge,
    checked: &[Checked],
    trail: &mut Trail<'_>,
) -> Option<(Casebook, Ranked)> {
    let mut book = Casebook::of_session(request.session.clone());
    trail.take(
        StepKind::Thought,
        None,
        "What was given, and what is asked first",
        given(evidence, request),
        Vec::new(),
    )?;
    let mut leading: Option<String> = None;
    for tool in tools::all() {
        if !(tool.applies)(evidence, &book) {
            continue;
        }
        call(tool, evidence, &mut book, knowledge, trail)?;
        // A thought only where what was seen changed what is thought.
        let lead = leader(&book);
        if lead.as_ref().map(|l| &l.0) != leading.as_ref()
            && let Some((id, text, citations)) = lead
        {
            trail.take(StepKind::Thought, None, "What leads now", text, citations)?;
            leading = Some(id);
        }
    }
    let mut ranked = scoring::rank(evidence, &book, knowledge);
    for moved in scoring::weigh(&mut ranked.hypotheses, checked) {
        trail.take(StepKind::Decision, None, "A check moved it", moved.text, moved.citations)?;
    }
    let taken = scoring::folding::settle(&mut ranked.hypotheses, &ranked.folded);
    decide(&ranked, knowledge, trail)?;
    for folded in taken.iter().take(FOLDED) {
        trail.take(StepKind::Decision, None, "Cause and effect", sentence(&folded.sentence()), Vec::new())?;
    }
    Some((book, ranked))
}

/// The steps taken so far, and who is told of each.
struct Trail<'a> {
    steps: Vec<Step>,
    on_step: &'a mut dyn FnMut(&Step) -> ControlFlow<()>,
    language: Option<&'a super::phrases::Phrasebook>,
}

impl Trail<'_> {
    /// Takes a step; `None` when the caller wants no more.
    fn take(
        &mut self,
        kind: StepKind,
        tool: Option<&str>,
        title: &str,
        text: String,
        citations: Vec<Citation>,
    ) -> Option<()> {
        let no = self.steps.len() as u32 + 1;
        let mut step = Step { no, kind, tool: tool.map(Into::into), title: title.to_owned(), text, citations };
        self.language.iter().for_each(|l| l.say_step(&mut step));
        self.steps.push(step);
        match self.steps.last().map(&mut *self.on_step) {
            Some(ControlFlow::Break(())) => None,
            _ => Some(()),
        }
    }
}

fn call(
    tool: &Tool,
    evidence: &Evidence,
    book: &mut Casebook,
    knowledge: &Knowledge,
    trail: &mut Trail<'_>,
) -> Option<()> {
    let arguments = (tool.arguments)(evidence, book).to_string();
    trail.take(StepKind::ToolCall, Some(tool.name), tool.question, arguments, Vec::new())?;
    let seen = (tool.run)(evidence, book, knowledge);
    trail.take(StepKind::Observation, Some(tool.name), &seen.title, seen.text, seen.citations)
}

/// What lies on the table before the first tool is called.
fn given(evidence: &Evidence, request: &Request) -> String {
    let lines = evidence.lines().count();
    let names: Vec<&str> = evidence.sources.iter().map(|s| s.name.as_str()).take(6).collect();
    let mut text = format!("{} sources with {lines} lines: {}.", evidence.sources.len(), names.join(", "));
    if let Some(service) = &request.service {
        text.push_str(&format!(" The reporter names {service}."));
    }
    text.push_str(" Open: what is not as it should be, since when, and what accounts for it.");
    text
}

/// The finding that weighs most so far, as a thought.
fn leader(book: &Casebook) -> Option<(String, String, Vec<Citation>)> {
    let heaviest = book.findings.iter().filter(|f| f.weight > 1.0).max_by(|a, b| a.weight.total_cmp(&b.weight))?;
    let rivals = book
        .findings
        .iter()
        .filter(|f| f.weight > 1.0 && (f.subject != heaviest.subject || f.playbook != heaviest.playbook))
        .count();
    let others = match rivals {
        0 => "nothing else is suspected yet".to_owned(),
        1 => "one other finding points elsewhere".to_owned(),
        n => format!("{n} other findings point elsewhere"),
    };
    let text = format!(
        "{} seen by {}: {} Open: does anything contradict it or account for it; {others}.",
        heaviest.subject,
        heaviest.tool,
        sentence(&heaviest.claim.text),
    );
    let citations = heaviest.claim.citations.iter().take(3).cloned().collect();
    Some((format!("{}/{}", heaviest.subject, heaviest.playbook), text, citations))
}

fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.ends_with(['.', '!', '?', '”']) { text.to_owned() } else { format!("{text}.") }
}

/// What is kept, what is set aside, and what it all comes to.
fn decide(ranked: &Ranked, knowledge: &Knowledge, trail: &mut Trail<'_>) -> Option<()> {
    for note in ranked.notes.iter().take(6) {
        trail.take(StepKind::Decision, None, "Cause and effect", sentence(note), Vec::new())?;
    }
    for h in ranked.hypotheses.iter().take(DECIDED) {
        let title = if h.rank == 1 { "First place" } else { "Kept" };
        let against = match h.against.as_slice() {
            [] => "nothing found speaks against it".to_owned(),
            [one] => format!("against it: {}", one.text),
            [first, ..] => format!("{} findings speak against it, first: {}", h.against.len(), first.text),
        };
        let text = format!(
            "{} Confidence {:.2}; {} for it; {}",
            sentence(&h.statement),
            h.confidence,
            if h.supporting.len() == 1 { "one finding".to_owned() } else { format!("{} findings", h.supporting.len()) },
            sentence(&against),
        );
        let citations = h.supporting.iter().flat_map(|c| c.citations.iter().take(2)).take(4).cloned().collect();
        trail.take(StepKind::Decision, None, title, text, citations)?;
    }
    let title = match ranked.outcome {
        Conclusion::Incident => "An incident",
        Conclusion::NoIncident => "No incident",
        Conclusion::Inconclusive => "Inconclusive",
    };
    let mut text = sentence(&ranked.because);
    let check = ranked.hypotheses.first().and_then(|h| knowledge.playbooks.get(&h.playbook)?.checks.first());
    if let Some(check) = check.filter(|_| ranked.outcome != Conclusion::NoIncident) {
        text.push_str(&format!(" What would decide: {}", sentence(&check.what)));
    }
    trail.take(StepKind::Decision, None, title, text, Vec::new())
}
