//! What the exports of traces have in common: how times, durations and outcomes are written.

use super::Side;

/// The unit that a word stands for, as it is told, and how many microseconds it has; what is no unit is
/// taken for microseconds, in which most exports count.
pub fn unit_of(word: &str) -> (&'static str, f64) {
    match word {
        "s" | "sec" | "secs" | "second" | "seconds" => ("s", 1_000_000.0),
        "ms" | "msec" | "millis" | "milliseconds" | "millisecond" => ("ms", 1000.0),
        "ns" | "nano" | "nanos" | "nanosecond" | "nanoseconds" => ("ns", 0.001),
        _ => ("µs", 1.0),
    }
}

/// The words of a column's name in small letters: `StartTimeMs` → start, time, ms.
pub fn words(name: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut was = ' ';
    for c in name.chars() {
        if !c.is_alphanumeric() {
            was = ' ';
            continue;
        }
        if was == ' ' || (c.is_uppercase() && was.is_lowercase()) {
            out.push(String::new());
        }
        if let Some(word) = out.last_mut() {
            word.extend(c.to_lowercase());
        }
        was = c;
    }
    out
}

/// The side of a call that a span's kind names.
pub fn side(kind: &str) -> Side {
    let kind = kind.to_ascii_lowercase();
    if kind.ends_with("server") || kind.ends_with("consumer") || kind == "2" {
        Side::Server
    } else if kind.ends_with("client") || kind.ends_with("producer") || kind == "3" {
        Side::Client
    } else {
        Side::Unstated
    }
}

/// True where a field for errors says that there was one.
pub fn says_error(value: &str) -> bool {
    !matches!(value.to_ascii_lowercase().as_str(), "" | "0" | "false" | "no" | "none" | "null" | "-" | "ok" | "unset")
}

/// True where a status says that the work failed: a word for it, or an answer of 5xx.
pub fn is_failed(status: &str) -> bool {
    let word = status.rsplit('_').next().unwrap_or(status).to_ascii_lowercase();
    matches!(word.as_str(), "error" | "failed" | "failure" | "fail" | "ko" | "err")
        || status.parse::<u16>().is_ok_and(|code| (500..600).contains(&code))
}

/// The id of a parent; a root states none.
pub fn parent(id: &str) -> String {
    let none = matches!(id, "-" | "null" | "None" | "none" | "nil" | "0" | "\\N") || id.bytes().all(|b| b == b'0');
    if none { String::new() } else { id.to_owned() }
}
