//! Whoever can write to the server and is no lead: nothing of theirs is folded, moves a screen, runs or
//! approves anything.

use std::sync::Arc;

use async_nats::HeaderMap;
use hotwash::app::panel::Panel;
use hotwash::app::{Effect, Input, Standpoint};
use hotwash::journal::beacon::{Beacon, Said};
use hotwash::journal::event::{Author, Event, RunContext};
use hotwash::journal::format::{self, Chain};
use hotwash::journal::peer::{Message, PeerRole, Saying};
use hotwash::journal::seal::Signer;
use hotwash::journal::{Record, event::NoteKind};
use hotwash::session::Session;

use super::parts::{HEAD, Head};
use super::server::Server;
use super::{Follower, ID, Lead, Who, clock, note, signer};
use crate::bench::Bench;
use crate::follow::peers::one_of_each;

/// Somebody with a client and the right to publish.
pub struct Stranger {
    runtime: tokio::runtime::Runtime,
    client: async_nats::Client,
}

impl Stranger {
    pub fn at(server: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let client = runtime.block_on(async_nats::connect(server)).unwrap();
        Self { runtime, client }
    }

    pub fn put(&self, subject: &str, head: Option<&str>, bytes: Vec<u8>) {
        let mut headers = HeaderMap::new();
        if let Some(head) = head {
            headers.insert(HEAD, head);
        }
        let subject = subject.to_owned();
        self.runtime.block_on(self.client.publish_with_headers(subject, headers, bytes.into())).unwrap();
    }

    pub fn flush(&self) {
        self.runtime.block_on(self.client.flush()).unwrap();
    }

    fn ask(&self, subject: String, bytes: Vec<u8>) -> String {
        let answer = self.runtime.block_on(self.client.request(subject, bytes.into())).unwrap();
        String::from_utf8(answer.payload.to_vec()).unwrap()
    }
}

fn line(signer: Option<&Signer>, before: &Chain, record: &Record) -> (Chain, Vec<u8>) {
    let mut payload = format::payload(record).unwrap();
    if let Some(signer) = signer {
        signer.seal(ID, before, &mut payload);
    }
    let mut bytes = Vec::new();
    (format::frame(before, &payload, &mut bytes), bytes)
}

/// One forged, replayed, reordered or oversized message.
fn forged(n: u64, genuine: &[(Chain, Chain, Vec<u8>)]) -> (String, Vec<u8>) {
    let other = signer(9);
    let next = genuine.len() as u64 + 1;
    let (before, last, old) = &genuine[n as usize % genuine.len()];
    let at = |seq, before: &Chain, chain: &Chain| {
        Head { seq, before: *before, chain: *chain, part: 0, parts: 1 }.to_string()
    };
    let record = note(next, &format!("forged {n}"));
    match n % 8 {
        0 => {
            let (chain, bytes) = line(Some(&other), last, &record);
            (at(next, last, &chain), bytes)
        }
        1 => {
            let (chain, bytes) = line(None, last, &record);
            (at(next, last, &chain), bytes)
        }
        2 => (at(next, before, last), old.clone()),
        3 => (at(n % next + 1, before, last), old.clone()),
        4 => {
            let (chain, bytes) = line(Some(&other), last, &note(next + 50, "too early"));
            (at(next + 50, last, &chain), bytes)
        }
        5 => {
            let mut bytes = old.clone();
            let byte = 40 + n as usize % (bytes.len() - 60);
            bytes[byte] ^= 1;
            (at(next, before, last), bytes)
        }
        6 => (at(next, before, last), vec![b'='; 200_000]),
        _ => ("nonsense".into(), b"~ 00000000 00000009 \"restart\"\n".to_vec()),
    }
}

#[test]
fn of_10000_messages_that_no_lead_sent_none_is_folded_and_the_lead_goes_on() {
    let Some(server) = Server::start("") else { return };
    let home = tempfile::tempdir().unwrap();
    let mut records: Vec<Record> = (1..=20).map(|n| note(n, "genuine")).collect();
    let mut lead = Lead::start(Who::new(home.path(), &server.url()), &records);
    lead.until_even();
    let mut follower = Follower::join(&server.url());
    follower.until_record(20);
    let (own, mut before, mut genuine) = (signer(7), Chain::genesis(ID), Vec::new());
    for record in &records {
        let (chain, bytes) = line(Some(&own), &before, record);
        genuine.push((before, chain, bytes));
        before = chain;
    }
    let stranger = Stranger::at(&server.url());
    for round in 0..10_u64 {
        for n in 0..1_000 {
            let (head, bytes) = forged(round * 1_000 + n, &genuine);
            stranger.put(&format!("hotwash.{ID}.records"), Some(&head), bytes);
        }
        stranger.flush();
        let seq = records.len() as u64 + 1;
        records.push(note(seq, "genuine"));
        lead.append(records.last().unwrap().clone());
        follower.until_record(seq);
    }
    lead.until_even();
    assert_eq!(follower.mirror.session, Session::of(&records));
    assert!(follower.odd.iter().any(|o| o.contains("missing")), "gaps are said");
    assert!(follower.mirror.session.notes.iter().all(|n| n.text == "genuine"));
    println!(
        "10000 forged, replayed, reordered and oversized records over NATS: 0 accepted, {} told",
        follower.odd.len()
    );
}

#[test]
fn where_the_lead_looks_is_the_leads_alone_to_say() {
    let Some(server) = Server::start("") else { return };
    let home = tempfile::tempdir().unwrap();
    let mut b = Bench::investigated((120, 36));
    let mut lead = Lead::start(Who::new(home.path(), &server.url()), &b.records);
    b.desk.focus = Panel::Timeline;
    lead.share(&b.desk);
    lead.until_even();
    let mut follower = Follower::join(&server.url());
    follower.until("the timeline", |f| f.mirror.desk.focus == Panel::Timeline);
    let stranger = Stranger::at(&server.url());
    b.desk.focus = Panel::Runs;
    let view = serde_json::to_value(Standpoint::of(&b.desk)).unwrap();
    let subject = format!("hotwash.{ID}.lead");
    for said in [Said { there: true, view: Some(view), record: 9 }, Said { there: false, view: None, record: 9 }] {
        let mut forged = Beacon::sign(&signer(9), ID, u64::MAX, &said);
        stranger.put(&subject, None, forged.bytes().unwrap());
        forged.key = signer(7).public();
        stranger.put(&subject, None, forged.bytes().unwrap());
        let elsewhere = Beacon::sign(&signer(7), "another", u64::MAX, &said);
        stranger.put(&subject, None, elsewhere.bytes().unwrap());
    }
    stranger.put(&subject, None, b"{}".to_vec());
    stranger.flush();
    b.desk.focus = Panel::Checklist;
    lead.share(&b.desk);
    follower.until("where the lead really looks", |f| f.mirror.desk.focus == Panel::Checklist);
    assert_eq!(follower.there, Some(true));
}

/// A lead who knows lee (1, a responder) and pat (3, an observer), and journals what they say.
fn peers(home: &std::path::Path, server: &str, b: &Bench) -> Lead {
    let people = [(1, "lee", PeerRole::Responder), (3, "pat", PeerRole::Observer)];
    let people: hotwash::runtime::identity::Speakers =
        people.map(|(n, name, role)| (signer(n).public(), (name.to_owned(), role))).into();
    let mut lead = Lead::start(Who { people, ..Who::new(home, server) }, &b.records);
    lead.until_even();
    lead
}

fn bench() -> Bench {
    let mut b = Bench::investigated((120, 36));
    let people = [(1, "lee", PeerRole::Responder), (3, "pat", PeerRole::Observer)];
    b.desk.people = Arc::new(people.map(|(n, name, role)| (signer(n).public(), (name.to_owned(), role))).into());
    b
}

fn message(n: u8, count: u64, saying: &Saying) -> Message {
    Message::sign(&signer(n), ID, count, clock(), saying)
}

fn inbox(n: u8) -> String {
    format!("hotwash.{ID}.inbox.{}", signer(n).public().short())
}

/// Gives the lead's console what arrives; each turn comes back.
fn turns(lead: &mut Lead, b: &mut Bench, wanted: usize) -> Vec<hotwash::app::Turn> {
    let (begin, mut all) = (std::time::Instant::now(), Vec::new());
    while all.len() < wanted {
        lead.hear();
        for input in std::mem::take(&mut lead.inputs) {
            let before = b.records.len();
            let turn = b.input(input);
            for record in b.records[before..].iter().cloned() {
                lead.append(record);
            }
            all.push(turn);
        }
        assert!(begin.elapsed() < super::LIMIT, "{} of {wanted} arrived", all.len());
        std::thread::park_timeout(std::time::Duration::from_millis(2));
    }
    all
}

#[test]
fn no_kind_of_message_over_nats_leads_to_a_run_an_approval_or_a_judgement() {
    let Some(server) = Server::start("") else { return };
    let (home, mut b) = (tempfile::tempdir().unwrap(), bench());
    let mut lead = peers(home.path(), &server.url(), &b);
    let before = (b.session.runs.clone(), b.session.checks.clone(), b.session.judgements.clone());
    let kinds = one_of_each(&b);
    let stranger = Stranger::at(&server.url());
    for (saying, count) in kinds.iter().zip(1..) {
        stranger.put(&inbox(1), None, message(1, count, saying).bytes());
        stranger.flush();
        for turn in turns(&mut lead, &mut b, 1) {
            let by_lee = matches!(&turn.events[..], [(Author::Person(lee), Event::PeerSaid { .. })] if lee == "lee");
            assert!(by_lee, "{saying:?}: {turn:?}");
            assert!(turn.effects.iter().all(|e| matches!(e, Effect::Wake { .. })), "{saying:?}: {:?}", turn.effects);
            assert_eq!((b.desk.dialog.clone(), b.desk.prompt.clone()), (None, None));
        }
    }
    assert_eq!((b.session.runs.clone(), b.session.checks.clone(), b.session.judgements.clone()), before);
    assert!(b.runs().is_empty());
    println!("{} kinds of message over NATS: none reaches a run, an approval or a judgement", kinds.len());
}

#[test]
fn every_event_that_somebody_sends_to_any_subject_reaches_the_console_as_nothing_but_a_refusal() {
    let Some(server) = Server::start("") else { return };
    let (home, b) = (tempfile::tempdir().unwrap(), bench());
    let mut lead = peers(home.path(), &server.url(), &b);
    let stranger = Stranger::at(&server.url());
    let context = RunContext::default();
    let approval = Event::RunApproved { run: 1, check: None, command: "id".into(), context };
    let events = [approval, Event::RunStarted { run: 1, pid: 1 }, Event::TitleChanged { title: "mine".into() }];
    let (chain, mut sent) = (Chain::genesis(ID), 0_u64);
    for event in events {
        let record = Record { seq: 1, at: clock(), by: Author::Person("kim".into()), event };
        let (_, bytes) = line(Some(&signer(1)), &chain, &record);
        let json = serde_json::to_vec(&record.event).unwrap();
        let mut said = message(1, 1, &Saying::ProposeCheck { text: "x".into() });
        said.body = String::from_utf8(json.clone()).unwrap();
        for bytes in [bytes, json, said.bytes()] {
            for subject in ["hello", "lead", "inbox.lee", &format!("inbox.{}", signer(1).public().short())] {
                stranger.put(&format!("hotwash.{ID}.{subject}"), None, bytes.clone());
                sent += u64::from(subject.starts_with("inbox"));
            }
        }
    }
    stranger.flush();
    let (begin, mut refused) = (std::time::Instant::now(), 0);
    while refused < sent {
        lead.hear();
        for input in std::mem::take(&mut lead.inputs) {
            match input {
                Input::PeersRefused { count, .. } => refused += count,
                other => panic!("{other:?}"),
            }
        }
        assert!(begin.elapsed() < super::LIMIT, "{refused} of {sent} told");
        std::thread::park_timeout(std::time::Duration::from_millis(2));
    }
    println!("{sent} messages that hold events: {refused} refused, 0 taken");
}

#[test]
fn whoever_is_not_taken_reads_why_and_whoever_is_reads_so_once_it_is_saved() {
    let Some(server) = Server::start("") else { return };
    let (home, mut b) = (tempfile::tempdir().unwrap(), bench());
    let mut lead = peers(home.path(), &server.url(), &b);
    let stranger = Stranger::at(&server.url());
    let note = Saying::Note { kind: NoteKind::Question, text: "is the replica in sync?".into() };
    let taken = message(1, 1, &note);
    let (client, runtime) = (stranger.client.clone(), stranger.runtime.handle().clone());
    let (subject, bytes) = (inbox(1), taken.bytes());
    let asked = runtime.spawn(async move { client.request(subject, bytes.into()).await });
    turns(&mut lead, &mut b, 1);
    let answer = stranger.runtime.block_on(asked).unwrap().unwrap();
    assert_eq!(answer.payload.as_ref(), b"+");
    assert!(lead.saved.load(std::sync::atomic::Ordering::SeqCst) >= b.records.len() as u64, "it is saved by now");
    let escape = Saying::Note { kind: NoteKind::Note, text: "\u{1b}[2J cleared".into() };
    for (bytes, subject, why) in [
        (taken.bytes(), inbox(1), "it came before"),
        (message(3, 1, &note).bytes(), inbox(3), "pat is an observer"),
        (message(9, 1, &note).bytes(), inbox(9), "not in people.toml"),
        (message(1, 2, &note).bytes(), inbox(3), "another session"),
        (message(1, 2, &escape).bytes(), inbox(1), "control character"),
        (b"{}".to_vec(), inbox(1), "nothing that a peer can say"),
        (vec![b' '; 20_000], inbox(1), "longer than"),
    ] {
        let answer = stranger.ask(subject, bytes);
        assert!(answer.contains(why), "{answer} / {why}");
    }
}

#[test]
fn what_a_follower_says_is_answered_and_with_nobody_there_they_read_so() {
    let Some(server) = Server::start("") else { return };
    let (home, mut b) = (tempfile::tempdir().unwrap(), bench());
    let mut lead = peers(home.path(), &server.url(), &b);
    let mut follower = Follower::join(&server.url());
    follower.until_record(b.records.len() as u64);
    let check = Saying::ProposeCheck { text: "look at the lag".into() };
    follower.says.try_send(message(1, 1, &check)).unwrap();
    turns(&mut lead, &mut b, 1);
    follower.until("the proposal", |f| f.mirror.session.proposed.len() == 1);
    follower.says.try_send(message(1, 1, &check)).unwrap();
    follower.until("a reason", |f| f.told.iter().any(|t| t.contains("came before")));
    lead.close();
    follower.until("the lead to be gone", |f| f.there == Some(false));
    follower.says.try_send(message(1, 2, &check)).unwrap();
    follower.until("a reason", |f| f.told.iter().any(|t| t.contains("no lead is there")));
}
