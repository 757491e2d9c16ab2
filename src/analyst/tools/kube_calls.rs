//! Calls to a name that fail, as callers write it into their logs: by time running out, or by being
//! refused. It answers where that is said, and blames nobody.

use crate::domain::{Evidence, Span};

/// The most lines that are answered.
const MOST: usize = 3;
/// A longer line is no log line that is read here, in bytes.
const LONGEST: usize = 2_000;

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Nothing answers: the way is closed, or the other side hangs.
    Silence,
    /// The way is open, and nobody listens.
    Refusal,
    /// The name does not resolve.
    Lookup,
}

const SILENT: &[&str] = &[
    "timed out",
    "etimedout",
    "ehostunreach",
    "timeout",
    "deadline exceeded",
    "no route to host",
    "host is unreachable",
    "network is unreachable",
    "operation not permitted",
];
const REFUSED: &[&str] = &["connection refused", "econnrefused", "no endpoints available", "connect: refused"];

const UNKNOWN: &[&str] = &[
    "no such host",
    "name or service not known",
    "name resolution",
    "could not resolve",
    "enotfound",
    "unknownhostexception",
    "nxdomain",
];

/// The first lines that tell of a failed call to that name.
pub fn failed(evidence: &Evidence, name: &str) -> Vec<(Failure, Span)> {
    let mut found = Vec::new();
    let finder = memchr::memmem::Finder::new(name);
    for source in &evidence.sources {
        let text: &str = &source.text;
        // Only lines that hold the name are looked at: most of a large paste does not.
        let mut next = 0;
        while let Some(hit) = text.as_bytes().get(next..).and_then(|rest| finder.find(rest)) {
            let hit = next + hit;
            let start = text.get(..hit).and_then(|t| t.rfind('\n')).map_or(0, |n| n + 1);
            let end = text.get(hit..).and_then(|t| t.find('\n')).map_or(text.len(), |n| hit + n);
            next = end + 1;
            let line = text.get(start..end).unwrap_or("");
            let Some(failure) = told(line, name) else { continue };
            found.push((failure, Span { source: source.id, start, end: start + line.trim_end().len() }));
            if found.len() == MOST {
                return found;
            }
        }
    }
    found
}

/// The failure that a line tells of a call to that name.
fn told(line: &str, name: &str) -> Option<Failure> {
    let looked_up = || line.contains("lookup ") && crate::analyst::naming::mentions(line, name);
    if line.len() > LONGEST || !(is_addressed(line, name) || looked_up()) {
        return None;
    }
    let lower = line.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    if says(UNKNOWN) {
        Some(Failure::Lookup)
    } else if says(REFUSED) {
        Some(Failure::Refusal)
    } else {
        says(SILENT).then_some(Failure::Silence)
    }
}

/// True where a line holds the name as an address: `//name`, `name:8080`, `name.space.svc`, `@name`, `host=name`.
fn is_addressed(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line.get(..at).unwrap_or("");
        let after = line.get(at + name.len()..).unwrap_or("");
        let whole = !before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.')
            && !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
        let port = after.strip_prefix(':').is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()));
        let host = after
            .strip_prefix('.')
            .is_some_and(|r| r.split([':', '/', ' ', '"']).next().is_some_and(|h| h.contains("svc")));
        let keyed = before.ends_with("host=") || before.ends_with("server at \"");
        whole && (before.ends_with("//") || before.ends_with('@') || keyed || port || host)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_an_address_only_as_a_whole() {
        assert!(is_addressed("POST http://ledger:8080/entries: timeout", "ledger"));
        assert!(is_addressed("dial ledger.bank.svc:80: timeout", "ledger"));
        assert!(!is_addressed("POST http://ledger-api:8080/: timeout", "ledger"));
        assert!(!is_addressed("the ledger is slow: timeout", "ledger"));
    }
}
