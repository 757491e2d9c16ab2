//! A rest between two looks for records, while they pour in: then they are taken up together, some
//! twenty times a second, and whoever follows leaves the processors to others. Nobody sees the
//! difference: a screen on which records pour is drawn no more often than that. Pure: the clock's reading
//! comes in.

use std::time::{Duration, Instant};

use super::inlet::BATCH;
use crate::journal::feed::Fed;

/// The longest that a record waits for others.
pub const REST: Duration = Duration::from_millis(50);
/// Looks in a row that brought records, none further than twice [`REST`] from the last, behind which they
/// pour in.
const STREAK: u32 = 8;
/// A look that brings so many lines was late already.
const MANY: usize = BATCH / 4;

/// How closely records came.
#[derive(Debug, Default)]
pub struct Rests {
    last: Option<Instant>,
    streak: u32,
}

impl Rests {
    /// How long to rest after a look that brought these lines; zero where nothing pours, or so much that
    /// it is still to be caught up with.
    pub fn after(&mut self, lines: &[Fed], now: Instant) -> Duration {
        // Where the lead looks is shown at once, however often they move.
        if !lines.iter().any(|fed| matches!(fed, Fed::Record(_))) {
            return Duration::ZERO;
        }
        let close = self.last.is_some_and(|last| now.saturating_duration_since(last) <= 2 * REST);
        self.streak = if close { self.streak.saturating_add(1) } else { 0 };
        self.last = Some(now);
        if self.streak >= STREAK && lines.len() < MANY { REST } else { Duration::ZERO }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::event::{Author, Event, NoteKind, Record};
    use crate::journal::feed::{Arrived, Beside};
    use crate::journal::format::{self, Chain};

    fn records(count: usize) -> Vec<Fed> {
        let event = Event::NoteTaken { kind: NoteKind::Note, text: "x".into() };
        let record = Record { seq: 1, at: chrono::DateTime::UNIX_EPOCH, by: Author::Program, event };
        let payload = format::payload(&record).unwrap();
        let arrived = Arrived { record, chain: Chain::genesis("s").next(&payload), payload };
        vec![Fed::Record(Box::new(arrived)); count]
    }

    #[test]
    fn records_that_pour_in_are_taken_up_together_and_nothing_else_waits() {
        let mut rests = Rests::default();
        let (mut now, one) = (Instant::now(), records(1));
        for _ in 0..STREAK {
            assert_eq!(rests.after(&one, now), Duration::ZERO, "the first of them");
            now += Duration::from_millis(5);
        }
        assert_eq!(rests.after(&one, now), REST);
        assert_eq!(rests.after(&records(10), now + REST), REST, "they go on");
        let look = [Fed::Beside(Beside::Lead { there: true })];
        assert_eq!(rests.after(&look, now + REST), Duration::ZERO, "where the lead looks");
        assert_eq!(rests.after(&records(BATCH), now + REST), Duration::ZERO, "there is more to catch up with");
        assert_eq!(rests.after(&one, now + 4 * REST), Duration::ZERO, "after a rest of their own");
    }
}
