//! The engine's steps and its report, as they arrive. What comes from a stopped investigation is dropped.

use super::Turn;
use crate::app::desk::{Desk, Place};
use crate::app::effect::Effect;
use crate::app::panel::Panel;
use crate::app::row::Role;
use crate::domain::{Report, Step};
use crate::journal::event::{Body, Event};
use crate::session::Session;

/// The engine that needs no network.
pub const EMBEDDED: &str = "embedded";

/// Starts an investigation of everything given; an older one ends.
pub fn investigate(session: &Session, desk: &mut Desk, why: String, turn: &mut Turn) {
    let last = session.investigations.iter().map(|i| i.run).max().unwrap_or(0);
    // A model goes on with what it was given: it has an end of its own.
    let model = desk.model.as_ref().map(|m| m.run);
    let open = session.investigations.iter().filter(|i| i.ended.is_none() && Some(i.run) != model);
    let unfinished: Vec<u32> = open.map(|i| i.run).collect();
    for run in unfinished {
        let why = if desk.investigating == Some(run) { "stopped: more evidence came" } else { "interrupted" };
        turn.engine(EMBEDDED, Event::InvestigationEnded { run, why: why.into() });
    }
    let run = last + 1;
    turn.engine(EMBEDDED, Event::InvestigationStarted { run, engine: EMBEDDED.into(), why });
    turn.effect(Effect::Investigate { run });
    desk.investigating = Some(run);
}

/// A step was taken.
pub fn step(desk: &mut Desk, run: u32, step: Step, turn: &mut Turn) {
    if desk.investigating != Some(run) {
        turn.redraw = false;
        return;
    }
    if desk.place(Panel::Trail).cursor != Place::END.cursor {
        desk.new_steps += 1;
    }
    turn.engine(EMBEDDED, Event::StepTaken { run, step });
}

/// The report is there: it is kept, and the postmortem is drafted from it.
pub fn report(session: &Session, desk: &mut Desk, run: u32, mut report: Box<Report>, turn: &mut Turn) {
    if desk.investigating != Some(run) {
        turn.redraw = false;
        return;
    }
    desk.investigating = None;
    desk.work = None;
    report.trail.clear();
    let engine = report.engine.name.clone();
    let draft = report.postmortem.markdown.clone();
    let first =
        report.hypotheses.first().map(|h| format!("{}: {} ({:.2})", h.subject, h.fault_kind.name(), h.confidence));
    desk.say(Role::Good, format!("report: {}", first.unwrap_or_else(|| "no hypothesis".into())));
    turn.engine(&engine, Event::ReportReady { run, report });
    if session.postmortem.edited && session.evidence.sources.len() > 1 {
        turn.effect(Effect::CheckPostmortem { text: session.postmortem.text.to_string() });
    }
    if !draft.is_empty() && *draft != *session.postmortem.draft {
        turn.engine(&engine, Event::PostmortemDrafted { body: Body::new(draft) });
        if session.postmortem.edited {
            let key = desk.keys.key_of("new-draft");
            desk.say(Role::Info, format!("the postmortem keeps your text; {key} in its panel takes the new draft"));
        }
    }
}

/// The engine ended without a report.
pub fn ended(desk: &mut Desk, run: u32, why: String, turn: &mut Turn) {
    if desk.investigating != Some(run) {
        turn.redraw = false;
        return;
    }
    desk.investigating = None;
    desk.work = None;
    desk.say(Role::Warn, format!("the investigation ended without a report: {why}"));
    turn.engine(EMBEDDED, Event::InvestigationEnded { run, why });
}
