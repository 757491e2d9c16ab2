//! Trace spans from text: tables with any delimiter, JSON (flat, Zipkin's, Jaeger's, OTLP's; on one line or over
//! many, up to 16 MiB) and indented trees. Pure; what can't be read is counted. It measures nothing; who is slow is
//! decided elsewhere.

mod columns;
mod json;
mod place;
mod unit;

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::cell::{Unread, duration, says_nothing, stamp};
use crate::domain::Stamp;

use columns::Columns;
pub use place::words;

/// Which side of a call a span is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Side {
    /// The one that was called and did the work.
    Server,
    /// The one that called.
    Client,
    /// Work inside one service, or an export that states no side.
    #[default]
    Unstated,
}

/// One span of a trace.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TraceSpan {
    /// The trace it belongs to.
    pub trace: String,
    /// Its id within the trace.
    pub id: String,
    /// The id of the span that called it; empty for a root.
    pub parent: String,
    /// Who did the work: a pod's or service's name as it stands.
    pub service: String,
    /// What was done.
    pub operation: String,
    /// When it began.
    pub start: Option<Stamp>,
    /// How long it took, in microseconds.
    pub micros: f64,
    /// The unit that the export gives durations in: `µs`, `ms`, `s` or `ns`. Empty where nothing says which:
    /// then `micros` is the bare figure, and says nothing beside a time.
    pub unit: &'static str,
    /// Where the duration stands, in bytes of the text; empty where it is computed.
    pub took: Range<usize>,
    /// Which side of a call it is of.
    pub side: Side,
    /// True where the export marks it as failed.
    pub failed: bool,
    /// Whom it called, as the export states it; empty where it states none.
    pub peer: String,
    /// The database statement it ran, with its place.
    pub statement: Option<Range<usize>>,
    /// Where the span stands, in bytes of the text.
    pub at: Range<usize>,
}

impl TraceSpan {
    /// When it began in microseconds, on the clock that the export has: for orders and distances within it.
    pub fn began(&self) -> Option<i64> {
        self.start.map(|at| at.sort_key().1)
    }

    /// True where every duration has its unit.
    pub fn measures(all: &[Self]) -> bool {
        all.iter().all(|s| !s.unit.is_empty())
    }
}

/// What a text tells of traced requests.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Traced {
    /// Every span, in order.
    pub spans: Vec<TraceSpan>,
    /// Where they stand: whole lines and objects, in order.
    pub places: Vec<Range<usize>>,
    /// Rows and objects that could not be read.
    pub unread: usize,
}

/// Cheap: true for a line that is one or more spans as JSON, and not of a log that tells of one.
pub fn is_span_line(line: &str) -> bool {
    json::may_hold_spans(line)
        && ["\"parent", "\"operationName\"", "\"localEndpoint\"", "\"resourceSpans\""].iter().any(|k| line.contains(k))
        && !["\"msg\"", "\"message\"", "\"level\""].iter().any(|k| line.contains(k))
}

/// What is found of spans while a text is read.
#[derive(Debug, Default)]
struct Found {
    spans: Vec<TraceSpan>,
    /// Which of them have a duration without a unit.
    bare: Vec<usize>,
    places: Vec<Range<usize>>,
    /// Rows that could not be read, and objects.
    rows: Unread,
    objects: usize,
}

impl Found {
    fn push(&mut self, span: TraceSpan, bare: bool) {
        if bare {
            self.bare.push(self.spans.len());
        }
        self.spans.push(span);
    }
}

/// What a line is below the header of a table.
#[derive(Debug)]
enum Row {
    /// A span; true where its duration has no unit.
    Span(Box<TraceSpan>, bool),
    /// A row that can't be read: cells too many or too few, or no duration.
    Odd,
    /// No row.
    Other,
}

/// The span that called each, by the ids of its trace; none where it is not there.
pub fn above(all: &[TraceSpan]) -> Vec<Option<usize>> {
    let ids: HashMap<(&str, &str), usize> =
        all.iter().enumerate().map(|(i, s)| ((s.trace.as_str(), s.id.as_str()), i)).collect();
    let find = |s: &TraceSpan| ids.get(&(s.trace.as_str(), s.parent.as_str())).copied();
    all.iter().enumerate().map(|(i, s)| find(s).filter(|above| *above != i)).collect()
}

/// Every span in the text, in order.
pub fn spans(text: &str) -> Traced {
    let mut out = Found::default();
    let mut columns: Option<Columns> = None;
    let mut tree = Tree::default();
    let (mut start, mut read, mut apart) = (0, 0, false);
    for line in text.split('\n') {
        let at = start..start + line.len();
        start += line.len() + 1;
        // a line of an object that is read already, a blank, or a mark for what was left out
        if at.start < read || says_nothing(line) && !line.contains(['│', '{', '[']) {
            apart |= line.trim().is_empty();
            continue;
        }
        let after_blank = std::mem::take(&mut apart);
        if let Some(found) = Columns::of(line) {
            columns = Some(found);
            continue;
        }
        match columns.as_ref().map_or(Row::Other, |c| c.read(line, at.clone())) {
            Row::Span(span, bare) => {
                out.rows.fits();
                out.places.push(at);
                out.push(*span, bare);
                continue;
            }
            // a line behind a blank one that is no row, and another table's header, end the table
            Row::Odd if !after_blank && !super::metrics::may_head_series(line) && !line.starts_with(['{', '[']) => {
                out.rows.odd();
                continue;
            }
            _ => {}
        }
        if line.trim_start().starts_with(['{', '['])
            && let Some(end) = json::read(text, line, at.start, &mut out)
        {
            read = end;
        } else if Tree::is_line(line) {
            tree.read(line, at, &mut out);
        } else {
            columns = None;
            out.rows.ends();
            tree.depths.clear();
        }
    }
    unit::settle(&mut out.spans, &out.bare);
    Traced { spans: out.spans, places: out.places, unread: out.objects + out.rows.count() }
}

static NODE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"[├└]─+ (.+?) \(([\w.-]+)\) - ([\d.]+) ?(ms|s|µs|us|ns)(?: \(span_id=(\w+)\))?")
        .ok()
});
static STARTED: LazyLock<Option<Regex>> = LazyLock::new(|| crate::domain::pattern::compile(r"start=(\S+Z)").ok());
static STATEMENT: LazyLock<Option<Regex>> =
    LazyLock::new(|| crate::domain::pattern::compile(r"db\.(?:statement|query\.text): (.+)").ok());

/// The open path of an indented tree: the span at each depth.
#[derive(Debug, Default)]
struct Tree {
    depths: BTreeMap<usize, String>,
    trace: usize,
}

impl Tree {
    fn is_line(line: &str) -> bool {
        ["├─", "└─", "│"].iter().any(|mark| line.contains(mark)) || line.trim_start().starts_with("db.")
    }

    fn read(&mut self, line: &str, at: Range<usize>, out: &mut Found) {
        if let Some(c) = NODE.as_ref().and_then(|r| r.captures(line)) {
            let depth = line.len() - line.trim_start().len();
            self.depths.retain(|d, _| *d < depth);
            if self.depths.is_empty() {
                self.trace += 1;
            }
            let text = |i: usize| c.get(i).map(|m| m.as_str().to_owned()).unwrap_or_default();
            let Some((figure, took)) = c.get(3).and_then(|m| Some((m, duration(m.as_str())?))) else { return };
            let Some((unit, scale)) = unit::named(&text(4)) else { return };
            let id = if text(5).is_empty() { format!("{}:{}", self.trace, out.spans.len()) } else { text(5) };
            let span = TraceSpan {
                trace: format!("tree {}", self.trace),
                id: id.clone(),
                parent: self.depths.last_key_value().map(|(_, p)| p.clone()).unwrap_or_default(),
                service: text(2),
                operation: text(1),
                micros: took * scale,
                unit,
                took: at.start + figure.start()..at.start + figure.end(),
                at: at.clone(),
                ..TraceSpan::default()
            };
            out.places.push(at);
            out.push(span, false);
            self.depths.insert(depth, id);
        } else if let Some(last) = out.spans.last_mut() {
            if let Some(m) = STARTED.as_ref().and_then(|r| r.captures(line)).and_then(|c| c.get(1)) {
                last.start = last.start.or_else(|| stamp(m.as_str()));
            }
            if let Some(m) = STATEMENT.as_ref().and_then(|r| r.captures(line)).and_then(|c| c.get(1)) {
                last.statement.get_or_insert(at.start + m.start()..at.start + m.end());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_csv_export_is_read_with_its_units() {
        let text = "TraceID,SpanID,ParentID,Service,Operation,StartTime,Duration(ms)\nt1,b,a,cart-5d8f7c9b6-abcde,GET,2026-01-01T00:00:00Z,12.5\nother line";
        let all = spans(text).spans;
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].micros, 12_500.0);
        assert_eq!(&text[all[0].at.clone()].split(',').next(), &Some("t1"));
    }

    #[test]
    fn a_table_of_any_delimiter_gives_sides_errors_and_units() {
        let text = "start\ttrace_id\tspan_id\tparent_id\tpod\tname\tkind\tduration_ns\n2026-01-01T00:00:00Z\tt\tb\t\tcart-5d8f7c9b6-abcde\tGET\tserver\t12500000";
        let all = spans(text).spans;
        assert_eq!((all[0].micros, all[0].side, all[0].unit), (12_500.0, Side::Server, "ns"));
        let text = "trace;span;parent;service;op;kind;start;duration_s;status\nt;b;-;cart;\"a;b\";CLIENT;1767225600.25;1.5;ERROR";
        let all = spans(text).spans;
        assert_eq!((all[0].micros, all[0].side, all[0].failed), (1_500_000.0, Side::Client, true));
        assert_eq!((all[0].parent.as_str(), all[0].operation.as_str()), ("", "a;b"));
        assert_eq!(all[0].began(), Some(1_767_225_600_250_000));
        assert_eq!(&text[all[0].took.clone()], "1.5");
    }

    #[test]
    fn the_objects_of_tracing_systems_are_read() {
        let zipkin = r#"{"traceId":"t","id":"b","parentId":"a","kind":"SERVER","name":"get","timestamp":1767225600000000,"duration":2221,"localEndpoint":{"serviceName":"cart"},"tags":{"error":"no"}}"#;
        let all = spans(zipkin).spans;
        assert_eq!((all[0].service.as_str(), all[0].micros, all[0].side), ("cart", 2221.0, Side::Server));
        let flat = r#"{"trace_id": "t", "span_id": "b", "parent_span_id": null, "resource": {"service.name": "cart"}, "name": "plan", "kind": "SPAN_KIND_CLIENT", "start": "2026-01-01T00:00:00Z", "duration_ms": 92.016, "status": "ERROR", "peer.service": "db"}"#;
        let all = spans(flat).spans;
        assert_eq!((all[0].peer.as_str(), all[0].micros, all[0].failed), ("db", 92_016.0, true));
        assert_eq!(&flat[all[0].took.clone()], "92.016");
        let otlp = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"cart"}}]},"scopeSpans":[{"spans":[{"traceId":"t","spanId":"b","parentSpanId":"","name":"x","kind":2,"startTimeUnixNano":"1767225600000000000","endTimeUnixNano":"1767225600005000000","status":{"code":2}}]}]}]}"#;
        let all = spans(otlp).spans;
        assert_eq!((all[0].service.as_str(), all[0].micros, all[0].failed), ("cart", 5_000.0, true));
        let jaeger = r#"{"data":[{"traceID":"t","spans":[{"traceID":"t","spanID":"b","operationName":"x","references":[{"refType":"CHILD_OF","spanID":"a"}],"startTime":1767225600000000,"duration":70,"tags":[{"key":"span.kind","value":"client"},{"key":"error","value":true}],"processID":"p1"}],"processes":{"p1":{"serviceName":"cart"}}}]}"#;
        let all = spans(jaeger).spans;
        assert_eq!((all[0].service.as_str(), all[0].parent.as_str(), all[0].failed), ("cart", "a", true));
    }

    #[test]
    fn a_line_of_a_log_with_the_ids_of_a_span_is_none() {
        assert!(spans(r#"{"time":"2026-01-01T00:00:00Z","trace_id":"t","span_id":"b","service":"cart","msg":"done","duration_ms":5}"#).spans.is_empty());
    }

    #[test]
    fn a_tree_gives_parents_and_statements() {
        let text = "├─ /buy (web) - 900ms (span_id=1)\n  ├─ pay (pay-service) - 850.5ms (span_id=2)\n  │    db.statement: SELECT 1\n├─ /buy (web) - 9ms (span_id=3)";
        let all = spans(text).spans;
        assert_eq!(all.iter().map(|s| s.parent.as_str()).collect::<Vec<_>>(), ["", "1", ""]);
        assert_eq!(all[1].statement.clone().map(|r| &text[r]), Some("SELECT 1"));
        assert_ne!(all[0].trace, all[2].trace);
    }

    #[test]
    fn a_figure_without_a_unit_gets_the_one_that_is_shown_or_none() {
        let datadog = r#"{"trace_id":"1","span_id":"2","parent_id":"0","service":"cart","name":"web.request","start":1767225600000000000,"duration":12500000,"error":0}"#;
        let all = spans(datadog).spans;
        assert_eq!((all[0].micros, all[0].unit, all[0].failed), (12_500.0, "ns", false));
        let alone = datadog.replace("1767225600000000000", "\"2026-01-01T00:00:00Z\"");
        assert_eq!(spans(&alone).spans[0].unit, "");
        let table = "TraceID,SpanID,ParentID,Service,Operation,Start,End,Duration\nt,b,a,cart,GET,2026-01-01 08:00:00.100,2026-01-01 08:00:00.350,250";
        let all = spans(table).spans;
        assert_eq!((all[0].micros, all[0].unit), (250_000.0, "ms"));
        assert!(matches!(all[0].start, Some(Stamp::Local(_))), "no zone is stated");
        let inner = r#"{"trace_id":"t","span_id":"b","name":"x","cold_start_duration_ms":900,"duration_ms":5}"#;
        assert_eq!(spans(inner).spans[0].micros, 5_000.0);
    }

    #[test]
    fn a_span_is_cited_by_its_own_object() {
        let one = |id: &str, parent: &str, took: u32| {
            format!(
                r#"{{"resource":{{"pod":"p"}},"traceId":"a","id":"{id}","parentId":"{parent}","name":"get","timestamp":1767225600000000,"duration":{took},"tags":{{"x":"{}"}}}}"#,
                "y".repeat(100)
            )
        };
        let text = format!("[{},{},{},{}]", one("c", "b", 11), one("b", "a", 22), one("d", "a", 33), one("a", "", 44));
        let all = spans(&text).spans;
        assert_eq!(all.len(), 4);
        for (span, took) in all.iter().zip(["11", "22", "33", "44"]) {
            assert_eq!(&text[span.took.clone()], took);
            assert!(text[span.at.clone()].starts_with("{\"resource\"") && span.at.contains(&span.took.start));
            assert!(text[span.at.clone()].contains(&format!("\"id\":\"{}\"", span.id)));
        }
    }

    #[test]
    fn objects_over_many_lines_are_read_and_what_is_not_whole_is_counted() {
        let text = "before\n{\n  \"data\": [\n    {\n      \"traceID\": \"t\",\n      \"spans\": [\n        {\n          \"traceID\": \"t\",\n          \"spanID\": \"b\",\n          \"operationName\": \"x\",\n          \"startTime\": 1767225600000000,\n          \"duration\": 70,\n          \"processID\": \"p1\"\n        }\n      ],\n      \"processes\": {\"p1\": {\"serviceName\": \"cart\"}}\n    }\n  ]\n}\nafter";
        let found = spans(text);
        assert_eq!((found.spans[0].service.as_str(), found.spans[0].micros, found.unread), ("cart", 70.0, 0));
        assert_eq!(&text[found.places[0].clone()], &text[7..text.len() - 6]);
        let cut = r#"{"data":[{"traceID":"t","spans":[{"traceID":"t","spanID":"b","duration":70"#;
        assert_eq!((spans(cut).spans.len(), spans(cut).unread), (0, 1));
    }

    #[test]
    fn many_spans_on_one_line_are_read_in_one_go() {
        let one = r#"{"traceId":"t","id":"b","name":"x","timestamp":1767225600000000,"duration":5}"#;
        let text = format!("[{}]", vec![one; 30_000].join(","));
        assert_eq!(spans(&text).spans.len(), 30_000);
    }

    #[test]
    fn an_odd_row_ends_no_table() {
        let head = "trace_id,span_id,parent_id,namespace,service,operation,process_id,start,duration_ms,status";
        let rows = "t,a,,shop,cart,GET,7,2026-01-01T00:00:00Z,5,NO_ERROR\nt,b,a,shop,cart,PUT,7,2026-01-01T00:00:00Z,,OK\n...\nt,c,a,shop,cart,PUT,7,2026-01-01T00:00:00Z,1,234,OK\nt,d,a,shop,cart,PUT,7,2026-01-01T00:00:00Z,nan,OK\nt,e,a,shop,cart,PUT,7,2026-01-01T00:00:00Z,5,UNAVAILABLE,\n\nsome, words, in, a, text, with, many, commas, of, its\nt,f,a,shop,cart,PUT,7,2026-01-01T00:00:00Z,5,OK";
        let found = spans(&format!("{head}\n{rows}"));
        assert_eq!(found.spans.iter().map(|s| s.id.as_str()).collect::<Vec<_>>(), ["a", "e"]);
        assert_eq!(found.unread, 3);
        let first = &found.spans[0];
        assert_eq!((first.service.as_str(), first.operation.as_str(), first.failed), ("cart", "GET", false));
        assert!(found.spans[1].failed);
    }
}
