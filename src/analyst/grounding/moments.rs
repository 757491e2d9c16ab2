//! A sentence that gives a cause a later clock time than its effect: it contradicts itself, whatever the
//! evidence says.

use chrono::{Datelike, NaiveDate};

use super::Finding;
use super::pattern::{Pattern, group};
use super::statement::{Part, Statement};

/// What stands before it is the cause; with `by` behind it, the effect.
static CAUSED: Pattern = Pattern::new(
    r"(?i)\b(?:caused|causes|causing|led to|leading to|resulting in|resulted in|triggered|triggering|set off)\b(?:\s+by\b)?",
);
/// What stands before it is the effect.
static BECAUSE: Pattern = Pattern::new(r"(?i)\b(?:because(?: of)?|due to|as a result of)\b");
static CLOCK: Pattern = Pattern::new(r"\b(?:(\d{4}-\d{2}-\d{2})[T ])?(\d{1,2}):(\d{2})(?::(\d{2}))?");

/// Times further apart than this may lie on both sides of midnight, in seconds.
const HALF_A_DAY: i64 = DAY / 2;
/// A day, in seconds.
const DAY: i64 = 24 * 3600;

/// A time as seconds of its day, from and to: a minute is sixty of them.
struct Time {
    day: Option<NaiveDate>,
    from: i64,
    to: i64,
}

/// Checks one statement.
pub fn of_statement(s: &Statement<'_>, out: &mut Vec<Finding>) {
    if matches!(s.part, Part::Trail | Part::Context | Part::Evidence) {
        return;
    }
    let (caused, because) = (CAUSED.all(&s.text), BECAUSE.all(&s.text));
    let (found, told_backwards) = match (caused.as_slice(), because.as_slice()) {
        ([c], []) => (c, group(c, 0).to_lowercase().ends_with("by")),
        ([], [c]) => (c, true),
        // Two of them, or none: which belongs to which is a guess.
        _ => return,
    };
    let Some(m) = found.get(0) else { return };
    let (before, after) = (s.text.get(..m.start()).unwrap_or(""), s.text.get(m.end()..).unwrap_or(""));
    if before.trim_end().to_lowercase().ends_with("not") {
        return;
    }
    let (cause, effect) = if told_backwards { (after, before) } else { (before, after) };
    let (causes, effects) = (times(cause), times(effect));
    // With the day on both sides the times stand in order by themselves; without, midnight may lie between.
    let dated = causes.iter().chain(&effects).all(|t| t.day.is_some());
    let day = |t: &Time| t.day.filter(|_| dated).map_or(0, |d| i64::from(d.num_days_from_ce()) * DAY);
    let (Some(cause), Some(effect)) =
        (causes.iter().map(|t| day(t) + t.from).min(), effects.iter().map(|t| day(t) + t.to).max())
    else {
        return;
    };
    if cause > effect && (dated || cause - effect < HALF_A_DAY) {
        let what = format!("the cause is told at {}, after its effect at {}", clock(cause), clock(effect));
        out.push(
            Finding::new(&s.path, "cause-after-effect", what).with_fix("look at both times; the later one is no cause"),
        );
    }
}

/// The times that a text states.
fn times(text: &str) -> Vec<Time> {
    let all = CLOCK.all(text);
    let read = all.iter().filter_map(|c| {
        let n = |i: usize| group(c, i).parse::<i64>().ok();
        let minute = n(2)?.min(24) * 3600 + n(3)?.min(59) * 60;
        let (from, to) = n(4).map_or((minute, minute + 59), |s| (minute + s.min(59), minute + s.min(59)));
        Some(Time { day: group(c, 1).parse().ok(), from, to })
    });
    read.collect()
}

fn clock(seconds: i64) -> String {
    let of_day = seconds.rem_euclid(DAY);
    format!("{:02}:{:02}:{:02}", of_day / 3600, of_day / 60 % 60, of_day % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> bool {
        let mut out = Vec::new();
        of_statement(&Statement::prose("x".into(), Part::Summary, text.into()), &mut out);
        !out.is_empty()
    }

    #[test]
    fn a_cause_that_is_told_later_than_its_effect_is_found_either_way_round() {
        assert!(found("The breaker opened at 14:29:12 and caused the wait at 14:27:02."));
        assert!(found("The wait at 14:27:02 was caused by the breaker at 14:29:12."));
        assert!(found("It opened at 2026-01-20T14:29:12Z and caused the wait at 2026-01-20T14:27:02Z."));
        assert!(found("Rows were lost at 2026-01-19 08:00 because of the job at 2026-01-20 07:00."));
        assert!(found("Pods were killed at 09:10 because of the deploy at 09:30."));
    }

    #[test]
    fn a_cause_before_its_effect_the_same_minute_midnight_and_a_denial_are_not() {
        for text in [
            "The wait at 14:27:02 caused the breaker to open at 14:29:12.",
            "The breaker opened at 14:29:12 because of the wait at 14:27:02.",
            "The deploy at 09:10 caused restarts at 09:10:05.",
            "The job at 23:58 caused errors at 00:03.",
            "The breaker at 14:29:12 is not caused by the wait at 14:27:02.",
            "The breaker at 14:29:12 did not caused 14:27:02.",
            "The deploy caused restarts at 09:10.",
            "The job at 2026-01-19T23:58:00Z caused errors at 2026-01-20T00:03:00Z.",
            "A at 09:10 caused B at 09:05, which caused C at 09:20.",
        ] {
            assert!(!found(text), "{text}");
        }
    }
}
