//! Tables of measurements in any of their layouts: a column a measure, a column a thing (the heading names
//! the measure), or a row a measurement (`metric`, `value`). Delimiters, orders and spellings differ.

use std::collections::{HashMap, HashSet};

use super::found::Found;
use super::prometheus::LABELS;
use super::query::labelled;
use super::{Point, Row};
use crate::intake::cell::{figure, is_row, stamp};

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
    let first = line.split([',', ';', '\t', '|']).next().unwrap_or("").trim_matches('"');
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
    /// Columns of text that tell rows of one time apart: what a route, a code or a zone is of.
    apart: Vec<usize>,
    /// The places of a row's series by what tells it from other rows.
    known: HashMap<String, Vec<Option<usize>>>,
}

#[derive(Debug)]
enum Shape {
    /// A column a measure; the row's subject and, where it is another, the instance.
    Measures { subject: Option<usize>, instance: Option<usize>, of: String },
    /// A column a thing, of its measure.
    Things(Vec<Thing>),
    /// A row a measurement.
    Rows { subject: Option<usize>, instance: Option<usize>, metric: usize, value: usize },
}

/// What one column measures.
#[derive(Debug)]
struct Thing {
    subject: String,
    instance: String,
    metric: String,
}

impl Thing {
    /// `cart`, or with labels: `cpu{pod="cart-1"}`.
    fn of(name: &str, metric: Option<&str>) -> Self {
        let thing = |subject: &str, instance, metric: &str| Self {
            subject: subject.to_owned(),
            instance,
            metric: metric.to_owned(),
        };
        let Some((measure, labels)) = labelled(name) else {
            return thing(name, String::new(), metric.unwrap_or_default());
        };
        let subject = LABELS.iter().find_map(|l| labels.iter().find(|(k, _)| k == l));
        let rest = labels.iter().filter(|l| Some(*l) != subject && l.0 != "__name__");
        let instance: Vec<String> = rest.map(|(k, v)| format!("{k}={v}")).collect();
        let measure = Some(measure).filter(|m| !m.is_empty()).or(metric).unwrap_or("value");
        thing(subject.map_or("", |(_, v)| v), instance.join(" "), measure)
    }
}

/// The longest header, in bytes.
const HEADER: usize = 1000;
/// Rows below a header that are looked at for what tells them apart.
const LOOKED: usize = 200;

impl Table {
    pub(super) fn of(line: &str, heading: &str) -> Option<Self> {
        if line.len() > HEADER {
            return None;
        }
        let delimiter = delimiter(line)?;
        if !line.split(delimiter).any(|c| begins_as_time(c.trim().trim_matches('"'))) {
            return None;
        }
        let names: Vec<String> = cells(line, delimiter).iter().map(|(_, n)| (*n).to_owned()).collect();
        // quotes around whole cells, and labels of a measure; else it is a line of another sort
        let plain = |n: &String| !n.contains(['{', '"', '[', '=']) || labelled(n).is_some();
        if !names.iter().all(plain) {
            return None;
        }
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
            let shape = Shape::Rows { subject, instance, metric, value };
            return Some(Self { delimiter, names, time, shape, apart: Vec::new(), known: HashMap::new() });
        }
        // `db` may be the kind of a thing or, among others, a thing's name
        let weak = instance.is_none_or(|i| {
            joined.get(i).is_some_and(|n| matches!(n.as_str(), "db" | "database" | "queue" | "server"))
        });
        let things = weak && names.len() > 2 && !names.iter().any(|n| is_measure(n));
        let has_labels = names.iter().any(|n| labelled(n).is_some());
        let of_all = measure_in(heading).filter(|_| things);
        let shape = match of_all {
            of_all if of_all.is_some() || has_labels => {
                Shape::Things(names.iter().map(|n| Thing::of(n, of_all.as_deref())).collect())
            }
            _ => {
                Shape::Measures { subject, instance, of: instance.map_or_else(|| thing_in(heading), |_| String::new()) }
            }
        };
        Some(Self { delimiter, names, time, shape, apart: Vec::new(), known: HashMap::new() })
    }

    /// The columns that the shape has no other use for.
    fn unused(&self) -> Vec<usize> {
        let used = match &self.shape {
            Shape::Things(_) => return Vec::new(),
            Shape::Measures { subject, instance, .. } => vec![*subject, *instance, Some(self.time)],
            Shape::Rows { subject, instance, metric, value } => {
                vec![*subject, *instance, Some(*metric), Some(*value), Some(self.time)]
            }
        };
        (0..self.names.len()).filter(|i| !used.contains(&Some(*i))).collect()
    }

    /// Looks at the rows below the header: where two of one time and one thing differ in a text, it is that text
    /// which tells their series apart.
    pub(super) fn look(&mut self, below: &str) {
        let unused = self.unused();
        if unused.is_empty() {
            return;
        }
        let (subject, instance, metric) = match &self.shape {
            Shape::Things(_) => return,
            Shape::Measures { subject, instance, .. } => (*subject, *instance, None),
            Shape::Rows { subject, instance, metric, .. } => (*subject, *instance, Some(*metric)),
        };
        let mut seen: HashSet<Vec<&str>> = HashSet::new();
        let mut again = false;
        let mut texts = unused;
        for line in below.split('\n').take(LOOKED) {
            let fields = cells(line, self.delimiter);
            let cell = |i: usize| fields.get(i).map_or("", |(_, f)| *f);
            if fields.len() != self.names.len() || stamp(cell(self.time)).is_none() {
                continue;
            }
            let key = [Some(self.time), subject, instance, metric].into_iter().flatten().map(cell);
            again |= !seen.insert(key.collect());
            texts.retain(|i| figure(cell(*i)).is_none());
        }
        if again {
            self.apart = texts;
        }
    }

    pub(super) fn read(&mut self, line: &str, base: usize, all: &mut Found) -> Row {
        let mut fields = cells(line, self.delimiter);
        // a delimiter too many at the end
        while fields.len() > self.names.len() && fields.last().is_some_and(|(_, f)| f.is_empty()) {
            fields.pop();
        }
        let at = fields.get(self.time).and_then(|(_, t)| stamp(t)).filter(|_| fields.len() == self.names.len());
        let Some(at) = at else {
            return if is_row(line, self.delimiter, self.names.len()) { Row::Odd } else { Row::Other };
        };
        let places = self.places(&fields, all);
        for (place, (start, field)) in places.into_iter().zip(&fields) {
            if let Some((place, value)) = place.zip(figure(field)) {
                all.push(place, Point { at, value, span: base + start..base + start + field.len() });
            }
        }
        Row::Read
    }

    /// The series of each cell of a row; none of a cell that is no measurement. Rows of one thing share them, so
    /// that a long table costs no text for each cell.
    fn places(&mut self, fields: &[(usize, &str)], all: &mut Found) -> Vec<Option<usize>> {
        let cell = |i: Option<usize>| i.and_then(|i| fields.get(i)).map_or("", |(_, s)| *s);
        let (subject, instance, metric) = match &self.shape {
            Shape::Things(_) => (None, None, None),
            Shape::Measures { subject, instance, .. } => (*subject, *instance, None),
            Shape::Rows { subject, instance, metric, .. } => (*subject, *instance, Some(*metric)),
        };
        let own = [subject, instance, metric].into_iter().chain(self.apart.iter().map(|i| Some(*i)));
        let key = own.map(cell).collect::<Vec<_>>().join("\u{1f}");
        if !self.known.contains_key(&key) {
            let apart = self.apart.iter().map(|i| cell(Some(*i))).filter(|c| !c.is_empty());
            let own = instance.filter(|i| Some(*i) != subject).map(|i| cell(Some(i))).filter(|c| !c.is_empty());
            let whole: Vec<&str> = own.into_iter().chain(apart).collect();
            let made = self.made(cell(subject), &whole.join(" "), cell(metric), all);
            self.known.insert(key.clone(), made);
        }
        self.known.get(&key).cloned().unwrap_or_default()
    }

    fn made(&self, subject: &str, instance: &str, metric: &str, all: &mut Found) -> Vec<Option<usize>> {
        match &self.shape {
            Shape::Rows { value, .. } => {
                let place = all.of(subject, instance, metric);
                (0..self.names.len()).map(|i| (i == *value).then_some(place)).collect()
            }
            Shape::Things(things) => {
                let of = |(i, t): (usize, &Thing)| (i != self.time).then(|| all.of(&t.subject, &t.instance, &t.metric));
                things.iter().enumerate().map(of).collect()
            }
            Shape::Measures { subject: column, instance: other, of } => {
                let who = if column.is_some() { subject } else { of };
                let unmeasured = [Some(self.time), *column, *other];
                let named = |(i, name): (usize, &String)| {
                    let none = unmeasured.contains(&Some(i)) || self.apart.contains(&i);
                    (!none).then(|| all.of(who, instance, name))
                };
                self.names.iter().enumerate().map(named).collect()
            }
        }
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

/// Words of the longest caption.
const CAPTION: usize = 8;

/// True for a line that is marked as a heading, is a caption or names a file: what a sentence says is of no table.
fn is_heading(line: &str) -> bool {
    let line = line.trim();
    let marks = line.starts_with(['#', '=', '-', '*', '[', '<', '(', '`', '$'])
        || line.ends_with([':', '=', '-', '*', ']', '>', '`']);
    // a caption: few words with a measure, and no sentence
    let words = line.split_whitespace().count();
    let caption = words == 1 || words <= CAPTION && is_measure(line) && !line.ends_with('.');
    marks || caption || [".csv", ".tsv"].iter().any(|end| line.contains(end))
}

/// Parts of a word that say how figures are counted, and not of what: `five-minute`, `per-pod`.
const COUNTED: &str = "per second seconds sec minute minutes min hour hours day days week month wise level avg";

/// The thing that a heading names: `## orders-pg (1 min)`, `metrics of cart:`. A file's name may hold it.
fn thing_in(heading: &str) -> String {
    const NONE: &str = "metrics metric csv series stats the of for table cat";
    let plain = |w: &str| w.trim_end_matches(".csv").to_owned();
    let counted = |w: &str| w.split('-').any(|p| COUNTED.split_ascii_whitespace().any(|c| p.eq_ignore_ascii_case(c)));
    let mut of = false;
    for word in parts(heading).filter(|_| is_heading(heading)) {
        let word = plain(word);
        let none = NONE.split_ascii_whitespace().any(|n| word.eq_ignore_ascii_case(n)) || is_measure(&word);
        let joined = word.contains('-') && word.starts_with(|c: char| c.is_ascii_lowercase());
        if !none && !counted(&word) && (joined || of) && word.bytes().any(|b| b.is_ascii_alphabetic()) {
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

    pub(super) fn read(&self, line: &str, base: usize, all: &mut Found) -> Row {
        let Some((first, rest)) = line.split_once(self.delimiter) else { return Row::Other };
        // the first word is whose it is, where it is no measure itself: `cart rps`, `error rate`
        let whole = first.trim().trim_matches('"');
        let (subject, metric) = whole.split_once(' ').filter(|(w, _)| !is_measure(w)).unwrap_or(("", whole));
        let mut at = base + first.len() + 1;
        let mut points = Vec::with_capacity(self.times.len());
        for (field, time) in rest.split(self.delimiter).zip(&self.times) {
            let lead = field.len() - field.trim_start().len();
            let span = at + lead..at + lead + field.trim().len();
            at += field.len() + 1;
            points.extend(figure(field).map(|value| Point { at: *time, value, span }));
        }
        let cells = rest.trim_end().trim_end_matches(self.delimiter).split(self.delimiter).count();
        if points.is_empty() || cells > self.times.len() {
            return if is_row(line, self.delimiter, self.times.len() + 1) { Row::Odd } else { Row::Other };
        }
        all.join(subject, "", metric, points);
        Row::Read
    }
}
