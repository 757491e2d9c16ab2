//! What somebody says came just before it: `occurred immediately after upgrading the cluster`.
//!
//! It rests on one clause that tells of trouble in the past and of the thing that it came after, and that is about
//! what leads or about the incident itself. What is planned, asked, supposed or denied came before nothing.

use super::stated::notes;
use crate::analyst::grounding::pattern::Pattern;
use crate::analyst::wording::{excerpt, is_conjecture};
use crate::domain::{Claim, Evidence, Span};

/// The thing that it came after.
static FOLLOWED: Pattern = Pattern::new(
    r"(?i)\b(?:after|following|since) (?:an? |the |our |this )?(?:\w+ ){0,2}?(?:upgrad(?:e|es|ing)|updat(?:e|es|ing)|deploy(?:s|ing|ment)?|rollout|rolling out|release|migrat(?:ion|ing)|switch(?:ing)?|maintenance|rotation|reboot|config(?:uration)? change)\b",
);
/// Words that take it back: what stood both before and after it, or came before it; what is asked or is to come.
static NOT_FOLLOWED: Pattern = Pattern::new(
    r"(?i)\bbefore and after\b|\b(?:not|never|nothing|no|cannot)\b|n['’]t\b|\b(?:roll(?:ed|ing)? ?back|revert\w*|fixed|resolved|recovered|restored|normal|healthy|okay|fine)\b|\b(?:will|shall|next|going to|action item|to-?do|needs? to|must|if|whether|unless|until)\b|\?",
);
/// What went wrong, as something that was.
static HAPPENED: Pattern = Pattern::new(
    r"(?i)\b(?:broke|failed|crashed|stopped|dropped|lost|rose|spiked|jumped|increased|grew|slowed|degraded|timed out|went (?:down|missing)|fell|hung|restarted)\b|\b(?:are|is|was|were|became|got|started) (?:\w+ )?(?:stuck|down|failing|unavailable|unreachable|slow|broken|missing|dead|late)\b|\b(?:returned|gave|threw|saw) (?:\w+ )?(?:errors?|exceptions?|5\d\d)\b",
);
/// The incident as the thing that is told of: named so, or left out before the verb.
static ITSELF: Pattern = Pattern::new(
    r"(?i)^\W*(?:\w+:\s*)?(?:(?:it|this|that|which|all of this|(?:the |these |those )?(?:issues?|problems?|outage|incident|errors?|failures?|alerts?|trouble|symptoms?|latency|crashes|timeouts)) )?(?:(?:first|all|only|has|have|had) )*(?:began|started|occurred|happened|appeared|surfaced|arose|emerged|rose|spiked|jumped|increased)\b",
);

/// The first note that says what it came after, as the writer puts it; `of` are the names that lead.
pub fn followed(evidence: &Evidence, of: &[&str]) -> Option<Claim> {
    let (source, line, text, at) = notes(evidence).find_map(|(source, line, text)| {
        let at = FOLLOWED.regex()?.find(text)?;
        let tells = line.stamp.is_none() && line.level.is_none() && tells(text, at.range(), of);
        tells.then_some((source, line, text, at))
    })?;
    let said = excerpt(text, at.range());
    let cited = evidence.cite(Span::new(source, line.start + said.start..line.start + said.end));
    let quote = cited.quote.trim().to_owned();
    (!quote.is_empty()).then(|| Claim::quoted(format!("Stated as what came before it: “{quote}”"), vec![cited]))
}

/// True where the clause around that place tells of past trouble of those names, or of the incident itself.
fn tells(text: &str, at: std::ops::Range<usize>, of: &[&str]) -> bool {
    let ends = |c: char| matches!(c, ';' | '!');
    let head = text.get(..at.start).unwrap_or("");
    let from = head.rfind(ends).into_iter().chain(head.rfind(". ")).max().map_or(0, |i| i + 1);
    let tail = text.get(at.end..).unwrap_or("");
    let stops = [tail.find(ends), tail.find(". "), tail.find('?').map(|i| i + 1)];
    let to = stops.into_iter().flatten().min().map_or(text.len(), |i| at.end + i);
    let clause = text.get(from..to).unwrap_or(text);
    let named = || of.iter().any(|name| is_about(clause, name));
    !NOT_FOLLOWED.is_match(clause)
        && !is_conjecture(clause)
        && (ITSELF.is_match(clause) || HAPPENED.is_match(clause) && named())
}

/// True where the clause has the name, or a part of it that is more than a few letters.
fn is_about(clause: &str, name: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() > 3).map(str::to_lowercase).collect()
    };
    let said = words(clause);
    clause.contains(name) && !name.is_empty() || words(name).iter().any(|part| said.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_trigger(text: &str) -> bool {
        FOLLOWED.regex().and_then(|r| r.find(text)).is_some_and(|at| tells(text, at.range(), &["orders-api"]))
    }

    #[test]
    fn what_is_told_of_the_incident_or_of_what_leads_came_before_it() {
        for said in [
            "- Occurred immediately after upgrading blue-1 to kubernetes 1.30",
            "The errors began right after the release of Monday",
            "New replicas of orders-api are stuck in ImagePullBackOff after a deploy.",
            "After an upgrade of the gateway, logins to orders failed.",
            "- **Identified**: After a switch of the CA, support for old clients of the orders API was dropped.",
        ] {
            assert!(is_trigger(said), "{said}");
        }
    }

    #[test]
    fn what_is_planned_asked_supposed_denied_or_of_others_came_before_nothing() {
        for said in [
            "Action item: alert on queue depth after the next release",
            "was that after the deploy?",
            "orders-api failed after the deploy?",
            "orders-api didn't start failing after the deploy",
            "It might have started after the deploy",
            "We will watch orders-api after the deploy",
            "The billing page failed after the migration",
            "orders-api was checked after the deploy",
        ] {
            assert!(!is_trigger(said), "{said}");
        }
    }
}
