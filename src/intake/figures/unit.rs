//! Units: what stands behind a number, and its multiple of the base unit.

use crate::domain::figure::Unit;

/// A unit as it was read: base unit, multiple, and one past its last byte.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Measure {
    pub unit: Unit,
    pub times: f64,
    pub end: usize,
}

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;
const DAY: f64 = 86_400.0;
const KI: f64 = 1024.0;

/// Units that may stand right behind the number or after one blank.
fn named(word: &str) -> Option<(Unit, f64)> {
    let found = match word {
        "%" => (Unit::Percent, 1.0),
        "B" => (Unit::Bytes, 1.0),
        "Ki" | "KiB" => (Unit::Bytes, KI),
        "Mi" | "MiB" => (Unit::Bytes, KI * KI),
        "Gi" | "GiB" => (Unit::Bytes, KI * KI * KI),
        "Ti" | "TiB" => (Unit::Bytes, KI * KI * KI * KI),
        "kB" | "KB" => (Unit::Bytes, 1e3),
        "MB" => (Unit::Bytes, 1e6),
        "GB" => (Unit::Bytes, 1e9),
        "TB" => (Unit::Bytes, 1e12),
        "µs" | "μs" => (Unit::Seconds, 1e-6),
        _ => return lower(&word.to_ascii_lowercase()),
    };
    Some(found)
}

fn lower(word: &str) -> Option<(Unit, f64)> {
    Some(match word {
        "percent" | "pct" => (Unit::Percent, 1.0),
        "byte" | "bytes" => (Unit::Bytes, 1.0),
        "kb" | "kbytes" => (Unit::Bytes, 1e3),
        "mb" | "mbytes" => (Unit::Bytes, 1e6),
        "gb" | "gbytes" => (Unit::Bytes, 1e9),
        "kib" => (Unit::Bytes, KI),
        "mib" => (Unit::Bytes, KI * KI),
        "gib" => (Unit::Bytes, KI * KI * KI),
        "ns" => (Unit::Seconds, 1e-9),
        "us" | "usec" | "micros" | "microseconds" => (Unit::Seconds, 1e-6),
        "ms" | "msec" | "msecs" | "millis" | "milliseconds" | "millisecond" => (Unit::Seconds, 1e-3),
        "s" | "sec" | "secs" | "second" | "seconds" => (Unit::Seconds, 1.0),
        "min" | "mins" | "minute" | "minutes" => (Unit::Seconds, MINUTE),
        "h" | "hr" | "hrs" | "hour" | "hours" => (Unit::Seconds, HOUR),
        "d" | "day" | "days" => (Unit::Seconds, DAY),
        "week" | "weeks" => (Unit::Seconds, 7.0 * DAY),
        "core" | "cores" | "vcpu" | "vcpus" | "cpus" => (Unit::Cores, 1.0),
        "millicores" => (Unit::Cores, 1e-3),
        "rps" | "qps" | "tps" | "ops/s" | "req/s" => (Unit::PerSecond, 1.0),
        "rpm" => (Unit::PerSecond, 1.0 / MINUTE),
        _ => return None,
    })
}

/// Letters that count as a unit only right behind the number: `5m`, `2G`, `12k`.
fn attached(word: &str, about_cpu: bool, noun_follows: bool) -> Option<(Unit, f64)> {
    Some(match (word, about_cpu, noun_follows) {
        ("m", true, _) => (Unit::Cores, 1e-3),
        ("m", false, _) => (Unit::Seconds, MINUTE),
        ("w", ..) => (Unit::Seconds, 7.0 * DAY),
        ("k" | "K", _, true) => (Unit::Count, 1e3),
        ("k", _, false) => (Unit::Count, 1e3),
        ("M", _, true) => (Unit::Count, 1e6),
        ("K", ..) => (Unit::Bytes, KI),
        ("M", ..) => (Unit::Bytes, KI * KI),
        ("G", ..) => (Unit::Bytes, KI * KI * KI),
        ("T", ..) => (Unit::Bytes, KI * KI * KI * KI),
        ("x", ..) => (Unit::Count, 1.0),
        _ => return None,
    })
}

/// The unit behind byte `at`. `Ok(None)`: a bare number. `Err`: the number is part of a name
/// (`5xx`, `7d9f8`), with one past that name.
pub(super) fn measure(text: &str, at: usize) -> Result<Option<Measure>, usize> {
    let rest = text.get(at..).unwrap_or("");
    let word = unit_word(rest);
    if !word.is_empty() {
        let about_cpu = about_cpu(text.get(..at).unwrap_or(""));
        let behind = rest.get(word.len()..).unwrap_or("");
        let noun = behind.strip_prefix(' ').is_some_and(|w| w.starts_with(|c: char| c.is_ascii_lowercase()));
        let end = at + word.len();
        // `5xx`, `3a4f`: the number belongs to a name
        let glued = behind.starts_with(|c: char| c.is_alphabetic() || c == '_');
        let found = if glued { None } else { named(word).or_else(|| attached(word, about_cpu, noun)) };
        // `1h30m` goes on with its next part; any other unit with a digit behind it is a name
        let goes_on = behind.starts_with(|c: char| c.is_ascii_digit());
        let found = found.filter(|(unit, _)| !goes_on || *unit == Unit::Seconds);
        let Some((unit, times)) = found else { return Err(super::number::token_end(text, at)) };
        return Ok(Some(rate(text, Measure { unit, times, end })));
    }
    let spaced = rest.strip_prefix([' ', '-']).unwrap_or("");
    let word = unit_word(spaced);
    let behind = spaced.get(word.len()..).unwrap_or("");
    let whole = !behind.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    if let (false, true, Some((unit, times))) = (word.is_empty(), whole, named(word)) {
        return Ok(Some(rate(text, Measure { unit, times, end: at + 1 + word.len() })));
    }
    if rest.starts_with('-') && spaced.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Err(super::number::token_end(text, at));
    }
    let bare = rate(text, Measure { unit: Unit::Count, times: 1.0, end: at });
    Ok((bare.unit != Unit::Count).then_some(bare))
}

fn unit_word(rest: &str) -> &str {
    if rest.starts_with('%') {
        return "%";
    }
    let slash = ["req/s", "ops/s"].iter().find(|w| rest.starts_with(**w));
    let letters = rest.find(|c: char| !c.is_ascii_alphabetic() && c != 'µ' && c != 'μ').unwrap_or(rest.len());
    slash.map_or(rest.get(..letters).unwrap_or(""), |w| rest.get(..w.len()).unwrap_or(""))
}

/// Turns a count into a rate where `/s`, `/min`, `/h` or `per …` follows.
fn rate(text: &str, measure: Measure) -> Measure {
    if measure.unit != Unit::Count {
        return measure;
    }
    let rest = text.get(measure.end..).unwrap_or("");
    const RATES: [(&str, f64); 12] = [
        ("/second", 1.0),
        ("/sec", 1.0),
        ("/s", 1.0),
        ("/minute", MINUTE),
        ("/min", MINUTE),
        ("/m", MINUTE),
        ("/hour", HOUR),
        ("/hr", HOUR),
        ("/h", HOUR),
        (" per second", 1.0),
        (" per minute", MINUTE),
        (" per hour", HOUR),
    ];
    let whole = |w: &str| !rest.get(w.len()..).unwrap_or("").starts_with(|c: char| c.is_alphanumeric());
    match RATES.iter().find(|(w, _)| rest.starts_with(w) && whole(w)) {
        Some((w, seconds)) => {
            Measure { unit: Unit::PerSecond, times: measure.times / seconds, end: measure.end + w.len() }
        }
        None => measure,
    }
}

/// True when the words just before are about CPU, so that `100m` is a tenth of a core.
fn about_cpu(before: &str) -> bool {
    let start = before.char_indices().rev().nth(24).map_or(0, |(i, _)| i);
    before.get(start..).unwrap_or("").to_ascii_lowercase().contains("cpu")
}
