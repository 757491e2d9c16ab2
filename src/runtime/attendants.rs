//! Who follows by the session's files: the lead's side. Each follower holds a small signed file open and
//! locked in the folder `present`; the kernel lets go of it however they end, and says so. Nobody has to
//! repeat that they are still there, and a file that nobody holds is removed.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc::Sender;

use super::folder::{Folder, words};
use super::tended::{Look, Tended};
use crate::app::Input;
use crate::app::present::{Attendant, Door};
use crate::journal::attend::{MOST as LONGEST, Standing};
use crate::journal::beacon::Beacon;

/// The folder in the session's folder.
pub const FOLDER: &str = "present";
/// What the name of a follower's file ends with.
pub const ENDING: &str = ".here";
/// Files that are looked at; whoever follows makes no more.
pub const MOST: usize = 256;
/// Between two looks: a burst of changes is one.
const SPACING: Duration = Duration::from_millis(100);

/// Makes the folder where it is missing, and says who is there whenever that changes.
///
/// # Errors
/// When it can't be made or watched, in words.
pub fn tend(session_folder: &Path, session: &str, to: Sender<Input>) -> Result<Tended, String> {
    let folder = Folder::open(session_folder).and_then(|f| f.child_or_make(FOLDER)).map_err(|e| words(&e))?;
    let (path, session) = (folder.path().to_owned(), session.to_owned());
    let mut last: Option<Vec<Attendant>> = None;
    Tended::start("hotwash-present", &path, move || {
        let all = here(&folder, &session);
        if last.as_ref() != Some(&all) {
            last = Some(all.clone());
            if to.blocking_send(Input::Attending { door: Door::Folder, all }).is_err() {
                return Look::End;
            }
        }
        std::thread::sleep(SPACING);
        Look::Done
    })
}

/// Everybody whose file is held, in the order of their names.
pub fn here(folder: &Folder, session: &str) -> Vec<Attendant> {
    let mut names = folder.names().unwrap_or_default();
    names.retain(|n| n.ends_with(ENDING) && !n.starts_with('.'));
    names.truncate(MOST);
    names.iter().filter_map(|name| one(folder, name, session)).collect()
}

fn one(folder: &Folder, name: &str, session: &str) -> Option<Attendant> {
    let mut file = folder.read(name).ok()?;
    if file.try_lock_shared().is_ok() {
        // Nobody holds it: whoever made it has ended without a word. Or they have put a newer one in its
        // place, which is always there before the older one is let go.
        let inode = |file: File| file.metadata().ok().map(|m| (m.dev(), m.ino()));
        if folder.read(name).ok().and_then(inode) == inode(file) {
            let _ = folder.remove(name);
        }
        return None;
    }
    let mut bytes = Vec::new();
    (&mut file).take(LONGEST as u64 + 1).read_to_end(&mut bytes).ok()?;
    let (said, standing) = Beacon::read::<Standing>(&bytes, session)?;
    standing.here.then_some(Attendant { key: said.key, standing })
}
