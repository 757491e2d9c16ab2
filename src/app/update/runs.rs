//! Commands: blanks, approval, the run, and what its output showed. Nothing starts without an
//! approval of the exact text, and nothing starts twice.

use chrono::Duration;

use super::offers::offers;
use super::{Turn, engine, leave, navigate, wanted};
use crate::app::desk::{Desk, Ending};
use crate::app::dialog::{Approval, Dialog, Item, phrase};
use crate::app::effect::Effect;
use crate::app::panel::Panel;
use crate::app::prompt::{Asking, Prompt};
use crate::app::row::{Role, Subject};
use crate::app::trial::trial;
use crate::command::{blanks, expectation, fill};
use crate::domain::check::Judgement;
use crate::domain::{Check, Citation, Label, Origin, Outcome, SourceId};
use crate::journal::event::{Author, Body, Event};
use crate::session::{RunState, Session};

/// How a run ended.
#[expect(missing_docs, reason = "the fields are those of Input::RunEnded")]
pub struct End {
    pub run: u64,
    pub status: Option<i32>,
    pub how: String,
    pub output: String,
    pub dropped: u64,
}

/// Investigates again.
pub fn investigate_again(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    engine::investigate(session, desk, "asked".into(), turn);
}

/// Stops the investigation.
pub fn stop_investigation(_: &Session, desk: &mut Desk, turn: &mut Turn) {
    if let Some(run) = desk.investigating.take() {
        turn.did(desk, Event::InvestigationEnded { run, why: "stopped".into() });
        turn.effect(Effect::StopInvestigation);
    }
}

/// Asks for blanks, then for approval of the check under the cursor.
pub fn ask_check(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    match navigate::current(session, desk).subject {
        Subject::Check(id) => ask(session, desk, Item::Check(id), None, turn),
        _ => desk.say(Role::Dim, "move to a check first"),
    }
}

/// Asks for blanks, then for approval of the mitigation under the cursor.
pub fn ask_mitigation(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    match navigate::current(session, desk).subject {
        Subject::Mitigation(id) => ask(session, desk, Item::Mitigation(id), None, turn),
        // What tells whether a mitigation worked stands below it, and is run like any check.
        Subject::Check(id) => ask(session, desk, Item::Check(id), None, turn),
        _ => desk.say(Role::Dim, "move to a mitigation first"),
    }
}

/// Takes the next paste as the check's output.
pub fn paste_output(session: &Session, desk: &mut Desk, _: &mut Turn) {
    match navigate::current(session, desk).subject {
        Subject::Check(id) => {
            desk.say(Role::Info, "paste the command's output now; esc leaves");
            desk.paste_for = Some(id);
        }
        _ => desk.say(Role::Dim, "move to a check first"),
    }
}

/// Asks for the next blank, or for approval where none is left. `just` was filled this moment.
pub fn ask(session: &Session, desk: &mut Desk, item: Item, just: Option<(String, String)>, turn: &mut Turn) {
    let found = match &item {
        Item::Check(id) => {
            let from = session.proposer(id).map(|engine| format!("{engine} proposes this command: a model's words"));
            session.check(id).map(|c| {
                let notes = from.into_iter().chain(c.notes.iter().cloned()).collect::<Vec<_>>();
                (c.command.clone(), c.what.clone(), c.expect.clone(), c.label, notes)
            })
        }
        Item::Mitigation(id) => session.mitigation(id).map(|m| {
            // The row says that it is expected; the sentence need not say it again.
            let effect = m.effect.as_ref().map(|e| e.text.as_str()).unwrap_or_default();
            let expect = effect.strip_prefix("Expected, ").unwrap_or(effect);
            let expect = expect.strip_prefix("if this is the cause: ").unwrap_or(expect).to_owned();
            let mut notes = m.notes.clone();
            notes.push(format!("risk: {}", m.risk));
            notes.push(format!("rollback: {}", m.rollback));
            (m.command.clone(), m.action.clone(), expect, m.label, notes)
        }),
        // Its approval is opened where it is asked for.
        Item::Dry(_) | Item::Telemetry(_) => None,
    };
    let Some((Some(command), what, expect, label, notes)) = found else {
        return desk.say(Role::Dim, "there is no command to run here");
    };
    let mut values = session.blanks.clone();
    values.extend(just);
    let command = fill(&command, &values);
    if let Some(name) = blanks(&command).into_iter().next() {
        return ask_blank(session, desk, item, name, Vec::new());
    }
    let (label, why) = classed(&command, label);
    let mut all = crate::command::preflight(&command, Some(&expect), &desk.given(session));
    notes.into_iter().for_each(|n| {
        if !all.contains(&n) {
            all.push(n);
        }
    });
    all.retain(|n| *n != why);
    let phrase = phrase(label, &command);
    let trial = if label == Label::SafeReadOnly { None } else { trial(session, &command) };
    let about = Approval::of(item, command, desk.timeout_s, desk.now);
    present(Approval { what, expect, label, why, notes: all, phrase, trial, ..about }, desk, turn);
}

/// Puts an approval before the person, and asks where it would run.
pub(super) fn present(mut approval: Approval, desk: &mut Desk, turn: &mut Turn) {
    approval.look(desk.size);
    // News makes room for the dialog's keys; warnings stay.
    desk.toasts.retain(|t| matches!(t.role, Role::Warn | Role::Bad));
    desk.dialog = Some(Dialog::Approval(Box::new(approval)));
    turn.effect(Effect::Probe);
}

/// Asks for one blank; the value that it has, if it has one, is there to be changed. Those in `after`
/// are asked next.
pub fn ask_blank(session: &Session, desk: &mut Desk, item: Item, name: String, after: Vec<String>) {
    let offers = offers(session, &name);
    let tab = if offers.is_empty() { String::new() } else { format!(" (tab: {} from evidence)", offers.len()) };
    let label = format!("{name}?{tab}");
    let before = session.blanks.get(&name).cloned().unwrap_or_default();
    desk.prompt = Some(Prompt::new(Asking::Blank { item, name, after }, label).starting(before).offering(offers));
}

/// Asks again for what was filled in for the check or the mitigation under the cursor.
pub fn change_blanks(session: &Session, desk: &mut Desk, _: &mut Turn) {
    let (item, command) = match navigate::current(session, desk).subject {
        Subject::Check(id) => {
            let command = session.check(&id).and_then(|c| c.command.as_deref());
            (Item::Check(id), command)
        }
        Subject::Mitigation(id) => {
            let command = session.mitigation(&id).and_then(|m| m.command.as_deref());
            (Item::Mitigation(id), command)
        }
        _ => return desk.say(Role::Dim, "move to a command first"),
    };
    let mut names = blanks(command.unwrap_or("")).into_iter();
    match names.next() {
        Some(first) => ask_blank(session, desk, item, first, names.collect()),
        None => desk.say(Role::Dim, "nothing is to be filled in here"),
    }
}

/// The label of the exact text, and why. Where the template was known to do more than read, the worse
/// of the two holds; a template that could not be told for its blanks is told by its filled text.
pub fn classed(command: &str, template: Label) -> (Label, String) {
    let judged = crate::command::classify(command);
    let weight = |label| match label {
        Label::SafeReadOnly => 0,
        Label::Mutating => 1,
        Label::CannotTell => 2,
        Label::Destructive => 3,
    };
    let known = if template == Label::CannotTell { judged.label } else { template };
    let label = if weight(known) > weight(judged.label) { known } else { judged.label };
    let why = if label == judged.label { judged.why } else { "as it was proposed".into() };
    (label, why)
}

/// Approves exactly the text shown, in the context shown.
pub fn approve(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    let Some(Dialog::Approval(a)) = &desk.dialog else { return };
    let dry = a.typed == leave::DRY && a.trial.is_some() && desk.now >= a.alive_at();
    if let Some(why) = a.refusal(desk.now, desk.size).filter(|_| !dry) {
        return desk.say(Role::Warn, why.words());
    }
    let shown = a.clone();
    if dry {
        return leave::ask_dry_run(desk, &shown, turn);
    }
    let gives = shown.typed == leave::SESSION && shown.may_have_leave();
    approve_shown(session, desk, None, turn);
    if gives {
        leave::give(desk, &shown, turn);
    }
}

/// Approves what the dialog shows, where nothing speaks against it. `allowed` is the record that gave leave.
pub(super) fn approve_shown(session: &Session, desk: &mut Desk, allowed: Option<u64>, turn: &mut Turn) {
    let Some(Dialog::Approval(a)) = &desk.dialog else { return };
    if a.refusal(desk.now, desk.size).is_some() {
        return;
    }
    let dry_run_of = if let Item::Dry(of) = &a.item { Some(of.clone()) } else { None };
    let timeout_s = a.timeout_s;
    let (command, Some(context), check) = (a.command.clone(), a.context.clone(), a.item.id().map(str::to_owned)) else {
        return;
    };
    let run = session.runs.keys().next_back().copied().unwrap_or(0) + 1;
    let approved = Event::RunApproved { run, check, command: command.clone(), context: context.clone() };
    let call = if let Item::Telemetry(call) = &a.item { Some(call.clone()) } else { None };
    if allowed.is_some() || dry_run_of.is_some() {
        turn.did(desk, Event::RunQualified { run, allowed, dry_run_of });
    }
    turn.did(desk, approved);
    if let Some(call) = &call {
        wanted::approved(desk, call, run, turn);
    }
    turn.effect(match call {
        Some(call) => Effect::Telemetry { run, call, command, context, timeout_s },
        None => Effect::Run { run, command, context, timeout_s },
    });
    desk.dialog = None;
    desk.running.insert(run);
    desk.clock_due = Some(desk.now + Duration::seconds(1));
    desk.remember();
    navigate::show(desk, Panel::Runs);
    desk.places.remove(&Panel::Runs);
}

/// While a command runs its time is drawn again every second.
pub fn tick_when_due(desk: &mut Desk) -> bool {
    let due = desk.clock_due.is_some_and(|at| at <= desk.now);
    if due {
        desk.clock_due = (!desk.running.is_empty()).then(|| desk.now + Duration::seconds(1));
    }
    due
}

/// Ends the run under the cursor, or the newest.
pub fn cancel(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    let under = match navigate::current(session, desk).subject {
        Subject::Run(run) => Some(run),
        _ => desk.running.last().copied(),
    };
    match under.filter(|run| desk.running.contains(run)) {
        Some(run) => {
            turn.effect(Effect::Cancel { run });
            desk.ending.entry(run).or_insert(Ending::Cancelled);
            desk.say(Role::Warn, format!("ending run {run}: TERM, then KILL"));
        }
        None => desk.say(Role::Dim, "no command is running"),
    }
}

/// A command has ended; its output is on its way.
pub fn read(desk: &mut Desk, run: u64) {
    let cancelled = desk.ending.contains_key(&run);
    desk.ending.insert(run, Ending::Read { cancelled });
}

/// A run ended: its output becomes evidence, and what it showed is judged there.
pub fn ended(session: &Session, desk: &mut Desk, end: End, turn: &mut Turn) {
    let End { run, status, how, output, dropped } = end;
    desk.running.remove(&run);
    desk.flooding.remove(&run);
    desk.ending.remove(&run);
    if desk.running.is_empty() {
        desk.clock_due = None;
    }
    let known = session.runs.get(&run);
    let command = known.map(|r| r.command.clone()).unwrap_or_default();
    wanted::ended(desk, run, &how, !output.trim().is_empty(), turn);
    if !output.trim().is_empty() {
        let name = format!("output {run}");
        turn.effect(Effect::Admit { name, origin: Origin::Output { run, command }, raw: output.clone() });
    } else if let Some(id) = known.and_then(|r| r.check.clone()) {
        turn.events.extend(judged(session, &id, Some(run), SourceId(0), ("", status)));
    }
    turn.events.insert(
        0,
        (Author::Program, Event::RunEnded { run, status, how: how.clone(), output: Body::new(output), dropped }),
    );
    let mitigated = session.tried.contains_key(&run) && status == Some(0);
    let dry = session.qualified.get(&run).is_some_and(|q| q.dry_run_of.is_some());
    let next = if dry {
        ": a dry run; what it showed stands beside the change's approval"
    } else if mitigated {
        ": its check in the plan tells whether it worked"
    } else {
        ""
    };
    desk.say(Role::Info, format!("run {run} {how}{next}"));
}

/// The judgements of a source that is a check's output, as the events to be kept: one for each way in
/// which the check is read.
pub fn judged_source(session: &Session, source: SourceId, origin: &Origin, text: &str) -> Vec<(Author, Event)> {
    match origin {
        Origin::Output { run, .. } => {
            let ended = session.runs.get(run).filter(|r| r.state == RunState::Ended);
            let Some((check, status)) = ended.and_then(|r| Some((r.check.as_ref()?, r.status))) else {
                return Vec::new();
            };
            judged(session, check, Some(*run), source, (text, status))
        }
        Origin::PastedOutput { check } => judged(session, check, None, source, (text, None)),
        _ => Vec::new(),
    }
}

/// `came` is the output and the exit status.
fn judged(
    session: &Session,
    id: &str,
    run: Option<u64>,
    source: SourceId,
    came: (&str, Option<i32>),
) -> Vec<(Author, Event)> {
    let ways = session.check(id).map(Check::ways).unwrap_or_default();
    let event = |way: &Check| Event::CheckJudged {
        check: way.id.clone(),
        run,
        judgement: judgement(way, source, came.0, came.1),
    };
    ways.iter().map(|way| (Author::Program, event(way))).collect()
}

fn judgement(check: &Check, source: SourceId, text: &str, status: Option<i32>) -> Judgement {
    let Some(rule) = check.rule.clone().or_else(|| expectation::of_prose(&check.expect)) else {
        let because = match status.filter(|s| *s != 0) {
            Some(s) => format!("it ended with status {s}, and no rule decides: a person reads what it says"),
            None => format!("no rule decides this: a person reads it against `{}`", check.expect),
        };
        return Judgement { outcome: Outcome::Unclear, because, decided_by: None };
    };
    let (outcome, because, line) = expectation::judge(&rule, text, status);
    let decided_by = line.and_then(|bytes| {
        let quote = text.get(bytes.clone())?.to_owned();
        let line = text.get(..bytes.start)?.matches('\n').count() as u32 + 1;
        Some(Citation { source, start: bytes.start, end: bytes.end, line, quote })
    });
    Judgement { outcome, because, decided_by }
}
