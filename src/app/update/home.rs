//! The home screen, and coming into a session.

use super::{Turn, engine, navigate};
use crate::app::desk::{Desk, Mode, Place, Saved, Screen};
use crate::app::effect::Effect;
use crate::app::input::{HomeRow, SavedKind};
use crate::app::panel::Panel;
use crate::app::prompt::{Asking, Prompt};
use crate::app::row::{Role, Subject};
use crate::app::rows::on_home;
use crate::app::sessions_query::{SessionsQuery, Sort};
use crate::session::{RunState, Session};

/// Goes on with the saved session under the cursor, which stands on the first one until it is moved.
pub fn open(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    match navigate::current(session, desk).subject {
        Subject::Saved(_) if desk.home_query.binned => {
            desk.say(Role::Warn, format!("it is in the bin: {} takes it back", desk.keys.key_of("restore-session")));
        }
        Subject::Saved(id) => match desk.home.iter().find(|r| r.id == id).map(|r| r.kind) {
            Some(SavedKind::Document) => desk.say(Role::Info, format!("a document, not a session: {id}")),
            _ => turn.effect(Effect::OpenSession { id }),
        },
        _ => desk.say(Role::Dim, "move to a session first, or paste to begin a new one"),
    }
}

/// Begins an empty session.
pub fn begin(_: &Session, _: &mut Desk, turn: &mut Turn) {
    turn.effect(Effect::NewSession { title: String::new() });
}

/// Lists the saved sessions again.
pub fn list(_: &Session, desk: &mut Desk, turn: &mut Turn) {
    find(desk, turn);
}

/// Lists all again, in the order that was chosen; false where neither a search nor the bin was shown.
pub fn list_all(desk: &mut Desk, turn: &mut Turn) -> bool {
    let all = SessionsQuery { sort: desk.home_query.sort, ..SessionsQuery::default() };
    let asked = desk.home_query != all;
    if asked {
        desk.home_query = all;
        find(desk, turn);
    }
    asked
}

/// The sessions that were asked for; the answer to an older question is left aside.
pub fn listed(desk: &mut Desk, query: SessionsQuery, rows: Vec<HomeRow>) {
    if query == desk.home_query {
        desk.home = rows;
        desk.work = None;
        stand_on_first(desk);
    }
}

/// The cursor of somebody who has not moved it stands on the first session listed, so that Enter goes on with it.
fn stand_on_first(desk: &mut Desk) {
    if desk.home_place == Place::default() {
        let rows = on_home(desk);
        let first = (0..rows.len()).find(|row| matches!(rows.row(*row).subject, Subject::Saved(_)));
        desk.home_place.cursor = first.unwrap_or_default();
    }
}

fn find(desk: &mut Desk, turn: &mut Turn) {
    match desk.home_query.is_plain() {
        true => turn.effect(Effect::ListSessions),
        false => turn.effect(Effect::FindSessions { query: desk.home_query.clone() }),
    }
}

/// Asks which of the saved sessions are to be listed.
pub fn ask(_: &Session, desk: &mut Desk, _: &mut Turn) {
    let label = "find (words, tag:x sev:1 service:x after:2026-05 is:imported):";
    desk.prompt = Some(Prompt::new(Asking::Sessions, label).starting(desk.home_query.text.clone()));
}

/// A query was typed; an empty one asks for all.
pub fn asked(desk: &mut Desk, text: &str, turn: &mut Turn) {
    match SessionsQuery::parse(text) {
        Ok(query) => {
            let sort = if query.sort == Sort::default() { desk.home_query.sort } else { query.sort };
            desk.home_query = SessionsQuery { sort, binned: query.binned || desk.home_query.binned, ..query };
            desk.home_place = Place::default();
            find(desk, turn);
        }
        Err(why) => desk.say(Role::Warn, why),
    }
}

/// Lists in the next order.
pub fn sort(_: &Session, desk: &mut Desk, turn: &mut Turn) {
    desk.home_query.sort = desk.home_query.sort.next();
    find(desk, turn);
}

/// Shows what is in the bin, or the sessions again.
pub fn bin(_: &Session, desk: &mut Desk, turn: &mut Turn) {
    desk.home_query.binned = !desk.home_query.binned;
    desk.home_place = Place::default();
    find(desk, turn);
}

/// Moves the session under the cursor to the bin.
pub fn delete(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    let Subject::Saved(id) = navigate::current(session, desk).subject else {
        return desk.say(Role::Dim, "move to a session first");
    };
    let kind = desk.home.iter().find(|r| r.id == id).map(|r| r.kind);
    if id == session.id {
        desk.say(Role::Warn, "this session is open here: go on with another one first");
    } else if desk.home_query.binned {
        desk.say(Role::Dim, "it is in the bin already");
    } else if kind == Some(SavedKind::Document) {
        desk.say(Role::Warn, "this is your own file: it is only listed here");
    } else {
        desk.say(Role::Dim, format!("to the bin with it; {} shows the bin", desk.keys.key_of("show-bin")));
        turn.effect(Effect::DeleteSession { id });
    }
}

/// Moves the session under the cursor back from the bin.
pub fn restore(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    match navigate::current(session, desk).subject {
        Subject::Saved(id) if desk.home_query.binned => turn.effect(Effect::RestoreSession { id }),
        Subject::Saved(_) => desk.say(Role::Dim, "it is not in the bin"),
        _ => desk.say(Role::Dim, "move to a session first"),
    }
}

/// Goes to the saved sessions; the session stays open behind them.
pub fn go(_: &Session, desk: &mut Desk, turn: &mut Turn) {
    if desk.investigating.is_some() || !desk.running.is_empty() {
        return desk.say(Role::Warn, "an investigation or a command is running here: let it end, or stop it first");
    }
    navigate::leave_everything(desk, turn);
    desk.screen = Screen::Home;
    find(desk, turn);
}

/// A session is open: everything that belonged to another one is put away.
pub fn opened(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    let fresh = Desk::new(desk.person.clone(), desk.size, desk.now);
    let (home, home_query) = (std::mem::take(&mut desk.home), std::mem::take(&mut desk.home_query));
    *desk = Desk {
        mode: desk.mode,
        screen: Screen::Session,
        keys: desk.keys.clone(),
        theme: desk.theme.clone(),
        timeout_s: desk.timeout_s,
        policies: desk.policies.clone(),
        update_every_min: desk.update_every_min,
        lint: desk.lint.clone(),
        telemetry: std::mem::take(&mut desk.telemetry),
        home,
        home_query,
        pending_pastes: desk.pending_pastes,
        saved: Saved { seq: desk.saved.seq.min(session.seq), fault: None },
        focus: if session.report.is_some() { Panel::Hypotheses } else { Panel::Evidence },
        review: desk.review,
        following: desk.following.clone(),
        people: desk.people.clone(),
        leads_since: (desk.mode == Mode::Live).then_some(desk.now),
        ..fresh
    };
    if desk.mode != Mode::Live {
        return;
    }
    let open = session.runs.values().filter(|r| r.state != RunState::Ended).count();
    if open > 0 {
        desk.say(
            Role::Warn,
            if open == 1 {
                "1 command has no recorded end: its outcome is unknown, and it was not started again".to_owned()
            } else {
                format!("{open} commands have no recorded end: their outcome is unknown, none was started again")
            },
        );
    }
    let interrupted = session.embedded_trail().is_some_and(|i| i.ended.is_none());
    if interrupted && !session.evidence.is_empty() {
        engine::investigate(session, desk, "the last one was interrupted".into(), turn);
    }
}
