//! Numbers with their noun: `1 line`, `12 lines`, `1 hypothesis`, `3 hypotheses`.

use core::fmt::Display;

/// Nouns whose plural is more than an `s`.
const OTHERS: [(&str, &str); 7] = [
    ("hypothesis", "hypotheses"),
    ("person", "people"),
    ("process", "processes"),
    ("match", "matches"),
    ("query", "queries"),
    ("copy", "copies"),
    ("entry", "entries"),
];

/// `n` of something; `noun` is the word for one, and may be several words of which the last is counted.
pub fn counted(n: impl Display, noun: &str) -> String {
    let n = n.to_string();
    let word = noun.rsplit(' ').next().unwrap_or(noun);
    let head = noun.get(..noun.len() - word.len()).unwrap_or("");
    match OTHERS.iter().find(|(one, _)| *one == word) {
        _ if n == "1" => format!("1 {noun}"),
        Some((_, many)) => format!("{n} {head}{many}"),
        None => format!("{n} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_is_one_and_others_are_many() {
        assert_eq!(counted(1, "line"), "1 line");
        assert_eq!(counted(0, "line"), "0 lines");
        assert_eq!(counted("1,200", "byte"), "1,200 bytes");
        assert_eq!(counted(2, "open hypothesis"), "2 open hypotheses");
    }
}
