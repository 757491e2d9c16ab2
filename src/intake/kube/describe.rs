//! `kubectl describe` → trees: keys end in a colon, what is indented further belongs to them.

use super::lines::Row;
use super::tree::Tree;

/// How deep a description may nest before the rest is passed over.
const DEPTH: u32 = 16;

/// The descriptions of a stretch of lines: each begins with `Name:` at the left edge.
pub fn descriptions<'a>(rows: &[Row<'a>]) -> Vec<(Tree, Vec<Row<'a>>)> {
    let begins: Vec<usize> =
        rows.iter().enumerate().filter(|(_, r)| r.text.starts_with("Name:")).map(|(i, _)| i).collect();
    let mut found = Vec::new();
    for (n, from) in begins.iter().enumerate() {
        let to = begins.get(n + 1).copied().unwrap_or(rows.len());
        let Some(rows) = rows.get(*from..to) else { continue };
        let Some(first) = rows.first() else { continue };
        let mut at = 0;
        let below = block(rows, &mut at, 0, 0);
        found.push((Tree { key: String::new(), value: String::new(), at: first.span(), below }, rows.to_vec()));
    }
    found
}

fn block(rows: &[Row<'_>], at: &mut usize, indent: usize, depth: u32) -> Vec<Tree> {
    let mut found: Vec<Tree> = Vec::new();
    while let Some(row) = rows.get(*at) {
        if row.text.trim().is_empty() {
            *at += 1;
            continue;
        }
        if row.indent() < indent || depth > DEPTH {
            break;
        }
        *at += 1;
        let (key, value) = split(row.text.trim());
        let mut tree = Tree { key: key.into(), value: value.into(), at: row.span(), below: Vec::new() };
        if let Some(next) = rows.get(*at).filter(|n| !n.text.trim().is_empty() && n.indent() > row.indent()) {
            tree.below = block(rows, at, next.indent(), depth + 1);
        }
        found.push(tree);
    }
    found
}

/// `Key:   value`. A line whose colon is inside a word (`app=x:y`, `12:30`) has no key.
fn split(text: &str) -> (&str, &str) {
    let mut from = 0;
    while let Some(colon) = text.get(from..).and_then(|t| t.find(':')).map(|c| c + from) {
        let rest = text.get(colon + 1..).unwrap_or("");
        if rest.is_empty() || rest.starts_with([' ', '\t']) {
            return (text.get(..colon).unwrap_or(""), rest.trim());
        }
        from = colon + 1;
    }
    ("", text)
}

/// The values of a key that may go on over the next lines: labels, selectors, taints, tolerations.
pub fn values(tree: &Tree) -> Vec<(String, crate::domain::Span)> {
    let first = (!tree.value.is_empty() && tree.value != "<none>").then(|| (tree.value.clone(), tree.at));
    let more = tree.below.iter().map(|t| {
        let text = if t.key.is_empty() { t.value.clone() } else { format!("{}: {}", t.key, t.value) };
        (text, t.at)
    });
    first.into_iter().chain(more).collect()
}

#[cfg(test)]
mod tests {
    use super::super::lines::rows;
    use super::*;
    use crate::domain::SourceId;

    #[test]
    fn a_description_is_a_tree() {
        let text = "Name:   cart-0\nLabels: app=cart\n        tier=back\nContainers:\n  server:\n    Image:   cart:v1\n    Limits:\n      cpu:  200m\nStatus: Pending\n";
        let (tree, _) = descriptions(&rows(text, SourceId(0))).remove(0);
        assert_eq!(tree.text(&["Containers", "server", "Limits", "cpu"]).unwrap(), "200m");
        assert_eq!(values(tree.get("Labels").unwrap()).len(), 2);
        assert_eq!(tree.text(&["Status"]).unwrap(), "Pending");
    }
}
