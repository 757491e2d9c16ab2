//! What the page tells as done, against its own timeline; and action items without an owner.

use super::check::Finding;
use super::page::Page;
use crate::analyst::grounding::gap::GAP;
use crate::analyst::grounding::pattern::{Pattern, group};
use crate::analyst::grounding::statement::Part;

static DONE: Pattern = Pattern::new(
    r"(?i)^(?:\W*)(?:we |the team |on-call )?(rolled back|reverted|restarted|rebooted|scaled (?:up|down|out)|increased|decreased|raised|lowered|redeployed|patched|deleted|drained|cordoned|failed over|disabled|enabled|flushed|renewed)\b",
);
static OWNER: Pattern = Pattern::new(
    r"(?i)\bowner\b|@\w+|\b(?:team|sre|on-call|engineer|lead|manager|squad)\b|\bassigned to\b|负责人|团队",
);

/// Verbs that tell of the same action.
const SAME: &[&[&str]] = &[
    &["rolled back", "rollback", "roll back", "reverted", "revert"],
    &["restarted", "restart", "rebooted", "reboot"],
    &["increased", "raised", "increase", "raise", "scaled up"],
    &["decreased", "lowered", "decrease", "lower", "scaled down"],
];

/// Checks the page.
pub fn check(page: &Page<'_>, out: &mut Vec<Finding>) {
    let timeline: Vec<String> = page.of_parts(&[Part::Timeline]).map(|r| r.text.to_lowercase()).collect();
    for row in page.of_parts(&[Part::Response]) {
        let Some(c) = DONE.captures(row.text) else { continue };
        let verb = group(&c, 1).to_lowercase();
        let forms =
            SAME.iter().find(|s| s.contains(&verb.as_str())).map_or_else(|| vec![verb.as_str()], |s| s.to_vec());
        let dated = |t: &&String| forms.iter().any(|f| t.contains(f));
        let event = timeline.iter().find(dated);
        let by_run = row.text.contains("UTC, ") || row.text.to_lowercase().contains("[quoted");
        if !by_run && event.is_none_or(|t| GAP.is_match(t)) {
            let reason = format!("`{}` is told as done, and the timeline has no time for it", group(&c, 1));
            out.push(Finding::new(row.no, "action-without-event", reason, "add the row, or word it as a suggestion"));
        }
    }
    owners(page, out);
}

/// Action items name an owner: in words, or in a column called owner.
fn owners(page: &Page<'_>, out: &mut Vec<Finding>) {
    let mut column: Option<usize> = None;
    for row in page.of_parts(&[Part::ActionItems]) {
        let text = row.text;
        if text.starts_with('|') {
            let cells: Vec<&str> = text.trim_matches('|').split('|').map(str::trim).collect();
            if let Some(at) = cells.iter().position(|c| c.eq_ignore_ascii_case("owner") || *c == "负责人") {
                column = Some(at);
                continue;
            }
            if cells.iter().all(|c| c.chars().all(|c| matches!(c, '-' | ':' | ' '))) {
                continue;
            }
            let empty = column.is_some_and(|at| cells.get(at).is_none_or(|c| c.is_empty()));
            if empty || (column.is_none() && !OWNER.is_match(text)) {
                out.push(no_owner(row.no));
            }
        } else if (text.starts_with(['-', '*', '•']) || text.starts_with(|c: char| c.is_ascii_digit()))
            && !OWNER.is_match(text)
            && !GAP.is_match(text)
        {
            out.push(no_owner(row.no));
        }
    }
}

fn no_owner(line: u32) -> Finding {
    Finding::new(line, "no-owner", "the action item has no owner", "name a person or a role")
}
