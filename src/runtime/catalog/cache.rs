//! The cache's file: made 0600 beside the sessions, opened without following a link, and made anew
//! where it is of another version or can't be read.

use std::io;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Error, ErrorCode, OpenFlags};

use crate::fault::Fault;
use crate::runtime::folder::{Folder, fault};

/// The file's name in the data folder.
pub const FILE: &str = "history.cache";
/// What the tables look like; another number makes the cache anew.
const VERSION: i32 = 1;
/// How long another process that writes is waited for.
const PATIENCE: Duration = Duration::from_millis(400);

/// `text` holds one row per session, numbered as in `saved`. Names such as `order-svc` are one word,
/// and their parts stand in `parts`, so that `svc` finds them.
const TABLES: &str = "
    CREATE TABLE saved (
        no INTEGER PRIMARY KEY, place TEXT NOT NULL, id TEXT NOT NULL,
        folder INTEGER NOT NULL, segment TEXT NOT NULL, size INTEGER NOT NULL, changed INTEGER NOT NULL,
        row TEXT NOT NULL, past TEXT, UNIQUE (place, id)
    );
    CREATE VIRTUAL TABLE text USING fts5 (
        title, people, report, postmortem, commands, evidence, parts, tokenize = \"unicode61 tokenchars '-_.'\"
    );
";

/// The open cache.
#[derive(Debug)]
pub struct Cache {
    pub(super) connection: Connection,
    /// True when it was made just now: nothing is in it yet.
    pub is_new: bool,
}

impl Cache {
    /// Opens the cache under `home` and does `work` with it; a damaged one is thrown away, and the work
    /// is done once more with a new one.
    ///
    /// # Errors
    /// When there is no such folder, nothing can be written there, or another process holds it too long.
    pub fn with<T>(home: &Path, mut work: impl FnMut(&mut Self) -> Result<T, Error>) -> Result<T, Fault> {
        let folder = Folder::open(home).map_err(|e| fault("open", home, &e))?;
        for last in [false, true] {
            match open(&folder).and_then(|mut cache| work(&mut cache)) {
                Ok(done) => return Ok(done),
                Err(e) if !last && is_damaged(&e) => discard(&folder).map_err(|e| fault("renew", home, &e))?,
                Err(e) => return Err(said(home, &e)),
            }
        }
        Err(Fault::environment("the history's cache can't be used", ""))
    }
}

/// True for what making the file anew mends.
fn is_damaged(e: &Error) -> bool {
    match e {
        Error::SqliteFailure(inner, _) => matches!(
            inner.code,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::SchemaChanged | ErrorCode::Unknown
        ),
        Error::FromSqlConversionFailure(..) | Error::InvalidColumnType(..) | Error::IntegralValueOutOfRange(..) => true,
        _ => false,
    }
}

fn said(home: &Path, e: &Error) -> Fault {
    let busy = matches!(e, Error::SqliteFailure(i, _) if i.code == ErrorCode::DatabaseBusy);
    let hint = if busy { "another hotwash writes to it: try again" } else { "" };
    Fault::environment(format!("the history's cache {}: {e}", home.join(FILE).display()), hint)
}

fn open(folder: &Folder) -> Result<Cache, Error> {
    let missing = folder.size(FILE).is_none();
    if missing {
        // Made by us, so that it is 0600 from its first moment; SQLite gives its journal the same mode.
        folder.create(FILE).map_err(cannot_open)?;
    }
    folder.make_private(FILE).map_err(cannot_open)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    // The folder itself may be reached over links that the person made: only the last name is ours.
    let path = folder.path().canonicalize().map_err(cannot_open)?.join(FILE);
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.execute_batch("PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192;")?;
    let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == VERSION {
        return Ok(Cache { connection, is_new: false });
    }
    if version != 0 {
        let other = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
        return Err(Error::SqliteFailure(other, Some("of another version".into())));
    }
    connection.execute_batch(&format!("BEGIN IMMEDIATE;{TABLES}PRAGMA user_version = {VERSION};COMMIT;"))?;
    Ok(Cache { connection, is_new: true })
}

fn cannot_open(e: io::Error) -> Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN);
    Error::SqliteFailure(code, Some(crate::runtime::folder::words(&e)))
}

fn discard(folder: &Folder) -> io::Result<()> {
    folder.remove(&format!("{FILE}-journal"))?;
    folder.remove(FILE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn count(home: &Path) -> Result<i64, Fault> {
        Cache::with(home, |c| c.connection.query_row("SELECT count(*) FROM saved", [], |r| r.get(0)))
    }

    #[test]
    fn it_is_private_and_made_anew_where_it_is_damaged_or_of_another_version() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join(FILE);
        assert_eq!(count(home.path()), Ok(0));
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        for bytes in [&b"no database at all, but long enough to be looked at as one by its first page"[..], b"", b"x"] {
            std::fs::write(&file, bytes).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
            assert_eq!(count(home.path()), Ok(0), "{bytes:?}");
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        Cache::with(home.path(), |c| c.connection.execute_batch("PRAGMA user_version = 99")).unwrap();
        assert_eq!(count(home.path()), Ok(0));
    }

    #[test]
    fn a_link_in_its_place_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let other = home.path().join("other");
        std::fs::write(&other, "mine").unwrap();
        std::os::unix::fs::symlink(&other, home.path().join(FILE)).unwrap();
        assert!(count(home.path()).is_err());
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "mine");
        assert!(count(Path::new("/nonexistent")).is_err());
    }
}
