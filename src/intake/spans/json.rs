//! Spans as JSON: one flat object a line, Zipkin's, Jaeger's and OTLP's, on one line or over many. Of an object
//! only the fields that say who, when, how long and under whom are read.

use std::ops::Range;

use super::place::{is_failed, parent, plain, says_error, side, words};
use super::unit::{self, Beside};
use super::{Found, Side, TraceSpan};
use crate::intake::cell::{self, stamp};
use crate::intake::json::{Extent, LONGEST, Node, Sort, extent, may_go_on, read as node};

/// How deep lists of spans are looked for.
const DEEPEST: u8 = 8;

/// Cheap: true where a text may hold spans.
pub(super) fn may_hold_spans(text: &str) -> bool {
    let open = text.trim_start().starts_with(['{', '[']);
    open && text.len() <= LONGEST
        && ["\"traceId\"", "\"trace_id\"", "\"traceID\"", "\"TraceId\""].iter().any(|k| text.contains(k))
        && ["uration", "\"endTime", "\"end_time"].iter().any(|k| text.contains(k))
}

/// Reads the spans that begin on a line at `base` of the text, on it or over the lines below it; returns where
/// they end. `None` where it holds none.
pub(super) fn read(text: &str, line: &str, base: usize, out: &mut Found) -> Option<usize> {
    let start = base + line.len() - line.trim_start().len();
    let end = base + line.len();
    let many = may_go_on(line).then(|| extent(text, start));
    let end = match many {
        Some(Extent::Whole(far)) if far > end => far,
        Some(Extent::TooLong) => {
            out.objects += 1;
            return None;
        }
        _ => end,
    };
    if !may_hold_spans(text.get(start..end)?) {
        return None;
    }
    let Some((tree, end)) = node(text, start).filter(|(_, at)| *at <= end) else {
        // a line of a log may stand in brackets too
        let looks = line.trim_start().trim_start_matches('[').trim_start().starts_with(['{', '"']);
        out.objects += usize::from(looks);
        return None;
    };
    let known = out.spans.len();
    walk(&tree, &Around { text, service: "", processes: None, depth: 0 }, out);
    if out.spans.len() > known {
        out.places.push(start..end);
    }
    Some(end)
}

/// What stands around a span.
#[derive(Clone)]
struct Around<'a> {
    text: &'a str,
    service: &'a str,
    processes: Option<&'a Node<'a>>,
    depth: u8,
}

/// Keys of lists that hold spans, or other such lists.
const LISTS: [&str; 7] =
    ["data", "spans", "resourceSpans", "scopeSpans", "instrumentationLibrarySpans", "batches", "traces"];

fn walk<'a>(node: &'a Node<'a>, around: &Around<'a>, out: &mut Found) {
    if around.depth > DEEPEST {
        return;
    }
    match node.sort {
        Sort::List => {
            for one in &node.below {
                walk(one, &Around { depth: around.depth + 1, ..around.clone() }, out);
            }
        }
        Sort::Object => {
            let processes = node.get("processes").filter(|p| p.sort == Sort::Object).or(around.processes);
            let service = node.get("resource").and_then(service_of_resource).unwrap_or(around.service);
            let below = Around { service, processes, depth: around.depth + 1, ..around.clone() };
            let mut lists = LISTS.iter().filter_map(|l| node.get(l)).filter(|v| v.sort == Sort::List).peekable();
            if lists.peek().is_some() {
                lists.for_each(|list| walk(list, &below, out));
            } else if let Some((span, bare)) = span(node, &below) {
                out.push(span, bare);
            }
        }
        _ => {}
    }
}

/// An object's members by their keys in small letters without marks.
struct Fields<'a>(Vec<(String, &'a Node<'a>)>);

impl<'a> Fields<'a> {
    fn of(object: &'a Node<'a>) -> Self {
        Self(object.below.iter().map(|n| (plain(&n.key), n)).collect())
    }

    /// What the first of these keys says that says anything.
    fn said(&self, any: &[&str]) -> Option<&'a str> {
        any.iter().find_map(|want| self.0.iter().find(|(k, _)| k == want)?.1.value())
    }
}

const SERVICE: [&str; 5] = ["service.name", "service", "serviceName", "k8s.deployment.name", "k8s.pod.name"];

fn service_of_resource<'a>(resource: &'a Node<'a>) -> Option<&'a str> {
    let attributes = resource.get("attributes");
    let told = || SERVICE.iter().find_map(|k| attribute(attributes?, k));
    SERVICE.iter().find_map(|k| resource.said(k)).or_else(told)
}

/// An attribute's value in an object or in a list of keys and values.
fn attribute<'a>(attributes: &'a Node<'a>, key: &str) -> Option<&'a str> {
    if let Some(found) = attributes.said(key) {
        return Some(found);
    }
    let one = attributes.items().iter().find(|a| a.said("key") == Some(key))?;
    let value = one.get("value")?;
    value.value().or_else(|| ["stringValue", "intValue", "boolValue"].iter().find_map(|k| value.said(k)))
}

fn span<'a>(o: &'a Node<'a>, around: &Around<'a>) -> Option<(TraceSpan, bool)> {
    let fields = Fields::of(o);
    let within = |key: &str, inner: &str| o.get(key)?.said(inner);
    let trace = fields.said(&["traceid", "trace"])?;
    let id = fields.said(&["spanid", "span", "id"])?;
    let operation = fields.said(&["name", "operationname", "operation", "spanname", "resourcename"])?;
    let service = fields
        .said(&["service", "servicename", "app", "pod", "podname", "application"])
        .or_else(|| within("localEndpoint", "serviceName"))
        .or_else(|| within("process", "serviceName"))
        .or_else(|| around.processes?.get(o.said("processID")?)?.said("serviceName"))
        .unwrap_or(around.service);
    let start = fields
        .said(&["starttimeunixnano", "starttime", "start", "timestamp", "startus", "startms", "ts", "time"])
        .unwrap_or("");
    let took = duration(o, &fields, start)?;
    let tags = ["tags", "attributes", "meta", "resource"].map(|k| o.get(k));
    let tag = |keys: &[&str]| tags.iter().flatten().find_map(|t| keys.iter().find_map(|k| attribute(t, k)));
    let status = within("status", "code").or_else(|| fields.said(&["status", "statuscode"]));
    let failed = status.is_some_and(is_failed)
        || fields.said(&["error", "iserror"]).or_else(|| tag(&["error"])).is_some_and(says_error)
        || tag(&["otel.status_code"]).is_some_and(is_failed)
        || tag(&["http.status_code", "http.response.status_code"]).is_some_and(is_failed);
    let kind = fields.said(&["kind", "spankind"]).or_else(|| tag(&["span.kind"]));
    let peer = fields
        .said(&["peerservice", "peer", "remoteservice"])
        .or_else(|| within("remoteEndpoint", "serviceName"))
        .or_else(|| tag(&["peer.service", "db.name", "server.address", "net.peer.name"]));
    let span = TraceSpan {
        parent: fields
            .said(&["parentspanid", "parentid", "parent"])
            .or_else(|| reference(o))
            .map_or(String::new(), parent),
        at: place(around.text, o, &took.at),
        trace: trace.to_owned(),
        id: id.to_owned(),
        service: service.to_owned(),
        operation: operation.to_owned(),
        start: stamp(start),
        micros: took.micros,
        unit: took.unit,
        took: took.at,
        side: kind.map_or(Side::Unstated, side),
        failed,
        peer: peer.unwrap_or_default().to_owned(),
        statement: None,
    };
    Some((span, took.bare))
}

/// The span that a Jaeger reference names as the one above.
fn reference<'a>(o: &'a Node<'a>) -> Option<&'a str> {
    o.get("references")?.items().first()?.said("spanID")
}

/// How long a span took: its unit, where the figure stands (nowhere where only the end is stated), and whether
/// it stands without a unit.
struct Took {
    micros: f64,
    unit: &'static str,
    at: Range<usize>,
    bare: bool,
}

fn duration(o: &Node<'_>, fields: &Fields<'_>, start: &str) -> Option<Took> {
    let end = fields.said(&["endtimeunixnano", "endtime", "end"]).unwrap_or("");
    let named = o.below.iter().find_map(|n| Some((n, unit::of_name(&words(&n.key))?, unit::shown(n.value()?)?)));
    if let Some((node, of_key, (figure, value, own))) = named {
        let bare = of_key.0.is_empty() && own.0.is_empty();
        let unit = match (own.0, of_key.0) {
            ("", "") => unit::beside(value, Beside { start, end }),
            ("", _) => of_key,
            _ => own,
        };
        let at = node.at.start..node.at.start + figure.len();
        return Some(Took { micros: value * unit.1, unit: unit.0, at, bare });
    }
    let key = |text: &str| cell::stamp(text).map(|at| at.sort_key());
    let (from, to) = (key(start)?, key(end)?);
    let micros = (from.0 == to.0 && to.1 >= from.1).then(|| (to.1 - from.1) as f64)?;
    Some(Took { micros, unit: "µs", at: 0..0, bare: false })
}

/// The longest object that is cited whole, in bytes.
const SHORT: usize = 600;

/// Where a span stands: its object, or of a long one its beginning.
fn place(text: &str, o: &Node<'_>, took: &Range<usize>) -> Range<usize> {
    if o.at.len() <= SHORT {
        return o.at.clone();
    }
    // up to its duration, where that stands near; else as much as is shown
    let near = Some(took.end).filter(|e| *e > o.at.start && *e <= o.at.start + SHORT);
    let mut end = near.unwrap_or(o.at.start + SHORT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    o.at.start..end
}
