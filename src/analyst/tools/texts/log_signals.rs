//! Runs every playbook's signals over every line: which lines state a reason or show a symptom of a
//! known fault, and of whom. Repeats of a line add nothing; what a stranger can write into a log
//! (user agent, path, query) weighs little; text in the evidence is never obeyed.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::analyst::casebook::{Bearing, Edge, Finding, OVER, Seen};
use crate::analyst::said::plain;
use crate::analyst::scope::{Block, BlockKind, Scope, service_of};
use crate::analyst::signals::{Hit, Signals};
use crate::analyst::wording::{
    excerpt, is_clients_own, is_conjecture, is_denied, is_over, is_question, quoted, stranger_wrote, tries_again,
};
use crate::analyst::{Casebook, Knowledge, naming, timeline};
use crate::domain::report::RowKind;
use crate::domain::{Claim, Evidence, Level, Line, Span, Stamp};
use crate::intake::prompt::typed;

use super::super::{Observation, Tool, kube_view};
use super::about::{self, store_of, subject_of, the_store};
use super::background::{self, Background};
use super::written_stamps;

/// The tool.
pub const TOOL: Tool = Tool {
    name: "log_signals",
    question: "Which lines state a reason, and of whom?",
    applies: |e, _| !e.is_empty(),
    arguments: |e, _| serde_json::json!({ "lines": e.lines().count() }),
    run,
};

/// Lines of one shape that are tried; a shape that never hits is not tried forever.
const TRIED_PER_SHAPE: u32 = 400;
/// Hits of one shape that are looked at; the rest are repeats.
const HITS_PER_SHAPE: u32 = 12;
/// Findings kept of one subject and playbook.
const KEPT: usize = 4;
/// What the second, third and fourth signal of one playbook still add.
const DIMINISHING: [f64; KEPT] = [1.0, 0.35, 0.2, 0.1];

/// One signal met, before repeats are merged.
struct Met<'a> {
    playbook: &'a str,
    pattern: &'a str,
    subject: String,
    bearing: Bearing,
    weight: f64,
    at: Option<Stamp>,
    quote: Span,
    count: u32,
    /// Somebody outside can write this place.
    outside: bool,
    /// When it was met, in a full log.
    times: background::Met,
}

fn run(evidence: &Evidence, book: &mut Casebook, knowledge: &Knowledge) -> Observation {
    let scope = book.scope(evidence);
    let mut met: Vec<Met<'_>> = Vec::new();
    let mut index: HashMap<(String, *const u8), usize> = HashMap::new();
    let mut shapes: HashMap<u64, (u32, u32)> = HashMap::new();
    let mut edges: Vec<Edge> = Vec::new();
    let mut calm: Vec<Claim> = Vec::new();
    let mut hits: Vec<Hit<'_>> = Vec::new();
    let mut writer: Option<(crate::domain::SourceId, String)> = None;
    // the time of an entry of a slow query log stands on a line of its own
    let mut slow_log: Option<Stamp> = None;
    let signals: &Signals = knowledge.signals();
    let log = Background::of(evidence, &scope);
    for (block, line, text) in scope.lines(evidence, |b| b.kind != BlockKind::State) {
        match (&line.service, line.stamp) {
            (Some(own), _) => writer = Some((block.source, naming::workload(own))),
            (None, Some(_)) => writer = None,
            // Behind a blank line somebody else may speak.
            (None, None) if text.trim().is_empty() => writer = None,
            (None, None) => {}
        }
        if line.duplicate_of.is_some()
            || text.trim().len() < 6
            || book.is_row(block.source, line.start)
            || is_data_row(block, text)
            || is_clients_own(text)
        {
            continue;
        }
        // what a responder typed comes after the fault; a stack's frame names code and no reason
        if typed(text).is_some() || is_query(text) || is_frame(text) || is_settings(line, text) {
            continue;
        }
        let (tried, hit) = shapes.entry(shape(text)).or_default();
        if *hit >= HITS_PER_SHAPE || (*tried >= TRIED_PER_SHAPE && *hit == 0) {
            continue;
        }
        *tried += 1;
        if text.starts_with("# Time: ") {
            slow_log = line.stamp;
        }
        hits.clear();
        signals.on_line(text, line.start, &mut hits);
        *hit += u32::from(!hits.is_empty());
        for h in &hits {
            let Some(mut m) = read_hit(
                evidence,
                &scope,
                book,
                block,
                line,
                text,
                h,
                goes_on(&writer, block, line),
                &mut edges,
                &mut calm,
            ) else {
                continue;
            };
            let time = |times: &mut background::Met| {
                if let Some(log) = &log {
                    times.count(log, line);
                }
            };
            if m.at.is_none() && text.starts_with("# Query_time") {
                m.at = slow_log;
            }
            let key = (format!("{}\u{0}{}", m.subject, m.playbook), m.pattern.as_ptr());
            if let Some(known) = index.get(&key).and_then(|i| met.get_mut(*i)) {
                known.count += 1;
                time(&mut known.times);
                if m.weight.abs() > known.weight.abs() {
                    known.weight = m.weight;
                    // what is dated is not quoted by a line that carries no time
                    if m.at.is_some() || known.at.is_none() {
                        known.quote = m.quote;
                    }
                    known.at = known.at.or(m.at);
                }
            } else {
                time(&mut m.times);
                index.insert(key, met.len());
                met.push(m);
            }
        }
    }
    for edge in edges {
        if !book.edges.iter().any(|e| e.caller == edge.caller && e.callee == edge.callee && e.failing) {
            book.edges.push(edge);
        }
    }
    for claim in calm {
        if !book.calm.iter().any(|c| c.text == claim.text) {
            book.calm.push(claim);
        }
    }
    book.full_log = log.is_some();
    if let Some(log) = &log {
        for m in met.iter_mut().filter(|m| m.weight > 0.0) {
            m.weight *= log.share(&m.times);
        }
    }
    write(evidence, book, met)
}

/// Rows of a table of figures or spans: other tools read those.
fn is_data_row(block: &Block, text: &str) -> bool {
    (matches!(block.kind, BlockKind::Series | BlockKind::Spans) && !text.trim_start().starts_with(['-', '*']))
        || crate::intake::spans::is_span_line(text)
}

/// `at com.acme.Pool.take(Pool.java:121)`: a frame of a stack.
fn is_frame(text: &str) -> bool {
    let inner = text.trim();
    inner.starts_with("at ") && inner.ends_with(')') && inner.split_whitespace().count() <= 3
}

/// The least of a line's parts that are `name: value` for it to be a program's list of its settings.
const SETTINGS: usize = 5;

/// `gc: ON, query timeout (ms): 500, cursor read size: 1000, …`: settings, and nothing that happened.
fn is_settings(line: &Line, text: &str) -> bool {
    let quiet = line.level.is_none_or(|l| l <= Level::Notice);
    if !quiet || text.contains('"') || text.matches(": ").count() < SETTINGS {
        return false;
    }
    let parts = || text.split(", ");
    let pairs = parts().filter(|p| p.rsplit_once(": ").is_some_and(|(_, v)| v.split_whitespace().count() <= 2));
    pairs.count() * 4 >= parts().count() * 3
}

/// True for a lookup that failed of a name which the cluster lists as a service now: it was asked
/// before the service was there.
fn is_known_by_now(book: &Casebook, playbook: &str, text: &str) -> bool {
    if playbook != "dns_failure.resolution" {
        return false;
    }
    let name = text.split_once("lookup ").and_then(|(_, rest)| rest.split([' ', '.', ':']).next());
    name.and_then(|n| book.cluster.service(n)).is_some_and(|s| s.live)
}

/// A speaker that tells of its upstream does not tell of itself.
fn speaks_of_others(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["upstream", "downstream", "backend", "remote", "peer"].iter().any(|who| {
        ["answered", "returned", "replied", "responded"].iter().any(|v| lower.contains(&format!("{who} {v}")))
    })
}

/// A line without its figures and ids.
fn shape(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    for part in text.split(|c: char| c.is_ascii_digit()).take(64) {
        part.trim_matches(|c: char| c.is_ascii_hexdigit()).hash(&mut hasher);
    }
    hasher.finish()
}

/// A line without a stamp of its own goes on with what the writer of the last stamped line began.
fn goes_on<'w>(writer: &'w Option<(crate::domain::SourceId, String)>, block: &Block, line: &Line) -> Option<&'w str> {
    let (source, name) = writer.as_ref()?;
    (line.stamp.is_none() && *source == block.source && matches!(block.kind, BlockKind::Logs | BlockKind::Text))
        .then_some(name.as_str())
}

/// True where a field of the line holds an error.
fn reports_an_error(text: &str) -> bool {
    ["err=\"", "error=\"", "\"err\":\"", "\"error\":\"", "\"err\": \"", "\"error\": \""]
        .iter()
        .any(|f| text.contains(f))
}

/// `"Description": "…"`: a field of an answer in JSON.
fn is_field(text: &str) -> bool {
    text.trim_start()
        .strip_prefix('"')
        .and_then(|t| t.split_once('"'))
        .is_some_and(|(_, rest)| rest.trim_start().starts_with(':'))
}

/// `promql> rate(…)`: what was asked, and no answer.
fn is_query(text: &str) -> bool {
    let word = text.split_once("> ").map_or("", |(word, _)| word);
    ["promql", "logql", "kql", "sql", "psql", "mysql", "loki", "metricsql", "influx"].contains(&word)
}

/// A sentence has at least so many words.
const SENTENCE: usize = 5;

/// A bullet, a row of a table or a quoted remark is nobody's output; nor is a sentence that begins as
/// people begin one.
fn people_wrote(text: &str) -> bool {
    const OPEN: &str = "The A An We It Our I This That These After When At They There Since As Then Now Please Looks \
        Also But And So";
    let first = text.split([' ', ',', '\'']).next().unwrap_or_default();
    text.trim_start().starts_with(['-', '*', '|', '#', '>']) || OPEN.split_ascii_whitespace().any(|w| w == first)
}

#[expect(clippy::too_many_arguments, reason = "one hit with all that is known of its place")]
fn read_hit<'a>(
    evidence: &Evidence,
    scope: &Scope,
    book: &Casebook,
    block: &Block,
    line: &Line,
    text: &str,
    hit: &Hit<'a>,
    writer: Option<&str>,
    edges: &mut Vec<Edge>,
    calm: &mut Vec<Claim>,
) -> Option<Met<'a>> {
    let inside = hit.at.start.saturating_sub(line.start)..hit.at.end.saturating_sub(line.start);
    if is_denied(text, inside.start) {
        return None;
    }
    let people = matches!(block.kind, BlockKind::People | BlockKind::Text);
    let caller = service_of(scope, block, line, text);
    let named = hit
        .subject
        .clone()
        .and_then(|r| evidence.sources.get(block.source.0 as usize)?.text.get(r).map(str::to_owned))
        .map(|n| naming::short_host(&n))
        .filter(|n| !naming::names_nothing(n));
    // `(Points.java:51)` is a place in code and no address: the line blames nobody
    if named.as_deref().is_some_and(naming::is_file) {
        return None;
    }
    // a node's fault is the node's, whoever tells of it
    let node = || naming::node_in(text).or_else(|| scope.node.clone());
    let of_a_node = hit.playbook.starts_with("node_") || hit.playbook.ends_with(".node_pressure");
    let node = of_a_node.then(node).flatten();
    // an address that is no name (`dial tcp 10.96.4.1:80`), and a word that nothing bears (`call failed`),
    // lead to whom the line says it called
    let plain = |n: &String| naming::is_name(n) && (n.contains(['-', '.']) || book.services.contains_key(n));
    let called = about::called(book, hit.playbook, caller.as_deref(), text);
    let dialled = called.is_some() && node.is_none() && !named.as_ref().is_some_and(plain);
    let named = node.or_else(|| named.clone().filter(plain)).or(called).or(named);
    let store = match &caller {
        None => the_store(book, hit.playbook),
        Some(client) => store_of(book, client, hit.playbook, text),
    };
    // in what people write the sentence is about something, not the whole paragraph
    let blames = hit.signal.subject.is_some();
    let sentence = text
        .get(excerpt(text, inside.clone()))
        .filter(|s| people && line.level.is_none() && s.split_whitespace().count() >= SENTENCE);
    let own_words = || {
        // what a balancer says of its health checks is about the target
        let unsigned = (caller.is_none() || people) && !hit.playbook.starts_with("probe_misconfig.");
        unsigned.then(|| crate::analyst::story::objects::blamed(hit.playbook, text)).flatten()
    };
    let subject = own_words()
        .or(store)
        .or_else(|| subject_of(book, named.clone(), caller.as_deref(), sentence.unwrap_or(text), blames))
        .or_else(|| sentence.and_then(|_| subject_of(book, named, caller.as_deref(), text, blames)))
        .or_else(|| {
            let domain = || naming::domain_in(text).map(|d| naming::short_host(&d));
            hit.playbook.starts_with("dns_failure.").then(domain).flatten()
        })
        .or_else(|| writer.filter(|_| !people_wrote(text)).map(str::to_owned))
        // a field of an answer is no sentence about the component that people name
        .or_else(|| scope.component.clone().filter(|_| book.cluster.pods.is_empty() && !is_field(text)))
        .or_else(|| hit.playbook.starts_with("human_error.").then(|| timeline::environment_in(text)).flatten())
        .or_else(|| {
            let whole = evidence.sources.get(block.source.0 as usize).filter(|_| people)?;
            let host = naming::hosts_in(text).into_iter().next().map(|(host, _)| host);
            host.or_else(|| about::sort_of(hit.playbook, &whole.text))
        })?;
    // `"Description": "Health checks failed …"`: the field's name is nobody's
    if is_field(text) && text.trim_start().trim_start_matches('"').starts_with(&format!("{subject}\"")) {
        return None;
    }
    let subject = about::in_cluster(book, block, line, subject, text)?;
    if let Some(caller) = caller.filter(|c| {
        *c != subject && (hit.signal.subject.is_some() || dialled) && !hit.playbook.starts_with("crash_loop.")
    }) {
        let between = dialled.then(|| about::passed_on(book, &caller, &subject, text)).flatten();
        edges.push(Edge {
            caller,
            callee: between.unwrap_or_else(|| subject.clone()),
            observed: evidence.cite_line(block.source, line),
            failing: true,
            seen: Seen::Log,
        });
    }
    let mut weight = hit.signal.weight;
    weight *= match line.level {
        // a library that logs at a low level still tells what it was answered
        Some(Level::Debug | Level::Trace) if reports_an_error(text) => 0.85,
        Some(Level::Debug | Level::Trace) => 0.4,
        // a change is told as information
        Some(Level::Info | Level::Notice) if hit.playbook.starts_with("feature_flag.") => 1.0,
        Some(Level::Info | Level::Notice) if hit.playbook.starts_with("cache_misconfig.") => 1.0,
        Some(Level::Info | Level::Notice) => 0.75,
        Some(Level::Fatal) => 1.15,
        _ => 1.0,
    };
    if hit.playbook.starts_with("crash_loop.") && book.cluster.pods_of(&subject).any(kube_view::in_trouble) {
        weight = 0.0; // its state says so already, and the tools that read it say more
    }
    if hit.playbook == "dependency_unavailable.stopped" && book.cluster.pods_of(&subject).next().is_some() {
        weight *= 0.3; // a cluster stops and starts pods for reasons of its own, and its state says which
    }
    if block.kind == BlockKind::Alert {
        weight *= 0.8;
    }
    if about::is_complaint(book, block, text) {
        // who complains saw an effect: the state and the logs say what of
        weight *= 0.4;
    }
    // an alert that asks does not state
    let asks = block.kind == BlockKind::Alert && text.trim_end_matches(['"', ',', ' ']).ends_with('?');
    if asks || tries_again(text) || (people && (is_conjecture(text) || is_question(text))) {
        weight *= 0.3;
    }
    if block.kind == BlockKind::People
        && matches!(timeline::kind_of_row(text, true), RowKind::Action | RowKind::Recovery)
        && hit.signal.bearing != "against"
    {
        weight *= 0.35;
    }
    // of a paragraph only the sentence itself counts
    let said = if text.len() > 300 { text.get(excerpt(text, inside.clone())).unwrap_or(text) } else { text };
    let over = block.kind != BlockKind::People && is_over(said);
    if over {
        weight *= 0.2;
    }
    if text.trim_start().starts_with(";;") {
        // a heading of `dig`: the services' own words say it better
        weight *= 0.6;
    }
    if hit.playbook.starts_with("connection_refused.") && about::is_of_a_daemon(text) {
        weight *= 0.15; // the program beside it on the node is down, and not whom the line is of
    }
    if is_known_by_now(book, hit.playbook, text) {
        weight *= 0.3;
    }
    if hit.signal.subject.is_none() && !people && speaks_of_others(text) {
        // it is the one above or below that is meant, and it is not named
        weight *= 0.4;
    }
    if people && about::is_of_a_vendor(text) && !["cloud_", "dependency_"].iter().any(|p| hit.playbook.starts_with(p)) {
        weight *= 0.4; // what a vendor's status page tells happened at the vendor
    }
    let outside = stranger_wrote(text, inside.start);
    if outside {
        weight *= 0.2;
    }
    let bearing = match hit.signal.bearing.as_str() {
        "against" => Bearing::Against,
        "symptom" => Bearing::Symptom,
        _ => Bearing::Stated,
    };
    let quote = quoted(text, inside);
    let quote = Span::new(block.source, line.start + quote.start..line.start + quote.end);
    if over && hit.signal.weight > 0.0 && calm.len() < 6 {
        let cited = evidence.cite(quote);
        calm.push(Claim::quoted(format!("{OVER}: “{}”", cited.quote), vec![cited]));
    }
    // a row that a person wrote is dated by the timeline it stands in
    let row = line.level.is_none() && text.trim_start().starts_with(['|', '-', '*', '•']);
    let at = line.stamp.or_else(|| written_stamps::of_object(evidence, line, block)).filter(|_| !row);
    Some(Met {
        playbook: hit.playbook,
        pattern: &hit.signal.pattern,
        subject,
        bearing,
        weight,
        at,
        quote,
        count: 1,
        outside,
        times: background::Met::default(),
    })
}

/// Merged signals become findings: the strongest of each subject and playbook counts in full.
fn write(evidence: &Evidence, book: &mut Casebook, met: Vec<Met<'_>>) -> Observation {
    let mut groups: BTreeMap<(String, String), Vec<Met<'_>>> = BTreeMap::new();
    for m in met {
        groups.entry((m.subject.clone(), m.playbook.to_owned())).or_default().push(m);
    }
    let mut seen = Observation::default();
    let mut told: Vec<String> = Vec::new();
    let count = groups.len();
    for ((subject, playbook), mut all) in groups {
        all.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()).then(a.quote.start.cmp(&b.quote.start)));
        let first_at = all
            .iter()
            .filter(|m| m.weight > 0.0)
            .filter_map(|m| m.at)
            .reduce(|a, b| if b.sort_key() < a.sort_key() { b } else { a });
        let all_undated = all.iter().take(KEPT).all(|m| m.at.is_none());
        for (m, share) in all.iter().zip(DIMINISHING) {
            if m.weight == 0.0 {
                continue;
            }
            let cited = evidence.cite(m.quote);
            let text = if m.count > 1 {
                // how many is not said: like lines are read only so often
                format!("“{}”, and more lines like it", plain(&cited.quote))
            } else {
                format!("“{}”", plain(&cited.quote))
            };
            if m.outside {
                book.outsiders.push(cited.clone());
            }
            if seen.citations.len() < 12 {
                seen.citations.push(cited.clone());
            }
            book.findings.push(Finding {
                tool: TOOL.name,
                subject: subject.clone(),
                subject_kind: naming::kind_of(&subject),
                playbook: playbook.clone(),
                bearing: m.bearing,
                weight: m.weight * share,
                mechanism: if m.bearing == Bearing::Stated {
                    format!("“{}”", plain(&cited.quote))
                } else {
                    String::new()
                },
                claim: Claim::quoted(text, vec![cited]),
                // what stands without a time beside dated lines of the same has none of theirs
                at: if m.bearing == Bearing::Stated && (m.at.is_some() || all_undated) { first_at } else { m.at },
            });
        }
        told.push(format!("{subject} / {playbook}: signals: {}", all.len()));
    }
    seen.title = format!("pairs of subject and fault that some line names: {count}");
    seen.text = told.join("\n");
    seen
}
