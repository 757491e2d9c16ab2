//! Bringing the cache up to date: what was changed since is read again, what is gone is forgotten.
//! A session that stands unchanged costs two looks at the folder.

use std::collections::HashMap;
use std::io;

use rusqlite::{Error, Transaction, params};

use super::cache::Cache;
use super::entry::{Entry, Texts, of_records};
use crate::runtime::folder::{Folder, words};
use crate::runtime::history::Row;
use crate::runtime::segments::segment_number;
use crate::runtime::store::{BIN, IMPORTED, SESSIONS, Store};

/// Where something is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say where")]
pub enum Place {
    Sessions,
    Bin,
    Documents,
}

impl Place {
    /// Its name in the cache; for the first two, its folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sessions => SESSIONS,
            Self::Bin => BIN,
            Self::Documents => "documents",
        }
    }
}

/// What tells that a session was not changed: its folder's time, its last segment, that one's size and
/// time (nanoseconds since 1970).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) folder: i64,
    pub(super) segment: String,
    pub(super) size: i64,
    pub(super) changed: i64,
}

/// How many sessions are written with one sync.
const BATCH: usize = 100;

/// Brings the cache up to date with the sessions and the bin; `told` hears how far that has come.
///
/// # Errors
/// The cache's.
pub fn bring_up_to_date(cache: &mut Cache, store: &Store, told: &mut dyn FnMut(usize, usize)) -> Result<(), Error> {
    let known = marks(cache)?;
    let (mut stale, mut kept): (Vec<(Place, String, Option<Mark>)>, usize) = (Vec::new(), 0);
    for place in [Place::Sessions, Place::Bin] {
        let Ok(folder) = Folder::open(&store.home().join(place.name())) else { continue };
        for id in store.ids_in(place.name()).unwrap_or_default() {
            let before = known.get(&(place.name().to_owned(), id.clone()));
            kept += usize::from(before.is_some());
            // A new segment changes the folder's time: then the mark differs, and its name is looked up.
            if before.is_none_or(|m| mark(&folder, &id, &m.segment).as_ref() != Some(m)) {
                let newest = newest_segment(&folder, &id).and_then(|segment| mark(&folder, &id, &segment));
                stale.push((place, id, newest));
            }
        }
    }
    let of = stale.len();
    for (n, batch) in stale.chunks(BATCH).enumerate() {
        told(n * BATCH, of);
        let transaction = cache.connection.transaction()?;
        for (place, id, mark) in batch {
            put(&transaction, *place, mark.as_ref(), &entry(store, *place, id))?;
        }
        transaction.commit()?;
    }
    if known.keys().filter(|(place, _)| place != Place::Documents.name()).count() > kept {
        forget_missing(cache, store)?;
    }
    Ok(())
}

pub(super) fn marks(cache: &Cache) -> Result<HashMap<(String, String), Mark>, Error> {
    let mut query = cache.connection.prepare("SELECT place, id, folder, segment, size, changed FROM saved")?;
    let rows = query.query_map([], |r| {
        let mark = Mark { folder: r.get(2)?, segment: r.get(3)?, size: r.get(4)?, changed: r.get(5)? };
        Ok(((r.get(0)?, r.get(1)?), mark))
    })?;
    rows.collect()
}

/// A session's mark with this as its last segment.
fn mark(sessions: &Folder, id: &str, segment: &str) -> Option<Mark> {
    let (_, folder) = sessions.look(id)?;
    let (size, changed) = sessions.look(&format!("{id}/{segment}")).filter(|_| !segment.is_empty())?;
    Some(Mark { folder, segment: segment.to_owned(), size: i64::try_from(size).ok()?, changed })
}

fn newest_segment(sessions: &Folder, id: &str) -> Option<String> {
    let names = sessions.child(id).ok()?.names().ok()?;
    names.into_iter().rfind(|n| segment_number(n).is_some())
}

/// A session as it is read now; one that can't be read is an entry with the reason.
fn entry(store: &Store, place: Place, id: &str) -> Entry {
    let path = store.home().join(place.name()).join(id);
    let mut row = Row { id: id.to_owned(), ..Row::default() };
    let look = || -> io::Result<(u64, bool)> {
        let folder = Folder::open(&path)?;
        Ok((crate::runtime::history::bytes(&folder)?, folder.size(IMPORTED).is_some()))
    };
    match look() {
        Ok((bytes, imported)) => (row.bytes, row.imported) = (bytes, imported),
        Err(e) => row.fault = Some(words(&e)),
    }
    match store.load(&path.display().to_string()) {
        Ok(loaded) => of_records(row, &loaded.records),
        Err(fault) => {
            row.fault.get_or_insert(fault.what);
            Entry { row, texts: Texts::default(), past: None }
        }
    }
}

pub(super) fn put(to: &Transaction<'_>, place: Place, mark: Option<&Mark>, entry: &Entry) -> Result<(), Error> {
    let Entry { row, texts, past } = entry;
    remove(to, place, &row.id)?;
    let none = Mark { folder: 0, segment: String::new(), size: 0, changed: 0 };
    let mark = mark.unwrap_or(&none);
    // a row and a past incident are strings, numbers and lists: they always serialise
    let row_json = serde_json::to_string(row).unwrap_or_default();
    let past_json = past.as_ref().map(|p| serde_json::to_string(p).unwrap_or_default());
    to.prepare(
        "INSERT INTO saved (place, id, folder, segment, size, changed, row, past) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![place.name(), row.id, mark.folder, mark.segment, mark.size, mark.changed, row_json, past_json])?;
    let Texts { title, people, report, postmortem, commands, evidence } = texts;
    to.prepare(
        "INSERT INTO text (rowid, title, people, report, postmortem, commands, evidence, parts)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        to.last_insert_rowid(),
        title,
        people,
        report,
        postmortem,
        commands,
        evidence,
        texts.parts()
    ])?;
    Ok(())
}

pub(super) fn remove(from: &Transaction<'_>, place: Place, id: &str) -> Result<(), Error> {
    from.prepare("DELETE FROM text WHERE rowid IN (SELECT no FROM saved WHERE place = ?1 AND id = ?2)")?
        .execute(params![place.name(), id])?;
    from.prepare("DELETE FROM saved WHERE place = ?1 AND id = ?2")?.execute(params![place.name(), id])?;
    Ok(())
}

fn forget_missing(cache: &mut Cache, store: &Store) -> Result<(), Error> {
    let known = marks(cache)?;
    let transaction = cache.connection.transaction()?;
    for place in [Place::Sessions, Place::Bin] {
        let there = store.ids_in(place.name()).unwrap_or_default();
        for (_, id) in known.keys().filter(|(p, id)| p == place.name() && there.binary_search(id).is_err()) {
            remove(&transaction, place, id)?;
        }
    }
    transaction.commit()
}
