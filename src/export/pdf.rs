//! The postmortem as a PDF: real text, bookmarks, its fonts within. Behind the feature `pdf`.
//!
//! The document's tokens are made from [`super::blocks`], never by another reading of the Markdown: no
//! image is looked up, no HTML is seen. The fonts are ours (`templates/fonts`), so nothing is read
//! from the machine; a character they have no sign for is written as its number.

use std::sync::LazyLock;

use markdown2pdf::config::{ConfigSource, load_config_strict};
use markdown2pdf::fonts::{FontConfig, FontSource};
use markdown2pdf::markdown::{TableAlignment, TableCell, Token};
use markdown2pdf::render::render_to_bytes;
use regex::Regex;

use super::Given;
use super::blocks::{Block, Inline, blocks, words};
use super::labels::Labels;
use crate::domain::showable;
use crate::fault::Fault;

const STYLE: &str = include_str!("../../templates/pdf.toml");
static SANS: &[u8] = include_bytes!("../../templates/fonts/DejaVuSans.ttf");
static MONO: &[u8] = include_bytes!("../../templates/fonts/DejaVuSansMono.ttf");

/// The characters that both fonts have signs for, as ranges (`templates/fonts/LICENSE` says how they
/// were chosen).
const DRAWN: &[(u32, u32)] = &[
    (0x20, 0x7e),
    (0xa0, 0x17f),
    (0x2010, 0x2026),
    (0x2030, 0x205e),
    (0x20a0, 0x20b5),
    (0x2190, 0x2193),
    (0x2200, 0x2265),
    (0x2400, 0x2426),
    (0x2500, 0x257f),
    (0x2580, 0x25ff),
    (0x370, 0x3ce),
    (0x400, 0x45f),
];

/// The page as a PDF.
///
/// # Errors
/// The renderer refuses the document, or our fonts have no signs for the script it is written in.
pub fn page(given: &Given<'_>, markdown: &str) -> Result<Vec<u8>, Fault> {
    let failed = |why: String| Fault::environment(format!("no PDF was made: {why}"), "export as HTML and print that");
    shown(markdown)?;
    let all = blocks(markdown);
    let mut tokens = tokens(&all);
    let last = given.seal.map_or_else(|| "The session is not saved: there is no chain head.".to_owned(), |s| s.line());
    tokens.extend([Token::HorizontalRule, Token::Text(drawn(&last)), Token::Newline]);
    let mut style = load_config_strict(ConfigSource::Embedded(STYLE), None).map_err(|e| failed(e.to_string()))?;
    let title = all.iter().find_map(|b| match b {
        Block::Heading(_, line) => Some(words(line)),
        _ => None,
    });
    style.metadata.title = Some(drawn(&title.unwrap_or_else(|| given.session.title.clone())));
    style.metadata.creator = Some(format!("hotwash {}", env!("CARGO_PKG_VERSION")));
    style.metadata.subject = Some(last);
    style.metadata.language = Some(Labels::of_session(given.session).code().to_owned());
    let fonts = FontConfig::new()
        .with_default_font_source(FontSource::Bytes(SANS))
        .with_code_font_source(FontSource::Bytes(MONO));
    let mut bytes = render_to_bytes(tokens, style, Some(&fonts)).map_err(|e| failed(e.to_string()))?;
    if let Some(seal) = given.seal {
        // Within, everything is compressed: a comment behind the end says it to whoever looks for it.
        bytes.extend_from_slice(format!("\n% {}\n", seal.line()).as_bytes());
    }
    Ok(bytes)
}

/// Where more than this part of the letters has no sign, the page could not be read: one in ten.
const UNSHOWN: usize = 10;
/// A name or two in another script never refuse a page.
const FEW: usize = 8;

/// # Errors
/// The fonts have no signs for too much of the page.
fn shown(markdown: &str) -> Result<(), Fault> {
    let letters = || markdown.chars().filter(|c| c.is_alphanumeric());
    let (all, mut without) = (letters().count(), letters().filter(|c| !has_sign(*c)));
    let Some(first) = without.next() else { return Ok(()) };
    let without = without.count() + 1;
    if without <= FEW || without * UNSHOWN <= all {
        return Ok(());
    }
    let what = format!(
        "no PDF was made: its fonts have no signs for {without} of the page's {all} letters, the first of them {first}"
    );
    Err(Fault::usage(what, "export as HTML and print that to PDF: a browser has the fonts"))
}

fn has_sign(c: char) -> bool {
    DRAWN.iter().any(|(from, to)| (*from..=*to).contains(&(c as u32)))
}

/// Text that the fonts can show; anything else as its number, never as an empty box.
fn drawn(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in showable::clean(text).chars() {
        match c {
            '\n' | '\t' => out.push(' '),
            c if has_sign(c) => out.push(c),
            c => out.push_str(&format!("‹U+{:04X}›", c as u32)),
        }
    }
    out
}

fn tokens(all: &[Block]) -> Vec<Token> {
    let mut out = Vec::new();
    for block in all {
        match block {
            Block::Heading(level, line) => out.push(Token::Heading(inline(line), usize::from(*level))),
            Block::Paragraph(line) => {
                out.extend(inline(line));
                out.push(Token::Newline);
            }
            Block::List(first, items) => {
                for (i, item) in items.iter().enumerate() {
                    out.push(Token::ListItem {
                        content: tokens(item),
                        ordered: first.is_some(),
                        number: first.map(|n| n as usize + i),
                        marker: if first.is_some() { '.' } else { '-' },
                        checked: None,
                        loose: false,
                    });
                }
            }
            Block::Table(heads, rows) => {
                let widths = widths(heads, rows);
                let cells = |row: &[Vec<Inline>]| widened(row, &widths);
                out.push(Token::Table {
                    headers: cells(heads),
                    aligns: vec![TableAlignment::Left; widths.iter().sum()],
                    rows: rows.iter().map(|row| cells(row)).collect(),
                });
            }
            Block::Code(_, code) => {
                let content = code.trim_end().lines().map(drawn).collect::<Vec<_>>().join("\n");
                out.push(Token::Code { language: String::new(), content, block: true });
            }
            Block::Quote(inner) => out.push(Token::BlockQuote(tokens(inner))),
            Block::Rule => out.push(Token::HorizontalRule),
        }
        out.push(Token::Newline);
    }
    out
}

/// Columns of the renderer's grid: it makes all of them equally wide, so a table's own column spans as
/// many as its words need. A finer one would be narrower than the padding of a cell.
const GRID: usize = 48;
/// A cell with more characters than this is broken into lines rather than given more room.
const WIDE: usize = 60;
/// A word with more characters than this may be broken: an address would leave the others nothing.
const LONGEST_WORD: usize = 24;

/// Columns of the grid that some characters of a cell take: two in each, and the padding.
fn room_for(characters: usize) -> usize {
    characters.div_ceil(2) + 2
}

/// How many columns of the grid each column of a table spans: room for its longest word, and of what is
/// left then as much as its text asks for.
fn widths(heads: &[Vec<Inline>], rows: &[Vec<Vec<Inline>>]) -> Vec<usize> {
    let columns = heads.len().max(1);
    let grid = GRID.max(columns);
    let cells = |n: usize| rows.iter().filter_map(move |r| r.get(n)).chain(heads.get(n)).map(|c| parted(&words(c)));
    let longest = |text: &String| {
        // a short mark (`[quoted L4]`) stays on one line
        let whole = text.chars().count();
        let word = text.split_whitespace().map(|w| w.chars().count()).max().unwrap_or(0);
        if whole <= 12 { whole } else { word.min(LONGEST_WORD) }
    };
    let least: Vec<usize> = (0..columns).map(|n| room_for(cells(n).map(|c| longest(&c)).max().unwrap_or(0))).collect();
    let asks: Vec<usize> =
        (0..columns).map(|n| room_for(cells(n).map(|c| c.chars().count().min(WIDE)).max().unwrap_or(0))).collect();
    let (all, taken) = (asks.iter().sum::<usize>().max(1), least.iter().sum::<usize>());
    let mut out: Vec<usize> = match grid.checked_sub(taken) {
        // Too many words for the page: each column by what it asks for, and words are broken.
        None => asks.iter().map(|n| (n * grid / all).max(1)).collect(),
        Some(left) => {
            let more: Vec<usize> = asks.iter().zip(&least).map(|(a, l)| a.saturating_sub(*l)).collect();
            let wanted = more.iter().sum::<usize>().max(1);
            least.iter().zip(&more).map(|(l, m)| l + m * left.min(wanted) / wanted).collect()
        }
    };
    // What rounding left goes to the widest, and what it took too much comes from there.
    let widest = asks.iter().enumerate().max_by_key(|(_, n)| **n).map_or(0, |(i, _)| i);
    let others: usize = out.iter().enumerate().filter(|(i, _)| *i != widest).map(|(_, n)| n).sum();
    if let Some(room) = out.get_mut(widest) {
        *room = grid.saturating_sub(others).max(1);
    }
    out
}

/// A stamp in a cell may be broken between its day and its time, as RFC 3339 lets it be written.
fn parted(text: &str) -> String {
    static STAMP: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::domain::pattern::compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)").ok());
    STAMP.as_ref().map_or_else(|| text.to_owned(), |r| r.replace_all(text, "$1 $2").into_owned())
}

/// A row on the grid: each cell, and behind it the columns that it covers.
fn widened(row: &[Vec<Inline>], widths: &[usize]) -> Vec<TableCell<Token>> {
    let mut out = Vec::new();
    for (n, width) in widths.iter().enumerate() {
        let mut content = row.get(n).map(|c| inline(c)).unwrap_or_default();
        for token in &mut content {
            if let Token::Text(text) = token {
                *text = parted(text);
            }
        }
        out.push(TableCell { colspan: *width, ..TableCell::new(content) });
        out.extend((1..*width).map(|_| TableCell::covered()));
    }
    out
}

fn inline(line: &[Inline]) -> Vec<Token> {
    let mut out = Vec::new();
    for piece in line {
        match piece {
            Inline::Text(t) => out.push(Token::Text(drawn(t))),
            Inline::Code(t) => out.push(Token::Code { language: String::new(), content: drawn(t), block: false }),
            Inline::Strong(l) => out.push(Token::StrongEmphasis(inline(l))),
            Inline::Emphasis(l) => out.push(Token::Emphasis { level: 1, content: inline(l) }),
            Inline::Struck(l) => out.push(Token::Strikethrough(inline(l))),
            Inline::Link(to, l) => {
                // The target is words beside it: no reader of the file follows one unseen.
                out.extend(inline(l));
                if words(l).trim() != to.trim() {
                    out.push(Token::Text(format!(" ({})", drawn(to))));
                }
            }
            Inline::Break => out.push(Token::HardBreak),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Session;

    #[test]
    fn a_page_becomes_a_pdf_that_names_its_place_in_the_journal() {
        let session = Session::default();
        let seal = super::super::Seal { session: "s".into(), record: 3, head: "ab".repeat(32) };
        let given = Given { seal: Some(&seal), ..Given::of(&session) };
        let page =
            page(&given, "# A title\n\n- one\n\n| a | b |\n| - | - |\n| 1 | 日本 |\n\n```\nx  y\n```\n").unwrap();
        assert!(page.starts_with(b"%PDF-") && page.len() > 5_000);
        assert!(String::from_utf8_lossy(&page).ends_with(&format!("chain head {}.\n", "ab".repeat(32))));
    }

    #[test]
    fn a_page_in_a_script_without_signs_is_refused_and_a_few_names_are_not() {
        let session = Session::default();
        let fault = page(&Given::of(&session), "# 故障复盘：订单服务连接池耗尽\n").unwrap_err();
        assert!(fault.what.contains("the first of them 故") && fault.hint.contains("HTML"), "{fault:?}");
        let few = format!("# {} 日本\n", "words that have signs ".repeat(5));
        assert!(page(&Given::of(&session), &few).is_ok());
    }

    #[test]
    fn a_column_is_as_wide_as_its_words_need_and_the_grid_is_filled() {
        let text = |t: &str| vec![Inline::Text(t.into())];
        let heads = [text("time"), text("what"), text("support")];
        let rows = [vec![text("2026-03-11T14:20:03.112Z"), text(&"word ".repeat(40)), text("[quoted L4]")]];
        let found = widths(&heads, &rows);
        assert_eq!(found.iter().sum::<usize>(), GRID);
        assert!(found[1] > 2 * found[0], "{found:?}");
        assert!(found[0] >= room_for("14:20:03.112Z".len()) && found[2] >= room_for("[quoted L4]".len()), "{found:?}");
        assert_eq!(widened(&rows[0], &found).len(), GRID);
        for columns in 1..40 {
            let heads: Vec<_> = (0..columns).map(|_| text("x")).collect();
            assert_eq!(widths(&heads, &[]).len(), columns);
        }
    }

    #[test]
    fn a_character_without_a_sign_is_written_as_its_number() {
        assert_eq!(drawn("a日ж→"), "a‹U+65E5›ж→");
    }
}
