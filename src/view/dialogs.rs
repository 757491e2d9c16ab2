//! What stands over the panels: approval, palette, help. Frames, scrolling text, what is asked.

use super::list::{Brush, Marks};
use crate::app::desk::{Desk, Place};
use crate::app::dialog::{Approval, Dialog, Page, Payload, Refusal, area, text_area};
use crate::app::layout::Area;
use crate::app::palette;
use crate::app::picker::Picker;
use crate::app::row::{Role, Row};
use crate::app::rows::Listing;
use crate::app::scroll::Window;
use crate::app::update::overlay::help_rows;
use crate::app::wrap::width;
use crate::domain::counted;
use crate::session::Session;

const PLAIN: Marks<'static> = Marks { cursor: None, search: None, shift: 0 };

/// Draws the open dialog, if there is one.
pub fn over(brush: &mut Brush<'_>, size: (u16, u16), session: &Session, desk: &Desk) {
    match &desk.dialog {
        None => {}
        Some(Dialog::Approval(a)) => approval(brush, size, desk, a),
        Some(Dialog::Palette { query, picked }) => commands(brush, size, session, desk, query, *picked),
        Some(Dialog::Help { top }) => help(brush, size, desk, *top),
        Some(Dialog::Pick(p)) => pick(brush, size, p),
        Some(Dialog::Page(p)) => page(brush, size, desk, p),
        Some(Dialog::Payload(p)) => payload(brush, size, desk, p),
    }
}

fn frame(brush: &mut Brush<'_>, size: (u16, u16), title: &str) -> Area {
    let a = area(size);
    brush.fill(a, Role::Dialog);
    let bar = "─".repeat(usize::from(a.width.saturating_sub(2)));
    brush.text(a.x, a.y, a.width, Role::BorderOn, &format!("┌{bar}┐"));
    let bottom = a.y + a.height.saturating_sub(1);
    brush.text(a.x, bottom, a.width, Role::BorderOn, &format!("└{bar}┘"));
    for y in a.y + 1..bottom {
        brush.text(a.x, y, 1, Role::BorderOn, "│");
        brush.text(a.x + a.width.saturating_sub(1), y, 1, Role::BorderOn, "│");
    }
    brush.text(a.x + 2, a.y, a.width.saturating_sub(4), Role::BorderOn, &format!(" {title} "));
    text_area(size)
}

fn rows_from(brush: &mut Brush<'_>, inside: Area, rows: Vec<Row>, skip: usize) -> usize {
    let window = Window { columns: usize::from(inside.width), rows: usize::from(inside.height), wrapped: true };
    let heights: Vec<usize> = rows.iter().map(|r| window.height(r)).collect();
    let (mut top, mut left) = (0, skip);
    for height in &heights {
        if left < *height {
            break;
        }
        left -= height;
        top += 1;
    }
    let place = Place { cursor: top, top, skip: left };
    brush.listing(inside, &Listing::Made(rows), place, window, &PLAIN);
    heights.iter().sum()
}

fn approval(brush: &mut Brush<'_>, size: (u16, u16), desk: &Desk, a: &Approval) {
    let inside = frame(brush, size, "Run this command?");
    let all = rows_from(brush, inside, a.rows(), a.top);
    let end = a.top + usize::from(inside.height);
    let y = inside.y + inside.height;
    if end < all {
        let more = format!("── {} below: scroll down to read all of it ──", counted(all - end, "more row"));
        brush.text(inside.x, y, inside.width, Role::Mark, &more);
    }
    let ask = format!("type `{}` then {}: ", a.phrase, desk.keys.key_of("approve"));
    let used = brush.text(inside.x, y + 1, inside.width, Role::Key, &ask);
    let x = inside.x + used;
    let used = brush.text(x, y + 1, (inside.x + inside.width).saturating_sub(x), Role::Strong, &a.typed);
    let x = x + used;
    let state = match a.refusal(desk.now, size) {
        None if a.typed == "dry" => (Role::Good, format!("  {} asks for the dry run", desk.keys.key_of("approve"))),
        None => (Role::Good, format!("  ready: {} runs it", desk.keys.key_of("approve"))),
        Some(Refusal::NotTyped) if !a.words().iter().any(|w| w.starts_with(&a.typed)) => {
            (Role::Warn, format!("  (not `{}`: backspace takes it back)", a.phrase))
        }
        // The sentence of the status line would not fit beside what is typed.
        Some(Refusal::NotAllSeen) => (Role::Warn, "  (scroll to the end first)".to_owned()),
        Some(why) => (Role::Warn, format!("  ({})", why.words())),
    };
    let left = (inside.x + inside.width).saturating_sub(x);
    if usize::from(left) < width(&state.1) && end >= all {
        // Beside a long name there is no room: the row above is free.
        brush.text(inside.x, y, inside.width, state.0, state.1.trim_start());
    } else {
        brush.text(x, y + 1, left, state.0, &state.1);
    }
}

fn commands(brush: &mut Brush<'_>, size: (u16, u16), session: &Session, desk: &Desk, query: &str, picked: usize) {
    let inside = frame(brush, size, "What do you want to do?");
    let found = palette::found(session, desk, query);
    let used = brush.text(inside.x, inside.y, inside.width, Role::Key, "> ");
    let used = used + brush.text(inside.x + used, inside.y, inside.width.saturating_sub(used), Role::Strong, query);
    brush.text(inside.x + used, inside.y, 1, Role::Cursor, " ");
    let page = usize::from(inside.height.saturating_sub(1));
    let top = picked.saturating_sub(page.saturating_sub(1));
    for (n, action) in found.iter().enumerate().skip(top).take(page) {
        let y = inside.y + 1 + (n - top) as u16;
        let on = n == picked;
        let row = Row::of(
            if on { Role::Selected } else { Role::Strong },
            format!("{} {:<26}", if on { "❯" } else { " " }, action.title),
        )
        .bit(Role::Key, format!("{:<10}", desk.keys.key_of(action.id)))
        .bit(Role::Dim, action.docs);
        let window = Window { columns: usize::from(inside.width), rows: 1, wrapped: false };
        brush.row(Area { y, height: 1, ..inside }, &row, window, 0, &PLAIN);
    }
    let y = inside.y + inside.height;
    let text = if found.is_empty() {
        "nothing is called that".to_owned()
    } else {
        format!("{} of {}", picked + 1, found.len())
    };
    brush.text(inside.x, y, inside.width, Role::Dim, &text);
}

fn pick(brush: &mut Brush<'_>, size: (u16, u16), p: &Picker) {
    let inside = frame(brush, size, &p.title);
    let found = p.found();
    let used = brush.text(inside.x, inside.y, inside.width, Role::Key, "> ");
    let used = used + brush.text(inside.x + used, inside.y, inside.width.saturating_sub(used), Role::Strong, &p.query);
    brush.text(inside.x + used, inside.y, 1, Role::Cursor, " ");
    let page = usize::from(inside.height.saturating_sub(1));
    let top = p.picked.saturating_sub(page.saturating_sub(1));
    for (n, item) in found.iter().enumerate().skip(top).take(page) {
        let on = n == p.picked;
        let lead = if on { "❯ " } else { "  " };
        let role = if on { Role::Selected } else { Role::Text };
        let row = Row::of(Role::Cursor, lead)
            .bit(Role::Dim, if item.detail.is_empty() { String::new() } else { format!("{}  ", item.detail) })
            .bit(role, item.shown.clone());
        let window = Window { columns: usize::from(inside.width), rows: 1, wrapped: false };
        let y = inside.y + 1 + (n - top) as u16;
        brush.row(Area { y, height: 1, ..inside }, &row, window, 0, &PLAIN);
    }
    let text =
        if found.is_empty() { "nothing fits".to_owned() } else { format!("{} of {}", p.picked + 1, found.len()) };
    brush.text(inside.x, inside.y + inside.height, inside.width, Role::Dim, &text);
}

fn page(brush: &mut Brush<'_>, size: (u16, u16), desk: &Desk, p: &Page) {
    let inside = frame(brush, size, &p.title);
    let all = rows_from(brush, inside, p.rows.clone(), p.top);
    let end = (p.top + usize::from(inside.height)).min(all);
    let text = format!("rows {} to {end} of {all}; {} leaves", p.top + 1, desk.keys.key_of("help-close"));
    brush.text(inside.x, inside.y + inside.height, inside.width, Role::Dim, &text);
}

fn payload(brush: &mut Brush<'_>, size: (u16, u16), desk: &Desk, p: &Payload) {
    let inside = frame(brush, size, &p.page.title);
    let all = rows_from(brush, inside, p.page.rows.clone(), p.page.top);
    let end = (p.page.top + usize::from(inside.height)).min(all);
    let (send, leave) = (desk.keys.key_of("send-payload"), desk.keys.key_of("keep-back"));
    let text = format!("rows {} to {end} of {all}; {send} sends exactly this, {leave} sends nothing", p.page.top + 1);
    brush.text(inside.x, inside.y + inside.height, inside.width, Role::Key, &text);
}

fn help(brush: &mut Brush<'_>, size: (u16, u16), desk: &Desk, top: usize) {
    let inside = frame(brush, size, "Keys");
    let rows = help_rows(desk);
    let all = rows_from(brush, inside, rows, top);
    let end = (top + usize::from(inside.height)).min(all);
    let text = format!("rows {} to {end} of {all}; {} leaves", top + 1, desk.keys.key_of("help-close"));
    brush.text(inside.x, inside.y + inside.height, inside.width, Role::Dim, &text);
}
