//! What changed in the measured series: which measure of which thing left its level, when, how far,
//! and whether it came back. A measure alone names a fault only where it is the fault (CPU used up,
//! space used up); latency and load are symptoms.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::casebook::{BACK, Bearing, Finding, Moment};
use crate::analyst::{Casebook, Knowledge, naming};
use crate::domain::report::RowKind;
use crate::domain::{Citation, Claim, Evidence, SourceId, Span, Stamp};
use crate::intake::metrics::{Measured, Point, Series, may_head_series, series};

use super::super::{Observation, Tool};
use super::levels;

/// The tool.
pub const TOOL: Tool = Tool {
    name: "metrics",
    question: "Which measure left its level, and when?",
    applies: |e, _| e.sources.iter().any(|s| has_series(&s.text)),
    arguments: |_, _| serde_json::json!({}),
    run,
};

fn has_series(text: &str) -> bool {
    (text.contains("\"values\"") && text.contains("\"timestamps\""))
        || text.contains("\"resultType\"")
        || text.lines().any(may_head_series)
}

/// Memory that grows steadily to this multiple of what it was is not given back.
const GROWN: f64 = 1.8;

/// How a series left its level.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Shift {
    /// Mean before.
    base: f64,
    /// The value farthest from it afterwards.
    peak: f64,
    /// Index of the first point after the change.
    onset: usize,
    /// Index of the farthest point.
    worst: usize,
    /// True when the last point is close to the level before.
    recovered: bool,
    /// True when the lowest point lies inside and the last one is high again: room that was made.
    refilled: bool,
    /// True where it rises all the way: nearly every point lies above the one before.
    grows: bool,
}

/// Points below which nothing is said to grow.
const GROWING: usize = 8;

/// The split that separates two levels best.
fn shift(points: &[Point]) -> Option<Shift> {
    let n = points.len();
    if n < 3 {
        return None;
    }
    let values: Vec<f64> = points.iter().map(|p| p.value).collect();
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len().max(1) as f64;
    let gain = |k: usize| {
        let (a, b) = values.split_at(k);
        (mean(b) - mean(a)).abs() * ((k * (n - k)) as f64 / n as f64).sqrt()
    };
    let onset = (1..n).max_by(|a, b| gain(*a).total_cmp(&gain(*b)))?;
    let onset = foot(&values, onset);
    let base = mean(values.get(..onset)?);
    let far = |i: &usize| (values.get(*i).copied().unwrap_or(base) - base).abs();
    let worst = (onset..n).max_by(|a, b| far(a).total_cmp(&far(b)))?;
    let peak = *values.get(worst)?;
    let last = *values.last()?;
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let trough = values.iter().position(|v| *v == lowest).unwrap_or(0);
    let recovered = worst + 1 < n && (last - base).abs() < 0.25 * (peak - base).abs();
    let first = values.first().copied().unwrap_or(0.0);
    let refilled = trough > 0 && trough + 1 < n && last > 3.0 * lowest.max(0.0) && last >= 0.8 * first;
    let rising = values.windows(2).filter(|w| matches!(w, [a, b] if b > a)).count();
    let grows = n >= GROWING && rising * 5 >= (n - 1) * 4;
    Some(Shift { base, peak, onset, worst, recovered, refilled, grows })
}

/// Of a rise that takes long, the share of it that already counts as left its level.
const LEFT: f64 = 0.1;

/// Where a slope that ends in the change begins: back from the change as long as the values stand clear of
/// the first ones.
fn foot(values: &[f64], change: usize) -> usize {
    let mut first: Vec<f64> = values.iter().take((values.len() / 5).max(3)).copied().collect();
    first.sort_by(f64::total_cmp);
    let level = first.get(first.len() / 2).copied().unwrap_or(0.0);
    let most = values.iter().map(|v| (v - level).abs()).fold(0.0, f64::max);
    let off = |i: usize| values.get(i).is_some_and(|v| (v - level).abs() > LEFT * most);
    (1..change).rev().take_while(|i| off(*i)).last().unwrap_or(change)
}

/// What a measure of this name says when it moves.
enum Meaning {
    Fault { playbook: &'static str, weight: f64, is: &'static str },
    Symptom,
}

/// Seconds in the unit that a metric's name ends in, or has among its last words: `gc_pause_ms`,
/// `jvm_gc_pause_seconds_max`. `None` where it names none.
fn seconds_of(metric: &str) -> Option<f64> {
    let lower = metric.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    words.iter().rev().find_map(|word| match *word {
        "s" | "sec" | "secs" | "second" | "seconds" => Some(1.0),
        "ms" | "millis" | "milliseconds" | "millisecond" => Some(1e-3),
        "us" | "micros" | "microseconds" => Some(1e-6),
        "ns" | "nanos" | "nanoseconds" => Some(1e-9),
        _ => None,
    })
}

fn meaning(metric: &str, s: &Shift, low: f64) -> Option<Meaning> {
    let name = metric.to_lowercase().replace(['_', '-', ' '], "");
    let has = |words: &[&str]| words.iter().any(|w| name.contains(w));
    let fault = |playbook, weight, is| Some(Meaning::Fault { playbook, weight, is });
    let rises = s.peak > s.base;
    if name.starts_with("node") && !name.contains("disk") {
        return None;
    }
    if has(&["throttl"]) {
        // of a processor it is a share of periods, of requests a count of those that were turned away
        let of_calls = name == "throttles" || has(&["request", "invocation", "calls", "events", "429"]);
        if of_calls {
            let turned_away = rises && s.peak > 5.0 * s.base.max(1.0);
            return turned_away.then_some(()).and_then(|()| fault("capacity_limit.full", 4.4, "throttled calls"));
        }
        let share = if has(&["ratio", "share", "fraction"]) { 100.0 } else { 1.0 };
        return (rises && s.peak * share >= 25.0)
            .then_some(())
            .and_then(|()| fault("cpu_throttling.quota", 3.0, "CPU throttling"));
    }
    if has(&["http429", "status429", "ratelimited", "ratelimithits", "toomanyrequests"]) {
        return (rises && s.peak > 5.0 * s.base.max(1.0))
            .then_some(())
            .and_then(|()| fault("rate_limit.own", 3.4, "calls turned away by a rate limit"));
    }
    let waiting = has(&["pending", "waiting", "waiters", "awaiting"]);
    if waiting && has(&["pool", "conn", "jdbc", "hikari", "dbcp", "r2dbc", "pgbouncer"]) {
        return (rises && s.peak >= 2.0 && s.peak > 4.0 * s.base)
            .then_some(())
            .and_then(|()| fault("connection_pool_exhaustion.saturated", 4.4, "requests that wait for a connection"));
    }
    if has(&["cpu"]) && !has(&["credit"]) {
        if !rises && low < 85.0 || s.peak < 80.0 || s.peak > 110.0 {
            return None;
        }
        return fault("cpu_saturation.busy", if s.peak >= 95.0 { 4.6 } else { 3.4 }, "CPU");
    }
    if has(&["freestorage", "freespace", "diskfree", "storagefree", "freedisk"]) {
        return (low < 0.1 * s.base.max(s.peak))
            .then_some(())
            .and_then(|()| fault("disk_full.bytes", 3.6, "free storage"));
    }
    if has(&["burstbalance", "iobalance", "bytebalance"]) {
        return (low < 5.0 && s.base > 10.0)
            .then_some(())
            .and_then(|()| fault("storage_volume.slow", 4.4, "balance of I/O credits (burst)"));
    }
    if has(&["cpucreditbalance"]) {
        return (low < 0.05 * s.base).then_some(()).and_then(|()| fault("cpu_throttling.quota", 3.4, "CPU credits"));
    }
    if has(&["gcpause", "gctime", "stoptheworld"]) {
        let long = seconds_of(metric).is_some_and(|unit| s.peak * unit >= 1.0);
        return (rises && long && s.peak > 5.0 * s.base)
            .then_some(())
            .and_then(|()| fault("gc_pressure.long_pauses", 4.2, "pauses of the garbage collector"));
    }
    if has(&["inode"]) && rises && s.peak >= 95.0 {
        return fault("disk_full.inodes", 3.6, "inodes");
    }
    if has(&[
        "diskus",
        "fsus",
        "filesystemus",
        "diskutil",
        "volumeus",
        "pvcus",
        "pvus",
        "storageus",
        "diskpct",
        "diskpercent",
    ]) && rises
        && (90.0..=100.5).contains(&s.peak)
    {
        return fault("disk_full.bytes", 3.6, "disk use");
    }
    if has(&["freeablememory", "memavail", "freememory"]) {
        return (low < 0.05 * s.base.max(s.peak))
            .then_some(())
            .and_then(|()| fault("memory_exhaustion.oom_killed", 2.6, "free memory"));
    }
    if has(&["heapus", "heappct", "heappercent", "oldgenus"]) && !has(&["byte", "mib", "mb"]) {
        return (rises && (90.0..=110.0).contains(&s.peak) && s.base < 85.0)
            .then_some(())
            .and_then(|()| fault("gc_pressure.long_pauses", 3.0, "heap"));
    }
    if has(&["mem", "rss", "workingset"]) && !has(&["limit", "request", "pct", "percent", "%", "util", "usage"]) {
        return (rises && s.grows && s.peak > GROWN * s.base)
            .then_some(())
            .and_then(|()| fault("memory_exhaustion.leak", 3.0, "memory"));
    }
    if has(&["mem"]) && !has(&["limit", "request"]) {
        return (rises && (90.0..=110.0).contains(&s.peak) && s.base < 85.0)
            .then_some(())
            .and_then(|()| fault("memory_exhaustion.oom_killed", 3.4, "memory"));
    }
    if has(&["replicalag", "replicationlag", "secondsbehind", "replaylag"]) {
        return (rises && s.peak >= 30.0 && s.peak > 5.0 * s.base)
            .then_some(())
            .and_then(|()| fault("replication_lag.replay", 3.8, "replica lag"));
    }
    if has(&["consumerlag", "messagesvisible", "queuedepth", "oldestmessage", "backlog"]) && !has(&["disk"]) {
        return (rises && s.peak > 5.0 * s.base.max(1.0))
            .then_some(())
            .and_then(|()| fault("message_lag.consumer_behind", 3.2, "queue"));
    }
    if has(&["packetloss", "retrans", "dropped"]) {
        return (rises && s.peak > 1.0 && s.peak > 5.0 * s.base)
            .then_some(())
            .and_then(|()| fault("network_loss.packets", 3.0, "packet loss"));
    }
    if has(&["databaseconnections", "activeconnections", "connectionsused", "poolactive", "poolus"]) {
        return (rises && s.peak > 3.0 * s.base && s.peak >= 20.0)
            .then_some(())
            .and_then(|()| fault("connection_pool_exhaustion.server_limit", 3.0, "connections"));
    }
    if has(&["openfiles", "filedescriptor", "fdcount"]) && rises && s.peak > 5.0 * s.base {
        return fault("fd_exhaustion.leak", 3.0, "open descriptors");
    }
    if has(&["requestrate", "requestcount", "rps", "qps"]) {
        return (rises && s.peak > 4.0 * s.base.max(1.0))
            .then_some(())
            .and_then(|()| fault("traffic_spike.surge", 2.6, "request rate"));
    }
    (has(&["latency", "duration", "error", "5xx", "timeout"]) && rises && s.peak > 3.0 * s.base)
        .then_some(Meaning::Symptom)
}

/// Faults kept of one evidence: the farthest moved first.
const KEPT: usize = 6;

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    let mut seen = Observation::default();
    let (mut total, mut unread) = (0, 0);
    for source in evidence.sources.iter().filter(|s| has_series(&s.text)) {
        let Measured { series: all, unread: passed } = series(&source.text);
        total += all.len();
        unread += passed;
        let utc = states_utc(&source.text);
        let mut faults: Vec<Finding> = Vec::new();
        let mut symptoms: Vec<(Stamp, Claim)> = Vec::new();
        for s in &all {
            read(evidence, book, source.id, s, utc, &mut faults, &mut symptoms);
        }
        faults.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        faults.truncate(KEPT);
        for f in &faults {
            seen.text.push_str(&format!("{} / {}: {}\n", f.subject, f.playbook, f.claim.text));
            seen.citations.extend(f.claim.citations.first().cloned());
        }
        for (at, what) in symptoms.into_iter().take(KEPT) {
            book.moments.push(Moment { at, service: None, kind: RowKind::Symptom, what });
        }
        if faults.iter().all(|f| f.weight < 1.0) {
            levels::calm(evidence, book, source, &all);
        }
        book.findings.extend(faults);
    }
    seen.citations.truncate(12);
    seen.title = format!("series: {total}; of them name a fault: {}", seen.text.lines().count());
    seen.text.push_str(&super::told_unread(unread));
    seen
}

fn read(
    evidence: &Evidence,
    book: &mut Casebook,
    source: SourceId,
    s: &Series,
    utc: bool,
    faults: &mut Vec<Finding>,
    symptoms: &mut Vec<(Stamp, Claim)>,
) {
    if let [only] = s.points.as_slice() {
        faults.extend(stands_throttled(evidence, source, s, only));
    }
    let Some(mut change) = shift(&s.points) else { return };
    let free = ["free", "avail"].iter().any(|w| s.metric.to_lowercase().contains(w));
    change.recovered |= free && change.refilled;
    let low = s.points.iter().map(|p| p.value).fold(f64::INFINITY, f64::min);
    node_used_up(evidence, book, source, s, &change);
    let Some(meaning) = meaning(&s.metric, &change, low) else { return };
    let subject = naming::workload(&s.subject);
    let cite =
        |i: usize| -> Option<Citation> { s.points.get(i).map(|p| evidence.cite(Span::new(source, p.span.clone()))) };
    let (Some(before), Some(onset)) = (cite(change.onset - 1), s.points.get(change.onset)) else { return };
    let Some(worst) = cite(change.worst) else { return };
    let at = if utc { in_utc(onset.at) } else { onset.at };
    // The claim is dated by the first point after the change, so it says that point's value; the
    // worst one may come later.
    let began = cite(change.onset).filter(|c| c.start != worst.start);
    let then = began.as_ref().unwrap_or(&worst);
    let (name, unit) = named_unit(&s.metric);
    let from = (s.points.get(change.onset - 1).map_or(0.0, |p| p.value), &before.quote);
    let text =
        format!("{name} of {subject} went from {} to {}.", told(from, unit), told((onset.value, &then.quote), unit));
    let claim = Claim::quoted(text, [Some(before.clone()), began, Some(worst.clone())].into_iter().flatten().collect());
    let peak = (s.points.get(change.worst).map_or(0.0, |p| p.value), &worst.quote);
    match meaning {
        Meaning::Fault { playbook, weight, is } => {
            if change.recovered && naming::is_name(&subject) {
                let text = format!("{name} of {subject} {BACK}");
                book.calm.push(Claim::inferred(text, cite(s.points.len() - 1).into_iter().collect()));
            }
            if naming::is_name(&subject) {
                faults.push(Finding {
                    tool: TOOL.name,
                    subject_kind: naming::kind_of(&subject),
                    subject,
                    playbook: playbook.into(),
                    bearing: Bearing::Stated,
                    weight: if change.recovered { weight * 0.15 } else { weight },
                    mechanism: format!("its {is} went from {} to {}", told(from, unit), told(peak, unit)),
                    claim,
                    at: Some(at),
                });
            }
        }
        Meaning::Symptom if naming::is_name(&subject) => {
            if change.recovered {
                let text = format!("{name} of {subject} {BACK}");
                book.calm.push(Claim::inferred(text, cite(s.points.len() - 1).into_iter().collect()));
            }
            symptoms.push((at, claim));
        }
        Meaning::Symptom => {}
    }
}

/// A measure's name without the unit in its parentheses, and the unit: `CpuUsage(%)`; a utilization is a
/// percentage by its name.
fn named_unit(metric: &str) -> (&str, &str) {
    const UNITS: [&str; 7] = ["%", "s", "ms", "MB", "MiB", "GB", "KB/s"];
    let split = metric.strip_suffix(')').and_then(|m| m.rsplit_once('('));
    match split.filter(|(_, unit)| UNITS.contains(unit)) {
        Some((name, unit)) => (name.trim_end(), unit),
        None if metric.ends_with("Utilization") => (metric, "%"),
        None if ["Storage", "Memory", "Bytes"].iter().any(|w| metric.contains(w)) => (metric, "B"),
        None => (metric, ""),
    }
}

/// A value with its unit; so many bytes in the unit that a person would use.
fn told((value, quote): (f64, &String), unit: &str) -> String {
    const MIB: f64 = 1024.0 * 1024.0;
    match unit {
        "B" if value >= 1024.0 * MIB => format!("{:.1}GiB", value / (1024.0 * MIB)),
        "B" if value >= MIB => format!("{:.1}MiB", value / MIB),
        "B" => quote.clone(),
        unit => format!("{quote}{unit}"),
    }
}

/// The share of throttled periods from which one look at it says enough.
const THROTTLED: f64 = 0.25;

/// An instant share of throttled periods: it has no time before, and needs none.
fn stands_throttled(evidence: &Evidence, source: SourceId, s: &Series, only: &Point) -> Option<Finding> {
    let share = s.metric.contains("throttled") && s.metric.ends_with(" ratio") && only.value >= THROTTLED;
    let subject = naming::workload(&s.subject);
    if !share || !naming::is_name(&subject) {
        return None;
    }
    let cited = evidence.cite(Span::new(source, only.span.clone()));
    let mechanism = format!("the share of its throttled periods is {}", cited.quote);
    let text = format!("The share of throttled periods of {subject} is {}.", cited.quote);
    Some(Finding {
        tool: TOOL.name,
        subject_kind: naming::kind_of(&subject),
        subject,
        playbook: "cpu_throttling.quota".into(),
        bearing: Bearing::Stated,
        weight: 3.0 + only.value,
        mechanism,
        claim: Claim::quoted(text, vec![cited]),
        at: None,
    })
}

/// Of a node's CPU, what counts as used up, in percent.
const USED_UP: f64 = 90.0;

/// The CPU of the node that a pod stands on, told with the pod: used up, it starves what runs there.
fn node_used_up(evidence: &Evidence, book: &mut Casebook, source: SourceId, s: &Series, change: &Shift) {
    let name = s.metric.to_lowercase();
    let used_up = name.starts_with("node") && name.contains("cpu") && change.peak >= USED_UP && change.base < USED_UP;
    let (Some(before), Some(worst)) = (s.points.get(change.onset - 1), s.points.get(change.worst)) else { return };
    if !used_up || change.recovered || change.peak > 110.0 {
        return;
    }
    let [before, worst] = [before, worst].map(|p| evidence.cite(Span::new(source, p.span.clone())));
    let service = naming::workload(&s.subject);
    let (name, unit) = named_unit(&s.metric);
    let values = [change.onset - 1, change.worst].map(|i| s.points.get(i).map_or(0.0, |p| p.value));
    let [from, to] = [(values[0], &before.quote), (values[1], &worst.quote)].map(|v| told(v, unit));
    let text = format!("{name} of {service} went from {from} to {to}.");
    book.starved.push((service, Claim::quoted(text, vec![before, worst])));
}

static UTC_STATED: LazyLock<Option<Regex>> =
    LazyLock::new(|| crate::domain::pattern::compile(r"(?i)\(UTC\)|\btimes? (?:are )?in UTC\b|\bin UTC\b").ok());

/// True when the source says in words that its times are UTC.
pub fn states_utc(text: &str) -> bool {
    let head: String = text.chars().take(600).collect();
    UTC_STATED.as_ref().is_some_and(|r| r.is_match(&head))
}

/// A stamp without a zone, read as UTC because the source says so.
pub fn in_utc(at: Stamp) -> Stamp {
    match at {
        Stamp::Local(t) => Stamp::Exact(t.and_utc()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_as_long_as_its_unit_says_and_of_unknown_length_without_one() {
        assert_eq!((seconds_of("gc_pause_ms"), seconds_of("jvm.gc.pause.seconds.max")), (Some(1e-3), Some(1.0)));
        assert_eq!(seconds_of("gc_pause"), None);
        let shift = Shift { base: 0.2, peak: 1.4, onset: 2, worst: 3, recovered: false, refilled: false, grows: false };
        assert!(meaning("gc_pause_ms", &shift, 0.2).is_none() && meaning("gc_pause_s", &shift, 0.2).is_some());
    }

    fn points(values: &[f64]) -> Vec<Point> {
        let at: Stamp = "2026-01-01T00:00:00Z".parse().unwrap();
        values.iter().map(|v| Point { at, value: *v, span: 0..0 }).collect()
    }

    #[test]
    fn the_change_point_is_where_the_level_leaves() {
        let s = shift(&points(&[1.0, 1.2, 1.1, 99.0, 100.0])).unwrap();
        assert_eq!((s.onset, s.recovered), (3, false));
        assert!(matches!(
            meaning("CpuUsage(%)", &s, 1.0),
            Some(Meaning::Fault { playbook: "cpu_saturation.busy", .. })
        ));
    }

    #[test]
    fn a_measure_is_told_with_its_unit() {
        assert_eq!(named_unit("ClientLatencyP90(s)"), ("ClientLatencyP90", "s"));
        assert_eq!((named_unit("CPUUtilization").1, named_unit("queue_depth").1), ("%", ""));
        assert_eq!(told((18.33, &"18.33".to_owned()), "%"), "18.33%");
        assert_eq!(told((3_221_225_472.0, &"3221225472".to_owned()), "B"), "3.0GiB");
    }

    #[test]
    fn a_slope_begins_where_it_leaves_the_level() {
        let s = shift(&points(&[1.0, 2.0, 1.0, 1.0, 60.0, 120.0, 180.0, 240.0, 300.0, 360.0])).unwrap();
        assert_eq!(s.onset, 4);
    }

    #[test]
    fn calls_that_are_turned_away_are_no_throttled_processor() {
        let s = shift(&points(&[0.0, 0.0, 0.0, 180.0, 190.0])).unwrap();
        let of = |name: &str| match meaning(name, &s, 0.0) {
            Some(Meaning::Fault { playbook, .. }) => playbook,
            _ => "",
        };
        assert_eq!(of("Throttles"), "capacity_limit.full");
        assert_eq!(of("cfs_throttled_periods_pct"), "cpu_throttling.quota");
        assert_eq!(of("jdbc_pending"), "connection_pool_exhaustion.saturated");
    }

    #[test]
    fn a_hump_is_told_as_recovered() {
        let s = shift(&points(&[18.0, 18.0, 19.0, 95.0, 96.0, 19.0])).unwrap();
        assert!(s.recovered);
    }

    #[test]
    fn a_low_level_of_cpu_is_no_fault() {
        let s = shift(&points(&[0.5, 0.6, 5.0, 4.0])).unwrap();
        assert!(meaning("CpuUsage(%)", &s, 0.5).is_none());
    }
}
