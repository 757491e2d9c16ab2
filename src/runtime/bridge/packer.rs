//! The lead's packs: once a session is long, what the server has of it is put there a second time, many
//! records to a message ([`super::pack`]). It runs beside the sending and never before it: what fails
//! here is tried again later, and costs whoever joins time and nothing else.

use std::path::PathBuf;

use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Info, RawMessageErrorKind, Stream};
use tokio::sync::watch;
use tokio::time::sleep;

use super::link::{Link, reason};
use super::names::Names;
use super::pack::{self, AT, EACH, FROM, Marks};
use super::parts::{HEAD, Head, cut, part_of};
use super::place::{Hitch, present};
use super::source::Source;
use crate::runtime::bridge_settings::BridgeSettings;

/// Makes the packs of one session.
pub struct Packer {
    /// The session's names.
    pub names: Names,
    /// Its folder.
    pub folder: PathBuf,
    /// The servers.
    pub settings: BridgeSettings,
    /// The last record that the server has.
    pub acknowledged: watch::Receiver<u64>,
    /// Which message each of them is.
    pub marks: watch::Receiver<Marks>,
}

/// How far the packs reach.
struct Shelf {
    /// The last message of their stream.
    last: u64,
    /// The last record that they hold; the source stands behind it.
    record: u64,
    source: Source,
}

impl Packer {
    /// Makes packs until the sending ends.
    pub async fn run(mut self, link: Link) {
        while self.acknowledged.wait_for(|record| *record >= FROM).await.is_ok() {
            if self.pack(&link).await.is_ok() {
                return;
            }
            // Refused, full or out of reach: the records themselves are what lasts.
            sleep(link.pace.here).await;
        }
    }

    async fn pack(&mut self, link: &Link) -> Result<(), Hitch> {
        let mut shelf = self.open(link).await?;
        let limit = link.client.max_payload();
        let Some(part) = part_of(limit) else { return Err(Hitch::Refused(format!("{limit} bytes are too few"))) };
        loop {
            let there = *self.acknowledged.borrow_and_update();
            if there < shelf.record {
                // The server has lost records: it may have lost packs as well.
                return Err(Hitch::Anew);
            }
            match shelf.next(there, part)? {
                Some((head, bytes)) => self.put(link, &mut shelf, &head, &bytes, part).await?,
                None if self.acknowledged.changed().await.is_err() => return Ok(()),
                None => {}
            }
        }
    }

    /// What the packs hold already, where it is this journal's; else they are made anew.
    async fn open(&self, link: &Link) -> Result<Shelf, Hitch> {
        let stream = present(link, pack::config(&self.names, &self.settings)).await?;
        let state = &stream.cached_info().state;
        let newest = if state.messages > 0 { newest(&stream, state.last_sequence).await? } else { None };
        let (last, mut source) = (state.last_sequence, self.source()?);
        if let Some(head) = newest.filter(Head::is_last) {
            let mut chain = None;
            while source.peek()?.is_some_and(|item| item.head.seq <= head.seq) {
                chain = source.pop().map(|item| item.head.chain);
            }
            if chain == Some(head.chain) {
                return Ok(Shelf { last, record: head.seq, source });
            }
            source = self.source()?;
        }
        if state.messages > 0 {
            stream.purge().await.map_err(|e| Hitch::Away(reason(&e)))?;
        }
        Ok(Shelf { last, record: 0, source })
    }

    fn source(&self) -> Result<Source, Hitch> {
        Source::open(&self.folder, self.names.session())
    }

    async fn put(&self, link: &Link, shelf: &mut Shelf, head: &Head, bytes: &[u8], part: usize) -> Result<(), Hitch> {
        let at = self.marks.borrow().at(head.seq);
        for (head, bytes) in cut(*head, bytes, part) {
            let message = PublishMessage::build()
                .payload(bytes.into())
                .expected_last_sequence(shelf.last)
                .header(HEAD, head.to_string().as_str())
                .header(AT, at.to_string().as_str());
            let sent = link.streams.send_publish(self.names.packs(), message).await;
            let ack = sent.map_err(|e| Hitch::Away(reason(&e)))?.await.map_err(|e| Hitch::Away(reason(&e)))?;
            shelf.last += 1;
            if ack.sequence != shelf.last {
                return Err(Hitch::Anew);
            }
        }
        shelf.record = head.seq;
        Ok(())
    }
}

impl Shelf {
    /// The next pack, where the server has as many records as may be in one.
    fn next(&mut self, there: u64, limit: usize) -> Result<Option<(Head, Vec<u8>)>, Hitch> {
        let until = self.record + EACH;
        let (mut bytes, mut head) = (Vec::new(), None::<Head>);
        while let Some(item) = self.source.peek()?.filter(|item| there >= until && item.head.seq <= until) {
            if head.is_some() && bytes.len() + item.bytes.len() > limit {
                break;
            }
            head = Some(Head { before: head.map_or(item.head.before, |first| first.before), ..item.head });
            bytes.extend(self.source.pop().into_iter().flat_map(|item| item.bytes));
        }
        Ok(head.map(|head| (head, bytes)))
    }
}

/// What the last message of the packs says it is; `None` where it says nothing, or is gone.
async fn newest(stream: &Stream<Info>, last: u64) -> Result<Option<Head>, Hitch> {
    match stream.get_raw_message(last).await {
        Ok(message) => Ok(message.headers.get(HEAD).and_then(|head| head.as_str().parse().ok())),
        Err(e) if e.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
        Err(e) => Err(Hitch::Away(reason(&e))),
    }
}
