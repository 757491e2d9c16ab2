//! The reader: bytes → records, and everything that is odd about them. It never fails on a record:
//! what can't be read is named with its place, and reading goes on behind it.
//!
//! It repairs nothing (the writer does, before it appends) and knows no files.

use std::io::Read;

use super::event::{Event, Record};
use super::format::{self, Chain, Header, HeaderFault};
use super::seal::Seal;

/// How a segment ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    /// With a whole record.
    Clean,
    /// With bytes that are no whole record: a write that was cut off.
    Torn {
        /// Where they begin.
        offset: u64,
        /// How many there are.
        bytes: u64,
    },
}

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The segment, from 1.
    pub segment: u32,
    /// The byte in the segment where it begins.
    pub offset: u64,
    /// The sequence that was expected there.
    pub seq: u64,
    /// What is wrong.
    pub what: Fracture,
}

/// What is wrong at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fracture {
    /// Bytes that are no whole record, with whole records behind them.
    Unreadable {
        /// How many.
        bytes: u64,
    },
    /// Bytes at the very end that are no whole record.
    Torn {
        /// How many.
        bytes: u64,
    },
    /// A whole record that does not follow from the one before: something was changed, swapped or dropped.
    Unchained,
    /// A whole record with another sequence than expected. One that repeats is not folded again.
    OutOfSequence {
        /// The sequence it states.
        found: u64,
    },
    /// A segment that does not follow from the one before.
    Unlinked {
        /// The last record that it says stands before it.
        after: u64,
    },
    /// A segment of another session.
    Foreign {
        /// That session.
        session: String,
    },
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { segment, offset, seq, what } = self;
        write!(f, "segment {segment}, byte {offset}, where record {seq} is expected: ")?;
        match what {
            Fracture::Unreadable { bytes } => write!(f, "{bytes} bytes are no readable record"),
            Fracture::Torn { bytes } => write!(f, "the last {bytes} bytes are no whole record"),
            Fracture::Unchained => write!(f, "the record does not follow from the one before it"),
            Fracture::OutOfSequence { found } => write!(f, "record {found} stands there"),
            Fracture::Unlinked { after } => {
                write!(f, "the segment follows record {after}, which is not there as it was")
            }
            Fracture::Foreign { session } => write!(f, "the segment belongs to session {session}"),
        }
    }
}

/// A record with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The record.
    pub record: Record,
    /// The chain at it.
    pub chain: Chain,
    /// Where it begins in its segment.
    pub offset: u64,
    /// Who wrote it, as it says; behind unreadable bytes that can't be known.
    pub seal: Option<Box<Seal>>,
}

/// One segment as read.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// Its first line.
    pub header: Header,
    /// Its records, in order; one that repeats a sequence is left out.
    pub entries: Vec<Entry>,
    /// What is wrong within it.
    pub damage: Vec<Damage>,
    /// How it ends.
    pub tail: Tail,
    /// Bytes up to the end of the last whole record.
    pub good: u64,
    /// The bytes behind that, to be set aside before anything is appended.
    pub torn: Vec<u8>,
}

impl Segment {
    /// Reads a segment to its end.
    pub fn read(mut from: impl Read) -> std::io::Result<Result<Self, HeaderFault>> {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes)?;
        Ok(Self::of(&bytes))
    }

    /// The segment that these bytes hold.
    pub fn of(bytes: &[u8]) -> Result<Self, HeaderFault> {
        let (header, begin) = Header::parse(bytes)?;
        let mut walk = Walk { bytes, at: begin, chain: Some(header.chain), seq: header.after, header };
        let (mut entries, mut damage) = (Vec::new(), Vec::new());
        let mut good = walk.at;
        while walk.at < bytes.len() {
            match walk.record(&mut damage) {
                Some(entry) => entries.extend(entry),
                None => break,
            }
            good = walk.at;
        }
        let torn = bytes.get(good..).unwrap_or_default().to_vec();
        let tail = match torn.len() {
            0 => Tail::Clean,
            n => Tail::Torn { offset: good as u64, bytes: n as u64 },
        };
        Ok(Self { header: walk.header, entries, damage, tail, good: good as u64, torn })
    }

    /// The last record's sequence and chain.
    pub fn head(&self) -> (u64, Chain) {
        self.entries.last().map_or((self.header.after, self.header.chain), |e| (e.record.seq, e.chain))
    }
}

struct Walk<'a> {
    header: Header,
    bytes: &'a [u8],
    at: usize,
    /// `None` behind unreadable bytes: what the next record follows from can't be known.
    chain: Option<Chain>,
    seq: u64,
}

impl Walk<'_> {
    /// Steps over one whole record: `Some(None)` for one that is left out, `None` at the torn end.
    fn record(&mut self, damage: &mut Vec<Damage>) -> Option<Option<Entry>> {
        let begin = self.at;
        let whole = |at: usize| {
            let frame = format::unframe(self.bytes.get(at..)?)?;
            Some((frame, format::record(frame.payload)?))
        };
        let mut found = whole(begin);
        while found.is_none() {
            let rest = self.bytes.get(self.at..)?;
            self.at += memchr::memchr(b'\n', rest)? + 1;
            found = whole(self.at);
        }
        let (frame, record) = found?;
        let mut mark = |offset: usize, what| {
            let place = Damage { segment: self.header.segment, offset: offset as u64, seq: self.seq + 1, what };
            damage.push(place);
        };
        if self.at > begin {
            mark(begin, Fracture::Unreadable { bytes: (self.at - begin) as u64 });
            self.chain = None;
        }
        let follows = self.chain.is_none_or(|before| before.next(frame.payload) == frame.chain);
        if !follows {
            mark(self.at, Fracture::Unchained);
        }
        if record.seq != self.seq + 1 {
            mark(self.at, Fracture::OutOfSequence { found: record.seq });
        }
        let offset = self.at as u64;
        let seal = self.chain.and_then(|before| Seal::of(&self.header.session, &before, frame.payload)).map(Box::new);
        self.at += frame.len;
        self.chain = Some(frame.chain);
        if record.seq <= self.seq {
            return Some(None);
        }
        self.seq = record.seq;
        Some(Some(Entry { record, chain: frame.chain, offset, seal }))
    }
}

/// A session's whole journal: its segments, joined.
#[derive(Debug, Clone, PartialEq)]
pub struct Journal {
    /// The session's id.
    pub session: String,
    /// All records, in order.
    pub entries: Vec<Entry>,
    /// Everything that is not as it was written, but for the last segment's tail.
    pub damage: Vec<Damage>,
    /// How the last segment ends.
    pub tail: Tail,
    /// Records of earlier segments that a later one holds again: what a failed sync left behind.
    pub superseded: u64,
    /// How many segments there are.
    pub segments: u32,
    /// The newer minor version that wrote a part of it, if any.
    pub newer_minor: Option<(u32, u32)>,
}

impl Journal {
    /// Joins segments, given in order.
    pub fn join(segments: Vec<Segment>) -> Self {
        let mut out = Self {
            session: segments.first().map(|s| s.header.session.clone()).unwrap_or_default(),
            entries: Vec::new(),
            damage: Vec::new(),
            tail: Tail::Clean,
            superseded: 0,
            segments: segments.len() as u32,
            newer_minor: None,
        };
        for segment in segments {
            out.append(segment);
        }
        out
    }

    /// The last record's sequence and chain.
    pub fn head(&self) -> (u64, Chain) {
        self.entries.last().map_or((0, Chain::genesis(&self.session)), |e| (e.record.seq, e.chain))
    }

    /// Events that this version does not know.
    pub fn unknown(&self) -> u64 {
        self.entries.iter().filter(|e| matches!(e.record.event, Event::Unknown { .. })).count() as u64
    }

    fn append(&mut self, segment: Segment) {
        let Segment { header, entries, damage, tail, .. } = segment;
        let damaged = |what| Damage { segment: header.segment, offset: 0, seq: header.after + 1, what };
        if header.session != self.session {
            self.damage.push(damaged(Fracture::Foreign { session: header.session }));
            return;
        }
        if header.is_newer_minor() {
            self.newer_minor = Some((header.major, header.minor));
        }
        let keep = self.entries.partition_point(|e| e.record.seq <= header.after);
        self.superseded += (self.entries.len() - keep) as u64;
        // What stands behind the link was superseded, and so was its damage.
        self.damage.retain(|d| d.seq <= header.after);
        self.entries.truncate(keep);
        if self.head() != (header.after, header.chain) {
            self.damage.push(damaged(Fracture::Unlinked { after: header.after }));
        }
        self.entries.extend(entries);
        self.damage.extend(damage);
        self.tail = tail;
    }
}
