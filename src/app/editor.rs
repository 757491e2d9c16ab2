//! The postmortem's editor: the text area's editing (undo, words) over our own soft wrap.
//!
//! The one place outside `view` and `runtime` that may name the text area. It saves nothing: the
//! update does, from [`Editor::text`].

use std::borrow::Cow;
use std::ops::Range;

use tui_textarea::{CursorMove, TextArea};

use super::editor_wrap::Wrapped;
use super::wrap;
use crate::session::pages::{Section, sections};

/// The mark that stands for what nobody has written yet.
pub const FILL_IN: &str = "[FILL IN";

/// A text being edited.
#[derive(Debug, Clone)]
pub struct Editor {
    area: TextArea<'static>,
    /// The first screen row that is shown.
    pub top: usize,
    /// True when the text differs from what was last handed out for saving.
    pub dirty: bool,
    wrapped: Wrapped,
    sections: Vec<Section>,
    /// The rows that are kept are not those of the text as it stands.
    stale: bool,
}

/// One screen row of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditorRow {
    /// The line, from 0.
    pub line: usize,
    /// The bytes of that line.
    pub bytes: Range<usize>,
}

impl Editor {
    /// How many changes can be undone.
    const HISTORY: usize = 2_000;

    /// An editor of a text, at its begin.
    pub fn new(text: &str) -> Self {
        let mut area = TextArea::new(text.split('\n').map(Into::into).collect());
        area.set_max_histories(Self::HISTORY);
        Self { area, top: 0, dirty: false, wrapped: Wrapped::default(), sections: Vec::new(), stale: true }
    }

    /// The whole text.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// The lines.
    pub fn lines(&self) -> &[String] {
        self.area.lines()
    }

    /// The cursor: line from 0, and byte of that line.
    pub fn cursor(&self) -> (usize, usize) {
        let at = self.area.cursor();
        let line = self.area.lines().get(at.0).map_or("", String::as_str);
        (at.0, line.char_indices().nth(at.1).map_or(line.len(), |(i, _)| i))
    }

    /// Types a character.
    pub fn type_char(&mut self, c: char) {
        if c == '\n' {
            self.area.insert_newline();
        } else if !c.is_control() {
            self.area.insert_char(c);
        }
        self.changed(true);
    }

    /// Puts a pasted text in; controls are left out, line ends are unified.
    pub fn paste(&mut self, text: &str) {
        let text: String =
            text.replace("\r\n", "\n").replace('\r', "\n").chars().filter(|c| *c == '\n' || !c.is_control()).collect();
        let changed = self.area.insert_str(text);
        self.changed(changed);
    }

    /// Takes the character before the cursor away.
    pub fn backspace(&mut self) {
        let changed = self.area.delete_char();
        self.changed(changed);
    }

    /// Takes the character under the cursor away.
    pub fn delete(&mut self) {
        let changed = self.area.delete_next_char();
        self.changed(changed);
    }

    /// Takes the word before the cursor away.
    pub fn delete_word(&mut self) {
        let changed = self.area.delete_word();
        self.changed(changed);
    }

    /// Takes the rest of the line away.
    pub fn delete_to_end(&mut self) {
        let changed = self.area.delete_line_by_end();
        self.changed(changed);
    }

    /// Takes the last change back.
    pub fn undo(&mut self) {
        let changed = self.area.undo();
        // A text that was replaced as a whole was empty for a moment: that is no place to stop at.
        if self.is_empty() && changed {
            self.area.undo();
        }
        self.changed(changed);
    }

    /// Makes the last undone change again.
    pub fn redo(&mut self) {
        let changed = self.area.redo();
        if self.is_empty() && changed {
            self.area.redo();
        }
        self.changed(changed);
    }

    /// One character to the left.
    pub fn left(&mut self) {
        self.area.move_cursor(CursorMove::Back);
    }

    /// One character to the right.
    pub fn right(&mut self) {
        self.area.move_cursor(CursorMove::Forward);
    }

    /// One word to the left.
    pub fn word_left(&mut self) {
        self.area.move_cursor(CursorMove::WordBack);
    }

    /// One word to the right.
    pub fn word_right(&mut self) {
        self.area.move_cursor(CursorMove::WordForward);
    }

    /// To the begin of the line.
    pub fn line_begin(&mut self) {
        self.area.move_cursor(CursorMove::Head);
    }

    /// To the end of the line.
    pub fn line_end(&mut self) {
        self.area.move_cursor(CursorMove::End);
    }

    fn is_empty(&self) -> bool {
        self.lines().iter().all(String::is_empty)
    }

    fn changed(&mut self, changed: bool) {
        self.dirty |= changed;
        self.stale |= changed;
    }

    /// Puts another text in place of the whole; one undo takes it back.
    pub fn replace_text(&mut self, text: &str) {
        self.area.select_all();
        let changed = self.area.insert_str(text);
        self.changed(changed);
    }

    /// The text as screen rows of a width.
    pub fn rows(&self, columns: usize) -> Cow<'_, [EditorRow]> {
        if let Some(rows) = self.wrapped.rows(columns).filter(|_| !self.stale) {
            return Cow::Borrowed(rows);
        }
        let lines = self.area.lines().iter().enumerate();
        lines
            .flat_map(|(line, text)| {
                wrap::wrap(text, columns, 0, usize::MAX).into_iter().map(move |bytes| EditorRow { line, bytes })
            })
            .collect::<Vec<_>>()
            .into()
    }

    /// The screen row the cursor is on.
    pub fn cursor_row(&self, rows: &[EditorRow]) -> usize {
        let (line, byte) = self.cursor();
        rows.partition_point(|r| (r.line, r.bytes.start) <= (line, byte)).saturating_sub(1)
    }

    /// Moves by screen rows, as far as there are any, keeping the column where it can be kept.
    pub fn vertical(&mut self, by: isize, columns: usize) {
        let rows = self.rows(columns);
        let at = self.cursor_row(&rows);
        let to = at.saturating_add_signed(by).min(rows.len().saturating_sub(1));
        let (Some(from), Some(row)) = (rows.get(at).cloned(), rows.get(to).cloned()) else { return };
        drop(rows);
        let (line, byte) = self.cursor();
        let column = self.slice(line, from.bytes.start..byte).chars().count();
        let within = self.slice(row.line, row.bytes.clone());
        let last = within.chars().count();
        // The end of a wrapped row is the begin of the next one: stay before it.
        let ends_line = self.lines().get(row.line).is_some_and(|l| l.len() == row.bytes.end);
        let most = if ends_line { last } else { last.saturating_sub(1) };
        let before = self.slice(row.line, 0..row.bytes.start).chars().count();
        self.jump(row.line, before + column.min(most));
    }

    /// Scrolls so that the cursor is on screen.
    pub fn follow(&mut self, columns: usize, height: usize) {
        if self.stale || self.wrapped.rows(columns).is_none() {
            self.wrapped.refresh(self.area.lines(), columns);
            self.sections = sections(self.area.lines().iter().map(String::as_str));
            self.stale = false;
        }
        let row = self.cursor_row(&self.rows(columns));
        self.top = self.top.clamp(row.saturating_sub(height.saturating_sub(1)), row);
    }

    /// To the next mark of something nobody has written yet, around the end. False when there is none.
    pub fn next_fill_in(&mut self) -> bool {
        let (line, byte) = self.cursor();
        let after = self
            .lines()
            .get(line)
            .and_then(|l| l.get(byte..))
            .map_or(0, |rest| rest.chars().next().map_or(0, char::len_utf8));
        let n = self.lines().len();
        let found = (0..=n).find_map(|step| {
            let at = (line + step) % n.max(1);
            let from = if step == 0 { byte + after } else { 0 };
            let text = self.lines().get(at)?;
            let hit = text.get(from..)?.find(FILL_IN)? + from;
            Some((at, text.get(..hit)?.chars().count()))
        });
        if let Some((line, column)) = found {
            self.jump(line, column);
        }
        found.is_some()
    }

    /// How many marks of something unwritten are left.
    pub fn fill_ins(&self) -> usize {
        self.fill_ins_in(0..self.lines().len())
    }

    /// How many of them stand in a range of lines.
    pub fn fill_ins_in(&self, lines: Range<usize>) -> usize {
        if self.stale {
            let lines = self.lines().get(lines).unwrap_or_default();
            return lines.iter().map(|l| l.matches(FILL_IN).count()).sum();
        }
        self.wrapped.gaps(lines)
    }

    /// The sections of the text, kept from key to key.
    pub fn sections(&self) -> Cow<'_, [Section]> {
        if self.stale {
            return sections(self.lines().iter().map(String::as_str)).into();
        }
        Cow::Borrowed(&self.sections)
    }

    /// Puts the cursor on a line and character; the text area counts both in 16 bits.
    pub fn jump(&mut self, line: usize, column: usize) {
        let small = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        self.area.move_cursor(CursorMove::Jump(small(line), small(column)));
    }

    fn slice(&self, line: usize, bytes: Range<usize>) -> &str {
        self.lines().get(line).and_then(|l| l.get(bytes)).unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_and_undo_give_the_text_back() {
        let mut e = Editor::new("one\ntwo");
        e.type_char('x');
        e.type_char('\n');
        assert_eq!(e.text(), "x\none\ntwo");
        e.undo();
        e.undo();
        assert_eq!(e.text(), "one\ntwo");
        e.redo();
        assert_eq!(e.text(), "xone\ntwo");
    }

    #[test]
    fn the_next_fill_in_is_found_around_the_end() {
        let mut e = Editor::new("[FILL IN: a]\nx\nyy [FILL IN: b]");
        assert!(e.next_fill_in());
        assert_eq!(e.cursor(), (2, 3));
        assert!(e.next_fill_in());
        assert_eq!(e.cursor(), (0, 0));
        assert!(!Editor::new("nothing").next_fill_in());
    }

    #[test]
    fn vertical_moves_go_by_wrapped_rows() {
        let mut e = Editor::new("alpha beta gamma delta\nend");
        e.vertical(1, 11);
        assert_eq!(e.cursor(), (0, 11));
        e.vertical(1, 11);
        assert_eq!(e.cursor().0, 1);
        e.vertical(-1, 11);
        assert_eq!(e.cursor(), (0, 11));
    }

    #[test]
    fn a_pasted_text_brings_no_controls() {
        let mut e = Editor::new("");
        e.paste("a\r\nb\u{1b}[31mc\rd");
        assert_eq!(e.text(), "a\nb[31mc\nd");
    }
}
