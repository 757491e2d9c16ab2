//! Evidence: the sources that were given, and the view of them that intake made.
//!
//! The text of a source is the truth; lines and sections are a view. A citation names a byte span
//! of the text, so a better parser never moves it.

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Citation, Stamp};

/// The number of a source: inputs count from 0 in the order they were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceId(pub u32);

/// Where a source came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Origin {
    /// Pasted into the console.
    Paste,
    /// Read from a file; the path as it was given.
    File {
        /// The path as it was given.
        path: String,
    },
    /// Read from standard input.
    Pipe,
    /// The output of an approved command of this session.
    Output {
        /// The run's number.
        run: u64,
        /// The command's exact text.
        command: String,
    },
    /// The output of a command that was run elsewhere, pasted beside its check.
    PastedOutput {
        /// The check it belongs to.
        check: String,
    },
}

/// One thing that was given as evidence, cleaned and masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its number.
    pub id: SourceId,
    /// What a person calls it: a file's name, `paste 2`, a command.
    pub name: String,
    /// Where it came from.
    pub origin: Origin,
    /// The cleaned, masked text (UTF-8, `\n` line ends, no control characters but `\n` and `\t`).
    pub text: Arc<str>,
}

/// A byte span of a source's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// The source.
    pub source: SourceId,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// A span of `source` over `range`.
    pub fn new(source: SourceId, range: Range<usize>) -> Self {
        Self { source, start: range.start, end: range.end }
    }
}

/// The level of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are the levels")]
pub enum Level {
    Trace,
    Debug,
    Info,
    Notice,
    Warn,
    Error,
    Fatal,
}

impl Level {
    /// The level's name in capitals, as the contract prints it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Notice => "NOTICE",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
        }
    }
}

/// One line of a source as intake reads it. Offsets are bytes of the source's text.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Counts from 1.
    pub no: u32,
    /// First byte of the line.
    pub start: usize,
    /// One past its last byte, without the line end.
    pub end: usize,
    /// The instant the line states, the innermost where one line wraps another.
    pub stamp: Option<Stamp>,
    /// The level the line states, the innermost where one line wraps another.
    pub level: Option<Level>,
    /// Where the emitting service's name stands, or the name when it is known from elsewhere.
    pub service: Option<Arc<str>>,
    /// Where the message begins (after stamp, level and service), in bytes of the source's text.
    pub message: usize,
    /// The template this line belongs to, numbered from 1 within its source; `None` where the
    /// line is no log line.
    pub template: Option<u32>,
    /// The first line that says exactly the same event (a doubled or wrapped line), if any.
    pub duplicate_of: Option<u32>,
}

impl Line {
    /// The line's byte range in its source.
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// What a stretch of a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say what each is")]
pub enum SectionKind {
    Logs,
    StackTrace,
    KubeGet,
    KubeDescribe,
    KubeYaml,
    KubeEvents,
    KubeTop,
    UnitStatus,
    Alert,
    Deploy,
    Chat,
    Metrics,
    Csv,
    Spans,
    Json,
    Table,
    Command,
    Prose,
}

/// A typed stretch of a source.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// What it is.
    pub kind: SectionKind,
    /// Its lines: first and one past the last, as indices into [`Reading::lines`].
    pub lines: Range<usize>,
    /// The heading or the command (`$ kubectl get pods -n shop`) that introduces it.
    pub title: Option<String>,
}

/// What intake noticed about a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The sort of thing.
    pub kind: NoticeKind,
    /// One sentence for a person.
    pub what: String,
    /// How many there were; at least 1.
    pub count: u64,
}

impl Notice {
    /// True where the other says the same of the same evidence: in the same words, or in a language that is
    /// written in other signs, where sort, count and every name and figure of it agree.
    pub fn is_same(&self, other: &Self) -> bool {
        if self.kind != other.kind || self.count != other.count {
            return false;
        }
        let foreign = |n: &Self| n.what.chars().any(|c| matches!(c, '\u{3400}'..='\u{9fff}'));
        let kept = |said: &Self, ours: &Self| {
            let parts = |n: &'_ Self| -> Vec<String> {
                n.what
                    .split(|c: char| !c.is_ascii_alphanumeric())
                    .filter(|p| !p.is_empty())
                    .map(str::to_owned)
                    .collect()
            };
            let (said, ours) = (parts(said), parts(ours));
            let figures = |all: &[String]| all.iter().filter(|p| p.bytes().any(|b| b.is_ascii_digit())).count();
            said.iter().all(|p| ours.contains(p)) && figures(&said) == figures(&ours)
        };
        match (foreign(self), foreign(other)) {
            (true, false) => kept(self, other),
            (false, true) => kept(other, self),
            _ => self.what == other.what,
        }
    }
}

/// The sorts of notices. The names are part of the report contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say what each is")]
pub enum NoticeKind {
    Lines,
    TimeSpan,
    DuplicateLines,
    EqualStamps,
    NestedLevel,
    NestedStamp,
    MixedZones,
    ZoneUnknown,
    Gap,
    OutOfOrder,
    Truncated,
    EscapeRemoved,
    SecretMasked,
    InvalidUtf8,
    Utf16,
    LineEnds,
    Binary,
    Empty,
    LongLine,
    Conflict,
    InstructionInText,
    Other,
}

/// One source as intake reads it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// Every line, in order.
    pub lines: Vec<Line>,
    /// The typed stretches, in order; together they cover every line.
    pub sections: Vec<Section>,
    /// What was noticed.
    pub notices: Vec<Notice>,
    /// The message template of each template number (index 0 is template 1), parameters as `<*>`.
    pub templates: Vec<String>,
}

/// All evidence of a session: the sources and their readings, index for index.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// The sources, in the order they were given.
    pub sources: Vec<Source>,
    /// The reading of each.
    pub readings: Vec<Reading>,
}

impl Evidence {
    /// The text of a source; empty when there is none of that number.
    pub fn text(&self, id: SourceId) -> &str {
        self.sources.get(id.0 as usize).map_or("", |s| &s.text)
    }

    /// The text at a span, empty where the span is not on character boundaries of its source.
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.source).get(span.start..span.end).unwrap_or("")
    }

    /// The line (from 1) that holds byte `at` of a source; 1 for an unread or empty source.
    pub fn line_no(&self, id: SourceId, at: usize) -> u32 {
        let Some(reading) = self.readings.get(id.0 as usize) else { return 1 };
        let after = reading.lines.partition_point(|l| l.start <= at);
        reading.lines.get(after.saturating_sub(1)).map_or(1, |l| l.no)
    }

    /// A citation of a span: its quote is exactly the slice.
    pub fn cite(&self, span: Span) -> Citation {
        Citation {
            source: span.source,
            start: span.start,
            end: span.end,
            line: self.line_no(span.source, span.start),
            quote: self.slice(span).to_owned(),
        }
    }

    /// A citation of a whole line (without leading and trailing blanks).
    pub fn cite_line(&self, id: SourceId, line: &Line) -> Citation {
        let text = self.slice(Span::new(id, line.range()));
        let lead = text.len() - text.trim_start().len();
        let trimmed = text.trim();
        self.cite(Span::new(id, line.start + lead..line.start + lead + trimmed.len()))
    }

    /// The line that a citation begins on; `None` where it is of no line that was read.
    pub fn line_of(&self, place: &Citation) -> Option<&Line> {
        self.readings.get(place.source.0 as usize)?.lines.get((place.line as usize).checked_sub(1)?)
    }

    /// Every line of every source.
    pub fn lines(&self) -> impl Iterator<Item = (SourceId, &Line)> {
        self.sources.iter().zip(&self.readings).flat_map(|(s, r)| r.lines.iter().map(move |l| (s.id, l)))
    }

    /// True when there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.sources.iter().all(|s| s.text.trim().is_empty())
    }
}
