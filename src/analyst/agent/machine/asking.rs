//! What a model is asked: the first message with the evidence, the call as it stands, and the small
//! readings of an answer's text.

use std::sync::Arc;

use super::{Agent, Phase};
use crate::analyst::agent::call::{AnswerForm, Call, Message, ToolForm};
use crate::analyst::agent::draft::report_schema;
use crate::analyst::agent::{outside, tools};
use crate::domain::showable::clean;
use crate::domain::{Citation, Evidence, SourceId, Span};

/// Evidence that a model is shown at once, in bytes; the rest is read by tools.
const SHOWN: usize = 48 * 1024;
/// Text that becomes a step of its own before the turn ends, in bytes.
const THOUGHT: usize = 4 * 1024;

impl Agent {
    pub(super) fn call(&mut self) -> Call {
        let writing = matches!(self.phase, Phase::Writing { .. });
        let by_tool = self.rung_now().is_none_or(|r| r.by_tool);
        let plain = writing && !by_tool;
        let schema = plain.then(|| AnswerForm { name: "report".into(), schema: report_schema() });
        Call {
            system: self.setup.prompts.system(),
            messages: if plain { flat(&self.messages) } else { self.messages.clone() },
            tools: if plain { Vec::new() } else { self.forms() },
            schema,
            max_tokens: self.limits().max_tokens,
        }
    }

    /// The tools of this investigation: ours, then those of telemetry servers.
    fn forms(&mut self) -> Vec<ToolForm> {
        let mut forms = tools::forms();
        forms.extend(outside::forms(&self.setup.telemetry, &mut self.outgoing));
        forms
    }

    /// What the model is told first: the evidence, numbered, as far as it fits.
    pub(super) fn task(&mut self) -> String {
        let (mut evidence, mut left, mut sources) = (String::new(), Vec::new(), String::new());
        let each = SHOWN / self.outgoing.sources().max(1);
        for (i, source) in self.setup.evidence.sources.iter().enumerate() {
            let count = self.outgoing.count(i);
            let name = clean(&source.name).into_owned();
            sources.push_str(&format!("Source {i}: {name}, {count} lines\n"));
            let mut bytes = 0;
            for no in 1..=count {
                let line = tools::numbered(i, no, self.outgoing.line(i, no).unwrap_or(""));
                bytes += line.len();
                if bytes > each {
                    left.push(format!("source {i}: lines {no} to {count} are not shown"));
                    break;
                }
                evidence.push_str(&line);
            }
        }
        let opinion = self.opinion();
        let truncated = if left.is_empty() {
            "Nothing is left out.".to_owned()
        } else {
            format!("Left out, to be read by tools: {}.", left.join("; "))
        };
        self.cuts.extend(left);
        let sources = self.outgoing.out(&sources);
        let title = self.outgoing.out(&self.setup.request.title.clone());
        let service = self.outgoing.out(&self.setup.request.service.clone().unwrap_or_default());
        let word = |t: &str| if t.is_empty() { "none".to_owned() } else { t.to_owned() };
        let evidence = evidence.trim_end().to_owned();
        self.setup.prompts.fill(
            "task",
            &[
                ("title", &word(&title)),
                ("service", &word(&service)),
                ("sources", sources.trim_end()),
                ("embedded", &opinion),
                ("evidence", &evidence),
                ("truncated", &truncated),
            ],
        )
    }

    fn opinion(&mut self) -> String {
        if !self.setup.sees_embedded {
            return String::new();
        }
        let r = Arc::clone(&self.setup.embedded);
        let mut text = format!("{}\n", r.summary.text);
        for h in r.hypotheses.iter().take(3) {
            text.push_str(&format!("{}. {} (confidence {:.2})\n", h.rank, h.statement, h.confidence));
        }
        let text = self.outgoing.out(&text);
        self.setup.prompts.fill("embedded", &[("opinion", text.trim_end())])
    }
}

/// The conversation as one text, for a model that has to answer in a form and gets no tools.
fn flat(messages: &[Message]) -> Vec<Message> {
    let mut text = String::new();
    for m in messages {
        match m {
            Message::User { text: t } => text.push_str(&format!("{t}\n\n")),
            Message::Model { text: t, calls, .. } => {
                let calls: String =
                    calls.iter().map(|c| format!("[you called {} {}]\n", c.name, c.arguments)).collect();
                text.push_str(&format!("You said: {t}\n{calls}\n"));
            }
            Message::Tool { name, text: t, .. } => text.push_str(&format!("[{name} returned]\n{t}\n\n")),
        }
    }
    vec![Message::User { text: text.trim_end().to_owned() }]
}

/// The first line of a source that says something, for the trail.
pub(super) fn seen(evidence: &Evidence, source: SourceId) -> Option<Citation> {
    let text = &evidence.sources.get(source.0 as usize)?.text;
    let start = text.find(|c: char| !c.is_whitespace())?;
    let end = text.get(start..)?.find('\n').map_or(text.len(), |at| start + at);
    Some(evidence.cite(Span::new(source, start..end)))
}

pub(super) fn size(message: &Message) -> usize {
    match message {
        Message::User { text } | Message::Tool { text, .. } => text.len(),
        Message::Model { text, .. } => text.len(),
    }
}

/// Where a long text may be cut into a step: behind the first line end after [`THOUGHT`] bytes.
pub(super) fn thought_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let after = bytes.get(THOUGHT..)?;
    after.iter().position(|b| *b == b'\n').map(|at| THOUGHT + at + 1)
}

/// The first sentence or line, for a row.
pub(super) fn headline(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    let end = line.find(". ").map_or(line.len(), |at| at + 1);
    let short: String = line.get(..end).unwrap_or(line).chars().take(100).collect();
    if short.len() < line.len() && !short.ends_with('.') { format!("{short}…") } else { short }
}
