//! Where the time of traced requests goes: in a service's own work, in a query, or between a caller
//! and its callee. The calls seen are edges of the call graph. It claims no cause by itself beyond
//! what the durations show.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use crate::analyst::casebook::{Bearing, Edge, Finding, Seen, Wait};
use crate::analyst::wording::span_of;
use crate::analyst::{Casebook, Knowledge, naming};
use crate::domain::{Citation, Claim, Evidence, SourceId, Span, Stamp, SubjectKind};
use crate::intake::spans::{TraceSpan, Traced, above, spans};

use super::super::{Observation, Tool};
use super::metrics::{in_utc, states_utc};
use super::{slower, told_unread, trace_chain};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "traces",
    question: "Where does the time of the traced requests go?",
    applies: |e, _| e.sources.iter().any(|s| looks_like_spans(&s.text)),
    arguments: |_, _| serde_json::json!({}),
    run,
};

/// The stretches of a source that are rows of spans, in order.
fn rows(source: SourceId, places: &[Range<usize>]) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::new();
    for at in places {
        match out.last_mut() {
            // the next row begins behind a line's end
            Some(last) if at.start <= last.end + 2 && at.start >= last.start => last.end = last.end.max(at.end),
            _ => out.push(Span::new(source, at.clone())),
        }
    }
    out
}

/// Places where a parent is named that are looked at.
const PARENTS: usize = 50;

/// Cheap: true where the text may hold spans: an indented tree, or a header or object that names a parent
/// and a time taken.
pub(crate) fn looks_like_spans(text: &str) -> bool {
    let exported = || {
        text.match_indices("arent").take(PARENTS).any(|(at, _)| {
            let start = text.get(..at).and_then(|t| t.rfind('\n')).map_or(0, |at| at + 1);
            let line = text.get(start..).and_then(|t| t.split('\n').next()).unwrap_or("");
            let lower = line.get(..2_000.min(line.len())).unwrap_or(line).to_ascii_lowercase();
            lower.contains("span") || ["duration", "elapsed", "latency"].iter().any(|w| lower.contains(w))
        })
    };
    text.contains("SpanID") || text.contains("span_id") || text.contains("\"operationName\"") || exported()
}

/// Each caller with whom it called, as the spans alone show it, in lower case.
pub(crate) fn called(all: &[TraceSpan]) -> BTreeSet<(String, String)> {
    let calls = all
        .iter()
        .zip(above(all))
        .filter_map(|(span, up)| Some((all.get(up?)?.service.as_str(), span.service.as_str())));
    let pairs: BTreeSet<(&str, &str)> = calls.filter(|(caller, callee)| caller != callee).collect();
    let name = |service: &str| naming::workload(service).to_lowercase();
    pairs.into_iter().map(|(caller, callee)| (name(caller), name(callee))).collect()
}

/// A share of all traced time below which a place is not remarkable.
const REMARKABLE: f64 = 0.4;

/// Time that went to one place.
#[derive(Default)]
struct Spent {
    micros: f64,
    worst: Option<Met>,
    first: Option<(Stamp, Met)>,
}

/// A time, the span it went to, and another that bears on it.
type Met = (f64, usize, usize);

impl Spent {
    /// Adds a time; `share` of it counts, and the worst is kept whole.
    fn add(&mut self, micros: f64, share: f64, own: &TraceSpan, at: usize, other: usize) {
        self.micros += micros * share;
        self.meet(micros, own, at, other);
    }

    /// Adds a span's own time; only one of which that was most is told of.
    fn add_own(&mut self, micros: f64, own: &TraceSpan, at: usize) {
        self.micros += micros;
        if micros * 2.0 > own.micros {
            self.meet(micros, own, at, at);
        }
    }

    fn meet(&mut self, micros: f64, own: &TraceSpan, at: usize, other: usize) {
        if self.worst.is_none_or(|(w, _, _)| micros > w) {
            self.worst = Some((micros, at, other));
        }
        if let Some(start) = own.start.filter(|_| micros > 200_000.0)
            && self.first.is_none_or(|(known, _)| start.sort_key() < known.sort_key())
        {
            self.first = Some((start, (micros, at, other)));
        }
    }

    /// When the first slow one began.
    fn began(&self) -> Option<Stamp> {
        self.first.map(|(at, _)| at)
    }

    /// The first slow one: what is dated by it is told of it, and not of the slowest.
    fn told(&self) -> Option<Met> {
        self.first.map(|(_, met)| met).or(self.worst)
    }
}

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    let mut seen = Observation::default();
    let (mut count, mut unread) = (0, 0);
    for source in &evidence.sources {
        if !looks_like_spans(&source.text) {
            continue;
        }
        let Traced { spans: mut all, places, unread: passed } = spans(&source.text);
        count += all.len();
        unread += passed;
        if states_utc(&source.text) {
            all.iter_mut().for_each(|s| s.start = s.start.map(in_utc));
        }
        book.rows.extend(rows(source.id, &places));
        book.traced.get_or_insert_default().extend(called(&all));
        if slower::states_sides(&all) && slower::read(evidence, book, source.id, &all, &mut seen) {
            continue;
        }
        read(evidence, book, source.id, &all, &mut seen);
    }
    seen.title = format!("spans: {count}; calls between services: {}", book.edges.len());
    seen.text.push_str(&told_unread(unread));
    seen
}

/// The spans of one source, and where each stands.
pub(super) struct Spans<'a> {
    pub(super) evidence: &'a Evidence,
    source: SourceId,
    pub(super) all: &'a [TraceSpan],
    above: Vec<Option<usize>>,
}

impl<'a> Spans<'a> {
    fn of(evidence: &'a Evidence, source: SourceId, all: &'a [TraceSpan]) -> Self {
        Self { evidence, source, all, above: above(all) }
    }

    /// The span that called one.
    pub(super) fn above(&self, at: usize) -> Option<usize> {
        self.above.get(at).copied().flatten()
    }

    pub(super) fn cite(&self, at: usize) -> Option<Citation> {
        Some(self.evidence.cite(Span::new(self.source, self.all.get(at)?.at.clone())))
    }

    fn children(&self) -> HashMap<usize, Vec<usize>> {
        let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
        for i in 0..self.all.len() {
            self.above(i).into_iter().for_each(|parent| children.entry(parent).or_default().push(i));
        }
        children
    }
}

/// Where the time of all requests went, by the service that it went to.
#[derive(Default)]
struct Times {
    total: f64,
    between: BTreeMap<String, Spent>,
    queries: BTreeMap<String, Spent>,
    own: BTreeMap<String, Spent>,
    erred: BTreeMap<String, Erred>,
}

fn read(evidence: &Evidence, book: &mut Casebook, source: SourceId, all: &[TraceSpan], seen: &mut Observation) {
    let spans = Spans::of(evidence, source, all);
    let times = gather(&spans, book);
    // without a unit no duration stands against another figure
    if times.total > 0.0 && TraceSpan::measures(all) {
        waited(&spans, &times, book, seen);
        queried(&spans, &times, book, seen);
        worked(&spans, &times, book, seen);
    }
    errors(book, &times.erred, &spans, seen);
}

fn gather(spans: &Spans<'_>, book: &mut Casebook) -> Times {
    let all = spans.all;
    let children = spans.children();
    let roots = (0..all.len()).filter(|i| spans.above(*i).is_none());
    let mut times = Times { total: roots.filter_map(|i| all.get(i)).map(|s| s.micros).sum(), ..Times::default() };
    let calls = calls(spans);
    for (i, s) in all.iter().enumerate() {
        let service = naming::workload(&s.service);
        let below = children.get(&i).map_or(&[][..], Vec::as_slice);
        edges(spans, i, &service, below, book);
        if let [only] = below {
            passed_between(spans, (i, *only), &service, book, &mut times);
        }
        if is_error_path(&s.operation) {
            let depth = depth(spans, i);
            let known = times.erred.entry(service.clone()).or_insert(Erred { count: 0, depth, at: i, start: s.start });
            known.count += 1;
            known.depth = known.depth.max(depth);
        }
        if below.is_empty() && (s.statement.is_some() || is_query(&s.operation)) {
            times.queries.entry(service).or_default().add(s.micros, 1.0, s, i, i);
        } else {
            let within: f64 = below.iter().filter_map(|c| all.get(*c)).map(|c| c.micros).sum();
            let waits = |c: &Calls| {
                c.get(&(s.trace.as_str(), service.clone())).is_some_and(|t| t.iter().any(|t| within_span(s, *t)))
            };
            if !waits(&calls) {
                times.own.entry(service).or_default().add_own((s.micros - within).max(0.0), s, i);
            }
        }
    }
    times
}

/// The calls that a span makes of other services.
fn edges(spans: &Spans<'_>, at: usize, service: &str, below: &[usize], book: &mut Casebook) {
    for callee in below.iter().filter_map(|c| spans.all.get(*c)) {
        let name = naming::workload(&callee.service);
        if name != service
            && !book.edges.iter().any(|e| e.caller == service && e.callee == name)
            && let Some(observed) = spans.cite(at)
        {
            let caller = service.to_owned();
            book.edges.push(Edge { caller, callee: name, observed, failing: false, seen: Seen::Span });
        }
    }
}

/// The time that a call of another service took beyond that one's own span.
fn passed_between(
    spans: &Spans<'_>,
    (outer, inner): (usize, usize),
    service: &str,
    book: &Casebook,
    times: &mut Times,
) {
    let (Some(s), Some(callee)) = (spans.all.get(outer), spans.all.get(inner)) else { return };
    let name = naming::workload(&callee.service);
    if name == service {
        return;
    }
    // Time outside the callee is the way only where the caller's span is of the call itself: one
    // that stands for the whole request holds its own work too.
    let above = spans.above(outer).and_then(|p| spans.all.get(p));
    let is_call = above.is_some_and(|p| naming::workload(&p.service) == service);
    let busy = |f: &&Finding| f.subject == service && f.weight > 1.0 && f.playbook.starts_with("cpu_");
    let share = if is_call {
        1.0
    } else if book.findings.iter().any(|f| busy(&f)) {
        0.0
    } else {
        0.5
    };
    times.between.entry(name).or_default().add((s.micros - callee.micros).max(0.0), share, s, outer, inner);
}

/// Most of the time passed between a caller and its callee.
fn waited(spans: &Spans<'_>, times: &Times, book: &mut Casebook, seen: &mut Observation) {
    let most = most(&times.between).filter(|(_, s)| s.micros / times.total >= REMARKABLE);
    let Some((name, spent)) = most else { return };
    let Some((wait, outer, inner)) = spent.told() else { return };
    let (Some(a), Some(b)) = (spans.all.get(outer), spans.all.get(inner)) else { return };
    let (took, worked) = (span_of(a.micros), span_of(b.micros));
    let caller = naming::workload(&a.service);
    let text = format!(
        "A call from {caller} to {name} took {took}, of which {name} worked {worked}: {} passed between the two.",
        span_of(wait)
    );
    let formula = format!("{} - {} = {wait}", a.micros, b.micros);
    let cited: Vec<_> = spans.cite(outer).into_iter().chain(spans.cite(inner)).collect();
    seen.citations.extend(cited.iter().take(2).cloned());
    let mechanism = format!("a call to it took {took} although it worked only {worked}");
    let weight = 3.4 * (spent.micros / times.total).min(1.0) + 1.6;
    let claim = Claim::derived(text, formula, cited);
    book.waits.push(Wait { subject: name.clone(), from: name.clone(), to: caller, claim: claim.clone() });
    trace_chain::above(spans, outer, name, book);
    found(book, name, "network_delay.latency", weight, claim, spent.began(), mechanism);
    seen.text.push_str(&format!("most waiting between caller and callee: {name}\n"));
}

/// Most of the time went to one database's calls.
fn queried(spans: &Spans<'_>, times: &Times, book: &mut Casebook, seen: &mut Observation) {
    let most = most(&times.queries).filter(|(_, s)| s.micros / times.total >= REMARKABLE);
    let Some((name, spent)) = most else { return };
    let Some((whole, at, _)) = spent.told() else { return };
    let Some(span) = spans.all.get(at) else { return };
    let statement = span.statement.clone().map(|r| spans.evidence.cite(Span::new(spans.source, r)));
    let said = statement.as_ref().map_or(String::new(), |c| format!(" running `{}`", c.quote));
    let took = span_of(whole);
    let text = format!("One database call of {name} took {took}{said}.");
    let mechanism = format!("one call took {took}{said}");
    let cited: Vec<_> = spans.cite(at).into_iter().chain(statement).collect();
    seen.citations.extend(cited.iter().take(2).cloned());
    trace_chain::above(spans, at, name, book);
    found(book, name, "slow_query.general", 4.2, Claim::quoted(text, cited), spent.began(), mechanism);
    seen.text.push_str(&format!("most time in queries: {name}\n"));
}

/// Most of the time stood in one service with nothing called.
fn worked(spans: &Spans<'_>, times: &Times, book: &mut Casebook, seen: &mut Observation) {
    let most = most(&times.own).filter(|(_, s)| s.micros / times.total >= REMARKABLE);
    let Some((name, spent)) = most else { return };
    let Some((worst, at, _)) = spent.worst else { return };
    let all = spans.all;
    let first = spent.told().map_or(at, |(_, at, _)| at);
    let looks_up = |i: usize| all.get(i).is_some_and(|s| is_lookup(&s.operation));
    // the slowest is told, and dated by itself, where it is a lookup and the first is none
    let told = if looks_up(at) && !looks_up(first) { at } else { first };
    let since = all.get(told).and_then(|s| s.start).or_else(|| spent.began());
    let whole = span_of(all.get(told).map_or(worst, |s| s.micros));
    let text = format!("One request stood {whole} in {name}, most of it with nothing called meanwhile.");
    let mechanism = format!("a request stood {whole} in it, most of it with nothing called meanwhile");
    let cited: Vec<_> = spans.cite(told).into_iter().collect();
    seen.citations.extend(cited.iter().cloned());
    let busy = book.findings.iter().any(|f| f.subject == *name && f.playbook.starts_with("cpu_") && f.weight > 1.0);
    let starved = book.starved.iter().find(|(service, _)| service == name).map(|(_, claim)| claim.clone());
    let mut claim = Claim::inferred(text, cited);
    let (playbook, weight, mechanism) = match starved {
        _ if looks_up(told) => ("dns_failure.resolution", 4.6, format!("a lookup of a name took {whole} in it")),
        Some(node) => {
            claim.citations.extend(node.citations);
            ("cpu_saturation.busy", 4.4, format!("the CPU of its node is used up, and {mechanism}"))
        }
        None => ("app_logic_error.slow_code", if busy { 0.5 } else { 2.0 }, mechanism),
    };
    if playbook == "app_logic_error.slow_code" && !is_out_of_the_ordinary(all, at, worst) {
        return;
    }
    trace_chain::above(spans, told, name, book);
    found(book, name, playbook, weight, claim, since, mechanism);
    seen.text.push_str(&format!("most own work: {name}\n"));
}

/// The deepest service of a request that ends in an error handler is where it began to fail.
fn errors(book: &mut Casebook, erred: &BTreeMap<String, Erred>, spans: &Spans<'_>, seen: &mut Observation) {
    if let Some((name, error)) = erred.iter().max_by_key(|(_, e)| (e.depth, e.count)) {
        let text = format!("Requests to {name} end in its error handler, and no call below it is shown to fail.");
        let mechanism = "requests to it end in its error handler, and no call below it is shown to fail".to_owned();
        let cited: Vec<_> = spans.cite(error.at).into_iter().collect();
        seen.citations.extend(cited.iter().cloned());
        found(book, name, "app_exception.unhandled", 1.5, Claim::inferred(text, cited), error.start, mechanism);
        seen.text.push_str(&format!("deepest error handler: {name}\n"));
    }
}

/// The times at which a service calls another one, by trace and service.
type Calls<'a> = HashMap<(&'a str, String), Vec<i64>>;

fn calls<'a>(spans: &Spans<'a>) -> Calls<'a> {
    let mut found = Calls::new();
    for (i, callee) in spans.all.iter().enumerate() {
        let caller = spans.above(i).and_then(|i| spans.all.get(i));
        let Some(caller) = caller.filter(|c| c.service != callee.service) else { continue };
        if let Some(at) = caller.began() {
            let key = (callee.trace.as_str(), naming::workload(&caller.service));
            found.entry(key).or_default().push(at);
        }
    }
    found
}

/// True where a time lies within a span: work that waits for a call beside it is not its own.
fn within_span(span: &TraceSpan, at: i64) -> bool {
    span.began().is_some_and(|from| at >= from && at <= from + span.micros as i64)
}

/// From this on, a request's own time is out of the ordinary whatever it does, in microseconds.
const LONG: f64 = 2_500_000.0;
/// A shorter time is out of the ordinary where the same work took so much less in another request.
const SUDDEN: f64 = 10.0;
/// Below this no time is out of the ordinary, in microseconds.
const SHORT: f64 = 400_000.0;

/// True where work took far longer than it does, by the spans of the same name.
fn is_out_of_the_ordinary(all: &[TraceSpan], at: usize, worst: f64) -> bool {
    let Some(slow) = all.get(at) else { return false };
    let like = all.iter().filter(|s| s.operation == slow.operation && s.service == slow.service);
    let least = like.map(|s| s.micros).fold(f64::INFINITY, f64::min);
    worst >= LONG || (worst >= SHORT && worst >= SUDDEN * least)
}

/// Requests that end in a service's error handler.
struct Erred {
    count: usize,
    depth: usize,
    at: usize,
    /// When the first of them ended so.
    start: Option<Stamp>,
}

/// How deep a trace is followed upwards.
pub(super) const DEEPEST: usize = 64;

/// How many spans stand above one.
fn depth(spans: &Spans<'_>, of: usize) -> usize {
    std::iter::successors(spans.above(of), |at| spans.above(*at)).take(DEEPEST).count()
}

/// True for the span of a program's own way with errors: a controller for them, or a handler named after an
/// exception. A filter that every request passes, and a path that only sounds like it, are none.
fn is_error_path(operation: &str) -> bool {
    let ends =
        |word: &str| ["Exception", "ExceptionHandler"].iter().any(|end| word.ends_with(end) && word.len() > end.len());
    operation.contains("ErrorController") || operation.split(|c: char| !c.is_alphanumeric()).any(ends)
}

fn is_query(operation: &str) -> bool {
    let lower = operation.to_lowercase();
    ["query", "select ", "insert ", "update ", "postgres", "mysql", "mongo", "jdbc"].iter().any(|w| lower.contains(w))
}

/// True for a span that resolves a name.
fn is_lookup(operation: &str) -> bool {
    let lower = operation.to_lowercase();
    ["dns", "getaddrinfo", "resolve host", "name resolution", "nslookup"].iter().any(|w| lower.contains(w))
}

fn most(spent: &BTreeMap<String, Spent>) -> Option<(&String, &Spent)> {
    spent.iter().max_by(|a, b| a.1.micros.total_cmp(&b.1.micros))
}

pub(super) fn found(
    book: &mut Casebook,
    name: &str,
    playbook: &str,
    weight: f64,
    claim: Claim,
    at: Option<Stamp>,
    mechanism: String,
) {
    book.findings.push(Finding {
        tool: TOOL.name,
        subject: name.to_owned(),
        subject_kind: SubjectKind::Service,
        playbook: playbook.into(),
        bearing: Bearing::Stated,
        weight,
        claim,
        at,
        mechanism,
    });
}

#[cfg(test)]
mod tests {
    use super::is_error_path;

    #[test]
    fn a_way_with_errors_is_told_from_a_filter_and_a_path() {
        assert!(is_error_path("BasicErrorController.error") && is_error_path("handle OrderMissingException"));
        assert!(!is_error_path("ExceptionTranslationFilter.doFilter") && !is_error_path("GET /api/exceptions"));
    }
}
