//! The format: how a journal's bytes stand on disk. Encoding and decoding of one header and one
//! record, nothing about files or about what comes before and after.
//!
//! ```text
//! hotwash-journal 1.1 session 0197… segment 1 after 0 chain 5f3c… 8d2b01aa
//! = 1f00c2d4 00000187 9ab4… {"seq":1,"at":"2026-06-02T09:20:00Z","by":"program","event":{…}}
//! ```
//!
//! A payload is JSON without a raw line end, and a record begins only at the beginning of a line
//! with `= `: a payload can't look like a record.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::event::{Author, Event, Record};

/// The first word of every journal.
pub const MAGIC: &str = "hotwash-journal";
/// A newer major is refused by name.
pub const MAJOR: u32 = 1;
/// A newer minor opens read-only.
pub const MINOR: u32 = 1;
/// The largest payload of one record, in bytes.
pub const MAX_PAYLOAD: usize = 16 * 1024 * 1024;
/// The longest header line, in bytes.
pub const MAX_HEADER: usize = 1024;
/// Bytes of a record before its payload: `= `, checksum, length and chain, each with a blank behind it.
pub const FRAME: usize = 2 + 9 + 9 + 65;

/// A place in the hash chain: BLAKE3 over the one before and the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chain([u8; 32]);

impl Chain {
    /// Where the chain of a session begins.
    pub fn genesis(session: &str) -> Self {
        Self(*blake3::hash(format!("{MAGIC} {MAJOR} {session}").as_bytes()).as_bytes())
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The link after this one.
    pub fn next(&self, payload: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0);
        hasher.update(payload);
        Self(*hasher.finalize().as_bytes())
    }

    /// The chain from its 64 hex digits.
    pub fn parse(hex: &[u8]) -> Option<Self> {
        let mut out = [0u8; 32];
        if hex.len() != 64 {
            return None;
        }
        for (byte, pair) in out.iter_mut().zip(hex.chunks_exact(2)) {
            *byte = pair.iter().try_fold(0u8, |sum, digit| Some(sum << 4 | hex_digit(*digit)?))?;
        }
        Some(Self(out))
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Lower case only: there is one way to write each number, so that a changed case is found.
fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// The first line of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The format's major version.
    pub major: u32,
    /// The format's minor version.
    pub minor: u32,
    /// The session's id.
    pub session: String,
    /// The segment's number, from 1.
    pub segment: u32,
    /// The last record that stands in earlier segments; whatever they hold after it is superseded.
    pub after: u64,
    /// The chain at that record.
    pub chain: Chain,
}

/// Why a header could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderFault {
    /// The file is something else.
    #[error("this is no hotwash journal")]
    NotAJournal,
    /// The file ends within its first line.
    #[error("the first line is cut off")]
    Torn,
    /// The first line was changed.
    #[error("the first line is damaged")]
    Damaged,
    /// A later version wrote it.
    #[error("it is a journal of format {major}.{minor}, and this version reads up to {MAJOR}.x")]
    NewerMajor {
        /// Its major version.
        major: u32,
        /// Its minor version.
        minor: u32,
    },
}

impl Header {
    /// The header of a segment that this version writes.
    pub fn new(session: &str, segment: u32, after: u64, chain: Chain) -> Self {
        Self { major: MAJOR, minor: MINOR, session: session.to_owned(), segment, after, chain }
    }

    /// The line, with its line end.
    pub fn line(&self) -> String {
        let Self { major, minor, session, segment, after, chain } = self;
        let words = format!("{MAGIC} {major}.{minor} session {session} segment {segment} after {after} chain {chain}");
        format!("{words} {:08x}\n", crc32c::crc32c(words.as_bytes()))
    }

    /// Reads the header at the beginning of `bytes`; also says how long the line is. Words that a
    /// newer minor adds behind the chain are passed over.
    pub fn parse(bytes: &[u8]) -> Result<(Self, usize), HeaderFault> {
        let window = bytes.get(..MAX_HEADER).unwrap_or(bytes);
        let Some(end) = memchr::memchr(b'\n', window) else {
            let begun = MAGIC.as_bytes().starts_with(window) || window.starts_with(MAGIC.as_bytes());
            return Err(if begun && window.len() < MAX_HEADER { HeaderFault::Torn } else { HeaderFault::NotAJournal });
        };
        let line = window.get(..end).and_then(|l| std::str::from_utf8(l).ok()).ok_or(HeaderFault::NotAJournal)?;
        let version =
            line.strip_prefix(MAGIC).and_then(|rest| rest.strip_prefix(' ')).ok_or(HeaderFault::NotAJournal)?;
        let version = version.split(' ').next().and_then(|v| v.split_once('.')).ok_or(HeaderFault::Damaged)?;
        let (major, minor) = (number(version.0)?, number(version.1)?);
        if major > MAJOR {
            return Err(HeaderFault::NewerMajor { major, minor });
        }
        let (words, crc) = line.rsplit_once(' ').ok_or(HeaderFault::Damaged)?;
        if crc != format!("{:08x}", crc32c::crc32c(words.as_bytes())) {
            return Err(HeaderFault::Damaged);
        }
        let mut words = words.split(' ').skip(2);
        let mut named = |name: &str| if words.next() == Some(name) { words.next() } else { None };
        let session = named("session").ok_or(HeaderFault::Damaged)?.to_owned();
        let segment = number(named("segment").ok_or(HeaderFault::Damaged)?)?;
        let after = number(named("after").ok_or(HeaderFault::Damaged)?)?;
        let chain = named("chain").and_then(|c| Chain::parse(c.as_bytes())).ok_or(HeaderFault::Damaged)?;
        Ok((Self { major, minor, session, segment, after, chain }, end + 1))
    }

    /// True when a newer minor wrote the segment: it may be read, not written.
    pub fn is_newer_minor(&self) -> bool {
        self.major == MAJOR && self.minor > MINOR
    }
}

fn number<T: std::str::FromStr>(word: &str) -> Result<T, HeaderFault> {
    word.parse().map_err(|_| HeaderFault::Damaged)
}

/// Appends the framed payload to `out` and returns the chain at it.
pub fn frame(before: &Chain, payload: &[u8], out: &mut Vec<u8>) -> Chain {
    let chain = before.next(payload);
    let head = format!("{:08} {chain} ", payload.len());
    let crc = crc32c::crc32c_append(crc32c::crc32c(head.as_bytes()), payload);
    out.reserve(FRAME + payload.len() + 1);
    out.extend_from_slice(format!("= {crc:08x} {head}").as_bytes());
    out.extend_from_slice(payload);
    out.push(b'\n');
    chain
}

/// A whole record, its checksum proven; its place in the chain is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The JSON.
    pub payload: &'a [u8],
    /// The chain that the record states.
    pub chain: Chain,
    /// Its length in bytes, with frame and line end.
    pub len: usize,
}

/// The whole record at the beginning of `bytes`; `None` where it is torn, changed or something else.
/// Costs no more than the line that begins there.
pub fn unframe(bytes: &[u8]) -> Option<Frame<'_>> {
    let head = bytes.get(..FRAME)?;
    let crc = head.strip_prefix(b"= ")?.get(..8)?;
    let len: usize =
        std::str::from_utf8(head.get(11..19)?).ok().filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
    if len > MAX_PAYLOAD || head.get(10) != Some(&b' ') || head.get(19) != Some(&b' ') || head.get(84) != Some(&b' ') {
        return None;
    }
    let end = FRAME + len;
    if memchr::memchr(b'\n', bytes.get(..=end)?) != Some(end) {
        return None;
    }
    let chain = Chain::parse(head.get(20..84)?)?;
    let stated = crc.iter().try_fold(0u32, |sum, digit| Some(sum << 4 | u32::from(hex_digit(*digit)?)))?;
    if stated != crc32c::crc32c(bytes.get(11..end)?) {
        return None;
    }
    Some(Frame { payload: bytes.get(FRAME..end)?, chain, len: end + 1 })
}

/// A record as JSON. One that can't be saved leaves a mark in its place, so that no sequence is missing;
/// the caller is told.
pub fn payload(record: &Record) -> Result<Vec<u8>, Unsavable> {
    if let Event::Unknown { payload, .. } = &record.event {
        return Ok(payload.as_bytes().to_vec());
    }
    let bytes = serde_json::to_vec(record).unwrap_or_default();
    // JSON has no NaN: a report with one in it is written well, and could never be read again.
    let report = matches!(record.event, Event::ReportReady { .. });
    let why = match bytes.len() {
        0 => "cannot be written as JSON",
        MAX_PAYLOAD.. => "is too large",
        _ if report && serde_json::from_slice::<Record>(&bytes).is_err() => "could not be read again",
        _ => return Ok(bytes),
    };
    let mark = serde_json::json!({
        "seq": record.seq, "at": record.at, "by": record.by,
        "event": {"type": "not_saved", "bytes": bytes.len(), "why": why},
    });
    Err(Unsavable { bytes: bytes.len() as u64, why, mark: mark.to_string().into_bytes() })
}

/// A record that can't be saved whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsavable {
    /// Its size.
    pub bytes: u64,
    /// Why, as the end of a sentence about it.
    pub why: &'static str,
    /// What stands in its place.
    pub mark: Vec<u8>,
}

#[derive(Deserialize)]
struct Envelope {
    seq: u64,
    at: DateTime<Utc>,
    by: serde_json::Value,
    event: serde_json::Value,
}

/// The record of a payload. An event that this version does not know, or cannot read, is kept whole;
/// `None` only where the payload is no record at all.
pub fn record(payload: &[u8]) -> Option<Record> {
    if let Ok(record) = serde_json::from_slice::<Record>(payload) {
        return Some(record);
    }
    let Envelope { seq, at, by, event } = serde_json::from_slice(payload).ok()?;
    let by = serde_json::from_value(by.clone()).unwrap_or_else(|_| Author::Engine(by.to_string()));
    let kind = event.get("type").and_then(|t| t.as_str()).unwrap_or("without a type").to_owned();
    let payload = Arc::from(std::str::from_utf8(payload).ok()?);
    Some(Record { seq, at, by, event: Event::Unknown { kind, payload } })
}
