//! The page around the blocks: head, contents, sections, the cited lines, the place in the journal.

use super::body::{self, attribute, text};
use super::cited::Cited;
use super::strip::strip;
use crate::analyst::grounding::statement::Part;
use crate::analyst::report::untrusted::{FROM_LOG_TEXT, is_untrusted};
use crate::export::Given;
use crate::export::blocks::{Block, Inline, blocks, words};
use crate::export::labels::Labels;

const STYLE: &str = include_str!("../../../templates/export.css");

/// What a browser may do with the page: show it. No script, no frame, no form, nothing fetched.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// One section: its heading and what stands under it.
struct Section<'b> {
    heading: &'b [Inline],
    id: String,
    blocks: &'b [Block],
}

/// A postmortem's Markdown as a page.
pub fn page(given: &Given<'_>, markdown: &str) -> String {
    let all = blocks(markdown);
    let (title, front, sections) = parts(&all);
    let said = words(title);
    let said = if said.trim().is_empty() { given.session.title.as_str() } else { said.trim() };
    let (mut cited, labels) = (Cited::of(given.session), Labels::of_session(given.session));
    let mut out = String::with_capacity(64 * 1024);
    head(&mut out, given, said, &labels);
    out.push_str("<header>\n<h1>");
    text(&mut out, said);
    out.push_str("</h1>\n");
    facts(&mut out, front, &mut cited);
    out.push_str("</header>\n");
    contents(&mut out, &sections, &labels);
    out.push_str("<main>\n");
    for section in &sections {
        write(&mut out, section, given, (&mut cited, &labels));
    }
    lines(&mut out, &cited, &labels);
    out.push_str("</main>\n<footer>\n");
    match given.seal {
        Some(seal) => {
            out.push_str("<p>");
            text(&mut out, &seal.line());
            out.push_str("</p>\n");
        }
        None => out.push_str("<p>The session is not saved: there is no chain head.</p>\n"),
    }
    out.push_str("</footer>\n</body>\n</html>\n");
    out
}

fn head(out: &mut String, given: &Given<'_>, title: &str, labels: &Labels) {
    let sealed = given.seal.map(|s| format!("<meta name=\"hotwash-chain-head\" content=\"{}\">\n", attribute(&s.head)));
    out.push_str(&format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"generator\" content=\"hotwash {}\">\n{}<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
        attribute(labels.code()),
        attribute(POLICY),
        env!("CARGO_PKG_VERSION"),
        sealed.unwrap_or_default(),
        attribute(title)
    ));
}

/// The title, what stands before the first section, and the sections.
fn parts(all: &[Block]) -> (&[Inline], &[Block], Vec<Section<'_>>) {
    let (title, rest): (&[Inline], &[Block]) = match all {
        [Block::Heading(1, line), rest @ ..] => (line, rest),
        all => (&[], all),
    };
    let opens = |b: &Block| matches!(b, Block::Heading(1 | 2, _));
    let front = rest.iter().position(opens).unwrap_or(rest.len());
    let (front, mut rest) = rest.split_at_checked(front).unwrap_or((rest, &[]));
    let mut sections = Vec::new();
    while let [Block::Heading(_, heading), after @ ..] = rest {
        let end = after.iter().position(opens).unwrap_or(after.len());
        let (blocks, next) = after.split_at_checked(end).unwrap_or((after, &[]));
        sections.push(Section { heading, id: format!("s{}", sections.len() + 1), blocks });
        rest = next;
    }
    (title, front, sections)
}

/// A list of `Name: value` becomes a list of facts; anything else stands as it is.
fn facts(out: &mut String, front: &[Block], cited: &mut Cited<'_>) {
    for block in front {
        let pairs: Option<Vec<(&str, &[Block])>> = match block {
            Block::List(None, items) => items.iter().map(|item| named(item).map(|n| (n, item.as_slice()))).collect(),
            _ => None,
        };
        let Some(pairs) = pairs else {
            body::blocks(out, std::slice::from_ref(block), cited);
            continue;
        };
        out.push_str("<dl>\n");
        for (name, item) in pairs {
            out.push_str("<dt>");
            text(out, name);
            out.push_str("</dt><dd>");
            if let [Block::Paragraph(line)] = item {
                let mut line = line.clone();
                if let Some(Inline::Text(t)) = line.first_mut() {
                    *t = t.get(name.len() + 1..).unwrap_or("").trim_start().to_owned();
                }
                body::inline(out, &line, cited);
            }
            out.push_str("</dd>\n");
        }
        out.push_str("</dl>\n");
    }
}

fn named(item: &[Block]) -> Option<&str> {
    let [Block::Paragraph(line)] = item else { return None };
    let Some(Inline::Text(t)) = line.first() else { return None };
    t.split_once(':').map(|(name, _)| name).filter(|n| n.len() <= 40)
}

fn contents(out: &mut String, sections: &[Section<'_>], labels: &Labels) {
    if sections.len() < 3 {
        return;
    }
    let name = attribute(&labels.say("contents"));
    out.push_str(&format!("<nav aria-label=\"{name}\">\n<details>\n<summary>{name}</summary>\n<ol>\n"));
    for section in sections {
        out.push_str(&format!("<li><a href=\"#{}\">", section.id));
        text(out, &words(section.heading));
        out.push_str("</a></li>\n");
    }
    out.push_str("</ol>\n</details>\n</nav>\n");
}

fn write(out: &mut String, section: &Section<'_>, given: &Given<'_>, (cited, labels): (&mut Cited<'_>, &Labels)) {
    let name = words(section.heading);
    // Headings are known in every language that grounding knows them in.
    let part = Part::of_heading(&name);
    let named = |word: &str, is: Part| part == Some(is) || name.to_lowercase().contains(word);
    let folded = named("evidence", Part::Evidence);
    out.push_str(&format!("<section id=\"{}\">\n", section.id));
    out.push_str("<h2>");
    body::inline(out, section.heading, cited);
    out.push_str("</h2>\n");
    if folded {
        out.push_str(&format!("<details>\n<summary>{}</summary>\n", attribute(&labels.say("show"))));
    }
    if named("timeline", Part::Timeline) || name == labels.say("timeline") {
        let known = given.session.report.as_ref().map_or(&[][..], |r| &r.timeline);
        strip(out, section.blocks, known, labels);
    }
    body::blocks(out, section.blocks, cited);
    out.push_str(if folded { "</details>\n</section>\n" } else { "</section>\n" });
}

/// The lines that marks lead to.
fn lines(out: &mut String, cited: &Cited<'_>, labels: &Labels) {
    let rows = cited.rows();
    if rows.is_empty() {
        return;
    }
    let show = labels.fill("show_lines", &[("n", &rows.len().to_string())]);
    let heads = ["place", "source", "line"].map(|key| attribute(&labels.say(key)));
    out.push_str(&format!(
        "<section id=\"cited\">\n<h2>{}</h2>\n<details>\n<summary>{}</summary>\n<table class=\"lines\">\n<thead><tr>",
        attribute(&labels.say("cited")),
        attribute(&show)
    ));
    heads.iter().for_each(|head| out.push_str(&format!("<th scope=\"col\">{head}</th>")));
    out.push_str("</tr></thead>\n<tbody>\n");
    let [place_head, source_head, line_head] = heads;
    for (id, place, source, line) in rows {
        out.push_str(&format!(
            "<tr id=\"{id}\"><td data-head=\"{place_head}\">{place}</td><td data-head=\"{source_head}\">"
        ));
        text(out, source);
        out.push_str(&format!("</td><td data-head=\"{line_head}\"><code>"));
        text(out, line);
        out.push_str("</code>");
        if is_untrusted(line) {
            text(out, &format!(" {FROM_LOG_TEXT}"));
        }
        out.push_str("</td></tr>\n");
    }
    out.push_str("</tbody>\n</table>\n</details>\n</section>\n");
}
