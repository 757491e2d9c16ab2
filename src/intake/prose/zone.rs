//! Zones as people write them: `(CEST)`, `all times UTC`, `09:14 UTC+2`, `All times IST (UTC+5:30)`. Letters
//! that mean several zones (`zones.txt`) are no offset, and what is not written is not supplied.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use chrono::{FixedOffset, NaiveDateTime, NaiveTime, TimeZone, Timelike, Utc};
use regex::Regex;

use crate::domain::Stamp;

use super::places::{self, Place};

type Pattern = LazyLock<Option<Regex>>;

fn pattern(text: &str) -> Option<Regex> {
    crate::domain::pattern::compile(text).ok()
}

/// The zone that a text states for its times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    /// An offset, in minutes east of UTC.
    Fixed(i32),
    /// A place, whose offset depends on the day.
    Of(&'static Place),
}

impl Zone {
    /// The offset at that time, in minutes east of UTC. `None` in an hour that the place's clocks show twice
    /// or skip.
    pub(super) fn minutes(self, local: NaiveDateTime) -> Option<i32> {
        match self {
            Self::Fixed(minutes) => Some(minutes),
            Self::Of(place) => place.minutes(local),
        }
    }

    /// The time as an instant, or as it is written where the zone's offset then is not known.
    pub(super) fn stamp(self, local: NaiveDateTime) -> Stamp {
        let offset = self.minutes(local).and_then(|m| FixedOffset::east_opt(m * 60));
        let instant = offset.and_then(|o| o.from_local_datetime(&local).single());
        instant.map_or(Stamp::Local(local), |t| Stamp::Exact(t.with_timezone(&Utc)))
    }
}

/// What a time says of its own zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Own {
    /// Nothing: it is in the zone of the text.
    Unstated,
    /// Its offset, in minutes east of UTC.
    Is(i32),
    /// Letters that mean several zones: it is in none that is known.
    Unknown,
}

/// `None` as the offset: the letters mean several zones.
static LETTERS: LazyLock<Vec<(&'static str, Option<i32>)>> = LazyLock::new(|| {
    let lines = include_str!("zones.txt").lines().filter(|l| !l.starts_with('#'));
    lines.filter_map(|l| l.split_once(' ')).map(|(name, offset)| (name, minutes(offset))).collect()
});

fn letters(name: &str) -> Option<Option<i32>> {
    LETTERS.iter().find(|(known, _)| *known == name).map(|(_, minutes)| *minutes).or((name == "Z").then_some(Some(0)))
}

/// The offset of a zone's letters, in minutes east of UTC; `None` for letters that mean several.
pub fn offset_of(name: &str) -> Option<i32> {
    letters(name).flatten()
}

/// `+2`, `-03:30`, `+0530`: an offset in minutes.
pub(super) fn minutes(offset: &str) -> Option<i32> {
    const FARTHEST: i32 = 14 * 60;
    let (sign, digits) = match offset.split_at_checked(1)? {
        ("+", d) => (1, d.replace(':', "")),
        ("-" | "−", d) => (-1, d.replace(':', "")),
        _ => return None,
    };
    let (hours, rest) = digits.split_at_checked(if digits.len() > 2 { digits.len() - 2 } else { digits.len() })?;
    let rest = if rest.is_empty() { 0 } else { rest.parse().ok().filter(|m| *m < 60)? };
    let all = hours.parse::<i32>().ok()? * 60 + rest;
    (all <= FARTHEST).then_some(sign * all)
}

static HALF: Pattern = LazyLock::new(|| pattern(r"^ ?([AaPp])(?:[Mm]\b|\.[Mm]\.?)"));
static NAMED: Pattern = LazyLock::new(|| {
    pattern(
        r"^ ?\(?([A-Z]{1,5})\b(?:(-\d{1,2}(?::?\d\d)?| ?\+\d{1,2}(?::?\d\d)?)\b| ?\(UTC ?([+-]\d{1,2}(?::?\d\d)?)\))?\)?",
    )
});
/// An offset without letters: `+05:30`, ` -0300`; `-10:30` ends a stretch.
static BARE: Pattern = LazyLock::new(|| pattern(r"^ ?\(?(\+\d\d:?\d\d|-\d{4})\b\)?"));

/// What stands behind a clock: half of a day, a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Suffix {
    /// The clock by that half.
    pub(super) time: NaiveTime,
    /// The half of the day is stated.
    pub(super) half: bool,
    pub(super) own: Own,
    /// How many bytes it takes. Letters that mean several zones stay with the words.
    pub(super) taken: usize,
}

/// Reads what may stand between a time and what it tells of.
pub(super) fn suffix(rest: &str, time: NaiveTime) -> Suffix {
    let half = HALF.as_ref().and_then(|r| r.captures(rest));
    let late = half.as_ref().and_then(|c| c.get(1)).map(|m| m.as_str().eq_ignore_ascii_case("p"));
    let at = half.as_ref().and_then(|c| c.get(0)).map_or(0, |m| m.end());
    let (own, zone) = own(rest.get(at..).unwrap_or(""));
    Suffix { time: late.map_or(time, |late| in_half(time, late)), half: late.is_some(), own, taken: at + zone }
}

fn own(rest: &str) -> (Own, usize) {
    let named = || {
        let c = NAMED.as_ref()?.captures(rest)?;
        let known = letters(c.get(1)?.as_str())?;
        let end = c.get(0)?.end();
        let beside = c.get(3).and_then(|m| minutes(m.as_str()));
        let offset = c.get(2).and_then(|m| minutes(m.as_str())).filter(|_| known == Some(0));
        Some(match beside.or(offset).or(known) {
            Some(minutes) => (Own::Is(minutes), end),
            None => (Own::Unknown, 0),
        })
    };
    let bare = || {
        let c = BARE.as_ref()?.captures(rest)?;
        Some((Own::Is(minutes(c.get(1)?.as_str())?), c.get(0)?.end()))
    };
    named().or_else(bare).unwrap_or((Own::Unstated, 0))
}

/// A time of the twelve-hour clock in its half of the day.
pub(super) fn in_half(time: NaiveTime, late: bool) -> NaiveTime {
    let hour = match (late, time.hour()) {
        (true, h) if h < 12 => h + 12,
        (false, 12) => 0,
        (_, h) => h,
    };
    time.with_hour(hour).unwrap_or(time)
}

static STATED: Pattern = LazyLock::new(|| {
    pattern(
        r"\b(?:[Tt]imes?(?: ?zone)?|[Zz]eiten|[Zz]one:)(?:\b|\s)[^.\n]{0,24}?\b([A-Z]{3,4})(?: ?([+-]\d{1,2}(?::?\d\d)?))?\b(?:[^\n|]{0,4}\(?UTC ?([+-]\d{1,2}(?::?\d\d)?)\)?)?",
    )
});
static BRACKETED: Pattern = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:timeline|time|when|zeit|events|chronology|outage|incident)\b[^\n|()]{0,40}\(([A-Z]{3,4})(?: ?([+-]\d{1,2}(?::?\d\d)?))?[,) ]",
    )
});
/// A line that ends with a day and a zone: `Deploy notes 2026-07-14 (UTC)`.
static HEADED: Pattern = LazyLock::new(|| {
    pattern(r"(?m)^[^\n|()]{0,60}\b\d{4}-\d\d-\d\d,? \(([A-Z]{3,4})(?: ?([+-]\d{1,2}(?::?\d\d)?))?\):?\s*$")
});

/// The letters that are known, as they stand in capitals: without some no line states a zone.
static NAMES: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(LETTERS.iter().map(|(name, _)| name)).ok());

/// The zone that a text states for its times: `All times in CEST (UTC+2)`, `hours are Paris time`.
pub(super) fn zone_of(text: &str) -> Option<Zone> {
    stated(text).map(Zone::Fixed).or_else(|| in_the_opening(text))
}

fn stated(text: &str) -> Option<i32> {
    let lines = lines_with_a_zone(text);
    let offset = |m: Option<regex::Match<'_>>| m.and_then(|m| minutes(m.as_str()));
    for r in [&STATED, &BRACKETED, &HEADED] {
        for c in r.iter().flat_map(|r| lines.iter().flat_map(|line| r.captures_iter(line))).take(4) {
            if let Some(offset) = offset(c.get(3)) {
                return Some(offset);
            }
            if let Some(zone) = c.get(1).and_then(|m| offset_of(m.as_str())) {
                return Some(zone + offset(c.get(2)).filter(|_| zone == 0).unwrap_or(0));
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

/// A clock within a sentence of the opening: `from about 09:00 to 13:20 CEST`.
static CLOCK: Pattern = LazyLock::new(|| pattern(r"[a-z,(] ?\d{1,2}:\d\d"));
/// Lines at the top in which a clock may give its zone to all that follow, and in which a place is looked for.
const OPENING: usize = 4;
const OPENING_FOR_PLACES: usize = 12;

fn in_the_opening(text: &str) -> Option<Zone> {
    let top = || text.lines().filter(|l| l.len() <= super::LONGEST_LINE).take(OPENING_FOR_PLACES);
    let beside = |line: &str| {
        CLOCK.as_ref()?.find_iter(line).find_map(|m| match own(line.get(m.end()..)?).0 {
            Own::Is(minutes) => Some(Zone::Fixed(minutes)),
            Own::Unstated | Own::Unknown => None,
        })
    };
    top().take(OPENING).find_map(beside).or_else(|| top().find_map(places::named).map(Zone::Of))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_the_one_that_is_stated() {
        for (text, zone) in [
            ("All times in CEST (UTC+2)", Some(120)),
            ("All times in AEST (UTC+10).", Some(600)),
            ("All times in UTC+1", Some(60)),
            ("All times IST (UTC+5:30)", Some(330)),
            ("All times IST", None),
            ("all times CST", None),
            ("Alle Zeiten MEZ", Some(60)),
            ("Zone: GMT+2", Some(120)),
            ("Timeline of the outage (all times UTC, 17 June 2024)", Some(0)),
            ("### Timeline (CEST)", Some(120)),
            ("Times are in EST.", Some(-300)),
            ("| When (UTC) | What |", Some(0)),
            ("Deploy notes 2026-07-14 (UTC)\n11:58 x", Some(0)),
            ("It was down from about 09:00 to 13:20 UTC+1.", Some(60)),
            ("built on 2026-07-14 (ABC)\n11:58 x", None),
            ("It took some time and the API was back", None),
        ] {
            assert_eq!(zone_of(text), zone.map(Zone::Fixed), "{text}");
        }
    }

    #[test]
    fn what_stands_behind_a_clock_is_its_half_of_the_day_and_its_zone() {
        let nine = NaiveTime::from_hms_opt(9, 14, 0).unwrap();
        for (rest, own, words) in [
            (" UTC – pager", Own::Is(0), " – pager"),
            (" UTC+2 – pager", Own::Is(120), " – pager"),
            (" (UTC+2) pager", Own::Is(120), " pager"),
            (" +0530 pager", Own::Is(330), " pager"),
            (" IST (UTC+5:30) pager", Own::Is(330), " pager"),
            (" MSK pager", Own::Is(180), " pager"),
            (" IST – pager", Own::Unknown, " IST – pager"),
            (" a.m. EST – pager", Own::Is(-300), " – pager"),
            ("-10:30 maintenance", Own::Unstated, "-10:30 maintenance"),
            (" REST calls fail", Own::Unstated, " REST calls fail"),
            (" - 3 pods", Own::Unstated, " - 3 pods"),
        ] {
            let found = suffix(rest, nine);
            assert_eq!((found.own, &rest[found.taken..]), (own, words), "{rest}");
        }
        assert_eq!(suffix(" p.m. they", nine).time.hour(), 21);
    }
}
