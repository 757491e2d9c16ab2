//! One lead at a time: who comes second is refused, and reads why.

use std::path::Path;
use std::sync::Arc;

use futures_util::StreamExt;
use hotwash::app::sharing::Sharing;
use hotwash::journal::peer::PeerRole;
use hotwash::runtime::bridge::names::Names;
use hotwash::runtime::identity::Speakers;
use hotwash::session::Session;

use super::server::Server;
use super::{Follower, ID, Lead, Who, note, signer};

/// Keys that may lead: 7 and those from 20 on.
fn people() -> Speakers {
    (20..80).chain([7]).map(|n| (signer(n).public(), (format!("lead {n}"), PeerRole::Lead))).collect()
}

fn copy(from: &Path, to: &Path) {
    let folder = to.join("sessions").join(ID);
    std::fs::create_dir_all(&folder).unwrap();
    for entry in std::fs::read_dir(from.join("sessions").join(ID)).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
    }
}

/// A session of three records, ended, and copies of it.
fn copies(server: &str, count: usize) -> Vec<tempfile::TempDir> {
    let first = tempfile::tempdir().unwrap();
    let records: Vec<_> = (1..=3).map(|n| note(n, "common")).collect();
    let mut lead = Lead::start(Who::new(first.path(), server), &records);
    lead.until_even();
    lead.close();
    let copied = (1..count).map(|_| {
        let home = tempfile::tempdir().unwrap();
        copy(first.path(), home.path());
        home
    });
    let mut all: Vec<_> = copied.collect();
    all.push(first);
    all
}

#[test]
fn of_two_leads_the_second_is_refused_with_its_reason_and_followers_see_the_first() {
    let Some(server) = Server::start("") else { return };
    let url = server.url();
    let homes = copies(&url, 2);
    let who = |n: usize, key| Who { signer: signer(key), people: people(), ..Who::new(homes[n].path(), &url) };
    let mut first = Lead::again(who(0, 21));
    let mut second = Lead::again(who(1, 22));
    first.until_even();
    second.until_even();
    first.append(note(4, "by the first"));
    first.until_even();
    second.append(note(4, "by the second"));
    let refused = second.until("a refusal", |s| matches!(s, Sharing::Refused { .. }));
    let (_, told) = refused.told();
    println!("the second lead reads: {told}");
    assert!(told.contains("another lead") && told.contains("record 4"), "{told}");
    assert!(told.contains(&signer(21).public().short()), "{told}");
    first.append(note(5, "the first goes on"));
    first.until_even();
    let trusted = people().into_keys().collect();
    let mut follower = Follower::try_join(&url, trusted).unwrap();
    follower.until_record(5);
    let texts: Vec<&str> = follower.mirror.session.notes.iter().map(|n| n.text.as_str()).collect();
    assert_eq!(texts, ["common", "common", "common", "by the first", "the first goes on"]);
    assert_eq!(follower.odd, Vec::<String>::new());
}

/// Where the first record of a lead lost its place, its second must not take the next one.
#[test]
fn what_is_sent_behind_a_record_on_its_way_names_that_one() {
    let Some(server) = Server::start("") else { return };
    let home = copies(&server.url(), 1).remove(0);
    let Some(other) = Server::start("") else { return };
    let url = other.url();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let names = Names::new(&super::settings(&url).prefix, ID).unwrap();
    let mut heard = runtime.block_on(async {
        let client = async_nats::connect(&url).await.unwrap();
        let heard = client.subscribe(names.records()).await.unwrap();
        client.flush().await.unwrap();
        heard
    });
    // a server that has none of them is sent all three at once
    let mut lead = Lead::again(Who::new(home.path(), &url));
    lead.until_even();
    let mut before: Option<String> = None;
    for n in 1..=3 {
        let message =
            runtime.block_on(async { tokio::time::timeout(super::LIMIT, heard.next()).await.unwrap() }).unwrap();
        let header = |name: &str| message.headers.as_ref()?.get(name).map(ToString::to_string);
        assert_eq!(header("Nats-Expected-Last-Msg-Id"), before, "record {n}");
        before = header("Nats-Msg-Id");
        assert!(before.is_some());
    }
}

#[test]
fn of_50_leads_that_start_at_once_one_wins() {
    let Some(server) = Server::start("") else { return };
    let url = Arc::new(server.url());
    let homes = copies(&url, 50);
    let gate = std::sync::Barrier::new(50);
    let ended: Vec<Sharing> = std::thread::scope(|scope| {
        let racers: Vec<_> = homes
            .iter()
            .zip(20_u8..)
            .map(|(home, key)| {
                let (url, gate) = (Arc::clone(&url), &gate);
                scope.spawn(move || {
                    let who = Who { signer: signer(key), people: people(), ..Who::new(home.path(), &url) };
                    let mut lead = Lead::again(who);
                    lead.until_even();
                    gate.wait();
                    lead.append(note(4, &format!("by {key}")));
                    lead.append(note(5, &format!("again by {key}")));
                    let begin = std::time::Instant::now();
                    while lead.acknowledged() < 5 && !matches!(lead.last, Some(Sharing::Refused { .. })) {
                        lead.hear();
                        assert!(begin.elapsed() < super::LIMIT, "{:?}", lead.last);
                        std::thread::park_timeout(std::time::Duration::from_millis(5));
                    }
                    lead.last.clone().unwrap()
                })
            })
            .collect();
        racers.into_iter().map(|r| r.join().unwrap()).collect()
    });
    let mut follower = Follower::try_join(&url, people().into_keys().collect()).unwrap();
    follower.until_record(5);
    let session: &Session = &follower.mirror.session;
    let mut by: Vec<&str> = session.notes.iter().filter_map(|n| n.text.split("by ").nth(1)).collect();
    by.dedup();
    assert_eq!(by.len(), 1, "{by:?}");
    let refused =
        ended.iter().filter(|s| matches!(s, Sharing::Refused { why } if why.contains("another lead"))).count();
    println!("50 leads at once: {} refused with the reason, winner {by:?}", refused);
    assert_eq!(refused, 49, "{ended:?}");
}
