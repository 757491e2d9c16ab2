//! Blocks as HTML. Every text goes through [`text`] or [`attribute`]; there is no other way in.

use super::cited::Cited;
use super::marks::{self, Piece};
use crate::domain::{Stamp, showable};
use crate::export::blocks::{Block, Inline, words};

/// Text between tags.
pub fn text(out: &mut String, raw: &str) {
    for c in showable::clean(raw).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

/// Text in a quoted attribute: on one line.
pub fn attribute(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    text(&mut out, &raw.replace(['\n', '\t'], " "));
    out
}

/// Writes blocks; headings of level 1 and 2 are the page's, deeper ones are written here.
pub fn blocks(out: &mut String, all: &[Block], cited: &mut Cited<'_>) {
    for block in all {
        match block {
            Block::Heading(level, line) => {
                let level = (*level).clamp(3, 6);
                out.push_str(&format!("<h{level}>"));
                inline(out, line, cited);
                out.push_str(&format!("</h{level}>\n"));
            }
            Block::Paragraph(line) => {
                out.push_str("<p>");
                inline(out, line, cited);
                out.push_str("</p>\n");
            }
            Block::List(first, items) => list(out, *first, items, cited),
            Block::Table(heads, rows) => table(out, heads, rows, cited),
            Block::Code(_, code) => {
                out.push_str("<pre><code>");
                text(out, code);
                out.push_str("</code></pre>\n");
            }
            Block::Quote(inner) => {
                out.push_str("<blockquote>\n");
                blocks(out, inner, cited);
                out.push_str("</blockquote>\n");
            }
            Block::Rule => out.push_str("<hr>\n"),
        }
    }
}

fn list(out: &mut String, first: Option<u64>, items: &[Vec<Block>], cited: &mut Cited<'_>) {
    let tag = if first.is_some() { "ol" } else { "ul" };
    match first {
        Some(n) if n != 1 => out.push_str(&format!("<ol start=\"{n}\">\n")),
        _ => out.push_str(&format!("<{tag}>\n")),
    }
    for item in items {
        out.push_str("<li>");
        match item.as_slice() {
            [Block::Paragraph(line)] => inline(out, line, cited),
            many => blocks(out, many, cited),
        }
        out.push_str("</li>\n");
    }
    out.push_str(&format!("</{tag}>\n"));
}

fn table(out: &mut String, heads: &[Vec<Inline>], rows: &[Vec<Vec<Inline>>], cited: &mut Cited<'_>) {
    out.push_str("<table>\n<thead><tr>");
    for head in heads {
        out.push_str("<th scope=\"col\">");
        inline(out, head, cited);
        out.push_str("</th>");
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for (i, cell) in row.iter().enumerate() {
            let head = heads.get(i).map(|h| attribute(&words(h))).unwrap_or_default();
            let timed = words(cell).trim().parse::<Stamp>().is_ok();
            out.push_str(&format!("<td data-head=\"{head}\"{}>", if timed { " class=\"at\"" } else { "" }));
            inline(out, cell, cited);
            out.push_str("</td>");
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n");
}

/// Writes a line.
pub fn inline(out: &mut String, line: &[Inline], cited: &mut Cited<'_>) {
    for piece in line {
        match piece {
            Inline::Text(t) => sentence(out, t, cited),
            Inline::Code(t) => wrapped(out, "code", |out| text(out, t)),
            Inline::Strong(l) => wrapped(out, "strong", |out| inline(out, l, cited)),
            Inline::Emphasis(l) => wrapped(out, "em", |out| inline(out, l, cited)),
            Inline::Struck(l) => wrapped(out, "s", |out| inline(out, l, cited)),
            Inline::Link(to, l) => link(out, to, l, cited),
            Inline::Break => out.push_str("<br>\n"),
        }
    }
}

fn wrapped(out: &mut String, tag: &str, inner: impl FnOnce(&mut String)) {
    out.push_str(&format!("<{tag}>"));
    inner(out);
    out.push_str(&format!("</{tag}>"));
}

/// A link shows where it leads. Only what a browser opens as a page or a letter is one; nothing is
/// fetched before somebody follows it.
fn link(out: &mut String, to: &str, line: &[Inline], cited: &mut Cited<'_>) {
    let low = to.trim().to_ascii_lowercase();
    let opens = ["https://", "http://", "mailto:"].iter().any(|scheme| low.starts_with(scheme));
    let said = words(line);
    // A link in a link is no link: its words stand.
    if opens {
        out.push_str(&format!("<a href=\"{}\" rel=\"noopener noreferrer nofollow\">", attribute(to.trim())));
        text(out, if said.trim().is_empty() { to } else { &said });
        out.push_str("</a>");
    } else {
        inline(out, line, cited);
    }
    if said.trim() != to.trim() && !said.trim().is_empty() {
        out.push_str(" <span class=\"target\">(");
        text(out, to);
        out.push_str(")</span>");
    }
}

/// Words, with marks and gaps made visible as what they are.
fn sentence(out: &mut String, raw: &str, cited: &mut Cited<'_>) {
    for piece in marks::pieces(raw) {
        match piece {
            Piece::Words(words) => text(out, words),
            Piece::Gap(gap) => wrapped(out, "mark", |out| text(out, gap)),
            Piece::Mark(kind, rest) => {
                out.push_str(&format!("<span class=\"rests {kind}\">{kind}"));
                places(out, rest, cited);
                out.push_str("</span>");
            }
        }
    }
}

/// What a mark names, its places as links to the cited lines.
fn places(out: &mut String, rest: &str, cited: &mut Cited<'_>) {
    let mut done = 0;
    for (start, end, source, line) in marks::places(rest) {
        let Some(id) = cited.name(source, line) else { continue };
        text(out, rest.get(done..start).unwrap_or(""));
        out.push_str(&format!("<a href=\"#{id}\">"));
        text(out, rest.get(start..end).unwrap_or(""));
        out.push_str("</a>");
        done = end;
    }
    text(out, rest.get(done..).unwrap_or(""));
}
