//! What the evidence says, indexed once: words, numbers, times, services, levels, failure lines.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::OnceLock;

use super::pattern::{Pattern, group};
use super::stems::{Stem, shared, stems};
use super::tokens::all_numbers;
use crate::domain::{Evidence, Level, Line, SectionKind, SourceId, Span};

/// Lines that are compared one by one with a sentence; in a larger paste only lines of level WARN
/// and above, and only this many.
const MOST_LINES: usize = 4_000;

/// Clock times of the notes above which they are a log.
const MOST_TIMES: usize = 200;

/// One line that a sentence can be about.
pub struct Fact<'a> {
    pub line: &'a Line,
    pub text: &'a str,
    stems: OnceLock<Vec<Stem>>,
    low: Range<usize>,
    /// True for a line of notes, chat or prose: a person wrote it for people.
    pub note: bool,
}

impl Fact<'_> {
    /// The stems of its message.
    pub fn stems(&self) -> &[Stem] {
        let message = self.line.message.saturating_sub(self.line.start);
        self.stems.get_or_init(|| stems(self.text.get(message..).unwrap_or(self.text)))
    }
}

/// The evidence, indexed.
pub struct Known<'a> {
    /// The evidence itself.
    pub evidence: &'a Evidence,
    /// All of it in lower case.
    pub lower: String,
    numbers: OnceLock<HashSet<u64>>,
    parts: OnceLock<Vec<(String, String, String)>>,
    shares: OnceLock<Vec<(f64, String)>>,
    traced: OnceLock<BTreeSet<(String, String)>>,
    pub(super) facts: Vec<Fact<'a>>,
    /// False for a large paste, of which only the lines that warn are among the facts.
    pub(super) whole: bool,
}

static CLOCK: Pattern = Pattern::new(r"(?:\b|T)((?:[01]?\d|2[0-3]):[0-5]\d)(?::\d{2})?\b");

impl<'a> Known<'a> {
    /// True where a trace shows the one calling the other, either way round; names in lower case.
    pub(super) fn traced(&self, a: &str, b: &str) -> bool {
        let calls = self.traced.get_or_init(|| super::traced::calls(self.evidence));
        let has = |a: &str, b: &str| calls.contains(&(a.to_owned(), b.to_owned()));
        has(a, b) || has(b, a)
    }

    /// Takes the calls that an investigation of the same evidence read from its traces, so that they are not read again.
    pub fn take_traced(&self, calls: &BTreeSet<(String, String)>) {
        // what is known already was read from the same spans
        let _ = self.traced.set(calls.clone());
    }

    /// Reads the evidence once.
    pub fn of(evidence: &'a Evidence) -> Self {
        let mut lower = String::with_capacity(evidence.sources.iter().map(|s| s.text.len() + 1).sum());
        let mut starts = Vec::with_capacity(evidence.sources.len());
        for source in &evidence.sources {
            starts.push(lower.len());
            lower.push_str(&folded(&source.text));
            lower.push('\n');
        }
        let large = evidence.lines().nth(MOST_LINES).is_some();
        let telling = |l: &Line| !large || l.level.is_some_and(|level| level >= Level::Warn);
        let notes: HashSet<(SourceId, u32)> = notes(evidence).map(|(source, line)| (source, line.no)).collect();
        let facts = evidence
            .lines()
            .filter(|(_, line)| line.duplicate_of.is_none() && telling(line))
            .map(|(source, line)| (source, line, evidence.slice(Span::new(source, line.range()))))
            .filter(|(_, _, text)| !text.trim().is_empty())
            .take(MOST_LINES)
            .map(|(source, line, text)| {
                let start = starts.get(source.0 as usize).copied().unwrap_or(0);
                let low = start + line.start..start + line.end;
                Fact { line, text, stems: OnceLock::new(), low, note: notes.contains(&(source, line.no)) }
            })
            .collect();
        Self {
            evidence,
            lower,
            numbers: OnceLock::new(),
            parts: OnceLock::new(),
            shares: OnceLock::new(),
            traced: OnceLock::new(),
            facts,
            whole: !large,
        }
    }

    /// A line in lower case.
    pub(super) fn low(&self, fact: &Fact<'_>) -> &str {
        self.lower.get(fact.low.clone()).unwrap_or("")
    }

    /// True when the evidence states this number anywhere.
    pub fn has_number(&self, value: f64) -> bool {
        let all = || self.evidence.sources.iter().flat_map(|s| all_numbers(&s.text)).map(key).collect();
        self.numbers.get_or_init(all).contains(&key(value))
    }

    /// Every `3 of 12 pods` of the evidence: part, total, what is counted.
    pub(super) fn parts(&self) -> &[(String, String, String)] {
        self.parts.get_or_init(|| super::shares::parts_in(&self.lower))
    }

    /// Every `12% of requests` of the evidence.
    pub(super) fn shares(&self) -> &[(f64, String)] {
        self.shares.get_or_init(|| super::shares::shares_in(&self.lower))
    }

    /// True when the evidence holds these words, whatever their case.
    pub fn says(&self, words: &str) -> bool {
        let words = words.trim().to_lowercase();
        !words.is_empty() && memchr::memmem::find(self.lower.as_bytes(), words.as_bytes()).is_some()
    }

    /// True when the evidence holds this clock time (`9:12`, `09:12:30` and `0912Z` hold `09:12`).
    pub fn has_time(&self, time: &str) -> bool {
        let short: String = time.chars().take(5).collect();
        self.says_whole(time)
            || self.says_whole(&short)
            || self.says_whole(short.trim_start_matches('0'))
            || self.says_whole(&format!("{}z", short.replace(':', "")))
    }

    /// True when some clock time of the notes is whole hours off this one: another zone's clock.
    pub(super) fn has_minute(&self, clock: &str) -> bool {
        self.clock_times(MOST_TIMES).iter().any(|(t, _)| t.get(2..) == clock.get(2..))
    }

    /// The same where the words do not begin or end inside a longer word or number.
    pub(super) fn says_whole(&self, words: &str) -> bool {
        let words = words.trim().to_lowercase();
        let digit = words.ends_with(|c: char| c.is_ascii_digit());
        !words.is_empty()
            && memchr::memmem::find_iter(self.lower.as_bytes(), &words).any(|at| {
                let before = self.lower.get(..at).and_then(|t| t.chars().next_back());
                let mut after = self.lower.get(at + words.len()..).unwrap_or("").chars();
                let (next, then) = (after.next(), after.next());
                let goes_on = next.is_some_and(char::is_alphanumeric) && next.is_none_or(|c| !matches!(c, 'z' | 't'))
                    || digit && next == Some('.') && then.is_some_and(|c| c.is_ascii_digit());
                let led =
                    before.is_some_and(|c| c.is_ascii_digit() || (c.is_alphanumeric() && !matches!(c, 't' | 'v')));
                !led && !goes_on
            })
    }

    /// The line that speaks most of what the words speak of, when it shares at least `least` stems.
    pub(super) fn line_about(&self, words: &str, least: usize) -> Option<&Fact<'a>> {
        let wanted = stems(words);
        let best = self.facts.iter().map(|f| (shared(f.stems(), &wanted), f)).filter(|(n, _)| *n >= least);
        best.max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.line.start.cmp(&a.1.line.start))).map(|(_, f)| f)
    }

    /// Every service's name.
    pub fn services(&self) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        for service in self.facts.iter().filter_map(|f| f.line.service.as_deref()) {
            if !out.iter().any(|s| s == service) {
                out.push(service.to_owned());
            }
        }
        out
    }

    /// True when order can't be known: at least three stamped lines, all within a few milliseconds.
    pub fn is_unordered(&self) -> bool {
        is_unordered(self.evidence)
    }

    /// The clock times stated in notes (not in log lines), each with its line; none when there are
    /// more than `most`.
    pub(super) fn clock_times(&self, most: usize) -> Vec<(String, &'a str)> {
        let mut out: Vec<(String, &str)> = Vec::new();
        for f in self.facts.iter().filter(|f| f.note) {
            for c in CLOCK.all(f.text) {
                let time = format!("{:0>5}", group(&c, 1));
                if !out.iter().any(|(t, _)| *t == time) {
                    out.push((time, f.text));
                }
            }
            if out.len() > most {
                return Vec::new();
            }
        }
        out
    }
}

/// True when order can't be known: at least three stamped lines, all within a few milliseconds.
pub fn is_unordered(evidence: &Evidence) -> bool {
    let mut stamps = evidence.lines().filter(|(_, l)| l.duplicate_of.is_none()).filter_map(|(_, l)| l.stamp);
    let Some(first) = stamps.next() else { return false };
    let mut more = 0;
    let close = stamps.all(|s| {
        more += 1;
        s.seconds_since(&first).is_some_and(|d| d.abs() <= 0.005)
    });
    close && more >= 2
}

/// Lines that people wrote for people: notes, chat, prose, deploy notes, tables by hand; no line of
/// a log, of a tool's output or of data.
pub fn notes(evidence: &Evidence) -> impl Iterator<Item = (SourceId, &Line)> {
    evidence.sources.iter().zip(&evidence.readings).flat_map(|(source, reading)| {
        let told = reading.sections.iter().filter(|s| {
            matches!(
                s.kind,
                SectionKind::Prose | SectionKind::Chat | SectionKind::Deploy | SectionKind::Table | SectionKind::Logs
            )
        });
        let lines = told.flat_map(|s| reading.lines.get(s.lines.clone()).unwrap_or_default());
        lines.filter(|l| l.level.is_none() && l.service.is_none()).map(move |l| (source.id, l))
    })
}

/// The text in lower case, byte for byte in the same places.
fn folded(text: &str) -> String {
    let same_length = |c: char| {
        let mut low = c.to_lowercase();
        let one = low.next().filter(|l| l.len_utf8() == c.len_utf8() && low.next().is_none());
        one.unwrap_or(c)
    };
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        // Nearly every line is ASCII, and those need no look at each character.
        if line.is_ascii() {
            out.push_str(&line.to_ascii_lowercase());
        } else {
            out.extend(line.chars().map(same_length));
        }
    }
    out
}

/// A number as a key: equal up to a billionth.
fn key(value: f64) -> u64 {
    (value * 1e6).round().to_bits()
}
