//! Verification: does the journal stand as it was written? A value with a text that a person can read.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use super::event::Event;
use super::format::Chain;
use super::reader::{Damage, Fracture, Journal, Tail};
use super::seal::PublicKey;

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
    /// How many records each key has sealed; seals that do not hold are damage.
    pub sealed: BTreeMap<PublicKey, u64>,
    /// Records whose seal does not hold: their sequences, and the key they name.
    pub broken: Vec<(u64, PublicKey)>,
}

impl Verification {
    /// Checks a journal; `beside` holds what the caller found wrong with the blobs.
    pub fn of(journal: &Journal, beside: Vec<String>) -> Self {
        let (seq, head) = journal.head();
        let mut damage = journal.damage.clone();
        if let Tail::Torn { offset, bytes } = journal.tail {
            damage.push(Damage { segment: journal.segments, offset, seq: seq + 1, what: Fracture::Torn { bytes } });
        }
        let (mut sealed, mut broken) = (BTreeMap::new(), Vec::new());
        for (entry, seal) in journal.entries.iter().filter_map(|e| Some((e, e.seal.as_ref()?))) {
            match seal.holds() {
                true => *sealed.entry(seal.key).or_default() += 1,
                false => broken.push((entry.record.seq, seal.key)),
            }
        }
        for entry in &journal.entries {
            if let Event::PeerSaid { message } = &entry.record.event
                && (!message.is_genuine() || message.session != journal.session)
            {
                broken.push((entry.record.seq, message.key));
            }
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
            sealed,
            broken,
        }
    }

    /// True when everything stands as it was written.
    pub fn holds(&self) -> bool {
        self.damage.is_empty() && self.beside.is_empty() && self.broken.is_empty()
    }

    /// Records that nobody sealed.
    pub fn unsealed(&self) -> u64 {
        let sealed: u64 = self.sealed.values().sum();
        self.records.saturating_sub(sealed)
    }

    /// Who sealed how much, with the names that the caller knows.
    pub fn signers(&self, name: &dyn Fn(&PublicKey) -> Option<String>) -> String {
        let mut out = String::new();
        for (key, count) in &self.sealed {
            let who = name(key).unwrap_or_else(|| "a key that is not known here".into());
            let _ = writeln!(out, "signed    {count} by {who} ({})", key.short());
        }
        if self.unsealed() > 0 {
            let _ = writeln!(out, "unsigned  {}", self.unsealed());
        }
        out
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
        for (seq, key) in &self.broken {
            writeln!(f, "FORGED    record {seq}: the signature it bears is not by the key it names ({})", key.short())?;
        }
        match self.holds() {
            true => write!(f, "holds     every byte stands as it was written"),
            false => {
                write!(f, "DOES NOT HOLD: {} finding(s)", self.damage.len() + self.beside.len() + self.broken.len())
            }
        }
    }
}
