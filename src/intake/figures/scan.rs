//! The scan over a text.

use chrono::NaiveTime;

use crate::domain::figure::{Figure, Unit};
use crate::domain::{Span, Stamp};

use super::counts::{key_before, noun_behind, noun_of, share_before};
use super::number::{number, stands_alone, token_end};
use super::unit::{Measure, measure};

/// How many bytes around a number may tell what it counts.
const REACH: usize = 160;

/// Every figure of `text`, in order. `base` is where the text stands: its source and first byte.
pub fn figures(text: &str, base: Span) -> Vec<Figure> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(step) = text.as_bytes().get(at..).and_then(|rest| rest.iter().position(u8::is_ascii_digit)) {
        at += step;
        if !stands_alone(text, at) {
            at = number(text, at).map_or_else(|end| end, |n| n.end).max(at + 1);
            continue;
        }
        match figure(text, at, base) {
            Ok((figure, end)) => {
                found.push(figure);
                at = end.max(at + 1);
            }
            Err(end) => at = end.max(at + 1),
        }
    }
    found
}

/// The figure at byte `at` with one past its last byte, or how far to skip.
fn figure(text: &str, at: usize, base: Span) -> Result<(Figure, usize), usize> {
    let first = number(text, at)?;
    let (mut value, mut end, mut of) = (first.value, first.end, None);
    if negative(text, at) {
        value = -value;
    }
    if let Some((whole, whole_end)) = denominator(text, end) {
        (of, end) = (Some(whole), whole_end);
    }
    let head = window_before(text, at);
    let measured = measure(text, end)?;
    let unit = match measured {
        Some(Measure { unit, times, end: unit_end }) => {
            value *= times;
            end = unit_end;
            if unit == Unit::Seconds {
                (value, end) = compound(text, value, end);
            }
            unit
        }
        None => Unit::Count,
    };
    let tail = window_after(text, end);
    let counts = match unit {
        Unit::Percent => noun_of(tail).or_else(|| key_before(head)).or_else(|| share_before(head)),
        Unit::Count | Unit::PerSecond => noun_of(tail).or_else(|| noun_behind(tail)).or_else(|| key_before(head)),
        Unit::Bytes | Unit::Seconds | Unit::Cores => key_before(head),
    };
    let start = base.start + at;
    let span = Span { source: base.source, start, end: base.start + end };
    Ok((Figure { value, unit, counts, of, at: time_behind(tail), span }, end))
}

fn negative(text: &str, at: usize) -> bool {
    let mut before = text.get(..at).unwrap_or("").chars().rev();
    before.next() == Some('-') && before.next().is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '=' | '['))
}

/// The second number of `3 of 12`, `3 out of 12` and `3/12`.
fn denominator(text: &str, end: usize) -> Option<(f64, usize)> {
    let rest = text.get(end..)?;
    let gap = ["/", " / ", " of the ", " of ", " out of "]
        .iter()
        .find(|g| rest.strip_prefix(**g).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit())))?;
    let n = number(text, end + gap.len()).ok()?;
    let glued = text.get(n.end..)?.starts_with(['/', '-', '_', ':']);
    (!glued).then_some((n.value, n.end))
}

/// `1h30m`, `2 min 5 s`: the parts that follow are added.
fn compound(text: &str, mut value: f64, mut end: usize) -> (f64, usize) {
    for _ in 0..3 {
        let rest = text.get(end..).unwrap_or("");
        let gap = usize::from(rest.starts_with(' '));
        if !rest.get(gap..).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit())) {
            break;
        }
        let Ok(n) = number(text, end + gap) else { break };
        match measure(text, n.end) {
            Ok(Some(m)) if m.unit == Unit::Seconds && n.value * m.times < value => {
                value += n.value * m.times;
                end = m.end;
            }
            _ => break,
        }
    }
    (value, end)
}

/// The time a figure is stated for: `180Mi at 04:00 UTC`.
fn time_behind(tail: &str) -> Option<Stamp> {
    let rest = tail.strip_prefix(" at ").or_else(|| tail.strip_prefix(" @ "))?;
    let time = rest.get(..token_end(rest, 0))?.trim_end_matches(['.', ',', ':', 'Z']);
    ["%H:%M:%S", "%H:%M"].iter().find_map(|f| NaiveTime::parse_from_str(time, f).ok()).map(Stamp::Clock)
}

fn window_before(text: &str, at: usize) -> &str {
    let mut from = at.saturating_sub(REACH);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let head = text.get(from..at).unwrap_or("");
    head.rsplit('\n').next().unwrap_or("")
}

fn window_after(text: &str, end: usize) -> &str {
    let mut to = (end + REACH).min(text.len());
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    let tail = text.get(end..to).unwrap_or("");
    tail.split('\n').next().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SourceId;

    /// Value, unit, what is counted, of how many, and the text it stands in.
    type Row = (f64, Unit, Option<String>, Option<f64>, String);

    fn read(text: &str) -> Vec<Row> {
        figures(text, Span::new(SourceId(0), 0..text.len()))
            .into_iter()
            .map(|f| {
                let quote = text.get(f.span.start..f.span.end).unwrap().to_owned();
                ((f.value * 1e6).round() / 1e6, f.unit, f.counts, f.of, quote)
            })
            .collect()
    }

    fn one(text: &str) -> (f64, Unit, Option<String>, Option<f64>, String) {
        let mut all = read(text);
        assert_eq!(all.len(), 1, "{text}: {all:?}");
        all.remove(0)
    }

    fn some(word: &str) -> Option<String> {
        Some(word.to_owned())
    }

    #[test]
    fn units_are_multiplied_out() {
        let mi = 1024.0 * 1024.0;
        for (text, value, unit) in [
            ("held ~340Mi by a map", 340.0 * mi, Unit::Bytes),
            ("disk 12.5 GB free", 12.5e9, Unit::Bytes),
            ("took 250 ms", 0.25, Unit::Seconds),
            ("took 1.8s", 1.8, Unit::Seconds),
            ("for 5 min", 300.0, Unit::Seconds),
            ("up 1h30m now", 5400.0, Unit::Seconds),
            ("a 30-second timeout", 30.0, Unit::Seconds),
            ("cpu request 100m", 0.1, Unit::Cores),
            ("18/h since noon", 0.005, Unit::PerSecond),
            ("1,250 rps at peak", 1250.0, Unit::PerSecond),
            ("fell by 38 percent", 38.0, Unit::Percent),
        ] {
            let found = one(text);
            assert_eq!((found.0, found.1), (value, unit), "{text}");
        }
    }

    #[test]
    fn a_number_says_what_it_counts() {
        assert_eq!(one("12 pods total").2, some("pods"));
        assert_eq!(one("pool full: 200/200 connections in use").2, some("connections"));
        assert_eq!(one("heap=512MiB").2, some("heap"));
        assert_eq!(one("p99 1.8s").2, some("p99"));
        assert_eq!(one("38% of requests fail").2, some("requests"));
        assert_eq!(one("Recent restarts/hour: 18").2, some("recent restarts/hour"));
        assert_eq!(read("checkout success rate dipped from 99.7% → 96.8%")[1].2, some("success rate"));
    }

    #[test]
    fn a_part_of_a_whole_keeps_both() {
        assert_eq!(one("3 of 12 pods").3, Some(12.0));
        assert_eq!(one("3 out of 12 pods are down").4, "3 out of 12");
        let found = one("200/200 connections");
        assert_eq!((found.0, found.3), (200.0, Some(200.0)));
    }

    #[test]
    fn dates_times_versions_addresses_and_names_are_no_figures() {
        for text in [
            "2026-06-02T09:12:00Z",
            "09:12:30.123 UTC",
            "v3.7 and 1.2.3",
            "10.0.0.12:8080",
            "pod-1",
            "order-svc-7d9f8",
            "5xx",
            "user u_5512",
            "#123",
            "/v1/2/3",
            "02/06/2026",
            "localhost:6060",
            "0x3fa",
            "sha256:12ab",
        ] {
            assert_eq!(read(text), vec![], "{text}");
        }
    }

    #[test]
    fn a_figure_knows_the_time_it_is_stated_for() {
        let text = "from 180Mi at 04:00 UTC to 500Mi at 09:00";
        let found = figures(text, Span::new(SourceId(0), 0..text.len()));
        let at: Vec<_> = found.iter().map(|f| f.at.map(|s| s.to_string())).collect();
        assert_eq!(at, [some("04:00"), some("09:00")]);
    }
}
