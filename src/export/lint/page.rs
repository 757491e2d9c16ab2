//! A page as the lint sees it: lines with the part they stand in, code left out.

use crate::analyst::grounding::statement::{Part, Statement};

/// One line of the page.
pub struct Row<'t> {
    /// From 1.
    pub no: u32,
    /// The part it stands in.
    pub part: Part,
    /// The line, trimmed.
    pub text: &'t str,
    /// True for a heading.
    pub heading: bool,
}

/// A page, read once.
pub struct Page<'t> {
    /// Its lines without code blocks and empty lines.
    pub rows: Vec<Row<'t>>,
    /// Its sentences.
    pub statements: Vec<Statement<'static>>,
    /// The paragraphs: first line and text.
    pub paragraphs: Vec<(u32, String)>,
    /// The lines of its code blocks.
    pub code: Vec<Row<'t>>,
}

impl<'t> Page<'t> {
    /// Reads a page.
    pub fn of(text: &'t str) -> Self {
        let mut statements = crate::analyst::grounding::prose::split(text);
        // `&lt;` is how a page writes a `<`: no tag, and no markup that leaks.
        for s in statements.iter_mut().filter(|s| s.text.contains('&')) {
            s.text = s.text.replace("&lt;", "‹").replace("&gt;", "›").replace("&amp;", "&");
        }
        let mut page = Self { rows: Vec::new(), statements, paragraphs: Vec::new(), code: Vec::new() };
        let (mut part, mut fenced) = (Part::Other, false);
        let mut paragraph: Option<(u32, String)> = None;
        for (i, raw) in text.lines().enumerate() {
            let (no, line) = (i as u32 + 1, raw.trim());
            if line.starts_with("```") {
                fenced = !fenced;
                continue;
            }
            if line.is_empty() || fenced {
                if fenced && !line.is_empty() {
                    page.code.push(Row { no, part, text: line, heading: false });
                }
                page.paragraphs.extend(paragraph.take());
                continue;
            }
            let opens = crate::analyst::grounding::prose::heading(line);
            let marked = line.starts_with('#');
            if let Some(next) = opens {
                part = next;
            }
            let heading = opens.is_some() && (marked || !line.contains([':', '(']));
            page.rows.push(Row { no, part, text: line, heading });
            if heading || line.starts_with(['-', '*', '|', '•']) {
                page.paragraphs.extend(paragraph.take());
            }
            if !heading {
                let (_, words) = paragraph.get_or_insert_with(|| (no, String::new()));
                words.push_str(line);
                words.push(' ');
            }
        }
        page.paragraphs.extend(paragraph.take());
        page
    }

    /// The lines of some parts, headings left out.
    pub fn of_parts<'p>(&'p self, parts: &'p [Part]) -> impl Iterator<Item = &'p Row<'t>> {
        self.rows.iter().filter(move |r| !r.heading && parts.contains(&r.part))
    }
}
