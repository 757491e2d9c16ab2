//! The follower's side of presence: a signed word that they are here. By the session's files it is a
//! small file in the folder `present`, held open and locked while they follow; over a server the inlet
//! says it. Whoever may not write there is simply not listed.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use tokio::sync::watch;

use super::super::attendants::{ENDING, FOLDER, MOST};
use super::super::config::Config;
use super::super::folder::Folder;
use super::super::identity;
use crate::journal::attend::{Over, Standing};
use crate::journal::beacon::Beacon;
use crate::journal::seal::Signer;

/// Between two words of one follower.
const SPACING: Duration = Duration::from_secs(1);
/// How long leaving waits until a server was told.
const GOODBYE: Duration = Duration::from_millis(300);

/// A follower's presence; dropping it is leaving.
#[derive(Debug)]
pub enum Attending {
    /// In a session's folder.
    Folder(Held),
    /// Over a server, by whatever holds the other end.
    Wire(watch::Sender<bool>),
}

/// The file of one follower.
#[derive(Debug)]
pub struct Held {
    folder: Folder,
    session: String,
    signer: Arc<Signer>,
    standing: Standing,
    name: String,
    file: Option<File>,
    said: Instant,
    /// What is to be said of being in step, where it came too soon after the last word.
    in_step: Option<bool>,
}

/// The standing of somebody who begins to follow now.
pub fn begins(over: Over) -> Standing {
    Standing::new(uuid::Uuid::now_v7().simple().to_string(), Utc::now(), over)
}

impl Attending {
    /// Is here, with this person's own key.
    pub fn own(session_folder: &Folder, session: &str, config: &Config, over: Over) -> Option<Self> {
        // Whoever can't write there can't say it: then no key is made for it either.
        session_folder.child(FOLDER).ok()?;
        Self::with(session_folder, session, identity::signer(config).ok()?, over)
    }

    /// Is here, with this key; `None` where that can't be said.
    pub fn with(session_folder: &Folder, session: &str, signer: Arc<Signer>, over: Over) -> Option<Self> {
        let folder = session_folder.child(FOLDER).ok()?;
        if folder.names().ok()?.len() >= MOST {
            return None;
        }
        let standing = begins(over);
        let name = format!("{}-{}{ENDING}", signer.public().short(), standing.screen);
        let session = session.to_owned();
        let said = Instant::now();
        let mut held = Held { folder, session, signer, standing, name, file: None, said, in_step: None };
        held.put().then_some(Self::Folder(held))
    }

    /// Whether they have folded what there is; said when it changes, at once or when it is due.
    pub fn step(&mut self, in_step: bool) {
        if let Self::Folder(held) = self {
            held.in_step = Some(in_step);
        }
        self.say_due();
    }

    /// When what came too soon after the last word is to be said; `None` where all is said.
    pub fn due(&self) -> Option<Instant> {
        let Self::Folder(held) = self else { return None };
        let spacing = if held.standing.in_step.is_none() { Duration::ZERO } else { SPACING };
        (held.in_step != held.standing.in_step).then_some(held.said + spacing)
    }

    /// Says what is due by now.
    pub fn say_due(&mut self) {
        let is_due = self.due().is_some_and(|at| at <= Instant::now());
        if let (true, Self::Folder(held)) = (is_due, self) {
            held.standing.in_step = held.in_step;
            held.put();
        }
    }

    /// Leaves; over a server that is said first, at most so long.
    pub async fn leave(self) {
        if let Self::Wire(leave) = self {
            leave.send_replace(true);
            // Who is not told finds out by the silence.
            let _ = tokio::time::timeout(GOODBYE, leave.closed()).await;
        }
    }
}

impl Held {
    /// Puts the file in its place, locked before anybody sees it.
    fn put(&mut self) -> bool {
        let count = u64::try_from(Utc::now().timestamp_millis()).unwrap_or(0);
        let said = Beacon::sign(&self.signer, &self.session, count, &self.standing);
        let beside = format!(".{}", self.name);
        let put = || {
            let mut file = self.folder.create(&beside).ok()?;
            file.try_lock().ok()?;
            file.write_all(&said.bytes()?).ok()?;
            self.folder.replace(&beside, &self.name).ok()?;
            Some(file)
        };
        let Some(file) = put() else {
            let _ = self.folder.remove(&beside);
            return false;
        };
        // The one before is let go only now: there was always one that was held.
        (self.file, self.said) = (Some(file), Instant::now());
        true
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // Where it can't be removed it is not held any more: the lead's console removes it.
        let _ = self.folder.remove(&self.name);
    }
}
