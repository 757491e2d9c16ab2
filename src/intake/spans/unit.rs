//! The unit of a duration: named by its column or behind the figure, or told by what stands beside it. Exports
//! that name none count in anything from seconds to billionths, so a unit that nothing shows stays unknown.

use std::collections::HashMap;

use crate::intake::cell;

use super::TraceSpan;

/// A unit as it is told, and how many microseconds it has.
pub type Unit = (&'static str, f64);

/// What is not known: the figure stays as it is.
pub const UNKNOWN: Unit = ("", 1.0);

/// Every unit in which exports count, the smallest first.
const UNITS: [Unit; 4] = [("ns", 0.001), ("µs", 1.0), ("ms", 1000.0), ("s", 1_000_000.0)];

/// The unit that a word stands for.
pub fn named(word: &str) -> Option<Unit> {
    let at = match word {
        "ns" | "nsec" | "nsecs" | "nano" | "nanos" | "nanosec" | "nanosecs" | "nanosecond" | "nanoseconds" => 0,
        "us" | "µs" | "μs" | "usec" | "usecs" | "micro" | "micros" | "microsec" | "microsecs" | "microsecond"
        | "microseconds" => 1,
        "ms" | "msec" | "msecs" | "milli" | "millis" | "millisec" | "millisecs" | "millisecond" | "milliseconds" => 2,
        "s" | "sec" | "secs" | "second" | "seconds" => 3,
        _ => return None,
    };
    UNITS.get(at).copied()
}

/// Names of a duration.
const NAMES: [&str; 5] = ["duration", "elapsed", "latency", "took", "responsetime"];

/// What a key or column of durations is called by: a name of one with nothing but a unit beside it, as words or
/// joined (`durationms`). `None` for what is no duration of the span itself.
pub fn of_name(words: &[String]) -> Option<Unit> {
    let (mut name, mut unit) = (false, UNKNOWN);
    for word in words {
        let joined = || NAMES.iter().find_map(|n| named(word.strip_prefix(n)?));
        if let Some(found) = joined() {
            (name, unit) = (true, found);
        } else if let Some(found) = named(word) {
            unit = found;
        } else if NAMES.contains(&word.as_str()) || word == "time" {
            name = true;
        } else if !matches!(word.as_str(), "span" | "total" | "response") {
            return None;
        }
    }
    let told = words.iter().any(|w| NAMES.iter().any(|n| w.starts_with(n)));
    (name && told).then_some(unit)
}

/// A figure with the unit behind it, as people's tools show one: `12.5ms`, `850 µs`. The unit is unknown where
/// none stands there.
pub fn shown(text: &str) -> Option<(&str, f64, Unit)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | 'e' | '-' | '+'))).unwrap_or(text.len());
    let (figure, behind) = text.split_at(end);
    let unit = match behind.trim() {
        "" => UNKNOWN,
        word => named(word)?,
    };
    cell::duration(figure).map(|value| (figure, value, unit))
}

/// What stands beside a duration without a unit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// The start as it is written.
    pub start: &'a str,
    /// The end as it is written.
    pub end: &'a str,
}

/// How far a duration may lie from the way between start and end, as a share of it.
const NEAR: f64 = 0.02;

/// The unit in which a figure is what lies between start and end; else that of a start which counts in
/// millionths or billionths since 1970, as the tracing systems do that have one unit for both.
pub fn beside(figure: f64, beside: Beside<'_>) -> Unit {
    let at = |text: &str| cell::stamp(text).map(|at| at.sort_key());
    let between = at(beside.end).zip(at(beside.start)).filter(|(e, s)| e.0 == s.0).map(|(e, s)| (e.1 - s.1) as f64);
    if let Some(between) = between.filter(|b| *b > 0.0) {
        let near = |u: &&Unit| (figure * u.1 - between).abs() <= NEAR * between;
        return UNITS.iter().find(near).copied().unwrap_or(UNKNOWN);
    }
    let digits = beside.start.split('.').next().unwrap_or("");
    match digits.len() {
        _ if !digits.bytes().all(|b| b.is_ascii_digit()) => UNKNOWN,
        16 => ("µs", 1.0),
        19 => ("ns", 0.001),
        _ => UNKNOWN,
    }
}

/// Calls between services below which their nesting shows nothing.
const CALLS: usize = 3;
/// The share of all calls that fit in the right unit, and the most that fit in a smaller one.
const FIT: (f64, f64) = (0.9, 0.2);
/// By how much of its caller's time a call may stand out of it: clocks differ, and answers are not waited for.
const SLACK: f64 = 0.05;

/// Gives the spans without a unit the one that the others of the same sort have; else the smallest in which what
/// a span calls begins and ends within it.
pub fn settle(all: &mut [TraceSpan], bare: &[usize]) {
    let has = |unit: &Unit| bare.iter().filter_map(|i| all.get(*i)).any(|s| s.unit == unit.0);
    let shown: Vec<Unit> = UNITS.into_iter().filter(has).collect();
    let unit = match shown.as_slice() {
        [] => nested(all),
        [only] => Some(*only),
        _ => None,
    };
    let Some(unit) = unit else { return };
    for i in bare {
        if let Some(span) = all.get_mut(*i).filter(|s| s.unit.is_empty()) {
            (span.unit, span.micros) = (unit.0, span.micros * unit.1);
        }
    }
}

fn nested(all: &[TraceSpan]) -> Option<Unit> {
    let ids: HashMap<(&str, &str), &TraceSpan> = all.iter().map(|s| ((s.trace.as_str(), s.id.as_str()), s)).collect();
    // spans of one service have one clock: one of them in another is enough
    let mut one_clock = false;
    let calls: Vec<(f64, f64, f64)> = all
        .iter()
        .filter(|s| s.unit.is_empty())
        .filter_map(|s| {
            let above = ids.get(&(s.trace.as_str(), s.parent.as_str())).filter(|p| p.unit.is_empty())?;
            let call = ((s.began()? - above.began()?) as f64, above.micros, s.micros);
            one_clock |= s.service == above.service;
            Some(call)
        })
        .collect();
    let fits = |unit: &Unit| {
        let within = |(behind, above, own): &&(f64, f64, f64)| {
            let slack = SLACK * above * unit.1;
            *behind >= -slack && behind + own * unit.1 <= above * unit.1 + slack
        };
        calls.iter().filter(within).count() as f64 / calls.len() as f64
    };
    let at = UNITS.iter().position(|u| fits(u) >= FIT.0).filter(|_| one_clock || calls.len() >= CALLS)?;
    let smaller = UNITS.get(at.checked_sub(1)?)?;
    (fits(smaller) <= FIT.1).then(|| UNITS.get(at).copied()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Option<&'static str> {
        of_name(&super::super::words(name)).map(|u| u.0)
    }

    #[test]
    fn a_name_says_its_unit_or_none() {
        assert_eq!((of("Duration(ms)"), of("duration_msecs"), of("durationns")), (Some("ms"), Some("ms"), Some("ns")));
        assert_eq!((of("duration"), of("elapsedTime"), of("took_s")), (Some(""), Some(""), Some("s")));
        assert_eq!((of("cold_start_duration_ms"), of("latency_avg"), of("start_time")), (None, None, None));
        assert_eq!(shown("12.5ms").map(|(f, v, u)| (f, v, u.0)), Some(("12.5", 12.5, "ms")));
        assert!(shown("NaN").is_none() && shown("-5").is_none() && shown("").is_none() && shown("5 apples").is_none());
    }

    #[test]
    fn start_and_end_say_the_unit_and_so_does_the_count_of_a_start() {
        let iso = Beside { start: "2026-01-01T00:00:00.100Z", end: "2026-01-01T00:00:00.350Z" };
        assert_eq!((beside(250.0, iso).0, beside(250_000.0, iso).0, beside(9.0, iso).0), ("ms", "µs", ""));
        let count = |start| beside(12_500_000.0, Beside { start, end: "" }).0;
        assert_eq!((count("1767225600000000000"), count("1767225600000000")), ("ns", "µs"));
        // exports that begin in thousandths count durations in thousandths and in millionths
        assert_eq!((count("1767225600000"), count("2026-01-01T00:00:00Z")), ("", ""));
    }

    fn span(id: &str, parent: &str, start: i64, took: f64) -> TraceSpan {
        let start = chrono::DateTime::from_timestamp_micros(start).map(crate::domain::Stamp::Exact);
        TraceSpan {
            trace: "t".into(),
            id: id.into(),
            parent: parent.into(),
            start,
            micros: took,
            ..TraceSpan::default()
        }
    }

    #[test]
    fn the_nesting_of_calls_says_the_unit() {
        for (times, unit) in [(1.0, "µs"), (0.001, "ms")] {
            let mut all = vec![span("a", "", 0, 90_000.0 * times)];
            all.extend((1..6).map(|i| span(&i.to_string(), "a", i * 15_000, 9_000.0 * times)));
            settle(&mut all, &[0, 1, 2, 3, 4, 5]);
            assert!(all.iter().all(|s| s.unit == unit), "{unit}");
            assert!((all[0].micros - 90_000.0).abs() < 1e-6);
        }
        let mut pair = vec![span("a", "", 0, 3_104_000.0), span("b", "a", 1_000, 3_101_000.0)];
        settle(&mut pair, &[0, 1]);
        assert_eq!(pair[1].unit, "µs");
        let mut other = vec![span("a", "", 0, 3_104_000.0), span("b", "a", 1_000, 3_101_000.0)];
        other[1].service = "another".into();
        settle(&mut other, &[0, 1]);
        assert_eq!(other[1].unit, "");
        let mut flat = vec![span("a", "", 0, 5.0), span("b", "", 9, 5.0)];
        settle(&mut flat, &[0, 1]);
        assert!(flat.iter().all(|s| s.unit.is_empty()));
    }
}
