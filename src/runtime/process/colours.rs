//! Colours that a command gave its output (`ESC [ 1 ; 31 m`, SGR) are taken out before anything else looks
//! at it. Nothing but colours: whatever else a terminal would obey goes on to the cleaner, which marks it,
//! and so does a colour that does not end where one ends.

use memchr::memchr;

/// The longest sequence that is taken for a colour, in bytes; `38;2;r;g;b` beside `48;2;r;g;b` has 38.
const LONGEST: usize = 48;
const ESC: u8 = 0x1b;

/// Takes colours out of a stream; what may be half of one waits for its other half.
#[derive(Debug, Default)]
pub(super) struct Colours {
    half: Vec<u8>,
}

/// What begins at an ESC.
enum Found {
    /// A colour of so many bytes.
    Colour(usize),
    /// The beginning of one, up to the end of what came.
    Half,
    /// Something else.
    Other,
}

impl Colours {
    /// Hands on what is no colour, in pieces, in order.
    pub(super) fn strip(&mut self, bytes: &[u8], mut onward: impl FnMut(&[u8])) {
        if self.half.is_empty() {
            self.rest(bytes, &mut onward);
            return;
        }
        let mut joined = std::mem::take(&mut self.half);
        joined.extend_from_slice(bytes);
        self.rest(&joined, &mut onward);
    }

    /// Nothing comes any more: half a colour is none.
    pub(super) fn finish(&mut self, onward: impl FnOnce(&[u8])) {
        let half = std::mem::take(&mut self.half);
        if !half.is_empty() {
            onward(&half);
        }
    }

    fn rest(&mut self, mut bytes: &[u8], onward: &mut impl FnMut(&[u8])) {
        let mut from = 0;
        while let Some(at) = bytes.get(from..).and_then(|rest| memchr(ESC, rest)).map(|at| from + at) {
            let (before, sequence) = bytes.split_at(at);
            match begins(sequence) {
                Found::Other => from = at + 1,
                found => {
                    if !before.is_empty() {
                        onward(before);
                    }
                    let Found::Colour(len) = found else {
                        self.half = sequence.to_vec();
                        return;
                    };
                    bytes = sequence.get(len..).unwrap_or_default();
                    from = 0;
                }
            }
        }
        if !bytes.is_empty() {
            onward(bytes);
        }
    }
}

fn begins(sequence: &[u8]) -> Found {
    let Some(parameters) = sequence.strip_prefix(&[ESC, b'[']) else {
        return if sequence.len() == 1 { Found::Half } else { Found::Other };
    };
    match parameters.iter().take(LONGEST).position(|b| !matches!(b, b'0'..=b'9' | b';' | b':')) {
        Some(end) if parameters.get(end) == Some(&b'm') => Found::Colour(end + 3),
        None if parameters.len() < LONGEST => Found::Half,
        _ => Found::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of a text that comes in pieces of a size.
    fn left(text: &[u8], size: usize) -> Vec<u8> {
        let (mut colours, mut out) = (Colours::default(), Vec::new());
        text.chunks(size).for_each(|piece| colours.strip(piece, |b| out.extend_from_slice(b)));
        colours.finish(|b| out.extend_from_slice(b));
        out
    }

    #[test]
    fn colours_are_gone_however_they_are_cut_and_everything_else_stays() {
        for (text, wanted) in [
            (&b"\x1b[31mERROR\x1b[0m ok\x1b[m"[..], &b"ERROR ok"[..]),
            (b"\x1b[38;2;1;2;3m\x1b[48:5:9mx", b"x"),
            (b"a\x1b[2Jb\x1b]0;t\x07c\x1b[Kd\x9b31me", b"a\x1b[2Jb\x1b]0;t\x07c\x1b[Kd\x9b31me"),
            (b"\x1b[31\x1b[32mx", b"\x1b[31x"),
            (b"\x1b\x1b[1mx\x1b", b"\x1bx\x1b"),
            (b"\x1b[?25lx\x1b[3", b"\x1b[?25lx\x1b[3"),
        ] {
            for size in 1..=text.len() {
                assert_eq!(left(text, size), wanted, "{text:?} in pieces of {size}");
            }
        }
    }

    #[test]
    fn what_never_ends_is_no_colour_and_is_not_kept_waiting() {
        let text = [b"\x1b[".to_vec(), vec![b'1'; 10_000], b"m".to_vec()].concat();
        let mut colours = Colours::default();
        colours.strip(&text[..5_000], |_| ());
        assert!(colours.half.is_empty());
        for size in [1, 7, 4_096, text.len()] {
            assert_eq!(left(&text, size), text);
        }
    }
}
