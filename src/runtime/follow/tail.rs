//! The tail of a session's journal while somebody else writes to it: what was added since the last look,
//! across segments, cut anywhere. It never locks, repairs or writes.
//!
//! A line that is not whole is read again from its beginning at the next look: its bytes may be set
//! aside and others written in their place.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;

use super::super::folder::Folder;
use super::super::segments::{read_blob, segment_name, segment_number};
use crate::journal::course::{Course, Fit, missing, unchained};
use crate::journal::feed::{Arrived, Beside, Fed, pieces};
use crate::journal::format::MAX_HEADER;
use crate::journal::{Feed, Header};

/// Bytes that one read takes.
const READ: usize = 128 * 1024;

/// Where a reader stands in a session's files.
#[derive(Debug)]
pub struct Tail {
    folder: Folder,
    file: Option<File>,
    segment: u32,
    /// The last record of this segment that no later one supersedes.
    until: u64,
    /// Where this feed began in the segment, and how many bytes it was given.
    base: u64,
    pushed: u64,
    feed: Feed,
    course: Course,
    buffer: Vec<u8>,
}

impl Tail {
    /// A reader at the beginning of the journal in this folder.
    pub fn new(folder: Folder) -> Self {
        Self {
            folder,
            file: None,
            segment: 0,
            until: u64::MAX,
            base: 0,
            pushed: 0,
            feed: Feed::default(),
            course: Course::default(),
            buffer: vec![0; READ],
        }
    }

    /// The session's folder.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Puts what was added into `out`; true where there is more to be read at once.
    ///
    /// # Errors
    /// When the folder or a segment can't be read.
    pub fn read(&mut self, out: &mut Vec<Fed>) -> io::Result<bool> {
        // The next segment is looked for first: once it is there, nothing is added to this one.
        let next = self.next_segment()?;
        let Some(file) = &mut self.file else { return self.open(next) };
        let meta = file.metadata()?;
        if meta.nlink() == 0 || meta.len() < self.base + self.feed.good() {
            // A write that failed was taken back, with lines in it that were read already.
            self.restart(out);
            return Ok(true);
        }
        file.seek(SeekFrom::Start(self.base + self.pushed))?;
        let n = file.read(&mut self.buffer)?;
        if n > 0 {
            self.pushed += n as u64;
            self.feed.push(self.buffer.get(..n).unwrap_or_default());
            self.drain(out);
            return Ok(true);
        }
        self.base += self.feed.good();
        (self.feed, self.pushed) = (Feed::default(), 0);
        match next {
            Some(_) => self.open(next),
            None => Ok(false),
        }
    }

    fn drain(&mut self, out: &mut Vec<Fed>) {
        while let Some(fed) = self.feed.next() {
            if !self.pass(fed, out) {
                return self.restart(out);
            }
        }
    }

    fn next_segment(&self) -> io::Result<Option<u32>> {
        if self.file.is_some() {
            return Ok(Some(self.segment + 1).filter(|n| self.folder.size(&segment_name(*n)).is_some()));
        }
        Ok(self.folder.names()?.iter().filter_map(|n| segment_number(n)).find(|n| *n > self.segment))
    }

    fn open(&mut self, segment: Option<u32>) -> io::Result<bool> {
        let Some(segment) = segment else { return Ok(false) };
        self.file = Some(self.folder.read(&segment_name(segment))?);
        self.segment = segment;
        (self.base, self.pushed, self.feed) = (0, 0, Feed::default());
        let later = self.folder.names()?.into_iter().filter(|n| segment_number(n).is_some_and(|n| n > segment));
        self.until = later.filter_map(|name| self.link(&name)).min().unwrap_or(u64::MAX);
        Ok(true)
    }

    /// After which record a segment goes on.
    fn link(&self, name: &str) -> Option<u64> {
        let mut first = Vec::new();
        self.folder.read(name).ok()?.take(MAX_HEADER as u64).read_to_end(&mut first).ok()?;
        Header::parse(&first).ok().map(|(header, _)| header.after)
    }

    fn restart(&mut self, out: &mut Vec<Fed>) {
        out.push(Fed::Beside(Beside::Restart));
        (self.file, self.segment, self.until) = (None, 0, u64::MAX);
        (self.base, self.pushed, self.feed, self.course) = (0, 0, Feed::default(), Course::default());
    }

    /// One line into `out`; false where what was read before is superseded.
    fn pass(&mut self, fed: Fed, out: &mut Vec<Fed>) -> bool {
        match fed {
            Fed::Record(arrived) => return self.pass_record(arrived, out),
            Fed::Header(header) => {
                self.course.take(Fed::Header(header.clone()));
                out.push(Fed::Header(header));
            }
            // What belongs beside the records never stands in the journal itself.
            Fed::Beside(beside) => out.push(Fed::Unreadable(beside.line().map_or(0, |l| l.len() as u64))),
            other => out.push(other),
        }
        true
    }

    fn pass_record(&mut self, arrived: Box<Arrived>, out: &mut Vec<Fed>) -> bool {
        let seq = arrived.record.seq;
        if seq > self.until {
            return true;
        }
        let what = match self.course.judge(&arrived) {
            Fit::Next => None,
            Fit::Again | Fit::Old => return true,
            Fit::Superseded => return false,
            Fit::Missing { from, to } => Some(missing(from, to)),
            Fit::Unchained => Some(unchained(seq)),
        };
        if let Some(what) = what {
            // The lead's own reader reads on behind damage, and names it: so does whoever follows.
            let gap = Beside::Gap { seq, chain: String::new(), what };
            self.course.take(Fed::Beside(gap.clone()));
            out.push(Fed::Beside(gap));
        }
        if let Some(body) = arrived.record.event.body().filter(|b| b.text.is_none())
            && let Ok(text) = read_blob(&self.folder, &body.digest, body.len)
        {
            out.extend(pieces(&body.digest, &text).map(Fed::Beside));
        }
        self.course.advance(&arrived);
        out.push(Fed::Record(arrived));
        true
    }
}
