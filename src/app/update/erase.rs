//! Emptying the bin: a person types how many sessions are erased; of those that were listed, and no other.

use super::Turn;
use crate::app::desk::Desk;
use crate::app::effect::Effect;
use crate::app::prompt::{Asking, Prompt};
use crate::app::row::Role;
use crate::session::Session;

/// What is typed to erase so many sessions.
pub fn erase_phrase(sessions: usize) -> String {
    format!("erase {sessions} session{}", if sessions == 1 { "" } else { "s" })
}

/// What is said once that many are gone.
pub fn erased(sessions: usize) -> String {
    format!("{sessions} session{} erased for good", if sessions == 1 { " is" } else { "s are" })
}

/// Asks for the phrase, in the bin; elsewhere it says how to get there.
pub fn ask(_: &Session, desk: &mut Desk, _: &mut Turn) {
    if !desk.home_query.binned {
        let key = desk.keys.key_of("show-bin");
        return desk.say(Role::Dim, format!("look at the bin first ({key}): what is listed there can be erased"));
    }
    let ids: Vec<String> = desk.home.iter().map(|r| r.id.clone()).collect();
    if ids.is_empty() {
        return desk.say(Role::Dim, "nothing of the bin is listed");
    }
    // Short enough to be read whole beside the answer on a narrow terminal.
    let label = format!("type `{}` to erase:", erase_phrase(ids.len()));
    desk.prompt = Some(Prompt::new(Asking::Erase { ids }, label));
}

/// What was typed.
pub fn answered(desk: &mut Desk, ids: Vec<String>, typed: &str, turn: &mut Turn) {
    let wanted = erase_phrase(ids.len());
    if typed.trim() != wanted {
        return desk.say(Role::Warn, format!("nothing was erased: that is not `{wanted}`"));
    }
    desk.say(Role::Warn, format!("erasing {}; the list says what is left", ids.len()));
    turn.effect(Effect::EmptyBin { ids });
}
