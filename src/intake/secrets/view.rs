//! A second look at a text whose secrets are hidden from patterns: by invisible characters, by the
//! marks that stand for them, by colour sequences, `\u0067` and `%2D` escapes, or because a container
//! runtime or a terminal's edge (`wrapped`) cut one line into several. A view knows which bytes of the text each of its bytes came from.

use std::ops::Range;

use super::wrapped::{self, Edge};
use crate::domain::showable::is_hostile;

/// The most times that percent escapes are taken off.
const ROUNDS: usize = 2;

/// A text as it would read without what hides in it, and the way back.
#[derive(Debug)]
pub(super) struct View {
    text: String,
    /// `(byte in the view, byte in the text, bytes of the text it stands for)`, one per character
    /// that differs in place or size from its predecessor's run.
    runs: Vec<(usize, usize)>,
    end: usize,
}

/// What stands at a place of the text.
enum Piece {
    /// This many bytes vanish.
    Gone(usize),
    /// This many bytes stand for one character.
    Char(usize, char),
}

impl View {
    /// The view of a text; `None` where it would read the same.
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut view = Self::once(text, wrapped::edge(text))?;
        for _ in 1..ROUNDS {
            let Some(next) = Self::once(&view.text, None) else { break };
            view = Self {
                runs: next.runs.iter().map(|&(v, t)| (v, view.origin(t))).collect(),
                end: view.end,
                text: next.text,
            };
        }
        Some(view)
    }

    /// The text of the view.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the text that a stretch of the view came from.
    pub(super) fn back(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let start = self.origin(range.start);
        let end = if range.end >= self.text.len() { self.end } else { self.origin(range.end) };
        (start < end).then_some(start..end)
    }

    fn origin(&self, at: usize) -> usize {
        let i = self.runs.partition_point(|&(v, _)| v <= at);
        let Some(&(v, t)) = i.checked_sub(1).and_then(|i| self.runs.get(i)) else { return 0 };
        let next = self.runs.get(i).map_or(self.end, |&(_, t)| t);
        (t + (at - v)).min(next)
    }

    /// `edge` is where a terminal may have cut lines.
    fn once(text: &str, edge: Option<Edge>) -> Option<Self> {
        let hides = |b| matches!(b, b'\\' | b'%' | 0x1b | 0xc2 | 0xe1..=0xf4 | b'P');
        if edge.is_none() && !text.bytes().any(hides) {
            return None;
        }
        let mut out = String::with_capacity(text.len());
        let mut runs = vec![(0, 0)];
        let mut changed = false;
        let mut at = 0;
        let mut plain = 0;
        while let Some(rest) = text.get(at..) {
            let Some(c) = rest.chars().next() else { break };
            let Some(piece) = piece(text, at, c, edge) else {
                at += c.len_utf8();
                continue;
            };
            changed = true;
            out.push_str(text.get(plain..at).unwrap_or(""));
            match piece {
                Piece::Gone(n) => at += n,
                Piece::Char(n, c) => {
                    runs.push((out.len(), at));
                    out.push(c);
                    at += n;
                }
            }
            runs.push((out.len(), at));
            plain = at;
        }
        out.push_str(text.get(plain..).unwrap_or(""));
        changed.then_some(Self { text: out, runs, end: text.len() })
    }
}

fn piece(text: &str, at: usize, c: char, edge: Option<Edge>) -> Option<Piece> {
    let rest = text.get(at..)?;
    match c {
        '\u{1b}' | '\u{241b}' => Some(Piece::Gone(colour(rest, c))),
        '‹' => mark(rest),
        '%' => percent(rest),
        '\\' => escape(rest),
        '\n' => {
            cut_line(text, at).or_else(|| edge.filter(|edge| wrapped::goes_on(text, at, *edge)).map(|_| Piece::Gone(1)))
        }
        c if is_hostile(c) && c != '\r' => Some(Piece::Gone(c.len_utf8())),
        _ => None,
    }
}

fn colour(rest: &str, esc: char) -> usize {
    let lead = esc.len_utf8();
    let Some(body) = rest.get(lead..).and_then(|r| r.strip_prefix('[')) else { return lead };
    let parameters = body.bytes().take_while(|b| b.is_ascii_digit() || *b == b';').count();
    let last = usize::from(body.as_bytes().get(parameters).is_some_and(u8::is_ascii_alphabetic));
    lead + 1 + parameters + last
}

/// The visible mark of an invisible character: `‹U+200B›`.
fn mark(rest: &str) -> Option<Piece> {
    let hex = rest.strip_prefix("‹U+")?;
    let digits = hex.bytes().take_while(u8::is_ascii_hexdigit).count();
    hex.get(digits..)?.starts_with('›').then(|| Piece::Gone("‹U+".len() + digits + '›'.len_utf8()))
}

fn percent(rest: &str) -> Option<Piece> {
    let byte = u8::from_str_radix(rest.get(1..3)?, 16).ok()?;
    (byte.is_ascii_graphic()).then_some(Piece::Char(3, char::from(byte)))
}

fn escape(rest: &str) -> Option<Piece> {
    if let Some(hex) = rest.strip_prefix("\\u").and_then(|r| r.get(..4)) {
        let c = char::from_u32(u32::from_str_radix(hex, 16).ok()?)?;
        return c.is_ascii_graphic().then_some(Piece::Char(6, c));
    }
    if let Some(hex) = rest.strip_prefix("\\x").and_then(|r| r.get(..2)) {
        let c = char::from(u8::from_str_radix(hex, 16).ok()?);
        return c.is_ascii_graphic().then_some(Piece::Char(4, c));
    }
    rest.starts_with("\\/").then_some(Piece::Char(2, '/'))
}

/// A line end inside one record that a container runtime wrote as `… stdout P …` and `… stdout F …`:
/// the line end and the next line's prefix vanish.
fn cut_line(text: &str, at: usize) -> Option<Piece> {
    let head = text.get(..at)?;
    let line = head.get(head.rfind('\n').map_or(0, |i| i + 1)..)?;
    let prefix = runtime_prefix(line)?;
    if !line.get(..prefix)?.ends_with("P ") {
        return None;
    }
    let next = text.get(at + 1..)?;
    let next = next.get(..next.find('\n').unwrap_or(next.len()))?;
    Some(Piece::Gone(1 + runtime_prefix(next)?))
}

fn runtime_prefix(line: &str) -> Option<usize> {
    let head = line.get(..line.len().min(64)).unwrap_or(line);
    [" stdout P ", " stderr P ", " stdout F ", " stderr F "]
        .iter()
        .find_map(|tag| head.find(tag).map(|i| i + tag.len()))
        .filter(|_| head.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_leads_back_to_the_bytes_it_came_from() {
        let text = "a %2Db%41c\u{200b}d ‹U+200B›e";
        let view = View::of(text).unwrap();
        assert_eq!(view.text(), "a -bAcd e");
        let at = view.text().find("-bAc").unwrap();
        let back = view.back(&(at..at + 4)).unwrap();
        assert_eq!(&text[back], "%2Db%41c\u{200b}");
    }

    #[test]
    fn escapes_inside_escapes_are_read_twice() {
        assert_eq!(View::of("%252D").unwrap().text(), "-");
        assert!(View::of("nothing hides here").is_none());
    }

    #[test]
    fn a_record_that_was_cut_into_lines_reads_as_one() {
        let text = "2026-06-02T09:12:01Z stdout P ab\n2026-06-02T09:12:01Z stdout F cd\nx";
        assert_eq!(View::of(text).unwrap().text(), "2026-06-02T09:12:01Z stdout P abcd\nx");
    }
}
