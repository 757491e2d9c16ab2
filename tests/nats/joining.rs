//! Joining a long session over a server: from the start of the program to the newest record on screen.
//! The figure of the full size comes from a release build:
//!
//! ```text
//! HOTWASH_RECORDS=50000 HOTWASH_BIN=target/release/hotwash cargo test --all-features --test suite nats::joining -- --nocapture
//! ```

use std::time::{Duration, Instant};

use super::screens::{key, person};
use super::server::Server;
use super::{Follower, ID, Lead, Who, note};
use crate::terminal::{Console, Setting};

#[test]
fn a_long_session_is_joined_over_a_server_and_what_it_costs_is_said() {
    let Some(server) = Server::start("") else { return };
    let full = std::env::var("HOTWASH_RECORDS").ok().and_then(|n| n.parse::<u64>().ok());
    let last = full.unwrap_or(3_000);
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let records: Vec<_> =
        (1..=last).map(|n| note(n, &format!("note {n}: the queue of orders grows, workers answer"))).collect();
    let mut lead = Lead::start(Who::new(here.path(), &server.url()), &records);
    lead.until_even();
    let begin = Instant::now();
    let mut joined = Follower::join(&server.url());
    joined.until_record(last);
    println!("joining {last} records over NATS, in this process: {:?}", begin.elapsed());
    assert_eq!(joined.odd, Vec::<String>::new());
    // The key of the test's lead is the one that this follower trusts.
    let lead_key = super::signer(7).public().to_string();
    std::fs::write(there.path().join("people.toml"), person("kim", &lead_key, "lead")).unwrap();
    let _own = key(there.path());
    let address = format!("{}/{ID}", server.url());
    let begin = Instant::now();
    let mut screen = Console::start(&Setting { size: (120, 36), ..Setting::new(there.path(), &["follow", &address]) });
    screen.wait_for_text(&format!("record {last}"));
    let took = begin.elapsed();
    let status = std::fs::read_to_string(format!("/proc/{}/status", screen.child.id())).unwrap();
    let most = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap().to_owned();
    println!("joining {last} records over NATS, from the program's start to the screen: {took:?}; {most}");
    if full.is_some() && std::env::var_os("HOTWASH_BIN").is_some() {
        assert!(took <= Duration::from_secs(1), "{took:?}");
    }
}
