//! What a model wants of a telemetry server: it waits beside the work until a person looks at it, and
//! goes through the same approval as the person's own calls. It opens nothing by itself, and nobody's
//! silence is a yes.

use super::Turn;
use super::telemetry::{self, Asker};
use crate::app::desk::Desk;
use crate::app::dialog::Item;
use crate::app::effect::{Became, Effect};
use crate::app::row::{Role, Row};
use crate::app::telemetry::Call;
use crate::domain::showable::clean;
use crate::domain::{Origin, SourceId};
use crate::session::Session;

/// A call that a model waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its number.
    pub id: u32,
    /// The exact call.
    pub call: Call,
    /// The run that it became, once a person approved it.
    pub run: Option<u64>,
    /// How that run ended, while its answer is being read.
    ended: Option<String>,
}

/// A model asks for a call. What it may not ask for is told to it at once.
pub fn asked(desk: &mut Desk, id: u32, call: Call, turn: &mut Turn) {
    let may = call.tool.as_deref().is_some_and(|t| desk.telemetry.for_model(&call.server, t).is_some());
    let refused = if may { telemetry::refusal(desk, &call) } else { Some("that tool is not offered") };
    if let Some(why) = refused {
        return tell(id, Became::Nothing(format!("not asked: {why}")), turn);
    }
    let key = desk.keys.key_of("telemetry");
    let Some(asked) = desk.model.as_mut() else { return };
    let tool = call.tool.clone().unwrap_or_default();
    let text = format!("{} asks for {} {tool}: {key} shows the call", asked.engine, call.server);
    asked.wants = Some(Wanted { id, call, run: None, ended: None });
    desk.say(Role::Warn, text);
}

/// The model does not wait any more. A dialog that is open stays: what is approved in it is the person's own.
pub fn over(desk: &mut Desk, id: u32) {
    let Some(asked) = desk.model.as_mut() else { return };
    if asked.wants.take_if(|w| w.id == id).is_some() {
        let text = format!("{} does not wait for its telemetry call any more", asked.engine);
        desk.say(Role::Dim, text);
    }
}

/// Opens the approval of the call that waits; false where none does.
pub fn open(session: &Session, desk: &mut Desk, turn: &mut Turn) -> bool {
    let Some((engine, call)) = desk.model.as_ref().and_then(|m| {
        let wants = m.wants.as_ref().filter(|w| w.run.is_none())?;
        Some((m.engine.clone(), wants.call.clone()))
    }) else {
        return false;
    };
    telemetry::present_call(session, desk, call, Asker::Model(engine), turn);
    true
}

/// The approval was left: where it was the model's call, that is a no.
pub fn declined(desk: &mut Desk, closed: &Item, turn: &mut Turn) {
    let Item::Telemetry(call) = closed else { return };
    let Some(asked) = desk.model.as_mut() else { return };
    if let Some(w) = asked.wants.take_if(|w| w.run.is_none() && w.call == *call) {
        tell(w.id, Became::Nothing("not asked: the engineer declined it; go on without it".into()), turn);
    }
}

/// A call was approved as this run.
pub fn approved(desk: &mut Desk, call: &Call, run: u64, turn: &mut Turn) {
    let waits = desk.model.as_mut().and_then(|m| m.wants.as_mut());
    if let Some(w) = waits.filter(|w| w.run.is_none() && w.call == *call) {
        w.run = Some(run);
        tell(w.id, Became::Begun, turn);
    }
}

/// A run ended. Where it said something, its answer becomes a source first.
pub fn ended(desk: &mut Desk, run: u64, how: &str, says: bool, turn: &mut Turn) {
    let Some(asked) = desk.model.as_mut() else { return };
    let Some(w) = asked.wants.as_mut().filter(|w| w.run == Some(run)) else { return };
    if says {
        w.ended = Some(how.to_owned());
        return;
    }
    let id = w.id;
    asked.wants = None;
    tell(id, Became::Nothing(format!("no answer: {how}")), turn);
}

/// A source was added: the answer that a model waits for, perhaps.
pub fn admitted(desk: &mut Desk, source: SourceId, origin: &Origin, turn: &mut Turn) {
    let Origin::Output { run, .. } = origin else { return };
    let Some(asked) = desk.model.as_mut() else { return };
    if let Some(w) = asked.wants.take_if(|w| w.run == Some(*run)) {
        tell(w.id, Became::Source(source, w.ended.unwrap_or_default()), turn);
    }
}

/// The rows below a model's trail while it waits.
pub fn rows(wants: &Wanted, key: &str) -> Vec<Row> {
    let tool = wants.call.tool.clone().unwrap_or_default();
    let call = clean(&format!("{} {tool} {}", wants.call.server, wants.call.arguments)).into_owned();
    let state = match wants.run {
        Some(run) => format!("waits for run {run}: "),
        None => format!("waits for your approval ({key}): "),
    };
    vec![Row::of(Role::Warn, format!("      {state}")).bit(Role::Text, call).hang(6)]
}

fn tell(id: u32, what: Became, turn: &mut Turn) {
    turn.effect(Effect::TellModel { id, what });
}
