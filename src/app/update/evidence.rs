//! Evidence coming in: a paste, a file, a pipe, a command's output. What was admitted becomes a
//! source, is judged where it is a check's output, and is investigated.

use super::{Turn, engine, runs, wanted};
use crate::app::desk::{Desk, Mode, Screen};
use crate::app::dialog::Dialog;
use crate::app::effect::Effect;
use crate::app::panel::Panel;
use crate::app::row::Role;
use crate::app::rows::grouped;
use crate::domain::counted;
use crate::domain::{Notice, Origin, SourceId};
use crate::journal::event::{Body, Event};
use crate::session::Session;

/// The largest paste, in bytes. More goes in by file.
pub const MOST_PASTED: usize = 8 * 1024 * 1024;

/// Text that was cleaned and masked.
#[expect(missing_docs, reason = "the fields are those of Input::Admitted")]
pub struct Arrival {
    pub name: String,
    pub origin: Origin,
    pub text: String,
    pub notices: Vec<Notice>,
}

/// Takes a paste in: into what is being written, never into a dialog, else as evidence.
pub fn paste(session: &Session, desk: &mut Desk, text: String, turn: &mut Turn) {
    super::leave::touched(desk);
    if let Some(dialog) = &desk.dialog {
        let what = if matches!(dialog, Dialog::Approval(_)) {
            "an approval takes typed keys only"
        } else {
            "close what is open first"
        };
        return desk.say(Role::Warn, format!("the paste was not taken: {what}"));
    }
    if let Some(prompt) = &mut desk.prompt {
        return prompt.insert(&text);
    }
    if let Some(editor) = &mut desk.editor {
        editor.paste(&text);
        return super::postmortem::changed(desk);
    }
    match desk.mode {
        Mode::Live => {}
        Mode::Review => return desk.say(Role::Warn, "review changes nothing: the paste was not taken"),
        Mode::Follow => return desk.say(Role::Warn, "following changes nothing: the paste was not taken"),
    }
    if text.len() > MOST_PASTED {
        let size = grouped(text.len());
        let key = desk.keys.key_of("add-file");
        return desk.say(
            Role::Bad,
            format!("the paste was not taken: {size} bytes, 8 MiB at most; {key} adds a file of any size"),
        );
    }
    if text.trim().is_empty() {
        return desk.say(Role::Dim, "the paste was empty");
    }
    // Terminals send the line ends of a paste as carriage returns.
    let raw = if text.contains('\n') { text } else { text.replace('\r', "\n") };
    if desk.screen == Screen::Home {
        turn.effect(Effect::NewSession { title: String::new() });
        turn.effect(Effect::Admit { name: "paste 1".into(), origin: Origin::Paste, raw });
        desk.pending_pastes = 1;
        return;
    }
    if let Some(check) = desk.paste_for.take() {
        let name = format!("output for {check}");
        return turn.effect(Effect::Admit { name, origin: Origin::PastedOutput { check }, raw });
    }
    let pastes = session.evidence.sources.iter().filter(|s| s.origin == Origin::Paste).count() as u32;
    desk.pending_pastes += 1;
    let name = format!("paste {}", pastes + desk.pending_pastes);
    turn.effect(Effect::Admit { name, origin: Origin::Paste, raw });
}

/// Makes a source of admitted text.
pub fn admitted(session: &Session, desk: &mut Desk, arrival: Arrival, turn: &mut Turn) {
    let Arrival { name, origin, text, notices } = arrival;
    desk.work = None;
    if origin == Origin::Paste {
        desk.pending_pastes = desk.pending_pastes.saturating_sub(1);
    }
    let source = SourceId(session.evidence.sources.len() as u32);
    let lines = text.lines().count();
    let empty = text.trim().is_empty();
    let judged = runs::judged_source(session, source, &origin, &text);
    let said = if notices.is_empty() { String::new() } else { format!(", {}", counted(notices.len(), "notice")) };
    desk.say(
        Role::Info,
        format!("{name}: {}, {}{said}", counted(grouped(lines), "line"), counted(grouped(text.len()), "byte")),
    );
    if session.evidence.sources.is_empty() {
        desk.focus = Panel::Evidence;
    }
    let why = if session.investigations.is_empty() { "first evidence".into() } else { format!("new evidence: {name}") };
    wanted::admitted(desk, source, &origin, turn);
    turn.did(desk, Event::SourceAdded { source, name, origin, body: Body::new(text), notices });
    turn.events.extend(judged);
    if !empty {
        engine::investigate(session, desk, why, turn);
    }
}
