//! The words in which people tell of a cause, as data (`told.toml`), and the first that a sentence
//! meets. It names no subject of its own: that is the sentence's grammar.

use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use regex::Regex;
use serde::Deserialize;

use crate::analyst::wording::is_denied;
use crate::domain::pattern::compile_any_case;

use super::began::is_harmless;
use super::lexicon::named;

/// One way of telling.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    playbook: String,
    weight: f64,
    pattern: String,
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    unless: Option<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests run it"))]
    example: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests run it"))]
    counter_example: String,
    #[serde(skip)]
    compiled: OnceLock<(Option<Regex>, Option<Regex>)>,
}

#[derive(Debug, Default, Deserialize)]
struct Rules {
    told: Vec<Rule>,
}

static RULES: LazyLock<Vec<Rule>> =
    LazyLock::new(|| toml::from_str::<Rules>(include_str!("told.toml")).unwrap_or_default().told);

/// What a sentence tells of.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// The playbook's id.
    pub playbook: &'static str,
    /// How plainly it says so.
    pub weight: f64,
    /// The words that say so, in bytes of the sentence.
    pub at: Range<usize>,
    /// The thing that the words themselves name.
    pub subject: Option<String>,
}

impl Rule {
    fn on(&'static self, text: &str) -> Option<Told> {
        let (pattern, unless) = self.compiled.get_or_init(|| {
            let compiled = |p: &str| compile_any_case(p).ok();
            (compiled(&self.pattern), self.unless.as_deref().and_then(compiled))
        });
        let c = pattern.as_ref()?.captures(text)?;
        let at = c.get(0)?.range();
        if is_denied(text, at.start) || unless.as_ref().is_some_and(|u| u.is_match(text)) {
            return None;
        }
        // of several groups the one that stands in the text
        let groups = self.subject.as_deref().into_iter().flat_map(str::split_ascii_whitespace);
        let subject = groups.filter_map(|n| c.name(n)).next().map(|m| m.as_str().to_owned());
        Some(Told { playbook: &self.playbook, weight: self.weight, at, subject })
    }
}

/// The plainest cause that a sentence tells of; of two as plain, the first of the file.
pub fn told(text: &str) -> Option<Told> {
    let mut from = 0;
    let mut best: Option<Told> = None;
    for sentence in text.split_inclusive(". ") {
        let start = from;
        from += sentence.len();
        if INTENDED.as_ref().is_some_and(|r| r.is_match(sentence)) {
            continue;
        }
        for mut t in RULES.iter().filter_map(|r| r.on(sentence)) {
            t.at = start + t.at.start..start + t.at.end;
            if best.as_ref().is_none_or(|b| t.weight > b.weight) {
                best = Some(t);
            }
        }
        // a mere name of a fault says it where no fuller telling does
        if let Some((playbook, weight, at)) = named(sentence).filter(|_| !is_harmless(sentence))
            && best.as_ref().is_none_or(|b| weight > b.weight)
        {
            best = Some(Told { playbook, weight, at: start + at.start..start + at.end, subject: None });
        }
    }
    best
}

/// What somebody means to do has not been done.
static INTENDED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"(?i)\b(?:wants? to|wanted to|plans? to|planned to|intends? to|going to|would be|will be|to be (?:done|changed))\b").ok()
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::Knowledge;

    #[test]
    fn every_way_of_telling_is_told_by_its_example_alone() {
        assert!(RULES.len() >= 20);
        let mut wrong: Vec<String> = Vec::new();
        for r in RULES.iter() {
            if !Knowledge::embedded().playbooks.contains_key(&r.playbook) {
                wrong.push(format!("no playbook {}", r.playbook));
            }
            if r.on(&r.example).is_none() {
                wrong.push(format!("{} misses {:?}", r.playbook, r.example));
            }
            if r.on(&r.counter_example).is_some() {
                wrong.push(format!("{} hits {:?}", r.playbook, r.counter_example));
            }
            for p in [Some(&r.pattern), r.unless.as_ref()].into_iter().flatten() {
                wrong.extend(compile_any_case(p).err().map(|e| format!("{}: {e}", r.playbook)));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
