//! Times that stand within sentences, and the day of the incident where it is stated below the rows. What lies
//! ahead of the writer has not happened and is no row.

use std::ops::Range;
use std::sync::LazyLock;

use chrono::{FixedOffset, NaiveDate, NaiveTime};
use regex::Regex;

use crate::domain::Stamp;

use super::zone::{Own, Zone, suffix};
use super::{Row, calendar, holds_clock, stamped, time, trim};

static INLINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)\b(?:at|by|since|from|until|approx\.?|around|about|ca\.?|\d{4},|then,?) (\d{1,2}):(\d\d)(?::(\d\d)\b|\b)",
    )
    .ok()
});

/// Sentences that state a time within them: `At 18:05 the rate went up.`
pub(super) fn sentences(
    text: &str,
    part: Range<usize>,
    day: Option<NaiveDate>,
    zone: Option<Zone>,
    out: &mut Vec<Row>,
) {
    let Some(whole) = text.get(part.clone()) else { return };
    let mut from = 0;
    for sentence in whole.split_inclusive(". ") {
        let at = part.start + from..part.start + from + sentence.len();
        from += sentence.len();
        let Some(c) = INLINE.as_ref().and_then(|r| r.captures(sentence)) else { continue };
        if lies_ahead(sentence) {
            continue;
        }
        let yearless = || calendar::day_of_year_in(sentence, day?);
        let on = calendar::day_in(sentence).map(|(on, _)| on).or_else(yearless).or(day);
        let begins = c.get(0).is_some_and(|m| m.start() == 0);
        let Some(time) = time(&c, 1).filter(|_| on.is_some() || begins) else { continue };
        let rest = c.get(0).and_then(|m| sentence.get(m.end()..)).unwrap_or("");
        let found = suffix(rest, time);
        let zone = match found.own {
            Own::Is(minutes) => Some(Zone::Fixed(minutes)),
            Own::Unstated => zone,
            Own::Unknown => None,
        };
        out.push(Row { at: stamped(on, found.time, zone), what: trim(text, at), dated: None });
    }
}

static EARLIER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"(?i)\b(?:at|since|from|after|began|started) (\d{1,2}):(\d\d)(?::(\d\d)\b|\b)")
        .ok()
});

/// What is announced, planned or supposed has not happened.
fn lies_ahead(sentence: &str) -> bool {
    const AHEAD: [&str; 13] = [
        " would ",
        " will ",
        "'ll ",
        "’ll ",
        " until ",
        " planned for",
        " planned at",
        "is planned",
        "was planned",
        " scheduled for",
        " scheduled at",
        "is scheduled",
        "was scheduled",
    ];
    AHEAD.iter().any(|w| sentence.contains(w))
}

/// A row that tells of an earlier time of the same day: `disk 3 failed at 15:31` noted at 15:58. Its
/// sentence is a row of that time as well. What lies ahead, or is told of a stretch, is none.
pub(super) fn before_it(text: &str, said: &Range<usize>, at: Stamp, zone: Option<Zone>, out: &mut Vec<Row>) {
    let Some(whole) = text.get(said.clone()) else { return };
    let clock = |t: NaiveTime| -> Option<Stamp> {
        match at {
            Stamp::Clock(own) => (t < own).then_some(Stamp::Clock(t)),
            Stamp::Local(own) => (t < own.time()).then(|| Stamp::Local(own.date().and_time(t))),
            Stamp::Exact(own) => {
                let offset = FixedOffset::east_opt(zone?.minutes(own.naive_utc())? * 60)?;
                let local = own.with_timezone(&offset).naive_local();
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
        if lies_ahead(sentence) {
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
pub(super) fn on_the_day_of_the_incident(text: &str, zone: Option<Zone>, rows: &mut [Row]) {
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

#[cfg(test)]
mod tests {
    use crate::intake::prose::rows;

    fn told(text: &str) -> Vec<(String, &str)> {
        rows(text).into_iter().map(|r| (r.at.time().format("%H:%M:%S").to_string(), &text[r.what])).collect()
    }

    #[test]
    fn a_time_within_a_sentence_keeps_its_seconds_and_a_row_of_cells_is_no_sentence() {
        let text = "2026-10-01\n\nAt 17:44:10 the drain of node w-31 evicted the pod.\n";
        assert_eq!(told(text), [("17:44:10".to_owned(), "At 17:44:10 the drain of node w-31 evicted the pod.")]);
        assert_eq!(told("02:00:00,orders,0,88113665,88113571\n02:03:00,orders,0,88120737,88120671\n"), []);
    }
}
