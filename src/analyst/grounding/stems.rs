//! Rough word stems, to see whether two sentences speak of the same thing.

/// Words that say nothing about what a sentence is about.
const EMPTY: &[&str] = &[
    "the",
    "and",
    "for",
    "from",
    "with",
    "was",
    "were",
    "are",
    "has",
    "had",
    "have",
    "that",
    "this",
    "its",
    "into",
    "over",
    "all",
    "any",
    "not",
    "but",
    "which",
    "when",
    "then",
    "than",
    "after",
    "before",
    "due",
    "because",
    "could",
    "would",
    "should",
    "may",
    "might",
    "most",
    "likely",
    "service",
    "services",
    "level",
    "info",
    "warn",
    "error",
    "fatal",
    "incident",
    "increased",
    "caused",
    "causing",
    "leading",
    "led",
    "in",
    "of",
    "to",
    "on",
    "by",
    "at",
    "is",
    "it",
    "a",
    "an",
];

/// The stems of a text: lower case, at most five letters each, without empty words.
pub fn stems(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for word in text.split(|c: char| !(c.is_alphanumeric())) {
        let low = word.to_lowercase();
        if low.len() < 3 || EMPTY.contains(&low.as_str()) {
            continue;
        }
        let stem: String = low.chars().take(5).collect();
        if !out.contains(&stem) {
            out.push(stem);
        }
    }
    out
}

/// How many stems two texts share.
pub fn shared(a: &[String], b: &[String]) -> usize {
    a.iter()
        .filter(|s| {
            b.iter().any(|t| {
                t == *s || (s.len() >= 4 && t.starts_with(s.as_str())) || (t.len() >= 4 && s.starts_with(t.as_str()))
            })
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_event_in_other_words_shares_its_stems() {
        let a = stems("it to fail acquiring locks in Redis");
        let b = stems("Failed to acquire order lock");
        assert!(shared(&b, &a) >= 3, "{a:?} {b:?}");
        assert_eq!(shared(&stems("out of memory"), &stems("pool exhausted")), 0);
    }
}
