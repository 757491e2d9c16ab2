//! A page in the wiki markup that Confluence and Jira read (*Insert, Markup*; an issue's description).
//!
//! Every character that the markup would obey is escaped, so text from evidence stays text: no macro,
//! no image, no link that does not show where it leads.

use super::blocks::{Block, Inline, blocks, words};
use crate::domain::showable;

/// A Markdown page as wiki markup.
pub fn page(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len() + markdown.len() / 4);
    write(&mut out, &blocks(markdown), "");
    out
}

/// Text that the markup obeys nothing of, on one line.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in showable::clean(text).chars() {
        match c {
            '\n' | '\t' => out.push(' '),
            '\\' => out.push_str("&#92;"),
            '{' | '}' | '[' | ']' | '*' | '_' | '-' | '+' | '^' | '~' | '!' | '|' | '#' | '?' | '@' => {
                out.push('\\');
                out.push(c);
            }
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    // `h1. `, `bq. ` obey at the start of a line only
    let opens = ["h1.", "h2.", "h3.", "h4.", "h5.", "h6.", "bq."].iter().any(|m| out.trim_start().starts_with(m));
    if opens { out.replacen('.', "&#46;", 1) } else { out }
}

/// Writes blocks; `marks` are those of the lists they stand in.
fn write(out: &mut String, all: &[Block], marks: &str) {
    for block in all {
        match block {
            Block::Heading(level, line) => {
                out.push_str(&format!("h{}. ", (*level).clamp(1, 6)));
                inline(out, line);
                out.push_str("\n\n");
            }
            Block::Paragraph(line) => {
                inline(out, line);
                out.push_str(if marks.is_empty() { "\n\n" } else { "\n" });
            }
            Block::List(first, items) => {
                let mark = format!("{marks}{}", if first.is_some() { '#' } else { '*' });
                for item in items {
                    out.push_str(&format!("{mark} "));
                    write(out, item, &mark);
                    if !out.ends_with('\n') {
                        out.push('\n');
                    }
                }
                if marks.is_empty() {
                    out.push('\n');
                }
            }
            Block::Table(heads, rows) => table(out, heads, rows),
            Block::Code(_, code) => preformatted(out, code),
            Block::Quote(inner) => {
                out.push_str("{quote}\n");
                write(out, inner, "");
                out.push_str("{quote}\n\n");
            }
            Block::Rule => out.push_str("----\n\n"),
        }
    }
}

fn table(out: &mut String, heads: &[Vec<Inline>], rows: &[Vec<Vec<Inline>>]) {
    let mut row = |cells: &[Vec<Inline>], edge: &str| {
        for cell in cells {
            out.push_str(edge);
            out.push(' ');
            let before = out.len();
            inline(out, cell);
            // an empty cell would join two edges
            out.push_str(if out.len() == before { "" } else { " " });
        }
        out.push_str(edge);
        out.push('\n');
    };
    row(heads, "||");
    rows.iter().for_each(|cells| row(cells, "|"));
    out.push('\n');
}

/// Text as it is. Nothing inside can close it: the one word that would is broken up.
fn preformatted(out: &mut String, code: &str) {
    let clean = showable::clean(code).replace("{noformat", "{ noformat");
    out.push_str(&format!("{{noformat}}\n{}\n{{noformat}}\n\n", clean.trim_end()));
}

fn inline(out: &mut String, line: &[Inline]) {
    for piece in line {
        match piece {
            Inline::Text(t) => out.push_str(&escape(t)),
            Inline::Code(t) => out.push_str(&format!("{{{{{}}}}}", escape(t))),
            Inline::Strong(l) => wrapped(out, '*', l),
            Inline::Emphasis(l) => wrapped(out, '_', l),
            Inline::Struck(l) => wrapped(out, '-', l),
            Inline::Link(to, l) => {
                let said = words(l);
                inline(out, l);
                if said.trim() != to.trim() {
                    out.push_str(&format!(" ({})", escape(to)));
                }
            }
            Inline::Break => out.push_str(" \\\\ "),
        }
    }
}

fn wrapped(out: &mut String, mark: char, line: &[Inline]) {
    out.push(mark);
    inline(out, line);
    out.push(mark);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_becomes_headings_lists_and_tables() {
        let page = page("# A\n\n- one **b**\n  - two\n\n| a | b |\n| - | - |\n| 1 | |\n\n```\n{noformat} x\n```\n");
        assert_eq!(
            page,
            "h1. A\n\n* one *b*\n** two\n\n|| a || b ||\n| 1 | |\n\n{noformat}\n{ noformat} x\n{noformat}\n\n"
        );
    }

    #[test]
    fn nothing_of_a_text_is_obeyed() {
        let text = escape("{html}<script>!http://h/i.png! [x|http://h] h1. *b*");
        assert!(!text.contains("<script") && text.contains("\\{html\\}") && text.contains("\\!http"), "{text}");
        assert_eq!(escape("h1. x"), "h1&#46; x");
        assert_eq!(escape("\\{x}"), "&#92;\\{x\\}");
    }
}
