//! The home screen, and coming into a session.

use super::{Turn, engine, navigate};
use crate::app::desk::{Desk, Mode, Saved, Screen};
use crate::app::effect::Effect;
use crate::app::panel::Panel;
use crate::app::row::{Role, Subject};
use crate::session::{RunState, Session};

/// Goes on with the saved session under the cursor; the newest one from above the list.
pub fn open(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    match navigate::current(session, desk).subject {
        Subject::Saved(id) => turn.effect(Effect::OpenSession { id }),
        _ => desk.say(Role::Dim, "move to a session first, or paste to begin a new one"),
    }
}

/// Begins an empty session.
pub fn begin(_: &Session, _: &mut Desk, turn: &mut Turn) {
    turn.effect(Effect::NewSession { title: String::new() });
}

/// Lists the saved sessions again.
pub fn list(_: &Session, _: &mut Desk, turn: &mut Turn) {
    turn.effect(Effect::ListSessions);
}

/// Goes to the saved sessions; the session stays open behind them.
pub fn go(_: &Session, desk: &mut Desk, turn: &mut Turn) {
    if desk.investigating.is_some() || !desk.running.is_empty() {
        return desk.say(Role::Warn, "an investigation or a command is running here: let it end, or stop it first");
    }
    navigate::leave_everything(desk, turn);
    desk.screen = Screen::Home;
    turn.effect(Effect::ListSessions);
}

/// A session is open: everything that belonged to another one is put away.
pub fn opened(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    let fresh = Desk::new(desk.person.clone(), desk.size, desk.now);
    let home = std::mem::take(&mut desk.home);
    *desk = Desk {
        mode: desk.mode,
        screen: Screen::Session,
        keys: desk.keys.clone(),
        theme: desk.theme.clone(),
        timeout_s: desk.timeout_s,
        home,
        pending_pastes: desk.pending_pastes,
        saved: Saved { seq: desk.saved.seq.min(session.seq), fault: None },
        focus: if session.report.is_some() { Panel::Hypotheses } else { Panel::Evidence },
        review: desk.review,
        ..fresh
    };
    if desk.mode == Mode::Review {
        return;
    }
    let open = session.runs.values().filter(|r| r.state != RunState::Ended).count();
    if open > 0 {
        desk.say(
            Role::Warn,
            format!("{open} commands have no recorded end: their outcome is unknown, none was started again"),
        );
    }
    let interrupted = session.investigations.last().is_some_and(|i| i.ended.is_none());
    if interrupted && !session.evidence.is_empty() {
        engine::investigate(session, desk, "the last one was interrupted".into(), turn);
    }
}
