//! What a template can say: the report and the journal's facts as escaped Markdown strings.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use regex::Regex;
use serde::Serialize;

use super::{Done, Facts};
use crate::analyst::grounding::prose::is_command;
use crate::analyst::messages::Messages;
use crate::analyst::report::markdown::{beside, code, escape, mark, marked, place, quote};
use crate::analyst::report::wording::{duration, fragment, moment, sentence, time_among};
use crate::domain::report::{Conclusion, Health, RowKind, TimelineRow};
use crate::domain::{Claim, Hypothesis, Report, Stamp, Support, Verdict};

#[derive(Serialize, Default)]
pub struct Sheet {
    title: String,
    status: String,
    authors: String,
    roles: Vec<String>,
    updates: Vec<String>,
    date: String,
    zone: String,
    severity: String,
    summary: String,
    impact: Vec<String>,
    services: Vec<String>,
    timeline: Vec<Row>,
    contributing: Vec<String>,
    trigger: String,
    changes: String,
    root_cause: String,
    confidence: String,
    alternatives: Vec<String>,
    ruled_out: Vec<String>,
    patient_zero: String,
    detection: Vec<String>,
    response: Vec<String>,
    notes: Vec<String>,
    suggested: Vec<Step>,
    resolution: Vec<String>,
    poorly: Vec<String>,
    whys: Vec<Why>,
    systemic: String,
    counterfactual: String,
    actions: Vec<Action>,
    evidence: Vec<String>,
    glossary: Vec<String>,
    notices: Vec<String>,
}

#[derive(Serialize)]
struct Row {
    at: String,
    service: String,
    what: String,
    mark: String,
}

#[derive(Serialize)]
struct Step {
    action: String,
    command: String,
    risk: String,
    rollback: String,
    effect: String,
}

#[derive(Serialize)]
struct Why {
    question: String,
    answer: String,
}

#[derive(Serialize)]
struct Action {
    #[serde(rename = "type")]
    kind: String,
    what: String,
    priority: String,
    owner: String,
}

/// Places a draft's evidence section quotes at most.
const MOST_EVIDENCE: usize = 20;

/// Our own words in the report's language.
fn say(report: &Report, key: &str, values: &[(&str, &str)]) -> String {
    Messages::ours().say(&report.engine.language, &format!("sheet.{key}"), values)
}

/// Everything a template may use.
pub fn sheet(report: &Report, facts: &Facts) -> Sheet {
    let calm = report.outcome == Conclusion::NoIncident;
    let top = report.hypotheses.iter().find(|h| h.verdict != Verdict::RuledOut && !calm);
    let no_cause = if calm { "no_incident" } else { "no_cause" };
    let mut out = Sheet {
        title: escape(&report.title),
        status: say(report, "status", &[]),
        authors: or_gap(&facts.people.join(", "), || say(report, "authors", &[])),
        date: or_gap(&facts.date.clone().or_else(|| date(report)).unwrap_or_default(), || say(report, "date", &[])),
        zone: zone(report),
        severity: severity(report),
        summary: marked(&report.summary),
        impact: report.customer_impact.iter().map(marked).collect(),
        services: services(report),
        timeline: timeline(report, facts),
        root_cause: top.map_or_else(|| say(report, no_cause, &[]), |h| escape(&sentence(&h.statement))),
        confidence: top.map_or_else(String::new, |h| confidence(report, h)),
        trigger: report.trigger.as_ref().map_or_else(|| say(report, "unknown", &[]), |t| marked(&t.what)),
        systemic: report.systemic_cause.as_ref().map(marked).unwrap_or_default(),
        counterfactual: report.counterfactual.as_ref().map(marked).unwrap_or_default(),
        roles: facts.roles.iter().map(|r| escape(r)).collect(),
        updates: updates(report, facts),
        notes: facts.notes.iter().map(|n| escape(n)).collect(),
        ..Sheet::default()
    };
    causes(&mut out, report, facts);
    people_did(&mut out, report, facts);
    lists(&mut out, report, &facts.done);
    out
}

fn causes(out: &mut Sheet, report: &Report, facts: &Facts) {
    let calm = report.outcome == Conclusion::NoIncident;
    let top = report.hypotheses.iter().position(|h| h.verdict != Verdict::RuledOut && !calm);
    for (i, h) in report.hypotheses.iter().enumerate() {
        let line = format!("{} (confidence {:.2})", escape(fragment(&h.statement)), h.confidence);
        if h.verdict == Verdict::RuledOut {
            out.ruled_out.push(line);
        } else if Some(i) != top && out.alternatives.len() < 3 {
            out.alternatives.push(line);
        }
    }
    out.ruled_out.extend(facts.judgements.iter().map(|j| escape(j)));
    out.patient_zero = match &report.first_cause {
        Some(first) => format!("{}: {}", time_among(&first.at, &report.timeline), marked(&first.what)),
        None => {
            let why = report
                .notices
                .iter()
                .find(|n| n.kind == crate::domain::NoticeKind::Other && starts_open(report, &n.what));
            let reason = |n: &crate::domain::Notice| match n.what.split_once([':', '：']) {
                Some((_, why)) => say(report, "not_named", &[("why", &escape(&sentence(why)))]),
                None => escape(&sentence(&n.what)),
            };
            why.map_or_else(|| say(report, "not_known", &[]), reason)
        }
    };
    if let Some(h) = top.and_then(|i| report.hypotheses.get(i)) {
        out.contributing = super::telling::factors(h).map(marked).collect();
    }
    out.changes = super::telling::changes(report).map(marked).unwrap_or_default();
    let found = report.notices.iter().filter(|n| n.kind == crate::domain::NoticeKind::Conflict);
    out.notices = found.map(|n| escape(&sentence(&n.what))).collect();
}

fn people_did(out: &mut Sheet, report: &Report, facts: &Facts) {
    let of = |kind: RowKind| report.timeline.iter().filter(move |r| r.kind == kind).map(|row| dated(report, row));
    let action = |r: &&TimelineRow| r.kind == RowKind::Action && !super::telling::began_it(report, r);
    out.response = report.timeline.iter().filter(action).map(|row| dated(report, row)).collect();
    out.response.extend(facts.actions.iter().chain(&facts.runs).map(|a| escape(a)));
    out.resolution = of(RowKind::Recovery).collect();
    out.resolution.extend(facts.done.iter().map(|d| {
        let (at, because) = (exact(d.at), sentence(&d.because));
        let told = [("at", &at), ("action", &d.action), ("by", &d.by), ("check", &d.check), ("because", &because)];
        escape(&say(report, "checked", &told.map(|(name, value)| (name, value.as_str()))))
    }));
    if let Some(t) = &report.time_to_detect {
        let (span, formula) = (duration(t.seconds), escape(&t.formula));
        out.detection.push(say(report, "noticed", &[("span", &span), ("formula", &formula)]));
    }
    out.detection.extend(of(RowKind::Alert).take(3));
    let late =
        report.whys.iter().filter(|w| w.answer.support == Support::Derived && super::telling::is_late(&w.answer));
    out.poorly = late.map(|w| marked(&super::telling::late(&w.answer))).collect();
}

fn lists(out: &mut Sheet, report: &Report, done: &[Done]) {
    out.suggested = super::telling::suggested(report)
        .filter(|m| !done.iter().any(|d| d.action == m.action))
        .map(|s| Step {
            action: escape(&s.action),
            command: s.command.as_deref().map(code).unwrap_or_default(),
            risk: escape(&s.risk),
            rollback: if is_command(&s.rollback) { code(&s.rollback) } else { escape(&s.rollback) },
            effect: s.effect.as_ref().map(marked).unwrap_or_default(),
        })
        .collect();
    out.whys = report
        .whys
        .iter()
        .map(|w| Why { question: escape(&w.question), answer: marked(&super::telling::short(&w.answer)) })
        .collect();
    let action = |f: &crate::domain::report::FollowUp| Action {
        kind: say(report, kind(&f.what), &[]),
        what: escape(&f.what),
        priority: escape(&f.priority),
        owner: escape(&f.owner_role),
    };
    out.actions = report.follow_ups.iter().map(action).collect();
    out.evidence =
        report.evidence.iter().take(MOST_EVIDENCE).map(|c| format!("{}: {}", place(c), quote(&c.quote))).collect();
    let mut formulas: Vec<String> = Vec::new();
    let effects = report.mitigation.iter().filter_map(|s| s.effect.as_ref());
    let derived = report.customer_impact.iter().chain(effects).chain(report.whys.iter().map(|w| &w.answer));
    for formula in derived.filter_map(|c| c.formula.as_ref()) {
        let line = code(formula);
        if !formulas.contains(&line) {
            formulas.push(line);
        }
    }
    if let Some(t) = &report.time_to_detect {
        formulas.push(say(report, "detect", &[("formula", &code(&t.formula))]));
    }
    out.glossary = formulas;
}

/// What an action item is for: to see it sooner, to be hit less, or that it does not happen again.
fn kind(what: &str) -> &'static str {
    let low = what.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| low.contains(w));
    if has(&[
        "alert",
        "monitor",
        "dashboard",
        "page ",
        "probe",
        "detect",
        "notice",
        "metric",
        "log ",
        "告警",
        "探测",
        "监控",
        "探针",
        "记录",
    ]) {
        "detect_kind"
    } else if has(&[
        "runbook",
        "rollback",
        "roll back",
        "automatic stop",
        "failover",
        "drain",
        "circuit",
        "shed",
        "degrade",
        "降级",
        "演练",
        "排空",
        "熔断",
    ]) {
        "mitigate"
    } else {
        "prevent"
    }
}

fn services(report: &Report) -> Vec<String> {
    let hit = report.services.iter().filter(|s| matches!(s.health, Health::Down | Health::Degraded));
    hit.map(|s| {
        let health = say(report, if s.health == Health::Down { "down" } else { "degraded" }, &[]);
        let impact =
            s.impact.as_ref().map(|c| say(report, "impact", &[("impact", &beside(&s.name, c))])).unwrap_or_default();
        say(report, "service", &[("service", &escape(&s.name)), ("health", &health), ("impact", &impact)])
    })
    .collect()
}

fn severity(report: &Report) -> String {
    let sheet = &report.severity;
    match sheet.level {
        Some(level) => {
            let cited = sheet.because.iter().flat_map(|c| c.citations.clone()).collect();
            let rests = mark(&Claim::inferred(String::new(), cited));
            let (policy, rule) = (escape(&sheet.policy), escape(&sentence(&sheet.rule)));
            let told = [("level", level.name()), ("policy", &policy), ("rule", &rule), ("rests", &rests)];
            say(report, "severity", &told).trim_end().into()
        }
        None => {
            let missing =
                if sheet.unknown.is_empty() { say(report, "the_facts", &[]) } else { sheet.unknown.join(", ") };
            say(report, "undecided", &[("missing", &escape(&missing))])
        }
    }
}

/// What the evidence dates, and what is known to have been done, in the order of their times.
fn timeline(report: &Report, facts: &Facts) -> Vec<Row> {
    let mut rows: Vec<(Option<DateTime<Utc>>, Row)> = report
        .timeline
        .iter()
        .filter(|r| super::telling::says_something(&r.what.text))
        .map(|r| (if let Stamp::Exact(at) = r.at { Some(at.to_utc()) } else { None }, row(r)))
        .collect();
    for d in &facts.done {
        let told = |at: DateTime<Utc>, what: String| {
            let mark = "journal".to_owned();
            (Some(at), Row { at: exact(at), service: String::new(), what: escape(&what), mark })
        };
        let ran =
            told(d.at, say(report, "mitigation", &[("by", &d.by), ("action", &d.action), ("command", &d.command)]));
        let seen =
            told(d.checked_at, say(report, "passed", &[("check", &d.check), ("because", &sentence(&d.because))]));
        for new in [ran, seen] {
            let place = rows.iter().position(|(at, _)| at.is_some_and(|at| Some(at) > new.0)).unwrap_or(rows.len());
            rows.insert(place, new);
        }
    }
    rows.into_iter().map(|(_, row)| row).collect()
}

/// What others were told, and when: as far as it was made here.
fn updates(report: &Report, facts: &Facts) -> Vec<String> {
    let told = |(at, due): &(DateTime<Utc>, DateTime<Utc>)| {
        escape(&sentence(&say(report, "update", &[("at", &exact(*at)), ("due", &exact(*due))])))
    };
    match facts.updates.as_slice() {
        [] => vec![say(report, "no_update", &[])],
        made => made.iter().map(told).collect(),
    }
}

fn exact(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn row(row: &TimelineRow) -> Row {
    Row {
        at: moment(&row.at),
        service: row.service.as_deref().map(escape).unwrap_or_default(),
        what: escape(crate::analyst::report::wording::without_subject(&row.what.text, row.service.as_deref())),
        mark: mark(&row.what),
    }
}

fn dated(report: &Report, row: &TimelineRow) -> String {
    format!("{}: {}", time_among(&row.at, &report.timeline), marked(&row.what))
}

fn or_gap(text: &str, gap: impl FnOnce() -> String) -> String {
    if text.trim().is_empty() { gap() } else { escape(text) }
}

/// True for the notice that says why no patient zero is named.
fn starts_open(report: &Report, what: &str) -> bool {
    let open = Messages::ours().say(&report.engine.language, "cause.no_patient_zero", &[("said", "")]);
    what.starts_with(open.trim_end_matches([' ', ':', '：']))
}

fn confidence(report: &Report, h: &Hypothesis) -> String {
    let language = &report.engine.language;
    let verdict = Messages::ours().say(language, &format!("verdict.{}", h.verdict.name().replace(' ', "_")), &[]);
    say(report, "confidence", &[("confidence", &format!("{:.2}", h.confidence)), ("verdict", &verdict)])
}

/// The day it began, where that is known; else the days that the timeline spans.
fn date(report: &Report) -> Option<String> {
    let day = |at: &Stamp| match at {
        Stamp::Exact(t) => Some(t.format("%Y-%m-%d").to_string()),
        Stamp::Local(t) => Some(t.format("%Y-%m-%d").to_string()),
        Stamp::Yearless(..) | Stamp::Clock(_) => None,
    };
    report.first_cause.as_ref().and_then(|f| day(&f.at)).or_else(|| {
        let days = || report.timeline.iter().filter_map(|r| day(&r.at));
        let (first, last) = (days().min()?, days().max()?);
        Some(if first == last { first } else { say(report, "days", &[("first", &first), ("last", &last)]) })
    })
}

static SAYS_UTC: LazyLock<Option<Regex>> =
    LazyLock::new(|| crate::domain::pattern::compile(r"\b\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?\s*(?:UTC|GMT|Z)\b").ok());

static OFFSET: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"\d{2}:\d{2}:\d{2}(?:\.\d+)? ?([+-]\d{2}:?\d{2})(?:[^\d:]|$)").ok()
});

/// The one zone other than UTC in which the rows' lines are written, as they write it: who looks for a time there
/// looks in that.
fn offset(report: &Report) -> Option<String> {
    let quotes = report.timeline.iter().flat_map(|r| &r.what.citations).map(|c| c.quote.as_str());
    let written = |quote| OFFSET.as_ref()?.captures(quote)?.get(1).map(|m| m.as_str().to_owned());
    let all: Vec<String> = quotes.filter_map(written).collect();
    let digits = |text: &str| text.replace(':', "");
    let first = all.first()?;
    let one = all.iter().all(|other| digits(other) == digits(first));
    (one && !digits(first).ends_with("0000")).then(|| first.clone())
}

/// `UTC` where the stamps or the cited lines say so.
fn zone(report: &Report) -> String {
    let exact = !report.timeline.is_empty() && report.timeline.iter().all(|r| matches!(r.at, Stamp::Exact(_)));
    let quotes = report.timeline.iter().flat_map(|r| &r.what.citations).chain(&report.evidence);
    let says = SAYS_UTC.as_ref().is_some_and(|p| quotes.into_iter().any(|c| p.is_match(&c.quote)));
    let some = report.timeline.iter().any(|r| matches!(r.at, Stamp::Exact(_)));
    // beside a time that states none, a zone that some line states is not all rows' zone
    match (exact, some, says, offset(report)) {
        (true, _, _, Some(written)) => say(report, "utc_of", &[("offset", &written)]),
        (true, ..) | (_, false, true, _) => "UTC".to_owned(),
        (_, true, _, Some(written)) => say(report, "some_zone_of", &[("offset", &written)]),
        (_, true, ..) => say(report, "some_zone", &[]),
        (_, false, false, _) => say(report, "no_zone", &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::report::{RowKind, TimelineRow};
    use crate::domain::{Citation, Claim, SourceId};

    fn zone_of(quotes: &[&str]) -> String {
        let mut report = crate::analyst::report::empty();
        for quote in quotes {
            let cited = Citation { source: SourceId(0), line: 1, start: 0, end: quote.len(), quote: (*quote).into() };
            let at = "2025-11-10T16:54:22Z".parse().unwrap();
            let what = Claim::quoted("x", vec![cited]);
            report.timeline.push(TimelineRow { at, service: None, what, kind: RowKind::Symptom });
        }
        zone(&report)
    }

    #[test]
    fn a_zone_in_which_the_lines_are_written_is_named_as_they_write_it() {
        assert_eq!(zone_of(&["Started: Tue, 11 Nov 2025 00:54:22 +0800"]), "UTC, which the evidence writes in +0800");
        assert_eq!(zone_of(&["2025-11-10T16:54:22Z down"]), "UTC");
        assert_eq!(zone_of(&["00:54:22 +0800", "02:54:22+10:00"]), "UTC", "two zones are none");
        assert_eq!(zone_of(&["from 10:00:00-12:00:00 it was down"]), "UTC", "a span of time is no zone");
    }
}
