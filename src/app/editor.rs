//! The postmortem's editor: the text with its cursor and history, its rows on screen, its sections and gaps;
//! each kept from key to key, so that a key costs what it changes.
//!
//! It saves nothing: the update does, from [`Editor::text`].

use std::borrow::Cow;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::editor_outline::Outline;
use super::editor_text::{Change, Place, Text};
use super::editor_wrap::Wrapped;
use super::wrap::width;
use crate::session::pages::Section;

/// The mark that stands for what nobody has written yet.
pub const FILL_IN: &str = "[FILL IN";

/// So many rows beyond the screen's edge are scrolled to; more is a jump, or a page.
const NEAR: usize = 3;

/// A text being edited.
#[derive(Debug, Clone)]
pub struct Editor {
    text: Text,
    /// The first screen row that is shown.
    pub top: usize,
    /// True when the text differs from what was last handed out for saving.
    pub dirty: bool,
    wrapped: Wrapped,
    outline: Outline,
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
    /// An editor of a text, at its begin.
    pub fn new(text: &str) -> Self {
        let text = Text::new(text);
        let outline = Outline::of(text.lines());
        Self { text, top: 0, dirty: false, wrapped: Wrapped::default(), outline }
    }

    /// The whole text.
    pub fn text(&self) -> String {
        self.lines().join("\n")
    }

    /// The lines.
    pub fn lines(&self) -> &[String] {
        self.text.lines()
    }

    /// The cursor: line from 0, and byte of that line.
    pub fn cursor(&self) -> (usize, usize) {
        let Place { line, byte } = self.text.at();
        (line, byte)
    }

    fn changed(&mut self, change: Option<Change>) {
        let Some(change) = change else { return };
        self.dirty = true;
        self.wrapped.changed(self.text.lines(), change);
        self.outline.changed(self.text.lines(), change);
    }

    fn go(&mut self, to: Place) {
        self.text.go(to.line, to.byte);
    }

    /// Types a character.
    pub fn type_char(&mut self, c: char) {
        if c == '\n' || !c.is_control() {
            let change = self.text.insert(c.encode_utf8(&mut [0; 4]));
            self.changed(change);
        }
    }

    /// Puts a pasted text in; controls are left out, line ends are unified.
    pub fn paste(&mut self, text: &str) {
        let text: String =
            text.replace("\r\n", "\n").replace('\r', "\n").chars().filter(|c| *c == '\n' || !c.is_control()).collect();
        let change = self.text.insert(&text);
        self.changed(change);
    }

    /// Takes the character before the cursor away.
    pub fn backspace(&mut self) {
        let change = self.text.erase_from(self.text.left());
        self.changed(change);
    }

    /// Takes the character under the cursor away.
    pub fn delete(&mut self) {
        let change = self.text.erase_to(self.text.right());
        self.changed(change);
    }

    /// Takes the word before the cursor away.
    pub fn delete_word(&mut self) {
        let change = self.text.erase_from(self.text.word_left());
        self.changed(change);
    }

    /// Takes the rest of the line away; at its end, the line's end.
    pub fn delete_to_end(&mut self) {
        let (line, byte) = self.cursor();
        let end = self.text.line(line).len();
        let to = if byte < end { Place { line, byte: end } } else { self.text.right() };
        let change = self.text.erase_to(to);
        self.changed(change);
    }

    /// Takes the last change back.
    pub fn undo(&mut self) {
        let change = self.text.undo();
        self.changed(change);
    }

    /// Makes the last undone change again.
    pub fn redo(&mut self) {
        let change = self.text.redo();
        self.changed(change);
    }

    /// One character to the left.
    pub fn left(&mut self) {
        self.go(self.text.left());
    }

    /// One character to the right.
    pub fn right(&mut self) {
        self.go(self.text.right());
    }

    /// One word to the left.
    pub fn word_left(&mut self) {
        self.go(self.text.word_left());
    }

    /// One word to the right.
    pub fn word_right(&mut self) {
        self.go(self.text.word_right());
    }

    /// To the begin of the line.
    pub fn line_begin(&mut self) {
        self.jump(self.cursor().0, 0);
    }

    /// To the end of the line.
    pub fn line_end(&mut self) {
        self.jump(self.cursor().0, usize::MAX);
    }

    /// Puts another text in place of the whole; one undo takes it back.
    pub fn replace_text(&mut self, text: &str) {
        let change = self.text.replace(text);
        self.changed(change);
    }

    /// The text as screen rows of a width.
    pub fn rows(&self, columns: usize) -> Cow<'_, [EditorRow]> {
        match self.wrapped.rows(columns) {
            Some(rows) => rows.into(),
            None => Wrapped::of(self.lines(), columns).into_rows().into(),
        }
    }

    /// The screen row the cursor is on.
    pub fn cursor_row(&self, rows: &[EditorRow]) -> usize {
        let at = self.cursor();
        rows.partition_point(|r| (r.line, r.bytes.start) <= at).saturating_sub(1)
    }

    /// Moves by screen rows, as far as there are any, keeping the column where it can be kept.
    pub fn vertical(&mut self, by: isize, columns: usize) {
        let rows = self.rows(columns);
        let at = self.cursor_row(&rows);
        let to = at.saturating_add_signed(by).min(rows.len().saturating_sub(1));
        let (Some(from), Some(row)) = (rows.get(at).cloned(), rows.get(to).cloned()) else { return };
        drop(rows);
        let (line, byte) = self.cursor();
        let column = width(self.slice(line, from.bytes.start..byte));
        let within = self.slice(row.line, row.bytes.clone());
        // The end of a wrapped row is the begin of the next one: stay before it.
        let ends_line = self.text.line(row.line).len() == row.bytes.end;
        let behind = within.grapheme_indices(true).scan(0, |used, (at, g)| {
            *used += width(g);
            Some((*used, at, at + g.len()))
        });
        let at = behind.take_while(|(used, ..)| *used <= column).last();
        let byte = match at {
            None => 0,
            Some((_, last, end)) if end == within.len() && !ends_line => last,
            Some((_, _, end)) => end,
        };
        self.jump(row.line, row.bytes.start + byte);
    }

    /// Scrolls so that the cursor is on screen; after a jump to beyond its edge a third of the screen stands
    /// above it.
    pub fn follow(&mut self, columns: usize, height: usize) {
        if self.wrapped.rows(columns).is_none() {
            self.wrapped = Wrapped::of(self.text.lines(), columns);
        }
        let row = self.cursor_row(&self.rows(columns));
        let least = row.saturating_sub(height.saturating_sub(1));
        let far = row + NEAR < self.top || least > self.top + NEAR;
        self.top = if far { row.saturating_sub(height / 3) } else { self.top.clamp(least, row) };
    }

    /// To the next mark of something nobody has written yet, around the end. False when there is none.
    pub fn next_fill_in(&mut self) -> bool {
        self.next(|text| text.find(FILL_IN))
    }

    /// To the next place that a search finds in a line behind the cursor, or in one around the end. False
    /// when there is none.
    pub(super) fn next(&mut self, find: impl Fn(&str) -> Option<usize>) -> bool {
        let (line, byte) = self.cursor();
        let under = self.text.line(line).get(byte..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let n = self.lines().len();
        let found = (0..=n).find_map(|step| {
            let at = (line + step) % n.max(1);
            let from = if step == 0 { byte + under } else { 0 };
            Some((at, find(self.text.line(at).get(from..)?)? + from))
        });
        if let Some((line, byte)) = found {
            self.jump(line, byte);
        }
        found.is_some()
    }

    /// How many marks of something unwritten are left.
    pub fn fill_ins(&self) -> usize {
        self.fill_ins_in(0..self.lines().len())
    }

    /// How many of them stand in a range of lines.
    pub fn fill_ins_in(&self, lines: Range<usize>) -> usize {
        self.outline.gaps(lines)
    }

    /// The sections of the text.
    pub fn sections(&self) -> &[Section] {
        self.outline.sections()
    }

    /// Puts the cursor on a line and byte, or on the nearest before it that there is.
    pub fn jump(&mut self, line: usize, byte: usize) {
        self.text.go(line, byte);
    }

    fn slice(&self, line: usize, bytes: Range<usize>) -> &str {
        self.text.line(line).get(bytes).unwrap_or("")
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
    fn a_jump_shows_what_stands_around_its_end_and_a_step_scrolls_by_one() {
        let mut e = Editor::new(&"x\n".repeat(200));
        e.jump(100, 0);
        e.follow(40, 30);
        assert_eq!(e.top, 90);
        e.jump(120, 0);
        e.follow(40, 30);
        assert_eq!(e.top, 91);
        e.jump(0, 0);
        e.follow(40, 30);
        assert_eq!(e.top, 0);
    }

    #[test]
    fn a_pasted_text_brings_no_controls() {
        let mut e = Editor::new("");
        e.paste("a\r\nb\u{1b}[31mc\rd");
        assert_eq!(e.text(), "a\nb[31mc\nd");
    }
}
