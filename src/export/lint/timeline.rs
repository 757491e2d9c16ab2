//! The timeline of a page: rows in order, a zone, a source for each row.

use super::check::Finding;
use super::page::{Page, Row};
use crate::analyst::grounding::pattern::{Pattern, group};
use crate::analyst::grounding::statement::Part;

static STAMP: Pattern = Pattern::new(
    r"(?:(\d{4}-\d{2}-\d{2})[T ]?\s*)?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?",
);
static ZONE: Pattern = Pattern::new(
    r"(?:UTC|GMT|[0-9]Z\b|\b[CEMPW][ED]?S?T\b|\bCEST\b|\bBST\b|\bIST\b|\bJST\b|\bAEST\b|[+-]\d{2}:?\d{2}\b|(?i)zone not (?:stated|known)|证据未说明时区|时区未知|北京时间)",
);
static SOURCE: Pattern = Pattern::new(
    r"(?i)\[[^\]]+\]|https?://|\bL\d+\b|\(#?\w*\d+\w*\)|\b(?:says|reported|according to|alert|pager|paged|log|graph|dashboard|grafana|slack|ticket|commit|PR|metric)\b",
);

/// Checks the timeline.
pub fn check(page: &Page<'_>, out: &mut Vec<Finding>) {
    let rows: Vec<(&Row<'_>, Option<String>, u32)> = page
        .rows
        .iter()
        .filter(|r| r.part == Part::Timeline && (!r.heading || is_stamp_heading(r)))
        .filter_map(|r| {
            let c = STAMP.captures(front(r.text))?;
            let n = |i: usize| group(&c, i).parse::<u32>().unwrap_or(0);
            let date = Some(group(&c, 1).to_owned()).filter(|d| !d.is_empty());
            Some((r, date, n(2) * 3600 + n(3) * 60 + n(4)))
        })
        .collect();
    let Some((first, _, _)) = rows.first() else { return };
    order(&rows, out);
    let said = page
        .rows
        .iter()
        .any(|r| ZONE.is_match(r.text) && (r.part == Part::Timeline || r.text.to_lowercase().contains("time")));
    if !said {
        out.push(Finding::new(
            first.no,
            "zone-missing",
            "the timeline names no time zone",
            "put the zone into the heading: `Timeline (UTC)`",
        ));
    }
    let without = rows.iter().filter(|(r, _, _)| !SOURCE.is_match(r.text)).count();
    if without > 0 {
        let reason = format!("{without} of {} timeline rows name no source", rows.len());
        out.push(Finding::new(
            first.no,
            "row-without-source",
            reason,
            "name the line, alert, run or person it comes from",
        ));
    }
}

/// The rows with a time: line and seconds of the day; where dates are given, of all days.
pub fn stamps(page: &Page<'_>) -> Vec<(u32, (String, u32))> {
    let row = |r: &Row<'_>| {
        let c = STAMP.captures(front(r.text))?;
        let n = |i: usize| group(&c, i).parse::<u32>().unwrap_or(0);
        Some((r.no, (group(&c, 1).to_owned(), n(2) * 3600 + n(3) * 60 + n(4))))
    };
    page.rows.iter().filter(|r| r.part == Part::Timeline && !r.heading).filter_map(row).collect()
}

/// True where a row's stamp states its zone.
fn zoned(text: &str) -> bool {
    STAMP.captures(front(text)).is_some_and(|c| !group(&c, 5).is_empty())
}

/// The front of a row, where its time stands.
fn front(text: &str) -> &str {
    let end = text.char_indices().nth(40).map_or(text.len(), |(i, _)| i);
    text.get(..end).unwrap_or(text)
}

/// `### 2018-03-26 10:34`: a heading that is a row.
fn is_stamp_heading(row: &Row<'_>) -> bool {
    row.text.starts_with('#') && STAMP.is_match(row.text)
}

/// A step back of more than half a day without dates is a new day.
const NEW_DAY_S: u32 = 12 * 3600;

fn order(rows: &[(&Row<'_>, Option<String>, u32)], out: &mut Vec<Finding>) {
    for pair in rows.windows(2) {
        let [(first, date_a, a), (row, date_b, b)] = pair else { continue };
        // nor has a time whose zone is stated beside one whose zone is not
        if zoned(first.text) != zoned(row.text) {
            continue;
        }
        let back = match (date_a, date_b) {
            (Some(x), Some(y)) if x == y => b < a,
            (Some(x), Some(y)) => y < x,
            (None, None) => b < a && a - b < NEW_DAY_S,
            // a clock time beside a full date has no order
            _ => false,
        };
        if back {
            out.push(Finding::new(
                row.no,
                "timeline-order",
                "the row stands after a later one",
                "put the rows in the order of their times",
            ));
        }
    }
}
