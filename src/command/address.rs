//! What the address of a web request tells, by `addresses.toml`: a plain GET can shut a server down, print
//! its secrets, or carry a statement. And which servers are known to be near. Asks nobody.

use std::collections::HashSet;
use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;

use super::argv;
use super::grammar::tool;
use super::judge::Input;
use super::verdict::Verdict;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    acts: String,
    secrets: String,
    reads: Vec<String>,
    keys: String,
    statements: String,
    headers: String,
    metadata: String,
}

struct Rules {
    acts: HashSet<String>,
    secrets: HashSet<String>,
    reads: Vec<Regex>,
    keys: HashSet<String>,
    statements: Regex,
    headers: HashSet<String>,
    metadata: Regex,
}

fn read() -> Option<Rules> {
    let file: File = toml::from_str(include_str!("addresses.toml")).ok()?;
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<HashSet<String>>();
    let compile = |text: &str| crate::domain::pattern::compile(text).ok();
    Some(Rules {
        acts: words(&file.acts),
        secrets: words(&file.secrets),
        reads: file.reads.iter().map(|r| compile(r)).collect::<Option<_>>()?,
        keys: words(&file.keys),
        statements: compile(&file.statements)?,
        headers: words(&file.headers),
        metadata: compile(&file.metadata)?,
    })
}

fn rules() -> Option<&'static Rules> {
    static RULES: OnceLock<Option<Rules>> = OnceLock::new();
    RULES.get_or_init(read).as_ref()
}

/// The verdict on a call of curl, wget or httpie: what the flags say, and what its addresses say.
pub(super) fn web(name: &str, args: &[&str], input: Input<'_>) -> Option<Verdict> {
    let tool = tool(name)?;
    let mut verdict = argv::judge(tool, name, args);
    let Some(rules) = rules() else { return Some(verdict.doubted("the rules for addresses can't be read")) };
    let taken = argv::take(tool, args);
    let addresses = taken.flags.iter().filter(|(f, _)| *f == "--url").filter_map(|(_, v)| *v);
    let asked = taken.words.iter().copied().chain(addresses);
    let odd = args.iter().filter(|a| !a.starts_with('-')).find_map(|word| shape(name, args, word));
    if let Some(why) = odd.or_else(|| asked.into_iter().find_map(|word| said(rules, word))) {
        verdict = verdict.doubted(why);
    }
    for header in taken.flags.iter().filter(|(f, _)| matches!(*f, "-H" | "--header")).filter_map(|(_, v)| *v) {
        let named = header.split([':', ';']).next().unwrap_or(header).trim().to_ascii_lowercase();
        if !rules.headers.contains(&named) {
            verdict = verdict.doubted(format!("the header {named} may say who asks, or what is to be done"));
        }
    }
    if input == Input::Stream {
        // Nothing that is allowed here reads standard input.
        verdict = verdict.doubted("what is sent is not visible");
    }
    Some(verdict)
}

/// What is odd about a word as an address, whatever it asks for.
fn shape(name: &str, args: &[&str], word: &str) -> Option<String> {
    let lower = word.to_ascii_lowercase();
    if let Some((scheme, rest)) = lower.split_once("://") {
        if scheme.bytes().all(|b| b.is_ascii_alphabetic()) && !matches!(scheme, "http" | "https") {
            return Some(format!("{scheme}:// is no web address"));
        }
        if rest.split('/').next().is_some_and(|host| host.contains('@')) {
            return Some("it sends credentials".to_owned());
        }
    }
    if word.contains(['`', ';', '|']) || word.contains("$(") || word.contains("${") {
        return Some("a word of it looks like shell code".to_owned());
    }
    if word.starts_with('@') {
        return Some("a word of it comes from a file".to_owned());
    }
    let expands = name == "curl" && word.contains(['{', '[']) && !word.contains("%{") && !word.starts_with('{');
    (expands && !args.contains(&"-g")).then(|| "curl expands braces and brackets in an address".to_owned())
}

/// Escapes of what parts an address: `%`, `.`, `/`, `?`, `#` and `\`.
const HIDES: [&str; 6] = ["%25", "%2e", "%2f", "%3f", "%23", "%5c"];

/// True for a word that names an act, or is put together with one: `flushcache`, `jobrestart`. The rest
/// has three letters at least, so that `tasks` and `exporter` stay what they are.
fn is_act(rules: &Rules, word: &str) -> bool {
    let joined = |act: &str| {
        let rest = word.len() >= act.len() + 3;
        rest && ((act.len() >= 4 && word.starts_with(act)) || (act.len() >= 5 && word.ends_with(act)))
    };
    rules.acts.contains(word) || rules.acts.iter().any(|act| joined(act))
}

/// What the words of an address say.
fn said(rules: &Rules, word: &str) -> Option<String> {
    let plain = unescaped(word)?;
    if rules.metadata.is_match(&plain) {
        return Some("the cloud's metadata holds credentials".to_owned());
    }
    let behind = plain.split_once("://").map_or(plain.as_str(), |(_, r)| r);
    let host = behind.split(['/', '?', '#']).next().unwrap_or("");
    if numeric(host) {
        return Some("the host is written as a number".to_owned());
    }
    // Taken apart as it stands: what an escape hides is no separator, and the server sees another path.
    let (before, query) = word.split_once('?').unwrap_or((word, ""));
    let (path, query) = (unescaped(before)?, unescaped(query)?);
    let path = path.split_once("://").map_or(path.as_str(), |(_, r)| r).get(host.len()..).unwrap_or("");
    let escaped = before.to_ascii_lowercase();
    if HIDES.iter().any(|hides| escaped.contains(hides)) {
        return Some("the path hides a separator behind an escape".to_owned());
    }
    if path.contains("/../") || path.ends_with("/..") || path.contains("//") {
        return Some("the path goes back on itself".to_owned());
    }
    let reads = rules.reads.iter().any(|r| r.is_match(path));
    if !reads && let Some(act) = words(path).into_iter().find(|w| is_act(rules, w)) {
        return Some(format!("the address says `{act}`"));
    }
    if !reads && let Some(secret) = words(path).into_iter().find(|w| rules.secrets.contains(w)) {
        return Some(format!("the address says `{secret}`, which may be secret"));
    }
    query.split(['&', ';']).find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let key = key.to_ascii_lowercase();
        if rules.keys.contains(&key) {
            return Some(format!("the address has `{key}=`: it may say what is to be done"));
        }
        let value = value.replace('+', " ");
        rules.statements.is_match(&value).then(|| format!("the address carries a statement in `{key}=`"))
    })
}

/// The words of a path in lower case: parted at what is no letter or digit, and before each capital.
fn words(path: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small = false;
    for c in path.chars() {
        let parts = !c.is_alphanumeric() || (c.is_uppercase() && small);
        if parts && words.last().is_some_and(|w| !w.is_empty()) {
            words.push(String::new());
        }
        small = c.is_lowercase() || c.is_ascii_digit();
        if c.is_alphanumeric()
            && let Some(last) = words.last_mut()
        {
            last.extend(c.to_lowercase());
        }
    }
    let joined: String = path.chars().filter(|c| c.is_alphanumeric() || *c == '/').collect::<String>().to_lowercase();
    words.extend(joined.split('/').map(str::to_owned));
    words.retain(|w| !w.is_empty());
    words
}

/// The address without its `%` escapes, as far as they can be read.
fn unescaped(word: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let pair = tail.get(..2).and_then(|p| core::str::from_utf8(p).ok());
        match pair.and_then(|p| u8::from_str_radix(p, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..)?;
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// True for a host that is one number, in any base: a way around a list of addresses.
fn numeric(host: &str) -> bool {
    let host = host.split(':').next().unwrap_or(host).to_ascii_lowercase();
    let number = |part: &str| part.strip_prefix("0x").map_or(part.bytes().all(|b| b.is_ascii_digit()), |_| true);
    let odd = host.split('.').any(|p| p.starts_with("0x") || (p.len() > 1 && p.starts_with('0')));
    !host.is_empty() && host.split('.').all(number) && (odd || host.split('.').count() != 4)
}

/// True for a server of one's own network: a plain name, a name under an inner domain, a private
/// address, a blank. Of an address with a scheme the host counts, and none with a password is near.
pub(super) fn is_near(host: &str) -> bool {
    if host.contains('‹') || host == "localhost" {
        return true;
    }
    let host = match host.split_once("://") {
        Some((_, rest)) => rest.split(['/', '?']).next().unwrap_or(rest),
        None => host,
    };
    let host = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(host, |p| p.0);
    if let Ok(ip) = host.parse::<core::net::Ipv4Addr>() {
        return ip.is_private() || ip.is_loopback();
    }
    if numeric(host) {
        return false;
    }
    let plain = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    let inner =
        [".internal", ".local", ".svc", ".lan", ".corp", ".intra", ".private"].iter().any(|d| host.ends_with(d));
    plain && (!host.contains('.') || inner) && !host.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_for_addresses_read() {
        let file: File = toml::from_str(include_str!("addresses.toml")).unwrap();
        assert!(file.reads.len() > 5);
        assert!(read().is_some());
    }

    #[test]
    fn words_of_a_path_are_told_apart() {
        assert!(words("/admin/deleteDestination.action").contains(&"delete".to_owned()));
        assert!(words("/a/user-data").contains(&"userdata".to_owned()));
        assert_eq!(unescaped("/-/q%75it").as_deref(), Some("/-/quit"));
    }

    #[test]
    fn a_host_that_is_a_number_is_told() {
        assert!(["2852039166", "0xa9fea9fe", "0251.254.169.254", "169.254.43518"].into_iter().all(numeric));
        assert!(!["10.0.0.1:80", "localhost:8080", "web-1.shop", "7.example.com"].into_iter().any(numeric));
    }
}
