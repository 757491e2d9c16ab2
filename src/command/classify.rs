//! The label of a command's text, as others see it.

use serde::Serialize;

use crate::domain::Label;

use super::context::Context;
use super::judge;
use super::lex::lex;
use super::policy::Ruling;
use super::preflight::preflight;

/// What a command does, with the reason and what to mind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Judgment {
    /// What it does.
    pub label: Label,
    /// The reason, one sentence without its full stop.
    pub why: String,
    /// Pre-flight findings.
    pub notes: Vec<String>,
}

/// The label of a text, one or more lines of shell, with the notes that need no evidence.
pub fn classify(text: &str) -> Judgment {
    let verdict = judge::text(text);
    Judgment { label: verdict.label, why: verdict.why, notes: preflight(text, None, &Context::default()) }
}

/// The label of a text alone.
pub fn label(text: &str) -> Label {
    judge::text(text).label
}

/// The label of a text, with the notes that its expectation and the evidence allow.
pub fn examine(text: &str, expect: Option<&str>, known: &Context) -> Judgment {
    let verdict = judge::text(text);
    Judgment { label: verdict.label, why: verdict.why, notes: preflight(text, expect, known) }
}

/// The answer of `hotwash command` for one line, as JSON. A line that begins with `json:` holds the
/// command as a JSON string: the way to give one that has line ends.
/// `ruled` adds what the policies say of it, where there are any.
pub fn json_line(line: &str, ruled: impl Fn(&str, Label) -> Option<Ruling>) -> String {
    #[derive(Serialize)]
    struct Answer<'a> {
        #[serde(flatten)]
        judged: &'a Judgment,
        #[serde(skip_serializing_if = "Option::is_none")]
        policy: Option<Ruling>,
    }
    let text = line.strip_prefix("json:").and_then(|j| serde_json::from_str::<String>(j).ok());
    let text = text.as_deref().unwrap_or(line);
    let judged = classify(text);
    serde_json::to_string(&Answer { judged: &judged, policy: ruled(text, judged.label) }).unwrap_or_default()
}

/// The words of each simple command as bash would pass them, where all of them are literal.
pub fn words(text: &str) -> Option<Vec<Vec<String>>> {
    let script = lex(text);
    let literal = script.odd.is_empty() && script.inner.is_empty();
    let words = script
        .commands
        .into_iter()
        .map(|s| s.words.into_iter().map(|w| w.dynamic.is_none().then_some(w.text)).collect::<Option<Vec<String>>>());
    literal.then(|| words.collect::<Option<Vec<_>>>()).flatten()
}
