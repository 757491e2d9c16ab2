//! The packs of a long session: whoever joins by them folds the same, they follow the server through an
//! outage, and one that is forged, or of another stream, leads to nothing.

use std::time::Instant;

use async_nats::jetstream::stream::Stream;
use async_nats::jetstream::{Context, message::PublishMessage};
use hotwash::journal::format::{self, Chain};
use hotwash::runtime::bridge::pack;
use hotwash::session::Session;

use super::parts::{HEAD, Head};
use super::server::Server;
use super::{Follower, ID, LIMIT, Lead, Names, Record, Who, note, pace, signer};
use crate::bench::Bench;

const LAST: u64 = 1_700;

/// A shared session of so many records, among them some with large texts.
struct Long {
    server: Server,
    home: tempfile::TempDir,
    records: Vec<Record>,
    lead: Lead,
}

impl Long {
    fn begin() -> Option<Self> {
        let server = Server::start("")?;
        let home = tempfile::tempdir().unwrap();
        let mut records = Bench::investigated((120, 36)).records;
        records.extend((records.len() as u64 + 1..=LAST).map(|seq| note(seq, &format!("note {seq}"))));
        let mut lead = Lead::start(Who::new(home.path(), &server.url()), &records);
        lead.until_even();
        let long = Self { server, home, records, lead };
        long.packs_reach(LAST);
        Some(long)
    }

    fn names() -> Names {
        Names::new("hotwash", ID).unwrap()
    }

    /// Waits until no more than one pack's records are not in packs.
    fn packs_reach(&self, last: u64) {
        let begin = Instant::now();
        while ask(&self.server, async |streams| newest(&streams).await.unwrap_or(0)) + pack::EACH < last {
            assert!(begin.elapsed() < LIMIT, "waited for packs up to {last}");
            std::thread::park_timeout(pace().beacon);
        }
    }

    fn joins(&self, what: &str) {
        let mut follower = Follower::join(&self.server.url());
        follower.until_record(self.lead.seq);
        assert_eq!(follower.mirror.session, Session::of(&self.records), "{what}");
        assert_eq!(follower.odd, Vec::<String>::new(), "{what}");
    }
}

fn ask<T>(server: &Server, what: impl AsyncFnOnce(Context) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { what(async_nats::jetstream::new(async_nats::connect(server.url()).await.unwrap())).await })
}

/// The last record in packs.
async fn newest(streams: &Context) -> Option<u64> {
    let stream = streams.get_stream(Long::names().packs_stream()).await.ok()?;
    let message = stream.get_raw_message(stream.cached_info().state.last_sequence).await.ok()?;
    Some(message.headers.get(HEAD)?.as_str().parse::<Head>().ok()?.seq)
}

async fn packs(streams: &Context) -> Stream {
    streams.get_stream(Long::names().packs_stream()).await.unwrap()
}

async fn put(streams: &Context, head: &str, at: u64, payload: Vec<u8>) {
    let at = at.to_string();
    let message = PublishMessage::build().payload(payload.into()).header(HEAD, head).header(pack::AT, at.as_str());
    streams.send_publish(Long::names().packs(), message).await.unwrap().await.unwrap();
}

#[test]
fn whoever_joins_a_long_session_has_its_beginning_from_packs_and_folds_the_same() {
    let Some(mut long) = Long::begin() else { return };
    long.joins("with packs and stream");
    // The packs' records are taken off the stream: what is folded of them is from the packs.
    ask(&long.server, async |streams| {
        let stream = streams.get_stream(Long::names().stream()).await.unwrap();
        stream.purge().sequence(1_200).await.unwrap();
    });
    long.joins("with packs, and the stream's end");
    // What comes is read behind them.
    let mut follower = Follower::join(&long.server.url());
    long.records.push(note(LAST + 1, "one more"));
    long.lead.append(note(LAST + 1, "one more"));
    follower.until_record(LAST + 1);
    assert_eq!((follower.mirror.session, follower.odd), (Session::of(&long.records), vec![]));
}

#[test]
fn a_lead_that_comes_again_goes_on_with_its_packs_and_an_emptied_server_gets_them_anew() {
    let Some(mut long) = Long::begin() else { return };
    let url = long.server.url();
    let first = ask(&long.server, async |streams| packs(&streams).await.cached_info().state.messages);
    long.lead.close();
    long.lead = Lead::again(Who::new(long.home.path(), &url));
    let more = |long: &mut Long, until: u64| {
        for seq in long.lead.seq + 1..=until {
            long.records.push(note(seq, "more"));
            long.lead.append(note(seq, "more"));
        }
        long.lead.until_even();
        long.packs_reach(until);
    };
    more(&mut long, LAST + 2 * pack::EACH);
    let state = ask(&long.server, async |streams| packs(&streams).await.cached_info().state.clone());
    assert!(state.first_sequence == 1 && state.messages > first, "made anew: {state:?}");
    long.server.kill();
    long.server.wipe();
    long.lead.until("away", |s| matches!(s, super::Sharing::Away { .. }));
    long.server.restart();
    more(&mut long, LAST + 3 * pack::EACH);
    long.joins("on a server that had lost everything");
}

#[test]
fn packs_that_are_forged_or_of_another_stream_lead_to_nothing() {
    let Some(long) = Long::begin() else { return };
    let (genuine, payload) = ask(&long.server, async |streams| {
        let message = packs(&streams).await.get_raw_message(1).await.unwrap();
        (message.headers.get(HEAD).unwrap().as_str().to_owned(), message.payload.to_vec())
    });
    let (begin, mut forged) = (Chain::genesis(ID), Vec::new());
    let mut record = format::payload(&note(1, "nothing happened")).unwrap();
    signer(8).seal(ID, &begin, &mut record);
    let chain = format::frame(&begin, &record, &mut forged);
    let by_another = Head { seq: 1, before: begin, chain, part: 0, parts: 1 }.to_string();
    let mut changed = payload.clone();
    let at = changed.windows(8).position(|w| w == b"\"event\":").unwrap() + 12;
    changed[at] ^= 1;
    for (what, head, at, bytes) in [
        ("sealed by somebody else", by_another.as_str(), 1, forged),
        ("a changed byte", genuine.as_str(), 256, changed),
        ("no pack at all", "x", 0, b"x".to_vec()),
        ("a place behind the stream's end", genuine.as_str(), 1_000_000, payload.clone()),
        ("a place that is another record's", genuine.as_str(), 900, payload.clone()),
        ("an unknown place", genuine.as_str(), 0, payload.clone()),
    ] {
        ask(&long.server, async |streams| {
            packs(&streams).await.purge().await.unwrap();
            put(&streams, head, at, bytes).await;
            // Twice: the second does not follow from the first.
            put(&streams, genuine.as_str(), 5, payload.clone()).await;
        });
        long.joins(what);
    }
}
