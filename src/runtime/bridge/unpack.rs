//! The packs of a session ([`super::pack`]) as whoever joins reads them: once, from the first record, as
//! far as they are proven. Where there are none, one is missing or one does not hold, it ends there, and
//! the records are read as they stand.

use std::collections::BTreeSet;
use std::time::Duration;

use async_nats::jetstream::consumer::pull::{Ordered, OrderedConfig};
use futures_util::StreamExt;
use tokio::time::timeout;

use super::link::Link;
use super::names::Names;
use super::pack::{AT, is_proven};
use super::parts::{HEAD, Head, Joiner, several};
use crate::journal::feed::Fed;
use crate::journal::format::Chain;
use crate::journal::seal::PublicKey;

/// Messages that the server may send ahead: a quarter of a mebibyte each.
const AHEAD: i64 = 4;

/// The packs of one session.
pub struct Packs {
    messages: Ordered,
    joiner: Joiner,
    session: String,
    /// The last message that was taken, and the last that there was.
    taken: u64,
    until: u64,
    behind: (u64, Chain),
    patience: Duration,
}

/// What one of them holds.
pub struct Pack {
    /// Its newest record.
    pub head: Head,
    /// Which message of the records' stream that is, as its lead said; 0: unknown.
    pub at: u64,
    /// The records' lines.
    pub lines: Vec<Fed>,
}

impl Packs {
    /// From the first record on; `None` where there are none.
    pub async fn open(link: &Link, names: &Names) -> Option<Self> {
        let stream = link.streams.get_stream(names.packs_stream()).await.ok()?;
        let state = &stream.cached_info().state;
        if state.messages == 0 {
            return None;
        }
        let config = OrderedConfig { max_batch: AHEAD, ..OrderedConfig::default() };
        let messages = stream.create_consumer(config).await.ok()?.messages().await.ok()?;
        Some(Self {
            messages,
            joiner: Joiner::default(),
            session: names.session().to_owned(),
            taken: 0,
            until: state.last_sequence,
            behind: (0, Chain::genesis(names.session())),
            patience: link.pace.answer,
        })
    }

    /// The next one; `None` behind the last that is proven.
    pub async fn next(&mut self, trusted: &BTreeSet<PublicKey>) -> Option<Pack> {
        while self.taken < self.until {
            let message = timeout(self.patience, self.messages.next()).await.ok()??.ok()?;
            self.taken = message.info().ok()?.stream_sequence;
            let headers = message.headers.as_ref()?;
            let head: Head = headers.get(HEAD)?.as_str().parse().ok()?;
            let at = headers.get(AT)?.as_str().parse().ok()?;
            let Some(bytes) = self.joiner.join(head, &message.payload).ok()? else { continue };
            let lines = several(&bytes)?;
            if !is_proven(&head, &lines, self.behind, &self.session, trusted) {
                return None;
            }
            self.behind = (head.seq, head.chain);
            return Some(Pack { head, at, lines });
        }
        None
    }
}
