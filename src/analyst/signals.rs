//! The playbooks' signals, made ready to be looked for in text: one pass with an automaton over the
//! words that a pattern needs, and the pattern itself only where such a word stands. A pattern is
//! compiled when its word is met for the first time: most never are.

use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use regex::Regex;

use crate::domain::pattern::compile_any_case;

use super::playbook::{Playbook, Signal};

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

/// All signals, ready.
#[derive(Debug, Default)]
pub struct Signals {
    items: Vec<Item>,
    words: Option<AhoCorasick>,
    /// For each word of the automaton, the items that need it.
    needs: Vec<Vec<u32>>,
    /// Items whose pattern needs no word that could be told.
    always: Vec<u32>,
}

impl Signals {
    /// Makes the signals of these playbooks ready.
    pub fn of<'a>(playbooks: impl Iterator<Item = &'a Playbook>) -> Self {
        let mut ready = Self::default();
        let mut words: Vec<String> = Vec::new();
        for playbook in playbooks {
            for signal in &playbook.signals {
                let no = ready.items.len() as u32;
                match needed_words(&signal.pattern) {
                    Some(needed) => {
                        for word in needed {
                            let at = words.iter().position(|w| *w == word).unwrap_or_else(|| {
                                words.push(word);
                                ready.needs.push(Vec::new());
                                words.len() - 1
                            });
                            if let Some(items) = ready.needs.get_mut(at) {
                                items.push(no);
                            }
                        }
                    }
                    None => ready.always.push(no),
                }
                ready.items.push(Item {
                    playbook: playbook.id.clone(),
                    signal: signal.clone(),
                    pattern: OnceLock::new(),
                    unless: OnceLock::new(),
                });
            }
        }
        ready.words =
            AhoCorasickBuilder::new().ascii_case_insensitive(true).match_kind(MatchKind::Standard).build(&words).ok();
        ready
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
        // A line names few signals: a short list is looked through faster than a set is made.
        let mut tried: Vec<u32> = Vec::new();
        let words = self.words.iter().flat_map(|w| w.find_overlapping_iter(line));
        let named = words.filter_map(|m| self.needs.get(m.pattern().as_usize())).flatten();
        for &no in named.chain(&self.always) {
            if tried.contains(&no) {
                continue;
            }
            tried.push(no);
            if let Some(hit) = self.items.get(no as usize).and_then(|i| i.on(line, base)) {
                found.push(hit);
            }
        }
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

/// Words of which at least one stands in every text that the pattern matches; `None` where that
/// can't be told. Cautious: only plain characters count, and what may be absent counts as absent.
fn needed_words(pattern: &str) -> Option<Vec<String>> {
    alternatives(&mut pattern.chars().peekable())
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// The words needed by the alternatives up to a closing bracket or the end: those of every branch.
fn alternatives(chars: &mut Chars<'_>) -> Option<Vec<String>> {
    let mut all: Option<Vec<String>> = Some(Vec::new());
    loop {
        let (words, more) = branch(chars);
        all = all.zip(words).map(|(mut known, words)| {
            known.extend(words);
            known
        });
        if !more {
            return all;
        }
    }
}

/// The best words of one branch, and whether another branch follows.
fn branch(chars: &mut Chars<'_>) -> (Option<Vec<String>>, bool) {
    let mut sets: Vec<Vec<String>> = Vec::new();
    let mut run = String::new();
    let mut more = false;
    while let Some(c) = chars.next() {
        match c {
            '|' => {
                more = true;
                break;
            }
            ')' => break,
            '(' => {
                sets.push(vec![std::mem::take(&mut run)]);
                let inner = if group_is_flags(chars) { None } else { alternatives(chars) };
                if !may_be_absent(chars) {
                    sets.extend(inner);
                }
            }
            '[' => {
                skip_class(chars);
                sets.push(vec![std::mem::take(&mut run)]);
            }
            '?' | '*' | '{' => {
                // The character before may be absent: it ends the run without belonging to it.
                run.pop();
                if c == '{' {
                    chars.by_ref().find(|c| *c == '}');
                }
                sets.push(vec![std::mem::take(&mut run)]);
            }
            '\\' => match chars.next() {
                Some(e) if !e.is_alphanumeric() => run.push(e),
                // `\d`, `\b` and their like match no fixed character.
                _ => sets.push(vec![std::mem::take(&mut run)]),
            },
            '.' | '^' | '$' | '+' => sets.push(vec![std::mem::take(&mut run)]),
            c => run.push(c),
        }
    }
    sets.push(vec![run]);
    let shortest = |set: &[String]| set.iter().map(String::len).min().unwrap_or(0);
    sets.retain(|set| shortest(set) >= 3 && set.iter().all(|w| w.is_ascii()));
    (sets.into_iter().max_by_key(|set| (shortest(set), std::cmp::Reverse(set.len()))), more)
}

/// Reads what may follow an opening bracket (`?:`, `?P<name>`); true for flags without a body.
fn group_is_flags(chars: &mut Chars<'_>) -> bool {
    if chars.peek() != Some(&'?') {
        return false;
    }
    for c in chars.by_ref() {
        match c {
            ':' | '>' => return false,
            ')' => return true,
            _ => {}
        }
    }
    true
}

/// True when a quantifier after a group lets it be absent; the quantifier is read.
fn may_be_absent(chars: &mut Chars<'_>) -> bool {
    match chars.peek() {
        Some('?' | '*') => {
            chars.next();
            true
        }
        Some('{') => {
            let counts: String = chars.by_ref().take_while(|c| *c != '}').collect();
            counts.starts_with("{0")
        }
        _ => false,
    }
}

fn skip_class(chars: &mut Chars<'_>) {
    if chars.peek() == Some(&'^') {
        chars.next();
    }
    let mut first = true;
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            ']' if !first => return,
            _ => {}
        }
        first = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_the_words_it_needs() {
        assert_eq!(needed_words("too many connections"), Some(vec!["too many connections".into()]));
        assert_eq!(needed_words(r"exceeded quota: (?P<q>\S+)"), Some(vec!["exceeded quota: ".into()]));
        assert_eq!(needed_words("oomkilled|out of memory"), Some(vec!["oomkilled".into(), "out of memory".into()]));
        assert_eq!(needed_words("colou?r"), Some(vec!["colo".into()]));
        assert_eq!(needed_words(r"\d+ (a|b)"), None);
        assert_eq!(needed_words(r"(slow|long) (query|sql)\b"), Some(vec!["slow".into(), "long".into()]));
        assert_eq!(needed_words(r"(very )?hot (?P<x>loops|spins)?"), Some(vec!["hot ".into()]));
        assert_eq!(needed_words(r"(pool){0,2} full"), Some(vec![" full".into()]));
    }

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
