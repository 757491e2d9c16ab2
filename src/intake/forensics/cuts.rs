//! Cuts: lines that end in the middle, marks of truncation, and lines too long to be read whole.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::domain::{Line, Notice, NoticeKind};
use crate::intake::logline::Shape;

use super::{Exhibit, counted, notice};

/// A line above this many bytes is called long.
const LONG: usize = 16 << 10;

/// Truncated and long lines.
pub(super) fn notices(exhibit: Exhibit<'_>, lines: &[Line]) -> Vec<Notice> {
    let (mut cut, mut first, mut long, mut longest) = (0usize, 0u32, 0usize, 0usize);
    for (index, line) in lines.iter().enumerate() {
        let text = exhibit.text.get(line.range()).unwrap_or("");
        let object = exhibit.heads.get(index).is_some_and(|h| h.shape == Shape::Json);
        if is_cut(text, object) {
            cut += 1;
            first = if first == 0 { line.no } else { first };
        }
        if text.len() > LONG {
            long += 1;
            longest = longest.max(text.len());
        }
    }
    let mut found = Vec::new();
    if cut > 0 {
        let what = format!(
            "{} cut off or marked as truncated, first at line {first}: what is missing there is not known.",
            if cut == 1 { "1 line is".to_owned() } else { format!("{cut} lines are") }
        );
        found.push(notice(NoticeKind::Truncated, cut, what));
    }
    if long > 0 {
        let what = format!(
            "{} longer than {LONG} bytes, the longest has {longest}.",
            match long {
                1 => "1 line is".to_owned(),
                n => format!("{} are", counted(n, "line")),
            }
        );
        found.push(notice(NoticeKind::LongLine, long, what));
    }
    found
}

/// What programs and people write where they left something out, in any case.
static MARKS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let marks = [
        "[truncated]",
        "<truncated>",
        "(truncated)",
        "...truncated",
        "[output truncated",
        "are left out here …›",
        "[snip]",
        "<snip>",
    ];
    AhoCorasick::builder().ascii_case_insensitive(true).build(marks).ok()
});

fn is_cut(line: &str, object: bool) -> bool {
    let end = line.trim_end();
    let mut from = end.len().saturating_sub(60);
    while !end.is_char_boundary(from) {
        from -= 1;
    }
    let tail = end.get(from..).unwrap_or("");
    if MARKS.as_ref().is_some_and(|marks| marks.is_match(tail)) {
        return true;
    }
    // `loading...` is a word's own ending; a cut is behind something longer that has not ended
    let dots = (end.ends_with("...") || end.ends_with('…')) && end.len() >= 80 && !tail.ends_with(" ...");
    dots || (object && line.trim_start().starts_with('{') && !end.ends_with('}'))
}
