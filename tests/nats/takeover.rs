//! Taking the lead over a server, where nobody leads any more.

use std::collections::BTreeSet;
use std::path::Path;

use hotwash::journal::peer::PeerRole;
use hotwash::journal::seal::PublicKey;
use hotwash::runtime::bridge::names::Address;
use hotwash::runtime::bridge::takeover::{Taking, take};
use hotwash::runtime::identity::Speakers;
use hotwash::runtime::store::Store;

use super::server::Server;
use super::{Follower, ID, Lead, Who, note, pace, settings, signer};
use crate::bench::Bench;

fn people() -> Speakers {
    (20..80).chain([7]).map(|n| (signer(n).public(), (format!("lead {n}"), PeerRole::Lead))).collect()
}

fn trusted() -> BTreeSet<PublicKey> {
    people().into_keys().collect()
}

fn taken(home: &Path, url: &str, n: u8) -> Result<String, hotwash::fault::Fault> {
    let address = Address::parse(&format!("{url}/{ID}")).unwrap();
    let (store, settings, trusted) = (Store::at(home), settings(url), trusted());
    let (signer, name) = (signer(n), format!("lead {n}"));
    take(&Taking {
        store: &store,
        settings: &settings,
        address: &address,
        trusted: &trusted,
        signer,
        name: &name,
        pace: pace(),
    })
}

/// A shared session whose lead is gone.
fn left(url: &str) -> (tempfile::TempDir, Bench) {
    let home = tempfile::tempdir().unwrap();
    let b = Bench::investigated((120, 36));
    let mut lead = Lead::start(Who { people: people(), ..Who::new(home.path(), url) }, &b.records);
    lead.until_even();
    lead.close();
    (home, b)
}

#[test]
fn of_50_who_take_the_lead_at_once_one_leads_and_the_others_changed_nothing() {
    let Some(server) = Server::start("") else { return };
    let url = server.url();
    let (_first, b) = left(&url);
    let homes: Vec<_> = (0..50).map(|_| tempfile::tempdir().unwrap()).collect();
    let gate = std::sync::Barrier::new(50);
    let ended: Vec<_> = std::thread::scope(|scope| {
        let racers = homes.iter().zip(20_u8..).map(|(home, n)| {
            let (url, gate) = (&url, &gate);
            scope.spawn(move || {
                gate.wait();
                taken(home.path(), url, n)
            })
        });
        racers.collect::<Vec<_>>().into_iter().map(|r| r.join().unwrap()).collect()
    });
    let won: Vec<usize> = (0..50).filter(|n| ended[*n].is_ok()).collect();
    assert_eq!(won.len(), 1, "{ended:?}");
    for (lost, home) in ended.iter().zip(&homes).filter(|(e, _)| e.is_err()) {
        let what = &lost.as_ref().unwrap_err().what;
        assert!(what.contains("somebody"), "{what}");
        assert_eq!(Store::at(home.path()).ids().unwrap(), Vec::<String>::new());
    }
    println!("50 take the lead at once: 1 leads, 49 are told why not");
    // The winner goes on, and whoever follows sees both leads as one session.
    let (home, n) = (&homes[won[0]], 20 + won[0] as u8);
    let who = Who { signer: signer(n), people: people(), ..Who::new(home.path(), &url) };
    let before = b.records.len() as u64;
    let mut lead = Lead::again(who);
    assert_eq!(lead.seq, before + 1);
    lead.append(note(before + 2, "the new lead goes on"));
    lead.until_even();
    let mut follower = Follower::try_join(&url, trusted()).unwrap();
    follower.until_record(before + 2);
    let loaded = Store::at(home.path()).load(ID).unwrap();
    assert_eq!(follower.mirror.session, hotwash::session::Session::of(&loaded.records));
    assert_eq!(follower.odd, Vec::<String>::new());
    assert!(Store::at(home.path()).verify(ID).unwrap().holds());
}

#[test]
fn while_somebody_leads_nobody_takes_it() {
    let Some(server) = Server::start("") else { return };
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let who = Who { people: people(), ..Who::new(here.path(), &server.url()) };
    let mut lead = Lead::start(who, &[note(1, "mine")]);
    lead.until_even();
    let refused = taken(there.path(), &server.url(), 21).unwrap_err();
    assert!(refused.what.contains("somebody leads"), "{}", refused.what);
    let stranger = taken(there.path(), &server.url(), 90).unwrap_err();
    assert!(stranger.what.contains("does not let you lead"), "{}", stranger.what);
}

#[test]
fn it_comes_back_to_whoever_led_before_and_never_over_records_that_were_not_shared() {
    let Some(server) = Server::start("") else { return };
    let url = server.url();
    let (first, b) = left(&url);
    let second = tempfile::tempdir().unwrap();
    taken(second.path(), &url, 21).unwrap();
    let mut lead = Lead::again(Who { signer: signer(21), people: people(), ..Who::new(second.path(), &url) });
    lead.append(note(lead.seq + 1, "meanwhile"));
    lead.until_even();
    lead.close();
    // What stands where it began is a beginning of it: it is gone on with there.
    taken(first.path(), &url, 7).unwrap();
    let loaded = Store::at(first.path()).load(ID).unwrap();
    assert_eq!(loaded.records.len(), b.records.len() + 3);
    assert!(Store::at(first.path()).verify(ID).unwrap().holds());
    // A copy that went on by itself is not written over.
    let mut alone =
        Lead::again(Who { signer: signer(21), people: people(), ..Who::new(second.path(), "nats://127.0.0.1:9") });
    alone.append(note(alone.seq + 1, "never shared"));
    alone.close();
    let records = Store::at(second.path()).load(ID).unwrap().records;
    let refused = taken(second.path(), &url, 21).unwrap_err();
    assert!(refused.what.contains("records that the server does not have"), "{}", refused.what);
    assert_eq!(Store::at(second.path()).load(ID).unwrap().records, records);
}

#[test]
fn records_of_a_lead_who_is_not_known_here_are_not_led_over() {
    let Some(server) = Server::start("") else { return };
    let url = server.url();
    let (first, _) = left(&url);
    let mut theirs = Lead::again(Who { signer: signer(90), people: people(), ..Who::new(first.path(), &url) });
    theirs.append(note(theirs.seq + 1, "by somebody whom people.toml elsewhere names"));
    theirs.until_even();
    theirs.close();
    let here = tempfile::tempdir().unwrap();
    let refused = taken(here.path(), &url, 21).unwrap_err();
    let key = signer(90).public().short();
    assert!(refused.what.contains(&key) && refused.what.contains("does not let lead"), "{}", refused.what);
    assert_eq!(Store::at(here.path()).ids().unwrap(), Vec::<String>::new());
}
