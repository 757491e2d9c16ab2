//! Words that stand where a name would and name nothing (`vague.txt`).

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::analyst::records::is_record;

/// One word a line, in lower case; lines that begin with `#` are remarks.
static WORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    include_str!("vague.txt").lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).collect()
});

/// True for a word that names nothing, and for the number of a record.
pub fn is_vague(word: &str) -> bool {
    WORDS.contains(word.to_lowercase().as_str()) || is_record(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_the_sentence_is_no_name() {
        assert!(is_vague("Everything") && is_vague("third"));
        assert!(!is_vague("redis") && !is_vague("orders-api"));
    }
}
