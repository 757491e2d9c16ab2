//! Where secrets stand in a text: windows around keywords, the rules' patterns on them, the blocks.

use std::collections::BTreeMap;
use std::ops::Range;

use regex::{Captures, Regex};

use super::blocks;
use super::guard;
use super::table::{Rule, keywords, rules};

/// How far before a keyword a pattern may look on the same line, in bytes.
const BEFORE: usize = 512;
/// The longest secret that is followed past the end of its window, in bytes.
const LONGEST: usize = 64 << 10;

/// A place that holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Its bytes.
    pub range: Range<usize>,
    /// What it is called.
    pub kind: &'static str,
    /// The order of preference of the rule that found it; smaller is better.
    pub rank: usize,
}

/// Which rules apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// What must not be kept at all.
    Secrets,
    /// Also what must not leave the machine under its own name.
    Personal,
}

/// Every place of `text` that a rule or a block scanner finds, unordered, possibly overlapping.
pub(super) fn find(text: &str, scope: Scope) -> Vec<Found> {
    let mut found = Vec::new();
    for range in blocks::find(text) {
        found.push(Found { range: range.0, kind: range.1, rank: 0 });
    }
    for (index, windows) in windows(text, scope) {
        let Some(rule) = rules().get(index) else { continue };
        let Some((inner, outer)) = rule.patterns() else { continue };
        for window in windows {
            match outer {
                None => scan(text, window, rule, inner, &mut push(rule, index, &mut found)),
                Some(outer) => {
                    let Some(head) = text.get(..window.end) else { continue };
                    let mut at = window.start;
                    while let Some(m) = outer.find_at(head, at) {
                        scan(text, m.range(), rule, inner, &mut push(rule, index, &mut found));
                        at = ceil(head, m.end().max(m.start() + 1).min(head.len()));
                        if at >= head.len() {
                            break;
                        }
                    }
                }
            }
        }
    }
    found
}

/// What one rule finds in a short text of its own, where one of its keywords stands in it.
pub(super) fn scanned(rule: &Rule, text: &str) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let named = rule.keywords.iter().any(|k| lower.contains(&k.to_ascii_lowercase()));
    let Some((inner, outer)) = rule.patterns().filter(|_| named) else { return Vec::new() };
    let mut found = Vec::new();
    match outer {
        None => scan(text, 0..text.len(), rule, inner, &mut |range| found.push(range)),
        Some(outer) => {
            for within in outer.find_iter(text) {
                scan(text, within.range(), rule, inner, &mut |range| found.push(range));
            }
        }
    }
    found
}

/// True where nothing of `span` is left after what the rule finds is taken away.
pub(super) fn secret_free(rule: &Rule, text: &str, span: &str) -> bool {
    let Some(from) = text.find(span) else { return false };
    scanned(rule, text).iter().any(|r| r.start <= from && r.end >= from + span.len())
}

fn windows(text: &str, scope: Scope) -> BTreeMap<usize, Vec<Range<usize>>> {
    let mut all: BTreeMap<usize, Vec<Range<usize>>> = BTreeMap::new();
    let Some((search, owners)) = keywords() else { return all };
    for hit in search.find_overlapping_iter(text) {
        let Some(&index) = owners.get(hit.pattern().as_usize()) else { continue };
        let Some(rule) = rules().get(index) else { continue };
        if rule.personal && scope == Scope::Secrets {
            continue;
        }
        let list = all.entry(index).or_default();
        if let Some(last) = list.last()
            && last.start <= hit.start()
            && hit.end() + rule.reach.min(256) <= last.end
        {
            continue;
        }
        let window = window(text, hit.start()..hit.end(), rule);
        match list.last_mut() {
            Some(last) if window.start <= last.end => last.end = last.end.max(window.end),
            _ => list.push(window),
        }
    }
    all
}

fn window(text: &str, hit: Range<usize>, rule: &Rule) -> Range<usize> {
    let bytes = text.as_bytes();
    let from = hit.start.saturating_sub(BEFORE);
    let before = bytes.get(from..hit.start).unwrap_or_default();
    // The line end before the line stays in the window: a pattern may begin with what stands before a name.
    let start = memchr::memrchr(b'\n', before).map_or(from, |i| from + i);
    let to = bytes.len().min(hit.end + rule.reach);
    let after = bytes.get(hit.end..to).unwrap_or_default();
    let end = if rule.lines { to } else { memchr::memchr(b'\n', after).map_or(to, |i| hit.end + i) };
    floor(text, start)..ceil(text, end)
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn ceil(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

fn push<'a>(rule: &'static Rule, rank: usize, found: &'a mut Vec<Found>) -> impl FnMut(Range<usize>) + 'a {
    move |range| found.push(Found { range, kind: &rule.kind, rank: rank + 1 })
}

fn scan(text: &str, window: Range<usize>, rule: &Rule, pattern: &Regex, out: &mut dyn FnMut(Range<usize>)) {
    let Some(head) = text.get(..window.end) else { return };
    let mut at = window.start;
    while at <= head.len() {
        let Some(captures) = pattern.captures_at(head, at) else { break };
        let Some(whole) = captures.get(0) else { break };
        let secret = secret(&captures).unwrap_or(whole.range());
        // What follows the secret may belong to the next one.
        at = ceil(head, secret.end.max(whole.start() + 1).min(head.len()));
        let range = prolonged(text, secret, window.end);
        let value = text.get(range.clone()).unwrap_or("");
        let entropic = rule.entropy <= 0.0 || guard::entropy(value) >= rule.entropy;
        if !value.is_empty() && entropic && guard::holds(rule.guard, text, &captures, range.clone()) {
            out(range);
        }
        if at >= head.len() {
            break;
        }
    }
}

fn secret(captures: &Captures<'_>) -> Option<Range<usize>> {
    for name in ["s", "s1", "s2", "s3", "s4", "s5"] {
        if let Some(m) = captures.name(name) {
            return Some(m.range());
        }
    }
    captures.get(1).map(|m| m.range())
}

/// A secret that the window cut off goes on to the end of its word.
fn prolonged(text: &str, range: Range<usize>, edge: usize) -> Range<usize> {
    if range.end < edge || edge >= text.len() {
        return range;
    }
    let rest = text.as_bytes().get(edge..text.len().min(edge + LONGEST)).unwrap_or_default();
    let more = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || b"-_+/=.~%".contains(b)).count();
    range.start..edge + more
}
