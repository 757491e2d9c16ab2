//! What a fix does to the page: whole lines replaced by others. A fix never invents a fact: where one
//! is missing it leaves a gap, where one is doubtful it says so.

use serde::Serialize;

use super::check::Finding;
use super::page::Page;
use crate::analyst::grounding::pattern::{Pattern, group};

/// Lines that give way to others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// The first line that goes, from 1.
    pub line: u32,
    /// How many go; 0 puts the text before the line.
    pub lines: u32,
    /// What stands there instead: whole lines, or nothing.
    pub text: String,
}

static CERTAIN: Pattern = Pattern::new(
    r"(?i)\bwas (triggered|caused) by\b|\bthe root cause (is|was)\b|\bwould have (prevented)\b|\b(the memory leak|the (?:bug|leak|misconfiguration|race condition|regression))\b",
);
static TAG: Pattern =
    Pattern::new(r"(?i)</?(?:ul|ol|li|div|span|script|style|br|p|b|i|table|tr|td|img|a)\b[^>]{0,200}>");
static LEAD: Pattern = Pattern::new(r"^\s*(?:[-*•>]\s+|\d+[.)]\s+)?");

/// Gives every finding that can be mended by itself its edit.
pub fn offer(text: &str, page: &Page<'_>, found: &mut [Finding]) {
    let lines: Vec<&str> = text.lines().collect();
    for f in found.iter_mut() {
        let Some(line) = (f.line as usize).checked_sub(1).and_then(|at| lines.get(at)) else { continue };
        f.edit = match f.rule {
            "zone-missing" => zone(&lines, f.line),
            "timeline-order" => sorted(page, &lines, f.line),
            "duplicate" => Some(Edit { line: f.line, lines: paragraph(&lines, f.line), text: String::new() }),
            "no-owner" => owner(line).map(|text| one(f.line, text)),
            "section-missing" => section(&f.reason, lines.len()),
            "action-without-event" => {
                let at = LEAD.regex().and_then(|r| r.find(line)).map_or(0, |m| m.end());
                let (lead, rest) = line.split_at_checked(at).unwrap_or(("", line));
                Some(one(f.line, format!("{lead}[FILL IN: when, and by whom] {rest}")))
            }
            "hypothesis-as-fact" => doubted(line).map(|text| one(f.line, text)),
            "markup-leak" => escaped(line).map(|text| one(f.line, text)),
            _ => None,
        };
    }
}

fn one(line: u32, text: String) -> Edit {
    Edit { line, lines: 1, text: text + "\n" }
}

/// The heading of the timeline says that the zone is not known: true until somebody says which.
fn zone(lines: &[&str], row: u32) -> Option<Edit> {
    let above = lines.get(..row as usize)?;
    let at =
        above.iter().rposition(|l| l.to_lowercase().trim_start_matches(['#', ' ', '*']).starts_with("timeline"))?;
    let heading = lines.get(at)?;
    (!heading.contains('(')).then(|| one(at as u32 + 1, format!("{} (zone not stated)", heading.trim_end())))
}

/// The row before which this one belongs: it is moved up, so that the times stand in order.
fn sorted(page: &Page<'_>, lines: &[&str], row: u32) -> Option<Edit> {
    let order = super::timeline::stamps(page);
    let at = order.iter().position(|(no, _)| *no == row)?;
    let (_, mine) = order.get(at)?;
    let (to, _) = order.get(..at)?.iter().find(|(_, other)| other > mine)?;
    let moved = lines.get(row as usize - 1)?;
    let between = lines.get(*to as usize - 1..row as usize - 1)?;
    let text = std::iter::once(moved).chain(between).map(|l| format!("{l}\n")).collect();
    Some(Edit { line: *to, lines: row - to + 1, text })
}

/// How many lines the paragraph at a line has, with the empty one behind it.
fn paragraph(lines: &[&str], first: u32) -> u32 {
    let rest = lines.get(first as usize - 1..).unwrap_or_default();
    let listed = rest.first().is_some_and(|l| l.trim_start().starts_with(['-', '*', '|', '•']));
    if listed {
        return 1;
    }
    let end = |l: &&str| l.trim().is_empty() || l.trim_start().starts_with(['#', '-', '*', '|', '•']);
    let body = rest.iter().position(end).unwrap_or(rest.len());
    let empty = usize::from(rest.get(body).is_some_and(|l| l.trim().is_empty()));
    (body + empty) as u32
}

fn owner(line: &str) -> Option<String> {
    if !line.trim_start().starts_with('|') {
        return Some(format!("{} Owner: [FILL IN: owner role].", line.trim_end()));
    }
    // the cell that is empty, or one more is not known: only an empty one is filled
    let at = line
        .char_indices()
        .find(|(i, c)| *c == '|' && line.get(i + 1..).is_some_and(|rest| rest.trim_start().starts_with('|')))?;
    let (head, rest) = line.split_at_checked(at.0 + 1)?;
    Some(format!("{head} [FILL IN: owner role] {}", rest.trim_start()))
}

fn section(reason: &str, lines: usize) -> Option<Edit> {
    let name = reason.split('`').nth(1)?;
    let name = if name.starts_with("Root cause") { "Root cause" } else { name };
    let text = format!("\n## {name}\n\n[FILL IN: {}]\n", name.to_lowercase());
    Some(Edit { line: lines as u32 + 1, lines: 0, text })
}

/// The sentence with its certainty taken back.
fn doubted(line: &str) -> Option<String> {
    let c = CERTAIN.captures(line)?;
    let all = c.get(0)?;
    let said = all.as_str();
    let new = match (c.get(1), c.get(2), c.get(3), c.get(4)) {
        (Some(verb), ..) => format!("was most likely {} by", verb.as_str()),
        (_, Some(_), ..) => format!("{said} most likely"),
        (_, _, Some(_), _) => "might have prevented".to_owned(),
        (.., Some(_)) => said.replacen("the ", "the suspected ", 1).replacen("The ", "The suspected ", 1),
        _ => return None,
    };
    Some(format!("{}{new}{}", line.get(..all.start())?, line.get(all.end()..)?))
}

fn escaped(line: &str) -> Option<String> {
    let escape = |c: &regex::Captures<'_>| group(c, 0).replace('<', "&lt;").replace('>', "&gt;");
    let text = TAG.regex()?.replace_all(line, escape);
    (text != line).then(|| text.into_owned())
}

/// The page with an edit made.
pub fn apply(text: &str, edit: &Edit) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let from = (edit.line as usize).saturating_sub(1).min(lines.len());
    let to = (from + edit.lines as usize).min(lines.len());
    let mut out: String = lines.get(..from).unwrap_or_default().concat();
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    out.push_str(&edit.text);
    out.push_str(&lines.get(to..).unwrap_or_default().concat());
    out
}

/// Rounds of mending at most: one edit may show what stood behind it.
const ROUNDS: usize = 8;

/// The page with every edit made that the lint offers, and how many were.
pub fn mended(text: &str, lint: impl Fn(&str) -> Vec<Finding>) -> (String, usize) {
    let (mut text, mut made) = (text.to_owned(), 0);
    for _ in 0..ROUNDS {
        let mut edits: Vec<Edit> = lint(&text).into_iter().filter_map(|f| f.edit).collect();
        // From the end, so that places before stay where they are; none that touches one already made.
        edits.sort_by_key(|e| std::cmp::Reverse((e.line, e.lines)));
        let mut free = u32::MAX;
        let before = made;
        for edit in edits {
            let at_end = edit.lines == 0;
            if edit.line + edit.lines > free && !(at_end && edit.line >= free) {
                continue;
            }
            text = apply(&text, &edit);
            free = free.min(edit.line);
            made += 1;
        }
        if made == before {
            break;
        }
    }
    (text, made)
}

#[cfg(test)]
mod tests {
    use super::super::lint;
    use super::*;

    const BAD: &str = "# P\n\n## Summary\n\nThe outage was caused by a full disk on one of the hosts in the cluster.\n\n## Timeline\n\n\
        - 09:10 error [L1]\n- 09:05 change [L2]\n- 09:12 page [L3]\n\n## Response\n\nRestarted all hosts.\n\n\
        ## Root cause\n\nThe outage was caused by a full disk on one of the hosts in the cluster.\n\n<b>bold</b>\n\n\
        ## Action items\n\n| action | owner |\n| --- | --- |\n| Alert at 80% for 5 min | |\n- P1: Test it by 12 June\n";

    #[test]
    fn what_can_be_mended_is_mended_and_nothing_is_invented() {
        let (text, made) = mended(BAD, |t| lint(t, None));
        let left: Vec<&str> = lint(&text, None).iter().map(|f| f.rule).filter(|r| *r != "gap").collect();
        assert!(made >= 8, "{made}\n{text}");
        assert!(left.is_empty(), "{left:?}\n{text}");
        assert!(text.contains("- 09:05 change [L2]\n- 09:10 error [L1]\n- 09:12 page"), "{text}");
        assert!(text.contains("## Timeline (zone not stated)") && text.contains("most likely caused by"), "{text}");
        assert!(text.contains("| Alert at 80% for 5 min | [FILL IN: owner role] |"), "{text}");
        assert!(text.contains("[FILL IN: when, and by whom] Restarted"), "{text}");
        assert_eq!(mended(&text, |t| lint(t, None)).1, 0, "a mended page has nothing more to mend");
    }

    #[test]
    fn an_edit_keeps_every_other_line() {
        let edit = |line, lines, text: &str| Edit { line, lines, text: text.into() };
        assert_eq!(apply("a\nb\nc", &edit(2, 1, "x\n")), "a\nx\nc");
        assert_eq!(apply("a\nb", &edit(3, 0, "x\n")), "a\nb\nx\n");
        assert_eq!(apply("", &edit(9, 4, "x\n")), "x\n");
    }
}
