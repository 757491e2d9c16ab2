//! What a writer says was thought, and puts right in the same paragraph: `The host was said to be on blue. …
//! However it was in fact on green, not blue`. Such a sentence is no evidence of anything.

use crate::analyst::grounding::pattern::{Pattern, group};
use crate::domain::{Citation, Claim, Evidence, Hypothesis, Span};

/// How far a paragraph is read for what puts a sentence of it right, in bytes.
const FAR: usize = 600;
/// A shorter word names nothing.
const SHORTEST: usize = 3;

/// Words that say that what was told is otherwise.
static TURNS: Pattern = Pattern::new(
    r"(?i)^\W*(?:however|but|yet)\b|\b(?:in fact|actually|in reality|turn(?:s|ed) out|wrongly|mistaken(?:ly)?|by mistake)\b",
);
/// What is denied, where that is a thing and nothing that somebody does.
static DENIED: Pattern = Pattern::new(
    r#"(?i)\b(?:not|instead of|rather than|never)\s+(?:(?:the|a|an|on|in|at|of|by|from|with|to|our|because|due)\s+){0,3}["'“`*]*([\w.-]+)"#,
);

/// Leaves out what its own paragraph puts right, where something else speaks for the hypothesis.
pub fn leave_out(h: &mut Hypothesis, evidence: &Evidence) {
    let stands: Vec<bool> = h.supporting.iter().map(|c| put_right(evidence, c).is_none()).collect();
    if !stands.contains(&true) {
        return;
    }
    let mut at = stands.into_iter();
    h.supporting.retain(|_| at.next().unwrap_or(true));
}

/// The sentence that puts right what the claim quotes.
pub fn put_right(evidence: &Evidence, claim: &Claim) -> Option<Citation> {
    let cited =
        claim.citations.first().filter(|c| claim.text.contains(c.quote.trim().trim_matches(['.', '-', ' '])))?;
    let source = evidence.sources.get(cited.source.0 as usize)?;
    let mut end = source.text.len().min(cited.end + FAR);
    while !source.text.is_char_boundary(end) {
        end -= 1;
    }
    let rest = source.text.get(cited.end..end)?;
    let rest = rest.get(..paragraph(rest))?;
    let mut from = cited.end;
    for part in rest.split_inclusive(['.', '!', '\n']) {
        let at = from..from + part.trim_end().len();
        from += part.len();
        if TURNS.is_match(part) && denies(part, &cited.quote) {
            let lead = part.len() - part.trim_start().len();
            return Some(evidence.cite(Span::new(cited.source, at.start + lead..at.end)));
        }
    }
    None
}

/// Where the paragraph ends: at an empty line, at another bullet, heading or row.
fn paragraph(text: &str) -> usize {
    let begins = |line: &str| {
        let line = line.trim_start();
        line.is_empty() || line.starts_with(['-', '*', '#', '|', '•']) || line.starts_with(|c: char| c.is_ascii_digit())
    };
    let ends =
        text.match_indices('\n').find(|(at, _)| text.get(at + 1..).and_then(|t| t.lines().next()).is_none_or(begins));
    ends.map_or(text.len(), |(at, _)| at)
}

/// True where the sentence denies something that the words name.
fn denies(sentence: &str, words: &str) -> bool {
    let named: Vec<String> =
        words.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))).map(str::to_lowercase).collect();
    DENIED.all(sentence).iter().any(|c| {
        let word = group(c, 1).trim_end_matches(['.', '-']).to_lowercase();
        word.len() >= SHORTEST && named.iter().any(|n| n.trim_end_matches('.') == word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::pasted::pasted;

    fn right(text: &str, said: &str) -> Option<String> {
        let evidence = pasted(text);
        let at = text.find(said).unwrap();
        let cited = evidence.cite(Span::new(crate::domain::SourceId(0), at..at + said.len()));
        put_right(&evidence, &Claim::quoted(format!("“{said}”"), vec![cited])).map(|c| c.quote)
    }

    #[test]
    fn a_sentence_that_its_paragraph_puts_right_is_named_with_what_does() {
        let said = "The team wrote that the host of blue goes away";
        let told = right(&format!("{said}. Nobody minded. However it was in fact one of green, not blue."), said);
        assert_eq!(told.as_deref(), Some("However it was in fact one of green, not blue."));
        for other in [
            "The host went. However this did not help.",
            "- However it was green, not blue.",
            "It was blue, and not green.",
        ] {
            let text = format!("{said}. {}", other.replace("- ", "\n- "));
            assert_eq!(right(&text, said), None, "{other}");
        }
    }
}
