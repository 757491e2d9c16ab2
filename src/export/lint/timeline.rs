//! The timeline of a page: rows in order, a zone, a source for each row, quoted lines of its days. A page
//! without a section of that name has one where rows begin with a time.

use super::check::Finding;
use super::page::{Page, Row};
use crate::analyst::grounding::pattern::{Pattern, group};
use crate::analyst::grounding::statement::Part;

static STAMP: Pattern = Pattern::new(
    r"(?:(\d{4}-\d{2}-\d{2})[T ]?[\s,]*(?:(?:ca|approx)\.? ?|~ ?|around |about |at )?)?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?",
);
static DAY: Pattern = Pattern::new(r"\b(\d{4}-\d{2}-\d{2})\b");
static ZONE: Pattern = Pattern::new(
    r"(?:UTC|GMT|[0-9]Z\b|\b[CEMPW][ED]?S?T\b|\bCEST\b|\bBST\b|\bIST\b|\bJST\b|\bAEST\b|T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?[+-]\d{2}:?\d{2}\b|:\d{2}(?:\.\d+)? ?[+-]\d{4}\b|(?i)zone not (?:stated|known)|证据未说明时区|时区未知|北京时间)",
);
static SOURCE: Pattern = Pattern::new(
    r"(?i)\[[^\]]+\]|https?://|\bL\d+\b|\(#?\w*\d+\w*\)|\b(?:says|reported|according to|alert|alarm|pager|paged|log|graph|dashboard|grafana|slack|ticket|commit|PR|metric)\b",
);

/// One row with its time.
struct Dated<'p, 't> {
    row: &'p Row<'t>,
    /// The day as written in the row.
    date: Option<String>,
    /// The day of a heading above, for a row that writes none.
    under: Option<String>,
    /// Seconds of the day.
    time: u32,
    /// True where a heading is the row: what it tells stands below it.
    opens: bool,
}

impl Dated<'_, '_> {
    fn day(&self) -> Option<&str> {
        self.date.as_deref().or(self.under.as_deref())
    }
}

/// So many rows that begin with a time are a timeline, whatever the section is called.
const SOME: usize = 3;

/// The rows of the timeline: of its section, or, on a page without one, every row that begins with a time.
fn dated<'p, 't>(page: &'p Page<'t>) -> Vec<Dated<'p, 't>> {
    let own: Vec<Dated<'_, '_>> = read(page, |r| r.part == Part::Timeline);
    if !own.is_empty() {
        return own;
    }
    let others = |r: &Row<'_>| {
        !matches!(r.part, Part::Evidence | Part::Trail | Part::Context | Part::ActionItems | Part::FollowUps)
            && STAMP.captures(bare(r.text)).and_then(|c| c.get(0)).is_some_and(|m| m.start() == 0)
    };
    let loose = read(page, others);
    if loose.len() < SOME { Vec::new() } else { loose }
}

fn read<'p, 't>(page: &'p Page<'t>, is_row: impl Fn(&Row<'t>) -> bool) -> Vec<Dated<'p, 't>> {
    let mut under: Option<String> = None;
    let mut out = Vec::new();
    // Where headings are the rows, a time within what stands below one is no row.
    let headed = page.rows.iter().any(|r| is_row(r) && r.text.starts_with('#') && STAMP.is_match(front(r.text)));
    for row in page.rows.iter().filter(|r| is_row(r)) {
        let opens = row.text.starts_with('#');
        let stamp = STAMP.captures(front(row.text)).filter(|_| opens || !headed);
        let Some(c) = stamp else {
            if let Some(day) = DAY.captures(row.text).filter(|_| opens) {
                under = Some(group(&day, 1).to_owned());
            }
            continue;
        };
        let n = |i: usize| group(&c, i).parse::<u32>().unwrap_or(0);
        let date = Some(group(&c, 1).to_owned()).filter(|d| !d.is_empty());
        if opens && date.is_some() {
            under.clone_from(&date);
        }
        let time = n(2) * 3600 + n(3) * 60 + n(4);
        // A long way back under one heading is the next day, and then no day is known.
        let back = out.last().is_some_and(|last: &Dated<'_, '_>| last.time > time + NEW_DAY_S);
        if date.is_none() && back {
            under = None;
        }
        out.push(Dated { row, date, under: under.clone(), time, opens });
    }
    out
}

/// Checks the timeline.
pub fn check(page: &Page<'_>, out: &mut Vec<Finding>) {
    let rows = dated(page);
    let Some(first) = rows.first().map(|r| r.row) else { return };
    order(&rows, out);
    quoted_before(page, &rows, out);
    let said = page.rows.iter().any(|r| {
        ZONE.is_match(r.text) && (r.part == Part::Timeline || is_of(&rows, r) || r.text.to_lowercase().contains("time"))
    });
    if !said {
        out.push(Finding::new(
            first.no,
            "zone-missing",
            "the timeline names no time zone",
            "put the zone into the heading: `Timeline (UTC)`",
        ));
    }
    let without = rows.iter().enumerate().filter(|(n, r)| !sourced(page, r, rows.get(n + 1))).count();
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

fn is_of(rows: &[Dated<'_, '_>], row: &Row<'_>) -> bool {
    rows.binary_search_by_key(&row.no, |r| r.row.no).is_ok()
}

/// A row names where it comes from; below a heading any line may, and quoted lines are a source.
fn sourced(page: &Page<'_>, row: &Dated<'_, '_>, next: Option<&Dated<'_, '_>>) -> bool {
    let below = |r: &&Row<'_>| r.no > row.row.no && next.is_none_or(|n| r.no < n.row.no);
    SOURCE.is_match(row.row.text)
        || row.opens
            && (page.code.iter().any(|r| below(&r))
                || page.rows.iter().filter(below).any(|r| r.part == Part::Timeline && SOURCE.is_match(r.text)))
}

/// A quoted line of a day before the timeline begins: one of the two dates is wrong, or a row is missing.
fn quoted_before(page: &Page<'_>, rows: &[Dated<'_, '_>], out: &mut Vec<Finding>) {
    let Some(begins) = rows.iter().filter_map(|r| r.date.as_deref()).min() else { return };
    let of_day = page
        .code
        .iter()
        .filter(|r| !matches!(r.part, Part::Evidence | Part::Trail | Part::Context))
        .filter_map(|r| DAY.captures(front(r.text)).map(|c| (r.no, group(&c, 1).to_owned())))
        .filter(|(_, day)| day.as_str() < begins);
    let early: Vec<(u32, String)> = of_day.collect();
    if let Some((no, day)) = early.first() {
        let lines =
            if early.len() == 1 { "the quoted line is".into() } else { format!("{} quoted lines are", early.len()) };
        let reason = format!("{lines} dated before the timeline begins: {day}, and {begins}");
        out.push(Finding::new(
            *no,
            "quoted-before-the-timeline",
            reason,
            "correct the date, or begin the timeline there",
        ));
    }
}

/// The rows with a time: line and seconds of the day; where dates are given, of all days. Empty where
/// headings are rows, or only some rows write a day: there no line can be moved by itself.
pub fn stamps(page: &Page<'_>) -> Vec<(u32, (String, u32))> {
    let rows = dated(page);
    let alike =
        rows.iter().all(|r| !r.opens && r.under.is_none() && r.date.is_some() == rows.iter().any(|o| o.date.is_some()));
    let key = |r: &Dated<'_, '_>| (r.row.no, (r.date.clone().unwrap_or_default(), r.time));
    if alike { rows.iter().map(key).collect() } else { Vec::new() }
}

/// True where a row's stamp states its zone.
fn zoned(text: &str) -> bool {
    STAMP.captures(front(text)).is_some_and(|c| !group(&c, 5).is_empty())
}

/// A row without the marks of a list, a table, a heading or bold type before it.
fn bare(text: &str) -> &str {
    text.trim_start_matches(['-', '*', '•', '+', '|', '#', '>', '_', '[', '(', '`', ' '])
}

/// The front of a row, where its time stands.
fn front(text: &str) -> &str {
    let end = text.char_indices().nth(40).map_or(text.len(), |(i, _)| i);
    text.get(..end).unwrap_or(text)
}

/// A step back of more than half a day without dates is a new day.
const NEW_DAY_S: u32 = 12 * 3600;

fn order(rows: &[Dated<'_, '_>], out: &mut Vec<Finding>) {
    for pair in rows.windows(2) {
        let [first, row] = pair else { continue };
        // nor has a time whose zone is stated beside one whose zone is not
        if zoned(first.row.text) != zoned(row.row.text) {
            continue;
        }
        let (a, b) = (first.time, row.time);
        let back = match (first.day(), row.day()) {
            (Some(x), Some(y)) if x == y => b < a,
            (Some(x), Some(y)) => y < x,
            (None, None) => b < a && a - b < NEW_DAY_S,
            // a clock time beside a full date has no order
            _ => false,
        };
        if back {
            out.push(Finding::new(
                row.row.no,
                "timeline-order",
                "the row stands after a later one",
                "put the rows in the order of their times",
            ));
        }
    }
}
