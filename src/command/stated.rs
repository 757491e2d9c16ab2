//! The rule that a sentence of expectation states, where it states exactly one: a quoted text that is
//! there or is not, so many lines of it, its number against a limit, an exit status, nothing at all.
//! A sentence that could mean two things states none: then a person reads the output.

use std::sync::OnceLock;

use regex::Regex;

use crate::domain::check::Expectation;

/// How far a number may stand behind the name it belongs to, in characters that are no digits.
const NEAR: usize = 24;

/// The rule that a sentence states.
pub fn of_prose(text: &str) -> Option<Expectation> {
    let lower = text.to_lowercase();
    if let Some(rest) = lower.split("exit status ").nth(1).or_else(|| lower.split("exit code ").nth(1)) {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        return digits.parse().ok().map(|status| Expectation::Exit { status });
    }
    if ["prints nothing", "no output", "empty output", "nothing is printed"].iter().any(|n| lower.starts_with(n)) {
        return Some(Expectation::Count { pattern: r"\S".into(), compare: "==".into(), value: 0.0 });
    }
    let mark = ['`', '"', '\''].into_iter().find(|m| text.matches(*m).count() == 2)?;
    let quoted = text.split(mark).nth(1).filter(|q| q.trim().len() >= 2)?;
    let around = text.replacen(quoted, " ", 1).to_lowercase();
    let negated = ["no ", "not ", "never ", "without "]
        .iter()
        .any(|n| around.starts_with(n) || around.contains(&format!(" {n}")));
    match compared(&around) {
        Some(_) if negated => None,
        Some((compare, value, lines)) => {
            let name = regex::escape(quoted);
            let number = format!(r"(?i){name}[^0-9\n]{{0,{NEAR}}}?(-?[0-9][0-9,_]*(?:\.[0-9]+)?)");
            let (pattern, compare) = (if lines { name } else { number }, compare.to_owned());
            Some(if lines {
                Expectation::Count { pattern, compare, value }
            } else {
                Expectation::Number { pattern, compare, value }
            })
        }
        None if negated => Some(Expectation::Absent { pattern: regex::escape(quoted) }),
        None => Some(Expectation::Contains { text: quoted.to_owned() }),
    }
}

/// The one comparison of a sentence: how, with what, and whether lines are counted.
fn compared(around: &str) -> Option<(&'static str, f64, bool)> {
    static COMPARED: OnceLock<Option<Regex>> = OnceLock::new();
    let pattern = r"(at least|at most|exactly|more than|less than|fewer than|above|over|below|under|>=|<=|==|>|<)\s*(-?[0-9][0-9,_]*(?:\.[0-9]+)?)\s*%?\s*(lines?|rows?|times?|hits?|entries|matches)?";
    let re = COMPARED.get_or_init(|| crate::domain::pattern::compile(pattern).ok()).as_ref()?;
    let mut all = re.captures_iter(around);
    let (first, None) = (all.next()?, all.next()) else { return None };
    let compare = match first.get(1)?.as_str() {
        "at least" | ">=" => ">=",
        "at most" | "<=" => "<=",
        "exactly" | "==" => "==",
        "more than" | "above" | "over" | ">" => ">",
        _ => "<",
    };
    let value = first.get(2)?.as_str().replace([',', '_'], "").parse().ok()?;
    Some((compare, value, first.get(3).is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::expectation::judge;
    use crate::domain::Outcome;

    fn outcome(sentence: &str, output: &str) -> Outcome {
        judge(&of_prose(sentence).unwrap(), output, Some(0)).0
    }

    #[test]
    fn a_sentence_that_quotes_one_thing_is_a_rule() {
        assert_eq!(of_prose("Last State shows `OOMKilled`"), Some(Expectation::Contains { text: "OOMKilled".into() }));
        assert_eq!(of_prose("no `ERROR` lines"), Some(Expectation::Absent { pattern: "ERROR".into() }));
        assert_eq!(of_prose("exit status 1"), Some(Expectation::Exit { status: 1 }));
        assert_eq!(of_prose("memory looks normal"), None);
        assert_eq!(of_prose("`a` or `b`"), None, "which of the two is not said");
    }

    #[test]
    fn a_sentence_with_one_comparison_is_a_number_or_a_count() {
        assert_eq!(outcome("`used_memory` is above 900", "used_memory:1,024\n"), Outcome::Pass);
        assert_eq!(outcome("`used_memory` is above 900", "used_memory: 12\n"), Outcome::Fail);
        assert_eq!(outcome("at least 2 lines of `timeout`", "timeout a\nok\ntimeout b\n"), Outcome::Pass);
        assert_eq!(outcome("exactly 1 line of `timeout`", "timeout a\ntimeout b\n"), Outcome::Fail);
        assert_eq!(outcome("prints nothing", "\n"), Outcome::Pass);
        assert_eq!(outcome("prints nothing", "x\n"), Outcome::Fail);
        assert_eq!(of_prose("`x` is above 9 and below 20"), None, "two comparisons are no rule");
        assert_eq!(of_prose("`x` is not above 9"), None);
    }
}
