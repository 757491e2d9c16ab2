//! Lead and follower as two processes with a server between them, each in a terminal of its own.

use std::path::Path;
use std::time::{Duration, Instant};

use super::server::Server;
use crate::terminal::{Console, Setting};

const LOG: &str = "\
2026-06-02T09:10:00Z deploy-bot INFO order-svc v2.4.1 rolled out
2026-06-02T09:12:00Z order-svc ERROR java.lang.OutOfMemoryError: Java heap space
2026-06-02T09:12:30Z api-gateway ERROR 503 for POST /checkout
";

/// A lead who shares, or not, and whose people are these.
pub fn lead(home: &Path, server: Option<&str>, people: &str) -> Console {
    if let Some(server) = server {
        let text = format!("[bridge]\nservers = [\"{server}\"]\nshare = true\n");
        std::fs::write(home.join("config.toml"), text).unwrap();
    }
    std::fs::write(home.join("people.toml"), people).unwrap();
    let file = home.join("case.txt");
    std::fs::write(&file, LOG).unwrap();
    let arguments = ["new", file.to_str().unwrap(), "--title", "orders"];
    let mut lead = Console::start(&Setting { size: (120, 36), ..Setting::new(home, &arguments) });
    lead.wait_for_text("embedded finished");
    lead
}

pub fn id(home: &Path) -> String {
    hotwash::runtime::store::Store::at(home).ids().unwrap().remove(0)
}

/// The key of whoever has this home.
pub fn key(home: &Path) -> String {
    let places = hotwash::runtime::places::Places { data: home.into(), config: home.into() };
    let config = hotwash::runtime::config::Config::load(places).unwrap();
    hotwash::runtime::identity::signer(&config).unwrap().public().to_string()
}

pub fn person(name: &str, key: &str, role: &str) -> String {
    format!("[[person]]\nname = \"{name}\"\nkey = \"{key}\"\nrole = \"{role}\"\n")
}

pub fn follower(home: &Path, address: &str) -> Console {
    let mut follower = Console::start(&Setting { size: (120, 36), ..Setting::new(home, &["follow", address]) });
    follower.leave_card();
    follower
}

#[test]
fn a_follower_on_another_machine_sees_the_screen_speaks_and_sees_that_the_lead_leaves() {
    let Some(mut server) = Server::start("") else { return };
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let lee = key(there.path());
    let mut lead = lead(here.path(), Some(&server.url()), &person("lee", &lee, "responder"));
    lead.wait_for_text("bridge: even");
    std::fs::write(there.path().join("people.toml"), person("kim", &key(here.path()), "lead")).unwrap();
    let address = format!("{}/{}", server.url(), id(here.path()));
    let mut follower = follower(there.path(), &address);
    follower.wait_for_text("FOLLOW tester");
    let body = |rows: &str| rows.lines().skip(1).take(28).map(str::trim_end).collect::<Vec<_>>().join("\n");
    lead.type_in(b"5");
    lead.wait_for_text("─❯ Summary");
    lead.settle(Duration::from_millis(300));
    let shown = body(&lead.rows());
    follower.wait_for("what the lead sees", |rows| body(rows) == shown);
    follower.type_in(b"m");
    follower.wait_for_text("note, or");
    follower.type_in(b"replica lags");
    follower.wait_for_text("replica lags");
    follower.settle(Duration::from_millis(300));
    follower.type_in(b"\r");
    lead.wait_for_text("lee: NOTE replica lags");
    server.kill();
    lead.wait_for_text("wait, ");
    lead.type_in(b"4");
    lead.wait_for_text("─❯ Checklist");
    server.restart();
    lead.wait_for_text("bridge: even");
    follower.wait_for_text("─❯ Checklist");
    lead.type_in(b"q");
    lead.settle(Duration::from_millis(200));
    lead.type_in(b"q");
    follower.wait_for_text("LEAD IS GONE");
    assert!(std::fs::read_dir(there.path()).unwrap().count() <= 2, "a follower keeps key and people, nothing else");
}

#[test]
fn from_the_leads_key_to_the_followers_screen_over_nats() {
    let Some(server) = Server::start("") else { return };
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut lead = lead(here.path(), Some(&server.url()), "");
    lead.wait_for_text("bridge: even");
    std::fs::write(there.path().join("people.toml"), person("kim", &key(here.path()), "lead")).unwrap();
    let mut follower = follower(there.path(), &format!("{}/{}", server.url(), id(here.path())));
    follower.wait_for_text("FOLLOW tester");
    let mut took = Vec::new();
    for (key, title) in [("5", "─❯ Summary"), ("4", "─❯ Checklist"), ("9", "─❯ Timeline"), ("u", "─❯ Runs")].repeat(8)
    {
        let begin = Instant::now();
        lead.type_in(key.as_bytes());
        follower.wait_for_text(title);
        took.push(begin.elapsed());
        lead.settle(Duration::from_millis(60));
    }
    took.sort();
    let (p50, p95) = (took[took.len() / 2], took[took.len() * 95 / 100]);
    println!("lead's key to follower's screen over NATS: p50 {p50:?}, p95 {p95:?} over {} keys", took.len());
}
