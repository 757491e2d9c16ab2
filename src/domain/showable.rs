//! Showable text: the one type that may reach a terminal. Only the sanitizer here makes it.
//!
//! Controls, C1, bidi and invisible characters become visible marks: they never vanish and never
//! pass. This module does not wrap, colour or measure.

use std::borrow::Cow;

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
        // C0, DEL, C1
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        // soft hyphen, Arabic letter mark, Mongolian vowel separator, zero width, bidi, invisible operators
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' => true,
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => true,
        // Hangul fillers, Khmer inherent vowels, variation selectors, tag characters
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{17b4}' | '\u{17b5}' => true,
        '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}' => true,
        _ => false,
    }
}

/// The text with every hostile character as a visible mark: C0 as control pictures (`␛`), others as
/// `‹U+202E›`. Borrowed where nothing had to change.
pub fn clean(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find(is_hostile) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(&text[..first]);
    for c in text[first..].chars() {
        match c {
            c if !is_hostile(c) => out.push(c),
            '\u{0}'..='\u{1f}' => out.push(char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}')),
            '\u{7f}' => out.push('\u{2421}'),
            c => out.push_str(&format!("‹U+{:04X}›", c as u32)),
        }
    }
    Cow::Owned(out)
}
