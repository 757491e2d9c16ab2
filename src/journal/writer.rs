//! The writer: records → bytes, acknowledged only when they are synced.
//!
//! Records wait here until a commit has written and synced them; a failed commit loses nothing and
//! may be tried again. A torn end is repaired before the first append. A file whose sync failed is
//! never synced again: the kernel may have dropped the pages and forgotten the error, so that a
//! second sync would lie. What was unsynced goes into a new segment.
//!
//! It has no clock, no thread and no path; what it writes to is a [`Media`].

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::Arc;

use super::event::{Event, Record};
use super::format::{self, Chain, Header, MAX_PAYLOAD, Unsavable};
use super::seal::{SEALED, Signer};

/// One segment that can be appended to.
pub trait Medium: Write {
    /// Makes everything that was written durable.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts the segment to this length; the next write goes there.
    fn cut(&mut self, len: u64) -> io::Result<()>;
}

/// Where segments and blobs are put.
pub trait Media {
    /// A segment.
    type Segment: Medium;
    /// Makes a new, empty segment, durable in its folder. Fails with `AlreadyExists` where there is one.
    fn create(&mut self, segment: u32) -> io::Result<Self::Segment>;
    /// Removes a segment that never held anything acknowledged.
    fn discard(&mut self, segment: u32) -> io::Result<()>;
    /// Saves a blob durably, if it is not there yet.
    fn blob(&mut self, digest: &str, bytes: &[u8]) -> io::Result<()>;
    /// Keeps torn bytes beside their segment, durably.
    fn set_aside(&mut self, segment: u32, torn: &[u8]) -> io::Result<()>;
}

/// Where a journal that was read goes on.
pub struct Resume<M> {
    /// The session's id.
    pub session: String,
    /// The last segment's number.
    pub segment: u32,
    /// The last segment; `None` where the next commit begins a new one behind it.
    pub medium: Option<M>,
    /// Its length up to the last whole record.
    pub good: u64,
    /// The bytes behind that.
    pub torn: Vec<u8>,
    /// The last record.
    pub seq: u64,
    /// The chain at it.
    pub chain: Chain,
}

struct Pending {
    seq: u64,
    bytes: Vec<u8>,
    chain: Chain,
    blobs: VecDeque<(String, Arc<str>)>,
}

struct Open<M> {
    medium: M,
    len: u64,
    /// How many of the pending records it holds, unsynced.
    written: usize,
    /// True once something in it was acknowledged.
    trusted: bool,
}

/// The most segments one session has.
const MAX_SEGMENTS: u32 = 9_999;

/// Appends records to a session's journal.
pub struct Writer<S: Media> {
    media: S,
    session: String,
    segment: u32,
    open: Option<Open<S::Segment>>,
    torn: Vec<u8>,
    pending: VecDeque<Pending>,
    waiting_bytes: usize,
    synced: (u64, Chain),
    head: (u64, Chain),
    signer: Option<Arc<Signer>>,
}

impl<S: Media> Writer<S> {
    /// A writer for a new session; nothing is created before the first commit.
    pub fn begin(media: S, session: &str) -> Self {
        let chain = Chain::genesis(session);
        let resume =
            Resume { session: session.to_owned(), segment: 0, medium: None, good: 0, torn: Vec::new(), seq: 0, chain };
        Self::resume(media, resume)
    }

    /// A writer that goes on behind what was read.
    pub fn resume(media: S, from: Resume<S::Segment>) -> Self {
        let Resume { session, segment, medium, good, torn, seq, chain } = from;
        let open = medium.map(|medium| Open { medium, len: good, written: 0, trusted: true });
        let (pending, head) = (VecDeque::new(), (seq, chain));
        Self { media, session, segment, open, torn, pending, waiting_bytes: 0, synced: head, head, signer: None }
    }

    /// From here on every record is sealed with this key.
    #[must_use]
    pub fn signed(mut self, signer: Option<Arc<Signer>>) -> Self {
        self.signer = signer;
        self
    }

    /// Takes a record; the next commit writes it. A record that can't be saved is refused, and a mark
    /// stands in its place.
    pub fn push(&mut self, record: &Record) -> Result<(), Unsavable> {
        let (mut payload, refused) = match format::payload(record) {
            Ok(payload) => (payload, Ok(())),
            Err(refusal) => (refusal.mark.clone(), Err(refusal)),
        };
        if let Some(signer) = self.signer.as_ref().filter(|_| payload.len() + SEALED < MAX_PAYLOAD) {
            signer.seal(&self.session, &self.head.1, &mut payload);
        }
        let mut bytes = Vec::new();
        let chain = format::frame(&self.head.1, &payload, &mut bytes);
        let blobs: VecDeque<_> = if refused.is_ok() { blobs(&record.event) } else { VecDeque::new() };
        self.waiting_bytes += bytes.len() + blobs.iter().map(|(_, text)| text.len()).sum::<usize>();
        self.head = (record.seq, chain);
        self.pending.push_back(Pending { seq: record.seq, bytes, chain, blobs });
        refused
    }

    /// The last record on disk, and the chain at it.
    pub fn synced(&self) -> (u64, Chain) {
        self.synced
    }

    /// What it writes to.
    pub fn media(&self) -> &S {
        &self.media
    }

    /// Bytes that wait for a commit.
    pub fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// Writes and syncs everything that waits, and returns the last record on disk. On failure
    /// everything unsynced still waits.
    pub fn commit(&mut self) -> io::Result<u64> {
        if self.pending.is_empty() {
            return Ok(self.synced.0);
        }
        self.save_blobs()?;
        self.repair()?;
        self.ensure_segment()?;
        self.write()?;
        self.sync()
    }

    fn save_blobs(&mut self) -> io::Result<()> {
        for pending in &mut self.pending {
            while let Some((digest, text)) = pending.blobs.front() {
                self.media.blob(digest, text.as_bytes())?;
                self.waiting_bytes = self.waiting_bytes.saturating_sub(text.len());
                pending.blobs.pop_front();
            }
        }
        Ok(())
    }

    /// Torn bytes go beside the journal before the journal is cut back to its last whole record.
    fn repair(&mut self) -> io::Result<()> {
        if self.torn.is_empty() {
            return Ok(());
        }
        self.media.set_aside(self.segment, &self.torn)?;
        if let Some(open) = &mut self.open {
            open.medium.cut(open.len)?;
        }
        self.torn = Vec::new();
        Ok(())
    }

    fn ensure_segment(&mut self) -> io::Result<()> {
        while self.open.is_none() {
            if self.segment >= MAX_SEGMENTS {
                return Err(io::Error::other("the session has too many segments"));
            }
            match self.media.create(self.segment + 1) {
                Ok(medium) => {
                    self.open = Some(Open { medium, len: 0, written: 0, trusted: false });
                    self.segment += 1;
                }
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => self.segment += 1,
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    fn write(&mut self) -> io::Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        let mut batch = Vec::new();
        if open.len == 0 {
            let header = Header::new(&self.session, self.segment, self.synced.0, self.synced.1);
            batch.extend_from_slice(header.line().as_bytes());
        }
        for pending in self.pending.iter().skip(open.written) {
            batch.extend_from_slice(&pending.bytes);
        }
        if let Err(e) = open.medium.write_all(&batch) {
            // A full disk may have room again later: the same file goes on, cut back to its last whole
            // record. After any other failure the file is not trusted any more.
            let full = matches!(e.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
            if open.medium.cut(open.len).is_err() || !full {
                self.abandon();
            }
            return Err(e);
        }
        open.len += batch.len() as u64;
        open.written = self.pending.len();
        Ok(())
    }

    fn sync(&mut self) -> io::Result<u64> {
        let Some(open) = &mut self.open else { return Ok(self.synced.0) };
        if let Err(e) = open.medium.sync() {
            self.abandon();
            return Err(e);
        }
        open.trusted = true;
        for _ in 0..std::mem::take(&mut open.written) {
            let Some(done) = self.pending.pop_front() else { break };
            self.waiting_bytes = self.waiting_bytes.saturating_sub(done.bytes.len());
            self.synced = (done.seq, done.chain);
        }
        Ok(self.synced.0)
    }

    /// Leaves the open segment for good; one in which nothing was acknowledged is removed.
    fn abandon(&mut self) {
        let Some(open) = self.open.take() else { return };
        let trusted = open.trusted;
        drop(open);
        if !trusted && self.media.discard(self.segment).is_ok() {
            self.segment = self.segment.saturating_sub(1);
        }
    }
}

fn blobs(event: &Event) -> VecDeque<(String, Arc<str>)> {
    let body = event.body().filter(|b| b.is_blob());
    body.and_then(|b| Some((b.digest.clone(), b.text.clone()?))).into_iter().collect()
}
