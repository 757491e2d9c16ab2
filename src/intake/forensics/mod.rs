//! What intake notices about a source: doubled lines, wrapped levels, stamps that allow no order,
//! zones, gaps, cuts. Each notice is one sentence with a count. Nothing is repaired here.

mod cuts;
mod duplicates;
mod order;
mod orders;
mod zones;

pub use orders::gives_order;
pub(super) use orders::notices as orders;

use std::ops::Range;

use crate::domain::{Line, Notice, NoticeKind, Section, counted};

use super::lines::is_log;
use super::logline::Head;

/// One source as it stands before its notices are made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exhibit<'a> {
    pub text: &'a str,
    pub heads: &'a [Head],
    pub sections: &'a [Section],
}

/// Marks doubled lines and says what was noticed of all but [`orders()`].
pub(super) fn notices(exhibit: Exhibit<'_>, lines: &mut [Line]) -> Vec<Notice> {
    let mut found = Vec::new();
    if lines.is_empty() {
        return found;
    }
    let sections = exhibit.sections.len();
    let parts = if sections > 1 { format!(" in {sections} sections") } else { String::new() };
    found.push(notice(NoticeKind::Lines, lines.len(), format!("{}{parts}.", counted(lines.len(), "line"))));
    let doubled = duplicates::mark(exhibit, lines);
    found.extend(order::span(exhibit, lines));
    found.extend(doubled);
    found.extend(duplicates::nested(exhibit, lines));
    found.extend(order::equal(exhibit, lines));
    found.extend(zones::notices(exhibit, lines));
    found.extend(order::walk(exhibit, lines));
    found.extend(cuts::notices(exhibit, lines));
    found
}

impl Exhibit<'_> {
    /// The line ranges of the sections that are logs.
    pub(super) fn logs(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.sections.iter().filter(|s| is_log(s.kind)).map(|s| s.lines.clone())
    }

    /// The message of a line.
    fn message(&self, index: usize, line: &Line) -> &str {
        let end = self.heads.get(index).map_or(line.end, |h| h.message_end(line));
        self.text.get(line.message..end).unwrap_or("").trim()
    }
}

fn notice(kind: NoticeKind, count: usize, what: String) -> Notice {
    Notice { kind, what, count: count.max(1) as u64 }
}

/// A length of time in words: `450 ms`, `12 s`, `5 min`, `3 h 20 min`, `2 d`.
fn lasting(seconds: f64) -> String {
    if seconds < 1.0 {
        return format!("{} ms", (seconds * 1000.0).round());
    }
    let whole = seconds.round() as u64;
    let (d, h, m, s) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60, whole % 60);
    let parts = [(d, "d"), (h, "h"), (m, "min"), (s, "s")];
    let named: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).take(2).map(|(n, u)| format!("{n} {u}")).collect();
    named.join(" ")
}
