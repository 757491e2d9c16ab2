//! What a pattern needs: words without which it can't match, told from the pattern's own text.
//! Cautious: only plain characters count, and what may be absent counts as absent. It never says
//! that a pattern matches.

use std::cmp::Reverse;

/// Words of which one must stand on the line.
pub(super) type Set = Vec<String>;

/// The most sets that one way is held to: more tell little that these do not.
const MOST: usize = 3;

/// The ways in which a pattern may match, each with sets of which every one is needed; `None` where
/// some way needs nothing that could be told.
pub(super) fn ways(pattern: &str) -> Option<Vec<Vec<Set>>> {
    let chars = &mut pattern.chars().peekable();
    let mut all = Vec::new();
    loop {
        let (mut sets, more) = branch(chars);
        sets.truncate(MOST);
        if sets.is_empty() {
            return None;
        }
        all.push(sets);
        if !more {
            return Some(all);
        }
    }
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// The words needed by the alternatives up to a closing bracket or the end: those of every branch.
fn alternatives(chars: &mut Chars<'_>) -> Option<Set> {
    let mut all: Option<Set> = Some(Vec::new());
    loop {
        let (sets, more) = branch(chars);
        all = all.zip(sets.into_iter().next()).map(|(mut known, words)| {
            known.extend(words);
            known
        });
        if !more {
            return all;
        }
    }
}

/// What one branch needs, the most telling set first, and whether another branch follows.
fn branch(chars: &mut Chars<'_>) -> (Vec<Set>, bool) {
    let mut sets: Vec<Set> = Vec::new();
    let mut run = String::new();
    let mut more = false;
    while let Some(c) = chars.next() {
        match c {
            '|' => {
                more = true;
                break;
            }
            ')' => break,
            '(' => {
                sets.push(vec![std::mem::take(&mut run)]);
                let inner = if group_is_flags(chars) { None } else { alternatives(chars) };
                if !may_be_absent(chars) {
                    sets.extend(inner);
                }
            }
            '[' => {
                skip_class(chars);
                sets.push(vec![std::mem::take(&mut run)]);
            }
            '?' | '*' | '{' => {
                // The character before may be absent: it ends the run without belonging to it.
                run.pop();
                if c == '{' {
                    chars.by_ref().find(|c| *c == '}');
                }
                sets.push(vec![std::mem::take(&mut run)]);
            }
            '\\' => match chars.next() {
                Some(e) if !e.is_alphanumeric() => run.push(e),
                // `\d`, `\b` and their like match no fixed character.
                _ => sets.push(vec![std::mem::take(&mut run)]),
            },
            '.' | '^' | '$' | '+' => sets.push(vec![std::mem::take(&mut run)]),
            c => run.push(c),
        }
    }
    sets.push(vec![run]);
    let shortest = |set: &[String]| set.iter().map(String::len).min().unwrap_or(0);
    sets.retain(|set| shortest(set) >= 3 && set.iter().all(|w| w.is_ascii()));
    sets.sort_by_key(|set| (Reverse(shortest(set)), set.len()));
    (sets, more)
}

/// Reads what may follow an opening bracket (`?:`, `?P<name>`); true for flags without a body.
fn group_is_flags(chars: &mut Chars<'_>) -> bool {
    if chars.peek() != Some(&'?') {
        return false;
    }
    for c in chars.by_ref() {
        match c {
            ':' | '>' => return false,
            ')' => return true,
            _ => {}
        }
    }
    true
}

/// True when a quantifier after a group lets it be absent; the quantifier is read.
fn may_be_absent(chars: &mut Chars<'_>) -> bool {
    match chars.peek() {
        Some('?' | '*') => {
            chars.next();
            true
        }
        Some('{') => {
            let counts: String = chars.by_ref().take_while(|c| *c != '}').collect();
            counts.starts_with("{0")
        }
        _ => false,
    }
}

fn skip_class(chars: &mut Chars<'_>) {
    if chars.peek() == Some(&'^') {
        chars.next();
    }
    let mut first = true;
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            ']' if !first => return,
            _ => {}
        }
        first = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pattern: &str) -> Option<Vec<String>> {
        let set = |set: Set| set.join("/");
        Some(ways(pattern)?.into_iter().map(|sets| sets.into_iter().map(set).collect::<Vec<_>>().join(" + ")).collect())
    }

    #[test]
    fn a_pattern_names_the_words_it_needs() {
        let one = |way: &str| Some(vec![way.to_owned()]);
        assert_eq!(told("too many connections"), one("too many connections"));
        assert_eq!(told(r"exceeded quota: (?P<q>\S+)"), one("exceeded quota: "));
        assert_eq!(told("oomkilled|out of memory"), Some(vec!["oomkilled".into(), "out of memory".into()]));
        assert_eq!(told("colou?r"), one("colo"));
        assert_eq!(told(r"\d+ (a|b)"), None);
        assert_eq!(told(r"(slow|long) (query|sql)\b"), one("slow/long + query/sql"));
        assert_eq!(told(r"(very )?hot (?P<x>loops|spins)?"), one("hot "));
        assert_eq!(told(r"(pool){0,2} full"), one(" full"));
    }

    #[test]
    fn a_way_needs_all_of_its_sets_and_each_branch_its_own() {
        assert_eq!(told(r"fail(ed)?[- ]?over\b.{0,9}(begun|ended)"), Some(vec!["begun/ended + fail + over".into()]));
        assert_eq!(told(r"clock\b.{0,9}(ahead|behind)|skew"), Some(vec!["clock + ahead/behind".into(), "skew".into()]));
        assert_eq!(told(r"skew|\d+ s"), None);
    }
}
