//! Spans in tables: which column is which is told by the header's words, whatever their spelling and order.

use std::ops::Range;

use super::place::{is_failed, parent, says_error, side, words};
use super::unit::{self, Beside, Unit};
use super::{Row, Side, TraceSpan};
use crate::intake::cell::{is_row, stamp};
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
    end: Option<usize>,
    duration: usize,
    unit: Unit,
    kind: Option<usize>,
    error: Option<usize>,
    status: Option<usize>,
    peer: Option<usize>,
}

/// The longest header of a table, in bytes.
const HEADER: usize = 400;
/// Words for the other side of a call.
const OTHERS: [&str; 6] = ["peer", "remote", "destination", "target", "callee", "upstream"];
/// What names a thing, behind the word for it; `process_id` and `peer_port` name none.
const NAMING: [&str; 4] = ["name", "service", "instance", "app"];

/// The columns' names as words.
struct Names(Vec<Vec<String>>);

impl Names {
    /// The first of these names that a column has, as words or joined.
    fn is(&self, any: &[&str]) -> Option<usize> {
        any.iter().find_map(|a| self.0.iter().position(|w| w.concat() == *a))
    }

    /// The column whose first word is one of these, the first of them that a column has, where the rest of its
    /// words suit.
    fn leads(&self, any: &[&str], suits: impl Fn(&[String]) -> bool) -> Option<usize> {
        let leads = |w: &Vec<String>, a: &str| w.split_first().is_some_and(|(f, rest)| f == a && suits(rest));
        any.iter().find_map(|a| self.0.iter().position(|w| leads(w, a)))
    }
}

impl Columns {
    pub(super) fn of(line: &str) -> Option<Self> {
        if line.len() > HEADER || !line.contains("arent") && !line.contains("PARENT") || line.contains('{') {
            return None;
        }
        let delimiter = crate::intake::metrics::delimiter(line)?;
        let names = Names(cells(line, delimiter).iter().map(|(_, n)| words(n)).collect());
        let any = |_: &[String]| true;
        let naming = |rest: &[String]| rest.iter().all(|w| NAMING.contains(&w.as_str()));
        let (duration, unit) = names.0.iter().enumerate().find_map(|(i, w)| Some((i, unit::of_name(w)?)))?;
        let of_service = |w: &Vec<String>| {
            w.ends_with(&["service".to_owned(), "name".to_owned()]) && !OTHERS.iter().any(|o| w.iter().any(|x| x == o))
        };
        Some(Self {
            delimiter,
            count: names.0.len(),
            trace: names.is(&["traceid", "trace"]).or_else(|| names.leads(&["trace"], any))?,
            id: names.is(&["spanid", "span", "id"])?,
            parent: names
                .is(&["parentid", "parentspanid", "parentspan", "parent"])
                .or_else(|| names.leads(&["parent"], any))?,
            service: names
                .is(&["service", "servicename", "podname", "pod", "app", "application", "component", "process"])
                .or_else(|| names.leads(&["service", "pod", "app", "process"], naming))
                .or_else(|| names.0.iter().position(of_service))?,
            operation: names
                .is(&["operation", "operationname", "spanname", "name", "op", "opname", "endpoint", "resource"])
                .or_else(|| names.leads(&["operation", "op"], any)),
            start: names
                .is(&["starttime", "start", "timestamp", "begin", "startts", "ts", "time"])
                .or_else(|| names.leads(&["start", "starttime", "started", "begin", "began", "timestamp", "ts"], any)),
            end: names
                .is(&["endtime", "end", "finish", "endts"])
                .or_else(|| names.leads(&["end", "endtime", "ended", "finish", "finished"], any)),
            duration,
            unit,
            kind: names.is(&["kind", "spankind", "side", "type"]),
            error: names.is(&["error", "iserror", "haserror", "failed"]),
            status: names.is(&["status", "statuscode", "httpstatus", "httpstatuscode", "outcome", "result"]),
            peer: names.leads(&OTHERS, naming).or_else(|| {
                names.leads(&OTHERS, |rest| !rest.iter().any(|w| matches!(w.as_str(), "ip" | "port" | "id" | "kind")))
            }),
        })
    }

    /// A row: its span, and whether its duration stands without a unit.
    pub(super) fn read(&self, line: &str, at: Range<usize>) -> Row {
        let mut fields = cells(line, self.delimiter);
        // a delimiter too many at the end
        while fields.len() > self.count && fields.last().is_some_and(|(_, f)| f.is_empty()) {
            fields.pop();
        }
        match self.span(&fields, &at) {
            Some((span, bare)) if fields.len() == self.count => Row::Span(Box::new(span), bare),
            _ if is_row(line, self.delimiter, self.count) => Row::Odd,
            _ => Row::Other,
        }
    }

    fn span(&self, fields: &[(usize, &str)], at: &Range<usize>) -> Option<(TraceSpan, bool)> {
        let field = |i: usize| fields.get(i).map_or("", |(_, f)| *f);
        let stated = |i: Option<usize>| i.map_or("", field);
        let (figure, value, own) = unit::shown(field(self.duration))?;
        let bare = self.unit.0.is_empty() && own.0.is_empty();
        let beside = Beside { start: stated(self.start), end: stated(self.end) };
        let unit = match (own.0, self.unit.0) {
            ("", "") => unit::beside(value, beside),
            ("", _) => self.unit,
            _ => own,
        };
        let start = fields.get(self.duration).map_or(0, |(from, _)| at.start + from);
        let span = TraceSpan {
            trace: field(self.trace).to_owned(),
            id: field(self.id).to_owned(),
            parent: parent(field(self.parent)),
            service: field(self.service).to_owned(),
            operation: stated(self.operation).to_owned(),
            start: stamp(stated(self.start)),
            micros: value * unit.1,
            unit: unit.0,
            took: start..start + figure.len(),
            side: self.kind.map_or(Side::Unstated, |i| side(field(i))),
            failed: says_error(stated(self.error)) || is_failed(stated(self.status)),
            peer: stated(self.peer).to_owned(),
            statement: None,
            at: at.clone(),
        };
        Some((span, bare))
    }
}
