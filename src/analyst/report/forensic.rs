//! Patient zero, trigger and time to detect: told only where the stamps allow it, each with the
//! reason when they do not.

use std::cmp::Ordering;

use super::material::Material;
use super::whys::difference;
use super::wording::sentence;
use crate::analyst::casebook::{Bearing, Change, Finding};
use crate::analyst::grounding::stems::{shared, stems};
use crate::analyst::timeline::kind_of_row;
use crate::domain::report::{FirstCause, Propagation, RowKind, TimeToDetect, TimelineRow, Trigger};
use crate::domain::{Claim, Hypothesis, Stamp, Verdict};

/// What a state told sooner than a log by this much began sooner, in seconds.
const SOONER_S: f64 = 60.0;
/// A failing call to what leads is of its trouble where it came before it by no more than this, in seconds.
const SAME_TROUBLE_S: f64 = 300.0;

/// The first cause, or why none is named: what logs and people date, and what a cluster's state does.
pub fn first_cause(m: &Material<'_>, path: &[Propagation]) -> Result<FirstCause, String> {
    if let Some(ended) = m.top().and_then(|h| super::expired::first(m, h)) {
        return Ok(ended);
    }
    let dated = dated_first(m).map(|first| failed_before(m, path, &first).unwrap_or(first));
    let state = m.top().and_then(|h| super::since::first(m, h)).filter(|(c, _)| !after_onset(m, &c.at));
    match (dated, state) {
        // a log in another clock than the cluster's has no order with it: the state's own time stands
        (Ok(told), Some((shown, true))) if told.at.seconds_since(&shown.at).is_none_or(|s| s > SOONER_S) => Ok(shown),
        (Err(_), Some((shown, _))) => Ok(shown),
        (Err(why), None) => own_end(m).ok_or(why),
        (dated, _) => dated,
    }
}

/// The first of its containers' ends that is dated, where nothing is known to have gone wrong before it.
fn own_end(m: &Material<'_>) -> Option<FirstCause> {
    let top = m.top()?;
    let own = |r: &&TimelineRow| r.service.as_deref() == Some(top.subject.as_str()) && super::again::is_end(r);
    let first = m.rows.iter().filter(own).min_by_key(|r| r.at.sort_key())?;
    let sooner = |r: &TimelineRow| r.kind == RowKind::Symptom && r.at.order(&first.at) == Some(Ordering::Less);
    (!m.rows.iter().any(sooner)).then(|| FirstCause { at: first.at, what: first.what.clone() })
}

/// What leads fails its callers before it says so itself: their first failing call, where that was so shortly
/// before that it is of the same trouble. What a change brought began with the change.
fn failed_before(m: &Material<'_>, path: &[Propagation], first: &FirstCause) -> Option<FirstCause> {
    let top = m.top()?;
    let changed =
        |c: &Change| first.what.citations.iter().any(|at| at.source == c.citation.source && at.line == c.citation.line);
    if m.changes.iter().any(changed) {
        return None;
    }
    let dated = path.iter().filter(|p| p.from == top.subject).filter_map(|p| {
        let at = p.observed.citations.iter().find_map(|c| m.line(c)?.stamp)?;
        let before = first.at.seconds_since(&at)?;
        (before > 0.0 && before <= SAME_TROUBLE_S).then(|| FirstCause { at, what: p.observed.clone() })
    });
    dated.reduce(|a, b| if b.at.order(&a.at) == Some(Ordering::Less) { b } else { a })
}

fn after_onset(m: &Material<'_>, at: &Stamp) -> bool {
    m.onset.as_ref().is_some_and(|(onset, _)| at.order(onset) == Some(Ordering::Greater))
}

/// The first that carries a time of its own.
fn dated_first(m: &Material<'_>) -> Result<FirstCause, String> {
    let Some(h) = m.top() else { return Err("no hypothesis stands".into()) };
    if crate::analyst::grounding::is_unordered(m.evidence) {
        return Err("all stamps are equal or a few milliseconds apart, so nothing can be said to be first".into());
    }
    let (windows, candidates): (Vec<_>, Vec<_>) =
        candidates(m, h).into_iter().partition(|(at, _)| m.book.windows.contains(at));
    let Some(first) = earliest(&candidates) else {
        if let Some(change) = only_change(m) {
            return Ok(change);
        }
        if !windows.is_empty() {
            return Err("the monitor states the time that it looked at, and not when in it the trouble began".into());
        }
        return Err(format!("nothing dated shows when the trouble of {} began", h.subject));
    };
    if after_onset(m, &first.0) {
        return Err(format!("what bears on {} is dated after the first symptom", h.subject));
    }
    if let Some(rival) = rival_at_the_same_time(m, h, first) {
        return Err(format!("{} and {rival} carry the same time, so their order is not known", h.subject));
    }
    let (mut at, mut what) = (first.0, first.1.clone());
    for row in m.rows.iter().filter(|r| r.kind == RowKind::Symptom) {
        // a symptom of the same thing or on the same line that is dated earlier was first
        let own = row.service.as_deref() == Some(h.subject.as_str());
        let same_line =
            row.what.citations.iter().any(|a| what.citations.iter().any(|b| a.source == b.source && a.line == b.line));
        let looked_at = m.book.windows.contains(&row.at);
        if (own || same_line) && !looked_at && row.at.order(&at) == Some(Ordering::Less) {
            (at, what) = (row.at, row.what.clone());
        }
    }
    let what = super::dated::claim(m.evidence, m.book, &at, Some(&h.subject), &what);
    Ok(FirstCause { at, what: bare(noted_elsewhen(m, &at, &what).unwrap_or(what)) })
}

/// What happened, without how it was come upon: `A change of it before the first symptom: “…”`.
fn bare(what: Claim) -> Claim {
    const LEADS: [&str; 3] = ["A change of ", "The last change before it was noticed", "It began with this"];
    match what.text.split_once(": “") {
        Some((lead, said)) if LEADS.iter().any(|l| lead.starts_with(l)) => Claim { text: format!("“{said}"), ..what },
        _ => what,
    }
}

/// Where neither the claim's own line nor a row on it has this time, the row that stands at this one: a
/// time and the words beside it are of one row.
fn noted_elsewhen(m: &Material<'_>, at: &Stamp, what: &Claim) -> Option<Claim> {
    let tells = |row: &TimelineRow| {
        let places = || row.what.citations.first();
        what.citations.iter().any(|c| places().is_some_and(|r| r.source == c.source && r.line == c.line))
    };
    // its own line says this time, or a row of this time stands on it
    let dated = what.citations.iter().any(|c| m.line(c).is_some_and(|l| l.stamp == Some(*at)));
    if dated || m.rows.iter().any(|row| tells(row) && row.at == *at) {
        return None;
    }
    let story = |row: &&TimelineRow| matches!(row.kind, RowKind::Symptom | RowKind::Cause | RowKind::Change);
    m.rows.iter().filter(|row| row.at == *at).find(story).map(|row| row.what.clone())
}

/// Where nothing of the subject carries a time: the one change that stands before the first symptom.
fn only_change(m: &Material<'_>) -> Option<FirstCause> {
    let first = only_change_finding(m)?;
    Some(FirstCause { at: first.at?, what: bare(first.claim.clone()) })
}

fn only_change_finding<'m>(m: &'m Material<'_>) -> Option<&'m Finding> {
    let mut changes = m.book.findings.iter().filter(|f| f.bearing == Bearing::Change && f.at.is_some());
    let first = changes.next().filter(|_| changes.next().is_none())?;
    let early = |at: Stamp| m.onset.as_ref().is_some_and(|(onset, _)| at.order(onset) == Some(Ordering::Less));
    first.at.is_some_and(early).then_some(first)
}

/// Everything dated that bears on the hypothesis's subject as a cause.
fn candidates<'m>(m: &Material<'m>, h: &Hypothesis) -> Vec<(Stamp, Claim)> {
    let mut out: Vec<(Stamp, Claim)> = Vec::new();
    for f in findings_of(m, h) {
        if let Some(at) = f.at {
            out.push((at, f.claim.clone()));
        }
    }
    for change in m.changes_of(&h.subject) {
        if let Some(at) = change.at {
            out.push((at, Claim::quoted(sentence(&change.what), vec![change.citation.clone()])));
        }
    }
    // nothing dated says when what leads began: then only what it rests on or what speaks of the same thing
    // is its first sign
    let undated = out.is_empty();
    let told = stems(&without(&h.statement, &h.subject));
    let rests = |row: &TimelineRow, on: &[Claim]| {
        let on = || on.iter().flat_map(|c| &c.citations);
        row.what.citations.iter().any(|head| on().any(|c| super::background::is_of_entry(m.evidence, c, head)))
    };
    for row in m.rows.iter().filter(|r| matches!(r.kind, RowKind::Change | RowKind::Cause | RowKind::Symptom)) {
        let own = row.service.as_deref() == Some(h.subject.as_str());
        let of_it = || rests(row, &h.supporting) || shared(&stems(&without(&row.what.text, &h.subject)), &told) > 0;
        // the first abnormal thing of the subject may be a symptom: nothing of it may be dated earlier
        let sign = own && (!undated || row.kind != RowKind::Symptom || of_it());
        if sign || undated && rests(row, h.supporting.get(..1).unwrap_or(&[])) {
            out.push((row.at, row.what.clone()));
        }
    }
    out
}

/// The text without a name, whose parts would be found in every other text that names it.
fn without(text: &str, name: &str) -> String {
    text.replace(name, " ")
}

fn findings_of<'m>(m: &Material<'m>, h: &Hypothesis) -> impl Iterator<Item = &'m Finding> {
    let (subject, playbook) = (h.subject.clone(), h.playbook.clone());
    m.book
        .findings
        .iter()
        .filter(move |f| f.subject == subject && f.playbook == playbook && f.bearing != Bearing::Against)
}

/// The earliest of those stamps that can be compared with each other; among stamps of different
/// sorts the sort that most of them have.
fn earliest(candidates: &[(Stamp, Claim)]) -> Option<&(Stamp, Claim)> {
    let comparable = |a: &Stamp| candidates.iter().filter(|(b, _)| a.order(b).is_some()).count();
    let most = candidates.iter().map(|(s, _)| comparable(s)).max()?;
    let in_order = candidates.iter().filter(|(s, _)| comparable(s) == most);
    in_order.reduce(|best, c| if c.0.order(&best.0) == Some(Ordering::Less) { c } else { best })
}

/// Another subject's cause with the very same stamp: then nobody can tell which was first.
fn rival_at_the_same_time(m: &Material<'_>, h: &Hypothesis, (at, what): &(Stamp, Claim)) -> Option<String> {
    // a report of a monitor dates all that it saw alike
    let undated = findings_of(m, h).all(|f| f.at.is_none());
    let symptom = |r: &&TimelineRow| r.kind == RowKind::Symptom && near(&r.at, at) && r.what.text != what.text;
    let other = |r: &TimelineRow| {
        let other = m.hypotheses.iter().filter(|o| o.subject != h.subject && o.verdict != Verdict::RuledOut);
        other.map(|o| &o.subject).find(|subject| r.service.as_ref() == Some(*subject)).cloned()
    };
    if let Some(other) = m.rows.iter().filter(|_| undated).filter(symptom).find_map(other) {
        return Some(other);
    }
    let others = m.hypotheses.iter().filter(|o| o.subject != h.subject);
    for other in others {
        // one row that bears on two subjects is no rival to itself
        let own_row = |f: &Finding| {
            let mut rows = findings_of(m, h).flat_map(|o| &o.claim.citations).chain(&what.citations);
            rows.any(|o| f.claim.citations.iter().any(|c| o.source == c.source && o.line == c.line))
        };
        let stamps = m
            .book
            .findings
            .iter()
            .filter(|f| f.subject == other.subject && f.playbook == other.playbook && !own_row(f));
        if stamps.filter_map(|f| f.at).any(|s| near(&s, at)) {
            return Some(other.subject.clone());
        }
    }
    None
}

/// Stamps this close were most likely made by one writer at one go; no order is claimed from them.
const UNORDERED_WITHIN_S: f64 = 0.005;

fn near(a: &Stamp, b: &Stamp) -> bool {
    a.seconds_since(b).is_some_and(|s| s.abs() <= UNORDERED_WITHIN_S)
}

/// What set it off: the latest change of the subject before the onset, as sure as the hypothesis; one of which
/// nobody knows that it came first, and what somebody puts before it, is at most even.
pub fn trigger(m: &Material<'_>) -> Option<Trigger> {
    let h = m.top()?;
    if let Some((change, first)) = likeliest(m, h) {
        let confidence = if first { h.confidence } else { h.confidence.min(UNORDERED) };
        let how = if first && h.confidence >= LIKELY { "Most likely" } else { "Possibly" };
        let text = sentence(&format!("{how} set off by a change: {}", change.what));
        return Some(Trigger { what: Claim::inferred(text, vec![change.citation.clone()]), confidence });
    }
    let stated =
        findings_of(m, h).find(|f| f.bearing == Bearing::Change && !f.at.is_some_and(|at| after_onset(m, &at)));
    if let Some(stated) = stated {
        return Some(Trigger { what: stated.claim.clone(), confidence: h.confidence });
    }
    if let Some(trigger) = super::set_off::named(m, h).or_else(|| super::set_off::beside(m, h)) {
        return Some(trigger);
    }
    let confidence = h.confidence.min(UNORDERED);
    let of: Vec<&str> = std::iter::once(h.subject.as_str()).chain(m.request.service.as_deref()).collect();
    if let Some(what) = super::followed::followed(m.evidence, &of) {
        return Some(Trigger { what, confidence });
    }
    // the change that stands as the first of all, of something that what leads calls or is called by
    let joined = |f: &&Finding| {
        let ends = [f.subject.as_str(), h.subject.as_str()];
        let of =
            |e: &crate::analyst::casebook::Edge| ends == [&*e.caller, &*e.callee] || ends == [&*e.callee, &*e.caller];
        ends[0] == ends[1] || m.book.edges.iter().any(of)
    };
    let only = only_change_finding(m).filter(joined).map(|f| Trigger { what: bare(f.claim.clone()), confidence });
    let applied = || super::applied::together(m, h).map(|what| Trigger { what, confidence });
    only.or_else(|| super::set_off::supposed(m))
        .or_else(|| super::whys::cordoned(m, h).map(|what| Trigger { what, confidence }))
        .or_else(applied)
}

/// The change that most likely set it off, and whether it is known to have come before the first symptom.
fn likeliest<'m>(m: &'m Material<'_>, h: &Hypothesis) -> Option<(&'m Change, bool)> {
    // where no symptom is dated, the first notice is what it has to stand before
    let onset = m.onset.as_ref().or(m.detected.as_ref()).map(|(at, _)| at);
    let order = |c: &Change| c.at.zip(onset).and_then(|(at, onset)| at.order(onset));
    let evidence: Vec<&str> = h.supporting.iter().map(|c| c.text.as_str()).collect();
    let told = stems(&format!("{} {}", h.statement, evidence.join(" ")));
    let bearing = |c: &Change| shared(&stems(&c.what), &told);
    let rank = |c: &Change| (order(c) == Some(Ordering::Less), c.at.is_some());
    // what only shows that something is wrong was changed by nobody
    let symptom = |c: &Change| kind_of_row(&c.what, false) == RowKind::Symptom;
    let before = m.changes_of(&h.subject).into_iter().filter(|c| order(c) != Some(Ordering::Greater) && !symptom(c));
    let change = before.reduce(|best, c| {
        let later = c.at.zip(best.at).is_some_and(|(a, b)| a.order(&b) == Some(Ordering::Greater));
        let nearer = later || c.at == best.at && bearing(c) > bearing(best);
        if rank(c) > rank(best) || rank(c) == rank(best) && nearer { c } else { best }
    })?;
    Some((change, rank(change).0))
}

/// From this confidence on what set it off is told as likely.
const LIKELY: f64 = 0.8;

/// The most that a change is believed to have set it off which nobody has put in order with it.
const UNORDERED: f64 = 0.5;

/// From the first symptom to the first notice, with both stamps in the formula; else nothing.
pub fn time_to_detect(m: &Material<'_>) -> Option<TimeToDetect> {
    let (onset, began) = m.onset.as_ref()?;
    let (noticed, seen) = m.detected.as_ref()?;
    let seconds = noticed.seconds_since(onset)?;
    if seconds <= 0.0 {
        return None;
    }
    let formula = difference(m, onset, noticed, seconds);
    let citations = super::material::citations([began, seen], 4);
    Some(TimeToDetect { seconds, formula, citations })
}

/// Where no symptom is dated before the notice: from the first cause to it.
pub fn since_cause(m: &Material<'_>, first: &FirstCause) -> Option<TimeToDetect> {
    let (noticed, seen) = m.detected.as_ref()?;
    let seconds = noticed.seconds_since(&first.at).filter(|s| *s > 0.0)?;
    let formula = difference(m, &first.at, noticed, seconds);
    let citations = super::material::citations([&first.what, seen], 4);
    Some(TimeToDetect { seconds, formula, citations })
}
