//! Leave for an exact command to run again in this session, and dry runs that are asked for from a
//! change's approval. Leave is given in the approval itself, by a typed word, and only for what reads.

use super::Turn;
use super::runs::{approve_shown, classed, present};
use crate::app::desk::Desk;
use crate::app::dialog::{Approval, Dialog, Item, phrase};
use crate::app::row::{Role, Subject};
use crate::app::standing::author_name;
use crate::journal::event::{Author, Event};
use crate::session::Session;

/// The word that is typed for leave.
pub const SESSION: &str = "session";
/// The word that is typed for the dry run.
pub const DRY: &str = "dry";

/// It is known where the command would run: is there leave for exactly this, here, by this person?
pub fn look(session: &Session, desk: &mut Desk) {
    let me = Author::Person(desk.person.clone());
    let Some(Dialog::Approval(a)) = &mut desk.dialog else { return };
    a.allowed = None;
    if !a.may_have_leave() || !a.typed.is_empty() || a.touched {
        return;
    }
    let (Some(argv), Some(context)) = (crate::command::words(&a.command), &a.context) else { return };
    if let Some(leave) = session.allows(&a.command, &argv, context).filter(|l| l.by == me) {
        a.allowed = Some((leave.seq, format!("{} at {}", author_name(&leave.by), leave.at.format("%H:%M:%SZ"))));
    }
}

/// Starts what has leave, once the dialog is alive, was seen whole, and no key came meanwhile.
pub fn start_when_due(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    let Some(Dialog::Approval(a)) = &mut desk.dialog else { return };
    let Some((seq, _)) = a.allowed.clone() else { return };
    a.typed.clone_from(&a.phrase);
    if a.refusal(desk.now, desk.size).is_some() {
        a.typed.clear();
        return;
    }
    approve_shown(session, desk, Some(seq), turn);
}

/// A key came while a command with leave was about to start: it waits for its approval like any other.
pub fn touched(desk: &mut Desk) {
    let Some(Dialog::Approval(a)) = &mut desk.dialog else { return };
    a.touched = true;
    if a.allowed.take().is_some() {
        desk.say(Role::Warn, "a key came: it waits for its approval");
    }
}

/// Gives leave to what is being approved.
pub fn give(desk: &mut Desk, a: &Approval, turn: &mut Turn) {
    let (Some(argv), Some(context)) = (crate::command::words(&a.command), a.context.clone()) else { return };
    turn.did(desk, Event::CommandAllowed { command: a.command.clone(), argv, context });
}

/// Takes back the leave under the cursor.
pub fn revoke(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    match super::navigate::current(session, desk).subject {
        Subject::Leave(allowed) if session.allowed.iter().any(|a| a.seq == allowed) => {
            turn.did(desk, Event::CommandDisallowed { allowed });
            desk.say(Role::Good, "from now on it is asked for again");
        }
        _ => desk.say(Role::Dim, "move to a command that may run unasked first"),
    }
}

/// Asks for approval of the dry run in place of the change.
pub fn ask_dry_run(desk: &mut Desk, a: &Approval, turn: &mut Turn) {
    let Some(trial) = &a.trial else { return };
    let (label, why) = classed(&trial.command, crate::domain::Label::CannotTell);
    let notes =
        vec![format!("the dry run of: {}", a.command), "only its tool knows what a dry run leaves alone".into()];
    let phrase = phrase(label, &trial.command);
    let about = Approval::of(Item::Dry(a.command.clone()), trial.command.clone(), a.timeout_s, desk.now);
    present(Approval { what: format!("Dry run: {}", a.what), label, why, notes, phrase, ..about }, desk, turn);
}
