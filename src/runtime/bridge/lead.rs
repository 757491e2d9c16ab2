//! The lead's side: one thread beside the console that sends what is saved, says where the lead looks,
//! and hears what others say. The console hands over two values that only grow newer, and waits for
//! nothing: with the servers gone it is as fast as ever.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use futures_util::StreamExt;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::attendance::Attendance;
use super::link::{Link, Pace};
use super::names::Names;
use super::outlet::Outlet;
use super::packer::Packer;
use super::place::Hitch;
use super::voices::Voices;
use crate::app::sharing::Sharing;
use crate::app::{Desk, Input, Standpoint};
use crate::journal::beacon::{Beacon, Said};
use crate::journal::feed::Refusal;
use crate::journal::seal::Signer;
use crate::runtime::bridge_settings::BridgeSettings;
use crate::runtime::identity::Speakers;
use crate::runtime::publish;

/// The first wait after something failed; it doubles up to the next.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// After a refusal the server is asked again so seldom.
const REFUSED_WAIT: Duration = Duration::from_secs(30);
/// How long leaving waits for the last records to be sent.
const GOODBYE: Duration = Duration::from_millis(800);
/// Between two sayings of where the lead looks.
const SPACING: Duration = Duration::from_millis(25);
/// Between two tellings of how many records wait.
const TELLING: Duration = Duration::from_millis(250);

/// Answers of the console to messages that wait to be sent.
const MOST_REFUSALS: usize = 64;

/// What is shared, and with what.
pub struct Shares {
    /// The session's names.
    pub names: Names,
    /// Its folder.
    pub folder: PathBuf,
    /// The servers.
    pub settings: BridgeSettings,
    /// This person's key.
    pub signer: Arc<Signer>,
    /// Who may say something, and who may lead.
    pub people: Arc<Speakers>,
    /// The console.
    pub to: Sender<Input>,
    /// How soon things are noticed.
    pub pace: Pace,
}

/// The near end. Dropping it ends the thread without waiting for it.
#[derive(Debug)]
pub struct Bridge {
    saved: watch::Sender<u64>,
    views: watch::Sender<Option<Standpoint>>,
    closing: watch::Sender<bool>,
    acknowledged: watch::Receiver<u64>,
    refusals: Sender<Refusal>,
    ended: std::sync::mpsc::Receiver<()>,
}

impl Bridge {
    /// Begins to share.
    ///
    /// # Errors
    /// When no thread can be made.
    pub fn start(shares: Shares) -> io::Result<Self> {
        let (saved, on_disk) = watch::channel(0);
        let (views, looks) = watch::channel(None);
        let (closing, closes) = watch::channel(false);
        let (done, ended) = std::sync::mpsc::sync_channel(1);
        let (refusals, refused) = channel(MOST_REFUSALS);
        let leads = shares.people.iter().filter(|(_, (_, role))| role.leads()).map(|(key, _)| *key);
        let leads: BTreeSet<_> = leads.chain([shares.signer.public()]).collect();
        let outlet = Outlet::new(shares.names.clone(), shares.folder.clone(), shares.settings.clone(), leads);
        let acknowledged = outlet.acknowledged();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("hotwash-bridge".into()).spawn(move || {
            runtime.block_on(Far { shares, saved: on_disk, views: looks, closing: closes }.run(outlet, refused));
            runtime.shutdown_timeout(Duration::from_millis(50));
            // Nobody waits any more: then nobody is told.
            let _ = done.try_send(());
        })?;
        Ok(Self { saved, views, closing, acknowledged, refusals, ended })
    }

    /// Records up to this one are on disk.
    pub fn saved(&self, seq: u64) {
        self.saved.send_if_modified(|last| std::mem::replace(last, seq.max(*last)) < seq);
    }

    /// Tells whoever sent this over the server that it was not taken.
    pub fn refuse(&self, refusal: Refusal) {
        // So many wait only where somebody floods the lead: then not everyone is told.
        let _ = self.refusals.try_send(refusal);
    }

    /// The last record that a server has acknowledged.
    pub fn acknowledged(&self) -> u64 {
        *self.acknowledged.borrow()
    }

    /// Where the lead looks, if that has changed.
    pub fn share(&self, desk: &Desk) {
        let at = Some(Standpoint::of(desk));
        self.views.send_if_modified(|last| {
            let changed = *last != at;
            *last = at;
            changed
        });
    }

    /// Sends what is left, says goodbye, and waits for that at most so long.
    pub fn close(self, patience: Duration) {
        self.closing.send_replace(true);
        // What was not sent stands in the journal, and is sent when the session is opened again.
        let _ = self.ended.recv_timeout(patience);
    }
}

/// The far end.
struct Far {
    shares: Shares,
    saved: watch::Receiver<u64>,
    views: watch::Receiver<Option<Standpoint>>,
    closing: watch::Receiver<bool>,
}

async fn closed(closing: &mut watch::Receiver<bool>) {
    // Without its sender it is closed as well.
    let _ = closing.wait_for(|closed| *closed).await;
}

/// Says on the console how the sharing stands; the same thing once.
struct Teller {
    to: Sender<Input>,
    last: Option<Sharing>,
    at: Option<std::time::Instant>,
}

impl Teller {
    fn tell(&mut self, sharing: Sharing) {
        if self.last.as_ref() == Some(&sharing) {
            return;
        }
        // A full channel: the console is busy; the next one is as good, and comes.
        if self.to.try_send(Input::Sharing(sharing.clone())).is_ok() {
            self.last = Some(sharing);
        }
    }

    fn behind(&mut self, records: u64) {
        if records == 0 || self.at.is_some_and(|at| at.elapsed() < TELLING) {
            return;
        }
        self.at = Some(std::time::Instant::now());
        self.tell(Sharing::Behind(records));
    }
}

impl Far {
    async fn run(mut self, mut outlet: Outlet, refused: Receiver<Refusal>) {
        let mut teller = Teller { to: self.shares.to.clone(), last: None, at: None };
        teller.tell(Sharing::Connecting);
        let Some(link) = self.connect(&mut teller).await else { return };
        let mut tasks = JoinSet::new();
        let (names, people, to) = (names_of(&self.shares), Arc::clone(&self.shares.people), self.shares.to.clone());
        let attendance = Attendance { names: names.clone(), people: Arc::clone(&people), to: to.clone() };
        tasks.spawn(attendance.listen(link.clone()));
        let voices = Voices { names: names.clone(), people, heard: outlet.heard(), refused, to };
        tasks.spawn(voices.listen(link.clone()));
        let (folder, settings) = (self.shares.folder.clone(), self.shares.settings.clone());
        let (acknowledged, marks) = (outlet.acknowledged(), outlet.marks());
        tasks.spawn(Packer { names: names.clone(), folder, settings, acknowledged, marks }.run(link.clone()));
        let (signer, saved) = (Arc::clone(&self.shares.signer), self.saved.clone());
        let shine = Shine { names, signer, saved, count: 0 };
        tasks.spawn(shine.clone().run(link.clone(), self.views.clone()));
        self.send(&link, &mut outlet, &mut teller).await;
        tasks.abort_all();
        let goodbye = async {
            let _ = outlet.catch_up(&link, &self.saved, &mut |_| {}).await;
            shine.say(&link, false, None).await;
            let _ = link.client.flush().await;
        };
        // Whoever follows finds out by themselves.
        let _ = timeout(GOODBYE, goodbye).await;
    }

    /// Tries until a server is there; `None` when the session is closed before.
    async fn connect(&mut self, teller: &mut Teller) -> Option<Link> {
        let Shares { settings, pace, .. } = &self.shares;
        let mut wait = FIRST_WAIT;
        loop {
            let tried = tokio::select! {
                tried = Link::connect(settings, &settings.servers, *pace) => tried,
                () = closed(&mut self.closing) => return None,
            };
            match tried {
                Ok(link) => return Some(link),
                Err(why) => teller.tell(Sharing::Away { why, records: *self.saved.borrow() }),
            }
            tokio::select! {
                () = sleep(wait) => wait = (wait * 2).min(LONGEST_WAIT),
                () = closed(&mut self.closing) => return None,
            }
        }
    }

    /// Sends until the session is closed.
    async fn send(&mut self, link: &Link, outlet: &mut Outlet, teller: &mut Teller) {
        let mut seen = link.seen.clone();
        let mut connects = seen.borrow_and_update().connects;
        let mut wait = FIRST_WAIT;
        loop {
            self.saved.mark_unchanged();
            let sent = if link.is_up() {
                let mut told = |n| teller.behind(n);
                tokio::select! {
                    sent = outlet.catch_up(link, &self.saved, &mut told) => sent,
                    () = closed(&mut self.closing) => return outlet.look_again(),
                }
            } else {
                Err(Hitch::Away("the server is out of reach".into()))
            };
            let records = outlet.behind(*self.saved.borrow());
            let (state, rest) = match sent {
                Ok(()) => (Sharing::Even, None),
                Err(Hitch::Refused(why)) => (Sharing::Refused { why }, Some(REFUSED_WAIT)),
                Err(Hitch::Away(why)) => (Sharing::Away { why, records }, Some(wait)),
                Err(Hitch::Anew) => (Sharing::Behind(records), Some(wait)),
            };
            wait = if rest.is_none() { FIRST_WAIT } else { (wait * 2).min(LONGEST_WAIT) };
            teller.tell(state);
            tokio::select! {
                changed = self.saved.changed(), if rest.is_none() => if changed.is_err() { return },
                () = async { sleep(rest.unwrap_or_default()).await }, if rest.is_some() => {}
                _ = seen.changed() => {}
                () = closed(&mut self.closing) => return,
            }
            // A server that was away may have forgotten everything.
            let now = seen.borrow_and_update().connects;
            if std::mem::replace(&mut connects, now) != now {
                outlet.look_again();
                wait = FIRST_WAIT;
            }
        }
    }
}

fn names_of(shares: &Shares) -> Names {
    shares.names.clone()
}

/// Says that the lead is there, and where they look.
#[derive(Clone)]
struct Shine {
    names: Names,
    signer: Arc<Signer>,
    saved: watch::Receiver<u64>,
    count: u64,
}

impl Shine {
    async fn run(mut self, link: Link, mut views: watch::Receiver<Option<Standpoint>>) {
        let Ok(mut hello) = link.client.subscribe(self.names.hello()).await else { return };
        loop {
            let view = views.borrow_and_update().clone().and_then(publish::shown);
            self.count = self.next_count();
            self.say(&link, true, view).await;
            sleep(SPACING).await;
            tokio::select! {
                changed = views.changed() => if changed.is_err() { return },
                asked = hello.next() => if asked.is_none() { return },
                () = sleep(link.pace.beacon) => {}
            }
        }
    }

    fn next_count(&self) -> u64 {
        u64::try_from(Utc::now().timestamp_millis()).unwrap_or(0).max(self.count + 1)
    }

    async fn say(&self, link: &Link, there: bool, view: Option<serde_json::Value>) {
        let said = Said { there, view, record: *self.saved.borrow() };
        // While nobody can be reached nothing is said: it would be old when it arrived.
        let Some(bytes) = Beacon::sign(&self.signer, self.names.session(), self.next_count(), &said).bytes() else {
            return;
        };
        if link.is_up() && bytes.len() < link.client.max_payload() {
            let _ = link.client.publish(self.names.lead(), bytes.into()).await;
        }
    }
}
