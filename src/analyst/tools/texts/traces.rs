//! Where the time of traced requests goes: in a service's own work, in a query, or between a caller
//! and its callee. The calls seen are edges of the call graph. It claims no cause by itself beyond
//! what the durations show.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use crate::analyst::casebook::{Bearing, Edge, Finding, Seen};
use crate::analyst::wording::span_of;
use crate::analyst::{Casebook, Knowledge, naming};
use crate::domain::{Claim, Evidence, SourceId, Span, Stamp, SubjectKind};
use crate::intake::spans::{TraceSpan, Traced, spans};

use super::super::{Observation, Tool};
use super::metrics::{in_utc, states_utc};
use super::{slower, told_unread};

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
fn looks_like_spans(text: &str) -> bool {
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
        if slower::states_sides(&all) && slower::read(evidence, book, source.id, &all, &mut seen) {
            continue;
        }
        read(evidence, book, source.id, &all, &mut seen);
    }
    seen.title = format!("spans: {count}; calls between services: {}", book.edges.len());
    seen.text.push_str(&told_unread(unread));
    seen
}

fn read(evidence: &Evidence, book: &mut Casebook, source: SourceId, all: &[TraceSpan], seen: &mut Observation) {
    let ids: HashMap<(&str, &str), usize> =
        all.iter().enumerate().map(|(i, s)| ((s.trace.as_str(), s.id.as_str()), i)).collect();
    let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut total = 0.0;
    for (i, s) in all.iter().enumerate() {
        match ids.get(&(s.trace.as_str(), s.parent.as_str())) {
            Some(parent) if *parent != i => children.entry(*parent).or_default().push(i),
            _ => total += s.micros,
        }
    }
    let mut between: BTreeMap<String, Spent> = BTreeMap::new();
    let mut queries: BTreeMap<String, Spent> = BTreeMap::new();
    let mut own: BTreeMap<String, Spent> = BTreeMap::new();
    let mut erred: BTreeMap<String, Erred> = BTreeMap::new();
    let calls = calls(all, &ids);
    for (i, s) in all.iter().enumerate() {
        let service = naming::workload(&s.service);
        let below = children.get(&i).map_or(&[][..], Vec::as_slice);
        let cite = |j: usize| evidence.cite(Span::new(source, all.get(j).map_or(0..0, |x| x.at.clone())));
        for callee in below.iter().filter_map(|c| all.get(*c)) {
            let name = naming::workload(&callee.service);
            if name != service && !book.edges.iter().any(|e| e.caller == service && e.callee == name) {
                let caller = service.clone();
                book.edges.push(Edge { caller, callee: name, observed: cite(i), failing: false, seen: Seen::Span });
            }
        }
        if let [only] = below
            && let Some(callee) = all.get(*only)
            && naming::workload(&callee.service) != service
        {
            // Time outside the callee is the way only where the caller's span is of the call itself: one
            // that stands for the whole request holds its own work too.
            let above = ids.get(&(s.trace.as_str(), s.parent.as_str())).and_then(|p| all.get(*p));
            let is_call = above.is_some_and(|p| naming::workload(&p.service) == service);
            let busy = |f: &&Finding| f.subject == service && f.weight > 1.0 && f.playbook.starts_with("cpu_");
            let share = if is_call {
                1.0
            } else if book.findings.iter().any(|f| busy(&f)) {
                0.0
            } else {
                0.5
            };
            let wait = (s.micros - callee.micros).max(0.0);
            between.entry(naming::workload(&callee.service)).or_default().add(wait, share, s, i, *only);
        }
        if is_error_path(&s.operation) {
            let depth = depth(all, &ids, i);
            let known = erred.entry(service.clone()).or_insert(Erred { count: 0, depth, at: i, start: s.start });
            known.count += 1;
            known.depth = known.depth.max(depth);
        }
        if below.is_empty() && (s.statement.is_some() || is_query(&s.operation)) {
            queries.entry(service).or_default().add(s.micros, 1.0, s, i, i);
        } else {
            let within: f64 = below.iter().filter_map(|c| all.get(*c)).map(|c| c.micros).sum();
            let waits = |c: &Calls| {
                c.get(&(s.trace.as_str(), service.clone())).is_some_and(|t| t.iter().any(|t| within_span(s, *t)))
            };
            if !waits(&calls) {
                own.entry(service).or_default().add_own((s.micros - within).max(0.0), s, i);
            }
        }
    }
    let place = |i: usize| all.get(i).map(|s| evidence.cite(Span::new(source, s.at.clone())));
    // without a unit no duration stands against another figure
    if total <= 0.0 || !TraceSpan::measures(all) {
        return errors(book, &erred, &place, seen);
    }
    let began = |spent: &Spent| spent.first.map(|(at, _)| at);
    if let Some((name, spent)) = most(&between).filter(|(_, s)| s.micros / total >= REMARKABLE)
        && let Some((wait, outer, inner)) = spent.told()
    {
        let (Some(a), Some(b)) = (all.get(outer), all.get(inner)) else { return };
        let (took, worked) = (span_of(a.micros), span_of(b.micros));
        let text = format!(
            "A call from {} to {name} took {took}, of which {name} worked {worked}: {} passed between the two.",
            naming::workload(&a.service),
            span_of(wait)
        );
        let formula = format!("{} - {} = {wait}", a.micros, b.micros);
        let cited: Vec<_> = place(outer).into_iter().chain(place(inner)).collect();
        seen.citations.extend(cited.iter().take(2).cloned());
        let mechanism = format!("a call to it took {took} although it worked only {worked}");
        found(
            book,
            name,
            "network_delay.latency",
            3.4 * (spent.micros / total).min(1.0) + 1.6,
            Claim::derived(text, formula, cited),
            began(spent),
            mechanism,
        );
        seen.text.push_str(&format!("most waiting between caller and callee: {name}\n"));
    }
    if let Some((name, spent)) = most(&queries).filter(|(_, s)| s.micros / total >= REMARKABLE)
        && let Some((whole, at, _)) = spent.told()
        && let Some(span) = all.get(at)
    {
        let statement = span.statement.clone().map(|r| evidence.cite(Span::new(source, r)));
        let said = statement.as_ref().map_or(String::new(), |c| format!(" running `{}`", c.quote));
        let took = span_of(whole);
        let text = format!("One database call of {name} took {took}{said}.");
        let mechanism = format!("one call took {took}{said}");
        let cited: Vec<_> = place(at).into_iter().chain(statement).collect();
        seen.citations.extend(cited.iter().take(2).cloned());
        found(book, name, "slow_query.general", 4.2, Claim::quoted(text, cited), began(spent), mechanism);
        seen.text.push_str(&format!("most time in queries: {name}\n"));
    }
    if let Some((name, spent)) = most(&own).filter(|(_, s)| s.micros / total >= REMARKABLE)
        && let Some((worst, at, _)) = spent.worst
    {
        let first = spent.told().map_or(at, |(_, at, _)| at);
        let looks_up = |i: usize| all.get(i).is_some_and(|s| is_lookup(&s.operation));
        // the slowest is told, and dated by itself, where it is a lookup and the first is none
        let told = if looks_up(at) && !looks_up(first) { at } else { first };
        let since = all.get(told).and_then(|s| s.start).or_else(|| began(spent));
        let whole = span_of(all.get(told).map_or(worst, |s| s.micros));
        let text = format!("One request stood {whole} in {name}, most of it with nothing called meanwhile.");
        let mechanism = format!("a request stood {whole} in it, most of it with nothing called meanwhile");
        let cited: Vec<_> = place(told).into_iter().collect();
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
            return errors(book, &erred, &place, seen);
        }
        found(book, name, playbook, weight, claim, since, mechanism);
        seen.text.push_str(&format!("most own work: {name}\n"));
    }
    errors(book, &erred, &place, seen);
}

/// The deepest service of a request that ends in an error handler is where it began to fail.
fn errors(
    book: &mut Casebook,
    erred: &BTreeMap<String, Erred>,
    place: &impl Fn(usize) -> Option<crate::domain::Citation>,
    seen: &mut Observation,
) {
    if let Some((name, error)) = erred.iter().max_by_key(|(_, e)| (e.depth, e.count)) {
        let text = format!("Requests to {name} end in its error handler, and no call below it is shown to fail.");
        let mechanism = "requests to it end in its error handler, and no call below it is shown to fail".to_owned();
        let cited: Vec<_> = place(error.at).into_iter().collect();
        seen.citations.extend(cited.iter().cloned());
        found(book, name, "app_exception.unhandled", 1.5, Claim::inferred(text, cited), error.start, mechanism);
        seen.text.push_str(&format!("deepest error handler: {name}\n"));
    }
}

/// The times at which a service calls another one, by trace and service.
type Calls<'a> = HashMap<(&'a str, String), Vec<i64>>;

fn calls<'a>(all: &'a [TraceSpan], ids: &HashMap<(&str, &str), usize>) -> Calls<'a> {
    let mut found = Calls::new();
    for callee in all {
        let caller = ids.get(&(callee.trace.as_str(), callee.parent.as_str())).and_then(|i| all.get(*i));
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
const DEEPEST: usize = 64;

/// How many spans stand above one.
fn depth(all: &[TraceSpan], ids: &HashMap<(&str, &str), usize>, of: usize) -> usize {
    let (mut at, mut depth) = (of, 0);
    while let Some(up) = all.get(at).and_then(|s| ids.get(&(s.trace.as_str(), s.parent.as_str()))) {
        if depth >= DEEPEST || *up == at {
            break;
        }
        (at, depth) = (*up, depth + 1);
    }
    depth
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
