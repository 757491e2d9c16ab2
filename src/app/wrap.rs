//! Wrapping: where a text is broken into rows of a width. Widths are terminal columns; what comes
//! out is byte ranges, so roles and matches can be laid over them. It draws nothing.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The most rows one text is broken into; what lies beyond is marked by the painter.
pub const MOST_ROWS: usize = 200;

/// The columns a showable text takes.
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

/// The byte ranges of the rows of one line of text: the first of `columns`, the others of
/// `columns - hang`. Breaks after a blank where there is one, else between graphemes. At least one
/// range comes out, at most `most`, and the last of those ends where the text was cut.
pub fn wrap(text: &str, columns: usize, hang: usize, most: usize) -> Vec<Range<usize>> {
    let columns = columns.max(1);
    let hang = if hang * 2 > columns { 0 } else { hang };
    let mut rows = Vec::new();
    let mut start = 0;
    while rows.len() < most {
        let room = if rows.is_empty() { columns } else { columns - hang }.max(1);
        let Some(rest) = text.get(start..) else { break };
        let Some(cut) = first_row(rest, room) else {
            rows.push(start..text.len());
            return rows;
        };
        rows.push(start..start + cut);
        start += cut;
    }
    if rows.is_empty() {
        rows.push(0..0);
    }
    rows
}

/// How many rows [`wrap`] gives, without keeping them.
pub fn height(text: &str, columns: usize, hang: usize, most: usize) -> usize {
    if text.is_ascii() && text.len() <= columns {
        return 1;
    }
    wrap(text, columns, hang, most).len()
}

/// Where the first row of `text` ends; `None` when all of it fits.
fn first_row(text: &str, room: usize) -> Option<usize> {
    let head = text.as_bytes().get(..room.saturating_mul(4).saturating_add(64).min(text.len())).unwrap_or_default();
    if head.len() == text.len() && text.is_ascii() && text.len() <= room {
        return None;
    }
    if head.is_ascii() {
        let window = head.get(..room.min(head.len())).unwrap_or(head);
        let next_is_blank = head.get(room) == Some(&b' ');
        let blank = window.iter().rposition(|b| *b == b' ').map(|at| at + 1);
        return Some(match blank {
            _ if next_is_blank => room + 1,
            // A break that would leave less than a third of the row is worse than a cut word.
            Some(at) if at * 3 > room && at < text.len() => at,
            _ => room.min(text.len()),
        })
        .filter(|cut| *cut < text.len());
    }
    let (mut used, mut blank) = (0, None);
    for (at, grapheme) in text.grapheme_indices(true) {
        let wide = grapheme.width();
        if used + wide > room && at > 0 {
            return Some(match blank {
                Some(b) if b * 3 > at => b,
                _ => at,
            });
        }
        used += wide;
        if grapheme == " " {
            blank = Some(at + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, columns: usize) -> Vec<&str> {
        wrap(text, columns, 0, 99).into_iter().map(|r| &text[r]).collect()
    }

    #[test]
    fn nothing_of_a_text_is_lost_by_wrapping() {
        for text in [
            "",
            "a",
            "one two three four",
            "aaaaaaaaaaaaaaaaaaaa",
            "日本語のログ行 with words",
            "x  y   z    ",
            "é e\u{301} ü",
        ] {
            for columns in 1..30 {
                assert_eq!(rows(text, columns).concat(), text, "{columns}");
            }
        }
    }

    #[test]
    fn rows_fit_their_width_apart_from_one_trailing_blank() {
        for text in ["one two three four five", "日本語のログ行", "a-very-long-word-without-a-blank"] {
            for columns in 2..20 {
                for row in rows(text, columns) {
                    assert!(width(row.trim_end()) <= columns, "{row:?} in {columns}");
                }
            }
        }
    }

    #[test]
    fn words_stay_whole_where_they_fit() {
        assert_eq!(rows("alpha beta gamma", 11), ["alpha beta ", "gamma"]);
    }
}
