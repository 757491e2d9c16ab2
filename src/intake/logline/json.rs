//! JSON log lines: fields by place, read without building values; a cut object still gives the
//! fields before the cut.

use crate::domain::Level;

use super::clock::Zone;
use super::date::{Found, stamp_at, whole_stamp};
use super::head::{Head, NameKind, Shape, head, numeric_level, settle};
use super::level::level_of;

/// One field of an object: its key, its parent's key (empty at the top), and where its value stands
/// (a string's value without its quotes).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Field<'a> {
    /// The key as written.
    pub key: &'a str,
    /// The key of the object it is in; empty at the top.
    pub parent: &'a str,
    /// First byte of the value.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// True for strings.
    pub text: bool,
}

/// The most of a line that is read for fields, in bytes.
const REACH: usize = 64 << 10;
/// The most fields that are read of a line.
const MOST: usize = 200;

/// The fields of the object at byte `at`: those at its top and one level below. `None` where there
/// is no object with a key.
pub fn fields(line: &str, at: usize) -> Option<Vec<Field<'_>>> {
    let reach = line.len().min(at + REACH);
    let mut walk = Walk { line, b: line.as_bytes().get(..reach)?, at, found: Vec::new() };
    walk.object("", 0);
    (!walk.found.is_empty()).then_some(walk.found)
}

struct Walk<'a> {
    line: &'a str,
    b: &'a [u8],
    at: usize,
    found: Vec<Field<'a>>,
}

impl<'a> Walk<'a> {
    fn peek(&self) -> u8 {
        self.b.get(self.at).copied().unwrap_or(0)
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), b' ' | b'\t') {
            self.at += 1;
        }
    }

    /// A string's inside; the walk then stands behind its closing quote.
    fn string(&mut self) -> Option<(usize, usize)> {
        (self.peek() == b'"').then_some(())?;
        let start = self.at + 1;
        let mut at = start;
        loop {
            at += memchr::memchr2(b'"', b'\\', self.b.get(at..)?)?;
            if self.b.get(at) == Some(&b'"') {
                self.at = at + 1;
                return Some((start, at));
            }
            at += 2;
        }
    }

    /// Reads an object; false where it is cut or malformed.
    fn object(&mut self, parent: &'a str, depth: u8) -> bool {
        if self.peek() != b'{' {
            return false;
        }
        self.at += 1;
        loop {
            self.blanks();
            match self.peek() {
                b'}' => {
                    self.at += 1;
                    return true;
                }
                b',' => {
                    self.at += 1;
                    continue;
                }
                _ => {}
            }
            let Some((from, to)) = self.string() else { return false };
            self.blanks();
            if self.peek() != b':' {
                return false;
            }
            self.at += 1;
            self.blanks();
            let key = self.line.get(from..to).unwrap_or("");
            if !self.value(key, parent, depth) {
                return false;
            }
        }
    }

    fn value(&mut self, key: &'a str, parent: &'a str, depth: u8) -> bool {
        let start = self.at;
        let (start, end, text) = match self.peek() {
            b'"' => match self.string() {
                Some((start, end)) => (start, end, true),
                None => return false,
            },
            b'{' if depth == 0 => return self.object(key, 1),
            b'{' | b'[' => {
                if !self.skip_nested() {
                    return false;
                }
                (start, self.at, false)
            }
            _ => {
                while !matches!(self.peek(), b',' | b'}' | b']' | b' ' | 0) {
                    self.at += 1;
                }
                if self.at == start {
                    return false;
                }
                (start, self.at, false)
            }
        };
        if self.found.len() < MOST {
            self.found.push(Field { key, parent, start, end, text });
        }
        true
    }

    /// Passes over an array or a deeper object.
    fn skip_nested(&mut self) -> bool {
        let mut depth = 0u32;
        loop {
            match self.peek() {
                0 => return false,
                b'"' => {
                    if self.string().is_none() {
                        return false;
                    }
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return true;
            }
        }
    }
}

/// A key without case, dots, dashes, underscores and signs.
pub(super) fn plain_key(key: &str) -> String {
    key.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect()
}

const STAMP_KEYS: [&str; 18] = [
    "timestamp",
    "ts",
    "time",
    "t",
    "datetime",
    "date",
    "eventtime",
    "timeiso8601",
    "asctime",
    "instant",
    "edgestarttimestamp",
    "starttime",
    "createdat",
    "loggedat",
    "timelocal",
    "receivetimestamp",
    "timeunixnano",
    "when",
];
const LEVEL_KEYS: [&str; 10] =
    ["level", "lvl", "severity", "loglevel", "levelname", "severitytext", "s", "l", "levelvalue", "priority"];
const SERVICE_KEYS: [&str; 17] = [
    "service",
    "servicename",
    "app",
    "application",
    "appname",
    "applicationname",
    "program",
    "component",
    "container",
    "containername",
    "logger",
    "loggername",
    "syslogidentifier",
    "name",
    "c",
    "module",
    "job",
];
const MESSAGE_KEYS: [&str; 11] =
    ["msg", "message", "log", "m", "shortmessage", "textpayload", "event", "text", "body", "error", "err"];
/// Objects whose fields count as if they stood at the top.
const TRANSPARENT: [&str; 12] = [
    "fields",
    "jsonpayload",
    "payload",
    "record",
    "data",
    "log",
    "t",
    "instant",
    "service",
    "kubernetes",
    "attributes",
    "resource",
];

/// The head that an object states.
pub(super) fn object_head(line: &str, at: usize) -> Option<Head> {
    let fields = fields(line, at)?;
    let ranked = |keys: &[&str]| {
        fields
            .iter()
            .filter_map(|f| {
                let parent = plain_key(f.parent);
                let open = parent.is_empty() || TRANSPARENT.contains(&parent.as_str());
                let mut key = plain_key(f.key);
                if parent == "t" || parent == "instant" {
                    key = if key == "date" || key == "epochsecond" { "t".to_owned() } else { String::new() };
                } else if parent == "service" && key == "name" {
                    key = "service".to_owned();
                }
                let rank = keys.iter().position(|k| *k == key).filter(|_| open)?;
                Some((rank + if parent.is_empty() { 0 } else { keys.len() }, f))
            })
            .min_by_key(|(rank, _)| *rank)
            .map(|(_, f)| *f)
    };
    let value = |f: Field<'_>| line.get(f.start..f.end).unwrap_or("");
    let stamp = stamps(line, &fields, ranked(&STAMP_KEYS));
    let level = ranked(&LEVEL_KEYS).and_then(|f| json_level(f, value(f)));
    let service = ranked(&SERVICE_KEYS).filter(|f| f.text && f.end > f.start && f.end - f.start <= 120);
    let service = service.map(|f| {
        let logger = matches!(plain_key(f.key).as_str(), "logger" | "loggername" | "name" | "c" | "module");
        (if logger { NameKind::Logger } else { NameKind::Stated }, unescaped(value(f)))
    });
    let message = ranked(&MESSAGE_KEYS);
    let start = message.map_or(at, |f| f.start);
    let ends = message.map(|f| f.end);
    let outer = Head { stamp, level, service, message: start, ends, shape: Shape::Json, ..Head::default() };
    Some(match message.filter(|f| f.text) {
        Some(f) => with_inner(outer, value(f), f.start, plain_key(f.key) == "log"),
        None => outer,
    })
}

/// Reads the stamp of a field; a date and a time in two fields are joined by nothing: the one that
/// is whole counts.
fn stamps(line: &str, fields: &[Field<'_>], first: Option<Field<'_>>) -> Option<Found> {
    let read = |f: &Field<'_>| {
        let value = line.get(f.start..f.end)?;
        let found = whole_stamp(value.trim()).or_else(|| stamp_at(value, 0))?;
        Some(Found { end: f.end, ..found })
    };
    first.as_ref().and_then(read).or_else(|| {
        fields
            .iter()
            .filter(|f| f.parent.is_empty())
            .filter(|f| {
                let key = plain_key(f.key);
                key.ends_with("timestamp") || key.ends_with("time") || key.ends_with("date") || key.ends_with("at")
            })
            .find_map(|f| read(f).filter(|s| s.zone != Zone::Unstated || f.end - f.start > 10))
    })
}

fn json_level(field: Field<'_>, value: &str) -> Option<Level> {
    if field.text {
        if value.len() == 1 {
            return value.bytes().next().and_then(|b| super::level::letter(b.to_ascii_uppercase()));
        }
        let number = value.bytes().all(|b| b.is_ascii_digit());
        return if number { numeric_level(value) } else { level_of(value) };
    }
    numeric_level(value)
}

/// The head of the text inside a message: a wrapper's `log` always, another message only where it
/// states its own stamp.
fn with_inner(mut outer: Head, text: &str, start: usize, wrapper: bool) -> Head {
    let inner = head(text);
    let meant = wrapper || inner.stamp.is_some() && inner.level.is_some();
    if !meant || inner.shape == Shape::Bare {
        return outer;
    }
    let both: Vec<Found> = outer.stamp.into_iter().chain(inner.stamp).collect();
    (outer.stamp, outer.nested_stamp) = settle(&both);
    if inner.level.is_some() {
        outer.outer_level = outer.level;
        outer.level = inner.level;
    }
    if let Some(name) = inner.service.filter(|s| s.0 > NameKind::Weak)
        && outer.service.as_ref().is_none_or(|o| o.0 <= name.0)
    {
        outer.service = Some(name);
    }
    outer.message = start + inner.message;
    outer
}

/// A string's value without its escapes.
pub fn unescaped(raw: &str) -> String {
    if !raw.contains('\\') {
        return raw.to_owned();
    }
    serde_json::from_str(&format!("\"{raw}\"")).unwrap_or_else(|_| raw.to_owned())
}
