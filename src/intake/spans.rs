//! Trace spans from text: CSV exports and indented trees. Pure; what can't be read is left out.
//! It measures nothing; who is slow is decided elsewhere.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use regex::Regex;

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
    pub start: Option<DateTime<Utc>>,
    /// How long it took, in microseconds.
    pub micros: f64,
    /// The database statement it ran, with its place.
    pub statement: Option<Range<usize>>,
    /// Where the span stands, in bytes of the text.
    pub at: Range<usize>,
}

/// Every span in the text, in order.
pub fn spans(text: &str) -> Vec<TraceSpan> {
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
    out
}

/// Where the columns of a CSV export stand.
#[derive(Debug)]
struct Columns {
    count: usize,
    trace: usize,
    id: usize,
    parent: usize,
    service: usize,
    operation: Option<usize>,
    start: Option<usize>,
    duration: usize,
    to_micros: f64,
}

impl Columns {
    fn of(line: &str) -> Option<Self> {
        if !line.contains(',') || line.len() > 400 {
            return None;
        }
        let names: Vec<String> =
            line.split(',').map(|n| n.trim().trim_matches('"').to_lowercase().replace(['_', ' ', '-'], "")).collect();
        let find = |any: &[&str]| names.iter().position(|n| any.iter().any(|a| n.starts_with(a)));
        let duration = find(&["duration", "elapsed", "latency"])?;
        let unit = names.get(duration)?;
        let to_micros = if unit.contains("(ms)") || unit.ends_with("ms") {
            1000.0
        } else if unit.contains("ns") || unit.contains("nano") {
            0.001
        } else if unit.contains("(s)") || unit.contains("sec") {
            1_000_000.0
        } else {
            1.0
        };
        Some(Self {
            count: names.len(),
            trace: find(&["traceid", "trace"])?,
            id: find(&["spanid"])?,
            parent: find(&["parent"])?,
            service: find(&["podname", "service", "pod", "process"])?,
            operation: find(&["operation", "spanname", "name"]),
            start: find(&["starttime", "start", "timestamp"]),
            duration,
            to_micros,
        })
    }

    fn read(&self, line: &str, at: Range<usize>) -> Option<TraceSpan> {
        let fields: Vec<&str> = line.split(',').map(|f| f.trim().trim_matches('"')).collect();
        if fields.len() != self.count {
            return None;
        }
        let field = |i: usize| fields.get(i).map(|f| (*f).to_owned()).unwrap_or_default();
        Some(TraceSpan {
            trace: field(self.trace),
            id: field(self.id),
            parent: field(self.parent),
            service: field(self.service),
            operation: self.operation.map(field).unwrap_or_default(),
            start: self.start.and_then(|i| instant(fields.get(i)?)),
            micros: fields.get(self.duration)?.parse::<f64>().ok()? * self.to_micros,
            statement: None,
            at,
        })
    }
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|t| t.with_timezone(&Utc))
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
            let scale = match text(4).as_str() {
                "s" => 1_000_000.0,
                "ms" => 1000.0,
                "ns" => 0.001,
                _ => 1.0,
            };
            let id = if text(5).is_empty() { format!("{}:{}", self.trace, out.len()) } else { text(5) };
            out.push(TraceSpan {
                trace: format!("tree {}", self.trace),
                id: id.clone(),
                parent: self.depths.last_key_value().map(|(_, p)| p.clone()).unwrap_or_default(),
                service: text(2),
                operation: text(1),
                start: None,
                micros: text(3).parse::<f64>().unwrap_or(0.0) * scale,
                statement: None,
                at,
            });
            self.depths.insert(depth, id);
        } else if let Some(last) = out.last_mut() {
            if let Some(m) = STARTED.as_ref().and_then(|r| r.captures(line)).and_then(|c| c.get(1)) {
                last.start = last.start.or_else(|| instant(m.as_str()));
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
        let all = spans(text);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].micros, 12_500.0);
        assert_eq!(&text[all[0].at.clone()].split(',').next(), &Some("t1"));
    }

    #[test]
    fn a_tree_gives_parents_and_statements() {
        let text = "├─ /buy (web) - 900ms (span_id=1)\n  ├─ pay (pay-service) - 850.5ms (span_id=2)\n  │    db.statement: SELECT 1\n├─ /buy (web) - 9ms (span_id=3)";
        let all = spans(text);
        assert_eq!(all.iter().map(|s| s.parent.as_str()).collect::<Vec<_>>(), ["", "1", ""]);
        assert_eq!(all[1].statement.clone().map(|r| &text[r]), Some("SELECT 1"));
        assert_ne!(all[0].trace, all[2].trace);
    }
}
