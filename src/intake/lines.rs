//! From heads to lines: what the lines of one source settle together.
//!
//! A heading may say how the lines below it read (`#Fields: date time` is UTC), a section may name
//! the service whose output it is, and a bare word is a service's name only where the source treats
//! it as one. No line is dropped, merged or moved.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use crate::domain::{Beside, Line, Section, SectionKind, Stamp};

use super::logline::{Head, NameKind, Shape, head, stamp_of};

/// The lines of a text, without their ends. A text that ends in a line end has no line behind it.
pub(super) fn split(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', text.as_bytes()) {
        found.push(start..end);
        start = end + 1;
    }
    if start < text.len() {
        found.push(start..text.len());
    }
    found
}

/// How much of a line is read for its head, in bytes; a longer line is still one line.
const HEAD: usize = 64 << 10;

/// The head of every line.
pub(super) fn heads(text: &str, ranges: &[Range<usize>], beside: Beside) -> Vec<Head> {
    let (first, rest) = ranges.split_at(ranges.len() / 2);
    // what the first half says last of its fields holds for the second too
    let fields = first.iter().rev().find_map(|range| text.get(range.clone())?.strip_prefix(FIELDS));
    let utc = fields.is_some_and(in_utc);
    let (mut heads, more) = beside.both(|| heads_of(text, first, false), || heads_of(text, rest, utc));
    heads.extend(more);
    heads
}

/// How the line begins that names the fields of the W3C extended format.
const FIELDS: &str = "#Fields:";

/// The W3C extended format states its times in UTC.
fn in_utc(fields: &str) -> bool {
    fields.contains("date time")
}

fn heads_of(text: &str, ranges: &[Range<usize>], mut utc: bool) -> Vec<Head> {
    ranges
        .iter()
        .map(|range| {
            let line = text.get(range.clone()).unwrap_or("");
            let mut to = line.len().min(HEAD);
            while !line.is_char_boundary(to) {
                to -= 1;
            }
            let line = line.get(..to).unwrap_or("");
            if let Some(fields) = line.strip_prefix(FIELDS) {
                utc = in_utc(fields);
            }
            let mut head = head(line);
            if utc
                && let Some(found) = &mut head.stamp
                && let Stamp::Local(t) = found.stamp
            {
                found.stamp = Stamp::Exact(t.and_utc());
            }
            head
        })
        .collect()
}

/// What the heads of one section are good for.
pub(super) fn is_log(kind: SectionKind) -> bool {
    matches!(kind, SectionKind::Logs | SectionKind::StackTrace | SectionKind::Json)
}

/// Kinds whose lines may state a time, but no level and no service of a log line.
fn is_dated(kind: SectionKind) -> bool {
    matches!(
        kind,
        SectionKind::Prose
            | SectionKind::Chat
            | SectionKind::Deploy
            | SectionKind::Csv
            | SectionKind::Table
            | SectionKind::Metrics
            | SectionKind::Spans
            | SectionKind::Command
    )
}

/// Makes the lines. `services` gives the service whose output a section is, where it is known.
pub(super) fn settle(
    text: &str,
    ranges: &[Range<usize>],
    heads: &[Head],
    sections: &[Section],
    services: &[Option<String>],
) -> Vec<Line> {
    let mut names: HashMap<String, Arc<str>> = HashMap::new();
    let mut intern = |name: &str| -> Arc<str> {
        if let Some(known) = names.get(name) {
            return Arc::clone(known);
        }
        let made: Arc<str> = Arc::from(name);
        names.insert(name.to_owned(), Arc::clone(&made));
        made
    };
    let known = confirmed(heads);
    let mut lines = Vec::with_capacity(ranges.len());
    for (section, output_of) in sections.iter().zip(services) {
        for index in section.lines.clone() {
            let (Some(range), Some(head)) = (ranges.get(index), heads.get(index)) else { continue };
            let log = is_log(section.kind);
            let states = log || is_dated(section.kind);
            let own = head.service.as_ref().filter(|_| log).and_then(|(kind, name)| match kind {
                NameKind::Weak => known.contains(name.as_str()).then_some((*kind, name.as_str())),
                _ => Some((*kind, name.as_str())),
            });
            let unconfirmed = own.is_none() && head.service.as_ref().is_some_and(|s| s.0 == NameKind::Weak);
            let service = match (own, output_of) {
                (Some((NameKind::Stated, name)), _) => Some(name),
                (Some((_, name)), None) => Some(name),
                (_, Some(output_of))
                    if log && !(section.title.is_some() && index == section.lines.start && head.stamp.is_none()) =>
                {
                    Some(output_of.as_str())
                }
                _ => None,
            };
            let line_text = text.get(range.clone()).unwrap_or("");
            let mut message = range.start + head.message.min(range.len());
            if unconfirmed || !states {
                message = back_to(line_text, range, head, message, states);
            }
            lines.push(Line {
                no: index as u32 + 1,
                start: range.start,
                end: range.end,
                stamp: head
                    .stamp
                    .map(|f| f.stamp)
                    .filter(|_| states)
                    .or_else(|| log.then(|| trailing(line_text)).flatten()),
                level: head.level.filter(|_| log),
                service: service.map(&mut intern),
                message,
                template: None,
                duplicate_of: None,
            });
        }
    }
    lines
}

/// How a line says that its time follows, where that stands behind its message.
const TRAILING: [&str; 5] = [" time: ", " time=", " timestamp: ", " timestamp=", " ts="];
/// Bytes of a line's end in which its time is looked for.
const TAIL: usize = 64;

/// The date and time that a line ends in, behind a word for one: `Success! Status Code: 200, Time: 2026-06-20 13:14:30`.
fn trailing(line: &str) -> Option<Stamp> {
    let line = line.trim_end();
    let ends = line.ends_with(|c: char| c.is_ascii_digit() || c == 'Z');
    let from = (line.len().saturating_sub(TAIL)..line.len()).find(|at| line.is_char_boundary(*at)).filter(|_| ends)?;
    let tail = line.get(from..)?;
    let lower = tail.to_ascii_lowercase();
    let behind = TRAILING.iter().filter_map(|word| Some(lower.rfind(word)? + word.len())).max()?;
    // a clock alone may be of anything
    stamp_of(tail.get(behind..)?).filter(|s| matches!(s, Stamp::Exact(_) | Stamp::Local(_)))
}

/// The message's begin without a bare word that proved to be no name; the line's own begin where
/// the section knows no heads.
fn back_to(line: &str, range: &Range<usize>, head: &Head, message: usize, states: bool) -> usize {
    let first = range.start + line.len() - line.trim_start().len();
    if !states {
        return first;
    }
    let name = head.service.as_ref().map_or("", |s| s.1.as_str());
    let before = line.get(..message - range.start).unwrap_or("");
    match before.rfind(name) {
        Some(at) if !name.is_empty() => range.start + at,
        _ => message,
    }
}

/// The bare words that the source treats as names: stated elsewhere, repeated, named like a service,
/// or standing in a place where most lines have one.
fn confirmed(heads: &[Head]) -> HashSet<&str> {
    let mut stated: HashSet<&str> = HashSet::new();
    let mut weak: HashMap<&str, u32> = HashMap::new();
    let (mut places, mut bare) = (0u32, 0u32);
    for head in heads.iter().filter(|h| h.shape == Shape::Text && h.level.is_some()) {
        match &head.service {
            Some((NameKind::Weak, name)) => {
                *weak.entry(name).or_default() += 1;
                places += 1;
            }
            Some((_, name)) => {
                stated.insert(name);
            }
            None => bare += 1,
        }
    }
    let rule = places >= 3 && places * 5 >= (places + bare) * 3;
    const ENDS: [&str; 16] = [
        "-svc",
        "-service",
        "-api",
        "-worker",
        "-gateway",
        "-db",
        "-cache",
        "-server",
        "-proxy",
        "-web",
        "-app",
        "-job",
        "-queue",
        "-consumer",
        "service",
        "svc",
    ];
    weak.into_iter()
        .filter(|(name, count)| rule || *count >= 2 || stated.contains(name) || ENDS.iter().any(|e| name.ends_with(e)))
        .map(|(name, _)| name)
        .collect()
}
