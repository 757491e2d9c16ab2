//! Taking the lead over a server, where the one before is gone: the records are brought here and proven,
//! and the first record of the new lead is put behind them. The server takes it only behind the sequence
//! that was read, so that of any number who try at once one wins; the others have changed nothing, here
//! or there.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::consumer::pull::OrderedConfig;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Info, Stream};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;
use tokio::time::timeout;

use super::link::{Link, Pace, reason};
use super::names::{Address, Names};
use super::parts::{HEAD, Head, Joiner};
use crate::fault::Fault;
use crate::journal::beacon::{Beacon, Said};
use crate::journal::course::{Course, Step};
use crate::journal::event::{Author, Event, LEAD_TAKEN, NoteKind};
use crate::journal::feed::Fed;
use crate::journal::format::{self, Chain, Header};
use crate::journal::seal::{PublicKey, Signer};
use crate::journal::{Media, Record};
use crate::runtime::bridge_settings::BridgeSettings;
use crate::runtime::folder::{Folder, fault};
use crate::runtime::follow::raw::line;
use crate::runtime::lock::{Lock, NotTaken};
use crate::runtime::segments::{SessionFiles, segment_name, segment_number};
use crate::runtime::store::{IMPORTED, SESSIONS, Store};

/// The most bytes of records that are brought here.
const MOST_BYTES: u64 = 4 * 1024 * 1024 * 1024;
/// A lead that was taken so short a time ago is nobody else's to take.
const JUST_NOW: TimeDelta = TimeDelta::seconds(30);
/// What is brought stands under this name until the lead is won.
const ARRIVING: &str = ".arriving";

/// Who takes the lead of what.
pub struct Taking<'a> {
    /// Where the session is to stand from now on.
    pub store: &'a Store,
    /// How the server is spoken to.
    pub settings: &'a BridgeSettings,
    /// The server and the session.
    pub address: &'a Address,
    /// Whose records are believed.
    pub trusted: &'a BTreeSet<PublicKey>,
    /// Who takes it.
    pub signer: Arc<Signer>,
    /// What they are called.
    pub name: &'a str,
    /// How soon things are noticed.
    pub pace: Pace,
}

fn faster() -> Fault {
    not_taken("somebody else was faster")
}

fn not_taken(why: impl std::fmt::Display) -> Fault {
    Fault::environment(format!("the lead was not taken: {why}"), "")
}

/// Takes it; the session's id, which stands in the store from then on and can be opened.
///
/// # Errors
/// Somebody leads, or was faster; the records do not reach back to the first or do not hold; this person
/// may not lead; what stands here is not the same session.
pub fn take(taking: &Taking<'_>) -> Result<String, Fault> {
    if !taking.trusted.contains(&taking.signer.public()) {
        return Err(not_taken("people.toml does not let you lead"));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(not_taken)?;
    runtime.block_on(async {
        let server = std::slice::from_ref(&taking.address.server);
        let link = Link::connect(taking.settings, server, taking.pace).await.map_err(not_taken)?;
        let names = Names::new(&taking.settings.prefix, &taking.address.session).map_err(not_taken)?;
        nobody_leads(&link, &names, taking).await?;
        let mut place = Place::open(taking.store, names.session())?;
        let taken = place.bring(&link, &names, taking).await;
        if taken.is_err() {
            place.leave_as_it_was();
        }
        taken.map(|()| names.session().to_owned())
    })
}

/// Asks whether a lead is there, and waits a moment for the answer.
async fn nobody_leads(link: &Link, names: &Names, taking: &Taking<'_>) -> Result<(), Fault> {
    let mut beacons = link.client.subscribe(names.lead()).await.map_err(not_taken)?;
    let _ = link.client.publish(names.hello(), Vec::new().into()).await;
    let leads = async {
        while let Some(word) = beacons.next().await {
            let said = Beacon::read::<Said>(&word.payload, names.session());
            if said.is_some_and(|(by, said)| said.there && taking.trusted.contains(&by.key)) {
                return true;
            }
        }
        false
    };
    match timeout(taking.pace.beacon + Duration::from_millis(500), leads).await {
        Ok(true) => Err(not_taken("somebody leads")),
        _ => Ok(()),
    }
}

/// The session's folder here, held, and how far it reaches already.
struct Place {
    store: Store,
    id: String,
    folder: Folder,
    _lock: Lock,
    /// There was nothing before.
    is_new: bool,
    /// The last record that stands here, and the chain at it.
    has: (u64, Chain),
    /// The segment that will go on.
    segment: u32,
}

/// What was read of the stream.
struct Brought {
    seq: u64,
    chain: Chain,
    /// The stream's last message.
    last: u64,
    /// Somebody has taken the lead with the last record, at this time.
    taken: Option<DateTime<Utc>>,
}

impl Place {
    fn open(store: &Store, id: &str) -> Result<Self, Fault> {
        let path = store.sessions_path().join(id);
        let at = |e: std::io::Error| fault("open", &path, &e);
        let folder = Folder::open_or_make(store.home()).and_then(|f| f.child_or_make(SESSIONS));
        let folder = folder.and_then(|f| f.child_or_make(id)).map_err(at)?;
        let lock = Lock::take(&folder, id).map_err(NotTaken::fault)?;
        let names = folder.names().map_err(at)?;
        let segment = names.iter().filter_map(|n| segment_number(n)).max().unwrap_or(0);
        let is_new = segment == 0;
        if names.iter().any(|n| n == IMPORTED) {
            let hint = "delete it here first: `hotwash delete`";
            return Err(Fault::input(format!("session {id} stands here as an import"), hint));
        }
        let has = if is_new {
            (0, Chain::genesis(id))
        } else {
            let verified = store.verify(id)?;
            if !verified.holds() {
                let what = format!("session {id} stands here already, and does not hold");
                return Err(Fault::input(what, "`hotwash verify` says what is wrong"));
            }
            (store.load(id)?.records.last().map_or(0, |r| r.seq), verified.head)
        };
        let store = store.clone();
        Ok(Self { store, id: id.to_owned(), folder, _lock: lock, is_new, has, segment: segment + 1 })
    }

    /// Brings what is missing here, and the lead's first record behind it; puts it in its place once that
    /// is won.
    async fn bring(&mut self, link: &Link, names: &Names, taking: &Taking<'_>) -> Result<(), Fault> {
        let failed = |e: std::io::Error| fault("write", self.folder.path(), &e);
        self.folder.remove(ARRIVING).map_err(failed)?;
        let mut out = BufWriter::new(self.folder.create(ARRIVING).map_err(failed)?);
        let (after, chain) = self.has;
        out.write_all(Header::new(&self.id, self.segment, after, chain).line().as_bytes()).map_err(failed)?;
        let stream = link.streams.get_stream(names.stream()).await;
        let stream = stream.map_err(|e| not_taken(link.why(&reason(&e))))?;
        let brought = self.read(&stream, taking, &mut out).await?;
        // Whoever won a moment ago is on their way to say that they lead.
        if brought.taken.is_some_and(|at| (Utc::now() - at).abs() < JUST_NOW) {
            return Err(faster());
        }
        let (head, bytes) = first_record(&self.id, &brought, taking)?;
        out.write_all(&bytes).map_err(failed)?;
        let file = out.into_inner().map_err(|e| failed(e.into_error()))?;
        file.sync_all().map_err(failed)?;
        win(link, names, &stream, (head, bytes), brought.last).await?;
        self.folder.rename(ARRIVING, &segment_name(self.segment)).map_err(failed)
    }

    /// Reads the stream as whoever follows does: what is not sealed by somebody who may lead is nothing.
    async fn read(
        &self,
        stream: &Stream<Info>,
        taking: &Taking<'_>,
        out: &mut BufWriter<File>,
    ) -> Result<Brought, Fault> {
        let failed = |e: std::io::Error| fault("write", self.folder.path(), &e);
        let last = stream.cached_info().state.last_sequence;
        let mut brought = Brought { seq: 0, chain: Chain::genesis(&self.id), last, taken: None };
        let mut course = Course::trusting(taking.trusted.iter().copied());
        course.take(Fed::Header(Header::new(&self.id, 1, 0, brought.chain)));
        let folder = Folder::open(self.folder.path()).map_err(failed)?;
        let mut files = SessionFiles::new(folder);
        let (mut joiner, mut at, mut left, mut parted) = (Joiner::default(), 0, MOST_BYTES, false);
        let unread = |e: &dyn std::error::Error| not_taken(format!("the records can't be read: {}", reason(e)));
        let consumer = stream.create_consumer(OrderedConfig::default()).await.map_err(|e| unread(&e))?;
        let mut messages = consumer.messages().await.map_err(|e| unread(&e))?;
        while at < last {
            let next = timeout(taking.pace.answer, messages.next()).await;
            let Ok(Some(Ok(message))) = next else { return Err(not_taken("the server stopped answering")) };
            at = message.info().map_or(last, |info| info.stream_sequence);
            left = left.checked_sub(message.payload.len() as u64).ok_or_else(|| not_taken("it is too large"))?;
            let head = message.headers.as_ref().and_then(|h| h.get(HEAD)).and_then(|h| h.as_str().parse::<Head>().ok());
            let Some(Ok(Some((_, lines)))) = head.map(|head| joiner.take(head, &message.payload)) else { continue };
            let key = lines.iter().find_map(|fed| if let Fed::Record(r) = fed { course.stranger(r) } else { None });
            if let Some(key) = key {
                let seq = course.head().0 + 1;
                return Err(not_taken(format!(
                    "record {seq} is led by the key {}, which people.toml here does not let lead: add it first",
                    key.short()
                )));
            }
            let record = lines.last().map(line).unwrap_or_default();
            let taken = lines.into_iter().filter_map(|fed| course.take(fed)).next_back();
            let Some(Step::Fold(folded)) = taken else { continue };
            // Each was checked when it was taken.
            course.unchecked();
            let (seq, chain) = course.head();
            let led = matches!(&folded.event, Event::NoteTaken { kind: NoteKind::Role, text } if text == LEAD_TAKEN);
            let taken = led.then_some(folded.at);
            brought = Brought { seq, chain: chain.unwrap_or(brought.chain), last, taken };
            parted |= seq == self.has.0 && brought.chain != self.has.1;
            if seq <= self.has.0 {
                continue;
            }
            if let Some(body) = folded.event.body().filter(|b| b.is_blob()) {
                // Only a text that is the one its record names stands in the record by now.
                let missing = || not_taken(format!("the text of record {seq} is missing there, or is another one"));
                files.blob(&body.digest, body.text.as_ref().ok_or_else(missing)?.as_bytes()).map_err(failed)?;
            }
            out.write_all(&record).map_err(failed)?;
        }
        let whole = brought.seq >= self.has.0 && !parted;
        match (brought.seq, whole) {
            (0, _) => Err(not_taken("the server does not hold the session from its first record on")),
            (_, false) => {
                Err(not_taken(format!("session {} stands here with records that the server does not have", self.id)))
            }
            _ => Ok(brought),
        }
    }

    /// Nothing of it stays but what stood here before.
    fn leave_as_it_was(&self) {
        let _ = self.folder.remove(ARRIVING);
        if self.is_new {
            // Only what this try has made a moment ago.
            let _ = std::fs::remove_dir_all(self.store.sessions_path().join(&self.id));
        }
    }
}

/// The record that says who leads from here on, sealed, as it stands in the journal.
fn first_record(id: &str, brought: &Brought, taking: &Taking<'_>) -> Result<(Head, Vec<u8>), Fault> {
    let event = Event::NoteTaken { kind: NoteKind::Role, text: LEAD_TAKEN.into() };
    let (seq, by) = (brought.seq + 1, Author::Person(taking.name.to_owned()));
    let record = Record { seq, at: Utc::now(), by, event };
    let mut payload = format::payload(&record).map_err(|_| not_taken("its first record can't be written"))?;
    taking.signer.seal(id, &brought.chain, &mut payload);
    let mut bytes = Vec::new();
    let chain = format::frame(&brought.chain, &payload, &mut bytes);
    Ok((Head { seq, before: brought.chain, chain, part: 0, parts: 1 }, bytes))
}

/// Puts the record behind the last message that was read; the server takes one such.
async fn win(
    link: &Link,
    names: &Names,
    stream: &Stream<Info>,
    (head, bytes): (Head, Vec<u8>),
    last: u64,
) -> Result<(), Fault> {
    let message = PublishMessage::build()
        .payload(bytes.into())
        .message_id(head.message_id())
        .expected_last_sequence(last)
        .header(HEAD, head.to_string().as_str());
    let failed = match link.streams.send_publish(names.records(), message).await {
        Err(e) => e,
        Ok(ack) => match ack.await {
            Ok(_) => return Ok(()),
            Err(e) => e,
        },
    };
    if failed.kind() == PublishErrorKind::WrongLastSequence {
        return Err(faster());
    }
    // Whether it got there is not known: the stream says.
    let stands = stream.get_raw_message(last + 1).await;
    let stands = stands.map_err(|_| not_taken(link.why(&reason(&failed))))?;
    let ours = stands.headers.get(HEAD).is_some_and(|h| h.as_str() == head.to_string());
    if ours { Ok(()) } else { Err(faster()) }
}
