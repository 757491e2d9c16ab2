//! What a monitor reports as abnormal, told as a state and as a dated row: it is not healthy whatever its pods
//! look like, and it was seen so from the begin of the time that the report is about. It suspects nothing.

use chrono::NaiveDateTime;

use crate::analyst::Casebook;
use crate::analyst::casebook::Moment;
use crate::domain::report::{Health, RowKind};
use crate::domain::{Claim, Span, Stamp};

use super::kube_alerts::now_cores;
use super::kube_notes::Notes;
use super::monitor_words;

/// Rows told of one report: a longer list is a wall.
const MOST: usize = 12;

/// Cores below which a rise tells of no trouble by itself: a twentieth of one more is noise.
const FEW: f64 = 0.1;

/// Of how much comes in or goes out: an effect of something, and no state of the one that is measured.
const OF_TRAFFIC: &[&str] = &["THROUGHPUT_", "TRAFFIC_"];

/// One reported anomaly: of what, in the report's own words, and over which time it was looked at.
pub(super) struct Reported<'a> {
    pub name: &'a str,
    pub text: &'a str,
    pub window: Option<&'a Window>,
    pub at: [Span; 2],
    /// A figure that is told and says of nobody that he is in trouble.
    pub aside: bool,
}

/// The time that a report is about: what it tells of was seen somewhere in it, and began nobody knows when.
#[derive(Debug, Clone)]
pub(super) struct Window {
    /// Its begin.
    pub begin: Stamp,
    /// `between 12:19:31 and 12:21:26`; empty where no end of the same day is stated.
    pub words: String,
    /// The line that states it.
    pub at: Span,
}

impl Window {
    /// `2026-03-20 12:19:31 ~ 2026-03-20 12:21:26`, as it is written.
    pub fn of(range: &str, at: Span) -> Option<Self> {
        let mut ends = range.split(['~', '–']).map(str::trim);
        let begin = stamp(ends.next()?)?;
        let end = ends.next().and_then(stamp).filter(|e| e.seconds_since(&begin).is_some_and(|s| s > 0.0 && s < DAY_S));
        let words = end.map_or_else(String::new, |end| format!("between {} and {}", begin.clock(), end.clock()));
        Some(Self { begin, words, at })
    }
}

/// A day, in seconds.
const DAY_S: f64 = 86_400.0;

fn stamp(text: &str) -> Option<Stamp> {
    let zoned = text.parse::<Stamp>().ok().filter(|s| matches!(s, Stamp::Exact(_)));
    zoned.or_else(|| Some(Stamp::Local(NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok()?)))
}

/// Writes each as a state of its service and as a row: one of each service, the gravest first, and of how much came
/// in or went out one row of all, for it is an effect of something.
pub(super) fn tell(book: &mut Casebook, notes: &Notes<'_>, all: &[Reported<'_>]) {
    let of_traffic = |r: &&Reported<'_>| OF_TRAFFIC.iter().any(|mark| r.text.starts_with(mark));
    // CPU that went up to next to nothing is a figure, and no state
    let idle = |r: &&Reported<'_>| r.text.contains("[cpu core]") && now_cores(r.text).is_some_and(|now| now < FEW);
    let no_state = |r: &&Reported<'_>| of_traffic(r) || idle(r) || r.aside;
    let graver = all.iter().filter(|r| !no_state(r)).chain(all.iter().filter(no_state));
    let mut told: Vec<&str> = Vec::new();
    let mut traffic: Vec<&Reported<'_>> = Vec::new();
    for reported in graver {
        if told.contains(&reported.name) {
            continue;
        }
        told.push(reported.name);
        let said = format!("{}: {}", reported.name, monitor_words::told(reported.text));
        let what = Claim::quoted(said, notes.cite(&reported.at));
        let health = if no_state(&reported) { Health::Unknown } else { Health::Degraded };
        if let Some(facts) = book.services.get_mut(reported.name)
            && !matches!(facts.health, Some((Health::Down | Health::Degraded, _)))
        {
            facts.health = Some((health, what.clone()));
        }
        if of_traffic(&reported) {
            traffic.push(reported);
        } else if let Some(window) = reported.window.filter(|_| told.len() <= MOST) {
            let kind = if no_state(&reported) { RowKind::Note } else { RowKind::Symptom };
            row(book, notes, window, Some(reported.name), (what.text, &reported.at), kind);
        }
    }
    for (lead, falls) in [("less traffic than before", true), ("more traffic than before", false)] {
        let of: Vec<&&Reported<'_>> = traffic.iter().filter(|r| r.text.contains("(-") == falls).collect();
        let Some(window) = of.iter().find_map(|r| r.window) else { continue };
        let names: Vec<&str> = of.iter().map(|r| r.name).collect();
        let shown = names.get(..MOST).unwrap_or(&names).join(", ");
        let rest = if names.len() > MOST { " and others" } else { "" };
        let at: Vec<Span> = of.iter().take(MOST).flat_map(|r| r.at).collect();
        row(book, notes, window, None, (format!("{lead}: {shown}{rest}"), &at), RowKind::Note);
    }
}

/// One row at the begin of the window, with the window in its words.
fn row(
    book: &mut Casebook,
    notes: &Notes<'_>,
    window: &Window,
    name: Option<&str>,
    (text, at): (String, &[Span]),
    kind: RowKind,
) {
    let places: Vec<Span> = at.iter().copied().chain([window.at]).collect();
    let text = if window.words.is_empty() { text } else { format!("{text}, {}", window.words) };
    let what = Claim::quoted(text, notes.cite(&places));
    book.moments.push(Moment { at: window.begin, service: name.map(str::to_owned), kind, what });
    if !book.windows.contains(&window.begin) {
        book.windows.push(window.begin);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_the_begin_and_the_end_that_it_states() {
        let place = Span { source: crate::domain::SourceId(0), start: 0, end: 1 };
        let of = |range: &str| Window::of(range, place).map(|w| (w.begin.to_string(), w.words));
        let (begin, words) = of("2026-02-01 10:00:30 ~ 2026-02-01 10:05:00").unwrap();
        assert_eq!(begin, "2026-02-01T10:00:30");
        assert_eq!(words, "between 10:00:30 and 10:05");
        assert!(of("last hour").is_none());
    }
}
