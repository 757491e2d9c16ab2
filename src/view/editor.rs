//! The postmortem while it is edited: soft-wrapped, with the cursor; its sections and its preview beside
//! it, where there is room.

use super::bars;
use super::list::{Brush, Marks};
use crate::app::desk::Desk;
use crate::app::desk::Place;
use crate::app::editor::Editor;
use crate::app::layout::{Area, Pane};
use crate::app::row::{Role, Row};
use crate::app::rows::{FLAG, Listing, THEIRS, markdown_piece, outline, preview};
use crate::app::scroll::Window;
use crate::app::wrap::width;
use crate::domain::showable::clean;
use crate::session::Session;

/// Draws the editor into its pane.
pub fn edited(brush: &mut Brush<'_>, pane: Pane, session: &Session, desk: &Desk) {
    let Some(editor) = &desk.editor else { return };
    let body = pane.body();
    let columns = usize::from(body.width).max(1);
    let rows = editor.rows(columns);
    let (line, byte) = editor.cursor();
    let window = Window { columns: columns + 1, rows: usize::from(body.height), wrapped: false };
    let marks = Marks { cursor: None, search: desk.search.as_deref(), shift: 0 };
    for (n, row) in rows.iter().skip(editor.top).take(usize::from(body.height)).enumerate() {
        let line = editor.lines().get(row.line).map_or("", String::as_str);
        let text = line.get(row.bytes.clone()).unwrap_or("");
        // A blank that stands beyond the edge is no text that was cut.
        let fits = if width(text) > columns { text.trim_end_matches(' ') } else { text };
        let shown: Row = markdown_piece(line, row.bytes.start..row.bytes.start + fits.len());
        let y = body.y + n as u16;
        if row.bytes.start == 0 && body.x > 0 {
            gutter(brush, body.x - 1, y, session, desk, row.line, line);
        }
        brush.row(Area { y, height: 1, ..body }, &shown, window, 0, &marks);
    }
    let at = editor.cursor_row(&rows);
    if let Some(row) = rows.get(at).filter(|_| at >= editor.top && at < editor.top + usize::from(body.height)) {
        let text = editor.lines().get(line).map_or("", String::as_str);
        let before = text.get(row.bytes.start..byte).unwrap_or("");
        let x = body.x + (width(&clean(before).replace('\t', " ")) as u16).min(body.width.saturating_sub(1));
        let y = body.y + (at - editor.top) as u16;
        let style = (brush.style)(Role::Cursor);
        if let Some(cell) = brush.buffer.cell_mut((x, y)) {
            cell.set_style(style);
        }
    }
    let left = editor.fill_ins();
    let note = format!(
        "line {} of {} · {left} to fill in{}",
        line + 1,
        editor.lines().len(),
        if editor.dirty { " · typing…" } else { "" }
    );
    bars::title(brush, Area { height: 1, ..pane.area }, "Postmortem (editing)", &note, true);
}

/// The mark before a line: that the evidence contradicts it, or that a person wrote it.
fn gutter(brush: &mut Brush<'_>, x: u16, y: u16, session: &Session, desk: &Desk, at: usize, line: &str) {
    if desk.flags.iter().any(|f| f.line == at && f.holds_for(line)) {
        brush.text(x, y, 1, Role::Bad, FLAG);
    } else if session.postmortem.is_theirs(line) {
        brush.text(x, y, 1, Role::Info, THEIRS);
    }
}

/// Draws the sections; the one that holds the cursor is in sight.
pub fn outlined(brush: &mut Brush<'_>, pane: Pane, session: &Session, editor: &Editor) {
    let body = pane.body();
    let rows = outline(editor, session, usize::from(body.height));
    beside(brush, pane, rows, "Sections");
}

/// Draws the text as it will be read.
pub fn previewed(brush: &mut Brush<'_>, pane: Pane, editor: &Editor) {
    let rows = preview(editor, usize::from(pane.area.height));
    beside(brush, pane, rows, "Preview");
}

fn beside(brush: &mut Brush<'_>, pane: Pane, rows: Vec<Row>, title: &str) {
    let body = pane.body();
    let window = Window { columns: usize::from(body.width), rows: usize::from(body.height), wrapped: true };
    let marks = Marks { cursor: None, search: None, shift: 0 };
    brush.listing(body, &Listing::Made(rows), Place::default(), window, &marks);
    bars::title(brush, Area { height: 1, ..pane.area }, title, "", false);
    if pane.area.x > 0 {
        for y in pane.area.y..pane.area.y + pane.area.height {
            brush.text(pane.area.x, y, 1, Role::Border, "│");
        }
    }
}
