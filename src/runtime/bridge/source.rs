//! A journal's files as what is sent of them: each saved record with the large text that belongs to it,
//! in order. It reads; whoever writes the journal is never waited for.

use std::collections::VecDeque;
use std::path::Path;

use super::parts::{Head, MOST};
use super::place::Hitch;
use crate::journal::event::Event;
use crate::journal::feed::{Beside, Fed};
use crate::journal::format::Chain;
use crate::journal::seal::{PublicKey, Seal};
use crate::runtime::folder::{Folder, words};
use crate::runtime::follow::raw::line;
use crate::runtime::follow::tail::Tail;

/// One record, ready to be sent.
#[derive(Debug)]
pub struct Item {
    /// Its place.
    pub head: Head,
    /// Its lines as they stand in the journal.
    pub bytes: Vec<u8>,
    /// Whose message it journals, and that message's count.
    pub said: Option<(PublicKey, u64)>,
}

/// Reads a journal's files as items.
#[derive(Debug)]
pub struct Source {
    tail: Tail,
    session: String,
    seq: u64,
    chain: Chain,
    text: Vec<u8>,
    queue: VecDeque<Item>,
}

impl Source {
    /// From the beginning of the journal in this folder.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn open(folder: &Path, session: &str) -> Result<Self, Hitch> {
        let folder = Folder::open(folder).map_err(|e| unread(&e))?;
        let (session, chain) = (session.to_owned(), Chain::genesis(session));
        Ok(Self { tail: Tail::new(folder), session, seq: 0, chain, text: Vec::new(), queue: VecDeque::new() })
    }

    /// The next item, where the files hold one.
    ///
    /// # Errors
    /// When the journal can't be read, or what follows can't be proven elsewhere.
    pub fn peek(&mut self) -> Result<Option<&Item>, Hitch> {
        let mut lines = Vec::new();
        while self.queue.is_empty() {
            let more = self.tail.read(&mut lines).map_err(|e| unread(&e))?;
            for fed in lines.drain(..) {
                self.sort_in(fed)?;
            }
            if !more {
                break;
            }
        }
        Ok(self.queue.front())
    }

    /// Takes the next item, where [`Self::peek`] has seen one.
    pub fn pop(&mut self) -> Option<Item> {
        self.queue.pop_front()
    }

    /// The session's id.
    pub fn session(&self) -> &str {
        &self.session
    }

    fn sort_in(&mut self, fed: Fed) -> Result<(), Hitch> {
        let arrived = match fed {
            Fed::Record(arrived) => arrived,
            Fed::Beside(Beside::Restart) => return Err(Hitch::Anew),
            Fed::Beside(Beside::Gap { seq, .. }) => {
                let why = format!("this journal is damaged before record {seq}: what follows can't be proven");
                return Err(Hitch::Refused(why));
            }
            blob @ Fed::Beside(Beside::Blob { .. }) => {
                self.text.extend(line(&blob));
                return Ok(());
            }
            Fed::Newer(what) => return Err(Hitch::Refused(what)),
            Fed::Header(_) | Fed::Unreadable(_) | Fed::Beside(_) => return Ok(()),
        };
        let seq = arrived.record.seq;
        if Seal::of(&self.session, &self.chain, &arrived.payload).is_none() {
            return Err(Hitch::Refused(format!("record {seq} is not signed: nobody elsewhere would take it")));
        }
        let mut bytes = std::mem::take(&mut self.text);
        let said = match &arrived.record.event {
            Event::PeerSaid { message } => Some((message.key, message.count)),
            _ => None,
        };
        let head = Head { seq, before: self.chain, chain: arrived.chain, part: 0, parts: 1 };
        bytes.extend(line(&Fed::Record(arrived)));
        if bytes.len() > MOST {
            return Err(Hitch::Refused(format!("record {seq} has {} bytes: more than can be shared", bytes.len())));
        }
        (self.seq, self.chain) = (seq, head.chain);
        self.queue.push_back(Item { head, bytes, said });
        Ok(())
    }
}

fn unread(e: &std::io::Error) -> Hitch {
    Hitch::Away(format!("the journal can't be read: {}", words(e)))
}
