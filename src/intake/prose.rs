//! Timelines that people wrote: Markdown tables, headings with times, bullets that begin with a
//! time, and `Detected: 2024-01-01 10:00`. A day is carried on within one timeline, because its
//! writer does so; a date or zone that nobody stated is never added.

use std::ops::Range;

use chrono::{NaiveDate, NaiveTime, Timelike};

use crate::domain::Stamp;

mod calendar;
mod front;
mod headed;
mod inner;
mod places;
mod zone;

use front::{is_of_something_else, labelled, leading, of_something_else, time};
use inner::{before_it, on_the_day_of_the_incident, sentences};
use zone::{Own, Suffix, Zone};

pub use zone::offset_of;

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
    zone: Option<Zone>,
    /// The zone of the last row.
    last: Option<Zone>,
    /// The last time that was given with its half of the day, and its day.
    half: Option<(NaiveTime, Option<NaiveDate>)>,
    /// A row without a zone was met: a zone that comes later is that row's own.
    without: bool,
}

impl Said {
    /// The time of a row: in the half of the day that the rows before it tell, with the zone that the first
    /// row gave for all. `of_twelve`: it is written as the twelve-hour clock writes, without a day of its own.
    fn at(&mut self, found: &Suffix, of_twelve: bool) -> Stamp {
        let mut time = found.time;
        if found.half {
            self.half = Some((time, self.day));
        } else if let Some((last, _)) = self.half.filter(|(_, day)| of_twelve && *day == self.day) {
            let late = zone::in_half(time, true);
            if time < last && (1..12).contains(&time.hour()) && late >= last {
                time = late;
            }
            self.half = Some((time, self.day));
        } else {
            self.half = None;
        }
        if self.zone.is_none() {
            match found.own {
                Own::Is(minutes) if !self.without => self.zone = Some(Zone::Fixed(minutes)),
                Own::Unstated | Own::Unknown => self.without = true,
                Own::Is(_) => {}
            }
        }
        self.last = match found.own {
            Own::Is(minutes) => Some(Zone::Fixed(minutes)),
            Own::Unstated => self.zone,
            Own::Unknown => None,
        };
        stamped(self.day, time, self.last)
    }
}

/// The rows of every timeline in the text, in the order they stand; updates with their day below them in the
/// order of their times.
pub fn rows(text: &str) -> Vec<Row> {
    let zone = zone::zone_of(text);
    let chat = headed::is_chat(text);
    let mut reader = Reader { text, chat, said: Said { zone, ..Said::default() }, ..Reader::default() };
    reader.pause(0, true);
    let mut start = 0;
    for line in text.split('\n') {
        if line.len() <= LONGEST_LINE {
            reader.line(start, line);
        }
        start += line.len() + 1;
    }
    let mut out = reader.out;
    in_order(&mut out, &reader.of_updates);
    out.retain(|r| !r.what.is_empty());
    on_the_day_of_the_incident(text, zone, &mut out);
    out
}

/// Updates stand with the newest above: they are put in the order of their times, each in the place of one.
fn in_order(out: &mut [Row], updates: &[usize]) {
    let mut sorted: Vec<Row> = updates.iter().filter_map(|i| out.get(*i).cloned()).collect();
    sorted.sort_by_key(|r| r.at.sort_key());
    for (place, row) in updates.iter().zip(sorted) {
        if let Some(slot) = out.get_mut(*place) {
            *slot = row;
        }
    }
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
    /// Which of the rows are of updates.
    of_updates: Vec<usize>,
    /// Lines that hold who wrote and when are heads of messages.
    chat: bool,
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
        if let Some(head) = timed.then(|| headed::author(body)).flatten().filter(|h| lead == 0 && (self.chat || h.half))
        {
            self.heading = Some((self.said.at(&head, true), trim(self.text, whole)));
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
            let day = calendar::day_in(body).filter(|(_, at)| !of_something_else(body.get(..at.start).unwrap_or("")));
            self.said.day = day.map(|(on, _)| on).or(self.said.day);
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
    }

    /// A row at a time, and what it tells of earlier times of its day.
    fn row(&mut self, at: Stamp, what: Range<usize>, dated: Option<Range<usize>>) {
        let what = trim(self.text, what);
        // `02:00:00,orders,0,88113665`: a row of a table of figures, and nothing that somebody wrote
        let is_cells = self.text.get(what.clone()).is_some_and(|t| t.starts_with(',') && t.matches(',').count() > 1);
        if !what.is_empty() && !is_cells {
            before_it(self.text, &what, at, self.said.last, &mut self.out);
            self.out.push(Row { at, what, dated });
        }
    }

    fn of_update(&mut self, place: Range<usize>) {
        let Some((at, lines, dated)) = self.update.clone() else { return };
        let words = self.text.get(place.clone()).map_or(0, |t| t.split_whitespace().count());
        // `Identified` alone says what the update is, and not what happened
        if place.start < lines.end && words > 2 {
            self.row(at, place, Some(dated));
            self.of_updates.extend(self.out.len().checked_sub(1));
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
            && !is_of_something_else(body.get(at.end..).unwrap_or_default())
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

/// The lines at the top in which a writer says of which day he tells.
const OPENING: usize = 4;

fn stamped(day: Option<NaiveDate>, time: NaiveTime, zone: Option<Zone>) -> Stamp {
    let Some(day) = day else { return Stamp::Clock(time) };
    let local = day.and_time(time);
    zone.map_or(Stamp::Local(local), |z| z.stamp(local))
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
    fn the_day_of_something_else_moves_no_row() {
        for text in [
            "Incident date: 2024-03-01\nPostmortem due: 2024-03-08\n09:10 pager fires",
            "### 2024-03-01\n- 2022-11-30 certificate issued\n09:10 pager fires",
            "Incident date: 2024-03-01\nPublished: 2024-03-08\n09:10 pager fires",
        ] {
            assert_eq!(told(text)[0], ("2024-03-01T09:10:00".to_owned(), "pager fires"), "{text}");
        }
    }

    #[test]
    fn a_zone_of_several_meanings_leaves_a_time_as_it_is_written() {
        let text = "All times UTC\n2024-03-01 09:10 pager\n2024-03-01 09:14 IST – errors\n2024-03-01 09:20 UTC+2 – x";
        let at: Vec<String> = told(text).into_iter().map(|(at, _)| at).collect();
        assert_eq!(at, ["2024-03-01T09:10:00Z", "2024-03-01T09:14:00", "2024-03-01T07:20:00Z"]);
        let text = "All times UTC\n2024-03-01 09:05 EST vendor: the disk failed at 08:50";
        assert_eq!(told(text)[0].0, "2024-03-01T13:50:00Z");
    }

    #[test]
    fn a_half_of_the_day_holds_for_the_rows_that_leave_it_out() {
        let at = |text: &str| told(text).into_iter().map(|(at, _)| at).collect::<Vec<_>>();
        assert_eq!(at("9:05 PM pager\n9:40 restarted"), ["21:05", "21:40"]);
        assert_eq!(at("9:05 PM pager\n09:40 restarted"), ["21:05", "09:40"]);
        let text = "2024-03-01 9:05 PM pager\n2024-03-02 10:30 – restarted";
        assert_eq!(at(text), ["2024-03-01T21:05:00", "2024-03-02T10:30:00"]);
    }

    #[test]
    fn updates_of_a_status_page_are_read_from_the_first_and_alone_are_put_in_order() {
        let text = "Resolved - it is fixed for good.\nOct 21, 2025 - 10:40 UTC\n\nService is restored.\n\
            Oct 21, 2025 - 10:10 UTC\n\nIdentified\nThe wrong record was sent.\nOct 21, 2025 - 09:21 UTC";
        let rows = told(text);
        let said: Vec<&str> = rows.iter().map(|(_, what)| *what).collect();
        assert_eq!(said, ["The wrong record was sent.", "Service is restored.", "Resolved - it is fixed for good."]);
    }

    #[test]
    fn what_is_announced_has_not_happened() {
        assert_eq!(told("Incident on 2024-03-01\n\nWe will fail over at 18:30 UTC.").len(), 0);
    }

    #[test]
    fn a_label_before_a_date_says_what_happened() {
        let text =
            "- **Key events**\n  - First detected 2024-03-01 16:03\n  - The host was taken away at 16:00, it went down";
        assert_eq!(told(text)[0], ("2024-03-01T16:03:00".to_owned(), "First detected"));
        assert_eq!(told(text)[1].0, "2024-03-01T16:00:00");
    }
}
