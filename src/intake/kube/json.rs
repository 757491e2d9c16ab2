//! JSON objects → trees of the same shape as a manifest's, with the place of every value.

use super::tree::Tree;
use crate::domain::{SourceId, Span};
use crate::intake::json::{self, Node, Sort};

/// A JSON value that begins at `start` of the text, as a tree; and where it ends. `None` where there is no whole
/// value.
pub fn json(text: &str, start: usize, source: SourceId) -> Option<(Tree, usize)> {
    let (node, end) = json::read(text, start)?;
    Some((tree(text, node, String::new(), source), end))
}

fn tree(text: &str, node: Node<'_>, key: String, source: SourceId) -> Tree {
    let at = place(text, &node, source);
    let list = node.sort == Sort::List;
    let below = node.below.into_iter().map(|n| {
        let key = if list { "-".to_owned() } else { n.key.clone().into_owned() };
        tree(text, n, key, source)
    });
    Tree { key, at, below: below.collect(), value: node.text.into_owned() }
}

/// A collection's place is its first line: nobody wants a whole object as a quote. A text stands with its quotes.
fn place(text: &str, node: &Node<'_>, source: SourceId) -> Span {
    let (start, end) = (node.at.start, node.at.end);
    match node.sort {
        Sort::Object | Sort::List => {
            let line = text.get(node.at.clone()).and_then(|t| t.find('\n'));
            Span { source, start, end: line.map_or(end, |n| start + n) }
        }
        Sort::Text => Span { source, start: start - 1, end: end + 1 },
        Sort::Plain | Sort::Nothing => Span { source, start, end },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_read_into_the_same_shape() {
        let text = r#"x {"kind":"Pod","spec":{"ports":[{"p":80}],"q":null}} y"#;
        let (tree, end) = json(text, 2, SourceId(0)).unwrap();
        assert_eq!(tree.text(&["kind"]).unwrap(), "Pod");
        assert_eq!(tree.path(&["spec", "ports"]).unwrap().items()[0].text(&["p"]).unwrap(), "80");
        assert_eq!(&text[end..], " y");
        assert!(json(r#"{"a": "#, 0, SourceId(0)).is_none());
    }
}
