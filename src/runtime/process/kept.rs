//! A run's output as far as it is kept: its head and its tail, and how much fell out between. What falls
//! out is counted and nothing else: nobody masks it, reads it or writes it anywhere.

/// Bytes kept of the beginning.
pub(super) const HEAD: usize = 2 << 20;
/// Bytes kept of the end.
pub(super) const TAIL: usize = 2 << 20;

/// Output with a bound.
#[derive(Debug, Default)]
pub(super) struct Kept {
    head: Vec<u8>,
    /// The last bytes; once it is full, a ring.
    tail: Vec<u8>,
    /// Where the ring begins: its oldest byte, and the next to be written over.
    oldest: usize,
    dropped: u64,
}

impl Kept {
    /// Takes the next bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let (first, rest) = bytes.split_at(HEAD.saturating_sub(self.head.len()).min(bytes.len()));
        self.head.extend_from_slice(first);
        let (fills, mut over) = rest.split_at(TAIL.saturating_sub(self.tail.len()).min(rest.len()));
        self.tail.extend_from_slice(fills);
        self.dropped += over.len() as u64;
        while !over.is_empty() {
            let (now, later) = over.split_at((TAIL - self.oldest).min(over.len()));
            if let Some(place) = self.tail.get_mut(self.oldest..self.oldest + now.len()) {
                place.copy_from_slice(now);
            }
            self.oldest = (self.oldest + now.len()) % TAIL;
            over = later;
        }
    }

    /// The bytes that came so far, kept or not.
    pub(super) fn came(&self) -> u64 {
        (self.head.len() + self.tail.len()) as u64 + self.dropped
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
        let mut tail = self.tail;
        tail.rotate_left(self.oldest);
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
    fn the_last_bytes_stay_in_their_order_however_they_are_cut() {
        let came: Vec<u8> = (0..HEAD + 3 * TAIL + 77).map(|i| (i % 251) as u8).collect();
        for size in [4_095, TAIL - 1, 2 * TAIL + 5, came.len()] {
            let mut kept = Kept::default();
            came.chunks(size).for_each(|piece| kept.push(piece));
            assert_eq!(kept.came(), came.len() as u64);
            let (bytes, _) = kept.finish();
            let end = |all: &[u8]| all[all.len() - 1_000_000..].to_vec();
            assert!(end(&bytes) == end(&came), "{size}");
        }
    }

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
