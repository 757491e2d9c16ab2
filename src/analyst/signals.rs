//! The playbooks' signals, made ready to be looked for in text: one pass with an automaton over the
//! words that patterns need, and a pattern itself only where all that it needs stands. A pattern is
//! compiled when its words are met for the first time: most never are.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use regex::Regex;

use crate::domain::pattern::compile_any_case;

use super::playbook::{Playbook, Signal};

mod needed;

/// The longest line that a pattern is tried on; the rest of a longer one is not looked at.
const LINE_LIMIT: usize = 4096;

/// A signal that was met.
#[derive(Debug)]
pub struct Hit<'a> {
    /// The playbook's id.
    pub playbook: &'a str,
    /// The signal.
    pub signal: &'a Signal,
    /// Where the pattern matched, in bytes of the text.
    pub at: Range<usize>,
    /// Where the line stands, in bytes of the text.
    pub line: Range<usize>,
    /// Where the signal's `subject` group matched.
    pub subject: Option<Range<usize>>,
}

#[derive(Debug)]
struct Item {
    playbook: String,
    signal: Signal,
    pattern: OnceLock<Option<Regex>>,
    unless: OnceLock<Option<Regex>>,
}

/// One way in which an item may match: every one of its sets needs a word on the line.
#[derive(Debug)]
struct Way {
    item: u32,
    /// Its sets, by number.
    sets: Range<u32>,
}

/// All signals, ready.
#[derive(Debug, Default)]
pub struct Signals {
    items: Vec<Item>,
    words: Option<AhoCorasick>,
    /// For each word of the automaton, the sets that hold it.
    held: Vec<Vec<u32>>,
    /// For each set, the way that needs it.
    way_of: Vec<u32>,
    ways: Vec<Way>,
    /// Items whose pattern needs no word that could be told.
    always: Vec<u32>,
}

impl Signals {
    /// Makes the signals of these playbooks ready.
    pub fn of<'a>(playbooks: impl Iterator<Item = &'a Playbook>) -> Self {
        let mut ready = Self::default();
        let mut words: HashMap<String, usize> = HashMap::new();
        for playbook in playbooks {
            for signal in &playbook.signals {
                let item = ready.items.len() as u32;
                match needed::ways(&signal.pattern) {
                    Some(ways) => ways.into_iter().for_each(|sets| ready.add(item, sets, &mut words)),
                    None => ready.always.push(item),
                }
                ready.items.push(Item {
                    playbook: playbook.id.clone(),
                    signal: signal.clone(),
                    pattern: OnceLock::new(),
                    unless: OnceLock::new(),
                });
            }
        }
        let mut words: Vec<(String, usize)> = words.into_iter().collect();
        words.sort_by_key(|(_, no)| *no);
        ready.words = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(words.iter().map(|(word, _)| word))
            .ok();
        ready
    }

    /// Adds a way in which the item may match.
    fn add(&mut self, item: u32, sets: Vec<needed::Set>, words: &mut HashMap<String, usize>) {
        let first = self.way_of.len() as u32;
        for set in sets {
            let no = self.way_of.len() as u32;
            self.way_of.push(self.ways.len() as u32);
            for word in set {
                let next = words.len();
                let at = *words.entry(word).or_insert(next);
                if at == next {
                    self.held.push(Vec::new());
                }
                if let Some(sets) = self.held.get_mut(at) {
                    sets.push(no);
                }
            }
        }
        self.ways.push(Way { item, sets: first..self.way_of.len() as u32 });
    }

    /// The patterns that are no regular expressions, with the reason: for `hotwash check`.
    pub fn invalid(&self) -> Vec<(&str, String)> {
        let wrong = |i: &Item, p: &str| compile_any_case(p).err().map(|e| (i.playbook.clone(), e.to_string()));
        self.items
            .iter()
            .filter_map(|i| {
                let found =
                    wrong(i, &i.signal.pattern).or_else(|| i.signal.unless.as_deref().and_then(|u| wrong(i, u)));
                found.map(|(_, why)| (i.playbook.as_str(), why))
            })
            .collect()
    }

    /// Every hit on one line; `base` is where the line begins in its text.
    pub fn on_line<'a>(&'a self, line: &str, base: usize, found: &mut Vec<Hit<'a>>) {
        let mut end = line.len().min(LINE_LIMIT);
        while !line.is_char_boundary(end) {
            end -= 1;
        }
        let Some(line) = line.get(..end) else { return };
        for item in self.named(line).iter().chain(&self.always) {
            if let Some(hit) = self.items.get(*item as usize).and_then(|i| i.on(line, base)) {
                found.push(hit);
            }
        }
    }

    /// The items of which all that one of their ways needs stands on the line.
    fn named(&self, line: &str) -> Vec<u32> {
        let mut met = vec![false; self.way_of.len()];
        let mut named: Vec<u32> = Vec::new();
        for word in self.words.iter().flat_map(|w| w.find_overlapping_iter(line)) {
            for set in self.held.get(word.pattern().as_usize()).into_iter().flatten() {
                let Some(new) = met.get_mut(*set as usize).filter(|met| !**met) else { continue };
                *new = true;
                let Some(way) = self.way_of.get(*set as usize).and_then(|w| self.ways.get(*w as usize)) else {
                    continue;
                };
                let whole = way.sets.clone().all(|set| met.get(set as usize).is_some_and(|met| *met));
                if whole && !named.contains(&way.item) {
                    named.push(way.item);
                }
            }
        }
        named
    }
}

impl Item {
    fn on(&self, line: &str, base: usize) -> Option<Hit<'_>> {
        let pattern = self.pattern.get_or_init(|| compile_any_case(&self.signal.pattern).ok()).as_ref()?;
        // Most lines that hold a pattern's word do not match it, and few patterns name a subject.
        let whole = pattern.find(line)?.range();
        if let Some(unless) = &self.signal.unless {
            let void = self.unless.get_or_init(|| compile_any_case(unless).ok());
            if void.as_ref().is_some_and(|v| v.is_match(line)) {
                return None;
            }
        }
        let shift = |r: Range<usize>| base + r.start..base + r.end;
        let captured = |name: &str| Some(pattern.captures_at(line, whole.start)?.name(name)?.range());
        let subject = self.signal.subject.as_deref().and_then(captured).map(shift);
        Some(Hit {
            playbook: &self.playbook,
            signal: &self.signal,
            at: shift(whole.clone()),
            line: base..base + line.len(),
            subject,
        })
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_signal_is_met_where_its_words_stand() {
        let playbook = r#"
            [[playbook]]
            id = "x.y"
            kind = "rate_limit"
            title = "t"
            statement = "s"
            mechanism = "m"
            confirms = "c"
            refutes = "r"
            [[playbook.signals]]
            pattern = 'service (?P<who>\S+) was rate limited'
            subject = "who"
            weight = 1.0
        "#;
        let mut knowledge = crate::analyst::Knowledge::default();
        knowledge.merge("t", playbook).unwrap();
        let mut hits = Vec::new();
        knowledge.signals().on_line("the Service cart was RATE limited", 10, &mut hits);
        assert_eq!(hits.len(), 1);
        assert_eq!(hits[0].subject, Some(22..26));
    }
}
