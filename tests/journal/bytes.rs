//! What the reader makes of bytes: cut, flipped, swapped, dropped, added, newer, unknown.

use std::io;

use hotwash::journal::format::{HeaderFault, MAX_PAYLOAD};
use hotwash::journal::reader::Fracture;
use hotwash::journal::writer::Resume;
use hotwash::journal::{Chain, Event, Header, Journal, Segment, Tail, Verification, Writer, format};
use proptest::prelude::*;

use super::memory::{Content, Disk};
use super::script::{ID, fold, notes, records, segment};

fn join(bytes: &[u8]) -> Journal {
    Journal::join(Segment::of(bytes).into_iter().collect())
}

fn verify(bytes: &[u8]) -> bool {
    Segment::of(bytes).is_ok_and(|s| Verification::of(&Journal::join(vec![s]), Vec::new()).holds())
}

/// Opens what these bytes hold, as the store does, and appends.
fn append(bytes: &[u8], more: usize) -> (Disk, Journal) {
    let disk = Disk::default();
    let content = Content { bytes: bytes.to_vec(), synced: bytes.len(), sync_failed: false };
    disk.0.borrow_mut().segments.insert(1, content);
    let segment = Segment::of(bytes).unwrap();
    let (seq, chain) = segment.head();
    let resume = Resume {
        session: ID.into(),
        segment: 1,
        medium: Some(disk.open(1)),
        good: segment.good,
        torn: segment.torn,
        seq,
        chain,
    };
    let mut writer = Writer::resume(disk.clone(), resume);
    for mut record in notes(more as u64) {
        record.seq += seq;
        writer.push(&record).unwrap();
    }
    writer.commit().unwrap();
    let journal = disk.0.borrow().journal();
    (disk, journal)
}

#[test]
fn what_is_written_is_read_and_folds_to_the_same_state() {
    let records = records();
    let (bytes, _) = segment(&records);
    let journal = join(&bytes);
    assert!(journal.damage.is_empty() && journal.tail == Tail::Clean);
    assert_eq!(journal.entries.len(), records.len());
    for (entry, record) in journal.entries.iter().zip(&records) {
        let mut read = entry.record.clone();
        if let (Some(body), Some(whole)) = (read.event.body_mut(), record.event.body()) {
            body.text.clone_from(&whole.text);
        }
        assert_eq!(&read, record);
    }
    assert!(verify(&bytes));
}

#[test]
fn a_journal_can_be_read_with_less_one_record_a_line() {
    let (bytes, _) = segment(&records());
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(text.lines().count(), records().len() + 1);
    assert!(text.lines().all(|l| l.chars().all(|c| !c.is_control())), "controls in a journal");
    let payload = text.lines().nth(1).and_then(|l| l.splitn(5, ' ').nth(4)).unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(payload).is_ok(), "{payload}");
}

#[test]
fn cut_at_every_byte_it_reads_repairs_and_appends() {
    let (bytes, ends) = segment(&notes(12));
    let header = bytes.iter().position(|b| *b == b'\n').unwrap() + 1;
    for cut in 0..=bytes.len() {
        let left = bytes.get(..cut).unwrap();
        if cut < header {
            assert_eq!(Segment::of(left), Err(HeaderFault::Torn), "cut at {cut}");
            continue;
        }
        let whole = ends.iter().filter(|end| **end <= cut).count();
        let read = join(left);
        assert_eq!(read.entries.len(), whole, "cut at {cut}");
        let clean = cut == header || ends.contains(&cut);
        assert_eq!(read.tail == Tail::Clean, clean, "cut at {cut}");
        let (disk, after) = append(left, 2);
        assert_eq!(after.entries.len(), whole + 2, "cut at {cut}");
        assert!(Verification::of(&after, Vec::new()).holds(), "cut at {cut}");
        let torn = left.get(if whole == 0 { header } else { ends[whole - 1] }..).unwrap();
        let aside = disk.0.borrow().aside.concat();
        assert_eq!(aside, torn, "the torn bytes are kept: cut at {cut}");
    }
}

#[test]
fn any_flipped_byte_is_found() {
    let (bytes, _) = segment(&notes(6));
    for at in 0..bytes.len() {
        for flip in [0x01, 0x20, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] ^= flip;
            assert!(!verify(&changed), "byte {at} with {flip:#x} went unseen");
        }
    }
}

#[test]
fn any_added_or_dropped_byte_is_found() {
    let (bytes, ends) = segment(&notes(5));
    for at in 0..=bytes.len() {
        for added in [b'\n', b' ', b'0', b'=', 0] {
            let mut changed = bytes.clone();
            changed.insert(at, added);
            assert!(!verify(&changed), "added {added:#x} at {at} went unseen");
        }
        if at < bytes.len() {
            let mut changed = bytes.clone();
            changed.remove(at);
            assert!(!verify(&changed), "dropped byte {at} went unseen");
        }
    }
    assert!(ends.len() == 5 && verify(&bytes));
}

#[test]
fn swapped_dropped_and_repeated_records_are_found_with_their_place() {
    let (bytes, ends) = segment(&notes(6));
    let header = bytes.iter().position(|b| *b == b'\n').unwrap() + 1;
    let of = |i: usize| bytes.get(if i == 0 { header } else { ends[i - 1] }..ends[i]).unwrap();
    let with = |order: &[usize]| {
        let mut out = bytes.get(..header).unwrap().to_vec();
        order.iter().for_each(|i| out.extend_from_slice(of(*i)));
        out
    };
    assert!(verify(&with(&[0, 1, 2, 3, 4, 5])));
    for order in [[0, 2, 1, 3, 4, 5].as_slice(), &[0, 1, 3, 4, 5], &[0, 1, 1, 2, 3, 4, 5], &[1, 2, 3]] {
        assert!(!verify(&with(order)), "{order:?}");
    }
    let dropped = join(&with(&[0, 1, 3, 4, 5]));
    assert_eq!((dropped.damage[0].seq, dropped.damage[0].offset), (3, ends[1] as u64));
    // A repeated record is not folded twice.
    assert_eq!(join(&with(&[0, 1, 1, 2])).entries.len(), 3);
}

#[test]
fn a_record_rebuilt_with_a_right_checksum_is_still_found_by_the_chain() {
    let mut changed = notes(6);
    let (_, ends) = segment(&changed);
    let (original, _) = segment(&changed);
    if let Event::NoteTaken { text, .. } = &mut changed[2].event {
        *text = "m".into();
    }
    let (forged, _) = segment(&changed);
    let mut bytes = original.clone();
    bytes[ends[1]..ends[2]].copy_from_slice(&forged[ends[1]..ends[2]]);
    let journal = join(&bytes);
    assert_eq!(journal.entries.len(), 6);
    assert!(journal.damage.iter().any(|d| d.what == Fracture::Unchained && d.seq == 4), "{:?}", journal.damage);
}

#[test]
fn damage_in_the_middle_is_named_and_what_stands_behind_it_is_read() {
    let (mut bytes, ends) = segment(&notes(6));
    bytes[ends[2] + 100] ^= 0x10;
    let journal = join(&bytes);
    let seqs: Vec<u64> = journal.entries.iter().map(|e| e.record.seq).collect();
    assert_eq!(seqs, [1, 2, 3, 5, 6]);
    let first = &journal.damage[0];
    assert_eq!((first.offset, first.seq), (ends[2] as u64, 4));
    assert!(matches!(first.what, Fracture::Unreadable { .. }));
}

#[test]
fn a_payload_cannot_look_like_a_record() {
    let (inner, _) = segment(&notes(2));
    let inner = String::from_utf8(inner).unwrap();
    let mut outer = notes(3);
    if let Event::NoteTaken { text, .. } = &mut outer[1].event {
        *text = format!("\n{inner}\n= 00000000 00000001 \r\n\u{0}\u{2028}");
    }
    let (bytes, ends) = segment(&outer);
    assert_eq!(join(&bytes).entries.len(), 3);
    assert!(verify(&bytes));
    // Not even when the record around it is damaged.
    let mut damaged = bytes.clone();
    damaged[ends[0] + 3] ^= 1;
    let seqs: Vec<u64> = join(&damaged).entries.iter().map(|e| e.record.seq).collect();
    assert_eq!(seqs, [1, 3]);
}

#[test]
fn an_unknown_event_is_kept_byte_for_byte_and_counted() {
    let payload =
        br#"{"seq":1,"at":"2026-03-14T05:04:00Z","by":{"robot":7},"event":{"type":"moon_rose","phase":[1,2.50]}}"#;
    let mut bytes = Header::new(ID, 1, 0, Chain::genesis(ID)).line().into_bytes();
    format::frame(&Chain::genesis(ID), payload, &mut bytes);
    let journal = join(&bytes);
    assert_eq!(journal.unknown(), 1);
    let record = &journal.entries[0].record;
    assert!(matches!(&record.event, Event::Unknown { kind, .. } if kind == "moon_rose"));
    assert_eq!(format::payload(record).unwrap(), payload);
    assert_eq!(fold(std::slice::from_ref(record)).unknown_events, 1);
    assert!(verify(&bytes));
}

#[test]
fn a_newer_minor_is_read_and_marked_a_newer_major_refused_by_name() {
    let newer = |line: &str| {
        let words = line.trim_end();
        format!("{words} {:08x}\n", crc32c::crc32c(words.as_bytes()))
    };
    let line = Header::new(ID, 1, 0, Chain::genesis(ID)).line();
    let words = line.trim_end().rsplit_once(' ').unwrap().0.to_owned();
    let minor = newer(&words.replace(" 1.1 ", " 1.7 "));
    let journal = join(minor.as_bytes());
    assert_eq!(journal.newer_minor, Some((1, 7)));
    let minor_with_more_words = newer(&(words.replace(" 1.1 ", " 1.7 ") + " lease 9"));
    assert_eq!(join(minor_with_more_words.as_bytes()).session, ID);
    let major = newer(&words.replace(" 1.1 ", " 2.1 "));
    let fault = Segment::of(major.as_bytes()).unwrap_err();
    assert_eq!(fault, HeaderFault::NewerMajor { major: 2, minor: 1 });
    assert!(fault.to_string().contains("2.1"));
    assert_eq!(Segment::of(b"# a postmortem\n"), Err(HeaderFault::NotAJournal));
}

#[test]
fn a_record_above_the_limit_leaves_a_mark_and_no_gap() {
    let mut large = notes(3);
    if let Event::NoteTaken { text, .. } = &mut large[1].event {
        *text = "x".repeat(MAX_PAYLOAD);
    }
    let disk = Disk::default();
    let mut writer = Writer::begin(disk.clone(), ID);
    let refused: Vec<bool> = large.iter().map(|r| writer.push(r).is_err()).collect();
    assert_eq!(refused, [false, true, false]);
    assert_eq!(writer.commit().unwrap(), 3);
    let journal = disk.0.borrow().journal();
    assert_eq!((journal.entries.len(), journal.unknown()), (3, 1));
    assert!(Verification::of(&journal, Vec::new()).holds());
}

#[test]
fn a_report_that_could_not_be_read_again_is_refused_when_it_is_written() {
    let mut all = records();
    if let Event::ReportReady { report, .. } = &mut all[7].event {
        report.hypotheses[0].confidence = f64::NAN;
    }
    let mut writer = Writer::begin(Disk::default(), ID);
    let refused: Vec<u64> = all.iter().filter(|r| writer.push(r).is_err()).map(|r| r.seq).collect();
    assert_eq!(refused, [8]);
}

#[test]
fn whatever_call_fails_nothing_acknowledged_is_lost_and_no_file_is_synced_again() {
    let mut all = notes(14);
    // One with a blob.
    all[4].event = records()[20].event.clone();
    for kind in [io::ErrorKind::Other, io::ErrorKind::StorageFull, io::ErrorKind::Interrupted] {
        let (mut at, mut failures) = (1, 0);
        loop {
            let disk = Disk::default();
            disk.0.borrow_mut().fail = Some((at, kind));
            let mut writer = Writer::begin(disk.clone(), ID);
            let mut acknowledged = 0;
            let mut failed = false;
            for record in &all {
                writer.push(record).unwrap();
                match writer.commit() {
                    Ok(seq) => acknowledged = seq,
                    Err(_) => failed = true,
                }
                let state = disk.0.borrow();
                assert!(state.after_power_loss().head().0 >= acknowledged, "{kind:?} at call {at}: lost");
                assert!(!state.synced_after_failure, "{kind:?} at call {at}: synced again");
            }
            acknowledged = writer.commit().unwrap_or(acknowledged);
            assert_eq!(acknowledged, all.len() as u64, "{kind:?} at call {at}: it recovers by itself");
            let journal = disk.0.borrow().after_power_loss();
            assert!(Verification::of(&journal, Vec::new()).holds(), "{kind:?} at call {at}");
            assert_eq!(journal.entries.len(), all.len());
            if disk.0.borrow().calls < at {
                break;
            }
            failures += usize::from(failed);
            at += 1;
        }
        assert!(at > 60, "the failures reach every call");
        assert!(kind == io::ErrorKind::Interrupted || failures > 40, "{kind:?}: {failures} of {at} were seen");
    }
}

#[test]
fn a_full_disk_keeps_everything_waiting_and_goes_on_when_there_is_room() {
    let all = records();
    for room in (0..20_000).step_by(611) {
        let disk = Disk::default();
        disk.0.borrow_mut().room = Some(room);
        let mut writer = Writer::begin(disk.clone(), ID);
        let mut acknowledged = 0;
        for record in &all {
            writer.push(record).unwrap();
            acknowledged = writer.commit().unwrap_or(acknowledged);
            assert!(disk.0.borrow().journal().head().0 >= acknowledged);
        }
        disk.0.borrow_mut().room = None;
        assert_eq!(writer.commit().unwrap(), all.len() as u64, "room {room}");
        let journal = disk.0.borrow().journal();
        assert!(Verification::of(&journal, Vec::new()).holds(), "room {room}");
        assert_eq!(journal.entries.len(), all.len());
        assert_eq!(disk.0.borrow().segments.len(), 1, "a full disk needs no new segment");
    }
}

proptest! {
    #[test]
    fn the_reader_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..4000)) {
        let _ = Segment::of(&bytes);
        let (mut real, _) = segment(&notes(2));
        real.extend_from_slice(&bytes);
        prop_assert_eq!(join(&real).entries.len(), 2);
    }

    #[test]
    fn the_fold_of_all_is_the_fold_of_the_rest_onto_the_beginning(cut in 0usize..40) {
        let all = records();
        let cut = cut.min(all.len());
        let (first, rest) = all.split_at(cut);
        let mut session = fold(first);
        rest.iter().for_each(|r| session.apply(r));
        prop_assert_eq!(session, fold(&all));
    }

    #[test]
    fn several_changes_at_once_are_found(changes in proptest::collection::vec((0usize..2000, 1u8..), 1..6)) {
        let (bytes, _) = segment(&notes(8));
        let mut changed = bytes.clone();
        for (at, flip) in changes {
            let at = at % changed.len();
            changed[at] ^= flip;
        }
        prop_assert!(changed == bytes || !verify(&changed));
    }
}
