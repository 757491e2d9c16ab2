//! The lines in which two texts differ. It compares; it shows nothing.

use std::collections::HashMap;

/// A line of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub enum Change<'a> {
    Same(&'a str),
    Gone(&'a str),
    New(&'a str),
}

/// The largest middle (lines of one text times lines of the other) that is compared line by line; above
/// it the middle is told as gone and new.
const MOST_CELLS: usize = 4_000_000;

/// With how many items both begin.
pub fn same_begin<T: PartialEq>(a: &[T], b: &[T]) -> usize {
    a.iter().zip(b).take_while(|(x, y)| x == y).count()
}

/// With how many items both end, behind the first `begin` of each.
pub fn same_end<T: PartialEq>(a: &[T], b: &[T], begin: usize) -> usize {
    let most = a.len().min(b.len()).saturating_sub(begin);
    a.iter().rev().zip(b.iter().rev()).take(most).take_while(|(x, y)| x == y).count()
}

/// What became of the lines of `before`: a longest common run of lines stays.
pub fn diff<'a>(before: &'a str, after: &'a str) -> Vec<Change<'a>> {
    let (a, b): (Vec<&str>, Vec<&str>) = (before.split('\n').collect(), after.split('\n').collect());
    let begin = same_begin(&a, &b);
    let end = same_end(&a, &b, begin);
    let (from, to) = (a.get(begin..a.len() - end).unwrap_or_default(), b.get(begin..b.len() - end).unwrap_or_default());
    let mut out: Vec<Change<'a>> = a.iter().take(begin).map(|l| Change::Same(l)).collect();
    middle(from, to, &mut out);
    out.extend(a.iter().skip(a.len() - end).map(|l| Change::Same(l)));
    out
}

/// How many lines of `before` are gone, and how many of `after` are new; a line that moved is neither. It
/// looks only at what stands between the first and the last difference.
pub fn counts(before: &str, after: &str) -> (usize, usize) {
    let (a, b) = (before.as_bytes(), after.as_bytes());
    let begin = a.get(..same_begin(a, b)).and_then(|t| memchr::memrchr(b'\n', t)).map_or(0, |n| n + 1);
    let end = same_end(a, b, begin);
    // The line that the difference ends in counts whole: from its end on all is the same.
    let end = a.get(a.len() - end..).and_then(|t| memchr::memchr(b'\n', t)).map_or(0, |n| end - n);
    let (a, b) = (a.get(begin..a.len() - end).unwrap_or_default(), b.get(begin..b.len() - end).unwrap_or_default());
    let mut left: HashMap<&[u8], usize> = HashMap::new();
    a.split(|c| *c == b'\n').for_each(|l| *left.entry(l).or_default() += 1);
    let new = b.split(|c| *c == b'\n').filter(|l| match left.get_mut(l) {
        Some(n) if *n > 0 => {
            *n -= 1;
            false
        }
        _ => true,
    });
    let new = new.count();
    (left.values().sum(), new)
}

fn middle<'a>(a: &[&'a str], b: &[&'a str], out: &mut Vec<Change<'a>>) {
    let columns = b.len() + 1;
    if a.len().saturating_mul(columns) > MOST_CELLS {
        out.extend(a.iter().map(|l| Change::Gone(l)));
        out.extend(b.iter().map(|l| Change::New(l)));
        return;
    }
    // longest[i * columns + j]: of a from i and b from j
    let mut longest = vec![0u32; (a.len() + 1) * columns];
    let at = |table: &[u32], i: usize, j: usize| table.get(i * columns + j).copied().unwrap_or(0);
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            let best = if a.get(i) == b.get(j) {
                at(&longest, i + 1, j + 1) + 1
            } else {
                at(&longest, i + 1, j).max(at(&longest, i, j + 1))
            };
            if let Some(cell) = longest.get_mut(i * columns + j) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    loop {
        match (a.get(i), b.get(j)) {
            (Some(x), Some(y)) if x == y => {
                out.push(Change::Same(x));
                (i, j) = (i + 1, j + 1);
            }
            (Some(x), y) if y.is_none() || at(&longest, i + 1, j) >= at(&longest, i, j + 1) => {
                out.push(Change::Gone(x));
                i += 1;
            }
            (_, Some(y)) => {
                out.push(Change::New(y));
                j += 1;
            }
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counted_lines_are_those_that_one_text_has_more_of_than_the_other(
            a in "([ab]{0,2}\n){0,8}[ab]{0,2}",
            b in "([ab]{0,2}\n){0,8}[ab]{0,2}",
        ) {
            let more = |a: &str, b: &str| {
                let mut left: Vec<&str> = a.split('\n').collect();
                for line in b.split('\n') {
                    if let Some(at) = left.iter().position(|l| *l == line) {
                        left.remove(at);
                    }
                }
                left.len()
            };
            prop_assert_eq!(counts(&a, &b), (more(&a, &b), more(&b, &a)));
        }
    }

    #[test]
    fn what_stays_is_same_and_both_texts_can_be_told_from_it() {
        for (a, b) in
            [("a\nb\nc", "a\nx\nc\nd"), ("", "x"), ("x", ""), ("a\na\na", "a\na"), ("p\nq\nr\ns", "r\ns\np\nq")]
        {
            let found = diff(a, b);
            let side = |gone: bool| -> String {
                let keep = |c: &Change<'_>| match c {
                    Change::Same(l) => Some((*l).to_owned()),
                    Change::Gone(l) => gone.then(|| (*l).to_owned()),
                    Change::New(l) => (!gone).then(|| (*l).to_owned()),
                };
                found.iter().filter_map(keep).collect::<Vec<_>>().join("\n")
            };
            assert_eq!((side(true).as_str(), side(false).as_str()), (a, b));
        }
        assert_eq!(diff("a\nb", "a\nc"), [Change::Same("a"), Change::Gone("b"), Change::New("c")]);
    }
}
