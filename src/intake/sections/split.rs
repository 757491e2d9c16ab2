//! The walk over a paste that cuts it into sections.

use std::ops::Range;

use crate::domain::{Section, SectionKind};
use crate::intake::logline::Head;

use super::command::{Output, command_of, output_of};
use super::heading::{heading_of, owner, promise};
use super::look::Page;

/// The sections of a text, and the service whose output each is. Together they cover every line.
pub(in crate::intake) fn split(
    text: &str,
    ranges: &[Range<usize>],
    heads: &[Head],
) -> (Vec<Section>, Vec<Option<String>>) {
    let mut walk = Walk { page: Page { text, ranges, heads }, found: Vec::new(), services: Vec::new(), under: None };
    let mut at = 0;
    while at < ranges.len() {
        at = walk.step(at).max(at + 1);
    }
    (walk.found, walk.services)
}

/// The heading above the walk's place: its words, its promise, and the service it names.
#[derive(Debug, Clone)]
struct Under {
    title: String,
    promise: Option<SectionKind>,
    service: Option<String>,
}

struct Walk<'a> {
    page: Page<'a>,
    found: Vec<Section>,
    services: Vec<Option<String>>,
    under: Option<Under>,
}

impl Walk<'_> {
    /// Reads what begins at line `at`; the next line to read.
    fn step(&mut self, at: usize) -> usize {
        let line = self.page.line(at);
        if line.trim().is_empty() {
            return self.go_on(at);
        }
        if let Some(command) = command_of(line) {
            self.under = None;
            return self.command(at, command);
        }
        if line.starts_with("## ") || line.starts_with("### ") {
            self.under = None;
        }
        let fence = line.trim_start().starts_with("```");
        let logging = self.found.last().is_some_and(|s| s.kind == SectionKind::Logs);
        if !fence
            && !self.page.is_log(at)
            && let Some(title) =
                heading_of(line, self.page.next_filled(at + 1)).filter(|_| !(logging && line.ends_with(':')))
        {
            let service = owner(title);
            self.under = Some(Under { title: title.to_owned(), promise: promise(title), service });
            let kind = self.under.as_ref().and_then(|u| u.promise).unwrap_or(SectionKind::Prose);
            self.begin(at, kind);
            return at + 1;
        }
        if fence {
            return self.go_on(at);
        }
        let (mut kind, len) = self.page.look(at);
        let promised = self.under.as_ref().and_then(|u| u.promise);
        kind = match (kind, promised) {
            (SectionKind::Prose | SectionKind::Chat, Some(promised)) => promised,
            (SectionKind::Json, Some(SectionKind::Alert)) => SectionKind::Alert,
            (SectionKind::Csv, Some(SectionKind::Spans)) => SectionKind::Spans,
            (SectionKind::Prose, None) if self.continues_log(at) => SectionKind::Logs,
            (kind, _) => kind,
        };
        self.extend(at, len, kind);
        at + len
    }

    /// A line without a head right below a log line belongs to it: traces, dumps, wrapped messages.
    fn continues_log(&self, at: usize) -> bool {
        let logging = self.found.last().is_some_and(|s| s.kind == SectionKind::Logs);
        let line = self.page.line(at);
        let above_blank = at.checked_sub(1).is_none_or(|i| self.page.line(i).trim().is_empty());
        // behind a blank line only what is indented, or stands between log lines, goes on
        let again = || (at + 1..self.page.ranges.len().min(at + 12)).any(|i| self.page.is_log(i));
        logging && (!above_blank || line.starts_with([' ', '\t']) || again())
    }

    /// A command and its output.
    fn command(&mut self, at: usize, command: &str) -> usize {
        let Output { mut kind, service } = output_of(command);
        let end = self.output_end(at + 1, kind);
        if kind == SectionKind::Command {
            kind = self.sole_kind(at + 1, end).unwrap_or(kind);
        }
        self.found.push(Section { kind, lines: at..end, title: Some(command.to_owned()) });
        self.services.push(service);
        end
    }

    /// Where a command's output ends: at the next command or strong heading; a table also at a blank
    /// line that no table follows.
    fn output_end(&self, from: usize, kind: SectionKind) -> usize {
        let table = matches!(kind, SectionKind::KubeGet | SectionKind::KubeTop | SectionKind::KubeEvents);
        for at in from..self.page.ranges.len() {
            let line = self.page.line(at);
            if command_of(line).is_some() || line.starts_with("```") {
                return at;
            }
            let strong = line.starts_with("== ") || line.starts_with("### ") || line.starts_with("## ");
            if strong && kind != SectionKind::Logs {
                return at;
            }
            if table && line.trim().is_empty() && at > from {
                let next = self.page.next_filled(at);
                let more = next
                    .split("  ")
                    .next()
                    .is_some_and(|c| c == "NAME" || c == "NAMESPACE" || c.starts_with("LAST SEEN"));
                if !more {
                    return self.past_blanks(at);
                }
            }
        }
        self.page.ranges.len()
    }

    fn past_blanks(&self, mut at: usize) -> usize {
        while at < self.page.ranges.len() && self.page.line(at).trim().is_empty() {
            at += 1;
        }
        at
    }

    /// The one kind that the lines of an output have, if they have one that is not prose.
    fn sole_kind(&self, from: usize, end: usize) -> Option<SectionKind> {
        let mut sole = None;
        let mut at = from;
        let (mut of_it, mut others) = (0usize, 0usize);
        while at < end {
            if self.page.line(at).trim().is_empty() {
                at += 1;
                continue;
            }
            let (kind, len) = self.page.look(at);
            match (kind, sole) {
                (SectionKind::Prose, _) => others += len,
                (kind, None) => {
                    sole = Some(kind);
                    of_it += len;
                }
                (kind, Some(known)) if kind == known => of_it += len,
                _ => return None,
            }
            at += len.max(1);
        }
        sole.filter(|_| of_it >= others)
    }

    /// Adds a line to what is there; a text that begins with blanks begins with prose.
    fn go_on(&mut self, at: usize) -> usize {
        match self.found.last_mut() {
            Some(section) => section.lines.end = at + 1,
            None => self.begin(at, SectionKind::Prose),
        }
        at + 1
    }

    fn begin(&mut self, at: usize, kind: SectionKind) {
        let title = self.under.as_ref().map(|u| u.title.clone());
        let service = self.under.as_ref().and_then(|u| u.service.clone());
        self.found.push(Section { kind, lines: at..at + 1, title });
        self.services.push(service);
    }

    /// Adds lines of a kind: to the last section where it is of that kind (or only its heading so
    /// far), else as a new one.
    fn extend(&mut self, at: usize, len: usize, kind: SectionKind) {
        let end = (at + len).min(self.page.ranges.len());
        let titled = self.under.as_ref().map(|u| u.title.as_str());
        if let Some(last) = self.found.last_mut() {
            let heading_only = last.title.as_deref() == titled && titled.is_some() && {
                let filled = last.lines.clone().filter(|i| !self.page.line(*i).trim().is_empty());
                filled.filter(|i| !self.page.line(*i).trim_start().starts_with("```")).count() == 1
            };
            let commanded = last.title.is_some() && last.title.as_deref() != titled;
            // two payloads are two sections, and so are two tables with headers of their own
            let joins = !matches!(kind, SectionKind::Alert | SectionKind::Json | SectionKind::Csv | SectionKind::Spans);
            if heading_only || (last.kind == kind && joins && !commanded) {
                last.kind = kind;
                last.lines.end = end;
                return;
            }
        }
        self.begin(at, kind);
        if let Some(last) = self.found.last_mut() {
            last.lines.end = end;
        }
    }
}
