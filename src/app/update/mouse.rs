//! The mouse: a convenience. It never approves, answers or runs anything.

use super::Turn;
use super::navigate::{body, listing, place, put, window};
use crate::app::desk::{Desk, Place, Screen};
use crate::app::input::Mouse;
use crate::app::scroll;
use crate::session::Session;

/// How many rows the wheel moves.
const WHEEL: usize = 3;

/// Takes a mouse input in.
pub fn mouse(session: &Session, desk: &mut Desk, what: Mouse, turn: &mut Turn) {
    if desk.dialog.is_some() || desk.prompt.is_some() || desk.editor.is_some() {
        turn.redraw = false;
        return;
    }
    match what {
        Mouse::ScrollUp { .. } => (0..WHEEL).for_each(|_| super::navigate::go_by(session, desk, scroll::up)),
        Mouse::ScrollDown { .. } => (0..WHEEL).for_each(|_| super::navigate::go_by(session, desk, scroll::down)),
        Mouse::Click { column, row } => click(session, desk, column, row),
    }
}

fn click(session: &Session, desk: &mut Desk, column: u16, row: u16) {
    if desk.screen == Screen::Session {
        let at = desk.layout().panes.into_iter().find(|p| p.area.holds(column, row));
        let Some(pane) = at else { return };
        if pane.panel != desk.focus {
            desk.focus = pane.panel;
            return;
        }
    }
    let area = body(desk);
    if !area.holds(column, row) {
        return;
    }
    let rows = listing(session, desk);
    let window = window(desk, desk.focus, area);
    let shown = scroll::settled(place(desk), &rows, window);
    let mut left = usize::from(row - area.y) + shown.skip;
    let mut at = shown.top;
    while at + 1 < rows.len() {
        let height = window.height(&rows.row(at));
        if left < height {
            break;
        }
        left -= height;
        at += 1;
    }
    put(desk, Place { cursor: at, ..shown });
}
