//! Spans in tables: which column is which is told by the header's words, whatever their spelling and order.

use std::ops::Range;

use super::place::{is_failed, parent, says_error, side, unit_of, words};
use super::{Side, TraceSpan};
use crate::intake::cell::{duration, stamp};
use crate::intake::metrics::cells;

/// Where the columns of an export stand.
#[derive(Debug)]
pub(super) struct Columns {
    delimiter: char,
    count: usize,
    trace: usize,
    id: usize,
    parent: usize,
    service: usize,
    operation: Option<usize>,
    start: Option<usize>,
    duration: usize,
    unit: (&'static str, f64),
    kind: Option<usize>,
    error: Option<usize>,
    status: Option<usize>,
    peer: Option<usize>,
}

/// The longest header of a table, in bytes.
const HEADER: usize = 400;

impl Columns {
    pub(super) fn of(line: &str) -> Option<Self> {
        if line.len() > HEADER || !line.contains("arent") && !line.contains("PARENT") || line.contains('{') {
            return None;
        }
        let delimiter = crate::intake::metrics::delimiter(line)?;
        let named: Vec<Vec<String>> = cells(line, delimiter).iter().map(|(_, n)| words(n)).collect();
        let names: Vec<String> = named.iter().map(|w| w.concat()).collect();
        let begins = |any: &[&str]| names.iter().position(|n| any.iter().any(|a| n.starts_with(a)));
        let is = |any: &[&str]| any.iter().find_map(|a| names.iter().position(|n| n == a));
        let took = begins(&["duration", "elapsed", "latency", "took"])?;
        Some(Self {
            delimiter,
            count: names.len(),
            trace: is(&["traceid", "trace"]).or_else(|| begins(&["trace"]))?,
            id: is(&["spanid", "span", "id"]).or_else(|| begins(&["spanid"]))?,
            parent: begins(&["parent"])?,
            service: is(&["service", "servicename", "podname", "pod", "app", "application", "component", "process"])
                .or_else(|| begins(&["service", "pod", "process"]))?,
            operation: begins(&["operation", "spanname", "name", "op"]),
            start: begins(&["starttime", "start", "timestamp", "begin", "ts", "time"]),
            duration: took,
            unit: unit(names.get(took)?, named.get(took)?),
            kind: is(&["kind", "spankind", "side", "type"]),
            error: is(&["error", "iserror", "haserror", "failed"]),
            status: is(&["status", "statuscode", "httpstatus", "httpstatuscode", "outcome", "result"]),
            peer: begins(&["peer", "remote", "destination", "target", "callee"]),
        })
    }

    pub(super) fn read(&self, line: &str, at: Range<usize>) -> Option<TraceSpan> {
        let fields = cells(line, self.delimiter);
        if fields.len() != self.count {
            return None;
        }
        let field = |i: usize| fields.get(i).map_or("", |(_, f)| *f);
        let stated = |i: Option<usize>| i.map_or("", field);
        let took = field(self.duration);
        let start = fields.get(self.duration).map_or(0, |(from, _)| at.start + from);
        Some(TraceSpan {
            trace: field(self.trace).to_owned(),
            id: field(self.id).to_owned(),
            parent: parent(field(self.parent)),
            service: field(self.service).to_owned(),
            operation: stated(self.operation).to_owned(),
            start: stamp(stated(self.start)),
            micros: duration(took)? * self.unit.1,
            unit: self.unit.0,
            took: start..start + took.len(),
            side: self.kind.map_or(Side::Unstated, |i| side(field(i))),
            failed: says_error(stated(self.error)) || is_failed(stated(self.status)),
            peer: stated(self.peer).to_owned(),
            statement: None,
            at,
        })
    }
}

/// The unit that a duration's column names: as a word of its own, or joined to the last one.
fn unit(name: &str, words: &[String]) -> (&'static str, f64) {
    let last = words.last().map_or("", String::as_str);
    if words.len() > 1 {
        return unit_of(last);
    }
    let joined = ["ms", "us", "ns", "sec", "seconds", "millis", "nanos", "micros"];
    joined.iter().find(|u| name.len() > u.len() && name.ends_with(*u)).map_or(("µs", 1.0), |u| unit_of(u))
}
