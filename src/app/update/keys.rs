//! Keys: which context has them, and what a key does there. Text goes to what is being typed.

use super::{Turn, home, leave, postmortem};
use crate::app::action::{self, Action};
use crate::app::desk::{Desk, Mode, Screen};
use crate::app::dialog::{Approval, Dialog};
use crate::app::effect::Effect;
use crate::app::input::{Key, KeyCode};
use crate::app::keymap::{Context, plain};
use crate::app::panel::Panel;
use crate::app::prompt::Prompt;
use crate::app::row::Role;
use crate::session::Session;

/// Takes a key press in.
pub fn press(session: &Session, desk: &mut Desk, key: Key, turn: &mut Turn) {
    let key = plain(key);
    // Drawing and saving take time: what was typed ahead, or all at once, is told by when it was read.
    let read = desk.key_read.unwrap_or(desk.now);
    let gap = desk.last_key.map(|last| (read - last).num_milliseconds());
    desk.last_key = Some(read);
    let burst = gap.is_some_and(|ms| ms < Approval::BURST_MS);
    leave::touched(desk);
    if let Some(Dialog::Approval(a)) = &mut desk.dialog {
        if read < a.alive_at() {
            return;
        }
        if burst {
            a.typed.clear();
            desk.say(Role::Warn, "keys came faster than a person types: type it again");
            return;
        }
    }
    if let Some(Dialog::Payload(p)) = &desk.dialog
        && (burst || read < p.alive_at())
    {
        return;
    }
    let contexts = contexts(desk);
    if let Some(found) = desk.keys.action(&contexts, key).and_then(action::by_id) {
        perform(session, desk, found, turn);
    } else {
        typed(desk, key);
    }
}

/// Does an action, or says why it can't be done now.
pub fn perform(session: &Session, desk: &mut Desk, action: &Action, turn: &mut Turn) {
    if action.id != "quit" && action.id != "take-lead" {
        desk.quit_asked = false;
    }
    if (action.enabled)(session, desk) {
        (action.run)(session, desk, turn);
    } else {
        let why = match desk.mode {
            Mode::Live => "now",
            Mode::Review => "in review",
            Mode::Follow => "while following",
        };
        desk.say(Role::Dim, format!("{}: not possible {why}", action.title));
    }
}

/// The contexts that have the keys, the most particular first.
pub fn contexts(desk: &Desk) -> Vec<Context> {
    match &desk.dialog {
        Some(Dialog::Approval(_)) => return vec![Context::Approval],
        Some(Dialog::Palette { .. } | Dialog::Pick(_)) => return vec![Context::Palette],
        Some(Dialog::Help { .. } | Dialog::Page(_)) => return vec![Context::Help],
        Some(Dialog::Payload(_)) => return vec![Context::Payload],
        None => {}
    }
    if desk.prompt.is_some() {
        return vec![Context::Prompt];
    }
    if desk.editor.is_some() {
        return vec![Context::Editor];
    }
    contexts_of_panels(desk)
}

/// The contexts of the panels, whatever stands over them.
pub fn contexts_of_panels(desk: &Desk) -> Vec<Context> {
    if desk.screen == Screen::Home {
        return vec![Context::Home, Context::List, Context::Everywhere];
    }
    let mut all = Vec::new();
    match desk.mode {
        Mode::Live => {}
        Mode::Review => all.push(Context::Review),
        Mode::Follow => all.push(Context::Follow),
    }
    all.extend(match desk.focus {
        Panel::Evidence => Some(Context::Evidence),
        Panel::Hypotheses => Some(Context::Hypotheses),
        Panel::Checklist => Some(Context::Checklist),
        Panel::Mitigation => Some(Context::Mitigation),
        Panel::Runs => Some(Context::Runs),
        Panel::Postmortem => Some(Context::Postmortem),
        Panel::Notes => Some(Context::Notes),
        _ => None,
    });
    all.extend([Context::List, Context::Session, Context::Everywhere]);
    all
}

fn typed(desk: &mut Desk, key: Key) {
    match &mut desk.dialog {
        Some(Dialog::Approval(a)) => return line_key(&mut a.typed, key),
        Some(Dialog::Palette { query, picked }) => {
            *picked = 0;
            return line_key(query, key);
        }
        Some(Dialog::Pick(p)) => {
            p.picked = 0;
            return line_key(&mut p.query, key);
        }
        Some(Dialog::Help { .. } | Dialog::Page(_) | Dialog::Payload(_)) => return,
        None => {}
    }
    if let Some(prompt) = &mut desk.prompt {
        prompt_key(prompt, key);
    } else if desk.editor.is_some() {
        postmortem::editor_key(desk, key);
    }
}

fn line_key(text: &mut String, key: Key) {
    match key.code {
        KeyCode::Char(c) if !key.ctrl && !key.alt && !c.is_control() && text.len() < 200 => text.push(c),
        KeyCode::Backspace => drop(text.pop()),
        _ => {}
    }
}

fn prompt_key(prompt: &mut Prompt, key: Key) {
    match (key.code, key.ctrl) {
        (KeyCode::Char(c), false) if !key.alt => prompt.insert(c.encode_utf8(&mut [0; 4])),
        (KeyCode::Char('a'), true) | (KeyCode::Home, _) => prompt.cursor = 0,
        (KeyCode::Char('e'), true) | (KeyCode::End, _) => prompt.cursor = prompt.text.len(),
        (KeyCode::Char('u'), true) => prompt.clear_before(),
        (KeyCode::Char('w'), true) => prompt.delete_word(),
        (KeyCode::Backspace, _) => prompt.backspace(),
        (KeyCode::Delete, _) => prompt.delete(),
        (KeyCode::Left, _) => prompt.left(),
        (KeyCode::Right, _) => prompt.right(),
        _ => {}
    }
}

/// Ends the console; asks once more where something would be lost.
pub fn quit(_: &Session, desk: &mut Desk, turn: &mut Turn) {
    postmortem::save(desk, turn);
    if desk.mode != Mode::Live {
        // What runs over there goes on without whoever looks.
        return turn.effect(Effect::Quit);
    }
    let why = match (desk.saved.why_not(), desk.running.len()) {
        (Some(why), _) => Some(format!("NOT SAVED ({why}): quit again loses it, export first")),
        (None, 0) => None,
        (None, 1) => Some("1 command is running: quit again to end it".to_owned()),
        (None, n) => Some(format!("{n} commands are running: quit again to end them")),
    };
    match why {
        Some(why) if !desk.quit_asked => {
            desk.quit_asked = true;
            desk.say(Role::Bad, why);
        }
        _ => turn.effect(Effect::Quit),
    }
}

/// Stops the process as Ctrl-Z does.
pub fn suspend(_: &Session, desk: &mut Desk, turn: &mut Turn) {
    postmortem::save(desk, turn);
    turn.effect(Effect::Suspend);
}

/// The themes the program comes with, in the order they are gone through.
pub const THEMES: [&str; 5] = ["dark", "light", "mono", "high-contrast", "bridge"];

/// Changes to the next theme.
pub fn next_theme(_: &Session, desk: &mut Desk, _: &mut Turn) {
    let at = desk.theme.as_deref().and_then(|t| THEMES.iter().position(|n| *n == t)).unwrap_or(0);
    let next = THEMES.get((at + 1) % THEMES.len()).copied().unwrap_or("dark");
    desk.theme = Some(next.to_owned());
    desk.say(Role::Info, format!("theme {next}"));
}

/// Closes what is open: the search, the wait for a paste; on the home screen, what was asked for there, then
/// goes back to the session.
pub fn close(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    if desk.paste_for.take().is_some() {
        desk.say(Role::Dim, "the next paste is new evidence again");
    } else if desk.screen == Screen::Home && home::list_all(desk, turn) {
        // Only the order is left of what was asked.
    } else if desk.screen == Screen::Home && session.seq > 0 {
        desk.screen = Screen::Session;
    } else {
        desk.search = None;
        desk.cited = None;
        desk.toasts.clear();
    }
}
