//! What stands at the front of a row that somebody wrote: a time in any of the ways people write one, or a
//! label and a date. It reads one line with what was said above it, and decides nothing of other lines.

use std::ops::Range;
use std::sync::LazyLock;

use chrono::{NaiveDate, NaiveTime};
use regex::Regex;

use crate::domain::Stamp;

use super::zone::{Own, Suffix, Zone, suffix};
use super::{Said, calendar, headed, stamped};

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
/// A time at the beginning of a row, and where what it says begins.
pub(super) fn leading(body: &str, said: &mut Said) -> Option<(Stamp, usize)> {
    let begins = |with: fn(u8) -> bool| body.bytes().next().is_some_and(with);
    let figure = begins(|b| b.is_ascii_digit());
    if let Some(c) = figure.then(|| DOTTED.as_ref()?.captures(body)).flatten() {
        said.day = calendar::day_in(body).map(|(on, _)| on);
        return row_at(body, c.get(0)?.end(), time(&c, 1)?, false, said);
    }
    let dated = || DATED.as_ref()?.captures(body).filter(|c| c.get(0).is_some_and(|m| m.start() == 0));
    if let Some(c) = (figure && body.as_bytes().get(4) == Some(&b'-')).then(dated).flatten() {
        return led_by_date(body, &c, said);
    }
    let authored = || AUTHORED.as_ref()?.captures(body);
    if let Some(c) = begins(|b| b == b'@' || b.is_ascii_alphabetic()).then(authored).flatten() {
        let found = Suffix { time: time(&c, 1)?, half: false, own: Own::Unstated, taken: 0 };
        return Some((said.at(&found, false), c.get(0)?.end()));
    }
    if let Some(c) = figure.then(|| MILITARY.as_ref()?.captures(body)).flatten() {
        let utc = !c.get(0)?.as_str().to_ascii_lowercase().contains('h');
        let zone = said.zone.or(utc.then_some(Zone::Fixed(0)));
        return Some((stamped(said.day, time(&c, 1)?, zone), c.get(0)?.end()));
    }
    if let Some(given) = headed::worded(body, said.day) {
        said.day = given.day;
        return row_at(body, given.end, given.time, false, said);
    }
    let c = CLOCK.as_ref()?.captures(body)?;
    let end = c.get(0)?.end();
    let rest = body.get(end..)?;
    if rest.starts_with(['.', ',']) && rest.get(1..2).is_some_and(|d| d.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    // `09:40` is written by who goes by twenty-four hours
    let of_twelve = !c.get(1)?.as_str().starts_with('0');
    row_at(body, end, time(&c, 1)?, of_twelve, said)
}

/// A row that a date in figures begins. A date without a time holds for the rows below, where it is not that
/// of something else: `2022-11-30 certificate issued`.
fn led_by_date(body: &str, c: &regex::Captures<'_>, said: &mut Said) -> Option<(Stamp, usize)> {
    let day = date(c);
    // a log line's stamp has more to it than a row of people's notes
    let end = c.get(0)?.end();
    let rest = body.get(end..)?;
    let Some(time) = time(c, 4) else {
        if !is_of_something_else(rest) {
            said.day = day;
        }
        return None;
    };
    said.day = day;
    if rest.starts_with(['.', ',', '+']) {
        return None;
    }
    // a row of a table of figures is no note
    if rest.get(suffix(rest, time).taken..).is_some_and(|r| r.starts_with(',')) {
        return None;
    }
    row_at(body, end, time, false, said)
}

/// The time of a row whose clock ends there, with its half of the day and its zone, and where it says what.
fn row_at(body: &str, end: usize, time: NaiveTime, of_twelve: bool, said: &mut Said) -> Option<(Stamp, usize)> {
    let found = suffix(body.get(end..)?, time);
    Some((said.at(&found, of_twelve), end + found.taken))
}

/// `Incident declared: 2024-09-20 11:30`: the words before the date are what happened. A date without a time
/// holds for the rows below where its label says that it is the incident's.
pub(super) fn labelled(body: &str, said: &mut Said) -> Option<(Stamp, Range<usize>)> {
    let c = DATED.as_ref()?.captures(body)?;
    let whole = c.get(0)?;
    let label = body.get(..whole.start())?;
    if label.len() > 60 || label.split_whitespace().count() > 6 || label.contains(['{', '"', '=', '[']) {
        return None;
    }
    let Some(time) = time(&c, 4) else {
        if is_of_the_incident(label) {
            said.day = date(&c);
        }
        return None;
    };
    said.day = date(&c);
    let (at, _) = row_at(body, whole.end(), time, false, said)?;
    Some((at, 0..whole.start()))
}

/// `Incident date:`, `Day:`, `Timeline of`: a label whose date is the day that is told of.
fn is_of_the_incident(label: &str) -> bool {
    const OF_IT: [&str; 8] = ["date", "incident", "outage", "timeline", "when", "on", "of", "began"];
    let lower = label.to_ascii_lowercase();
    let last = lower.split(|c: char| !c.is_alphanumeric()).rfind(|w| !w.is_empty());
    last.is_some_and(|w| OF_IT.contains(&w) || w.ends_with("day")) && !of_something_else(label)
}

pub(super) fn time(c: &regex::Captures<'_>, from: usize) -> Option<NaiveTime> {
    let number = |i: usize| c.get(i).and_then(|m| m.as_str().parse::<u32>().ok());
    NaiveTime::from_hms_opt(number(from)?, number(from + 1)?, number(from + 2).unwrap_or(0))
}

fn date(c: &regex::Captures<'_>) -> Option<NaiveDate> {
    let number = |i: usize| c.get(i).and_then(|m| m.as_str().parse::<u32>().ok());
    NaiveDate::from_ymd_opt(i32::try_from(number(1)?).ok()?, number(2)?, number(3)?)
}

/// True where the words before a day say that it is the day of something else: `was issued on`, `valid until`.
pub(super) fn of_something_else(before: &str) -> bool {
    tells_of_another(before.split_whitespace().rev())
}

/// True where the words behind a day say so: `2022-11-30 certificate issued`.
pub(super) fn is_of_something_else(behind: &str) -> bool {
    tells_of_another(behind.split_whitespace())
}

fn tells_of_another<'w>(words: impl Iterator<Item = &'w str>) -> bool {
    const OTHER: [&str; 19] = [
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
        "changed",
        "since",
        "dated",
        "publi",
        "updated",
        "written",
    ];
    words.take(3).any(|w| OTHER.iter().any(|other| w.to_ascii_lowercase().starts_with(other)))
}
