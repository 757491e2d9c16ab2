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

/// One reported anomaly: of what, in the report's own words, and since when it was seen.
pub(super) struct Reported<'a> {
    pub name: &'a str,
    pub text: &'a str,
    pub since: Option<Stamp>,
    pub at: [Span; 2],
}

/// `2026-03-20 12:19:31 ~ 2026-03-20 12:21:26`: the begin of the time that was looked at, as it is written.
pub(super) fn begin_of(range: &str) -> Option<Stamp> {
    let begin = range.split(['~', '–']).next()?.trim();
    let zoned = begin.parse::<Stamp>().ok().filter(|s| matches!(s, Stamp::Exact(_)));
    zoned.or_else(|| Some(Stamp::Local(NaiveDateTime::parse_from_str(begin, "%Y-%m-%d %H:%M:%S").ok()?)))
}

/// Writes each as a state of its service and as a row: one of each service, the gravest first.
pub(super) fn tell(book: &mut Casebook, notes: &Notes<'_>, all: &[Reported<'_>]) {
    let of_traffic = |r: &&Reported<'_>| OF_TRAFFIC.iter().any(|mark| r.text.starts_with(mark));
    // CPU that went up to next to nothing is a figure, and no state
    let idle = |r: &&Reported<'_>| r.text.contains("[cpu core]") && now_cores(r.text).is_some_and(|now| now < FEW);
    let told_of = |r: &&Reported<'_>| of_traffic(r) || idle(r);
    let graver = all.iter().filter(|r| !told_of(r)).chain(all.iter().filter(told_of));
    let mut told: Vec<&str> = Vec::new();
    for reported in graver {
        if told.contains(&reported.name) {
            continue;
        }
        told.push(reported.name);
        let what = Claim::quoted(
            format!("{}: {}", reported.name, monitor_words::told(reported.text)),
            notes.cite(&reported.at),
        );
        let health = if told_of(&reported) { Health::Unknown } else { Health::Degraded };
        if let Some(facts) = book.services.get_mut(reported.name)
            && !matches!(facts.health, Some((Health::Down | Health::Degraded, _)))
        {
            facts.health = Some((health, what.clone()));
        }
        if let Some(at) = reported.since.filter(|_| told.len() <= MOST) {
            let service = Some(reported.name.to_owned());
            let kind = if idle(&reported) { RowKind::Note } else { RowKind::Symptom };
            book.moments.push(Moment { at, service, kind, what });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_begins_where_it_says_so() {
        let begin = begin_of("2026-02-01 10:00:30 ~ 2026-02-01 10:05:00");
        assert_eq!(begin.map(|s| s.to_string()).as_deref(), Some("2026-02-01T10:00:30"));
        assert_eq!(begin_of("last hour"), None);
    }
}
