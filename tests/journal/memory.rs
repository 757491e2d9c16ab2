//! A disk in memory that can be full, fail at a given call, and forget what was not synced.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::rc::Rc;

use hotwash::journal::{Journal, Media, Medium, Segment};

#[derive(Default, Clone)]
pub struct Content {
    pub bytes: Vec<u8>,
    pub synced: usize,
    /// Set by a failed sync: whatever was unsynced is gone with the next power loss, and a second
    /// sync of this file is the defect that the tests look for.
    pub sync_failed: bool,
}

#[derive(Default)]
pub struct State {
    pub segments: BTreeMap<u32, Content>,
    pub blobs: BTreeMap<String, Vec<u8>>,
    pub aside: Vec<Vec<u8>>,
    /// Bytes that still fit, if limited.
    pub room: Option<usize>,
    /// Counts calls; the call with this number fails so.
    pub calls: usize,
    pub fail: Option<(usize, io::ErrorKind)>,
    pub synced_after_failure: bool,
}

impl State {
    fn call(&mut self) -> io::Result<()> {
        self.calls += 1;
        match self.fail {
            Some((at, kind)) if at == self.calls => Err(io::Error::from(kind)),
            _ => Ok(()),
        }
    }

    /// What a reader finds now.
    pub fn journal(&self) -> Journal {
        Journal::join(self.segments.values().filter_map(|c| Segment::of(&c.bytes).ok()).collect())
    }

    /// The same after a power loss: only what was synced is there.
    pub fn after_power_loss(&self) -> Journal {
        let kept = self.segments.values().map(|c| c.bytes.get(..c.synced).unwrap());
        Journal::join(kept.filter_map(|b| Segment::of(b).ok()).collect())
    }
}

#[derive(Default, Clone)]
pub struct Disk(pub Rc<RefCell<State>>);

pub struct File(Rc<RefCell<State>>, u32);

impl Disk {
    pub fn open(&self, segment: u32) -> File {
        File(Rc::clone(&self.0), segment)
    }
}

impl Media for Disk {
    type Segment = File;

    fn create(&mut self, segment: u32) -> io::Result<File> {
        let mut state = self.0.borrow_mut();
        state.call()?;
        if state.segments.contains_key(&segment) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.segments.insert(segment, Content::default());
        Ok(File(Rc::clone(&self.0), segment))
    }

    fn discard(&mut self, segment: u32) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        state.call()?;
        state.segments.remove(&segment);
        Ok(())
    }

    fn blob(&mut self, digest: &str, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        state.call()?;
        state.blobs.insert(digest.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn set_aside(&mut self, _: u32, torn: &[u8]) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        state.call()?;
        state.aside.push(torn.to_vec());
        Ok(())
    }
}

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.0.borrow_mut();
        // A piece at a time, so that a failure tears a record.
        let mut take = bytes.len().min(100);
        state.call()?;
        if let Some(room) = &mut state.room {
            if *room == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            take = take.min(*room);
            *room -= take;
        }
        let content = state.segments.get_mut(&self.1).unwrap();
        content.bytes.extend_from_slice(bytes.get(..take).unwrap());
        Ok(take)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Medium for File {
    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        let called = state.call();
        let content = state.segments.get_mut(&self.1).unwrap();
        let again = content.sync_failed;
        if called.is_err() {
            content.sync_failed = true;
        } else {
            content.synced = content.bytes.len();
        }
        state.synced_after_failure |= again;
        called
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        state.call()?;
        let content = state.segments.get_mut(&self.1).unwrap();
        let freed = content.bytes.len() - len as usize;
        content.bytes.truncate(len as usize);
        content.synced = content.synced.min(len as usize);
        if let Some(room) = &mut state.room {
            *room += freed;
        }
        Ok(())
    }
}
