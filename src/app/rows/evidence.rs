//! Evidence: every line of every source, with what was noticed about it. A row is made when it is
//! asked for: a hundred thousand lines cost what is on screen.

use crate::analyst::report::untrusted::{FROM_LOG_TEXT, is_untrusted};
use crate::domain::counted;
use std::ops::Range;

use crate::app::dialog::origin_words;
use crate::app::row::{Role, Row, Subject};
use crate::domain::{Citation, Level, Line, Notice, Reading, Source, Stamp};
use crate::session::Session;

/// The rows of the evidence panel.
#[derive(Debug)]
pub struct EvidenceRows<'a> {
    session: &'a Session,
    cited: Option<Citation>,
    /// The first row of each source, and one past the last row of all.
    starts: Vec<usize>,
}

enum Which<'a> {
    Head(usize, &'a Source),
    Notice(&'a Notice),
    Line(&'a Source, &'a Line),
    Empty,
}

impl<'a> EvidenceRows<'a> {
    /// The most bytes of a line that are shown; what lies beyond is counted.
    const MOST_BYTES: usize = 8 * 1024;

    /// The rows of a session's evidence, with the place a jump went to.
    pub fn new(session: &'a Session, cited: Option<Citation>) -> Self {
        let mut starts = vec![0];
        let mut at = 0;
        for n in 0..session.evidence.sources.len() {
            let lines = session.evidence.readings.get(n).map_or(0, |r| r.lines.len());
            at += 1 + notices(session, n).count() + lines;
            starts.push(at);
        }
        Self { session, cited, starts }
    }

    /// How many rows there are; one that asks for evidence where there is none.
    pub fn len(&self) -> usize {
        self.starts.last().copied().unwrap_or(0).max(1)
    }

    /// Never: where there is no evidence, one row asks for some.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The row of a line of a source.
    pub fn row_of(&self, source: u32, line: u32) -> usize {
        let n = source as usize;
        let start = self.starts.get(n).copied().unwrap_or(0);
        start + 1 + notices(self.session, n).count() + (line.max(1) as usize - 1)
    }

    /// The first rows of the sources.
    pub fn heads(&self) -> &[usize] {
        self.starts.get(..self.starts.len().saturating_sub(1)).unwrap_or_default()
    }

    /// The text that search looks at: a line's own.
    pub fn plain(&self, at: usize) -> &str {
        match self.which(at) {
            Which::Head(_, source) => &source.name,
            Which::Notice(notice) => &notice.what,
            Which::Line(source, line) => source.text.get(line.range()).unwrap_or(""),
            Which::Empty => "",
        }
    }

    /// The row at a place.
    pub fn row(&self, at: usize) -> Row {
        match self.which(at) {
            Which::Head(n, source) => self.head(n, source),
            Which::Notice(notice) => notice_row(notice),
            Which::Line(source, line) => self.line(source, line),
            Which::Empty => {
                Row::of(Role::Dim, "No evidence yet. Paste logs, alerts, kubectl output, chat: anything you have.")
            }
        }
    }

    fn which(&self, at: usize) -> Which<'_> {
        let n = self.starts.partition_point(|s| *s <= at).saturating_sub(1);
        let (Some(source), Some(start)) = (self.session.evidence.sources.get(n), self.starts.get(n)) else {
            return Which::Empty;
        };
        let within = at - start;
        if within == 0 {
            return Which::Head(n, source);
        }
        let noticed = notices(self.session, n).count();
        if within <= noticed {
            return notices(self.session, n).nth(within - 1).map_or(Which::Empty, Which::Notice);
        }
        let line = self.session.evidence.readings.get(n).and_then(|r| r.lines.get(within - 1 - noticed));
        line.map_or(Which::Empty, |l| Which::Line(source, l))
    }

    fn head(&self, n: usize, source: &Source) -> Row {
        let reading = self.session.evidence.readings.get(n);
        let lines = reading.map_or(0, |r| r.lines.len());
        let span = reading.and_then(time_span).map(|s| format!(" · {s}")).unwrap_or_default();
        Row::of(Role::Heading, format!("▌ {}", source.name))
            .bit(
                Role::Dim,
                format!(
                    "  {} · {} · {}{span}",
                    origin_words(&source.origin),
                    counted(grouped(lines), "line"),
                    counted(grouped(source.text.len()), "byte")
                ),
            )
            .hang(2)
            .about(Subject::Source(source.id.0))
    }

    fn line(&self, source: &Source, line: &Line) -> Row {
        let role = match line.level {
            Some(Level::Fatal | Level::Error) => Role::Bad,
            Some(Level::Warn) => Role::Warn,
            Some(Level::Trace | Level::Debug) => Role::Dim,
            _ => Role::Text,
        };
        let here =
            |c: &&Citation| c.source == source.id && c.start < line.end.max(line.start + 1) && c.end > line.start;
        let cited = self.cited.as_ref().filter(here).map(|c| c.start.max(line.start)..c.end.min(line.end));
        let shown = window(&source.text, line, cited.as_ref());
        let mut row = Row::of(if cited.is_some() { Role::Cite } else { Role::Dim }, format!("{:>6} ", line.no)).hang(7);
        if shown.start > line.start {
            row = row.bit(Role::Mark, format!("… {} bytes before … ", grouped(shown.start - line.start)));
        }
        let text = |r: Range<usize>| source.text.get(r).unwrap_or("").to_owned();
        match cited.filter(|c| c.start >= shown.start && c.start <= shown.end) {
            Some(c) => {
                let end = c.end.min(shown.end);
                row = row
                    .bit(role, text(shown.start..c.start))
                    .bit(Role::Cited, text(c.start..end))
                    .bit(role, text(end..shown.end));
            }
            None => row = row.bit(role, text(shown.clone())),
        }
        if shown.end < line.end {
            row = row.bit(Role::Mark, format!(" … {} more bytes", grouped(line.end - shown.end)));
        }
        if is_untrusted(source.text.get(shown).unwrap_or("")) {
            row = row.bit(Role::Mark, format!("  {FROM_LOG_TEXT}"));
        }
        if let Some(first) = line.duplicate_of {
            row = row.bit(Role::Dim, format!("  (says the same as line {first})"));
        }
        row.about(Subject::Line { source: source.id.0, line: line.no })
    }
}

/// The bytes of a line that are shown: its begin, or a window around the cited place.
fn window(text: &str, line: &Line, cited: Option<&Range<usize>>) -> Range<usize> {
    if line.end - line.start <= EvidenceRows::MOST_BYTES {
        return line.range();
    }
    let mut start = line.start;
    if let Some(c) = cited.filter(|c| c.end > line.start + EvidenceRows::MOST_BYTES) {
        start = c.start.saturating_sub(200).max(line.start);
    }
    let mut end = (start + EvidenceRows::MOST_BYTES).min(line.end);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    start..end.max(start)
}

/// What was noticed about a source, at both stages of intake.
pub fn notices(session: &Session, n: usize) -> impl Iterator<Item = &Notice> {
    let first = session.admitted.get(n).map(Vec::as_slice).unwrap_or_default();
    let second = session.evidence.readings.get(n).map(|r| r.notices.as_slice()).unwrap_or_default();
    first.iter().chain(second)
}

/// A notice as a row.
pub fn notice_row(notice: &Notice) -> Row {
    Row::of(Role::Warn, "     ! ").bit(Role::Dim, notice.what.clone()).hang(7)
}

fn time_span(reading: &Reading) -> Option<String> {
    // Where no line near an end has a stamp, nothing is said: this runs for every frame.
    let first = reading.lines.iter().take(500).find_map(|l| l.stamp)?;
    let last = reading.lines.iter().rev().take(500).find_map(|l| l.stamp)?;
    // A file need not stand in the order of time, nor in one zone: then its notices tell what can be told.
    last.seconds_since(&first).filter(|later| *later >= 0.0)?;
    // Over midnight the times alone would seem to run backwards.
    let day = |s: &Stamp| s.to_string().split_once('T').map(|(day, _)| day.to_owned());
    Some(match (day(&first), day(&last)) {
        (Some(from), Some(to)) if from != to => format!("{from} {} to {to} {}", first.clock(), last.clock()),
        _ => format!("{} to {}", first.clock(), last.clock()),
    })
}

/// A number with thousands set apart: `100,000`.
pub fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}
