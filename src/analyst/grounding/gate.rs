//! The gate: every rule over every claim, and the mark on those that do not hold.

use super::statement::{Part, Statement, claims, sentences};
use super::{Finding, Known};
use super::{
    absence, actions, causality, commands, coverage, figures, moments, names, rows, sections, severity, shares, spoken,
    trail, wording,
};
use crate::domain::{Beside, Claim, Evidence, Report, Support};

/// Everything in a report that does not hold.
pub fn ground(report: &Report, evidence: &Evidence) -> Vec<Finding> {
    ground_by(&Known::of(evidence), report, Beside::ALONE)
}

/// The same by evidence that was read before.
fn ground_by(known: &Known<'_>, report: &Report, beside: Beside) -> Vec<Finding> {
    let all = claims(report);
    let (mut found, more) = beside.both(|| of_report(report, &all, known), || of_claims(&all, known));
    found.extend(more);
    found
}

/// What does not hold of the claims, each by itself.
fn of_claims(all: &[Statement<'_>], known: &Known<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    for s in all {
        if s.support == Some(Support::Unsupported) {
            // it says itself that nothing supports it
            continue;
        }
        citations(s, known.evidence, &mut out);
        of_sentence(s, known, &mut out);
        polarity(s, &mut out);
    }
    out
}

/// What does not hold of the other sentences, and of the sections beside each other.
fn of_report(report: &Report, all: &[Statement<'_>], known: &Known<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    rows::of_report(report, all, known, &mut out);
    for s in sentences(report) {
        if matches!(s.part, Part::Hypothesis) {
            names::of_statement(&s, known, &mut out);
            figures::of_statement(&s, known, &mut out);
            spoken::of_statement(&s, known, &mut out);
        }
        wording::of_sentence(&s.path, s.part, &s.text, Some(known), &mut out);
    }
    let texts = sentences(report);
    wording::of_lines(&texts, Some(known), &mut out);
    for (i, h) in report.hypotheses.iter().enumerate() {
        if !h.subject.is_empty() && !known.says(&h.subject) {
            let what = format!("the subject `{}` stands nowhere in the evidence", h.subject);
            out.push(Finding::new(&format!("hypotheses[{i}].subject"), "name-without-source", what));
        }
    }
    severity::of_report(report, known, &mut out);
    sections::of_report(report, known, &mut out);
    coverage::of_report(report, known, &mut out);
    commands::of_report(report, known, &mut out);
    trail::of_report(report, known, &mut out);
    out
}

/// The rules that apply to one sentence, of a report or of prose.
pub(super) fn of_sentence(s: &Statement<'_>, known: &Known<'_>, out: &mut Vec<Finding>) {
    if !super::prose::is_command(&s.text) {
        figures::of_statement(s, known, out);
        spoken::of_statement(s, known, out);
        names::of_statement(s, known, out);
        shares::of_statement(s, known, out);
        absence::of_statement(s, known, out);
        actions::of_statement(s, known, out);
        causality::of_statement(s, known, out);
        moments::of_statement(s, out);
    }
    wording::of_sentence(&s.path, s.part, &s.text, Some(known), out);
}

/// A quote is exactly the slice it names.
fn citations(s: &Statement<'_>, evidence: &Evidence, out: &mut Vec<Finding>) {
    for c in s.citations {
        let slice = evidence.text(c.source).get(c.start..c.end);
        if slice != Some(c.quote.as_str()) {
            out.push(Finding::new(
                &s.path,
                "quote-is-not-the-slice",
                format!("`{}` is not what stands at that place", c.quote),
            ));
        }
    }
    if s.support == Some(Support::Quoted) && s.citations.is_empty() {
        out.push(Finding::new(&s.path, "quoted-without-citation", "it says it is quoted and cites nothing"));
    }
    if s.support == Some(Support::Derived) && s.formula.is_none() {
        out.push(Finding::new(&s.path, "derived-without-formula", "it says it is derived and gives no formula"));
    }
}

fn polarity(s: &Statement<'_>, out: &mut Vec<Finding>) {
    if s.part == Part::For && sections::refutes(&s.text) {
        out.push(
            Finding::new(&s.path, "evidence-refutes-hypothesis", "the evidence given for it speaks against it")
                .with_fix("move it to `against`, or rule the hypothesis out"),
        );
    }
}

/// Marks every claim that does not hold as unsupported; nothing is dropped. Returns what was found.
pub fn mark(report: &mut Report, known: &Known<'_>, beside: Beside) -> Vec<Finding> {
    let found = ground_by(known, report, beside);
    for f in &found {
        if let Some(claim) = claim_at(report, &f.path) {
            claim.support = Support::Unsupported;
        }
    }
    found
}

/// Marks claims that stand in no report, an answer's, by the rules of one sentence. Returns what was found.
pub fn mark_claims(claims: &mut [Claim], evidence: &Evidence) -> Vec<Finding> {
    let known = Known::of(evidence);
    let mut all = Vec::new();
    for (i, claim) in claims.iter_mut().enumerate().filter(|(_, c)| c.support != Support::Unsupported) {
        let mut found = Vec::new();
        let s = Statement::of(format!("answer[{i}]"), Part::Other, claim);
        citations(&s, evidence, &mut found);
        of_sentence(&s, &known, &mut found);
        if !found.is_empty() {
            claim.support = Support::Unsupported;
        }
        all.extend(found);
    }
    all
}

/// The claim a path names.
fn claim_at<'r>(r: &'r mut Report, path: &str) -> Option<&'r mut Claim> {
    let index = |p: &str| -> Option<usize> { p.split(['[', ']']).nth(1)?.parse().ok() };
    let head = path.split(['[', '.']).next()?;
    let i = index(path);
    match head {
        "summary" => Some(&mut r.summary),
        "severity" => r.severity.because.get_mut(index(path)?),
        "hypotheses" => {
            let (first, rest) = path.split_once("].")?;
            let h = r.hypotheses.get_mut(first.split('[').nth(1)?.parse::<usize>().ok()?)?;
            let list = if rest.starts_with("for") { &mut h.supporting } else { &mut h.against };
            list.get_mut(index(rest)?)
        }
        "first_cause" => r.first_cause.as_mut().map(|f| &mut f.what),
        "trigger" if path.ends_with(".what") => r.trigger.as_mut().map(|t| &mut t.what),
        "propagation" => r.propagation.get_mut(i?).map(|p| &mut p.observed),
        "blast_radius" => r.blast_radius.get_mut(i?).map(|b| &mut b.impact),
        "services" => r.services.get_mut(i?).and_then(|s| s.impact.as_mut()),
        "timeline" => r.timeline.get_mut(i?).map(|t| &mut t.what),
        "mitigation" if path.ends_with(".effect") => r.mitigation.get_mut(i?).and_then(|m| m.effect.as_mut()),
        "customer_impact" => r.customer_impact.get_mut(i?),
        "whys" => r.whys.get_mut(i?).map(|w| &mut w.answer),
        "systemic_cause" => r.systemic_cause.as_mut(),
        "counterfactual" => r.counterfactual.as_mut(),
        _ => None,
    }
}
