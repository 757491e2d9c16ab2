//! The way from the casebook to the report: every section once, in the order in which later ones
//! need earlier ones.

use super::fill::Given;
use super::material::Material;
use super::prepared::Prepared;
use super::wording::is_focus;
use super::{
    aliases, answers, apart, checklist, declared, done, evidence, flapping, follow_ups, forensic, impact, lasted,
    neighbours, plan, postmortem, present, propagation, retracted, runs, services, summary, timeline, whys,
};
use crate::analyst::grounding::{conflicts, mark};
use crate::analyst::investigation::Request;
use crate::analyst::tools::kube_policies::NO_HINDRANCE;
use crate::analyst::tools::texts::own_errors::OF_ITS_OWN;
use crate::analyst::{Casebook, Knowledge, severity};
use crate::domain::report::{Conclusion, Draft, EngineLine, Health, TimelineRow};
use crate::domain::{Beside, Evidence, Hypothesis, Notice, NoticeKind, Report, Verdict};

/// The rule that an edge breaks which no line speaks of.
const UNOBSERVED: &str = "edge-not-observed";

/// The whole report. Its trail is empty (the investigation adds it).
pub fn assemble(
    (evidence, prepared): (&Evidence, &Prepared<'_>),
    request: &Request,
    casebook: &Casebook,
    (knowledge, beside): (&Knowledge, Beside),
    mut hypotheses: Vec<Hypothesis>,
    outcome: Conclusion,
) -> Report {
    let known = (casebook, knowledge);
    aliases::keep_what_fits(&mut hypotheses, evidence);
    apart::last(&mut hypotheses);
    hypotheses.iter_mut().for_each(|h| retracted::leave_out(h, evidence));
    hypotheses.iter_mut().for_each(|h| present::tell(h, evidence, &casebook.cluster));
    let given = Given::by(evidence, prepared, &casebook.cluster);
    let timeline = timeline::timeline(evidence, casebook, &hypotheses);
    let settling = settling(&Material::new(&given, request, known, &hypotheses, outcome, &timeline));
    for (h, id) in hypotheses.iter_mut().zip(settling) {
        h.settled_by = h.settled_by.take().or(id);
    }
    if outcome == Conclusion::NoIncident {
        // what was looked for and is over, or never was, is no proposal
        let proposed = hypotheses.iter_mut().filter(|h| h.verdict == Verdict::Proposed);
        proposed.for_each(|h| h.verdict = Verdict::Weakened);
    }
    let mut report = sections(&Material::new(&given, request, known, &hypotheses, outcome, &timeline), &timeline);
    if outcome == Conclusion::NoIncident {
        calm(&mut report);
    }
    report.hypotheses = with_reasons(hypotheses, casebook, evidence);
    report.evidence = evidence::evidence(&report, evidence);
    casebook.traced.iter().for_each(|calls| prepared.known.take_traced(calls));
    leave_out_guesses(&mut report, prepared, beside);
    knowledge.language.iter().for_each(|l| l.say_report(&mut report));
    // what was done is told as the timeline tells it, with its marks
    for row in &mut report.done {
        let told = report.timeline.iter().find(|r| r.at == row.at && r.what.citations == row.what.citations);
        told.into_iter().for_each(|r| row.what = r.what.clone());
    }
    report.postmortem.markdown = draft(&report, knowledge);
    report
}

/// The sections, without the hypotheses, the evidence and the draft.
fn sections(m: &Material<'_>, timeline: &[TimelineRow]) -> Report {
    let path = propagation::propagation(m);
    let mut rows = services::services(m, &path);
    let first = if m.top().is_some() { Some(forensic::first_cause(m, &path)) } else { None };
    let (first_cause, open) = match first {
        Some(Ok(first)) => (Some(first), None),
        Some(Err(why)) => (None, Some(why)),
        None => (None, None),
    };
    let customer_impact = impact::customer_impact(m, first_cause.as_ref(), &rows);
    let path = propagation::from_there(m, path, first_cause.as_ref());
    services::from_then(m, &mut rows, &path, first_cause.as_ref());
    let answered = answers::answers(m);
    answers::hit(&answered, &mut rows);
    let beside_it = services::take_apart(m, &mut rows);
    let since_symptom = forensic::time_to_detect(m);
    let whys = whys::whys(m, first_cause.as_ref(), since_symptom.as_ref());
    let time_to_detect = since_symptom.or_else(|| forensic::since_cause(m, first_cause.as_ref()?));
    let mut severity = severity::decide(&m.book.impacts, m.knowledge.policy());
    // the policy's level stands, and beside it the one that people gave
    severity.because.extend(declared::severity(m));
    Report {
        format: 1,
        outcome: m.outcome,
        title: summary::title(m),
        summary: summary::summary(m, &customer_impact),
        severity,
        hypotheses: Vec::new(),
        trigger: forensic::trigger(m),
        propagation: path,
        // nobody is hit by what is no incident
        blast_radius: if m.outcome == Conclusion::NoIncident { Vec::new() } else { services::blast_radius(m, &rows) },
        services: rows,
        timeline: timeline::timeline_with(timeline, first_cause.as_ref(), m.top()),
        checklist: checklist::checklist(m),
        mitigation: plan::mitigation(m),
        done: done::rows(m),
        systemic_cause: whys::systemic_cause(m),
        counterfactual: whys::counterfactual(m),
        follow_ups: follow_ups::follow_ups(m),
        notices: notices(m, open.as_deref()).into_iter().chain(apart::notice(m.hypotheses, &beside_it)).collect(),
        first_cause,
        time_to_detect,
        customer_impact: answers::beside(&answered, customer_impact),
        whys,
        evidence: Vec::new(),
        postmortem: Draft::default(),
        trail: Vec::new(),
        engine: EngineLine::embedded(0),
    }
}

/// Where there is no incident, nothing would change a severity, and what was degraded for a while is so no longer.
fn calm(report: &mut Report) {
    report.severity.unknown.clear();
    report.severity.would_change.clear();
    for row in report.services.iter_mut().filter(|r| matches!(r.health, Health::Down | Health::Degraded)) {
        (row.health, row.impact) = (Health::Unknown, None);
    }
}

/// The hypotheses with what stands beside them, each thing once.
fn with_reasons(mut hypotheses: Vec<Hypothesis>, casebook: &Casebook, evidence: &Evidence) -> Vec<Hypothesis> {
    apart::leave_out(&mut hypotheses);
    hypotheses.iter_mut().for_each(said_once);
    runs::add(&mut hypotheses, casebook, evidence);
    neighbours::add(&mut hypotheses, casebook, evidence);
    flapping::add(&mut hypotheses, casebook, evidence);
    hypotheses
}

/// What does not hold is marked before anybody reads it, in our own report as in any other, and a step that no line
/// shows is left out: an edge is told where it was observed.
fn leave_out_guesses(report: &mut Report, prepared: &Prepared<'_>, beside: Beside) {
    let found = mark(report, &prepared.known, beside);
    let guessed = |i: usize| found.iter().any(|f| f.rule == UNOBSERVED && f.path == format!("propagation[{i}]"));
    let mut at = 0..;
    report.propagation.retain(|_| !at.next().is_some_and(guessed));
}

/// What speaks for a hypothesis, each thing once: two tools may quote the same words of the same line.
fn said_once(h: &mut Hypothesis) {
    // whom the report is about is no reason for any cause, where there is one
    if !h.supporting.iter().all(is_focus) {
        h.supporting.retain(|c| !is_focus(c));
    }
    fn words(text: &str) -> String {
        let quoted = text.split_once('“').and_then(|(_, rest)| rest.split('”').next()).unwrap_or(text);
        quoted.trim_matches(['.', ' ', '"']).to_lowercase()
    }
    // who reports trouble with its call tells of trouble: the call says more
    let calls: Vec<String> = h.supporting.iter().map(|c| c.text.clone()).collect();
    h.supporting.retain(|c| {
        let told = c.text.split_once(" tells of trouble with ");
        !told.is_some_and(|(who, whom)| calls.contains(&format!("{who} reports trouble with its call to {whom}")))
    });
    // the last line of a stack says no more than the one above it that says why
    let why: Vec<crate::domain::Citation> =
        h.supporting.iter().filter(|c| !is_of_its_own(c)).flat_map(|c| c.citations.clone()).collect();
    let beside = |c: &crate::domain::Citation| {
        why.iter().any(|w| w.source == c.source && w.line.abs_diff(c.line) <= OF_ONE_STACK)
    };
    h.supporting.retain(|c| !is_of_its_own(c) || !c.citations.iter().any(beside));
    // the same words of another line are no more: the first says that there are more like it
    let mut told: Vec<(String, crate::domain::Citation)> = Vec::new();
    h.supporting.retain(|claim| {
        let Some(place) = claim.citations.first() else { return true };
        let said = words(&claim.text);
        let again = |(t, c): &(String, crate::domain::Citation)| {
            *t == said || c.source == place.source && c.line == place.line && t.contains(&said)
        };
        let fresh = claim.formula.is_some() || said.is_empty() || !told.iter().any(again);
        told.push((said, place.clone()));
        fresh
    });
}

/// Lines of a log that may be of one stack.
const OF_ONE_STACK: u32 = 30;

/// True for a reason that only says that there was an error.
fn is_of_its_own(claim: &crate::domain::Claim) -> bool {
    claim.text.contains(OF_ITS_OWN)
}

/// A report that says nothing yet: for an engine that fills it section by section.
pub fn empty() -> Report {
    let (evidence, request) = (Evidence::default(), Request::default());
    let (book, knowledge) = (Casebook::default(), Knowledge::default());
    assemble(
        (&evidence, &Prepared::of(&evidence)),
        &request,
        &book,
        (&knowledge, Beside::ALONE),
        Vec::new(),
        Conclusion::Inconclusive,
    )
}

/// The check that settles each hypothesis, where it is on the list.
fn settling(m: &Material<'_>) -> Vec<Option<String>> {
    let listed: Vec<String> = checklist::checklist(m).into_iter().map(|c| c.id).collect();
    let settling = m.hypotheses.iter().map(|h| checklist::settling(m, h));
    settling.map(|id| id.filter(|id| listed.contains(id))).collect()
}

/// What intake noticed per source, what contradicts itself, and why no patient zero is named.
fn notices(m: &Material<'_>, no_first_cause: Option<&str>) -> Vec<Notice> {
    let mut out: Vec<Notice> = m.evidence.readings.iter().flat_map(|r| r.notices.clone()).collect();
    for claim in m.book.conflicts.iter().chain(&conflicts(m.evidence)) {
        let known = out.iter().any(|n| n.kind == NoticeKind::Conflict && n.what == claim.text);
        if !known {
            out.push(Notice { kind: NoticeKind::Conflict, what: claim.text.clone(), count: 1 });
        }
    }
    // what stands in the way of nobody is told all the same: it may, once it is enforced
    let idle = m.book.findings.iter().filter(|f| f.claim.text.ends_with(NO_HINDRANCE)).map(|f| f.claim.text.clone());
    for what in idle {
        if !out.iter().any(|n| n.what == what) {
            out.push(Notice { kind: NoticeKind::Other, what, count: 1 });
        }
    }
    if let Some(what) = lasted::too_early(m) {
        out.push(Notice { kind: NoticeKind::Conflict, what, count: 1 });
    }
    if let Some(why) = no_first_cause {
        out.push(Notice { kind: NoticeKind::Other, what: format!("no patient zero is named: {why}"), count: 1 });
    }
    out
}

/// The analyst's own draft, in the template that was asked for; one that does not render gives way to ours.
fn draft(report: &Report, knowledge: &Knowledge) -> String {
    let facts = postmortem::Facts::default();
    let own = knowledge.template.as_ref().and_then(|(name, text)| postmortem::render(report, &facts, name, text).ok());
    own.unwrap_or_else(|| postmortem::draft(report, &facts, postmortem::Template::Full))
}
