//! When the state that a paste shows was taken: where that is stated, where an object shows both when it was made
//! and how old it is. A time that the evidence does not give is none: the newest stamp of a log is only a bound.

use std::sync::LazyLock;

use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use regex::Regex;

use crate::domain::{Citation, Evidence, Span, Stamp};
use crate::intake::kube::{Cluster, Sign};

/// When a state was taken, and what says so.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The time.
    pub at: Stamp,
    /// What says so.
    pub place: Citation,
}

impl Taken {
    /// The time so many seconds before.
    pub fn before(&self, seconds: f64) -> Option<Stamp> {
        let by = Duration::try_milliseconds((seconds * 1000.0) as i64)?;
        match self.at {
            Stamp::Exact(t) => t.checked_sub_signed(by).map(Stamp::Exact),
            _ => None,
        }
    }
}

/// Lines at the beginning of a source in which a writer says when it was taken.
const HEAD: usize = 12;
/// From this age on kubectl prints no minutes, in seconds.
const WITHOUT_MINUTES_S: f64 = 8.0 * 3600.0;

/// `Snapshot: 2026-12-02T02:05:50Z`, `collected … at`, or a line that is nothing but a time.
static STATED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)^\W*(?:.{0,60}?\b(?:snapshot|collected|taken|captured|dumped|exported|as of|now|current time|generated)\b\D{0,20})?(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?(?:\.\d+)? ?(Z|UTC|[+-]\d{2}:?\d{2})\b?",
    )
    .ok()
});
/// `Fri May 22 04:02:48 UTC 2026`: what `date` prints.
static PRINTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"^[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d{2}:\d{2}:\d{2}) (?:UTC|GMT) (\d{4})\s*$",
    )
    .ok()
});

/// When the evidence's state was taken.
pub fn taken(evidence: &Evidence, cluster: &Cluster) -> Option<Taken> {
    stated(evidence).or_else(|| by_age(evidence, cluster))
}

fn stated(evidence: &Evidence) -> Option<Taken> {
    let heads = evidence.sources.iter().zip(&evidence.readings);
    let lines = heads.flat_map(|(s, r)| r.lines.iter().take(HEAD).map(move |l| (s.id, l)));
    lines
        .filter_map(|(source, line)| {
            let text = evidence.slice(Span::new(source, line.range()));
            let at = printed(text).or_else(|| said(text))?;
            Some(Taken { at, place: evidence.cite_line(source, line) })
        })
        .next()
}

fn said(text: &str) -> Option<Stamp> {
    let c = STATED.as_ref()?.captures(text)?;
    let whole = c.get(0)?;
    let named = c.get(1)?.start() > whole.start() + 3;
    // a log's own line begins with a time, too
    let alone = text.get(whole.end()..)?.trim().is_empty();
    if !(named || alone) {
        return None;
    }
    let part = |i: usize| c.get(i).map_or("", |m| m.as_str());
    let zone = if matches!(part(4), "Z" | "UTC") { "+00:00" } else { part(4) };
    let seconds = if part(3).is_empty() { ":00" } else { part(3) };
    let written = format!("{}T{}{seconds}{zone}", part(1), part(2));
    DateTime::parse_from_rfc3339(&written).ok().map(|t| Stamp::Exact(t.to_utc()))
}

fn printed(text: &str) -> Option<Stamp> {
    let c = PRINTED.as_ref()?.captures(text.trim())?;
    let part = |i: usize| c.get(i).map_or("", |m| m.as_str());
    let written = format!("{} {} {} {}", part(1), part(2), part(3), part(4));
    let read = NaiveDateTime::parse_from_str(&written, "%b %d %H:%M:%S %Y").ok()?;
    Some(Stamp::Exact(read.and_utc()))
}

/// A pod whose description says when it was started, in a listing that says how old it is.
fn by_age(evidence: &Evidence, cluster: &Cluster) -> Option<Taken> {
    let made = cluster.dated.iter().filter(|d| d.kind == "pod" && d.sign == Sign::Made);
    let aged = made.filter_map(|d| {
        let pod = cluster.pods.iter().find(|p| d.is_of("pod", p.namespace.as_deref(), &p.name))?;
        let age = pod.age.filter(|a| *a < WITHOUT_MINUTES_S)?;
        let Stamp::Exact(at) = d.at else { return None };
        let at: DateTime<Utc> = at.checked_add_signed(Duration::try_seconds(age as i64)?)?;
        Some((age, Taken { at: Stamp::Exact(at), place: evidence.cite(d.place) }))
    });
    aged.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, taken)| taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_when_a_state_was_taken_where_it_stands_alone_or_the_writer_says_so() {
        let at = |t: &str| printed(t).or_else(|| said(t)).map(|s| s.to_string());
        assert_eq!(at("Snapshot: 2026-12-02T02:05:50Z").as_deref(), Some("2026-12-02T02:05:50Z"));
        assert_eq!(at("ns vod, dump taken 2026-04-09 02:51 UTC").as_deref(), Some("2026-04-09T02:51:00Z"));
        assert_eq!(at("2026-01-31T20:33:49Z").as_deref(), Some("2026-01-31T20:33:49Z"));
        assert_eq!(at("Fri May 22 04:02:48 UTC 2026").as_deref(), Some("2026-05-22T04:02:48Z"));
        assert_eq!(at("2026-01-31T20:33:49Z INFO started"), None);
        assert_eq!(at("it was rolled out on 2026-01-31 at 20:33"), None);
    }
}
