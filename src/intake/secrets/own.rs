//! A person's own secret rules: `secrets/*.toml` in the form of ours. They are added behind ours and can
//! only mask more: nothing in a file takes a rule away or narrows one. It reads no file by itself.

use std::sync::OnceLock;

use super::find::{scanned, secret_free};
use super::table::{Rule, read};
use crate::domain::pattern::compile;
use crate::fault::Fault;

static INSTALLED: OnceLock<Vec<Rule>> = OnceLock::new();

/// Adds rules to ours for the whole program. It must come before the first text is masked: the first
/// call counts.
pub fn install(rules: Vec<Rule>) {
    // A second call adds nothing: the keyword search is built once.
    let _ = INSTALLED.set(rules);
}

/// The rules of a person's own that are in force.
pub(super) fn installed() -> Vec<Rule> {
    INSTALLED.get().cloned().unwrap_or_default()
}

/// The rules of a file. In `yes`, `{<}` and `{>}` stand around what must be gone and `{+}` joins halves.
///
/// # Errors
/// Names the file, the line and the reason: the form, a pattern, a rule without words or examples, an
/// example that the rule does not find, a counter-example that it does.
pub fn rules_of(name: &str, text: &str) -> Result<Vec<Rule>, Fault> {
    let rules = read(text).map_err(|e| wrong(name, line_at(text, e.span().map_or(0, |s| s.start)), e.message()))?;
    let mut from = 0;
    for rule in &rules {
        let here = text.get(from..).and_then(|t| t.find("[[rule]]")).map_or(from, |at| from + at);
        from = here + 1;
        sound(rule).map_err(|why| wrong(name, line_at(text, here), &why))?;
    }
    Ok(rules)
}

fn sound(rule: &Rule) -> Result<(), String> {
    let kind = &rule.kind;
    if kind.is_empty()
        || kind.len() > 40
        || !kind.bytes().all(|b| b.is_ascii_lowercase() || b"-0123456789".contains(&b))
    {
        return Err(format!("the kind `{kind}` is not a name of lower-case letters, digits and `-`"));
    }
    if rule.keywords.is_empty() || rule.keywords.iter().any(|k| k.len() < 2) {
        return Err(format!("`{kind}` needs keywords of two letters and more"));
    }
    for pattern in [Some(&rule.pattern), rule.within.as_ref()].into_iter().flatten() {
        let made = compile(pattern).map_err(|e| format!("`{kind}`: {e}"))?;
        if made.is_match("") {
            return Err(format!("`{kind}`: its pattern also fits nothing at all"));
        }
    }
    if rule.yes.is_empty() {
        return Err(format!("`{kind}` needs an example: `yes`"));
    }
    for example in &rule.yes {
        let whole = example.replace("{+}", "");
        let span = whole.split_once("{<}").and_then(|(_, t)| t.split_once("{>}")).map(|(s, _)| s.to_owned());
        let Some(span) = span.filter(|s| !s.is_empty()) else {
            return Err(format!("`{kind}`: the example `{example}` marks nothing with {{<}} and {{>}}"));
        };
        if !secret_free(rule, &whole.replace("{<}", "").replace("{>}", ""), &span) {
            return Err(format!("`{kind}` does not find its example `{example}`"));
        }
    }
    match rule.no.iter().find(|text| !scanned(rule, text).is_empty()) {
        Some(text) => Err(format!("`{kind}` finds its counter-example `{text}`")),
        None => Ok(()),
    }
}

fn line_at(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|b| *b == b'\n').count() + 1
}

fn wrong(name: &str, line: usize, why: &str) -> Fault {
    let hint = "mend the line, or take the file away: nothing is read or saved while what it would mask could be kept";
    Fault::input(format!("secret rules {name}, line {line}: {why}"), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "[[rule]]\nkind = \"acme-badge\"\nkeywords = [\"badge\"]\npattern = 'badge[=:]\\s*(ACME-\\d{6})'\nyes = ['badge={<}ACME-123{+}456{>}']\nno = ['badge=none']\n";

    #[test]
    fn a_file_with_true_examples_is_taken() {
        assert_eq!(rules_of("mine.toml", RULE).unwrap().len(), 1);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_file_and_line() {
        let cases = [
            (RULE.replace("\\d{6}", "\\d{7}"), "line 1: `acme-badge` does not find its example"),
            (RULE.replace("badge=none", "badge=ACME-999999"), "finds its counter-example"),
            (RULE.replace("(ACME", "((ACME"), "line 1: `acme-badge`: regex parse error"),
            (RULE.replace("kind", "knid"), "line 2: unknown field"),
            (format!("{RULE}\n{}", RULE.replace("[\"badge\"]", "[]")), "line 8: `acme-badge` needs keywords"),
            (RULE.replace("'badge[=:]\\s*(ACME-\\d{6})'", "'x*'"), "fits nothing at all"),
        ];
        for (text, why) in cases {
            let fault = rules_of("mine.toml", &text).unwrap_err();
            assert!(fault.what.contains(why) && fault.what.contains("mine.toml"), "{}", fault.what);
        }
    }
}
