//! How two pieces of work that need nothing of each other are done: one after the other, or side by
//! side where whoever calls lends a thread. What comes out is the same. Nothing here starts a thread.

/// The least of a text for which a second thread is worth its start, in bytes.
pub const WORTH: usize = 16 << 10;

/// Does both, in any order, each once; the second may be done on another thread.
pub type Runner = fn(&mut dyn FnMut(), &mut (dyn FnMut() + Send));

/// A way of doing two things.
#[derive(Debug, Clone, Copy)]
pub struct Beside(Option<Runner>);

impl Beside {
    /// One after the other.
    pub const ALONE: Self = Self(None);

    /// Side by side, as the runner does it.
    pub const fn by(runner: Runner) -> Self {
        Self(Some(runner))
    }

    /// The same where that much text is worth it, and one after the other where it is not.
    pub fn of_size(self, bytes: usize) -> Self {
        if bytes >= WORTH { self } else { Self::ALONE }
    }

    /// The results of both.
    pub fn both<A, B: Send>(self, mut first: impl FnMut() -> A, mut second: impl FnMut() -> B + Send) -> (A, B) {
        let (mut a, mut b) = (None, None);
        if let Some(runner) = self.0 {
            runner(&mut || a = Some(first()), &mut || b = Some(second()));
        }
        (a.unwrap_or_else(first), b.unwrap_or_else(second))
    }
}

impl Default for Beside {
    fn default() -> Self {
        Self::ALONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_done_once_whatever_the_runner_does() {
        let text = String::from("seen by both");
        let backwards = Beside::by(|first, second| {
            second();
            first();
        });
        for way in [Beside::ALONE, backwards, backwards.of_size(WORTH - 1), Beside::by(|_, _| ())] {
            let mut times = 0;
            let count = || {
                times += 1;
                text.len()
            };
            assert_eq!(way.both(count, || text.to_uppercase()), (12, "SEEN BY BOTH".to_owned()));
            assert_eq!(times, 1);
        }
    }
}
