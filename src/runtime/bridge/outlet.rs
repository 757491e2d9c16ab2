//! What a lead sends: the journal's saved records, in order, each as the messages it takes, with the
//! sequence that has to stand before it on the stream, and behind one that is still on its way with that
//! one's id as well: where two leads begin at once, the second record of the one that lost would fit behind
//! the first of the one that won. A bounded number is on its way at a time, and every one is acknowledged
//! before it counts.
//!
//! It reads the journal's files; the console that writes them is never waited for and never waits.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;

use async_nats::jetstream::context::{PublishAckFuture, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use tokio::sync::watch;

use super::link::{Link, reason};
use super::names::Names;
use super::pack::Marks;
use super::parts::{HEAD, Head, cut, part_of};
use super::place::{self, Hitch, Known, OwnChains, Place};
use super::source::{Item, Source};
use crate::journal::format::Chain;
use crate::journal::seal::PublicKey;
use crate::runtime::bridge_settings::BridgeSettings;

/// Messages on their way at a time.
const WINDOW: usize = 64;
/// Their bytes.
const WINDOW_BYTES: usize = 4 * 1024 * 1024;

/// A message that is not acknowledged yet.
struct Sent {
    ack: PublishAckFuture,
    /// The sequence that it has to get.
    expected: u64,
    head: Head,
    bytes: usize,
}

/// The chains of a journal, read once and kept for one look at a stream's end.
struct Chains {
    source: Source,
    known: BTreeMap<u64, Chain>,
    ended: bool,
}

impl OwnChains for Chains {
    fn session(&self) -> &str {
        self.source.session()
    }

    fn at(&mut self, seq: u64) -> Result<Option<Chain>, Hitch> {
        while !self.ended && self.known.last_key_value().is_none_or(|(last, _)| *last < seq) {
            match self.source.peek()? {
                None => self.ended = true,
                Some(item) => {
                    self.known.insert(item.head.seq, item.head.chain);
                    self.source.pop();
                }
            }
        }
        Ok(self.known.get(&seq).copied())
    }
}

/// The sender of one session.
pub struct Outlet {
    names: Names,
    folder: PathBuf,
    settings: BridgeSettings,
    /// Whoever may lead here, this person among them.
    leads: BTreeSet<PublicKey>,
    source: Option<Source>,
    place: Option<Place>,
    /// When the stream was made, and what was acknowledged on it last.
    made: String,
    known: Option<Known>,
    on_its_way: VecDeque<Sent>,
    /// The last record that is acknowledged.
    acknowledged: watch::Sender<u64>,
    /// Which message each acknowledged record is.
    marks: watch::Sender<Marks>,
    /// The highest message count that the journal holds, by person.
    heard: watch::Sender<BTreeMap<PublicKey, u64>>,
}

impl Outlet {
    /// A sender of the session in this folder.
    pub fn new(names: Names, folder: PathBuf, settings: BridgeSettings, leads: BTreeSet<PublicKey>) -> Self {
        Self {
            names,
            folder,
            settings,
            leads,
            source: None,
            place: None,
            made: String::new(),
            known: None,
            on_its_way: VecDeque::new(),
            acknowledged: watch::Sender::default(),
            marks: watch::Sender::default(),
            heard: watch::Sender::default(),
        }
    }

    /// What the journal holds of others' messages, as it is read.
    pub fn heard(&self) -> watch::Receiver<BTreeMap<PublicKey, u64>> {
        self.heard.subscribe()
    }

    /// The last record that the server has acknowledged.
    pub fn acknowledged(&self) -> watch::Receiver<u64> {
        self.acknowledged.subscribe()
    }

    /// Which message of the stream each of them is.
    pub fn marks(&self) -> watch::Receiver<Marks> {
        self.marks.subscribe()
    }

    /// How many saved records are not acknowledged yet.
    pub fn behind(&self, saved: u64) -> u64 {
        saved.saturating_sub(*self.acknowledged.borrow())
    }

    /// The server may hold something else than was thought.
    pub fn look_again(&mut self) {
        (self.source, self.place) = (None, None);
        self.on_its_way.clear();
    }

    /// Sends what is saved and not there yet; says now and then how many records wait.
    ///
    /// # Errors
    /// Why it is not all there. What is there is looked for again before anything else is sent.
    pub async fn catch_up(
        &mut self,
        link: &Link,
        saved: &watch::Receiver<u64>,
        told: &mut (dyn FnMut(u64) + Send),
    ) -> Result<(), Hitch> {
        let mut sent = self.send_all(link, saved, told).await;
        // A sequence that was not the expected one: by a try of our own that arrived late, or by somebody else.
        for _ in 0..3 {
            if sent != Err(Hitch::Anew) {
                break;
            }
            self.look_again();
            sent = self.send_all(link, saved, told).await;
        }
        if sent.is_err() {
            self.look_again();
        }
        sent
    }

    async fn send_all(
        &mut self,
        link: &Link,
        saved: &watch::Receiver<u64>,
        told: &mut (dyn FnMut(u64) + Send),
    ) -> Result<(), Hitch> {
        if self.place.is_none() {
            self.find_place(link).await?;
        }
        loop {
            while self.has_room() && self.send_next(link, *saved.borrow()).await? {}
            let Some(sent) = self.on_its_way.pop_front() else { return Ok(()) };
            self.settle(link, sent).await?;
            told(self.behind(*saved.borrow()));
        }
    }

    fn has_room(&self) -> bool {
        self.on_its_way.len() < WINDOW && self.on_its_way.iter().map(|s| s.bytes).sum::<usize>() < WINDOW_BYTES
    }

    /// Where the stream stands, and the journal's reader behind it.
    async fn find_place(&mut self, link: &Link) -> Result<(), Hitch> {
        let stream = place::stream(link, &self.names, &self.settings).await?;
        let session = self.names.session().to_owned();
        let source = Source::open(&self.folder, &session)?;
        let mut chains = Chains { source, known: BTreeMap::new(), ended: false };
        let made = place::made(&stream);
        let mut marks = if made == self.made { self.marks.borrow().clone() } else { Marks::default() };
        let place = place::find(link, &stream, &self.leads, &mut chains, self.known.as_ref(), &mut marks).await?;
        self.made = made;
        self.marks.send_replace(marks);
        let mut source = Source::open(&self.folder, &session)?;
        while source.peek()?.is_some_and(|item| item.head.seq <= place.record) {
            self.note_heard(source.pop());
        }
        (self.source, self.place) = (Some(source), Some(place));
        self.acknowledged.send_replace(place.record);
        Ok(())
    }

    fn note_heard(&self, item: Option<Item>) {
        if let Some((key, count)) = item.and_then(|item| item.said) {
            self.heard.send_modify(|heard| {
                heard.insert(key, count);
            });
        }
    }

    /// Sends the next saved record; false where there is none.
    async fn send_next(&mut self, link: &Link, saved: u64) -> Result<bool, Hitch> {
        let (Some(source), Some(place)) = (&mut self.source, &mut self.place) else { return Err(Hitch::Anew) };
        if source.peek()?.is_none_or(|item| item.head.seq > saved) {
            return Ok(false);
        }
        let Some(item) = source.pop() else { return Ok(false) };
        let limit = link.client.max_payload();
        let Some(part) = part_of(limit) else {
            return Err(Hitch::Refused(format!("the server takes messages of {limit} bytes at the most, too few")));
        };
        for (head, bytes) in cut(item.head, &item.bytes, part) {
            let length = bytes.len();
            let mut message = PublishMessage::build()
                .payload(bytes.into())
                .message_id(head.message_id())
                .expected_last_sequence(place.last)
                .header(HEAD, head.to_string().as_str());
            // the one before may have lost its place to another lead's, which this would follow by the sequence alone
            if let Some(before) = self.on_its_way.back() {
                message = message.expected_last_message_id(before.head.message_id());
            }
            let sent = link.streams.send_publish(self.names.records(), message).await;
            let ack = sent.map_err(|e| failed(link, head.seq, e.kind(), &reason(&e)))?;
            place.last += 1;
            self.on_its_way.push_back(Sent { ack, expected: place.last, head, bytes: length });
        }
        self.note_heard(Some(item));
        Ok(true)
    }

    async fn settle(&mut self, link: &Link, sent: Sent) -> Result<(), Hitch> {
        let Sent { ack, expected, head, .. } = sent;
        let ack = ack.await.map_err(|e| failed(link, head.seq, e.kind(), &reason(&e)))?;
        if ack.sequence != expected {
            // The server knows it from before, at another place.
            return Err(Hitch::Anew);
        }
        if head.is_last() {
            self.marks.send_modify(|marks| marks.note(head.seq, expected));
            self.acknowledged.send_replace(head.seq);
            let (made, head, record) = (self.made.clone(), head.to_string(), head.seq);
            self.known = Some(Known { made, at: expected, head, record });
        }
        Ok(())
    }
}

fn failed(link: &Link, record: u64, kind: PublishErrorKind, reason: &str) -> Hitch {
    match kind {
        PublishErrorKind::WrongLastSequence | PublishErrorKind::WrongLastMessageId => Hitch::Anew,
        PublishErrorKind::MaxPayloadExceeded => {
            Hitch::Refused(format!("record {record} is longer than the server takes: {reason}"))
        }
        // Nobody answered for its subject: too few of its servers are up, or it is gone. Which, can't be told.
        PublishErrorKind::StreamNotFound => Hitch::Away("no stream answers: too few servers, or it is gone".into()),
        _ => Hitch::Away(link.why(&format!("record {record} was not acknowledged: {reason}"))),
    }
}
