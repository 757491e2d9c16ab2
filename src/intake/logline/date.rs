//! Stamps of every form that logs use, tried at one place of a line.
//!
//! A date is never invented: without a zone the stamp is local, without a year it has none, and a
//! date that may be read two ways (`03/04/2026`) leaves the time of day alone.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};

use crate::domain::{MonthDay, Stamp};

use super::clock::{Zone, digits, packed_time, run, short, time, zone};

/// A stamp in a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// What it states.
    pub stamp: Stamp,
    /// What it says of its zone.
    pub zone: Zone,
    /// One past its last byte.
    pub end: usize,
}

/// A day as far as it is stated.
#[derive(Debug, Clone, Copy)]
enum Day {
    Full(NaiveDate),
    Yearless(MonthDay),
    Unclear,
}

/// The stamp that begins at byte `at` of `line`.
pub(super) fn stamp_at(line: &str, at: usize) -> Option<Found> {
    let b = line.as_bytes();
    let first = *b.get(at)?;
    if first.is_ascii_digit() {
        return dated(b, at).or_else(|| epoch(b, at)).or_else(|| clock_only(b, at));
    }
    if first.is_ascii_uppercase() {
        return named_month(b, at);
    }
    None
}

fn byte(b: &[u8], at: usize) -> u8 {
    b.get(at).copied().unwrap_or(0)
}

fn found(day: Day, time: NaiveTime, zone: Zone, end: usize) -> Found {
    let stamp = match (day, zone) {
        (Day::Full(date), Zone::Offset(minutes)) => {
            let local = NaiveDateTime::new(date, time);
            let utc = local.checked_sub_signed(Duration::minutes(minutes.into())).unwrap_or(local);
            Stamp::Exact(utc.and_utc())
        }
        (Day::Full(date), _) => Stamp::Local(NaiveDateTime::new(date, time)),
        (Day::Yearless(day), _) => Stamp::Yearless(day, time),
        (Day::Unclear, _) => Stamp::Clock(time),
    };
    Found { stamp, zone, end }
}

/// A date that begins with digits, then its time.
fn dated(b: &[u8], at: usize) -> Option<Found> {
    let (day, end, packed) = numeric_date(b, at)?;
    let gap = match byte(b, end) {
        b'T' | b't' | b'_' | b':' | b'-' | b',' | b' ' => {
            1 + usize::from(byte(b, end) != b'T' && byte(b, end + 1) == b' ')
        }
        _ => return None,
    };
    let start = end + gap;
    let (time, end) = time(b, start).or_else(|| packed.then(|| packed_time(b, start)).flatten())?;
    let (zone, end) = zone(b, end);
    (!byte(b, end).is_ascii_alphanumeric()).then(|| found(day, time, zone, end))
}

/// A date in digits (or with a month's name in its middle), one past it, and whether a time without
/// colons may follow.
fn numeric_date(b: &[u8], at: usize) -> Option<(Day, usize, bool)> {
    let n = run(b, at);
    let sep = byte(b, at + n);
    match (n, sep) {
        (4, b'-' | b'/' | b'.') => {
            let (month, end) = short(b, at + 5)?;
            (byte(b, end) == sep).then_some(())?;
            let (day, end) = short(b, end + 1)?;
            Some((full(digits(b, at, 4)?, month, day)?, end, sep == b'-'))
        }
        (8, b'T' | b'-' | b' ' | b'_') => {
            let date = full(digits(b, at, 4)?, digits(b, at + 4, 2)?, digits(b, at + 6, 2)?)?;
            Some((date, at + 8, true))
        }
        (6, b' ') => {
            let date = full(2000 + digits(b, at, 2)?, digits(b, at + 2, 2)?, digits(b, at + 4, 2)?)?;
            Some((date, at + 6, true))
        }
        (1..=2, b'/' | b'-' | b' ' | b'.') => short_date(b, at, n, sep),
        _ => None,
    }
}

/// `20/Jul/2009`, `14 Nov`, `17/06/09`, `03/25/2026`, `03-17`, `10.30`.
fn short_date(b: &[u8], at: usize, n: usize, sep: u8) -> Option<(Day, usize, bool)> {
    let (a, next) = (digits(b, at, n)?, at + n + 1);
    if let Some((month, end)) = month_name(b, next) {
        let year_at = end + 1;
        if byte(b, end) == sep && run(b, year_at) == 4 {
            return Some((full(digits(b, year_at, 4)?, month, a)?, year_at + 4, false));
        }
        return Some((Day::Yearless(MonthDay::new(month, a)?), end, false));
    }
    let (m, end) = short(b, next).filter(|_| sep != b' ')?;
    if byte(b, end) != sep {
        let day = Day::Yearless(MonthDay::new(a, m)?);
        return (sep != b'/' && n == 2).then_some((day, end, false));
    }
    match run(b, end + 1) {
        2 if n == 2 => Some((full(2000 + a, m, digits(b, end + 1, 2)?)?, end + 3, false)),
        4 => {
            let year = digits(b, end + 1, 4)?;
            let day = match (a > 12, m > 12) {
                (true, false) => full(year, m, a)?,
                (false, true) => full(year, a, m)?,
                (false, false) if a == m => full(year, a, m)?,
                (false, false) => Day::Unclear,
                (true, true) => return None,
            };
            Some((day, end + 5, false))
        }
        _ => None,
    }
}

fn full(year: u32, month: u32, day: u32) -> Option<Day> {
    let year = i32::try_from(year).ok().filter(|y| (1970..=2100).contains(y))?;
    NaiveDate::from_ymd_opt(year, month, day).map(Day::Full)
}

fn month_name(b: &[u8], at: usize) -> Option<(u32, usize)> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let letters = b.get(at..)?.iter().take_while(|c| c.is_ascii_alphabetic()).count();
    let word = std::str::from_utf8(b.get(at..at + letters)?).ok()?.to_ascii_lowercase();
    let long = |m: &str| (letters == 3 && m.starts_with(&word)) || m == word || (word == "sept" && m == "september");
    MONTHS.iter().position(|m| long(m)).map(|i| (i as u32 + 1, at + letters))
}

/// `Jun 14 15:16:01`, `Sun Dec 04 04:47:44 2005`, `Wed, 04 Dec 2005 04:47:44 GMT`,
/// `Jun 09, 2026 9:12:00 AM`.
fn named_month(b: &[u8], at: usize) -> Option<Found> {
    let mut from = at;
    let weekday =
        b.get(at..at + 3).is_some_and(|w| [&b"Mon"[..], b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"].contains(&w));
    if weekday {
        let letters = b.get(at..)?.iter().take_while(|c| c.is_ascii_alphabetic()).count();
        from = at + letters + usize::from(byte(b, at + letters) == b',');
        (byte(b, from) == b' ').then_some(())?;
        from += 1;
        if byte(b, from).is_ascii_digit() {
            return dated(b, from);
        }
    }
    let (month, end) = month_name(b, from)?;
    let blanks = b.get(end..)?.iter().take_while(|c| **c == b' ').count();
    (1..=2).contains(&blanks).then_some(())?;
    let (day, mut end) = short(b, end + blanks)?;
    let mut year = None;
    end += usize::from(byte(b, end) == b',');
    (byte(b, end) == b' ').then_some(())?;
    if run(b, end + 1) == 4 {
        year = digits(b, end + 1, 4);
        end += 5;
    }
    let (time, end) = time(b, end + 1)?;
    let (mut zone_found, mut end) = zone(b, end);
    if year.is_none()
        && byte(b, end) == b' '
        && run(b, end + 1) == 4
        && let Some(Day::Full(_)) = full(digits(b, end + 1, 4)?, month, day)
    {
        year = digits(b, end + 1, 4);
        end += 5;
        if zone_found == Zone::Unstated {
            (zone_found, end) = zone(b, end);
        }
    }
    let day = match year {
        Some(year) => full(year, month, day)?,
        None => Day::Yearless(MonthDay::new(month, day)?),
    };
    (!byte(b, end).is_ascii_alphanumeric()).then(|| found(day, time, zone_found, end))
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, by their number of digits.
fn epoch(b: &[u8], at: usize) -> Option<Found> {
    let n = run(b, at);
    let text = std::str::from_utf8(b.get(at..at + n)?).ok()?;
    let whole: i64 = text.parse().ok()?;
    let mut end = at + n;
    let nanos: i64 = match n {
        10 => {
            let fraction = if byte(b, end) == b'.' { run(b, end + 1).min(9) } else { 0 };
            let part = digits(b, end + 1, fraction).map_or(0, i64::from) * 10i64.pow(9 - fraction as u32);
            if fraction > 0 {
                end += 1 + run(b, end + 1);
            }
            whole.checked_mul(1_000_000_000)?.checked_add(if fraction > 0 { part } else { 0 })?
        }
        13 => whole.checked_mul(1_000_000)?,
        16 => whole.checked_mul(1000)?,
        19 => whole,
        _ => return None,
    };
    let instant: DateTime<Utc> = DateTime::from_timestamp_nanos(nanos);
    let plausible = (978_307_200..=4_102_444_800).contains(&instant.timestamp());
    let whole_token =
        !matches!(byte(b, end), b'-' | b':' | b'/' | b'_' | b'.') && !byte(b, end).is_ascii_alphanumeric();
    (plausible && whole_token).then_some(Found { stamp: Stamp::Exact(instant), zone: Zone::Offset(0), end })
}

/// `09:12`, `16:48:16.545`, `09:12 UTC`.
fn clock_only(b: &[u8], at: usize) -> Option<Found> {
    let (time, end) = time(b, at)?;
    (byte(b, at + 1) == b':' || byte(b, at + 2) == b':').then_some(())?;
    let (time, end) = of_half(b, time, end);
    let (zone, end) = zone(b, end);
    let whole = !byte(b, end).is_ascii_alphanumeric() && (byte(b, end) != b':' || run(b, end + 1) == 0);
    (whole && !lasts(b, at, end)).then(|| found(Day::Unclear, time, zone, end))
}

/// `2:10 PM`: a clock of twelve hours with the half of the day behind it.
fn of_half(b: &[u8], time: NaiveTime, end: usize) -> (NaiveTime, usize) {
    let at = end + usize::from(byte(b, end) == b' ');
    let half = byte(b, at).to_ascii_lowercase();
    let dotted = usize::from(byte(b, at + 1) == b'.');
    let told = matches!(half, b'a' | b'p')
        && byte(b, at + 1 + dotted).eq_ignore_ascii_case(&b'm')
        && !byte(b, at + 2 + dotted).is_ascii_alphanumeric();
    if !told || !(1..=12).contains(&time.hour()) {
        return (time, end);
    }
    let hour = time.hour() % 12 + if half == b'p' { 12 } else { 0 };
    (time.with_hour(hour).unwrap_or(time), at + 2 + dotted)
}

/// True for a length of time that looks like a clock: a cell of a table (` 00:00:07.123456 | idle`), and a
/// fraction that an interval has. Databases drop the last zeros of one; a clock's digits are all there.
/// A log that parts its fields by `|` begins with the stamp: no blank stands before it.
fn lasts(b: &[u8], at: usize, end: usize) -> bool {
    let stamp = b.get(at..end).unwrap_or_default();
    let digits = memchr::memrchr(b'.', stamp).map(|dot| run(stamp, dot + 1));
    let behind = b.get(end..).unwrap_or_default();
    let before = b.get(..at).unwrap_or_default();
    let padded = !before.is_empty() && before.iter().all(|c| *c == b' ');
    let cell = behind.trim_ascii_start().starts_with(b"|")
        && (padded || stamp.starts_with(b"00:") && behind.starts_with(b"|"));
    // An interval without its last zeros; `09:12:00.1234567` has one digit more than clocks need, and is one.
    let short = stamp.starts_with(b"0") && byte(b, at + 1) == b':' || stamp.starts_with(b"00:");
    let odd = short && digits.is_some_and(|n| n % 3 != 0) || byte(b, end) == b'.' && run(b, end + 1) > 0;
    odd || cell || (padded || short) && before.trim_ascii_end().ends_with(b"|")
}

/// What a text states that is nothing but a stamp.
pub fn stamp_of(text: &str) -> Option<Stamp> {
    whole_stamp(text.trim()).map(|found| found.stamp)
}

/// The stamp that a text states and nothing else.
pub(super) fn whole_stamp(text: &str) -> Option<Found> {
    stamp_at(text, 0).filter(|f| f.end == text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_in_a_table_is_no_clock() {
        for text in [" 00:00:07.77 | idle in transaction", " 00:01:02.123456 | active", "00:00:07|idle", "0:07.77 java"]
        {
            let at = text.len() - text.trim_start().len();
            assert!(stamp_at(text, at).is_none(), "{text}");
        }
        for text in ["09:12:00 | INFO | started", "16:48:16.545 started", "09:12 restarted it"] {
            assert!(stamp_at(text, 0).is_some(), "{text}");
        }
    }

    #[test]
    fn every_form_is_read_for_what_it_states() {
        for (text, stated) in [
            ("2026-06-02T09:12:00Z", "2026-06-02T09:12:00Z"),
            ("2026-06-02T09:12:00.125+08:00", "2026-06-02T01:12:00.125Z"),
            ("2026-06-02 09:12:00,125", "2026-06-02T09:12:00.125"),
            ("2026-06-02 09:12:00 -0700", "2026-06-02T16:12:00Z"),
            ("2026-06-02 09:12:00 UTC", "2026-06-02T09:12:00Z"),
            ("2026-06-02 09:12:00.5 PDT", "2026-06-02T09:12:00.500"),
            ("2026/06/02 09:12:00", "2026-06-02T09:12:00"),
            ("2026-06-02 09:12", "2026-06-02T09:12:00"),
            ("20260602-09:12:00:125", "2026-06-02T09:12:00.125"),
            ("20260602T091200Z", "2026-06-02T09:12:00Z"),
            ("081109 203615", "2008-11-09T20:36:15"),
            ("260602 09:12:00", "2026-06-02T09:12:00"),
            ("17/06/09 20:10:40", "2017-06-09T20:10:40"),
            ("20/Jul/2026:22:59:26 +0200", "2026-07-20T20:59:26Z"),
            ("02 Jun 2026 09:12:00.125", "2026-06-02T09:12:00.125"),
            ("2005-06-03-15.42.50.363779", "2005-06-03T15:42:50.363779"),
            ("Tue Jun 02 09:12:00 2026", "2026-06-02T09:12:00"),
            ("Tue Jun 02 09:12:00.250 UTC 2026", "2026-06-02T09:12:00.250Z"),
            ("Tue, 02 Jun 2026 09:12:00 GMT", "2026-06-02T09:12:00Z"),
            ("Jun 02, 2026 9:12:00 PM", "2026-06-02T21:12:00"),
            ("Jun  2 09:12:00", "--06-02T09:12:00"),
            ("06-02 09:12:00.125", "--06-02T09:12:00.125"),
            ("14 Nov 07:01:22.119", "--11-14T07:01:22.119"),
            ("1780391520", "2026-06-02T09:12:00Z"),
            ("1780391520.250", "2026-06-02T09:12:00.250Z"),
            ("1780391520125", "2026-06-02T09:12:00.125Z"),
            ("13/06/2026 09:12:00", "2026-06-13T09:12:00"),
            ("09:12", "09:12"),
            ("09:12:30.500 UTC", "09:12:30.500"),
        ] {
            let found = whole_stamp(text).map(|f| f.stamp.to_string());
            assert_eq!(found.as_deref(), Some(stated), "{text}");
        }
    }

    #[test]
    fn a_date_that_reads_two_ways_leaves_the_time_alone() {
        assert_eq!(whole_stamp("03/04/2026 09:12:00").map(|f| f.stamp.to_string()).as_deref(), Some("09:12"));
    }

    #[test]
    fn what_only_looks_like_a_stamp_is_none() {
        for text in ["10.0.0.12:8080", "1.2.3", "2026-06-02", "25:00", "12:3", "99/99/2026 10:00", "1234567", "16:9:1"]
        {
            assert_eq!(whole_stamp(text), None, "{text}");
        }
    }
}
