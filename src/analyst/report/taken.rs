//! When the state that a paste shows was taken: where that is stated, where an object shows both when it was made
//! and how old it is. A time that the evidence does not give is none: the newest stamp of a log is only a bound.

use std::sync::LazyLock;

use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use regex::Regex;

use crate::domain::{Citation, Evidence, Line, SourceId, Span, Stamp};
use crate::intake::kube::{self, Cluster, Sign, quantity};

/// When a state was taken, and what says so.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The time.
    pub at: Stamp,
    /// What says so.
    pub place: Citation,
    /// The row whose age it was reckoned by; none where the time itself is stated.
    pub row: Option<Span>,
    /// How much later it may have been, in seconds.
    pub width: f64,
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

    /// When the command was run whose output a row stands in. A stated time is that of all that was taken with it;
    /// one that was reckoned by a pod's age is that of the pod's own table, and commands that were run one after
    /// the other may lie minutes apart: another table needs a pod of its own that was given to a node when it says,
    /// and started when the pod's description says.
    pub fn of_row(&self, evidence: &Evidence, cluster: &Cluster, row: Span) -> Option<Self> {
        let Some(own) = self.row else { return Some(self.clone()) };
        let section = section_of(evidence, row);
        if section_of(evidence, own) == section {
            return Some(self.clone());
        }
        let beside = cluster.events.iter().filter(|e| e.reason == "Scheduled" && e.kind == "pod");
        let mut beside = beside.filter(|e| section_of(evidence, e.at) == section);
        beside.find_map(|e| {
            let made = |d: &&kube::Dated| d.is_of("pod", e.namespace.as_deref(), &e.name) && d.sign == Sign::Made;
            let made = cluster.dated.iter().find(made)?;
            let age = e.age.filter(|a| *a < WITHOUT_MINUTES_S && e.over.is_none())?;
            let Stamp::Exact(at) = made.at else { return None };
            let at = Stamp::Exact(at.checked_add_signed(Duration::try_seconds(age as i64)?)?);
            let width = quantity::cut_off(evidence.slice(e.at), age);
            Some(Self { at, place: evidence.cite(made.place), row: Some(e.at), width })
        })
    }
}

/// The section that a place stands in, by its source and its first line.
fn section_of(evidence: &Evidence, place: Span) -> Option<(SourceId, usize)> {
    let at = (evidence.cite(place).line as usize).checked_sub(1)?;
    let sections = &evidence.readings.get(place.source.0 as usize)?.sections;
    sections.iter().find(|s| s.lines.contains(&at)).map(|s| (place.source, s.lines.start))
}

/// Lines at the beginning of a source in which a writer says when it was taken.
const HEAD: usize = 12;
/// From this age on kubectl prints no minutes, in seconds.
const WITHOUT_MINUTES_S: f64 = 8.0 * 3600.0;
/// An age that was cut off by more than this says too little of when it was printed, in seconds.
const WIDEST_S: f64 = 60.0;
/// Stamps of several clocks may be so much later than the state that shows them, in seconds.
const CLOCKS_S: f64 = 60.0;

/// A label that says when a state was taken, and nothing after it: `Snapshot: 2026-12-02T02:05:50Z`,
/// `ns vod, dump taken 2026-04-09 02:51 UTC`. Of the same words in a sentence nobody knows what they date.
static LABELLED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const LABEL: &str = r"(?:(?:snapshot|dump|state)?\s*(?:taken|collected|captured|dumped|exported|generated)|snapshot|dump|state as of|as of|now|current time)";
    const BEFORE: &str = r"(?:the |this |cluster |kubectl )?";
    // behind a label with its colon more may follow; a time that only ends a line has to end it
    let written = format!(
        r"(?i)^\W*(?:{BEFORE}{LABEL}(?: at| on)?\s*[:=]\s*{TIME}(?:\s|$)|(?:[^:.!?]{{0,60}}[,;|(]\s*)?{BEFORE}{LABEL}(?: at| on)?\s*@?\s*{TIME}[\s).\]=*#-]*$)"
    );
    crate::domain::pattern::compile(&written).ok()
});
/// A line that is nothing but a time.
static ALONE: LazyLock<Option<Regex>> =
    LazyLock::new(|| crate::domain::pattern::compile(&format!(r"^\W*{TIME}\W*$")).ok());
/// A date with a time and its zone.
const TIME: &str = r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?(?:\.\d+)? ?(Z|UTC|[+-]\d{2}:?\d{2})";
/// A command as a paste shows it.
static COMMAND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"^\s*(?:\$ |# ?kubectl |[\w.@:~/-]*[$#%>] ?kubectl |kubectl |oc |k9s |crictl )")
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
    stated(evidence, cluster).or_else(|| by_age(evidence, cluster))
}

/// The first line at the head of the paste that holds the state, where nothing in the paste is later: a state that
/// was taken before what it shows is another one.
fn stated(evidence: &Evidence, cluster: &Cluster) -> Option<Taken> {
    let shows = |id: SourceId| {
        let rows = cluster.pods.iter().map(|p| p.at).chain(cluster.workloads.iter().map(|w| w.at));
        let others = cluster.events.iter().map(|e| e.at).chain(cluster.nodes.iter().map(|n| n.at));
        rows.chain(others).chain(cluster.units.iter().map(|u| u.at)).any(|at| at.source == id)
    };
    let sources = evidence.sources.iter().zip(&evidence.readings).filter(|(s, _)| shows(s.id));
    sources.filter_map(|(s, r)| stated_in(evidence, s.id, &r.lines)).next()
}

fn stated_in(evidence: &Evidence, source: SourceId, lines: &[Line]) -> Option<Taken> {
    let text = |line: &Line| evidence.slice(Span::new(source, line.range()));
    let commands = |at: usize| {
        let near = [at.checked_sub(1).and_then(|i| lines.get(i)), lines.get(at + 1), lines.get(at + 2)];
        near.into_iter().flatten().any(|l| COMMAND.as_ref().is_some_and(|r| r.is_match(text(l))))
    };
    let at_head = lines.iter().enumerate().take(HEAD).filter_map(|(at, line)| {
        let words = text(line);
        let alone = || read(&ALONE, words).filter(|_| commands(at));
        printed(words).or_else(|| read(&LABELLED, words)).or_else(alone).map(|time| (time, line))
    });
    let (at, line) = at_head.into_iter().next()?;
    let later = |l: &Line| l.stamp.and_then(|s| s.seconds_since(&at)).is_some_and(|s| s > CLOCKS_S);
    (!lines.iter().any(later)).then(|| Taken { at, place: evidence.cite_line(source, line), row: None, width: 0.0 })
}

/// The time that a line gives in that form.
fn read(form: &LazyLock<Option<Regex>>, text: &str) -> Option<Stamp> {
    let c = form.as_ref()?.captures(text)?;
    // the label's two forms have their groups one after the other
    let part = |i: usize| c.get(i).or_else(|| c.get(i + 4)).map_or("", |m| m.as_str());
    let zone = match part(4) {
        "Z" | "UTC" | "z" | "utc" => "+00:00".to_owned(),
        // `+0200`
        short if short.len() == 5 => format!("{}:{}", short.get(..3)?, short.get(3..)?),
        whole => whole.to_owned(),
    };
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

/// A labelled time without a zone, as [`LABELLED`] has them with one.
static WITHOUT_ZONE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)^\W*(?:the |this |cluster |kubectl )?(?:(?:snapshot|dump|state)?\s*(?:taken|collected|captured)|snapshot|dump|as of)(?: at| on)?\s*[:=]\s*(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.\d+)?\s*$",
    )
    .ok()
});
/// Zones lie so many seconds apart, and so far from UTC at the most.
const ZONES_S: f64 = 900.0;
const FARTHEST_S: f64 = 14.0 * 3600.0;

/// A time that a label at the head gives without its zone, and the instant that it is: the zone in which it is as
/// late as a pod's age says. `None` where it fits no zone, or several.
pub fn in_its_zone(evidence: &Evidence, cluster: &Cluster) -> Option<InItsZone> {
    let reckoned = by_age(evidence, cluster)?;
    let Stamp::Exact(instant) = reckoned.at else { return None };
    let (written, place) = evidence.sources.iter().zip(&evidence.readings).find_map(|(s, r)| {
        r.lines.iter().take(HEAD).find_map(|line| {
            let c = WITHOUT_ZONE.as_ref()?.captures(evidence.slice(Span::new(s.id, line.range())))?;
            let text = format!("{} {}", c.get(1)?.as_str(), c.get(2)?.as_str());
            let read = NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S").ok()?;
            Some((read, evidence.cite_line(s.id, line)))
        })
    })?;
    let ahead = (written - instant.naive_utc()).num_seconds() as f64;
    let zone = (ahead / ZONES_S).round() * ZONES_S;
    if zone.abs() > FARTHEST_S || (ahead - zone).abs() > CLOCKS_S + reckoned.width {
        return None;
    }
    let by = reckoned.row.map(|row| evidence.cite(row));
    let at = written.checked_sub_signed(Duration::try_seconds(zone as i64)?)?.and_utc();
    let minutes = (zone / 60.0) as i64;
    let sign = if minutes < 0 { '-' } else { '+' };
    let zone = format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60);
    let places = [Some(place), Some(reckoned.place), by].into_iter().flatten().collect();
    Some(InItsZone { written: Stamp::Local(written), at: Stamp::Exact(at), zone, places })
}

/// A time whose zone was worked out.
#[derive(Debug, Clone)]
pub struct InItsZone {
    /// As it is written.
    pub written: Stamp,
    /// The instant.
    pub at: Stamp,
    /// The zone, `+08:00`.
    pub zone: String,
    /// The label, and what the zone was worked out by.
    pub places: Vec<Citation>,
}

/// A pod whose description says when it was started, in a listing that says how old it is.
fn by_age(evidence: &Evidence, cluster: &Cluster) -> Option<Taken> {
    let made = cluster.dated.iter().filter(|d| d.kind == "pod" && d.sign == Sign::Made);
    let aged = made.filter_map(|d| {
        let pod = cluster.pods.iter().find(|p| d.is_of("pod", p.namespace.as_deref(), &p.name))?;
        let age = pod.age.filter(|a| *a < WITHOUT_MINUTES_S)?;
        let width = quantity::cut_off(evidence.slice(pod.at), age);
        let Stamp::Exact(at) = d.at else { return None };
        let at: DateTime<Utc> = at.checked_add_signed(Duration::try_seconds(age as i64)?)?;
        Some(Taken { at: Stamp::Exact(at), place: evidence.cite(d.place), row: Some(pod.at), width })
    });
    aged.filter(|t| t.width <= WIDEST_S).min_by(|a, b| a.width.total_cmp(&b.width))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<String> {
        printed(text).or_else(|| read(&LABELLED, text)).map(|s| s.to_string())
    }

    #[test]
    fn a_time_is_when_a_state_was_taken_where_a_label_says_so() {
        assert_eq!(at("Snapshot: 2026-12-02T02:05:50Z").as_deref(), Some("2026-12-02T02:05:50Z"));
        assert_eq!(at("ns vod, dump taken 2026-04-09 02:51 UTC").as_deref(), Some("2026-04-09T02:51:00Z"));
        assert_eq!(
            at("Snapshot: 2026-02-03T14:20:00Z   ns: farm  (v4 is out)").as_deref(),
            Some("2026-02-03T14:20:00Z")
        );
        assert_eq!(at("# collected at 2026-04-09 04:51:00 +0200").as_deref(), Some("2026-04-09T02:51:00Z"));
        assert_eq!(at("Cluster state as of 2026-04-09 02:51 UTC").as_deref(), Some("2026-04-09T02:51:00Z"));
        assert_eq!(at("Fri May 22 04:02:48 UTC 2026").as_deref(), Some("2026-05-22T04:02:48Z"));
        assert_eq!(at("2026-01-31T20:33:49Z INFO started"), None);
    }

    #[test]
    fn a_date_in_a_sentence_dates_no_state() {
        for said in [
            "Restored from the snapshot of 2026-05-01 00:00 UTC",
            "v41 is now live since 2026-03-01 10:00 UTC",
            "As of 2026-03-10 14:00 UTC the API returns 500",
            "The report was generated by the job of 2026-03-10 14:00 UTC",
            "We restored the snapshot, 2026-05-01 00:00 UTC",
            "it was rolled out on 2026-01-31 at 20:33",
        ] {
            assert_eq!(at(said), None, "{said}");
        }
    }

    fn of_paste(text: &str) -> Option<String> {
        let source = crate::domain::Source {
            id: SourceId(0),
            name: "x".into(),
            origin: crate::domain::Origin::Paste,
            text: text.into(),
        };
        let evidence = Evidence { readings: vec![crate::intake::read(&source)], sources: vec![source] };
        let cluster = crate::intake::kube::cluster(&evidence);
        taken(&evidence, &cluster).map(|t| t.at.to_string())
    }

    const PODS: &str = "$ kubectl get pods\nNAME       READY   STATUS    RESTARTS   AGE\nfeeder-0   0/1     Pending   0          25m\n";

    #[test]
    fn a_time_by_itself_dates_a_state_beside_a_command_and_none_that_shows_later_things() {
        let stamp = "2026-01-31T20:33:49Z";
        assert_eq!(of_paste(&format!("{stamp}\n{PODS}")).as_deref(), Some(stamp));
        assert_eq!(of_paste(&format!("{stamp}\nann: the queue is full\nben: on it\n\n\n{PODS}")), None);
        let later = "\n$ kubectl logs feeder-0\n2026-02-14T10:00:00Z ERROR feeder no space left on device\n";
        assert_eq!(of_paste(&format!("Snapshot: {stamp}\n{PODS}")).as_deref(), Some(stamp));
        assert_eq!(of_paste(&format!("Snapshot: {stamp}\n{PODS}{later}")), None);
    }
}
