//! Whether programs still report errors when their logs end. A program that went silent with its error is not
//! over it: others' lines are no answer of its own.

use std::collections::{BTreeMap, VecDeque};
use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::naming;
use crate::domain::{Evidence, Level, Span};

/// Lines that programs wrote after the last error for it to be over, and for how long at least, in microseconds.
const QUIET_LINES: usize = 20;
const QUIET_US: i64 = 900_000_000;

/// True when a dated line of a program stands at level ERROR or above, and the logs do not go on without
/// one for so long that it is over, with lines of every program that had one. Stamps of several sorts have no
/// order: each sort is looked at by itself.
pub(super) fn erring(evidence: &Evidence) -> bool {
    let dated = || evidence.lines().filter_map(|(_, l)| Some((l.stamp?.sort_key(), l.level?, l.service.as_deref())));
    let mut last: BTreeMap<u8, i64> = BTreeMap::new();
    // of each program its last error, and its last line
    let mut ends: BTreeMap<(u8, String), (Option<i64>, i64)> = BTreeMap::new();
    for ((sort, at), level, service) in dated() {
        let end = ends.entry((sort, service.map(naming::workload).unwrap_or_default())).or_insert((None, at));
        end.1 = end.1.max(at);
        if level >= Level::Error {
            end.0 = end.0.max(Some(at));
            last.entry(sort).and_modify(|l| *l = at.max(*l)).or_insert(at);
        }
    }
    let silent = ends.values().any(|(error, end)| error.is_some_and(|at| at >= *end));
    let after =
        || dated().filter_map(|((sort, at), ..)| last.get(&sort).map(|l| (sort, at - l)).filter(|(_, by)| *by > 0));
    let quiet = |sort: &u8| after().any(|(s, by)| s == *sort && by >= QUIET_US);
    !last.is_empty() && (silent || after().count() < QUIET_LINES || !last.keys().all(quiet))
}

/// The last lines of a program that are looked at, and how many of them tell of calls that fail for its
/// callers to meet that: one may be a retry that went well.
const LAST: usize = 8;
const FAILING: usize = 2;

/// True when the last lines of a program warn that calls of its own fail.
pub(super) fn failing(evidence: &Evidence) -> bool {
    let mut last: BTreeMap<String, VecDeque<bool>> = BTreeMap::new();
    for (source, line) in evidence.lines().filter(|(_, l)| l.stamp.is_some() && l.level.is_some()) {
        let text = evidence.slice(Span::new(source, line.range()));
        let warned = line.level >= Some(Level::Warn) && FAILS.as_ref().is_some_and(|r| r.is_match(text));
        let ends = last.entry(line.service.as_deref().map(naming::workload).unwrap_or_default()).or_default();
        ends.push_back(warned);
        if ends.len() > LAST {
            ends.pop_front();
        }
    }
    last.values().any(|ends| ends.iter().filter(|warned| **warned).count() >= FAILING)
}

/// How a call is told that had no answer.
static FAILS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)\bdeadline[ _]?exceeded\b|\btimed[ -]?out\b|\btimeout\b|\brefused\b|\breset by peer\b|\bno route to host\b|\bunreachable\b",
    )
    .ok()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_whose_last_lines_warn_of_calls_without_an_answer_meets_that() {
        let log = |second: &str| {
            pasted(&format!(
                "2026-03-01T10:01:00Z WARN router: shard=2 Ack: DeadlineExceeded after 250ms\n\
                 2026-03-01T10:01:01Z INFO router: shard=1 Ack ok\n\
                 2026-03-01T10:01:02Z {second}\n"
            ))
        };
        assert!(failing(&log("WARN router: shard=2 Ack: DeadlineExceeded after 250ms")));
        assert!(!failing(&log("INFO router: shard=2 Ack ok")));
    }

    use crate::analyst::pasted::pasted;

    fn log(of_the_quiet: &str) -> Evidence {
        let line = |i: usize| format!("2026-03-01T10:{i:02}:00Z INFO {of_the_quiet}: request served id={i}\n");
        let quiet: String = (5..40).map(line).collect();
        pasted(&format!(
            "2026-03-01T10:01:00Z INFO payments: started\n2026-03-01T10:02:00Z FATAL payments: out of file handles\n{quiet}"
        ))
    }

    #[test]
    fn a_program_that_went_silent_with_its_error_is_not_over_it() {
        assert!(erring(&log("carts")), "only others go on");
        assert!(!erring(&log("payments")), "it goes on itself");
    }
}
