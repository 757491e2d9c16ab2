//! A journal that changes while it is followed: torn ends, new segments, writes that were taken back.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use hotwash::journal::event::{Author, Event, NoteKind};
use hotwash::journal::feed::{Beside, Fed};
use hotwash::journal::format::{self, Chain, Header};
use hotwash::journal::{Journal, Record, Segment};
use hotwash::runtime::follow::tail::Tail;
use hotwash::session::Session;

use super::{ID, folder, hear, mirror};

fn note(seq: u64, text: &str) -> Record {
    let event = Event::NoteTaken { kind: NoteKind::Note, text: text.into() };
    Record { seq, at: crate::bench::clock(), by: Author::Person("kim".into()), event }
}

/// The lines of records that follow a chain, and the chain at the last.
fn lines(mut chain: Chain, records: &[Record]) -> (Vec<u8>, Chain) {
    let mut bytes = Vec::new();
    for record in records {
        chain = format::frame(&chain, &format::payload(record).unwrap(), &mut bytes);
    }
    (bytes, chain)
}

struct Lead {
    home: tempfile::TempDir,
}

impl Lead {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(home.path().join("sessions").join(ID)).unwrap();
        Self { home }
    }

    fn segment(&self, n: u32) -> std::path::PathBuf {
        self.home.path().join("sessions").join(ID).join(format!("journal-{n:04}.hw"))
    }

    fn add(&self, n: u32, bytes: &[u8]) {
        OpenOptions::new().create(true).append(true).open(self.segment(n)).unwrap().write_all(bytes).unwrap();
    }

    fn cut(&self, n: u32, len: u64) {
        OpenOptions::new().write(true).open(self.segment(n)).unwrap().set_len(len).unwrap();
    }

    /// What the product's own reader makes of the files.
    fn read(&self) -> Session {
        let mut segments = Vec::new();
        for n in 1.. {
            let Ok(bytes) = std::fs::read(self.segment(n)) else { break };
            segments.extend(Segment::of(&bytes));
        }
        let records: Vec<Record> = Journal::join(segments).entries.into_iter().map(|e| e.record).collect();
        Session::of(&records)
    }
}

fn look(tail: &mut Tail) -> Vec<Fed> {
    let mut out = Vec::new();
    while tail.read(&mut out).unwrap() {}
    out
}

#[test]
fn a_journal_that_grows_byte_by_byte_is_folded_record_by_record() {
    let lead = Lead::new();
    let records: Vec<Record> = (1..=3).map(|n| note(n, "x")).collect();
    let mut bytes = Header::new(ID, 1, 0, Chain::genesis(ID)).line().into_bytes();
    bytes.extend(lines(Chain::genesis(ID), &records).0);
    let (mut tail, mut mirror) = (Tail::new(folder(lead.home.path())), mirror());
    for byte in &bytes {
        lead.add(1, &[*byte]);
        hear(&mut mirror, look(&mut tail));
        assert_eq!(mirror.session, Session::at(&records, mirror.session.seq));
    }
    assert_eq!(mirror.session.seq, 3);
}

#[test]
fn a_torn_end_that_is_repaired_and_written_over_is_read_as_it_stands() {
    let lead = Lead::new();
    let (one, chain) = lines(Chain::genesis(ID), &[note(1, "one")]);
    let (torn, _) = lines(chain, &[note(2, "this write was cut off")]);
    lead.add(1, Header::new(ID, 1, 0, Chain::genesis(ID)).line().as_bytes());
    lead.add(1, &one);
    let good = std::fs::metadata(lead.segment(1)).unwrap().len();
    lead.add(1, &torn[..torn.len() - 20]);
    let (mut tail, mut mirror) = (Tail::new(folder(lead.home.path())), mirror());
    hear(&mut mirror, look(&mut tail));
    assert_eq!(mirror.session.seq, 1);
    lead.cut(1, good);
    let (rest, _) = lines(chain, &[note(2, "another"), note(3, &"long enough to be beyond the torn end".repeat(9))]);
    lead.add(1, &rest);
    hear(&mut mirror, look(&mut tail));
    assert_eq!(mirror.session, lead.read());
    assert_eq!((mirror.session.seq, mirror.desk.following.unwrap().gaps), (3, 0));
}

#[test]
fn a_new_segment_goes_on_and_supersedes_what_a_failed_sync_left() {
    let lead = Lead::new();
    let genesis = Chain::genesis(ID);
    let (one, chain) = lines(genesis, &[note(1, "one")]);
    let (unsynced, _) = lines(chain, &[note(2, "unsynced"), note(3, "unsynced")]);
    lead.add(1, Header::new(ID, 1, 0, genesis).line().as_bytes());
    lead.add(1, &[one, unsynced.clone()].concat());
    let (mut tail, mut mirror) = (Tail::new(folder(lead.home.path())), mirror());
    hear(&mut mirror, look(&mut tail));
    assert_eq!(mirror.session.seq, 3);
    // The same bytes again, and more: nothing is folded twice.
    lead.add(2, Header::new(ID, 2, 1, chain).line().as_bytes());
    let (more, _) = lines(chain, &[note(2, "unsynced"), note(3, "unsynced"), note(4, "more")]);
    lead.add(2, &more);
    hear(&mut mirror, look(&mut tail));
    assert_eq!((mirror.session.seq, mirror.session.notes.len()), (4, 4));
    assert_eq!(mirror.session, lead.read());
    // Another record in the place of one that was read: all of it is read again.
    lead.add(3, Header::new(ID, 3, 1, chain).line().as_bytes());
    lead.add(3, &lines(chain, &[note(2, "somebody else went on here")]).0);
    hear(&mut mirror, look(&mut tail));
    assert_eq!(mirror.session, lead.read());
    assert_eq!((mirror.session.seq, mirror.session.notes.len()), (2, 2));
    // And it goes on from there.
    let now = lines(chain, &[note(2, "somebody else went on here")]).1;
    lead.add(3, &lines(now, &[note(3, "on")]).0);
    hear(&mut mirror, look(&mut tail));
    assert_eq!(mirror.session, lead.read());
}

#[test]
fn a_write_that_was_taken_back_whole_is_read_again() {
    let lead = Lead::new();
    let genesis = Chain::genesis(ID);
    lead.add(1, Header::new(ID, 1, 0, genesis).line().as_bytes());
    let begin = std::fs::metadata(lead.segment(1)).unwrap().len();
    lead.add(1, &lines(genesis, &[note(1, "one"), note(2, "two")]).0);
    let (mut tail, mut mirror) = (Tail::new(folder(lead.home.path())), mirror());
    hear(&mut mirror, look(&mut tail));
    lead.cut(1, begin);
    hear(&mut mirror, look(&mut tail));
    lead.add(1, &lines(genesis, &[note(1, "one"), note(2, "two"), note(3, "three")]).0);
    hear(&mut mirror, look(&mut tail));
    assert_eq!((mirror.session.seq, mirror.session.notes.len()), (3, 3));
}

#[test]
fn damage_in_the_middle_is_named_and_what_follows_it_is_folded_as_by_the_leads_own_reader() {
    let lead = Lead::new();
    let genesis = Chain::genesis(ID);
    let mut bytes = Header::new(ID, 1, 0, genesis).line().into_bytes();
    let (two, chain) = lines(genesis, &[note(1, "one"), note(2, "two")]);
    let spoiled = bytes.len() + two.len() - 10;
    bytes.extend(two);
    bytes.extend(lines(chain, &[note(3, "three"), note(4, "four")]).0);
    bytes[spoiled] ^= 1;
    lead.add(1, &bytes);
    let (mut tail, mut mirror) = (Tail::new(folder(lead.home.path())), mirror());
    let lines = look(&mut tail);
    assert!(lines.iter().any(|f| matches!(f, Fed::Beside(Beside::Gap { seq: 3, .. }))), "{lines:?}");
    hear(&mut mirror, lines);
    assert_eq!(mirror.session, lead.read());
    assert!(mirror.desk.following.unwrap().gaps > 0);
}

#[test]
fn lines_beside_the_records_are_not_believed_where_they_stand_in_the_journal() {
    let lead = Lead::new();
    lead.add(1, Header::new(ID, 1, 0, Chain::genesis(ID)).line().as_bytes());
    lead.add(1, Beside::Lead { there: true }.line().unwrap().as_bytes());
    lead.add(1, Beside::Restart.line().unwrap().as_bytes());
    let mut tail = Tail::new(folder(lead.home.path()));
    assert!(look(&mut tail).iter().all(|f| matches!(f, Fed::Header(_) | Fed::Unreadable(_))));
}

#[test]
fn following_writes_nothing_into_the_leads_folder() {
    let lead = Lead::new();
    lead.add(1, Header::new(ID, 1, 0, Chain::genesis(ID)).line().as_bytes());
    lead.add(1, &lines(Chain::genesis(ID), &[note(1, "one")]).0);
    let listing = |path: &Path| {
        let mut all: Vec<_> = std::fs::read_dir(path).unwrap().map(|e| e.unwrap().file_name()).collect();
        all.sort();
        all
    };
    let path = lead.home.path().join("sessions").join(ID);
    let before = (listing(&path), std::fs::read(lead.segment(1)).unwrap());
    super::all_of_file(lead.home.path());
    assert_eq!((listing(&path), std::fs::read(lead.segment(1)).unwrap()), before);
}
