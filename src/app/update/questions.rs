//! Questions about the incident: asked, handed to the engine, and answered.

use super::{Turn, engine, navigate};
use crate::analyst::questions::Answer;
use crate::app::desk::Desk;
use crate::app::effect::Effect;
use crate::app::panel::Panel;
use crate::app::prompt::{Asking, Prompt};
use crate::app::row::Role;
use crate::journal::event::Event;
use crate::session::Session;

/// Asks what is to be known.
pub fn ask(session: &Session, desk: &mut Desk, _: &mut Turn) {
    if session.evidence.is_empty() {
        return desk.say(Role::Dim, "there is nothing to ask about yet: paste something first");
    }
    let mut offers = vec!["when did it start?".to_owned(), "which services were hit?".to_owned()];
    let others = session.report.iter().flat_map(|r| r.hypotheses.iter().skip(1));
    offers.extend(others.take(3).map(|h| format!("why not {}?", h.subject)));
    desk.prompt = Some(Prompt::new(Asking::Question, "ask about this incident (tab offers):").offering(offers));
}

/// A question was typed.
pub fn asked(session: &Session, desk: &mut Desk, text: String, turn: &mut Turn) {
    let question = session.questions.iter().map(|q| q.question).max().unwrap_or(0) + 1;
    turn.did(desk, Event::QuestionAsked { question, text: text.clone() });
    turn.effect(Effect::Answer { question, text });
    desk.remember();
    navigate::show(desk, Panel::Notes);
}

/// A question was answered; an answer to none that waits is dropped.
pub fn answered(session: &Session, desk: &mut Desk, question: u32, answer: Answer, turn: &mut Turn) {
    let waits = session.questions.iter().any(|q| q.question == question && q.answer.is_none());
    if !waits {
        turn.redraw = false;
        return;
    }
    let Answer { known, lead, claims } = answer;
    let (role, said) = match known {
        true => (Role::Good, format!("answered: {} claims", claims.len())),
        false => (Role::Warn, lead.clone()),
    };
    desk.say(role, said);
    turn.engine(engine::EMBEDDED, Event::QuestionAnswered { question, known, lead, claims });
}
