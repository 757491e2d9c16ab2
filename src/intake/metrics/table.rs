//! Tables of measurements in any of their layouts: a column a measure, a column a thing (the heading names
//! the measure), or a row a measurement (`metric`, `value`). Delimiters, orders and spellings differ.

use std::collections::BTreeMap;

use super::{All, Point};
use crate::intake::cell::{figure, stamp};

/// The delimiter that a header is split by: the one that stands in it most often.
pub fn delimiter(header: &str) -> Option<char> {
    let count = |d: char| header.matches(d).count();
    [',', ';', '\t', '|'].into_iter().filter(|d| count(*d) > 0).max_by_key(|d| (count(*d), *d == ','))
}

/// The cells of a row without blanks and quotes around them, each with where it begins in the line.
pub fn cells(line: &str, delimiter: char) -> Vec<(usize, &str)> {
    let mut out = Vec::new();
    let (mut from, mut quoted) = (0, false);
    let mut end = |from: usize, to: usize| {
        let raw = line.get(from..to).unwrap_or("");
        let cell = raw.trim().trim_matches('"');
        let lead = raw.find(cell).unwrap_or(0);
        out.push((from + lead, cell));
    };
    for (at, c) in line.char_indices() {
        if c == '"' {
            quoted = !quoted;
        } else if c == delimiter && !quoted {
            end(from, at);
            from = at + c.len_utf8();
        }
    }
    end(from, line.len());
    out
}

/// Words that a measure's name has.
const MEASURES: &str = "cpu mem memory rss heap gc latency p50 p90 p95 p99 duration rps qps ops requests request req reqs \
    errors error err rate bytes mib mb gib pct percent retransmits retrans throttled throttling disk io iops connections \
    conns lag depth utilization usage load timeouts pool threads hits misses 5xx 4xx backends locks seconds ms loss drops \
    backlog credits fds pause pauses used free";

/// True where a name has a word of a measure.
pub fn is_measure(name: &str) -> bool {
    let lower = name.to_lowercase();
    lower
        .split(|c: char| !c.is_alphanumeric())
        .any(|w| !w.is_empty() && MEASURES.split_ascii_whitespace().any(|m| m == w))
}

/// What a row is about, the surest first: a pod's name says its service too.
const SUBJECTS: &[&str] = &[
    "pod",
    "container",
    "service",
    "instance",
    "app",
    "workload",
    "deployment",
    "component",
    "host",
    "hostname",
    "server",
    "database",
    "db",
    "queue",
    "topic",
    "cmdb",
    "name",
    "node",
];

/// Column names of times.
const TIMES: &str = "time timestamp ts date datetime minute when bucket unix epoch at clock";

/// Cheap: true where a cell's first word is one that columns of times have.
fn begins_as_time(cell: &str) -> bool {
    let cell = cell.trim_start_matches(|c: char| !c.is_alphanumeric());
    let len = cell.bytes().take_while(u8::is_ascii_alphabetic).count();
    let word = cell.get(..len).filter(|w| (2..=10).contains(&w.len()));
    word.is_some_and(|w| {
        TIMES
            .split_ascii_whitespace()
            .any(|t| w.len() >= t.len() && w.get(..t.len()).is_some_and(|b| b.eq_ignore_ascii_case(t)))
    })
}

/// Cheap: true where a line may be the header of a table of measures: its first cell names a time or a measure.
pub fn may_head_series(line: &str) -> bool {
    let first = line.split([',', ';', '\t', '|']).next().unwrap_or("");
    let delimited = first.len() < line.len() && line.len() < HEADER;
    delimited
        && first.len() < 30
        && (begins_as_time(first) || ["metric", "measure"].iter().any(|m| first.trim().eq_ignore_ascii_case(m)))
}

/// Where the columns of a table stand.
#[derive(Debug)]
pub(super) struct Table {
    delimiter: char,
    names: Vec<String>,
    time: usize,
    shape: Shape,
}

#[derive(Debug)]
enum Shape {
    /// A column a measure; the row's subject and, where it is another, the instance.
    Measures { subject: Option<usize>, instance: Option<usize>, of: String },
    /// A column a thing, all of one measure.
    Things { metric: String },
    /// A row a measurement.
    Rows { subject: Option<usize>, metric: usize, value: usize },
}

/// The longest header, in bytes.
const HEADER: usize = 1000;

impl Table {
    pub(super) fn of(line: &str, heading: &str) -> Option<Self> {
        if line.len() > HEADER || line.contains(['{', '"', '[', '=']) {
            return None;
        }
        let delimiter = delimiter(line)?;
        if !line.split(delimiter).any(begins_as_time) {
            return None;
        }
        let names: Vec<String> = cells(line, delimiter).iter().map(|(_, n)| (*n).to_owned()).collect();
        let words: Vec<Vec<String>> = names.iter().map(|n| words(n)).collect();
        let is_time = |w: &[String]| {
            let (first, rest) = (w.first().map_or("", String::as_str), w.get(1..).unwrap_or(&[]));
            let unit = |u: &String| matches!(u.as_str(), "utc" | "ms" | "s" | "iso" | "unix" | "seconds" | "stamp");
            TIMES.split_ascii_whitespace().any(|t| t == first) && rest.iter().all(unit)
        };
        let time = words.iter().position(|w| is_time(w))?;
        let joined: Vec<String> = words.iter().map(|w| w.concat()).collect();
        let is = |any: &[&str]| joined.iter().position(|n| any.contains(&n.as_str()));
        if joined.iter().any(|n| n.starts_with("traceid") || n.starts_with("spanid"))
            || is(&["span", "trace", "message", "msg", "log", "level"]).is_some()
        {
            return None;
        }
        let names_it = |w: &[String], s: &str| {
            w.first().is_some_and(|f| f == s)
                && w.get(1..)
                    .unwrap_or(&[])
                    .iter()
                    .all(|r| matches!(r.as_str(), "name" | "id" | "identifier" | "instance"))
        };
        let column = |s: &str| words.iter().position(|w| names_it(w, s));
        let instance = SUBJECTS.iter().find_map(|s| column(s));
        let subject = column("service").or(column("app")).or(instance);
        if let (Some(metric), Some(value)) =
            (is(&["metric", "metricname", "measure", "measurement", "counter"]), is(&["value", "val", "reading"]))
        {
            return Some(Self { delimiter, names, time, shape: Shape::Rows { subject, metric, value } });
        }
        // `db` may be the kind of a thing or, among others, a thing's name
        let weak = instance.is_none_or(|i| {
            joined.get(i).is_some_and(|n| matches!(n.as_str(), "db" | "database" | "queue" | "server"))
        });
        let things = weak && names.len() > 2 && !names.iter().any(|n| is_measure(n));
        let shape = match measure_in(heading).filter(|_| things) {
            Some(metric) => Shape::Things { metric },
            None => {
                Shape::Measures { subject, instance, of: instance.map_or_else(|| thing_in(heading), |_| String::new()) }
            }
        };
        Some(Self { delimiter, names, time, shape })
    }

    pub(super) fn read(&self, line: &str, base: usize, all: &mut All) -> bool {
        let fields = cells(line, self.delimiter);
        if fields.len() != self.names.len() {
            return false;
        }
        let Some(at) = fields.get(self.time).and_then(|(_, t)| stamp(t)) else { return false };
        let cell = |i: Option<usize>| i.and_then(|i| fields.get(i)).map_or("", |(_, s)| *s);
        let mut put = |subject: &str, instance: &str, metric: &str, (start, field): (usize, &str)| {
            if let Some(value) = figure(field) {
                let point = Point { at, value, span: base + start..base + start + field.len() };
                let key = (subject.to_owned(), instance.to_owned(), metric.to_owned());
                all.entry(key).or_default().push(point);
            }
        };
        let measured = self.names.iter().zip(&fields).enumerate();
        match &self.shape {
            Shape::Rows { subject, metric, value } => {
                if let Some(found) = fields.get(*value) {
                    put(cell(*subject), "", cell(Some(*metric)), *found);
                }
            }
            Shape::Things { metric } => {
                for (i, (name, field)) in measured {
                    if i != self.time {
                        put(name, "", metric, *field);
                    }
                }
            }
            Shape::Measures { subject, instance, of } => {
                let who = if subject.is_some() { cell(*subject) } else { of };
                for (i, (name, field)) in measured {
                    if i != self.time && Some(i) != *subject && Some(i) != *instance {
                        put(who, cell(*instance), name, *field);
                    }
                }
            }
        }
        true
    }
}

fn words(name: &str) -> Vec<String> {
    crate::intake::spans::words(name)
}

/// The words of a heading without its marks.
fn parts(heading: &str) -> impl Iterator<Item = &str> {
    let marks = |c: char| !c.is_alphanumeric();
    heading.split([' ', ':', ',', '\t', '/']).map(move |w| w.trim_matches(marks)).filter(|w| !w.is_empty())
}

/// The measure that a heading names: `== metric: cpu_percent ==`.
fn measure_in(heading: &str) -> Option<String> {
    let found: Vec<&str> = parts(heading).filter(|w| is_measure(w)).collect();
    found.iter().max_by_key(|w| w.matches(['_', '.']).count()).map(|w| (*w).to_owned())
}

/// The thing that a heading names: `## orders-pg (1 min)`, `metrics of cart`. A file's name may hold it.
fn thing_in(heading: &str) -> String {
    const NONE: &str = "metrics metric csv per-pod per-service series stats the of for minute min table cat one-minute \
        1-minute five-minute per-minute per-node";
    let plain = |w: &str| w.trim_end_matches(".csv").to_owned();
    let mut of = false;
    for word in parts(heading) {
        let word = plain(word);
        let none = NONE.split_ascii_whitespace().any(|n| word.eq_ignore_ascii_case(n)) || is_measure(&word);
        let joined = word.contains('-') && word.starts_with(|c: char| c.is_ascii_lowercase());
        if !none && (joined || of) && word.bytes().any(|b| b.is_ascii_alphabetic()) {
            return word;
        }
        of = matches!(word.as_str(), "of" | "for");
    }
    String::new()
}

/// A table with one row a measure and one column a time: `metric,10:00,10:01`, then `cart rps,310,4100`.
#[derive(Debug)]
pub(super) struct Wide {
    delimiter: char,
    times: Vec<crate::domain::Stamp>,
}

impl Wide {
    pub(super) fn of(line: &str) -> Option<Self> {
        if !line.starts_with(['m', 'M', 's', 'S', 'n', 'N']) || line.len() > HEADER {
            return None;
        }
        let delimiter = delimiter(line)?;
        let (first, rest) = line.split_once(delimiter)?;
        if !matches!(first.trim().to_lowercase().as_str(), "metric" | "measure" | "series" | "name") {
            return None;
        }
        let times: Option<Vec<_>> = rest.split(delimiter).map(|t| stamp(t.trim())).collect();
        times.filter(|t| t.len() > 2).map(|times| Self { delimiter, times })
    }

    pub(super) fn read(&self, line: &str, base: usize, all: &mut All) -> bool {
        let Some((first, rest)) = line.split_once(self.delimiter) else { return false };
        let (subject, metric) = first.trim().split_once(' ').unwrap_or(("", first.trim()));
        let mut at = base + first.len() + 1;
        let mut points = Vec::with_capacity(self.times.len());
        for (field, time) in rest.split(self.delimiter).zip(&self.times) {
            let lead = field.len() - field.trim_start().len();
            let span = at + lead..at + lead + field.trim().len();
            at += field.len() + 1;
            let Some(value) = figure(field) else { return false };
            points.push(Point { at: *time, value, span });
        }
        let key = (subject.to_owned(), String::new(), metric.to_owned());
        all.entry(key).or_default().extend(points);
        true
    }
}

/// Series by what they are of, their instance and their measure.
pub(super) type Found = BTreeMap<(String, String, String), Vec<Point>>;
