//! The prompts: files with a version, built in or a person's own. What they say is data; here they
//! are only filled in.

/// One version of the prompts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompts {
    /// Its version: `v1`, or `v1+own` where a person's own files replace some.
    pub version: String,
    /// The code of the language that the report's texts are wanted in; `en` needs no words about it.
    pub language: String,
    texts: Vec<(&'static str, String)>,
}

/// The files of version 1, by name.
pub const V1: &[(&str, &str)] = &[
    ("system", include_str!("../../../prompts/v1/system.md")),
    ("task", include_str!("../../../prompts/v1/task.md")),
    ("embedded", include_str!("../../../prompts/v1/embedded.md")),
    ("finish", include_str!("../../../prompts/v1/finish.md")),
    ("repair", include_str!("../../../prompts/v1/repair.md")),
    ("steer", include_str!("../../../prompts/v1/steer.md")),
    ("answer", include_str!("../../../prompts/v1/answer.md")),
    ("question", include_str!("../../../prompts/v1/question.md")),
    ("language", include_str!("../../../prompts/v1/language.md")),
];

impl Default for Prompts {
    fn default() -> Self {
        let texts = V1.iter().map(|(n, t)| (*n, (*t).to_owned())).collect();
        Self { version: "v1".into(), language: "en".into(), texts }
    }
}

impl Prompts {
    /// Puts a person's own text in the place of one of ours; a name that is not there changes nothing.
    pub fn replace(&mut self, name: &str, text: String) {
        if let Some((_, known)) = self.texts.iter_mut().find(|(n, _)| *n == name)
            && *known != text
        {
            *known = text;
            if !self.version.ends_with("+own") {
                self.version.push_str("+own");
            }
        }
    }

    /// The first 12 hex digits of BLAKE3 over all of them.
    pub fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for (name, text) in &self.texts {
            hasher.update(name.as_bytes()).update(&[0]).update(text.as_bytes()).update(&[0]);
        }
        hasher.finalize().to_hex().chars().take(12).collect()
    }

    /// The same prompts, for texts in this language.
    #[must_use]
    pub fn in_language(mut self, code: &str) -> Self {
        code.clone_into(&mut self.language);
        self
    }

    /// What a model is told before everything else: its rules, and the language where it is not English.
    pub fn system(&self) -> String {
        let mut out = self.fill("system", &[]);
        if self.language != "en" {
            out.push_str("\n\n");
            out.push_str(&self.fill("language", &[("language", &self.language)]));
        }
        out
    }

    /// A prompt with its blanks filled. What is filled in is never searched for blanks again.
    pub fn fill(&self, name: &str, values: &[(&str, &str)]) -> String {
        let text = self.texts.iter().find(|(n, _)| *n == name).map_or("", |(_, t)| t.as_str());
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            out.push_str(before);
            match after.split_once("}}") {
                Some((blank, tail)) => {
                    out.push_str(values.iter().find(|(n, _)| *n == blank).map_or("", |(_, v)| *v));
                    rest = tail;
                }
                None => {
                    out.push_str("{{");
                    rest = after;
                }
            }
        }
        out.push_str(rest);
        out.trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_is_not_filled_again() {
        let prompts = Prompts::default();
        let filled = prompts.fill("steer", &[("words", "say {{words}} and {{system}}")]);
        assert!(filled.contains("say {{words}} and {{system}}"), "{filled}");
    }

    #[test]
    fn no_prompt_leaks_a_name_that_could_be_taken_for_evidence() {
        // A name of a service, host, namespace or version, a command, a figure with a unit or a time
        // would come back as if it had been read.
        let leak = regex::Regex::new(
            r"(?i)\b[a-z0-9]+-(?:svc|api|service|worker|db|cache|gateway)\b|\bkubectl\b|\bdocker\b|\bredis\b|\bpostgres\w*|\bnamespace\b|\bv\d+\.\d+|\d+\s?(?:%|ms|MiB?|GiB?|req)|\bprod\b|\bstaging\b|\bcheckout\b|\bpayments?\b|\border-",
        )
        .unwrap();
        for (name, text) in V1 {
            let found: Vec<&str> = leak.find_iter(text).map(|m| m.as_str()).collect();
            assert!(found.is_empty(), "{name}: {found:?}");
        }
    }

    #[test]
    fn another_language_is_said_with_the_rules_and_english_needs_no_words() {
        let prompts = Prompts::default();
        assert_eq!(prompts.system(), prompts.fill("system", &[]));
        let prompts = prompts.in_language("zh");
        let said = prompts.system();
        assert!(said.starts_with(&prompts.fill("system", &[])) && said.contains("whose code is `zh`"), "{said}");
    }

    #[test]
    fn a_changed_prompt_has_another_hash_and_says_so_in_its_version() {
        let (ours, mut own) = (Prompts::default(), Prompts::default());
        own.replace("system", "Be brief.".into());
        assert_ne!(ours.hash(), own.hash());
        assert_eq!(own.version, "v1+own");
        assert_eq!(ours.hash().len(), 12);
    }
}
