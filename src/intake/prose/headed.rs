//! Lines that hold nothing but who wrote and when, or when: the head of a message in a chat
//! (`j.novak  9:18 AM`), the day and the time below an update of a status page. Which lines they date is
//! decided by the reader of rows.

use std::ops::Range;
use std::sync::LazyLock;

use chrono::{NaiveDate, NaiveTime};
use regex::Regex;

use super::calendar;
use super::zone::{Own, Suffix, suffix};

static AUTHOR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"^@?(\p{L}[\w.'’-]*(?: \(?[\w.'’-]+\)?){0,4}?)((?:\s*[—–|•,-]\s*|\s+)\[?)((?i:today|yesterday) at |today )?(\d{1,2}):(\d\d)(?::(\d\d))?([^\]]{0,16})\]?$",
    )
    .ok()
});
static WORDED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let month = calendar::MONTH;
    crate::domain::pattern::compile(&format!(
        r"(?i)^(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? )?(?:(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {month}\.?|{month}\.? (?:\d{{1,2}})(?:st|nd|rd|th)?)(,? \d{{4}})?(?:,| at| -| –| —)? +(?:at )?(?:ca\.? |approx\.? |~)?(\d{{1,2}}):(\d\d)(?::(\d\d))?",
    ))
    .ok()
});

/// A day and a time at the front of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    /// Its day, where the line states one.
    pub(super) day: Option<NaiveDate>,
    /// Its time.
    pub(super) time: NaiveTime,
    /// Where the words behind it begin.
    pub(super) end: usize,
}

/// Who wrote and when, as a line of its own. What stands before the time is short and is no sentence. Of which
/// day `today` is, nobody but its reader knows.
pub(super) fn author(body: &str) -> Option<Suffix> {
    let body = body.trim_end();
    if body.len() > 64 || !body.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, ']' | '.')) {
        return None;
    }
    let c = AUTHOR.as_ref()?.captures(body)?;
    let (name, between) = (c.get(1)?.as_str(), c.get(2)?.as_str());
    let found = suffix(c.get(7)?.as_str(), clock(&c, 4)?);
    // letters that mean several zones stay behind
    let behind = c.get(7)?.as_str().get(found.taken..)?.trim();
    let rest = behind.is_empty() || found.own == Own::Unknown;
    // `since 9:18`: the end of a sentence
    let joins = ["at", "since", "until", "from", "by", "around", "about", "before", "after", "is", "was", "to"];
    let last = name.split_whitespace().last().unwrap_or("").to_ascii_lowercase();
    let apart = found.half || c.get(3).is_some() || between.len() > 1;
    (rest && apart && !joins.contains(&last.as_str())).then_some(found)
}

/// True where lines that hold who wrote and when are heads of messages: two or more have something said below
/// them. In a sheet of keys and values (`Duration   1:42`) each line stands for itself.
pub(super) fn is_chat(text: &str) -> bool {
    const LEAST: usize = 2;
    let mut heads = 0;
    let mut above = false;
    for line in text.lines() {
        let head = line.len() <= 64 && super::holds_clock(line) && author(line).is_some();
        heads += usize::from(above && !head && !line.trim().is_empty());
        if heads >= LEAST {
            return true;
        }
        above = head;
    }
    false
}

/// A day in words and a time at the front of a line: `14 July 08:52`, `Oct 21, 2025 - 09:21`. A day without
/// its year is taken in the year nearest to `near`.
pub(super) fn worded(body: &str, near: Option<NaiveDate>) -> Option<Given> {
    let c = WORDED.as_ref()?.captures(body)?;
    let whole = c.get(0)?;
    // `Jul 14 08:52:11 host …` is a line that a program logged
    if c.get(1).is_none() && c.get(2).is_none() && c.get(5).is_some() {
        return None;
    }
    let day = match c.get(2) {
        Some(_) => calendar::day_in(whole.as_str()).map(|(on, _)| on)?,
        None => calendar::day_of_year_in(whole.as_str(), near?)?,
    };
    Some(Given { day: Some(day), time: clock(&c, 3)?, end: whole.end() })
}

/// The lines of a paragraph that its last line dates, with the place of that line: an update of a status page.
pub(super) fn dated_below(text: &str, paragraph: Range<usize>) -> Option<(Range<usize>, Range<usize>)> {
    let whole = text.get(paragraph.clone())?;
    let (said, last) = whole.trim_end().rsplit_once('\n')?;
    let last = last.trim();
    let rest = last.trim_start_matches("Posted ").trim_start_matches("Updated ");
    if last.len() > 64 || worded(rest, None).is_none_or(|given| rest.len() - given.end > 16) {
        return None;
    }
    let at = paragraph.start + whole.rfind(last).filter(|_| !last.is_empty())?;
    Some((paragraph.start..paragraph.start + said.len(), at..at + last.len()))
}

fn clock(c: &regex::Captures<'_>, from: usize) -> Option<NaiveTime> {
    let number = |i: usize| c.get(i).and_then(|m| m.as_str().parse::<u32>().ok());
    NaiveTime::from_hms_opt(number(from)?, number(from + 1)?, number(from + 2).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(h: u32, m: u32) -> NaiveTime {
        NaiveTime::from_hms_opt(h, m, 0).unwrap()
    }

    #[test]
    fn the_head_of_a_message_is_told_from_a_sentence() {
        for (line, time) in [
            ("ilse  9:16 AM", at(9, 16)),
            ("Petra (night db)  1:21 PM", at(13, 21)),
            ("j.novak — 09:18", at(9, 18)),
            ("Bea Lindt [14:03]", at(14, 3)),
            ("Ana — Today at 9:18 AM", at(9, 18)),
            ("Ana  9:18 AM PST", at(9, 18)),
        ] {
            assert_eq!(author(line).map(|g| g.time), Some(time), "{line}");
        }
        for line in ["slow since 9:16 AM", "Error rate 09:18", "we saw it at  09:18", "09:18", "ratio 3:1"] {
            assert_eq!(author(line), None, "{line}");
        }
    }

    #[test]
    fn a_sheet_of_keys_and_values_is_no_chat() {
        assert!(is_chat("ilse  09:16\nlogins fail\n\nkai  09:18\nlooking"));
        assert!(!is_chat("Severity   SEV2\nDuration   1:42\nImpact     40 % of checkouts failed"));
        assert!(!is_chat("Started    9:18\nMitigated  9:40\nEnded      9:52\nOwner      ilse"));
    }

    #[test]
    fn a_day_in_words_before_a_time_dates_a_row() {
        let day = |m, d| NaiveDate::from_ymd_opt(2025, m, d).unwrap();
        let near = Some(day(7, 2));
        for (line, on, time) in [
            ("2 July 2025 11:20** - rebuilt", day(7, 2), at(11, 20)),
            ("14 July 08:52 first complaint", day(7, 14), at(8, 52)),
            ("Mon 14 Jul, 08:52 first complaint", day(7, 14), at(8, 52)),
            ("Oct 21, 2025 - 09:21 UTC", day(10, 21), at(9, 21)),
        ] {
            assert_eq!(worded(line, near).map(|g| (g.day, g.time)), Some((Some(on), time)), "{line}");
        }
        assert_eq!(worded("14 July 08:52 first complaint", None), None, "no year is supplied");
        assert_eq!(worded("Jul 14 08:52:11 web-1 sshd[1]: x", near), None, "a program's line");
    }

    #[test]
    fn what_stands_above_a_day_and_a_time_has_it() {
        let text = "Identified\nThe wrong record was sent.\nOct 21, 2025 - 09:21 UTC";
        let (said, at) = dated_below(text, 0..text.len()).unwrap();
        assert_eq!((&text[said], &text[at]), ("Identified\nThe wrong record was sent.", "Oct 21, 2025 - 09:21 UTC"));
        assert_eq!(dated_below("It began.\nOct 21, 2025 - 09:21 UTC we saw that the rate fell again", 0..65), None);
    }
}
