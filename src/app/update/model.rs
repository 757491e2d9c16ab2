//! A model's investigation beside the embedded one: asked for, its payload shown, steered, stopped.
//! Nothing leaves before a person has seen the payload of this session's first call and said yes.

use super::wanted::{self, Wanted};
use super::{Turn, questions};
use crate::app::desk::Desk;
use crate::app::dialog::{Dialog, Page, Payload};
use crate::app::effect::Effect;
use crate::app::input::ModelNews;
use crate::app::prompt::{Asking, Prompt};
use crate::app::row::{Role, Row};
use crate::domain::counted;
use crate::domain::showable::clean;
use crate::journal::event::{Body, Event};
use crate::session::Session;

/// A model's investigation that is going on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Asked {
    /// The investigation.
    pub run: u32,
    /// The model, as the settings name it.
    pub engine: String,
    /// Tokens so far, in and out.
    pub tokens: (u64, u64),
    /// US dollars so far, as far as prices are known.
    pub usd: f64,
    /// The end of what it is saying just now.
    pub tail: String,
    /// The telemetry call that it waits for.
    pub wants: Option<Wanted>,
}

/// How much of what it says just now is kept for the screen, in bytes.
const TAIL: usize = 1_200;

/// The most rows of a payload on screen; the export has all of it.
const MOST_ROWS: usize = 20_000;

/// Asks a model; where one is at work, asks where it should look first.
pub fn ask(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    if desk.model.is_some() {
        desk.prompt = Some(Prompt::new(Asking::Steer, "where should the model look first?"));
    } else if session.report.is_none() {
        desk.say(Role::Dim, "the embedded report comes first: ask again when it is there");
    } else {
        desk.say(Role::Info, "making what the model would be given …");
        turn.effect(Effect::PrepareModel);
    }
}

/// What would be sent is made: it is shown, or sent where this session's was agreed to before.
pub fn payload(session: &Session, desk: &mut Desk, engine: String, text: String, turn: &mut Turn) {
    if session.agreed {
        return begin(session, desk, engine, turn);
    }
    show(desk, engine, None, &text);
}

/// Shows what would be sent first in this session.
pub(super) fn show(desk: &mut Desk, engine: String, question: Option<u32>, text: &str) {
    let (digest, bytes) = (Body::new(text).digest, text.len() as u64);
    let title = format!("Send this to {engine}? {}, masked", counted(bytes, "byte"));
    let page = Page::new(title, rows(text));
    // What was said while it was made is over, and the dialog's keys need the place.
    desk.toasts.retain(|t| matches!(t.role, Role::Warn | Role::Bad));
    desk.dialog = Some(Dialog::Payload(Box::new(Payload { engine, digest, bytes, question, page, opened: desk.now })));
}

/// Sends what is shown.
pub fn send(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    let Some(Dialog::Payload(p)) = &desk.dialog else { return };
    let (engine, digest, bytes, question) = (p.engine.clone(), p.digest.clone(), p.bytes, p.question);
    desk.dialog = None;
    turn.did(desk, Event::PayloadAgreed { engine: engine.clone(), digest, bytes });
    match question {
        Some(question) => questions::send(desk, question, engine, turn),
        None => begin(session, desk, engine, turn),
    }
}

/// Leaves without sending.
pub fn keep_back(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    let question = if let Some(Dialog::Payload(p)) = &desk.dialog { p.question } else { None };
    desk.dialog = None;
    if let Some(question) = question {
        return questions::search(session, desk, question, "nothing was sent", turn);
    }
    turn.effect(Effect::StopModel);
    desk.say(Role::Dim, "nothing was sent");
}

fn begin(session: &Session, desk: &mut Desk, engine: String, turn: &mut Turn) {
    let run = session.investigations.iter().map(|i| i.run).max().unwrap_or(0) + 1;
    let started = Event::InvestigationStarted { run, engine: engine.clone(), why: "asked".into() };
    turn.engine(&engine, started);
    turn.effect(Effect::AskModel { run });
    desk.model = Some(Asked { run, engine, ..Asked::default() });
}

/// Says where to look.
pub fn steer(desk: &mut Desk, words: String, turn: &mut Turn) {
    if let Some(run) = desk.model.as_ref().map(|m| m.run) {
        turn.did(desk, Event::ModelSteered { run, words: words.clone() });
        turn.effect(Effect::SteerModel { words });
        desk.say(Role::Info, "the model is told with its next call");
    }
}

/// Stops it: an answer that comes first, then an investigation.
pub fn stop(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    if let Some(inquiry) = desk.inquiry.take() {
        return questions::search(session, desk, inquiry.question, "the model was stopped", turn);
    }
    turn.effect(Effect::StopModel);
    if let Some(asked) = desk.model.take() {
        let ended = Event::InvestigationEnded { run: asked.run, why: "stopped".into() };
        turn.engine(&asked.engine, ended);
        desk.say(Role::Warn, "the model is stopped; the embedded report stands");
    }
}

/// Shows what models were given in this session, newest first.
pub fn show_given(session: &Session, desk: &mut Desk, _: &mut Turn) {
    let text = crate::export::given::text(session);
    desk.dialog = Some(Dialog::Page(Box::new(Page::new("What models were given", rows(&text)))));
}

/// Writes what models were given into the session's folder.
pub fn export_given(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    super::postmortem::export(session, desk, "requests", None, turn);
}

/// The rows of a text, with the line ends of its JSON strings shown as such.
fn rows(text: &str) -> Vec<Row> {
    let lines = text.lines().flat_map(|l| l.split("\\n").map(str::to_owned).collect::<Vec<_>>());
    lines.take(MOST_ROWS).map(|l| Row::of(Role::Text, l).hang(2)).collect()
}

/// What a model's investigation told; that of one that was stopped is left aside.
pub fn news(desk: &mut Desk, run: u32, news: ModelNews, turn: &mut Turn) {
    let Some(asked) = desk.model.as_mut().filter(|m| m.run == run) else {
        turn.redraw = false;
        return;
    };
    let engine = asked.engine.clone();
    match news {
        ModelNews::Asked { model, text, left_out } => {
            asked.tail.clear();
            turn.program(Event::ModelAsked { run, model, body: Body::new(text), left_out });
        }
        ModelNews::Step(step) => {
            asked.tail.clear();
            turn.engine(&engine, Event::StepTaken { run, step });
        }
        ModelNews::Says(text) => {
            asked.tail.push_str(&clean(&text));
            let over = asked.tail.len().saturating_sub(TAIL);
            let cut = (over..asked.tail.len()).find(|at| asked.tail.is_char_boundary(*at)).unwrap_or(0);
            asked.tail.drain(..cut);
        }
        ModelNews::Wants { id, call } => wanted::asked(desk, id, call, turn),
        ModelNews::WantsNoMore { id } => wanted::over(desk, id),
        ModelNews::Used { tokens_in, tokens_out, usd } => (asked.tokens, asked.usd) = ((tokens_in, tokens_out), usd),
        ModelNews::Report(report) => {
            desk.model = None;
            let first = report.hypotheses.first().map_or_else(
                || "no hypothesis".to_owned(),
                |h| format!("{}: {} ({:.2})", h.subject, h.fault_kind.name(), h.confidence),
            );
            desk.say(Role::Good, format!("second opinion of {engine}: {first}"));
            turn.engine(&engine, Event::OpinionReady { run, report });
        }
        ModelNews::Ended(why) => {
            desk.model = None;
            desk.say(Role::Warn, format!("{why}; the embedded report stands"));
            turn.engine(&engine, Event::InvestigationEnded { run, why });
        }
    }
}
