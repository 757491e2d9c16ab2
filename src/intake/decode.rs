//! Bytes → clean text, piece by piece: any cutting of the same bytes gives the same text.
//!
//! UTF-8 is read as it is; a byte that is none becomes `‹FF›`. `\r\n` and a lone `\r` become `\n`,
//! so that a progress bar reads as lines. Whatever a terminal would obey becomes a visible mark.
//! What is carried over between pieces is at most three bytes and a few counters. Nothing is masked
//! here, and no encoding is guessed: that is [`super::clean`]'s.

use std::fmt::Write as _;

use crate::domain::showable::{Stack, is_hostile, push_mark};

/// What a [`Cleaner`] met so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Met {
    /// ESC and the C1 controls that begin a sequence.
    pub escapes: u64,
    /// Other control characters.
    pub controls: u64,
    /// Invisible and bidi characters, and combining marks beyond what a script needs.
    pub invisible: u64,
    /// Bytes that are no UTF-8.
    pub invalid: u64,
    /// `\r\n` pairs.
    pub crlf: u64,
    /// Carriage returns alone.
    pub lone_cr: u64,
    /// No-break and odd-width spaces.
    pub spaces: u64,
}

/// A streaming cleaner.
#[derive(Debug, Clone, Default)]
pub struct Cleaner {
    /// The start of a character whose end has not come yet; at most three bytes.
    tail: Vec<u8>,
    /// True after a `\r` that may be half of a `\r\n`.
    cr: bool,
    stack: Stack,
    met: Met,
}

impl Cleaner {
    /// Takes the next piece and appends its clean text.
    pub fn push(&mut self, piece: &[u8], out: &mut String) {
        if self.tail.is_empty() {
            self.bytes(piece, out);
            return;
        }
        // at most four bytes make a character: join just enough of the piece with what is left over
        let join = piece.len().min(4 - self.tail.len().min(3));
        let mut joined = std::mem::take(&mut self.tail);
        joined.extend(piece.iter().take(join));
        self.bytes(&joined, out);
        let rest = piece.get(join..).unwrap_or(&[]);
        if self.tail.is_empty() {
            self.bytes(rest, out);
        } else if !rest.is_empty() {
            self.push(rest, out);
        }
    }

    /// Ends the text: what was held back is appended.
    pub fn finish(&mut self, out: &mut String) {
        for byte in std::mem::take(&mut self.tail) {
            self.invalid(byte, out);
        }
        self.settle_cr(out);
    }

    /// What was met so far.
    pub fn met(&self) -> Met {
        self.met
    }

    fn bytes(&mut self, bytes: &[u8], out: &mut String) {
        let mut rest = bytes;
        loop {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    self.text(text, out);
                    return;
                }
                Err(e) => {
                    let (valid, bad) = rest.split_at(e.valid_up_to());
                    self.text(std::str::from_utf8(valid).unwrap_or(""), out);
                    let Some(len) = e.error_len() else {
                        self.tail = bad.to_vec();
                        return;
                    };
                    let (bad, after) = bad.split_at(len.min(bad.len()));
                    for &byte in bad {
                        self.invalid(byte, out);
                    }
                    rest = after;
                }
            }
        }
    }

    fn invalid(&mut self, byte: u8, out: &mut String) {
        self.settle_cr(out);
        self.met.invalid += 1;
        // writing to a String can't fail
        let _ = write!(out, "‹{byte:02X}›");
        self.stack = Stack::default();
    }

    fn settle_cr(&mut self, out: &mut String) {
        if std::mem::take(&mut self.cr) {
            self.met.lone_cr += 1;
            out.push('\n');
        }
    }

    fn text(&mut self, text: &str, out: &mut String) {
        let mut plain = 0;
        for (at, c) in text.char_indices() {
            if matches!(c, ' '..='~' | '\n' | '\t') && !self.cr {
                self.stack = Stack::default();
                continue;
            }
            if !self.cr && c != '\r' && !is_odd_space(c) && !is_hostile(c) && !self.stack.overflows(c) {
                continue;
            }
            out.push_str(text.get(plain..at).unwrap_or(""));
            plain = at + c.len_utf8();
            self.special(c, out);
        }
        out.push_str(text.get(plain..).unwrap_or(""));
    }

    fn special(&mut self, c: char, out: &mut String) {
        if self.cr && c == '\n' {
            self.cr = false;
            self.met.crlf += 1;
            out.push('\n');
            return;
        }
        self.settle_cr(out);
        match c {
            '\r' => self.cr = true,
            c if is_odd_space(c) => {
                self.met.spaces += 1;
                out.push(' ');
            }
            c if is_hostile(c) => {
                match c {
                    '\u{1b}' | '\u{90}' | '\u{9b}' | '\u{9d}'..='\u{9f}' => self.met.escapes += 1,
                    '\u{0}'..='\u{9f}' => self.met.controls += 1,
                    _ => self.met.invisible += 1,
                }
                push_mark(out, c);
            }
            c if self.stack.overflows(c) => {
                self.met.invisible += 1;
                push_mark(out, c);
            }
            c => out.push(c),
        }
    }
}

/// Spaces that are not the space they look like; a log pasted from a chat or a wiki is full of them.
fn is_odd_space(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(bytes: &[u8]) -> (String, Met) {
        let (mut cleaner, mut out) = (Cleaner::default(), String::new());
        cleaner.push(bytes, &mut out);
        cleaner.finish(&mut out);
        (out, cleaner.met())
    }

    #[test]
    fn every_cut_gives_the_same_text_and_counts() {
        let samples: [&[u8]; 7] = [
            "a\u{1b}[31mred\u{1b}[0m caf\u{e9} \u{1f469}\u{200d}\u{1f469}\r\nb\rc\r".as_bytes(),
            b"bad \xff\xc3( \xe2\x82 \xf0\x9f\x98 end\xf0\x9f",
            b"\x9b2J \xc2\x9b2J \xe0\x80\x9b",
            "x\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}y".as_bytes(),
            b"1%\r2%\r\r\n3%\r",
            b"\r\n\r\n",
            b"",
        ];
        for bytes in samples {
            let expected = whole(bytes);
            for cut in 0..=bytes.len() {
                let (mut cleaner, mut out) = (Cleaner::default(), String::new());
                let (a, b) = bytes.split_at(cut);
                cleaner.push(a, &mut out);
                cleaner.push(b, &mut out);
                cleaner.finish(&mut out);
                assert_eq!((out, cleaner.met()), expected, "cut at {cut}");
            }
            let (mut cleaner, mut out) = (Cleaner::default(), String::new());
            for byte in bytes {
                cleaner.push(&[*byte], &mut out);
            }
            cleaner.finish(&mut out);
            assert_eq!((out, cleaner.met()), expected, "byte by byte");
        }
    }

    #[test]
    fn a_progress_bar_reads_as_lines() {
        assert_eq!(whole(b"10%\r50%\r100%\r\ndone").0, "10%\n50%\n100%\ndone");
    }

    #[test]
    fn a_byte_that_is_no_utf8_is_shown_as_its_number() {
        assert_eq!(whole(b"caf\xe9 ok").0, "caf‹E9› ok");
    }

    #[test]
    fn no_break_spaces_become_spaces_and_are_counted() {
        let (text, met) = whole("get\u{a0}pods".as_bytes());
        assert_eq!((text.as_str(), met.spaces), ("get pods", 1));
    }
}
