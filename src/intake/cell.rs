//! What the cells of tables and the values of exports hold: a time and a figure, however they are written; and
//! which rows of a table could not be read. What an export doesn't state (a zone, a unit) is not added.

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::domain::Stamp;

/// A time: with zone, without, or a count since 1970 whose digits say of what.
pub fn stamp(text: &str) -> Option<Stamp> {
    let text = text.trim().trim_matches('"');
    if let Ok(t) = DateTime::parse_from_rfc3339(text) {
        return Some(Stamp::Exact(t.to_utc()));
    }
    if let Some(t) = since_1970(text) {
        return Some(Stamp::Exact(t));
    }
    let zone = text.strip_suffix('Z').or_else(|| text.strip_suffix(" UTC")).or_else(|| text.strip_suffix(" GMT"));
    let plain = zone.unwrap_or(text).replace('/', "-").replacen('T', " ", 1);
    if let Some(t) = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(&plain, form).ok())
    {
        return Some(if zone.is_some() { Stamp::Exact(t.and_utc()) } else { Stamp::Local(t) });
    }
    let offset = ["%Y-%m-%d %H:%M:%S%.f %z", "%Y-%m-%d %H:%M:%S%.f%z", "%Y-%m-%d %H:%M%z"];
    if let Some(t) = offset.iter().find_map(|form| DateTime::parse_from_str(&plain, form).ok()) {
        return Some(Stamp::Exact(t.to_utc()));
    }
    text.contains(':').then(|| text.parse().ok()).flatten()
}

/// A count since 1970: of seconds with ten digits, of thousandths, millionths and billionths with three more each.
fn since_1970(text: &str) -> Option<DateTime<Utc>> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if ![10, 13, 16, 19].contains(&whole.len()) || !whole.bytes().chain(part.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let behind = 19 - whole.len();
    let nanos: i64 = format!("{whole}{:0<behind$}", part.get(..behind.min(part.len()))?).parse().ok()?;
    Some(DateTime::from_timestamp_nanos(nanos))
}

/// A figure that can be reckoned with: what stands for none (`NaN`, `inf`) is none.
pub fn figure(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|f: &f64| f.is_finite())
}

/// How long something took, as a bare figure: none where it is below nothing.
pub fn duration(text: &str) -> Option<f64> {
    figure(text).filter(|f| *f >= 0.0)
}

/// Odd rows at a table's end that still count as its own; more of them are another text.
const LAST: usize = 3;

/// Rows that could not be read. One is the table's own where a row that reads follows, or the table ends with it.
#[derive(Debug, Default)]
pub struct Unread {
    pending: usize,
    rows: usize,
}

impl Unread {
    /// A row that can't be read.
    pub fn odd(&mut self) {
        self.pending += 1;
    }

    /// A row that reads: those passed over before it are of the table.
    pub fn fits(&mut self) {
        self.rows += std::mem::take(&mut self.pending);
    }

    /// The table's end.
    pub fn ends(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        self.rows += if pending <= LAST { pending } else { 0 };
    }

    /// How many, at the text's end.
    pub fn count(mut self) -> usize {
        self.ends();
        self.rows
    }
}

/// True for a line that has at least half of the delimiters that a table's rows have.
pub fn is_row(line: &str, delimiter: char, cells: usize) -> bool {
    line.matches(delimiter).count() * 2 >= cells.saturating_sub(1).max(1)
}

/// True for a blank line and for a mark of what was left out (`...`): such a line ends no table.
pub fn says_nothing(line: &str) -> bool {
    !line.contains(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_a_zone_is_no_instant() {
        for text in ["2026-01-01 08:00:00", "2026-01-01T08:00", "2026/01/01 08:00:00.250"] {
            assert!(matches!(stamp(text), Some(Stamp::Local(_))), "{text}");
        }
        for text in ["2026-01-01 08:00:00 UTC", "2026-01-01 08:00:00 +0800", "2026-01-01T08:00Z", "1767225600"] {
            assert!(matches!(stamp(text), Some(Stamp::Exact(_))), "{text}");
        }
        assert!(matches!(stamp("08:00:05"), Some(Stamp::Clock(_))));
        assert_eq!(stamp("cart"), None);
    }

    #[test]
    fn a_count_since_1970_is_read_by_its_digits() {
        let want: Option<Stamp> = "2026-01-01T00:00:00.25Z".parse().ok();
        for text in ["1767225600.25", "1767225600250", "1767225600250000", "1767225600250000000"] {
            assert_eq!(stamp(text), want, "{text}");
        }
    }

    #[test]
    fn what_is_no_figure_is_none() {
        for text in ["NaN", "nan", "inf", "-Infinity", "1e999", "", "1,2"] {
            assert_eq!(figure(text), None, "{text}");
        }
        assert_eq!((figure(" 2.5"), duration("-1"), duration("0")), (Some(2.5), None, Some(0.0)));
    }
}
