//! Days and zones as people write them: `9 March 2023`, `March 9th, 2023`, `19.01.2024`, `(CEST)`,
//! `all times UTC`. What is not written is not supplied: `Pacific` alone is no offset.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use chrono::{Datelike, NaiveDate};
use regex::Regex;

type Pattern = LazyLock<Option<Regex>>;

fn pattern(text: &str) -> Option<Regex> {
    crate::domain::pattern::compile(text).ok()
}

static ISO: Pattern = LazyLock::new(|| pattern(r"\b(\d{4})-(\d\d)-(\d\d)\b"));
static DOTTED: Pattern = LazyLock::new(|| pattern(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b"));
static DAY_FIRST: Pattern = LazyLock::new(|| {
    pattern(
        r"(?i)\b(\d{1,2})(?:st|nd|rd|th)?(?: of)? (jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?,? (\d{4})\b",
    )
});
static MONTH_FIRST: Pattern = LazyLock::new(|| {
    pattern(
        r"(?i)\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})\b",
    )
});

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

fn month(name: &str) -> Option<u32> {
    let name = name.to_ascii_lowercase();
    (1..).zip(MONTHS).find(|(_, m)| name == *m).map(|(n, _)| n)
}

/// The first day that a text states, with its place.
pub fn day_in(text: &str) -> Option<(NaiveDate, Range<usize>)> {
    let found = |r: &Pattern, order: [usize; 3]| {
        let c = r.as_ref()?.captures(text)?;
        let [y, m, d] = order.map(|i| c.get(i).map(|m| m.as_str()));
        let month = m?.parse().ok().or_else(|| month(m?))?;
        let day = NaiveDate::from_ymd_opt(y?.parse().ok()?, month, d?.parse().ok()?)?;
        Some((day, c.get(0)?.range()))
    };
    [found(&ISO, [1, 2, 3]), found(&DOTTED, [3, 2, 1]), found(&DAY_FIRST, [3, 2, 1]), found(&MONTH_FIRST, [3, 1, 2])]
        .into_iter()
        .flatten()
        .min_by_key(|(_, at)| at.start)
}

static WITHOUT_YEAR: Pattern = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:(\d{1,2})(?:st|nd|rd|th)?(?: of)? (jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6} (\d{1,2})(?:st|nd|rd|th)?)\b",
    )
});

/// The day that a sentence states without its year, in the year that the writer told of before.
pub fn day_of_year_in(text: &str, near: NaiveDate) -> Option<NaiveDate> {
    let c = WITHOUT_YEAR.as_ref()?.captures(text)?;
    let (day, name) = (c.get(1).or_else(|| c.get(4))?, c.get(2).or_else(|| c.get(3))?);
    let (day, month) = (day.as_str().parse().ok()?, month(name.as_str())?);
    let of = |year| NaiveDate::from_ymd_opt(year, month, day);
    // around New Year the nearest day is meant
    [near.year() - 1, near.year(), near.year() + 1]
        .into_iter()
        .filter_map(of)
        .min_by_key(|d| (*d - near).num_days().abs())
}

/// What a zone's name stands for, in hours from UTC, where it means one thing. `Z` stands alone.
const OFFSETS: [(&str, i32); 35] = [
    ("UTC", 0),
    ("GMT", 0),
    ("WET", 0),
    ("CET", 1),
    ("BST", 1),
    ("WEST", 1),
    ("MEZ", 1),
    ("CEST", 2),
    ("EET", 2),
    ("SAST", 2),
    ("MESZ", 2),
    ("EEST", 3),
    ("MSK", 3),
    ("EAT", 3),
    ("SGT", 8),
    ("AWST", 8),
    ("HKT", 8),
    ("PHT", 8),
    ("MYT", 8),
    ("JST", 9),
    ("KST", 9),
    ("AEST", 10),
    ("AEDT", 11),
    ("NZST", 12),
    ("NZDT", 13),
    ("BRT", -3),
    ("ART", -3),
    ("EST", -5),
    ("CDT", -5),
    ("EDT", -4),
    ("CST", -6),
    ("MDT", -6),
    ("MST", -7),
    ("PDT", -7),
    ("PST", -8),
];

/// The offset of a zone's name, in hours from UTC; `None` for a name that means several.
pub fn offset_of(name: &str) -> Option<i32> {
    OFFSETS.iter().find(|(known, _)| *known == name).map(|(_, hours)| *hours).or_else(|| (name == "Z").then_some(0))
}

static STATED: Pattern = LazyLock::new(|| {
    pattern(
        r"\b(?:[Tt]imes?(?: ?zone)?|[Zz]eiten|[Zz]one:)(?:\b|\s)[^.\n]{0,24}?\b([A-Z]{3,4})(?: ?([+-]\d{1,2})(?::00)?)?\b(?:[^\n|]{0,4}\(?UTC ?([+-]\d{1,2})\)?)?",
    )
});
static BRACKETED: Pattern = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:timeline|time|when|zeit|events|chronology|outage|incident)\b[^\n|()]{0,40}\(([A-Z]{3,4})(?: ?([+-]\d{1,2}))?[,) ]",
    )
});
/// A line that ends with a day and a zone: `Deploy notes 2026-07-14 (UTC)`.
static HEADED: Pattern =
    LazyLock::new(|| pattern(r"(?m)^[^\n|()]{0,60}\b\d{4}-\d\d-\d\d,? \(([A-Z]{3,4})(?: ?([+-]\d{1,2}))?\):?\s*$"));

/// The names that [`offset_of`] knows, as they stand in capitals: without one no line states a zone.
static NAMES: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(OFFSETS.map(|(name, _)| name)).ok());

/// The zone that a text states for its times, as an offset in hours: `All times in CEST (UTC+2)`.
pub fn zone_of(text: &str) -> Option<i32> {
    let lines = lines_with_a_zone(text);
    let hours = |m: Option<regex::Match<'_>>| m.and_then(|m| m.as_str().parse::<i32>().ok());
    for r in [&STATED, &BRACKETED, &HEADED] {
        for c in r.iter().flat_map(|r| lines.iter().flat_map(|line| r.captures_iter(line))).take(4) {
            if let Some(offset) = hours(c.get(3)) {
                return Some(offset);
            }
            if let Some(zone) = c.get(1).and_then(|m| offset_of(m.as_str())) {
                return Some(zone + hours(c.get(2)).filter(|_| zone == 0).unwrap_or(0));
            }
        }
    }
    None
}

/// Lines that are looked at for a zone: who states one does so near the top or in a heading.
const MOST_LINES: usize = 2_000;

fn lines_with_a_zone(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = Vec::new();
    let mut end = 0;
    for name in NAMES.iter().flat_map(|names| names.find_iter(text)) {
        if name.start() < end || lines.len() >= MOST_LINES {
            continue;
        }
        let start = text.get(..name.start()).and_then(|t| t.rfind('\n')).map_or(0, |at| at + 1);
        end = text.get(name.end()..).and_then(|t| t.find('\n')).map_or(text.len(), |at| name.end() + at);
        lines.extend(text.get(start..end));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_people_write_it() {
        let day = NaiveDate::from_ymd_opt(2023, 3, 9).unwrap();
        for text in [
            "On Thursday 9 March 2023 the",
            "March 9th, 2023",
            "the 9th of March 2023",
            "09.03.2023 22:10",
            "2023-03-09",
        ] {
            assert_eq!(day_in(text).map(|(d, _)| d), Some(day), "{text}");
        }
        assert_eq!(day_in("version 2023.3"), None);
    }

    #[test]
    fn a_day_without_its_year_is_the_nearest_to_the_day_that_was_told() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        assert_eq!(day_of_year_in("on 31 March at 22:10", day(2022, 4, 1)), Some(day(2022, 3, 31)));
        assert_eq!(day_of_year_in("December 30th, it began", day(2023, 1, 2)), Some(day(2022, 12, 30)));
        assert_eq!(day_of_year_in("may be 12 of them", day(2023, 1, 2)), None);
    }

    #[test]
    fn a_zone_is_the_one_that_is_stated() {
        for (text, zone) in [
            ("All times in CEST (UTC+2)", Some(2)),
            ("All times in AEST (UTC+10).", Some(10)),
            ("All times in UTC+1", Some(1)),
            ("Alle Zeiten MEZ", Some(1)),
            ("Zone: GMT+2", Some(2)),
            ("Timeline of the outage (all times UTC, 17 June 2024)", Some(0)),
            ("### Timeline (CEST)", Some(2)),
            ("Times are in EST.", Some(-5)),
            ("| When (UTC) | What |", Some(0)),
            ("Deploy notes 2026-07-14 (UTC)\n11:58 x", Some(0)),
            ("built on 2026-07-14 (ABC)\n11:58 x", None),
            ("all times Pacific", None),
            ("It took some time and the API was back", None),
        ] {
            assert_eq!(zone_of(text), zone, "{text}");
        }
    }
}
