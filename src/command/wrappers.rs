//! Commands that run commands: the label of the wrapper is the label of what it wraps, or worse.

use crate::domain::Label;

use super::judge::{Input, command, nested};
use super::lex::Word;
use super::verdict::Verdict;

/// Wrappers whose own options are few: name, options with a value, options without, words before the command.
const PLAIN: [(&str, &[&str], &[&str], usize); 12] = [
    (
        "timeout",
        &["-s", "--signal", "-k", "--kill-after"],
        &["--preserve-status", "--foreground", "-v", "--verbose"],
        1,
    ),
    ("nice", &["-n", "--adjustment"], &[], 0),
    ("ionice", &["-c", "-n", "--class", "--classdata"], &["-t"], 0),
    ("nohup", &[], &[], 0),
    ("setsid", &[], &["-w", "-c", "-f", "--wait", "--ctty", "--fork"], 0),
    ("stdbuf", &["-i", "-o", "-e", "--input", "--output", "--error"], &[], 0),
    ("time", &[], &["-p"], 0),
    ("command", &[], &["-p"], 0),
    ("builtin", &[], &[], 0),
    ("exec", &[], &[], 0),
    ("chrt", &["-p"], &["-f", "-r", "-o", "-b", "-i"], 1),
    ("taskset", &[], &["-c"], 1),
];

/// The verdict on a wrapper; `None` where `name` is none.
pub(super) fn judge(name: &str, args: &[Word], input: Input<'_>, depth: usize) -> Option<Verdict> {
    if let Some((_, values, plain, skip)) = PLAIN.iter().find(|(n, ..)| *n == name) {
        return Some(after_options(name, args, values, plain, *skip, input, depth));
    }
    let texts: Vec<&str> = args.iter().map(|w| w.text.as_str()).collect();
    match name {
        "env" => Some(env(args, input, depth)),
        "sudo" | "doas" | "runuser" | "su" | "gosu" | "pkexec" => Some(elevated(args, input, depth)),
        "sh" | "bash" | "dash" | "zsh" | "ksh" | "ash" | "rbash" => Some(shell(args, input, depth)),
        "eval" => Some(nested(&texts.join(" "), depth + 1).doubted("`eval` computes what runs")),
        "trap" | "at" | "batch" => Some(deferred(&texts, input, depth)),
        "watch" => Some(joined(args, &["-n", "--interval", "-d", "-q"], depth, "`watch` never ends by itself")),
        "xargs" | "parallel" => Some(xargs(args, input, depth)),
        "ssh" => Some(ssh(args, depth)),
        "script" => Some(option_command(&texts, &["-c", "--command"], depth)),
        "busybox" | "toybox" => Some(command(args, input, depth + 1).doubted("a multi-call program runs it")),
        "." | "source" => Some(Verdict::new(Label::CannotTell, "what the file holds is not visible")),
        "kubectl" | "oc" if texts.contains(&"exec") || texts.contains(&"debug") => {
            container(args, &texts, "exec", depth)
        }
        "docker" | "podman" | "nerdctl" | "crictl" if texts.contains(&"exec") => container(args, &texts, "exec", depth),
        "docker" | "podman" if texts.contains(&"run") => container_run(args, &texts, depth),
        _ => None,
    }
}

fn after_options(
    name: &str,
    args: &[Word],
    values: &[&str],
    plain: &[&str],
    skip: usize,
    input: Input<'_>,
    depth: usize,
) -> Verdict {
    let mut at = 0;
    while let Some(word) = args.get(at) {
        let text = word.text.as_str();
        let short = text.get(..2).unwrap_or(text);
        if values.contains(&text) {
            at += 2;
        } else if plain.contains(&text) || values.iter().any(|v| text.starts_with(&format!("{v}="))) {
            at += 1;
        } else if text == "--" {
            at += 1;
            break;
        } else if is_glued(name, text, short, values) {
            at += 1;
        } else if matches!(text, "-v" | "-V") && name == "command" {
            return Verdict::new(Label::SafeReadOnly, "it asks where a program is");
        } else if text.starts_with('-') {
            let rest = args.get(at + 1..).unwrap_or_default();
            return command(rest, input, depth + 1).doubted(format!("unknown flag {text} for `{name}`"));
        } else {
            break;
        }
    }
    let Some(rest) = args.get(at + skip..).filter(|r| !r.is_empty()) else {
        return Verdict::new(Label::CannotTell, format!("`{name}` has nothing to run"));
    };
    let verdict = command(rest, input, depth + 1);
    if matches!(name, "nohup" | "setsid" | "exec") {
        verdict.doubted(format!("`{name}` lets it outlive this run"))
    } else {
        verdict
    }
}

/// `-n5`, and for `nice` also `-5`: an option with its value in one word.
fn is_glued(name: &str, text: &str, short: &str, values: &[&str]) -> bool {
    let number = name == "nice" && text.get(1..).is_some_and(|d| d.parse::<i32>().is_ok());
    text.starts_with('-') && !text.starts_with("--") && (number || (text.len() > 2 && values.contains(&short)))
}

fn env(args: &[Word], input: Input<'_>, depth: usize) -> Verdict {
    let mut doubt = false;
    let mut at = 0;
    while let Some(word) = args.get(at) {
        match word.text.as_str() {
            "-i" | "--ignore-environment" | "-0" => doubt = true,
            "-u" | "--unset" | "-C" | "--chdir" => {
                doubt = true;
                at += 1;
            }
            "-S" | "--split-string" => {
                let rest: Vec<&str> = args.iter().skip(at + 1).map(|w| w.text.as_str()).collect();
                return nested(&rest.join(" "), depth + 1).doubted("`env -S` splits a text into a command");
            }
            t if t.starts_with('-') => doubt = true,
            t if t.contains('=') => doubt = true,
            _ => break,
        }
        at += 1;
    }
    match args.get(at..).filter(|r| !r.is_empty()) {
        None => Verdict::new(Label::CannotTell, "it prints the environment, which may hold secrets"),
        Some(rest) => {
            let verdict = command(rest, input, depth + 1);
            if doubt { verdict.doubted("`env` changes the environment it runs in") } else { verdict }
        }
    }
}

fn elevated(args: &[Word], input: Input<'_>, depth: usize) -> Verdict {
    let values = ["-u", "-g", "-h", "-p", "-C", "-D", "-R", "-T", "-U", "--user", "--group", "-c", "-s", "-l"];
    let mut at = 0;
    while let Some(word) = args.get(at) {
        let text = word.text.as_str();
        if matches!(text, "-c" | "--command") {
            let inner = args.get(at + 1).map_or("", |w| w.text.as_str());
            return nested(inner, depth + 1).doubted("it runs as another user");
        }
        if text == "--" {
            at += 1;
            break;
        }
        if text.contains('=') && !text.starts_with('-') {
            at += 1;
        } else if text.starts_with('-') {
            at += if values.contains(&text) && !matches!(text, "-s" | "-l") { 2 } else { 1 };
        } else {
            break;
        }
    }
    match args.get(at..).filter(|r| !r.is_empty()) {
        None => Verdict::new(Label::CannotTell, "it changes the user"),
        Some(rest) => command(rest, input, depth + 1).doubted("it runs with more rights than yours"),
    }
}

fn shell(args: &[Word], input: Input<'_>, depth: usize) -> Verdict {
    let mut at = 0;
    while let Some(word) = args.get(at) {
        let text = word.text.as_str();
        let takes_command = text.starts_with('-') && !text.starts_with("--") && text.ends_with('c');
        if takes_command {
            let Some(inner) = args.get(at + 1) else { break };
            let verdict = nested(&inner.text, depth + 1);
            let plain = matches!(text, "-c" | "-ec" | "-uc" | "-euc") && inner.dynamic.is_none();
            let alone = at == 0 && args.len() == 2 && input == Input::Closed;
            return if plain && alone { verdict } else { verdict.doubted("what the shell runs is not all visible") };
        }
        if text == "-s" {
            break;
        }
        if text.starts_with('-') || text.starts_with('+') {
            at += if text == "-o" || text == "+o" { 2 } else { 1 };
        } else {
            return Verdict::new(Label::CannotTell, "what the script holds is not visible");
        }
    }
    match input {
        Input::Text(text) => nested(text, depth + 1).doubted("the shell runs a text that is put in"),
        Input::Stream => Verdict::new(Label::CannotTell, "the shell runs what it is fed"),
        Input::Closed => Verdict::new(Label::CannotTell, "it is an interactive shell"),
    }
}

fn deferred(texts: &[&str], input: Input<'_>, depth: usize) -> Verdict {
    let mut verdict = Verdict::new(Label::CannotTell, "it runs something later");
    if let Some(first) = texts.first() {
        verdict.join(nested(first, depth + 1));
    }
    if let Input::Text(text) = input {
        verdict.join(nested(text, depth + 1));
    }
    verdict
}

fn joined(args: &[Word], values: &[&str], depth: usize, doubt: &str) -> Verdict {
    let mut at = 0;
    while let Some(text) = args.get(at).map(|w| w.text.as_str()).filter(|t| t.starts_with('-')) {
        at += if values.contains(&text) && text != "-d" && text != "-q" { 2 } else { 1 };
    }
    let rest: Vec<&str> = args.iter().skip(at).map(|w| w.text.as_str()).collect();
    nested(&rest.join(" "), depth + 1).doubted(doubt)
}

fn xargs(args: &[Word], input: Input<'_>, depth: usize) -> Verdict {
    let values =
        ["-I", "-i", "-n", "-P", "-L", "-d", "-s", "-a", "-E", "-j", "--arg-file", "--max-args", "--max-procs"];
    let mut at = 0;
    while let Some(text) = args.get(at).map(|w| w.text.as_str()).filter(|t| t.starts_with('-')) {
        at += if values.contains(&text) { 2 } else { 1 };
    }
    let doubt = "its arguments come from what it is fed";
    match args.get(at..).filter(|r| !r.is_empty()) {
        None => Verdict::new(Label::CannotTell, doubt),
        Some(rest) => {
            let verdict = command(rest, input, depth + 1);
            match verdict.label {
                Label::Destructive => verdict,
                _ => Verdict::new(Label::CannotTell, doubt),
            }
        }
    }
}

fn ssh(args: &[Word], depth: usize) -> Verdict {
    let values = [
        "-i", "-l", "-p", "-o", "-F", "-J", "-L", "-R", "-D", "-b", "-c", "-e", "-m", "-O", "-Q", "-S", "-W", "-w",
        "-B", "-E", "-I",
    ];
    let mut at = 0;
    let mut options = false;
    while let Some(text) = args.get(at).map(|w| w.text.as_str()).filter(|t| t.starts_with('-')) {
        options |= !matches!(text, "-t" | "-T" | "-q" | "-n" | "-p" | "-l" | "-4" | "-6");
        at += if values.contains(&text) { 2 } else { 1 };
    }
    let rest: Vec<&str> = args.iter().skip(at + 1).map(|w| w.text.as_str()).collect();
    let doubt = "what runs on another host is not visible";
    if rest.is_empty() || rest == ["true"] {
        return Verdict::new(Label::CannotTell, doubt);
    }
    let verdict = nested(&rest.join(" "), depth + 1).doubted(doubt);
    match verdict.label {
        Label::Mutating if options => Verdict::new(Label::CannotTell, doubt),
        _ => verdict,
    }
}

fn option_command(texts: &[&str], flags: &[&str], depth: usize) -> Verdict {
    let at = texts
        .iter()
        .position(|t| flags.contains(t) || (t.starts_with('-') && !t.starts_with("--") && t.ends_with('c')));
    match at.and_then(|i| texts.get(i + 1)) {
        Some(inner) => nested(inner, depth + 1).doubted("it writes a record of what runs"),
        None => Verdict::new(Label::CannotTell, "it starts a shell"),
    }
}

/// `kubectl exec … -- command` and `docker exec … container command`.
fn container(args: &[Word], texts: &[&str], verb: &str, depth: usize) -> Option<Verdict> {
    let at = texts.iter().position(|t| *t == verb)?;
    let inner = match texts.iter().position(|t| *t == "--") {
        Some(i) if i > at => args.get(i + 1..),
        _ => {
            let values = [
                "-e",
                "--env",
                "-u",
                "--user",
                "-w",
                "--workdir",
                "--env-file",
                "--detach-keys",
                "-n",
                "--namespace",
                "-c",
                "--container",
            ];
            let mut i = at + 1;
            while let Some(text) = texts.get(i).filter(|t| t.starts_with('-')) {
                i += if values.contains(text) { 2 } else { 1 };
            }
            args.get(i + 1..)
        }
    };
    let doubt = "it runs a program inside a container, which is not visible here";
    match inner.filter(|r| !r.is_empty()) {
        None => Some(Verdict::new(Label::CannotTell, doubt)),
        Some(rest) => Some(command(rest, Input::Closed, depth + 1).doubted(doubt)),
    }
}

fn container_run(args: &[Word], texts: &[&str], depth: usize) -> Option<Verdict> {
    let at = texts.iter().position(|t| *t == "run")?;
    let mut verdict = Verdict::new(Label::Mutating, "it creates a container");
    // Which word is the image is hard to know; what destroys behind any of them destroys.
    for i in at + 1..texts.len() {
        let inner = command(args.get(i..).unwrap_or_default(), Input::Closed, depth + 2);
        if inner.label == Label::Destructive {
            verdict.join(inner);
        }
    }
    let exposed = ["--privileged", "--pid=host", "--net=host", "--network=host"].iter().any(|f| texts.contains(f))
        || texts.iter().any(|t| t.starts_with("/:") || t.contains("docker.sock"));
    if exposed {
        verdict.worsen(Label::CannotTell, "the container can reach the host");
    }
    Some(verdict)
}
