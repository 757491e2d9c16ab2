//! The postmortem: editing it, saving it as it is typed, handing it to an editor, exporting it.

use crate::domain::counted;
use chrono::Duration;

use super::Turn;
use crate::app::desk::Desk;
use crate::app::editor::Editor;
use crate::app::effect::Effect;
use crate::app::flags::Flag;
use crate::app::input::{Key, KeyCode};
use crate::app::panel::Panel;
use crate::app::prompt::{Asking, Prompt};
use crate::app::row::Role;
use crate::export::FORMATS;
use crate::journal::event::{Body, Event};
use crate::session::Session;

/// A change is saved after this pause in typing …
const PAUSE_MS: i64 = 400;
/// … and at the latest this long after it was typed.
const LATEST_MS: i64 = 2_000;

/// Columns and rows of the editor: the panel's body.
pub fn editor_size(desk: &Desk) -> (usize, usize) {
    let body = desk.layout_with(Panel::Postmortem).panes.first().map(|p| p.body()).unwrap_or_default();
    (usize::from(body.width).max(1), usize::from(body.height).max(1))
}

/// Edits it here, at the line under the cursor.
pub fn edit(session: &Session, desk: &mut Desk, _: &mut Turn) {
    let mut editor = Editor::new(&session.postmortem.text);
    editor.jump(desk.place(Panel::Postmortem).cursor, 0);
    desk.editor = Some(editor);
    desk.focus = Panel::Postmortem;
    follow(desk);
}

/// Takes a key in that no binding took.
pub fn editor_key(desk: &mut Desk, key: Key) {
    let (columns, rows) = editor_size(desk);
    let Some(e) = &mut desk.editor else { return };
    match (key.code, key.ctrl) {
        (KeyCode::Char(c), false) => e.type_char(c),
        (KeyCode::Enter, _) => e.type_char('\n'),
        (KeyCode::Tab, _) => e.paste("  "),
        (KeyCode::Backspace, false) if key.alt => e.delete_word(),
        (KeyCode::Backspace, _) => e.backspace(),
        (KeyCode::Delete, _) => e.delete(),
        (KeyCode::Left, true) => e.word_left(),
        (KeyCode::Right, true) => e.word_right(),
        (KeyCode::Left, false) => e.left(),
        (KeyCode::Right, false) => e.right(),
        (KeyCode::Char('a'), true) | (KeyCode::Home, false) => e.line_begin(),
        (KeyCode::End, false) => e.line_end(),
        (KeyCode::Home, true) => e.jump(0, 0),
        (KeyCode::End, true) => e.jump(usize::MAX, usize::MAX),
        (KeyCode::Up, _) => e.vertical(-1, columns),
        (KeyCode::Down, _) => e.vertical(1, columns),
        (KeyCode::PageUp, _) => e.vertical(1 - rows as isize, columns),
        (KeyCode::PageDown, _) => e.vertical(rows as isize - 1, columns),
        _ => {}
    }
    changed(desk);
}

/// The text may have changed: it is saved after a pause.
pub fn changed(desk: &mut Desk) {
    follow(desk);
    if desk.editor.as_ref().is_some_and(|e| e.dirty) {
        let since = *desk.unsaved_since.get_or_insert(desk.now);
        let pause = desk.now + Duration::milliseconds(PAUSE_MS);
        desk.save_due = Some(pause.min(since + Duration::milliseconds(LATEST_MS)));
    }
}

/// Scrolls so that the cursor is on screen.
pub fn follow(desk: &mut Desk) {
    let (columns, rows) = editor_size(desk);
    if let Some(e) = &mut desk.editor {
        e.follow(columns, rows);
    }
}

/// Saves what was typed, if anything was.
pub fn save(desk: &mut Desk, turn: &mut Turn) {
    (desk.save_due, desk.unsaved_since) = (None, None);
    let Some(e) = desk.editor.as_mut().filter(|e| e.dirty) else { return };
    e.dirty = false;
    let body = Body::new(e.text());
    turn.did(desk, Event::PostmortemEdited { body });
}

/// Saves when the pause is over.
pub fn save_when_due(desk: &mut Desk, turn: &mut Turn) -> bool {
    let due = desk.save_due.is_some_and(|at| at <= desk.now);
    if due {
        save(desk, turn);
    }
    due
}

/// Saves at once.
pub fn save_now(_: &Session, desk: &mut Desk, turn: &mut Turn) {
    save(desk, turn);
}

/// Saves and leaves.
pub fn leave(_: &Session, desk: &mut Desk, turn: &mut Turn) {
    save(desk, turn);
    if let Some(e) = desk.editor.take() {
        let cursor = e.cursor().0;
        let mut place = desk.place(Panel::Postmortem);
        (place.cursor, place.top, place.skip) = (cursor, cursor.saturating_sub(3), 0);
        desk.places.insert(Panel::Postmortem, place);
    }
}

/// Takes the last change back.
pub fn undo(_: &Session, desk: &mut Desk, _: &mut Turn) {
    on_editor(desk, Editor::undo);
}

/// Makes it again.
pub fn redo(_: &Session, desk: &mut Desk, _: &mut Turn) {
    on_editor(desk, Editor::redo);
}

/// Takes the word before the cursor away.
pub fn delete_word(_: &Session, desk: &mut Desk, _: &mut Turn) {
    on_editor(desk, Editor::delete_word);
}

/// Takes the rest of the line away.
pub fn delete_to_end(_: &Session, desk: &mut Desk, _: &mut Turn) {
    on_editor(desk, Editor::delete_to_end);
}

fn on_editor(desk: &mut Desk, deed: fn(&mut Editor)) {
    if let Some(e) = &mut desk.editor {
        deed(e);
    }
    changed(desk);
}

/// Jumps to the next mark of something unwritten.
pub fn next_fill_in(_: &Session, desk: &mut Desk, _: &mut Turn) {
    if desk.editor.as_mut().is_some_and(|e| !e.next_fill_in()) {
        desk.say(Role::Good, "nothing is left to fill in");
    }
    follow(desk);
}

/// Hands it to the person's editor.
pub fn external(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    save(desk, turn);
    let text = desk.editor.as_ref().map_or_else(|| session.postmortem.text.to_string(), Editor::text);
    turn.effect(Effect::OpenEditor { text });
}

/// The person's editor was closed.
pub fn editor_closed(session: &Session, desk: &mut Desk, text: Option<String>, turn: &mut Turn) {
    let Some(text) = text.filter(|t| **t != *session.postmortem.text) else {
        return desk.say(Role::Dim, "the text was not changed");
    };
    if let Some(e) = &mut desk.editor {
        let (line, byte) = e.cursor();
        e.replace_text(&text);
        e.jump(line, byte);
        e.dirty = false;
        follow(desk);
    }
    turn.did(desk, Event::PostmortemEdited { body: Body::new(text) });
}

/// Takes the engine's newest draft; sections in which a person wrote stay as they are.
pub fn take_draft(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    let (text, kept) = session.postmortem.with_new_draft();
    if *text == *session.postmortem.text {
        return desk.say(Role::Dim, "the postmortem is the newest draft, and what people wrote");
    }
    turn.did(desk, Event::PostmortemEdited { body: Body::new(text) });
    let theirs = if kept == 0 { String::new() } else { format!("; {kept} sections that people wrote in stay") };
    desk.say(Role::Info, format!("the newest draft stands{theirs}"));
}

/// New evidence speaks against some lines: they are marked until somebody changes them.
pub fn flagged(session: &Session, desk: &mut Desk, flags: Vec<Flag>) {
    let lines: Vec<&str> = session.postmortem.text.split('\n').collect();
    let holds = |f: &Flag| lines.get(f.line).is_some_and(|l| f.holds_for(l));
    let new = flags.len();
    desk.flags.retain(|old| holds(old) && !flags.iter().any(|f| f.line == old.line));
    desk.flags.extend(flags);
    desk.flags.sort_by_key(|f| f.line);
    if new > 0 {
        let key = desk.keys.key_of(Panel::Postmortem.action());
        desk.say(
            Role::Warn,
            format!("the new evidence speaks against {} of the postmortem; {key} shows where", counted(new, "line")),
        );
    }
}

/// Writes the postmortem as Markdown.
pub fn export_postmortem(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    export(session, desk, "postmortem", None, turn);
}

/// Writes the whole report as Markdown.
pub fn export_report(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    export(session, desk, "markdown", None, turn);
}

/// Writes everything that happened, in order.
pub fn export_transcript(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    export(session, desk, "transcript", None, turn);
}

/// Writes updates for stakeholders.
pub fn export_update(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    export(session, desk, "update", None, turn);
}

/// Asks what to write and where.
pub fn export_to(_: &Session, desk: &mut Desk, _: &mut Turn) {
    let names: Vec<String> = FORMATS.iter().map(|f| f.name.to_owned()).collect();
    let label = format!("export as which format? (tab: {})", names.len());
    desk.prompt = Some(Prompt::new(Asking::ExportFormat, label).offering(names));
}

/// Asks for the file of a format; a beginning of its name is enough.
pub fn ask_file(desk: &mut Desk, typed: &str) {
    let wanted = typed.trim().to_lowercase();
    let Some(format) = FORMATS.iter().find(|f| f.name.starts_with(&wanted)) else {
        return desk.say(Role::Warn, format!("`{typed}` is no format: Tab offers them"));
    };
    let asking = Asking::ExportTo { format: format.name.into() };
    desk.prompt = Some(Prompt::new(asking, format!("{} to which file?", format.name)).starting(format.file));
}

/// Writes the report as JSON.
pub fn export_json(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    export(session, desk, "json", None, turn);
}

/// Writes a document of the session.
pub fn export(_: &Session, desk: &mut Desk, format: &str, path: Option<String>, turn: &mut Turn) {
    save(desk, turn);
    turn.effect(Effect::Export { format: format.into(), path });
}
