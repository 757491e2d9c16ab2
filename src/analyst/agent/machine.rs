//! The machine: what arrives moves the investigation on and leads to wishes. It decides when a model
//! is asked, what its answer means, when to stop, and who is next on the ladder.

mod asking;
mod calling;

use std::collections::VecDeque;
use std::sync::Arc;

use asking::{headline, size, thought_end};
use calling::Waiting;

use super::accept::{self, Against};
use super::call::{Answer, Call, Failure, Message, Piece, Stop, ToolCall, Usage};
use super::draft::{self, Draft, report_schema};
use super::limits::{Limits, Price, Spent};
use super::outgoing::Outgoing;
use super::outside::{Outcome, OutsideCall, OutsideTool};
use super::prompts::Prompts;
use super::tools::WRITE_REPORT;
use crate::analyst::{Casebook, Knowledge, Request};
use crate::command::Context;
use crate::domain::showable::clean;
use crate::domain::{Citation, Evidence, Report, Step, StepKind};

/// How often a report that can't be read is asked for again.
const REPAIRS: u32 = 2;
/// How often a turn whose answer broke off is asked again.
const AGAIN: u32 = 1;
/// Tool calls of one answer that are done; the rest are refused.
const CALLS: usize = 16;

/// One rung of the ladder: a model with its limits.
#[derive(Debug, Clone, PartialEq)]
pub struct Rung {
    /// Its name in the settings.
    pub name: String,
    /// The provider's name of it.
    pub model: String,
    /// What it may take.
    pub limits: Limits,
    /// What it costs, where that is known.
    pub price: Option<Price>,
    /// True where it writes its report by a tool; else by its answer's form.
    pub by_tool: bool,
}

/// What an investigation begins with.
#[derive(Debug)]
pub struct Setup {
    /// The evidence, masked.
    pub evidence: Evidence,
    /// Title and service.
    pub request: Request,
    /// The embedded engine's report on the same evidence.
    pub embedded: Arc<Report>,
    /// Whether the model sees it.
    pub sees_embedded: bool,
    /// The prompts.
    pub prompts: Prompts,
    /// The ladder, first rung first; at least one.
    pub rungs: Vec<Rung>,
    /// Telemetry tools that it may ask a person for.
    pub telemetry: Vec<OutsideTool>,
    /// Salt for the names of addresses.
    pub salt: [u8; 32],
}

/// Something that arrived.
#[derive(Debug, Clone, PartialEq)]
pub enum Arrival {
    /// A piece of the answer.
    Piece(Piece),
    /// The call failed.
    Failed(Failure),
    /// The person says where to look.
    Steered(String),
    /// A call of a telemetry server ended, or was declined.
    Outside(Box<Outcome>),
    /// Time has passed: a limit may be reached.
    Time,
}

/// What the machine wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// Ask the model of this rung; an answer that is still coming is given up.
    Ask {
        /// Which rung.
        rung: usize,
        /// The call.
        call: Box<Call>,
    },
    /// A person is asked to approve this call of a telemetry server; [`Arrival::Outside`] answers.
    Outside(OutsideCall),
    /// A step was taken.
    Step(Step),
    /// More text of the answer, for whoever watches.
    Says(String),
    /// What has been used so far.
    Used {
        /// Tokens.
        usage: Usage,
        /// US dollars.
        usd: f64,
    },
    /// The report, gates passed; the investigation is over.
    Done(Box<Report>),
    /// It ended without a report: the embedded one stands. One sentence why.
    Ended(String),
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Looking,
    Writing { repairs: u32 },
    Over,
}

/// An investigation that a model leads.
#[derive(Debug)]
pub struct Agent {
    setup: Setup,
    outgoing: Outgoing,
    book: Casebook,
    context: Context,
    messages: Vec<Message>,
    answer: Answer,
    told: usize,
    wishes: Vec<String>,
    rung: usize,
    spent: Spent,
    total: Spent,
    again: u32,
    phase: Phase,
    step: u32,
    cuts: Vec<String>,
    /// Calls of the last answer that are not done yet, with their places in it.
    queue: VecDeque<(usize, ToolCall)>,
    waiting: Option<Waiting>,
    asked_outside: u32,
}

impl Agent {
    /// An investigation that has not begun.
    pub fn new(setup: Setup) -> Self {
        let outgoing = Outgoing::of(&setup.evidence, setup.salt);
        Self {
            outgoing,
            book: Casebook { session: setup.request.session.clone(), ..Casebook::default() },
            context: Context::of_evidence(&setup.evidence),
            messages: Vec::new(),
            answer: Answer::default(),
            told: 0,
            wishes: Vec::new(),
            rung: 0,
            spent: Spent::default(),
            total: Spent::default(),
            again: 0,
            phase: Phase::Looking,
            step: 0,
            cuts: Vec::new(),
            queue: VecDeque::new(),
            waiting: None,
            asked_outside: 0,
            setup,
        }
    }

    /// What was left out of what the model was given, so far.
    pub fn truncations(&self) -> &[String] {
        &self.cuts
    }

    /// The first call, to be shown before anything is sent.
    pub fn first(&mut self) -> Call {
        if self.messages.is_empty() {
            let task = self.task();
            self.messages.push(Message::User { text: task });
        }
        self.call()
    }

    /// Goes on where another investigation of the same evidence was broken off: with its conversation
    /// up to its last call. Tools that fill the casebook are called again where they are needed.
    pub fn resume(&mut self, last: &Call) {
        if !last.messages.is_empty() && !last.tools.is_empty() {
            self.messages.clone_from(&last.messages);
        }
    }

    /// Begins.
    pub fn begin(&mut self, now_ms: u64) -> Vec<Wish> {
        self.spent.since_ms = now_ms;
        self.total.since_ms = now_ms;
        let call = self.first();
        vec![Wish::Ask { rung: self.rung, call: Box::new(call) }]
    }

    /// Takes something in.
    pub fn take(&mut self, arrival: Arrival, now_ms: u64, knowledge: &Knowledge) -> Vec<Wish> {
        let mut out = Vec::new();
        if self.phase == Phase::Over {
            return out;
        }
        match arrival {
            Arrival::Piece(piece) => self.piece(piece, now_ms, knowledge, &mut out),
            Arrival::Failed(failure) => self.failed(&failure, now_ms, &mut out),
            Arrival::Steered(words) => {
                self.push(
                    &mut out,
                    StepKind::Decision,
                    None,
                    "The engineer says where to look",
                    words.clone(),
                    Vec::new(),
                );
                self.wishes.push(words);
            }
            Arrival::Outside(outcome) => self.outside_ended(*outcome, now_ms, knowledge, &mut out),
            // A person's time is not the model's: who waits for approval has a limit of its own.
            Arrival::Time if self.waiting.is_some() => {}
            Arrival::Time => {
                if let Some(why) = self.limits().reached(&self.spent, now_ms) {
                    self.descend(&why, now_ms, &mut out);
                }
            }
        }
        out
    }

    /// When a limit of time is reached, in the caller's milliseconds; none while a person is waited for.
    pub fn deadline_ms(&self) -> Option<u64> {
        self.waiting.is_none().then(|| self.spent.since_ms.saturating_add(self.limits().ms))
    }

    fn rung_now(&self) -> Option<&Rung> {
        self.setup.rungs.get(self.rung)
    }

    fn limits(&self) -> Limits {
        let none = Limits { steps: 0, tokens: 0, ms: 0, usd: 0.0, max_tokens: 1 };
        self.rung_now().map_or(none, |r| r.limits)
    }

    fn piece(&mut self, piece: Piece, now_ms: u64, knowledge: &Knowledge, out: &mut Vec<Wish>) {
        if let Piece::Text { text } | Piece::Reasoning { text } = &piece {
            out.push(Wish::Says(clean(&self.outgoing.back(text)).into_owned()));
        }
        self.answer.take(piece);
        // A long text becomes steps as it comes, cut at line ends: the same wherever the stream was cut.
        while let Some(cut) = self.answer.text.get(self.told..).and_then(thought_end) {
            let end = self.told + cut;
            let part = self.answer.text.get(self.told..end).unwrap_or("").to_owned();
            self.told = end;
            self.think(&part, out);
        }
        if self.answer.end.is_some() {
            self.turn_ended(now_ms, knowledge, out);
        }
    }

    fn think(&mut self, text: &str, out: &mut Vec<Wish>) {
        let text = clean(&self.outgoing.back(text.trim())).into_owned();
        if !text.is_empty() {
            let title = headline(&text);
            self.push(out, StepKind::Thought, None, &title, text, Vec::new());
        }
    }

    fn turn_ended(&mut self, now_ms: u64, knowledge: &Knowledge, out: &mut Vec<Wish>) {
        let answer = std::mem::take(&mut self.answer);
        let rest = answer.text.get(std::mem::take(&mut self.told)..).unwrap_or("").to_owned();
        self.count(answer.usage(), out);
        let stop = answer.end.as_ref().map_or(Stop::Unsaid, |(stop, _, _)| *stop);
        let calls: Vec<ToolCall> = answer.calls.clone();
        let report = calls.iter().find(|c| c.name == WRITE_REPORT).map(|c| draft::read(&c.arguments));
        let by_text = calls.is_empty().then(|| draft::read(&serde_json::Value::String(answer.text.clone())));
        let written = report.or_else(|| by_text.filter(|d| d.is_ok() || matches!(self.phase, Phase::Writing { .. })));
        if !answer.reasoning.trim().is_empty() {
            self.think(&answer.reasoning, out);
        }
        if !matches!(&written, Some(Ok(_))) || !calls.is_empty() {
            self.think(&rest, out);
        }
        self.messages.push(answer.message());
        if stop == Stop::Filtered {
            return self.descend("its provider's filter held the answer back", now_ms, out);
        }
        match written {
            Some(Ok(draft)) => return self.finish(&draft, now_ms, out),
            Some(Err(why)) => {
                let why = if stop == Stop::Length { format!("{why}; it was cut off at the most tokens") } else { why };
                return self.repair(&why, &calls, now_ms, out);
            }
            None => {}
        }
        if calls.is_empty() {
            return match self.limits().reached(&self.spent, now_ms) {
                Some(why) => self.descend(&why, now_ms, out),
                None => self.write("you called no tool", now_ms, out),
            };
        }
        self.queue = calls.into_iter().enumerate().collect();
        self.do_calls(now_ms, knowledge, out);
    }

    /// Asks for the report.
    fn write(&mut self, why: &str, now_ms: u64, out: &mut Vec<Wish>) {
        if !matches!(self.phase, Phase::Writing { .. }) {
            self.phase = Phase::Writing { repairs: 0 };
        }
        let by_tool = self.rung_now().is_some_and(|r| r.by_tool);
        let schema = if by_tool { "(the tool's)".to_owned() } else { report_schema().to_string() };
        let text = self.setup.prompts.fill("finish", &[("why", why), ("schema", &schema)]);
        self.messages.push(Message::User { text });
        self.ask(now_ms, out);
    }

    fn repair(&mut self, why: &str, calls: &[ToolCall], now_ms: u64, out: &mut Vec<Wish>) {
        let Phase::Writing { repairs } = self.phase else {
            self.phase = Phase::Writing { repairs: 0 };
            return self.repair(why, calls, now_ms, out);
        };
        let why = clean(why).into_owned();
        self.push(out, StepKind::Observation, None, "The model's report can't be read", why.clone(), Vec::new());
        if repairs >= REPAIRS {
            return self.descend("its report could not be read, and was not mended in two tries", now_ms, out);
        }
        self.phase = Phase::Writing { repairs: repairs + 1 };
        // Every call wants its answer, whoever made it.
        for call in calls {
            let text = if call.name == WRITE_REPORT { why.clone() } else { "not done: the report comes first".into() };
            self.messages.push(Message::Tool { call: call.id.clone(), name: call.name.clone(), text });
        }
        let text = self.setup.prompts.fill("repair", &[("why", &why)]);
        self.messages.push(Message::User { text });
        self.ask(now_ms, out);
    }

    fn finish(&mut self, draft: &Draft, now_ms: u64, out: &mut Vec<Wish>) {
        let instructions = self.setup.prompts.system();
        let against = Against {
            instructions: &instructions,
            evidence: &self.setup.evidence,
            outgoing: &self.outgoing,
            embedded: &self.setup.embedded,
            context: &self.context,
        };
        let (mut report, found) = accept::accept(draft, &against);
        let text = match found.len() {
            0 => "Every claim of the model's report holds against the evidence.".to_owned(),
            n => format!("{n} things in the model's report do not hold; each is marked where it stands."),
        };
        self.push(out, StepKind::Decision, None, "The gates", text, Vec::new());
        let rung = self.setup.rungs.get(self.rung);
        report.engine.name = rung.map_or_else(|| "model".into(), |r| r.name.clone());
        report.engine.language.clone_from(&self.setup.prompts.language);
        report.engine.model = rung.map(|r| r.model.clone());
        report.engine.prompt_version = Some(format!("{} {}", self.setup.prompts.version, self.setup.prompts.hash()));
        report.engine.ms = now_ms.saturating_sub(self.total.since_ms);
        report.engine.tokens_in = self.total.usage.tokens_in;
        report.engine.tokens_out = self.total.usage.tokens_out;
        report.engine.cost_usd = self.total.usd;
        self.phase = Phase::Over;
        out.push(Wish::Done(Box::new(report)));
    }

    fn failed(&mut self, failure: &Failure, now_ms: u64, out: &mut Vec<Wish>) {
        // What had come of the answer is no answer; what it took is not known and is estimated.
        let partial = std::mem::take(&mut self.answer);
        let begun = !partial.text.is_empty() || !partial.calls.is_empty() || !partial.reasoning.is_empty();
        self.told = 0;
        if begun {
            let bytes = partial.text.len() + partial.reasoning.len();
            let asked = self.messages.iter().map(size).sum::<usize>();
            let usage = Usage {
                tokens_in: asked.div_ceil(4) as u64,
                tokens_out: bytes.div_ceil(4) as u64,
                cached: 0,
                estimated: true,
            };
            self.count(usage, out);
        }
        if begun && failure.kind.passes() && self.again < AGAIN {
            self.again += 1;
            let text = format!("{}. The turn is asked again.", failure.what);
            self.push(out, StepKind::Observation, None, "The answer broke off", text, Vec::new());
            return self.ask(now_ms, out);
        }
        self.descend(&failure.what, now_ms, out);
    }

    /// The next rung, or the end: the embedded report stands.
    fn descend(&mut self, why: &str, now_ms: u64, out: &mut Vec<Wish>) {
        let from = self.rung_now().map_or_else(String::new, |r| r.name.clone());
        let next = self.setup.rungs.get(self.rung + 1).map(|r| r.name.clone());
        let text = match &next {
            Some(next) => format!("{why}. {next} takes over."),
            None => format!("{why}. The embedded report stands."),
        };
        let short = why.strip_prefix(&format!("{from}: ")).unwrap_or(why);
        self.push(out, StepKind::Decision, None, &format!("{from} ends here: {short}"), text, Vec::new());
        match next {
            Some(_) => {
                self.rung += 1;
                self.again = 0;
                self.spent = Spent { since_ms: now_ms, ..Spent::default() };
                self.answer = Answer::default();
                self.queue.clear();
                self.told = 0;
                if matches!(self.phase, Phase::Writing { .. }) {
                    self.phase = Phase::Looking;
                }
                // Another model begins with the same evidence; calls that have no answer would confuse it.
                self.messages.truncate(1);
                self.ask(now_ms, out);
            }
            None => {
                self.phase = Phase::Over;
                out.push(Wish::Ended(why.to_owned()));
            }
        }
    }

    fn ask(&mut self, _now_ms: u64, out: &mut Vec<Wish>) {
        for words in std::mem::take(&mut self.wishes) {
            let words = self.outgoing.out(&words);
            let text = self.setup.prompts.fill("steer", &[("words", &words)]);
            self.messages.push(Message::User { text });
        }
        let call = self.call();
        out.push(Wish::Ask { rung: self.rung, call: Box::new(call) });
    }

    fn count(&mut self, usage: Usage, out: &mut Vec<Wish>) {
        let usd = self.rung_now().and_then(|r| r.price).map_or(0.0, |p| p.of(usage));
        for spent in [&mut self.spent, &mut self.total] {
            spent.steps += 1;
            spent.usage = spent.usage.plus(usage);
            spent.usd += usd;
        }
        out.push(Wish::Used { usage: self.total.usage, usd: self.total.usd });
    }

    fn push(
        &mut self,
        out: &mut Vec<Wish>,
        kind: StepKind,
        tool: Option<&str>,
        title: &str,
        text: String,
        citations: Vec<Citation>,
    ) {
        self.step += 1;
        let title = title.chars().take(160).collect();
        out.push(Wish::Step(Step { no: self.step, kind, tool: tool.map(Into::into), title, text, citations }));
    }
}
