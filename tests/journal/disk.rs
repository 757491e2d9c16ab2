//! The store and the writer thread on a real folder.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use hotwash::app::Input;
use hotwash::journal::{Chain, Header};
use hotwash::runtime::persist::{Persist, Target, Urgency};
use hotwash::runtime::scripted;
use hotwash::runtime::store::{Opened, Store};

use super::script::{ID, SCRIPT, fold, notes, records};

struct Home {
    _keep: tempfile::TempDir,
    store: Store,
    path: PathBuf,
}

/// A home with the incident saved in it.
fn home() -> Home {
    let keep = tempfile::tempdir().unwrap();
    let store = Store::at(keep.path().join("home"));
    let seq = scripted::run(&store, ID, SCRIPT, |_| {}).unwrap();
    assert_eq!(seq, 32);
    let path = store.sessions_path().join(ID);
    Home { _keep: keep, store, path }
}

fn modes(path: &Path, out: &mut Vec<(PathBuf, u32)>) {
    let meta = fs::symlink_metadata(path).unwrap();
    out.push((path.to_owned(), meta.permissions().mode() & 0o777));
    if meta.is_dir() {
        fs::read_dir(path).unwrap().for_each(|e| modes(&e.unwrap().path(), out));
    }
}

#[test]
fn a_saved_session_is_loaded_with_its_blobs_and_goes_on() {
    let home = home();
    let loaded = home.store.load(ID).unwrap();
    assert!(loaded.notices.is_empty() && loaded.read_only.is_none(), "{:?}", loaded.notices);
    let at = |mut all: Vec<hotwash::journal::Record>| {
        all.iter_mut().for_each(|r| r.at = super::script::begin());
        fold(&all)
    };
    assert_eq!(at(loaded.records), at(records()));
    assert_eq!(scripted::run(&home.store, ID, SCRIPT, |_| {}).unwrap(), 64);
    assert!(home.store.verify(ID).unwrap().holds());
    assert_eq!(fs::read_dir(home.path.join("blobs")).unwrap().count(), 1, "the same blob is saved once");
}

#[test]
fn a_session_is_found_by_either_end_of_its_id_and_by_path() {
    let home = home();
    let file = home.path.join("journal-0001.hw");
    for which in [ID, &ID[..8], &ID[28..], home.path.to_str().unwrap(), file.to_str().unwrap()] {
        assert_eq!(home.store.load(which).unwrap().records.len(), 32, "{which}");
    }
    let other = "01957b2e-1111-7000-8000-000000000002";
    scripted::run(&home.store, other, SCRIPT, |_| {}).unwrap();
    let fault = home.store.load(&ID[..8]).unwrap_err();
    assert!(fault.what.contains("2 sessions") && fault.hint.contains(other), "{fault}");
    let fault = home.store.load("ffffffff").unwrap_err();
    assert!(fault.hint.contains("hotwash list"), "{fault}");
    assert_eq!(home.store.ids().unwrap(), [ID, other]);
}

#[test]
fn a_second_writer_is_refused_and_told_how_to_look() {
    let home = home();
    let Opened::Writable(first, _) = home.store.open(ID).unwrap() else { panic!("opens") };
    let fault = home.store.open(ID).err().expect("refused");
    assert!(fault.hint.contains(&format!("hotwash follow {ID}")), "{fault}");
    assert!(fault.what.contains(&std::process::id().to_string()), "{fault}");
    assert_eq!(home.store.load(ID).unwrap().records.len(), 32, "looking is free");
    drop(first);
    assert!(matches!(home.store.open(ID).unwrap(), Opened::Writable(..)));
}

#[test]
fn everything_is_for_its_owner_alone() {
    let home = home();
    let mut all = Vec::new();
    modes(&home.store.sessions_path().join(".."), &mut all);
    assert!(all.len() >= 6);
    for (path, mode) in all {
        let wanted = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode, wanted, "{}", path.display());
    }
}

#[test]
fn no_symbolic_link_is_followed() {
    for name in ["journal-0001.hw", "lock", "blobs"] {
        let home = home();
        let real = home.path.join("elsewhere");
        fs::rename(home.path.join(name), &real).unwrap();
        symlink(&real, home.path.join(name)).unwrap();
        let before = fs::metadata(&real).unwrap().modified().unwrap();
        let said = match home.store.open(ID) {
            Err(fault) => fault.to_string(),
            Ok(Opened::Writable(_, loaded) | Opened::ReadOnly(loaded)) => loaded.notices.join("; "),
        };
        assert!(said.contains("symbolic link"), "{name}: {said}");
        assert_eq!(fs::metadata(&real).unwrap().modified().unwrap(), before, "{name} was written through");
    }
    let home = home();
    let moved = home.path.with_file_name("moved");
    fs::rename(&home.path, &moved).unwrap();
    symlink(&moved, &home.path).unwrap();
    let fault = home.store.load(ID).unwrap_err();
    assert!(fault.what.contains("symbolic link"), "{fault}");
}

#[test]
fn a_torn_end_is_told_and_set_aside_before_the_next_record() {
    let home = home();
    let file = home.path.join("journal-0001.hw");
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() - 40]).unwrap();
    let loaded = home.store.load(ID).unwrap();
    assert_eq!(loaded.records.len(), 31);
    assert!(loaded.notices[0].contains("cut off"), "{:?}", loaded.notices);
    assert_eq!(fs::read(&file).unwrap().len(), whole.len() - 40, "looking repairs nothing");
    assert!(!home.store.verify(ID).unwrap().holds());
    assert_eq!(scripted::run(&home.store, ID, SCRIPT, |_| {}).unwrap(), 63);
    assert!(home.store.verify(ID).unwrap().holds());
    let torn = fs::read(home.path.join("journal-0001.hw.torn-1")).unwrap();
    assert!(whole.windows(torn.len()).any(|w| w == torn) && torn.starts_with(b"= "));
}

#[test]
fn a_segment_that_was_cut_off_in_its_first_line_is_set_aside() {
    let home = home();
    for cut in [0, 5, 60] {
        let line = Header::new(ID, 2, 32, Chain::genesis(ID)).line();
        let second = home.path.join("journal-0002.hw");
        fs::write(&second, &line.as_bytes()[..cut]).unwrap();
        assert_eq!(home.store.load(ID).unwrap().records.len() % 32, 0);
        let next = scripted::run(&home.store, ID, SCRIPT, |_| {}).unwrap();
        assert!(next.is_multiple_of(32) && home.store.verify(ID).unwrap().holds(), "cut at {cut}");
        fs::rename(&second, home.path.join("kept")).unwrap();
        fs::remove_file(home.path.join("kept")).unwrap();
    }
}

#[test]
fn a_newer_minor_is_only_looked_at_and_a_newer_major_refused_by_name() {
    let home = home();
    let file = home.path.join("journal-0001.hw");
    let text = fs::read_to_string(&file).unwrap();
    let with = |version: &str| {
        let (first, rest) = text.split_once('\n').unwrap();
        let words = first.rsplit_once(' ').unwrap().0.replace(" 1.1 ", version);
        fs::write(&file, format!("{words} {:08x}\n{rest}", crc32c::crc32c(words.as_bytes()))).unwrap();
    };
    with(" 1.2 ");
    let before = fs::read(&file).unwrap();
    let Opened::ReadOnly(loaded) = home.store.open(ID).unwrap() else { panic!("writable") };
    assert_eq!(loaded.records.len(), 32);
    assert!(loaded.read_only.unwrap().contains("1.2"));
    assert_eq!(fs::read(&file).unwrap(), before);
    with(" 2.0 ");
    let fault = home.store.open(ID).err().expect("refused");
    assert!(fault.what.contains("format 2.0") && fault.hint.contains("newer"), "{fault}");
}

#[test]
fn a_changed_or_missing_blob_is_found_and_told() {
    let home = home();
    let blob = fs::read_dir(home.path.join("blobs")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&blob).unwrap();
    bytes[100] ^= 1;
    fs::write(&blob, &bytes).unwrap();
    let told = |what: &str| {
        let notices = home.store.load(ID).unwrap().notices;
        assert!(notices.iter().any(|n| n.contains(what)), "{notices:?}");
        assert!(!home.store.verify(ID).unwrap().holds());
    };
    told("was changed");
    fs::remove_file(&blob).unwrap();
    told("no such file");
}

#[test]
fn whole_records_missing_at_the_end_are_found_by_the_note_of_the_last_close() {
    let home = home();
    let file = home.path.join("journal-0001.hw");
    let text = fs::read_to_string(&file).unwrap();
    let kept: String = text.split_inclusive('\n').take(30).collect();
    fs::write(&file, kept).unwrap();
    let found = home.store.verify(ID).unwrap();
    assert!(found.damage.is_empty() && !found.holds());
    assert!(found.beside[0].contains("record 32 was there"), "{found}");
}

#[test]
fn what_is_no_journal_is_named() {
    let home = home();
    let file = home.path.join("notes.md");
    fs::write(&file, "# notes\n").unwrap();
    let fault = home.store.load(file.to_str().unwrap()).unwrap_err();
    assert!(fault.what.contains("no hotwash journal"), "{fault}");
    let copy = home.path.join("copy.hw");
    fs::copy(home.path.join("journal-0001.hw"), &copy).unwrap();
    assert!(matches!(home.store.open(copy.to_str().unwrap()).unwrap(), Opened::ReadOnly(_)));
}

#[test]
fn every_decision_and_every_piece_of_a_stream_is_saved_without_another_one_coming() {
    let keep = tempfile::tempdir().unwrap();
    let store = Store::at(keep.path());
    let session = store.create().unwrap();
    let (tell, told) = mpsc::channel();
    let persist = Persist::spawn(session, move |i| drop(tell.send(i))).unwrap();
    let mut waits: Vec<Duration> = Vec::new();
    for record in notes(200) {
        let (seq, begun) = (record.seq, Instant::now());
        persist.append(record, Urgency::Decision).unwrap();
        while !matches!(told.recv_timeout(Duration::from_secs(20)).unwrap(), Input::Saved(n) if n >= seq) {}
        waits.push(begun.elapsed());
    }
    waits.sort();
    let mut streamed = Vec::new();
    for (seq, mut record) in (201..).zip(notes(10)) {
        record.seq = seq;
        let begun = Instant::now();
        persist.append(record, Urgency::Stream).unwrap();
        while !matches!(told.recv_timeout(Duration::from_secs(20)).unwrap(), Input::Saved(n) if n >= seq) {}
        streamed.push(begun.elapsed());
    }
    println!(
        "decision to disk: p50 {:?}, p99 {:?}; streamed: worst {:?}",
        waits[100],
        waits[198],
        streamed.iter().max()
    );
    assert_eq!(persist.flush_and_close().seq, 210);
}

#[test]
fn a_burst_is_saved_in_few_syncs_and_in_order() {
    let keep = tempfile::tempdir().unwrap();
    let store = Store::at(keep.path());
    let session = store.create().unwrap();
    let id = session.id.clone();
    let (tell, told) = mpsc::channel();
    let persist = Persist::spawn(session, move |i| drop(tell.send(i))).unwrap();
    notes(5_000).into_iter().for_each(|r| persist.append(r, Urgency::Decision).unwrap());
    assert_eq!(persist.flush_and_close().lost, None);
    let acknowledged: Vec<Input> = told.try_iter().collect();
    assert_eq!(acknowledged.last(), Some(&Input::Saved(5_000)));
    assert!(acknowledged.len() < 2_000, "{} acknowledgements", acknowledged.len());
    assert_eq!(store.load(&id).unwrap().records, notes(5_000));
}

#[test]
fn a_session_without_a_place_says_so_keeps_everything_and_is_saved_once_there_is_one() {
    let keep = tempfile::tempdir().unwrap();
    let blocked = keep.path().join("home");
    fs::File::create(&blocked).unwrap().write_all(b"a file in the way").unwrap();
    let store = Store::at(&blocked);
    let fault = store.create_as(ID).err().expect("no place");
    assert!(fault.what.contains("cannot make the session's folder"), "{fault}");
    let again = store.clone();
    let (tell, told) = mpsc::channel();
    let target = Target::Unmade(fault, Box::new(move || again.create_as(ID)));
    let persist = Persist::spawn_target(target, move |i| drop(tell.send(i))).unwrap();
    records().into_iter().for_each(|r| persist.append(r, Urgency::Decision).unwrap());
    assert!(matches!(told.recv_timeout(Duration::from_secs(5)).unwrap(), Input::SaveFailed(_)));
    fs::remove_file(&blocked).unwrap();
    assert!(matches!(told.recv_timeout(Duration::from_secs(20)).unwrap(), Input::Saved(32)));
    persist.flush_and_close();
    assert_eq!(fold(&store.load(ID).unwrap().records), fold(&records()));
}

#[test]
fn a_session_whose_making_failed_half_way_is_made_by_the_next_try() {
    let keep = tempfile::tempdir().unwrap();
    let store = Store::at(keep.path());
    drop(store.create_as(ID).unwrap());
    assert!(store.create_as(ID).is_ok());
    scripted::run(&store, ID, SCRIPT, |_| {}).unwrap();
    let fault = store.create_as(ID).err().expect("there is one");
    assert!(fault.what.contains("exists"), "{fault}");
}

#[test]
fn a_hundred_thousand_records_are_saved_and_loaded() {
    let count = if std::env::var_os("HOTWASH_MEASURE").is_some() { 100_000 } else { 5_000 };
    let keep = tempfile::tempdir().unwrap();
    let store = Store::at(keep.path());
    let session = store.create_as(ID).unwrap();
    let begun = Instant::now();
    let persist = Persist::spawn(session, |_| {}).unwrap();
    for record in notes(count) {
        while !persist.has_room() {
            std::thread::yield_now();
        }
        persist.append(record, Urgency::Stream).unwrap();
    }
    assert_eq!(persist.flush_and_close().seq, count);
    let saved = begun.elapsed();
    let begun = Instant::now();
    assert_eq!(store.load(ID).unwrap().records.len() as u64, count);
    println!("{count} records saved in {saved:?}, loaded in {:?}", begun.elapsed());
}

#[test]
fn what_waits_is_bounded_and_refused_with_a_reason() {
    let target = Target::Unmade(
        hotwash::fault::Fault::environment("no place", ""),
        Box::new(|| Err(hotwash::fault::Fault::environment("no place", ""))),
    );
    let persist = Persist::spawn_target(target, |_| {}).unwrap();
    let mut record = notes(1).remove(0);
    record.event = hotwash::journal::Event::RunOutput { run: 1, text: "x".repeat(8 * 1024 * 1024) };
    let taken = (0..20).take_while(|_| persist.append(record.clone(), Urgency::Stream).is_ok()).count();
    assert_eq!(taken, 8, "64 MiB");
    assert!(!persist.has_room());
    let closed = persist.flush_and_close();
    assert_eq!(closed.lost.map(|(n, _)| n), Some(8));
}

#[test]
fn the_sample_of_format_1_still_folds_to_the_same_state() {
    let sample = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/journals/v1"));
    let store = Store::at(sample);
    let loaded = store.load(sample.join("catalog").to_str().unwrap()).unwrap();
    assert!(loaded.notices.is_empty(), "{:?}", loaded.notices);
    assert_eq!(fold(&loaded.records), fold(&records()));
    let verified = store.verify(sample.join("catalog").to_str().unwrap()).unwrap();
    assert!(verified.holds(), "{verified}");
    let head = fs::read_to_string(sample.join("head")).unwrap();
    assert_eq!(verified.head.to_string(), head.trim(), "the chain is computed as it was");
}
