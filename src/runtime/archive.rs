//! A session as one file, to be looked at elsewhere: a plain tar with the journal's segments and blobs
//! (`tar tf` lists it). What is imported is proven by its chain before it has a place, and can only be
//! looked at: two places that go on with one session would be two sessions.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use chrono::Utc;
use serde::{Deserialize, Serialize};

use super::folder::{Folder, fault};
use super::segments::{BLOBS, segment_number};
use super::store::{IMPORTED, SESSIONS, Store};
use super::tar::{self, Entry};
use crate::fault::Fault;
use crate::journal::{Segment, Verification};

/// The first file of an archive: what it claims to be.
const LABEL: &str = "archive.json";
/// Where an import stands until it is proven.
const ARRIVING: &str = "arriving";
/// The most bytes that an import takes in.
const MOST_BYTES: u64 = 4 * 1024 * 1024 * 1024;
/// The most files.
const MOST_FILES: usize = 100_000;

#[derive(Serialize, Deserialize)]
struct Label {
    /// The archive's format.
    format: u32,
    session: String,
    records: u64,
    /// The chain at the last record.
    head: String,
}

/// Writes a saved session into one file of mode 0600, whole or not at all; what was archived.
///
/// # Errors
/// There is no such session, it does not hold, or the file can't be written.
pub fn archive(store: &Store, which: &str, to: &Path) -> Result<Verification, Fault> {
    let loaded = store.load(which)?;
    let verified = store.verify(which)?;
    // A write that is going on this moment is no damage: what is whole is archived.
    if verified.damage.iter().any(|d| !d.to_string().contains("cut off")) || !verified.beside.is_empty() {
        let what = format!("session {} does not hold: an archive of it could not be proven", loaded.id);
        return Err(Fault::input(what, "`hotwash verify` says what is wrong; its folder can be copied as it is"));
    }
    let failed = |e: io::Error| Fault { hint: "name another file with --out".into(), ..fault("write", to, &e) };
    let folder = Folder::open(&loaded.path).map_err(failed)?;
    let beside = to.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".hotwash-").tempfile_in(beside).map_err(failed)?;
    let label =
        Label { format: 1, session: loaded.id.clone(), records: verified.records, head: verified.head.to_string() };
    // strings and numbers always serialise
    let label = serde_json::to_vec(&label).unwrap_or_default();
    fill(&folder, &loaded.id, &label, file.as_file_mut()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(to).map_err(|e| failed(e.error))?;
    if let Ok(dir) = File::open(beside) {
        // The name is there; that it lasts is the most that can be asked for.
        let _ = dir.sync_all();
    }
    Ok(verified)
}

fn fill(folder: &Folder, id: &str, label: &[u8], mut out: &mut File) -> io::Result<()> {
    tar::put(&mut out, &format!("{id}/{LABEL}"), label.len() as u64, &mut &*label)?;
    let names = folder.names()?;
    for name in names.iter().filter(|n| segment_number(n).is_some()) {
        let mut bytes = Vec::new();
        folder.read(name)?.read_to_end(&mut bytes)?;
        if let Ok(segment) = Segment::read(bytes.as_slice())? {
            bytes.truncate(usize::try_from(segment.good).unwrap_or(usize::MAX));
        }
        tar::put(&mut out, &format!("{id}/{name}"), bytes.len() as u64, &mut bytes.as_slice())?;
    }
    if names.iter().any(|n| n == BLOBS) {
        let blobs = folder.child(BLOBS)?;
        for name in blobs.names()?.iter().filter(|n| is_digest(n)) {
            let size = blobs.size(name).unwrap_or(0);
            tar::put(&mut out, &format!("{id}/{BLOBS}/{name}"), size, &mut blobs.read(name)?)?;
        }
    }
    tar::end(&mut out)
}

fn is_digest(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Takes an archive in, proves it by its chain, and puts it among the sessions, to be looked at only.
///
/// # Errors
/// It is no archive of ours, it does not hold, it is here already, or it can't be written. Nothing of
/// it stays then.
pub fn import(store: &Store, from: &Path) -> Result<Verification, Fault> {
    let file = File::open(from).map_err(|e| {
        Fault::input(format!("cannot read {}: {}", from.display(), super::folder::words(&e)), "name an archive")
    })?;
    let home = Folder::open_or_make(store.home()).map_err(|e| fault("open", store.home(), &e))?;
    let arriving = home.child_or_make(ARRIVING).map_err(|e| fault("make", &store.home().join(ARRIVING), &e))?;
    let name = uuid::Uuid::now_v7().to_string();
    let path = arriving.path().join(&name);
    let taken = arriving
        .child_or_make(&name)
        .map_err(|e| fault("make", &path, &e))
        .and_then(|folder| take_in(store, &folder, BufReader::new(file), from))
        .and_then(|(id, verified)| {
            let sessions = home.child_or_make(SESSIONS).map_err(|e| fault("make", &store.sessions_path(), &e))?;
            let moved = arriving.move_to(&name, &sessions, &id);
            moved.map(|()| verified).map_err(|e| match e.kind() {
                io::ErrorKind::AlreadyExists => {
                    Fault::input(format!("session {id} is here already"), format!("look at it: hotwash review {id}"))
                }
                _ => fault("put in place", &path, &e),
            })
        });
    if taken.is_err() {
        // Only what this import has made a moment ago.
        let _ = std::fs::remove_dir_all(&path);
    }
    taken
}

fn take_in(store: &Store, to: &Folder, mut from: impl Read, name: &Path) -> Result<(String, Verification), Fault> {
    let no = |why: String| {
        Fault::input(
            format!("{} is no archive that holds: {why}", name.display()),
            "name a file that `hotwash archive` wrote, or make it anew",
        )
    };
    let unreadable = |e: io::Error| no(super::folder::words(&e));
    let (mut label, mut left, mut files): (Option<Label>, u64, usize) = (None, MOST_BYTES, 0);
    while let Some(Entry { path, size }) = tar::next(&mut from).map_err(unreadable)? {
        files += 1;
        left = left.checked_sub(size).filter(|_| files <= MOST_FILES).ok_or_else(|| no("it is too large".into()))?;
        let (id, rest) = path.split_once('/').unwrap_or(("", ""));
        match &label {
            None if rest == LABEL && size < 64 * 1024 && uuid::Uuid::try_parse(id).is_ok() => {
                let mut text = Vec::new();
                tar::take(&mut from, size, &mut text).map_err(unreadable)?;
                let read: Label = serde_json::from_slice(&text).map_err(|e| no(e.to_string()))?;
                if read.format != 1 || read.session != id {
                    return Err(no(format!("its label names format {} and session {}", read.format, read.session)));
                }
                label = Some(read);
            }
            Some(l) if l.session == id => {
                let blob = rest.strip_prefix("blobs/").filter(|d| is_digest(d));
                let mut file = match blob {
                    Some(digest) => to.child_or_make(BLOBS).and_then(|b| b.create(digest)),
                    None if segment_number(rest).is_some() => to.create(rest),
                    None => return Err(no(format!("`{rest}` has no place in a session"))),
                }
                .map_err(unreadable)?;
                tar::take(&mut from, size, &mut file).and_then(|()| file.sync_all()).map_err(unreadable)?;
            }
            _ => return Err(no(format!("it begins with `{path}`"))),
        }
    }
    let label = label.ok_or_else(|| no("it is empty".into()))?;
    let verified = store.verify(&to.path().display().to_string())?;
    let same = verified.session == label.session && verified.head.to_string() == label.head;
    if !verified.holds() || !same || verified.records != label.records {
        let why = verified.damage.first().map(ToString::to_string).or_else(|| verified.beside.first().cloned());
        return Err(no(why.unwrap_or_else(|| "its chain does not end where its label says".into())));
    }
    let note = serde_json::json!({ "from": name.display().to_string(), "at": Utc::now(), "head": label.head });
    to.put(IMPORTED, format!("{note}\n").as_bytes()).map_err(unreadable)?;
    Ok((label.session, verified))
}
