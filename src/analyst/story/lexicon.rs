//! The names that engineers have for each kind of fault, as data (`lexicon.toml`): what a sentence
//! means that tells of a cause in no fuller way. It judges no sentence that supposes, plans, denies or
//! tells of another time, and names no subject.

use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use regex::Regex;
use serde::Deserialize;

use crate::analyst::wording::{is_conjecture, is_denied};
use crate::domain::pattern::compile_any_case;

/// The names of one kind of fault.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    playbook: String,
    weight: f64,
    names: Vec<String>,
    #[serde(skip)]
    compiled: OnceLock<Option<Regex>>,
}

#[derive(Debug, Default, Deserialize)]
struct Lexicon {
    kind: Vec<Kind>,
}

static KINDS: LazyLock<Vec<Kind>> =
    LazyLock::new(|| toml::from_str::<Lexicon>(include_str!("lexicon.toml")).unwrap_or_default().kind);

/// A name as a pattern: a blank is blanks or a hyphen, `…` up to seven words, a star the rest of a word.
fn pattern_of(name: &str) -> String {
    let mut out = String::new();
    for c in name.replace(" … ", "…").chars() {
        match c {
            '…' => out.push_str(r"(?:\s+[^\s.;,:]+){0,7}?\s+"),
            ' ' => out.push_str(r"[\s-]+"),
            '*' => out.push_str(r"\w*"),
            '(' => out.push_str("(?:"),
            other => out.push(other),
        }
    }
    out
}

impl Kind {
    fn pattern(&self) -> Option<&Regex> {
        let compiled = || {
            let all: Vec<String> = self.names.iter().map(|n| pattern_of(n)).collect();
            compile_any_case(&format!(r"\b(?:{})(?:\b|\W|$)", all.join("|"))).ok()
        };
        self.compiled.get_or_init(compiled).as_ref()
    }
}

static ELSEWHEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)\b(?:last (?:month|year|quarter|winter|summer|spring|autumn|time)|(?:earlier|previous|former|past|other) (?:incidents?|outages?|post-?mortems?)|as in (?:january|february|march|april|may|june|july|august|september|october|november|december)|(?:thought|believed|assumed|feared|suspicion|guess|theory|wondered|asked whether)|looks? like|seems? to|if (?:it|this|the)|in case|to (?:avoid|prevent|rule out|exclude)|will|would|(?:follow|action)[- ](?:up|item)s?|next steps?|check(?:s|ed|ing)? (?:for|whether|if))\b",
    )
    .ok()
});

/// The sentence supposes, plans, or tells of another time.
pub fn is_hedged(sentence: &str) -> bool {
    // what a program says between back quotes is no word of the writer
    let own: String = sentence.split('`').step_by(2).collect();
    is_conjecture(&own) || ELSEWHEN.as_ref().is_some_and(|r| r.is_match(&own))
}

/// The kind of fault whose name the sentence bears: its playbook, how far the name speaks of a cause,
/// and the name's place. Of several the weightiest, of those the first.
pub fn named(sentence: &str) -> Option<(&'static str, f64, Range<usize>)> {
    if is_hedged(sentence) {
        return None;
    }
    let hits = KINDS.iter().filter_map(|k| {
        let at = k.pattern()?.find_iter(sentence).find(|m| {
            let after = sentence.get(m.end()..).unwrap_or_default();
            !is_denied(sentence, m.start()) && !is_for_a_purpose(after)
        })?;
        Some((k.playbook.as_str(), k.weight, at.range()))
    });
    hits.reduce(|best, hit| {
        let heavier = hit.1 > best.1 || (hit.1 >= best.1 && hit.2.start < best.2.start);
        if heavier { hit } else { best }
    })
}

/// What is done for something is a deed, and no fault: `scaled to 0 so that …`, `scaled to 0 pods to let …`.
fn is_for_a_purpose(after: &str) -> bool {
    const COUNTED: [&str; 4] = [" replicas", " pods", " instances", " workers"];
    const PURPOSES: [&str; 6] =
        [" so that ", " in order to ", " to let ", " to allow ", " to make room", " to accommodate "];
    let after = COUNTED.iter().find_map(|w| after.strip_prefix(w)).unwrap_or(after);
    PURPOSES.iter().any(|w| after.starts_with(w))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::Knowledge;

    /// A name as somebody would write it: the first of its alternatives, without what may be left out.
    fn written(name: &str) -> String {
        let mut text = name.replace('*', "").replace("…", "").replace("\\d+", "3").replace("\\S+", "5");
        text = text.replace("\\d", "2").replace("[\\w ]", "").replace("[sz]", "s").replace("[ce]", "c");
        while let Some(close) = text.find(')') {
            let Some(open) = text[..close].rfind('(') else { break };
            let first = text[open + 1..close].split('|').next().unwrap_or("").to_owned();
            let optional = text[close + 1..].starts_with('?');
            let end = close + 1 + usize::from(optional);
            text.replace_range(open..end, if optional { "" } else { &first });
        }
        let mut out = String::new();
        for c in text.chars() {
            match c {
                '?' | '[' | ']' => {}
                c => out.push(c),
            }
        }
        out.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_name_is_known_and_belongs_to_a_playbook() {
        let mut wrong: Vec<String> = Vec::new();
        for k in KINDS.iter() {
            if !Knowledge::embedded().playbooks.contains_key(&k.playbook) {
                wrong.push(format!("no playbook {}", k.playbook));
            }
            for name in &k.names {
                let one = compile_any_case(&format!(r"\b(?:{})(?:\b|\W|$)", pattern_of(name)));
                let text = format!("The orders host: {} since noon.", written(name));
                if !one.as_ref().is_ok_and(|r| r.is_match(&text)) {
                    wrong.push(format!("{}: {name:?} misses {text:?}", k.playbook));
                }
                if named(&text).is_none() {
                    wrong.push(format!("{}: nothing in {text:?}", k.playbook));
                }
            }
        }
        assert!(KINDS.len() >= 50 && wrong.is_empty(), "{} kinds\n{}", KINDS.len(), wrong.join("\n"));
    }

    #[test]
    fn what_is_denied_supposed_planned_or_of_another_time_is_not_meant() {
        let mut wrong: Vec<String> = Vec::new();
        for name in KINDS.iter().flat_map(|k| &k.names).map(|n| written(n)) {
            for text in [
                format!("We first suspected {name} here."),
                format!("Perhaps {name}, said somebody of the other team."),
                format!("Last month there was {name} as well."),
                format!("To prevent {name} we add an alarm."),
                format!("Follow-up: a test for {name}."),
                format!("He thought of {name}."),
            ] {
                wrong.extend(named(&text).map(|(p, ..)| format!("{p}: {text}")));
            }
            let denied = format!("It was not {name}.");
            let hit = named(&denied).filter(|(_, _, at)| at.start <= "It was not ".len());
            wrong.extend(hit.map(|(p, ..)| format!("{p}: {denied}")));
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn a_name_is_heard_in_other_words_of_its_form() {
        for (text, kind) in [
            ("The proxy had used up its 1024 file descriptors", "fd_exhaustion"),
            ("Two workers had run out of room on their volumes", "disk_full"),
            ("Intermediate CA used by the brokers reaches its end of life", "certificate_expired"),
            ("the processors of every edge proxy went to one hundred per cent", "cpu_saturation"),
            ("md2 degraded, sdf failed at 15:31", "storage_volume"),
        ] {
            let found = named(text).map(|(p, ..)| p.split('.').next().unwrap_or(""));
            assert_eq!(found, Some(kind), "{text}");
        }
        assert_eq!(named("Orders are taken as on any day"), None);
    }
}
