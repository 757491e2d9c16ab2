//! The route of each input, and what holds for every turn: review writes nothing, time wakes it.

use super::{
    engine, evidence, follow, home, keys, model, mouse, overlay, peers, postmortem, present, questions, review, runs,
    similar, telemetry,
};
use crate::app::desk::{Desk, Mode, Saved, Work};
use crate::app::effect::Effect;
use crate::app::input::Input;
use crate::app::row::Role;
use crate::app::sessions_query::SessionsQuery;
use crate::fault::Fault;
use crate::journal::event::{Author, Event};
use crate::session::Session;

/// What one input led to. The runtime gives each event its sequence and time, applies it, hands it
/// to the writer, and then performs the effects in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Turn {
    /// What happened, and who did it.
    pub events: Vec<(Author, Event)>,
    /// What is wanted of the world.
    pub effects: Vec<Effect>,
    /// Something visible changed.
    pub redraw: bool,
}

impl Turn {
    /// Something the person at the desk did.
    pub fn did(&mut self, desk: &Desk, event: Event) {
        self.events.push((Author::Person(desk.person.clone()), event));
    }

    /// Something an engine did.
    pub fn engine(&mut self, name: &str, event: Event) {
        self.events.push((Author::Engine(name.to_owned()), event));
    }

    /// Something the program did.
    pub fn program(&mut self, event: Event) {
        self.events.push((Author::Program, event));
    }

    /// Something to do.
    pub fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }
}

/// Takes one input in.
pub fn update(session: &Session, desk: &mut Desk, input: Input) -> Turn {
    let mut turn = Turn { redraw: true, ..Turn::default() };
    let now = desk.now;
    let toasts = desk.toasts.len();
    desk.toasts.retain(|t| t.until > now);
    match input {
        Input::KeysAt(read) => {
            desk.key_read = Some(read);
            turn.redraw = false;
        }
        Input::Key(key) => {
            let before = follow::before_key(desk);
            keys::press(session, desk, key, &mut turn);
            follow::moved(desk, before);
        }
        Input::Paste(text) => evidence::paste(session, desk, text, &mut turn),
        Input::Mouse(what) => {
            let before = follow::before_key(desk);
            mouse::mouse(session, desk, what, &mut turn);
            follow::moved(desk, before);
        }
        Input::Resize(columns, rows) => {
            desk.size = (columns, rows);
            overlay::resized(desk);
        }
        Input::Deadline => {
            let due = postmortem::save_when_due(desk, &mut turn) | runs::tick_when_due(desk) | overlay::woke(desk);
            super::leave::start_when_due(session, desk, &mut turn);
            turn.redraw = due || toasts != desk.toasts.len();
        }
        Input::Saved(seq) => {
            turn.redraw = desk.saved.fault.is_some() || seq >= session.seq;
            desk.saved = Saved { seq, fault: None };
        }
        Input::SaveFailed(fault) => {
            // In full when it happens; in few words as long as it lasts.
            if desk.saved.fault.as_ref() != Some(&fault) {
                failed(desk, &fault);
            }
            desk.saved.fault = Some(fault);
        }
        Input::Progress { what, done, of } => {
            desk.work = (of == 0 || done < of).then_some(Work { what, done, of });
        }
        Input::Failed(fault) => failed(desk, &fault),
        Input::CopySent { bytes } => {
            desk.say(Role::Info, format!("sent {bytes} bytes to the terminal's clipboard; a file is the sure way"))
        }
        Input::Exported { format, to, digest } => {
            // The name first: a narrow screen cuts the end.
            let text = match to.rsplit_once('/').filter(|(folder, _)| !folder.is_empty()) {
                Some((folder, name)) => format!("wrote {name} in {folder}"),
                None => format!("wrote {to}"),
            };
            desk.say(Role::Good, text);
            turn.did(desk, Event::Exported { format, to, digest });
        }
        Input::EditorClosed(text) => postmortem::editor_closed(session, desk, text, &mut turn),
        Input::Hangup => {
            postmortem::save(desk, &mut turn);
            turn.effect(Effect::Quit);
        }
        other => from_outside(session, desk, other, &mut turn),
    }
    match desk.mode {
        Mode::Live => {}
        Mode::Review => {
            turn.events.clear();
            turn.effects.retain(allowed_in_review);
        }
        Mode::Follow => follow::only_says(desk, &mut turn),
    }
    if let Some(after_ms) = desk.next_wake() {
        turn.effect(Effect::Wake { after_ms });
    }
    turn
}

fn from_outside(session: &Session, desk: &mut Desk, input: Input, turn: &mut Turn) {
    match input {
        Input::Sessions(rows) => home::listed(desk, SessionsQuery::default(), rows),
        Input::FoundSessions { query, rows } => home::listed(desk, query, rows),
        Input::PostmortemChecked { flags } => postmortem::flagged(session, desk, flags),
        Input::Similar { found, of } => similar::found(desk, &found, of),
        Input::Opened => home::opened(session, desk, turn),
        Input::At { seq, of, at } => review::at(session, desk, seq, of, at),
        Input::Grown => {
            follow::look_again(session, desk);
            follow::take_what_was_passed(session, desk, turn);
        }
        Input::LeadStands(at) => follow::lead_stands(session, desk, *at, turn),
        Input::Attending { door, all } => present::attending(session, desk, door, all, turn),
        Input::SaidToLead { count } => follow::said_to_lead(desk, count),
        Input::NotTaken(answers) => follow::not_taken(session, desk, answers),
        Input::Lead { there } => {
            follow::lead(session, desk, there);
            follow::take_what_was_passed(session, desk, turn);
        }
        Input::Sealed(by) => follow::sealed(desk, by),
        Input::Odd(what) => follow::odd(desk, what),
        Input::Sharing(sharing) => desk.sharing = Some(sharing),
        Input::PeerSaid(message) => peers::said(session, desk, *message, turn),
        Input::PeersRefused { count, why } => peers::refused(desk, count, &why),
        Input::Admitted { name, origin, text, notices } => {
            evidence::admitted(session, desk, evidence::Arrival { name, origin, text, notices }, turn);
        }
        Input::Step { run, step } => engine::step(desk, run, step, turn),
        Input::Report { run, report } => engine::report(session, desk, run, report, turn),
        Input::EngineEnded { run, why } => engine::ended(desk, run, why, turn),
        Input::ModelPayload { engine, text } => model::payload(session, desk, engine, text, turn),
        Input::Model { run, news } => model::news(desk, run, news, turn),
        Input::Context(context) => overlay::context(session, desk, context, turn),
        Input::QuestionPayload { question, engine, text } => {
            questions::payload(session, desk, (question, engine, &text), turn);
        }
        Input::QuestionNews { question, news } => questions::news(session, desk, question, news, turn),
        Input::ModelAnswered { question, engine, answer } => {
            questions::answered_by(session, desk, (question, &engine), answer, turn);
        }
        Input::Answered { question, answer } => questions::answered(session, desk, question, answer, turn),
        Input::Tools { server, tools } => telemetry::told(desk, server, tools),
        Input::RunStarted { run, pid } => turn.program(Event::RunStarted { run, pid }),
        Input::RunOutput { run, text } => turn.program(Event::RunOutput { run, text }),
        Input::RunFloods { run, bytes } => {
            desk.flooding.insert(run, bytes);
        }
        Input::RunRead { run } => runs::read(desk, run),
        Input::RunEnded { run, status, how, output, dropped } => {
            runs::ended(session, desk, runs::End { run, status, how, output, dropped }, turn);
        }
        _ => {}
    }
}

fn failed(desk: &mut Desk, fault: &Fault) {
    let hint = if fault.hint.is_empty() { String::new() } else { format!(": {}", fault.hint) };
    desk.say(Role::Bad, format!("{}{hint}", fault.what));
    desk.work = None;
}

fn allowed_in_review(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Copy { .. }
            | Effect::Seek(_)
            | Effect::Wake { .. }
            | Effect::Suspend
            | Effect::Quit
            | Effect::Export { .. }
    )
}
