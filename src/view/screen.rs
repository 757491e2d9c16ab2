//! The screen: the one entry, and the panes.

use ratatui::Frame;
use ratatui::style::Style;

use super::list::{Brush, Marks};
use super::look::Look;
use super::{bars, dialogs, editor, shared, sweep};
use crate::app::desk::{Desk, Place, Screen};
use crate::app::layout::{Area, LEAST, Layout, Pane};
use crate::app::panel::Panel;
use crate::app::row::Role;
use crate::app::rows::{EvidenceRows, Listing, on_home, on_panel};
use crate::app::scroll;
use crate::app::update::navigate::{current, window};
use crate::domain::Citation;
use crate::session::Session;

/// Draws the whole screen.
pub fn draw(frame: &mut Frame<'_>, session: &Session, desk: &Desk, look: &Look) {
    let size = (frame.area().width, frame.area().height);
    let style = |role: Role| -> Style { look.style(desk.theme.as_deref(), role) };
    let mut brush = Brush { buffer: frame.buffer_mut(), style: &style };
    let whole = Area { x: 0, y: 0, width: size.0, height: size.1 };
    brush.fill(whole, Role::Text);
    if size.0 < LEAST.0 || size.1 < LEAST.1 {
        brush.text(0, 0, size.0, Role::Warn, "too small");
        if size.1 > 1 {
            brush.text(0, 1, size.0, Role::Text, &format!("{}x{}, wants {}x{}", size.0, size.1, LEAST.0, LEAST.1));
        }
    } else {
        let plan = desk.layout();
        bars::head(&mut brush, plan.head, session, desk);
        match desk.screen {
            Screen::Home => home(&mut brush, &plan, desk),
            Screen::Session => panes(&mut brush, &plan, session, desk),
        }
        bars::hint(&mut brush, plan.hint, session, desk);
        bars::status(&mut brush, plan.status, session, desk);
        dialogs::over(&mut brush, size, session, desk);
    }
    sweep::sweep(frame.buffer_mut(), look.ascii);
}

fn home(brush: &mut Brush<'_>, plan: &Layout, desk: &Desk) {
    let body = plan.panes.iter().fold(Area::default(), |all, p| Area {
        x: 0,
        y: plan.tabs.y + 1,
        width: plan.head.width,
        height: all.height.max(p.area.height),
    });
    bars::title(brush, Area { height: 1, ..body }, "Hotwash", "", true);
    let inside = Pane { panel: Panel::Evidence, area: body }.body();
    let (rows, window) = (on_home(desk), window(desk, Panel::Summary, inside));
    let at = scroll::settled(desk.home_place, &rows, window);
    let marks = Marks { cursor: Some(at.cursor), search: desk.search.as_deref(), shift: 0 };
    brush.listing(inside, &rows, at, window, &marks);
}

fn panes(brush: &mut Brush<'_>, plan: &Layout, session: &Session, desk: &Desk) {
    if desk.is_shared() {
        shared::line(brush, plan.tabs, session, desk);
    } else {
        bars::tabs(brush, plan.tabs, desk);
    }
    let cited = if desk.focus == Panel::Evidence || desk.editor.is_some() { None } else { current(session, desk).cite };
    for (n, pane) in plan.panes.iter().enumerate() {
        let focused = n == 0;
        if let (Panel::Evidence, Some(cite)) = (pane.panel, &cited) {
            beside(brush, *pane, session, desk, cite);
            continue;
        }
        let editing = desk.editor.as_ref().filter(|_| desk.focus == Panel::Postmortem);
        if let Some(editor) = editing.filter(|_| n < 3) {
            match n {
                0 => editor::edited(brush, *pane, session, desk),
                1 => editor::outlined(brush, *pane, session, editor),
                _ => editor::previewed(brush, *pane, editor),
            }
        } else {
            one_pane(brush, *pane, session, desk, focused);
        }
    }
}

/// The evidence beside another panel: it shows the place that the row under the cursor cites.
fn beside(brush: &mut Brush<'_>, pane: Pane, session: &Session, desk: &Desk, cite: &Citation) {
    let body = pane.body();
    let evidence = EvidenceRows::new(session, Some(cite.clone()));
    let row = evidence.row_of(cite.source.0, cite.line);
    let rows = Listing::Evidence(evidence);
    let window = window(desk, Panel::Evidence, body);
    let third = usize::from(body.height) / 3;
    let at = scroll::settled(Place { cursor: row, top: row.saturating_sub(third), skip: 0 }, &rows, window);
    let marks = Marks { cursor: None, search: None, shift: 0 };
    brush.listing(body, &rows, at, window, &marks);
    frame_of(brush, pane, "what the row under the cursor cites", false);
}

fn frame_of(brush: &mut Brush<'_>, pane: Pane, note: &str, focused: bool) {
    let title = Area { height: 1, ..pane.area };
    bars::title(brush, title, pane.panel.title(), note, focused);
    if pane.area.x > 0 {
        for y in title.y..pane.area.y + pane.area.height {
            brush.text(pane.area.x, y, 1, Role::Border, "│");
        }
    }
}

fn one_pane(brush: &mut Brush<'_>, pane: Pane, session: &Session, desk: &Desk, focused: bool) {
    let body = pane.body();
    let rows = on_panel(session, desk, pane.panel);
    let window = window(desk, pane.panel, body);
    let at = scroll::settled(desk.place(pane.panel), &rows, window);
    let marks = Marks {
        cursor: focused.then_some(at.cursor),
        search: desk.search.as_deref().filter(|_| focused),
        shift: if pane.panel == Panel::Evidence { desk.shift } else { 0 },
    };
    let end = brush.listing(body, &rows, at, window, &marks);
    let note = position(&rows, at.top, end, desk, pane.panel);
    frame_of(brush, pane, &note, focused);
}

fn position(rows: &Listing<'_>, top: usize, end: usize, desk: &Desk, panel: Panel) -> String {
    let new = if panel == Panel::Trail && desk.new_steps > 0 {
        format!("{} new below · ", desk.new_steps)
    } else {
        String::new()
    };
    let n = rows.len();
    if top == 0 && end >= n {
        return new;
    }
    let below = n.saturating_sub(end);
    format!("{new}row {} of {n}{}", top + 1, if below > 0 { format!(", {below} below") } else { String::new() })
}
