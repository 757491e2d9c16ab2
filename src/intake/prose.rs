//! Timelines that people wrote: Markdown tables, headings with times, bullets that begin with a
//! time, and `Detected: 2024-01-01 10:00`. A day is carried on within one timeline, because its
//! writer does so; a date or zone that nobody stated is never added.

use std::ops::Range;
use std::sync::LazyLock;

use chrono::{FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Timelike, Utc};
use regex::Regex;

use crate::domain::Stamp;

mod calendar;
mod headed;
mod inner;
mod places;

use inner::{before_it, on_the_day_of_the_incident, sentences};

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

/// What a writer has said so far of days, zones and halves of the day.
#[derive(Debug, Default)]
struct Said {
    day: Option<NaiveDate>,
    zone: Option<i32>,
    /// The last time that was given with its half of the day.
    half: Option<NaiveTime>,
    /// A row without a zone was met: a zone that comes later is that row's own.
    without: bool,
}

impl Said {
    /// The time of a row: in the half of the day that the rows before it tell, with the zone that the first
    /// row gave for all.
    fn at(&mut self, time: NaiveTime, own: Option<i32>, half: bool) -> Stamp {
        let mut time = time;
        if half {
            self.half = Some(time);
        } else if let Some(last) = self.half {
            let late = headed::in_half(time, true);
            if time < last && time.hour() < 12 && late >= last {
                time = late;
            }
            self.half = Some(time);
        }
        if self.zone.is_none() {
            match own {
                Some(_) if !self.without => self.zone = own,
                None => self.without = true,
                Some(_) => {}
            }
        }
        stamped(self.day, time, own.or(self.zone))
    }
}

/// The zone that a text states for its times, by its name or by a place's.
fn zone_stated(text: &str) -> Option<i32> {
    calendar::zone_of(text).or_else(|| {
        let top = text.lines().filter(|l| l.len() <= LONGEST_LINE).take(OPENING_FOR_PLACES);
        let mut day = None;
        let mut named = None;
        for (number, line) in top.enumerate() {
            let beside = || ZONED.as_ref()?.captures(line)?.get(1).and_then(|m| calendar::offset_of(m.as_str()));
            if let Some(zone) = (number < OPENING).then(beside).flatten() {
                return Some(zone);
            }
            day = day.or_else(|| calendar::day_in(line).map(|(on, _)| on));
            named = named.or(Some(line).filter(|l| places::names_one(l)));
        }
        places::zone_named(named?, day?)
    })
}

/// A clock and its zone within the opening: `from about 09:00 to 13:20 CEST`.
static ZONED: LazyLock<Option<Regex>> =
    LazyLock::new(|| crate::domain::pattern::compile(r"[a-z,(] ?\d{1,2}:\d\d (UTC|GMT|[A-Z]{2,3}T)\b").ok());

/// Lines at the top in which a place's zone and the day it holds for are looked for.
const OPENING_FOR_PLACES: usize = 12;

/// The rows of every timeline in the text, in the order they stand; updates with their day below them in the
/// order of their times.
pub fn rows(text: &str) -> Vec<Row> {
    let zone = zone_stated(text);
    let mut reader = Reader { text, said: Said { zone, ..Said::default() }, ..Reader::default() };
    let mut start = 0;
    for line in text.split('\n') {
        if line.len() <= LONGEST_LINE {
            reader.line(start, line);
        }
        start += line.len() + 1;
    }
    let mut out = reader.out;
    out.retain(|r| !r.what.is_empty());
    on_the_day_of_the_incident(text, zone, &mut out);
    if reader.updates > 1 {
        out.sort_by_key(|r| r.at.sort_key());
    }
    out
}

/// A longer line is no row that somebody wrote, in bytes.
const LONGEST_LINE: usize = 1200;

/// An update that its last line dates: its time, its lines, their date.
type Update = (Stamp, Range<usize>, Range<usize>);

/// What stands above the line that is read.
#[derive(Default)]
struct Reader<'t> {
    text: &'t str,
    said: Said,
    /// Lines so far that say something.
    lines: usize,
    /// The time that stands above, and its line.
    heading: Option<(Stamp, Range<usize>)>,
    /// A paragraph under a heading goes on from line to line.
    goes_on: bool,
    update: Option<Update>,
    updates: usize,
    out: Vec<Row>,
}

impl Reader<'_> {
    fn line(&mut self, base: usize, line: &str) {
        let lead = line.len() - line.trim_start_matches([' ', '\t', '-', '*', '|', '#', '>', '•']).len();
        let lead = lead + numbered(line.get(lead..).unwrap_or(""));
        let body = line.get(lead..).unwrap_or("");
        if body.trim().is_empty() || body.starts_with("```") {
            return self.pause(base + line.len() + 1, lead == 0 && body.trim().is_empty());
        }
        self.lines += 1;
        let (whole, place) = (base..base + line.len(), base + lead..base + line.len());
        if self.update.is_some() {
            return self.of_update(place);
        }
        let timed = holds_clock(body);
        let is_heading = line.trim_start().starts_with('#');
        if let Some(given) = timed.then(|| headed::author(body)).flatten().filter(|_| lead == 0) {
            self.heading = Some((self.said.at(given.time, None, given.half), trim(self.text, whole)));
            self.goes_on = false;
        } else if let Some((at, end)) = may_lead(body, timed).then(|| leading(body, &mut self.said)).flatten() {
            self.heading = is_heading.then(|| (at, trim(self.text, place.clone())));
            self.goes_on = false;
            self.row(at, place.start + end..place.end, None);
        } else if let Some((at, label)) = holds_date(body).then(|| labelled(body, &mut self.said)).flatten() {
            let what = trim(self.text, place.start + label.start..place.start + label.end);
            self.out.push(Row { at, what, dated: None });
        } else if is_heading {
            self.heading = None;
            self.said.day = calendar::day_in(body).map(|(on, _)| on).or(self.said.day);
        } else if self.heading.is_some() {
            self.below_heading(place, lead == 0);
        } else {
            self.sentences(body, place, timed);
        }
    }

    /// A line that says nothing ends what went on; behind an empty one an update may begin.
    fn pause(&mut self, next: usize, empty: bool) {
        self.goes_on = false;
        self.update = if empty { update_at(self.text, next, &mut self.said) } else { None };
        self.updates += usize::from(self.update.is_some());
    }

    /// A row at a time, and what it tells of earlier times of its day.
    fn row(&mut self, at: Stamp, what: Range<usize>, dated: Option<Range<usize>>) {
        let what = trim(self.text, what);
        if !what.is_empty() {
            before_it(self.text, &what, at, self.said.zone, &mut self.out);
            self.out.push(Row { at, what, dated });
        }
    }

    fn of_update(&mut self, place: Range<usize>) {
        let Some((at, lines, dated)) = self.update.clone() else { return };
        let words = self.text.get(place.clone()).map_or(0, |t| t.split_whitespace().count());
        if place.start < lines.end && words > 3 {
            self.row(at, place, Some(dated));
        }
    }

    /// A line of a paragraph or list below a time: a row of that time, or more of the row before it.
    fn below_heading(&mut self, place: Range<usize>, unmarked: bool) {
        let Some((at, dated)) = self.heading.clone() else { return };
        let text = self.text;
        let what = trim(text, place);
        let begins = |r: &Range<usize>| {
            text.get(r.clone()).is_some_and(|t| t.starts_with(|c: char| c.is_ascii_lowercase() || c == '('))
        };
        // a sentence that the line before left open
        let open = |r: &Row| text.get(r.what.clone()).is_some_and(|t| !t.ends_with(['.', '!', '?', ':', '`']));
        match self.out.last_mut().filter(|r| self.goes_on && unmarked && begins(&what) && open(r)) {
            Some(row) => row.what.end = what.end,
            None => self.row(at, what, Some(dated)),
        }
        self.goes_on = true;
    }

    /// A line of prose that no time stands above.
    fn sentences(&mut self, body: &str, place: Range<usize>, timed: bool) {
        // what a writer says of the day in the opening or in a heading holds for the rows below
        let day = (self.lines <= OPENING).then(|| calendar::day_in(body)).flatten();
        if let Some((on, at)) = day
            && !of_something_else(body.get(..at.start).unwrap_or_default())
        {
            self.said.day = Some(on);
        }
        if timed {
            sentences(self.text, place, self.said.day, self.said.zone, &mut self.out);
        }
    }
}

/// The update that begins here, where the last line of its paragraph dates it: its time, its lines, their date.
fn update_at(text: &str, start: usize, said: &mut Said) -> Option<Update> {
    const LONGEST: usize = 3_000;
    let rest = text.get(start..)?;
    let end = rest.find("\n\n").unwrap_or(rest.len());
    if end > LONGEST || !holds_clock(rest.get(..end)?) {
        return None;
    }
    let (lines, dated) = headed::dated_below(text, start..start + end)?;
    let at = text.get(dated.clone())?;
    let from = at.find(|c: char| c.is_ascii_digit() || c.is_ascii_uppercase())?;
    let words = at.get(from..)?.trim_start_matches("Posted ").trim_start_matches("Updated ");
    let (stamp, _) = leading(words, said)?;
    Some((stamp, lines, dated))
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

/// A time at the beginning of a row, and where what it says begins.
fn leading(body: &str, said: &mut Said) -> Option<(Stamp, usize)> {
    if let Some(c) = DOTTED.as_ref()?.captures(body) {
        said.day = calendar::day_in(body).map(|(on, _)| on);
        return row_at(body, c.get(0)?.end(), time(&c, 1)?, said);
    }
    if let Some(c) = DATED.as_ref()?.captures(body).filter(|c| c.get(0).is_some_and(|m| m.start() == 0)) {
        let number = |i: usize| c.get(i).and_then(|m| m.as_str().parse::<u32>().ok());
        said.day = NaiveDate::from_ymd_opt(number(1)? as i32, number(2)?, number(3)?);
        let time = time(&c, 4)?;
        // a log line's stamp has more to it than a row of people's notes
        let end = c.get(0)?.end();
        let rest = body.get(end..)?;
        if rest.starts_with(['.', ',', '+']) {
            return None;
        }
        // a row of a table of figures is no note
        let (_, _, taken) = suffix(rest, time);
        if rest.get(taken..).is_some_and(|r| r.starts_with(',')) {
            return None;
        }
        return row_at(body, end, time, said);
    }
    if let Some(c) = AUTHORED.as_ref()?.captures(body) {
        return Some((said.at(time(&c, 1)?, None, false), c.get(0)?.end()));
    }
    if let Some(c) = MILITARY.as_ref()?.captures(body) {
        let utc = !c.get(0)?.as_str().to_ascii_lowercase().contains('h');
        return Some((stamped(said.day, time(&c, 1)?, said.zone.or(utc.then_some(0))), c.get(0)?.end()));
    }
    if let Some(given) = headed::worded(body, said.day) {
        said.day = given.day;
        return row_at(body, given.end, given.time, said);
    }
    let c = CLOCK.as_ref()?.captures(body)?;
    let end = c.get(0)?.end();
    let rest = body.get(end..)?;
    if rest.starts_with(['.', ',']) && rest.get(1..2).is_some_and(|d| d.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    row_at(body, end, time(&c, 1)?, said)
}

/// The time of a row whose clock ends there, with its half of the day and its zone, and where it says what.
fn row_at(body: &str, end: usize, time: NaiveTime, said: &mut Said) -> Option<(Stamp, usize)> {
    let rest = body.get(end..)?;
    let (time, own, taken) = suffix(rest, time);
    let half = HALF.as_ref().is_some_and(|r| r.is_match(rest));
    Some((said.at(time, own, half), end + taken))
}

static HALF: LazyLock<Option<Regex>> = LazyLock::new(|| crate::domain::pattern::compile(r"^ ?[AaPp]\.?[Mm]\b").ok());

/// `Incident declared: 2024-09-20 11:30`: the words before the date are what happened.
fn labelled(body: &str, said: &mut Said) -> Option<(Stamp, Range<usize>)> {
    let c = DATED.as_ref()?.captures(body)?;
    let whole = c.get(0)?;
    let label = body.get(..whole.start())?;
    if label.len() > 60 || label.split_whitespace().count() > 6 || label.contains(['{', '"', '=', '[']) {
        return None;
    }
    let number = |i: usize| c.get(i).and_then(|m| m.as_str().parse::<u32>().ok());
    said.day = NaiveDate::from_ymd_opt(number(1)? as i32, number(2)?, number(3)?);
    let (at, _) = row_at(body, whole.end(), time(&c, 4)?, said)?;
    Some((at, 0..whole.start()))
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
