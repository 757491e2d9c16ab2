//! Arguments against a grammar: flags with their values, the verb, and the label that follows.

use std::cmp::Ordering;

use crate::domain::Label;

use super::address;
use super::grammar::{Rule, Takes, Tool, Verb, takes};
use super::verdict::{Verdict, worse};

/// Arguments taken apart.
#[derive(Debug, Default)]
pub(super) struct Taken<'a> {
    /// Flags in order, each with its value.
    pub flags: Vec<(&'a str, Option<&'a str>)>,
    /// Flags that the grammar does not know.
    pub unknown: Vec<&'a str>,
    /// Everything that is no flag and no flag's value, the verb included.
    pub words: Vec<&'a str>,
    /// How many of the words are the verb.
    pub verb_len: usize,
    /// The verb.
    pub verb: Option<&'a Verb>,
}

/// Takes `args` apart by the tool's grammar.
pub(super) fn take<'a>(tool: &'a Tool, args: &[&'a str]) -> Taken<'a> {
    // The verb decides which flags exist, and flags may stand before it: look twice.
    let first = take_with(tool, None, args);
    let Some((verb, _)) = find_verb(tool, &first.words) else { return first };
    let mut second = take_with(tool, Some(verb), args);
    if let Some((again, len)) = find_verb(tool, &second.words)
        && std::ptr::eq(again, verb)
    {
        second.verb = Some(verb);
        second.verb_len = len;
    }
    second
}

fn take_with<'a>(tool: &'a Tool, verb: Option<&'a Verb>, args: &[&'a str]) -> Taken<'a> {
    let own = verb.map_or("", |v| v.flags.as_str());
    let lookup = |name: &str| takes(own, name).or_else(|| takes(&tool.flags, name)).or_else(|| takes(&tool.deny, name));
    let mut taken = Taken::default();
    let mut rest = args.iter().copied();
    let mut plain = false;
    while let Some(arg) = rest.next() {
        if plain || !arg.starts_with('-') || arg == "-" {
            taken.words.push(arg);
            continue;
        }
        if arg == "--" {
            plain = true;
            continue;
        }
        let (name, glued) = match arg.split_once('=') {
            Some((n, v)) if lookup(arg).is_none() => (n, Some(v)),
            _ => (arg, None),
        };
        match lookup(name) {
            Some(Takes::Nothing | Takes::Glued) => taken.flags.push((name, glued)),
            Some(Takes::Value) if glued.is_some() => taken.flags.push((name, glued)),
            Some(Takes::Value) => match rest.next() {
                Some(v) => {
                    taken.unknown.extend(flag_like(v).filter(|_| !tool.any_flags));
                    taken.flags.push((name, Some(v)));
                }
                None => taken.unknown.push(name),
            },
            None if number_flag(arg) && lookup("-NUM").is_some() => taken.flags.push(("-NUM", arg.get(1..))),
            None if arg.starts_with("--") => {
                taken.unknown.push(name);
                taken.flags.push((name, glued));
                if tool.any_flags && glued.is_none() {
                    let value = rest.clone().next().filter(|v| !v.starts_with('-') && verb.is_some());
                    if value.is_some() {
                        rest.next();
                    }
                }
            }
            None => cluster(arg, &lookup, &mut rest, &mut taken),
        }
    }
    taken
}

/// A value that looks like a flag: where a flag takes none after all, this is one.
fn flag_like(value: &str) -> Option<&str> {
    let behind = value.strip_prefix('-')?;
    behind.starts_with(|c: char| c == '-' || c.is_ascii_alphabetic()).then_some(value)
}

fn number_flag(arg: &str) -> bool {
    arg.len() > 1 && arg.bytes().skip(1).all(|b| b.is_ascii_digit())
}

/// `-abc` as `-a -b -c`, or `-nVALUE` as `-n VALUE`.
fn cluster<'a>(
    arg: &'a str,
    lookup: &dyn Fn(&str) -> Option<Takes>,
    rest: &mut dyn Iterator<Item = &'a str>,
    taken: &mut Taken<'a>,
) {
    let mut at = 1;
    let mut flags = Vec::new();
    while let Some(c) = arg.get(at..).and_then(|r| r.chars().next()) {
        at += c.len_utf8();
        let name = format!("-{c}");
        match lookup(&name) {
            Some(Takes::Nothing) => flags.push((name, None)),
            Some(Takes::Glued) => {
                flags.push((name, arg.get(at..)));
                at = arg.len();
            }
            Some(Takes::Value) => {
                let glued = arg.get(at..).filter(|v| !v.is_empty());
                let value = glued.or_else(|| rest.next());
                match value {
                    Some(v) if glued.is_none() => taken.unknown.extend(flag_like(v)),
                    Some(_) => {}
                    None => taken.unknown.push(arg),
                }
                flags.push((name, value));
                at = arg.len();
            }
            None => {
                taken.unknown.push(arg);
                taken.flags.push((arg, None));
                return;
            }
        }
    }
    for (name, value) in flags {
        // The flag's own letters stand somewhere in the argument; a static copy keeps the borrow simple.
        taken.flags.push((short(&name), value));
    }
}

fn short(name: &str) -> &'static str {
    const ALL: &str = "-a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-s-t-u-v-w-x-y-z-A-B-C-D-E-F-G-H-I-J-K-L-M-N-O-P-Q-R-S-T-U-V-W-X-Y-Z-0-1-2-3-4-5-6-7-8-9-?-#-@-%-+-:-.-_";
    ALL.find(name).and_then(|i| ALL.get(i..i + 2)).unwrap_or("-?")
}

fn find_verb<'a>(tool: &'a Tool, words: &[&str]) -> Option<(&'a Verb, usize)> {
    let mut best: Option<(&'a Verb, Fit)> = None;
    for verb in &tool.verb {
        for parts in verb.paths() {
            if let Some(len) = matched(parts, words, tool.nocase) {
                let exact = parts.iter().filter(|p| !p.contains('*')).count() * 2 + parts.len();
                let fit = Fit { len, exact, floats: parts.first().is_some_and(|p| p == "**") };
                if best.as_ref().is_none_or(|(other, b)| fit.before(b, verb, other)) {
                    best = Some((verb, fit));
                }
            }
        }
    }
    best.map(|(v, fit)| (v, fit.len))
}

/// How a path fits the words.
#[derive(Debug, Clone, Copy)]
struct Fit {
    /// How many words it takes up.
    len: usize,
    /// How much of it is spelt out.
    exact: usize,
    /// True where any words may stand before it.
    floats: bool,
}

impl Fit {
    /// True where it says more about the call. Of paths that float the verb that stands first counts:
    /// `instances delete list` deletes what is named `list`. Of two that say as much the worse counts.
    fn before(self, other: &Self, verb: &Verb, than: &Verb) -> bool {
        let floating = self.floats || other.floats;
        let worse = worse(*verb.label.get_ref(), *than.label.get_ref());
        match self.len.cmp(&other.len) {
            Ordering::Less if floating => true,
            Ordering::Greater if floating => false,
            _ => self.exact > other.exact || (self.exact == other.exact && worse),
        }
    }
}

/// How many words a path takes up, where it fits their beginning.
fn matched(parts: &[String], words: &[&str], nocase: bool) -> Option<usize> {
    if parts.first().is_some_and(|p| p == "**") {
        let tail = parts.get(1..)?;
        return (1..=4).find_map(|skip| matched(tail, words.get(skip..)?, nocase).map(|n| n + skip));
    }
    let fits = parts.len() <= words.len() && parts.iter().zip(words).all(|(p, w)| word_fits(p, w, nocase));
    fits.then_some(parts.len())
}

fn word_fits(part: &str, word: &str, nocase: bool) -> bool {
    if part == "*" {
        return true;
    }
    match part.strip_suffix('*') {
        Some(head) if nocase => word.get(..head.len()).is_some_and(|w| w.eq_ignore_ascii_case(head)),
        Some(head) => word.starts_with(head),
        None if nocase => word.eq_ignore_ascii_case(part),
        None => word == part,
    }
}

/// The label of a call, and which part of the grammar gave it.
#[derive(Debug)]
pub(super) struct Decided {
    /// The label and why.
    pub verdict: Verdict,
    /// False where the grammar has no word on such a call.
    pub spoke: bool,
    /// Where in its file the deciding rule's label stands, in bytes.
    pub at: usize,
    /// True where that rule is to hold in place of a built-in one.
    pub replaces: bool,
}

/// The label of a call.
pub(super) fn judge(tool: &Tool, name: &str, args: &[&str]) -> Verdict {
    decide(tool, name, args).verdict
}

/// The label of a call, with where it comes from.
pub(super) fn decide(tool: &Tool, name: &str, args: &[&str]) -> Decided {
    let taken = take(tool, args);
    let denied = taken.flags.iter().map(|(f, _)| *f).find(|f| takes(&tool.deny, f).is_some());
    let mut decided = match taken.verb {
        None if !tool.verb.is_empty() && tool.label.is_none() => {
            let word = taken.words.first().copied().unwrap_or("");
            let why = format!("no rule for `{}`", format!("{name} {word}").trim());
            let verdict = Verdict::new(Label::CannotTell, why);
            return Decided { verdict, spoke: denied.is_some(), at: tool.names.span().start, replaces: false };
        }
        verb => labelled(tool, name, verb, &taken),
    };
    let before = decided.verdict.label;
    let verdict = &mut decided.verdict;
    if let Some(flag) = denied {
        verdict.worsen(Label::CannotTell, format!("`{flag}` changes what `{name}` talks to or runs"));
    }
    if verdict.label == Label::SafeReadOnly
        && !tool.any_flags
        && let Some(flag) = taken.unknown.first()
    {
        verdict.worsen(Label::CannotTell, format!("unknown flag {flag} for `{name}`"));
    }
    if tool.any_flags
        && let Some(why) = far_fetched(tool, name, &taken.unknown, args)
    {
        verdict.worsen(Label::CannotTell, why);
    }
    if verdict.label == Label::SafeReadOnly && tool.any_flags && taken.unknown.iter().any(|f| !f.starts_with("--")) {
        verdict.worsen(Label::CannotTell, format!("unknown flag for `{name}`"));
    }
    let hosts = taken.flags.iter().filter(|(f, _)| takes(&tool.hosts, f).is_some());
    for host in hosts.filter_map(|(_, v)| *v).filter(|h| !address::is_near(h)) {
        verdict.worsen(Label::CannotTell, format!("{host} is not known to be a server of yours"));
    }
    decided.replaces &= decided.verdict.label == before;
    decided
}

/// Tools with too many flags to list take the beginning of a flag for the whole, and values from files and
/// addresses.
fn far_fetched(tool: &Tool, name: &str, unknown: &[&str], args: &[&str]) -> Option<String> {
    let denied = |flag: &str| {
        let mut all = tool.deny.split_whitespace().map(|d| d.trim_end_matches(['=', '?']));
        all.any(|d| d.starts_with(flag) && flag.len() > 3)
    };
    if let Some(flag) = unknown.iter().find(|f| f.starts_with("--") && denied(f)) {
        return Some(format!("`{flag}` may be the beginning of a flag that changes what `{name}` talks to"));
    }
    let from = |a: &&&str| {
        let value = a.split_once('=').filter(|_| a.starts_with('-')).map_or(**a, |(_, v)| v);
        let address = value.contains("://") && !value.starts_with("s3://") && !value.starts_with("gs://");
        address && !queue(value) || value.starts_with('@')
    };
    args.iter().find(from).map(|a| format!("the value {a} comes from elsewhere"))
}

/// The address of a queue is its name: the call goes to the service, not to it.
fn queue(value: &str) -> bool {
    let host = value.strip_prefix("https://").and_then(|v| v.split('/').next()).unwrap_or("");
    host.starts_with("sqs.") && host.ends_with(".amazonaws.com")
}

fn labelled(tool: &Tool, name: &str, verb: Option<&Verb>, taken: &Taken<'_>) -> Decided {
    let rules = tool.rule.iter().chain(verb.iter().flat_map(|v| &v.rule));
    let words = taken.words.get(taken.verb_len..).unwrap_or_default();
    for rule in rules {
        if holds(rule, taken, words) {
            let verdict = Verdict::new(*rule.label.get_ref(), rule.why.clone());
            return Decided { verdict, spoke: true, at: rule.label.span().start, replaces: rule.replaces };
        }
    }
    let verb_words = taken.words.get(..taken.verb_len).unwrap_or_default().join(" ");
    let call = format!("{name} {verb_words}");
    let call = call.trim();
    let (label, why, at, replaces) = match verb {
        Some(v) => (*v.label.get_ref(), v.why.as_str(), v.label.span().start, v.replaces),
        None => (tool.label.unwrap_or(Label::CannotTell), tool.why.as_str(), tool.names.span().start, false),
    };
    let said = match (why.is_empty(), label) {
        (false, _) => format!("`{call}` {why}"),
        (true, Label::SafeReadOnly) => format!("`{call}` reads"),
        (true, Label::Mutating) => format!("`{call}` changes things"),
        (true, Label::Destructive) => format!("`{call}` destroys or interrupts"),
        (true, Label::CannotTell) => format!("what `{call}` does can't be told from its text"),
    };
    Decided { verdict: Verdict::new(label, said), spoke: true, at, replaces }
}

fn holds(rule: &Rule, taken: &Taken<'_>, words: &[&str]) -> bool {
    let patterns = rule.patterns();
    let has = |name: &String| taken.flags.iter().any(|(f, _)| f == name);
    let args_hold = patterns.args.as_ref().is_none_or(|p| words.iter().any(|w| p.is_match(w)));
    let verb = || taken.words.get(..taken.verb_len).unwrap_or_default().join(" ");
    let call_holds = patterns.call.as_ref().is_none_or(|p| p.is_match(&verb()));
    let value = patterns.value.as_ref();
    let flag_holds = rule.flag.is_empty()
        || taken
            .flags
            .iter()
            .any(|(f, v)| rule.flag.iter().any(|name| name == f) && value.is_none_or(|p| p.is_match(v.unwrap_or(""))));
    args_hold && call_holds && flag_holds && rule.over.is_none_or(|n| words.len() > n) && !rule.without.iter().any(has)
}
