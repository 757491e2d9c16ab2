//! Prompt lines: what is asked, and what an answer leads to.

use super::{Turn, editing, home, navigate, runs};
use crate::app::desk::{Desk, Screen};
use crate::app::effect::{Effect, Seek};
use crate::app::prompt::{Asking, Prompt};
use crate::app::row::Role;
use crate::intake::secrets::{Masks, mask};
use crate::journal::event::Event;
use crate::journal::peer::Saying;
use crate::session::Session;

/// What stands before a question that Enter did not answer.
const UNANSWERED: &str = "(nothing typed; esc leaves) ";

/// Asks what to search for.
pub fn ask_search(_: &Session, desk: &mut Desk, _: &mut Turn) {
    let before = desk.search.clone().unwrap_or_default();
    desk.prompt = Some(Prompt::new(Asking::Search, "/").starting(before));
}

/// Asks for the title.
pub fn ask_title(session: &Session, desk: &mut Desk, _: &mut Turn) {
    desk.prompt = Some(Prompt::new(Asking::Title, "title:").starting(session.title.clone()));
}

/// Asks for a file.
pub fn ask_file(_: &Session, desk: &mut Desk, _: &mut Turn) {
    desk.prompt = Some(Prompt::new(Asking::File, "file to add:"));
}

/// Asks for a time to look at.
pub fn ask_time(_: &Session, desk: &mut Desk, _: &mut Turn) {
    desk.prompt = Some(Prompt::new(Asking::SeekTime, "what was known at (09:20, or a full stamp):"));
}

/// Leaves without an answer.
pub fn cancel(_: &Session, desk: &mut Desk, _: &mut Turn) {
    desk.prompt = None;
}

/// Takes the next offer.
pub fn offer(_: &Session, desk: &mut Desk, _: &mut Turn) {
    if let Some(p) = &mut desk.prompt {
        p.take_offer();
    }
}

/// Gives the answer.
pub fn submit(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    let Some(mut prompt) = desk.prompt.take() else { return };
    let text = prompt.text.trim().to_owned();
    if text.is_empty() && prompt.asking == Asking::Search {
        desk.search = None;
    } else if text.is_empty() && !matches!(prompt.asking, Asking::Title | Asking::Sessions | Asking::ReplaceBy { .. }) {
        // Stays open: the keys that were meant for it must not reach a panel.
        if !prompt.label.starts_with(UNANSWERED) {
            prompt.label.insert_str(0, UNANSWERED);
        }
        desk.prompt = Some(prompt);
        return;
    }
    answered(session, desk, prompt.asking, text, turn);
}

fn answered(session: &Session, desk: &mut Desk, asking: Asking, text: String, turn: &mut Turn) {
    match asking {
        Asking::Search if text.is_empty() => {}
        Asking::Search => {
            desk.search = Some(text);
            navigate::find(session, desk, false);
        }
        Asking::Reason { hypothesis, verdict } => {
            turn.did(desk, Event::HypothesisJudged { hypothesis, verdict, reason: text });
        }
        Asking::RankPlace { hypothesis } => match text.parse::<u32>() {
            Ok(rank) if (1..=999).contains(&rank) => {
                desk.prompt =
                    Some(Prompt::new(Asking::RankReason { hypothesis, rank }, format!("to place {rank} — why?")));
            }
            _ => desk.say(Role::Warn, format!("`{text}` is not a place: a number from 1")),
        },
        Asking::RankReason { hypothesis, rank } => {
            turn.did(desk, Event::HypothesisRanked { hypothesis, rank, reason: text });
        }
        Asking::AddSubject => {
            let label = format!("{text}: what happened? (one sentence)");
            desk.prompt = Some(Prompt::new(Asking::AddStatement { subject: text }, label));
        }
        Asking::AddStatement { subject } => {
            let hypothesis = format!("{subject}/added-{}", session.added.len() + 1);
            turn.did(desk, Event::HypothesisAdded { hypothesis, subject, statement: text });
        }
        Asking::Note(kind) => {
            let (kind, text) = super::notes::kind_of(kind, text);
            turn.did(desk, Event::NoteTaken { kind, text });
        }
        Asking::Question => super::questions::asked(session, desk, text, turn),
        Asking::Telemetry => super::telemetry::asked(session, desk, &text, turn),
        Asking::Title => turn.did(desk, Event::TitleChanged { title: text }),
        Asking::File => {
            if desk.screen == Screen::Home {
                turn.effect(Effect::NewSession { title: String::new() });
            }
            turn.effect(Effect::ReadFile { path: text });
        }
        Asking::Blank { .. } if !mask(&text, &mut Masks::new([0; 32])).counts.is_empty() => desk.say(
            Role::Warn,
            "this looks like a secret, and a command is recorded as it runs: name a variable or a file that holds it",
        ),
        Asking::Blank { item, name, mut after } => {
            turn.did(desk, Event::BlankFilled { name: name.clone(), value: text.clone() });
            if after.is_empty() {
                return runs::ask(session, desk, item, Some((name, text)), turn);
            }
            let next = after.remove(0);
            runs::ask_blank(session, desk, item, next, after);
        }
        Asking::Lead => super::follow::offer_to(desk, &text, turn),
        Asking::Propose => turn.effect(Effect::Say(Saying::ProposeCheck { text })),
        Asking::SeekTime => turn.effect(Effect::Seek(Seek::Time(text))),
        Asking::Steer => super::model::steer(desk, text, turn),
        Asking::Find => editing::find(session, desk, text, turn),
        Asking::ReplaceWhat => editing::ask_replacement(desk, text),
        Asking::ReplaceBy { what } => editing::replace(desk, &what, &text),
        Asking::Sessions => home::asked(desk, &text, turn),
        Asking::Tags { id } => super::tags::answered(session, desk, id, text, turn),
        Asking::Erase { ids } => super::erase::answered(desk, ids, &text, turn),
        Asking::ExportFormat => super::postmortem::ask_file(desk, &text),
        Asking::ExportTo { format } => super::postmortem::export(session, desk, &format, Some(text), turn),
    }
}
