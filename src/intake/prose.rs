//! Timelines that people wrote: Markdown tables, headings with times, bullets that begin with a
//! time, and `Detected: 2024-01-01 10:00`. A day is carried on within one timeline, because its
//! writer does so; a date or zone that nobody stated is never added.

use std::ops::Range;
use std::sync::LazyLock;

use chrono::{FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use regex::Regex;

use crate::domain::Stamp;

/// One row of a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The time it states.
    pub at: Stamp,
    /// What it says, in bytes of the text.
    pub what: Range<usize>,
}

static DATED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(\d{4})-(\d\d)-(\d\d)(?:[ T]+(?:ca\.? |approx\.? |~)?(\d{1,2}):(\d\d)(?::(\d\d))?)?",
    )
    .ok()
});
static CLOCK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"^(?:ca\.? |approx\.? |~)?(\d{1,2}):(\d\d)(?::(\d\d))?\b(?: ?(?:UTC|Z|GMT|CET|CEST|[AP]M)\b)?",
    )
    .ok()
});
static INLINE: LazyLock<Option<Regex>> =
    LazyLock::new(|| crate::domain::pattern::compile(r"\b(?:at|approx\.?|around|ca\.?) (\d{1,2}):(\d\d)\b").ok());
static ZONE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)\btimes?\b[^.\n]{0,24}?\b(?:in|are)\s+([A-Z]{3,4})\b(?:[^\n]{0,12}UTC\s*([+-]\d{1,2}))?",
    )
    .ok()
});

/// The zone that the text states for its times, as an offset in hours.
fn stated_zone(text: &str) -> Option<i32> {
    let c = ZONE.as_ref()?.captures(text)?;
    if let Some(offset) = c.get(2).and_then(|m| m.as_str().parse::<i32>().ok()) {
        return Some(offset);
    }
    Some(match c.get(1)?.as_str().to_ascii_uppercase().as_str() {
        "UTC" | "GMT" => 0,
        "CET" | "BST" | "WEST" => 1,
        "CEST" | "EET" => 2,
        "EST" | "CDT" => -5,
        "EDT" => -4,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        _ => return None,
    })
}

/// The rows of every timeline in the text, in the order they stand.
pub fn rows(text: &str) -> Vec<Row> {
    let zone = stated_zone(text);
    let mut out: Vec<Row> = Vec::new();
    let mut day: Option<NaiveDate> = None;
    let mut heading: Option<Stamp> = None;
    let mut start = 0;
    for line in text.split('\n') {
        let base = start;
        start += line.len() + 1;
        if line.len() > 1200 {
            continue;
        }
        let lead = line.len() - line.trim_start_matches([' ', '\t', '-', '*', '|', '#', '>', '•']).len();
        let body = line.get(lead..).unwrap_or("");
        if body.trim().is_empty() {
            continue;
        }
        let is_heading = line.trim_start().starts_with('#');
        if let Some((at, end)) = leading(body, &mut day, zone) {
            let said = trim(text, base + lead + end..base + line.len());
            if is_heading {
                heading = Some(at);
            } else {
                heading = None;
            }
            if !said.is_empty() {
                out.push(Row { at, what: said });
            }
        } else if let Some((at, label)) = labelled(body, &mut day, zone) {
            out.push(Row { at, what: trim(text, base + lead + label.start..base + lead + label.end) });
        } else if is_heading {
            heading = None;
        } else if let Some(at) = heading {
            out.push(Row { at, what: trim(text, base + lead..base + line.len()) });
        } else if let (Some(c), Some(on)) = (INLINE.as_ref().and_then(|r| r.captures(body)), day)
            && let Some(time) = time(&c, 1)
        {
            out.push(Row { at: stamped(Some(on), time, zone), what: trim(text, base + lead..base + line.len()) });
        }
    }
    out.retain(|r| !r.what.is_empty());
    out
}

/// A time at the beginning of a row, and where what it says begins.
fn leading(body: &str, day: &mut Option<NaiveDate>, zone: Option<i32>) -> Option<(Stamp, usize)> {
    if let Some(c) = DATED.as_ref()?.captures(body).filter(|c| c.get(0).is_some_and(|m| m.start() == 0)) {
        let number = |i: usize| c.get(i).and_then(|m| m.as_str().parse::<u32>().ok());
        *day = NaiveDate::from_ymd_opt(number(1)? as i32, number(2)?, number(3)?);
        let time = time(&c, 4)?;
        // a log line's stamp has more to it than a row of people's notes
        let rest = body.get(c.get(0)?.end()..)?;
        if rest.starts_with(['.', ',', 'Z', '+']) {
            return None;
        }
        return Some((stamped(*day, time, zone), c.get(0)?.end()));
    }
    let c = CLOCK.as_ref()?.captures(body)?;
    let end = c.get(0)?.end();
    let rest = body.get(end..)?;
    if rest.starts_with(['.', ',']) && rest.get(1..2).is_some_and(|d| d.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let sorted = c.get(0)?.as_str();
    let utc = sorted.contains("UTC") || sorted.contains("GMT");
    Some((stamped(*day, time(&c, 1)?, if utc { Some(0) } else { zone }), end))
}

/// `Incident declared: 2024-09-20 11:30`: the words before the date are what happened.
fn labelled(body: &str, day: &mut Option<NaiveDate>, zone: Option<i32>) -> Option<(Stamp, Range<usize>)> {
    let c = DATED.as_ref()?.captures(body)?;
    let whole = c.get(0)?;
    let label = body.get(..whole.start())?;
    if label.len() > 60 || label.split_whitespace().count() > 6 || label.contains(['{', '"', '=', '[']) {
        return None;
    }
    let number = |i: usize| c.get(i).and_then(|m| m.as_str().parse::<u32>().ok());
    *day = NaiveDate::from_ymd_opt(number(1)? as i32, number(2)?, number(3)?);
    Some((stamped(*day, time(&c, 4)?, zone), 0..whole.start()))
}

fn time(c: &regex::Captures<'_>, from: usize) -> Option<NaiveTime> {
    let number = |i: usize| c.get(i).and_then(|m| m.as_str().parse::<u32>().ok());
    NaiveTime::from_hms_opt(number(from)?, number(from + 1)?, number(from + 2).unwrap_or(0))
}

fn stamped(day: Option<NaiveDate>, time: NaiveTime, zone: Option<i32>) -> Stamp {
    let Some(day) = day else { return Stamp::Clock(time) };
    let local = NaiveDateTime::new(day, time);
    let Some(offset) = zone.and_then(|h| FixedOffset::east_opt(h * 3600)) else { return Stamp::Local(local) };
    offset.from_local_datetime(&local).single().map_or(Stamp::Local(local), |t| Stamp::Exact(t.with_timezone(&Utc)))
}

fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    let slice = text.get(range.clone()).unwrap_or("");
    let junk = |c: char| c.is_whitespace() || matches!(c, '|' | ':' | '-' | '—' | '–' | '*' | '•');
    let lead = slice.len() - slice.trim_start_matches(junk).len();
    let kept = slice.trim_start_matches(junk).trim_end_matches(junk).len();
    range.start + lead..range.start + lead + kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(String, &str)> {
        rows(text).into_iter().map(|r| (r.at.to_string(), &text[r.what])).collect()
    }

    #[test]
    fn a_table_is_read_in_the_zone_it_states() {
        let text = "All times in CET.\n| Time | Event |\n| --- | --- |\n| 2024-03-01 12:20 | Change applied |";
        assert_eq!(told(text), [("2024-03-01T11:20:00Z".to_owned(), "Change applied")]);
    }

    #[test]
    fn a_day_is_carried_on_and_a_zone_is_not_invented() {
        let text = "### 2024-03-01 23:10\n\nQueue stops.\n\n### 23:40\n\n- Restarted";
        assert_eq!(
            told(text),
            [("2024-03-01T23:10:00".to_owned(), "Queue stops."), ("2024-03-01T23:40:00".to_owned(), "Restarted")]
        );
    }

    #[test]
    fn clock_times_stay_clock_times() {
        let text = "- 09:14 — pager\n- 04:00 UTC — v3 deployed";
        assert_eq!(told(text), [("09:14".to_owned(), "pager"), ("04:00".to_owned(), "v3 deployed")]);
    }

    #[test]
    fn a_label_before_a_date_says_what_happened() {
        let text =
            "- **Key events**\n  - First detected 2024-03-01 16:03\n  - The host was taken away at 16:00, it went down";
        assert_eq!(told(text)[0], ("2024-03-01T16:03:00".to_owned(), "First detected"));
        assert_eq!(told(text)[1].0, "2024-03-01T16:00:00");
    }
}
