//! What a whole account of people tells: what helped, what its writer concludes before what was merely
//! seen, whom nothing can be the fault of, and which row began what leads. It reads what the rows and
//! remarks came to; it reads no rows itself.

use std::collections::BTreeSet;

use crate::analyst::casebook::{Account, Bearing, Change, Finding};
use crate::analyst::scope::{BlockKind, Scope};
use crate::analyst::story::{self, began, components, conclusion, remedy};
use crate::analyst::{Casebook, causality, naming, timeline};
use crate::domain::report::RowKind;
use crate::domain::{Claim, Evidence, SourceId, Span, Stamp, SubjectKind};

use super::{about, correlate_timeline, log_signals, story_findings};

/// A row of the account, as it was judged.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    /// Its place.
    pub span: Span,
    /// Its time.
    pub at: Stamp,
    /// What it is.
    pub kind: RowKind,
    /// It stands before the first notice, or is it.
    pub early: bool,
}

/// What a step counts that helped against one kind of fault alone.
const HELPED: f64 = 1.3;
/// What is left of what was merely seen, where the writer concludes something else.
const SEEN: f64 = 0.5;
/// What is left of another fault of the same kind.
const ALIKE: f64 = 0.75;
/// Rows from which on a text tells a story: an alert with a note beside it is none.
const A_STORY: usize = 3;
/// Sentences from which on a fault is what the writer comes back to.
const OFTEN: usize = 3;
/// From this weight on, the row that began it tells it as plainly as a conclusion does.
const PLAIN: f64 = 3.2;
/// Rows after a step in which it shows whether it helped.
const AFTER: usize = 2;

/// The family of a playbook: what stands before the dot.
fn family(playbook: &str) -> &str {
    playbook.split('.').next().unwrap_or(playbook)
}

fn of_source(f: &Finding, source: SourceId) -> bool {
    !f.claim.citations.is_empty() && f.claim.citations.iter().all(|c| c.source == source)
}

/// Weighs what the account comes to as a whole.
pub fn weigh(evidence: &Evidence, scope: &Scope, book: &mut Casebook, source: SourceId, rows: &[Told]) {
    let Some(text) = evidence.sources.get(source.0 as usize).map(|s| &*s.text) else { return };
    let mut persons = naming::persons::persons_in(text);
    persons.retain(|name| !is_a_thing(evidence, book, name));
    of_things(book, source, text, &persons);
    of_stores(book, source, text);
    what_helped(evidence, book, source, rows);
    not_taken_over(book, source);
    conclusions_first(evidence, scope, book, source, rows.len());
}

/// A name that something else shows to be a thing's: a program logs under it, the cluster has it, somebody calls it.
fn is_a_thing(evidence: &Evidence, book: &Casebook, name: &str) -> bool {
    let same = |other: &str| other.eq_ignore_ascii_case(name);
    evidence.lines().any(|(_, l)| l.level.is_some() && l.service.as_deref().is_some_and(same))
        || book.cluster.pods_of(name).next().is_some()
        || book.cluster.service(name).is_some()
        || book.edges.iter().any(|e| same(&e.callee) || same(&e.caller))
}

/// A fault is of a thing: what was pinned on a person is of what the account names for that fault, else of
/// nobody.
fn of_things(book: &mut Casebook, source: SourceId, text: &str, persons: &BTreeSet<String>) {
    let is_person = |name: &str| !persons.is_empty() && persons.contains(&name.to_lowercase());
    let mut moved: Vec<(usize, Option<String>)> = Vec::new();
    for (i, f) in book.findings.iter().enumerate().filter(|(_, f)| of_source(f, source)) {
        let line = f.claim.citations.first().and_then(|c| host_above(text, c.start, &f.playbook));
        if let Some(host) = line.filter(|h| *h != f.subject) {
            moved.push((i, Some(host)));
            continue;
        }
        if !is_person(&f.subject) {
            continue;
        }
        let alike = book
            .findings
            .iter()
            .filter(|o| of_source(o, source) && family(&o.playbook) == family(&f.playbook) && !is_person(&o.subject));
        let same = alike.max_by(|a, b| a.weight.total_cmp(&b.weight)).map(|o| o.subject.clone());
        let said = || f.claim.citations.first().and_then(|c| components::component_in(&c.quote));
        let sort = || about::sort_of(&f.playbook, text);
        moved.push((i, same.or_else(said).or_else(sort).or_else(|| components::most_named(text))));
    }
    for (i, to) in &moved {
        let Some(f) = book.findings.get_mut(*i) else { continue };
        match to {
            Some(thing) => {
                f.subject_kind = naming::kind_of(thing);
                f.subject.clone_from(thing);
            }
            None => f.weight = 0.0,
        }
    }
    // what somebody changed is of what it was done to
    for c in book.changes.iter_mut().filter(|c| c.citation.source == source && is_person(&c.subject)) {
        let thing = timeline::acted_on(&c.what).filter(|n| !is_person(n));
        let thing = thing.or_else(|| components::component_in(&c.what)).or_else(|| components::most_named(text));
        c.subject = thing.unwrap_or_default();
    }
}

/// A replica that falls behind and a lock are a store's: what was pinned on who reads from it is of the store that
/// the account names, the one that most of the lines about it name.
fn of_stores(book: &mut Casebook, source: SourceId, text: &str) {
    const ABOUT: [(&str, &[&str]); 1] =
        [("replication_lag", &["replica", "standby", "replay", "behind", "secondary", "caught up", "lag"])];
    let is_store = |name: &str| naming::kind_of(name) == SubjectKind::Database;
    for (of, words) in ABOUT {
        let wrong = |f: &Finding| of_source(f, source) && family(&f.playbook) == of && !is_store(&f.subject);
        if !book.findings.iter().any(wrong) {
            continue;
        }
        let mut counts: Vec<(String, u32)> = Vec::new();
        for line in text.lines().filter(|l| words.iter().any(|w| l.contains(w))) {
            for (name, _) in naming::names_in(line).into_iter().filter(|(n, _)| n.contains('-') && is_store(n)) {
                match counts.iter_mut().find(|(n, _)| *n == name) {
                    Some((_, count)) => *count += 1,
                    None => counts.push((name, 1)),
                }
            }
        }
        let most = counts.iter().map(|(_, n)| *n).max();
        let Some((store, _)) = counts.into_iter().find(|(_, n)| Some(*n) == most) else { continue };
        for f in book.findings.iter_mut().filter(|f| wrong(f)) {
            f.subject.clone_from(&store);
            f.subject_kind = SubjectKind::Database;
        }
    }
}

/// `Lina logged in on nat-4, dmesg:` above lines of a kernel's: the host that they are of.
fn host_above(text: &str, at: usize, playbook: &str) -> Option<String> {
    const LINES: usize = 6;
    if !["kernel_limit", "memory_exhaustion", "storage_volume", "disk_full", "fd_exhaustion", "node_failure"]
        .contains(&family(playbook))
    {
        return None;
    }
    let start = text.get(..at)?.rfind('\n').map_or(0, |i| i + 1);
    let own = text.get(start..)?.lines().next()?;
    // what is pasted is set in, or has a kernel's stamp
    let pasted = own.starts_with("    ") || own.starts_with('\t') || own.trim_start().starts_with('[');
    let above = text.get(..start)?.lines().rev().take(LINES).find(|l| l.trim_end().ends_with(':'))?;
    let words = || above.split_whitespace().map(|w| w.trim_matches(|c: char| !c.is_alphanumeric()));
    let mut pairs = words().zip(words().skip(1));
    let named = pairs.find(|(on, name)| matches!(*on, "on" | "of" | "from" | "at") && name.contains(['-', '.']));
    let host = named.map(|(_, name)| name).filter(|name| pasted && naming::is_name(name))?;
    host.bytes().any(|b| b.is_ascii_digit()).then(|| host.to_owned())
}

/// What helped against one kind of fault alone, after the notice, says which it was.
fn what_helped(evidence: &Evidence, book: &mut Casebook, source: SourceId, rows: &[Told]) {
    let text = |r: &Told| evidence.slice(r.span);
    for (i, row) in rows.iter().enumerate().filter(|(_, r)| !r.early) {
        let after = rows.iter().skip(i + 1).take(AFTER).map(text);
        let Some(playbook) = remedy::helped(text(row), after) else { continue };
        // what did not last did not help
        if rows.iter().skip(i + 1).any(|r| remedy::goes_on(text(r))) {
            continue;
        }
        let alike = book.findings.iter().filter(|f| of_source(f, source) && family(&f.playbook) == family(playbook));
        let known = alike.filter(|f| f.weight > 0.0).max_by(|a, b| a.weight.total_cmp(&b.weight));
        let known = known.map(|f| (f.subject.clone(), f.playbook.clone()));
        let named = || story::phrase::name_in(text(row)).map(|name| (name, playbook.to_owned()));
        let Some((subject, playbook)) = known.or_else(named) else { continue };
        let cited = evidence.cite(row.span);
        let quote = cited.quote.clone();
        let claim = Claim::quoted(format!("What helped: “{quote}”"), vec![cited]);
        book.findings.push(Finding {
            tool: correlate_timeline::TOOL.name,
            subject_kind: naming::kind_of(&subject),
            subject,
            playbook,
            bearing: Bearing::Symptom,
            weight: HELPED,
            mechanism: String::new(),
            claim,
            at: None,
        });
        return;
    }
}

/// What is left of a lost host where the account tells of a standby that did not take over: hosts are lost, and
/// it is there for that.
const COVERED: f64 = 0.5;

fn not_taken_over(book: &mut Casebook, source: SourceId) {
    let told = |f: &Finding| f.tool == correlate_timeline::TOOL.name && of_source(f, source) && f.weight > 0.0;
    if !book.findings.iter().any(|f| told(f) && f.playbook.starts_with("failover.")) {
        return;
    }
    for f in book.findings.iter_mut().filter(|f| told(f) && f.playbook == "node_failure.host_lost") {
        f.weight *= COVERED;
    }
}

/// What the writer concludes goes before what was merely seen in the same account.
fn conclusions_first(evidence: &Evidence, scope: &Scope, book: &mut Casebook, source: SourceId, rows: usize) {
    let plain = |f: &Finding| {
        f.tool == correlate_timeline::TOOL.name
            && f.bearing == Bearing::Stated
            && of_source(f, source)
            && (concludes(&f.claim, &f.playbook)
                || (f.weight >= PLAIN && f.claim.text.starts_with(story_findings::BEGAN)))
    };
    let mut stated: BTreeSet<String> = book.findings.iter().filter(|f| plain(f)).map(|f| f.playbook.clone()).collect();
    if stated.is_empty() {
        // what the writer comes back to
        let told = |f: &&Finding| f.tool == correlate_timeline::TOOL.name && of_source(f, source);
        let often = |p: &str| book.findings.iter().filter(told).filter(|f| f.playbook == p).count() >= OFTEN;
        stated.extend(book.findings.iter().filter(told).map(|f| f.playbook.clone()).filter(|p| often(p)));
    }
    let families: BTreeSet<String> = stated.iter().map(|p| family(p).to_owned()).collect();
    let logged = evidence.lines().any(|(id, line)| id == source && line.level.is_some());
    if !logged && rows >= A_STORY && book.cluster.pods.is_empty() {
        book.accounts.push(Account { source, stated: families.clone() });
    }
    if stated.is_empty() {
        return;
    }
    let people = |f: &Finding| {
        f.claim.citations.iter().all(|c| {
            let Some(reading) = evidence.readings.get(c.source.0 as usize) else { return false };
            let index = reading.lines.partition_point(|l| l.start <= c.start).saturating_sub(1);
            let line = reading.lines.get(index);
            let kind = scope.block(c.source, index).map_or(BlockKind::Text, |b| b.kind);
            line.is_some_and(|l| l.level.is_none()) && matches!(kind, BlockKind::People | BlockKind::Text)
        })
    };
    let seen = [correlate_timeline::TOOL.name, log_signals::TOOL.name];
    for f in book.findings.iter_mut() {
        let other = seen.contains(&f.tool) && f.weight > 0.0 && !stated.contains(&f.playbook);
        if other && of_source(f, source) && people(f) {
            f.weight *= if families.contains(family(&f.playbook)) { ALIKE } else { SEEN };
        }
    }
}

/// True where a sentence of the claim concludes, and of this fault.
fn concludes(claim: &Claim, playbook: &str) -> bool {
    claim.citations.iter().flat_map(|c| c.quote.split_inclusive(". ")).any(|sentence| {
        conclusion::concluded_from(sentence).is_some()
            && began::reasoned(sentence).is_some_and(|(t, _)| family(t.playbook) == family(playbook))
    })
}

/// Where nothing dated speaks for what leads, the account's own first row does: a change of what that kind of
/// fault comes from, else the row that began it.
pub fn date(evidence: &Evidence, book: &mut Casebook, source: SourceId, rows: &[Told], cause: Option<(Stamp, Span)>) {
    let ranks = causality::ranking(book);
    let Some((subject, playbook, _)) = ranks.first().filter(|(_, _, w)| *w >= causality::WORTH).cloned() else {
        return;
    };
    let notice = rows.iter().filter(|r| r.early).map(|r| r.at).next_back();
    let of_it = |f: &&Finding| f.subject == subject && f.playbook == playbook && of_source(f, source);
    let mut own = book.findings.iter().filter(of_it).peekable();
    if own.peek().is_none() {
        return;
    }
    let in_time = |at: Stamp| notice.is_none_or(|n| at.order(&n) != Some(std::cmp::Ordering::Greater));
    if own.any(|f| f.at.is_some_and(in_time)) {
        return;
    }
    let tells = |r: &&Told| {
        let text = evidence.slice(r.span);
        let change = matches!(r.kind, RowKind::Change | RowKind::Cause) && story::began::works_on(&playbook, text);
        let same = || story::told::told(text).is_some_and(|t| family(t.playbook) == family(&playbook));
        r.early && (change || same()) && !remedy::was_in_vain(text)
    };
    let first = rows.iter().filter(tells).min_by_key(|r| r.at.sort_key());
    let Some((at, span)) = first.map(|r| (r.at, r.span)).or(cause) else { return };
    if book.changes.iter().any(|c| c.subject == subject && c.at == Some(at)) {
        return;
    }
    book.changes.push(Change::told(Some(at), subject, evidence.cite(span)));
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_replica_that_falls_behind_is_the_store_s_and_not_its_reader_s() {
        let text = "On Tuesday users of `fare-api` saw yesterday's fares.\n\n\
            10:02 fare-api: old fares. We had an alert for replica lag, and it was silent.\n\
            10:10 Replay on `fares-pg-2`, the standby that fare-api reads, is 40 minutes behind.\n\
            10:40 fares-pg-2 has caught up.\n";
        let report = crate::analyst::pasted::report_of(text);
        let first = report.hypotheses.first().map(|h| (h.playbook.as_str(), h.subject.as_str()));
        assert_eq!(first, Some(("replication_lag.replay", "fares-pg")));
    }
}
