//! What stands over the panels: palette, help, approval. Opening, scrolling, closing.

use super::{Turn, editing, keys, leave, wanted};
use crate::app::action::ALL;
use crate::app::desk::Desk;
use crate::app::dialog::{Dialog, Page, text_area};
use crate::app::keymap::Context;
use crate::app::palette;
use crate::app::row::{Role, Row};
use crate::app::rows::catch_up_rows;
use crate::app::veil::Veil;
use crate::journal::event::RunContext;
use crate::session::Session;

/// Opens the help screen.
pub fn open_help(_: &Session, desk: &mut Desk, _: &mut Turn) {
    desk.dialog = Some(Dialog::Help { top: 0 });
}

/// Opens the catch-up card.
pub fn open_catch_up(session: &Session, desk: &mut Desk, _: &mut Turn) {
    let mut rows = catch_up_rows(session);
    if let Some(veil) = Veil::of(session, desk) {
        rows = rows.into_iter().map(|row| veil.row(row)).collect();
    }
    let page = Page::new("Catching up", rows);
    desk.dialog = Some(Dialog::Page(Box::new(page)));
}

/// Opens the palette.
pub fn open_palette(_: &Session, desk: &mut Desk, _: &mut Turn) {
    desk.dialog = Some(Dialog::Palette { query: String::new(), picked: 0 });
}

/// Closes the dialog. An approval that is closed is void.
pub fn close(_: &Session, desk: &mut Desk, turn: &mut Turn) {
    if let Some(Dialog::Approval(a)) = desk.dialog.take() {
        wanted::declined(desk, &a.item, turn);
        desk.say(Role::Dim, "nothing was run");
    }
}

/// Does what is picked in the palette.
pub fn run_picked(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    let (query, picked) = match desk.dialog.take() {
        Some(Dialog::Palette { query, picked }) => (query, picked),
        Some(Dialog::Pick(p)) => {
            if let Some(choice) = p.found().get(p.picked).map(|item| item.choice.clone()) {
                editing::picked(session, desk, choice, turn);
            }
            return;
        }
        _ => return,
    };
    if let Some(action) = palette::found(session, desk, &query).get(picked) {
        keys::perform(session, desk, action, turn);
    }
}

/// One down.
pub fn down(session: &Session, desk: &mut Desk, _: &mut Turn) {
    by(session, desk, 1);
}

/// One up.
pub fn up(session: &Session, desk: &mut Desk, _: &mut Turn) {
    by(session, desk, -1);
}

/// One page down.
pub fn page_down(session: &Session, desk: &mut Desk, _: &mut Turn) {
    by(session, desk, isize::from(text_area(desk.size).height.min(1000) as i16));
}

/// One page up.
pub fn page_up(session: &Session, desk: &mut Desk, _: &mut Turn) {
    by(session, desk, -isize::from(text_area(desk.size).height.min(1000) as i16));
}

fn by(session: &Session, desk: &mut Desk, by: isize) {
    let size = desk.size;
    let most = match &desk.dialog {
        Some(Dialog::Palette { query, .. }) => palette::found(session, desk, query).len().saturating_sub(1),
        Some(Dialog::Payload(p)) => p.page.height(size).saturating_sub(usize::from(text_area(size).height)),
        Some(Dialog::Pick(p)) => p.found().len().saturating_sub(1),
        Some(Dialog::Page(p)) => p.height(size).saturating_sub(usize::from(text_area(size).height)),
        Some(Dialog::Help { .. }) => help_rows(desk).len().saturating_sub(usize::from(text_area(size).height)),
        _ => 0,
    };
    match &mut desk.dialog {
        Some(Dialog::Palette { picked, .. }) => *picked = picked.saturating_add_signed(by).min(most),
        Some(Dialog::Payload(p)) => p.page.top = p.page.top.saturating_add_signed(by).min(most),
        Some(Dialog::Pick(p)) => p.picked = p.picked.saturating_add_signed(by).min(most),
        Some(Dialog::Page(p)) => p.top = p.top.saturating_add_signed(by).min(most),
        Some(Dialog::Help { top }) => *top = top.saturating_add_signed(by).min(most),
        Some(Dialog::Approval(a)) => a.scroll(by, size),
        None => {}
    }
}

/// The runtime found out where a command would run.
pub fn context(session: &Session, desk: &mut Desk, context: RunContext, turn: &mut Turn) {
    let size = desk.size;
    let policies = std::sync::Arc::clone(&desk.policies);
    let Some(Dialog::Approval(a)) = &mut desk.dialog else { return };
    if a.context.as_ref().is_some_and(|c| *c != context) {
        a.typed.clear();
    }
    a.placed(context, &policies);
    a.look(size);
    leave::look(session, desk);
    if let Some(Dialog::Approval(a)) = &mut desk.dialog {
        // What it says of leave may have made it longer.
        a.look(size);
    }
    leave::start_when_due(session, desk, turn);
}

/// The terminal has another size: what was seen of an approval has to be seen again.
pub fn resized(desk: &mut Desk) {
    let size = desk.size;
    if let Some(Dialog::Approval(a)) = &mut desk.dialog {
        (a.top, a.seen) = (0, 0);
        a.look(size);
    }
}

/// A dialog that was dead takes keys now: that is shown.
pub fn woke(desk: &Desk) -> bool {
    matches!(&desk.dialog, Some(Dialog::Approval(_)))
}

/// The help screen: every action by place, with its keys.
pub fn help_rows(desk: &Desk) -> Vec<Row> {
    let mut out = Vec::new();
    let here = keys::contexts_of_panels(desk);
    let first = Context::ALL.iter().filter(|(c, ..)| here.contains(c));
    let rest = Context::ALL.iter().filter(|(c, ..)| !here.contains(c));
    for (context, name, title) in first.chain(rest) {
        let mark = if here.contains(context) { "  (here)" } else { "" };
        out.push(Row::heading(format!("{title}{mark}")).bit(Role::Dim, format!("  [{name}]")));
        for a in ALL.iter().filter(|a| a.context == *context) {
            let mut keys = desk.keys.keys_of(a.id).join(" ");
            if keys.is_empty() {
                keys = "palette".into();
            }
            out.push(
                Row::of(Role::Key, format!("  {keys:<16} "))
                    .bit(Role::Text, a.docs)
                    .bit(Role::Dim, format!("  {}", a.id))
                    .hang(19),
            );
        }
        out.push(Row::blank());
    }
    out
}
