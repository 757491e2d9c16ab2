//! How the product's own regular expressions are compiled: with ASCII classes and word boundaries.
//! What machines write is ASCII, and Unicode's tables make a pattern some fifty times as large.
//! Text that is not ASCII is still matched by `.`, by negated classes and as it stands. A pattern
//! that can't be read this way is compiled as it was written.

use std::iter::Peekable;
use std::str::Chars;

use regex::{Error, Regex, RegexBuilder, RegexSet, RegexSetBuilder};

/// The largest compiled pattern, and the largest cache of its automaton, in bytes.
const MOST_BYTES: usize = 4 << 20;
const MOST_CACHE: usize = 1 << 20;

/// Compiles a pattern.
pub fn compile(text: &str) -> Result<Regex, Error> {
    build(text, false)
}

/// Compiles a pattern that matches without regard to case.
pub fn compile_any_case(text: &str) -> Result<Regex, Error> {
    build(text, true)
}

/// Compiles patterns that are looked for together.
pub fn compile_set(texts: &[&str]) -> Result<RegexSet, Error> {
    let with = |texts: Vec<String>, unicode: bool| {
        let mut builder = RegexSetBuilder::new(texts);
        builder.unicode(unicode).size_limit(MOST_BYTES).dfa_size_limit(MOST_CACHE).build()
    };
    let plain = || texts.iter().map(|t| (*t).to_owned()).collect();
    with(texts.iter().map(|t| ascii(t)).collect(), false).or_else(|_| with(plain(), true))
}

/// Patterns of [`compile_any_case`], by their compiled text, in one pass.
///
/// # Errors
/// One of them does not hold, or they are too large together.
pub fn set_any_case<'p>(texts: impl Iterator<Item = &'p str>) -> Result<RegexSet, Error> {
    let texts: Vec<&str> = texts.collect();
    let with = |unicode: bool| {
        let mut builder = RegexSetBuilder::new(&texts);
        builder.unicode(unicode).case_insensitive(true);
        builder.size_limit(8 * MOST_BYTES).dfa_size_limit(4 * MOST_CACHE).build()
    };
    with(false).or_else(|_| with(true))
}

fn build(text: &str, any_case: bool) -> Result<Regex, Error> {
    let with = |text: &str, unicode: bool| {
        let mut builder = RegexBuilder::new(text);
        builder.unicode(unicode).case_insensitive(any_case);
        builder.size_limit(MOST_BYTES).dfa_size_limit(MOST_CACHE).build()
    };
    with(&ascii(text), false).or_else(|_| with(text, true))
}

/// The pattern for a compiler that reads bytes: whatever may match a character that is not ASCII is
/// put in a group that reads characters.
fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('S') => out.push_str(r"(?u:[^\t-\r ])"),
                Some('D') => out.push_str("(?u:[^0-9])"),
                Some('W') => out.push_str("(?u:[^0-9A-Za-z_])"),
                Some(p @ ('p' | 'P')) => out.push_str(&property(p, &mut chars)),
                next => {
                    out.push('\\');
                    out.extend(next);
                }
            },
            '.' => out.push_str("(?u:.)"),
            '[' => {
                let class = class(&mut chars);
                let bytes = class.is_ascii() && !class.contains("[^");
                out.push_str(&if bytes { class } else { format!("(?u:{class})") });
            }
            c => out.push(c),
        }
    }
    out
}

/// A property of characters (`\pL`, `\p{Greek}`) whose `\p` was read: it reads characters.
fn property(p: char, chars: &mut Peekable<Chars<'_>>) -> String {
    let mut out = format!("(?u:\\{p}");
    match chars.next() {
        Some('{') => {
            out.push('{');
            out.extend(chars.by_ref().take_while(|c| *c != '}'));
            out.push('}');
        }
        letter => out.extend(letter),
    }
    out.push(')');
    out
}

/// A class whose `[` was read, up to its end, with what `\w` and its like stand for written out.
fn class(chars: &mut Peekable<Chars<'_>>) -> String {
    let mut out = "[".to_owned();
    if chars.peek() == Some(&'^') {
        out.extend(chars.next());
    }
    if chars.peek() == Some(&']') {
        out.push('\\');
        out.extend(chars.next());
    }
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('w') => out.push_str("0-9A-Za-z_"),
                Some('d') => out.push_str("0-9"),
                Some('s') => out.push_str(r"\t-\r "),
                Some('S') => out.push_str(r"[^\t-\r ]"),
                Some('D') => out.push_str("[^0-9]"),
                Some('W') => out.push_str("[^0-9A-Za-z_]"),
                next => {
                    out.push('\\');
                    out.extend(next);
                }
            },
            '[' => out.push_str(&class(chars)),
            ']' => {
                out.push(']');
                return out;
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_ascii_and_whatever_else_may_match_reads_characters() {
        assert_eq!(ascii(r"\bpool-\d+\.[\w.-]+$"), r"\bpool-\d+\.[0-9A-Za-z_.-]+$");
        assert_eq!(ascii(r"a.\S[^]x\s]"), r"a(?u:.)(?u:[^\t-\r ])(?u:[^\]x\t-\r ])");
        assert_eq!(ascii(r"[–—-]"), "(?u:[–—-])");
    }

    #[test]
    fn characters_that_are_not_ascii_are_matched_whole() {
        let found = |p: &str, text: &str| compile(p).unwrap().find(text).map(|m| m.as_str().to_owned());
        assert_eq!(found("“.+?”", "it says “übel” twice").as_deref(), Some("“übel”"));
        assert_eq!(found(r"[^ ]+ → \S+", "p99 → 3µs now").as_deref(), Some("p99 → 3µs"));
        assert_eq!(found(r"(?i)\d+ ?(?:µs|ms)", "took 12 MS").as_deref(), Some("12 MS"));
        assert_eq!(found(r"[\s\S]é", "xé").as_deref(), Some("xé"));
    }

    #[test]
    fn case_is_disregarded_only_where_asked() {
        assert!(compile_any_case("oomkilled").unwrap().is_match("OOMKilled"));
        assert!(!compile("oomkilled").unwrap().is_match("OOMKilled"));
    }

    #[test]
    fn a_property_reads_characters_and_a_set_knows_which_of_its_patterns_matched() {
        assert_eq!(ascii(r"\pL+\p{Greek}x"), r"(?u:\pL)+(?u:\p{Greek})x");
        let set = compile_set(&[r"(?i)\bnote:\s*\pL", r"‹U\+20[0-9]{2}›"]).unwrap();
        assert_eq!(set.matches("é NOTE: übel").into_iter().collect::<Vec<_>>(), [0]);
        assert_eq!(set.matches("a‹U+2011›b").into_iter().collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn what_is_no_pattern_is_an_error() {
        assert!(compile("(").is_err());
        assert!(compile("[a").is_err());
    }
}
