//! Questions about the incident: asked, answered by the model of the settings where there is one, and
//! by search where there is none, it fails, or nobody wants anything sent.

use super::{Turn, engine, model, navigate};
use crate::analyst::questions::Answer;
use crate::app::desk::Desk;
use crate::app::effect::Effect;
use crate::app::input::ModelNews;
use crate::app::panel::Panel;
use crate::app::prompt::{Asking, Prompt};
use crate::app::row::Role;
use crate::domain::counted;
use crate::domain::showable::clean;
use crate::journal::event::{Body, Event};
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

/// A question that a model is answering.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Inquiring {
    /// The question's number.
    pub question: u32,
    /// The model, as the settings name it.
    pub engine: String,
    /// What it has said so far; the beginning of it where that is long.
    pub said: String,
    /// Tokens, in and out.
    pub tokens: (u64, u64),
    /// US dollars, as far as prices are known.
    pub usd: f64,
}

/// How much of an answer that is still coming is shown, in bytes.
const SHOWN: usize = 4_096;

fn waits(session: &Session, question: u32) -> bool {
    session.questions.iter().any(|q| q.question == question && q.answer.is_none())
}

/// What a model would be given is made: it is shown, or sent where this session's was agreed to before.
pub fn payload(session: &Session, desk: &mut Desk, of: (u32, String, &str), turn: &mut Turn) {
    let (question, engine, text) = of;
    if !waits(session, question) {
        return;
    }
    // One at a time: making this one ready has ended the one before.
    if let Some(before) = desk.inquiry.take() {
        search(session, desk, before.question, "another question was asked", turn);
    }
    match session.agreed {
        true => send(desk, question, engine, turn),
        // Something else is being decided: nothing may cover that.
        false if desk.dialog.is_some() => search(session, desk, question, "nothing was sent", turn),
        false => model::show(desk, engine, Some(question), text),
    }
}

/// Sends the question that is ready.
pub(super) fn send(desk: &mut Desk, question: u32, engine: String, turn: &mut Turn) {
    desk.inquiry = Some(Inquiring { question, engine, ..Inquiring::default() });
    turn.effect(Effect::SendQuestion { question });
}

/// Answers by search after all.
pub(super) fn search(session: &Session, desk: &mut Desk, question: u32, because: &str, turn: &mut Turn) {
    let Some(asked) = session.questions.iter().find(|q| q.question == question) else { return };
    desk.say(Role::Warn, format!("{because}; the question is answered by search"));
    turn.effect(Effect::StopQuestion);
    turn.effect(Effect::SearchAnswer { question, text: asked.text.clone(), because: because.to_owned() });
}

/// What a model's answer tells; that of one that was stopped is left aside.
pub fn news(session: &Session, desk: &mut Desk, question: u32, news: ModelNews, turn: &mut Turn) {
    let Some(inquiry) = desk.inquiry.as_mut().filter(|i| i.question == question) else {
        turn.redraw = false;
        return;
    };
    match news {
        // Run 0 is no investigation: the call belongs to a question.
        ModelNews::Asked { model, text, left_out } => {
            inquiry.said.clear();
            inquiry.engine.clone_from(&model);
            turn.program(Event::ModelAsked { run: 0, model, body: Body::new(text), left_out });
        }
        ModelNews::Says(text) if inquiry.said.len() < SHOWN => inquiry.said.push_str(&clean(&text)),
        ModelNews::Used { tokens_in, tokens_out, usd } => {
            (inquiry.tokens, inquiry.usd) = ((tokens_in, tokens_out), usd);
        }
        ModelNews::Ended(why) => {
            desk.inquiry = None;
            search(session, desk, question, &why, turn);
        }
        // A question is answered without tools.
        _ => turn.redraw = false,
    }
}

/// A model answered.
pub fn answered_by(session: &Session, desk: &mut Desk, of: (u32, &str), answer: Answer, turn: &mut Turn) {
    let (question, engine) = of;
    let Some(inquiry) = desk.inquiry.take_if(|i| i.question == question) else {
        turn.redraw = false;
        return;
    };
    if !waits(session, question) {
        return;
    }
    let ((tokens_in, tokens_out), usd) = (inquiry.tokens, inquiry.usd);
    let role = if answer.known { Role::Good } else { Role::Warn };
    let count = answer.claims.len();
    desk.say(
        role,
        format!("{engine} answered: {}, {tokens_in} tokens in, {tokens_out} out, ${usd:.4}", counted(count, "claim")),
    );
    let Answer { known, lead, claims } = answer;
    turn.engine(engine, Event::QuestionAnswered { question, known, lead, claims });
}

/// A question was answered; an answer to none that waits is dropped.
pub fn answered(session: &Session, desk: &mut Desk, question: u32, answer: Answer, turn: &mut Turn) {
    if !waits(session, question) {
        turn.redraw = false;
        return;
    }
    let Answer { known, lead, claims } = answer;
    let (role, said) = match known {
        true => (Role::Good, format!("answered: {}", counted(claims.len(), "claim"))),
        false => (Role::Warn, lead.clone()),
    };
    desk.say(role, said);
    turn.engine(engine::EMBEDDED, Event::QuestionAnswered { question, known, lead, claims });
}
