//! A run's output as far as it is kept: its head and its tail, and how much fell out between.

use std::collections::VecDeque;

/// Bytes kept of the beginning.
pub(super) const HEAD: usize = 2 << 20;
/// Bytes kept of the end.
pub(super) const TAIL: usize = 2 << 20;

/// Output with a bound.
#[derive(Debug, Default)]
pub(super) struct Kept {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    dropped: u64,
}

impl Kept {
    /// Takes the next bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let room = HEAD.saturating_sub(self.head.len()).min(bytes.len());
        let (first, rest) = bytes.split_at(room);
        self.head.extend_from_slice(first);
        self.tail.extend(rest);
        let over = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..over);
        self.dropped += over as u64;
    }

    /// True where more came than is kept.
    pub(super) fn is_over(&self) -> bool {
        self.dropped > 0
    }

    /// All that is kept, with a line where something fell out, and how many bytes did. The cut is made
    /// at line ends where there are some, so that no secret is cut in two.
    pub(super) fn finish(self) -> (Vec<u8>, u64) {
        let mut all = self.head;
        let mut dropped = self.dropped;
        let tail: Vec<u8> = self.tail.into();
        if dropped == 0 {
            all.extend(tail);
            return (all, 0);
        }
        let head_end = memchr::memrchr(b'\n', &all).map_or(all.len(), |i| i + 1);
        dropped += (all.len() - head_end) as u64;
        all.truncate(head_end);
        let tail_start = memchr::memchr(b'\n', &tail).map_or(0, |i| i + 1);
        dropped += tail_start as u64;
        all.extend(format!("… {dropped} bytes are left out here …\n").bytes());
        all.extend(tail.get(tail_start..).unwrap_or_default());
        (all, dropped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn head_and_tail_stay_and_the_rest_is_counted() {
        let mut kept = Kept::default();
        for i in 0..1_000_000u32 {
            kept.push(format!("line {i}\n").as_bytes());
        }
        let (bytes, dropped) = kept.finish();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.starts_with("line 0\n") && text.ends_with("line 999999\n"));
        assert!(text.len() <= HEAD + TAIL + 64 && dropped > 0 && text.contains("are left out here"));
    }
}
