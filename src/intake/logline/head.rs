//! The head of a line, read token by token until something is met that is no head any more.

use crate::domain::{Level, Line, Stamp};

use super::date::{Found, stamp_at};
use super::level::{is_plain, is_strong, letter, level_of, number};
use super::{json, keyed};

/// How a service's name was stated; a later kind is surer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameKind {
    /// A bare word that may as well be the message's first.
    Weak,
    /// A logger or class, or a thread's.
    Logger,
    /// A tag, a prefix or a field that names the emitting program.
    Stated,
}

/// What a line is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shape {
    /// Nothing of a log line.
    #[default]
    Bare,
    /// Text with a head.
    Text,
    /// A JSON object.
    Json,
    /// `key=value` pairs.
    Keyed,
}

/// What a line's head states.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Head {
    /// The stamp that counts: exact before local before undated; the inner one where both are
    /// exact and more than two seconds apart.
    pub stamp: Option<Found>,
    /// True where two stamps are stated and they are not the same instant.
    pub nested_stamp: bool,
    /// The innermost level.
    pub level: Option<Level>,
    /// The wrapper's level, where there are two.
    pub outer_level: Option<Level>,
    /// The emitter's name.
    pub service: Option<(NameKind, String)>,
    /// Where the message begins.
    pub message: usize,
    /// One past the message, where it is a field; else the line's end.
    pub ends: Option<usize>,
    /// What the line is made of.
    pub shape: Shape,
}

impl Head {
    /// One past the message of the line that this is the head of, in bytes of the source.
    pub fn message_end(&self, line: &Line) -> usize {
        self.ends.map_or(line.end, |end| (line.start + end).clamp(line.message, line.end))
    }
}

/// The scan of one line.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    pub line: &'a str,
    pub at: usize,
    /// One past the last token that surely belongs to the head.
    pub done: usize,
    pub stamps: Vec<Found>,
    pub levels: Vec<Level>,
    pub service: Option<(NameKind, String)>,
    /// Numbers met since the last sure token: process and thread ids.
    pub numbers: u8,
    /// The level of a syslog priority: counts only where nothing else is stated.
    priority: Option<Level>,
}

/// How far into a line its head may reach, in bytes.
const REACH: usize = 600;
/// How many tokens a head may have.
const TOKENS: usize = 24;

/// Reads the head of a line.
pub fn head(line: &str) -> Head {
    let lead = line.len() - line.trim_start().len();
    if line.get(lead..).is_some_and(|l| l.starts_with('{'))
        && let Some(head) = json::object_head(line, lead)
    {
        return head;
    }
    let mut scan = Scan::new(line);
    scan.run();
    let message = scan.message();
    let rest = line.get(message..).unwrap_or("");
    if let Some(at) = json_start(rest)
        && let Some(inner) = json::object_head(line, message + at)
    {
        scan.prefix_names(rest.get(..at).unwrap_or(""));
        return scan.wrap(inner);
    }
    if let Some(inner) = keyed::keyed_head(line, message) {
        return scan.wrap(inner);
    }
    scan.finish(message)
}

/// Where a JSON object begins behind at most a short prefix.
fn json_start(rest: &str) -> Option<usize> {
    let at = rest.find("{\"").filter(|at| *at <= 40)?;
    let prefix = rest.get(..at)?;
    (prefix.split_whitespace().count() <= 2 && !prefix.contains(['=', '"', '['])).then_some(at)
}

impl<'a> Scan<'a> {
    fn new(line: &'a str) -> Self {
        let (stamps, levels) = (Vec::new(), Vec::new());
        Self { line, at: 0, done: 0, stamps, levels, service: None, numbers: 0, priority: None }
    }

    /// `orders-mongo-0 {…}`: a lone joined word before an object is who wrote it.
    fn prefix_names(&mut self, prefix: &str) {
        let word = prefix.trim();
        let plain = word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'));
        if self.service.is_none() && plain && word.contains('-') && word.starts_with(|c: char| c.is_ascii_lowercase()) {
            self.service = Some((NameKind::Stated, word.to_owned()));
        }
    }

    /// The rest of the line from where the scan stands.
    pub fn rest(&self) -> &'a str {
        self.line.get(self.at..).unwrap_or("")
    }

    /// The byte before the scan's place.
    pub fn before(&self) -> u8 {
        self.at.checked_sub(1).and_then(|i| self.line.as_bytes().get(i)).copied().unwrap_or(b' ')
    }

    /// Takes `len` bytes as surely part of the head.
    pub fn take(&mut self, len: usize) {
        self.at += len;
        self.done = self.at;
        self.numbers = 0;
    }

    /// True once a stamp was met.
    pub fn stamped(&self) -> bool {
        !self.stamps.is_empty()
    }

    fn run(&mut self) {
        self.start();
        for _ in 0..TOKENS {
            self.gap();
            if self.at >= self.line.len() || self.at > REACH || self.rest().starts_with('{') {
                break;
            }
            let went_on = self.stamp()
                || self.klog()
                || self.bracket()
                || self.level()
                || self.level_letter()
                || self.stream()
                || self.pid()
                || self.name()
                || self.skip_to_stamp();
            if !went_on {
                break;
            }
        }
        if !self.stamped() {
            self.buried_stamp();
        }
    }

    /// What may stand only at a line's start: a syslog priority, the prefix of `docker compose`.
    fn start(&mut self) {
        self.gap();
        let rest = self.rest();
        if let Some((number, after)) = rest.strip_prefix('<').and_then(|r| r.split_once('>'))
            && let (true, Ok(priority)) = (number.len() <= 3, number.parse::<u32>())
        {
            self.priority = super::level::number(&(priority % 8).to_string());
            let version = usize::from(after.starts_with("1 ")) * 2;
            self.take(number.len() + 2 + version);
            return;
        }
        if let Some((name, _)) = rest.split_once('|') {
            let word = name.trim_end();
            let plain = word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
            let lettered = word.starts_with(|c: char| c.is_ascii_alphabetic());
            let stamped = stamp_at(self.line, self.at + name.len() + 1).is_some();
            if plain && lettered && (name.len() > word.len() || stamped) && word.len() <= 60 && level_of(word).is_none()
            {
                self.service = Some((NameKind::Stated, super::words::replica_of(word).to_owned()));
                self.take(name.len() + 1);
            }
        }
    }

    /// Skips blanks, marks of colours, bullets and separators.
    fn gap(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches(|c: char| {
                c.is_whitespace()
                    || matches!(c, '-' | '–' | '—' | '|' | ':' | ',' | ';' | '>' | '•' | '*' | ']' | ')')
                    || (c == '#' && self.at == 0)
            });
            self.at += rest.len() - trimmed.len();
            match colour(trimmed) {
                0 => return,
                len => self.at += len,
            }
        }
    }

    fn stamp(&mut self) -> bool {
        let quoted = usize::from(self.rest().starts_with(['"', '\'']));
        let Some(found) = stamp_at(self.line, self.at + quoted) else { return false };
        // an epoch behind a stamp is an id, a clock time behind levels belongs to the message
        if self.stamped() && !self.line.get(self.at + quoted..found.end).is_some_and(|t| t.contains([':', 'T', ' '])) {
            return false;
        }
        if matches!(found.stamp, Stamp::Clock(_))
            && self.stamps.iter().any(|s| s.end + 1 == self.at)
            && self.levels.len() > 1
        {
            return false;
        }
        if self.stamps.len() < 4 {
            self.stamps.push(found);
        }
        self.take(found.end - self.at);
        true
    }

    /// `E0517 15:04:22.619632`: klog and glog join level and day.
    fn klog(&mut self) -> bool {
        let b = self.rest().as_bytes();
        let (Some(level), Some(digits)) = (b.first().and_then(|l| letter(*l)), b.get(1..5)) else { return false };
        if !digits.iter().all(u8::is_ascii_digit) || b.get(5) != Some(&b' ') {
            return false;
        }
        let number = |part: &[u8]| part.iter().fold(0, |n, d| n * 10 + u32::from(d.saturating_sub(b'0')));
        let (month, day) = digits.split_at(2);
        let blanks = b.iter().skip(5).take_while(|c| **c == b' ').count();
        let Some(time) = super::clock::time(self.line.as_bytes(), self.at + 5 + blanks) else { return false };
        let Some(day) = crate::domain::MonthDay::new(number(month), number(day)) else { return false };
        let zone = super::clock::Zone::Unstated;
        self.stamps.push(Found { stamp: Stamp::Yearless(day, time.0), zone, end: time.1 });
        self.levels.push(level);
        self.take(time.1 - self.at);
        true
    }

    fn level(&mut self) -> bool {
        let rest = self.rest();
        let len = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let word = rest.get(..len).unwrap_or("");
        let Some(level) = level_of(word) else { return false };
        let behind = rest.as_bytes().get(len).copied().unwrap_or(b' ');
        let two = rest.get(len..).is_some_and(|r| r.starts_with("  ") || r.starts_with(" [") || r.starts_with(" - "));
        let marked = matches!(behind, b'\t' | b'|' | b']') || two || matches!(self.before(), b'\t' | b'|');
        let fits = if is_strong(word) {
            !matches!(behind, b'=' | b'_' | b'-' | b'.' | b'\'' | b'"')
        } else if behind == b':' {
            // `error: …` opens a message; `Alert:` and `config:` are headings and keys
            let plain = matches!(level, Level::Error | Level::Fatal | Level::Warn | Level::Info | Level::Debug);
            let opens =
                plain && self.at < 4 && !matches!(word.to_ascii_lowercase().as_str(), "config" | "alert" | "log");
            let goes_on = rest.get(len + 1..).is_some_and(|r| !r.trim().is_empty());
            (self.stamped() || (opens && goes_on)) && !rest.contains("://")
        } else {
            self.stamped()
                && (marked
                    || (behind == b',' && word.len() > 3)
                    || (behind == b' ' && is_plain(word) && self.right_behind_stamp()))
        };
        // one level and one inside a wrapper: a third belongs to the message
        if !fits || self.levels.len() >= 2 || (self.levels.len() == 1 && !self.service_stands_before()) {
            return false;
        }
        self.levels.push(level);
        self.take(len);
        true
    }

    /// True when nothing stands between the last stamp, one with its day, and here: the place of a level.
    fn right_behind_stamp(&self) -> bool {
        let dated = |f: &&Found| matches!(f.stamp, Stamp::Exact(_) | Stamp::Local(_));
        let last = self.stamps.last().filter(dated);
        last.is_some_and(|f| self.line.get(f.end..self.at).is_some_and(|gap| gap.trim().is_empty()))
    }

    /// True when the last sure token was a service's name or a stamp: a second level may follow.
    fn service_stands_before(&self) -> bool {
        self.service.is_some() || self.stamps.len() > 1
    }

    /// `I`, `W`, `E` alone: only where ids, a bar, a bracket or a component in capitals stand by it.
    fn level_letter(&mut self) -> bool {
        let b = self.rest().as_bytes();
        let Some(level) = b.first().and_then(|l| letter(*l)) else { return false };
        let rest = self.rest().get(1..).unwrap_or("");
        if self.at == 0 && rest.starts_with('/') && rest.contains('(') {
            // logcat's brief form: `D/Tag( 123): …`
            let tag: String = rest.chars().skip(1).take_while(|c| *c != '(').collect();
            self.levels.push(level);
            let len = 2 + tag.len() + rest.find("):").map_or(0, |i| i.saturating_sub(tag.len()));
            self.service = Some((NameKind::Stated, tag.trim().to_owned()));
            self.take(len);
            return true;
        }
        if !rest.starts_with(' ') || !self.levels.is_empty() {
            return false;
        }
        let next = rest.trim_start();
        let capitals = next.bytes().take_while(u8::is_ascii_uppercase).count() >= 3;
        let fits = if self.stamped() {
            self.numbers > 0 || capitals || next.starts_with(['|', '[']) || self.is_a_programs_clock()
        } else {
            next.starts_with('[')
        };
        if fits {
            self.levels.push(level);
            self.take(1);
        }
        fits
    }

    /// `stdout F`, `stderr P`: the prefix of container runtimes.
    fn stream(&mut self) -> bool {
        let rest = self.rest();
        let known = ["stdout F ", "stderr F ", "stdout P ", "stderr P "].iter().find(|p| rest.starts_with(**p));
        match known {
            Some(prefix) if self.stamped() => {
                self.take(prefix.len());
                true
            }
            _ => false,
        }
    }

    /// Process and thread ids: passed over, and part of the head only if something follows.
    fn pid(&mut self) -> bool {
        let rest = self.rest();
        let len = rest.bytes().take_while(|b| b.is_ascii_digit() || matches!(b, b'#' | b'*')).count();
        let behind = rest.as_bytes().get(len).copied().unwrap_or(b' ');
        let digits = rest.starts_with(|c: char| c.is_ascii_digit() || c == '#');
        let fits = digits
            && len <= 20
            && self.numbers < 4
            && matches!(behind, b' ' | b':' | b'\t' | b']' | b')')
            && !self.line.is_empty();
        let roled = behind == b':'
            && rest.get(len + 1..).is_some_and(|r| r.starts_with("M ") || r.starts_with("S ") || r.starts_with("C "));
        if fits && (self.stamped() || roled) {
            self.numbers += 1;
            self.at += len + if roled { 3 } else { 0 };
            return true;
        }
        false
    }

    /// Words before the first full stamp: a file's name, a host.
    fn skip_to_stamp(&mut self) -> bool {
        if self.stamps.len() > 1 || !self.levels.is_empty() {
            return false;
        }
        let mut at = self.at;
        for _ in 0..3 {
            let Some(rest) = self.line.get(at..) else { return false };
            let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let blanks = rest.get(word..).map_or(0, |r| r.len() - r.trim_start().len());
            at += word + blanks;
            if let Some(found) = stamp_at(self.line, at) {
                let dated = !matches!(found.stamp, Stamp::Clock(_)) && found.end - at > 10;
                if dated && blanks > 0 {
                    self.at = at;
                    return true;
                }
            }
        }
        false
    }

    /// A stamp in brackets further in: access logs and their kin.
    fn buried_stamp(&mut self) {
        let mut from = 0;
        while let Some(i) = self.line.get(from..).and_then(|r| r.find('[')) {
            let at = from + i + 1;
            if at > REACH / 2 {
                return;
            }
            if let Some(found) = stamp_at(self.line, at).filter(|f| !matches!(f.stamp, Stamp::Clock(_))) {
                self.stamps.push(found);
                self.done = found.end;
                return;
            }
            from = at;
        }
    }

    /// Where the message begins; a line that ends with its stamp keeps its words as the message.
    fn message(&self) -> usize {
        let rest = self.line.get(self.done..).unwrap_or("");
        let mut trimmed = rest;
        if self.done > 0 {
            trimmed = trimmed.trim_start_matches(|c: char| {
                c.is_whitespace() || matches!(c, ':' | '|' | ']' | ')' | ',' | '"' | '}' | '–' | '—')
            });
            trimmed = trimmed.strip_prefix("- ").or(trimmed.strip_prefix("> ")).unwrap_or(trimmed).trim_start();
        } else {
            trimmed = trimmed.trim_start();
        }
        if trimmed.is_empty() {
            return self.line.len() - self.line.trim_start().len();
        }
        self.line.len() - trimmed.len()
    }

    fn finish(self, message: usize) -> Head {
        let (stamp, nested_stamp) = settle(&self.stamps);
        let level = self.levels.last().copied().or(self.priority);
        let outer_level = if self.levels.len() > 1 { self.levels.first().copied() } else { None };
        let bare = stamp.is_none() && level.is_none() && self.service.is_none();
        let shape = if bare { Shape::Bare } else { Shape::Text };
        Head { stamp, nested_stamp, level, outer_level, service: self.service, message, ends: None, shape }
    }

    /// This head around an inner object's.
    fn wrap(self, inner: Head) -> Head {
        let mut stamps = self.stamps;
        stamps.extend(inner.stamp);
        let (stamp, nested) = settle(&stamps);
        let outer = self.levels.last().copied();
        Head {
            stamp,
            nested_stamp: nested || inner.nested_stamp,
            level: inner.level.or(outer).or(self.priority),
            outer_level: inner.outer_level.or(inner.level.and(outer)),
            service: match (self.service, inner.service) {
                // a name in capitals inside is a component of who is named outside
                (Some(a), Some(b)) if b.0 < a.0 || b.1.bytes().all(|c| c.is_ascii_uppercase()) => Some(a),
                (a, b) => b.or(a),
            },
            message: inner.message,
            ends: inner.ends,
            shape: inner.shape,
        }
    }
}

/// Which of a line's stamps counts, and whether two of them disagree.
pub(super) fn settle(stamps: &[Found]) -> (Option<Found>, bool) {
    let rank = |s: &Found| match s.stamp {
        Stamp::Exact(_) => 3,
        Stamp::Local(_) => 2,
        Stamp::Yearless(..) => 1,
        Stamp::Clock(_) => 0,
    };
    let mut chosen: Option<Found> = None;
    let mut nested = false;
    for next in stamps {
        let Some(now) = chosen else {
            chosen = Some(*next);
            continue;
        };
        let apart = next.stamp.seconds_since(&now.stamp).map_or(0.0, f64::abs);
        nested = nested || apart > 2.0;
        if rank(next) > rank(&now) || (rank(next) == rank(&now) && apart > 2.0) {
            chosen = Some(*next);
        }
    }
    (chosen, nested)
}

/// The length of the mark of one colour sequence (`␛[31m`, `\u001b[31m`), 0 where there is none.
fn colour(text: &str) -> usize {
    let lead = ["␛[", "\\u001b[", "\\u001B["].iter().find(|l| text.starts_with(**l)).map_or(0, |l| l.len());
    if lead == 0 {
        return 0;
    }
    let rest = text.get(lead..).unwrap_or("");
    let codes = rest.bytes().take_while(|b| b.is_ascii_digit() || matches!(b, b';' | b':' | b'?')).count();
    match rest.as_bytes().get(codes) {
        Some(end) if end.is_ascii_alphabetic() => lead + codes + 1,
        _ => 0,
    }
}

/// The level a syslog or bunyan number stands for.
pub(super) fn numeric_level(text: &str) -> Option<Level> {
    number(text)
}
