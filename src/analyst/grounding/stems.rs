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

/// Letters of a stem at most.
const LETTERS: usize = 5;

/// The first letters of a word in lower case. It lies on the stack: a page has thousands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Stem {
    bytes: [u8; 4 * LETTERS],
    len: u8,
}

impl Stem {
    /// The stem of one word; `None` for a short word or one that says nothing.
    fn of(word: &str) -> Option<Self> {
        if word.len() < 3 || EMPTY.iter().any(|e| e.eq_ignore_ascii_case(word)) {
            return None;
        }
        let mut stem = Self { bytes: [0; 4 * LETTERS], len: 0 };
        for c in word.chars().flat_map(char::to_lowercase).take(LETTERS) {
            let at = usize::from(stem.len);
            c.encode_utf8(stem.bytes.get_mut(at..at + c.len_utf8())?);
            stem.len += c.len_utf8() as u8;
        }
        Some(stem)
    }

    /// Its letters.
    pub fn as_str(&self) -> &str {
        self.bytes.get(..usize::from(self.len)).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or("")
    }

    fn begins(&self, other: &Self) -> bool {
        self.len >= 4 && other.bytes.starts_with(self.bytes.get(..usize::from(self.len)).unwrap_or(&other.bytes))
    }
}

impl std::fmt::Debug for Stem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The stems of a text, each once, without empty words.
pub fn stems(text: &str) -> Vec<Stem> {
    let mut out: Vec<Stem> = Vec::new();
    for stem in text.split(|c: char| !c.is_alphanumeric()).filter_map(Stem::of) {
        if !out.contains(&stem) {
            out.push(stem);
        }
    }
    out
}

/// How many stems of the first text the second shares; one may begin the other.
pub fn shared(a: &[Stem], b: &[Stem]) -> usize {
    a.iter().filter(|s| b.iter().any(|t| t == *s || s.begins(t) || t.begins(s))).count()
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
