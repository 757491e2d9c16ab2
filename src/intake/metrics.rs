//! Measurements over time from text: tables in any of their layouts and the JSON of metric queries
//! (`timestamps` and `values` side by side, or pairs of both). Pure; what can't be read is left out. What a
//! change in a series means is decided elsewhere.

mod found;
mod prometheus;
mod query;
mod table;

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::domain::Stamp;
use crate::intake::cell::{Unread, figure, says_nothing, stamp};

use found::Found;
use table::{Table, Wide};
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

/// What a line is below the header of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Row {
    /// A row that was read.
    Read,
    /// A row that can't be read: cells too many or too few, or no time.
    Odd,
    /// No row.
    Other,
}

/// The table that is open while a text is read.
#[derive(Debug)]
enum Open {
    Tall(Table),
    Wide(Wide),
}

/// Every series in the text.
pub fn series(text: &str) -> Measured {
    let mut all = Found::default();
    let mut rows = Unread::default();
    // the last line before a table: its heading names what a table without names is of
    let mut heading = "";
    let mut table: Option<Open> = None;
    let mut query = Query::default();
    let (mut start, mut apart) = (0, false);
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
        if let Some(found) = opened(line, heading, text.get(start..).unwrap_or("")) {
            rows.ends();
            table = Some(found);
            continue;
        }
        // a blank line, or a mark for what was left out, ends no table
        if says_nothing(line) {
            apart |= line.trim().is_empty();
            continue;
        }
        let after_blank = std::mem::take(&mut apart);
        let row = match &mut table {
            Some(Open::Tall(t)) => t.read(line, base, &mut all),
            Some(Open::Wide(w)) => w.read(line, base, &mut all),
            None => Row::Other,
        };
        match row {
            Row::Read => {
                rows.fits();
                continue;
            }
            Row::Odd if !after_blank && !line.trim_start().starts_with(['{', '[']) => {
                rows.odd();
                continue;
            }
            _ if table.is_some() => {
                table = None;
                rows.ends();
            }
            _ => {}
        }
        heading = line.get(..HEADING.min(line.len())).unwrap_or("");
        query.read(line, base, &mut all);
    }
    let answers = prometheus::read(text, &mut all);
    Measured { unread: rows.count() + answers + all.over, series: all.done() }
}

/// The table whose header a line is.
fn opened(line: &str, heading: &str, below: &str) -> Option<Open> {
    if let Some(wide) = Wide::of(line) {
        return Some(Open::Wide(wide));
    }
    let mut table = Table::of(line, heading)?;
    table.look(below);
    Some(Open::Tall(table))
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
    fn read(&mut self, line: &str, base: usize, all: &mut Found) {
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

    fn values(&mut self, list: &str, base: usize, all: &mut Found) {
        if self.times.is_empty() {
            return;
        }
        // a list without a name stays without one
        let metric = std::mem::take(&mut self.metric);
        let mut points = Vec::with_capacity(self.times.len());
        let mut at = base;
        for (field, time) in list.split(',').zip(&self.times) {
            let lead = field.len() - field.trim_start().len();
            let start = at + lead;
            at += field.len() + 1;
            if let Some(value) = figure(field) {
                points.push(Point { at: *time, value, span: start..start + field.trim().len() });
            }
        }
        all.join(&self.subject, "", &metric, points);
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

    fn told(text: &str) -> Vec<(String, String, String, usize)> {
        let told = |s: Series| (s.subject, s.instance, s.metric, s.points.len());
        series(text).series.into_iter().map(told).collect()
    }

    #[test]
    fn series_that_differ_in_a_label_are_not_joined() {
        let one = |labels: &str, values: &str| format!("{{\"metric\":{{{labels}}},\"values\":[{values}]}}");
        let answer =
            |all: &str| format!("{{\"data\":{{\"result\":[{all}],\"resultType\":\"matrix\"}},\"status\":\"success\"}}");
        let values = "[1767225600,\"1000\"],[1767225660,\"1000\"]";
        let codes = ["200", "500"].map(|c| one(&format!("\"service\":\"cart\",\"code\":\"{c}\""), values)).join(",");
        let all = told(&answer(&codes));
        let instances: Vec<(&str, &str)> = all.iter().map(|s| (s.0.as_str(), s.1.as_str())).collect();
        assert_eq!(instances, [("cart", "code=200"), ("cart", "code=500")]);
        let nodes =
            ["n1:9100", "n2:9100"].map(|n| one(&format!("\"job\":\"node-exporter\",\"instance\":\"{n}\""), values));
        assert_eq!(
            told(&answer(&nodes.join(","))).iter().map(|s| s.0.as_str()).collect::<Vec<_>>(),
            ["n1:9100", "n2:9100"]
        );
        // one answer behind another: the places are of its own, and a second look is a series of its own
        let twice = format!("{}\n{}", answer(&one("\"pod\":\"a\"", values)), answer(&one("\"pod\":\"a\"", values)));
        let all = series(&twice).series;
        assert_eq!(all.iter().map(|s| s.points.len()).collect::<Vec<_>>(), [2, 2]);
        assert!(
            all[0].points[1].span.end < twice.find('\n').unwrap()
                && all[1].points[0].span.start > all[0].points[1].span.end
        );
        let rows =
            "ts,service,pod,metric,value\n2026-01-01T00:00:00Z,cart,a,rps,1\n2026-01-01T00:00:00Z,cart,b,rps,9\n";
        assert_eq!(told(rows).len(), 2);
        let routes = "ts,service,route,p99\n2026-01-01T00:00:00Z,cart,/a,1\n2026-01-01T00:00:00Z,cart,/b,9\n";
        assert_eq!(told(routes).iter().map(|s| s.1.as_str()).collect::<Vec<_>>(), ["/a", "/b"]);
        let states = "ts,service,state,p99\n2026-01-01T00:00:00Z,cart,ok,1\n2026-01-01T00:01:00Z,cart,bad,9\n";
        assert_eq!(told(states).len(), 1);
    }

    #[test]
    fn a_long_log_of_answers_behind_stamps_is_read_in_one_go() {
        let line = "2026-01-01T00:00:00Z GET /api {\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}\n";
        let log = format!("{{\"open\": [\n{}", line.repeat(20_000));
        assert!(series(&log).series.is_empty());
    }

    #[test]
    fn an_odd_row_ends_no_table_and_is_counted() {
        let text = "Time,Pod,Cpu(%)\n2026-01-01 00:00:00,a,1.5\n2026-01-01 00:01:00,a,1,234\n...\n2026-01-01 00:02:00,a,\n2026-01-01 00:03:00,a,99,\n";
        assert_eq!((told(text)[0].3, series(text).unread), (2, 1));
        let wide =
            "metric,10:00,10:01,10:02\ncart rps,310,,9800\nerror rate,inf,0.2,5\ncart p99,1,2,3,4,5\npay rps,1,2,3\n";
        let all = told(wide);
        assert_eq!(
            all.iter().map(|s| (s.0.as_str(), s.2.as_str(), s.3)).collect::<Vec<_>>(),
            [("", "error rate", 2), ("cart", "rps", 2), ("pay", "rps", 3)]
        );
        assert_eq!(series(wide).unread, 1);
        // a log below a table, with as many commas, is no part of it
        let log = format!("Time,Pod,Cpu(%)\n2026-01-01 00:00:00,a,1.5\n{}", "cart says one, two, three\n".repeat(9));
        assert_eq!(series(&log).unread, 0);
    }

    #[test]
    fn a_header_in_quotes_is_one() {
        let text = "# cpu_percent by pod\n\"Time\",\"cart\",\"payment\"\n\"2026-01-01 00:00:00\",\"1.5\",\"2\"\n";
        let all = series(text).series;
        assert_eq!(
            all.iter().map(|s| (s.subject.as_str(), s.metric.as_str())).collect::<Vec<_>>(),
            [("cart", "cpu_percent"), ("payment", "cpu_percent")]
        );
        assert_eq!(&text[all[0].points[0].span.clone()], "1.5");
        let labels = "\"Time\",\"cpu{pod=\"\"cart-1\"\",node=\"\"n\"\"}\"\n1767225600000,7\n";
        assert_eq!(told(labels), [("cart-1".to_owned(), "node=n".to_owned(), "cpu".to_owned(), 1)]);
    }

    #[test]
    fn nobody_is_named_by_how_figures_are_counted_or_by_a_sentence() {
        for above in ["ten-minute averages", "## 10-minute averages", "see the auto-scaling of last week"] {
            let text = format!("{above}\nts,cpu_pct\n2026-01-01T14:01Z,3.1\n");
            assert_eq!(told(&text)[0].0, "", "{above}");
        }
        let text = "route-planner p99 latency (s), error rate (%)\nts,p99\n2026-01-01T14:01Z,3.1\n";
        assert_eq!(told(text)[0].0, "route-planner");
        let list = "{\n\"Value\": \"db\",\n\"timestamps\": [\"2026-01-01T00:00:00Z\"],\n\"values\": [10.0]\n}";
        assert_eq!((told(list)[0].0.as_str(), told(list)[0].2.as_str()), ("db", ""));
    }
}
