//! A person's own grammars: `commands/*.toml` in the form of ours. They add tools, and say more about ours.
//!
//! Where a file and a built-in rule speak about the same call the worse verdict holds. `replaces = true` on
//! a verb or a rule lowers one, with the reason that the file must give; what we call destructive never
//! becomes better than *cannot-tell*. What wraps or interprets other commands (`sudo`, `bash -c`, `awk`,
//! `psql`) is judged by what it runs: no file lowers that. A file that can't be read makes nothing safe.
//! It reads no file by itself.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::domain::Label;
use crate::fault::Fault;

use super::argv;
use super::grammar::{self, Rule, Tool, Verb};
use super::lex::Word;
use super::verdict::Verdict;
use super::{judge, programs, wrappers};

/// Words of the shell that change what later words mean: no file may describe them.
const SHELL: [&str; 27] = [
    "alias",
    "unalias",
    "export",
    "declare",
    "typeset",
    "local",
    "readonly",
    "set",
    "unset",
    "shopt",
    "enable",
    "hash",
    "cd",
    "pushd",
    "popd",
    "read",
    "mapfile",
    "readarray",
    "function",
    "umask",
    "ulimit",
    "bind",
    "complete",
    "if",
    "for",
    "case",
    "select",
];

/// The grammars of a person's files.
#[derive(Debug, Default)]
pub struct Own {
    files: Vec<(String, String)>,
    tools: Vec<(usize, Tool)>,
    by_name: BTreeMap<String, Vec<usize>>,
    unreadable: Option<String>,
}

/// How firmly a built-in verdict holds against a person's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// There is no built-in rule for the call.
    Silent,
    /// A built-in rule decided.
    Rule,
    /// What it wraps or interprets decided.
    Fixed,
}

/// What a person's file says about a call.
#[derive(Debug, Clone)]
pub(super) struct Said {
    /// The label; the reason names the file and line.
    pub verdict: Verdict,
    /// True where it is to hold in place of ours.
    pub replaces: bool,
    /// The tool reads its standard input and no more than that.
    pub stdin: bool,
    /// The tool prints the paths it is given.
    pub paths: bool,
}

thread_local! {
    static TRIED: RefCell<Option<Arc<Own>>> = const { RefCell::new(None) };
}

static INSTALLED: OnceLock<Arc<Own>> = OnceLock::new();

/// Puts a person's grammars in force for the whole program. The first call counts.
pub fn install(own: Own) {
    // A second call changes nothing: what was approved was judged by the first.
    let _ = INSTALLED.set(Arc::new(own));
}

/// The result of `work` with these grammars in force, on this thread alone.
pub fn trying<T>(own: &Arc<Own>, work: impl FnOnce() -> T) -> T {
    let before = TRIED.replace(Some(Arc::clone(own)));
    let made = work();
    TRIED.set(before);
    made
}

fn in_force<T>(read: impl FnOnce(&Own) -> Option<T>) -> Option<T> {
    TRIED.with_borrow(|tried| tried.as_ref().or_else(|| INSTALLED.get()).and_then(|own| read(own)))
}

/// Why nothing is safe at present: a file of theirs could not be read.
pub(super) fn unreadable() -> Option<String> {
    in_force(|own| own.unreadable.clone())
}

/// What the files in force say about a call: the worst of them.
pub(super) fn said(name: &str, args: &[&str]) -> Option<Said> {
    in_force(|own| own.said(name, args))
}

/// The verdict where both have spoken.
pub(super) fn settled(ours: Verdict, held: Held, theirs: Said) -> Verdict {
    let floor = held == Held::Rule && ours.label == Label::Destructive;
    match held {
        Held::Silent => theirs.verdict,
        Held::Rule if theirs.replaces && floor => {
            let why = format!("{}; built in, it destroys: {}", theirs.verdict.why, ours.why);
            let mut verdict = Verdict::new(Label::CannotTell, why);
            verdict.join(theirs.verdict);
            verdict
        }
        Held::Rule if theirs.replaces => {
            let why = format!("{}, in place of {}: {}", theirs.verdict.why, ours.label.name(), ours.why);
            Verdict::new(theirs.verdict.label, why)
        }
        Held::Rule | Held::Fixed => {
            let mut verdict = ours;
            verdict.join(theirs.verdict);
            verdict
        }
    }
}

impl Own {
    /// The number of tools that the files describe.
    pub fn len(&self) -> usize {
        self.tools.len()
    }

    /// True where no file describes anything.
    pub fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }

    /// Adds a file, and the first reason why it is wrong where it is.
    ///
    /// # Errors
    /// Names the file, the line and the reason; from then on nothing is called safe.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), Fault> {
        let tools = self.read(name, text).inspect_err(|fault| self.give_up(&fault.what))?;
        let file = self.files.len();
        self.files.push((name.to_owned(), text.to_owned()));
        for tool in tools {
            for known in tool.names.get_ref() {
                self.by_name.entry(known.clone()).or_default().push(self.tools.len());
            }
            self.tools.push((file, tool));
        }
        Ok(())
    }

    /// A file that is there could not be read at all.
    pub fn give_up(&mut self, why: &str) {
        self.unreadable.get_or_insert_with(|| format!("nothing is taken for safe: {why}"));
    }

    fn read(&self, name: &str, text: &str) -> Result<Vec<Tool>, Fault> {
        let tools = grammar::read(text).map_err(|e| {
            let line = e.span().map_or(1, |s| line_of(text, s.start));
            wrong(name, line, e.message())
        })?;
        for tool in &tools {
            sound(tool).map_err(|(at, why)| wrong(name, line_of(text, at), &why))?;
        }
        Ok(tools)
    }

    /// Runs the examples of every file with all files in force: each fault with its file and line.
    pub fn tested(self: &Arc<Self>) -> Vec<Fault> {
        trying(self, || self.tools.iter().flat_map(|(file, tool)| self.untrue(*file, tool)).collect())
    }

    fn untrue(&self, file: usize, tool: &Tool) -> Vec<Fault> {
        let Some((name, text)) = self.files.get(file) else { return Vec::new() };
        let judged = tool.example.iter().map(|e| (e, judge::text(&e.call)));
        judged
            .filter(|(e, v)| v.label != *e.label.get_ref())
            .map(|(e, v)| {
                let (is, wanted) = (v.label.name(), e.label.get_ref().name());
                let why = format!("the example `{}` is {is}, not {wanted}: {}", e.call, v.why);
                wrong(name, line_of(text, e.label.span().start), &why)
            })
            .collect()
    }

    fn said(&self, name: &str, args: &[&str]) -> Option<Said> {
        let mut worst: Option<Said> = None;
        for (file, tool) in self.by_name.get(name)?.iter().filter_map(|i| self.tools.get(*i)) {
            let decided = argv::decide(tool, name, args);
            if !decided.spoke {
                continue;
            }
            let (path, text) = self.files.get(*file)?;
            let mut verdict = decided.verdict;
            verdict.why = format!("{} ({path}:{})", verdict.why, line_of(text, decided.at));
            let said = Said { verdict, replaces: decided.replaces, stdin: tool.stdin, paths: tool.paths };
            worst = Some(match worst {
                None => said,
                Some(before) => joined(before, said),
            });
        }
        worst
    }
}

/// Of two files the worse holds; a call is taken from ours only where both say so.
fn joined(a: Said, b: Said) -> Said {
    let mut verdict = a.verdict;
    verdict.join(b.verdict);
    Said { verdict, replaces: a.replaces && b.replaces, stdin: a.stdin && b.stdin, paths: a.paths || b.paths }
}

/// Why a tool's description can't be taken, and where it stands.
fn sound(tool: &Tool) -> Result<(), (usize, String)> {
    let at = tool.names.span().start;
    if tool.names.get_ref().is_empty() {
        return Err((at, "a tool needs a name".into()));
    }
    if let Some(name) = tool.names.get_ref().iter().find(|n| SHELL.contains(&n.as_str())) {
        return Err((at, format!("`{name}` changes what later commands mean: no file may describe it")));
    }
    if tool.example.is_empty() {
        return Err((at, "a tool needs an example: a call and the label it must get".into()));
    }
    let fixed = tool.names.get_ref().iter().find(|n| is_fixed(n));
    for rule in tool.rule.iter().chain(tool.verb.iter().flat_map(|v| &v.rule)) {
        rule_is_sound(rule)?;
        replacing(rule.replaces, &rule.why, rule.label.span().start, fixed)?;
    }
    tool.verb
        .iter()
        .try_for_each(|Verb { replaces, why, label, .. }| replacing(*replaces, why, label.span().start, fixed))
}

fn rule_is_sound(rule: &Rule) -> Result<(), (usize, String)> {
    match rule.unsound() {
        Some(text) => Err((rule.label.span().start, format!("`{text}` is no regular expression"))),
        None => Ok(()),
    }
}

fn replacing(replaces: bool, why: &str, at: usize, fixed: Option<&String>) -> Result<(), (usize, String)> {
    match fixed {
        _ if !replaces => Ok(()),
        Some(name) => Err((at, format!("`{name}` is judged by what it runs: `replaces` has no hold on it"))),
        None if why.trim().is_empty() => Err((at, "`replaces` needs its reason: `why`".into())),
        None => Ok(()),
    }
}

/// True for a program that is judged by what it runs.
fn is_fixed(name: &str) -> bool {
    let none: [Word; 0] = [];
    wrappers::judge(name, &none, judge::Input::Closed, 0).is_some()
        || programs::judge(name, &[], judge::Input::Closed, 0).is_some()
        || matches!(name, "psql" | "mysql" | "mariadb" | "curl" | "wget" | "http" | "https")
}

/// The line of a place in a text, from 1.
pub fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|b| *b == b'\n').count() + 1
}

fn wrong(name: &str, line: usize, why: &str) -> Fault {
    let hint = "mend the line, or take the file away: until then no command is taken for safe";
    Fault::input(format!("command file {name}, line {line}: {why}"), hint)
}
