//! The tools a model works with: the registry of the embedded analyst as it is, and a few that read
//! the evidence by line. Every result is what may leave the machine.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::ToolForm;
use super::draft::{report_schema, schema};
use super::outgoing::Outgoing;
use crate::analyst::{Casebook, Knowledge, tools};
use crate::domain::{Citation, Evidence};

/// The tool that ends an investigation.
pub const WRITE_REPORT: &str = "write_report";
/// The most lines of one result.
const LINES: usize = 120;
/// The most bytes of one result.
const BYTES: usize = 12 * 1024;

/// Reads lines of a source.
#[derive(Debug, Deserialize, JsonSchema)]
struct ReadLines {
    /// The source's number.
    source: u32,
    /// The first line, from 1.
    from: u32,
    /// The last line.
    to: u32,
}

/// Looks for words in the evidence.
#[derive(Debug, Deserialize, JsonSchema)]
struct FindLines {
    /// The words, as they would stand in a line; upper and lower case are the same.
    text: String,
    /// Only this source.
    #[serde(default)]
    source: Option<u32>,
}

/// Records what was decided.
#[derive(Debug, Deserialize, JsonSchema)]
struct Decide {
    /// `plan`, `keep` or `rule_out`.
    kind: String,
    /// What was decided, in one sentence.
    what: String,
}

/// What a call led to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Result {
    /// One line for the trail.
    pub title: String,
    /// What the model is told, as it may leave.
    pub text: String,
    /// What the trail shows: the same with its values.
    pub shown: String,
    /// The places it rests on.
    pub citations: Vec<Citation>,
    /// A decision for the trail.
    pub decision: Option<String>,
    /// How many lines or bytes were cut away.
    pub cut: Option<String>,
}

/// The tools as a model is told of them.
pub fn forms() -> Vec<ToolForm> {
    let own = [
        ("read_lines", "Reads lines of one source as they stand.", schema::<ReadLines>()),
        ("find_lines", "Finds the lines that hold some words.", schema::<FindLines>()),
        (
            "decide",
            "Records a plan, a hypothesis that is kept, or one that is ruled out, with the reason.",
            schema::<Decide>(),
        ),
        (WRITE_REPORT, "Ends the investigation with the report.", report_schema()),
    ];
    let form = |name: &str, description: &str, arguments: Value| ToolForm {
        name: name.to_owned(),
        description: description.to_owned(),
        arguments,
    };
    let registry = tools::all().map(|t| form(t.name, t.question, json!({"type": "object", "properties": {}})));
    own.into_iter().map(|(n, d, a)| form(n, d, a)).chain(registry).collect()
}

/// Does what a call asks for. A name that is no tool, or arguments that are none, are said so.
pub fn run(
    (name, arguments): (&str, &Value),
    evidence: &Evidence,
    outgoing: &mut Outgoing,
    book: &mut Casebook,
    knowledge: &Knowledge,
) -> Result {
    match name {
        "read_lines" => parsed(arguments, |a: ReadLines| read_lines(&a, outgoing)),
        "find_lines" => parsed(arguments, |a: FindLines| find_lines(&a, outgoing)),
        "decide" => parsed(arguments, |a: Decide| {
            let what = outgoing.back(&a.what);
            Result { title: a.kind, text: "noted".into(), decision: Some(what), ..Result::default() }
        }),
        _ => registry(name, evidence, outgoing, book, knowledge),
    }
    .shown_by(outgoing)
}

impl Result {
    fn said(text: String) -> Self {
        Self { title: text.clone(), text, ..Self::default() }
    }

    fn shown_by(mut self, outgoing: &Outgoing) -> Self {
        self.shown = outgoing.back(&self.text);
        self.title = outgoing.back(&self.title);
        self
    }
}

fn parsed<T: for<'d> Deserialize<'d>>(arguments: &Value, does: impl FnOnce(T) -> Result) -> Result {
    match serde_json::from_value::<T>(arguments.clone()) {
        Ok(arguments) => does(arguments),
        Err(e) => Result::said(format!("these arguments can't be read: {e}")),
    }
}

fn registry(
    name: &str,
    evidence: &Evidence,
    outgoing: &mut Outgoing,
    book: &mut Casebook,
    knowledge: &Knowledge,
) -> Result {
    let Some(tool) = tools::all().find(|t| t.name == name) else {
        return Result::said(format!("there is no tool `{}`", name.chars().take(60).collect::<String>()));
    };
    if !(tool.applies)(evidence, book) {
        return Result::said("nothing in the evidence is of the sort that this tool reads".into());
    }
    let seen = (tool.run)(evidence, book, knowledge);
    let (text, cut) = shortened(&seen.text);
    let places: String = seen
        .citations
        .iter()
        .take(12)
        .map(|c| format!("\n{}:{}| {}", c.source.0, c.line, c.quote.chars().take(300).collect::<String>()))
        .collect();
    let text = outgoing.out(&format!("{}\n{text}{places}", seen.title));
    Result { title: seen.title, text, citations: seen.citations, cut, ..Result::default() }
}

/// Lines of a source, as [`ReadLines`] asks for them.
pub(super) fn read(source: u32, from: u32, to: u32, outgoing: &Outgoing) -> Result {
    read_lines(&ReadLines { source, from, to }, outgoing).shown_by(outgoing)
}

fn read_lines(a: &ReadLines, outgoing: &Outgoing) -> Result {
    let source = a.source as usize;
    let count = outgoing.count(source);
    if source >= outgoing.sources() {
        return Result::said(format!("there is no source {}; they count from 0", a.source));
    }
    let (from, to) = (a.from.max(1) as usize, (a.to as usize).min(count));
    let most = to.min(from.saturating_add(LINES - 1));
    let text: String = (from..=most).filter_map(|no| Some(numbered(source, no, outgoing.line(source, no)?))).collect();
    let (text, cut) = shortened(&text);
    let cut = cut.or_else(|| (most < to).then(|| format!("{} lines are left out", to - most)));
    let title = format!("lines {from} to {most} of source {source}, which has {count}");
    let text = if text.is_empty() { format!("source {source} has {count} lines") } else { text };
    Result { title, text, cut, ..Result::default() }
}

fn find_lines(a: &FindLines, outgoing: &Outgoing) -> Result {
    let wanted = a.text.trim().to_lowercase();
    if wanted.is_empty() {
        return Result::said("no words were given".into());
    }
    let (mut text, mut found) = (String::new(), 0usize);
    for source in (0..outgoing.sources()).filter(|s| a.source.is_none_or(|w| w as usize == *s)) {
        for no in 1..=outgoing.count(source) {
            let Some(line) = outgoing.line(source, no).filter(|l| l.to_lowercase().contains(&wanted)) else { continue };
            found += 1;
            if found <= LINES / 2 {
                text.push_str(&numbered(source, no, line));
            }
        }
    }
    let (text, cut) = shortened(&text);
    let cut = cut.or_else(|| (found > LINES / 2).then(|| format!("{} lines are left out", found - LINES / 2)));
    let word = if found == 1 { "line holds" } else { "lines hold" };
    let title = format!("{found} {word} “{}”", a.text.chars().take(60).collect::<String>());
    let text = if found == 0 { title.clone() } else { text };
    Result { title, text, cut, ..Result::default() }
}

/// A line as a model is shown it.
pub fn numbered(source: usize, no: usize, line: &str) -> String {
    format!("{source}:{no}| {}\n", line.chars().take(2_000).collect::<String>())
}

fn shortened(text: &str) -> (String, Option<String>) {
    if text.len() <= BYTES {
        return (text.to_owned(), None);
    }
    let cut = (0..=BYTES).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let cut = text.get(..cut).and_then(|t| t.rfind('\n')).unwrap_or(cut);
    let left = text.len() - cut;
    let mut kept = text.get(..cut).unwrap_or("").to_owned();
    kept.push_str(&format!("\n… {left} bytes are left out"));
    (kept, Some(format!("{left} bytes are left out")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_has_a_name_that_all_providers_take_and_an_object_as_arguments() {
        let forms = forms();
        let mut names: Vec<&str> = forms.iter().map(|f| f.name.as_str()).collect();
        for f in &forms {
            assert!(
                f.name.len() <= 64 && f.name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)),
                "{}",
                f.name
            );
            assert_eq!(f.arguments["type"], "object", "{}", f.name);
            assert!(!f.description.is_empty());
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), forms.len());
    }
}
