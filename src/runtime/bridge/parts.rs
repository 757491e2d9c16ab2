//! A record as messages: its line as it stands in the journal, with the large text that belongs to it
//! before it, cut where a server takes no longer message. What comes in is put together again, and
//! believed in nothing: whether a record follows and who sealed it is the journal's course to say.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::journal::Feed;
use crate::journal::feed::{Arrived, Beside, Fed};
use crate::journal::format::{Chain, MAX_PAYLOAD};

/// The header that says which record a message belongs to.
pub const HEAD: &str = "Hotwash-Record";
/// The longest part, in bytes; a server takes 1 MiB unless it is told otherwise.
const LONGEST_PART: usize = 256 * 1024;
/// The shortest: below it a server is of no use.
const SHORTEST_PART: usize = 1024;
/// What NATS adds to a message, headers and all, at the most.
const AROUND: usize = 1024;
/// The most bytes of one record with its text.
pub const MOST: usize = MAX_PAYLOAD + 64 * 1024 * 1024;

/// How long a part may be where the server takes messages of this many bytes; `None` where that is too
/// little.
pub fn part_of(max_payload: usize) -> Option<usize> {
    let part = max_payload.saturating_sub(AROUND).min(LONGEST_PART);
    (part >= SHORTEST_PART).then_some(part)
}

/// What the header says: enough to find a record's place, and never enough to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The record's sequence.
    pub seq: u64,
    /// The chain that it follows from.
    pub before: Chain,
    /// The chain at it.
    pub chain: Chain,
    /// Which part this is, from 0.
    pub part: u32,
    /// Of how many.
    pub parts: u32,
}

impl Head {
    /// True for the part that makes the record whole.
    pub fn is_last(&self) -> bool {
        self.part + 1 == self.parts
    }

    /// What a server knows the message by: the same record, cut the same way, is the same message.
    pub fn message_id(&self) -> String {
        match self.parts {
            1 => self.chain.to_string(),
            _ => format!("{}.{}.{}", self.chain, self.part, self.parts),
        }
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}/{}", self.seq, self.before, self.chain, self.part, self.parts)
    }
}

impl FromStr for Head {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut words = text.split(' ');
        let mut word = || words.next().ok_or(());
        let seq = word()?.parse().map_err(drop)?;
        let before = Chain::parse(word()?.as_bytes()).ok_or(())?;
        let chain = Chain::parse(word()?.as_bytes()).ok_or(())?;
        let (part, parts) = word()?.split_once('/').ok_or(())?;
        let (part, parts) = (part.parse().map_err(drop)?, parts.parse().map_err(drop)?);
        let fits = words.next().is_none() && seq > 0 && part < parts;
        fits.then_some(Self { seq, before, chain, part, parts }).ok_or(())
    }
}

/// A record's bytes as messages of at most `part` bytes.
pub fn cut(head: Head, bytes: &[u8], part: usize) -> impl Iterator<Item = (Head, Vec<u8>)> + '_ {
    let parts = u32::try_from(bytes.len().div_ceil(part)).unwrap_or(u32::MAX);
    bytes.chunks(part).zip(0..).map(move |(bytes, part)| (Head { part, parts, ..head }, bytes.to_vec()))
}

/// Puts parts together.
#[derive(Debug, Default)]
pub struct Joiner {
    open: Option<Head>,
    bytes: Vec<u8>,
}

impl Joiner {
    /// Takes one message's parts in; the lines, where a record is whole by now. `None`: parts follow.
    ///
    /// # Errors
    /// How many bytes were none of a record.
    pub fn take(&mut self, head: Head, payload: &[u8]) -> Result<Option<(Head, Vec<Fed>)>, u64> {
        let Some(whole) = self.join(head, payload)? else { return Ok(None) };
        lines(&whole).map(|lines| Some((head, lines))).ok_or(payload.len() as u64)
    }

    /// The same, and what is whole comes out as the bytes that were cut.
    ///
    /// # Errors
    /// How many bytes did not follow.
    pub fn join<'a>(&mut self, head: Head, payload: &'a [u8]) -> Result<Option<Cow<'a, [u8]>>, u64> {
        let goes_on = match self.open {
            // A record that was begun and not finished is begun again, by the same lead or the next.
            _ if head.part == 0 => {
                self.bytes.clear();
                true
            }
            Some(open) => {
                let next = Head { part: open.part + 1, ..open };
                next == head
            }
            None => false,
        };
        if !goes_on || self.bytes.len() + payload.len() > MOST {
            (self.open, self.bytes) = (None, Vec::new());
            return Err(payload.len() as u64);
        }
        self.open = Some(head);
        if !head.is_last() {
            self.bytes.extend_from_slice(payload);
            return Ok(None);
        }
        self.open = None;
        if head.part == 0 {
            return Ok(Some(Cow::Borrowed(payload)));
        }
        self.bytes.extend_from_slice(payload);
        Ok(Some(Cow::Owned(std::mem::take(&mut self.bytes))))
    }
}

/// The lines of one record: pieces of its text, then itself; `None` for anything else.
pub fn lines(bytes: &[u8]) -> Option<Vec<Fed>> {
    several(bytes).filter(|lines| lines.iter().filter(|fed| matches!(fed, Fed::Record(_))).count() == 1)
}

/// The lines of one record or several, each behind the pieces of its text; `None` for anything else.
pub fn several(bytes: &[u8]) -> Option<Vec<Fed>> {
    let mut feed = Feed::default();
    feed.push(bytes);
    let lines: Vec<Fed> = feed.by_ref().collect();
    let belongs = |fed: &Fed| matches!(fed, Fed::Record(_) | Fed::Beside(Beside::Blob { .. }));
    let sound = record(&lines).is_some() && lines.iter().all(belongs) && !feed.is_within_a_line();
    sound.then_some(lines)
}

/// The record among a record's lines.
pub fn record(lines: &[Fed]) -> Option<&Arrived> {
    match lines.last() {
        Some(Fed::Record(arrived)) => Some(arrived),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::event::{Author, Body, Event, Record};
    use crate::journal::{feed, format};
    use crate::runtime::follow::raw::line;

    fn item() -> (Head, Vec<u8>) {
        let before = Chain::genesis("s");
        let body = Body::new("a line of output\n".repeat(20_000));
        let mut bytes = Vec::new();
        let text = body.text.clone().unwrap();
        for piece in feed::pieces(&body.digest, &text) {
            bytes.extend(line(&Fed::Beside(piece)));
        }
        let record = Record {
            seq: 1,
            at: chrono::DateTime::UNIX_EPOCH,
            by: Author::Program,
            event: Event::PostmortemDrafted { body },
        };
        let payload = format::payload(&record).unwrap();
        let chain = format::frame(&before, &payload, &mut bytes);
        (Head { seq: 1, before, chain, part: 0, parts: 1 }, bytes)
    }

    #[test]
    fn a_record_that_was_cut_comes_out_whole_once_its_last_part_is_there() {
        let (head, bytes) = item();
        let whole = lines(&bytes).unwrap();
        for len in [1024, 100_000, bytes.len()] {
            let mut joiner = Joiner::default();
            let parts: Vec<_> = cut(head, &bytes, len).collect();
            for (n, (head, part)) in parts.iter().enumerate() {
                let taken = joiner.take(*head, part).unwrap();
                assert_eq!(taken.map(|(_, lines)| lines), (n + 1 == parts.len()).then(|| whole.clone()));
            }
        }
    }

    #[test]
    fn a_part_that_does_not_follow_is_not_taken_and_a_record_that_begins_again_is() {
        let (head, bytes) = item();
        let parts: Vec<_> = cut(head, &bytes, 100_000).collect();
        let mut joiner = Joiner::default();
        assert!(joiner.take(parts[1].0, &parts[1].1).is_err(), "its beginning is missing");
        joiner.take(parts[0].0, &parts[0].1).unwrap();
        assert!(joiner.take(parts[2].0, &parts[2].1).is_err(), "one is missing");
        joiner.take(parts[0].0, &parts[0].1).unwrap();
        for (head, part) in &parts[..parts.len() - 1] {
            assert_eq!(joiner.take(*head, part).unwrap(), None);
        }
        assert!(joiner.take(parts.last().unwrap().0, &parts.last().unwrap().1).unwrap().is_some());
    }

    #[test]
    fn only_a_record_and_its_text_are_lines_of_one() {
        let (_, bytes) = item();
        let restart = Beside::Restart.line().unwrap();
        assert_eq!(lines(restart.as_bytes()), None);
        assert_eq!(lines(&[restart.as_bytes(), &bytes].concat()), None);
        assert_eq!(lines(&bytes[..bytes.len() - 1]), None);
        assert_eq!(lines(b""), None);
    }

    #[test]
    fn the_header_says_what_was_put_into_it() {
        let head = Head { part: 2, parts: 3, ..item().0 };
        assert_eq!(head.to_string().parse(), Ok(head));
        for wrong in ["", "1", "0 a b 0/1", &head.to_string().replace("2/3", "3/3"), &format!("{head} x")] {
            assert_eq!(wrong.parse::<Head>(), Err(()), "{wrong}");
        }
    }
}
