//! Absence of evidence is no evidence of absence: `no errors in the logs` supports nothing unless
//! the evidence itself says that somebody looked and found none.

use super::pattern::{Pattern, group};
use super::statement::{Part, Statement};
use super::{Finding, Known};

static NO: Pattern =
    Pattern::new(r"(?i)^(?:evidence:\s*)?(?:there (?:is|are|was|were) )?no\s+((?:[A-Za-z][\w-]*\s*){1,5})");

/// Checks one statement for a claim that rests on something missing.
pub fn of_statement(s: &Statement<'_>, known: &Known<'_>, out: &mut Vec<Finding>) {
    let asserts = matches!(
        s.part,
        Part::For
            | Part::Against
            | Part::Hypothesis
            | Part::Impact
            | Part::Summary
            | Part::WentPoorly
            | Part::WentWell
            | Part::RootCause
            | Part::Detection
    );
    if !asserts {
        return;
    }
    let Some(found) = NO.captures(&s.text) else { return };
    let words = group(&found, 1).trim();
    let cited = s.support.is_some() && s.citations.iter().any(|c| denies(&c.quote, words));
    if cited || denies(&known.lower, words) {
        return;
    }
    let (rule, what) = if matches!(s.part, Part::For | Part::Against | Part::Hypothesis) {
        (
            "absence-is-no-evidence",
            format!("`no {words}` rests on what was not pasted; the evidence does not say that it is absent"),
        )
    } else {
        ("absence-without-source", format!("`no {words}` is stated nowhere in the evidence"))
    };
    out.push(
        Finding::new(&s.path, rule, what).with_fix("say that it is not known, or name the check that would show it"),
    );
}

/// True when a text itself says that there is none of it.
fn denies(text: &str, words: &str) -> bool {
    let low = text.to_lowercase();
    let nouns: Vec<String> = words.to_lowercase().split_whitespace().take(2).map(str::to_owned).collect();
    let Some(first) = nouns.first() else { return false };
    let exact = nouns.join(" ");
    ["no ", "not ", "without ", "0 ", "zero ", "none "]
        .iter()
        .any(|no| low.contains(&format!("{no}{exact}")) || (nouns.len() == 1 && low.contains(&format!("{no}{first}"))))
}
