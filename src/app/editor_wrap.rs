//! The editor's text as screen rows, kept from key to key: only lines that were changed are wrapped again.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use super::editor::{EditorRow, FILL_IN};
use super::wrap;

/// The rows of a text at a width.
#[derive(Debug, Clone, Default)]
pub struct Wrapped {
    columns: usize,
    /// Of each line: its hash and how many rows it takes.
    lines: Vec<(u64, usize)>,
    /// How many gaps each line has.
    gaps: Vec<u32>,
    rows: Vec<EditorRow>,
}

impl Wrapped {
    /// The rows, where they are those of this width.
    pub fn rows(&self, columns: usize) -> Option<&[EditorRow]> {
        (self.columns == columns && !self.rows.is_empty()).then_some(self.rows.as_slice())
    }

    /// How many gaps stand in a range of lines.
    pub fn gaps(&self, lines: Range<usize>) -> usize {
        self.gaps.get(lines).unwrap_or_default().iter().map(|n| *n as usize).sum()
    }

    /// Makes the rows those of these lines. What stands unchanged at the begin and at the end stays.
    pub fn refresh(&mut self, lines: &[String], columns: usize) {
        if self.columns != columns {
            *self = Self { columns, ..Self::default() };
        }
        let hashes: Vec<u64> = lines.iter().map(|l| hash(l)).collect();
        let (old, new) = (self.lines.len(), hashes.len());
        let begin = self.lines.iter().zip(&hashes).take_while(|((a, _), b)| a == *b).count();
        let most = old.min(new) - begin;
        let tails = self.lines.iter().rev().zip(hashes.iter().rev()).take(most);
        let end = tails.take_while(|((a, _), b)| a == *b).count();
        if begin == old && old == new {
            return;
        }
        let count = |of: &[(u64, usize)]| of.iter().map(|(_, n)| n).sum::<usize>();
        let from = count(self.lines.get(..begin).unwrap_or_default());
        let to = self.rows.len() - count(self.lines.get(old - end..).unwrap_or_default());
        let (mut rows, mut counts) = (Vec::new(), Vec::new());
        for (n, line) in lines.iter().enumerate().take(new - end).skip(begin) {
            let before = rows.len();
            rows.extend(wrap::wrap(line, columns, 0, usize::MAX).into_iter().map(|bytes| EditorRow { line: n, bytes }));
            counts.push((hashes.get(n).copied().unwrap_or(0), rows.len() - before));
        }
        let behind = from + rows.len();
        self.rows.splice(from..to, rows);
        self.lines.splice(begin..old - end, counts);
        let changed = lines.get(begin..new - end).unwrap_or_default();
        self.gaps.splice(begin..old - end, changed.iter().map(|l| l.matches(FILL_IN).count() as u32));
        if old != new {
            for row in self.rows.iter_mut().skip(behind) {
                row.line = (row.line + new).saturating_sub(old);
            }
        }
    }
}

fn hash(line: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    line.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_that_were_kept_are_those_of_a_fresh_wrap(
            texts in proptest::collection::vec("([a-c ]{0,30}\n){0,6}[a-c ]{0,30}", 1..8),
            columns in 1usize..20,
        ) {
            let mut kept = Wrapped::default();
            for text in texts {
                let lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
                kept.refresh(&lines, columns);
                let mut fresh = Wrapped::default();
                fresh.refresh(&lines, columns);
                prop_assert_eq!(&kept.rows, &fresh.rows);
                prop_assert_eq!(&kept.gaps, &fresh.gaps);
            }
        }
    }
}
