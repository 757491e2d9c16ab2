//! The inlet over NATS: the records of a stream, from an ordered consumer that begins behind the last
//! message this follower took; where the lead looks; and the way back for what the follower says.
//!
//! It knows nothing of who wrote what it reads: the course takes only what a lead has sealed. Nothing
//! but records and the texts that belong to them is taken from the stream.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_nats::Subscriber;
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::{Ordered, OrderedConfig};
use chrono::Utc;
use futures_util::future::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::link::{Link, Pace, reason};
use super::names::{Address, Names};
use super::parts::{HEAD, Head, Joiner, record};
use super::unpack::Packs;
use super::voices::TAKEN;
use crate::fault::Fault;
use crate::journal::attend::{Over, Standing};
use crate::journal::beacon::{Beacon, Said};
use crate::journal::feed::{Beside, Fed};
use crate::journal::format::{Chain, Header};
use crate::journal::peer::Message;
use crate::journal::seal::{PublicKey, Seal, Signer};
use crate::runtime::bridge_settings::BridgeSettings;
use crate::runtime::follow::attend::{self, Attending};
use crate::runtime::follow::inlet::{BATCH, Ears, Ended, Inlet};

/// Behind so many records of its own a follower's course can still compare what comes again.
const COMPARED: u64 = 2_048;
/// Without a word of the lead for so many of their beacons they count as gone.
const SILENT: u32 = 4;
/// Messages to the lead that may wait to be sent.
const MOST_SAID: usize = 16;
/// How long an answer of the lead is waited for.
const ANSWER: Duration = Duration::from_secs(10);
/// Between two tries to read on.
const AGAIN: Duration = Duration::from_millis(500);
/// Behind the lead's disk by more records than this a follower says that they are behind.
const SLACK: u64 = 64;
/// How soon it is said that a follower is in step again, or behind.
const SOON: Duration = Duration::from_secs(1);
/// The longest text of an answer that is shown, in characters.
const LONGEST_ANSWER: usize = 200;

/// A session on a server.
pub struct NatsInlet {
    runtime: Runtime,
    link: Link,
    names: Names,
    trusted: BTreeSet<PublicKey>,
    says: Receiver<Message>,
    here: Option<Here>,
}

/// What this follower says of themselves.
struct Here {
    signer: Arc<Signer>,
    standing: Standing,
    leave: watch::Receiver<bool>,
    /// When it is said the next time.
    due: Instant,
}

impl NatsInlet {
    /// Connects, and sees that the session is there; what goes wrong is said before a screen is taken.
    ///
    /// # Errors
    /// When the server or the session is not there, or nobody is known who may lead.
    pub fn connect(
        settings: &BridgeSettings,
        address: &Address,
        trusted: BTreeSet<PublicKey>,
        pace: Pace,
    ) -> Result<(Self, Sender<Message>), Fault> {
        let names = Names::new(&settings.prefix, &address.session).map_err(|why| {
            Fault::usage(why, "nats://HOST:PORT/ID: the lead's screen and `hotwash list` show the id")
        })?;
        if trusted.is_empty() {
            let hint =
                "add the lead's lines to people.toml with `role = \"lead\"`: `hotwash identity` prints them there";
            return Err(Fault::input(
                "nobody is known here who may lead: nothing from a server would be believed",
                hint,
            ));
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| Fault::environment(format!("cannot start: {e}"), ""))?;
        let link =
            runtime.block_on(Link::connect(settings, std::slice::from_ref(&address.server), pace)).map_err(|why| {
                Fault::environment(format!("{}: {why}", address.server), "`hotwash bridge check` says more")
            })?;
        if let Err(e) = runtime.block_on(link.streams.get_stream(names.stream())) {
            return Err(link.absent(address, &e));
        }
        let (say, says) = channel(MOST_SAID);
        Ok((Self { runtime, link, names, trusted, says, here: None }, say))
    }

    /// Says who follows by it, with this key, as long as the other end is kept.
    pub fn attending(&mut self, signer: Arc<Signer>) -> Attending {
        let (to, leave) = watch::channel(false);
        self.here = Some(Here { signer, standing: attend::begins(Over::Server), leave, due: Instant::now() });
        Attending::Wire(to)
    }
}

impl Inlet for NatsInlet {
    fn name(&self) -> String {
        self.names.session().get(..8).unwrap_or(self.names.session()).to_owned()
    }

    fn trusts(&self) -> Option<Vec<PublicKey>> {
        Some(self.trusted.iter().copied().collect())
    }

    fn run(self: Box<Self>, ears: &Ears) -> Ended {
        let Self { runtime, link, names, trusted, says, here } = *self;
        let mut reader = Reader::new(link, names, trusted, says, here);
        loop {
            // The listener may be slow: then nothing is read until it has taken this.
            let said = match runtime.block_on(reader.next()) {
                Some(said) => said,
                None => return Ended::End,
            };
            let heard = match said {
                Heard::Lines(lines) => ears.say(lines),
                Heard::Told(what) => ears.tell(what),
            };
            if heard.is_err() {
                return Ended::End;
            }
        }
    }
}

/// Comes back when something is to be said of this follower: true when they leave.
async fn here_changes(here: Option<&mut Here>) -> bool {
    let Some(here) = here else { return std::future::pending().await };
    tokio::select! {
        biased;
        _ = here.leave.wait_for(|leaves| *leaves) => true,
        () = sleep_until(here.due) => false,
    }
}

/// What the reader hands on.
enum Heard {
    Lines(Vec<Fed>),
    Told(String),
}

type Answers = FuturesUnordered<std::pin::Pin<Box<dyn Future<Output = Option<String>> + Send>>>;

/// Where this follower stands on the stream.
#[derive(Debug, Default)]
struct Stood {
    /// The last message that was taken.
    last: u64,
    /// When the stream was made, as the server says it.
    made: String,
    /// The last record that was handed on in order.
    record: u64,
    /// Up to which message the stream went when it was opened.
    until: u64,
    /// The last record that packs held: the first message behind it has to follow from it.
    packed: Option<(u64, Chain)>,
}

struct Reader {
    link: Link,
    names: Names,
    trusted: BTreeSet<PublicKey>,
    says: Receiver<Message>,
    here: Option<Here>,
    answers: Answers,
    /// The session's packs, while they are read; they are looked for once.
    packs: Option<Packs>,
    looked: bool,
    records: Option<Ordered>,
    beacons: Option<Subscriber>,
    joiner: Joiner,
    stood: Stood,
    connects: u64,
    begun: bool,
    away: bool,
    count: u64,
    there: Option<bool>,
    silent_at: Instant,
}

impl Reader {
    fn new(
        link: Link,
        names: Names,
        trusted: BTreeSet<PublicKey>,
        says: Receiver<Message>,
        here: Option<Here>,
    ) -> Self {
        let silent_at = Instant::now() + link.pace.beacon * SILENT;
        let connects = link.seen.borrow().connects;
        Self {
            link,
            names,
            trusted,
            says,
            here,
            answers: FuturesUnordered::new(),
            packs: None,
            looked: false,
            records: None,
            beacons: None,
            joiner: Joiner::default(),
            stood: Stood::default(),
            connects,
            begun: false,
            away: false,
            count: 0,
            there: None,
            silent_at,
        }
    }

    /// What is heard next; `None` when nobody is left to say it to.
    async fn next(&mut self) -> Option<Heard> {
        loop {
            if let Some(lines) = self.unpack().await {
                return Some(Heard::Lines(lines));
            }
            if self.records.is_none() {
                match self.open().await {
                    Ok(lines) if lines.is_empty() => {}
                    Ok(lines) => return Some(Heard::Lines(lines)),
                    Err(why) => {
                        if !std::mem::replace(&mut self.away, true) {
                            return Some(Heard::Told(format!("{why}; trying on")));
                        }
                        sleep(AGAIN).await;
                        continue;
                    }
                }
            }
            let (Some(records), Some(beacons)) = (&mut self.records, &mut self.beacons) else { continue };
            let mut seen = self.link.seen.clone();
            seen.mark_unchanged();
            // Before everything that was there is heard, nobody asks whether the lead is.
            let caught_up = self.stood.last >= self.stood.until;
            tokio::select! {
                biased;
                message = records.next() => match message {
                    Some(Ok(message)) => {
                        let lines = self.gather(message);
                        if !lines.is_empty() {
                            return Some(Heard::Lines(lines));
                        }
                    }
                    Some(Err(_)) | None => self.records = None,
                },
                beacon = beacons.next(), if caught_up => match beacon {
                    Some(message) => {
                        let lines = self.beacon(&message.payload);
                        if !lines.is_empty() {
                            return Some(Heard::Lines(lines));
                        }
                    }
                    None => self.records = None,
                },
                Some(message) = self.says.recv() => self.say(&message),
                Some(answer) = self.answers.next(), if !self.answers.is_empty() => {
                    if let Some(why) = answer {
                        return Some(Heard::Told(why));
                    }
                }
                leaves = here_changes(self.here.as_mut()), if caught_up => self.hello(!leaves).await,
                _ = seen.changed() => {
                    let now = seen.borrow().clone();
                    if std::mem::replace(&mut self.connects, now.connects) != now.connects {
                        // The server may have forgotten everything while it was away.
                        self.records = None;
                        self.silent_at = Instant::now() + self.link.pace.beacon * SILENT;
                    } else if !now.up && !std::mem::replace(&mut self.away, true) {
                        return Some(Heard::Told("the server is out of reach: this is what was heard so far".into()));
                    }
                }
                () = sleep_until(self.silent_at), if caught_up && self.there != Some(false) && self.link.is_up() => {
                    return Some(Heard::Lines(vec![self.lead(false)]));
                }
            }
        }
    }

    /// What the packs of a long session hold, before its stream is read behind them.
    async fn unpack(&mut self) -> Option<Vec<Fed>> {
        if !std::mem::replace(&mut self.looked, true) {
            self.packs = Packs::open(&self.link, &self.names).await;
        }
        let Some(pack) = self.packs.as_mut()?.next(&self.trusted).await else {
            self.packs = None;
            return None;
        };
        (self.stood.record, self.stood.last) = (pack.head.seq, pack.at);
        self.stood.packed = Some((pack.head.seq, pack.head.chain));
        let mut lines = pack.lines;
        if !self.begun {
            lines.insert(0, self.begin(0, Chain::genesis(self.names.session())));
        }
        Some(lines)
    }

    /// A consumer behind what was taken; from the beginning where the stream is another one.
    async fn open(&mut self) -> Result<Vec<Fed>, String> {
        if !self.link.is_up() {
            return Err("the server is out of reach".into());
        }
        let asked = self.link.streams.get_stream(self.names.stream()).await;
        let stream = asked.map_err(|e| format!("the session is not on the server: {}", reason(&e)))?;
        let info = stream.cached_info();
        let (made, state) = (info.created.to_string(), &info.state);
        let anew = self.stood.made != made && !self.stood.made.is_empty();
        self.stood.made.clone_from(&made);
        if anew || state.last_sequence < self.stood.last {
            self.stood = Stood { made, record: self.stood.record, ..Stood::default() };
        }
        self.stood.until = state.last_sequence;
        let deliver_policy = DeliverPolicy::ByStartSequence { start_sequence: self.stood.last + 1 };
        let config = OrderedConfig { deliver_policy, ..OrderedConfig::default() };
        let consumer = stream.create_consumer(config).await;
        let consumer = consumer.map_err(|e| self.link.why(&format!("the records can't be read: {}", reason(&e))))?;
        let records = consumer.messages().await.map_err(|e| format!("the records can't be read: {}", reason(&e)))?;
        if self.beacons.is_none() {
            let beacons = self.link.client.subscribe(self.names.lead()).await;
            self.beacons = Some(beacons.map_err(|e| reason(&e))?);
        }
        // Where the lead looks is said at once to whoever asks; else it comes with the next beacon.
        self.hello(true).await;
        self.records = Some(records);
        self.away = false;
        self.joiner = Joiner::default();
        if self.begun || state.first_sequence > 1 {
            return Ok(Vec::new());
        }
        Ok(vec![self.begin(0, Chain::genesis(self.names.session()))])
    }

    /// Asks where the lead looks, and says that this follower is here, or leaves.
    async fn hello(&mut self, stays: bool) {
        let (pace, session) = (self.link.pace, self.names.session());
        let word = self.here.as_mut().and_then(|here| {
            here.due = Instant::now() + pace.here;
            here.standing.here = stays;
            let count = u64::try_from(Utc::now().timestamp_millis()).unwrap_or(0);
            Beacon::sign(&here.signer, session, count, &here.standing).bytes()
        });
        let _ = self.link.client.publish(self.names.hello(), word.unwrap_or_default().into()).await;
        if !stays {
            let _ = self.link.client.flush().await;
            // Whoever waits for it sees that it was said.
            self.here = None;
        }
    }

    /// Whether what the lead had on disk has come here; said soon where that changed.
    fn compare(&mut self, record: u64) {
        let in_step = self.stood.record + SLACK >= record;
        if let Some(here) = &mut self.here
            && here.standing.in_step.replace(in_step) != Some(in_step)
        {
            here.due = here.due.min(Instant::now() + SOON);
        }
    }

    fn begin(&mut self, after: u64, chain: Chain) -> Fed {
        self.begun = true;
        Fed::Header(Header::new(self.names.session(), 1, after, chain))
    }

    /// The lines of this message, and of those that are here already.
    fn gather(&mut self, first: async_nats::jetstream::Message) -> Vec<Fed> {
        let mut lines = Vec::new();
        self.message(&first, &mut lines);
        while lines.len() < BATCH {
            match self.records.as_mut().and_then(|r| r.next().now_or_never()) {
                Some(Some(Ok(message))) => self.message(&message, &mut lines),
                Some(_) => {
                    self.records = None;
                    break;
                }
                None => break,
            }
        }
        lines
    }

    fn message(&mut self, message: &async_nats::jetstream::Message, lines: &mut Vec<Fed>) {
        if let Ok(info) = message.info() {
            self.stood.last = info.stream_sequence;
        }
        let head = message.headers.as_ref().and_then(|h| h.get(HEAD)).and_then(|h| h.as_str().parse::<Head>().ok());
        let Some(head) = head else { return lines.push(Fed::Unreadable(message.payload.len() as u64)) };
        if self.stood.packed.take().is_some_and(|(seq, chain)| (head.seq, head.before) != (seq + 1, chain)) {
            // The packs are of another stream than this: it is read from its beginning, and compared.
            (self.stood.last, self.records) = (0, None);
            return;
        }
        let (head, record_lines) = match self.joiner.take(head, &message.payload) {
            Ok(Some(whole)) => whole,
            Ok(None) => return,
            Err(bytes) => return lines.push(Fed::Unreadable(bytes)),
        };
        let Some(arrived) = record(&record_lines) else { return };
        let seq = arrived.record.seq;
        if seq + COMPARED <= self.stood.record {
            // The stream was made anew, and its lead sends what is here already.
            return;
        }
        if !self.begun {
            // The server keeps no more than this of it; it begins with what a lead has sealed.
            let seal = Seal::of(self.names.session(), &head.before, &arrived.payload);
            if !seal.is_some_and(|seal| self.trusted.contains(&seal.key) && seal.holds()) {
                return lines.push(Fed::Unreadable(message.payload.len() as u64));
            }
            let header = self.begin(seq.saturating_sub(1), head.before);
            lines.push(header);
            if seq > 1 {
                lines.push(Fed::Newer(format!("records 1 to {} are no longer on the server", seq - 1)));
            }
            self.stood.record = seq.saturating_sub(1);
        }
        if seq == self.stood.record + 1 {
            self.stood.record = seq;
        }
        lines.extend(record_lines);
    }

    fn lead(&mut self, there: bool) -> Fed {
        self.there = Some(there);
        Fed::Beside(Beside::Lead { there })
    }

    /// Where the lead looks, where it is really theirs and not an old one.
    fn beacon(&mut self, bytes: &[u8]) -> Vec<Fed> {
        let Some((beacon, said)) = Beacon::read::<Said>(bytes, self.names.session()) else { return Vec::new() };
        if !self.trusted.contains(&beacon.key) || beacon.count <= self.count {
            return Vec::new();
        }
        self.count = beacon.count;
        self.compare(said.record);
        self.silent_at = Instant::now() + self.link.pace.beacon * SILENT;
        let mut lines: Vec<Fed> = said.view.map(|view| Fed::Beside(Beside::View(view))).into_iter().collect();
        if self.there != Some(said.there) {
            lines.push(self.lead(said.there));
        }
        lines
    }

    /// Sends what the follower says; the answer comes later.
    fn say(&mut self, message: &Message) {
        let (client, subject) = (self.link.client.clone(), self.names.inbox(&message.key));
        let request = async_nats::Request::new().payload(message.bytes().into()).timeout(Some(ANSWER));
        let link = self.link.clone();
        self.answers.push(Box::pin(async move {
            match client.send_request(subject, request).await {
                Ok(answer) if answer.payload.as_ref() == TAKEN.as_bytes() => None,
                Ok(answer) => {
                    let text: String = String::from_utf8_lossy(&answer.payload).chars().take(LONGEST_ANSWER).collect();
                    Some(format!("not taken by the lead: {text}"))
                }
                Err(e) => Some(match e.kind() {
                    async_nats::client::RequestErrorKind::NoResponders => {
                        "not said: no lead is there to hear it".into()
                    }
                    async_nats::client::RequestErrorKind::TimedOut => {
                        link.why("the lead has not said whether they took it; the notes show what was taken")
                    }
                    _ => link.why(&format!("not said: {}", reason(&e))),
                }),
            }
        }));
    }
}
