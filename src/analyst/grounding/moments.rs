//! A sentence that gives a cause a later clock time than its effect: it contradicts itself, whatever the
//! evidence says.

use super::Finding;
use super::pattern::{Pattern, group};
use super::statement::{Part, Statement};

/// What stands before it is the cause; with `by` behind it, the effect.
static CAUSED: Pattern = Pattern::new(
    r"(?i)\b(?:caused|causes|causing|led to|leading to|resulting in|resulted in|triggered|triggering|set off)\b(?:\s+by\b)?",
);
/// What stands before it is the effect.
static BECAUSE: Pattern = Pattern::new(r"(?i)\b(?:because(?: of)?|due to|as a result of)\b");
static CLOCK: Pattern = Pattern::new(r"\b(\d{1,2}):(\d{2})(?::(\d{2}))?");
static DATED: Pattern = Pattern::new(r"\d{4}-\d{2}-\d{2}");

/// Times further apart than this may lie on both sides of midnight, in seconds.
const HALF_A_DAY: u32 = 12 * 3600;

/// Checks one statement.
pub fn of_statement(s: &Statement<'_>, out: &mut Vec<Finding>) {
    if matches!(s.part, Part::Trail | Part::Context | Part::Evidence) || DATED.is_match(&s.text) {
        return;
    }
    let (found, told_backwards) = match (CAUSED.captures(&s.text), BECAUSE.captures(&s.text)) {
        (Some(c), None) => {
            let by = group(&c, 0).to_lowercase().ends_with("by");
            (c, by)
        }
        (None, Some(c)) => (c, true),
        // Two of them, or none: which belongs to which is a guess.
        _ => return,
    };
    let Some(m) = found.get(0) else { return };
    let (before, after) = (s.text.get(..m.start()).unwrap_or(""), s.text.get(m.end()..).unwrap_or(""));
    if before.trim_end().to_lowercase().ends_with("not") {
        return;
    }
    let (cause, effect) = if told_backwards { (after, before) } else { (before, after) };
    let (Some(cause), Some(effect)) =
        (times(cause).into_iter().map(|(from, _)| from).min(), times(effect).into_iter().map(|(_, to)| to).max())
    else {
        return;
    };
    if cause > effect && cause - effect < HALF_A_DAY {
        let what = format!("the cause is told at {}, after its effect at {}", clock(cause), clock(effect));
        out.push(
            Finding::new(&s.path, "cause-after-effect", what).with_fix("look at both times; the later one is no cause"),
        );
    }
}

/// The clock times of a text as seconds of the day, each from and to: a minute is sixty of them.
fn times(text: &str) -> Vec<(u32, u32)> {
    let all = CLOCK.all(text);
    let read = all.iter().filter_map(|c| {
        let n = |i: usize| group(c, i).parse::<u32>().ok();
        let minute = n(1)?.min(24) * 3600 + n(2)?.min(59) * 60;
        Some(n(3).map_or((minute, minute + 59), |s| (minute + s.min(59), minute + s.min(59))))
    });
    read.collect()
}

fn clock(seconds: u32) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
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
        ] {
            assert!(!found(text), "{text}");
        }
    }
}
