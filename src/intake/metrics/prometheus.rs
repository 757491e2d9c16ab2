//! The answers of Prometheus' query interface: labels, and pairs of a time and a value. The name of the
//! measure stands in the labels or in the query above.

use serde_json::Value;

use super::Point;
use super::table::Found;
use crate::intake::cell::{self, stamp};

/// The longest answer that is read, in bytes.
const ANSWER: usize = 2_000_000;
/// How much text above an answer may hold its query, in bytes.
const ABOVE: usize = 600;
/// Labels that say what a series is of, the surest first.
const LABELS: &[&str] = &["pod", "service", "app", "deployment", "job", "container", "instance", "node", "host"];

/// Adds the series of every answer in the text.
pub(super) fn read(text: &str, all: &mut Found) {
    let mut from = 0;
    while let Some(found) = text.get(from..).and_then(|t| t.find("\"resultType\"")).map(|at| from + at) {
        from = found + 1;
        let Some((start, end)) = object_around(text, found) else { continue };
        let Ok(answer) = serde_json::from_str::<Value>(text.get(start..end).unwrap_or("")) else { continue };
        let data = answer.get("data").unwrap_or(&answer);
        let query = above(text, start);
        let mut cursor = found;
        for one in data.get("result").and_then(Value::as_array).into_iter().flatten() {
            cursor = series(text, one, query, cursor, all).unwrap_or(cursor);
        }
        from = end.max(from);
    }
}

/// One series; returns where its last value stands.
fn series(text: &str, one: &Value, query: &str, mut cursor: usize, all: &mut Found) -> Option<usize> {
    let pairs: Vec<&Value> = match one.get("values").and_then(Value::as_array) {
        Some(values) => values.iter().collect(),
        None => one.get("value").into_iter().collect(),
    };
    let labels = one.get("metric");
    let label = |key: &str| labels?.get(key)?.as_str();
    let subject = LABELS.iter().find_map(|k| label(k)).or_else(|| LABELS.iter().find_map(|k| selected(query, k)));
    let metric = label("__name__").or_else(|| name_in(query)).unwrap_or("value");
    let metric = if is_share(query) { format!("{metric} ratio") } else { metric.to_owned() };
    let mut points = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let (time, value) = (pair.get(0)?, pair.get(1)?);
        let shown = time.as_str().map_or_else(|| time.to_string(), str::to_owned);
        let figure = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        cursor += text.get(cursor..)?.find(&shown)? + shown.len();
        let start = cursor + text.get(cursor..)?.find(&figure)?;
        cursor = start + figure.len();
        if let (Some(at), Some(value)) = (stamp(&shown), cell::figure(&figure)) {
            points.push(Point { at, value, span: start..cursor });
        }
    }
    let key = (subject.unwrap_or("").to_owned(), String::new(), metric);
    all.entry(key).or_default().extend(points);
    Some(cursor)
}

/// The outermost object around a place: from its brace at a line's start to the one that closes it.
fn object_around(text: &str, at: usize) -> Option<(usize, usize)> {
    let before = text.get(..at)?;
    let start = before.rfind("\n{").map(|at| at + 1).or_else(|| before.starts_with('{').then_some(0))?;
    let mut depth = 0_i64;
    let (mut quoted, mut escaped) = (false, false);
    for (i, b) in text.as_bytes().get(start..)?.iter().enumerate().take(ANSWER) {
        match b {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' if !quoted => depth += 1,
            b'}' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    return Some((start, start + i + 1));
                }
            }
            _ => {}
        }
    }
    None
}

/// The line above an answer: its query.
fn above(text: &str, start: usize) -> &str {
    let mut from = start.saturating_sub(ABOVE);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text.get(from..start).and_then(|t| t.trim_end().rsplit('\n').next()).unwrap_or("")
}

/// `service="tax-engine"` in a query: what it selects by a label.
fn selected<'a>(query: &'a str, label: &str) -> Option<&'a str> {
    let rest = query.split_once(&format!("{label}=\""))?.1;
    let name = rest.split('"').next()?;
    (!name.is_empty() && !name.contains(['*', '|', '.'])).then_some(name)
}

/// True where a query divides one measure by another: `increase(a[5m]) / increase(b[5m])`.
fn is_share(query: &str) -> bool {
    query.contains(") / ") || query.contains("]) /") || query.contains(")/")
}

/// The first measure that a query names: `container_cpu_cfs_throttled_periods_total`.
fn name_in(query: &str) -> Option<&str> {
    let words = query.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'));
    words.filter(|w| w.len() > 4 && w.contains('_')).find(|w| {
        !matches!(
            *w,
            "histogram_quantile"
                | "avg_over_time"
                | "max_over_time"
                | "group_left"
                | "label_replace"
                | "min_over_time"
                | "sum_over_time"
        )
    })
}
