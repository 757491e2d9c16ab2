//! What others say to the lead over a server: checked here as what lies in the inbox is, and answered
//! with the reason where it is not taken. What passes goes to the console, which decides by itself; it
//! is answered once it stands in the saved journal. There is no other way from here to the console.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_nats::Subject;
use futures_util::StreamExt;
use tokio::sync::mpsc::{Receiver, Sender};
use tokio::sync::watch;
use tokio::time::Instant;

use super::link::Link;
use super::names::Names;
use crate::app::Input;
use crate::journal::feed::Refusal;
use crate::journal::peer::{Message, Refused};
use crate::journal::seal::PublicKey;
use crate::runtime::identity::Speakers;
use crate::runtime::inbox;

/// The answer to what stands in the journal.
pub const TAKEN: &str = "+";
/// Messages that may wait for the journal.
const MOST_PENDING: usize = 512;
/// Between two times that the lead is told of messages that were not taken.
const QUIET: Duration = Duration::from_secs(1);

/// Who is heard, and where it goes.
#[derive(Debug)]
pub struct Voices {
    /// The session's names.
    pub names: Names,
    /// Who may say something.
    pub people: Arc<Speakers>,
    /// What the saved journal holds.
    pub heard: watch::Receiver<BTreeMap<PublicKey, u64>>,
    /// What the console did not take.
    pub refused: Receiver<Refusal>,
    /// The console.
    pub to: Sender<Input>,
}

struct Waiting {
    key: PublicKey,
    count: u64,
    reply: Option<Subject>,
}

impl Voices {
    /// Listens until the connection or the console is gone.
    pub async fn listen(mut self, link: Link) {
        let Ok(mut inbox) = link.client.subscribe(self.names.inboxes()).await else { return };
        let mut waiting: Vec<Waiting> = Vec::new();
        let mut refused: Option<(u64, Refused)> = None;
        let mut tell_at = Instant::now();
        loop {
            let told = async {
                match refused {
                    Some(_) => tokio::time::sleep_until(tell_at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                message = inbox.next() => {
                    let Some(message) = message else { return };
                    let answer = match self.checked(&message.subject, &message.payload, &waiting) {
                        Ok(_) if waiting.len() >= MOST_PENDING => Some("too many messages wait for the lead".to_owned()),
                        Ok(said) => {
                            let (key, count) = (said.key, said.count);
                            if self.to.send(Input::PeerSaid(Box::new(said))).await.is_err() {
                                return;
                            }
                            waiting.push(Waiting { key, count, reply: message.reply.clone() });
                            None
                        }
                        Err(why) => {
                            let text = why.to_string();
                            refused = Some((refused.map_or(1, |(n, _)| n + 1), why));
                            Some(text)
                        }
                    };
                    if let Some(answer) = answer {
                        reply(&link, message.reply, &answer).await;
                    }
                }
                changed = self.heard.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let heard = self.heard.borrow_and_update().clone();
                    let stands = |w: &Waiting| heard.get(&w.key).is_some_and(|count| *count >= w.count);
                    let (done, rest) = waiting.into_iter().partition::<Vec<_>, _>(stands);
                    waiting = rest;
                    for one in done {
                        reply(&link, one.reply, TAKEN).await;
                    }
                }
                Some(refusal) = self.refused.recv() => {
                    let to = |w: &Waiting| w.count == refusal.count && w.key.short() == refusal.to;
                    if let Some(at) = waiting.iter().position(to) {
                        reply(&link, waiting.swap_remove(at).reply, &refusal.why).await;
                    }
                }
                () = told => {
                    tell_at = Instant::now() + QUIET;
                    if let Some((count, why)) = refused.take() {
                        // A full channel: the console is busy, and the next one says as much.
                        let _ = self.to.try_send(Input::PeersRefused { count, why });
                    }
                }
            }
        }
    }

    fn checked(&self, subject: &str, bytes: &[u8], waiting: &[Waiting]) -> Result<Message, Refused> {
        let message = inbox::checked(bytes, self.names.session())?;
        // Where a server lets each person use their own subject only, nobody speaks on another's.
        if self.names.inbox(&message.key) != subject {
            return Err(Refused::Elsewhere);
        }
        let Some((name, role)) = self.people.get(&message.key) else { return Err(Refused::Unknown(message.key)) };
        if !role.speaks() {
            return Err(Refused::MayOnlyLook(name.clone()));
        }
        let journaled = self.heard.borrow().get(&message.key).copied().unwrap_or(0);
        let on_its_way = waiting.iter().filter(|w| w.key == message.key).map(|w| w.count).max().unwrap_or(0);
        if message.count <= journaled.max(on_its_way) {
            return Err(Refused::CameAgain(name.clone()));
        }
        Ok(message)
    }
}

async fn reply(link: &Link, to: Option<Subject>, text: &str) {
    if let Some(to) = to {
        // Nobody waits for it any more, or the connection is gone: the journal says what was taken.
        let _ = link.client.publish(to, text.to_owned().into()).await;
    }
}
