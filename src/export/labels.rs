//! What documents are labelled with, in a language: headings, heads of tables, the words between.
//!
//! Labels are ours; nothing of a report, a person or the evidence passes through here but as a value.

use crate::analyst::messages::Messages;
use crate::domain::Report;
use crate::session::Session;

/// The labels of a language; English where it lacks one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    code: String,
}

impl Labels {
    /// Those of a language, by its code.
    pub fn of(code: &str) -> Self {
        Self { code: code.to_owned() }
    }

    /// Those of the language that a report is in.
    pub fn of_report(report: &Report) -> Self {
        Self::of(&report.engine.language)
    }

    /// Those of a session's report; English before there is one.
    pub fn of_session(session: &Session) -> Self {
        session.report.as_ref().map_or_else(|| Self::of("en"), |r| Self::of_report(r))
    }

    /// The language's code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The label of this key.
    pub fn say(&self, key: &str) -> String {
        self.fill(key, &[])
    }

    /// The label of this key around what it is about.
    pub fn on(&self, key: &str, said: &str) -> String {
        self.fill(key, &[("said", said)])
    }

    /// The label of this key with its names filled.
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.message(&format!("label.{key}"), values)
    }

    /// A message that is not a label: `update.cause`.
    pub fn message(&self, key: &str, values: &[(&str, &str)]) -> String {
        Messages::ours().say(&self.code, key, values)
    }

    /// `1`, `1 and 2`, `1, 2 and 3`.
    pub fn list(&self, items: &[String]) -> String {
        match items {
            [] => String::new(),
            [one] => one.clone(),
            [head @ .., last] => {
                let comma = self.message("list.comma", &[]);
                self.message("list.and", &[("head", &head.join(&comma)), ("last", last)])
            }
        }
    }
}

/// True where a text is a label of this key in any language: a page may be in another language than
/// whoever reads it expects.
pub fn is(key: &str, text: &str) -> bool {
    let (ours, text) = (Messages::ours(), text.trim());
    let key = format!("label.{key}");
    ours.codes().any(|code| ours.say(code, &key, &[]).eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_said_in_the_language_and_known_in_every_one() {
        assert_eq!(Labels::of("zh").say("timeline"), "时间线");
        assert_eq!(Labels::of("xx").say("timeline"), "Timeline", "a language without it says it in English");
        assert!(is("item_owner", "Owner") && is("item_owner", "负责人") && !is("item_owner", "期限"));
        assert_eq!(Labels::of("zh").list(&["1".into(), "2".into(), "3".into()]), "1、2和3");
    }
}
