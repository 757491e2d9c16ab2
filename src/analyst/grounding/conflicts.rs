//! Places of the evidence that can't both be so: a rate that does not follow from the growth, a
//! crash at one time and its first victim at another. Nothing is repaired; it is said.

use super::pattern::{Pattern, group};
use crate::domain::{Citation, Claim, Evidence, Line, SourceId, Span};

static GROWTH: Pattern = Pattern::new(
    r"(?i)\b(\d+(?:\.\d+)?)\s?[KMG]i?B?\s+at\s+(\d{1,2}):(\d{2})[^\n]*?(\d+(?:\.\d+)?)\s?[KMG]i?B?\s+at\s+(\d{1,2}):(\d{2})",
);
static THEN_CRASH: Pattern =
    Pattern::new(r"(?i)\bat\s+(\d{1,2}:\d{2})(?:\s*UTC)?,?\s+then\s+(?:a\s+)?(?:crash|oom|restart|kill)");
/// The end of that pattern: a text is searched for the word that it begins with in no time.
static CRASH: Pattern = Pattern::new(r"(?i)\bthen\s+(?:a\s+)?(?:crash|oom|restart|kill)");
static FIRST_KILL: Pattern =
    Pattern::new(r"(?i)\b(\d{1,2}:\d{2})\b[^\n]{0,12}\bfirst\s+(?:\w+\s+)?(?:oom\w*|crash\w*|kill\w*|restart\w*)");
static RATE: Pattern =
    Pattern::new(r"(?i)restarts?\s*(?:/\s*hour|per hour|in the last hour|last hour)\s*[:=]?\s*(\d+)");
static PODS: Pattern = Pattern::new(r"(?i)pods?:?\s+(\d+)\s+total|\b(?:\d+)\s*(?:of|/)\s*(\d+)\s+pods");

/// A stated rate this many times the derived one is a contradiction, not noise.
const TIMES_OFF: f64 = 3.0;

/// Every contradiction found, each citing both places.
pub fn conflicts(evidence: &Evidence) -> Vec<Claim> {
    let mut out = Vec::new();
    out.extend(rate_against_growth(evidence));
    out.extend(two_times_for_one_crash(evidence));
    out
}

/// `12 pods that each take 5 h to fill can restart 2.4 times an hour, not 18`.
fn rate_against_growth(evidence: &Evidence) -> Option<Claim> {
    // The rate first: fewest pastes state one, and its pattern begins with a word.
    let (rate, at_rate) = find(evidence, &RATE)?;
    let (growth, at_growth) = find(evidence, &GROWTH)?;
    let (pods, at_pods) = find(evidence, &PODS)?;
    let number = |text: &str| text.parse::<f64>().ok();
    let (from, to) = (growth.get(2).zip(growth.get(3))?, growth.get(5).zip(growth.get(6))?);
    let hours = (number(to.0)? * 60.0 + number(to.1)? - number(from.0)? * 60.0 - number(from.1)?) / 60.0;
    let count = pods.iter().skip(1).find_map(|p| number(p))?;
    let stated = number(rate.get(1)?)?;
    if hours <= 0.0 || stated < TIMES_OFF * count / hours {
        return None;
    }
    let hours_text = crate::analyst::report::wording::number(hours);
    let expected = crate::analyst::report::wording::number(count / hours);
    let text = format!(
        "{count} pods that each take {hours_text} h to fill would restart about {expected} times an hour ({count} / {hours_text} = {expected}); {stated} are reported."
    );
    Some(Claim::derived(text, format!("{count} / {hours_text} = {expected}"), vec![at_growth, at_rate, at_pods]))
}

/// The growth ends in a crash at one time, the first victim is dated at another.
fn two_times_for_one_crash(evidence: &Evidence) -> Option<Claim> {
    if !evidence.sources.iter().any(|s| CRASH.is_match(&s.text)) {
        return None;
    }
    let (crash, at_crash) = find(evidence, &THEN_CRASH)?;
    let (first, at_first) = find(evidence, &FIRST_KILL)?;
    let (a, b) = (crash.get(1)?, first.get(1)?);
    (a != b).then(|| {
        let text =
            format!("One line has the crash right after {a}, another the first kill at {b}; both can't be the first.");
        Claim::inferred(text, vec![at_crash, at_first])
    })
}

/// The first short line that matches, with its groups.
fn find(evidence: &Evidence, pattern: &Pattern) -> Option<(Vec<String>, Citation)> {
    // One pass over each text tells of most pastes that no line of them can match.
    if !evidence.sources.iter().any(|s| pattern.is_match(&s.text)) {
        return None;
    }
    evidence.lines().take(5_000).find_map(|(source, line): (SourceId, &Line)| {
        let text = evidence.slice(Span::new(source, line.range()));
        if text.len() > 1_000 {
            return None;
        }
        let found = pattern.captures(text)?;
        let groups = (0..found.len()).map(|i| group(&found, i).to_owned()).collect();
        Some((groups, evidence.cite_line(source, line)))
    })
}
