//! A follower's voice: what they say to the lead, cleaned, masked, counted and signed with their key,
//! and left in the lead's inbox.

use std::sync::Arc;

use chrono::Utc;
use rustix::fs::{Access, AtFlags, CWD};
use tokio::sync::mpsc::Sender;

use super::super::config::Config;
use super::super::folder::Folder;
use super::super::guests::Guest;
use super::super::{identity, inbox};
use crate::journal::peer::{MOST_TEXT, Message, PeerRole, Saying};
use crate::journal::seal::{PublicKey, Signer};
use crate::session::Session;

/// The way to the lead.
#[derive(Debug)]
enum Way {
    /// The session's folder on this host.
    Folder(Folder),
    /// A wire, by whatever holds its other end.
    Wire(Sender<Message>),
}

/// How one speaks to the lead of a session.
#[derive(Debug)]
pub struct Voice {
    way: Way,
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
        Self::by(Way::Folder(folder), config)
    }

    /// A voice over a wire; `None` for whoever may only look. Whether the lead takes it is theirs to say.
    pub fn over_wire(to: Sender<Message>, config: &Config) -> Option<Self> {
        Self::by(Way::Wire(to), config)
    }

    fn by(way: Way, config: &Config) -> Option<Self> {
        let role = identity::own_role(config);
        role.speaks().then(|| {
            let (name, config) = (config.name.clone(), config.clone());
            Self { way, name, role, signer: None, config, last: 0 }
        })
    }

    /// The voice of a guest, with the key they speak with and what they may do; `None` for whoever may
    /// only look.
    pub fn of_guest(folder: Folder, config: &Config, guest: &Guest, signer: Arc<Signer>) -> Option<Self> {
        let (name, role) = (guest.name.clone(), guest.role);
        role.speaks().then(|| Self {
            way: Way::Folder(folder),
            name,
            role,
            signer: Some(signer),
            config: config.clone(),
            last: 0,
        })
    }

    /// What `people.toml` lets this person do.
    pub fn role(&self) -> PeerRole {
        self.role
    }

    /// Their key, where they have one by now.
    pub fn key(&self) -> Option<PublicKey> {
        self.signer.as_ref().map(|s| s.public()).or_else(|| identity::own_key(&self.config))
    }

    /// Who speaks.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Says it. The key is made when something is said for the first time.
    ///
    /// # Errors
    /// Why it could not be said, in words.
    pub fn say(&mut self, session: &Session, saying: Saying) -> Result<u64, String> {
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
        let waiting = match &self.way {
            Way::Folder(folder) => inbox::waiting(folder, &signer.public()),
            Way::Wire(_) => 0,
        };
        let count = heard.max(self.last).max(waiting) + 1;
        let message = Message::sign(&signer, &session.id, count, Utc::now(), &saying);
        match &self.way {
            Way::Folder(folder) => inbox::leave(folder, &message)?,
            Way::Wire(to) => to.try_send(message).map_err(|_| "too much waits to be sent already")?,
        }
        self.last = count;
        Ok(count)
    }
}
