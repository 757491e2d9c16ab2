//! Bytes of a terminal → keys, mouse, paste marks. Pure; any cut into chunks gives the same result.
//!
//! It waits for nothing: whoever reads decides when a half sequence has waited long enough and calls
//! [`Decoder::give_up`]. It knows no pastes beyond their marks; [`super::bursts`] does the rest.

use crate::app::input::{Key, KeyCode, Mouse};

/// One thing the terminal said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// A key.
    Key(Key),
    /// The mouse.
    Mouse(Mouse),
    /// A bracketed paste begins: the bytes after it are text.
    PasteStart,
}

/// A sequence longer than this is no key of any terminal: it is dropped.
const LONGEST: usize = 64;

/// Holds an unfinished sequence between two reads.
#[derive(Debug, Default)]
pub struct Decoder {
    held: Vec<u8>,
}

enum Parsed {
    /// What was said, and how many bytes it took.
    Said(Option<Said>, usize),
    /// Not all of it is here yet.
    More,
}

impl Decoder {
    /// Takes the next bytes; `on` gets each thing said. Stops behind a paste's start mark and
    /// returns how many of the bytes were taken.
    pub fn take(&mut self, bytes: &[u8], on: &mut impl FnMut(Said)) -> usize {
        for (i, byte) in bytes.iter().enumerate() {
            self.held.push(*byte);
            loop {
                match parse(&self.held) {
                    Parsed::More if self.held.len() < LONGEST => break,
                    Parsed::More => self.held.clear(),
                    Parsed::Said(said, used) => {
                        self.held.drain(..used.min(self.held.len()));
                        if let Some(said) = said {
                            on(said);
                            if said == Said::PasteStart {
                                return i + 1;
                            }
                        }
                    }
                }
                if self.held.is_empty() {
                    break;
                }
            }
        }
        bytes.len()
    }

    /// True while half a sequence is held.
    pub fn is_waiting(&self) -> bool {
        !self.held.is_empty()
    }

    /// No more of the held sequence will come: a lone escape is the Esc key, `ESC [` is Alt-[, and
    /// any other half sequence is no key.
    pub fn give_up(&mut self) -> Option<Said> {
        let held = std::mem::take(&mut self.held);
        match held.as_slice() {
            [0x1b] => Some(Said::Key(plain(KeyCode::Esc))),
            [0x1b, c @ (b'[' | b'O' | b']' | b'P' | b'_' | b'^' | b'X')] => {
                Some(Said::Key(Key { alt: true, ..plain(KeyCode::Char(char::from(*c))) }))
            }
            _ => None,
        }
    }

    /// Forgets a held sequence (its bytes are accounted for elsewhere).
    pub fn reset(&mut self) {
        self.held.clear();
    }
}

fn plain(code: KeyCode) -> Key {
    Key { code, ctrl: false, alt: false, shift: false }
}

fn key(code: KeyCode, used: usize) -> Parsed {
    Parsed::Said(Some(Said::Key(plain(code))), used)
}

fn parse(held: &[u8]) -> Parsed {
    match held {
        [] => Parsed::More,
        [0x1b] => Parsed::More,
        [0x1b, 0x1b, ..] => key(KeyCode::Esc, 1),
        [0x1b, b'[', rest @ ..] => csi(rest),
        [0x1b, b'O', rest @ ..] => ss3(rest),
        [0x1b, b']' | b'P' | b'_' | b'^' | b'X', rest @ ..] => string(rest),
        [0x1b, rest @ ..] => match parse(rest) {
            Parsed::Said(Some(Said::Key(k)), used) => Parsed::Said(Some(Said::Key(Key { alt: true, ..k })), used + 1),
            Parsed::Said(said, used) => Parsed::Said(said, used + 1),
            Parsed::More => Parsed::More,
        },
        [b'\r', ..] => key(KeyCode::Enter, 1),
        [b'\t', ..] => key(KeyCode::Tab, 1),
        [0x7f | 0x08, ..] => key(KeyCode::Backspace, 1),
        [0, ..] => control(' '),
        [c @ 0x01..=0x1a, ..] => control(char::from(c - 1 + b'a')),
        [c @ 0x1c..=0x1f, ..] => control(char::from(c - 0x1c + b'4')),
        _ => character(held),
    }
}

fn control(c: char) -> Parsed {
    Parsed::Said(Some(Said::Key(Key { ctrl: true, ..plain(KeyCode::Char(c)) })), 1)
}

/// One UTF-8 character; a byte that begins none is dropped.
fn character(held: &[u8]) -> Parsed {
    let valid = match std::str::from_utf8(held) {
        Ok(text) => text,
        Err(e) if e.valid_up_to() > 0 => {
            held.get(..e.valid_up_to()).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or("")
        }
        Err(e) => return e.error_len().map_or(Parsed::More, |bad| Parsed::Said(None, bad)),
    };
    match valid.chars().next() {
        Some(c) if !c.is_control() => key(KeyCode::Char(c), c.len_utf8()),
        Some(c) => Parsed::Said(None, c.len_utf8()),
        None => Parsed::More,
    }
}

fn ss3(rest: &[u8]) -> Parsed {
    let code = match rest.first() {
        None => return Parsed::More,
        Some(b'A') => KeyCode::Up,
        Some(b'B') => KeyCode::Down,
        Some(b'C') => KeyCode::Right,
        Some(b'D') => KeyCode::Left,
        Some(b'H') => KeyCode::Home,
        Some(b'F') => KeyCode::End,
        Some(b'M') => KeyCode::Enter,
        Some(c @ b'P'..=b'S') => KeyCode::F(c - b'P' + 1),
        Some(_) => return Parsed::Said(None, 3),
    };
    key(code, 3)
}

/// An OSC, DCS, APC, PM or SOS answer: swallowed to its end.
fn string(rest: &[u8]) -> Parsed {
    for (i, pair) in rest.iter().zip(rest.iter().skip(1).map(Some).chain([None])).enumerate() {
        match pair {
            (0x07, _) => return Parsed::Said(None, i + 3),
            (0x1b, Some(b'\\')) => return Parsed::Said(None, i + 4),
            _ => {}
        }
    }
    Parsed::More
}

fn csi(rest: &[u8]) -> Parsed {
    // The Linux console sends F1 to F5 as `ESC [ [ A` to `ESC [ [ E`.
    if rest.first() == Some(&b'[') {
        return match rest.get(1) {
            None => Parsed::More,
            Some(c @ b'A'..=b'E') => key(KeyCode::F(c - b'A' + 1), 4),
            Some(_) => Parsed::Said(None, 4),
        };
    }
    let Some(end) = rest.iter().position(|b| !(0x20..=0x3f).contains(b)) else { return Parsed::More };
    let used = end + 3;
    let (Some(parameters), Some(last)) = (rest.get(..end), rest.get(end)) else { return Parsed::More };
    if !(0x40..=0x7e).contains(last) {
        // A control inside a sequence: the sequence is void, the control stands for itself.
        return Parsed::Said(None, used - 1);
    }
    if parameters.first() == Some(&b'<') {
        return Parsed::Said(mouse(parameters, *last), used);
    }
    Parsed::Said(csi_key(&numbers(parameters), *last), used)
}

fn numbers(parameters: &[u8]) -> Vec<u32> {
    parameters
        .split(|b| *b == b';')
        .map(|p| {
            let first = p.split(|b| *b == b':').next().unwrap_or(p);
            std::str::from_utf8(first)
                .ok()
                .and_then(|s| s.trim_start_matches(['<', '?', '>']).parse().ok())
                .unwrap_or(0)
        })
        .collect()
}

fn csi_key(numbers: &[u32], last: u8) -> Option<Said> {
    let first = numbers.first().copied().unwrap_or(0);
    let code = match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        b'Z' => KeyCode::BackTab,
        b'P' => KeyCode::F(1),
        b'Q' => KeyCode::F(2),
        b'R' if numbers.len() != 2 || first == 1 => KeyCode::F(3),
        b'S' => KeyCode::F(4),
        b'u' => unicode_key(first)?,
        b'~' => match first {
            1 | 7 => KeyCode::Home,
            2 => KeyCode::Insert,
            3 => KeyCode::Delete,
            4 | 8 => KeyCode::End,
            5 => KeyCode::PageUp,
            6 => KeyCode::PageDown,
            11..=15 => KeyCode::F(first as u8 - 10),
            17..=21 => KeyCode::F(first as u8 - 11),
            23 | 24 => KeyCode::F(first as u8 - 12),
            200 => return Some(Said::PasteStart),
            _ => return None,
        },
        _ => return None,
    };
    let held = numbers.get(1).copied().unwrap_or(1).saturating_sub(1);
    Some(Said::Key(Key { code, shift: held & 1 != 0, alt: held & 2 != 0, ctrl: held & 4 != 0 }))
}

fn unicode_key(code: u32) -> Option<KeyCode> {
    Some(match code {
        13 => KeyCode::Enter,
        27 => KeyCode::Esc,
        9 => KeyCode::Tab,
        127 => KeyCode::Backspace,
        _ => KeyCode::Char(char::from_u32(code).filter(|c| !c.is_control())?),
    })
}

fn mouse(parameters: &[u8], last: u8) -> Option<Said> {
    let n = numbers(parameters);
    let (button, x, y) = (n.first()?, n.get(1)?, n.get(2)?);
    let column = u16::try_from(x.checked_sub(1)?).ok()?;
    let row = u16::try_from(y.checked_sub(1)?).ok()?;
    // The modifiers' bits (4, 8, 16) change nothing; 32 is a drag.
    match (button & !0b1_1100, last) {
        (0, b'M') => Some(Said::Mouse(Mouse::Click { column, row })),
        (64, b'M') => Some(Said::Mouse(Mouse::ScrollUp { column, row })),
        (65, b'M') => Some(Said::Mouse(Mouse::ScrollDown { column, row })),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<Said> {
        let mut out = Vec::new();
        let mut decoder = Decoder::default();
        let mut rest = bytes;
        while !rest.is_empty() {
            let used = decoder.take(rest, &mut |s| out.push(s));
            rest = &rest[used..];
        }
        out.extend(decoder.give_up());
        out
    }

    fn typed(code: KeyCode) -> Said {
        Said::Key(plain(code))
    }

    #[test]
    fn keys_of_common_terminals_are_read() {
        for (bytes, want) in [
            (&b"a"[..], typed(KeyCode::Char('a'))),
            ("ü".as_bytes(), typed(KeyCode::Char('ü'))),
            (b"\r", typed(KeyCode::Enter)),
            (b"\x1b", typed(KeyCode::Esc)),
            (b"\x1b[A", typed(KeyCode::Up)),
            (b"\x1bOA", typed(KeyCode::Up)),
            (b"\x1b[5~", typed(KeyCode::PageUp)),
            (b"\x1b[[B", typed(KeyCode::F(2))),
            (b"\x1b[15~", typed(KeyCode::F(5))),
            (b"\x1b[24~", typed(KeyCode::F(12))),
            (b"\x1b[Z", typed(KeyCode::BackTab)),
            (b"\x7f", typed(KeyCode::Backspace)),
            (b"\x1b[13u", typed(KeyCode::Enter)),
            (b"\x1bx", Said::Key(Key { alt: true, ..plain(KeyCode::Char('x')) })),
            (b"\x1b[", Said::Key(Key { alt: true, ..plain(KeyCode::Char('[')) })),
            (b"\x03", Said::Key(Key { ctrl: true, ..plain(KeyCode::Char('c')) })),
            (b"\x1b[1;5C", Said::Key(Key { ctrl: true, ..plain(KeyCode::Right) })),
            (b"\x1b[<0;3;2M", Said::Mouse(Mouse::Click { column: 2, row: 1 })),
            (b"\x1b[<65;1;1M", Said::Mouse(Mouse::ScrollDown { column: 0, row: 0 })),
            (b"\x1b[200~", Said::PasteStart),
        ] {
            assert_eq!(all(bytes), [want], "{bytes:?}");
        }
    }

    #[test]
    fn answers_of_the_terminal_are_no_keys() {
        for bytes in
            [&b"\x1b[?62;4c"[..], b"\x1b[12;40R", b"\x1b]11;rgb:0/0/0\x07", b"\x1bP1$r\x1b\\", b"\x1b[I", b"\xff"]
        {
            assert_eq!(all(bytes), [], "{bytes:?}");
        }
    }

    #[test]
    fn any_cut_gives_the_same_keys() {
        let bytes = "aü\x1b[A\x1bOP\x1b[<0;10;20Mz\x1b]0;x\x1b\\\r\x1bq\x1b[3;2~é".as_bytes();
        let whole = all(bytes);
        for cut in 0..=bytes.len() {
            let mut decoder = Decoder::default();
            let mut out = Vec::new();
            decoder.take(&bytes[..cut], &mut |s| out.push(s));
            decoder.take(&bytes[cut..], &mut |s| out.push(s));
            assert_eq!(out, whole, "cut at {cut}");
        }
    }

    #[test]
    fn a_sequence_without_an_end_is_dropped() {
        let mut bytes = vec![0x1b, b']'];
        bytes.extend(std::iter::repeat_n(b'9', 200));
        let said = all(&bytes);
        assert!(said.len() <= 200 && said.iter().all(|s| *s == typed(KeyCode::Char('9'))));
    }
}
