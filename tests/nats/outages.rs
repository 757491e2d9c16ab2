//! Outages of the server while 2,000 records are written: nothing lost, nothing twice, and the lead's
//! own journal goes on meanwhile.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use hotwash::app::sharing::Sharing;
use hotwash::session::Session;

use super::server::{Relay, Server};
use super::{Follower, ID, LIMIT, Lead, Who, note};
use crate::bench::Bench;

const LAST: u64 = 2_000;

fn saved(lead: &Lead, seq: u64) {
    let begin = Instant::now();
    while lead.saved.load(Ordering::SeqCst) < seq {
        assert!(begin.elapsed() < LIMIT, "the lead's own journal waits for the server");
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

/// Each record of the session is on the stream once, in order, and nothing else.
fn stream_holds(server: &str, last: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let seqs: Vec<u64> = runtime.block_on(async {
        let client = async_nats::connect(server).await.unwrap();
        let streams = async_nats::jetstream::new(client);
        let stream = streams.get_stream(format!("hotwash-{ID}")).await.unwrap();
        let count = stream.cached_info().state.messages;
        let config = async_nats::jetstream::consumer::pull::OrderedConfig::default();
        let messages = stream.create_consumer(config).await.unwrap().messages().await.unwrap();
        let all: Vec<_> = messages.take(count as usize).collect().await;
        let head = |m: &async_nats::jetstream::Message| {
            let text = m.headers.as_ref().unwrap().get(super::parts::HEAD).unwrap().as_str().to_owned();
            text.parse::<super::parts::Head>().unwrap()
        };
        all.iter().map(|m| head(m.as_ref().unwrap())).filter(|h| h.is_last()).map(|h| h.seq).collect()
    });
    assert_eq!(seqs, (1..=last).collect::<Vec<_>>());
}

struct Show {
    home: tempfile::TempDir,
    b: Bench,
    lead: Lead,
}

impl Show {
    fn begin(server: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let b = Bench::investigated((120, 36));
        let mut lead = Lead::start(Who::new(home.path(), server), &b.records);
        lead.until_even();
        Self { home, b, lead }
    }

    fn whole(&self) -> Session {
        let mut records = self.b.records.clone();
        let begin = records.len() as u64 + 1;
        records.extend((begin..=LAST).map(|seq| note(seq, &format!("note {seq}"))));
        Session::of(&records)
    }

    fn ends(&mut self, what: &str, server: &str, mut follower: Follower) {
        self.lead.notes(LAST);
        self.lead.until_even();
        follower.until_record(LAST);
        assert_eq!(follower.mirror.session, self.whole(), "the follower's fold");
        assert_eq!(follower.odd, Vec::<String>::new());
        let mut late = Follower::join(server);
        late.until_record(LAST);
        assert_eq!(late.mirror.session, self.whole(), "who joins late");
        stream_holds(server, LAST);
        println!("{what} during {LAST} records: 0 lost, 0 twice");
        assert!(self.home.path().is_dir());
    }
}

#[test]
fn a_server_that_is_killed_and_started_again_costs_no_record() {
    let Some(mut server) = Server::start("") else { return };
    let mut show = Show::begin(&server.url());
    let mut follower = Follower::join(&server.url());
    for step in [500, 1000, 1500] {
        // Some are on their way when it dies, the others are written while it is dead.
        show.lead.notes(step - 250);
        show.lead.hear();
        server.kill();
        show.lead.notes(step);
        saved(&show.lead, step);
        show.lead.until("away", |s| matches!(s, Sharing::Away { .. }));
        server.restart();
        follower.until_record(step);
    }
    let url = server.url();
    show.ends("a server killed three times", &url, follower);
}

#[test]
fn a_server_that_comes_back_empty_gets_everything_again_in_order() {
    let Some(mut server) = Server::start("") else { return };
    let mut show = Show::begin(&server.url());
    let mut follower = Follower::join(&server.url());
    show.lead.notes(700);
    follower.until_record(700);
    server.kill();
    server.wipe();
    show.lead.notes(1400);
    saved(&show.lead, 1400);
    server.restart();
    follower.until_record(1400);
    // And once more while nobody writes: that it is empty is noticed without a record.
    show.lead.until_even();
    server.kill();
    server.wipe();
    show.lead.until("away", |s| matches!(s, Sharing::Away { .. }));
    server.restart();
    show.lead.until("even", |s| *s == Sharing::Even);
    show.lead.until_even();
    let url = server.url();
    show.ends("a server emptied twice", &url, follower);
}

/// What `docs/bridge.md` says of `sync_interval`: what the server had acknowledged and not synced is gone
/// with its power, and a lead that is still there sends it again; one that has ended does once it is back.
#[test]
fn what_a_server_acknowledged_and_lost_with_its_power_is_sent_again() {
    let Some(mut server) = Server::start("") else { return };
    let mut show = Show::begin(&server.url());
    show.lead.notes(600);
    show.lead.until_even();
    server.kill();
    server.put_aside();
    server.restart();
    let mut follower = Follower::join(&server.url());
    show.lead.notes(1200);
    show.lead.until_even();
    follower.until_record(1200);
    server.kill();
    show.lead.until("away", |s| matches!(s, Sharing::Away { .. }));
    server.lose_power_since();
    server.restart();
    show.lead.until("even", |s| *s == Sharing::Even);
    stream_holds(&server.url(), 1200);
    // The same where the lead has ended before: nobody is there to notice, until the session goes on.
    show.lead.close();
    server.kill();
    server.lose_power_since();
    server.restart();
    stream_holds(&server.url(), 600);
    let url = server.url();
    show.lead = Lead::again(Who::new(show.home.path(), &url));
    show.lead.until_even();
    stream_holds(&url, 1200);
    show.ends("a server that lost what it had acknowledged, twice,", &url, follower);
}

#[test]
fn a_line_that_is_cut_and_mended_costs_no_record() {
    let Some(server) = Server::start("") else { return };
    let relay = Relay::before(&server);
    let mut show = Show::begin(&relay.url());
    let mut follower = Follower::join(&relay.url());
    for step in [800, 1600] {
        show.lead.notes(step - 400);
        show.lead.hear();
        follower.until_record(step - 500);
        follower.told.clear();
        relay.cut(true);
        show.lead.notes(step);
        saved(&show.lead, step);
        show.lead.until("away", |s| matches!(s, Sharing::Away { .. }));
        follower.until("the follower to be told", |f| !f.told.is_empty());
        follower.told.clear();
        // What was held back arrives late, behind what was sent anew.
        relay.cut(false);
        follower.until_record(step);
    }
    show.ends("a line cut twice", &server.url(), follower);
}

#[test]
fn a_session_that_goes_on_later_sends_what_the_server_lacks() {
    let Some(mut server) = Server::start("") else { return };
    let url = server.url();
    let mut show = Show::begin(&url);
    server.kill();
    show.lead.notes(900);
    saved(&show.lead, 900);
    show.lead.close();
    server.restart();
    show.lead = Lead::again(Who::new(show.home.path(), &url));
    show.lead.until_even();
    let follower = Follower::join(&url);
    show.ends("a lead that ended while the server was away", &url, follower);
}
