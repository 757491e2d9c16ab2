//! What others on the bridge said, as the lead's journal has it. It adds notes, votes and proposals, and
//! touches neither runs nor approvals nor judgements: those are the lead's.

use chrono::{DateTime, Utc};

use super::{Note, Session};
use crate::domain::Verdict;
use crate::journal::Record;
use crate::journal::event::{Author, Event, NoteKind};
use crate::journal::peer::{Message, Saying};
use crate::journal::seal::PublicKey;

/// How somebody would judge a hypothesis.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Vote {
    pub hypothesis: String,
    pub verdict: Verdict,
    pub reason: String,
    pub by: Author,
    pub at: DateTime<Utc>,
}

/// A check that somebody proposed.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct ProposedCheck {
    pub text: String,
    pub by: Author,
    pub at: DateTime<Utc>,
}

/// The lead, offered to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// To whom.
    pub to: PublicKey,
    /// What they are called.
    pub name: String,
    /// By whom.
    pub by: Author,
}

impl Session {
    /// Folds what a peer said.
    pub(super) fn hear_peer(&mut self, record: &Record) {
        let Event::PeerSaid { message } = &record.event else { return };
        let last = self.peers.entry(message.key).or_default();
        *last = message.count.max(*last);
        let (by, at) = (record.by.clone(), record.at);
        match message.saying() {
            None => self.unknown_events += 1,
            Some(Saying::Note { kind, text }) => self.notes.push(Note { kind, text, by, at, seq: record.seq }),
            Some(Saying::Vote { hypothesis, verdict, reason }) => {
                // One vote each: the last one counts.
                self.votes.retain(|v| v.by != by || v.hypothesis != hypothesis);
                self.votes.push(Vote { hypothesis, verdict, reason, by, at });
            }
            Some(Saying::AnswerLead { takes, text }) => {
                if self.offered.take_if(|offer| offer.to == message.key).is_some() {
                    self.passed = takes.then_some(message.key);
                    self.notes.push(Note { kind: NoteKind::Role, text, by, at, seq: record.seq });
                }
            }
            Some(Saying::ProposeCheck { text }) => self.proposed.push(ProposedCheck { text, by, at }),
        }
    }

    /// True for a message whose count was not heard yet.
    pub fn is_new(&self, message: &Message) -> bool {
        message.count > self.peers.get(&message.key).copied().unwrap_or(0)
    }
}
