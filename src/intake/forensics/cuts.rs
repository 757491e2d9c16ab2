//! Cuts: lines that end in the middle, marks of truncation, and lines too long to be read whole.

use std::collections::HashMap;
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
    let text_of = |line: &Line| exhibit.text.get(line.range()).unwrap_or("");
    let mut endings: HashMap<&str, usize> = HashMap::new();
    for word in lines.iter().filter_map(|l| before_dots(text_of(l))) {
        *endings.entry(word).or_default() += 1;
    }
    for (index, line) in lines.iter().enumerate() {
        let text = text_of(line);
        // an object that goes on below, indented, is written over several lines
        let goes_on = lines.get(index + 1).is_some_and(|l| text_of(l).starts_with([' ', '\t']));
        let object = !goes_on && exhibit.heads.get(index).is_some_and(|h| h.shape == Shape::Json);
        // one word before the dots of several lines is the program's own ending, and no cut
        let own = before_dots(text).is_some_and(|w| w.ends_with('.') || endings.get(w).is_some_and(|n| *n > 1));
        if is_cut(text, object, !own) {
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

/// The last word of a line that ends in dots, without the three that stand for what was left out.
fn before_dots(line: &str) -> Option<&str> {
    let word = line.trim_end().strip_suffix("...")?.rsplit(char::is_whitespace).next()?;
    (!word.is_empty()).then_some(word)
}

fn is_cut(line: &str, object: bool, by_dots: bool) -> bool {
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
    let dots = (by_dots && end.ends_with("...") || end.ends_with('…')) && end.len() >= 80 && !tail.ends_with(" ...");
    dots || (object && line.trim_start().starts_with('{') && !end.ends_with('}'))
}

#[cfg(test)]
mod tests {
    use crate::domain::{NoticeKind, Origin, Source, SourceId};
    use crate::intake::read;

    fn cut(text: &str) -> u64 {
        let source = Source { id: SourceId(0), name: "log".into(), origin: Origin::Paste, text: text.into() };
        let reading = read(&source);
        reading.notices.iter().filter(|n| n.kind == NoticeKind::Truncated).map(|n| n.count).sum()
    }

    #[test]
    fn a_programs_own_dots_and_a_folded_text_are_no_cuts() {
        let own =
            "2026-03-01T10:00:00Z INFO [shop] [OrderController] the order of this customer is asked for. Loading....\n";
        assert_eq!(cut(&own.repeat(3)), 0);
        let say = |n: u32, word: &str| {
            format!(
                "2026-03-01T10:00:0{n}Z INFO shop of a customer with a long name that is written out in full {word}...\n"
            )
        };
        assert_eq!(cut(&(say(1, "working") + &say(2, "working"))), 0);
        assert_eq!(cut(&(say(1, "workin") + &say(2, "th"))), 2);
        let folded =
            "data: '[{\"type\": \"table\", \"rows\":\n    {\"a\": 1}, \"b\":\n    {\"c\": [\"x\",\n    \"y\"]}}]'\n";
        assert_eq!(cut(folded), 0);
    }
}
