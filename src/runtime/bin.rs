//! The bin: a session that is deleted is moved there whole, and can be moved back. Nothing leaves it by
//! itself: it is emptied when a person types the phrase that says how much is erased, and of what was
//! shown to them alone.

use std::io;

use super::catalog;
use super::folder::{Folder, fault};
use super::lock::{Lock, NotTaken};
use super::store::{BIN, SESSIONS, Store};
use crate::fault::Fault;

/// Moves a saved session to the bin; its id. One that is open anywhere stays where it is.
///
/// # Errors
/// There is no such session, it is open, or the folder can't be moved.
pub fn delete(store: &Store, which: &str) -> Result<String, Fault> {
    let id = one_of(store, SESSIONS, which)?;
    let at = |e: std::io::Error| fault("delete", &store.home().join(SESSIONS).join(&id), &e);
    let home = Folder::open(store.home()).map_err(at)?;
    let sessions = home.child(SESSIONS).map_err(at)?;
    // Held while it is moved: whoever has it open keeps it.
    let _lock = Lock::take(&sessions.child(&id).map_err(at)?, &id).map_err(NotTaken::fault)?;
    sessions.move_to(&id, &home.child_or_make(BIN).map_err(at)?, &id).map_err(at)?;
    Ok(id)
}

/// Moves a session back from the bin; its id.
///
/// # Errors
/// There is no such session in the bin, or its place is taken.
pub fn restore(store: &Store, which: &str) -> Result<String, Fault> {
    let id = one_of(store, BIN, which)?;
    let at = |e: std::io::Error| fault("restore", &store.home().join(BIN).join(&id), &e);
    let home = Folder::open(store.home()).map_err(at)?;
    home.child(BIN).map_err(at)?.move_to(&id, &home.child_or_make(SESSIONS).map_err(at)?, &id).map_err(at)?;
    Ok(id)
}

/// The ids of what is in the bin.
///
/// # Errors
/// The bin is there and can't be read.
pub fn ids(store: &Store) -> Result<Vec<String>, Fault> {
    store.ids_in(BIN)
}

/// What erasing is called while it is under way: no id, so that half of a session is never listed.
const GOING: &str = "erasing-";
/// A session's folder has blobs in a folder of their own; nothing of ours lies deeper.
const DEEPEST: usize = 4;

/// Erases these sessions of the bin for good; the answer is how many. One that is no longer there (it was
/// taken back meanwhile) is left out; what an emptying that was cut off had left is taken away as well,
/// also where no session is named.
///
/// # Errors
/// One of them is open, or can't be moved or removed; those before it are gone.
pub fn empty(store: &Store, which: &[String]) -> Result<usize, Fault> {
    let path = store.home().join(BIN);
    let at = |e: io::Error| fault("empty", &path, &e);
    let home = Folder::open(store.home()).map_err(at)?;
    let bin = home.child_or_make(BIN).map_err(at)?;
    let there = store.ids_in(BIN)?;
    let set_aside = |id: &String| {
        let _lock = Lock::take(&bin.child(id).map_err(at)?, id).map_err(NotTaken::fault)?;
        bin.move_to(id, &bin, &format!("{GOING}{id}")).map_err(at)
    };
    let named: Vec<&String> = which.iter().filter(|id| there.contains(id)).collect();
    let mut moved = named.iter().map(|id| set_aside(id));
    let stopped = moved.by_ref().find_map(Result::err);
    for name in bin.names().map_err(at)?.iter().filter(|n| n.starts_with(GOING)) {
        bin.remove_whole(name, DEEPEST).map_err(at)?;
    }
    bin.sync().map_err(at)?;
    // Its words stood in the cache, too; that is made again from what is left.
    home.remove(catalog::FILE).map_err(at)?;
    stopped.map_or(Ok(named.len()), Err)
}

/// The one id in a folder that begins or ends as typed.
fn one_of(store: &Store, place: &str, typed: &str) -> Result<String, Fault> {
    let wanted = typed.to_ascii_lowercase();
    let mut fits = store.ids_in(place)?;
    fits.retain(|id| wanted.len() >= 4 && (id.starts_with(&wanted) || id.ends_with(&wanted)));
    let list = if place == BIN { "`hotwash list --bin` shows what is in the bin" } else { "`hotwash list` shows them" };
    match fits.as_slice() {
        [id] => Ok(id.clone()),
        [] => Err(Fault::input(format!("no session `{typed}` in {place}"), list)),
        many => {
            let some: Vec<&str> = many.iter().take(5).map(String::as_str).collect();
            let what = format!("`{typed}` fits {} sessions", many.len());
            Err(Fault::usage(what, format!("give more of the id: {}", some.join(", "))))
        }
    }
}
