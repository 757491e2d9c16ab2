//! What programs say all the time. In a full log, with the lines of every day around the trouble, a
//! complaint that stands there before the trouble began is noise, however loud; one that is met once
//! or twice says little; one that sets in and goes on says much. A paste of failing lines alone has
//! no such background, and nothing is taken from it.

use std::collections::BTreeSet;

use crate::analyst::scope::{BlockKind, Scope, service_of};
use crate::domain::{Evidence, Level, Line};

/// Dated log lines from which on a log is a full one.
const FULL: usize = 150;
/// Services that speak in it at least.
const SPEAKERS: usize = 3;
/// Share of them that are of every day.
const EVERYDAY: f64 = 0.6;
/// The first part of the shown time, which lies before the trouble where nothing tells its onset.
const BEFORE: f64 = 0.12;

/// When the full log begins, until when it is of every day, and when it ends: all in the
/// stamps' own unit (see `Stamp::sort_key`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Background {
    from: i64,
    /// Until then lies what is of every day: only what complains here complains all the time. What sets in
    /// later may be the fault itself, whatever its effects were measured at.
    opening: i64,
    to: i64,
}

/// The times at which one complaint was met, by seconds: a burst is met once.
#[derive(Debug, Clone, Default)]
pub struct Met {
    seconds: BTreeSet<i64>,
    early: bool,
    first: Option<i64>,
}

impl Background {
    /// The background of the evidence, where it holds a full log.
    pub fn of(evidence: &Evidence, scope: &Scope) -> Option<Self> {
        let (mut all, mut everyday) = (0usize, 0usize);
        let (mut from, mut to) = (i64::MAX, i64::MIN);
        let mut speakers: BTreeSet<String> = BTreeSet::new();
        for (block, line, text) in scope.lines(evidence, |b| matches!(b.kind, BlockKind::Logs)) {
            let Some((0, at)) = line.stamp.map(|s| s.sort_key()) else { continue };
            all += 1;
            if speakers.len() < SPEAKERS {
                speakers.extend(service_of(scope, block, line, text));
            }
            everyday += usize::from(line.level.is_some_and(|l| l <= Level::Notice));
            (from, to) = (from.min(at), to.max(at));
        }
        if all < FULL || speakers.len() < SPEAKERS || (everyday as f64) < EVERYDAY * all as f64 {
            return None;
        }
        let share = from + ((to - from) as f64 * BEFORE) as i64;
        Some(Self { from, opening: share, to })
    }

    /// How much of a complaint's weight is kept, by when it was met.
    pub fn share(&self, met: &Met) -> f64 {
        let onset = self.onset(met);
        if met.early { 0.15 } else { (0.4 + 0.25 * onset).min(1.0) }
    }

    /// How unlikely it is that complaints which come evenly all the time begin as late as these do: the
    /// logarithm of it, by the times after the first.
    pub fn onset(&self, met: &Met) -> f64 {
        let Some(first) = met.first.filter(|_| !met.early && self.to > self.from) else { return 0.0 };
        let left = (self.to - first) as f64 / (self.to - self.from) as f64;
        let after = met.seconds.len().saturating_sub(1) as f64;
        -after * left.clamp(0.02, 1.0).ln()
    }
}

impl Met {
    /// Counts a line.
    pub fn count(&mut self, background: &Background, line: &Line) {
        let Some((0, at)) = line.stamp.map(|s| s.sort_key()) else { return };
        self.early |= at < background.opening;
        self.first = Some(self.first.map_or(at, |f| f.min(at)));
        self.seconds.insert(at / SECOND);
    }
}

/// One second in the unit of `Stamp::sort_key`.
const SECOND: i64 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn met(seconds: &[i64], early: bool) -> Met {
        Met { seconds: seconds.iter().copied().collect(), early, first: seconds.first().map(|s| s * SECOND) }
    }

    #[test]
    fn what_sets_in_late_and_goes_on_counts_and_what_was_there_before_does_not() {
        let log = Background { from: 0, opening: 12 * SECOND, to: 100 * SECOND };
        let sets_in = log.share(&met(&[60, 66, 71, 80, 93], false));
        let once = log.share(&met(&[96], false));
        let always = log.share(&met(&[3, 30, 60, 93], true));
        assert!(sets_in > 0.95 && once < 0.6 && always < 0.2, "{sets_in} {once} {always}");
    }
}
