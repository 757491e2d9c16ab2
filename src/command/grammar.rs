//! Grammars: what the verbs and flags of each tool do, read from `grammars/*.toml`.

use std::collections::HashMap;
use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;
use toml::Spanned;

use crate::domain::Label;

const FILES: [(&str, &str); 9] = [
    ("kubernetes", include_str!("grammars/kubernetes.toml")),
    ("delivery", include_str!("grammars/delivery.toml")),
    ("containers", include_str!("grammars/containers.toml")),
    ("clouds", include_str!("grammars/clouds.toml")),
    ("stores", include_str!("grammars/stores.toml")),
    ("network", include_str!("grammars/network.toml")),
    ("host", include_str!("grammars/host.toml")),
    ("text", include_str!("grammars/text.toml")),
    ("source", include_str!("grammars/source.toml")),
];

/// One tool.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// The program's names.
    pub names: Spanned<Vec<String>>,
    /// Flags that mean the same at every verb: `-n= --namespace= -A --color=?`.
    #[serde(default)]
    pub flags: String,
    /// Flags that make any call one that can't be told, with the same notation.
    #[serde(default)]
    pub deny: String,
    /// What a call without a known verb is; tools without verbs are described by this alone.
    #[serde(default)]
    pub label: Option<Label>,
    /// Why, for `label`.
    #[serde(default)]
    pub why: String,
    /// True where reading a pipe or a file on standard input is all that a call does with it.
    #[serde(default)]
    pub stdin: bool,
    /// True where flags are too many to list: unknown long flags are taken as they come.
    #[serde(default)]
    pub any_flags: bool,
    /// True where verbs are written in any case.
    #[serde(default)]
    pub nocase: bool,
    /// Flags whose value names a server: one that is not known to be near can't be told.
    #[serde(default)]
    pub hosts: String,
    /// True where arguments are paths whose content is printed.
    #[serde(default)]
    pub paths: bool,
    /// Rules that are tried before those of the verb; the first that fits decides.
    #[serde(default)]
    pub rule: Vec<Rule>,
    /// The verbs.
    #[serde(default)]
    pub verb: Vec<Verb>,
    /// How a change is tried without making it.
    #[serde(default)]
    pub dry: Vec<Dry>,
    /// Calls with the label they must get.
    #[serde(default)]
    pub example: Vec<Example>,
}

/// How some verbs of a tool are tried without a change.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dry {
    /// The programs that have it, of those that the tool stands for; empty for all.
    #[serde(default)]
    pub names: Vec<String>,
    /// The verbs' words; one that is empty stands for every call.
    pub verbs: Vec<String>,
    /// Flags that are added.
    #[serde(default)]
    pub add: String,
    /// Words that stand in place of the verb.
    #[serde(default)]
    pub instead: String,
    /// Flags that are left out.
    #[serde(default)]
    pub drop: String,
    /// Flags that say that a call is a dry run already.
    #[serde(default)]
    pub marks: String,
}

/// A group of verbs that are alike.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verb {
    /// The words; `*` stands for one, a trailing `*` in a word for its rest, a leading `**` for up to four words.
    pub path: Vec<String>,
    /// What such a call does.
    pub label: Spanned<Label>,
    /// Why, where it is not plain.
    #[serde(default)]
    pub why: String,
    /// In a person's own file: this holds in place of ours, also where it is the milder one.
    #[serde(default)]
    pub replaces: bool,
    /// The verbs' own flags.
    #[serde(default)]
    pub flags: String,
    /// The first that fits decides in place of `label`.
    #[serde(default)]
    pub rule: Vec<Rule>,
    #[serde(skip)]
    parts: OnceLock<Vec<Vec<String>>>,
}

impl Verb {
    /// The paths, each as its words.
    pub(super) fn paths(&self) -> &[Vec<String>] {
        self.parts.get_or_init(|| self.path.iter().map(|p| p.split_whitespace().map(str::to_owned).collect()).collect())
    }
}

/// A condition on the arguments; all that is given must hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Some argument (no flag, not the verb) matches.
    #[serde(default)]
    pub args: Option<String>,
    /// The verb's words, joined by spaces, match.
    #[serde(default)]
    pub call: Option<String>,
    /// One of these flags is there.
    #[serde(default)]
    pub flag: Vec<String>,
    /// … and its value matches.
    #[serde(default)]
    pub value: Option<String>,
    /// There are more arguments than this.
    #[serde(default)]
    pub over: Option<usize>,
    /// None of these flags is there.
    #[serde(default)]
    pub without: Vec<String>,
    /// What the call is then.
    pub label: Spanned<Label>,
    /// Why.
    pub why: String,
    /// In a person's own file: this holds in place of ours, also where it is the milder one.
    #[serde(default)]
    pub replaces: bool,
    #[serde(skip)]
    compiled: OnceLock<Patterns>,
}

/// The expressions of a rule; `None` where it has none.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    /// For an argument.
    pub args: Option<Regex>,
    /// For a flag's value.
    pub value: Option<Regex>,
    /// For the verb's words.
    pub call: Option<Regex>,
}

/// A call and its label.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The call.
    pub call: String,
    /// The label it must get.
    pub label: Spanned<Label>,
}

impl Rule {
    /// The compiled `args`, `value` and `call`.
    pub(super) fn patterns(&self) -> &Patterns {
        self.compiled.get_or_init(|| {
            let compile = |p: &Option<String>| p.as_ref().and_then(|p| crate::domain::pattern::compile(p).ok());
            Patterns { args: compile(&self.args), value: compile(&self.value), call: compile(&self.call) }
        })
    }

    /// The first expression that does not compile.
    pub(super) fn unsound(&self) -> Option<&str> {
        let made = self.patterns();
        let all = [(&self.args, &made.args), (&self.value, &made.value), (&self.call, &made.call)];
        all.into_iter().find_map(|(text, compiled)| text.as_deref().filter(|_| compiled.is_none()))
    }
}

#[derive(Deserialize)]
struct File {
    tool: Vec<Tool>,
}

/// All tools. A file that can't be read counts as empty; a test reads all.
pub fn tools() -> &'static [Tool] {
    static TOOLS: OnceLock<Vec<Tool>> = OnceLock::new();
    TOOLS.get_or_init(|| FILES.iter().flat_map(|(_, text)| read(text).unwrap_or_default()).collect())
}

/// The tools of a file.
pub(super) fn read(text: &str) -> Result<Vec<Tool>, toml::de::Error> {
    toml::from_str::<File>(text).map(|f| f.tool)
}

/// The tool of a program's name.
pub fn tool(name: &str) -> Option<&'static Tool> {
    static BY_NAME: OnceLock<HashMap<&'static str, &'static Tool>> = OnceLock::new();
    BY_NAME
        .get_or_init(|| tools().iter().flat_map(|t| t.names.get_ref().iter().map(move |n| (n.as_str(), t))).collect())
        .get(name)
        .copied()
}

/// Whether a flag takes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// No value.
    Nothing,
    /// The next word, or what is glued to it.
    Value,
    /// Only what is glued to it.
    Glued,
}

/// What a list of flags says about one flag.
pub fn takes(flags: &str, name: &str) -> Option<Takes> {
    flags.split_whitespace().find_map(|f| {
        if let Some(f) = f.strip_suffix("=?") {
            return (f == name).then_some(Takes::Glued);
        }
        if let Some(f) = f.strip_suffix('=') {
            return (f == name).then_some(Takes::Value);
        }
        (f == name).then_some(Takes::Nothing)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grammar_reads_and_every_condition_compiles() {
        for (name, text) in FILES {
            read(text).unwrap_or_else(|e| panic!("{name}: {e}"));
        }
        for rule in tools().iter().flat_map(|t| t.rule.iter().chain(t.verb.iter().flat_map(|v| &v.rule))) {
            assert_eq!(rule.unsound(), None);
        }
    }

    #[test]
    fn every_example_gets_its_label() {
        let mut wrong = Vec::new();
        for example in tools().iter().flat_map(|t| &t.example) {
            let judged = super::super::classify(&example.call);
            if judged.label != *example.label.get_ref() {
                wrong.push(format!("{}: {} ({})", example.call, judged.label.name(), judged.why));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
