//! Key bindings as data: `keys/default.toml`, and a person's own file over it. What is unknown or
//! said twice is named with its line; the rest of the file still counts.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use toml::Spanned;

use super::action;
use super::input::{Key, KeyCode};
use crate::fault::Fault;

/// Where a binding holds. The names are the tables of the key files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say where each holds")]
pub enum Context {
    Everywhere,
    Home,
    Session,
    List,
    Evidence,
    Hypotheses,
    Checklist,
    Mitigation,
    Runs,
    Postmortem,
    Notes,
    Review,
    Follow,
    Editor,
    Prompt,
    Approval,
    Payload,
    Palette,
    Help,
}

impl Context {
    /// Every context with its table name and what a reader calls it.
    pub const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Everywhere, "everywhere", "Everywhere"),
        (Self::Home, "home", "Home screen"),
        (Self::Session, "session", "In a session"),
        (Self::List, "list", "Moving in a panel"),
        (Self::Evidence, "evidence", "Evidence"),
        (Self::Hypotheses, "hypotheses", "Hypotheses"),
        (Self::Checklist, "checklist", "Checklist"),
        (Self::Mitigation, "mitigation", "Mitigation"),
        (Self::Runs, "runs", "Runs"),
        (Self::Postmortem, "postmortem", "Postmortem"),
        (Self::Notes, "notes", "Notes"),
        (Self::Review, "review", "Review"),
        (Self::Follow, "follow", "Following"),
        (Self::Editor, "editor", "Editing the postmortem"),
        (Self::Prompt, "prompt", "Typing an answer"),
        (Self::Approval, "approval", "Approving a command"),
        (Self::Payload, "payload", "Sending to a model"),
        (Self::Palette, "palette", "Command palette"),
        (Self::Help, "help", "Help"),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, n, _)| *n == name).map(|(c, ..)| *c)
    }
}

/// Which key does what, per context.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keymap {
    bound: BTreeMap<Context, HashMap<Key, &'static str>>,
}

type File = BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, Spanned<String>>>;

impl Keymap {
    /// The bindings the program comes with.
    pub const DEFAULT: &'static str = include_str!("../../keys/default.toml");

    /// The bindings the program comes with, read once.
    pub fn standard() -> Arc<Self> {
        static STANDARD: OnceLock<Arc<Keymap>> = OnceLock::new();
        Arc::clone(STANDARD.get_or_init(|| {
            let mut map = Self::default();
            let _checked_by_a_test = map.merge("keys/default.toml", Self::DEFAULT);
            Arc::new(map)
        }))
    }

    /// Lays a file's bindings over these. An action's name of `none` takes a key away. What can't
    /// be used comes back as faults with file and line.
    pub fn merge(&mut self, name: &str, text: &str) -> Vec<Fault> {
        let file: File = match toml::from_str(text) {
            Ok(file) => file,
            Err(e) => {
                let hint = "mend the file, then run `hotwash check`";
                return vec![Fault::input(format!("key file {name} is not valid: {}", e.to_string().trim()), hint)];
            }
        };
        let line = |at: usize| text.get(..at).unwrap_or("").matches('\n').count() + 1;
        let mut faults = Vec::new();
        let mut fault = |at: usize, what: String, hint: &str| {
            faults.push(Fault::input(format!("{name}, line {}: {what}", line(at)), hint));
        };
        for (table, bindings) in &file {
            let Some(context) = Context::named(table.get_ref()) else {
                fault(
                    table.span().start,
                    format!("unknown table `{}`", table.get_ref()),
                    "run `hotwash check` for the list",
                );
                continue;
            };
            let mut here: HashMap<Key, usize> = HashMap::new();
            let mut sorted: Vec<_> = bindings.iter().collect();
            sorted.sort_by_key(|(k, _)| k.span().start);
            for (spelled, wanted) in sorted {
                let at = spelled.span().start;
                let Some(key) = parse_key(spelled.get_ref()) else {
                    fault(
                        at,
                        format!("unknown key `{}`", spelled.get_ref()),
                        "write keys like `x`, `ctrl-p`, `f1`, `pgdn`",
                    );
                    continue;
                };
                if let Some(first) = here.insert(key, at) {
                    let first = line(first);
                    fault(
                        at,
                        format!("`{}` is already bound on line {first}", spelled.get_ref()),
                        "keep one of the two",
                    );
                    continue;
                }
                let keys = self.bound.entry(context).or_default();
                if wanted.get_ref() == "none" {
                    keys.remove(&key);
                    continue;
                }
                match action::by_id(wanted.get_ref()) {
                    Some(found) => drop(keys.insert(key, found.id)),
                    None => fault(
                        wanted.span().start,
                        format!("unknown action `{}`", wanted.get_ref()),
                        "the help screen lists the actions' names",
                    ),
                }
            }
        }
        faults
    }

    /// What a key does in the first of these contexts that binds it.
    pub fn action(&self, contexts: &[Context], key: Key) -> Option<&'static str> {
        contexts.iter().find_map(|c| self.bound.get(c).and_then(|keys| keys.get(&key)).copied())
    }

    /// The keys of an action, shortest first.
    pub fn keys_of(&self, id: &str) -> Vec<String> {
        let mut keys: Vec<String> = self
            .bound
            .values()
            .flat_map(|keys| keys.iter().filter(|(_, a)| **a == id).map(|(k, _)| key_name(*k)))
            .collect();
        keys.sort_by_key(|k| (k.chars().count(), k.clone()));
        keys.dedup();
        keys
    }

    /// The shortest key of an action; empty when it has none.
    pub fn key_of(&self, id: &str) -> String {
        self.keys_of(id).into_iter().next().unwrap_or_default()
    }
}

const NAMED: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("shift-tab", KeyCode::BackTab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("space", KeyCode::Char(' ')),
];

/// A key from its name: `x`, `ctrl-p`, `alt-enter`, `f1`, `shift-tab`.
pub fn parse_key(name: &str) -> Option<Key> {
    let mut key = Key { code: KeyCode::Esc, ctrl: false, alt: false, shift: false };
    let mut rest = name;
    loop {
        if let Some((_, code)) = NAMED.iter().find(|(n, _)| *n == rest) {
            key.code = *code;
            return Some(key);
        }
        if let Some(r) = rest.strip_prefix("ctrl-").filter(|r| !r.is_empty()) {
            (key.ctrl, rest) = (true, r);
        } else if let Some(r) = rest.strip_prefix("alt-").filter(|r| !r.is_empty()) {
            (key.alt, rest) = (true, r);
        } else if let Some(r) = rest.strip_prefix("shift-").filter(|r| r.chars().count() > 1) {
            (key.shift, rest) = (true, r);
        } else {
            break;
        }
    }
    let mut chars = rest.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if !c.is_control() => key.code = KeyCode::Char(c),
        (Some('f'), Some(_)) => key.code = KeyCode::F(rest.get(1..)?.parse().ok().filter(|n| (1..=12).contains(n))?),
        _ => return None,
    }
    Some(key)
}

/// A key's name, as [`parse_key`] reads it.
pub fn key_name(key: Key) -> String {
    let mut name = String::new();
    for (on, word) in [(key.ctrl, "ctrl-"), (key.alt, "alt-"), (key.shift, "shift-")] {
        if on {
            name.push_str(word);
        }
    }
    match (key.code, NAMED.iter().find(|(_, code)| *code == key.code)) {
        (_, Some((word, _))) => name.push_str(word),
        (KeyCode::Char(c), None) => name.push(c),
        (KeyCode::F(n), None) => name.push_str(&format!("f{n}")),
        _ => {}
    }
    name
}

/// The key as bindings are looked up: a character carries its own shift, control keys are lower case.
pub fn plain(mut key: Key) -> Key {
    if let KeyCode::Char(c) = key.code {
        key.shift = false;
        if key.ctrl {
            key.code = KeyCode::Char(c.to_ascii_lowercase());
        }
    }
    if key.code == KeyCode::BackTab {
        key.shift = false;
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_bindings_are_sound() {
        assert_eq!(Keymap::default().merge("keys/default.toml", Keymap::DEFAULT), vec![]);
    }

    #[test]
    fn every_action_has_a_key_or_is_for_the_palette() {
        let map = Keymap::standard();
        let without: Vec<&str> = action::ALL.iter().filter(|a| map.keys_of(a.id).is_empty()).map(|a| a.id).collect();
        assert!(without.len() < 8, "{without:?}");
    }

    #[test]
    fn unknown_names_and_conflicts_are_named_with_their_line() {
        let text = "[list]\nj = 'down'\n'wat-x' = 'down'\nq = 'fly'\n'ctrl-alt-x' = 'up'\n'alt-ctrl-x' = 'down'\n[nowhere]\nx = 'up'\n";
        let said: Vec<String> = Keymap::default().merge("mine.toml", text).into_iter().map(|f| f.what).collect();
        assert_eq!(said.len(), 4, "{said:?}");
        for expected in [
            "line 3: unknown key `wat-x`",
            "line 4: unknown action `fly`",
            "line 6: `alt-ctrl-x` is already bound on line 5",
            "line 7: unknown table `nowhere`",
        ] {
            assert!(said.iter().any(|s| s.contains(expected)), "{expected} not in {said:?}");
        }
    }

    #[test]
    fn a_persons_file_moves_and_removes_keys() {
        let mut map = (*Keymap::standard()).clone();
        assert_eq!(map.merge("mine.toml", "[everywhere]\nf9 = 'help'\n'?' = 'none'\n"), vec![]);
        assert!(!map.keys_of("help").contains(&"?".to_owned()));
        assert!(map.keys_of("help").contains(&"f9".to_owned()));
    }

    #[test]
    fn keys_are_written_as_they_are_read() {
        for name in ["x", "G", "ctrl-p", "alt-enter", "f12", "shift-tab", "space", "?", "-", "ctrl--"] {
            assert_eq!(parse_key(name).map(key_name).as_deref(), Some(name));
        }
        assert_eq!(parse_key("f13"), None);
        assert_eq!(parse_key(""), None);
    }
}
