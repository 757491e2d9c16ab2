//! Message templates: which lines say the same thing with other values.
//!
//! First every word is masked by its shape (numbers, addresses, ids, paths become `<*>`); messages
//! whose masked words are equal are one group. Then a word's place becomes `<*>` too, where groups
//! differ in that place alone and it takes many words, or where the word before it announces a name.
//! Words that take a few values (`started`, `stopped`) stay apart: they are different events.
//! Linear in the text; at most [`MOST`] groups per source.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// The most groups of one source; further messages share the last.
const MOST: usize = 50_000;
/// The most words of a message that count.
const WORDS: usize = 80;
/// How many words a place takes before they are values.
const MANY: usize = 6;
/// How often the places are gone through: each round may free one more place of a message.
const ROUNDS: usize = 3;
/// What stands for a value.
const VALUE: &str = "<*>";

/// Learns templates from messages, one after the other.
#[derive(Debug, Default)]
pub(super) struct Miner {
    known: HashMap<Vec<String>, usize>,
    groups: Vec<Vec<String>>,
}

impl Miner {
    /// Takes a message; the number of its group, from 0, to be looked up when all are known.
    pub(super) fn learn(&mut self, message: &str) -> usize {
        let words = masked(message);
        if let Some(group) = self.known.get(&words) {
            return *group;
        }
        if self.groups.len() >= MOST {
            return MOST - 1;
        }
        self.groups.push(words.clone());
        self.known.insert(words, self.groups.len() - 1);
        self.groups.len() - 1
    }

    /// For each group the number of its template (from 1), and the templates.
    pub(super) fn finish(mut self) -> (Vec<u32>, Vec<String>) {
        self.free_pairs();
        for _ in 0..ROUNDS {
            if !self.free_places() {
                break;
            }
        }
        let mut numbers: HashMap<&[String], u32> = HashMap::new();
        let mut templates = Vec::new();
        let of_group = self
            .groups
            .iter()
            .map(|words| {
                *numbers.entry(words).or_insert_with(|| {
                    templates.push(words.join(" "));
                    templates.len() as u32
                })
            })
            .collect();
        (of_group, templates)
    }

    /// Messages of `key=value` pairs that differ in the values of two keys or more, and in nothing
    /// else, are one template.
    fn free_pairs(&mut self) {
        let mut alike: HashMap<Vec<String>, Vec<usize>> = HashMap::new();
        for (index, words) in self.groups.iter().enumerate() {
            if !words.iter().any(|w| is_pair(w)) {
                continue;
            }
            let open: Vec<String> = words.iter().map(|w| if is_pair(w) { value_of(w) } else { w.clone() }).collect();
            if open != *words {
                alike.entry(open).or_default().push(index);
            }
        }
        for (open, groups) in alike {
            let varies = |place: usize| {
                let mut words = groups.iter().filter_map(|i| self.groups.get(*i)?.get(place));
                let first = words.next();
                words.any(|w| Some(w) != first)
            };
            if (0..open.len()).filter(|p| varies(*p)).nth(1).is_some() {
                for index in groups {
                    if let Some(words) = self.groups.get_mut(index) {
                        words.clone_from(&open);
                    }
                }
            }
        }
    }

    /// Turns places that take many words into values; true where one was found.
    fn free_places(&mut self) -> bool {
        let hashes = RandomState::new();
        let mut sums: Vec<u64> = self.groups.iter().map(|words| sum(&hashes, words)).collect();
        let longest = self.groups.iter().map(Vec::len).max().unwrap_or(0);
        let mut changed = false;
        for place in 0..longest {
            for groups in self.alike_but_for(place, &hashes, &sums) {
                if !self.is_free(&groups, place) {
                    continue;
                }
                changed = true;
                for index in groups {
                    if let Some(words) = self.groups.get_mut(index)
                        && let Some(word) = words.get_mut(place)
                    {
                        *word = value_of(word);
                        sums.get_mut(index).into_iter().for_each(|s| *s = sum(&hashes, words));
                    }
                }
            }
        }
        changed
    }

    /// The groups, two or more, whose words are equal but for this place.
    fn alike_but_for(&self, place: usize, hashes: &RandomState, sums: &[u64]) -> Vec<Vec<usize>> {
        let long = self.groups.iter().zip(sums).enumerate().filter(|(_, (words, _))| words.len() > place.max(1));
        let keyed = long.filter_map(|(index, (words, sum))| {
            Some((sum.wrapping_sub(term(hashes, place, words.get(place)?)), index))
        });
        let mut keyed: Vec<(u64, usize)> = keyed.collect();
        keyed.sort_unstable();
        let mut found = Vec::new();
        for same in keyed.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
            let mut left: Vec<usize> = same.iter().map(|(_, index)| *index).collect();
            // Equal keys nearly always are equal words; those that are not are told apart here.
            while let Some(first) = left.first().and_then(|i| self.groups.get(*i)) {
                let (alike, others) =
                    left.into_iter().partition(|i| self.groups.get(*i).is_some_and(|w| equal_but_for(first, w, place)));
                left = others;
                found.push(alike);
            }
        }
        found.retain(|alike: &Vec<usize>| alike.len() > 1);
        found
    }

    /// True where the groups' words at a place are values rather than different events.
    fn is_free(&self, groups: &[usize], place: usize) -> bool {
        let mut words: Vec<&str> =
            groups.iter().filter_map(|i| self.groups.get(*i)?.get(place)).map(String::as_str).collect();
        words.sort_unstable();
        words.dedup();
        let others = groups.first().and_then(|i| self.groups.get(*i));
        let announced = place.checked_sub(1).and_then(|p| others?.get(p)).is_some_and(|w| announces(w));
        let shaped = words.iter().filter(|w| looks_named(w) || w.contains(VALUE)).count();
        // where one message has a value, a name or a half-masked word stands for a value too
        let beside_value = words.contains(&VALUE) && shaped == words.len();
        let words: Vec<&str> = words.into_iter().filter(|w| *w != VALUE).collect();
        let shaped = words.iter().filter(|w| looks_named(w)).count();
        words.len() >= MANY
            || (beside_value && !words.is_empty())
            || (words.len() > 1 && (announced || shaped * 3 >= words.len() * 2))
    }
}

/// What tells messages apart: the sum of [`term`]s, so that one place can be left out of it.
fn sum(hashes: &RandomState, words: &[String]) -> u64 {
    words.iter().enumerate().fold(words.len() as u64, |sum, (place, word)| sum.wrapping_add(term(hashes, place, word)))
}

fn term(hashes: &RandomState, place: usize, word: &str) -> u64 {
    // An odd factor of its own for each place: words that change places change the sum.
    hashes.hash_one(word).wrapping_mul(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(2 * place as u64 + 1))
}

fn equal_but_for(a: &[String], b: &[String], place: usize) -> bool {
    a.len() == b.len() && a.iter().zip(b).enumerate().all(|(i, (a, b))| i == place || a == b)
}

fn is_pair(word: &str) -> bool {
    word.split_once('=').is_some_and(|(key, value)| !key.is_empty() && !value.is_empty() && !key.contains(['(', '/']))
}

/// `key=word` keeps its key.
fn value_of(word: &str) -> String {
    match word.split_once('=') {
        Some((key, _)) if !key.is_empty() => format!("{key}={VALUE}"),
        _ => VALUE.to_owned(),
    }
}

/// Words that announce a name.
fn announces(word: &str) -> bool {
    const NOUNS: [&str; 16] = [
        "user",
        "host",
        "hostname",
        "node",
        "file",
        "service",
        "pod",
        "container",
        "device",
        "interface",
        "queue",
        "topic",
        "table",
        "database",
        "bucket",
        "namespace",
    ];
    NOUNS.contains(&word.trim_matches(|c: char| !c.is_alphanumeric()).to_ascii_lowercase().as_str())
}

/// Names rather than words: joined with dots, underscores, slashes, or with figures in them.
fn looks_named(word: &str) -> bool {
    let core = word.trim_matches(|c: char| !c.is_alphanumeric());
    core.bytes().any(|b| b.is_ascii_digit() || matches!(b, b'_' | b'/' | b'@' | b'$')) || core.matches('.').count() > 0
}

/// A message's words with the values masked; runs of values are one.
fn masked(message: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut rest = message.trim_start();
    while !rest.is_empty() && words.len() < WORDS {
        let (word, after) = rest.split_at(word_end(rest));
        rest = after.trim_start();
        let shown = mask(word);
        if !(shown == VALUE && words.last().is_some_and(|w| w == VALUE)) {
            words.push(shown);
        }
    }
    mask_dates(&mut words);
    words
}

/// `Fri Jul <*>`: the names of days and months before a value are part of it.
fn mask_dates(words: &mut Vec<String>) {
    const NAMES: [&str; 19] = [
        "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
        "Oct", "Nov", "Dec",
    ];
    for at in (1..words.len()).rev() {
        let named = words.get(at - 1).is_some_and(|w| NAMES.contains(&w.as_str()));
        if named && words.get(at).is_some_and(|w| w == VALUE) {
            words.remove(at - 1);
        }
    }
    words.dedup_by(|a, b| a == VALUE && b == VALUE);
}

/// Where the first word ends: at a blank, but not inside a short quoted value of a key.
fn word_end(rest: &str) -> usize {
    let blank = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let quoted = rest.get(..blank).and_then(|w| w.find("=\"")).map(|i| i + 2);
    let Some(open) = quoted else { return blank };
    let Some(close) = rest.get(open..).and_then(|r| r.find('"')).filter(|c| *c <= 60) else { return blank };
    let after = open + close;
    let tail = rest.get(after..).unwrap_or("");
    (after + tail.find(char::is_whitespace).unwrap_or(tail.len())).max(blank)
}

fn is_joint(c: char) -> bool {
    matches!(
        c,
        '=' | ':' | ',' | ';' | '(' | ')' | '[' | ']' | '{' | '}' | '"' | '\'' | '<' | '>' | '|' | '/' | '@' | '#'
    )
}

/// A word with its values masked: the whole where its shape says so, else part by part.
fn mask(word: &str) -> String {
    let core = word.trim_matches(|c: char| is_joint(c) && c != '/' || c == '.');
    if is_value(core) || word == "()" {
        return VALUE.to_owned();
    }
    if !word.bytes().any(|b| b.is_ascii_digit()) {
        let hex = word.split_once('=').is_some_and(|(key, value)| !key.is_empty() && is_value(value));
        return if hex { value_of(word) } else { word.to_owned() };
    }
    let mut shown = String::with_capacity(word.len());
    for part in word.split_inclusive(is_joint) {
        let joint = part.chars().next_back().filter(|c| is_joint(*c));
        let inside = joint.map_or(part, |c| part.get(..part.len() - c.len_utf8()).unwrap_or(""));
        let inside_core = inside.trim_end_matches('.');
        shown.push_str(if !inside_core.is_empty() && is_value(inside_core) { VALUE } else { inside });
        shown.extend(joint);
    }
    // values joined by nothing but signs are one
    let bare = shown.replace(VALUE, "");
    if shown.contains(VALUE) && bare.chars().all(|c| is_joint(c) || c == '-' || c == '.') {
        VALUE.to_owned()
    } else {
        shown
    }
}

/// True for words that are values by their shape.
fn is_value(core: &str) -> bool {
    let digits = core.bytes().filter(u8::is_ascii_digit).count();
    let letters = core.bytes().filter(u8::is_ascii_alphabetic).count();
    if digits == 0 {
        let path = core.starts_with('/') && core.matches('/').count() >= 2;
        let hex = core.len() == 8 && core.bytes().all(|b| matches!(b, b'a'..=b'f'));
        return path || hex || core.contains("://") || is_hostname(core);
    }
    if core.starts_with('/') || is_hostname(core) {
        return true;
    }
    if core.contains(['=', '(', '[', '{', '"', ',']) || (core.contains(':') && letters > digits) {
        return false;
    }
    letters == 0 || digits >= 3 || (core.len() >= 6 && core.bytes().all(|b| b.is_ascii_hexdigit())) || digits >= letters
}

/// Names of hosts: dotted, in small letters, with a last part that hosts have.
fn is_hostname(core: &str) -> bool {
    const LAST: [&str; 18] = [
        "com",
        "net",
        "org",
        "edu",
        "gov",
        "io",
        "cn",
        "de",
        "tw",
        "jp",
        "kr",
        "uk",
        "br",
        "local",
        "internal",
        "svc",
        "lan",
        "localdomain",
    ];
    let host = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-');
    core.bytes().all(host) && core.rsplit_once('.').is_some_and(|(name, last)| !name.is_empty() && LAST.contains(&last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(messages: &[&str]) -> (Vec<u32>, Vec<String>) {
        let mut miner = Miner::default();
        let groups: Vec<usize> = messages.iter().map(|m| miner.learn(m)).collect();
        let (numbers, templates) = miner.finish();
        (groups.into_iter().map(|g| numbers[g]).collect(), templates)
    }

    #[test]
    fn the_same_words_with_other_values_are_one_template() {
        let (numbers, templates) = numbers(&[
            "connection from 10.0.0.1:443 refused after 12 ms",
            "disk /var/lib/data is full",
            "connection from 10.0.9.7:80 refused after 900 ms",
        ]);
        assert_eq!(numbers, [1, 2, 1]);
        assert_eq!(templates[0], "connection from <*> refused after <*> ms");
    }

    #[test]
    fn a_place_that_announces_a_name_is_a_value() {
        let (numbers, templates) =
            numbers(&["session opened for user root", "session opened for user news", "session closed by peer now"]);
        assert_eq!(numbers, [1, 1, 2]);
        assert_eq!(templates[0], "session opened for user <*>");
    }

    #[test]
    fn words_that_take_a_few_values_are_different_events() {
        assert_eq!(numbers(&["instance started", "instance stopped", "instance paused"]).0, [1, 2, 3]);
        let many =
            ["removing chargen", "removing daytime", "removing echo", "removing time", "removing ftp", "removing rsh"];
        assert_eq!(numbers(&many).0, [1; 6]);
    }

    #[test]
    fn a_list_of_values_counts_as_one() {
        assert_eq!(numbers(&["delete blk_1001 blk_1002", "delete blk_1003 blk_1004 blk_1005 blk_1006"]).0, [1, 1]);
    }
}
