//! The names that others have for a cause. A name in plain words fits every case of it; a status or a code
//! (`NXDOMAIN`, `exit code 127`) is a reading of its own, and stands only where the evidence has it.

use crate::domain::{Evidence, Hypothesis};

/// How much of each source is searched for a status, in bytes.
const SEARCHED: usize = 200 * 1024;

/// Keeps of each hypothesis the names that its evidence bears out.
pub fn keep_what_fits(hypotheses: &mut [Hypothesis], evidence: &Evidence) {
    for h in hypotheses {
        let names = std::mem::take(&mut h.known_as);
        h.known_as = names.into_iter().filter(|name| !is_a_reading(name) || is_read(h, name, evidence)).collect();
    }
}

/// True for a name that states what somebody would have read: a code, or a status of one word.
fn is_a_reading(name: &str) -> bool {
    let letters = || name.chars().filter(|c| c.is_ascii_alphabetic());
    let one_word = !name.contains([' ', '_']);
    let loud = one_word && letters().count() > 5 && letters().all(|c| c.is_ascii_uppercase());
    let humps =
        name.as_bytes().windows(2).any(|w| matches!(w, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase()));
    name.bytes().any(|b| b.is_ascii_digit())
        || loud
        || (one_word && humps && name.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// True where what is quoted for it has the name, or a line that names its subject.
fn is_read(h: &Hypothesis, name: &str, evidence: &Evidence) -> bool {
    let Some(has) = pattern(name) else { return false };
    let quoted = h.supporting.iter().flat_map(|c| &c.citations).any(|c| has.is_match(&c.quote));
    let lines = || evidence.sources.iter().flat_map(|s| s.text.get(..SEARCHED).unwrap_or(&s.text).lines());
    quoted || has.is_match(&h.statement) || lines().any(|l| l.contains(h.subject.as_str()) && has.is_match(l))
}

/// `exit code 127` as it may be written: `Exit Code:    127`, `exitCode: 127`.
fn pattern(name: &str) -> Option<regex::Regex> {
    let words: Vec<String> = name.split([' ', '-']).filter(|w| !w.is_empty()).map(regex::escape).collect();
    crate::domain::pattern::compile_any_case(&format!(r#"\b{}\b"#, words.join(r#"[\s:="'_-]{0,12}"#))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_a_reading_and_a_name_in_words_is_none() {
        for name in ["exit code 127", "NXDOMAIN", "CrashLoopBackOff", "StartError", "502"] {
            assert!(is_a_reading(name), "{name}");
        }
        for name in ["DNS outage", "coredns", "name resolution failure", "OOM", "egress policy", "nodeSelector"] {
            assert!(!is_a_reading(name), "{name}");
        }
    }

    #[test]
    fn a_code_is_found_as_programs_write_it_and_not_inside_another() {
        let found = |text: &str| pattern("exit code 127").unwrap().is_match(text);
        assert!(found("      Exit Code:    127") && found("exitCode: 127") && found("ended with exit code 127"));
        assert!(!found("exit code 128") && !found("exit code 1270"));
    }
}
