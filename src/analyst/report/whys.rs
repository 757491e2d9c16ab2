//! The five whys: each answer is a fact not yet told, or says that the evidence does not answer it.
//! Systemic cause and counterfactual are suggestions, never told as facts about an organisation.

use super::material::Material;
use super::watched;
use super::wording::{fragment, is_focus, sentence, suggestion, time_among};
use crate::analyst::Playbook;
use crate::analyst::casebook::{Bearing, Finding};
use crate::domain::report::{FirstCause, TimeToDetect, Why};
use crate::domain::{Claim, Hypothesis, Stamp};

/// The questions with their answers; none where nothing is wrong.
pub fn whys(m: &Material<'_>, first: Option<&FirstCause>, seen: Option<&TimeToDetect>) -> Vec<Why> {
    let Some(h) = m.top() else { return Vec::new() };
    let mut told: Vec<String> = Vec::new();
    let mut out =
        vec![symptom(h), mechanism(m, h), change(m, h), detection(m, first, seen), watched::answered(m, guardrail())];
    out.retain(|why| {
        let fresh = !told.contains(&why.answer.text);
        told.push(why.answer.text.clone());
        fresh
    });
    out
}

fn symptom(h: &Hypothesis) -> Why {
    let cited = super::material::citations(&h.supporting, 8);
    let question = format!("Why is {} in trouble?", h.subject);
    let text = sentence(&format!("Most likely: {}", h.statement));
    Why { question, answer: Claim::inferred(text, cited) }
}

fn mechanism(m: &Material<'_>, h: &Hypothesis) -> Why {
    let question = "What in the evidence says so?".to_owned();
    // a change that brought it is what the evidence says, where nothing else does
    let all = [Bearing::Stated, Bearing::Symptom, Bearing::Change];
    let stands = |f: &&Finding| super::retracted::put_right(m.evidence, &f.claim).is_none();
    let found = all.into_iter().find_map(|bearing| findings(m, h, bearing).find(stands)).map(|f| &f.claim);
    // what the report itself gives for the hypothesis is not missing from the evidence
    let given = || h.supporting.iter().find(|c| !c.citations.is_empty() && !is_focus(c));
    match found.or_else(given) {
        Some(claim) => Why { question, answer: claim.clone() },
        None => {
            Why { question, answer: missing("no line states the mechanism; the checklist says what would show it") }
        }
    }
}

fn change(m: &Material<'_>, h: &Hypothesis) -> Why {
    let question = "Why now: what changed before it?".to_owned();
    let changes = m.changes_of(&h.subject);
    if changes.is_empty() {
        if let Some(f) = findings(m, h, Bearing::Change).find(|f| f.at.is_some()) {
            return Why { question, answer: f.claim.clone() };
        }
        if let Some(trigger) = super::forensic::trigger(m) {
            return Why { question, answer: trigger.what };
        }
        if let Some(at) = super::first_version::of(&m.book.cluster, &h.subject) {
            let text = sentence(
                "No change of it is shown: its pod is about as old as the deployment itself, so what fails is the first version that is shown",
            );
            let cited = at.into_iter().map(|at| m.evidence.cite(at)).collect();
            return Why { question, answer: Claim::inferred(text, cited) };
        }
        return Why {
            question,
            answer: missing("the evidence shows no change of it with a time before the first symptom"),
        };
    }
    let mut named: Vec<String> = changes
        .iter()
        .take(3)
        .map(|c| match c.at.filter(|at| stated(m, at)) {
            Some(at) => format!("{} ({})", fragment(&c.what), time_among(&at, &m.rows)),
            None => c.what.clone(),
        })
        .collect();
    // one line may have been read as two changes: of the deploy, and of what was deployed
    named.dedup();
    let cited = changes.iter().take(3).map(|c| c.citation.clone()).collect();
    Why { question, answer: Claim::quoted(sentence(&named.join("; ")), cited) }
}

fn detection(m: &Material<'_>, first: Option<&FirstCause>, seen: Option<&TimeToDetect>) -> Why {
    let question = "Why was it not caught earlier?".to_owned();
    // who was told of it beforehand was not on call, or did not take it for this
    let told = m.top().into_iter().flat_map(|h| &h.supporting).flat_map(|c| &c.citations);
    if let Some(cited) = told.into_iter().find(|c| super::stated::foretells(&c.quote)) {
        let text = format!("It was announced: “{}”", cited.quote.trim());
        // what was made of it may have been wrong, and its writer says so
        let same = |f: &&Finding| m.top().is_some_and(|h| f.playbook == h.playbook);
        let taken = || m.book.findings.iter().filter(same);
        let Some(wrong) = taken().find_map(|f| super::retracted::put_right(m.evidence, &f.claim)) else {
            return Why { question, answer: Claim::quoted(text, vec![cited.clone()]) };
        };
        let text = format!("{text}; put right later: “{}”", wrong.quote.trim().trim_end_matches('.'));
        return Why { question, answer: Claim::quoted(text, vec![cited.clone(), wrong]) };
    }
    let (Some(first), Some((noticed, claim))) = (first, &m.detected) else {
        return Why {
            question,
            answer: missing("when it began, when it was noticed and what would have alerted are not all stated"),
        };
    };
    let lead = noticed.seconds_since(&first.at).filter(|s| *s > 0.0 && seen.is_none_or(|t| *s > t.seconds));
    let Some(lead) = lead else {
        return Why { question, answer: missing("it does not say what watched for this before it was noticed") };
    };
    let span = super::wording::duration(lead);
    // the times stand in the formula, as the evidence writes them: a report that says others beside it,
    // in UTC, would be read as two stories
    let text = if watched::was_watched(claim) {
        format!("{span} passed between the first cause and the first notice, which came from what watches for it.")
    } else {
        format!("{span} passed between the first cause and the first notice; the evidence names no alert in between.")
    };
    let formula = difference(m, &first.at, noticed, lead);
    Why { question, answer: Claim::derived(text, formula, super::material::citations([&first.what, claim], 4)) }
}

/// The event that closed a node which the hypothesis names: somebody did that, and nothing was changed in the workload.
pub(super) fn cordoned(m: &Material<'_>, h: &Hypothesis) -> Option<Claim> {
    let closed = |e: &&crate::intake::kube::Event| {
        e.reason == "NodeNotSchedulable" && h.statement.contains(e.name.as_str()) && h.statement.contains("cordoned")
    };
    let event = m.book.cluster.events.iter().find(closed)?;
    let text = format!("An event tells it: “{}”", event.message.text.trim_end_matches('.'));
    Some(Claim::quoted(text, vec![m.evidence.cite(event.at)]))
}

/// True when the evidence writes this time of day as it stands.
fn stated(m: &Material<'_>, at: &Stamp) -> bool {
    let clock = at.time().format("%H:%M").to_string();
    let short = clock.strip_prefix('0').unwrap_or(&clock);
    let whole =
        |text: &str, at: usize| !text.get(..at).is_some_and(|t| t.ends_with(|c: char| c.is_ascii_digit() || c == ':'));
    let stands = |text: &str, words: &str| text.match_indices(words).any(|(at, _)| whole(text, at));
    m.evidence.sources.iter().any(|s| stands(&s.text, &clock) || stands(&s.text, short))
}

/// How far the clock that the evidence is written in is off UTC, where it does not write UTC.
fn offset(m: &Material<'_>, at: &Stamp, other: &Stamp) -> Option<chrono::Duration> {
    if stated(m, at) && stated(m, other) {
        return Some(chrono::Duration::zero());
    }
    let mut whole: Vec<i64> = (-12..=14).collect();
    whole.sort_by_key(|h| h.abs());
    let whole = whole.into_iter().map(chrono::Duration::hours);
    whole.into_iter().find(|by| [at, other].iter().all(|s| stated(m, &Stamp::Clock(s.time() + *by))))
}

/// The difference of two stamps as a formula: where the evidence writes another clock than UTC, with whole
/// stamps, so that it is read in the zone of the timeline and of everything else here.
pub(super) fn difference(m: &Material<'_>, early: &Stamp, late: &Stamp, seconds: f64) -> String {
    match offset(m, early, late) {
        Some(by) if !by.is_zero() => format!("{late} - {early} = {}", super::wording::duration(seconds)),
        _ => super::wording::difference(late, early, seconds),
    }
}

/// Who guards against the class of failure is rarely in a paste; what might is the systemic cause.
fn guardrail() -> Why {
    let question = "Which safeguard should have stopped it?".to_owned();
    Why { question, answer: missing("it names no safeguard") }
}

fn missing(what: &str) -> Claim {
    Claim::inferred(sentence(&format!("Not in the evidence: {what}")), Vec::new())
}

fn findings<'m>(m: &Material<'m>, h: &'m Hypothesis, bearing: Bearing) -> impl Iterator<Item = &'m Finding> {
    let all = m.book.findings.iter();
    all.filter(move |f| f.subject == h.subject && f.playbook == h.playbook && f.bearing == bearing)
}

/// The systemic cause, as a suggestion.
pub fn systemic_cause(m: &Material<'_>) -> Option<Claim> {
    suggested(m, |p| &p.systemic)
}

/// What would have prevented it, as a suggestion.
pub fn counterfactual(m: &Material<'_>) -> Option<Claim> {
    suggested(m, |p| &p.counterfactual)
}

fn suggested(m: &Material<'_>, field: fn(&Playbook) -> &String) -> Option<Claim> {
    let h = m.top()?;
    let playbook = m.playbook(h)?;
    let text = m.given.arguments(h).words(field(playbook));
    let there = super::safeguards::is_there_already(m, &text)
        || super::safeguards::is_a_test_that_passed(m, &text)
        || playbook.of_manifest && super::safeguards::sibling_runs(m);
    (!there && !text.trim().is_empty()).then(|| Claim::inferred(suggestion(&text), Vec::new()))
}
