//! The postmortem while it is edited: soft-wrapped, with the cursor.

use super::bars;
use super::list::{Brush, Marks};
use crate::app::desk::Desk;
use crate::app::layout::{Area, Pane};
use crate::app::row::{Role, Row};
use crate::app::rows::markdown_row;
use crate::app::scroll::Window;
use crate::app::wrap::width;
use crate::domain::showable::clean;

/// Draws the editor into its pane.
pub fn edited(brush: &mut Brush<'_>, pane: Pane, desk: &Desk) {
    let Some(editor) = &desk.editor else { return };
    let body = pane.body();
    let columns = usize::from(body.width).max(1);
    let rows = editor.rows(columns);
    let (line, byte) = editor.cursor();
    let window = Window { columns: columns + 1, rows: usize::from(body.height), wrapped: false };
    let marks = Marks { cursor: None, search: None, shift: 0 };
    for (n, row) in rows.iter().skip(editor.top).take(usize::from(body.height)).enumerate() {
        let text = editor.lines().get(row.line).and_then(|l| l.get(row.bytes.clone())).unwrap_or("");
        // A blank that stands beyond the edge is no text that was cut.
        let fits = if width(text) > columns { text.trim_end_matches(' ') } else { text };
        let shown: Row = markdown_row(fits);
        let y = body.y + n as u16;
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
        "line {} of {} · {left} [FILL IN] left · {}",
        line + 1,
        editor.lines().len(),
        if editor.dirty { "typing…" } else { "handed to the journal" }
    );
    bars::title(brush, Area { height: 1, ..pane.area }, "Postmortem (editing)", &note, true);
}
