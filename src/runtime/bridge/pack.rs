//! A pack: many records of a session in one message, so that whoever joins a long one reads hundreds of
//! messages and not tens of thousands. Its payload is the lines of whole records, one behind the other,
//! cut as a long record is where a server takes no longer message; its head names the newest of them and
//! the chain that the oldest follows from.
//!
//! Packs stand on a stream beside the records' own and are a copy of it: made by the lead, believed in
//! nothing, proven by the chain from the first record and by the seal of each pack's newest. Without
//! them, and behind the last of them, the records are read as they stand.

use std::collections::{BTreeMap, BTreeSet};

use async_nats::jetstream::stream::Config;

use super::names::Names;
use super::parts::Head;
use super::place;
use crate::journal::feed::Fed;
use crate::journal::format::Chain;
use crate::journal::seal::{PublicKey, Seal};
use crate::runtime::bridge_settings::BridgeSettings;

/// The header that says which message of the records' stream a pack ends with; 0 where that is unknown.
pub const AT: &str = "Hotwash-At";
/// Records of one pack, at the most.
pub const EACH: u64 = 256;
/// A session is long from so many records on: reading so many one by one takes tens of milliseconds.
pub const FROM: u64 = 1_024;
/// Marks that are kept. Without an old one a reader begins at the stream's beginning.
const MOST_MARKS: usize = 65_536;

/// The stream of a session's packs.
pub fn config(names: &Names, settings: &BridgeSettings) -> Config {
    Config {
        name: names.packs_stream(),
        description: Some("packs of the records of one hotwash session".into()),
        subjects: vec![names.packs()],
        ..place::config(names, settings)
    }
}

/// Which message of a stream a record ends with. Mostly each record is one message, so that only where
/// the distance between both changes is kept.
#[derive(Debug, Clone, Default)]
pub struct Marks(BTreeMap<u64, u64>);

impl Marks {
    /// This record is whole with this message.
    pub fn note(&mut self, record: u64, at: u64) {
        if self.0.last_key_value().is_some_and(|(last, _)| *last > record) {
            self.0.split_off(&record);
        }
        if self.0.is_empty() || self.at(record) != at {
            self.0.insert(record, at);
        }
        if self.0.len() > MOST_MARKS {
            self.0.pop_first();
        }
    }

    /// The message that this record ends with, or where the last one before it that is known does; 0:
    /// unknown.
    pub fn at(&self, record: u64) -> u64 {
        self.0.range(..=record).next_back().map_or(0, |(known, at)| at + (record - known))
    }
}

/// Whether these lines are the records of this pack, and follow from what is there: each by sequence and
/// chain, the newest with the seal of one of those who are trusted.
pub fn is_proven(
    head: &Head,
    lines: &[Fed],
    behind: (u64, Chain),
    session: &str,
    trusted: &BTreeSet<PublicKey>,
) -> bool {
    let ((mut seq, mut before), mut seal) = (behind, None);
    for fed in lines {
        let Fed::Record(arrived) = fed else { continue };
        if arrived.record.seq != seq + 1 || before.next(&arrived.payload) != arrived.chain {
            return false;
        }
        if arrived.record.seq == head.seq {
            seal = Seal::of(session, &before, &arrived.payload);
        }
        (seq, before) = (arrived.record.seq, arrived.chain);
    }
    let ends = (seq, before) == (head.seq, head.chain) && head.before == behind.1;
    ends && seal.is_some_and(|seal| trusted.contains(&seal.key) && seal.holds())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::event::{Author, Event, NoteKind, Record};
    use crate::journal::format;
    use crate::journal::seal::Signer;
    use crate::runtime::bridge::parts::several;

    #[test]
    fn a_mark_is_found_for_every_record_and_what_is_noted_anew_voids_what_came_after() {
        let mut marks = Marks::default();
        assert_eq!(marks.at(7), 0, "unknown");
        (1..=10).for_each(|n| marks.note(n, n));
        (11..=20).for_each(|n| marks.note(n, n + 3));
        assert_eq!((marks.0.len(), marks.at(10), marks.at(11), marks.at(20)), (2, 10, 14, 23));
        marks.note(5, 9);
        assert_eq!((marks.at(4), marks.at(5), marks.at(11)), (4, 9, 15));
    }

    /// A pack of three records, the last sealed by this key.
    fn pack(key: u8) -> (Head, Vec<u8>) {
        let (signer, begin) = (Signer::new(&[key; 32]), Chain::genesis("s"));
        let (mut chain, mut bytes) = (begin, Vec::new());
        for seq in 1..=3 {
            let event = Event::NoteTaken { kind: NoteKind::Note, text: format!("note {seq}") };
            let record = Record { seq, at: chrono::DateTime::UNIX_EPOCH, by: Author::Program, event };
            let mut payload = format::payload(&record).unwrap();
            signer.seal("s", &chain, &mut payload);
            chain = format::frame(&chain, &payload, &mut bytes);
        }
        (Head { seq: 3, before: begin, chain, part: 0, parts: 1 }, bytes)
    }

    #[test]
    fn a_pack_is_proven_by_its_chain_and_the_seal_of_whoever_is_trusted() {
        let begin = (0, Chain::genesis("s"));
        let trusted = [Signer::new(&[7; 32]).public()].into();
        let (head, bytes) = pack(7);
        let lines = several(&bytes).unwrap();
        assert!(is_proven(&head, &lines, begin, "s", &trusted));
        assert!(!is_proven(&head, &lines, begin, "t", &trusted), "another session");
        assert!(!is_proven(&head, &lines, (1, begin.1), "s", &trusted), "another place");
        assert!(!is_proven(&head, &lines[1..], begin, "s", &trusted), "the first is missing");
        assert!(!is_proven(&head, &lines[..2], begin, "s", &trusted), "the last is missing");
        let (by_another, bytes) = pack(8);
        assert!(!is_proven(&by_another, &several(&bytes).unwrap(), begin, "s", &trusted), "another key");
    }
}
