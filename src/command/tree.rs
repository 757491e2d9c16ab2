//! A second opinion on how a line splits: the shell grammar of tree-sitter. Where it sees an error, or
//! other commands than ours, nothing is called safe.

use tree_sitter::{Node, Parser};

use super::lex::Script;

/// The most nodes that are walked.
const NODES: usize = 50_000;

thread_local! {
    static PARSER: std::cell::RefCell<Option<Parser>> = std::cell::RefCell::new(parser());
}

fn parser() -> Option<Parser> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
    Some(parser)
}

/// True where the grammar reads the text without an error and sees the same commands with as many words.
pub(super) fn agrees(text: &str, script: &Script) -> bool {
    let tree = PARSER.with_borrow_mut(|p| p.as_mut().and_then(|p| p.parse(text, None)));
    let Some(tree) = tree else { return false };
    if tree.root_node().has_error() {
        return false;
    }
    let mut seen = Vec::new();
    let mut stack = vec![tree.root_node()];
    let mut walked = 0;
    while let Some(node) = stack.pop() {
        walked += 1;
        if walked > NODES {
            return false;
        }
        if node.kind() == "command" {
            seen.push(word_count(node));
        }
        let mut cursor = node.walk();
        let children: Vec<Node<'_>> = node.children(&mut cursor).collect();
        stack.extend(children.into_iter().rev());
    }
    let ours: Vec<usize> = script.commands.iter().filter(|s| !s.words.is_empty()).map(|s| s.words.len()).collect();
    seen == ours
}

/// The words of a command node. Words that stand behind a redirection belong to the command too.
fn word_count(node: Node<'_>) -> usize {
    let own = node.named_child_count() - redirects(node);
    let behind = node.parent().filter(|p| p.kind() == "redirected_statement").map_or(0, |p| {
        let mut cursor = p.walk();
        p.named_children(&mut cursor).filter(|c| c.kind() == "file_redirect").map(extra_destinations).sum()
    });
    own + behind
}

fn redirects(node: Node<'_>) -> usize {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|c| c.kind().ends_with("_redirect")).count()
}

fn extra_destinations(redirect: Node<'_>) -> usize {
    let mut cursor = redirect.walk();
    redirect.children_by_field_name("destination", &mut cursor).count().saturating_sub(1)
}
