//! When to draw: on request, the first at once, then at most [`FASTEST`] apart. No tick: without a
//! request there is no deadline. Pure: the clock's reading comes in.

use std::time::{Duration, Instant};

/// The shortest time between two frames of what streams: under 40 a second, which read as one flow.
pub const FASTEST: Duration = Duration::from_millis(27);
/// The same where somebody else's records have poured in for `STREAK` frames: nobody reads
/// faster, and a key of the lead is seen within 60 ms all the same.
pub const CALM: Duration = Duration::from_millis(50);
/// Frames in a row, none further than twice [`CALM`] from the last, behind which records pour in.
const STREAK: u32 = 8;
/// The shortest time between two frames that answer a person's keys; behind any other frame a key is
/// answered at once.
pub const FASTEST_ANSWER: Duration = Duration::from_millis(4);

/// Which frames are owed.
#[derive(Debug, Default)]
pub struct Frames {
    wanted: Option<Duration>,
    last: Option<Instant>,
    /// The last that answered a person.
    answered: Option<Instant>,
    streak: u32,
}

impl Frames {
    /// Something visible changed.
    pub fn want(&mut self) {
        self.wanted.get_or_insert(FASTEST);
    }

    /// Somebody else's records changed what is shown here.
    pub fn want_news(&mut self) {
        self.wanted.get_or_insert(if self.streak < STREAK { FASTEST } else { CALM });
    }

    /// A person waits for it.
    pub fn want_soon(&mut self) {
        self.wanted = Some(FASTEST_ANSWER);
    }

    /// When the next frame is due; `None` while nothing is asked for.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        let apart = self.wanted?;
        let last = if apart == FASTEST_ANSWER { self.answered } else { self.last };
        Some(last.map_or(now, |l| (l + apart).max(now)))
    }

    /// A frame was drawn.
    pub fn drawn(&mut self, now: Instant) {
        let close = self.last.is_some_and(|last| now.saturating_duration_since(last) <= 2 * CALM);
        self.streak = if close { self.streak.saturating_add(1) } else { 0 };
        if self.wanted.take() == Some(FASTEST_ANSWER) {
            self.answered = Some(now);
        }
        self.last = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_due_unless_it_was_asked_for() {
        let t = Instant::now();
        let mut frames = Frames::default();
        assert_eq!(frames.due(t), None);
        frames.want();
        assert_eq!(frames.due(t), Some(t), "the first at once");
        frames.drawn(t);
        assert_eq!(frames.due(t), None);
    }

    #[test]
    fn records_that_pour_in_are_drawn_less_often_and_a_rest_or_a_key_ends_that() {
        let mut t = Instant::now();
        let mut frames = Frames::default();
        for _ in 0..=STREAK {
            frames.want_news();
            t = frames.due(t).unwrap();
            frames.drawn(t);
        }
        frames.want_news();
        assert_eq!(frames.due(t), Some(t + CALM));
        frames.want_soon();
        assert_eq!(frames.due(t), Some(t), "a key is answered at once");
        let later = t + 3 * CALM;
        frames.drawn(later);
        frames.want_news();
        assert_eq!(frames.due(later), Some(later + FASTEST), "after a rest as ever");
    }

    #[test]
    fn many_requests_become_one_frame() {
        let t = Instant::now();
        let mut frames = Frames::default();
        frames.drawn(t);
        frames.want();
        frames.want();
        assert_eq!(frames.due(t), Some(t + FASTEST));
        frames.want_soon();
        assert_eq!(frames.due(t), Some(t), "a key is answered at once");
        frames.drawn(t);
        frames.want_soon();
        assert_eq!(frames.due(t), Some(t + FASTEST_ANSWER), "and the next a little later");
        let later = t + Duration::from_secs(1);
        assert_eq!(frames.due(later), Some(later), "after a rest at once again");
    }
}
