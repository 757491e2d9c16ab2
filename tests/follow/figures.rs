//! Joining a long session, a line that takes nothing, and what a follower costs. The figures of the full
//! size are measured with a release build: `HOTWASH_FIGURES=1 HOTWASH_BIN=target/release/hotwash`.

use std::path::Path;
use std::time::{Duration, Instant};

use hotwash::journal::Record;
use hotwash::journal::event::{Author, Event, NoteKind};
use hotwash::runtime::persist::{Persist, Urgency};
use hotwash::runtime::store::Store;

use super::{ID, save};
use crate::bench::{Bench, clock};
use crate::terminal::{Console, Setting};

/// An investigated session, and notes up to this many records.
fn long(records: u64) -> Vec<Record> {
    let mut all = Bench::investigated((80, 24)).records;
    for seq in all.len() as u64 + 1..=records {
        all.push(note(seq));
    }
    all
}

fn note(seq: u64) -> Record {
    let text = format!("note {seq}: the queue of orders grows, workers answer, the database waits");
    let event = Event::NoteTaken { kind: NoteKind::Note, text };
    Record { seq, at: clock(), by: Author::Person("kim".into()), event }
}

/// Resident memory in KiB: now, and at the most.
fn memory(console: &Console) -> (u64, u64) {
    let status = std::fs::read_to_string(format!("/proc/{}/status", console.child.id())).unwrap();
    let of = |name: &str| {
        let line = status.lines().find(|l| l.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    (of("VmRSS:"), of("VmHWM:"))
}

fn join(home: &Path, last: u64) -> (Console, Duration) {
    let begin = Instant::now();
    let mut follower = Console::start(&Setting::new(home, &["follow", ID]));
    follower.wait_for_text(&format!("record {last} "));
    (follower, begin.elapsed())
}

#[test]
fn a_long_session_is_joined_and_what_it_costs_is_said() {
    let full = std::env::var_os("HOTWASH_FIGURES").is_some();
    let last = if full { 50_000 } else { 2_000 };
    let home = tempfile::tempdir().unwrap();
    save(home.path(), &long(last));
    let (follower, took) = join(home.path(), last);
    let (now, most) = memory(&follower);
    println!("joining {last} records: {took:?}; resident {now} KiB, at the most {most} KiB");
    if full {
        assert!(took < Duration::from_secs(1) && most < 40 * 1024, "{took:?}, {most} KiB");
    }
}

#[test]
fn a_line_that_takes_nothing_drops_frames_and_no_records() {
    let home = tempfile::tempdir().unwrap();
    let records = long(40);
    let persist = Persist::spawn(Store::at(home.path()).create_as(ID).unwrap(), |_| {}).unwrap();
    records.iter().for_each(|r| persist.append(r.clone(), Urgency::Decision).unwrap());
    // The writer saves in groups: whoever joins before that has nothing to catch up on.
    let saved = || Store::at(home.path()).load(ID).map_or(0, |loaded| loaded.records.len());
    for _ in 0..1000 {
        if saved() == 40 {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut follower = Console::start(&Setting::new(home.path(), &["follow", ID]));
    follower.wait_for_text("Catching up");
    follower.type_in(b"q");
    follower.wait_for_text("record 40 ");
    follower.type_in(b"s");
    follower.settle(Duration::from_millis(300));
    let before = follower.written.len();
    follower.pause(true);
    for seq in 41..=640 {
        persist.append(note(seq), Urgency::Decision).unwrap();
        if seq % 20 == 0 {
            follower.settle(Duration::from_millis(20));
        }
    }
    follower.wait_until_idle(Duration::from_millis(500));
    follower.pause(false);
    follower.wait_for_text("record 640");
    follower.settle(Duration::from_millis(300));
    let bytes = follower.written.len() - before;
    println!("600 records while the line took nothing: {bytes} bytes were written for them");
    assert!(bytes < 100_000, "{bytes} bytes");
    follower.type_in(b"G");
    follower.wait_for_text("note 640");
    assert!(!follower.rows().contains("GAPS"), "{}", follower.rows());
}

#[test]
fn at_1200_bytes_a_second_a_follower_stays_in_step_by_dropping_frames_and_no_records() {
    let home = tempfile::tempdir().unwrap();
    let persist = Persist::spawn(Store::at(home.path()).create_as(ID).unwrap(), |_| {}).unwrap();
    long(40).iter().for_each(|r| persist.append(r.clone(), Urgency::Decision).unwrap());
    let mut follower = Console::start(&Setting { size: (80, 24), ..Setting::new(home.path(), &["follow", ID]) });
    follower.wait_for_text("record 40 ");
    follower.settle(Duration::from_millis(400));
    follower.type_in(b"q");
    follower.wait_for("the card to go", |rows| !rows.contains("Catching up"));
    follower.type_in(b"s");
    follower.settle(Duration::from_millis(300));
    follower.pace(1_200);
    let before = follower.written.len();
    let begin = Instant::now();
    for seq in 41..=640 {
        persist.append(note(seq), Urgency::Decision).unwrap();
        if seq % 50 == 0 {
            follower.settle(Duration::from_millis(100));
        }
    }
    let (wrote, last) = (begin.elapsed(), Instant::now());
    follower.wait_for_text("record 640");
    let (behind, bytes) = (last.elapsed(), follower.written.len() - before);
    println!("600 records in {wrote:?} at 1,200 bytes/s: {bytes} bytes, the last is seen after {behind:?}");
    assert!(bytes < 30_000, "{bytes} bytes");
    assert!(!follower.rows().contains("GAPS"), "{}", follower.rows());
}
