//! Verification: does the journal stand as it was written? A value with a text that a person can read.

use std::fmt;

use super::format::Chain;
use super::reader::{Damage, Fracture, Journal, Tail};

/// What a check of a whole journal found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The session's id.
    pub session: String,
    /// Its segments.
    pub segments: u32,
    /// Its records.
    pub records: u64,
    /// The last record's sequence.
    pub seq: u64,
    /// The chain at the last record: whoever wrote it down can tell later that nothing before it was changed.
    pub head: Chain,
    /// Everything that is not as it was written.
    pub damage: Vec<Damage>,
    /// Faults outside the records, in words: a blob that is missing or was changed.
    pub beside: Vec<String>,
    /// Records that a failed sync left behind, and that a later segment holds again.
    pub superseded: u64,
    /// Events that this version does not know.
    pub unknown: u64,
}

impl Verification {
    /// Checks a journal; `beside` holds what the caller found wrong with the blobs.
    pub fn of(journal: &Journal, beside: Vec<String>) -> Self {
        let (seq, head) = journal.head();
        let mut damage = journal.damage.clone();
        if let Tail::Torn { offset, bytes } = journal.tail {
            damage.push(Damage { segment: journal.segments, offset, seq: seq + 1, what: Fracture::Torn { bytes } });
        }
        Self {
            session: journal.session.clone(),
            segments: journal.segments,
            records: journal.entries.len() as u64,
            seq,
            head,
            damage,
            beside,
            superseded: journal.superseded,
            unknown: journal.unknown(),
        }
    }

    /// True when everything stands as it was written.
    pub fn holds(&self) -> bool {
        self.damage.is_empty() && self.beside.is_empty()
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "session   {}", self.session)?;
        writeln!(f, "records   {} in {} segment(s), last is {}", self.records, self.segments, self.seq)?;
        writeln!(f, "head      {}", self.head)?;
        if self.superseded > 0 {
            writeln!(f, "note      {} record(s) of a failed sync are superseded by a later segment", self.superseded)?;
        }
        if self.unknown > 0 {
            writeln!(
                f,
                "note      {} event(s) are of a kind that this version does not know; they are kept",
                self.unknown
            )?;
        }
        for line in self.damage.iter().map(ToString::to_string).chain(self.beside.iter().cloned()) {
            writeln!(f, "DAMAGED   {line}")?;
        }
        match self.holds() {
            true => write!(f, "holds     every byte stands as it was written"),
            false => write!(f, "DOES NOT HOLD: {} finding(s)", self.damage.len() + self.beside.len()),
        }
    }
}
