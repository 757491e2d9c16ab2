//! Where a stream stands against a journal: up to which record it holds what the journal holds. Found
//! by reading it, so that it is right after any outage, whatever was acknowledged before, and whoever
//! else has written to it.

use std::collections::BTreeSet;
use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::OrderedConfig;
use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::stream::{Config, DiscardPolicy, Info, StorageType, Stream};

use futures_util::StreamExt;
use tokio::time::timeout;

use super::link::{Link, reason};
use super::names::Names;
use super::pack::Marks;
use super::parts::{HEAD, Head, Joiner, record};
use crate::journal::feed::Arrived;
use crate::journal::format::Chain;
use crate::journal::seal::{PublicKey, Seal};
use crate::runtime::bridge_settings::BridgeSettings;

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
pub trait OwnChains: Send {
    /// The session's id.
    fn session(&self) -> &str;

    /// The chain at this record; `None` where the journal does not reach so far.
    ///
    /// # Errors
    /// When the journal can't be read.
    fn at(&mut self, seq: u64) -> Result<Option<Chain>, Hitch>;
}

/// The session's stream, made where it is missing.
///
/// # Errors
/// When it is neither there nor can be made.
pub async fn stream(link: &Link, names: &Names, settings: &BridgeSettings) -> Result<Stream<Info>, Hitch> {
    present(link, config(names, settings)).await
}

/// A stream, made as this says where it is missing.
///
/// # Errors
/// When it is neither there nor can be made.
pub async fn present(link: &Link, config: Config) -> Result<Stream<Info>, Hitch> {
    match link.streams.get_stream(&config.name).await {
        Ok(stream) => return Ok(stream),
        Err(e) => match e.kind() {
            GetStreamErrorKind::JetStream(e) if e.error_code() == ErrorCode::STREAM_NOT_FOUND => {}
            GetStreamErrorKind::JetStream(e) if passes(e.code()) => return Err(Hitch::Away(link.why(&e.to_string()))),
            GetStreamErrorKind::JetStream(e) => return Err(Hitch::Refused(e.to_string())),
            _ => return Err(Hitch::Away(link.why(&format!("the stream can't be asked for: {}", reason(&e))))),
        },
    }
    let made = link.streams.create_stream(config).await;
    made.map_err(|e| Hitch::Away(link.why(&format!("the stream can't be made: {}", reason(&e)))))
}

/// Whether a server that answers so may answer otherwise later: its streams start, a leader is elected, or it
/// was too slow. The codes are those of HTTP, as the protocol has them.
const fn passes(code: usize) -> bool {
    matches!(code, 408 | 429 | 500 | 502 | 503 | 504)
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

/// What was found the last time: what stands behind it need only be read from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// When the stream was made, as the server says it.
    pub made: String,
    /// A message of it.
    pub at: u64,
    /// That message's head as it was sent.
    pub head: String,
    /// The journal's last record that is whole up to there.
    pub record: u64,
}

/// Where the stream stands against this journal: everything on it is read, in order, as whoever follows
/// reads it. Records of this journal count where they follow, and are marked; what is nobody's is passed
/// over.
///
/// # Errors
/// When it can't be read, or somebody else who may lead has written to it.
pub async fn find(
    link: &Link,
    stream: &Stream<Info>,
    leads: &BTreeSet<PublicKey>,
    own: &mut dyn OwnChains,
    known: Option<&Known>,
    marks: &mut Marks,
) -> Result<Place, Hitch> {
    let (made, state) = (made(stream), &stream.cached_info().state);
    let last = state.last_sequence;
    let mut place = Place { last, record: 0 };
    let mut begin = state.first_sequence.max(1);
    if let Some(known) = known.filter(|k| k.made == made && k.at <= last)
        && head_at(stream, known.at).await.as_ref() == Some(&known.head)
    {
        (place.record, begin) = (known.record, known.at + 1);
    }
    if state.messages == 0 || begin > last {
        return Ok(place);
    }
    let unread = |why: String| Hitch::Away(link.why(&format!("the stream can't be read: {why}")));
    let deliver_policy = DeliverPolicy::ByStartSequence { start_sequence: begin };
    let consumer = stream.create_consumer(OrderedConfig { deliver_policy, ..OrderedConfig::default() }).await;
    let mut messages = consumer.map_err(|e| unread(reason(&e)))?.messages().await.map_err(|e| unread(reason(&e)))?;
    let (mut joiner, mut forgotten) = (Joiner::default(), begin > 1 && place.record == 0);
    loop {
        let next = timeout(link.pace.answer, messages.next()).await.map_err(|_| unread("it does not go on".into()))?;
        let Some(message) = next.transpose().map_err(|e| unread(reason(&e)))? else {
            return Err(unread("it ended".into()));
        };
        let head = message.headers.as_ref().and_then(|h| h.get(HEAD)).and_then(|h| h.as_str().parse::<Head>().ok());
        let whole = head.and_then(|head| joiner.take(head, &message.payload).ok().flatten());
        let info = message.info().map_err(|e| unread(e.to_string()))?;
        if let Some((head, lines)) = whole
            && let Some(arrived) = record(&lines).filter(|a| is_what_it_says(&head, a))
        {
            if own.at(head.seq)? == Some(head.chain) {
                // A record that comes again, by whoever sent it, moves nothing.
                let follows = head.seq == place.record + 1 || std::mem::take(&mut forgotten);
                if follows {
                    place.record = head.seq;
                    marks.note(head.seq, info.stream_sequence);
                }
            } else if let Some(key) = by_a_lead(own.session(), &head, arrived, leads) {
                let n = head.seq;
                let why = format!(
                    "another lead writes there: record {n} on the server is by {}, and not in this journal",
                    key.short()
                );
                return Err(Hitch::Refused(why));
            }
        }
        if info.stream_sequence >= last || info.pending == 0 {
            place.last = last.max(info.stream_sequence);
            return Ok(place);
        }
    }
}

/// When the stream was made, as the server says it.
pub fn made(stream: &Stream<Info>) -> String {
    stream.cached_info().created.to_string()
}

async fn head_at(stream: &Stream<Info>, seq: u64) -> Option<String> {
    Some(stream.get_raw_message(seq).await.ok()?.headers.get(HEAD)?.as_str().to_owned())
}

fn is_what_it_says(head: &Head, arrived: &Arrived) -> bool {
    arrived.record.seq == head.seq && arrived.chain == head.chain && head.before.next(&arrived.payload) == head.chain
}

/// Whoever of those who may lead has sealed it.
fn by_a_lead(session: &str, head: &Head, arrived: &Arrived, leads: &BTreeSet<PublicKey>) -> Option<PublicKey> {
    let seal = Seal::of(session, &head.before, &arrived.payload)?;
    (leads.contains(&seal.key) && seal.holds()).then_some(seal.key)
}

#[cfg(test)]
mod tests {
    use super::passes;

    #[test]
    fn a_server_that_is_not_ready_is_away_and_one_that_forbids_refuses() {
        assert!([408, 500, 503].into_iter().all(passes));
        assert!(![400, 403, 404].into_iter().any(passes));
    }
}
