//! The course of a journal that somebody else writes: which records follow, which repeat, which are
//! missing. Whoever follows folds exactly what comes out of here, in order.
//!
//! It is strict: a record is taken only where it follows by sequence and chain. Only a source that
//! reads the lead's own file may state a gap; then what is missing is named, and never guessed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::event::Record;
use super::feed::{Arrived, Beside, Fed, Refusal};
use super::format::{Chain, Header};
use super::seal::{PublicKey, Seal, Sealed};

/// So many of the last chains are remembered: what a newer segment repeats is compared with them.
const REMEMBERED: usize = 4096;
/// Large texts that wait for their record, in bytes of all of them together.
const MOST_WAITING: usize = 64 * 1024 * 1024;
/// Texts that wait for their record.
const MOST_TEXTS: usize = 64;

/// What a line came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// A record to fold.
    Fold(Box<Record>),
    /// The session begins anew: whatever was folded is void.
    Begin {
        /// Its id.
        session: String,
    },
    /// What was folded was superseded: it is to be read again from the beginning.
    Superseded,
    /// Where the lead looks.
    View(serde_json::Value),
    /// The lead is there, or gone.
    Lead {
        /// True while somebody writes.
        there: bool,
    },
    /// What the lead answered to messages that it did not take.
    Answers(Vec<Refusal>),
    /// Not taken, or missing; in words.
    Odd(String),
}

/// How a record stands to what was taken so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It is the next one.
    Next,
    /// It was taken already.
    Again,
    /// Another one was taken in its place.
    Superseded,
    /// It comes again, from so far back that it can't be compared.
    Old,
    /// Records are missing before it.
    Missing {
        /// The first of them.
        from: u64,
        /// The last of them.
        to: u64,
    },
    /// It does not follow from the last one that was taken.
    Unchained,
}

/// Where a follower stands in a journal.
#[derive(Debug, Default)]
pub struct Course {
    /// The seals of the records that were taken since they were asked for, the newest last; `None` for a
    /// record without one.
    seals: Vec<Option<Seal>>,
    /// Whether the last of them is of a record that was not asked for yet.
    is_new: bool,
    /// Up to this record the newest of the lines that are being taken vouches for them.
    vouched: u64,
    session: String,
    seq: u64,
    chain: Option<Chain>,
    recent: VecDeque<(u64, Chain)>,
    texts: BTreeMap<String, String>,
    waiting: usize,
    /// Records that were not taken.
    refused: u64,
    /// Only records sealed by one of these are taken; `None`: sealed or not.
    trusted: Option<BTreeSet<PublicKey>>,
}

impl Course {
    /// A course that takes only what one of these keys has sealed. Nobody can state a gap in it.
    pub fn trusting(keys: impl IntoIterator<Item = PublicKey>) -> Self {
        Self { trusted: Some(keys.into_iter().collect()), ..Self::default() }
    }

    /// The session's id; empty before its first line.
    pub fn session(&self) -> &str {
        &self.session
    }

    /// The last record that was taken, and the chain at it.
    pub fn head(&self) -> (u64, Option<Chain>) {
        (self.seq, self.chain)
    }

    /// How many records were not taken.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// The chain that the next record has to follow from; `None` behind a gap.
    pub fn before(&self) -> Option<Chain> {
        self.chain
    }

    /// What the newest record's seal says, once for each record: a seal vouches for everything before it.
    /// `None` where nothing is new, or follows from nothing known.
    pub fn sealed(&mut self) -> Option<Sealed> {
        if !std::mem::take(&mut self.is_new) {
            return None;
        }
        self.seals.pop().map(Sealed::by)
    }

    /// The seals of what was taken that nobody has checked yet: each is to be checked for itself, at leisure.
    pub fn unchecked(&mut self) -> Vec<Seal> {
        std::mem::take(&mut self.seals).into_iter().flatten().collect()
    }

    /// Where only trusted keys count, sees whether these lines are one run of records that follow from what
    /// was taken, each with the seal of such a key: then the newest seal, which is checked here, vouches for
    /// all of them, and they are taken with one check instead of one each. What is anything else is checked
    /// record by record when it is taken.
    pub fn vouch(&mut self, lines: &[Fed]) {
        self.vouched = 0;
        let (Some(trusted), Some(mut before)) = (&self.trusted, self.chain) else { return };
        let (mut seq, mut last) = (self.seq, None);
        for fed in lines {
            let arrived = match fed {
                Fed::Record(arrived) => arrived,
                Fed::Beside(Beside::Gap { .. } | Beside::Restart) => return,
                Fed::Beside(_) => continue,
                _ => return,
            };
            let seal = Seal::of(&self.session, &before, &arrived.payload).filter(|s| trusted.contains(&s.key));
            let follows = arrived.record.seq == seq + 1 && before.next(&arrived.payload) == arrived.chain;
            let Some(seal) = seal.filter(|_| follows) else { return };
            (seq, before, last) = (seq + 1, arrived.chain, Some(seal));
        }
        if last.is_some_and(|seal| seal.holds()) {
            self.vouched = seq;
        }
    }

    /// Whose key a record bears that would be the next one, truly sealed, were that key trusted here.
    pub fn stranger(&self, arrived: &Arrived) -> Option<PublicKey> {
        let (trusted, before) = (self.trusted.as_ref()?, self.chain?);
        let seal = Seal::of(&self.session, &before, &arrived.payload).filter(|s| !trusted.contains(&s.key))?;
        (self.judge(arrived) == Fit::Next && seal.holds()).then_some(seal.key)
    }

    /// Takes a line in; `None` where it changes nothing.
    pub fn take(&mut self, fed: Fed) -> Option<Step> {
        match fed {
            Fed::Header(header) => self.header(&header),
            Fed::Record(arrived) => self.record(*arrived),
            Fed::Beside(beside) => self.beside(beside),
            Fed::Unreadable(bytes) => Some(Step::Odd(format!("{bytes} bytes are no line of a journal"))),
            Fed::Newer(what) => Some(Step::Odd(what)),
        }
    }

    /// How a record stands to what was taken so far.
    pub fn judge(&self, arrived: &Arrived) -> Fit {
        let seq = arrived.record.seq;
        if seq <= self.seq {
            let first = self.recent.front().map_or(u64::MAX, |(first, _)| *first);
            let place = seq.checked_sub(first).and_then(|n| usize::try_from(n).ok());
            return match place.and_then(|n| self.recent.get(n)) {
                Some((_, same)) if *same == arrived.chain => Fit::Again,
                Some(_) => Fit::Superseded,
                None => Fit::Old,
            };
        }
        if seq > self.seq + 1 {
            return Fit::Missing { from: self.seq + 1, to: seq - 1 };
        }
        match self.chain {
            Some(before) if before.next(&arrived.payload) != arrived.chain => Fit::Unchained,
            _ => Fit::Next,
        }
    }

    fn header(&mut self, header: &Header) -> Option<Step> {
        if self.session.is_empty() {
            self.session.clone_from(&header.session);
            (self.seq, self.chain) = (header.after, Some(header.chain));
            if header.after == 0 && header.chain != Chain::genesis(&header.session) {
                self.chain = None;
            }
            return Some(Step::Begin { session: self.session.clone() });
        }
        if header.session != self.session {
            return Some(Step::Odd(format!("a segment of another session ({}) was passed over", header.session)));
        }
        // What stands behind the link will come again; it is compared then.
        (header.after > self.seq).then(|| Step::Odd(missing(self.seq + 1, header.after)))
    }

    fn record(&mut self, arrived: Arrived) -> Option<Step> {
        let seq = arrived.record.seq;
        if self.session.is_empty() {
            return self.refuse(format!("record {seq} came before the journal's first line"));
        }
        match self.judge(&arrived) {
            Fit::Next => {}
            Fit::Again => return None,
            Fit::Superseded => return Some(Step::Superseded),
            Fit::Old => return self.refuse(format!("record {seq} came again")),
            Fit::Missing { from, to } => return self.refuse(missing(from, to)),
            Fit::Unchained => return self.refuse(unchained(seq)),
        }
        if let Err(why) = self.check_seal(&arrived) {
            return self.refuse(why);
        }
        let before = self.chain;
        self.advance(&arrived);
        let Arrived { mut record, payload, .. } = arrived;
        if let Some(before) = before {
            self.seals.push(Seal::of(&self.session, &before, &payload));
            self.is_new = true;
        }
        if let Some(body) = record.event.body_mut().filter(|b| b.text.is_none()) {
            let text = self.texts.remove(&body.digest).unwrap_or_default();
            self.waiting = self.waiting.saturating_sub(text.len());
            if blake3::hash(text.as_bytes()).to_hex().as_str() == body.digest {
                body.text = Some(text.into());
            }
        }
        Some(Step::Fold(Box::new(record)))
    }

    /// A seal that does not hold is never taken; one is needed only where keys are trusted.
    fn check_seal(&self, arrived: &Arrived) -> Result<(), String> {
        let Some(trusted) = &self.trusted else { return Ok(()) };
        let seq = arrived.record.seq;
        if seq <= self.vouched {
            return Ok(());
        }
        // A seal covers what it follows from: without that it proves nothing.
        let Some(before) = self.chain else { return Err(format!("record {seq} follows from nothing that is known")) };
        match Seal::of(&self.session, &before, &arrived.payload) {
            None => Err(format!("record {seq} is not signed")),
            Some(seal) if !seal.holds() => Err(format!("record {seq} bears a forged signature")),
            Some(seal) if !trusted.contains(&seal.key) => {
                Err(format!("record {seq} is signed by a key that may not write here ({})", seal.key.short()))
            }
            Some(_) => Ok(()),
        }
    }

    /// The record counts as taken; whether it may is [`Self::judge`]'s to say.
    pub fn advance(&mut self, arrived: &Arrived) {
        self.seq = arrived.record.seq;
        self.chain = Some(arrived.chain);
        self.recent.push_back((self.seq, arrived.chain));
        if self.recent.len() > REMEMBERED {
            self.recent.pop_front();
        }
    }

    fn beside(&mut self, beside: Beside) -> Option<Step> {
        match beside {
            Beside::Blob { digest, text } => {
                if self.waiting + text.len() > MOST_WAITING || self.texts.len() >= MOST_TEXTS {
                    return Some(Step::Odd("a large text was too large to wait for its record".into()));
                }
                self.waiting += text.len();
                self.texts.entry(digest).or_default().push_str(&text);
                None
            }
            Beside::View(view) => Some(Step::View(view)),
            Beside::Lead { there } => Some(Step::Lead { there }),
            Beside::Answers(answers) => Some(Step::Answers(answers)),
            Beside::Gap { seq, chain, what } => {
                if seq <= self.seq {
                    return None;
                }
                if self.trusted.is_some() {
                    return self.refuse(format!("a gap before record {seq} was stated, and is not believed"));
                }
                self.seq = seq - 1;
                self.chain = Chain::parse(chain.as_bytes());
                self.recent.clear();
                Some(Step::Odd(what))
            }
            Beside::Restart => {
                *self = Self { refused: self.refused, trusted: self.trusted.take(), ..Self::default() };
                None
            }
        }
    }

    fn refuse(&mut self, why: String) -> Option<Step> {
        self.refused += 1;
        Some(Step::Odd(why))
    }
}

/// That a record does not fit, in words.
pub fn unchained(seq: u64) -> String {
    format!("record {seq} does not follow from the one before it")
}

/// That records are missing, in words.
pub fn missing(from: u64, to: u64) -> String {
    if from == to { format!("record {from} is missing") } else { format!("records {from} to {to} are missing") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::event::{Author, Event, NoteKind};
    use crate::journal::{Body, format};

    fn note(seq: u64, text: &str) -> Record {
        let event = Event::NoteTaken { kind: NoteKind::Note, text: text.into() };
        Record { seq, at: chrono::DateTime::UNIX_EPOCH, by: Author::Program, event }
    }

    fn arrived(before: &Chain, record: &Record) -> Arrived {
        let payload = format::payload(record).unwrap();
        Arrived { record: format::record(&payload).unwrap(), chain: before.next(&payload), payload }
    }

    fn begun(count: u64) -> (Course, Vec<Arrived>) {
        let mut course = Course::default();
        let mut chain = Chain::genesis("s");
        course.take(Fed::Header(Header::new("s", 1, 0, chain)));
        let mut all = Vec::new();
        for seq in 1..=count {
            let next = arrived(&chain, &note(seq, "x"));
            chain = next.chain;
            course.take(Fed::Record(Box::new(next.clone())));
            all.push(next);
        }
        (course, all)
    }

    #[test]
    fn the_newest_records_seal_is_told_once_as_what_it_is() {
        let signer = super::super::seal::Signer::new(&[7; 32]);
        let other = super::super::seal::Signer::new(&[8; 32]).public();
        for forged in [false, true] {
            let (mut course, all) = begun(2);
            assert_eq!((course.sealed(), course.sealed()), (Some(Sealed::Unsigned), None));
            let mut payload = format::payload(&note(3, "signed")).unwrap();
            signer.seal("s", &all[1].chain, &mut payload);
            if forged {
                let text = String::from_utf8(payload).unwrap();
                payload = text.replace(&signer.public().to_string(), &other.to_string()).into_bytes();
            }
            let record = format::record(&payload).unwrap();
            course.take(Fed::Record(Box::new(Arrived { record, chain: all[1].chain.next(&payload), payload })));
            let says = if forged { Sealed::Forged(other) } else { Sealed::By(signer.public()) };
            assert_eq!(course.sealed(), Some(says));
        }
    }

    /// Records behind `chain`, each sealed by one of these.
    fn sealed_run(mut chain: Chain, signers: &[&super::super::seal::Signer]) -> Vec<Fed> {
        let one = |(signer, seq): (&&super::super::seal::Signer, u64)| {
            let mut payload = format::payload(&note(seq, "x")).unwrap();
            signer.seal("s", &chain, &mut payload);
            chain = chain.next(&payload);
            let record = format::record(&payload).unwrap();
            Fed::Record(Box::new(Arrived { record, chain, payload }))
        };
        signers.iter().zip(1..).map(one).collect()
    }

    #[test]
    fn one_check_takes_a_run_that_its_newest_seal_vouches_for_and_each_seal_is_left_to_be_checked() {
        let signer = super::super::seal::Signer::new(&[7; 32]);
        let mut course = Course::trusting([signer.public()]);
        let genesis = Chain::genesis("s");
        course.take(Fed::Header(Header::new("s", 1, 0, genesis)));
        let run = sealed_run(genesis, &[&signer; 5]);
        course.vouch(&run);
        assert_eq!(course.vouched, 5);
        for fed in run {
            assert!(matches!(course.take(fed), Some(Step::Fold(_))));
        }
        assert_eq!(course.sealed(), Some(Sealed::By(signer.public())));
        let rest = course.unchecked();
        assert_eq!((rest.len(), rest.iter().all(Seal::holds)), (4, true));
    }

    #[test]
    fn a_strangers_record_within_or_behind_a_run_is_refused_as_if_it_came_alone() {
        let (lead, stranger) = (super::super::seal::Signer::new(&[7; 32]), super::super::seal::Signer::new(&[8; 32]));
        let genesis = Chain::genesis("s");
        for signers in [[&lead, &lead, &stranger], [&lead, &stranger, &lead]] {
            let mut course = Course::trusting([lead.public()]);
            course.take(Fed::Header(Header::new("s", 1, 0, genesis)));
            let run = sealed_run(genesis, &signers);
            course.vouch(&run);
            let taken = run.into_iter().filter_map(|fed| course.take(fed)).filter(|s| matches!(s, Step::Fold(_)));
            assert_eq!(taken.count(), signers.iter().position(|s| s.public() == stranger.public()).unwrap());
        }
    }

    #[test]
    fn a_record_that_comes_again_is_not_folded_again() {
        let (mut course, all) = begun(5);
        assert_eq!(course.head().0, 5);
        for again in all {
            assert_eq!(course.take(Fed::Record(Box::new(again))), None);
        }
    }

    #[test]
    fn behind_a_beginning_that_is_none_nothing_is_taken_where_keys_are_trusted() {
        let before = Chain::genesis("another");
        let mut course = Course::trusting([]);
        course.take(Fed::Header(Header::new("s", 1, 0, before)));
        let step = course.take(Fed::Record(Box::new(arrived(&before, &note(1, "x")))));
        assert!(matches!(step, Some(Step::Odd(_))), "{step:?}");
        assert_eq!(course.head().0, 0);
    }

    #[test]
    fn another_record_in_the_place_of_one_that_was_taken_means_to_read_again() {
        let (mut course, all) = begun(5);
        let other = arrived(&all[2].chain, &note(4, "other"));
        assert_eq!(course.take(Fed::Record(Box::new(other))), Some(Step::Superseded));
    }

    #[test]
    fn a_record_behind_a_gap_or_off_the_chain_is_refused_and_named() {
        let (mut course, all) = begun(5);
        let later = arrived(&all[4].chain, &note(9, "later"));
        assert_eq!(course.take(Fed::Record(Box::new(later))), Some(Step::Odd("records 6 to 8 are missing".into())));
        let forged = arrived(&all[0].chain, &note(6, "forged"));
        assert!(matches!(course.take(Fed::Record(Box::new(forged))), Some(Step::Odd(why)) if why.contains("follow")));
        assert_eq!((course.head().0, course.refused()), (5, 2));
    }

    #[test]
    fn a_large_text_is_taken_only_where_its_digest_holds() {
        for spoil in [false, true] {
            let (mut course, all) = begun(1);
            let text = "y".repeat(Body::INLINE * 3);
            let body = Body::new(text.clone());
            let digest = body.digest.clone();
            let record = Record { event: Event::PostmortemDrafted { body }, ..note(2, "") };
            for piece in super::super::feed::pieces(&digest, if spoil { "other" } else { &text }) {
                assert_eq!(course.take(Fed::Beside(piece)), None);
            }
            let Some(Step::Fold(folded)) = course.take(Fed::Record(Box::new(arrived(&all[0].chain, &record)))) else {
                panic!("not folded");
            };
            assert_eq!(folded.event.body().unwrap().text.is_some(), !spoil);
        }
    }
}
