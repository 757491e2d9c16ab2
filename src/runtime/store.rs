//! The store: the saved sessions under one home. It finds, creates, opens and loads them; what is in a
//! journal is the journal's business, and writing in time is [`super::persist`]'s.
//!
//! ```text
//! HOME/sessions/<uuid>/journal-0001.hw  journal-0002.hw …  blobs/<digest>  lock
//! ```

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::folder::{Folder, fault};
use super::lock::{Lock, NotTaken};
use super::segments::{SegmentFile, SessionFiles, free_name, noted_head, read_blob, segment_name, segment_number};
use crate::fault::Fault;
use crate::journal::format::HeaderFault;
use crate::journal::seal::Signer;
use crate::journal::writer::Resume;
use crate::journal::{Chain, Journal, Record, Segment, Tail, Verification, Writer};

/// The folder of sessions.
pub(super) const SESSIONS: &str = "sessions";
/// The folder of sessions that were deleted and can be taken back.
pub(super) const BIN: &str = "bin";
/// A file in the folder of a session that came from elsewhere: it is looked through, not gone on with.
pub(super) const IMPORTED: &str = "imported";
/// The most damaged places that are told when a session is opened.
const MOST_TOLD: usize = 10;

/// The saved sessions under one home.
#[derive(Debug, Clone)]
pub struct Store {
    home: PathBuf,
    signer: Option<Arc<Signer>>,
}

/// A session that this process may write to; nobody else can while it lives.
pub struct OpenSession {
    /// Its id.
    pub id: String,
    /// Its folder.
    pub path: PathBuf,
    /// The sequence of the next record.
    pub next_seq: u64,
    pub(super) writer: Writer<SessionFiles>,
    pub(super) _lock: Lock,
}

/// A session as read.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Its id.
    pub id: String,
    /// Its folder, or its file.
    pub path: PathBuf,
    /// Its records, blobs put back.
    pub records: Vec<Record>,
    /// What a person should know: a torn end, damage, missing blobs, unknown events.
    pub notices: Vec<String>,
    /// Why it can only be looked at, if so.
    pub read_only: Option<String>,
    /// Events that this version does not know.
    pub unknown: u64,
    /// The chain at the last record.
    pub head: Chain,
}

/// What opening came to.
pub enum Opened {
    /// It can go on.
    Writable(Box<OpenSession>, Loaded),
    /// It can be looked at; [`Loaded::read_only`] says why.
    ReadOnly(Loaded),
}

struct Found {
    folder: Folder,
    /// Set where one file was named, not a session.
    file: Option<String>,
}

/// The last segment's number, its length up to the last whole record, and the bytes behind that.
type LastSegment = (u32, u64, Vec<u8>);

struct Read {
    journal: Journal,
    last: Option<LastSegment>,
    headless: Option<u32>,
    notices: Vec<String>,
}

impl Store {
    /// The store under `home`; nothing is made before the first session.
    pub fn at(home: impl Into<PathBuf>) -> Self {
        Self { home: home.into(), signer: None }
    }

    /// The same store; whatever is written through it is sealed with this key.
    #[must_use]
    pub fn signed(self, signer: Option<Arc<Signer>>) -> Self {
        Self { signer, ..self }
    }

    /// The store of this environment.
    pub fn here() -> Result<Self, Fault> {
        super::places::Places::from_environment().map(|p| Self::at(p.data))
    }

    /// The data folder.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The folder that holds the sessions.
    pub fn sessions_path(&self) -> PathBuf {
        self.home.join(SESSIONS)
    }

    /// Makes a new session, locked for this process. Its first record is the caller's to append.
    pub fn create(&self) -> Result<OpenSession, Fault> {
        self.create_as(&uuid::Uuid::now_v7().to_string())
    }

    /// The same with a given id.
    pub fn create_as(&self, id: &str) -> Result<OpenSession, Fault> {
        let path = self.sessions_path().join(id);
        let make = || -> io::Result<Folder> {
            // A try that failed half-way may have made the folder: it is taken over while it holds no journal.
            let folder = Folder::open_or_make(&self.home)?.child_or_make(SESSIONS)?.child_or_make(id)?;
            match folder.names()?.iter().any(|n| segment_number(n).is_some()) {
                true => Err(io::ErrorKind::AlreadyExists.into()),
                false => Ok(folder),
            }
        };
        let folder = make().map_err(|e| fault("make the session's folder", &path, &e))?;
        let lock = Lock::take(&folder, id).map_err(NotTaken::fault)?;
        let writer = Writer::begin(SessionFiles::new(folder), id).signed(self.signer.clone());
        Ok(OpenSession { id: id.to_owned(), path, next_seq: 1, writer, _lock: lock })
    }

    /// Opens a session to go on with it: by id, by the beginning or the end of its id, or by path.
    pub fn open(&self, which: &str) -> Result<Opened, Fault> {
        let found = self.find(which)?;
        let name = found.folder.path().file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if found.folder.size(IMPORTED).is_some() {
            let mut loaded = load(&found)?;
            loaded.read_only.get_or_insert_with(|| "it was imported from an archive".into());
            return Ok(Opened::ReadOnly(loaded));
        }
        if found.file.is_some() {
            let mut loaded = load(&found)?;
            loaded.read_only.get_or_insert_with(|| "a single file is looked through, not gone on with".into());
            return Ok(Opened::ReadOnly(loaded));
        }
        // The lock comes first: what is read under it is what stands there.
        let lock = match Lock::take(&found.folder, &name) {
            Ok(lock) => lock,
            Err(NotTaken::ReadOnly(f)) => {
                let mut loaded = load(&found)?;
                loaded.read_only.get_or_insert(f.what);
                return Ok(Opened::ReadOnly(loaded));
            }
            Err(NotTaken::Refused(f)) => return Err(f),
        };
        let read = read(&found)?;
        let (seq, chain) = read.journal.head();
        let headless = read.headless;
        let (loaded, last) = finish(&found, read);
        if loaded.read_only.is_some() {
            return Ok(Opened::ReadOnly(loaded));
        }
        let path = found.folder.path().to_owned();
        let at = |e: io::Error| fault("open", &path, &e);
        if let Some(n) = headless {
            // A segment that was cut off within its first line holds nothing: it goes aside, and its number is free.
            let name = segment_name(n);
            found.folder.rename(&name, &free_name(&found.folder, &format!("{name}.torn"))).map_err(at)?;
        }
        let resume = match last {
            Some((segment, good, torn)) if headless.is_none() => {
                let medium =
                    found.folder.write(&segment_name(segment)).and_then(|f| SegmentFile::at(f, good)).map_err(at)?;
                Resume { session: loaded.id.clone(), segment, medium: Some(medium), good, torn, seq, chain }
            }
            last => {
                let segment = last.map_or(0, |(n, ..)| n);
                Resume { session: loaded.id.clone(), segment, medium: None, good: 0, torn: Vec::new(), seq, chain }
            }
        };
        let writer = Writer::resume(SessionFiles::new(found.folder), resume).signed(self.signer.clone());
        let session = OpenSession { id: loaded.id.clone(), path, next_seq: seq + 1, writer, _lock: lock };
        Ok(Opened::Writable(Box::new(session), loaded))
    }

    /// Reads a session without touching it; another process may be writing to it.
    pub fn load(&self, which: &str) -> Result<Loaded, Fault> {
        load(&self.find(which)?)
    }

    /// Checks a session's journal and blobs.
    pub fn verify(&self, which: &str) -> Result<Verification, Fault> {
        let found = self.find(which)?;
        let read = read(&found)?;
        let mut beside = read.notices;
        beside.extend(noted_head(&found.folder).filter(|_| found.file.is_none()).and_then(|(seq, chain)| {
            let entry = read.journal.entries.iter().find(|e| e.record.seq == seq);
            let held = entry.is_some_and(|e| e.chain.to_string() == chain);
            (!held)
                .then(|| format!("when it was closed, record {seq} was there with chain {chain}; it is not any more"))
        }));
        for entry in &read.journal.entries {
            if let Some(body) = entry.record.event.body().filter(|b| b.is_blob()) {
                beside.extend(read_blob(&found.folder, &body.digest, body.len).err());
            }
        }
        Ok(Verification::of(&read.journal, beside))
    }

    /// The chain of a session at a record; `None` where there is no such record.
    pub fn chain_at(&self, which: &str, seq: u64) -> Result<Option<Chain>, Fault> {
        let entries = read(&self.find(which)?)?.journal.entries;
        Ok(entries.iter().find(|e| e.record.seq == seq).map(|e| e.chain))
    }

    /// The record of a session at which its chain stood so; `None` where it never did.
    pub fn record_at(&self, which: &str, head: &str) -> Result<Option<u64>, Fault> {
        let entries = read(&self.find(which)?)?.journal.entries;
        Ok(entries.iter().find(|e| e.chain.to_string() == head).map(|e| e.record.seq))
    }

    /// The ids of all sessions, oldest first.
    pub fn ids(&self) -> Result<Vec<String>, Fault> {
        self.ids_in(SESSIONS)
    }

    /// The ids of what lies in a folder of the home, oldest first.
    pub(super) fn ids_in(&self, place: &str) -> Result<Vec<String>, Fault> {
        let path = self.home.join(place);
        let names = Folder::open(&path).and_then(|f| f.names());
        match names {
            Ok(names) => Ok(names.into_iter().filter(|n| uuid::Uuid::try_parse(n).is_ok()).collect()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(e) => Err(fault("read", &path, &e)),
        }
    }

    /// The folder of a session, and its id, for whoever only reads it.
    ///
    /// # Errors
    /// When there is no such session, or one file was named.
    pub fn folder_of(&self, which: &str) -> Result<(Folder, String), Fault> {
        let found = self.find(which)?;
        if found.file.is_some() {
            return Err(Fault::usage(
                "a single file does not grow",
                format!("look at it with `hotwash review {which}`"),
            ));
        }
        let id = found.folder.path().file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        Ok((found.folder, id))
    }

    fn find(&self, which: &str) -> Result<Found, Fault> {
        let wanted = which.to_ascii_lowercase();
        if wanted.len() >= 4 && wanted.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-') {
            let ids = self.ids()?;
            let begin: Vec<_> = ids.iter().filter(|id| id.starts_with(&wanted) || id.ends_with(&wanted)).collect();
            match begin.as_slice() {
                [] => {}
                [id] => {
                    let sessions = self.sessions_path();
                    let folder = Folder::open(&sessions).and_then(|f| f.child(id));
                    return Ok(Found {
                        folder: folder.map_err(|e| fault("open", &sessions.join(id), &e))?,
                        file: None,
                    });
                }
                many => {
                    let some: Vec<_> = many.iter().take(5).map(|s| s.as_str()).collect();
                    let what = format!("`{which}` fits {} sessions", many.len());
                    return Err(Fault::usage(what, format!("give more of the id: {}", some.join(", "))));
                }
            }
        }
        Self::find_path(Path::new(which))
    }

    fn find_path(path: &Path) -> Result<Found, Fault> {
        let missing = |e: &io::Error| {
            let what = format!("no session and no file `{}`: {}", path.display(), super::folder::words(e));
            Fault::input(what, "`hotwash list` shows the saved sessions")
        };
        let meta = std::fs::metadata(path).map_err(|e| missing(&e))?;
        if meta.is_dir() {
            let folder = Folder::open(path).map_err(|e| missing(&e))?;
            let names = folder.names().map_err(|e| missing(&e))?;
            if !names.iter().any(|n| segment_number(n).is_some()) {
                let what = format!("{} is a folder without a journal", path.display());
                return Err(Fault::input(what, "`hotwash list` shows the saved sessions"));
            }
            return Ok(Found { folder, file: None });
        }
        let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
        let folder = Folder::open(parent).map_err(|e| missing(&e))?;
        // A segment in its place stands for its session; any other file stands for itself.
        let file = (segment_number(&name) != Some(1)).then_some(name);
        Ok(Found { folder, file })
    }
}

fn load(found: &Found) -> Result<Loaded, Fault> {
    read(found).map(|read| finish(found, read).0)
}

fn read(found: &Found) -> Result<Read, Fault> {
    let folder = &found.folder;
    let named = match &found.file {
        Some(name) => vec![(1, name.clone())],
        None => {
            let names = folder.names().map_err(|e| fault("read", folder.path(), &e))?;
            names.into_iter().filter_map(|n| Some((segment_number(&n)?, n))).collect()
        }
    };
    let (mut segments, mut notices, mut headless) = (Vec::new(), Vec::new(), None);
    let mut last = None;
    let count = named.len();
    for (i, (number, name)) in named.into_iter().enumerate() {
        let path = folder.path().join(&name);
        let file = folder.read(&name).map_err(|e| fault("read", &path, &e))?;
        match Segment::read(file).map_err(|e| fault("read", &path, &e))? {
            Ok(segment) => {
                last = Some((number, segment.good, segment.torn.clone()));
                segments.push(segment);
            }
            Err(HeaderFault::Torn) if i + 1 == count => headless = Some(number),
            Err(HeaderFault::Torn | HeaderFault::Damaged) if count > 1 => {
                notices.push(format!("{name}: its first line is damaged; its records could not be read"));
            }
            Err(e @ HeaderFault::NewerMajor { .. }) => {
                let hint = "open it with the version of hotwash that wrote it, or a newer one";
                return Err(Fault::input(format!("cannot read {}: {e}", path.display()), hint));
            }
            Err(e) => return Err(Fault::input(format!("cannot read {}: {e}", path.display()), "")),
        }
    }
    let mut journal = Journal::join(segments);
    if journal.session.is_empty() {
        journal.session = folder.path().file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    }
    Ok(Read { journal, last, headless, notices })
}

fn finish(found: &Found, read: Read) -> (Loaded, Option<LastSegment>) {
    let Read { journal, last, mut notices, .. } = read;
    let head = journal.head().1;
    let unknown = journal.unknown();
    notices.extend(journal.damage.iter().take(MOST_TOLD).map(|d| format!("damaged: {d}")));
    if journal.damage.len() > MOST_TOLD {
        let more = journal.damage.len() - MOST_TOLD;
        notices.push(format!("damaged at {more} more places: `hotwash verify` lists them"));
    }
    if let Tail::Torn { bytes, .. } = journal.tail {
        notices.push(format!(
            "the last write was cut off: {bytes} bytes are no whole record, and are set aside before anything is added"
        ));
    }
    if unknown > 0 {
        notices.push(format!(
            "{unknown} event(s) are of a kind that this version does not know; they are kept, and not shown"
        ));
    }
    let read_only = journal.newer_minor.map(|(major, minor)| {
        format!("a newer version wrote it (format {major}.{minor}); this one can show it, not add to it")
    });
    let (id, mut records) = (journal.session, Vec::with_capacity(journal.entries.len()));
    for entry in journal.entries {
        let mut record = entry.record;
        if let Some(body) = record.event.body_mut().filter(|b| b.text.is_none()) {
            match read_blob(&found.folder, &body.digest, body.len) {
                Ok(text) => body.text = Some(text.into()),
                Err(what) => notices.push(format!("record {}: {what}", record.seq)),
            }
        }
        records.push(record);
    }
    let path = found.file.as_ref().map_or(found.folder.path().to_owned(), |f| found.folder.path().join(f));
    (Loaded { id, path, records, notices, read_only, unknown, head }, last)
}
