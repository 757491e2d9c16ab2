//! The lines in which two texts differ. It compares; it shows nothing.

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

/// What became of the lines of `before`: a longest common run of lines stays.
pub fn diff<'a>(before: &'a str, after: &'a str) -> Vec<Change<'a>> {
    let (a, b): (Vec<&str>, Vec<&str>) = (before.split('\n').collect(), after.split('\n').collect());
    let begin = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let most = a.len().min(b.len()) - begin;
    let end = a.iter().rev().zip(b.iter().rev()).take(most).take_while(|(x, y)| x == y).count();
    let (from, to) = (a.get(begin..a.len() - end).unwrap_or_default(), b.get(begin..b.len() - end).unwrap_or_default());
    let mut out: Vec<Change<'a>> = a.iter().take(begin).map(|l| Change::Same(l)).collect();
    middle(from, to, &mut out);
    out.extend(a.iter().skip(a.len() - end).map(|l| Change::Same(l)));
    out
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
