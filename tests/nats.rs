//! Over NATS JetStream, against a real server: the same fold and screen, nothing lost and nothing twice
//! through its outages, one lead, and nothing from it that reaches a run or an approval.

mod accounts;
mod check;
mod equal;
mod joining;
mod leads;
mod load;
mod outages;
mod packs;
mod presence;
mod screens;
mod server;
mod strangers;
mod takeover;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hotwash::app::sharing::Sharing;
use hotwash::app::{Desk, Input};
use hotwash::journal::Record;
use hotwash::journal::event::{Author, Event, NoteKind};
use hotwash::journal::peer::Message;
use hotwash::journal::seal::{PublicKey, Signer};
use hotwash::runtime::bridge::inlet::NatsInlet;
use hotwash::runtime::bridge::lead::Shares;
use hotwash::runtime::bridge::link::Pace;
use hotwash::runtime::bridge::names::{Address, Names};
use hotwash::runtime::bridge::{Bridge, parts};
use hotwash::runtime::bridge_settings::BridgeSettings;
use hotwash::runtime::follow::Inlet;
use hotwash::runtime::follow::attend::Attending;
use hotwash::runtime::follow::follower::Mirror;
use hotwash::runtime::follow::inlet::{Said, listen};
use hotwash::runtime::identity::Speakers;
use hotwash::runtime::persist::{Persist, Urgency};
use hotwash::runtime::store::Store;

use crate::bench::clock;
use crate::follow::ID;

/// The longest that anything may take on a machine that builds meanwhile.
pub const LIMIT: Duration = Duration::from_secs(60);

pub fn pace() -> Pace {
    // An answer may take as long as on a machine that builds meanwhile: a short wait would fail there alone.
    let (ping, answer) = (Duration::from_millis(400), Duration::from_secs(10));
    Pace { ping, answer, beacon: Duration::from_millis(300), here: Duration::from_millis(400) }
}

pub fn settings(server: &str) -> BridgeSettings {
    BridgeSettings { servers: vec![server.to_owned()], share: true, ..BridgeSettings::default() }
}

pub fn signer(n: u8) -> Arc<Signer> {
    Arc::new(Signer::new(&[n; 32]))
}

/// The lead of most tests is 7.
pub fn trusted() -> BTreeSet<PublicKey> {
    [signer(7).public()].into()
}

pub fn note(seq: u64, text: &str) -> Record {
    let event = Event::NoteTaken { kind: NoteKind::Note, text: text.into() };
    Record { seq, at: clock(), by: Author::Person("kim".into()), event }
}

/// A lead without a screen: a journal, its writer, and what shares it.
pub struct Lead {
    pub persist: Option<Persist>,
    pub bridge: Arc<Mutex<Option<Bridge>>>,
    pub said: tokio::sync::mpsc::Receiver<Input>,
    pub saved: Arc<AtomicU64>,
    pub seq: u64,
    pub last: Option<Sharing>,
    pub inputs: Vec<Input>,
}

pub struct Who<'a> {
    pub home: &'a Path,
    pub signer: Arc<Signer>,
    pub people: Speakers,
    pub settings: BridgeSettings,
}

impl<'a> Who<'a> {
    pub fn new(home: &'a Path, server: &str) -> Self {
        Self { home, signer: signer(7), people: Speakers::new(), settings: settings(server) }
    }
}

impl Lead {
    pub fn start(who: Who<'_>, records: &[Record]) -> Self {
        let store = Store::at(who.home).signed(Some(Arc::clone(&who.signer)));
        Self::over(who, store.create_as(ID).unwrap(), records)
    }

    /// The session goes on where it is.
    pub fn again(who: Who<'_>) -> Self {
        let store = Store::at(who.home).signed(Some(Arc::clone(&who.signer)));
        let hotwash::runtime::store::Opened::Writable(session, _) = store.open(ID).unwrap() else {
            unreachable!("nobody else has it open")
        };
        Self::over(who, *session, &[])
    }

    fn over(who: Who<'_>, session: hotwash::runtime::store::OpenSession, records: &[Record]) -> Self {
        let (to, said) = tokio::sync::mpsc::channel(256);
        let shares = Shares {
            names: Names::new(&who.settings.prefix, ID).unwrap(),
            folder: session.path.clone(),
            settings: who.settings,
            signer: who.signer,
            people: Arc::new(who.people),
            to,
            pace: pace(),
        };
        let seq = session.next_seq - 1;
        let bridge = Bridge::start(shares).unwrap();
        bridge.saved(seq);
        let bridge = Arc::new(Mutex::new(Some(bridge)));
        let (told, saved) = (Arc::clone(&bridge), Arc::new(AtomicU64::new(seq)));
        let noted = Arc::clone(&saved);
        let persist = Persist::spawn(session, move |input| {
            if let Input::Saved(seq) = input {
                noted.store(seq, Ordering::SeqCst);
                if let Some(bridge) = &*told.lock().unwrap() {
                    bridge.saved(seq);
                }
            }
        })
        .unwrap();
        let mut lead = Self { persist: Some(persist), bridge, said, saved, seq, last: None, inputs: Vec::new() };
        records.iter().for_each(|r| lead.append(r.clone()));
        lead
    }

    pub fn append(&mut self, record: Record) {
        self.seq = record.seq;
        self.persist.as_ref().unwrap().append(record, Urgency::Decision).unwrap();
    }

    pub fn notes(&mut self, until: u64) {
        for seq in self.seq + 1..=until {
            self.append(note(seq, &format!("note {seq}")));
        }
    }

    pub fn share(&self, desk: &Desk) {
        self.bridge.lock().unwrap().as_ref().unwrap().share(desk);
    }

    /// Takes what the bridge says; true where there was something.
    pub fn hear(&mut self) -> bool {
        let Ok(input) = self.said.try_recv() else { return false };
        match input {
            Input::Sharing(sharing) => self.last = Some(sharing),
            other => self.inputs.push(other),
        }
        true
    }

    /// Waits until the sharing stands so.
    pub fn until(&mut self, what: &str, wanted: impl Fn(&Sharing) -> bool) -> Sharing {
        let begin = Instant::now();
        loop {
            while self.hear() {}
            if let Some(last) = self.last.clone().filter(|l| wanted(l)) {
                return last;
            }
            assert!(begin.elapsed() < LIMIT, "waited for {what}; it is {:?}", self.last);
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    /// Waits until everything is saved and on the server.
    pub fn until_even(&mut self) {
        let begin = Instant::now();
        while self.acknowledged() < self.seq {
            self.hear();
            let (saved, got) = (self.saved.load(Ordering::SeqCst), self.acknowledged());
            assert!(begin.elapsed() < LIMIT, "{} records, {saved} saved, {got} there; {:?}", self.seq, self.last);
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    /// The last record that the server has acknowledged.
    pub fn acknowledged(&self) -> u64 {
        self.bridge.lock().unwrap().as_ref().map_or(0, Bridge::acknowledged)
    }

    pub fn close(&mut self) {
        if let Some(bridge) = self.bridge.lock().unwrap().take() {
            bridge.close(Duration::from_secs(5));
        }
        if let Some(persist) = self.persist.take() {
            assert_eq!(persist.flush_and_close().lost, None);
        }
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        drop(self.bridge.lock().map(|mut b| b.take()));
    }
}

/// A follower without a screen.
pub struct Follower {
    pub mirror: Mirror,
    pub said: tokio::sync::mpsc::Receiver<Said>,
    pub says: tokio::sync::mpsc::Sender<Message>,
    pub told: Vec<String>,
    pub odd: Vec<String>,
    pub there: Option<bool>,
}

impl Follower {
    pub fn join(server: &str) -> Self {
        Self::try_join(server, trusted()).unwrap()
    }

    /// The same, and the lead is told who it is.
    pub fn attending(server: &str, signer: Arc<Signer>) -> (Self, Attending) {
        let address = Address::parse(&format!("{server}/{ID}")).unwrap();
        let (mut inlet, says) = NatsInlet::connect(&settings(server), &address, trusted(), pace()).unwrap();
        let attending = inlet.attending(signer);
        (Self::over(inlet, says), attending)
    }

    pub fn try_join(server: &str, trusted: BTreeSet<PublicKey>) -> Result<Self, hotwash::fault::Fault> {
        let address = Address::parse(&format!("{server}/{ID}")).unwrap();
        let (inlet, says) = NatsInlet::connect(&settings(server), &address, trusted, pace())?;
        Ok(Self::over(inlet, says))
    }

    fn over(inlet: NatsInlet, says: tokio::sync::mpsc::Sender<Message>) -> Self {
        let mirror = Mirror::trusting(Desk::follow("lee", (120, 36), clock(), "test"), inlet.trusts());
        let said = listen(Box::new(inlet)).unwrap();
        Self { mirror, said, says, told: Vec::new(), odd: Vec::new(), there: None }
    }

    /// Takes what is there; false where nothing was.
    pub fn hear(&mut self) -> bool {
        let Ok(said) = self.said.try_recv() else { return false };
        match said {
            Said::Told(what) => self.told.push(what),
            Said::Lines(lines) => {
                for input in self.mirror.hear(lines) {
                    match &input {
                        Input::Odd(what) => self.odd.push(what.clone()),
                        Input::Lead { there } => self.there = Some(*there),
                        _ => {}
                    }
                    let turn = self.mirror.take(input);
                    assert_eq!(turn.events, []);
                }
            }
            Said::Ended(ended) => self.told.push(format!("{ended:?}")),
        }
        true
    }

    pub fn until(&mut self, what: &str, wanted: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        while !wanted(self) {
            if !self.hear() {
                std::thread::park_timeout(Duration::from_millis(5));
            }
            let (seq, odd) = (self.mirror.session.seq, self.odd.last());
            assert!(begin.elapsed() < LIMIT, "waited for {what}; record {seq}, told {:?}, odd {odd:?}", self.told);
        }
    }

    pub fn until_record(&mut self, seq: u64) {
        self.until(&format!("record {seq}"), |f| f.mirror.session.seq >= seq);
    }
}
