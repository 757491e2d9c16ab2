//! Showable text: the one type that may reach a terminal. Only the sanitizer here makes it.
//!
//! Controls, C1, bidi and invisible characters become visible marks: they never vanish and never
//! pass. A mark stands for one character and what follows an escape stays as text, because parsers
//! differ on where a sequence ends: nothing can be hidden in the difference. This module does not
//! wrap, colour or measure.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar;

/// Text without anything that a terminal would obey: printable characters, `\n` and `\t` only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Showable(String);

impl Showable {
    /// Makes any text showable; what a terminal would obey becomes a visible mark.
    pub fn new(text: &str) -> Self {
        Self(clean(text).into_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// True for a character that must not reach a terminal as it is.
pub fn is_hostile(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        ' '..='~' => false,
        // C0, DEL, C1
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        // soft hyphen, combining grapheme joiner, Arabic letter mark, Syriac abbreviation mark,
        // Mongolian variation selectors and vowel separator, zero width, bidi, invisible operators
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{70f}' | '\u{180b}'..='\u{180f}' => true,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        // byte order mark, interlinear annotation, and the unassigned marks before them
        '\u{feff}' | '\u{fff0}'..='\u{fffb}' => true,
        // Hangul fillers, Khmer inherent vowels, variation selectors
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{17b4}' | '\u{17b5}' => true,
        '\u{fe00}'..='\u{fe0f}' => true,
        // shorthand and musical format controls, tag characters and more variation selectors
        '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' => true,
        // characters that are none
        '\u{fdd0}'..='\u{fdef}' => true,
        c => (c as u32) & 0xfffe == 0xfffe,
    }
}

/// How many combining marks may stand on one character; honest scripts need four at the most.
pub const STACK: u8 = 6;

/// Counts marks that stack on one character, so that a flood of them can't draw over other lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stack(u8);

impl Stack {
    /// Takes the next character; true when it is one combining mark too many.
    pub fn overflows(&mut self, c: char) -> bool {
        if c.is_ascii() || c.width() != Some(0) {
            self.0 = 0;
            return false;
        }
        self.0 = self.0.saturating_add(1);
        self.0 > STACK
    }
}

/// Appends the visible mark of a character: C0 as control pictures (`␛`), others as `‹U+202E›`.
pub fn push_mark(out: &mut String, c: char) {
    match c {
        '\u{0}'..='\u{1f}' => out.push(char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}')),
        '\u{7f}' => out.push('\u{2421}'),
        c => {
            // writing to a String can't fail
            let _ = write!(out, "‹U+{:04X}›", c as u32);
        }
    }
}

/// The text with every hostile character as a visible mark. Borrowed where nothing had to change.
pub fn clean(text: &str) -> Cow<'_, str> {
    let mut stack = Stack::default();
    let Some((first, _)) = text.char_indices().find(|&(_, c)| is_hostile(c) || stack.overflows(c)) else {
        return Cow::Borrowed(text);
    };
    let (before, rest) = text.split_at(first);
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(before);
    let mut stack = Stack::default();
    for c in before.chars() {
        stack.overflows(c);
    }
    for c in rest.chars() {
        if is_hostile(c) || stack.overflows(c) {
            push_mark(&mut out, c);
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stood_before_and_after_an_escape_stays() {
        assert_eq!(clean("a\u{1b}[2Jb"), "a␛[2Jb");
        assert_eq!(clean("a\u{9b}2Jb"), "a‹U+009B›2Jb");
        assert_eq!(clean("a\u{202e}b"), "a‹U+202E›b");
    }

    #[test]
    fn honest_scripts_pass_untouched() {
        for text in ["مرحبا שלום pod-1", "สวัสดี नमस्ते", "tình trạng", "🇩🇪 ✅ 日本語", "naïve\tcafé\n"]
        {
            assert!(matches!(clean(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn a_flood_of_combining_marks_is_cut_into_marks() {
        let flood = format!("a{}b", "\u{301}".repeat(40));
        let shown = clean(&flood);
        assert_eq!(shown.matches('\u{301}').count(), usize::from(STACK));
        assert!(shown.ends_with("‹U+0301›b"));
    }

    #[test]
    fn cleaning_twice_changes_nothing_more() {
        let once = clean("x\u{1b}]0;t\u{7}\u{200b}\u{ffff}").into_owned();
        assert_eq!(clean(&once), once);
    }
}
