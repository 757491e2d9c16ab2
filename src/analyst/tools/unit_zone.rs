//! The zone of a unit's own time: `since 12:51:59 CST; 2min 4s ago` names letters that several zones
//! have. Where the evidence holds instants beside it, the moment the status was taken lies at the newest
//! of them in one of those zones only, and that one is meant. Else the time stays as it is written.

use chrono::{Duration, NaiveDateTime};

use crate::domain::{Evidence, Span, Stamp};
use crate::intake::prose::offset_of;

/// What letters mean elsewhere than where [`offset_of`] has them, in minutes east of UTC.
const ELSEWHERE: &[(&str, &[i32])] = &[
    ("CST", &[-360, 480, -300]),
    ("IST", &[330, 60, 120]),
    ("BST", &[360]),
    ("EST", &[600]),
    ("CDT", &[-240]),
    ("MST", &[480]),
    ("PST", &[480]),
];

/// The offsets that a zone's letters are used for, in minutes east of UTC.
fn offsets(letters: &str) -> Vec<i32> {
    let usual = offset_of(letters);
    let others = ELSEWHERE.iter().filter(|(l, _)| *l == letters).flat_map(|(_, o)| o.iter().copied());
    usual.into_iter().chain(others).collect()
}

/// The newest instant of the evidence and the moment that a status was taken are this close, in minutes.
const CLOSE_MIN: i64 = 30;

/// The stamp as an instant, where the line's letters and the evidence's other stamps settle its zone.
pub(super) fn settled(at: Stamp, line: Span, evidence: &Evidence) -> Stamp {
    let Stamp::Local(local) = at else { return at };
    let text = evidence.slice(line);
    let Some((_, since)) = text.split_once(" since ") else { return at };
    let (told, ago) = since.split_once(';').unwrap_or((since, ""));
    let offsets = offsets(told.split_whitespace().last().unwrap_or_default());
    let newest = evidence.lines().filter_map(|(_, l)| if let Some(Stamp::Exact(t)) = l.stamp { Some(t) } else { None });
    let (Some(newest), Some(ago)) = (newest.max(), elapsed(ago)) else { return at };
    let instant = |local: NaiveDateTime, minutes: i32| (local - Duration::minutes(i64::from(minutes))).and_utc();
    let mut close =
        offsets.into_iter().filter(|o| (instant(local + ago, *o) - newest).num_minutes().abs() <= CLOSE_MIN);
    match (close.next(), close.next()) {
        (Some(offset), None) => Stamp::Exact(instant(local, offset)),
        _ => at,
    }
}

/// `4h 38min ago`, `1 day 2h ago`: how long ago the status says that it was.
fn elapsed(text: &str) -> Option<Duration> {
    let text = text.trim().strip_suffix("ago")?;
    let mut seconds = 0i64;
    let mut count = String::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let digits = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
        let (n, unit) = word.split_at(digits);
        if unit.is_empty() && words.peek().is_some() {
            n.clone_into(&mut count);
            continue;
        }
        let n: i64 = if n.is_empty() { count.parse().ok()? } else { n.parse().ok()? };
        seconds += n * match unit.trim_end_matches('s') {
            "" => 1,
            "min" => 60,
            "h" => 3_600,
            "day" => 86_400,
            "week" => 604_800,
            _ => return None,
        };
    }
    Some(Duration::seconds(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Origin, Source, SourceId};

    fn read(newest: &str, status: &str) -> Stamp {
        let text = format!("{newest} ERROR cart no answer\n$ systemctl status dockerd\n Active: {status}\n");
        let (from, to) = (text.find("Active:").unwrap(), text.len() - 1);
        let source = Source { id: SourceId(0), name: "x".into(), origin: Origin::Paste, text: text.into() };
        let evidence = Evidence { readings: vec![crate::intake::read(&source)], sources: vec![source] };
        let local: NaiveDateTime = "2026-05-04T20:10:00".parse().unwrap();
        settled(Stamp::Local(local), Span::new(SourceId(0), from..to), &evidence)
    }

    fn exact(text: &str) -> Stamp {
        text.parse().unwrap()
    }

    #[test]
    fn letters_of_several_zones_mean_the_one_that_the_other_stamps_allow() {
        let status = "failed since Mon 2026-05-04 20:10:00 CST; 1h 5min ago";
        assert_eq!(read("2026-05-04T13:16:02Z", status), exact("2026-05-04T12:10:00Z"));
        assert_eq!(read("2026-05-05T03:14:02Z", status), exact("2026-05-05T02:10:00Z"));
    }

    #[test]
    fn without_an_instant_beside_it_or_letters_the_time_stays_as_written() {
        let local = exact("2026-05-04T20:10:00");
        assert_eq!(read("2026-05-04T20:16:02", "failed since Mon 2026-05-04 20:10:00 CST; 5min ago"), local);
        assert_eq!(read("2026-05-04T17:16:02Z", "failed since Mon 2026-05-04 20:10:00 CST; 5min ago"), local);
        assert_eq!(read("2026-05-04T12:16:02Z", "failed since Mon 2026-05-04 20:10:00; 5min ago"), local);
    }

    #[test]
    fn how_long_ago_is_read_in_every_unit_that_a_status_uses() {
        for (text, seconds) in [("2min 4s ago", 124), ("1 day 2h ago", 93_600), ("3 weeks 1 days ago", 1_900_800)] {
            assert_eq!(elapsed(text), Some(Duration::seconds(seconds)), "{text}");
        }
        assert_eq!(elapsed("a while ago"), None);
    }
}
