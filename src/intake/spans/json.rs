//! Spans as JSON: one flat object a line, Zipkin's, Jaeger's and OTLP's. Of an object only the fields that
//! say who, when, how long and under whom are read.

use std::ops::Range;

use serde_json::{Map, Value};

use super::place::{is_failed, parent, says_error, side, unit_of, words};
use super::{Side, TraceSpan};
use crate::domain::Stamp;
use crate::intake::cell::{self, stamp};

/// The longest line that is read, in bytes.
const LINE: usize = 2_000_000;
/// How deep lists of spans are looked for.
const DEEPEST: u8 = 8;

/// Cheap: true where a line may hold spans.
pub(super) fn may_hold_spans(line: &str) -> bool {
    let open = line.trim_start().starts_with(['{', '[']);
    open && line.len() <= LINE
        && ["\"traceId\"", "\"trace_id\"", "\"traceID\"", "\"TraceId\""].iter().any(|k| line.contains(k))
        && ["uration", "\"endTime", "\"end_time"].iter().any(|k| line.contains(k))
}

/// Reads the spans of a line that begins at `base`.
pub(super) fn read(line: &str, base: usize, out: &mut Vec<TraceSpan>) {
    let lead = line.len() - line.trim_start().len();
    let body = line.trim().trim_end_matches(',');
    let Ok(value) = serde_json::from_str::<Value>(body) else { return };
    let whole = base + lead..base + lead + body.len();
    walk(&value, &Around { line: body, whole, service: "", processes: None, depth: 0 }, out);
}

/// What stands around a span.
#[derive(Clone)]
struct Around<'a> {
    line: &'a str,
    whole: Range<usize>,
    service: &'a str,
    processes: Option<&'a Map<String, Value>>,
    depth: u8,
}

fn walk(value: &Value, around: &Around<'_>, out: &mut Vec<TraceSpan>) {
    if around.depth > DEEPEST {
        return;
    }
    match value {
        Value::Array(all) => {
            for one in all {
                walk(one, &Around { depth: around.depth + 1, ..around.clone() }, out);
            }
        }
        Value::Object(object) => {
            let processes = object.get("processes").and_then(Value::as_object).or(around.processes);
            let named = object.get("resource").and_then(service_of_resource).unwrap_or(around.service);
            let below = Around { service: named, processes, depth: around.depth + 1, ..around.clone() };
            let lists = ["data", "spans", "resourceSpans", "scopeSpans", "instrumentationLibrarySpans", "batches"];
            let mut inner = lists.iter().filter_map(|l| object.get(*l)).filter(|v| v.is_array()).peekable();
            if inner.peek().is_some() {
                inner.for_each(|list| walk(list, &below, out));
            } else {
                out.extend(span(object, &below));
            }
        }
        _ => {}
    }
}

/// A key's value as text, by any of its spellings (small letters without marks).
fn text(object: &Map<String, Value>, any: &[&str]) -> Option<String> {
    let (_, value) = field(object, any)?;
    match value {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

fn field<'a>(object: &'a Map<String, Value>, any: &[&str]) -> Option<(&'a String, &'a Value)> {
    any.iter().find_map(|want| object.iter().find(|(k, _)| words(k).concat() == *want))
}

fn service_of_resource(resource: &Value) -> Option<&str> {
    let keys = ["service.name", "service", "serviceName", "k8s.deployment.name", "k8s.pod.name"];
    if let Some(found) = keys.iter().find_map(|k| resource.get(k)?.as_str()) {
        return Some(found);
    }
    resource.get("attributes").and_then(|a| keys.iter().find_map(|k| attribute(a, k)?.as_str()))
}

/// An attribute's value in an object or in a list of keys and values.
fn attribute<'a>(attributes: &'a Value, key: &str) -> Option<&'a Value> {
    if let Some(found) = attributes.get(key) {
        return Some(found);
    }
    let one = attributes.as_array()?.iter().find(|a| a.get("key").and_then(Value::as_str) == Some(key))?;
    let value = one.get("value")?;
    ["stringValue", "intValue", "boolValue"].iter().find_map(|k| value.get(k)).or(Some(value))
}

fn span(o: &Map<String, Value>, around: &Around<'_>) -> Option<TraceSpan> {
    let trace = text(o, &["traceid", "trace"])?;
    let id = text(o, &["spanid", "span", "id"])?;
    let operation = text(o, &["name", "operationname", "operation", "spanname", "resourcename"])?;
    let service = text(o, &["service", "servicename", "app", "pod", "podname", "application"])
        .or_else(|| o.get("localEndpoint")?.get("serviceName")?.as_str().map(str::to_owned))
        .or_else(|| o.get("process")?.get("serviceName")?.as_str().map(str::to_owned))
        .or_else(|| {
            around.processes?.get(o.get("processID")?.as_str()?)?.get("serviceName")?.as_str().map(str::to_owned)
        })
        .unwrap_or_else(|| around.service.to_owned());
    let start_text =
        text(o, &["starttimeunixnano", "starttime", "start", "timestamp", "startus", "startms", "ts", "time"]);
    let start = start_text.as_deref().and_then(stamp);
    let (micros, unit, took) = duration(o, around, &id, start)?;
    let tags = ["tags", "attributes", "meta", "resource"].iter().filter_map(|k| o.get(*k));
    let tag = |keys: &[&str]| {
        let found = tags.clone().find_map(|t| keys.iter().find_map(|k| attribute(t, k)))?;
        Some(found.as_str().map_or_else(|| found.to_string(), str::to_owned))
    };
    let status = match o.get("status") {
        Some(Value::Object(s)) => s.get("code").map(|c| c.as_str().map_or_else(|| c.to_string(), str::to_owned)),
        _ => text(o, &["status", "statuscode"]),
    };
    let failed = status.is_some_and(|s| is_failed(&s) || s == "2")
        || text(o, &["error", "iserror"]).or_else(|| tag(&["error"])).is_some_and(|e| says_error(&e))
        || tag(&["otel.status_code", "http.status_code", "http.response.status_code"]).is_some_and(|s| is_failed(&s));
    let kind = text(o, &["kind", "spankind"]).or_else(|| tag(&["span.kind"]));
    let peer = text(o, &["peerservice", "peer", "remoteservice"])
        .or_else(|| o.get("remoteEndpoint")?.get("serviceName")?.as_str().map(str::to_owned))
        .or_else(|| tag(&["peer.service", "db.name", "server.address", "net.peer.name"]));
    Some(TraceSpan {
        parent: text(o, &["parentspanid", "parentid", "parent"])
            .or_else(|| reference(o))
            .map_or(String::new(), |p| parent(&p)),
        at: place(around, &id),
        trace,
        id,
        service,
        operation,
        start,
        micros,
        unit,
        took,
        side: kind.map_or(Side::Unstated, |k| side(&k)),
        failed,
        peer: peer.unwrap_or_default(),
        statement: None,
    })
}

/// The span that a Jaeger reference names as the one above.
fn reference(o: &Map<String, Value>) -> Option<String> {
    let first = o.get("references")?.as_array()?.first()?;
    first.get("spanID").and_then(Value::as_str).map(str::to_owned)
}

/// The duration in microseconds, its unit and where it stands; computed where only the end is stated.
fn duration(
    o: &Map<String, Value>,
    around: &Around<'_>,
    id: &str,
    start: Option<Stamp>,
) -> Option<(f64, &'static str, Range<usize>)> {
    if let Some((key, value)) = o.iter().find(|(k, v)| k.to_ascii_lowercase().contains("duration") && !v.is_object()) {
        let number = value.as_f64().filter(|f| *f >= 0.0).or_else(|| cell::duration(value.as_str()?))?;
        let words = words(key);
        let (unit, scale) =
            if words.len() > 1 { unit_of(words.last().map_or("", String::as_str)) } else { ("µs", 1.0) };
        return Some((number * scale, unit, written(around, id, key)));
    }
    let end = text(o, &["endtimeunixnano", "endtime", "end"]).as_deref().and_then(stamp)?;
    let took = end.sort_key().1.checked_sub(start?.sort_key().1)?;
    Some((took as f64, "µs", 0..0))
}

/// Where the figure behind a key stands: the first after the span's id, else the only one of the line.
fn written(around: &Around<'_>, id: &str, key: &str) -> Range<usize> {
    let quoted = format!("\"{key}\"");
    let own = around.line.find(&format!("\"{id}\"")).unwrap_or(0);
    let found =
        around.line.get(own..).and_then(|l| l.find(&quoted)).map(|at| own + at).or_else(|| around.line.find(&quoted));
    let Some(behind) = found.map(|at| at + quoted.len()) else { return 0..0 };
    let rest = around.line.get(behind..).unwrap_or("");
    let lead = rest.len() - rest.trim_start_matches([':', ' ', '"']).len();
    let len = rest.get(lead..).map_or(0, |r| r.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count());
    let from = around.whole.start + behind + lead;
    from..from + len
}

/// The longest object that is cited whole, in bytes.
const SHORT: usize = 600;

/// Where a span stands: its line, or its own object within a line that holds many.
fn place(around: &Around<'_>, id: &str) -> Range<usize> {
    if around.line.len() <= SHORT {
        return around.whole.clone();
    }
    let Some(at) = around.line.find(&format!("\"{id}\"")) else {
        return around.whole.start..around.whole.start;
    };
    let open = around.line.get(..at).and_then(|l| l.rfind('{')).unwrap_or(at);
    let mut depth = 0_usize;
    let close = around.line.get(open..).unwrap_or("").bytes().take(SHORT).position(|b| {
        depth = if b == b'{' { depth + 1 } else { depth.saturating_sub(usize::from(b == b'}')) };
        depth == 0
    });
    let end = close.map_or(at + id.len() + 2, |len| open + len + 1);
    around.whole.start + open..around.whole.start + end
}
