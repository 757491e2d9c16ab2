//! The lines that a person edits: the cursor, changes as splices, undo and redo. What a key costs depends
//! on the line it changes, not on the length of the text. It wraps nothing and draws nothing.

use std::collections::VecDeque;

use unicode_segmentation::UnicodeSegmentation;

use super::editor_words::{word_begin, word_behind};

/// A place: the line from 0, and the byte of that line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The byte within it.
    pub byte: usize,
}

/// What a change did to the lines: `old` of them from `line` on became `new`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The first line that changed.
    pub line: usize,
    /// How many lines stood there.
    pub old: usize,
    /// How many stand there now.
    pub new: usize,
}

/// How an edit came about: runs of the first two are undone together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Typed,
    Erased,
    Other,
}

/// A splice that can be taken back.
#[derive(Debug, Clone)]
struct Edit {
    kind: Kind,
    from: Place,
    removed: String,
    added: String,
    before: Place,
}

impl Edit {
    fn weight(&self) -> usize {
        self.removed.len() + self.added.len()
    }
}

/// A text with a cursor and its history.
#[derive(Debug, Clone)]
pub struct Text {
    lines: Vec<String>,
    at: Place,
    done: VecDeque<Edit>,
    undone: Vec<Edit>,
    /// Bytes that `done` holds.
    held: usize,
}

impl Text {
    /// How many changes can be undone; a word that was typed is one.
    const MOST_EDITS: usize = 2_000;
    /// How many bytes they may hold; the newest change can always be undone.
    const MOST_HELD: usize = 16 * 1024 * 1024;

    /// A text with the cursor at its begin.
    pub fn new(text: &str) -> Self {
        let lines = text.split('\n').map(str::to_owned).collect();
        Self { lines, at: Place::default(), done: VecDeque::new(), undone: Vec::new(), held: 0 }
    }

    /// The lines; at least one.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Where the cursor stands.
    pub fn at(&self) -> Place {
        self.at
    }

    /// A line; empty where there is none.
    pub fn line(&self, n: usize) -> &str {
        self.lines.get(n).map_or("", String::as_str)
    }

    /// Puts the cursor at a place, or at the nearest before it that there is.
    pub fn go(&mut self, line: usize, byte: usize) {
        let line = line.min(self.lines.len().saturating_sub(1));
        let text = self.line(line);
        let mut byte = byte.min(text.len());
        while !text.is_char_boundary(byte) {
            byte -= 1;
        }
        self.at = Place { line, byte };
    }

    /// Puts a text in at the cursor; `None` where it is empty.
    pub fn insert(&mut self, text: &str) -> Option<Change> {
        let one = text.chars().nth(1).is_none() && text != "\n";
        self.splice(if one { Kind::Typed } else { Kind::Other }, self.at, self.at, text)
    }

    /// Takes what stands between the cursor and a place before it away.
    pub fn erase_from(&mut self, from: Place) -> Option<Change> {
        let kind = if from.line == self.at.line { Kind::Erased } else { Kind::Other };
        self.splice(kind, from, self.at, "")
    }

    /// Takes what stands between the cursor and a place behind it away.
    pub fn erase_to(&mut self, to: Place) -> Option<Change> {
        self.splice(Kind::Other, self.at, to, "")
    }

    /// The place one grapheme before the cursor; a line's begin is behind the end of the line before it.
    pub fn left(&self) -> Place {
        let Place { line, byte } = self.at;
        match self.line(line).get(..byte).and_then(|t| t.grapheme_indices(true).next_back()) {
            Some((at, _)) => Place { line, byte: at },
            None => self.end_of_line_before(),
        }
    }

    /// The place one grapheme behind the cursor.
    pub fn right(&self) -> Place {
        let Place { line, byte } = self.at;
        match self.line(line).get(byte..).and_then(|t| t.graphemes(true).next()) {
            Some(g) => Place { line, byte: byte + g.len() },
            None => self.begin_of_line_behind(),
        }
    }

    /// The begin of the word before the cursor.
    pub fn word_left(&self) -> Place {
        let Place { line, byte } = self.at;
        match self.line(line).get(..byte).filter(|t| !t.is_empty()) {
            Some(before) => Place { line, byte: word_begin(before) },
            None => self.end_of_line_before(),
        }
    }

    /// The begin of the next word behind the cursor.
    pub fn word_right(&self) -> Place {
        let Place { line, byte } = self.at;
        match self.line(line).get(byte..).filter(|t| !t.is_empty()) {
            Some(behind) => Place { line, byte: byte + word_behind(behind) },
            None => self.begin_of_line_behind(),
        }
    }

    fn end_of_line_before(&self) -> Place {
        let Some(line) = self.at.line.checked_sub(1) else { return self.at };
        Place { line, byte: self.line(line).len() }
    }

    fn begin_of_line_behind(&self) -> Place {
        let line = self.at.line + 1;
        if line < self.lines.len() { Place { line, byte: 0 } } else { self.at }
    }

    /// Makes the text another one; what the two have in common at begin and end is not touched.
    pub fn replace(&mut self, text: &str) -> Option<Change> {
        let old = self.lines.join("\n");
        let begin: usize = old.chars().zip(text.chars()).take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum();
        let (old_rest, new_rest) = (old.get(begin..)?, text.get(begin..)?);
        let tails = old_rest.chars().rev().zip(new_rest.chars().rev());
        let end: usize = tails.take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum();
        let (from, to) = (self.place_of(begin), self.place_of(old.len() - end));
        self.splice(Kind::Other, from, to, new_rest.get(..new_rest.len() - end)?)
    }

    /// The place of a byte of the whole text.
    fn place_of(&self, byte: usize) -> Place {
        let mut left = byte;
        for (line, text) in self.lines.iter().enumerate() {
            if left <= text.len() {
                return Place { line, byte: left };
            }
            left -= text.len() + 1;
        }
        let line = self.lines.len().saturating_sub(1);
        Place { line, byte: self.line(line).len() }
    }

    /// Takes the last change back.
    pub fn undo(&mut self) -> Option<Change> {
        let edit = self.done.pop_back()?;
        self.held -= edit.weight();
        let change = self.put(edit.from, end_of(edit.from, &edit.added), &edit.removed);
        self.at = edit.before;
        self.undone.push(edit);
        Some(change)
    }

    /// Makes the last undone change again.
    pub fn redo(&mut self) -> Option<Change> {
        let edit = self.undone.pop()?;
        let change = self.put(edit.from, end_of(edit.from, &edit.removed), &edit.added);
        self.at = end_of(edit.from, &edit.added);
        self.remember(edit);
        Some(change)
    }

    fn splice(&mut self, kind: Kind, from: Place, to: Place, added: &str) -> Option<Change> {
        if from == to && added.is_empty() {
            return None;
        }
        let edit = Edit { kind, from, removed: self.between(from, to), added: added.to_owned(), before: self.at };
        let change = self.put(from, to, added);
        self.at = end_of(from, added);
        self.undone.clear();
        self.remember(edit);
        Some(change)
    }

    /// Keeps a change; a letter joins the word that is being typed, or taken away.
    fn remember(&mut self, edit: Edit) {
        self.held += edit.weight();
        match self.done.back_mut().filter(|last| goes_on(last, &edit)) {
            Some(last) if edit.kind == Kind::Typed => last.added.push_str(&edit.added),
            Some(last) => {
                last.removed.insert_str(0, &edit.removed);
                last.from = edit.from;
            }
            None => self.done.push_back(edit),
        }
        while self.done.len() > 1 && (self.done.len() > Self::MOST_EDITS || self.held > Self::MOST_HELD) {
            self.held -= self.done.pop_front().map_or(0, |e| e.weight());
        }
    }

    fn between(&self, from: Place, to: Place) -> String {
        if from.line == to.line {
            return self.line(from.line).get(from.byte..to.byte).unwrap_or("").to_owned();
        }
        let mut out = self.line(from.line).get(from.byte..).unwrap_or("").to_owned();
        for line in self.lines.get(from.line + 1..to.line).unwrap_or_default() {
            out.push('\n');
            out.push_str(line);
        }
        out.push('\n');
        out.push_str(self.line(to.line).get(..to.byte).unwrap_or(""));
        out
    }

    fn put(&mut self, from: Place, to: Place, added: &str) -> Change {
        let old = to.line - from.line + 1;
        if let Some(line) = self.lines.get_mut(from.line).filter(|_| old == 1 && !added.contains('\n')) {
            line.replace_range(from.byte..to.byte, added);
            return Change { line: from.line, old, new: 1 };
        }
        let head = self.line(from.line).get(..from.byte).unwrap_or("");
        let tail = self.line(to.line).get(to.byte..).unwrap_or("");
        let lines: Vec<String> = [head, added, tail].concat().split('\n').map(str::to_owned).collect();
        let new = lines.len();
        self.lines.splice(from.line..=to.line, lines);
        Change { line: from.line, old, new }
    }
}

/// Where a text that was put in at a place ends.
fn end_of(from: Place, text: &str) -> Place {
    match text.rsplit_once('\n') {
        Some((before, last)) => Place { line: from.line + before.matches('\n').count() + 1, byte: last.len() },
        None => Place { line: from.line, byte: from.byte + text.len() },
    }
}

/// True where an edit goes on with the word of the one before it.
fn goes_on(last: &Edit, edit: &Edit) -> bool {
    let blank = |c: Option<char>| c.is_none_or(char::is_whitespace);
    match (last.kind, edit.kind) {
        (Kind::Typed, Kind::Typed) => {
            let new_word = blank(last.added.chars().next_back()) && !blank(edit.added.chars().next());
            edit.from == end_of(last.from, &last.added) && !new_word
        }
        (Kind::Erased, Kind::Erased) => {
            let new_word = blank(last.removed.chars().next()) && !blank(edit.removed.chars().next_back());
            last.from == end_of(edit.from, &edit.removed) && !new_word
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A change of a text: where in thousandths of it, how much goes, what comes.
    fn change() -> impl Strategy<Value = (usize, usize, String)> {
        (0usize..1000, 0usize..12, "[ab \né]{0,6}")
    }

    /// Does it to a plain string as well, and returns that.
    fn done(text: &mut Text, (at, gone, new): &(usize, usize, String)) -> String {
        let whole = text.lines().join("\n");
        let places: Vec<usize> = whole.char_indices().map(|(i, _)| i).chain([whole.len()]).collect();
        let n = at * (places.len() - 1) / 1000;
        let (from, to) = (places[n], places[(n + gone).min(places.len() - 1)]);
        let (a, b) = (text.place_of(from), text.place_of(to));
        text.splice(Kind::Other, a, b, new);
        [&whole[..from], new, &whole[to..]].concat()
    }

    proptest! {
        #[test]
        fn changes_are_those_of_a_plain_string_and_undo_takes_each_back(
            begin in "[ab \né]{0,40}",
            changes in proptest::collection::vec(change(), 1..12),
        ) {
            let mut text = Text::new(&begin);
            let mut end = begin.clone();
            for c in &changes {
                end = done(&mut text, c);
                prop_assert_eq!(text.lines().join("\n"), end.as_str());
            }
            while text.undo().is_some() {}
            prop_assert_eq!(text.lines().join("\n"), begin);
            prop_assert_eq!(text.held, 0);
            while text.redo().is_some() {}
            prop_assert_eq!(text.lines().join("\n"), end);
        }

        #[test]
        fn a_replaced_text_is_the_new_one_and_one_undo_gives_the_old(old in "[ab\né]{0,30}", new in "[ab\né]{0,30}") {
            let mut text = Text::new(&old);
            let changed = text.replace(&new).is_some();
            prop_assert_eq!(text.lines().join("\n"), new.as_str());
            prop_assert_eq!(changed, old != new);
            text.undo();
            prop_assert_eq!(text.lines().join("\n"), old);
        }
    }

    #[test]
    fn one_undo_takes_a_typed_word_back_and_one_an_erased_one() {
        let mut text = Text::new("");
        for c in ["t", "w", "o", " ", "w", "o", "r", "d", "s"] {
            text.insert(c);
        }
        text.undo();
        assert_eq!(text.line(0), "two ");
        text.redo();
        for _ in 0..6 {
            text.erase_from(text.left());
        }
        assert_eq!(text.line(0), "two");
        text.undo();
        assert_eq!(text.line(0), "two words");
    }

    #[test]
    fn a_cluster_of_code_points_is_one_step_and_goes_as_one() {
        let mut text = Text::new("e\u{301}x");
        text.go(0, usize::MAX);
        text.erase_from(text.left());
        text.erase_from(text.left());
        assert_eq!(text.line(0), "");
        text.undo();
        text.go(0, 0);
        assert_eq!(text.right(), Place { line: 0, byte: 3 });
    }

    #[test]
    fn what_can_be_undone_is_bounded_by_number_and_bytes() {
        let mut text = Text::new("");
        for n in 0..3_000 {
            text.insert(&format!("{n}, "));
        }
        assert!(text.done.len() == Text::MOST_EDITS);
        let large = "x".repeat(6 * 1024 * 1024);
        for _ in 0..4 {
            text.insert(&large);
        }
        assert!(text.held <= Text::MOST_HELD && text.done.len() < 4);
    }
}
