//! Every program call of a text, those inside wrappers, substitutions and inner shells included.

use super::lex::{Script, lex};

/// The most calls that are looked at.
const MOST: usize = 256;
/// How deep calls may stand in calls.
const DEPTH: usize = 6;

/// One call: its words, and what it is piped into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    /// Program and arguments as far as they are literal.
    pub words: Vec<String>,
    /// The words of the command that reads its output.
    pub into: Option<Vec<String>>,
    /// True where it runs inside a container or on another host.
    pub away: bool,
}

/// All calls of a text in order.
pub(super) fn calls(text: &str) -> Vec<Call> {
    let mut all = Vec::new();
    collect(&lex(text), false, 0, &mut all);
    all
}

fn collect(script: &Script, away: bool, depth: usize, all: &mut Vec<Call>) {
    let words: Vec<Vec<String>> =
        script.commands.iter().map(|c| c.words.iter().map(|w| w.text.clone()).collect()).collect();
    for (i, simple) in script.commands.iter().enumerate() {
        let Some(own) = words.get(i) else { continue };
        let skip = own.iter().take_while(|w| is_leading(w)).count();
        let own: Vec<String> = own.iter().skip(skip).cloned().collect();
        let into = script.commands.get(i + 1).filter(|n| n.piped).and_then(|_| words.get(i + 1)).cloned();
        let _ = simple;
        call(own, into, away, depth, all);
    }
    for inner in &script.inner {
        collect(inner, away, depth + 1, all);
    }
}

fn is_leading(word: &str) -> bool {
    matches!(word, "do" | "then" | "else" | "!" | "{" | "if" | "elif" | "sudo" | "time" | "nohup" | "exec" | "command")
        || word
            .split_once('=')
            .is_some_and(|(n, _)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'))
}

fn call(words: Vec<String>, into: Option<Vec<String>>, away: bool, depth: usize, all: &mut Vec<Call>) {
    if words.is_empty() || all.len() >= MOST || depth > DEPTH {
        return;
    }
    let inner = inner(&words);
    all.push(Call { words, into, away });
    match inner {
        Some(Inner::Words(words, off)) => call(words, None, away || off, depth + 1, all),
        Some(Inner::Text(text, off)) => collect(&lex(&text), away || off, depth + 1, all),
        None => {}
    }
}

enum Inner {
    Words(Vec<String>, bool),
    Text(String, bool),
}

fn inner(words: &[String]) -> Option<Inner> {
    let name = words.first()?.rsplit('/').next()?;
    let tail = |n: usize| words.get(n..).map(<[String]>::to_vec).filter(|w| !w.is_empty());
    match name {
        "sh" | "bash" | "dash" | "zsh" | "ash" => {
            let at = words.iter().position(|w| w.starts_with('-') && !w.starts_with("--") && w.ends_with('c'))?;
            Some(Inner::Text(words.get(at + 1)?.clone(), false))
        }
        "watch" => {
            let skip = words.iter().skip(1).take_while(|w| w.starts_with('-')).count() + 1;
            Some(Inner::Text(tail(skip)?.join(" "), false))
        }
        "timeout" => Some(Inner::Words(tail(2)?, false)),
        "env" | "nice" | "xargs" | "stdbuf" => {
            let skip = words.iter().skip(1).take_while(|w| w.starts_with('-') || w.contains('=')).count() + 1;
            Some(Inner::Words(tail(skip)?, false))
        }
        "ssh" => {
            let skip = words.iter().skip(1).take_while(|w| w.starts_with('-')).count() + 2;
            Some(Inner::Text(tail(skip)?.join(" "), true))
        }
        "kubectl" | "oc" | "docker" | "podman" if words.iter().any(|w| w == "exec") => {
            let dashes = words.iter().position(|w| w == "--");
            Some(Inner::Words(tail(dashes? + 1)?, true))
        }
        _ => None,
    }
}
