//! The lock: one writer per session. The kernel lets go of it when the process ends, however it ends.

use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};

use super::folder::{Folder, fault};
use crate::fault::Fault;

const NAME: &str = "lock";

/// Held while a session is open for writing.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why a lock was not taken.
#[derive(Debug)]
pub enum NotTaken {
    /// Nothing can be written there: the session may still be looked at.
    ReadOnly(Fault),
    /// Another process holds it, or the place is out of order.
    Refused(Fault),
}

impl NotTaken {
    /// What a person reads.
    pub fn fault(self) -> Fault {
        match self {
            Self::ReadOnly(fault) | Self::Refused(fault) => fault,
        }
    }
}

impl Lock {
    /// Takes the session's lock; where another process holds it, the fault says who and what to do instead.
    pub fn take(folder: &Folder, id: &str) -> Result<Self, NotTaken> {
        let mut file = folder.write_or_create(NAME).map_err(|e| {
            let said = fault("lock", folder.path(), &e);
            match e.kind() {
                ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => NotTaken::ReadOnly(said),
                _ => NotTaken::Refused(said),
            }
        })?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(NotTaken::Refused(held(&mut file, id))),
            Err(TryLockError::Error(e)) => return Err(NotTaken::Refused(fault("lock", folder.path(), &e))),
        }
        // Who holds it is a courtesy for the message above: a full disk does not stand in the way.
        let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
        Ok(Self { _file: file })
    }
}

/// Whether a process holds the session's lock, by the kernel's table: to ask the lock itself would take
/// it for a moment, and could turn away who comes to write. `None` where that can't be known.
pub fn is_held(folder: &Folder) -> Option<bool> {
    use std::os::unix::fs::MetadataExt;
    let Ok(file) = folder.read(NAME) else { return Some(false) };
    let inode = file.metadata().ok()?.ino().to_string();
    let mut table = String::new();
    File::open("/proc/locks").ok()?.take(MOST_LOCKS).read_to_string(&mut table).ok()?;
    Some(held_in(&table, &inode))
}

/// Bytes of the kernel's table that are read.
const MOST_LOCKS: u64 = 4 * 1024 * 1024;

fn held_in(table: &str, inode: &str) -> bool {
    table.lines().any(|line| {
        let mut words = line.split_whitespace().skip_while(|w| *w != "FLOCK");
        let flock = words.next().is_some();
        let place = words.find(|w| w.split(':').count() == 3);
        flock && place.and_then(|p| p.rsplit(':').next()) == Some(inode)
    })
}

fn held(file: &mut File, id: &str) -> Fault {
    let mut pid = String::new();
    let _ = file.rewind().and_then(|()| file.take(32).read_to_string(&mut pid));
    let pid: String = pid.chars().filter(char::is_ascii_digit).collect();
    let who = if pid.is_empty() { String::new() } else { format!(" (process {pid})") };
    Fault::environment(
        format!("session {id} is open in another hotwash{who}"),
        format!("watch it live with `hotwash follow {id}`; it can go on here once the other is closed"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_table_says_whether_the_lock_is_held() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        assert_eq!(is_held(&folder), Some(false));
        let lock = Lock::take(&folder, "x").unwrap();
        assert_ne!(is_held(&folder), Some(false));
        drop(lock);
        assert_eq!(is_held(&folder), Some(false));
    }
}
