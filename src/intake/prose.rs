//! Timelines that people wrote: Markdown tables, headings with times, bullets that begin with a
//! time, and `Detected: 2024-01-01 10:00`. A day is carried on within one timeline, because its
//! writer does so; a date or zone that nobody stated is never added.

use std::ops::Range;
use std::sync::LazyLock;

use chrono::{FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Timelike, Utc};
use regex::Regex;

use crate::domain::Stamp;

mod calendar;

pub use calendar::offset_of;

/// One row of a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The time it states.
    pub at: Stamp,
    /// What it says, in bytes of the text.
    pub what: Range<usize>,
    /// The heading that dates it, where it states no time of its own.
    pub dated: Option<Range<usize>>,
}

static DATED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(\d{4})-(\d\d)-(\d\d)(?:(?: |T| at )+(?:ca\.? |approx\.? |~)?(\d{1,2}):(\d\d)(?::(\d\d))?)?",
    )
    .ok()
});
static DOTTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"^\d{1,2}\.\d{1,2}\.\d{4},? (\d{1,2}):(\d\d)(?::(\d\d))?\b").ok()
});
static CLOCK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"^[\[(]?(?:ca\.? |approx\.? |~)?(\d{1,2}):(\d\d)(?::(\d\d))?\b[\])]?").ok()
});
/// `kai 08:02: logins fail`: somebody's message in a chat.
static AUTHORED: LazyLock<Option<Regex>> =
    LazyLock::new(|| crate::domain::pattern::compile(r"^@?[A-Za-z][\w.-]{1,24} (\d{1,2}):(\d\d)(?::(\d\d))?: ").ok());
/// `1412Z`: hours and minutes as the radio has them.
static MILITARY: LazyLock<Option<Regex>> =
    LazyLock::new(|| crate::domain::pattern::compile(r"^([01]\d|2[0-3])([0-5]\d)(?:Z| ?(?:UTC|[Hh]rs?)\b)").ok());
static SUFFIX: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"^ ?(?:([AaPp])\.?[Mm]\.?\b)?(?: ?\(?(UTC|GMT|Z|[A-Z]{2,3}S?T)\b\)?)?").ok()
});
static INLINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)\b(?:at|by|since|from|until|approx\.?|around|about|ca\.?|\d{4},|then,?) (\d{1,2}):(\d\d)\b",
    )
    .ok()
});

/// What may stand between a time and what it tells of: half of a day, a zone. The clock by that half,
/// the zone, and how many bytes it takes.
fn suffix(rest: &str, time: NaiveTime) -> (NaiveTime, Option<i32>, usize) {
    let Some(c) = SUFFIX.as_ref().and_then(|r| r.captures(rest)) else { return (time, None, 0) };
    let zone = c.get(2).and_then(|m| calendar::offset_of(m.as_str()));
    let half = c.get(1).map(|m| m.as_str().to_ascii_lowercase());
    let hour = match half.as_deref() {
        Some("p") if time.hour() < 12 => time.hour() + 12,
        Some("a") if time.hour() == 12 => 0,
        _ => time.hour(),
    };
    let taken = match (c.get(2), zone) {
        (Some(unknown), None) => unknown.start(),
        _ => c.get(0).map_or(0, |m| m.end()),
    };
    (time.with_hour(hour).unwrap_or(time), zone, taken)
}

/// How many bytes the number of a list's row takes that a time follows: `3. 09:51 – …`.
fn numbered(body: &str) -> usize {
    let digits = body.bytes().take_while(u8::is_ascii_digit).count();
    let rest = body.get(digits..).unwrap_or("");
    let follows = rest.get(2..).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()));
    let marked = rest.starts_with(". ") || rest.starts_with(") ");
    if (1..=2).contains(&digits) && marked && follows { digits + 2 } else { 0 }
}

/// The rows of every timeline in the text, in the order they stand.
pub fn rows(text: &str) -> Vec<Row> {
    let zone = calendar::zone_of(text);
    let mut out: Vec<Row> = Vec::new();
    let mut day: Option<NaiveDate> = None;
    let mut said_lines = 0;
    let mut heading: Option<(Stamp, Range<usize>)> = None;
    // a paragraph under a heading that goes on from line to line
    let mut goes_on = false;
    let mut start = 0;
    for line in text.split('\n') {
        let base = start;
        start += line.len() + 1;
        if line.len() > 1200 {
            continue;
        }
        let lead = line.len() - line.trim_start_matches([' ', '\t', '-', '*', '|', '#', '>', '•']).len();
        let lead = lead + numbered(line.get(lead..).unwrap_or(""));
        let body = line.get(lead..).unwrap_or("");
        if body.trim().is_empty() || body.starts_with("```") {
            goes_on = false;
            continue;
        }
        let timed = holds_clock(body);
        let is_heading = line.trim_start().starts_with('#');
        said_lines += 1;
        let early = said_lines <= OPENING;
        if let Some((at, end)) = may_lead(body, timed).then(|| leading(body, &mut day, zone)).flatten() {
            let said = trim(text, base + lead + end..base + line.len());
            heading = is_heading.then(|| (at, trim(text, base + lead..base + line.len())));
            goes_on = false;
            if !said.is_empty() {
                before_it(text, &said, at, zone, &mut out);
                out.push(Row { at, what: said, dated: None });
            }
        } else if let Some((at, label)) = holds_date(body).then(|| labelled(body, &mut day, zone)).flatten() {
            out.push(Row { at, what: trim(text, base + lead + label.start..base + lead + label.end), dated: None });
        } else if is_heading {
            heading = None;
            day = calendar::day_in(body).map(|(on, _)| on).or(day);
        } else if let Some((at, dated)) = &heading {
            let what = trim(text, base + lead..base + line.len());
            let begins = |t: &str| t.starts_with(|c: char| c.is_ascii_lowercase() || c == '(');
            // a sentence that the line before left open
            let open = |r: &Row| text.get(r.what.clone()).is_some_and(|t| !t.ends_with(['.', '!', '?', ':', '`']));
            match out.last_mut().filter(|r| goes_on && lead == 0 && begins(body) && open(r)) {
                Some(row) => row.what.end = what.end,
                None => {
                    before_it(text, &what, *at, zone, &mut out);
                    out.push(Row { at: *at, what, dated: Some(dated.clone()) });
                }
            }
            goes_on = true;
        } else {
            // what a writer says of the day in the opening or in a heading holds for the rows below
            if let Some((on, at)) = early.then(|| calendar::day_in(body)).flatten()
                && !of_something_else(body.get(..at.start).unwrap_or_default())
            {
                day = Some(on);
            }
            if timed {
                sentences(text, base + lead..base + line.len(), day, zone, &mut out);
            }
        }
    }
    out.retain(|r| !r.what.is_empty());
    on_the_day_of_the_incident(text, zone, &mut out);
    out
}

/// True where two figures stand behind a colon that a figure stands before: without it no clock is told.
fn holds_clock(body: &str) -> bool {
    let digit = |at: usize| body.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    memchr::memchr_iter(b':', body.as_bytes()).any(|at| at > 0 && digit(at - 1) && digit(at + 1) && digit(at + 2))
}

/// True where a month stands between two hyphens: without it no day is told in figures.
fn holds_date(body: &str) -> bool {
    let digit = |at: usize| body.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    memchr::memchr_iter(b'-', body.as_bytes())
        .any(|at| body.as_bytes().get(at + 3) == Some(&b'-') && digit(at + 1) && digit(at + 2))
}

/// True where a time may begin the row: a clock somewhere, or figures at its front.
fn may_lead(body: &str, timed: bool) -> bool {
    timed || body.starts_with(|c: char| c.is_ascii_digit())
}

/// True where the words before a day say that it is the day of something else: `was issued on`, `valid until`.
fn of_something_else(before: &str) -> bool {
    const OTHER: &[&str] = &[
        "issued",
        "expire",
        "valid",
        "due",
        "until",
        "released",
        "created",
        "renewed",
        "founded",
        "built",
        "version",
        "planned",
        "scheduled",
        "last changed",
        "since",
        "dated",
    ];
    let lower = before.to_ascii_lowercase();
    let near: Vec<&str> = lower.split_whitespace().rev().take(3).collect();
    OTHER.iter().any(|word| near.iter().any(|n| n.starts_with(word)))
}

/// The lines at the top in which a writer says of which day he tells.
const OPENING: usize = 4;

/// Sentences that state a time within them: `At 18:05 the rate went up.`
fn sentences(text: &str, part: Range<usize>, day: Option<NaiveDate>, zone: Option<i32>, out: &mut Vec<Row>) {
    let Some(whole) = text.get(part.clone()) else { return };
    let mut from = 0;
    for sentence in whole.split_inclusive(". ") {
        let at = part.start + from..part.start + from + sentence.len();
        from += sentence.len();
        let Some(c) = INLINE.as_ref().and_then(|r| r.captures(sentence)) else { continue };
        // what is announced has not happened
        if sentence.contains(" would be ") || sentence.contains(" will be ") {
            continue;
        }
        let yearless = || calendar::day_of_year_in(sentence, day?);
        let on = calendar::day_in(sentence).map(|(on, _)| on).or_else(yearless).or(day);
        let begins = c.get(0).is_some_and(|m| m.start() == 0);
        let Some(time) = time(&c, 1).filter(|_| on.is_some() || begins) else { continue };
        let rest = c.get(0).and_then(|m| sentence.get(m.end()..)).unwrap_or("");
        let (time, own, _) = suffix(rest, time);
        out.push(Row { at: stamped(on, time, own.or(zone)), what: trim(text, at), dated: None });
    }
}

static EARLIER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"(?i)\b(?:at|since|from|after|began|started) (\d{1,2}):(\d\d)\b").ok()
});

/// A row that tells of an earlier time of the same day: `disk 3 failed at 15:31` noted at 15:58. Its
/// sentence is a row of that time as well. What lies ahead, or is told of a stretch, is none.
fn before_it(text: &str, said: &Range<usize>, at: Stamp, zone: Option<i32>, out: &mut Vec<Row>) {
    let Some(whole) = text.get(said.clone()) else { return };
    let clock = |t: NaiveTime| -> Option<Stamp> {
        match at {
            Stamp::Clock(own) => (t < own).then_some(Stamp::Clock(t)),
            Stamp::Local(own) => (t < own.time()).then(|| Stamp::Local(own.date().and_time(t))),
            Stamp::Exact(own) => {
                let local = own.with_timezone(&FixedOffset::east_opt(zone? * 3600)?).naive_local();
                (t < local.time()).then(|| stamped(Some(local.date()), t, zone))
            }
            Stamp::Yearless(..) => None,
        }
    };
    if !holds_clock(whole) {
        return;
    }
    let mut from = 0;
    for sentence in whole.split_inclusive(". ") {
        let part = said.start + from..said.start + from + sentence.len();
        from += sentence.len();
        let Some(c) = EARLIER.as_ref().and_then(|r| r.captures(sentence)) else { continue };
        let ahead = [" would ", " will ", " until ", " planned ", " scheduled "];
        if ahead.iter().any(|w| sentence.contains(w)) {
            continue;
        }
        if let Some(at) = time(&c, 1).and_then(clock) {
            out.push(Row { at, what: trim(text, part), dated: None });
        }
    }
}

static OF_THE_DAY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?im)(?:^[^\w\n]*|[.;] )(?:incident )?date(?: of (?:the )?(?:incident|event|outage))?[^\w\n:]*:[^\w\n]*",
    )
    .ok()
});

/// Clock times get the day of the incident where the text states it below them.
fn on_the_day_of_the_incident(text: &str, zone: Option<i32>, rows: &mut [Row]) {
    if !rows.iter().any(|r| matches!(r.at, Stamp::Clock(_))) {
        return;
    }
    let Some(end) = OF_THE_DAY.as_ref().and_then(|r| r.find(text)).map(|m| m.end()) else { return };
    let line = text.get(end..).and_then(|t| t.lines().next()).unwrap_or("");
    let Some((day, at)) = calendar::day_in(line) else { return };
    if at.start > 0 {
        return;
    }
    for row in rows {
        if let Stamp::Clock(time) = row.at {
            row.at = stamped(Some(day), time, zone);
        }
    }
}

/// A time at the beginning of a row, and where what it says begins.
fn leading(body: &str, day: &mut Option<NaiveDate>, zone: Option<i32>) -> Option<(Stamp, usize)> {
    if let Some(c) = DOTTED.as_ref()?.captures(body) {
        *day = calendar::day_in(body).map(|(on, _)| on);
        let end = c.get(0)?.end();
        let (time, own, taken) = suffix(body.get(end..)?, time(&c, 1)?);
        return Some((stamped(*day, time, own.or(zone)), end + taken));
    }
    if let Some(c) = DATED.as_ref()?.captures(body).filter(|c| c.get(0).is_some_and(|m| m.start() == 0)) {
        let number = |i: usize| c.get(i).and_then(|m| m.as_str().parse::<u32>().ok());
        *day = NaiveDate::from_ymd_opt(number(1)? as i32, number(2)?, number(3)?);
        let time = time(&c, 4)?;
        // a log line's stamp has more to it than a row of people's notes
        let end = c.get(0)?.end();
        let rest = body.get(end..)?;
        if rest.starts_with(['.', ',', '+']) {
            return None;
        }
        let (time, own, taken) = suffix(rest, time);
        // a row of a table of figures is no note
        if rest.get(taken..).is_some_and(|r| r.starts_with(',')) {
            return None;
        }
        return Some((stamped(*day, time, own.or(zone)), end + taken));
    }
    if let Some(c) = AUTHORED.as_ref()?.captures(body) {
        return Some((stamped(*day, time(&c, 1)?, zone), c.get(0)?.end()));
    }
    if let Some(c) = MILITARY.as_ref()?.captures(body) {
        let utc = !c.get(0)?.as_str().to_ascii_lowercase().contains('h');
        return Some((stamped(*day, time(&c, 1)?, zone.or(utc.then_some(0))), c.get(0)?.end()));
    }
    let c = CLOCK.as_ref()?.captures(body)?;
    let end = c.get(0)?.end();
    let rest = body.get(end..)?;
    if rest.starts_with(['.', ',']) && rest.get(1..2).is_some_and(|d| d.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let (time, own, taken) = suffix(rest, time(&c, 1)?);
    Some((stamped(*day, time, own.or(zone)), end + taken))
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
    fn a_day_and_a_zone_are_read_where_the_writer_put_them() {
        let text = "Outage on 9 March 2023 (all times UTC)\n\n**07:48** - Quota used up\n2:05 PM Raised";
        assert_eq!(
            told(text),
            [("2023-03-09T07:48:00Z".to_owned(), "Quota used up"), ("2023-03-09T14:05:00Z".to_owned(), "Raised")]
        );
        let text = "Post mortem\nOn the 6th of February 2025 at 18:04 UTC we pushed it. By 18:07 UTC half failed.";
        assert_eq!(
            told(text).iter().map(|(at, _)| at.as_str()).collect::<Vec<_>>(),
            ["2025-02-06T18:04:00Z", "2025-02-06T18:07:00Z"]
        );
        let text = "* 11:02 Group scaled to zero\n* 11:26 Set back. Incident date: 2024-08-07.";
        assert_eq!(told(text)[0].0, "2024-08-07T11:02:00");
    }

    #[test]
    fn hours_and_minutes_in_one_are_a_time_with_their_zone() {
        let text =
            "Report of 11 February 2022\n\n1412Z  Feed B taken out\n1419Z  PDU trips\n1800 requests in the queue";
        assert_eq!(
            told(text),
            [("2022-02-11T14:12:00Z".to_owned(), "Feed B taken out"), ("2022-02-11T14:19:00Z".to_owned(), "PDU trips")]
        );
        let text = "Charged twice on 1 April 2022\n\nOn 31 March at 22:10 UTC the second one was started.";
        assert_eq!(told(text)[0].0, "2022-03-31T22:10:00Z");
    }

    #[test]
    fn a_label_before_a_date_says_what_happened() {
        let text =
            "- **Key events**\n  - First detected 2024-03-01 16:03\n  - The host was taken away at 16:00, it went down";
        assert_eq!(told(text)[0], ("2024-03-01T16:03:00".to_owned(), "First detected"));
        assert_eq!(told(text)[1].0, "2024-03-01T16:00:00");
    }
}
