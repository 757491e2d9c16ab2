//! A message as a pattern: literal words with named places between them. It recognises a sentence that
//! the message made and gives back what stood in each place.

/// What may stand in a place; the place's name says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `{n}`, `{n_lines}`: a figure, without white space.
    Figure,
    /// `{name}`, `{word_state}`: one word as the evidence has it.
    Word,
    /// `{list}`, `{list_names}`: `a`, `a and b` or `a, b and c`.
    List,
    /// `{said}`, `{said_why}`, `{mechanism}`: words of ours, said in the language as well.
    Said,
    /// `{subject}`, `{metric}`: a name of one or more words, never a part of a sentence.
    Subject,
    /// Anything else: as it is.
    Any,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Place(String, Kind),
}

/// A message taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    pieces: Vec<Piece>,
    /// Bytes of literal words: the pattern that fixes most is tried first.
    pub fixed: usize,
}

/// Attempts at one sentence before it counts as not recognised: hostile text may repeat a literal.
const MOST_TRIES: u32 = 600;

impl Pattern {
    /// Takes a message apart; `None` when two places touch, which no reader could tell apart.
    pub fn of(text: &str) -> Option<Self> {
        let mut pieces: Vec<Piece> = Vec::new();
        let (mut literal, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            literal.push_str(before);
            match after.split_once('}').filter(|(name, _)| is_place(name)) {
                Some((name, behind)) => {
                    if !literal.is_empty() {
                        pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                    } else if matches!(pieces.last(), Some(Piece::Place(..))) {
                        return None;
                    }
                    pieces.push(Piece::Place(name.to_owned(), kind(name)));
                    rest = behind;
                }
                None => {
                    literal.push('{');
                    rest = after;
                }
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        let fixed = pieces.iter().map(|p| if let Piece::Literal(l) = p { l.len() } else { 0 }).sum();
        Some(Self { pieces, fixed })
    }

    /// What stands in each place when this message made the text.
    pub fn captures<'p, 't>(&'p self, text: &'t str) -> Option<Vec<(&'p str, Kind, &'t str)>> {
        let (mut found, mut tries) = (Vec::new(), 0);
        walk(&self.pieces, text, true, &mut found, &mut tries).then_some(found)
    }

    /// The message with its places filled by `value(name)`.
    pub fn filled(&self, mut value: impl FnMut(&str) -> String) -> String {
        let mut out = String::new();
        let mut tight = false;
        for piece in &self.pieces {
            match piece {
                // between two Chinese words stands no space
                Piece::Literal(l) if tight && l.strip_prefix(' ').is_some_and(starts_wide) => {
                    out.push_str(l.trim_start())
                }
                Piece::Literal(l) => out.push_str(l),
                Piece::Place(name, _) => {
                    let value = value(name);
                    if starts_wide(&value) && out.strip_suffix(' ').is_some_and(ends_wide) {
                        out.pop();
                    }
                    out.push_str(&value);
                    tight = ends_wide(&value);
                    continue;
                }
            }
            tight = false;
        }
        out
    }
}

fn is_place(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn kind(name: &str) -> Kind {
    match name.split(['_', '1', '2', '3']).next() {
        Some("n") => Kind::Figure,
        Some("name" | "word") => Kind::Word,
        Some("subject" | "metric") => Kind::Subject,
        Some("list") => Kind::List,
        Some("said" | "mechanism") => Kind::Said,
        _ => Kind::Any,
    }
}

/// True for Chinese, Japanese and Korean letters and their punctuation.
pub fn is_wide(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}')
}

fn starts_wide(text: &str) -> bool {
    text.chars().next().is_some_and(is_wide)
}

fn ends_wide(text: &str) -> bool {
    text.chars().next_back().is_some_and(is_wide)
}

fn walk<'p, 't>(
    pieces: &'p [Piece],
    text: &'t str,
    first: bool,
    found: &mut Vec<(&'p str, Kind, &'t str)>,
    tries: &mut u32,
) -> bool {
    *tries += 1;
    if *tries > MOST_TRIES {
        return false;
    }
    match pieces {
        [] => text.is_empty(),
        [Piece::Literal(literal), rest @ ..] => {
            after(text, literal, first).is_some_and(|behind| walk(rest, behind, false, found, tries))
        }
        [Piece::Place(name, kind)] => {
            let holds = fits(*kind, text);
            if holds {
                found.push((name, *kind, text));
            }
            holds
        }
        [Piece::Place(name, kind), rest @ ..] => {
            let Some(Piece::Literal(next)) = rest.first() else { return false };
            for (at, _) in text.match_indices(next.as_str()) {
                let Some(value) = text.get(..at).filter(|v| fits(*kind, v)) else { continue };
                let known = found.len();
                found.push((name, *kind, value));
                if walk(rest, text.get(at..).unwrap_or(""), false, found, tries) {
                    return true;
                }
                found.truncate(known);
                if *tries > MOST_TRIES {
                    return false;
                }
            }
            false
        }
    }
}

/// What stands behind the literal; the first letter of a sentence may be a capital.
fn after<'t>(text: &'t str, literal: &str, first: bool) -> Option<&'t str> {
    if let Some(behind) = text.strip_prefix(literal) {
        return Some(behind);
    }
    let head = text.get(..literal.len()).filter(|_| first)?;
    let (a, b) = (head.chars().next()?, literal.chars().next()?);
    let same = a.eq_ignore_ascii_case(&b) && head.get(a.len_utf8()..) == literal.get(b.len_utf8()..);
    same.then(|| text.get(literal.len()..)).flatten()
}

fn fits(kind: Kind, value: &str) -> bool {
    let whole = !value.is_empty() && !value.starts_with(' ') && !value.ends_with(' ');
    let even = |open: char, close: char| value.matches(open).count() == value.matches(close).count();
    whole
        && match kind {
            Kind::Figure => !value.contains(' ') && value.contains(|c: char| c.is_ascii_digit()),
            Kind::Word => !value.contains(char::is_whitespace),
            Kind::Subject => ![": ", "; ", ", ", "“"].iter().any(|mark| value.contains(mark)),
            Kind::List | Kind::Said | Kind::Any => even('“', '”') && even('(', ')'),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(message: &str, text: &str) -> Option<Vec<(String, String)>> {
        let pattern = Pattern::of(message).unwrap();
        let found = pattern.captures(text)?;
        Some(found.into_iter().map(|(name, _, value)| (name.to_owned(), value.to_owned())).collect())
    }

    #[test]
    fn a_message_gives_back_what_stood_in_its_places() {
        let found = read("{name} has {n_ready}/{n_wanted} pods ready", "cart-svc has 1/3 pods ready").unwrap();
        assert_eq!(found.iter().map(|(_, v)| v.as_str()).collect::<Vec<_>>(), ["cart-svc", "1", "3"]);
        assert!(read("{name} is {word}", "the queue is full now").is_none(), "a word holds no space");
        assert!(read("{n} findings", "many findings").is_none(), "a figure holds a digit");
        assert!(read("it fails ({why})", "It fails (exit (1))").is_some(), "a sentence may begin with a capital");
        assert!(read("of {a} and {b}", "of “x and y” and z").unwrap()[0].1 == "“x and y”");
    }

    #[test]
    fn text_that_repeats_a_literal_ends_in_bounded_time() {
        let pattern = Pattern::of("{a} is {b} is {c} is {d} is {e} is over").unwrap();
        assert!(pattern.captures(&"x is ".repeat(400)).is_none());
        assert!(Pattern::of("{a}{b}").is_none());
    }

    #[test]
    fn no_space_stands_between_two_chinese_words() {
        let pattern = Pattern::of("查看 {subject} 的日志").unwrap();
        assert_eq!(pattern.filled(|_| "该服务".into()), "查看该服务的日志");
        assert_eq!(pattern.filled(|_| "cart".into()), "查看 cart 的日志");
    }
}
