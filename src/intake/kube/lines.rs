//! Lines of a source with their places.

use crate::domain::{SourceId, Span};

/// One line: its text and where it begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row<'a> {
    /// The text without the line end.
    pub text: &'a str,
    /// Where it begins in the source.
    pub start: usize,
    /// The source.
    pub source: SourceId,
}

impl<'a> Row<'a> {
    /// The place of a part of the line; the whole line where `part` is not of it.
    pub fn span_of(&self, part: &str) -> Span {
        let base = self.text.as_ptr() as usize;
        let offset = (part.as_ptr() as usize).wrapping_sub(base);
        if offset.checked_add(part.len()).is_none_or(|end| end > self.text.len()) {
            return self.span();
        }
        Span { source: self.source, start: self.start + offset, end: self.start + offset + part.len() }
    }

    /// The place of the line without surrounding blanks.
    pub fn span(&self) -> Span {
        let trimmed = self.text.trim();
        let lead = self.text.len() - self.text.trim_start().len();
        Span { source: self.source, start: self.start + lead, end: self.start + lead + trimmed.len() }
    }

    /// How far the line is indented, in bytes of blanks.
    pub fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start_matches([' ', '\t']).len()
    }
}

/// Every line of a text.
pub fn rows(text: &str, source: SourceId) -> Vec<Row<'_>> {
    let mut start = 0;
    text.split('\n')
        .map(|line| {
            let row = Row { text: line, start, source };
            start += line.len() + 1;
            row
        })
        .collect()
}
