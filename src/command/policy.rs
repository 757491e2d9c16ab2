//! Ask, warn, refuse: what a person's and a team's policy say about a command before it may run. Every
//! rule that fits counts and the strictest decides; nothing in here can let a command run unasked.
//!
//! What can't be known counts as fitting: a command whose class can't be told falls under every class that
//! a rule names, a program that is computed, a cluster that the command names by a file. A policy that can't be read refuses everything, because what it would have refused is
//! not known. It reads no file and looks at no context by itself.

use std::sync::OnceLock;

use regex::Regex;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::own::line_of;
use super::spoken::{Spoken, spoken};
use crate::domain::Label;
use crate::domain::pattern::compile;
use crate::fault::Fault;

/// What happens to a command; the later the stricter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Then {
    /// It is asked for, like every command.
    #[default]
    Ask,
    /// It is asked for with a warning, and a word has to be typed.
    Warn,
    /// It can't be approved here.
    Refuse,
}

impl Then {
    /// The word in the file and on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Warn => "warn",
            Self::Refuse => "refuse",
        }
    }
}

/// What the policies say about one command.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Ruling {
    /// The strictest of what fits.
    pub then: Then,
    /// The rules that fit, the strictest first: `refuse: why (file:line)`.
    pub because: Vec<String>,
}

/// Where a command would run, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Place<'a> {
    pub directory: &'a str,
    pub host: &'a str,
    pub user: &'a str,
    pub kube: Option<&'a str>,
    pub cloud: Option<&'a str>,
}

/// A rule: all conditions that are given must hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    then: Spanned<Then>,
    why: String,
    #[serde(default)]
    label: Vec<Label>,
    #[serde(default)]
    tool: Vec<String>,
    #[serde(default)]
    verb: Vec<String>,
    text: Option<String>,
    kube: Option<String>,
    cloud: Option<String>,
    host: Option<String>,
    user: Option<String>,
    directory: Option<String>,
    #[serde(skip)]
    compiled: OnceLock<[Option<Regex>; 6]>,
}

/// A command with what must happen to it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    call: String,
    then: Spanned<Then>,
    kube: Option<String>,
    cloud: Option<String>,
    #[serde(default)]
    host: String,
    #[serde(default)]
    user: String,
    #[serde(default)]
    directory: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<Rule>,
    #[serde(default)]
    example: Vec<Example>,
}

/// The policies of a person and a team.
#[derive(Debug, Default)]
pub struct Policies {
    files: Vec<(String, String, File)>,
    unreadable: Vec<String>,
}

impl PartialEq for Policies {
    fn eq(&self, other: &Self) -> bool {
        let texts = |p: &Self| p.files.iter().map(|(n, t, _)| (n.clone(), t.clone())).collect::<Vec<_>>();
        self.unreadable == other.unreadable && texts(self) == texts(other)
    }
}

impl Policies {
    /// Adds a file.
    ///
    /// # Errors
    /// Names the file, the line and the reason; from then on everything is refused.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), Fault> {
        let file = read(name, text).inspect_err(|fault| self.give_up(&fault.what))?;
        self.files.push((name.to_owned(), text.to_owned(), file));
        Ok(())
    }

    /// A policy that should be there can't be read: everything is refused.
    pub fn give_up(&mut self, why: &str) {
        self.unreadable.push(why.to_owned());
    }

    /// The names of the files.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|(name, ..)| name.as_str())
    }

    /// True where no file says anything.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.unreadable.is_empty()
    }

    /// What the policies say about a command of this label, run here.
    pub fn ruling(&self, text: &str, label: Label, place: Place<'_>) -> Ruling {
        let refused = self.unreadable.iter().map(|why| (Then::Refuse, format!("refuse: {why}")));
        let mut fits: Vec<(Then, String)> = refused.collect();
        if !self.files.is_empty() {
            let said = spoken(text);
            for (name, source, file) in &self.files {
                for rule in file.rule.iter().filter(|r| r.fits(text, &said, label, place)) {
                    let then = *rule.then.get_ref();
                    let line = line_of(source, rule.then.span().start);
                    let might = label == Label::CannotTell && !rule.label.is_empty() && !rule.label.contains(&label);
                    let might =
                        if might { "; what it does can't be told, so it counts as what the rule names" } else { "" };
                    fits.push((then, format!("{}: {}{might} ({name}:{line})", then.name(), rule.why)));
                }
            }
        }
        fits.sort_by_key(|(then, _)| std::cmp::Reverse(*then));
        let then = fits.first().map_or(Then::Ask, |(then, _)| *then);
        Ruling { then, because: fits.into_iter().map(|(_, why)| why).collect() }
    }

    /// Runs each file's examples against that file: each fault with its file and line.
    pub fn tested(&self) -> Vec<Fault> {
        self.files.iter().flat_map(|(name, text, file)| untrue(name, text, file)).collect()
    }
}

/// The clusters, and the cloud profiles, projects and subscriptions, that a text itself names: they go before what
/// is set where it runs.
pub fn named_places(text: &str) -> (Vec<String>, Vec<String>) {
    let said = spoken(text);
    (said.clusters(), said.profiles())
}

fn untrue(name: &str, text: &str, file: &File) -> Vec<Fault> {
    let check = |e: &Example| {
        let kube = e.kube.as_deref();
        let place = Place { directory: &e.directory, host: &e.host, user: &e.user, kube, cloud: e.cloud.as_deref() };
        let (said, label) = (spoken(&e.call), super::classify(&e.call).label);
        let fits = file.rule.iter().filter(|r| r.fits(&e.call, &said, label, place));
        let is = fits.map(|r| *r.then.get_ref()).max().unwrap_or_default();
        let wanted = *e.then.get_ref();
        let why = format!("the example `{}` comes out as {}, not {}", e.call, is.name(), wanted.name());
        (is != wanted).then(|| wrong(name, line_of(text, e.then.span().start), &why))
    };
    file.example.iter().filter_map(check).collect()
}

fn read(name: &str, text: &str) -> Result<File, Fault> {
    let file: File =
        toml::from_str(text).map_err(|e| wrong(name, e.span().map_or(1, |s| line_of(text, s.start)), e.message()))?;
    for rule in &file.rule {
        let line = line_of(text, rule.then.span().start);
        if rule.why.trim().is_empty() {
            return Err(wrong(name, line, "a rule needs its reason: `why`"));
        }
        if !rule.verb.is_empty() && rule.tool.is_empty() {
            return Err(wrong(name, line, "`verb` needs the `tool` whose verb it is"));
        }
        let bad = rule.texts().into_iter().flatten().find(|t| compile(t).is_err());
        if let Some(bad) = bad {
            return Err(wrong(name, line, &format!("`{bad}` is no regular expression")));
        }
    }
    Ok(file)
}

fn wrong(name: &str, line: usize, why: &str) -> Fault {
    let hint = "mend the line, or take the file away: until then every command is refused";
    Fault::input(format!("approval policy {name}, line {line}: {why}"), hint)
}

impl Rule {
    fn texts(&self) -> [Option<&String>; 6] {
        let Self { text, kube, cloud, host, user, directory, .. } = self;
        [text.as_ref(), kube.as_ref(), cloud.as_ref(), host.as_ref(), user.as_ref(), directory.as_ref()]
    }

    fn fits(&self, text: &str, said: &Spoken, label: Label, place: Place<'_>) -> bool {
        let compiled = self.compiled.get_or_init(|| self.texts().map(|t| t.and_then(|t| compile(t).ok())));
        let [by_text, kube, cloud, host, user, directory] = compiled.each_ref().map(Option::as_ref);
        let on_text = |p: &Regex| p.is_match(text) || said.lines().iter().any(|l| p.is_match(l));
        let on_kube = |p: &Regex| {
            let unknown = said.cluster_unknown() || place.kube.is_none() && said.needs_cluster();
            unknown || place.kube.is_some_and(|k| p.is_match(k)) || said.clusters().iter().any(|k| p.is_match(k))
        };
        let on_cloud = |p: &Regex| {
            let unknown = place.cloud.is_none() && said.profiles().is_empty() && said.needs_cloud();
            unknown || place.cloud.is_some_and(|k| p.is_match(k)) || said.profiles().iter().any(|k| p.is_match(k))
        };
        (self.label.is_empty() || self.label.iter().any(|l| *l == label || label == Label::CannotTell))
            && (self.tool.is_empty() || said.calls_any(&self.tool, &self.verb))
            && by_text.is_none_or(on_text)
            && kube.is_none_or(on_kube)
            && cloud.is_none_or(on_cloud)
            && host.is_none_or(|p| p.is_match(place.host) || said.words().any(|w| p.is_match(w)))
            && user.is_none_or(|p| p.is_match(place.user))
            && directory.is_none_or(|p| p.is_match(place.directory))
    }
}
