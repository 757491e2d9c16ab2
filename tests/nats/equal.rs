//! What a follower over NATS folds and draws equals what the lead has, cell for cell.

use hotwash::app::Standpoint;
use hotwash::app::panel::Panel;

use super::server::Server;
use super::{Follower, Lead, Who, note, parts};
use crate::bench::Bench;
use crate::follow::ID;
use crate::follow::equal::{assert_equal, journey};

#[test]
fn over_nats_the_follower_folds_and_draws_what_the_lead_has() {
    let Some(server) = Server::start("") else { return };
    let (home, b) = (tempfile::tempdir().unwrap(), journey());
    let mut lead = Lead::start(Who::new(home.path(), &server.url()), &b.records);
    lead.until_even();
    let mut follower = Follower::join(&server.url());
    follower.until_record(b.records.len() as u64);
    follower.until("the lead to be there", |f| f.there == Some(true));
    assert_eq!(follower.odd, Vec::<String>::new());
    assert_equal(&b, follower.mirror);
}

#[test]
fn the_follower_looks_where_the_lead_looks_and_sees_that_they_leave() {
    let Some(server) = Server::start("") else { return };
    let home = tempfile::tempdir().unwrap();
    let mut b = Bench::investigated((120, 36));
    let mut lead = Lead::start(Who::new(home.path(), &server.url()), &b.records);
    b.desk.focus = Panel::Timeline;
    lead.share(&b.desk);
    lead.until_even();
    let mut follower = Follower::join(&server.url());
    follower.until("the timeline", |f| f.mirror.desk.focus == Panel::Timeline);
    b.keys("4 j");
    lead.share(&b.desk);
    follower.until("the checklist", |f| Standpoint::of(&f.mirror.desk).shows_the_same(&Standpoint::of(&b.desk)));
    lead.close();
    follower.until("the lead to be gone", |f| f.there == Some(false));
}

#[test]
fn records_arrive_while_they_are_written_and_whoever_joins_late_has_the_same() {
    let Some(server) = Server::start("") else { return };
    let home = tempfile::tempdir().unwrap();
    let b = Bench::investigated((120, 36));
    let mut lead = Lead::start(Who::new(home.path(), &server.url()), &b.records);
    lead.until_even();
    let mut early = Follower::join(&server.url());
    early.until_record(lead.seq);
    let last = lead.seq + 300;
    lead.notes(last);
    early.until_record(last);
    lead.until_even();
    let mut late = Follower::join(&server.url());
    late.until_record(last);
    assert_eq!(early.mirror.session, late.mirror.session);
    assert_eq!(early.mirror.session.notes.len(), 300);
}

#[test]
fn a_record_longer_than_the_server_takes_travels_in_parts() {
    let Some(server) = Server::start("max_payload: 4096") else { return };
    assert_eq!(parts::part_of(4096), Some(3072));
    let (home, mut b) = (tempfile::tempdir().unwrap(), journey());
    b.records.push(note(b.records.len() as u64 + 1, &"long ".repeat(3_000)));
    let mut lead = Lead::start(Who::new(home.path(), &server.url()), &b.records);
    lead.until_even();
    let mut follower = Follower::join(&server.url());
    follower.until_record(b.records.len() as u64);
    assert_eq!(follower.mirror.session, hotwash::session::Session::of(&b.records));
    assert_eq!(follower.odd, Vec::<String>::new());
}

#[test]
fn a_session_that_is_not_there_and_a_server_that_is_not_are_said_before_a_screen_is_taken() {
    let Some(mut server) = Server::start("") else { return };
    let why = |result: Result<Follower, hotwash::fault::Fault>| result.err().unwrap().to_string();
    let absent = why(Follower::try_join(&server.url(), super::trusted()));
    assert!(absent.contains(ID) && absent.contains("share = true"), "{absent}");
    let nobody = why(Follower::try_join(&server.url(), Default::default()));
    assert!(nobody.contains("people.toml"), "{nobody}");
    server.kill();
    let down = why(Follower::try_join(&server.url(), super::trusted()));
    assert!(down.contains("127.0.0.1") && down.contains("bridge check"), "{down}");
}
