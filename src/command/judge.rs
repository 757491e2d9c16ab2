//! The label of a line: every simple command in it by its resolved program and arguments, every
//! wrapper by what it wraps, every redirection by where it goes. The worst part decides.

use crate::domain::Label;

use super::lex::{Redirect, Script, Simple, Word, lex};
use super::own::{Held, Said};
use super::verdict::Verdict;
use super::{argv, grammar, own, programs, raw, tree, wrappers};

/// How deep commands may wrap commands.
pub(super) const DEPTH: usize = 8;

/// What a command can read on its standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input<'a> {
    /// Nothing.
    Closed,
    /// Another command's output, or a file.
    Stream,
    /// This text.
    Text(&'a str),
}

/// The verdict on a text.
pub(super) fn text(text: &str) -> Verdict {
    let verdict = nested(text, 0);
    let verdict = match own::unreadable() {
        Some(why) => verdict.doubted(why),
        None => verdict,
    };
    match verdict.label {
        Label::SafeReadOnly if !tree::agrees(text, &lex(text)) => {
            Verdict::new(Label::CannotTell, "the shell grammar reads it in another way")
        }
        Label::Mutating if raw::destroys(text) => Verdict::new(Label::Destructive, "words in it destroy or interrupt"),
        Label::CannotTell if raw::destroys(text) => {
            Verdict::new(Label::CannotTell, format!("{}; words in it destroy or interrupt", verdict.why))
        }
        _ => verdict,
    }
}

/// The verdict on a text inside another.
pub(super) fn nested(text: &str, depth: usize) -> Verdict {
    if depth > DEPTH {
        return Verdict::new(Label::CannotTell, "commands wrap commands too deep");
    }
    let script = lex(text);
    if script.commands.is_empty() && script.inner.is_empty() {
        return Verdict::new(Label::CannotTell, "there is no command");
    }
    self::script(&script, depth)
}

fn script(script: &Script, depth: usize) -> Verdict {
    let mut verdict = Verdict::new(Label::SafeReadOnly, "");
    for simple in &script.commands {
        verdict.join(self::simple(simple, depth));
    }
    for inner in &script.inner {
        verdict.join(self::script(inner, depth + 1).doubted("a command's output is put in"));
    }
    if let Some(why) = script.odd.first() {
        verdict.worsen(Label::CannotTell, *why);
    }
    if verdict.label == Label::SafeReadOnly {
        verdict.why = safe_reason(script);
    }
    verdict
}

fn safe_reason(script: &Script) -> String {
    let mut names: Vec<&str> = Vec::new();
    for simple in &script.commands {
        if let Some(word) = simple.words.first()
            && !names.contains(&word.text.as_str())
        {
            names.push(&word.text);
        }
    }
    format!("{} only read here", names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", "))
}

const LEADING: [&str; 10] = ["do", "then", "else", "elif", "if", "while", "until", "!", "{", "coproc"];
const CLOSING: [&str; 6] = ["done", "fi", "esac", "}", "in", "]]"];

fn simple(simple: &Simple, depth: usize) -> Verdict {
    let mut words = simple.words.as_slice();
    let mut grouped = false;
    while let Some((first, rest)) = words.split_first()
        && !first.quoted
        && LEADING.contains(&first.text.as_str())
    {
        grouped |= first.text != "!";
        words = rest;
    }
    let mut verdict = redirects(simple, words);
    let assigned = words.iter().take_while(|w| is_assignment(w)).count();
    for word in words.iter().take(assigned) {
        let name = word.text.split('=').next().unwrap_or("");
        if !harmless_variable(name) || word.dynamic.is_some() {
            verdict.worsen(Label::CannotTell, format!("{name} in the environment can change what runs"));
        }
    }
    let words = words.get(assigned..).unwrap_or_default();
    if grouped {
        verdict.worsen(Label::CannotTell, "it is a loop, a condition or a group");
    }
    let input = input_of(simple);
    if words.is_empty() {
        if assigned > 0 || simple.redirects.is_empty() {
            verdict.worsen(Label::CannotTell, "it only sets variables");
        }
        return verdict;
    }
    verdict.join(command(words, input, depth));
    verdict
}

fn input_of(simple: &Simple) -> Input<'_> {
    for redirect in simple.redirects.iter().rev() {
        match redirect.op.as_str() {
            "<<" | "<<-" => return Input::Text(redirect.body.as_deref().unwrap_or("")),
            "<<<" => return Input::Text(&redirect.target.text),
            "<" if redirect.target.text == "/dev/null" => return Input::Closed,
            "<" | "<>" | "<&" => return Input::Stream,
            _ => {}
        }
    }
    if simple.piped { Input::Stream } else { Input::Closed }
}

fn is_assignment(word: &Word) -> bool {
    let Some((name, _)) = word.text.split_once('=') else { return false };
    let name = name.strip_suffix('+').unwrap_or(name);
    let name = name.split('[').next().unwrap_or(name);
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn harmless_variable(name: &str) -> bool {
    name.starts_with("LC_") || ["LANG", "TZ", "NO_COLOR", "COLUMNS", "AWS_REGION", "AWS_DEFAULT_REGION"].contains(&name)
}

/// The verdict on the redirections of a command.
fn redirects(simple: &Simple, words: &[Word]) -> Verdict {
    let mut verdict = Verdict::new(Label::SafeReadOnly, "");
    let empties = words.is_empty()
        || matches!(
            words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().as_slice(),
            [":" | "true"] | ["cat", "/dev/null"]
        );
    for redirect in &simple.redirects {
        verdict.join(redirection(redirect, empties));
    }
    verdict
}

fn redirection(redirect: &Redirect, empties: bool) -> Verdict {
    let safe = Verdict::new(Label::SafeReadOnly, "");
    let target = redirect.target.text.as_str();
    if target.starts_with("/dev/tcp/") || target.starts_with("/dev/udp/") {
        return Verdict::new(Label::Destructive, "it opens a connection to another host");
    }
    match redirect.op.as_str() {
        "<" | "<&" | "<<<" | "<<" | "<<-" if redirect.target.dynamic.is_none() => match raw::secret_path(target) {
            Some(why) if redirect.op == "<" => Verdict::new(Label::CannotTell, why),
            _ => safe,
        },
        ">" | ">>" | ">|" if target == "/dev/null" && redirect.target.dynamic.is_none() => safe,
        ">&" if target.bytes().all(|b| b.is_ascii_digit() || b == b'-') && redirect.target.dynamic.is_none() => safe,
        ">" | ">|" if empties => Verdict::new(Label::Destructive, format!("it empties {target}")),
        ">" | ">>" | ">|" | ">&" if raw::is_disk(target) => {
            Verdict::new(Label::Destructive, format!("it writes over the disk {target}"))
        }
        ">" | ">>" | ">|" | ">&" | "<>" => Verdict::new(Label::Mutating, format!("it writes the file {target}")),
        _ => Verdict::new(Label::CannotTell, "a redirection is computed"),
    }
}

const DIRECTORIES: [&str; 6] = ["/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/"];

/// The verdict on one command: program and arguments.
pub(super) fn command(words: &[Word], input: Input<'_>, depth: usize) -> Verdict {
    let Some((program, args)) = words.split_first() else {
        return Verdict::new(Label::CannotTell, "there is no command");
    };
    if depth > DEPTH {
        return Verdict::new(Label::CannotTell, "commands wrap commands too deep");
    }
    if let Some(why) = program.dynamic {
        return Verdict::new(Label::CannotTell, format!("which program runs is computed: {why}"));
    }
    if program.text.contains('‹') {
        return Verdict::new(Label::CannotTell, "the program is a blank");
    }
    let known_place = DIRECTORIES.iter().find_map(|d| program.text.strip_prefix(d)).filter(|n| !n.contains('/'));
    let name = known_place.unwrap_or(&program.text);
    let own_path = name.contains('/');
    let name = name.rsplit('/').next().unwrap_or(name);
    let name = name.strip_suffix(".sh").filter(|n| n.starts_with("kafka-")).unwrap_or(name);
    if CLOSING.contains(&name) && args.is_empty() {
        return Verdict::new(Label::CannotTell, "it is a loop, a condition or a group");
    }
    let mut verdict = resolved(name, args, input, depth);
    if own_path {
        verdict = verdict.doubted(format!("{} is no program of the system", program.text));
    }
    if let Some(why) = args.iter().find_map(|w| w.dynamic) {
        verdict = verdict.doubted(format!("an argument is computed: {why}"));
    }
    verdict
}

fn resolved(name: &str, args: &[Word], input: Input<'_>, depth: usize) -> Verdict {
    let plain: Vec<&str> = args.iter().map(|w| w.text.as_str()).collect();
    let (ours, held) = built_in(name, args, &plain, input, depth);
    let Some(theirs) = own::said(name, &plain) else { return ours };
    let mut said = theirs.verdict.clone();
    if input != Input::Closed && !theirs.stdin {
        said = said.doubted(format!("what `{name}` reads on its input is not visible"));
    }
    if theirs.paths
        && let Some(why) = plain.iter().find_map(|p| raw::secret_path(p))
    {
        said = said.doubted(why);
    }
    own::settled(ours, held, Said { verdict: said, ..theirs })
}

/// The verdict of our own rules, and how firmly it holds against a person's file.
fn built_in(name: &str, args: &[Word], plain: &[&str], input: Input<'_>, depth: usize) -> (Verdict, Held) {
    if let Some(verdict) = wrappers::judge(name, args, input, depth) {
        return (verdict, Held::Fixed);
    }
    if let Some(verdict) = programs::judge(name, plain, input, depth) {
        return (verdict, Held::Fixed);
    }
    let Some(tool) = grammar::tool(name) else {
        return (Verdict::new(Label::CannotTell, format!("no rule for `{name}`")), Held::Silent);
    };
    let decided = argv::decide(tool, name, plain);
    let held = if decided.spoke { Held::Rule } else { Held::Silent };
    let mut verdict = decided.verdict;
    if input != Input::Closed && !tool.stdin {
        verdict = verdict.doubted(format!("what `{name}` reads on its input is not visible"));
    }
    if tool.paths
        && let Some(why) = plain.iter().find_map(|p| raw::secret_path(p))
    {
        verdict = verdict.doubted(why);
    }
    (verdict, held)
}
