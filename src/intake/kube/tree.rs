//! A tree of keys and values with the place of each: what descriptions, manifests and JSON objects
//! have in common.

use crate::domain::Span;

use super::model::{Pair, Said};

/// A key with its value and what stands below it. Items of a list have the key `-`.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// The key; `-` for an item of a list, empty for a line without a key.
    pub key: String,
    /// The value on the key's own line.
    pub value: String,
    /// The line, without surrounding blanks.
    pub at: Span,
    /// What stands below.
    pub below: Vec<Tree>,
}

impl Tree {
    /// The child with that key.
    pub fn get(&self, key: &str) -> Option<&Tree> {
        self.below.iter().find(|t| t.key == key)
    }

    /// The descendant along these keys.
    pub fn path(&self, keys: &[&str]) -> Option<&Tree> {
        keys.iter().try_fold(self, |tree, key| tree.get(key))
    }

    /// The value of the descendant along these keys; none where it is empty.
    pub fn said(&self, keys: &[&str]) -> Option<Said> {
        let found = self.path(keys)?;
        (!found.value.is_empty()).then(|| Said { text: found.value.clone(), at: found.at })
    }

    /// The text of the descendant along these keys.
    pub fn text(&self, keys: &[&str]) -> Option<String> {
        self.said(keys).map(|s| s.text)
    }

    /// The items of a list: those with a `-`, or the parts of `[a, b]`.
    pub fn items(&self) -> Vec<Tree> {
        if let Some(inner) = self.value.strip_prefix('[').and_then(|v| v.strip_suffix(']')) {
            let parts = inner.split(',').map(|p| p.trim().trim_matches(['"', '\''])).filter(|p| !p.is_empty());
            return parts.map(|p| Tree { key: "-".into(), value: p.into(), at: self.at, below: Vec::new() }).collect();
        }
        self.below.iter().filter(|t| t.key == "-").cloned().collect()
    }

    /// The children as pairs of key and value: labels, selectors.
    pub fn pairs(&self) -> Vec<Pair> {
        let keyed = self.below.iter().filter(|t| t.key != "-" && !t.key.is_empty());
        keyed.map(|t| Pair { key: t.key.clone(), value: t.value.clone(), at: t.at }).collect()
    }

    /// Every value in the tree as one text, for matching.
    pub fn flat(&self) -> String {
        let mut out = self.value.clone();
        for t in &self.below {
            out.push(' ');
            if t.key != "-" {
                out.push_str(&t.key);
                out.push(' ');
            }
            out.push_str(&t.flat());
        }
        out
    }

    /// The whole stretch of the tree.
    pub fn whole(&self) -> Span {
        let end = self.below.last().map_or(self.at.end, |t| t.whole().end);
        Span { end: end.max(self.at.end), ..self.at }
    }
}

/// `a=b,c=d` or one pair a line: selectors and labels as kubectl prints them.
pub fn label_pairs(text: &str, at: Span) -> Vec<Pair> {
    text.split(',')
        .filter_map(|part| part.trim().split_once('='))
        .map(|(key, value)| Pair { key: key.trim().into(), value: value.trim().into(), at })
        .collect()
}
