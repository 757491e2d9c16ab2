//! What a told cause, a reason given afterwards and words of no harm become in the casebook. Each
//! quotes its row; which row it is and what it means is decided in `analyst::story`.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::casebook::{Bearing, Change, Finding, OVER};
use crate::analyst::scope::{BlockKind, Scope};
use crate::analyst::story::{self, Telling};
use crate::analyst::timeline::acted_on;
use crate::analyst::{Casebook, naming};
use crate::domain::{Claim, Evidence, Level, Span, Stamp};

/// The row that began it tells what it was: that is the fault, of what the row is about.
pub fn blame_told(evidence: &Evidence, scope: &Scope, book: &mut Casebook, span: Span, at: Stamp, telling: Telling) {
    let Some(told) = telling.told else { return };
    let subject = telling.subject.or_else(|| acted_on(evidence.slice(span)));
    let whole = || evidence.sources.get(span.source.0 as usize).map(|s| &*s.text);
    let subject = subject
        .or_else(|| scope.first_focus().map(str::to_owned))
        .or_else(|| {
            // of whom the same is said elsewhere
            let same = book.findings.iter().filter(|f| f.playbook == told.playbook && f.weight > 0.0);
            same.max_by(|a, b| a.weight.total_cmp(&b.weight)).map(|f| f.subject.clone())
        })
        .or_else(|| super::about::sort_of(told.playbook, whole()?))
        .or_else(|| whole().and_then(story::components::most_named));
    let Some(subject) = subject else { return };
    let cited = evidence.cite(span);
    book.changes.push(Change::told(Some(at), subject.clone(), cited.clone()));
    let claim = Claim::quoted(format!("{BEGAN}: “{}”", cited.quote), vec![cited.clone()]);
    told_finding(book, told.playbook, subject, TOLD * told.weight, Some(at), cited.quote, claim);
}

/// How the claim begins that tells which row began it.
pub const BEGAN: &str = "It began with this";

/// What a plain word of a cause counts: as much as a stated reason and the change before the notice.
const TOLD: f64 = 1.3;
/// What it counts where it is given as the reason, afterwards.
const EXPLAINED: f64 = 0.7;

/// Sentences that count for one fault.
const REASONS: usize = 3;

/// Rows that give the reason afterwards, and remarks that no time is given for: of each fault what tells it
/// most plainly; of what is as plain the first.
pub fn explained(evidence: &Evidence, book: &mut Casebook, places: Vec<(Span, Option<Stamp>)>) {
    let read = |(span, at): (Span, Option<Stamp>)| {
        let text = evidence.slice(span);
        let reason = match at {
            Some(_) => story::began::explained(text),
            None => story::began::reasoned(text),
        };
        let (told, subject) = reason?;
        Some((span, at, told, subject?))
    };
    let mut all: Vec<_> = places.into_iter().filter_map(read).collect();
    // a paste that is headed by a service is of that service: a common noun in it blames nobody else
    let focused = book.scope(evidence).first_focus().is_some();
    let formed = |s: &str| s.contains(['-', '.', '_']) || s.bytes().any(|b| b.is_ascii_digit());
    all.retain(|(.., s)| !focused || formed(s) || book.services.keys().any(|k| k.eq_ignore_ascii_case(s)));
    all.sort_by(|a, b| b.2.weight.total_cmp(&a.2.weight));
    let began: Vec<&str> = book
        .findings
        .iter()
        .filter(|f| f.tool == super::correlate_timeline::TOOL.name)
        .map(|f| f.playbook.as_str())
        .collect();
    all.retain(|(_, _, told, _)| !began.contains(&told.playbook));
    let mut given: Vec<&str> = Vec::new();
    for (span, at, told, subject) in all {
        let count = given.iter().filter(|playbook| **playbook == told.playbook).count();
        if count >= REASONS {
            continue;
        }
        given.push(told.playbook);
        let whole = evidence.sources.get(span.source.0 as usize).map_or("", |s| &s.text);
        let moved = told.subject.is_none() && told.playbook.starts_with("failover.");
        let sort = moved.then(|| super::about::sort_of(told.playbook, whole)).flatten();
        let subject = sort.unwrap_or(subject);
        let cited = evidence.cite(span);
        let claim = Claim::quoted(format!("Given as the reason: “{}”", cited.quote), vec![cited.clone()]);
        told_finding(book, told.playbook, subject, EXPLAINED * told.weight, at, cited.quote, claim);
    }
}

fn told_finding(
    book: &mut Casebook,
    playbook: &str,
    subject: String,
    weight: f64,
    at: Option<Stamp>,
    quote: String,
    claim: Claim,
) {
    let articles = ["a ", "an ", "the ", "our ", "The ", "A "];
    let subject = articles.iter().find_map(|a| subject.strip_prefix(a)).map(str::to_owned).unwrap_or(subject);
    book.findings.push(Finding {
        tool: super::correlate_timeline::TOOL.name,
        subject_kind: naming::kind_of(&subject),
        subject,
        playbook: playbook.to_owned(),
        bearing: Bearing::Stated,
        weight,
        mechanism: format!("“{quote}”"),
        claim,
        at,
    });
}

/// Lines that say that no harm was done; and, where no program reports an error, that it went well.
pub fn harmless(evidence: &Evidence, scope: &Scope, book: &mut Casebook) {
    const MOST: usize = 3;
    let erring = evidence.lines().any(|(_, l)| l.level >= Some(Level::Error));
    for (block, line, text) in scope.lines(evidence, |b| !matches!(b.kind, BlockKind::State | BlockKind::Series)) {
        if text.len() > 400 || book.calm.len() >= MOST {
            continue;
        }
        // While programs report errors, what stands among their lines does not call them harmless.
        let people = !erring || block.kind != BlockKind::Logs;
        if (people && story::began::is_harmless(text)) || (!erring && story::began::went_well(text)) {
            let cited = evidence.cite(Span::new(block.source, line.range()));
            book.calm.push(Claim::quoted(format!("{OVER}: “{}”", cited.quote.trim()), vec![cited]));
        }
    }
}

/// So many requests are a measure of a service, and no chance.
const REQUESTS: usize = 40;

static ANSWERED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r#"\b(?:GET|HEAD|POST|PUT|PATCH|DELETE) /\S*(?: HTTP/[\d.]+)?"? (\d{3})\b"#).ok()
});

/// A log of many requests of which every one was answered as it should, in which no program reports an
/// error: that is a measure of health.
pub fn all_answered(evidence: &Evidence, scope: &Scope, book: &mut Casebook) {
    if evidence.lines().any(|(_, l)| l.level >= Some(Level::Error)) {
        return;
    }
    let mut lines: Vec<Span> = Vec::new();
    for (block, line, text) in scope.lines(evidence, |b| matches!(b.kind, BlockKind::Logs | BlockKind::Text)) {
        let Some(status) = ANSWERED.as_ref().and_then(|r| r.captures(text)).and_then(|c| c.get(1)) else { continue };
        if !status.as_str().starts_with(['2', '3']) {
            return;
        }
        lines.push(Span::new(block.source, line.range()));
    }
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return };
    if lines.len() < REQUESTS {
        return;
    }
    let text = "Of the requests that are logged every one was answered as it should be, and no line reports an error";
    book.calm.push(Claim::inferred(text, vec![evidence.cite(*first), evidence.cite(*last)]));
}

/// `messages on node`: the first node that the same text calls by its name.
pub fn named_nodes(evidence: &Evidence, book: &mut Casebook) {
    for f in book.findings.iter_mut().filter(|f| matches!(f.subject.as_str(), "node" | "nodes")) {
        let Some(place) = f.claim.citations.first() else { continue };
        let Some(source) = evidence.sources.get(place.source.0 as usize) else { continue };
        if let Some(name) = the_node(&source.text, place.start) {
            f.subject = name;
            f.subject_kind = crate::domain::SubjectKind::Node;
        }
    }
}

static THAT_NODE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)\b(?:node (?:where|on which|that|which|in question)|(?:that|the (?:affected|faulty|bad|broken|failing|said)) node)\b",
    )
    .ok()
});

/// The node that a sentence without a name is of: the one that its own line names, that the text calls the one
/// in question, or the only one in it.
fn the_node(text: &str, at: usize) -> Option<String> {
    let start = text.get(..at)?.rfind('\n').map_or(0, |i| i + 1);
    let named = |line: &str| naming::node_in(line).filter(|n| n.contains('-'));
    let own = text.get(start..).and_then(|t| t.lines().next()).and_then(named);
    let lines = || text.lines().take(2_000);
    let meant = || lines().filter(|l| THAT_NODE.as_ref().is_some_and(|r| r.is_match(l))).find_map(named);
    own.or_else(meant).or_else(|| {
        let mut all = lines().filter_map(named);
        let first = all.next()?;
        all.all(|n| n == first).then_some(first)
    })
}

/// What a change counts that was made in answer to the trouble: it did not bring it.
const ANSWER: f64 = 0.35;

/// Findings of a row that tells what was done about it.
pub fn answered(book: &mut Casebook, span: Span) {
    const CHANGES: &[&str] = &["bad_deploy.", "config_error.", "failover.", "scaled_to_zero.", "cache_misconfig."];
    let inside = |f: &Finding| {
        !f.claim.citations.is_empty()
            && f.claim.citations.iter().all(|c| c.source == span.source && c.start < span.end && span.start < c.end)
    };
    let of_change = |f: &Finding| CHANGES.iter().any(|p| f.playbook.starts_with(p));
    for f in book.findings.iter_mut().filter(|f| f.weight > 0.0 && of_change(f) && inside(f)) {
        f.weight *= ANSWER;
    }
}

#[cfg(test)]
mod tests {
    use super::the_node;

    #[test]
    fn a_node_without_a_name_is_the_only_one_named_or_nobody() {
        let at = |text: &str| the_node(text, text.find("disk full").unwrap());
        assert_eq!(at("worker-1 is fine.\n10:02 worker-2 joins\n10:05 disk full on node"), None);
        let told =
            "worker-1 joins\nworker-2 joins\n10:05 disk full on node\nDrained the node where it occurred (worker-2)";
        assert_eq!(at(told).as_deref(), Some("worker-2"));
        assert_eq!(at("10:01 node worker-1 joins\n10:05 disk full on node").as_deref(), Some("worker-1"));
        assert_eq!(at("worker-1 is fine\n10:05 disk full on node worker-2").as_deref(), Some("worker-2"));
    }
}
