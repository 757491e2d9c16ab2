//! Where a stream stands against a journal: up to which record it holds what the journal holds. Found
//! by reading its end, so that it is right after any outage, whatever was acknowledged before.

use std::collections::BTreeSet;
use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::{Config, DiscardPolicy, Info, StorageType, Stream};

use super::link::{Link, reason};
use super::names::Names;
use super::parts::{HEAD, Head, Joiner, record};
use crate::journal::format::Chain;
use crate::journal::seal::{PublicKey, Seal};
use crate::runtime::bridge_settings::BridgeSettings;

/// Messages at the end of a stream that may be nobody's before a lead gives up on it.
const MOST_STRANGE: u64 = 2_000;
/// How long a server remembers what it took, to tell a message that comes again.
const REMEMBERED: Duration = Duration::from_secs(120);

/// Why nothing is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hitch {
    /// It may work later.
    Away(String),
    /// It will not work by itself.
    Refused(String),
    /// The place is to be looked for again.
    Anew,
}

/// Where the stream stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The stream's last message.
    pub last: u64,
    /// The journal's last record that is whole on it.
    pub record: u64,
}

/// The chain of each of this journal's records.
pub trait OwnChains {
    /// The chain at this record; `None` where the journal does not reach so far.
    fn at(&mut self, seq: u64) -> Result<Option<Chain>, Hitch>;
}

/// The session's stream, made where it is missing.
///
/// # Errors
/// When it is neither there nor can be made.
pub async fn stream(link: &Link, names: &Names, settings: &BridgeSettings) -> Result<Stream<Info>, Hitch> {
    match link.streams.get_stream(names.stream()).await {
        Ok(stream) => return Ok(stream),
        Err(e) => match e.kind() {
            GetStreamErrorKind::JetStream(e) if e.error_code() == ErrorCode::STREAM_NOT_FOUND => {}
            GetStreamErrorKind::JetStream(e) => return Err(Hitch::Refused(e.to_string())),
            _ => return Err(Hitch::Away(link.why(&format!("the stream can't be asked for: {}", reason(&e))))),
        },
    }
    let made = link.streams.create_stream(config(names, settings)).await;
    made.map_err(|e| Hitch::Away(link.why(&format!("the stream can't be made: {}", reason(&e)))))
}

/// What the stream is made with.
pub fn config(names: &Names, settings: &BridgeSettings) -> Config {
    Config {
        name: names.stream(),
        description: Some("records of one hotwash session".into()),
        subjects: vec![names.records()],
        storage: StorageType::File,
        num_replicas: settings.replicas,
        // A stream that is full takes nothing more: what was shared is never pushed out by what comes.
        discard: DiscardPolicy::New,
        max_bytes: i64::try_from(settings.keep_mib.saturating_mul(1024 * 1024)).unwrap_or(-1).max(-1),
        max_age: Duration::from_secs(settings.keep_days.saturating_mul(86_400)),
        duplicate_window: REMEMBERED,
        ..Config::default()
    }
}

/// Where the stream stands against this journal.
///
/// # Errors
/// When it can't be read, or somebody else has written to it.
pub async fn find(
    stream: &Stream<Info>,
    session: &str,
    leads: &BTreeSet<PublicKey>,
    own: &mut dyn OwnChains,
) -> Result<Place, Hitch> {
    let state = &stream.cached_info().state;
    let last = state.last_sequence;
    if state.messages == 0 {
        return Ok(Place { last, record: 0 });
    }
    let first = state.first_sequence.max(1);
    for seq in (first..=last).rev().take(usize::try_from(MOST_STRANGE).unwrap_or(usize::MAX)) {
        let Some((head, payload)) = message(stream, seq).await? else { continue };
        if own.at(head.seq)? == Some(head.chain) {
            let record = if head.is_last() { head.seq } else { head.seq - 1 };
            return Ok(Place { last, record });
        }
        if head.is_last()
            && let Some(key) = sealed_by(stream, session, seq, head, payload).await?
            && leads.contains(&key)
        {
            let (n, key) = (head.seq, key.short());
            return Err(Hitch::Refused(format!(
                "another lead writes there: record {n} on the server is by {key}, and not in this journal"
            )));
        }
    }
    if last - first < MOST_STRANGE {
        // Nobody who may lead has written there yet.
        return Ok(Place { last, record: 0 });
    }
    Err(Hitch::Refused(format!(
        "the last {MOST_STRANGE} messages of the stream are nobody's: see who may publish there"
    )))
}

/// A message with a head; `None` for any other, and for one that is gone.
async fn message(stream: &Stream<Info>, seq: u64) -> Result<Option<(Head, Vec<u8>)>, Hitch> {
    use async_nats::jetstream::stream::LastRawMessageErrorKind::{JetStream, NoMessageFound};
    match stream.get_raw_message(seq).await {
        Ok(message) => Ok(head(&message).map(|head| (head, message.payload.to_vec()))),
        Err(e) if matches!(e.kind(), NoMessageFound | JetStream(_)) => Ok(None),
        Err(e) => Err(Hitch::Away(format!("the stream can't be read: {}", reason(&e)))),
    }
}

fn head(message: &StreamMessage) -> Option<Head> {
    message.headers.get(HEAD)?.as_str().parse().ok()
}

/// Who sealed the record whose last part this is; `None` where nobody did.
async fn sealed_by(
    stream: &Stream<Info>,
    session: &str,
    seq: u64,
    last: Head,
    payload: Vec<u8>,
) -> Result<Option<PublicKey>, Hitch> {
    let mut joiner = Joiner::default();
    for part in 0..last.part {
        let Some(at) = seq.checked_sub(u64::from(last.part - part)) else { return Ok(None) };
        let Some((head, payload)) = message(stream, at).await? else { return Ok(None) };
        if head != (Head { part, ..last }) || joiner.take(head, &payload).is_err() {
            return Ok(None);
        }
    }
    let Ok(Some((_, lines))) = joiner.take(last, &payload) else { return Ok(None) };
    let Some(arrived) = record(&lines) else { return Ok(None) };
    let seal = Seal::of(session, &last.before, &arrived.payload);
    let sound = arrived.record.seq == last.seq && last.before.next(&arrived.payload) == last.chain;
    Ok(seal.filter(|seal| sound && seal.holds()).map(|seal| seal.key))
}
