//! The scribe's lines.

use super::Turn;
use crate::app::desk::Desk;
use crate::app::prompt::{Asking, Prompt};
use crate::journal::event::NoteKind;
use crate::session::Session;

fn ask(desk: &mut Desk, kind: NoteKind, label: &str) {
    desk.prompt = Some(Prompt::new(Asking::Note(kind), label));
}

/// Takes a note.
pub fn note(_: &Session, desk: &mut Desk, _: &mut Turn) {
    ask(desk, NoteKind::Note, "note:");
}

/// Takes a decision.
pub fn decision(_: &Session, desk: &mut Desk, _: &mut Turn) {
    ask(desk, NoteKind::Decision, "decision:");
}

/// Takes an action.
pub fn action(_: &Session, desk: &mut Desk, _: &mut Turn) {
    ask(desk, NoteKind::Action, "action (who does what):");
}

/// Takes a question.
pub fn question(_: &Session, desk: &mut Desk, _: &mut Turn) {
    ask(desk, NoteKind::Question, "question:");
}

/// Takes who has which role.
pub fn role(_: &Session, desk: &mut Desk, _: &mut Turn) {
    ask(desk, NoteKind::Role, "role (who is what):");
}
