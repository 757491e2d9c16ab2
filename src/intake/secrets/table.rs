//! The rule table: what is read from `rules/*.toml`, the keyword search, and patterns that are
//! compiled when a keyword was first seen.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use regex::Regex;
use serde::Deserialize;

use crate::domain::pattern::compile;

use super::guard::Guard;

/// The rule files, in order of preference: where two rules find the same place, the first names it.
const FILES: [&str; 5] = [
    include_str!("rules/cloud.toml"),
    include_str!("rules/develop.toml"),
    include_str!("rules/services.toml"),
    include_str!("rules/generic.toml"),
    include_str!("rules/personal.toml"),
];

/// One kind of secret: words that must be near, the shape, and what makes a look-alike.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The placeholder's name: `‹kind-1›`.
    pub kind: String,
    /// The pattern is tried only where one of these stands (without regard to case).
    pub keywords: Vec<String>,
    /// The shape. The secret is the first group `s…` that took part, else group 1, else all of it.
    pub pattern: String,
    /// Where given, the pattern is tried, again and again, inside each match of this one only.
    #[serde(default)]
    pub within: Option<String>,
    /// A further test on what matched.
    #[serde(default)]
    pub guard: Guard,
    /// Least Shannon entropy of the secret, in bits a character.
    #[serde(default)]
    pub entropy: f64,
    /// True where the match may cross line ends (at most [`Rule::reach`] bytes on).
    #[serde(default)]
    pub lines: bool,
    /// How far behind a keyword the pattern may look, in bytes.
    #[serde(default = "reach")]
    pub reach: usize,
    /// True for what stays on the machine and is masked on every way out only.
    #[serde(default)]
    pub personal: bool,
    /// Lines in which the part between `{<}` and `{>}` must be gone.
    #[serde(default)]
    pub yes: Vec<String>,
    /// Lines in which this rule must find nothing.
    #[serde(default)]
    pub no: Vec<String>,
    #[serde(skip)]
    compiled: OnceLock<Option<(Regex, Option<Regex>)>>,
}

fn reach() -> usize {
    4096
}

#[derive(Deserialize)]
struct File {
    rule: Vec<Rule>,
}

/// All rules, in order of preference, a person's own behind ours. A file that can't be read counts as empty; a test reads all.
pub fn rules() -> &'static [Rule] {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    RULES.get_or_init(|| {
        let ours = FILES.iter().flat_map(|text| read(text).unwrap_or_default());
        ours.chain(super::own::installed()).collect()
    })
}

/// The rules of a file.
pub(super) fn read(text: &str) -> Result<Vec<Rule>, toml::de::Error> {
    toml::from_str::<File>(text).map(|f| f.rule)
}

/// The keyword search and, for each of its patterns, the rule it belongs to.
pub(super) fn keywords() -> Option<&'static (AhoCorasick, Vec<usize>)> {
    static SEARCH: OnceLock<Option<(AhoCorasick, Vec<usize>)>> = OnceLock::new();
    SEARCH
        .get_or_init(|| {
            let (words, owners): (Vec<&str>, Vec<usize>) =
                rules().iter().enumerate().flat_map(|(i, r)| r.keywords.iter().map(move |k| (k.as_str(), i))).unzip();
            let search = AhoCorasickBuilder::new().ascii_case_insensitive(true).build(words).ok()?;
            Some((search, owners))
        })
        .as_ref()
}

impl Rule {
    /// The pattern and the outer pattern, compiled at first use; `None` where one does not compile.
    pub(super) fn patterns(&self) -> Option<(&Regex, Option<&Regex>)> {
        let made = self.compiled.get_or_init(|| {
            let inner = compile(&self.pattern).ok()?;
            let outer = match &self.within {
                Some(w) => Some(compile(w).ok()?),
                None => None,
            };
            Some((inner, outer))
        });
        made.as_ref().map(|(i, o)| (i, o.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_file_reads_and_every_pattern_compiles() {
        for text in FILES {
            read(text).unwrap_or_else(|e| panic!("{e}"));
        }
        for rule in rules() {
            if let Err(e) = compile(&rule.pattern) {
                panic!("{}: {e}", rule.kind);
            }
            assert!(rule.patterns().is_some(), "{}", rule.kind);
            assert!(!rule.keywords.is_empty() && rule.keywords.iter().all(|k| !k.is_empty()), "{}", rule.kind);
            assert!(!rule.yes.is_empty(), "{} has no example", rule.kind);
        }
    }
}
