//! Typed or pasted: groups what arrives close together, and tells keys from pastes. Pure over bytes;
//! whoever reads reports how long the terminal has been quiet.
//!
//! A bracketed paste is a paste, with whatever follows its end mark in the same breath (a paste may
//! hold an end mark of its own, and what stands behind it would be keys). A burst of characters
//! that nobody types that fast is a paste too: Enter inside it submits nothing.

use std::time::Duration;

use super::decode::{Decoder, Said};
use crate::app::input::{Input, KeyCode};
use crate::fault::Fault;

/// The most that one paste may hold, in bytes; the rest is counted and said.
pub const LARGEST_PASTE: usize = 8 * 1024 * 1024;
/// Characters within one group from which on it is a paste.
const BURST: usize = 8;
/// How long the terminal must be quiet before a key counts as typed.
const QUIET_KEYS: Duration = Duration::from_millis(1);
/// How long half a sequence may wait for its rest.
const QUIET_HALF: Duration = Duration::from_millis(40);
/// How long a burst, or a paste whose end mark came, may pause.
const QUIET_BURST: Duration = Duration::from_millis(5);
/// The same for a large burst: a slow link delivers it in pieces.
const QUIET_LARGE: Duration = Duration::from_millis(60);
/// From how many bytes on a burst is large.
const LARGE: usize = 512;
/// How long a bracketed paste may pause before its end mark is given up.
const QUIET_UNENDED: Duration = Duration::from_secs(2);
/// After a burst, Enter and groups of characters still belong to it for this long.
const AFTERMATH: Duration = Duration::from_millis(250);

/// A wheel or a held key that never pauses: delivered in groups of this many.
const LARGEST_GROUP: usize = 64;

/// Keys that only move. A lagging link delivers them together, and no text consists of them alone.
const MOVES: &str = "jkhlgGnN";

const START: &[u8] = b"\x1b[200~";
const END: &[u8] = b"\x1b[201~";

#[derive(Debug)]
enum Mode {
    /// Keys, so far: what was said, and the bytes it was said with.
    Keys { said: Vec<Said>, raw: Vec<u8> },
    /// Inside a bracketed paste.
    Bracketed { text: Vec<u8>, dropped: usize },
    /// A burst, or behind a paste's end mark. `ended` where an end mark was seen.
    Burst { text: Vec<u8>, dropped: usize, ended: bool },
}

/// Groups bytes into inputs.
#[derive(Debug)]
pub struct Bursts {
    decoder: Decoder,
    mode: Mode,
    /// How long after the last burst we are; `None` when that is long ago.
    since_burst: Option<Duration>,
}

impl Default for Bursts {
    fn default() -> Self {
        Self { decoder: Decoder::default(), mode: keys(), since_burst: None }
    }
}

fn keys() -> Mode {
    Mode::Keys { said: Vec::new(), raw: Vec::new() }
}

impl Bursts {
    /// Takes bytes that were read `after` the ones before; inputs that are certain go to `out`.
    pub fn take(&mut self, bytes: &[u8], after: Duration, out: &mut Vec<Input>) {
        self.since_burst = self.since_burst.map(|s| s + after).filter(|s| *s < AFTERMATH);
        let mut rest = bytes;
        while !rest.is_empty() {
            let used = match &mut self.mode {
                Mode::Keys { .. } => self.take_keys(rest, out),
                Mode::Bracketed { text, dropped } => {
                    let used = append_to_end_mark(text, dropped, rest);
                    if ends_with_mark(text) {
                        text.truncate(text.len() - END.len());
                        let (text, dropped) = (std::mem::take(text), *dropped);
                        self.mode = Mode::Burst { text, dropped, ended: true };
                    }
                    used
                }
                Mode::Burst { text, dropped, .. } => {
                    append(text, dropped, rest);
                    rest.len()
                }
            };
            rest = rest.get(used..).unwrap_or(&[]);
        }
    }

    fn take_keys(&mut self, bytes: &[u8], out: &mut Vec<Input>) -> usize {
        let Mode::Keys { said, raw } = &mut self.mode else { return 0 };
        let mut pasting = false;
        let used = self.decoder.take(bytes, &mut |s| if s == Said::PasteStart { pasting = true } else { said.push(s) });
        raw.extend_from_slice(bytes.get(..used).unwrap_or(bytes));
        if pasting {
            out.extend(said.drain(..).map(input));
            self.mode = Mode::Bracketed { text: Vec::new(), dropped: 0 };
        } else if is_burst(said) {
            self.decoder.reset();
            let (text, dropped) = (std::mem::take(raw), 0);
            self.mode = Mode::Burst { text, dropped, ended: false };
        } else if said.len() >= LARGEST_GROUP {
            out.extend(said.drain(..).map(input));
            raw.clear();
        }
        used
    }

    /// How long the terminal may stay quiet before [`Self::quiet`] is due; `None`: for ever.
    pub fn patience(&self) -> Option<Duration> {
        match &self.mode {
            Mode::Keys { .. } if self.decoder.is_waiting() => Some(QUIET_HALF),
            Mode::Keys { said, .. } if said.is_empty() => None,
            Mode::Keys { .. } => Some(QUIET_KEYS),
            Mode::Bracketed { .. } => Some(QUIET_UNENDED),
            Mode::Burst { text, ended: false, .. } if text.len() >= LARGE => Some(QUIET_LARGE),
            Mode::Burst { .. } => Some(QUIET_BURST),
        }
    }

    /// The terminal was quiet for as long as [`Self::patience`] said: what is held is complete.
    pub fn quiet(&mut self, out: &mut Vec<Input>) {
        match std::mem::replace(&mut self.mode, keys()) {
            Mode::Keys { mut said, raw } => {
                said.extend(self.decoder.give_up());
                if self.since_burst.is_some() && belongs_to_burst(&said) {
                    self.since_burst = Some(Duration::ZERO);
                    out.push(Input::Paste(text_of(&raw)));
                } else {
                    out.extend(said.into_iter().map(input));
                }
            }
            Mode::Bracketed { text, dropped } | Mode::Burst { text, dropped, .. } => {
                self.since_burst = Some(Duration::ZERO);
                out.push(Input::Paste(text_of(&text)));
                if dropped > 0 {
                    out.push(Input::Failed(too_large(text.len() + dropped)));
                }
            }
        }
    }
}

fn input(said: Said) -> Input {
    match said {
        Said::Key(k) => Input::Key(k),
        Said::Mouse(m) => Input::Mouse(m),
        Said::PasteStart => Input::Paste(String::new()),
    }
}

fn too_large(len: usize) -> Fault {
    let mib = |n: usize| n as f64 / 1024.0 / 1024.0;
    Fault::input(
        format!("only the first {:.0} MiB of the paste were taken: it had {:.1} MiB", mib(LARGEST_PASTE), mib(len)),
        "save it to a file and give that: hotwash new FILE",
    )
}

fn append(text: &mut Vec<u8>, dropped: &mut usize, bytes: &[u8]) {
    let room = LARGEST_PASTE.saturating_sub(text.len()).min(bytes.len());
    let (kept, over) = bytes.split_at(room);
    text.extend_from_slice(kept);
    *dropped += over.len();
}

/// Appends up to and with the end mark; returns how many bytes that took. When the text is full its
/// last bytes are still kept apart, so that the end mark is found.
fn append_to_end_mark(text: &mut Vec<u8>, dropped: &mut usize, bytes: &[u8]) -> usize {
    for (i, byte) in bytes.iter().enumerate() {
        if text.len() >= LARGEST_PASTE + END.len() {
            // Full: the newest bytes overwrite the ones behind the limit, only to see the mark.
            text.remove(LARGEST_PASTE);
            *dropped += 1;
        }
        text.push(*byte);
        if *byte == b'~' && ends_with_mark(text) {
            return i + 1;
        }
    }
    bytes.len()
}

fn ends_with_mark(text: &[u8]) -> bool {
    text.ends_with(END)
}

/// Characters that nobody types that fast: many, or some on both sides of an Enter. One key held
/// down (all the same) is none, nor are arrows or the wheel.
fn is_burst(said: &[Said]) -> bool {
    let text: Vec<KeyCode> = said.iter().filter_map(text_key).collect();
    let same = text.windows(2).all(|w| w.first() == w.last());
    let moves = text.iter().all(|k| matches!(k, KeyCode::Char(c) if MOVES.contains(*c)));
    if same || moves || text.len() < 3 {
        return false;
    }
    let inner_enter = text.iter().rev().skip(1).any(|k| *k == KeyCode::Enter) && text.len() >= 4;
    text.len() >= BURST || inner_enter
}

/// Shortly after a burst: an Enter or several characters are its last piece.
fn belongs_to_burst(said: &[Said]) -> bool {
    let mut text = said.iter().filter_map(text_key);
    let first = text.next();
    first.is_some() && (first == Some(KeyCode::Enter) || text.next().is_some())
}

fn text_key(said: &Said) -> Option<KeyCode> {
    match said {
        Said::Key(k) if k.alt || k.code == KeyCode::Esc => None,
        Said::Key(k) if k.ctrl => (k.code == KeyCode::Char('j')).then_some(KeyCode::Enter),
        Said::Key(k) => matches!(k.code, KeyCode::Char(_) | KeyCode::Enter | KeyCode::Tab).then_some(k.code),
        _ => None,
    }
}

/// Pasted bytes as text: paste marks gone, line ends as `\n`, bytes that are no UTF-8 marked.
fn text_of(bytes: &[u8]) -> String {
    let mut clean = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        if *first == 0x1b && (rest.starts_with(START) || rest.starts_with(END)) {
            rest = rest.get(END.len()..).unwrap_or(&[]);
            continue;
        }
        rest = after;
        match first {
            b'\r' => {
                clean.push(b'\n');
                rest = rest.strip_prefix(b"\n").unwrap_or(rest);
            }
            c => clean.push(*c),
        }
    }
    match String::from_utf8(clean) {
        Ok(text) => text,
        Err(e) => String::from_utf8_lossy(e.as_bytes()).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_micros(100);

    fn read(chunks: &[&[u8]]) -> Vec<Input> {
        let mut bursts = Bursts::default();
        let mut out = Vec::new();
        for chunk in chunks {
            bursts.take(chunk, SOON, &mut out);
        }
        while bursts.patience().is_some() {
            bursts.quiet(&mut out);
        }
        out
    }

    fn pastes(inputs: &[Input]) -> String {
        inputs.iter().filter_map(|i| if let Input::Paste(p) = i { Some(p.as_str()) } else { None }).collect()
    }

    #[test]
    fn a_bracketed_paste_is_one_paste_wherever_it_is_cut() {
        let bytes = "\x1b[200~a\rb\r\nü\x1b[201~".as_bytes();
        for cut in 0..=bytes.len() {
            assert_eq!(read(&[&bytes[..cut], &bytes[cut..]]), [Input::Paste("a\nb\nü".into())], "cut at {cut}");
        }
    }

    #[test]
    fn an_end_mark_inside_a_paste_frees_no_keys() {
        let inputs = read(&[b"\x1b[200~text\x1b[201~y\rq", b"y\r"]);
        assert_eq!(inputs, [Input::Paste("texty\nqy\n".into())]);
    }

    #[test]
    fn lines_without_brackets_are_a_paste_and_enter_in_them_submits_nothing() {
        let inputs = read(&[b"ERROR one\rERROR two\rEND"]);
        assert_eq!(inputs, [Input::Paste("ERROR one\nERROR two\nEND".into())]);
        assert_eq!(read(&[b"yes\rno"]), [Input::Paste("yes\nno".into())]);
    }

    #[test]
    fn a_short_word_and_enter_are_keys() {
        let inputs = read(&[b":quit\r"]);
        assert_eq!(inputs.len(), 6);
        assert!(inputs.iter().all(|i| matches!(i, Input::Key(_))));
    }

    #[test]
    fn a_held_key_and_arrows_are_keys() {
        assert_eq!(read(&[&[b'j'; 40]]).len(), 40);
        assert_eq!(read(&[&b"\x1b[B".repeat(30)]).len(), 30);
        assert_eq!(read(&[b"jjjjjjjjjjkkkjG"]).len(), 15, "moves that a slow link delivers at once");
    }

    #[test]
    fn an_enter_right_behind_a_burst_belongs_to_it() {
        let mut bursts = Bursts::default();
        let mut out = Vec::new();
        bursts.take(b"many characters", SOON, &mut out);
        bursts.quiet(&mut out);
        bursts.take(b"\r", Duration::from_millis(50), &mut out);
        bursts.quiet(&mut out);
        assert_eq!(pastes(&out), "many characters\n");
        bursts.take(b"\r", Duration::from_millis(900), &mut out);
        bursts.quiet(&mut out);
        assert!(matches!(out.last(), Some(Input::Key(_))), "later it is typed");
    }

    #[test]
    fn a_paste_whose_end_never_comes_is_delivered_and_keys_work_again() {
        let mut bursts = Bursts::default();
        let mut out = Vec::new();
        bursts.take(b"\x1b[200~half", SOON, &mut out);
        assert_eq!(bursts.patience(), Some(QUIET_UNENDED));
        bursts.quiet(&mut out);
        bursts.take(b"q", Duration::from_secs(1), &mut out);
        bursts.quiet(&mut out);
        assert_eq!(out.len(), 2);
        assert_eq!(pastes(&out), "half");
    }

    #[test]
    fn a_paste_beyond_the_cap_keeps_its_head_and_says_so() {
        let mut bytes = START.to_vec();
        bytes.extend(std::iter::repeat_n(b'x', LARGEST_PASTE + 1000));
        bytes.extend_from_slice(END);
        let inputs = read(&[&bytes]);
        assert_eq!(pastes(&inputs).len(), LARGEST_PASTE);
        assert!(matches!(&inputs[1], Input::Failed(f) if f.what.contains("first 8 MiB")), "{:?}", inputs.get(1));
    }
}
