//! The timeline of a journal: the session as it was at any record, or at any time.
//!
//! *What we knew at 09:20* means the records that were written until then. It says nothing about when
//! the things happened that the evidence tells of: a log line of 08:55 that was pasted at 09:31 was not
//! known at 09:20.
//!
//! Stepping back costs a copy of a snapshot and at most one stretch of records. Snapshots hold no
//! readings (the large part): those are taken from the last state, where each source was read once.

use chrono::{DateTime, Utc};

use super::Session;
use crate::domain::Source;
use crate::journal::Record;

/// The most snapshots that are kept; the stretch between two grows with the journal.
const MAX_SNAPSHOTS: usize = 64;
/// The shortest stretch, in records.
const MIN_STRETCH: usize = 128;

/// A journal's records with a place among them.
#[derive(Debug, Clone)]
pub struct Timeline {
    records: Vec<Record>,
    /// How many records are applied in `session`.
    at: usize,
    session: Session,
    last: Session,
    stretch: usize,
    /// The state before record `i * stretch`, without readings.
    snapshots: Vec<Session>,
}

impl Timeline {
    /// A timeline over these records, standing at the last.
    pub fn new(records: Vec<Record>) -> Self {
        let stretch = records.len().div_ceil(MAX_SNAPSHOTS).max(MIN_STRETCH);
        let mut last = Session::default();
        let mut snapshots = Vec::new();
        for (i, record) in records.iter().enumerate() {
            if i % stretch == 0 {
                snapshots.push(without_readings(&mut last));
            }
            last.apply(record);
        }
        Self { at: records.len(), session: last.clone(), records, last, stretch, snapshots }
    }

    /// The session at this place.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The session at the last record.
    pub fn last(&self) -> &Session {
        &self.last
    }

    /// All records.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// How many records are applied here.
    pub fn place(&self) -> usize {
        self.at
    }

    /// The last record that is applied here.
    pub fn record(&self) -> Option<&Record> {
        self.at.checked_sub(1).and_then(|i| self.records.get(i))
    }

    /// Goes to the state after the record with sequence `seq`.
    pub fn go_to(&mut self, seq: u64) -> &Session {
        self.go_to_place(self.records.partition_point(|r| r.seq <= seq))
    }

    /// Goes to what was known at `time`: every record before the first one that was written later. The
    /// order of the records is what is sure; where a clock was set back, nothing is known earlier for it.
    pub fn go_to_time(&mut self, time: DateTime<Utc>) -> &Session {
        let place = self.records.iter().position(|r| r.at > time).unwrap_or(self.records.len());
        self.go_to_place(place)
    }

    /// Goes `by` records on, or back where it is negative.
    pub fn step(&mut self, by: isize) -> &Session {
        self.go_to_place(self.at.saturating_add_signed(by))
    }

    /// Goes to the state with this many records applied.
    pub fn go_to_place(&mut self, place: usize) -> &Session {
        let place = place.min(self.records.len());
        let snapshot = place / self.stretch;
        if place == self.records.len() {
            self.session = self.last.clone();
            self.at = place;
            return &self.session;
        }
        // Going on from here is cheaper than a snapshot, unless a later snapshot stands before the place.
        if place < self.at || snapshot * self.stretch > self.at {
            let mut session = self.snapshots.get(snapshot).cloned().unwrap_or_default();
            let known = self.last.evidence.readings.iter().take(session.evidence.sources.len());
            session.evidence.readings = known.cloned().collect();
            self.session = session;
            self.at = snapshot * self.stretch;
        }
        let readings = &self.last.evidence.readings;
        let read = |source: &Source| {
            let known = readings.get(source.id.0 as usize);
            known.cloned().unwrap_or_else(|| crate::intake::read(source))
        };
        for record in self.records.get(self.at..place).unwrap_or_default() {
            self.session.apply_with(record, &read);
        }
        self.at = place;
        &self.session
    }
}

fn without_readings(session: &mut Session) -> Session {
    let readings = std::mem::take(&mut session.evidence.readings);
    let bare = session.clone();
    session.evidence.readings = readings;
    bare
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::event::{Author, Body, Event, NoteKind};

    fn records(count: u64) -> Vec<Record> {
        let begin: DateTime<Utc> = "2026-06-02T09:00:00Z".parse().unwrap();
        (1..=count)
            .map(|seq| {
                let event = if seq % 50 == 7 {
                    Event::SourceAdded {
                        source: crate::domain::SourceId((seq / 50) as u32),
                        name: format!("paste {seq}"),
                        origin: crate::domain::Origin::Paste,
                        body: Body::new(format!("2026-06-02T08:55:00Z ERROR pay number {seq}\n")),
                        notices: Vec::new(),
                    }
                } else {
                    Event::NoteTaken { kind: NoteKind::Note, text: seq.to_string() }
                };
                let at = begin + chrono::Duration::seconds(seq as i64);
                Record { seq, at, by: Author::Person("mira".into()), event }
            })
            .collect()
    }

    #[test]
    fn every_place_equals_the_fold_up_to_it_from_whichever_side_it_is_reached() {
        let all = records(1_000);
        let mut line = Timeline::new(all.clone());
        for place in [0, 1, 127, 128, 129, 500, 999, 1000, 7, 640, 639, 641] {
            assert_eq!(*line.go_to(place), Session::at(&all, place), "at {place}");
        }
        assert_eq!(*line.step(-1), Session::at(&all, 640));
        assert_eq!(*line.step(2), Session::at(&all, 642));
        assert_eq!(line.step(-10_000).seq, 0);
        assert_eq!(line.step(10_000).seq, 1_000);
    }

    #[test]
    fn what_was_known_at_a_time_is_what_was_written_until_then() {
        let all = records(300);
        let mut line = Timeline::new(all.clone());
        assert_eq!(line.go_to_time("2026-06-02T09:02:00.999Z".parse().unwrap()).seq, 120);
        assert_eq!(line.go_to_time("2026-06-02T08:59:59Z".parse().unwrap()).seq, 0);
        assert_eq!(line.go_to_time("2027-01-01T00:00:00Z".parse().unwrap()).seq, 300);
    }

    #[test]
    fn a_clock_that_was_set_back_brings_nothing_forward() {
        let mut all = records(10);
        all[9].at = all[2].at;
        let mut line = Timeline::new(all);
        assert_eq!(line.go_to_time("2026-06-02T09:00:05Z".parse().unwrap()).seq, 5);
        assert_eq!(line.go_to_time("2026-06-02T09:00:09Z".parse().unwrap()).seq, 10);
    }
}
