//! Things that a writer names as the cause, as data (`nouns.toml`): `it was the flag`. A bare noun tells the
//! kind of fault where the sentence concludes plainly and says no more; it names no subject.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use crate::analyst::story::phrase;
use crate::analyst::wording::is_denied;
use crate::domain::pattern::compile_any_case;

/// Nouns of one kind of fault.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Noun {
    playbook: String,
    words: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Nouns {
    noun: Vec<Noun>,
}

static NOUNS: LazyLock<Vec<Noun>> =
    LazyLock::new(|| toml::from_str::<Nouns>(include_str!("nouns.toml")).unwrap_or_default().noun);

/// A word, and the playbook that it means.
type Meaning = (&'static str, &'static str);

/// All words, the longer ones first, and what each means.
static WORDS: LazyLock<(Option<Regex>, Vec<Meaning>)> = LazyLock::new(|| {
    let mut all: Vec<Meaning> =
        NOUNS.iter().flat_map(|n| n.words.iter().map(|w| (w.as_str(), n.playbook.as_str()))).collect();
    all.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
    let joined: Vec<String> = all.iter().map(|(word, _)| regex::escape(word)).collect();
    (compile_any_case(&format!(r"\b(?:{})s?\b", joined.join("|"))).ok(), all)
});

/// How far from the front of the clause the noun may stand, in bytes.
const NEAR: usize = 72;

/// True where the noun is the head of the phrase at the front, or what that head is of: behind a verb, a mark
/// or a word that opens a clause somebody else may be meant, and `the certificate team` is a team.
fn heads(clause: &str, at: &Range<usize>) -> bool {
    const OPENS: &str = "who which whom whose that when where while as because since after before from by for with \
        during until if and or but it we they he she somebody someone";
    const FIRST: &str = "that it was is to be";
    let (before, behind) = (clause.get(..at.start).unwrap_or(""), clause.get(at.end..).unwrap_or(""));
    let lead = before.trim_start_matches(|c: char| !c.is_alphanumeric());
    let opens = |w: &str| OPENS.split_ascii_whitespace().any(|o| o.eq_ignore_ascii_case(w));
    let leads = |w: &&str| FIRST.split_ascii_whitespace().any(|f| f.eq_ignore_ascii_case(w));
    let mut words = lead.split_whitespace().skip_while(leads);
    let within = !lead.contains([',', ';', ':', '(', ')', '—']) && !words.any(|w| opens(w) || phrase::acts(w));
    let next = behind.strip_prefix(' ').and_then(|b| b.split(|c: char| !c.is_alphanumeric()).next()).unwrap_or("");
    within && !phrase::is_people(next)
}

/// What the noun at the front of a clause that names the cause means: its playbook and its place.
pub fn noun_in(clause: &str) -> Option<(&'static str, Range<usize>)> {
    let (pattern, all) = &*WORDS;
    let found = pattern.as_ref()?.find(clause).filter(|m| m.start() <= NEAR && !is_denied(clause, m.start()))?;
    if !heads(clause, &found.range()) {
        return None;
    }
    let word = found.as_str();
    let same = |known: &str| {
        word.eq_ignore_ascii_case(known)
            || word.get(..word.len() - 1).is_some_and(|one| one.eq_ignore_ascii_case(known))
    };
    all.iter().find(|(known, _)| same(known)).map(|(_, playbook)| (*playbook, found.range()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::Knowledge;

    #[test]
    fn every_noun_belongs_to_a_playbook_and_the_first_is_meant() {
        for n in NOUNS.iter() {
            assert!(Knowledge::embedded().playbooks.contains_key(&n.playbook), "no playbook {}", n.playbook);
            for word in &n.words {
                assert!(noun_in(&format!(" the {word} of last night")).is_some(), "{word}");
            }
        }
        let of = |t: &str| noun_in(t).map(|(p, _)| p);
        assert_eq!(of(" the old flag, not the cache"), Some("feature_flag.enabled"));
        assert_eq!(of(" the certificates in the pool"), Some("certificate_expired.expired"));
        assert_eq!(of(" not the cache"), None);
        assert_eq!(of(" a busy day"), None);
        assert_eq!(of(" network team who noticed the queue"), None);
        assert_eq!(of(" certificate team that wrote"), None);
    }
}
