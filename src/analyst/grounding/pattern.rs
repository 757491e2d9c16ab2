//! A regular expression that is compiled when it is first needed. One that does not compile matches
//! nothing; the tests run every one of them.

use std::sync::OnceLock;

use regex::{Captures, Regex};

/// A pattern in the source.
pub struct Pattern {
    text: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// A pattern.
    pub const fn new(text: &'static str) -> Self {
        Self { text, compiled: OnceLock::new() }
    }

    /// The compiled form; `None` when it is not valid.
    pub fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| crate::domain::pattern::compile(self.text).ok()).as_ref()
    }

    /// True when the text holds it.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex().is_some_and(|r| r.is_match(text))
    }

    /// The first place.
    pub fn captures<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        self.regex()?.captures(text)
    }

    /// Every place.
    pub fn all<'t>(&self, text: &'t str) -> Vec<Captures<'t>> {
        self.regex().map(|r| r.captures_iter(text).collect()).unwrap_or_default()
    }
}

/// A group's text; empty where it took no part.
pub fn group<'t>(captures: &Captures<'t>, n: usize) -> &'t str {
    captures.get(n).map_or("", |m| m.as_str())
}
