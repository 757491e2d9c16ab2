//! A folder that is looked through whenever it changes, on a thread of its own. The kernel says when;
//! while nothing changes nothing is done.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;

use super::folder::words;
use super::follow::watch::Watch;

/// What a look came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// More of it waits to be looked at.
    More,
    /// Everything was seen.
    Done,
    /// Nobody wants to know any more.
    End,
}

/// Dropping it ends the thread.
#[derive(Debug)]
pub struct Tended {
    stop: Arc<AtomicBool>,
    bell: SyncSender<()>,
}

impl Tended {
    /// Looks now, and whenever the folder changes.
    ///
    /// # Errors
    /// When it can't be watched, or no thread can be made; in words.
    pub fn start(name: &str, folder: &Path, mut look: impl FnMut() -> Look + Send + 'static) -> Result<Self, String> {
        let watch = Watch::over(folder)?;
        let (stop, bell) = (Arc::new(AtomicBool::new(false)), watch.bell());
        let ended = Arc::clone(&stop);
        let tend = move || {
            while !ended.load(Ordering::Relaxed) {
                match look() {
                    Look::More => {}
                    Look::End => return,
                    Look::Done if !watch.wait(None) => return,
                    Look::Done => {}
                }
            }
        };
        std::thread::Builder::new().name(name.into()).spawn(tend).map_err(|e| words(&e))?;
        Ok(Self { stop, bell })
    }
}

impl Drop for Tended {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _it_is_awake_already = self.bell.try_send(());
    }
}
