//! A picker: items in a list, found by a few letters, one of which is taken. It does nothing itself.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// What taking an item leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// The editor goes to this line, from 0.
    Line(usize),
    /// The editor gets this text where its cursor is.
    Insert(String),
    /// The version with this sequence is asked about.
    Version(u64),
    /// What differs between that version and now is shown.
    Compare(u64),
    /// That version is taken back.
    TakeBack(u64),
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What is shown and searched.
    pub shown: String,
    /// What stands before it, dim: a place, a time.
    pub detail: String,
    /// What it leads to.
    pub choice: Choice,
}

/// The open picker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picker {
    /// What is picked.
    pub title: String,
    /// What was typed.
    pub query: String,
    /// Which of the found is picked.
    pub picked: usize,
    /// All items.
    pub items: Vec<Item>,
}

impl Picker {
    /// The most items: more are not to be found by looking.
    pub const MOST: usize = 5_000;

    /// A picker over these items.
    pub fn new(title: impl Into<String>, mut items: Vec<Item>) -> Self {
        items.truncate(Self::MOST);
        Self { title: title.into(), query: String::new(), picked: 0, items }
    }

    /// The items that the query finds, the best first; without one all of them, in their order.
    pub fn found(&self) -> Vec<&Item> {
        if self.query.trim().is_empty() {
            return self.items.iter().collect();
        }
        let mut matcher = Matcher::new(Config::DEFAULT);
        let pattern = Pattern::parse(&self.query, CaseMatching::Ignore, Normalization::Smart);
        let mut scored: Vec<(u32, &Item)> = self
            .items
            .iter()
            .filter_map(|item| {
                let mut buffer = Vec::new();
                let text = format!("{} {}", item.shown, item.detail);
                pattern.score(Utf32Str::new(&text, &mut buffer), &mut matcher).map(|score| (score, item))
            })
            .collect();
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        scored.into_iter().map(|(_, item)| item).collect()
    }
}
