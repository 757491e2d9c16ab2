//! What set it off, in the words of the evidence itself: a revision that a program's own error names, and a change
//! that its writer supposes to have brought it. It quotes; what is supposed is told as that.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::material::Material;
use super::wording::is_focus;
use crate::analyst::wording::{is_conjecture, is_denied};
use crate::domain::report::Trigger;
use crate::domain::{Claim, Hypothesis, Span, Verdict};

/// What was made otherwise, as the doer of a sentence: `revision v3.2 removed the entry`.
static MADE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)\b(?:manifest revision|revision|version|release|build|image|deploy(?:ment)?|rollout|migration|upgrade|commit|chart|change)\b(?: (?:to |of |in )?[\w./:@-]{1,40}){0,3}? (?:has |had |have )?(?:removed|dropped|deleted|renamed|introduced|added|changed|replaced|switched|broke|lowered|raised|disabled|enabled|lost)\b",
    )
    .ok()
});
/// `a caching change they made around ten that appears to have generated the spike`.
static SUPPOSED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)\b(?:change|deploy(?:ment)?|release|upgrade|migration|rollout|update|flag|patch)\b[^.;\n]{0,60}?\b(?:appears?|appeared|seems?|seemed|may|might|could|is (?:believed|thought|suspected)|probably|likely|presumably)(?: to)?(?: have)? (?:generated|caused|triggered|started|set off|brought|led to|introduced|created|produced)\b",
    )
    .ok()
});

/// What is supposed is never surer than this.
const SUPPOSITION: f64 = 0.5;

/// The clause of a text that holds a place.
fn clause(text: &str, at: &Range<usize>) -> Range<usize> {
    const ENDS: [&str; 6] = [" — ", " – ", "; ", ": ", ". ", " | "];
    let (head, rest) = (text.get(..at.start).unwrap_or(""), text.get(at.end..).unwrap_or(""));
    let from = ENDS.iter().filter_map(|w| head.rfind(w).map(|i| i + w.len())).max().unwrap_or(0);
    let to = ENDS.iter().filter_map(|w| rest.find(w)).min().map_or(text.len(), |i| at.end + i);
    let kept = text.get(from..to).unwrap_or("").trim_end().trim_end_matches(['.', ',', '"', '|', ' ']).len();
    from..from + kept
}

/// The change that what leads rests on names as the doer.
pub fn named(m: &Material<'_>, h: &Hypothesis) -> Option<Trigger> {
    let places = h.supporting.iter().filter(|c| !is_focus(c)).flat_map(|c| &c.citations);
    let mut found = places.filter_map(|place| {
        let made = MADE.as_ref()?.find(&place.quote)?;
        let said = clause(&place.quote, &made.range());
        let text = place.quote.get(said.clone())?;
        if is_denied(&place.quote, made.start()) || is_conjecture(text) {
            return None;
        }
        let cited = m.evidence.cite(Span::new(place.source, place.start + said.start..place.start + said.end));
        let text = format!("Stated as what brought it: “{}”", cited.quote);
        Some(Trigger { what: Claim::quoted(text, vec![cited]), confidence: h.confidence })
    });
    found.next()
}

/// The change that another hypothesis of the same thing rests on: `stuck in ImagePullBackOff after a deploy`.
pub fn beside(m: &Material<'_>, h: &Hypothesis) -> Option<Trigger> {
    let of_it = |o: &&Hypothesis| {
        o.id != h.id
            && o.subject == h.subject
            && o.verdict != Verdict::RuledOut
            && o.playbook.starts_with("bad_deploy.")
            && !h.playbook.starts_with("bad_deploy.")
    };
    let other = m.hypotheses.iter().find(of_it)?;
    let claim = other.supporting.iter().find(|c| !is_focus(c) && c.text.starts_with('“'))?;
    let cited = claim.citations.first().filter(|c| !is_conjecture(&c.quote))?;
    let text = format!("Stated as what came before it: “{}”", cited.quote.trim());
    Some(Trigger { what: Claim::quoted(text, vec![cited.clone()]), confidence: other.confidence })
}

/// The change that somebody supposes to have brought it.
pub fn supposed(m: &Material<'_>) -> Option<Trigger> {
    let h = m.top()?;
    let mut found = crate::analyst::grounding::notes(m.evidence).take(2_000).filter_map(|(source, line)| {
        let text = m.evidence.slice(Span::new(source, line.range()));
        let made = SUPPOSED.as_ref()?.find(text).filter(|made| !is_denied(text, made.start()))?;
        let said = clause(text, &made.range());
        let begin = crate::analyst::wording::after_prefix(text).clamp(said.start, made.start());
        let cited = m.evidence.cite(Span::new(source, line.start + begin..line.start + said.end));
        let text = format!("Supposed, as one who was there puts it: “{}”", cited.quote);
        Some(Trigger { what: Claim::quoted(text, vec![cited]), confidence: h.confidence.min(SUPPOSITION) })
    });
    found.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pattern: &LazyLock<Option<Regex>>, text: &str) -> Option<String> {
        let made = pattern.as_ref()?.find(text).filter(|m| !is_denied(text, m.start()))?;
        Some(text[clause(text, &made.range())].to_owned())
    }

    #[test]
    fn a_revision_that_an_error_names_is_what_brought_it() {
        let text = "config error: DSN is not set in the spec — manifest revision v3.2.0 removed the DSN entry";
        assert_eq!(told(&MADE, text).as_deref(), Some("manifest revision v3.2.0 removed the DSN entry"));
        assert_eq!(
            told(&MADE, "the release of 12:00 dropped the table; retry").as_deref(),
            Some("the release of 12:00 dropped the table")
        );
        for text in ["no release changed anything", "version 3.2 is running", "schema version mismatch"] {
            assert_eq!(told(&MADE, text), None, "{text}");
        }
    }

    #[test]
    fn what_somebody_supposes_is_heard_and_what_is_ruled_out_is_not() {
        let text = "The team rolls back a cache change they made around ten that appears to have generated the spike.";
        assert!(told(&SUPPOSED, text).is_some_and(|t| t.ends_with("generated the spike")));
        for text in ["No change seems to have caused it", "a change was made", "it appears to have recovered"] {
            assert_eq!(told(&SUPPOSED, text), None, "{text}");
        }
    }
}
