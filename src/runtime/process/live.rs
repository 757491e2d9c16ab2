//! A run's output while it runs: whole lines, clean and masked, a few kilobytes at a time.
//!
//! A line that is not whole is held back, and so is everything behind a line that begins something
//! longer (a key block, a secret's data): a piece of a secret can't be known as one. A line that may go on
//! in the next (a name without its value, a long word at its end) waits for that one, and each piece is
//! masked together with the lines before it, so that a secret over several lines is known whichever piece
//! ends between them.

use crate::intake::Cleaner;
use crate::runtime::admission::Mask;

/// The most that one piece shows, in bytes.
const PIECE: usize = 4 << 10;
/// The most that is shown of one run before it has ended, in bytes.
const BUDGET: usize = 256 << 10;
/// The most that is held back, in bytes; above it the rest is shown when the run has ended.
const HELD: usize = 64 << 10;
/// The most that may wait for the next piece, in bytes.
const FLOOD: usize = 1 << 20;

/// The most lines that wait for what comes behind them, and that are looked at again with what follows.
const CONTEXT: usize = 8;
/// The most bytes of lines that are looked at again.
const BEFORE: usize = 8 << 10;
/// A word of at least so many characters at a line's end may be the first part of a longer one.
const LONG_WORD: usize = 40;

/// Lines that begin what only its end explains.
const OPENERS: [&str; 8] =
    ["-----BEGIN ", "data:", "\"data\":", "stringData", "Private-Lines", " stdout P ", " stderr P ", "kind: Secret"];

/// Said in place of what can't be shown yet.
const REST: &str = "… the rest is shown when it has ended …\n";

/// The live end of a run's output.
pub(super) struct Live {
    cleaner: Cleaner,
    waiting: String,
    /// Lines that were shown last, as they came.
    before: String,
    shown: usize,
    /// How much waited when it was last looked at: as long as nothing comes there is nothing to look at.
    seen: usize,
    flooded: bool,
    over: bool,
}

impl Live {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self {
            cleaner: Cleaner::default(),
            waiting: String::new(),
            before: String::new(),
            shown: 0,
            seen: 0,
            flooded: false,
            over: false,
        }
    }

    /// Takes the next bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.over || self.flooded {
            return;
        }
        if self.waiting.len() > FLOOD {
            // Going on with a gap could show half a secret.
            self.flooded = true;
            return;
        }
        self.cleaner.push(bytes, &mut self.waiting);
    }

    /// True where a piece may be ready: something came since the last look.
    pub(super) fn is_waiting(&self) -> bool {
        !self.over && (self.flooded || (self.waiting.len() > self.seen && self.waiting.contains('\n')))
    }

    /// The next piece, masked; `None` where nothing may be shown yet.
    pub(super) fn piece(&mut self, mask: &mut Mask) -> Option<String> {
        let piece = self.next_piece(mask);
        self.seen = self.waiting.len();
        piece
    }

    fn next_piece(&mut self, mask: &mut Mask) -> Option<String> {
        if self.over {
            return None;
        }
        let ready = self.ready();
        if ready == 0 && self.waiting.len() <= HELD && !self.flooded {
            return None;
        }
        if ready == 0 || self.shown >= BUDGET || self.flooded {
            self.over = true;
            self.waiting = String::new();
            return Some(REST.to_owned());
        }
        let held = waits(self.waiting.get(..ready).unwrap_or(""));
        if held == ready {
            return None;
        }
        let looked_at = format!("{}{}", self.before, self.waiting.get(..ready).unwrap_or(""));
        let in_all = looked_at.lines().count();
        let (masked, _) = mask(looked_at);
        let rest = self.waiting.split_off(ready - held);
        let whole = std::mem::replace(&mut self.waiting, rest);
        let shown = lines(&masked, self.before.lines().count(), whole.lines().count())
            .filter(|_| masked.lines().count() == in_all);
        self.before.push_str(&whole);
        self.before = last_lines(&self.before);
        let Some(shown) = shown else {
            // What is masked has other lines than what came: which is which can't be told.
            self.over = true;
            self.waiting = String::new();
            return Some(REST.to_owned());
        };
        let piece = if shown.len() > PIECE { shortened(&shown) } else { shown };
        self.shown += piece.len();
        Some(piece)
    }

    /// How many bytes are whole lines before the first line that begins something longer.
    fn ready(&self) -> usize {
        let lines = self.waiting.rfind('\n').map_or(0, |i| i + 1);
        let text = self.waiting.get(..lines).unwrap_or("");
        let opener = OPENERS.iter().filter_map(|o| text.find(o)).min();
        match opener.and_then(|at| text.get(..at)) {
            None => lines,
            Some(head) => head.rfind('\n').map_or(0, |i| i + 1),
        }
    }
}

/// How many bytes at the end are lines that may go on in the next one.
fn waits(text: &str) -> usize {
    let held = text.split_inclusive('\n').rev().take(CONTEXT).take_while(|l| may_go_on(l.trim_end()));
    let held: Vec<usize> = held.map(str::len).collect();
    // A long list of long words is a list: all but its last line has been seen with the next one.
    if held.len() == CONTEXT { held.first().copied().unwrap_or(0) } else { held.iter().sum() }
}

/// True for a line that names something without its value, or ends in a word that may be cut.
fn may_go_on(line: &str) -> bool {
    if line.ends_with([':', '=', '\\', '"', '\'', '|', '>']) {
        return true;
    }
    let part_of_token = |c: char| c.is_ascii_alphanumeric() || "+/=_-.".contains(c);
    line.chars().rev().take_while(|c| part_of_token(*c)).count() >= LONG_WORD
}

/// So many lines of a text behind so many others; `None` where there are fewer.
fn lines(text: &str, skip: usize, take: usize) -> Option<String> {
    let some: Vec<&str> = text.split_inclusive('\n').skip(skip).take(take).collect();
    (some.len() == take).then(|| some.concat())
}

/// The last lines of a text, within their bounds.
fn last_lines(text: &str) -> String {
    let mut size = 0;
    let last = text.split_inclusive('\n').rev().take(CONTEXT).take_while(|l| {
        size += l.len();
        size <= BEFORE
    });
    let last: Vec<&str> = last.collect();
    last.into_iter().rev().collect()
}

/// The first and last lines of a piece that is too large to be shown at once.
fn shortened(text: &str) -> String {
    let mut head = String::new();
    for line in text.split_inclusive('\n').take_while({
        let mut sum = 0;
        move |l| {
            sum += l.len();
            sum <= PIECE / 2
        }
    }) {
        head.push_str(line);
    }
    let mut tail: Vec<&str> = Vec::new();
    let mut size = 0;
    for line in text.get(head.len()..).unwrap_or("").split_inclusive('\n').rev() {
        size += line.len();
        if size > PIECE / 2 {
            break;
        }
        tail.push(line);
    }
    tail.reverse();
    let tail = tail.concat();
    let left = text.len() - head.len() - tail.len();
    format!("{head}… {left} bytes are shown when it has ended …\n{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::secrets::{Masks, mask};

    fn masker() -> Mask {
        let mut masks = Masks::new([1; 32]);
        Box::new(move |text| (mask(&text, &mut masks).text.into_owned(), Vec::new()))
    }

    #[test]
    fn a_secret_cut_between_reads_is_masked() {
        let mut live = Live::new();
        live.push(b"ok\nDB_PASSWORD=hun");
        assert_eq!(live.piece(&mut masker()).unwrap(), "ok\n");
        assert!(!live.is_waiting(), "half a line is looked at again only when more has come");
        live.push(b"ter2x\nnext\n");
        assert!(live.is_waiting());
        assert_eq!(live.piece(&mut masker()).unwrap(), "DB_PASSWORD=‹password-1›\nnext\n");
    }

    /// All pieces of an output that comes line by line.
    fn shown(text: &str) -> String {
        let (mut live, mut mask, mut all) = (Live::new(), masker(), String::new());
        for line in text.split_inclusive('\n') {
            live.push(line.as_bytes());
            all.extend(live.piece(&mut mask));
        }
        all
    }

    #[test]
    fn a_secret_over_two_lines_is_masked_however_the_pieces_fall() {
        for (text, secret) in [
            ("password:\n  hunter2xyz\nnext\n", "hunter2xyz"),
            ("DB_PASSWORD=\\\nhunter2xyz9\nnext\n", "hunter2xyz9"),
            ("aws_secret_access_key =\n  wJalrXUtnFEMIK7MDENGbPxRfiCYzzzzzzKEYab1\nnext\n", "wJalrXUtnFEMI"),
        ] {
            let whole = masker()(text.to_owned()).0;
            let live = shown(text);
            assert!(whole.contains(secret) || !live.contains(secret), "{live}");
            assert!(live.ends_with("next\n"), "{live}");
        }
    }

    #[test]
    fn an_ordinary_line_does_not_wait_and_a_list_of_long_names_is_shown() {
        assert_eq!(shown("64 bytes from 10.0.0.1: time=0.02 ms\n"), "64 bytes from 10.0.0.1: time=0.02 ms\n");
        let list: String = (0..40).map(|i| format!("{i:064x}\n")).collect();
        assert!(shown(&list).lines().count() >= 39 - CONTEXT);
    }

    #[test]
    fn what_only_its_end_explains_is_held_back() {
        let mut live = Live::new();
        live.push(b"apiVersion: v1\ndata:\n  password: aHVudGVyMg==\n");
        assert_eq!(live.piece(&mut masker()).unwrap(), "apiVersion: v1\n");
        assert_eq!(live.piece(&mut masker()), None);
    }

    #[test]
    fn endless_output_is_shown_in_a_bounded_way() {
        let mut live = Live::new();
        let mut shown = 0;
        let mut mask = masker();
        for _ in 0..2_000 {
            live.push("y\n".repeat(8_000).as_bytes());
            shown += live.piece(&mut mask).map_or(0, |p| p.len());
        }
        assert!(shown <= BUDGET + 2 * PIECE, "{shown}");
    }
}
