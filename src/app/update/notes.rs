//! The scribe's lines.

use super::Turn;
use crate::app::desk::Desk;
use crate::app::prompt::{Asking, Prompt};
use crate::journal::event::NoteKind;
use crate::session::Session;

fn ask(desk: &mut Desk, kind: NoteKind, label: &str) {
    desk.prompt = Some(Prompt::new(Asking::Note(kind), label));
}

/// Takes a scribe's line of any kind: its first letter says which.
pub fn note(_: &Session, desk: &mut Desk, _: &mut Turn) {
    ask(desk, NoteKind::Note, "note, or d: a: q: r: before it:");
}

/// The kind that a line asks for by its first letter, and the line without it.
pub fn kind_of(kind: NoteKind, line: String) -> (NoteKind, String) {
    let said = match line.get(..2) {
        Some("d:") => NoteKind::Decision,
        Some("a:") => NoteKind::Action,
        Some("q:") => NoteKind::Question,
        Some("r:") => NoteKind::Role,
        _ => return (kind, line),
    };
    let rest = line.get(2..).unwrap_or("").trim().to_owned();
    if kind != NoteKind::Note || rest.is_empty() { (kind, line) } else { (said, rest) }
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
