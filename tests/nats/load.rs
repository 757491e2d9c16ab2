//! What followers over NATS cost: the lead's key to its frame while 200 records a second are written and
//! shared, against the same without sharing; and a follower's memory. The figures of the full size come
//! from `scripts/bridge-load.sh`; here a few followers show that it works.

use std::path::Path;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hotwash::journal::Record;
use hotwash::journal::event::{Event, NoteKind};
use hotwash::journal::peer::{Message, Saying};
use hotwash::runtime::folder::Folder;
use hotwash::runtime::inbox;

use super::screens::{follower, id, key, lead, person};
use super::server::Server;
use super::{LIMIT, clock, signer};
use crate::terminal::Console;

/// Records a second: 200 where a figure was asked for, few in a test beside others on a slow machine.
fn rate() -> u64 {
    let asked = ["HOTWASH_KEYS", "HOTWASH_FOLLOWERS"].iter().any(|name| std::env::var_os(name).is_some());
    if asked { 200 } else { 50 }
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Leaves signed notes in the lead's inbox, at this rate, until it is told to stop: each is a record.
fn feed(home: &Path, session: &str, stop: &Arc<AtomicBool>, sent: &Arc<AtomicU64>) -> std::thread::JoinHandle<()> {
    let folder = Folder::open(&home.join("sessions").join(session)).unwrap();
    let (session, stop, sent) = (session.to_owned(), Arc::clone(stop), Arc::clone(sent));
    std::thread::spawn(move || {
        let (begin, signer, rate) = (Instant::now(), signer(1), rate());
        for count in 1.. {
            let due = begin + Duration::from_micros(count * 1_000_000 / rate);
            while let Some(left) = due.checked_duration_since(Instant::now()) {
                std::thread::park_timeout(left);
            }
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let note = Saying::Note { kind: NoteKind::Note, text: format!("load {count}") };
            let message = Message::sign(&signer, &session, count, clock(), &note);
            if inbox::leave(&folder, &message).is_ok() {
                sent.store(count, Ordering::Relaxed);
            }
        }
    })
}

/// From keys to the frames that show what they did: all of them, sorted.
fn keys(lead: &mut Console, count: usize) -> Vec<Duration> {
    let mut took = Vec::new();
    for (key, title) in [("5", "─❯ Summary"), ("4", "─❯ Checklist")].iter().cycle().take(count) {
        let begin = Instant::now();
        lead.type_in(key.as_bytes());
        lead.wait_for_text(title);
        took.push(begin.elapsed());
        // The screen is never still here: the next key comes after a while, as a person's does.
        std::thread::park_timeout(Duration::from_millis(30));
    }
    took.sort();
    took
}

fn resident(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Processor time of a process so far, in milliseconds.
fn worked(id: u32) -> u64 {
    crate::terminal::cpu_ticks(id) * 10
}

/// Lines of records in what a reader wrote, each as often as it stands there.
fn records(out: &Path) -> Vec<Vec<u8>> {
    let written = std::fs::read(out).unwrap_or_default();
    written.split(|b| *b == b'\n').filter(|line| line.starts_with(b"=")).map(<[u8]>::to_vec).collect()
}

fn comes_once(lines: &[Vec<u8>]) -> bool {
    lines.iter().collect::<std::collections::BTreeSet<_>>().len() == lines.len()
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !done() {
        assert!(begin.elapsed() < LIMIT, "waited for {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// How many records the session has once the note of this count is saved; it is the last one. What a screen
/// says is no sign of it: half of a frame shows the new row beside the old status.
fn saved_up_to(home: &Path, session: &str, count: u64) -> usize {
    let (store, text) = (hotwash::runtime::store::Store::at(home), format!("load {count}"));
    let is_last = |r: &Record| match &r.event {
        Event::PeerSaid { message } => message.saying().is_some_and(|s| s.text() == text),
        _ => false,
    };
    let records = || store.load(session).map_or_else(|_| Vec::new(), |loaded| loaded.records);
    until("the last note to be saved", || records().iter().any(is_last));
    records().len()
}

fn measured(server: Option<&str>, followers: usize, count: usize) -> (Vec<Duration>, u64) {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let peer = person("peer", &signer(1).public().to_string(), "responder");
    let mut lead = lead(here.path(), server, &peer);
    let session = id(here.path());
    std::fs::write(there.path().join("people.toml"), person("kim", &key(here.path()), "lead")).unwrap();
    let mut watching = None;
    let mut reading = Vec::new();
    if let Some(server) = server {
        lead.wait_for_text("bridge: even");
        let address = format!("{server}/{session}");
        watching = Some(follower(there.path(), &address));
        let program = std::env::var_os("HOTWASH_BIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_hotwash").into());
        for n in 1..followers {
            let (mut command, out) = (Command::new(&program), there.path().join(format!("out-{n}")));
            command.args(["follow", &address, "--raw"]).env("HOTWASH_HOME", there.path());
            command.stdout(std::fs::File::create(&out).unwrap());
            reading.push((Killed(command.spawn().unwrap()), out));
        }
        until("all to have joined", || reading.iter().all(|(_, out)| !records(out).is_empty()));
    }
    let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let feeding = feed(here.path(), &session, &stop, &sent);
    keys(&mut lead, 4);
    let of_all = || reading.iter().map(|(r, _)| worked(r.0.id())).sum::<u64>();
    let (before, begun) = (of_all(), sent.load(Ordering::Relaxed));
    let took = keys(&mut lead, count);
    let (spent, read) = (of_all() - before, (sent.load(Ordering::Relaxed) - begun) * reading.len().max(1) as u64);
    stop.store(true, Ordering::Relaxed);
    feeding.join().unwrap();
    let last = sent.load(Ordering::Relaxed);
    lead.type_in(b"sG");
    lead.wait_for_text(&format!("load {last}"));
    let all = saved_up_to(here.path(), &session, last);
    until("every reader to have every record", || reading.iter().all(|(_, out)| records(out).len() >= all));
    assert!(reading.iter().all(|(_, out)| comes_once(&records(out))), "a record came twice");
    let memory = watching.map_or(0, |mut follower| {
        follower.wait_for_text(&format!("record {all}"));
        // By itself: where the lead looks comes when it comes.
        follower.type_in(b"sG");
        follower.wait_for_text(&format!("load {last}"));
        resident(follower.child.id())
    });
    let (p50, p95) = (took[took.len() / 2], took[took.len() * 95 / 100]);
    let of = reading.iter().map(|(r, _)| resident(r.0.id())).max().unwrap_or(0);
    println!(
        "{followers} followers, {last} records: lead's key to frame p50 {p50:?}, p95 {p95:?}; follower {memory} KiB at the most, reader {of} KiB; a reader spends {} µs a record",
        spent * 1_000 / read.max(1)
    );
    (took, memory)
}

/// The figure of an outage: 2,000 records at 200 a second, a third of them while the server is dead.
///
/// ```text
/// HOTWASH_KEYS=100 HOTWASH_BIN=target/release/hotwash cargo test --all-features --test suite nats::load::a_server -- --nocapture
/// ```
#[test]
fn a_server_that_dies_and_comes_back_is_nothing_that_the_leads_keys_notice() {
    let Some(mut server) = Server::start("") else { return };
    let wanted = std::env::var("HOTWASH_KEYS").ok().and_then(|n| n.parse().ok());
    let count = wanted.unwrap_or(20);
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let peer = person("peer", &signer(1).public().to_string(), "responder");
    let mut lead = lead(here.path(), Some(&server.url()), &peer);
    let session = id(here.path());
    std::fs::write(there.path().join("people.toml"), person("kim", &key(here.path()), "lead")).unwrap();
    lead.wait_for_text("bridge: even");
    let mut watching = follower(there.path(), &format!("{}/{session}", server.url()));
    let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let feeding = feed(here.path(), &session, &stop, &sent);
    keys(&mut lead, 4);
    let up = keys(&mut lead, count);
    server.kill();
    let dead = keys(&mut lead, count);
    server.restart();
    let back = keys(&mut lead, count);
    stop.store(true, Ordering::Relaxed);
    feeding.join().unwrap();
    let last = sent.load(Ordering::Relaxed);
    let of = |took: &[Duration], part: usize| took[took.len() * part / 100];
    for (what, took) in [("up", &up), ("dead", &dead), ("back, with a back-log", &back)] {
        println!("server {what}: lead's key to frame p50 {:?}, p95 {:?}", of(took, 50), of(took, 95));
    }
    lead.type_in(b"sG");
    lead.wait_for_text(&format!("load {last}"));
    let all = saved_up_to(here.path(), &session, last);
    lead.wait_for_text("bridge: even");
    watching.wait_for_text(&format!("record {all}"));
    println!("{all} records around a server that died: the follower has them all");
    // The figures are a release build's on a machine that does nothing else.
    if std::env::var_os("HOTWASH_BIN").is_some() && wanted.is_some() {
        let worse = of(&dead, 50).max(of(&back, 50)).saturating_sub(of(&up, 50));
        assert!(worse <= Duration::from_millis(5), "{worse:?} worse");
    }
}

#[test]
fn followers_cost_the_lead_little_and_a_follower_needs_little_memory() {
    let Some(server) = Server::start("") else { return };
    let wanted = std::env::var("HOTWASH_FOLLOWERS").ok().and_then(|n| n.parse().ok());
    let count = if wanted.is_some() { 200 } else { 20 };
    let (alone, _) = measured(None, 0, count);
    let (shared, memory) = measured(Some(&server.url()), wanted.unwrap_or(3), count);
    let p50 = |took: &[Duration]| took[took.len() / 2];
    let p95 = |took: &[Duration]| took[took.len() * 95 / 100];
    let worse = p50(&shared).saturating_sub(p50(&alone));
    println!("sharing makes it {worse:?} worse at p50, {:?} at p95", p95(&shared).saturating_sub(p95(&alone)));
    // The figures are a release build's on a machine that does nothing else.
    if std::env::var_os("HOTWASH_BIN").is_some() && wanted.is_some() {
        assert!(memory <= 40 * 1024 && worse <= Duration::from_millis(5), "{memory} KiB, {worse:?} worse");
    }
}
