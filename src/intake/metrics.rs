//! Measurements over time from text: tables in any of their layouts and the JSON of metric queries
//! (`timestamps` and `values` side by side, or pairs of both). Pure; what can't be read is left out. What a
//! change in a series means is decided elsewhere.

mod prometheus;
mod table;

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::domain::Stamp;
use crate::intake::cell::{figure, stamp};

use table::{Found as All, Table, Wide};
pub use table::{cells, delimiter, is_measure, may_head_series};

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
    /// Which of several of it, where the row says so: a pod's name beside its service's.
    pub instance: String,
    /// The measure's name as it stands.
    pub metric: String,
    /// The points, in the order they stand.
    pub points: Vec<Point>,
}

/// The lists of a metric query.
const LISTS: &[&str] = &["\"timestamps\"", "\"Timestamps\"", "\"values\"", "\"Values\""];
/// The longest list that is read, in bytes.
const LIST: usize = 200_000;

/// The longest heading that is read, in bytes.
const HEADING: usize = 120;

/// What a text measures.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measured {
    /// Every series.
    pub series: Vec<Series>,
    /// Rows of its tables that could not be read.
    pub unread: usize,
}

/// Every series in the text.
pub fn series(text: &str) -> Measured {
    let mut all = All::new();
    // the last line before a table: its heading names what a table without names is of
    let mut heading = "";
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
        if let Some(found) = Table::of(line, heading) {
            table = Some(found);
            continue;
        }
        match &table {
            Some(t) if t.read(line, base, &mut all) => continue,
            Some(_) if !line.trim().is_empty() => table = None,
            _ => {}
        }
        if !line.trim().is_empty() {
            heading = line.get(..HEADING.min(line.len())).unwrap_or("");
        }
        query.read(line, base, &mut all);
    }
    prometheus::read(text, &mut all);
    let whole = |((subject, instance, metric), points)| Series { subject, instance, metric, points };
    Measured { series: all.into_iter().map(whole).collect(), unread: 0 }
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
    fn read(&mut self, line: &str, base: usize, all: &mut All) {
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

    fn values(&mut self, list: &str, base: usize, all: &mut All) {
        if self.times.is_empty() {
            return;
        }
        let metric = if self.metric.is_empty() { "db_load".to_owned() } else { std::mem::take(&mut self.metric) };
        let points = all.entry((self.subject.clone(), String::new(), metric)).or_default();
        let mut at = base;
        for (field, time) in list.split(',').zip(&self.times) {
            let lead = field.len() - field.trim_start().len();
            let start = at + lead;
            at += field.len() + 1;
            if let Some(value) = figure(field) {
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
        let all = series(text).series;
        assert_eq!(
            all.iter().map(|s| (s.metric.as_str(), s.points.len())).collect::<Vec<_>>(),
            [("Cpu(%)", 2), ("Mem(%)", 1)]
        );
        assert_eq!(&text[all[0].points[1].span.clone()], "99");
    }

    #[test]
    fn a_table_of_rows_and_one_with_a_column_for_each_thing_give_the_same_series() {
        let rows = "unix;metric;pod;value\n1771704060;cpu_pct;web-1;7.5\n1771704120;cpu_pct;web-1;99\n";
        let things = "== metric: cpu_pct ==\ntime,web-1,db\n04:21,7.5,1\n04:22,99,1\n";
        for text in [rows, things] {
            let all = series(text).series;
            let web = all.iter().find(|s| s.subject == "web-1").unwrap();
            assert_eq!((web.metric.as_str(), &text[web.points[1].span.clone()]), ("cpu_pct", "99"));
        }
    }

    #[test]
    fn a_pod_is_told_from_its_node_and_a_heading_names_what_a_table_is_of() {
        let text = "minute,node,pod,cpu\n2026-01-01 14:01,n1,a-1,5\n\n## orders-pg (1 min)\nts,cpu_pct,idle\n2026-01-01T14:01Z,3.1,20";
        let all = series(text).series;
        let named: Vec<_> = all.iter().map(|s| (s.subject.as_str(), s.metric.as_str())).collect();
        assert_eq!(named, [("a-1", "cpu"), ("orders-pg", "cpu_pct"), ("orders-pg", "idle")]);
    }

    #[test]
    fn a_range_query_gives_its_series_and_the_expression_its_name() {
        let text = "promql> rate(http_requests_total{service=\"tax\"}[5m])[1h:5m]\n{\"data\": {\"resultType\": \"matrix\", \"result\": [\n{\"metric\": {}, \"values\": [[1762248600, \"0.5\"], [1762248900, \"2.25\"]]}]}}";
        let all = series(text).series;
        assert_eq!((all[0].subject.as_str(), all[0].metric.as_str()), ("tax", "http_requests_total"));
        assert_eq!(&text[all[0].points[1].span.clone()], "2.25");
    }

    #[test]
    fn a_table_with_a_column_for_each_time_gives_one_series_a_row() {
        let text = "metric,10:00,10:01,10:02\ncart rps,310,4100,9800\nafter";
        let all = series(text).series;
        assert_eq!((all[0].subject.as_str(), all[0].metric.as_str(), all[0].points.len()), ("cart", "rps", 3));
        assert_eq!(&text[all[0].points[2].span.clone()], "9800");
    }

    #[test]
    fn a_metric_query_that_is_written_over_many_lines_gives_the_same() {
        let text = "{\n\"metric_name\": \"ReplicaLag\",\n\"Value\": \"shop-ro\",\n\"timestamps\": [\n  \"2026-01-01T00:00:00Z\",\n  \"2026-01-01T00:01:00Z\"\n],\n\"values\": [\n  1.0,\n  470\n]\n}";
        let all = series(text).series;
        assert_eq!(
            (all[0].subject.as_str(), all[0].metric.as_str(), all[0].points.len()),
            ("shop-ro", "ReplicaLag", 2)
        );
        assert_eq!(&text[all[0].points[1].span.clone()], "470");
    }

    #[test]
    fn a_metric_query_gives_its_series() {
        let text = "{\n\"metric_name\": \"CPUUtilization\",\n\"Value\": \"shop-db\",\n\"timestamps\": [\"2026-01-01T00:00:00Z\", \"2026-01-01T00:01:00Z\"],\n\"values\": [10.0, 97.5]\n}";
        let all = series(text).series;
        assert_eq!((all[0].subject.as_str(), all[0].metric.as_str()), ("shop-db", "CPUUtilization"));
        assert_eq!(&text[all[0].points[1].span.clone()], "97.5");
    }
}
