//! Where the lead looks, put beside the journal for whoever follows on this host: one small file in the
//! session's folder, replaced whenever it changes. It is written on a thread of its own, only the newest
//! counts, nothing waits for the disk, and a failure is nobody's business: the journal is what lasts.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::folder::Folder;
use crate::app::{Desk, Standpoint};
use crate::intake;
use crate::journal::feed::Beside;

/// The file in the session's folder.
pub const VIEW: &str = "view";

#[derive(Debug, Default)]
struct Slot {
    newest: Option<(PathBuf, Standpoint)>,
    closed: bool,
    /// The last one could not be written: a new session's folder is made behind its first record.
    failed: bool,
}

#[derive(Debug, Default)]
struct Shared {
    slot: Mutex<Slot>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The near end.
#[derive(Debug)]
pub struct Publisher {
    shared: Arc<Shared>,
    last: Option<(PathBuf, Standpoint)>,
}

impl Publisher {
    /// Starts the thread; without one nothing is shared.
    pub fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let far = Arc::clone(&shared);
        let write = move || {
            while let Some((path, at)) = next(&far) {
                if put(&path, at).is_none() {
                    far.lock().failed = true;
                }
            }
        };
        let _without_a_thread_nothing_is_shared = std::thread::Builder::new().name("hotwash-view".into()).spawn(write);
        Self { shared, last: None }
    }

    /// Shares where the desk looks in the session in this folder, if that has changed.
    pub fn share(&mut self, folder: &std::path::Path, desk: &Desk) {
        let at = (folder.to_owned(), Standpoint::of(desk));
        let mut slot = self.shared.lock();
        if self.last.as_ref() == Some(&at) && !slot.failed {
            return;
        }
        slot.failed = false;
        slot.newest = Some(at.clone());
        drop(slot);
        self.shared.changed.notify_one();
        self.last = Some(at);
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_one();
    }
}

fn next(shared: &Shared) -> Option<(PathBuf, Standpoint)> {
    let mut slot = shared.lock();
    loop {
        if let Some(newest) = slot.newest.take() {
            return Some(newest);
        }
        if slot.closed {
            return None;
        }
        slot = shared.changed.wait(slot).unwrap_or_else(PoisonError::into_inner);
    }
}

/// What of a standpoint others may see: what somebody typed to search for is masked as everything that
/// is kept.
pub(super) fn shown(mut at: Standpoint) -> Option<serde_json::Value> {
    let mut mask = super::masking::fresh();
    at.search = at.search.map(|s| intake::admit(s.as_bytes(), &mut mask).text);
    serde_json::to_value(&at).ok()
}

fn put(folder: &std::path::Path, at: Standpoint) -> Option<()> {
    let line = Beside::View(shown(at)?).line()?;
    Folder::open(folder).ok()?.put_soon(VIEW, line.as_bytes()).ok()
}
