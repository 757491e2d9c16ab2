//! Runs every playbook's signals over every line: which lines state a reason or show a symptom of a
//! known fault, and of whom. Repeats of a line add nothing; what a stranger can write into a log
//! (user agent, path, query) weighs little; text in the evidence is never obeyed.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::analyst::casebook::{Bearing, Edge, Finding};
use crate::analyst::said::plain_at;
use crate::analyst::scope::{Block, BlockKind};
use crate::analyst::signals::{Hit, Signals};
use crate::analyst::wording::is_clients_own;
use crate::analyst::{Casebook, Knowledge, naming};
use crate::domain::{Citation, Claim, Evidence, Level, Line, Span, Stamp};
use crate::intake::prompt::typed;

use super::super::kube_view::is_of_its_start;
use super::super::{Observation, Tool};
use super::background::{self, Background};
use super::hits::{Met, Place, SENTENCE};

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
            || is_of_its_start(&book.cluster, &block.title, block.service.as_deref())
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
        let place = Place { evidence, scope: &scope, book, block, line, text, writer: goes_on(&writer, block, line) };
        for h in &hits {
            let Some(mut m) = place.read(h, &mut edges, &mut calm) else { continue };
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
                // another wording of the same fault is no line like the one that is quoted
                let like = |at: Span| shape(evidence.slice(at));
                known.count += u32::from(like(known.quote) == like(m.quote));
                time(&mut known.times);
                if m.weight.abs() > known.weight.abs() {
                    known.weight = m.weight;
                    // what is dated is not quoted by a line that carries no time
                    if m.at.is_some() || known.at.is_none() {
                        requote(evidence, known, &m);
                    }
                    known.at = known.at.or(m.at);
                } else if says_more(evidence, &m, known) {
                    requote(evidence, known, &m);
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

/// Quotes another line, of which nobody has counted how many are like it where it is worded otherwise.
fn requote(evidence: &Evidence, known: &mut Met<'_>, new: &Met<'_>) {
    let like = |at: Span| shape(evidence.slice(at));
    known.count = if like(known.quote) == like(new.quote) { known.count } else { 1 };
    known.quote = new.quote;
}

/// A sentence says more than the name of a rule that counts as much: `CPUThrottlingHigh`.
fn says_more(evidence: &Evidence, new: &Met<'_>, known: &Met<'_>) -> bool {
    let words = |at: Span| evidence.slice(at).split_whitespace().count();
    let dated = new.at.is_some() || known.at.is_none();
    dated && new.weight == known.weight && words(known.quote) <= 1 && words(new.quote) >= SENTENCE
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

/// `promql> rate(…)`: what was asked, and no answer.
fn is_query(text: &str) -> bool {
    let word = text.split_once("> ").map_or("", |(word, _)| word);
    ["promql", "logql", "kql", "sql", "psql", "mysql", "loki", "metricsql", "influx"].contains(&word)
}

/// A quote without the escapes of the string that it was taken from.
fn readable(evidence: &Evidence, at: Span, cited: &Citation) -> String {
    let lines = evidence.readings.get(at.source.0 as usize).map(|r| &r.lines);
    let line = lines.and_then(|l| l.get((cited.line as usize).checked_sub(1)?)).filter(|l| l.start <= at.start);
    let head = line.map_or("", |l| evidence.slice(Span::new(at.source, l.start..at.start)));
    let whole = format!("{head}{}", cited.quote);
    let after = line.and_then(|l| evidence.sources.get(at.source.0 as usize)?.text.get(at.end..l.end)).unwrap_or("");
    balanced(without_state(plain_at(&whole, head.len()..whole.len())), after)
}

/// Fields of a driver's inner state in a row that nobody reads: from so many on.
const STATE: usize = 3;

/// A quote without the state that a driver appends to its error: `can't connect, last: NONE, origin: Begin, sent: 0`.
fn without_state(text: String) -> String {
    let field = |part: &str| {
        part.split_once(": ").is_some_and(|(key, value)| !key.contains([' ', '"']) && value.split(' ').count() <= 2)
    };
    let parts: Vec<&str> = text.split(", ").collect();
    let from = parts.windows(STATE).position(|run| run.iter().all(|part| field(part))).filter(|from| *from > 0);
    from.map_or_else(|| text.clone(), |from| parts.get(..from).unwrap_or_default().join(", "))
}

/// Words of a key before a string at most: `details = "`.
const KEY_WORDS: usize = 2;

/// A quote that ends within a string: to the string's end where that is all that follows, else the string's own
/// words where only a key stands before them.
fn balanced(text: String, after: &str) -> String {
    let Some((before, inner)) = text.rsplit_once('"').filter(|_| text.matches('"').count() % 2 == 1) else {
        return text;
    };
    if after.trim_start_matches('\\').starts_with('"') && !inner.is_empty() {
        return format!("{text}\"");
    }
    let key = before.trim_end().ends_with(['=', ':'])
        && before.split([' ', '=', ':']).filter(|w| !w.is_empty()).count() <= KEY_WORDS;
    if key && inner.split_whitespace().count() > KEY_WORDS { inner.to_owned() } else { text }
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
            let said = readable(evidence, m.quote, &cited);
            // how many is not said: like lines are read only so often
            let more = if m.count > 1 { ", and more lines like it" } else { "" };
            let text = format!("“{said}”{more}");
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
                mechanism: if m.bearing == Bearing::Stated { format!("“{said}”") } else { String::new() },
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

#[cfg(test)]
mod tests {
    use super::{balanced, without_state};
    use crate::analyst::pasted::report_of;

    #[test]
    fn a_driver_s_inner_state_is_no_part_of_what_it_says() {
        let told = |text: &str| without_state(text.to_owned());
        assert_eq!(
            told("can't connect on a:1/X, Waiting, last: NONE, origin: Begin, sent: 0, idle"),
            "can't connect on a:1/X, Waiting"
        );
        assert_eq!(told("refused, code: 5, host: a"), "refused, code: 5, host: a");
        assert_eq!(told("user: a, code: 5, host: b"), "user: a, code: 5, host: b");
    }

    #[test]
    fn a_quote_that_ends_within_a_string_is_told_to_its_end_or_from_its_beginning() {
        let told = |text: &str, after: &str| balanced(text.to_owned(), after);
        assert_eq!(told("desc = \"dial tcp: refused", "\\\",\"id\":1}"), "desc = \"dial tcp: refused\"");
        assert_eq!(told("details = \"failed to connect to all", "; last error\""), "failed to connect to all");
        assert_eq!(told("could not get \"a", " of many"), "could not get \"a");
        assert_eq!(told("a \"whole\" one", ""), "a \"whole\" one");
    }

    #[test]
    fn more_lines_like_it_are_told_only_where_there_are_some() {
        let like = |paste: &str| {
            let report = report_of(paste);
            report.hypotheses[0].supporting.iter().any(|c| c.text.contains("more lines like it"))
        };
        let alert = "Alert: CPUThrottlingHigh\n2026-03-01T10:00:00Z WARN billing: 97% throttling of CPU in namespace shop for container calc in pod billing\n";
        assert!(!like(alert));
        let again = "2026-03-01T10:01:00Z WARN billing: 98% throttling of CPU in namespace shop for container calc in pod billing\n";
        assert!(like(&format!("{alert}{again}")));
    }
}
