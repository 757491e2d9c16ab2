//! A follower's voice: what they say to the lead, cleaned, masked, counted and signed with their key,
//! and left in the lead's inbox.

use std::sync::Arc;

use chrono::Utc;
use rustix::fs::{Access, AtFlags, CWD};

use super::super::config::Config;
use super::super::folder::Folder;
use super::super::{identity, inbox};
use crate::journal::peer::{MOST_TEXT, Message, PeerRole, Saying};
use crate::journal::seal::Signer;
use crate::session::Session;

/// How one speaks to the lead of a session on this host.
#[derive(Debug)]
pub struct Voice {
    folder: Folder,
    name: String,
    role: PeerRole,
    signer: Option<Arc<Signer>>,
    config: Config,
    /// The last message of this process; the journal may not have it yet.
    last: u64,
}

impl Voice {
    /// A voice where the session's folder may be written to; `None` for whoever may only look,
    /// by the folder's rights or by their role.
    pub fn over(folder: Folder, config: &Config) -> Option<Self> {
        rustix::fs::accessat(CWD, folder.path(), Access::WRITE_OK, AtFlags::EACCESS).ok()?;
        let role = identity::own_role(config);
        role.speaks().then(|| {
            let (name, config) = (config.name.clone(), config.clone());
            Self { folder, name, role, signer: None, config, last: 0 }
        })
    }

    /// What `people.toml` lets this person do.
    pub fn role(&self) -> PeerRole {
        self.role
    }

    /// Who speaks.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Says it. The key is made when something is said for the first time.
    ///
    /// # Errors
    /// Why it could not be said, in words.
    pub fn say(&mut self, session: &Session, saying: Saying) -> Result<(), String> {
        let signer = match &self.signer {
            Some(signer) => Arc::clone(signer),
            None => identity::signer(&self.config).map_err(|f| f.what)?,
        };
        self.signer = Some(Arc::clone(&signer));
        let saying = inbox::cleaned(saying);
        if saying.text().len() > MOST_TEXT {
            return Err(format!("it is longer than {MOST_TEXT} bytes"));
        }
        let heard = session.peers.get(&signer.public()).copied().unwrap_or(0);
        let waiting = inbox::waiting(&self.folder, &signer.public());
        let count = heard.max(self.last).max(waiting) + 1;
        inbox::leave(&self.folder, &Message::sign(&signer, &session.id, count, Utc::now(), &saying))?;
        self.last = count;
        Ok(())
    }
}
