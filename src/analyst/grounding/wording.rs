//! Rules on how a sentence is worded, read from `wording.toml` with their own examples.
//!
//! The same rules serve grounding (with evidence) and the postmortem lint (without).

use std::sync::LazyLock;

use regex::{Regex, RegexSet};
use serde::Deserialize;

use super::statement::{Part, Statement};
use super::{Finding, Known};

/// One rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    id: String,
    #[serde(default)]
    parts: Vec<Part>,
    pattern: String,
    #[serde(default)]
    unless: Option<String>,
    #[serde(default)]
    evidence: bool,
    #[serde(default)]
    line: bool,
    what: String,
    #[serde(default)]
    fix: String,
    examples: Vec<String>,
    counter_examples: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<Raw>,
}

/// A rule, ready to run.
pub struct Rule {
    /// Its id.
    pub id: &'static str,
    /// The parts it applies to; empty: all.
    pub parts: Vec<Part>,
    pattern: Regex,
    unless: Option<Regex>,
    evidence: bool,
    /// True when it needs the whole line, not one sentence of it.
    pub line: bool,
    /// What is wrong.
    pub what: String,
    /// What would hold.
    pub fix: String,
    examples: Vec<String>,
    counter_examples: Vec<String>,
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    // the embedded file is tested; one that could not be read would leave no rules
    read(include_str!("wording.toml")).unwrap_or_default()
});

/// Every rule.
pub fn rules() -> &'static [Rule] {
    &RULES
}

/// The rules of a file in the form of ours.
///
/// # Errors
/// What is wrong in it.
pub fn read(text: &str) -> Result<Vec<Rule>, String> {
    let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
    // word boundaries by bytes: linear on any text
    let compile = crate::domain::pattern::compile_any_case;
    file.rule
        .into_iter()
        .map(|raw| {
            let pattern = compile(&raw.pattern).map_err(|e| format!("{}: {e}", raw.id))?;
            let unless = raw.unless.as_deref().map(compile).transpose().map_err(|e| format!("{}: {e}", raw.id))?;
            Ok(Rule {
                // rules are read once and live as long as the program
                id: Box::leak(raw.id.into_boxed_str()),
                parts: raw.parts,
                pattern,
                unless,
                evidence: raw.evidence,
                line: raw.line,
                what: raw.what,
                fix: raw.fix,
                examples: raw.examples,
                counter_examples: raw.counter_examples,
            })
        })
        .collect()
}

/// Shorter than this, words stand in the evidence by chance.
const VERBATIM: usize = 24;

impl Rule {
    /// The words that break the rule in a sentence of this part, if any.
    pub fn hit<'t>(&self, part: Part, sentence: &'t str, known: Option<&Known<'_>>) -> Option<&'t str> {
        if !self.parts.is_empty() && !self.parts.contains(&part) {
            return None;
        }
        // a row that is the evidence's own sentence, word for word, is not the report's wording
        if part == Part::Timeline && sentence.len() > VERBATIM && known.is_some_and(|k| k.says(sentence.trim())) {
            return None;
        }
        let found = self.pattern.find(sentence)?;
        if self.unless.as_ref().is_some_and(|u| u.is_match(sentence)) {
            return None;
        }
        let stated = self.evidence && known.is_some_and(|k| k.says(found.as_str()));
        (!stated).then_some(found.as_str())
    }
}

impl Rule {
    /// Its own examples that it does not judge as they say, for `hotwash check` and the tests.
    pub fn broken_examples(&self) -> Vec<String> {
        let part = self.parts.first().copied().unwrap_or(Part::Other);
        let missed = self.examples.iter().filter(|e| self.hit(part, e, None).is_none());
        let flagged = self.counter_examples.iter().filter(|e| self.hit(part, e, None).is_some());
        missed
            .map(|e| format!("{} should flag: {e}", self.id))
            .chain(flagged.map(|e| format!("{} should pass: {e}", self.id)))
            .collect()
    }
}

/// What is wrong with the wording of a sentence.
pub fn of_sentence(path: &str, part: Part, sentence: &str, known: Option<&Known<'_>>, out: &mut Vec<Finding>) {
    judge(path, part, sentence, known, false, out);
}

/// What is wrong with the wording of whole lines: the rules that need more than one sentence.
pub fn of_lines(statements: &[Statement<'_>], known: Option<&Known<'_>>, out: &mut Vec<Finding>) {
    for line in statements.chunk_by(|a, b| a.path == b.path) {
        let Some(first) = line.first() else { continue };
        let whole = line.iter().map(|s| s.text.as_str()).collect::<Vec<_>>().join(" ");
        judge(&first.path, first.part, &whole, known, true, out);
    }
}

/// All of our rules in one pass: which of them may hit a text. `None` where they don't fit into one.
static ANY: LazyLock<Option<RegexSet>> =
    LazyLock::new(|| crate::domain::pattern::set_any_case(RULES.iter().map(|r| r.pattern.as_str())).ok());

fn judge(path: &str, part: Part, text: &str, known: Option<&Known<'_>>, line: bool, out: &mut Vec<Finding>) {
    if super::prose::is_command(text) {
        return;
    }
    let may = ANY.as_ref().map(|set| set.matches(text));
    if may.as_ref().is_some_and(|m| !m.matched_any()) {
        return;
    }
    let may_hit = |n: usize| may.as_ref().is_none_or(|m| m.matched(n));
    for (_, rule) in rules().iter().enumerate().filter(|(n, r)| r.line == line && may_hit(*n)) {
        if let Some(words) = rule.hit(part, text, known) {
            let finding = Finding::new(path, rule.id, format!("{}: `{}`", rule.what, words.trim()));
            out.push(if rule.fix.is_empty() { finding } else { finding.with_fix(rule.fix.clone()) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_flags_its_examples_and_passes_its_counter_examples() {
        let rules = read(include_str!("wording.toml")).unwrap();
        assert!(rules.len() >= 12);
        for rule in &rules {
            assert!(!rule.examples.is_empty() && !rule.counter_examples.is_empty(), "{}", rule.id);
            assert_eq!(rule.broken_examples(), Vec::<String>::new());
        }
    }
}
