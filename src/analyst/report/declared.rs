//! What was said of how bad it is by those who were there, and by the alert itself: the severity that people
//! declared, beside the one that the policy gives, and what the alert tells of answers.

use std::sync::LazyLock;

use regex::Regex;

use super::material::Material;
use crate::analyst::wording::{is_conjecture, is_denied};
use crate::domain::pattern::compile_any_case;
use crate::domain::report::{Conclusion, RowKind, TimelineRow};
use crate::domain::{Citation, Claim, Span};
use crate::intake::alert::alerts;

/// Sentences of alerts that are told at most.
const MOST: usize = 2;
/// The longest sentence that is told whole, in bytes.
const LONGEST: usize = 220;

/// A severity as people write it in a note: the word with its figure.
static SEVERITY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile_any_case(r"\bsev(?:erity)?[ -]?[0-3]\b|\b[sp][0-1]\b (?:incident|ticket|declared)|\bmajor incident\b").ok()
});
/// What whoever waits for an answer meets, as an alert's text puts it.
static MET: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile_any_case(
        r"\btime-?outs? (?:are|is|have|for|at|seen|occur\w*)|\btiming out\b|\bresponse times? (?:have|has|are|is|rose|went)\b|\b(?:users?|customers?|clients?|callers?) (?:\w+ )?(?:see|get|meet|cannot|can['’]t|are|were|report)\w*|\b(?:requests?|calls|checkouts?|logins?|orders|payments) (?:are |is |were |have )?(?:\w+ )?(?:fail|refus|reject|dropp|slow|delay)\w*|\b(?:down|unreachable|unavailable) for (?:users|customers|all)\b",
    )
    .ok()
});

/// The row of people's own in which a severity is declared, told as theirs.
pub fn severity(m: &Material<'_>) -> Option<Claim> {
    if m.outcome == Conclusion::NoIncident {
        return None;
    }
    let rates = |row: &&TimelineRow| {
        let found = SEVERITY.as_ref().and_then(|r| r.find(&row.what.text));
        found.is_some_and(|at| !is_denied(&row.what.text, at.start()))
    };
    // the plainest: a mail about it says more than the rating
    let rows = m.rows.iter().filter(|r| r.kind != RowKind::Recovery && super::done::by_people(m, r)).filter(rates);
    let row = rows.min_by_key(|r| r.what.text.len())?;
    let said = row.what.text.trim_matches(['“', '”', '.', ' ']);
    (said.len() <= LONGEST)
        .then(|| Claim::quoted(format!("Declared by those who were there: “{said}”."), row.what.citations.clone()))
}

/// What the alerts that were pasted tell of answers that fail or are late.
pub fn of_alerts(m: &Material<'_>) -> Vec<Claim> {
    let mut out: Vec<Claim> = Vec::new();
    for alert in alerts(m.evidence) {
        let texts = alert.annotations.values().chain(alert.text.as_ref());
        for said in texts.flat_map(|t| t.split(". ")).filter(|t| t.len() <= LONGEST) {
            let met = MET.as_ref().and_then(|r| r.find(said));
            if met.is_none_or(|at| is_denied(said, at.start())) || is_conjecture(said) {
                continue;
            }
            let Some(place) = place(m, alert.span, said) else { continue };
            if out.iter().all(|c| !c.citations.contains(&place)) && out.len() < MOST {
                let said = said.trim_end_matches('.');
                out.push(Claim::quoted(format!("The alert says: “{said}”."), vec![place]));
            }
        }
    }
    out
}

/// Where an alert's own words stand in it.
fn place(m: &Material<'_>, span: Span, said: &str) -> Option<Citation> {
    let source = m.evidence.sources.get(span.source.0 as usize)?;
    let at = span.start + source.text.get(span.start..span.end)?.find(said)?;
    Some(m.evidence.cite(Span::new(span.source, at..at + said.len())))
}

/// What stands below a sentence that ends in a colon: what it shows.
pub fn shown_with(m: &Material<'_>, claim: &Claim) -> Option<Claim> {
    let place = claim.citations.first()?;
    let reading = m.evidence.readings.get(place.source.0 as usize)?;
    let text = &m.evidence.sources.get(place.source.0 as usize)?.text;
    let own = reading.lines.get((place.line as usize).checked_sub(1)?)?;
    let words = text.get(own.range())?.trim_end();
    let said = claim.text.split_once('“').and_then(|(_, rest)| rest.split('”').next())?;
    if !words.strip_suffix(':').is_some_and(|w| w.ends_with(said.trim_end_matches(':'))) {
        return None;
    }
    let bare = |t: &str| t.trim().trim_matches('`').trim().to_owned();
    let lines = reading.lines.get(place.line as usize..)?.iter().take(2);
    let (line, shown) = lines.map(|l| (l, bare(text.get(l.range()).unwrap_or("")))).find(|(_, t)| !t.is_empty())?;
    let at = line.start + text.get(line.range())?.find(shown.as_str())?;
    let fits = shown.len() <= LONGEST && !shown.starts_with(['-', '*', '#', '{', '[', '|']);
    let cited = m.evidence.cite(Span::new(place.source, at..at + shown.len()));
    fits.then(|| Claim::quoted(format!("Shown with it: “{}”.", shown.trim_end_matches('.')), vec![cited]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
        pattern.as_ref().is_some_and(|r| r.is_match(text))
    }

    #[test]
    fn a_severity_is_declared_by_its_word_and_figure() {
        assert!(is(&SEVERITY, "Sev 1 ticket raised") && is(&SEVERITY, "declared SEV2") && is(&SEVERITY, "P1 incident"));
        assert!(!is(&SEVERITY, "several nodes") && !is(&SEVERITY, "severity: warning"));
    }

    #[test]
    fn an_alert_tells_of_answers_or_of_the_inside() {
        assert!(is(&MET, "Query response times have increased 10x. Application timeouts are occurring."));
        assert!(is(&MET, "checkouts are failing in eu-west"));
        assert!(!is(&MET, "Deployment cannot reach desired replica count"));
        assert!(!is(&MET, "Pods are not ready for 15 minutes"));
    }
}
