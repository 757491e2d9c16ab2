//! Lead and follower as two processes, each in a terminal of its own.

use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::terminal::{Console, Setting};

const LOG: &str = "\
2026-06-02T09:10:00Z deploy-bot INFO order-svc v2.4.1 rolled out
2026-06-02T09:12:00Z order-svc ERROR java.lang.OutOfMemoryError: Java heap space
2026-06-02T09:12:30Z api-gateway ERROR 503 for POST /checkout
";

fn lead(home: &Path) -> Console {
    let file = home.join("case.txt");
    std::fs::write(&file, LOG).unwrap();
    let mut lead = Console::start(&Setting::new(home, &["new", file.to_str().unwrap(), "--title", "orders"]));
    lead.wait_for_text("embedded finished");
    lead
}

fn id(home: &Path) -> String {
    hotwash::runtime::store::Store::at(home).ids().unwrap().remove(0)
}

fn follower(home: &Path, arguments: &[&str]) -> Console {
    let mut follower = Console::start(&Setting::new(home, arguments));
    follower.leave_card();
    follower
}

#[test]
fn a_follower_sees_what_the_lead_does_and_that_the_lead_is_gone() {
    let home = tempfile::tempdir().unwrap();
    let mut lead = lead(home.path());
    let mut follower = follower(home.path(), &["follow", &id(home.path())]);
    follower.wait_for_text("FOLLOW tester");
    follower.wait_for_text("orders");
    // The lead signs what it writes.
    assert!(!follower.rows().contains("not signed"), "{}", follower.rows());
    lead.type_in(b"m");
    lead.wait_for_text("note, or");
    lead.type_in(b"rolling it back");
    lead.wait_for_text("rolling it back");
    lead.settle(Duration::from_millis(300));
    lead.type_in(b"\r");
    lead.settle(Duration::from_millis(300));
    lead.type_in(b"s");
    follower.wait_for_text("NOTE     rolling it back");
    lead.signal(Signal::KILL);
    follower.wait_for_text("LEAD IS GONE");
    follower.type_in(b"q");
    follower.wait_for_end(Duration::from_secs(5));
    follower.assert_sane();
}

#[test]
fn a_second_writer_is_pointed_to_follow() {
    let home = tempfile::tempdir().unwrap();
    let _lead = lead(home.path());
    let mut second = Console::start(&Setting::new(home.path(), &["open", &id(home.path())]));
    let ended = second.wait_for_end(Duration::from_secs(10));
    assert_eq!(ended.code(), Some(2));
    assert!(second.rows().contains("hotwash follow"), "{}", second.rows());
}

#[test]
fn from_the_leads_key_to_the_followers_screen() {
    let home = tempfile::tempdir().unwrap();
    let mut lead = lead(home.path());
    let mut follower = follower(home.path(), &["follow", &id(home.path())]);
    follower.wait_for_text("FOLLOW tester");
    let mut took = Vec::new();
    for (key, title) in [("5", "─❯ Summary"), ("4", "─❯ Checklist"), ("9", "─❯ Timeline"), ("u", "─❯ Runs")].repeat(8)
    {
        let begin = Instant::now();
        lead.type_in(key.as_bytes());
        follower.wait_for_text(title);
        took.push(begin.elapsed());
        lead.settle(Duration::from_millis(40));
    }
    took.sort();
    let (p50, p95) = (took[took.len() / 2], took[took.len() * 95 / 100]);
    println!("lead's key to follower's screen: p50 {p50:?}, p95 {p95:?} over {} keys", took.len());
    // Asked is 60 ms, of a release build on a machine that does nothing else: this only prints.
}

#[test]
fn an_idle_follower_writes_nothing_and_uses_no_cpu() {
    let home = tempfile::tempdir().unwrap();
    let mut lead = lead(home.path());
    let mut follower = follower(home.path(), &["follow", &id(home.path())]);
    follower.wait_for_text("FOLLOW tester");
    lead.settle(Duration::from_millis(1500));
    follower.settle(Duration::from_millis(5000));
    follower.wait_until_idle(Duration::from_secs(1));
    let (ticks, bytes) = (follower.cpu_ticks(), follower.written.len());
    follower.settle(Duration::from_secs(2));
    assert_eq!(follower.written.len() - bytes, 0, "bytes were written while idle");
    assert!(follower.cpu_ticks() - ticks <= 1, "it used {} ticks while idle", follower.cpu_ticks() - ticks);
}

#[test]
fn through_a_pipe_it_is_the_same_screen() {
    let home = tempfile::tempdir().unwrap();
    let lead = lead(home.path());
    let raw = std::process::Command::new(env!("CARGO_BIN_EXE_hotwash"))
        .args(["follow", &id(home.path()), "--raw", "--once"])
        .env("HOTWASH_HOME", home.path())
        .output()
        .unwrap();
    assert!(raw.status.success());
    let text = String::from_utf8(raw.stdout).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let setting = Setting { piped: Some(&text), ..Setting::new(elsewhere.path(), &["follow", "-"]) };
    let mut follower = Console::start(&setting);
    follower.wait_for_text("LEAD IS GONE");
    follower.leave_card();
    let body = |rows: &str| rows.lines().skip(1).take(20).map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(body(&follower.rows()), body(&lead.rows()));
    assert!(std::fs::read_dir(elsewhere.path()).unwrap().next().is_none(), "a follower keeps nothing");
}

#[test]
fn whoever_follows_takes_the_lead_when_the_lead_is_gone_and_not_before() {
    let home = tempfile::tempdir().unwrap();
    let lead = lead(home.path());
    let id = id(home.path());
    let mut follower = follower(home.path(), &["follow", &id]);
    follower.wait_for_text("FOLLOW tester");
    follower.type_in(b"L");
    follower.wait_for_text("not possible while following");
    lead.signal(Signal::KILL);
    follower.wait_for_text("LEAD IS GONE");
    follower.type_in(b"L");
    follower.wait_for_text("again takes the lead");
    follower.settle(Duration::from_millis(200));
    follower.type_in(b"L");
    follower.wait_for("a lead's screen", |rows| !rows.contains("FOLLOW") && rows.contains("saved"));
    follower.type_in(b"s");
    follower.wait_for_text("has taken the lead");
    let verification = hotwash::runtime::store::Store::at(home.path()).verify(&id).unwrap();
    assert!(verification.holds(), "{verification}");
}

#[test]
fn of_50_who_start_at_once_one_leads_and_the_others_are_told_to_follow() {
    let home = tempfile::tempdir().unwrap();
    let b = crate::bench::Bench::investigated((80, 24));
    super::save(home.path(), &b.records);
    let store = hotwash::runtime::store::Store::at(home.path());
    let gate = std::sync::Barrier::new(50);
    // Whoever opened it holds it until all have tried.
    let opened: Vec<_> = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..50)
            .map(|_| {
                scope.spawn(|| {
                    gate.wait();
                    let opened = store.open(super::ID);
                    gate.wait();
                    opened.map(drop).map_err(|fault| fault.hint)
                })
            })
            .collect();
        racers.into_iter().map(|r| r.join().unwrap()).collect()
    });
    println!("50 racing starts: {} winner", opened.iter().filter(|o| o.is_ok()).count());
    assert_eq!(opened.iter().filter(|o| o.is_ok()).count(), 1);
    assert!(opened.iter().filter_map(|o| o.as_ref().err()).all(|hint| hint.contains("hotwash follow")));
}

#[test]
fn the_lead_is_handed_over_only_once_it_was_offered_and_taken() {
    let home = tempfile::tempdir().unwrap();
    let mut lead = lead(home.path());
    let id = id(home.path());
    let mut other = follower(home.path(), &["follow", &id]);
    other.wait_for_text("FOLLOW tester");
    for (answer, says) in [(&b"-"[..], "declines the lead"), (b"L", "takes the lead that was offered")] {
        lead.type_in(b"O");
        lead.wait_for_text("hand the lead over to");
        lead.settle(Duration::from_millis(300));
        lead.type_in(b"tester");
        lead.settle(Duration::from_millis(400));
        lead.type_in(b"\r");
        lead.wait_for_text("the lead is offered to tester");
        other.wait_for_text("OFFERS YOU THE LEAD");
        // An offer is not yet a hand-over.
        lead.wait_for_text("saved");
        other.type_in(answer);
        if answer == b"-" {
            lead.wait_for_text(says);
            other.wait_for_text("FOLLOW tester");
        }
    }
    other.wait_for("a lead's screen", |rows| !rows.contains("FOLLOW") && rows.contains("saved"));
    lead.wait_for_text("FOLLOW tester");
    other.type_in(b"s");
    other.wait_for_text("takes the lead that was offered");
    let verification = hotwash::runtime::store::Store::at(home.path()).verify(&id).unwrap();
    assert!(verification.holds(), "{verification}");
}
