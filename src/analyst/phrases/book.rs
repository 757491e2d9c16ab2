//! The phrase book of one language: every message and playbook text of ours as a pattern, with what it
//! says there.

use std::collections::BTreeMap;

use super::pattern::{Kind, Pattern};
use super::playbooks::{Translations, fields};
use super::sentences::joints;
use crate::analyst::messages::Messages;
use crate::analyst::{Knowledge, playbook::Playbook};

/// Our own words in one language.
#[derive(Debug, Clone, PartialEq)]
pub struct Phrasebook {
    code: String,
    /// Messages without a place, by their English words in lower case.
    plain: BTreeMap<String, String>,
    /// Messages with places, those that fix most words first.
    patterns: Vec<(Pattern, Pattern)>,
    messages: Messages,
}

/// How deep a sentence may stand in a sentence; beyond that the words stay as they are.
const DEPTH: u8 = 6;
/// Text longer than this is evidence, not a sentence of ours.
const LONGEST: usize = 6_000;

impl Phrasebook {
    /// The book of a language: its messages, and the texts of these playbooks. `own` holds a person's
    /// translations; a playbook that a person replaced is said by those alone.
    pub fn new(
        code: &str,
        messages: &Messages,
        ours: &Translations,
        own: &Translations,
        knowledge: &Knowledge,
    ) -> Self {
        let mut pairs: Vec<(String, String)> = messages.pairs(code);
        let embedded = Knowledge::embedded();
        for playbook in knowledge.playbooks.values() {
            let replaced = embedded.playbooks.get(&playbook.id) != Some(playbook);
            add(&mut pairs, playbook, |field| {
                own.get(&playbook.id, field).or_else(|| ours.get(&playbook.id, field).filter(|_| !replaced))
            });
        }
        let mut book =
            Self { code: code.into(), plain: BTreeMap::new(), patterns: Vec::new(), messages: messages.clone() };
        for (english, said) in pairs {
            let (english, said) = (without_stop(&english), without_stop(&said));
            let (Some(from), Some(to)) = (Pattern::of(english), Pattern::of(said)) else { continue };
            if from.fixed == english.len() {
                book.plain.entry(english.to_lowercase()).or_insert_with(|| said.to_owned());
            } else if from.fixed > 0 {
                book.patterns.push((from, to));
            }
        }
        book.patterns.sort_by_key(|(from, _)| std::cmp::Reverse(from.fixed));
        book.patterns.dedup();
        book
    }

    /// The language's code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// A message by its key, filled in.
    pub fn message(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.messages.say(&self.code, key, values)
    }

    /// The text in the language, as far as it is ours; what is not stays as it is.
    pub fn say(&self, text: &str) -> String {
        self.said(text).unwrap_or_else(|| text.to_owned())
    }

    /// The same; `None` when nothing in it is ours.
    pub fn said(&self, text: &str) -> Option<String> {
        if text.len() > LONGEST { None } else { self.at(text, DEPTH) }
    }

    fn at(&self, text: &str, depth: u8) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        let core = text.trim();
        if core.is_empty() {
            return None;
        }
        let (body, stop) = match core.strip_suffix('.') {
            Some(body) if !body.ends_with('.') => (body, "。"),
            _ => (core, ""),
        };
        if let Some(said) = self.plain.get(&body.to_lowercase()) {
            return Some(ended(said.clone(), stop));
        }
        let parts = self.split(core, &['\n'], depth).or_else(|| self.split(body, &['.', '?', '!'], depth));
        if let Some((said, true)) = parts {
            return Some(ended(said, stop));
        }
        if let Some(said) = self.by_pattern(body, depth) {
            return Some(ended(said, stop));
        }
        let parts = parts.or_else(|| self.split(body, &[';'], depth)).or_else(|| self.behind_colon(body, depth));
        parts.map(|(said, _)| ended(said, stop))
    }

    /// The text part by part; the flag says whether every part is ours.
    fn split(&self, text: &str, marks: &[char], depth: u8) -> Option<(String, bool)> {
        let joints = joints(text, marks);
        if joints.is_empty() {
            return None;
        }
        let (mut out, mut all, mut any, mut from) = (String::new(), true, false, 0);
        for (i, end) in joints.iter().map(|j| j.at).chain([text.len()]).enumerate() {
            // a question keeps its mark: it belongs to the message
            let mark = joints.get(i).map(|j| j.mark);
            let end = if matches!(mark, Some('?' | '!')) { end + 1 } else { end };
            let part = text.get(from..end).unwrap_or("");
            let said = self.at(part, depth);
            all &= said.is_some() || part.trim().is_empty();
            any |= said.is_some();
            out.push_str(said.as_deref().unwrap_or(part));
            match (mark, said.is_some()) {
                (Some('.'), true) => out.push('。'),
                (Some(';'), true) => out.push('；'),
                (Some('.'), false) => out.push_str(". "),
                (Some(';'), false) => out.push_str("; "),
                (Some('\n'), _) => out.push('\n'),
                (Some(_), false) => out.push(' '),
                (Some(_), true) | (None, _) => {}
            }
            from = joints.get(i).map_or(text.len(), |j| j.at + j.len);
        }
        any.then_some((out, all))
    }

    /// `cart-svc: what is said of it`.
    fn behind_colon(&self, text: &str, depth: u8) -> Option<(String, bool)> {
        joints(text, &[':']).first().and_then(|j| {
            let (before, behind) = (text.get(..j.at)?, text.get(j.at + j.len..)?);
            let said = self.at(behind, depth)?;
            let before = self.at(before, depth).unwrap_or_else(|| before.to_owned());
            Some((format!("{before}：{said}"), true))
        })
    }

    fn by_pattern(&self, text: &str, depth: u8) -> Option<String> {
        self.patterns.iter().find_map(|(from, to)| {
            let found = from.captures(text)?;
            let value = |name: &str| {
                let (_, kind, value) = found.iter().find(|(n, _, _)| *n == name)?;
                Some(match kind {
                    Kind::Said => self.at(value, depth).unwrap_or_else(|| (*value).to_owned()),
                    Kind::List => self.list(value, depth),
                    Kind::Any | Kind::Subject if value.starts_with("the ") || value.starts_with("its ") => {
                        self.at(value, depth).unwrap_or_else(|| (*value).to_owned())
                    }
                    Kind::Figure | Kind::Word | Kind::Subject | Kind::Any => (*value).to_owned(),
                })
            };
            Some(to.filled(|name| value(name).unwrap_or_default()))
        })
    }

    /// `a, b and c` with the language's own words between.
    fn list(&self, text: &str, depth: u8) -> String {
        let (head, last) = text.rsplit_once(" and ").map_or((text, None), |(h, l)| (h, Some(l)));
        let said = |item: &str| self.at(item, depth).unwrap_or_else(|| item.to_owned());
        let comma = self.message("list.comma", &[]);
        let head = head.split(", ").map(said).collect::<Vec<_>>().join(&comma);
        match last {
            Some(last) => self.message("list.and", &[("head", &head), ("last", &said(last))]),
            None => head,
        }
    }
}

fn add<'t>(pairs: &mut Vec<(String, String)>, playbook: &Playbook, translated: impl Fn(&str) -> Option<&'t str>) {
    for (field, english) in fields(playbook) {
        if let Some(said) = translated(&field) {
            pairs.push((english.to_owned(), said.to_owned()));
        }
    }
}

fn without_stop(text: &str) -> &str {
    text.trim().trim_end_matches(['.', '。'])
}

fn ended(mut text: String, stop: &str) -> String {
    if !text.ends_with(['。', '！', '？']) {
        text.push_str(stop);
    }
    text
}
