//! Bare words of a head that name the emitter: syslog's host and tag, loggers, services.

use crate::domain::Stamp;

use super::head::{NameKind, Scan};
use super::level::{is_strong, level_of};

impl Scan<'_> {
    /// True right behind a time with parts of a second: people write none.
    pub(super) fn is_a_programs_clock(&self) -> bool {
        let before = self.line.get(..self.at).unwrap_or("").trim_end_matches([' ', 'Z', ']']);
        let part = before.bytes().rev().take_while(u8::is_ascii_digit).count();
        (3..=9).contains(&part) && before.get(..before.len() - part).is_some_and(|b| b.ends_with(['.', ',']))
    }

    /// Takes a name, if one stands here.
    pub(super) fn name(&mut self) -> bool {
        self.syslog() || self.tagged() || self.before_level() || self.logger() || self.weak()
    }

    /// `host tag[pid]:`, `host tag:`: only behind a stamp and before any level.
    fn syslog(&mut self) -> bool {
        if !self.levels.is_empty() || self.service.is_some() {
            return false;
        }
        let Some(last) = self.stamps.last() else { return false };
        let yearless = matches!(last.stamp, Stamp::Yearless(..));
        if matches!(last.stamp, Stamp::Clock(_)) || self.numbers > 0 {
            return false;
        }
        let rest = self.rest();
        let Some((host, after)) = rest.split_once(' ') else { return false };
        let after_trimmed = after.trim_start();
        if !host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'/' | b'@' | b'#')) {
            return false;
        }
        let Some((tag, len, pid)) = tag(after_trimmed) else { return false };
        if !(pid || yearless) || (!pid && tag.contains(' ') && !tag_with_version(tag)) {
            return false;
        }
        let host_len = rest.len() - after_trimmed.len();
        self.service = Some((NameKind::Stated, tag.to_owned()));
        self.take(host_len + len);
        true
    }

    /// `name[12]:`, `name:`, `c.e.Foo :` behind a stamp or a level.
    fn tagged(&mut self) -> bool {
        let unmarked = !self.stamped() && self.levels.is_empty();
        if unmarked
            || self.service.as_ref().is_some_and(|s| s.0 == NameKind::Stated)
            // `cart-api redis: pool timeout`: the message's own first word, after a service's name
            || self.service.as_ref().is_some_and(|s| s.0 == NameKind::Weak && s.1.contains('-') && !looks_like_host(&s.1))
        {
            return false;
        }
        let rest = self.rest();
        let len = rest.bytes().take_while(|b| is_name_byte(*b)).count();
        let word = rest.get(..len).unwrap_or("");
        let behind = rest.get(len..).unwrap_or("");
        let pid = behind.strip_prefix('[').and_then(|b| b.split_once("]: ")).map(|(p, _)| p.len() + 3);
        let colon = if let Some(pid) = pid.filter(|p| *p <= 12) {
            pid
        } else if behind.starts_with(": ") || behind == ":" || behind.starts_with(":\t") {
            1
        } else if word.contains('.') && behind.starts_with(" : ") {
            3
        } else if behind.trim_start_matches(' ').starts_with(": ") && !self.levels.is_empty() {
            behind.len() - behind.trim_start_matches(' ').len() + 1
        } else {
            return false;
        };
        if let Some((channel, level)) = word.rsplit_once('.') {
            // laravel's `local.ERROR:`
            if let Some(found) = level_of(level).filter(|_| is_strong(level) && self.levels.is_empty()) {
                self.levels.push(found);
                let _ = channel;
                self.take(len + colon);
                return true;
            }
        }
        if !names_something(word) {
            return false;
        }
        let kind = if is_class(word) { NameKind::Logger } else { NameKind::Stated };
        self.service = Some((kind, word.to_owned()));
        self.take(len + colon);
        true
    }

    /// `order-svc ERROR …`: whatever stands right before a level is its emitter.
    fn before_level(&mut self) -> bool {
        if self.levels.len() > 1 {
            return false;
        }
        let rest = self.rest();
        let len = rest.bytes().take_while(|b| is_name_byte(*b) || *b == b'/').count();
        let word = rest.get(..len).unwrap_or("");
        if !word.bytes().any(|b| b.is_ascii_alphabetic()) || level_of(word).is_some() || len > 80 {
            return false;
        }
        let behind = rest.get(len..).unwrap_or("");
        let next = behind.trim_start_matches([' ', '\t', '|', '[', ':', '-']);
        let level_len = next.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let level = next.get(..level_len).unwrap_or("");
        let ends = next.as_bytes().get(level_len).is_none_or(|b| matches!(b, b' ' | b':' | b']' | b'\t' | b'|'));
        let bracketed = behind.trim_start().starts_with('[');
        if next.len() == behind.len() || !ends || !(is_strong(level) || (bracketed && level_of(level).is_some())) {
            return false;
        }
        // without a stamp and a level of its own this would be any sentence with `INFO` in it
        if !self.stamped() && self.levels.is_empty() && (bracketed || word.bytes().any(|b| b.is_ascii_uppercase())) {
            return false;
        }
        let host = self.stamped() && looks_like_host(word);
        if !host {
            let kind = if is_class(word) { NameKind::Logger } else { NameKind::Stated };
            self.service = Some((kind, word.to_owned()));
        }
        self.take(len);
        true
    }

    /// A dotted name behind a level: `nova.compute.manager`, `t.c.Travel2Controller#129`, and
    /// `Name - message`.
    fn logger(&mut self) -> bool {
        // `orders-api HikariPool-1 - …`: a logger behind a service's name is a part of it
        let named = |s: &(NameKind, String)| s.0 > NameKind::Weak || (s.1.contains('-') && !looks_like_host(&s.1));
        if self.levels.is_empty() || self.service.as_ref().is_some_and(named) {
            return false;
        }
        let rest = self.rest();
        let len = rest.bytes().take_while(|b| is_name_byte(*b) || *b == b'#').count();
        let word = rest.get(..len).unwrap_or("");
        let behind = rest.get(len..).unwrap_or("");
        let dotted = word.contains('.') && !word.ends_with('.') && !word.contains("..") && !is_address(word);
        let dashed = behind.starts_with(" - ") && word.bytes().any(|b| b.is_ascii_alphabetic());
        if !(behind.starts_with(' ') || behind.starts_with('\t')) || !(dotted || dashed) || word.starts_with('.') {
            return false;
        }
        let file = behind.is_empty()
            || word
                .rsplit('.')
                .next()
                .is_some_and(|e| matches!(e, "go" | "cc" | "py" | "js" | "ts" | "rs" | "c" | "cpp"));
        if !file {
            let name = word.split('#').next().unwrap_or(word);
            self.service = Some((NameKind::Logger, name.to_owned()));
        }
        self.take(len);
        true
    }

    /// A bare word behind a level that may be a service's name (`ERROR order-svc pool exhausted`).
    /// The source as a whole decides whether it is one.
    fn weak(&mut self) -> bool {
        let one_level = self.levels.len() == 1 || self.levels.len() == 2;
        if !one_level || self.numbers > 0 || self.done == 0 {
            return false;
        }
        let rest = self.rest();
        let len = rest.bytes().take_while(|b| is_name_byte(*b)).count();
        let word = rest.get(..len).unwrap_or("");
        if !rest.get(len..).is_some_and(|r| r.starts_with(' ')) || !could_be_service(word) {
            return false;
        }
        if let Some((kind, name)) = &self.service
            && (name != word || *kind == NameKind::Weak)
        {
            return false;
        }
        // the wrapped line names the same service again
        let kind = if self.service.is_some() { NameKind::Stated } else { NameKind::Weak };
        self.service = Some((kind, word.to_owned()));
        self.take(len);
        true
    }
}

/// `tag[12]: `, `tag: ` at a text's start: the tag, the length through the colon, and whether it
/// has a process id.
fn tag(text: &str) -> Option<(&str, usize, bool)> {
    let colon = text.get(..text.len().min(80)).or(Some(text))?.find(':')?;
    let before = text.get(..colon)?;
    if !text.get(colon + 1..).is_some_and(|r| r.is_empty() || r.starts_with([' ', '\t'])) {
        return None;
    }
    match before.split_once('[') {
        Some((name, pid)) => {
            let pid = pid.strip_suffix(']')?;
            let fits = !name.is_empty() && !name.contains(' ') && pid.len() <= 10 && !pid.contains(' ');
            fits.then_some((name, colon + 1, true))
        }
        None => (!before.is_empty() && before.split(' ').count() <= 2).then_some((before, colon + 1, false)),
    }
}

/// `syslogd 1.4.1`: a tag may carry its version.
fn tag_with_version(tag: &str) -> bool {
    tag.split_once(' ').is_some_and(|(_, v)| v.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
}

fn is_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'$' | b'/' | b'@' | b'(' | b')' | b'+')
}

/// True for words that name an emitter rather than begin a sentence.
fn names_something(word: &str) -> bool {
    const SENTENCE: [&str; 46] = [
        "gc",
        "or",
        "and",
        "lines",
        "nor",
        "statement",
        "duration",
        "detail",
        "hint",
        "context",
        "query",
        "sqlstate",
        "error",
        "exception",
        "warning",
        "failed",
        "failure",
        "timeout",
        "caused",
        "note",
        "http",
        "https",
        "reason",
        "message",
        "status",
        "result",
        "response",
        "request",
        "summary",
        "impact",
        "update",
        "fatal",
        "retrying",
        "re",
        "fwd",
        "ps",
        "todo",
        "fyi",
        "eta",
        "edit",
        "detected",
        "identified",
        "resolved",
        "repaired",
        "panic",
        "critical",
    ];
    let lower = word.to_ascii_lowercase();
    word.len() <= 80
        && word.bytes().any(|b| b.is_ascii_alphabetic())
        && !SENTENCE.contains(&lower.as_str())
        && !word.ends_with("Exception")
        && !word.ends_with("Error")
        && !word.ends_with("Warning")
        && !word.starts_with(['/', '(', '.'])
        && !is_address(word)
}

/// Kebab, snake or suffixed names as services have them.
fn could_be_service(word: &str) -> bool {
    let lower = word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.'));
    let joined = word.bytes().filter(|b| matches!(b, b'-' | b'_')).count();
    lower
        && word.len() >= 3
        && word.starts_with(|c: char| c.is_ascii_lowercase())
        && joined > 0
        && !word.ends_with(['-', '_', '.'])
        || (lower && ["service", "svc", "gateway", "frontend", "backend"].iter().any(|s| word.ends_with(s)))
}

fn is_address(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b':' | b'/'))
}

/// True for loggers: dotted packages with a class, `Outer$Inner`.
fn is_class(word: &str) -> bool {
    word.contains('$') || (word.contains('.') && !word.contains('-')) || word.contains("::")
}

fn looks_like_host(word: &str) -> bool {
    word.starts_with("ip-") || is_address(word)
}

/// `web-1` and `shop_web_1` are replicas of `web` and `shop_web`.
pub(super) fn replica_of(name: &str) -> &str {
    let (base, number) = name.rsplit_once(['-', '_']).unwrap_or((name, ""));
    let numbered = !number.is_empty() && number.len() <= 3 && number.bytes().all(|b| b.is_ascii_digit());
    if numbered { base } else { name }
}

#[cfg(test)]
mod tests {
    use crate::domain::Level;

    #[test]
    fn a_letter_behind_parts_of_a_second_is_a_level_and_behind_a_clock_of_people_a_word() {
        let level = |line: &str| crate::intake::logline::head(line).level;
        assert_eq!(level("16:21:07.114 E price lookup sku=400817 failed"), Some(Level::Error));
        assert_eq!(level("2026-03-01 16:21:07,114 W retry of the lookup"), Some(Level::Warn));
        assert_eq!(level("16:21 I restarted the gateway"), None);
        assert_eq!(level("16:21:07 E is the wrong shard"), None);
    }
}
