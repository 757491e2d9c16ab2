//! The trail: steps that were taken, with arguments that can be replayed, counts that are right, and
//! a hypothesis that was put to a test.

use super::pattern::{Pattern, group};
use super::statement::{Part, Statement};
use super::{Finding, Known};
use crate::domain::{Level, Report, StepKind};

static LOG_LINES: Pattern = Pattern::new(r"(?i)\b(\d+)\s+(?:log lines|events?|severity events)\b");
static LEVELS: Pattern = Pattern::new(r"(?i)['\x22]?\b(FATAL|ERROR|WARN)\b['\x22]?\s*:\s*(\d+)");
static FIRST_LAST: Pattern =
    Pattern::new(r"(?i)\bfirst:[^()\n]*\((WARN|ERROR|FATAL|INFO)\)[^\n]*\blast:[^()\n]*\((WARN|ERROR|FATAL|INFO)\)");
static MATCHES: Pattern = Pattern::new(r"(?i)\b(\d+)\s+matching line\(?s?\)?\s+for\s+[`'\x22]([^`'\x22]+)");
static SEARCHED: Pattern = Pattern::new(r"(?i)search\w*\(?[^)]*pattern\s*[=:]\s*['\x22]+([^'\x22]+)");

/// Checks the trail of a report.
pub fn of_report(r: &Report, known: &Known<'_>, out: &mut Vec<Finding>) {
    for s in &r.trail {
        let path = format!("trail #{}", s.no);
        if s.kind == StepKind::ToolCall && serde_json::from_str::<serde_json::Value>(&s.text).is_err() {
            out.push(Finding::new(&path, "raw-structure", "the arguments are no JSON, so the call can't be replayed"));
        }
        if s.kind == StepKind::Thought
            && s.text.trim().is_empty()
            && s.citations.is_empty()
            && r.trail.len() > 1
            && s.title.to_lowercase().contains(" will ")
        {
            out.push(Finding::new(&path, "announced-not-done", "a step announces and shows nothing"));
        }
        counts(&path, &format!("{}\n{}", s.title, s.text), known, out);
    }
    untested(r, out);
}

/// The first hypothesis rests on lines or on a check; else nobody tested it.
fn untested(r: &Report, out: &mut Vec<Finding>) {
    let Some(h) = r.hypotheses.first() else { return };
    let rests = h.supporting.iter().any(|c| !c.citations.is_empty());
    if !rests && h.confidence > 0.3 {
        let what = format!("{} was never tested: no line is given for it", h.id);
        out.push(Finding::new("hypotheses[0]", "hypothesis-not-tested", what));
    }
}

/// Checks the trail of a page of prose.
pub fn of_prose(statements: &[Statement<'_>], known: &Known<'_>, out: &mut Vec<Finding>) {
    let trail: Vec<&Statement<'_>> = statements.iter().filter(|s| s.part == Part::Trail).collect();
    for line in trail.chunk_by(|a, b| a.path == b.path) {
        let Some(first) = line.first() else { continue };
        let whole = line.iter().map(|s| s.text.as_str()).collect::<Vec<_>>().join(" ");
        counts(&first.path, &whole, known, out);
    }
    tautology(&trail, out);
    untested_cause(statements, &trail, out);
}

/// Counts of lines and levels, doubled lines counted once and wrapped levels not at all.
fn counts(path: &str, text: &str, known: &Known<'_>, out: &mut Vec<Finding>) {
    let lines = known.facts.len();
    let failing = known.facts.iter().filter(|f| f.line.level.is_some_and(|l| l >= Level::Warn)).count();
    if failing == 0 || lines > 200 || !known.whole {
        return;
    }
    for c in LOG_LINES.all(text) {
        let said: usize = group(&c, 1).parse().unwrap_or(0);
        if said > lines.max(failing) && !known.says(group(&c, 0)) {
            let what =
                format!("`{}`: there are {lines} distinct lines, {failing} of them warnings or worse", group(&c, 0));
            out.push(Finding::new(path, "count-of-lines", what));
        }
    }
    for c in LEVELS.all(text) {
        let level = level(group(&c, 1));
        let real = known.facts.iter().filter(|f| f.line.level == level).count();
        if group(&c, 2).parse::<usize>().is_ok_and(|n| n != real) {
            let what = format!("`{}`: {real} lines state that level themselves", group(&c, 0));
            out.push(Finding::new(path, "count-of-lines", what));
        }
    }
    if let Some(c) = FIRST_LAST.captures(text) {
        let stated: Vec<Level> = known.facts.iter().filter_map(|f| f.line.level).collect();
        let (first, last) = (stated.first().copied(), stated.last().copied());
        if first != level(group(&c, 1)) || last != level(group(&c, 2)) {
            out.push(Finding::new(
                path,
                "level-of-wrapper",
                "the level is the wrapper's, not the one the line itself states",
            ));
        }
    }
    for c in MATCHES.all(text) {
        let word = group(&c, 2).to_lowercase();
        let real = known.facts.iter().filter(|f| known.low(f).contains(&word)).count();
        if group(&c, 1).parse::<usize>().is_ok_and(|n| n > real) {
            let what = format!("`{}`: {real} distinct lines hold it, the rest are the same event again", group(&c, 0));
            out.push(Finding::new(path, "count-of-lines", what));
        }
    }
}

fn level(name: &str) -> Option<Level> {
    match name.to_uppercase().as_str() {
        "FATAL" => Some(Level::Fatal),
        "ERROR" => Some(Level::Error),
        "WARN" => Some(Level::Warn),
        "INFO" => Some(Level::Info),
        _ => None,
    }
}

/// A word that was read out of the text and then looked for in the same text confirms nothing.
fn tautology(trail: &[&Statement<'_>], out: &mut Vec<Finding>) {
    for (i, s) in trail.iter().enumerate() {
        let Some(c) = SEARCHED.captures(&s.text) else { continue };
        let word = group(&c, 1).to_lowercase();
        let read_before = trail.iter().take(i).any(|t| {
            let low = t.text.to_lowercase();
            low.contains(&word) && (low.contains("keyword") || low.contains("signal"))
        });
        if read_before {
            let what = format!(
                "`{word}` was read out of the text and then looked for in the same text: a hit confirms nothing"
            );
            out.push(
                Finding::new(&s.path, "tautology", what)
                    .with_fix("test what else would be true if the hypothesis held"),
            );
        }
    }
}

/// The cause that is concluded was never looked for.
fn untested_cause(statements: &[Statement<'_>], trail: &[&Statement<'_>], out: &mut Vec<Finding>) {
    let cause = statements.iter().find(|s| s.part == Part::RootCause && s.text.split_whitespace().count() <= 12);
    let searched: Vec<String> =
        trail.iter().filter_map(|s| SEARCHED.captures(&s.text).map(|c| group(&c, 1).to_lowercase())).collect();
    let (Some(cause), false) = (cause, searched.is_empty()) else { return };
    let about = super::stems::stems(&cause.text);
    let tested =
        searched.iter().any(|w| super::stems::stems(w).iter().any(|s| about.contains(s) && s.as_str() != "exhau"));
    if !tested {
        let what =
            format!("the cause `{}` was never looked for; the trail searched for {}", cause.text, searched.join(", "));
        out.push(Finding::new(&cause.path, "hypothesis-not-tested", what));
    }
}
