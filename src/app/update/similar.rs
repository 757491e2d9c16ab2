//! Earlier incidents beside this one: asked for, and shown with what is the same, what differs and what
//! fixed it then.

use super::Turn;
use crate::analyst::likeness::{Alike, Traits};
use crate::app::desk::Desk;
use crate::app::dialog::{Dialog, Page};
use crate::app::effect::Effect;
use crate::app::row::{Role, Row};
use crate::domain::counted;
use crate::session::Session;

/// Asks for the earlier incidents that are like this one.
pub fn ask(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    match &session.report {
        Some(report) => turn.effect(Effect::FindSimilar { traits: Box::new(Traits::of_report(report)) }),
        None => desk.say(Role::Dim, "there is nothing to compare yet: it is not investigated"),
    }
}

/// Shows them.
pub fn found(desk: &mut Desk, found: &[Alike], of: usize) {
    if desk.dialog.is_some() || desk.prompt.is_some() || desk.editor.is_some() {
        // Somebody types by now: nothing opens under their fingers.
        return desk.say(Role::Info, format!("earlier incidents like this one: {} of {of}", found.len()));
    }
    let head = match (found.len(), of) {
        (_, 0) => "No earlier incident is known here: neither a saved session nor a postmortem.".to_owned(),
        (0, of) => format!("None of {} is like this one.", counted(of, "earlier incident")),
        (n, of) => {
            format!("{n} of {of} earlier incidents, the likest first. Likeness is a hint where to look, no proof.")
        }
    };
    let mut rows = vec![Row::of(Role::Dim, head)];
    for a in found {
        rows.push(Row::blank());
        rows.push(Row::of(Role::Dim, format!("{}  ", a.past.day)).bit(Role::Strong, a.past.title.clone()).hang(12));
        rows.push(Row::of(Role::Dim, format!("  {}", a.past.id)).hang(2));
        if !a.past.outcome.is_empty() {
            rows.push(Row::of(Role::Text, format!("  {}", a.past.outcome)).hang(2));
        }
        part(&mut rows, "the same", Role::Good, &a.same, "nothing");
        part(&mut rows, "differs", Role::Warn, &a.differs, "nothing that is known");
        part(&mut rows, "fixed then", Role::Info, &a.fixed, "nothing is recorded");
    }
    desk.dialog = Some(Dialog::Page(Box::new(Page::new("Was there something like it?", rows))));
}

fn part(rows: &mut Vec<Row>, name: &str, role: Role, parts: &[String], none: &str) {
    if parts.is_empty() {
        rows.push(Row::of(role, format!("  {name:<11}")).bit(Role::Dim, none).hang(13));
    }
    for (n, text) in parts.iter().enumerate() {
        let name = if n == 0 { name } else { "" };
        rows.push(Row::of(role, format!("  {name:<11}")).bit(Role::Text, text.clone()).hang(13));
    }
}
