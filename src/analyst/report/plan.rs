//! The mitigation plan: suggestions with command, risk, rollback and effect. Nothing here was done.

use super::fill::Arguments;
use super::material::{Material, citations};
use super::named::{ANEW, Object};
use super::wording::sentence;
use super::{checklist, done, effect};
use crate::analyst::grounding::prose::is_command;
use crate::analyst::playbook::MitigationTemplate;
use crate::command::Context;
use crate::domain::{Check, Claim, Hypothesis, Label, Mitigation, SubjectKind, Verdict};

/// Mitigations on one plan, and hypotheses they come from.
const MOST: usize = 8;
const HYPOTHESES: usize = 2;

/// The second hypothesis's mitigations are offered when it is at least this close to the first.
const CLOSE: f64 = 0.6;

/// The plan, the safest step that helps first.
pub fn mitigation(m: &Material<'_>) -> Vec<Mitigation> {
    let mut out: Vec<Mitigation> = Vec::new();
    let best = m.top().map_or(0.0, |h| h.confidence);
    for h in m.standing(HYPOTHESES) {
        // nothing is changed for what something speaks against
        let far = h.confidence < best * CLOSE || h.verdict == Verdict::Weakened;
        if h.rank > 1 && far {
            continue;
        }
        let Some(playbook) = m.playbook(h) else { continue };
        let arguments = m.given.arguments(h);
        // a pod that nothing keeps has no rollout to undo
        let done = |t: &&MitigationTemplate| {
            let command = t.command.as_deref();
            *arguments.object() == Object::Foreign
                || command.is_none_or(|c| arguments.is_of_another_engine(c) || arguments.fitted(c).is_some())
        };
        // a step that would only be a form to fill is none where another one is known
        let lacking = |c: &str| ["key", "known_account"].iter().any(|name| arguments.lacks(c, name));
        let form = |t: &MitigationTemplate| t.command.as_deref().is_some_and(lacking);
        let known = playbook.mitigations.iter().any(|t| t.command.is_some() && !form(t));
        let worth = |t: &&MitigationTemplate| !(known && form(t));
        let said = playbook.mitigations.iter().filter(|t| fits(m, h, t, &arguments));
        let mut said: Vec<&MitigationTemplate> = said.filter(done).filter(worth).collect();
        // what was made once has nothing to go back to
        let undoes =
            |t: &MitigationTemplate| t.command.as_deref().is_some_and(|c| c.starts_with("kubectl rollout undo "));
        if said.iter().any(|t| !undoes(t)) && is_first_version(m, h) {
            said.retain(|t| !undoes(t));
        }
        // what nothing keeps has no revision to go back to: it is made anew from what it is written in
        if h.rank == 1 && said.is_empty() {
            out.extend(anew(m, h, &arguments));
        }
        let repairs = out.len();
        for template in arguments.offered(said, |t| (t.action.as_str(), t.command.as_deref())) {
            let step = mitigation_of(m, h, template, &arguments);
            // one command is one step, whatever words it was offered in
            let same = |known: &Mitigation| {
                known.action == step.action || step.command.is_some() && known.command == step.command
            };
            if !out.iter().any(same) {
                out.push(step);
            }
        }
        if h.rank == 1 && out.len() > repairs {
            let way_round = super::placed::way_round(m);
            out.extend(way_round.into_iter().filter(|step| !is_planned(&out, step)).collect::<Vec<_>>());
        }
    }
    // where a change is told to have brought it, what takes it back is tried first
    let changed = m.top().and_then(|h| super::set_off::named(m, h).or_else(|| super::set_off::beside(m, h)));
    if changed.is_some() {
        let undoes = |step: &Mitigation| step.command.as_deref().is_some_and(|c| c.contains(" rollout undo "));
        out.sort_by_key(|step| !undoes(step));
    }
    // what somebody did already is no suggestion, whether it helped or brought the fault back
    if let Some(h) = m.top() {
        let noted = done::all(m);
        out.retain(|step| !done::is_done(&noted, h, step));
    }
    out.truncate(MOST);
    out
}

/// True where the plan has that command already.
fn is_planned(plan: &[Mitigation], step: &Mitigation) -> bool {
    plan.iter().any(|known| known.command == step.command)
}

/// For a pod or job that stands by itself, where no step of its playbook can be done to it.
fn anew(m: &Material<'_>, h: &Hypothesis, arguments: &Arguments) -> Option<Mitigation> {
    let Object::Alone(kind) = arguments.object() else { return None };
    let (command, blanks) = arguments.fill(ANEW);
    let (label, notes) = label_and_notes(Some(&command), None, m.given.context());
    Some(Mitigation {
        id: format!("{}/anew@{}", h.playbook, h.subject),
        action: sentence(&format!("Correct the manifest of the {kind} {}, and make it anew from that", h.subject)),
        command: Some(command),
        blanks,
        label,
        notes,
        risk: sentence("what it was doing is cut"),
        rollback: sentence("replace it again from its former manifest"),
        effect: None,
        verify: None,
    })
}

/// True for what is done to, or asked of, things of the hypothesis's sort.
pub fn is_of(h: &Hypothesis, sort: Option<&str>, arguments: &Arguments) -> bool {
    let object = arguments.object();
    match sort {
        Some("provider") => *object == Object::Foreign,
        Some("node") => h.subject_kind == SubjectKind::Node,
        Some("no_node") => h.subject_kind != SubjectKind::Node,
        Some(_) => *object != Object::Foreign,
        None => true,
    }
}

/// True where the words that a step asks for stand, and those that rule it out do not.
fn fits(m: &Material<'_>, h: &Hypothesis, t: &MitigationTemplate, arguments: &Arguments) -> bool {
    is_of(h, t.of.as_deref(), arguments)
        && arguments.suits(t.where_known.as_deref(), t.unless_known.as_deref())
        && m.says(t.where_said.as_deref())
        && !t.unless_said.as_deref().is_some_and(|words| m.says(Some(words)))
        && t.where_told.as_deref().is_none_or(|words| tells(h, words))
        && !t.unless_told.as_deref().is_some_and(|words| tells(h, words))
}

/// True where what a hypothesis rests on has the words.
fn tells(h: &Hypothesis, words: &str) -> bool {
    let Ok(pattern) = crate::domain::pattern::compile_any_case(words) else { return false };
    let quoted = |c: &Claim| pattern.is_match(&c.text) || c.citations.iter().any(|q| pattern.is_match(&q.quote));
    pattern.is_match(&h.statement) || h.supporting.iter().any(quoted)
}

fn mitigation_of(m: &Material<'_>, h: &Hypothesis, t: &MitigationTemplate, arguments: &Arguments) -> Mitigation {
    let fitted = t.command.as_deref().and_then(|c| arguments.fitted(c));
    let (command, blanks) = match &fitted {
        Some(command) => match arguments.fill(command) {
            (_, blanks) if Arguments::is_form(&blanks) => (None, Vec::new()),
            (command, blanks) => (Some(command), blanks),
        },
        None => (None, Vec::new()),
    };
    let (label, mut notes) = label_and_notes(command.as_deref(), None, m.given.context());
    notes.extend(command.as_deref().and_then(needs_a_former));
    let action = sentence(&arguments.words(&t.action));
    let effect = effect::quantified(m, &action, command.as_deref()).or_else(|| {
        let text = arguments.words(&t.effect);
        (!text.trim().is_empty()).then(|| Claim::inferred(expected(&text), citations(h.supporting.iter().take(2), 3)))
    });
    let id = format!("{}/{}@{}", h.playbook, t.id, h.subject);
    let verify = t.verify.as_ref().map(|template| {
        // It tells about the mitigation, not about which hypothesis holds.
        let check = checklist::check(m, h, template, arguments);
        Box::new(Check { id: format!("{id}/verify"), settles: Vec::new(), hypotheses: Vec::new(), ..check })
    });
    Mitigation {
        id,
        action,
        command,
        blanks,
        label,
        notes,
        risk: sentence(&arguments.words(&t.risk)),
        // a command stays one, with its blanks
        rollback: match arguments.object().taken_back(&t.rollback) {
            Some(words) => sentence(words),
            None if is_command(&t.rollback) => arguments.fill(&t.rollback).0,
            None => sentence(&arguments.words(&t.rollback)),
        },
        effect,
        verify,
    }
}

/// An undo goes back to a former version, and a workload that was made once has none.
fn needs_a_former(command: &str) -> Option<String> {
    let of = command.strip_prefix("kubectl rollout undo ")?;
    Some(format!("only where `kubectl rollout history {of}` lists a version before the present one"))
}

/// An effect is expected, not seen.
fn expected(text: &str) -> String {
    sentence(&format!("Expected, if this is the cause: {}", text.trim()))
}

/// The label of a command and the findings of its pre-flight against what was given; no command changes
/// nothing. For the label a blank stands for one plain word; the filled command is judged again before
/// it can run.
pub fn label_and_notes(command: Option<&str>, expect: Option<&str>, known: &Context) -> (Label, Vec<String>) {
    match command {
        Some(text) => {
            let label = crate::command::label(&text.replace(['‹', '›'], ""));
            (label, crate::command::preflight(text, expect, known))
        }
        None => (Label::SafeReadOnly, Vec::new()),
    }
}
/// True where the evidence shows no version before the present one.
fn is_first_version(m: &Material<'_>, h: &Hypothesis) -> bool {
    super::first_version::of(&m.book.cluster, &h.subject).is_some() || super::applied::together(m, h).is_some()
}
