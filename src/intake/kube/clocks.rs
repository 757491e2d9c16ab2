//! What hosts say of their clocks: the time that each gives when several are asked at once, and what the program that
//! keeps a clock says of it. It does not judge which of them is right.

use crate::domain::Span;

use super::lines::Row;
use super::model::Cluster;
use super::segments::Segment;

/// What one host says of its clock.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Clock {
    pub host: String,
    pub said: ClockSaid,
    /// The words for it, as they stand there.
    pub text: String,
    pub at: Span,
}

/// What is said of a clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ClockSaid {
    /// It gives this time: seconds since midnight, which question it answers, and whether its zone is the common one.
    Reads {
        /// Seconds since midnight.
        seconds: f64,
        /// Where the answers to the same question begin.
        asked: usize,
        /// True where the zone is UTC.
        utc: bool,
    },
    /// Its keeper says that it is a second or more from the time that it is kept by.
    Off,
    /// Its keeper has nothing to keep it by.
    Unsynchronised,
    /// Its keeper keeps it.
    Synchronised,
}

/// The programs that say how a clock is kept.
const KEEPERS: [&str; 4] = ["chronyc", "timedatectl", "ntpstat", "ntpq"];
/// Zones that differ may be told apart by their letters; these are the one that all share.
const COMMON: [&str; 4] = ["UTC", "GMT", "Z", "-u"];

/// Reads what stands below a command that asks hosts for their time, or a keeper for its clock.
pub fn read(segment: &Segment<'_, '_>, cluster: &mut Cluster) {
    let Some(command) = segment.command else { return };
    let words = || command.split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'));
    if KEEPERS.iter().any(|k| words().any(|w| w == *k)) {
        kept(segment, command, cluster);
    } else if words().any(|w| w == "date") {
        asked_at_once(segment, command, cluster);
    }
}

/// `HOST 05:48:04`, `HOST: Thu Dec  3 05:48:04 UTC 2026`: one row for each host that one command asked.
fn asked_at_once(segment: &Segment<'_, '_>, command: &str, cluster: &mut Cluster) {
    let common = |text: &str| text.split_whitespace().any(|w| COMMON.contains(&w));
    for row in segment.rows {
        let (host, rest) = row.text.trim().split_once(char::is_whitespace).unwrap_or((row.text, ""));
        let host = host.trim_end_matches(':');
        let Some((text, seconds)) = time_of_day(rest).filter(|_| is_host(host)) else { continue };
        let utc = common(command) || common(rest) || text.ends_with('Z');
        let said = ClockSaid::Reads { seconds, asked: segment.rows.first().map_or(0, |r| r.start), utc };
        cluster.clocks.push(Clock { host: host.to_owned(), said, text, at: row.span() });
    }
}

fn is_host(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

/// The first `05:48:04` of a text, alone or behind a date, and its seconds since midnight.
fn time_of_day(text: &str) -> Option<(String, f64)> {
    text.split([' ', 'T']).find_map(|word| {
        let bare = word.trim_end_matches('Z');
        let bare = bare.split('+').next().unwrap_or(bare);
        let parts: Vec<f64> = bare.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
        let [h, m, s] = parts.as_slice() else { return None };
        (*h < 24.0 && *m < 60.0 && *s < 61.0).then(|| (word.to_owned(), h * 3600.0 + m * 60.0 + s))
    })
}

/// `Leap status     : Not synchronised`, `System time : 412.1 seconds slow of NTP time`,
/// `System clock synchronized: no`, `unsynchronised`.
fn kept(segment: &Segment<'_, '_>, command: &str, cluster: &mut Cluster) {
    let keeper = KEEPERS.iter().find_map(|k| command.find(k)).unwrap_or(command.len());
    let Some(host) = segment.host.or_else(|| super::checks::over_ssh(command.get(..keeper)?)) else { return };
    for row in segment.rows {
        let Some(said) = keeper_said(row) else { continue };
        // as it stands there; of a column of keys the value alone, which the key's spaces would tear
        let whole = row.text.trim();
        let value = whole.split_once(':').map_or(whole, |(_, value)| value.trim());
        let text = if whole.contains("  ") { value } else { whole }.to_owned();
        cluster.clocks.push(Clock { host: host.to_owned(), said, text, at: row.span() });
    }
}

fn keeper_said(row: &Row<'_>) -> Option<ClockSaid> {
    let text = row.text.trim().to_ascii_lowercase();
    let (key, value) = text.split_once(':').unwrap_or(("", text.as_str()));
    let value = value.trim();
    match key.trim() {
        "leap status" if value.starts_with("not ") => Some(ClockSaid::Unsynchronised),
        "leap status" => Some(ClockSaid::Synchronised),
        "system clock synchronized" | "ntp synchronized" if value == "no" => Some(ClockSaid::Unsynchronised),
        "system clock synchronized" | "ntp synchronized" => Some(ClockSaid::Synchronised),
        "system time" => {
            let off: f64 = value.split_whitespace().next()?.parse().ok()?;
            (off >= 1.0).then_some(ClockSaid::Off)
        }
        "" if value.starts_with("unsynchroni") => Some(ClockSaid::Unsynchronised),
        _ => None,
    }
}
