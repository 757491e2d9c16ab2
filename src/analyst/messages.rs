//! Messages: our own sentences by key, in English and other languages, as data. The files are
//! `messages/*.toml`; a person's own are merged over ours, and held against the English ones: the same
//! keys, the same names in braces. Nothing but our own words is ever translated here.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::fault::Fault;

/// The messages of every language by code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Messages {
    languages: BTreeMap<String, BTreeMap<String, String>>,
}

/// Those with a person's own merged over them, where there are such.
static INSTALLED: OnceLock<Messages> = OnceLock::new();

/// Our own files.
const FILES: [(&str, &str); 2] =
    [("en", include_str!("../../messages/en.toml")), ("zh", include_str!("../../messages/zh.toml"))];

/// Parts that are said by key alone: what joins a list, the postmortem's own words, answers, labels.
const BY_KEY: [&str; 5] = ["list.", "sheet.", "answer.", "label.", "update."];

impl Messages {
    /// The built-in ones.
    pub fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<Messages> = OnceLock::new();
        EMBEDDED.get_or_init(|| {
            let mut all = Self::default();
            for (code, text) in FILES {
                // A file of ours that does not read fails the tests; at run time the others still serve.
                let _ = all.merge(code, code, text);
            }
            all
        })
    }

    /// Those in force: the built-in ones, or those that [`Self::install`] put in their place.
    pub fn ours() -> &'static Self {
        INSTALLED.get().unwrap_or_else(|| Self::embedded())
    }

    /// Puts these in force, once in a process: a person's own languages are then known everywhere.
    pub fn install(self) {
        let _ = INSTALLED.set(self);
    }

    /// Merges a file of a language over what is there.
    ///
    /// # Errors
    /// Names the file and the reason: no TOML, an unknown key, or names in braces that are not those of
    /// the English sentence.
    pub fn merge(&mut self, file: &str, code: &str, text: &str) -> Result<(), Fault> {
        let hint = "mend the file, then run `hotwash check`";
        let wrong = |what: String| Fault::input(format!("message file {file}: {what}"), hint);
        let parts: BTreeMap<String, BTreeMap<String, String>> =
            toml::from_str(text).map_err(|e| wrong(format!("is not valid: {e}")))?;
        let mut read = BTreeMap::new();
        for (part, sentences) in parts {
            read.extend(sentences.into_iter().map(|(key, text)| (format!("{part}.{key}"), text)));
        }
        if let Some(english) = self.languages.get("en") {
            for (key, text) in &read {
                let known = english.get(key).ok_or_else(|| wrong(format!("there is no message `{key}`")))?;
                if names(known) != names(text) {
                    return Err(wrong(format!("`{key}` must hold {}", listed(&names(known)))));
                }
            }
        }
        self.languages.entry(code.to_owned()).or_default().extend(read);
        Ok(())
    }

    /// Keys of the English messages that a language lacks: they are said in English.
    pub fn missing(&self, code: &str) -> Vec<&str> {
        let has = |key: &str| self.languages.get(code).is_some_and(|l| l.contains_key(key));
        let english = self.languages.get("en").into_iter().flat_map(BTreeMap::keys);
        english.map(String::as_str).filter(|key| !has(key)).collect()
    }

    /// Every message of a language beside its English one, but those that are said by key alone: the words
    /// that join a list, and the postmortem's own.
    pub fn pairs(&self, code: &str) -> Vec<(String, String)> {
        let of = |code: &str| self.languages.get(code);
        let (Some(english), Some(said)) = (of("en"), of(code)) else { return Vec::new() };
        let sentences = said.iter().filter(|(key, _)| !BY_KEY.iter().any(|part| key.starts_with(part)));
        sentences.filter_map(|(key, said)| Some((english.get(key)?.clone(), said.clone()))).collect()
    }

    /// The languages' codes.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.languages.keys().map(String::as_str)
    }

    /// A sentence in a language, filled in; in English where the language lacks it.
    pub fn say(&self, code: &str, key: &str, values: &[(&str, &str)]) -> String {
        let of = |code: &str| self.languages.get(code).and_then(|l| l.get(key));
        let Some(text) = of(code).or_else(|| of("en")) else { return key.to_owned() };
        let (mut out, mut rest) = (String::with_capacity(text.len()), text.as_str());
        // Once through: what is filled in is never read as a name again.
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((name, behind)) = after.split_once('}') else {
                out.push('{');
                rest = after;
                continue;
            };
            match values.iter().find(|(n, _)| *n == name) {
                Some((_, value)) => out.push_str(value),
                None => out.push_str(&format!("{{{name}}}")),
            }
            rest = behind;
        }
        out.push_str(rest);
        out
    }
}

/// The language that a person writes: Chinese where Chinese characters stand in it, else English.
pub fn language_of(text: &str) -> &'static str {
    if text.chars().any(|c| matches!(c, '\u{3400}'..='\u{9fff}')) { "zh" } else { "en" }
}

/// The names in braces, sorted, each once.
pub fn names(text: &str) -> Vec<&str> {
    let mut all: Vec<&str> =
        text.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() {
        return "no names in braces".into();
    }
    names.iter().map(|n| format!("{{{n}}}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_of_ours_has_every_message_with_the_same_names() {
        let mut all = Messages::default();
        for (code, text) in FILES {
            all.merge(code, code, text).unwrap();
            assert_eq!(all.missing(code), Vec::<&str>::new(), "{code}");
        }
        assert!(all.codes().eq(["en", "zh"]));
    }

    #[test]
    fn a_translators_mistake_is_named() {
        let mut all = Messages::embedded().clone();
        let wrong = |all: &mut Messages, text: &str| all.merge("de.toml", "de", text).unwrap_err().what;
        assert!(wrong(&mut all, "[answer]\nmentions = \"nichts\"\n").contains("`answer.mentions` must hold {names}"));
        assert!(wrong(&mut all, "[answer]\nmention = \"x\"\n").contains("no message `answer.mention`"));
        assert!(wrong(&mut all, "answer = 3\n").contains("not valid"));
        all.merge("de.toml", "de", "[answer]\nmentions = \"Was {names} nennt.\"\n").unwrap();
        assert_eq!(all.say("de", "answer.mentions", &[("names", "{of}")]), "Was {of} nennt.");
        assert_eq!(all.say("de", "answer.hit", &[]), "What was hit.");
        assert!(all.missing("de").contains(&"answer.hit"));
    }
}
