//! What of a report's claims a reader of the page is told, and how: nothing twice, nothing that is only
//! of use to the ranking. It changes no figure and no citation.

use crate::analyst::report::wording::is_focus;
use crate::domain::report::TimelineRow;
use crate::domain::{Claim, Hypothesis, Mitigation, Report, Support};

/// Factors that a page lists at most.
const MOST_FACTORS: usize = 5;

/// What made it possible, as far as the evidence says: each once, without what the root cause's own
/// sentence says and without that somebody asked about this subject.
pub fn factors(h: &Hypothesis) -> impl Iterator<Item = &Claim> {
    let mut told: Vec<String> = vec![bare(&h.statement)];
    let fresh = move |claim: &&Claim| {
        let text = bare(&claim.text);
        // who complains of it made nothing possible
        let blamed = text.contains(" tells of trouble with ") || text.contains(" tell of trouble with ");
        let is_new = !told.iter().any(|t| t.contains(&text)) && !blamed && !is_focus(claim);
        told.push(text);
        is_new
    };
    h.supporting.iter().filter(fresh).take(MOST_FACTORS)
}

/// The words alone: without quotation marks, what is said of repetitions, and the last stop.
fn bare(text: &str) -> String {
    let text = text.replace(['“', '”', '"'], "").replace(", and more lines like it", "");
    text.trim_end_matches('.').trim().to_lowercase()
}

/// What changed before the first symptom, where it is more than one thing: each is weighed by somebody.
pub fn changes(report: &Report) -> Option<&Claim> {
    let quoted =
        report.whys.iter().filter(|w| w.question.contains("what changed") && w.answer.support == Support::Quoted);
    quoted.map(|w| &w.answer).find(|a| a.text.contains("; "))
}

/// Minutes within which a notice is told as nothing that went poorly: what an alert with a usual window
/// takes.
const SOON_MIN: f64 = 5.0;

/// True for the difference of two times that is no short one: a notice that came long after the first cause.
/// Other differences (of two durations, of two counts) tell of no notice.
pub fn is_late(answer: &Claim) -> bool {
    let Some((times, span)) = answer.formula.as_deref().and_then(|f| f.rsplit_once('=')) else { return false };
    if !times.split_once(" - ").is_some_and(|(late, early)| late.contains(':') && early.contains(':')) {
        return false;
    }
    let words: Vec<&str> = span.split_whitespace().take(2).collect();
    match words.as_slice() {
        [_, "s"] => false,
        [n, "min"] => n.parse::<f64>().is_ok_and(|n| n >= SOON_MIN),
        _ => true,
    }
}

/// How late it was noticed, in a sentence that is not the why's own.
pub fn late(answer: &Claim) -> Claim {
    match answer.text.split_once(" passed between ") {
        Some((span, _)) => {
            Claim { text: format!("The first notice came {span} after the first cause."), ..answer.clone() }
        }
        None => answer.clone(),
    }
}

/// The steps that a page suggests: one that would run another's command is that step in other words.
pub fn suggested(report: &Report) -> impl Iterator<Item = &Mitigation> {
    let mut told: Vec<&str> = Vec::new();
    report.mitigation.iter().filter(move |m| {
        let Some(command) = m.command.as_deref() else { return true };
        let is_new = !told.contains(&command);
        told.push(command);
        is_new
    })
}

/// The first why without the details that the root cause gives.
pub fn short(answer: &Claim) -> Claim {
    match answer.text.strip_prefix("Most likely: ").and_then(|rest| rest.split_once(": ")) {
        Some((head, _)) => Claim { text: format!("Most likely: {head}."), ..answer.clone() },
        None => answer.clone(),
    }
}

/// False for a field without its value (`starts_at: '`), of which only the time was of use.
pub fn says_something(text: &str) -> bool {
    let text = text.trim_end_matches(['\'', '"', ' ', '.']);
    // `startsAt`, `starts_at`: a key alone, or with nothing but the time that its row has
    let key = text.split([':', '=']).next().unwrap_or("").trim();
    let is_key =
        key.contains('_') || key.chars().skip(1).any(char::is_uppercase) && key.starts_with(char::is_lowercase);
    let rest = text.get(key.len()..).unwrap_or("");
    let only_a_time = !rest.chars().any(|c| c.is_alphabetic() && !matches!(c, 'T' | 'Z'));
    !(text.ends_with(':') || is_key && !key.contains(' ') && only_a_time)
}

/// True for the row that is taken for the begin: what set it off is no response to it.
pub fn began_it(report: &Report, row: &TimelineRow) -> bool {
    let first = report.first_cause.iter().flat_map(|f| &f.what.citations);
    first.into_iter().any(|c| row.what.citations.iter().any(|r| (r.source, r.line) == (c.source, c.line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_within_minutes_went_well_enough() {
        let late = |span: &str| {
            let formula = Some(format!("10:04 - 10:03 = {span}"));
            is_late(&Claim { formula, ..Claim::inferred("so long passed", Vec::new()) })
        };
        assert!(!late("49 s") && !late("1 min 2 s") && late("5 min") && late("8 min 57 s") && late("4 h 26 min"));
        let formula = Some("9120 - 310 = 8810".to_owned());
        let waited = Claim { formula, ..Claim::inferred("8810 µs passed between the two", Vec::new()) };
        assert!(!is_late(&waited), "how long a call took is no notice");
    }

    #[test]
    fn a_key_with_its_time_alone_is_no_row() {
        for row in ["startsAt", "startsAt: 2026-05-03T00:01:30Z.", "starts_at: '", "ends_at: \"2026-05-03 00:01:30\""] {
            assert!(!says_something(row), "{row}");
        }
        for row in ["The page", "cart-svc: down", "max_connections: 200 reached", "iPhones fail", "OOMKilled"] {
            assert!(says_something(row), "{row}");
        }
    }
}
