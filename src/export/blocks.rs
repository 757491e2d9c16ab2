//! A Markdown page as blocks: what every rendered format (HTML, PDF, wiki) is written from.
//!
//! HTML in the page is text here, an image is words, and nothing is nested deeper than `DEEPEST`:
//! whatever a page holds, a writer over blocks can obey nothing of it. It writes no format itself.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, TextMergeStream};

/// One block of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading and its level, 1 to 6.
    Heading(u8, Vec<Inline>),
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A list: its first number where it is numbered, and its items.
    List(Option<u64>, Vec<Vec<Block>>),
    /// A table: its heads, and its rows of cells.
    Table(Vec<Vec<Inline>>, Vec<Vec<Vec<Inline>>>),
    /// Text as it is, with the language that its fence names.
    Code(String, String),
    /// A quotation.
    Quote(Vec<Block>),
    /// A rule.
    Rule,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    /// Words.
    Text(String),
    /// A code span.
    Code(String),
    /// Strong words.
    Strong(Vec<Inline>),
    /// Emphasised words.
    Emphasis(Vec<Inline>),
    /// Struck words.
    Struck(Vec<Inline>),
    /// A link's target as it is written, and its words.
    Link(String, Vec<Inline>),
    /// A line's end.
    Break,
}

/// Containers within one another at most; what is nested deeper stands at this depth.
const DEEPEST: usize = 12;

/// The blocks of a page.
pub fn blocks(markdown: &str) -> Vec<Block> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut build = Build { open: vec![Open::new(Kind::Page)], buried: Vec::new() };
    for event in TextMergeStream::new(Parser::new_ext(markdown, options)) {
        build.take(event);
    }
    while build.open.len() > 1 {
        build.close();
    }
    build.open.pop().map(|page| page.blocks).unwrap_or_default()
}

/// The words of a line, without markup.
pub fn words(line: &[Inline]) -> String {
    let mut out = String::new();
    for piece in line {
        match piece {
            Inline::Text(t) | Inline::Code(t) => out.push_str(t),
            Inline::Strong(l) | Inline::Emphasis(l) | Inline::Struck(l) | Inline::Link(_, l) => {
                out.push_str(&words(l));
            }
            Inline::Break => out.push(' '),
        }
    }
    out
}

/// What is being built.
#[derive(Debug)]
enum Kind {
    Page,
    Heading(u8),
    Paragraph,
    List(Option<u64>),
    Item,
    Quote,
    Code(String),
    Table,
    Row,
    Cell,
    Strong,
    Emphasis,
    Struck,
    Link(String),
    Image(String),
}

#[derive(Debug)]
struct Open {
    kind: Kind,
    blocks: Vec<Block>,
    line: Vec<Inline>,
    items: Vec<Vec<Block>>,
    rows: Vec<Vec<Vec<Inline>>>,
    cells: Vec<Vec<Inline>>,
}

impl Open {
    fn new(kind: Kind) -> Self {
        Self { kind, blocks: Vec::new(), line: Vec::new(), items: Vec::new(), rows: Vec::new(), cells: Vec::new() }
    }

    /// A line that no paragraph holds (a tight item's) becomes one.
    fn settle(&mut self) {
        let holds_blocks = matches!(self.kind, Kind::Page | Kind::Item | Kind::Quote);
        if holds_blocks && !self.line.is_empty() {
            self.blocks.push(Block::Paragraph(std::mem::take(&mut self.line)));
        }
    }
}

struct Build {
    open: Vec<Open>,
    /// For each tag that is open: true where it was too deep to be opened.
    buried: Vec<bool>,
}

impl Build {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(end) => {
                if !self.buried.pop().unwrap_or(false) {
                    self.close();
                }
                if matches!(end, TagEnd::Paragraph | TagEnd::HtmlBlock) {
                    self.settle();
                }
            }
            Event::Text(t) | Event::Html(t) | Event::InlineHtml(t) => self.push(Inline::Text(t.into_string())),
            Event::Code(t) | Event::InlineMath(t) | Event::DisplayMath(t) => self.push(Inline::Code(t.into_string())),
            Event::SoftBreak => self.push(Inline::Text(" ".into())),
            Event::HardBreak => self.push(Inline::Break),
            Event::Rule => {
                self.settle();
                self.block(Block::Rule);
            }
            Event::FootnoteReference(t) => self.push(Inline::Text(format!("[^{t}]"))),
            Event::TaskListMarker(done) => self.push(Inline::Text(if done { "[x] " } else { "[ ] " }.into())),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        let kind = match tag {
            Tag::Heading { level, .. } => Kind::Heading(number(level)),
            Tag::Paragraph | Tag::HtmlBlock => Kind::Paragraph,
            Tag::List(first) => Kind::List(first),
            Tag::Item => Kind::Item,
            Tag::BlockQuote(_) => Kind::Quote,
            Tag::CodeBlock(pulldown_cmark::CodeBlockKind::Fenced(language)) => Kind::Code(language.into_string()),
            Tag::CodeBlock(pulldown_cmark::CodeBlockKind::Indented) => Kind::Code(String::new()),
            Tag::Table(_) => Kind::Table,
            Tag::TableHead | Tag::TableRow => Kind::Row,
            Tag::TableCell => Kind::Cell,
            Tag::Strong => Kind::Strong,
            Tag::Emphasis => Kind::Emphasis,
            Tag::Strikethrough => Kind::Struck,
            Tag::Link { dest_url, .. } => Kind::Link(dest_url.into_string()),
            Tag::Image { dest_url, .. } => Kind::Image(dest_url.into_string()),
            // Not asked for: footnotes, definition lists, metadata, super- and subscript.
            _ => Kind::Paragraph,
        };
        let buried = self.open.len() >= DEEPEST;
        self.buried.push(buried);
        if buried {
            return;
        }
        if matches!(
            kind,
            Kind::Heading(_) | Kind::Paragraph | Kind::List(_) | Kind::Quote | Kind::Code(_) | Kind::Table
        ) {
            self.settle();
        }
        self.open.push(Open::new(kind));
    }

    fn close(&mut self) {
        if self.open.len() < 2 {
            return;
        }
        let Some(mut done) = self.open.pop() else { return };
        done.settle();
        let Open { kind, blocks, mut line, mut items, mut rows, mut cells } = done;
        // Words whose own place was too deep to be opened stand in the nearest place there is.
        if !line.is_empty() {
            match kind {
                Kind::List(_) => items.push(vec![Block::Paragraph(std::mem::take(&mut line))]),
                Kind::Table => rows.push(vec![std::mem::take(&mut line)]),
                Kind::Row => cells.push(std::mem::take(&mut line)),
                _ => {}
            }
        }
        match kind {
            Kind::Page => {}
            Kind::Heading(level) => self.block(Block::Heading(level, line)),
            Kind::Paragraph => {
                if !line.is_empty() {
                    self.block(Block::Paragraph(line));
                }
                blocks.into_iter().for_each(|b| self.block(b));
            }
            Kind::List(first) => self.block(Block::List(first, items)),
            Kind::Item => match self.open.last_mut() {
                Some(list) if matches!(list.kind, Kind::List(_)) => list.items.push(blocks),
                _ => blocks.into_iter().for_each(|b| self.block(b)),
            },
            Kind::Quote => self.block(Block::Quote(blocks)),
            Kind::Code(language) => self.block(Block::Code(language, words(&line))),
            Kind::Table => {
                let mut rows = rows.into_iter();
                let heads = rows.next().unwrap_or_default();
                self.block(Block::Table(heads, rows.collect()));
            }
            Kind::Row => self.last(|o| o.rows.push(cells)),
            Kind::Cell => self.last(|o| o.cells.push(line)),
            Kind::Strong => self.push(Inline::Strong(line)),
            Kind::Emphasis => self.push(Inline::Emphasis(line)),
            Kind::Struck => self.push(Inline::Struck(line)),
            Kind::Link(to) => self.push(Inline::Link(to, line)),
            Kind::Image(from) => self.push(Inline::Text(format!("[image: {} ({from})]", words(&line)))),
        }
    }

    fn last(&mut self, deed: impl FnOnce(&mut Open)) {
        if let Some(open) = self.open.last_mut() {
            deed(open);
        }
    }

    fn push(&mut self, piece: Inline) {
        self.last(|o| o.line.push(piece));
    }

    fn settle(&mut self) {
        self.last(Open::settle);
    }

    /// Puts a block where blocks stand; inside a line it becomes its words.
    fn block(&mut self, block: Block) {
        self.last(|o| match (&o.kind, block) {
            (Kind::Page | Kind::Item | Kind::Quote | Kind::Paragraph, block) => o.blocks.push(block),
            (Kind::List(_), block) => o.items.push(vec![block]),
            (_, Block::Heading(_, line) | Block::Paragraph(line)) => o.line.extend(line),
            (_, Block::Code(_, text)) => o.line.push(Inline::Code(text)),
            (_, _) => {}
        });
    }
}

fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_into_its_blocks() {
        let page = "# A **b**\n\n- one\n- two `x`\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n3. c\n\n> q\n\n```rust\nfn\n```\n---\n";
        let text = |t: &str| Inline::Text(t.into());
        let found = blocks(page);
        assert_eq!(found[0], Block::Heading(1, vec![text("A "), Inline::Strong(vec![text("b")])]));
        let Block::List(None, items) = &found[1] else { panic!("{found:?}") };
        assert_eq!(items[1], [Block::Paragraph(vec![text("two "), Inline::Code("x".into())])]);
        assert_eq!(
            found[2],
            Block::Table(vec![vec![text("a")], vec![text("b")]], vec![vec![vec![text("1")], vec![text("2")]]])
        );
        assert!(matches!(&found[3], Block::List(Some(3), _)));
        assert!(matches!(&found[4], Block::Quote(q) if q.len() == 1));
        assert_eq!(found[5], Block::Code("rust".into(), "fn\n".into()));
        assert_eq!(found[6], Block::Rule);
    }

    #[test]
    fn html_and_images_are_words() {
        let all = format!("{:?}", blocks("<script>x</script>\n\na <b>c</b> ![alt](http://h/i.png)\n"));
        assert!(all.contains("Text(\"<script>x</script>") && all.contains("[image: alt (http://h/i.png)]"), "{all}");
    }

    #[test]
    fn nothing_is_lost_however_deep_it_stands() {
        for opening in ["> ", "- ", "1. "] {
            let page = format!("{}deep down\n", opening.repeat(2_000));
            let all = format!("{:?}", blocks(&page));
            assert!(all.contains("deep down"), "{opening}");
        }
        let _ = blocks(&"*".repeat(100_000));
        let _ = blocks(&"[".repeat(50_000));
    }
}
