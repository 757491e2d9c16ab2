//! `key=value` lines (logfmt).

use super::date::{Found, stamp_at};
use super::head::{Head, NameKind, Shape};
use super::json::plain_key;
use super::level::level_of;

/// A pair of a line: its key, and where its value stands without quotes.
struct Pair<'a> {
    key: &'a str,
    start: usize,
    end: usize,
}

/// How many pairs are read of a line.
const MOST: usize = 60;

/// The pairs that begin at byte `at`, in order; what is no pair between them is passed over.
fn pairs(line: &str, at: usize) -> Vec<Pair<'_>> {
    let mut found = Vec::new();
    let mut from = at;
    while found.len() < MOST {
        let Some(rest) = line.get(from..) else { break };
        let blanks = rest.len() - rest.trim_start().len();
        let begin = from + blanks;
        let Some(rest) = line.get(begin..).filter(|r| !r.is_empty()) else { break };
        let key_len =
            rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'@')).count();
        if key_len == 0 || rest.as_bytes().get(key_len) != Some(&b'=') {
            from = begin + rest.find(char::is_whitespace).unwrap_or(rest.len());
            if from >= line.len() {
                break;
            }
            continue;
        }
        let value_at = begin + key_len + 1;
        let (start, end, next) = value(line, value_at);
        found.push(Pair { key: rest.get(..key_len).unwrap_or(""), start, end });
        from = next.max(value_at);
    }
    found
}

/// A value's range and where the next pair may begin.
fn value(line: &str, at: usize) -> (usize, usize, usize) {
    let rest = line.get(at..).unwrap_or("");
    if let Some(quoted) = rest.strip_prefix('"') {
        let mut escaped = false;
        for (i, b) in quoted.bytes().enumerate() {
            match b {
                b'\\' if !escaped => escaped = true,
                b'"' if !escaped => return (at + 1, at + 1 + i, at + 2 + i),
                _ => escaped = false,
            }
        }
        return (at + 1, line.len(), line.len());
    }
    let len = rest.find(char::is_whitespace).unwrap_or(rest.len());
    (at, at + len, at + len)
}

/// The head that pairs state, where the line's message is made of pairs: it begins with one, and
/// one of them is a stamp, a level or a message.
pub(super) fn keyed_head(line: &str, at: usize) -> Option<Head> {
    let rest = line.get(at..)?;
    let key_len =
        rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'@')).count();
    let leads = key_len > 0 && rest.as_bytes().get(key_len) == Some(&b'=');
    if !leads && !rest.contains("level=") && !rest.contains("lvl=") {
        return None;
    }
    let pairs = pairs(line, at);
    let text = |p: &Pair<'_>| line.get(p.start..p.end).unwrap_or("");
    let find =
        |keys: &[&str]| keys.iter().find_map(|k| pairs.iter().find(|p| plain_key(p.key) == *k && p.end > p.start));
    let stamp = find(&["ts", "time", "timestamp", "t", "datetime", "date"])
        .and_then(|p| stamp_at(text(p), 0).map(|f| Found { end: p.end, ..f }));
    let level = find(&["level", "lvl", "severity", "loglevel"]).and_then(|p| level_of(text(p)));
    let message = find(&["msg", "message", "error", "err", "event"]);
    if level.is_none() && (!leads || (stamp.is_none() && message.is_none())) {
        return None;
    }
    let service = find(&[
        "service",
        "servicename",
        "svc",
        "app",
        "application",
        "component",
        "logger",
        "name",
        "job",
        "container",
    ])
    .filter(|p| p.end - p.start <= 120)
    .map(|p| {
        let logger = matches!(plain_key(p.key).as_str(), "logger" | "name" | "component");
        (if logger { NameKind::Logger } else { NameKind::Stated }, text(p).to_owned())
    });
    let (message, ends) = match message.filter(|_| leads) {
        Some(p) => (p.start, Some(p.end)),
        None => (at, None),
    };
    Some(Head { stamp, level, service, message, ends, shape: Shape::Keyed, ..Head::default() })
}
