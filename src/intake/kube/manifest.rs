//! YAML as kubectl prints it → trees. A tolerant reader by indentation: anchors,
//! tags and multi-line flow collections are not read, and spoil nothing around them.

use super::flow;
use super::lines::Row;
use super::tree::Tree;

/// How deep a manifest may nest before the rest is passed over.
const DEPTH: u32 = 48;

/// The documents of a stretch of YAML.
pub fn documents(rows: &[Row<'_>]) -> Vec<Tree> {
    rows.split(|r| r.text.trim_end() == "---")
        .filter_map(|rows| {
            let mut lines: Vec<Line<'_>> = rows.iter().filter_map(|r| Line::of(*r)).collect();
            let first = lines.first()?;
            let (indent, at) = (first.indent, first.row.span());
            let mut reader = Reader { lines: &mut lines, at: 0 };
            let below = reader.block(indent, 0);
            (!below.is_empty()).then(|| Tree { key: String::new(), value: String::new(), at, below })
        })
        .collect()
}

#[derive(Clone, Copy)]
struct Line<'a> {
    row: Row<'a>,
    text: &'a str,
    indent: usize,
}

impl<'a> Line<'a> {
    fn of(row: Row<'a>) -> Option<Self> {
        let text = row.text.trim();
        let skip = text.is_empty() || text.starts_with('#');
        (!skip).then(|| Self { row, text, indent: row.indent() })
    }
}

struct Reader<'r, 'a> {
    lines: &'r mut Vec<Line<'a>>,
    at: usize,
}

impl Reader<'_, '_> {
    /// The entries of a block at this indentation.
    fn block(&mut self, indent: usize, depth: u32) -> Vec<Tree> {
        let mut found = Vec::new();
        while let Some(line) = self.lines.get(self.at).copied() {
            if line.indent < indent || depth > DEPTH {
                break;
            }
            if line.text == "-" || line.text.starts_with("- ") {
                found.push(self.item(line, depth));
            } else if let Some((key, value)) = split_key(line.text) {
                self.at += 1;
                found.push(self.entry(line, key, value, depth));
            } else {
                // A continuation or something that is not read.
                self.at += 1;
            }
        }
        found
    }

    /// `- …`: what follows the dash is read as a block of its own, indented to where it stands.
    fn item(&mut self, line: Line<'_>, depth: u32) -> Tree {
        let rest = line.text.get(1..).unwrap_or("");
        let inner = rest.trim_start();
        let at = line.row.span();
        let indent = line.indent + 1 + (rest.len() - inner.len());
        if inner.is_empty() {
            self.at += 1;
            let deeper = self.lines.get(self.at).map_or(0, |l| l.indent);
            let below = if deeper > line.indent { self.block(deeper, depth + 1) } else { Vec::new() };
            return Tree { key: "-".into(), value: String::new(), at, below };
        }
        if let Some(flow) = flow::below(inner, at) {
            self.at += 1;
            return Tree { key: "-".into(), value: String::new(), at, below: flow };
        }
        if split_key(inner).is_none() {
            self.at += 1;
            return Tree { key: "-".into(), value: unquoted(inner), at, below: Vec::new() };
        }
        if let Some(here) = self.lines.get_mut(self.at) {
            let start = here.text.len() - inner.len();
            here.text = here.text.get(start..).unwrap_or("");
            here.indent = indent;
        }
        Tree { key: "-".into(), value: String::new(), at, below: self.block(indent, depth + 1) }
    }

    fn entry(&mut self, line: Line<'_>, key: &str, value: &str, depth: u32) -> Tree {
        let at = line.row.span();
        let key = unquoted(key);
        let next = self.lines.get(self.at).copied();
        if matches!(value.chars().next(), Some('|' | '>')) && value.len() <= 3 {
            let mut text = String::new();
            while let Some(l) = self.lines.get(self.at).filter(|l| l.indent > line.indent) {
                text.push_str(l.text);
                text.push('\n');
                self.at += 1;
            }
            return Tree { key, value: text, at, below: Vec::new() };
        }
        let mut below = Vec::new();
        if value.is_empty()
            && let Some(next) = next
        {
            let is_item = next.text == "-" || next.text.starts_with("- ");
            if next.indent > line.indent || (is_item && next.indent == line.indent) {
                below = if next.indent == line.indent {
                    self.items_at(next.indent, depth + 1)
                } else {
                    self.block(next.indent, depth + 1)
                };
            }
        }
        if let Some(flow) = flow::below(value, at) {
            return Tree { key, value: String::new(), at, below: flow };
        }
        Tree { key, value: unquoted(value), at, below }
    }

    /// Items that stand at the indentation of their key.
    fn items_at(&mut self, indent: usize, depth: u32) -> Vec<Tree> {
        let mut found = Vec::new();
        while let Some(line) = self.lines.get(self.at).copied() {
            let is_item = line.text == "-" || line.text.starts_with("- ");
            if line.indent != indent || !is_item || depth > DEPTH {
                break;
            }
            found.push(self.item(line, depth));
        }
        found
    }
}

/// `key: value`; the key ends at the first colon that is followed by a blank or the line's end.
fn split_key(text: &str) -> Option<(&str, &str)> {
    if text.starts_with('"') || text.starts_with('\'') {
        let quote = text.chars().next()?;
        let close = text.get(1..)?.find(quote)? + 1;
        let rest = text.get(close + 1..)?.strip_prefix(':')?;
        return Some((text.get(..=close)?, rest.trim()));
    }
    let mut from = 0;
    while let Some(colon) = text.get(from..)?.find(':').map(|c| c + from) {
        let rest = text.get(colon + 1..)?;
        if rest.is_empty() || rest.starts_with(' ') {
            return Some((text.get(..colon)?, rest.trim()));
        }
        from = colon + 1;
    }
    None
}

fn unquoted(text: &str) -> String {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote)
            && let Some(end) = inner.rfind(quote)
        {
            return inner.get(..end).unwrap_or(inner).to_owned();
        }
    }
    text.split(" #").next().unwrap_or(text).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::lines::rows;
    use super::*;
    use crate::domain::SourceId;

    #[test]
    fn yaml_is_read_by_indentation() {
        let text = "kind: Deployment\nmetadata:\n  name: cart\nspec:\n  containers:\n  - name: server\n    ports:\n    - containerPort: 8080\n    args: [\"-a\", b]\n  - name: other\n  replicas: 0\n";
        let docs = documents(&rows(text, SourceId(0)));
        let spec = docs[0].get("spec").unwrap();
        assert_eq!(docs[0].text(&["metadata", "name"]).unwrap(), "cart");
        assert_eq!(spec.text(&["replicas"]).unwrap(), "0");
        let containers = spec.get("containers").unwrap().items();
        assert_eq!(containers.len(), 2);
        assert_eq!(containers[0].text(&["name"]).unwrap(), "server");
        assert_eq!(containers[0].get("ports").unwrap().items()[0].text(&["containerPort"]).unwrap(), "8080");
        assert_eq!(containers[0].get("args").unwrap().items()[1].value, "b");
        let at = spec.get("replicas").unwrap().at;
        assert_eq!(&text[at.start..at.end], "replicas: 0");
    }
}
