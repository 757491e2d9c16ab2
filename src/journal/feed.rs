//! The feed: a journal's lines as they arrive, from a file that grows, a pipe or a wire, cut anywhere.
//! Records stand in it as they stand in the journal; what belongs beside them (a large text, where the
//! lead looks, a gap) stands in lines of its own:
//!
//! ```text
//! ~ <crc> <length> {"view":{…}}
//! ```
//!
//! It decodes and nothing else: whether a record follows from the one before is
//! [`super::course`]'s to say. What it holds is bounded by the longest line there may be.

use serde::{Deserialize, Serialize};

use super::event::Record;
use super::format::{self, Chain, FRAME, Header, MAX_HEADER, MAX_PAYLOAD};

/// The longest payload of a line beside the records, in bytes.
pub const MAX_BESIDE: usize = 512 * 1024;
/// Bytes of a line beside the records before its payload: `~ `, checksum, length.
const BESIDE_FRAME: usize = 2 + 9 + 9;
/// A large text travels in pieces of at most this many bytes.
pub const PIECE: usize = 64 * 1024;

/// What stands beside the records. It is never part of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beside {
    /// A piece of a text above [`super::Body::INLINE`]; the record that names it follows.
    Blob {
        /// BLAKE3 of the whole text, in hex.
        digest: String,
        /// The piece.
        text: String,
    },
    /// Where the lead looks.
    View(serde_json::Value),
    /// Records are missing here: the next one is `seq`, and follows from `chain`.
    Gap {
        /// The sequence of the record behind the gap.
        seq: u64,
        /// The chain before it, in hex; empty where that is not known.
        chain: String,
        /// What is missing, in words.
        what: String,
    },
    /// What was sent so far is superseded: the journal follows from its beginning.
    Restart,
    /// Whether somebody writes to the journal: the lead is there, or gone.
    Lead {
        /// True while a process holds the journal open for writing.
        there: bool,
    },
    /// What the lead's console answered to the last messages that it did not take.
    Answers(Vec<Refusal>),
}

/// Why a message was not taken: for whoever sent it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The beginning of the sender's key.
    pub to: String,
    /// The count of the message.
    pub count: u64,
    /// Why, in words.
    pub why: String,
}

impl Beside {
    /// The line, with its line end; `None` for one that is too long to be sent.
    pub fn line(&self) -> Option<String> {
        let json = serde_json::to_string(self).ok().filter(|j| j.len() <= MAX_BESIDE)?;
        let body = format!("{:08} {json}", json.len());
        Some(format!("~ {:08x} {body}\n", crc32c::crc32c(body.as_bytes())))
    }

    fn parse(line: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(line).ok()?.strip_prefix("~ ")?;
        let (crc, body) = text.split_at_checked(8)?;
        let body = body.strip_prefix(' ')?;
        let (len, json) = (body.get(..8)?, body.get(9..)?);
        let sound = crc == format!("{:08x}", crc32c::crc32c(body.as_bytes()))
            && len.parse() == Ok(json.len())
            && body.as_bytes().get(8) == Some(&b' ');
        sound.then(|| serde_json::from_str(json).ok()).flatten()
    }
}

/// One record as it arrived.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrived {
    /// The record; a text above [`super::Body::INLINE`] is not in it yet.
    pub record: Record,
    /// The chain that its line states.
    pub chain: Chain,
    /// The JSON, byte for byte.
    pub payload: Vec<u8>,
}

/// One line of the feed.
#[derive(Debug, Clone, PartialEq)]
pub enum Fed {
    /// A segment begins.
    Header(Header),
    /// A record whose checksum holds.
    Record(Box<Arrived>),
    /// Something beside the records.
    Beside(Beside),
    /// Bytes that are no line of a journal: how many.
    Unreadable(u64),
    /// A journal of a later major version, in words.
    Newer(String),
}

/// Takes bytes in and gives lines out.
#[derive(Debug, Default)]
pub struct Feed {
    buffer: Vec<u8>,
    /// Where the first line that was not given out begins.
    at: usize,
    /// Up to where no line end was found.
    searched: usize,
    /// Bytes of an endless line that were thrown away.
    dropped: u64,
    /// Bytes of whole lines that were given out.
    good: u64,
}

impl Feed {
    /// Takes bytes in.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.at);
        self.searched -= self.at;
        self.at = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// How many bytes of whole lines were given out; what was thrown away counts too.
    pub fn good(&self) -> u64 {
        self.good
    }

    /// True while a line has begun that is not whole.
    pub fn is_within_a_line(&self) -> bool {
        self.at < self.buffer.len() || self.dropped > 0
    }

    fn line(&mut self) -> Option<Fed> {
        let rest = self.buffer.get(self.searched..).unwrap_or_default();
        let Some(end) = memchr::memchr(b'\n', rest).map(|n| self.searched + n) else {
            self.searched = self.buffer.len();
            if self.buffer.len() - self.at > FRAME + MAX_PAYLOAD {
                // No line of a journal is as long: it is thrown away up to its end.
                self.dropped += (self.buffer.len() - self.at) as u64;
                self.at = self.buffer.len();
            }
            return None;
        };
        let begin = std::mem::replace(&mut self.at, end + 1);
        self.searched = self.at;
        self.good += (self.at - begin) as u64;
        let whole = self.buffer.get(begin..=end).unwrap_or_default();
        if self.dropped > 0 {
            let bytes = std::mem::take(&mut self.dropped) + whole.len() as u64;
            self.good += bytes - whole.len() as u64;
            return Some(Fed::Unreadable(bytes));
        }
        Some(read(whole))
    }
}

impl Iterator for Feed {
    type Item = Fed;

    /// The next whole line; `None` until more bytes are there.
    fn next(&mut self) -> Option<Fed> {
        self.line()
    }
}

fn read(line: &[u8]) -> Fed {
    let unreadable = Fed::Unreadable(line.len() as u64);
    match line.first() {
        Some(b'=') => {
            let Some(frame) = format::unframe(line).filter(|f| f.len == line.len()) else { return unreadable };
            let Some(record) = format::record(frame.payload) else { return unreadable };
            let payload = frame.payload.to_vec();
            Fed::Record(Box::new(Arrived { record, chain: frame.chain, payload }))
        }
        Some(b'~') if line.len() <= BESIDE_FRAME + MAX_BESIDE + 1 => {
            Beside::parse(line.strip_suffix(b"\n").unwrap_or(line)).map_or(unreadable, Fed::Beside)
        }
        Some(b'h') if line.len() <= MAX_HEADER => match Header::parse(line) {
            Ok((header, len)) if len == line.len() => Fed::Header(header),
            Err(e @ format::HeaderFault::NewerMajor { .. }) => Fed::Newer(e.to_string()),
            _ => unreadable,
        },
        _ => unreadable,
    }
}

/// The lines that carry a large text, before the record that names it.
pub fn pieces<'a>(digest: &'a str, text: &'a str) -> impl Iterator<Item = Beside> + 'a {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = rest.len().min(PIECE);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (piece, behind) = rest.split_at_checked(end)?;
        rest = behind;
        Some(Beside::Blob { digest: digest.to_owned(), text: piece.to_owned() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::event::{Author, Event, NoteKind};

    fn lines() -> Vec<u8> {
        let chain = Chain::genesis("s");
        let mut bytes = Header::new("s", 1, 0, chain).line().into_bytes();
        let event = Event::NoteTaken { kind: NoteKind::Note, text: "a\nb ~ = ü".into() };
        let record = Record { seq: 1, at: chrono::DateTime::UNIX_EPOCH, by: Author::Program, event };
        format::frame(&chain, &format::payload(&record).unwrap(), &mut bytes);
        bytes.extend_from_slice(b"garbage \xff\x00\n");
        bytes.extend_from_slice(Beside::Lead { there: true }.line().unwrap().as_bytes());
        bytes
    }

    #[test]
    fn bytes_cut_anywhere_give_the_same_lines() {
        let bytes = lines();
        let mut feed = Feed::default();
        feed.push(&bytes);
        let whole: Vec<Fed> = feed.by_ref().collect();
        assert!(matches!(
            whole[..],
            [Fed::Header(_), Fed::Record(_), Fed::Unreadable(11), Fed::Beside(Beside::Lead { there: true })]
        ));
        assert_eq!(feed.good(), bytes.len() as u64);
        for cut in 0..bytes.len() {
            let mut feed = Feed::default();
            let mut got = Vec::new();
            for part in [&bytes[..cut], &bytes[cut..]] {
                feed.push(part);
                got.extend(feed.by_ref());
            }
            assert_eq!(got, whole, "cut at {cut}");
        }
    }

    #[test]
    fn an_endless_line_holds_no_more_than_the_longest_record() {
        let mut feed = Feed::default();
        for _ in 0..40 {
            feed.push(&vec![b'='; 1024 * 1024]);
            assert_eq!(feed.next(), None);
            assert!(feed.buffer.len() <= FRAME + MAX_PAYLOAD + 1024 * 1024);
        }
        feed.push(b"\n");
        assert_eq!(feed.next(), Some(Fed::Unreadable(40 * 1024 * 1024 + 1)));
    }

    #[test]
    fn a_changed_byte_in_a_line_beside_the_records_is_found() {
        let line = Beside::Gap { seq: 7, chain: String::new(), what: "3 records".into() }.line().unwrap();
        for at in 0..line.len() - 1 {
            let mut bytes = line.clone().into_bytes();
            bytes[at] ^= 1;
            let mut feed = Feed::default();
            feed.push(&bytes);
            assert!(feed.all(|f| matches!(f, Fed::Unreadable(_))), "byte {at}");
        }
    }

    #[test]
    fn a_large_text_comes_whole_out_of_its_pieces() {
        let text = "äbc".repeat(50_000);
        let joined: String = pieces("d", &text)
            .map(|p| match p {
                Beside::Blob { text, .. } => text,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(joined, text);
    }
}
