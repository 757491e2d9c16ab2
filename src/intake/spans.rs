//! Trace spans from text: tables with any delimiter, JSON objects (flat, Zipkin's, Jaeger's, OTLP's) and
//! indented trees. Pure; what can't be read is left out. It measures nothing; who is slow is decided
//! elsewhere.

mod columns;
mod json;
mod place;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::cell::{duration, stamp};
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
#[derive(Debug, Clone, PartialEq)]
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

/// Every span in the text, in order.
pub fn spans(text: &str) -> Traced {
    let mut out = Vec::new();
    let mut columns: Option<Columns> = None;
    let mut tree = Tree::default();
    let mut start = 0;
    for line in text.split('\n') {
        let at = start..start + line.len();
        start += line.len() + 1;
        if let Some(found) = Columns::of(line) {
            columns = Some(found);
        } else if let Some(span) = columns.as_ref().and_then(|c| c.read(line, at.clone())) {
            out.push(span);
        } else if json::may_hold_spans(line) {
            json::read(line, at.start, &mut out);
        } else if line.contains("├─")
            || line.contains("└─")
            || line.contains('│')
            || line.trim_start().starts_with("db.")
        {
            tree.read(line, at, &mut out);
        } else if !line.trim().is_empty() {
            columns = None;
            tree.depths.clear();
        }
    }
    Traced { places: out.iter().map(|s| s.at.clone()).collect(), spans: out, unread: 0 }
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
    fn read(&mut self, line: &str, at: Range<usize>, out: &mut Vec<TraceSpan>) {
        if let Some(c) = NODE.as_ref().and_then(|r| r.captures(line)) {
            let depth = line.len() - line.trim_start().len();
            self.depths.retain(|d, _| *d < depth);
            if self.depths.is_empty() {
                self.trace += 1;
            }
            let text = |i: usize| c.get(i).map(|m| m.as_str().to_owned()).unwrap_or_default();
            let scale = place::unit_of(text(4).as_str()).1;
            let Some(took) = duration(&text(3)) else { return };
            let id = if text(5).is_empty() { format!("{}:{}", self.trace, out.len()) } else { text(5) };
            out.push(TraceSpan {
                trace: format!("tree {}", self.trace),
                id: id.clone(),
                parent: self.depths.last_key_value().map(|(_, p)| p.clone()).unwrap_or_default(),
                service: text(2),
                operation: text(1),
                start: None,
                micros: took * scale,
                unit: place::unit_of(text(4).as_str()).0,
                took: c.get(3).map_or(0..0, |m| at.start + m.start()..at.start + m.end()),
                side: Side::Unstated,
                failed: false,
                peer: String::new(),
                statement: None,
                at,
            });
            self.depths.insert(depth, id);
        } else if let Some(last) = out.last_mut() {
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
}
