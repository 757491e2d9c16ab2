//! What stands in a sentence beside its words: marks of what it rests on, gaps, and places in the
//! evidence. It finds them; it writes no markup.

use crate::analyst::grounding::gap::GAP;
use crate::analyst::grounding::pattern::Pattern;

static MARK: Pattern = Pattern::new(r"\[(quoted|derived|inferred|unsupported)\b([^\[\]]*)\]");
static PLACE: Pattern = Pattern::new(r"\b(?:(\d{1,4}):)?L(\d{1,7})\b");

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Words.
    Words(&'t str),
    /// A mark: its kind, and what follows it (` L4, L9`, `: 99.7 - 96.8 = 2.9; L22`).
    Mark(&'t str, &'t str),
    /// Something that is not written yet.
    Gap(&'t str),
}

/// The pieces of a text, in order; joined they are the text, but for the brackets of marks.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found: Vec<(usize, usize, Piece<'_>)> = Vec::new();
    for c in MARK.all(text) {
        if let (Some(all), Some(kind), Some(rest)) = (c.get(0), c.get(1), c.get(2)) {
            found.push((all.start(), all.end(), Piece::Mark(kind.as_str(), rest.as_str())));
        }
    }
    for c in GAP.all(text) {
        if let Some(all) = c.get(0) {
            found.push((all.start(), all.end(), Piece::Gap(all.as_str())));
        }
    }
    found.sort_by_key(|(start, ..)| *start);
    let (mut out, mut done) = (Vec::new(), 0);
    for (start, end, piece) in found {
        if start < done {
            continue;
        }
        out.extend(text.get(done..start).filter(|t| !t.is_empty()).map(Piece::Words));
        out.push(piece);
        done = end;
    }
    out.extend(text.get(done..).filter(|t| !t.is_empty()).map(Piece::Words));
    out
}

/// The places in a mark: where each begins and ends, its source and its line.
pub fn places(text: &str) -> Vec<(usize, usize, u32, u32)> {
    let number = |c: &regex::Captures<'_>, i: usize| c.get(i).and_then(|m| m.as_str().parse().ok());
    let place = |c: &regex::Captures<'_>| {
        let all = c.get(0)?;
        Some((all.start(), all.end(), number(c, 1).unwrap_or(0), number(c, 2)?))
    };
    PLACE.all(text).iter().filter_map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_gaps_and_words_are_told_apart() {
        assert_eq!(
            pieces("It fell [derived: 99.7 - 96.8 = 2.9; L22] for [FILL IN: how long] on a[0]."),
            [
                Piece::Words("It fell "),
                Piece::Mark("derived", ": 99.7 - 96.8 = 2.9; L22"),
                Piece::Words(" for "),
                Piece::Gap("[FILL IN: how long]"),
                Piece::Words(" on a[0].")
            ]
        );
    }

    #[test]
    fn places_name_source_and_line() {
        assert_eq!(places(" L4, 2:L19, HTML5, XL3"), [(1, 3, 0, 4), (5, 10, 2, 19)]);
    }
}
