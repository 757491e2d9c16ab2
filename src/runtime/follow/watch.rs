//! Wakes a follower when something in a session's folder changes. The kernel says when; nothing polls.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};

/// A watch over one folder.
#[derive(Debug)]
pub struct Watch {
    _watcher: RecommendedWatcher,
    woken: Receiver<()>,
    bell: SyncSender<()>,
}

impl Watch {
    /// Watches the folder, not what is below it.
    ///
    /// # Errors
    /// When the kernel gives no watch, in words.
    pub fn over(folder: &Path) -> Result<Self, String> {
        // One ring waits at most: it stands for any number of changes.
        let (bell, woken) = sync_channel(1);
        let ring = bell.clone();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.as_ref().map_or(true, |e| matters(&e.kind)) {
                let _full_is_enough = ring.try_send(());
            }
        })
        .map_err(|e| e.to_string())?;
        watcher.watch(folder, RecursiveMode::NonRecursive).map_err(|e| e.to_string())?;
        Ok(Self { _watcher: watcher, woken, bell })
    }

    /// Rings by hand, from elsewhere.
    pub fn bell(&self) -> SyncSender<()> {
        self.bell.clone()
    }

    /// Waits until something changes; false when `longest` passed first.
    pub fn wait(&self, longest: Option<Duration>) -> bool {
        match longest {
            None => self.woken.recv().is_ok(),
            Some(longest) => !matches!(self.woken.recv_timeout(longest), Err(RecvTimeoutError::Timeout)),
        }
    }
}

/// What the follower's own reading causes must not wake it again.
fn matters(kind: &EventKind) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) => false,
        _ => true,
    }
}
