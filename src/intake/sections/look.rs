//! What a line looks like by itself, and how far what begins there goes.

use std::ops::Range;

use crate::domain::{SectionKind, Stamp};
use crate::intake::logline::{Head, NameKind, Shape};

/// The text, its lines and their heads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page<'a> {
    pub text: &'a str,
    pub ranges: &'a [Range<usize>],
    pub heads: &'a [Head],
}

/// The most lines that one JSON block may have.
const BLOCK: usize = 200_000;

impl<'a> Page<'a> {
    /// A line; empty behind the last.
    pub fn line(&self, index: usize) -> &'a str {
        self.ranges.get(index).and_then(|r| self.text.get(r.clone())).unwrap_or("")
    }

    /// The next line from `index` on that is not blank.
    pub fn next_filled(&self, index: usize) -> &'a str {
        (index..self.ranges.len().min(index + 20)).map(|i| self.line(i)).find(|l| !l.trim().is_empty()).unwrap_or("")
    }

    /// What begins at line `index` and how many lines it surely has.
    pub fn look(&self, index: usize) -> (SectionKind, usize) {
        let line = self.line(index);
        let trimmed = line.trim_start();
        if trimmed.starts_with(['{', '['])
            && let Some(found) = self.json(index)
        {
            return found;
        }
        if trimmed.starts_with('|') && trimmed.matches('|').count() >= 3 {
            return (SectionKind::Table, 1);
        }
        if let Some(kind) = table_header(line) {
            return (kind, self.until_blank(index));
        }
        if let Some(found) = self.csv(index) {
            return found;
        }
        if self.is_log(index) {
            return (SectionKind::Logs, 1);
        }
        if trimmed.starts_with("apiVersion: ") || (trimmed.starts_with("kind: ") && self.line(index + 1).contains(": "))
        {
            return (SectionKind::KubeYaml, self.until_blank(index));
        }
        if line.starts_with("Name:   ") && self.next_filled(index + 1).contains(":  ") {
            return (SectionKind::KubeDescribe, self.until_blank(index));
        }
        if is_trace_start(trimmed) {
            return (SectionKind::StackTrace, self.trace(index));
        }
        if self.is_chat(index) {
            return (SectionKind::Chat, 1);
        }
        if is_sample(trimmed) {
            return (SectionKind::Metrics, 1);
        }
        (SectionKind::Prose, 1)
    }

    /// True for a line of a log: a stamp to the second with more of a head, a level with a service,
    /// a JSON or logfmt line.
    pub fn is_log(&self, index: usize) -> bool {
        let Some(head) = self.heads.get(index) else { return false };
        let line = self.line(index);
        let bullet = line.trim_start().starts_with(['-', '*', '•', '|', '#']) && !line.starts_with("- 1");
        match head.shape {
            Shape::Json => head.stamp.is_some() || head.level.is_some(),
            Shape::Keyed => true,
            Shape::Bare => false,
            Shape::Text if bullet => false,
            Shape::Text => {
                let stated = head.service.as_ref().is_some_and(|s| s.0 == NameKind::Stated);
                match (&head.stamp, head.level) {
                    (Some(_), Some(_)) => true,
                    (Some(found), None) => {
                        let before = line.get(..found.end).unwrap_or("");
                        let seconds = before.matches(':').count() >= 2 || !before.contains(':');
                        let dated = !matches!(found.stamp, Stamp::Clock(_));
                        seconds && (dated || stated) && head.message > 0
                    }
                    (None, Some(_)) => {
                        head.service.is_some() || line.starts_with(char::is_uppercase) || line.starts_with('[')
                    }
                    (None, None) => stated && line.contains(" | "),
                }
            }
        }
    }

    /// A JSON object or array: its kind and lines. One line may be a log line.
    fn json(&self, index: usize) -> Option<(SectionKind, usize)> {
        let first = self.line(index).trim();
        let opens = first.starts_with("{\"")
            || first == "{"
            || first == "["
            || first.starts_with("[{")
            || first.starts_with("{ \"")
            || first == "[{";
        if !opens || (first.starts_with('[') && first.len() > 1 && !first.starts_with("[{")) {
            return None;
        }
        let lines = self.balanced(index)?;
        let start = self.ranges.get(index)?.start;
        let end = self.ranges.get(index + lines - 1)?.end;
        let block = self.text.get(start..end)?;
        if lines == 1 {
            let log = self.is_log(index);
            return Some((
                if is_alert(block) && !log {
                    SectionKind::Alert
                } else if log {
                    SectionKind::Logs
                } else {
                    SectionKind::Json
                },
                1,
            ));
        }
        Some((if is_alert(block) { SectionKind::Alert } else { SectionKind::Json }, lines))
    }

    /// How many lines until the brackets that open at line `index` close.
    fn balanced(&self, index: usize) -> Option<usize> {
        let (mut depth, mut text, mut escaped) = (0i64, false, false);
        for lines in 1..=BLOCK.min(self.ranges.len() - index) {
            for b in self.line(index + lines - 1).bytes() {
                match b {
                    _ if escaped => escaped = false,
                    b'\\' if text => escaped = true,
                    b'"' => text = !text,
                    b'{' | b'[' if !text => depth += 1,
                    b'}' | b']' if !text => depth -= 1,
                    _ => {}
                }
            }
            if depth <= 0 {
                return Some(lines);
            }
            // a string does not go over a line's end: the object is cut
            if text {
                return (lines > 1).then_some(lines);
            }
        }
        None
    }

    /// A comma-separated table: a header without figures and rows with as many commas.
    fn csv(&self, index: usize) -> Option<(SectionKind, usize)> {
        let header = self.line(index);
        let commas = header.matches(',').count();
        let named = header.split(',').all(|c| {
            !c.trim().is_empty()
                && c.len() <= 60
                && c.trim().starts_with(|c: char| c.is_alphabetic() || c == '"' || c == '_')
        });
        if commas < 2 || !named || header.contains(", ") {
            return None;
        }
        let rows = (index + 1..self.ranges.len()).take_while(|i| self.line(*i).matches(',').count() >= commas).count();
        if rows == 0 {
            return None;
        }
        let lower = header.to_ascii_lowercase();
        let spans = lower.contains("spanid")
            || lower.contains("span_id")
            || lower.contains("traceid")
            || lower.contains("trace_id");
        Some((if spans { SectionKind::Spans } else { SectionKind::Csv }, rows + 1))
    }

    fn until_blank(&self, index: usize) -> usize {
        (index..self.ranges.len()).take_while(|i| !self.line(*i).trim().is_empty()).count().max(1)
    }

    fn trace(&self, index: usize) -> usize {
        1 + (index + 1..self.ranges.len()).take_while(|i| is_trace_line(self.line(*i))).count()
    }

    /// `09:14 alice: …`, `alice [9:14 AM]: …`, `alice  9:14 AM` above a line of text.
    fn is_chat(&self, index: usize) -> bool {
        let Some(head) = self.heads.get(index) else { return false };
        let line = self.line(index);
        let speaker = |name: &str| {
            let name = name.trim_matches(['@', '<', '>', '*', ' ']);
            (1..=24).contains(&name.len())
                && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | ' ' | '-'))
                && name.chars().any(char::is_alphabetic)
                && name.split(' ').count() <= 3
        };
        if let Some(found) = &head.stamp {
            let Some(rest) = line.get(found.end..) else { return false };
            let rest = rest.trim_start_matches([']', ')', ' ', '-', '–', '—', '|', '<', '@', '*']);
            let named = rest
                .split_once(": ")
                .or_else(|| rest.split_once("> "))
                .is_some_and(|(name, said)| speaker(name) && !said.is_empty());
            let minutes = line.get(..found.end).is_some_and(|b| b.matches(':').count() <= 2);
            let slack = rest.is_empty()
                && line.len() <= 50
                && !self.line(index + 1).trim().is_empty()
                && speaker(line.split(char::is_numeric).next().unwrap_or(""));
            return minutes && head.level.is_none() && (named || slack);
        }
        let Some((name, time)) = line.trim().split_once("  ").or_else(|| line.trim().rsplit_once(" [")) else {
            return false;
        };
        let time = time.trim_matches(['[', ']', ' ']);
        let clock = time.len() <= 9 && time.contains(':') && time.starts_with(|c: char| c.is_ascii_digit());
        clock && speaker(name)
    }
}

/// Keys that payloads of alerting systems have.
fn is_alert(block: &str) -> bool {
    const KEYS: [&str; 16] = [
        "\"alertname\"",
        "\"commonLabels\"",
        "\"AlarmName\"",
        "\"NewStateValue\"",
        "\"incident_key\"",
        "\"alert_type\"",
        "\"groupLabels\"",
        "\"alertId\"",
        "\"event_action\"",
        "\"routing_key\"",
        "\"alert_title\"",
        "\"monitor_id\"",
        "\"alert_source\"",
        "\"aggregation_key\"",
        "\"startsAt\"",
        "\"dedup_key\"",
    ];
    let mut end = block.len().min(32 << 10);
    while !block.is_char_boundary(end) {
        end -= 1;
    }
    let start = block.get(..end).unwrap_or("");
    KEYS.iter().any(|k| start.contains(k))
}

/// The header of a `kubectl` table.
fn table_header(line: &str) -> Option<SectionKind> {
    let columns: Vec<&str> = line.split("  ").map(str::trim).filter(|c| !c.is_empty()).collect();
    if matches!(columns.as_slice(), ["Type", "Reason", "Age", "From", "Message"] | ["FirstSeen", "LastSeen", ..]) {
        return Some(SectionKind::KubeEvents);
    }
    let capital = |c: &&str| {
        c.bytes().all(|b| b.is_ascii_uppercase() || matches!(b, b' ' | b'-' | b'(' | b')' | b'%' | b'_' | b'/'))
            || matches!(*c, "CPU(cores)" | "MEMORY(bytes)" | "CPU%" | "MEMORY%" | "PORT(S)" | "CREATED AT")
    };
    if columns.len() < 2 || !columns.iter().all(capital) {
        return None;
    }
    Some(match columns.as_slice() {
        ["LAST SEEN", ..] | ["NAMESPACE", "LAST SEEN", ..] => SectionKind::KubeEvents,
        c if c.iter().any(|c| c.starts_with("CPU(") || c.starts_with("MEMORY(")) => SectionKind::KubeTop,
        c if c.contains(&"NAME") || c.contains(&"READY") || c.contains(&"AGE") => SectionKind::KubeGet,
        _ => SectionKind::Table,
    })
}

/// The first line of a stack trace that stands by itself.
fn is_trace_start(line: &str) -> bool {
    line.starts_with("Traceback (most recent call last)")
        || line.starts_with("Exception in thread")
        || line.starts_with("panic: ")
        || (line.starts_with("goroutine ") && line.contains('['))
        || (line.starts_with("fatal error: "))
        || (line.contains("Exception: ") && line.split(':').next().is_some_and(|c| c.contains('.') && !c.contains(' ')))
        || (line.starts_with("Uncaught ") && line.contains("Error"))
}

/// A line that goes on with a stack trace.
fn is_trace_line(line: &str) -> bool {
    let t = line.trim_start();
    line.starts_with([' ', '\t'])
        || t.starts_with("at ")
        || t.starts_with("Caused by:")
        || t.starts_with("...")
        || t.starts_with("File \"")
        || t.starts_with("goroutine ")
        || (t.contains("Error: ") && t.split(':').next().is_some_and(|c| !c.contains(' ')))
        || (t.contains('(') && t.contains('.') && t.ends_with(')') && !t.contains(' '))
        || t.starts_with("exit status ")
}

/// A sample in the exposition format: `name{label="x"} 12`.
fn is_sample(line: &str) -> bool {
    let Some((name, rest)) = line.split_once('{') else { return false };
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':'));
    plain && rest.split_once("} ").is_some_and(|(_, v)| v.split(' ').next().is_some_and(|n| n.parse::<f64>().is_ok()))
}
