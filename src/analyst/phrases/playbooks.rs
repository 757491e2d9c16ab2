//! The playbooks' texts in a language: a file beside ours, by playbook id and field.

use std::collections::BTreeMap;

use toml::Value;

use crate::analyst::playbook::Playbook;
use crate::fault::Fault;

/// Our own files.
const FILES: [(&str, &str); 1] = [("zh", include_str!("../../../messages/playbooks/zh.toml"))];

/// Texts by `id` and field: `title`, `checks.last_state.what`, `follow_ups.0`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Translations {
    texts: BTreeMap<String, BTreeMap<String, String>>,
}

impl Translations {
    /// Reads a file: a table for each playbook.
    ///
    /// # Errors
    /// Names the file and the reason when it is not valid.
    pub fn read(file: &str, text: &str) -> Result<Self, Fault> {
        let tables: BTreeMap<String, Value> = toml::from_str(text).map_err(|e| {
            Fault::input(format!("playbook texts {file} are not valid: {e}"), "mend the file, then run `hotwash check`")
        })?;
        let mut texts = BTreeMap::new();
        for (id, table) in tables {
            let mut fields = BTreeMap::new();
            flatten("", &table, &mut fields);
            texts.insert(id, fields);
        }
        Ok(Self { texts })
    }

    /// Ours in a language; empty for a language we have no texts in.
    pub fn embedded(code: &str) -> Self {
        // A file of ours that does not read fails the tests; at run time the texts are said in English.
        FILES.iter().find(|(c, _)| *c == code).and_then(|(c, text)| Self::read(c, text).ok()).unwrap_or_default()
    }

    /// The text of a field.
    pub fn get(&self, id: &str, field: &str) -> Option<&str> {
        self.texts.get(id)?.get(field).map(String::as_str)
    }

    /// Ids that are translated.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(String::as_str)
    }

    /// Another file's texts over these.
    pub fn merge(&mut self, other: Self) {
        for (id, fields) in other.texts {
            self.texts.entry(id).or_default().extend(fields);
        }
    }

    /// Fields of the playbooks that have no text here, and those whose names in braces differ.
    pub fn wrong<'p>(&self, playbooks: impl Iterator<Item = &'p Playbook>) -> (Vec<String>, Vec<String>) {
        let (mut missing, mut differ) = (Vec::new(), Vec::new());
        for playbook in playbooks {
            for (field, english) in fields(playbook) {
                match self.get(&playbook.id, &field) {
                    None => missing.push(format!("{}: {field}", playbook.id)),
                    Some(text) if crate::analyst::messages::names(text) != crate::analyst::messages::names(english) => {
                        differ.push(format!("{}: {field}", playbook.id));
                    }
                    Some(_) => {}
                }
            }
        }
        (missing, differ)
    }
}

fn flatten(path: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::String(text) => {
            into.insert(path.to_owned(), text.clone());
        }
        Value::Table(table) => table.iter().for_each(|(key, value)| flatten(&below(key), value, into)),
        Value::Array(all) => all.iter().enumerate().for_each(|(i, v)| flatten(&below(&i.to_string()), v, into)),
        _ => {}
    }
}

/// Every text of a playbook that a report may show, by field.
pub fn fields(p: &Playbook) -> Vec<(String, &str)> {
    let mut out: Vec<(String, &str)> = [
        ("title", &p.title),
        ("statement", &p.statement),
        ("mechanism", &p.mechanism),
        ("confirms", &p.confirms),
        ("systemic", &p.systemic),
        ("counterfactual", &p.counterfactual),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), text.as_str()))
    .collect();
    for c in &p.checks {
        out.push((format!("checks.{}.what", c.id), &c.what));
        out.push((format!("checks.{}.expect", c.id), &c.expect));
    }
    for m in &p.mitigations {
        let told = [("action", &m.action), ("risk", &m.risk), ("rollback", &m.rollback), ("effect", &m.effect)];
        out.extend(told.into_iter().map(|(name, text)| (format!("mitigations.{}.{name}", m.id), text.as_str())));
        if let Some(c) = &m.verify {
            out.push((format!("mitigations.{}.verify.what", m.id), &c.what));
            out.push((format!("mitigations.{}.verify.expect", m.id), &c.expect));
        }
    }
    out.extend(p.follow_ups.iter().enumerate().map(|(i, f)| (format!("follow_ups.{i}"), f.what.as_str())));
    out.retain(|(_, text)| !text.trim().is_empty());
    out
}
