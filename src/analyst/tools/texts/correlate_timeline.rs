//! Puts what people noted and what programs logged into one timeline: what changed, what was seen first, when
//! it was noticed. A change before the first notice may be a cause; nothing is one because it stands first.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::casebook::{Bearing, Change, Finding, Moment};
use crate::analyst::plain_heading::lists_changes;
use crate::analyst::scope::{Block, BlockKind, Scope, service_of};
use crate::analyst::story;
use crate::analyst::timeline::{acted_on, kind_of_row};
use crate::analyst::wording::{after_prefix, without_links};
use crate::analyst::{Casebook, Knowledge, naming};
use crate::domain::report::RowKind;
use crate::domain::{Claim, Evidence, SourceId, Span, Stamp};
use crate::intake::prose::{Row, rows};

use super::super::{Observation, Tool};
use super::remarks::remarks;
use super::{account, audit, dating, story_findings};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "correlate_timeline",
    question: "What happened when, and what was changed before it?",
    applies: |e, _| !e.is_empty(),
    arguments: |_, book| serde_json::json!({ "moments": book.moments.len(), "changes": book.changes.len() }),
    run,
};

/// A larger text is no timeline that a person wrote.
const TEXT_LIMIT: usize = 200_000;

fn run(evidence: &Evidence, book: &mut Casebook, knowledge: &Knowledge) -> Observation {
    let scope = book.scope(evidence);
    let mut told = 0;
    for source in &evidence.sources {
        if source.text.len() <= TEXT_LIMIT {
            let all: Vec<Row> =
                rows(&source.text).into_iter().filter(|r| by_people(evidence, &scope, source.id, r)).collect();
            told += all.len();
            changes_of_deploys(evidence, &scope, book, source.id, &all);
            narrative(evidence, &scope, book, source.id, &all, knowledge);
        }
    }
    audit::read(evidence, book);
    super::logged::moments(evidence, &scope, book);
    super::reread::changes(evidence, &scope, book);
    story_findings::harmless(evidence, &scope, book);
    story_findings::all_answered(evidence, &scope, book);
    story_findings::named_nodes(evidence, book);
    dating::date_by_objects(evidence, &scope, book);
    onset_from_findings(book);
    let mut lines: Vec<(Stamp, String)> =
        book.moments.iter().map(|m| (m.at, format!("{} {}", m.at.clock(), m.what.text))).collect();
    lines.sort_by_key(|(at, _)| at.sort_key());
    let citations = book.changes.iter().map(|c| c.citation.clone()).take(12).collect();
    let title =
        format!("rows noted by people: {told}; moments: {}; changes: {}", book.moments.len(), book.changes.len());
    Observation { title, text: lines.into_iter().map(|(_, l)| l).take(60).collect::<Vec<_>>().join("\n"), citations }
}

fn by_people(evidence: &Evidence, scope: &Scope, source: SourceId, row: &Row) -> bool {
    let Some(reading) = evidence.readings.get(source.0 as usize) else { return false };
    let index = reading.lines.partition_point(|l| l.start <= row.what.start).saturating_sub(1);
    let kind = scope.block(source, index).map_or(BlockKind::Text, |b| b.kind);
    let line = reading.lines.get(index);
    let logged = line.is_some_and(|l| l.level.is_some() || l.service.as_deref().is_some_and(naming::is_part));
    // `02:00 + 7h = 09:00`: a sum, and nothing that happened at two
    let sum = text_of(evidence, source, row).starts_with('+');
    !logged && !sum && matches!(kind, BlockKind::People | BlockKind::Text | BlockKind::Deploy | BlockKind::Alert)
}

fn text_of<'e>(evidence: &'e Evidence, source: SourceId, row: &Row) -> &'e str {
    evidence.slice(Span::new(source, row.what.clone()))
}

fn in_deploy(evidence: &Evidence, scope: &Scope, source: SourceId, at: usize) -> bool {
    let Some(reading) = evidence.readings.get(source.0 as usize) else { return false };
    let index = reading.lines.partition_point(|l| l.start <= at).saturating_sub(1);
    let plain = || evidence.sources.get(source.0 as usize).is_some_and(|s| lists_changes(&s.text, at));
    scope.block(source, index).is_some_and(|b| b.kind == BlockKind::Deploy || (b.kind == BlockKind::Text && plain()))
}

/// Deploy notes: each dated row is a change; a changelog that lists several things is several.
fn changes_of_deploys(evidence: &Evidence, scope: &Scope, book: &mut Casebook, source: SourceId, all: &[Row]) {
    for row in all.iter().filter(|r| in_deploy(evidence, scope, source, r.what.start)) {
        let text = text_of(evidence, source, row);
        let subject = naming::names_in(text).into_iter().map(|(n, _)| n).find(|n| !is_version(n));
        let Some(subject) = subject.or_else(|| scope.first_focus().map(str::to_owned)).or_else(|| acted_on(text))
        else {
            continue;
        };
        let citation = evidence.cite(Span::new(source, row.what.clone()));
        let version =
            text.split_whitespace().map(|w| w.trim_matches(|c: char| !c.is_alphanumeric())).find(|w| is_version(w));
        book.changes.push(Change {
            at: Some(row.at),
            subject,
            what: text.to_owned(),
            version: version.map(str::to_owned),
            citation,
        });
    }
    let blocks: Vec<&Block> = scope.blocks.iter().filter(|b| b.source == source).collect();
    for block in blocks {
        let lines =
            evidence.readings.get(source.0 as usize).and_then(|r| r.lines.get(block.lines.clone())).unwrap_or(&[]);
        for line in lines {
            let text = evidence.slice(Span::new(source, line.range()));
            let tagged = text.starts_with("[deploy]") || text.starts_with("[change]");
            if let Some(change) = deploy_line(evidence, block, line, text) {
                book.changes.push(change);
                continue;
            }
            let Some(log) = CHANGELOG.as_ref().and_then(|r| r.find(text)).map(|m| m.start()) else {
                if tagged {
                    tagged_change(evidence, scope, book, block, line, text);
                }
                continue;
            };
            let before = book.changes.last().cloned();
            let Some(colon) = text.get(log..).and_then(|t| t.find([':', '"'])).map(|i| log + i + 1) else { continue };
            for part in parts(text, colon) {
                let span = Span::new(source, line.start + part.start..line.start + part.end);
                let citation = evidence.cite(span);
                let subject =
                    before.as_ref().map(|b| b.subject.clone()).or_else(|| scope.first_focus().map(str::to_owned));
                let Some(subject) = subject else { continue };
                let at = before.as_ref().and_then(|b| b.at);
                let version = before.as_ref().and_then(|b| b.version.clone());
                book.changes.push(Change { version, ..Change::told(at, subject, citation) });
            }
        }
    }
}

static CHANGELOG: LazyLock<Option<Regex>> =
    LazyLock::new(|| crate::domain::pattern::compile_any_case("changelog").ok());
static DEPLOY_LINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)\b(?:deploy(?:ed|ment)?|release[ds]?|roll(?:ed )?out|roll(?:ed )?back|rollback)\b[: ]+(?:of )?([a-z][a-z0-9]*(?:-[a-z0-9]+)+)[ :@]v?(\d+(?:\.\d+)+)",
    )
    .ok()
});

/// `09:00:00 deploy: cart-api v5.0.0 (was v4.9.2)`: a dated line that names what was deployed and its version.
fn deploy_line(evidence: &Evidence, block: &Block, line: &crate::domain::Line, text: &str) -> Option<Change> {
    if text.len() > 300 {
        return None;
    }
    let at = line.stamp?;
    let c = DEPLOY_LINE.as_ref()?.captures(text)?;
    let (subject, version) = (c.get(1)?, c.get(2)?);
    let from = crate::analyst::wording::after_stamp(text);
    let citation = evidence.cite(Span::new(block.source, line.start + from..line.start + text.trim_end().len()));
    Some(Change {
        at: Some(at),
        subject: subject.as_str().to_owned(),
        what: citation.quote.clone(),
        version: Some(version.as_str().to_owned()),
        citation,
    })
}

fn tagged_change(
    evidence: &Evidence,
    scope: &Scope,
    book: &mut Casebook,
    block: &Block,
    line: &crate::domain::Line,
    text: &str,
) {
    let Some(subject) = service_of(scope, block, line, text) else { return };
    // the whole of what was changed: a part after a semicolon is a part of it
    let body = after_prefix(text)..text.trim_end().len();
    let citation = evidence.cite(Span::new(block.source, line.start + body.start..line.start + body.end));
    if states_a_change(&citation.quote) {
        book.changes.push(Change::told(line.stamp, subject, citation));
    } else if let Some(at) = line.stamp {
        // the tag says whence it comes; that something was changed its words would have to say
        let what = Claim::quoted(citation.quote.clone(), vec![citation]);
        book.moments.push(Moment { at, service: Some(subject), kind: RowKind::Note, what });
    }
}

/// True where words tell of something that was made otherwise: `routed to that node` says where requests go.
fn states_a_change(text: &str) -> bool {
    const MORE: [&str; 6] = ["lowered", "reduced", "raised", "decreased", "rolled", "cut "];
    let lower = text.to_lowercase();
    kind_of_row(&lower.replace("requests routed to", "requests at"), false) == RowKind::Change
        || MORE.iter().any(|w| lower.contains(w))
        || lower.contains("deploy") && !lower.contains("no deploy")
}

fn is_version(word: &str) -> bool {
    let rest = word.strip_prefix('v').unwrap_or(word);
    rest.contains('.')
        && rest.starts_with(|c: char| c.is_ascii_digit())
        && rest.split('.').all(|p| p.bytes().all(|b| b.is_ascii_digit()))
}

/// The things that a changelog lists, as places in its line.
fn parts(text: &str, from: usize) -> Vec<std::ops::Range<usize>> {
    let mut out = Vec::new();
    let mut start = from;
    for (i, c) in text.char_indices().skip_while(|(i, _)| *i < from).chain([(text.len(), ';')]) {
        if c != ';' {
            continue;
        }
        let slice = text.get(start..i).unwrap_or("");
        let junk = |c: char| c.is_whitespace() || matches!(c, '"' | '“' | '”' | '.' | ',');
        let lead = slice.len() - slice.trim_start_matches(junk).len();
        let kept = slice.trim_start_matches(junk).trim_end_matches(junk).len();
        if kept > 3 {
            out.push(start + lead..start + lead + kept);
        }
        start = i + 1;
    }
    out
}

/// A timeline that people wrote: its moments, what was noticed first, and the change before that.
fn narrative(
    evidence: &Evidence,
    scope: &Scope,
    book: &mut Casebook,
    source: SourceId,
    all: &[Row],
    knowledge: &Knowledge,
) {
    if all.is_empty() {
        return concluded(evidence, scope, book, source, all);
    }
    let next_days = dating::midnights(all);
    let day = |r: &Row| next_days.iter().filter(|start| **start <= r.what.start).count();
    let earlier = |a: &Row, b: &Row| match day(a).cmp(&day(b)) {
        // a quoted line may state its day among rows that state none
        std::cmp::Ordering::Equal => a.at.order(&b.at).map_or(a.at.time() < b.at.time(), std::cmp::Ordering::is_lt),
        other => other.is_lt(),
    };
    let alert = all
        .iter()
        .filter(|r| kind_of_row(text_of(evidence, source, r), false) == RowKind::Alert)
        .reduce(|best, r| if earlier(r, best) { r } else { best });
    let mut rows: Vec<(&Row, RowKind)> = Vec::new();
    for row in all {
        let deploy = in_deploy(evidence, scope, source, row.what.start);
        let reacting = alert.is_some_and(|a| !earlier(row, a) && row.what != a.what);
        let kind = if deploy { RowKind::Change } else { kind_of_row(text_of(evidence, source, row), reacting) };
        rows.push((row, kind));
        let what = evidence.cite(Span::new(source, row.what.clone()));
        let service = naming::names_in(&what.quote).into_iter().map(|(n, _)| n).find(|n| is_known(book, n));
        // a row under a heading has its time from there
        let dated = row.dated.clone().map(|r| evidence.cite(Span::new(source, r)));
        let text = without_links(&what.quote.replace("**", "")).split_whitespace().collect::<Vec<_>>().join(" ");
        let cited = std::iter::once(what).chain(dated).collect();
        book.moments.push(Moment { at: row.at, service, kind, what: Claim::quoted(text, cited) });
    }
    let claim = |row: &Row| {
        Claim::quoted(text_of(evidence, source, row), vec![evidence.cite(Span::new(source, row.what.clone()))])
    };
    if let Some(first) = alert.filter(|_| book.detected.is_none()) {
        book.detected = Some((first.at, claim(first)));
    }
    // where nobody tells of a notice, what is not later than the first symptom is early
    let first_symptom = rows.iter().find(|(_, k)| *k == RowKind::Symptom).map(|(r, _)| *r);
    let before_alert = |r: &Row| match (alert, first_symptom) {
        (Some(a), _) => earlier(r, a) || (r.at == a.at && r.what.start <= a.what.start),
        (None, Some(s)) => !earlier(s, r),
        (None, None) => true,
    };
    let judged: Vec<story::began::Row<'_>> = rows
        .iter()
        .map(|(r, kind)| story::began::Row { text: text_of(evidence, source, r), kind: *kind, early: before_alert(r) })
        .collect();
    let harm = story::began::tells_of_harm(&judged);
    let telling = story::began(&judged).filter(|_| harm);
    let Some(cause) = telling.as_ref().and_then(|t| rows.get(t.row)).map(|(r, _)| *r).or(first_symptom) else {
        return concluded(evidence, scope, book, source, all);
    };
    let stated = rows.iter().any(|(r, k)| *k == RowKind::Cause && r.what == cause.what);
    let began = telling.is_some();
    if let Some(seen) = rows.iter().find(|(r, k)| {
        matches!(k, RowKind::Symptom | RowKind::Alert) && r.at.order(&cause.at).is_some() && !earlier(r, cause)
    }) && book.onset.is_none()
    {
        book.onset = Some((seen.0.at, claim(seen.0)));
    }
    let whole = |r: &Row| Span::new(source, r.what.clone());
    let plain_change = match telling {
        Some(t) if t.told.is_some() => {
            story_findings::blame_told(evidence, scope, book, whole(cause), cause.at, t);
            false
        }
        other => other.is_some() && !stated,
    };
    let reasons = rows.iter().filter(|(r, k)| r.what != cause.what && *k != RowKind::Recovery);
    let remarks = remarks(evidence, scope, source, all).into_iter().map(|span| (span, None));
    let reasons = reasons.map(|(row, _)| (whole(row), Some(row.at))).chain(remarks).collect();
    story_findings::explained(evidence, book, reasons);
    if plain_change {
        blame_change(evidence, scope, book, whole(cause), cause.at, knowledge);
    }
    for (row, kind) in rows.iter().filter(|(r, _)| !before_alert(r)) {
        if matches!(kind, RowKind::Action | RowKind::Recovery) {
            story_findings::answered(book, whole(row));
        }
    }
    let told =
        |(r, kind): &(&Row, RowKind)| account::Told { span: whole(r), at: r.at, kind: *kind, early: before_alert(r) };
    let told: Vec<account::Told> = rows.iter().map(told).collect();
    account::weigh(evidence, scope, book, source, &told);
    if scope.focus.is_empty() && all.len() > 1 {
        one_subject_each(evidence, book, source);
    }
    dating::date_undated(book, cause.at, whole(cause));
    account::date(evidence, book, source, &told, began.then(|| (cause.at, whole(cause))));
}

/// True for a name that something else shows to be a thing: hyphens alone make `re-run` no service.
fn is_known(book: &Casebook, name: &str) -> bool {
    book.services.keys().any(|known| known.eq_ignore_ascii_case(name))
        || book.findings.iter().any(|f| f.subject.eq_ignore_ascii_case(name))
        || naming::node_in(name).is_some()
}

/// What people conclude in a text that tells no story of rows: nobody's log stands in it, and no cluster.
fn concluded(evidence: &Evidence, scope: &Scope, book: &mut Casebook, source: SourceId, all: &[Row]) {
    let logged = evidence.lines().any(|(id, line)| id == source && line.level.is_some());
    if logged || !book.cluster.pods.is_empty() {
        return;
    }
    let reason = |text: &str| story::conclusion::concluded_from(text).is_some() || story::began::is_plain(text);
    let reasons = remarks(evidence, scope, source, all).into_iter().filter(|span| reason(evidence.slice(*span)));
    story_findings::explained(evidence, book, reasons.map(|span| (span, None)).collect());
    account::weigh(evidence, scope, book, source, &[]);
}

/// The service that the cited line gives as its own.
fn signer<'e>(evidence: &'e Evidence, c: &crate::domain::Citation) -> Option<&'e str> {
    let line = evidence.line_of(c)?;
    line.service.as_deref()
}

/// A story names one thing in several ways; its sentences about one fault are about the weightiest subject.
fn one_subject_each(evidence: &Evidence, book: &mut Casebook, source: SourceId) {
    // what a program says under its own name is said of nobody else
    let signed =
        |f: &Finding| f.claim.citations.first().is_some_and(|c| signer(evidence, c).is_some_and(|s| s == f.subject));
    let told = |f: &Finding| f.claim.citations.iter().any(|c| c.source == source) && !signed(f);
    let mut sums: std::collections::BTreeMap<(String, String), f64> = std::collections::BTreeMap::new();
    for f in book.findings.iter().filter(|f| told(f)) {
        *sums.entry((f.playbook.clone(), f.subject.clone())).or_default() += f.weight;
    }
    for f in book.findings.iter_mut().filter(|f| told(f)) {
        let of_playbook = sums.iter().filter(|((p, _), _)| *p == f.playbook);
        if let Some(((_, subject), _)) = of_playbook.max_by(|a, b| a.1.total_cmp(b.1)) {
            subject.clone_into(&mut f.subject);
            f.subject_kind = naming::kind_of(subject);
        }
    }
}

/// The change before the first notice bears on what its own words name, else on a faulty release.
fn blame_change(evidence: &Evidence, scope: &Scope, book: &mut Casebook, span: Span, at: Stamp, knowledge: &Knowledge) {
    const OF_CHANGES: &[&str] = &[
        "bad_deploy.",
        "human_error.",
        "config_error.",
        "feature_flag.",
        "cloud_provider.",
        "version_",
        "expired_",
        "permission_",
        "invalid_cred",
        "missing_",
    ];
    let text = evidence.slice(span);
    let inside = |f: &Finding| {
        f.claim.citations.iter().any(|c| c.source == span.source && c.start < span.end && span.start < c.end)
    };
    let named = book
        .findings
        .iter()
        .filter(|f| inside(f) && f.weight > 0.0 && OF_CHANGES.iter().any(|p| f.playbook.starts_with(p)))
        // how it was changed says more than that a person did it
        .max_by(|a, b| {
            let by_hand = |f: &Finding| f.playbook.starts_with("human_error.");
            by_hand(b).cmp(&by_hand(a)).then(a.weight.total_cmp(&b.weight))
        })
        .map(|f| (f.subject.clone(), f.playbook.clone()));
    // what is given as the reason afterwards, of what was changed here
    let explains = |f: &&Finding| {
        f.tool == TOOL.name
            && f.bearing == Bearing::Stated
            && !f.subject.is_empty()
            && naming::mentions(text, &f.subject)
    };
    let explained = book.findings.iter().filter(explains).max_by(|a, b| a.weight.total_cmp(&b.weight));
    let named = named.or(explained.map(|f| (f.subject.clone(), f.playbook.clone())));
    const INFRA: &[&str] = &[
        "terraform",
        "pipeline",
        "balancer",
        "ingress",
        "controller",
        "node",
        "certificate",
        "helm",
        "subnet",
        "route",
        "template",
        "autoscal",
    ];
    let lower = text.to_lowercase();
    let general =
        if INFRA.iter().any(|w| lower.contains(w)) { "bad_deploy.infrastructure" } else { "bad_deploy.regression" };
    let Some(subject) = named
        .as_ref()
        .map(|(s, _)| s.clone())
        .or_else(|| acted_on(text))
        .or_else(|| story::thing_in(text))
        .or_else(|| scope.first_focus().map(str::to_owned))
    else {
        return;
    };
    let playbook = named.map_or_else(|| general.to_owned(), |(_, p)| p);
    if !knowledge.playbooks.contains_key(&playbook) {
        return;
    }
    let cited = evidence.cite(span);
    book.changes.push(Change::told(Some(at), subject.clone(), cited.clone()));
    book.findings.push(Finding {
        tool: TOOL.name,
        subject_kind: naming::kind_of(&subject),
        subject,
        playbook,
        bearing: Bearing::Change,
        weight: 2.2,
        mechanism: format!("“{}”", cited.quote),
        claim: Claim::quoted(format!("The last change before it was noticed: “{}”", cited.quote), vec![cited]),
        at: Some(at),
    });
}

/// Where nobody stated it: symptoms began no later than the first dated finding of what is named most.
fn onset_from_findings(book: &mut Casebook) {
    if book.onset.is_some() {
        return;
    }
    let mut sums: std::collections::BTreeMap<(&str, &str), f64> = std::collections::BTreeMap::new();
    for f in &book.findings {
        *sums.entry((&f.subject, &f.playbook)).or_default() += f.weight;
    }
    let Some(((subject, playbook), _)) = sums.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)) else { return };
    let earliest = |about: &dyn Fn(&Finding) -> bool| {
        let dated = book.findings.iter().filter(|f| about(f) && f.bearing != Bearing::Change);
        let dated = dated.filter_map(|f| Some((f.at?, f.claim.clone())));
        dated.min_by_key(|(at, _)| at.sort_key())
    };
    // what leads may be a state, which has no time, while another finding about the same thing has one
    let first = earliest(&|f| f.subject == subject && f.playbook == playbook)
        .or_else(|| earliest(&|f| f.subject == subject && f.weight >= DATES));
    book.onset = first;
}

/// From this weight on, a finding about what leads dates its onset where the leading one has no time.
const DATES: f64 = 1.0;
