//! The answers of Prometheus' query interface: labels, and pairs of a time and a value. The name of the
//! measure stands in the labels or in the query above.

use super::Point;
use std::collections::BTreeMap;

use super::found::Found;
use super::query::{is_share, measure, selected};
use crate::intake::cell::{self, stamp};
use crate::intake::json::{Extent, Node, extent, read as node};

/// How much text above an answer may hold its query, in bytes.
const ABOVE: usize = 600;
/// How deep an answer may stand in what a tool wraps around it.
const DEEPEST: u8 = 6;
/// Labels that say what a series is of, the surest first.
pub(super) const LABELS: &[&str] =
    &["pod", "service", "app", "deployment", "job", "container", "instance", "node", "host"];

/// Adds the series of every answer that begins a line of the text; returns how many could not be read.
pub(super) fn read(text: &str, all: &mut Found) -> usize {
    const SIGN: &str = "\"resultType\"";
    let (mut unread, mut start, mut behind) = (0, 0, 0);
    if !text.contains(SIGN) {
        return 0;
    }
    for line in text.split('\n') {
        let at = start + line.len() - line.trim_start().len();
        start += line.len() + 1;
        if at < behind || !line.trim_start().starts_with(['{', '[']) {
            continue;
        }
        let end = match extent(text, at) {
            Extent::Whole(end) => end,
            // what is cut off, or too long: an answer where it says so on its first line
            Extent::Open | Extent::TooLong => {
                unread += usize::from(line.contains(SIGN));
                continue;
            }
        };
        behind = end;
        if text.get(at..end).is_some_and(|t| t.contains(SIGN)) {
            match node(text, at) {
                Some((answer, _)) => answers(&answer, above(text, at), all, 0),
                None => unread += 1,
            }
        }
    }
    unread
}

/// The answers in a value.
fn answers(node: &Node<'_>, query: &str, all: &mut Found, depth: u8) {
    if depth > DEEPEST {
        return;
    }
    let list = node.get("result").map(Node::items).filter(|_| node.get("resultType").is_some());
    let Some(list) = list else {
        return node.below.iter().for_each(|n| answers(n, query, all, depth + 1));
    };
    let differing = differing(list);
    for one in list {
        series(one, query, &differing, all);
    }
}

/// The labels by which the series of one answer differ: those that not all have with one value.
fn differing<'a>(list: &'a [Node<'a>]) -> Vec<&'a str> {
    let mut seen: BTreeMap<&str, (&str, usize, bool)> = BTreeMap::new();
    for label in list.iter().filter_map(|one| one.get("metric")).flat_map(|m| &m.below) {
        let value = label.value().unwrap_or("");
        let (first, count, differs) = seen.entry(&label.key).or_insert((value, 0, false));
        *count += 1;
        *differs |= *first != value;
    }
    seen.into_iter().filter(|(_, (_, count, differs))| *differs || *count < list.len()).map(|(key, _)| key).collect()
}

/// True for the name of a scrape's job that is what measures and not what is measured.
fn measures_others(job: &str) -> bool {
    job.contains("exporter")
}

/// One series: of what its labels name, and of those that tell it from the others of the answer as its instance.
fn series(one: &Node<'_>, query: &str, differing: &[&str], all: &mut Found) {
    let label = |key: &str| one.get("metric")?.said(key);
    let named = || LABELS.iter().find_map(|k| Some((*k, label(k).filter(|v| !(*k == "job" && measures_others(v)))?)));
    let (of, subject) =
        named().or_else(|| LABELS.iter().find_map(|k| Some((*k, selected(query, k)?)))).unwrap_or_default();
    let rest = differing.iter().filter(|k| **k != of && **k != "__name__");
    let instance: Vec<String> = rest.filter_map(|k| Some(format!("{k}={}", label(k)?))).collect();
    let metric = label("__name__").or_else(|| measure(query)).unwrap_or("value");
    let metric = if is_share(query) { format!("{metric} ratio") } else { metric.to_owned() };
    let pairs: Vec<&Node<'_>> = match one.get("values") {
        Some(values) => values.items().iter().collect(),
        None => one.get("value").into_iter().collect(),
    };
    let points = pairs.into_iter().filter_map(|pair| {
        let [time, value] = pair.items() else { return None };
        Some(Point { at: stamp(time.value()?)?, value: cell::figure(value.value()?)?, span: value.at.clone() })
    });
    all.join(subject, &instance.join(" "), &metric, points.collect());
}

/// The line above an answer: its query; not the answer to another one.
fn above(text: &str, start: usize) -> &str {
    let mut from = start.saturating_sub(ABOVE);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let line = text.get(from..start).and_then(|t| t.trim_end().rsplit('\n').next()).unwrap_or("");
    if line.trim_end().ends_with(['}', ']']) && line.contains("\":") { "" } else { line }
}
