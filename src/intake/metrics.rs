//! Measurements over time from text: CSV tables (one row a time and a thing) and the JSON of metric
//! queries (`timestamps` and `values` side by side). Pure; what can't be read is left out. What a
//! change in a series means is decided elsewhere.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use chrono::{DateTime, NaiveDateTime, Utc};
use regex::Regex;

use crate::domain::Stamp;

/// One measurement.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// When.
    pub at: Stamp,
    /// The value as it stands.
    pub value: f64,
    /// Where the value stands, in bytes of the text.
    pub span: Range<usize>,
}

/// One measure of one thing over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What was measured: a pod's, service's or instance's name as it stands.
    pub subject: String,
    /// The measure's name as it stands.
    pub metric: String,
    /// The points, in the order they stand.
    pub points: Vec<Point>,
}

/// The lists of a metric query.
const LISTS: &[&str] = &["\"timestamps\"", "\"Timestamps\"", "\"values\"", "\"Values\""];
/// The longest list that is read, in bytes.
const LIST: usize = 200_000;

/// Every series in the text.
pub fn series(text: &str) -> Vec<Series> {
    let mut all: BTreeMap<(String, String), Vec<Point>> = BTreeMap::new();
    let mut table: Option<Table> = None;
    let mut wide: Option<Wide> = None;
    let mut query = Query::default();
    let mut start = 0;
    let mut open: Option<usize> = None;
    for line in text.split('\n') {
        let base = start;
        start += line.len() + 1;
        // a list that is written over several lines is read as one
        if let Some(from) = open {
            if line.contains(']') || start - from > LIST {
                open = None;
                query.read(text.get(from..base + line.len()).unwrap_or(""), from, &mut all);
            }
            continue;
        }
        if line.trim_end().ends_with('[') && LISTS.iter().any(|l| line.contains(l)) {
            open = Some(base);
            continue;
        }
        if let Some(found) = Wide::of(line) {
            wide = Some(found);
            continue;
        }
        match &wide {
            Some(w) if w.read(line, base, &mut all) => continue,
            Some(_) => wide = None,
            None => {}
        }
        if let Some(found) = Table::of(line) {
            table = Some(found);
            continue;
        }
        match &table {
            Some(t) if t.read(line, base, &mut all) => continue,
            Some(_) if !line.trim().is_empty() => table = None,
            _ => {}
        }
        query.read(line, base, &mut all);
    }
    all.into_iter().map(|((subject, metric), points)| Series { subject, metric, points }).collect()
}

/// A CSV table whose first columns are a time and, where there is one, a name.
#[derive(Debug)]
struct Table {
    names: Vec<String>,
    time: usize,
    subject: Option<usize>,
}

impl Table {
    fn of(line: &str) -> Option<Self> {
        if line.len() > 1000 || line.matches(',').count() < 1 || line.contains(['{', '"', '[']) {
            return None;
        }
        let names: Vec<String> = line.split(',').map(|n| n.trim().to_owned()).collect();
        let lower: Vec<String> = names.iter().map(|n| n.to_lowercase()).collect();
        let time = lower
            .iter()
            .position(|n| matches!(n.as_str(), "time" | "timestamp" | "ts" | "date" | "datetime" | "_time"))?;
        if lower.iter().any(|n| n.starts_with("traceid") || n.starts_with("spanid")) {
            return None;
        }
        const SUBJECT: &[&str] = &["pod", "service", "instance", "host", "node", "container", "name", "app", "cmdb_id"];
        let subject = lower.iter().position(|n| SUBJECT.iter().any(|s| n.starts_with(s)) && !n.contains('('));
        Some(Self { names, time, subject })
    }

    fn read(&self, line: &str, base: usize, all: &mut BTreeMap<(String, String), Vec<Point>>) -> bool {
        let mut fields: Vec<(usize, &str)> = Vec::with_capacity(self.names.len());
        let mut at = base;
        for field in line.split(',') {
            fields.push((at, field));
            at += field.len() + 1;
        }
        if fields.len() != self.names.len() {
            return false;
        }
        let Some(stamp) = fields.get(self.time).and_then(|(_, t)| stamp(t.trim())) else { return false };
        let subject = self.subject.and_then(|i| fields.get(i)).map_or("", |(_, s)| s.trim());
        for (i, (start, field)) in fields.iter().enumerate() {
            if i == self.time || Some(i) == self.subject {
                continue;
            }
            let (Some(metric), Ok(value)) = (self.names.get(i), field.trim().parse::<f64>()) else { continue };
            if value.is_finite() {
                let point = Point { at: stamp, value, span: *start..start + field.len() };
                all.entry((subject.to_owned(), metric.clone())).or_default().push(point);
            }
        }
        true
    }
}

/// A CSV table with one row a measure and one column a time: `metric,10:00,10:01`, then `cart rps,310,4100`.
#[derive(Debug)]
struct Wide {
    times: Vec<Stamp>,
}

impl Wide {
    fn of(line: &str) -> Option<Self> {
        let (first, rest) = line.split_once(',').filter(|_| line.len() <= 1000)?;
        if !matches!(first.trim().to_lowercase().as_str(), "metric" | "measure" | "series" | "name") {
            return None;
        }
        let times: Option<Vec<Stamp>> =
            rest.split(',').map(|t| t.trim().parse::<Stamp>().ok().or_else(|| stamp(t.trim()))).collect();
        times.filter(|t| t.len() > 2).map(|times| Self { times })
    }

    fn read(&self, line: &str, base: usize, all: &mut BTreeMap<(String, String), Vec<Point>>) -> bool {
        let Some((first, rest)) = line.split_once(',') else { return false };
        let (subject, metric) = first.trim().split_once(' ').unwrap_or(("", first.trim()));
        let mut at = base + first.len() + 1;
        let mut points = Vec::with_capacity(self.times.len());
        for (field, time) in rest.split(',').zip(&self.times) {
            let lead = field.len() - field.trim_start().len();
            let span = at + lead..at + lead + field.trim().len();
            at += field.len() + 1;
            let Ok(value) = field.trim().parse::<f64>() else { return false };
            points.push(Point { at: *time, value, span });
        }
        all.entry((subject.to_owned(), metric.to_owned())).or_default().extend(points);
        true
    }
}

fn stamp(text: &str) -> Option<Stamp> {
    if let Ok(t) = DateTime::parse_from_rfc3339(text) {
        return Some(Stamp::Exact(t.with_timezone(&Utc)));
    }
    ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .map(Stamp::Local)
        .or_else(|| {
            let seconds: f64 = text.parse().ok().filter(|s| (1e9..4e9).contains(s))?;
            DateTime::from_timestamp(seconds as i64, 0).map(Stamp::Exact)
        })
}

static FIELD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r#""(metric_name|MetricName|label|Label|Value|db_instance_identifier|timestamps|Timestamps|values|Values|unit)"\s*:\s*(?:"([^"]*)"|\[([^\]]*)\])"#).ok()
});

/// The query result that is being read: names first, then times, then values.
#[derive(Debug, Default)]
struct Query {
    metric: String,
    subject: String,
    times: Vec<Stamp>,
}

impl Query {
    fn read(&mut self, line: &str, base: usize, all: &mut BTreeMap<(String, String), Vec<Point>>) {
        if !line.contains('"') || !line.contains(':') {
            return;
        }
        for c in FIELD.iter().flat_map(|r| r.captures_iter(line)) {
            let Some(key) = c.get(1) else { continue };
            let word = c.get(2).map(|m| m.as_str());
            match (key.as_str(), word, c.get(3)) {
                ("metric_name" | "MetricName" | "label" | "Label", Some(name), _) => name.clone_into(&mut self.metric),
                ("Value" | "db_instance_identifier", Some(name), _) => name.clone_into(&mut self.subject),
                ("timestamps" | "Timestamps", _, Some(list)) => {
                    self.times = list.as_str().split(',').filter_map(|t| stamp(t.trim().trim_matches('"'))).collect();
                }
                ("values" | "Values", _, Some(list)) => self.values(list.as_str(), base + list.start(), all),
                _ => {}
            }
        }
    }

    fn values(&mut self, list: &str, base: usize, all: &mut BTreeMap<(String, String), Vec<Point>>) {
        let metric = if self.metric.is_empty() { "db_load".to_owned() } else { std::mem::take(&mut self.metric) };
        let points = all.entry((self.subject.clone(), metric)).or_default();
        let mut at = base;
        for (field, time) in list.split(',').zip(&self.times) {
            let lead = field.len() - field.trim_start().len();
            let start = at + lead;
            at += field.len() + 1;
            if let Ok(value) = field.trim().parse::<f64>() {
                points.push(Point { at: *time, value, span: start..start + field.trim().len() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_gives_one_series_per_thing_and_measure() {
        let text = "Time,Pod,Cpu(%),Mem(%)\n2026-01-01 00:00:00,a,1.5,NaN\n2026-01-01 00:01:00,a,99,20\n\nafter";
        let all = series(text);
        assert_eq!(
            all.iter().map(|s| (s.metric.as_str(), s.points.len())).collect::<Vec<_>>(),
            [("Cpu(%)", 2), ("Mem(%)", 1)]
        );
        assert_eq!(&text[all[0].points[1].span.clone()], "99");
    }

    #[test]
    fn a_table_with_a_column_for_each_time_gives_one_series_a_row() {
        let text = "metric,10:00,10:01,10:02\ncart rps,310,4100,9800\nafter";
        let all = series(text);
        assert_eq!((all[0].subject.as_str(), all[0].metric.as_str(), all[0].points.len()), ("cart", "rps", 3));
        assert_eq!(&text[all[0].points[2].span.clone()], "9800");
    }

    #[test]
    fn a_metric_query_that_is_written_over_many_lines_gives_the_same() {
        let text = "{\n\"metric_name\": \"ReplicaLag\",\n\"Value\": \"shop-ro\",\n\"timestamps\": [\n  \"2026-01-01T00:00:00Z\",\n  \"2026-01-01T00:01:00Z\"\n],\n\"values\": [\n  1.0,\n  470\n]\n}";
        let all = series(text);
        assert_eq!(
            (all[0].subject.as_str(), all[0].metric.as_str(), all[0].points.len()),
            ("shop-ro", "ReplicaLag", 2)
        );
        assert_eq!(&text[all[0].points[1].span.clone()], "470");
    }

    #[test]
    fn a_metric_query_gives_its_series() {
        let text = "{\n\"metric_name\": \"CPUUtilization\",\n\"Value\": \"shop-db\",\n\"timestamps\": [\"2026-01-01T00:00:00Z\", \"2026-01-01T00:01:00Z\"],\n\"values\": [10.0, 97.5]\n}";
        let all = series(text);
        assert_eq!((all[0].subject.as_str(), all[0].metric.as_str()), ("shop-db", "CPUUtilization"));
        assert_eq!(&text[all[0].points[1].span.clone()], "97.5");
    }
}
