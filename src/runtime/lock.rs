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

fn held(file: &mut File, id: &str) -> Fault {
    let mut pid = String::new();
    let _ = file.rewind().and_then(|()| file.take(32).read_to_string(&mut pid));
    let pid: String = pid.chars().filter(char::is_ascii_digit).collect();
    let who = if pid.is_empty() { String::new() } else { format!(" (process {pid})") };
    Fault::environment(
        format!("session {id} is open in another hotwash{who}"),
        format!("look at what it holds so far with `hotwash review {id}`; it can go on here once the other is closed"),
    )
}
