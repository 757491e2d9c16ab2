//! Painting rows into an area: wrapped, with roles, the cursor's row and what is searched for.

use ratatui::buffer::Buffer;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::app::desk::Place;
use crate::app::layout::Area;
use crate::app::row::{Role, Row};
use crate::app::rows::Listing;
use crate::app::scroll::Window;
use crate::app::wrap;
use crate::domain::showable::clean;

/// What paints: the buffer and the styles of the roles.
pub struct Brush<'a> {
    /// The cells.
    pub buffer: &'a mut Buffer,
    /// The style of a role.
    pub style: &'a dyn Fn(Role) -> Style,
}

/// What else is to be seen in a listing.
pub struct Marks<'a> {
    /// The row the cursor is on, where it is shown.
    pub cursor: Option<usize>,
    /// What is searched for.
    pub search: Option<&'a str>,
    /// Columns that are moved out to the left, where lines are cut.
    pub shift: usize,
}

impl Brush<'_> {
    /// Writes one line of text, cut at the width; returns the columns it took.
    pub fn text(&mut self, x: u16, y: u16, room: u16, role: Role, text: &str) -> u16 {
        let style = (self.style)(role);
        let mut at = x;
        for grapheme in clean(text).graphemes(true) {
            let wide = grapheme.width() as u16;
            if at + wide > x + room || grapheme == "\n" {
                break;
            }
            if wide == 0 {
                continue;
            }
            if let Some(cell) = self.buffer.cell_mut((at, y)) {
                cell.set_symbol(if grapheme == "\t" { " " } else { grapheme }).set_style(style);
            }
            if wide == 2
                && let Some(cell) = self.buffer.cell_mut((at + 1, y))
            {
                cell.set_symbol(" ").set_style(style);
            }
            at += wide;
        }
        at - x
    }

    /// Fills an area with a role's style and blanks.
    pub fn fill(&mut self, area: Area, role: Role) {
        let style = (self.style)(role);
        for y in area.y..area.y.saturating_add(area.height) {
            for x in area.x..area.x.saturating_add(area.width) {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.set_symbol(" ").set_style(style);
                }
            }
        }
    }

    /// Paints a listing from a settled place. The column before the area holds the cursor's mark.
    /// Returns one past the last row that is on screen.
    pub fn listing(&mut self, area: Area, rows: &Listing<'_>, at: Place, window: Window, marks: &Marks<'_>) -> usize {
        let mut y = area.y;
        let bottom = area.y + area.height;
        let mut n = at.top;
        while y < bottom && n < rows.len() {
            let row = rows.row(n);
            let skip = if n == at.top { at.skip } else { 0 };
            let from = y;
            y = self.row(Area { y, height: bottom - y, ..area }, &row, window, skip, marks);
            if marks.cursor == Some(n) {
                self.cursor(area, from, y);
            }
            n += 1;
        }
        n
    }

    fn cursor(&mut self, area: Area, from: u16, to: u16) {
        let selected = (self.style)(Role::Selected);
        for y in from..to {
            for x in area.x..area.x + area.width {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.set_style(selected);
                }
            }
        }
        if area.x > 0 {
            self.text(area.x - 1, from, 1, Role::Cursor, "❯");
        }
    }

    /// Paints one row; returns the line below it.
    pub fn row(&mut self, area: Area, row: &Row, window: Window, skip: usize, marks: &Marks<'_>) -> u16 {
        let (text, roles) = laid_out(row, marks.search);
        let columns = window.columns;
        let lines = if window.wrapped {
            wrap::wrap(&text, columns, usize::from(row.hang), wrap::MOST_ROWS)
        } else {
            vec![cut(&text, marks.shift)]
        };
        let last = lines.len().saturating_sub(1);
        let mut y = area.y;
        for (n, bytes) in lines.into_iter().enumerate().skip(skip) {
            if y >= area.y + area.height {
                break;
            }
            let hang = if n > 0 && usize::from(row.hang) * 2 <= columns { row.hang } else { 0 };
            let end = self.stretch(area.x + hang, y, area.x + area.width, &text, &roles, bytes.clone());
            let cut = !window.wrapped && end < text.len() || n == last && n + 1 == wrap::MOST_ROWS;
            if cut && end < text.len() && area.width > 0 {
                self.text(area.x + area.width - 1, y, 1, Role::Mark, "»");
            }
            y += 1;
        }
        y
    }

    /// Writes a stretch of bytes with their roles up to a column; returns the byte it came to.
    fn stretch(
        &mut self,
        x: u16,
        y: u16,
        right: u16,
        text: &str,
        roles: &[(usize, Role)],
        bytes: std::ops::Range<usize>,
    ) -> usize {
        let mut at = x;
        let Some(slice) = text.get(bytes.clone()) else { return bytes.end };
        for (offset, grapheme) in slice.grapheme_indices(true) {
            let byte = bytes.start + offset;
            let wide = grapheme.width() as u16;
            if at + wide > right {
                return byte;
            }
            if wide == 0 {
                continue;
            }
            let style = (self.style)(role_at(roles, byte));
            if let Some(cell) = self.buffer.cell_mut((at, y)) {
                cell.set_symbol(grapheme).set_style(style);
            }
            if wide == 2
                && let Some(cell) = self.buffer.cell_mut((at + 1, y))
            {
                cell.set_symbol(" ").set_style(style);
            }
            at += wide;
        }
        bytes.end
    }
}

/// The bytes from a column on.
fn cut(text: &str, shift: usize) -> std::ops::Range<usize> {
    let mut column = 0;
    let from = text.grapheme_indices(true).find(|(_, g)| {
        let here = column >= shift;
        column += g.width();
        here
    });
    from.map_or(text.len(), |(at, _)| at)..text.len()
}

fn role_at(roles: &[(usize, Role)], byte: usize) -> Role {
    let at = roles.partition_point(|(start, _)| *start <= byte);
    roles.get(at.saturating_sub(1)).map_or(Role::Text, |(_, role)| *role)
}

/// The row's showable text, and from which byte on which role holds.
fn laid_out(row: &Row, search: Option<&str>) -> (String, Vec<(usize, Role)>) {
    let mut text = String::new();
    let mut roles = Vec::new();
    for bit in &row.bits {
        roles.push((text.len(), bit.role));
        let shown = clean(&bit.text);
        if shown.contains(['\t', '\n']) {
            text.push_str(&shown.replace(['\t', '\n'], " "));
        } else {
            text.push_str(&shown);
        }
    }
    if let Some(wanted) = search.filter(|s| !s.is_empty())
        && let Ok(pattern) = regex::RegexBuilder::new(&regex::escape(wanted)).case_insensitive(true).build()
    {
        for hit in pattern.find_iter(&text).take(100) {
            let after = role_at(&roles, hit.end());
            let inside: Vec<(usize, Role)> =
                roles.iter().filter(|(at, _)| *at < hit.start() || *at > hit.end()).copied().collect();
            roles = inside;
            roles.push((hit.start(), Role::Match));
            roles.push((hit.end(), after));
            roles.sort_by_key(|(at, _)| *at);
        }
    }
    (text, roles)
}
