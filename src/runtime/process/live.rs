//! A run's output while it runs: whole lines, clean and masked, a few kilobytes at a time.
//!
//! A line that is not whole is held back, and so is everything behind a line that begins something
//! longer (a key block, a secret's data): a piece of a secret can't be known as one.

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

/// Lines that begin what only its end explains.
const OPENERS: [&str; 8] =
    ["-----BEGIN ", "data:", "\"data\":", "stringData", "Private-Lines", " stdout P ", " stderr P ", "kind: Secret"];

/// The live end of a run's output.
pub(super) struct Live {
    cleaner: Cleaner,
    waiting: String,
    shown: usize,
    flooded: bool,
    over: bool,
}

impl Live {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self { cleaner: Cleaner::default(), waiting: String::new(), shown: 0, flooded: false, over: false }
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

    /// True where a piece may be ready.
    pub(super) fn is_waiting(&self) -> bool {
        !self.over && (self.flooded || self.waiting.contains('\n'))
    }

    /// The next piece, masked; `None` where nothing may be shown yet.
    pub(super) fn piece(&mut self, mask: &mut Mask) -> Option<String> {
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
            return Some("… the rest is shown when it has ended …\n".to_owned());
        }
        let rest = self.waiting.split_off(ready);
        let whole = std::mem::replace(&mut self.waiting, rest);
        let piece = if whole.len() > PIECE { shortened(&whole) } else { whole };
        let (masked, _) = mask(piece);
        self.shown += masked.len();
        Some(masked)
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
        live.push(b"ter2x\nnext\n");
        assert_eq!(live.piece(&mut masker()).unwrap(), "DB_PASSWORD=‹password-1›\nnext\n");
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
