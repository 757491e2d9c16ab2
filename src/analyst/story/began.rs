//! Which row of a timeline began it: the row before the first notice that tells of a cause most
//! plainly; among plain changes the last one. What is routine, planned or went well began nothing.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::wording::{is_denied, stranger_wrote};
use crate::domain::report::RowKind;

use super::components::component_in;
use super::conclusion::{concluded_from, is_cleared, plainly_from};
use super::nouns::noun_in;
use super::objects::blamed;
use super::phrase::{owner_in, thing_in};
use super::remedy::was_in_vain;
use super::told::{Told, told};
use crate::analyst::timeline::place_in;

type Pattern = LazyLock<Option<Regex>>;

fn is(pattern: &Pattern, text: &str) -> bool {
    pattern.as_ref().is_some_and(|r| r.is_match(text))
}

static ROUTINE: Pattern = LazyLock::new(|| {
    crate::domain::pattern::compile(r"(?i)\b(?:as (?:every|usual|planned|always|expected)|routine|without (?:a )?problems?|no problems?|all fine|announced|exercise|drill|game day|rehearsal|staging|is reset|no effect)\b").ok()
});
static HARMLESS: Pattern = LazyLock::new(|| {
    crate::domain::pattern::compile(r"(?i)\b(?:false alarm|false positive|monitoring (?:fault|artefact|artifact)|no service (?:disruption|degradation|interruption)|no user reports|no (?:customer|user|customers|users)(?: was| were)? (?:impact|affected|hit)|no [^.]{0,24}(?:was|were) affected|no impact|(?:exercise|drill|game day|rehearsal) (?:announced|started|ended|finished|over)|resolve[sd]? (?:by itself|itself|on its own)|(?:back to|returned to) (?:normal|ok) after \d+|nothing (?:is|was) (?:wrong|broken)|there was no (?:incident|outage|disruption)|nobody lost|no (?:session|request|order|payment|job|data|message)s? (?:was |were )?(?:dropped|lost|failed|affected)|no (?:tickets|complaints)|(?:your|our|other) services (?:are|were) not affected|not affected at any time|no action (?:is |was )?(?:needed|necessary|required)|nothing (?:to do|done)|never stopped|(?:was|were|stayed|remained) (?:up|available|reachable|online) (?:throughout|all the time|the whole time|the entire time)|(?:planned|announced|scheduled) (?:load[- ]?test|test|exercise|drill))\b").ok()
});
static HARM: Pattern = LazyLock::new(|| {
    crate::domain::pattern::compile(r"(?i)\b(?:(?:is|are|was|were|still|went|goes) (?:all )?(?:down|out|unavailable|unreachable)|can ?not (?:pay|order|log|sign|buy|reach|connect|use)|(?:is|are|keeps?|kept|still) (?:failing|crashing))\b").ok()
});
static WELL: Pattern = LazyLock::new(|| {
    crate::domain::pattern::compile(r"(?i)\b(?:healthy|all good|all (?:probes )?green|resolved|normal|no errors|0 errors|exit(?:ed)?(?: with)?(?: code)? 0|alert\b.{0,60}\bpending|\d+/\d+ ready|(?:finished|completed) successfully)\b|\b0(?:\.[0-2]\d?)? ?%").ok()
});
static DONE_WELL: Pattern = LazyLock::new(|| {
    crate::domain::pattern::compile(r"(?i)\b(?:0 (?:errors|failures|failed)|exit(?:ed)?(?: with)?(?: code)? 0|(?:finished|completed) successfully|all good|all checks passed)\b").ok()
});
static BECAUSE: Pattern = LazyLock::new(|| {
    crate::domain::pattern::compile(r"(?i)\b(?:because|caus(?:e|es|ed)|due to|turn(?:s|ed) out|reason|identified|shows?|we see|found|finds|notices?|since|root)\b|: ").ok()
});

static FOUND: Pattern = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)\b(?:found|finds|we see|we saw|noticed|notices|observed|discover\w*|investigat\w*|turn(?:s|ed) out)\b",
    )
    .ok()
});
static SHOWS: Pattern = LazyLock::new(|| {
    crate::domain::pattern::compile(r"(?i)\b(?:stuck|ContainerCreating|stays? in|fails?|failing|errors?|crash\w*|slow\w*|time-?outs?|unavailable|can ?not|5\d\d|5xx)\b").ok()
});

/// A row as it is judged.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Row<'t> {
    pub text: &'t str,
    pub kind: RowKind,
    /// It stands before the first notice, or is it.
    pub early: bool,
}

/// The row that began it, with what it tells.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Telling {
    pub row: usize,
    pub told: Option<Told>,
    pub subject: Option<String>,
}

/// From here on a row tells plainly that something broke, whatever else it is.
const PLAIN: f64 = 2.4;
/// Below this nothing began it.
const LEAST: f64 = 1.5;
/// What being routine takes.
const AS_EVER: f64 = 1.6;
/// What a plain change loses whose row tells of the symptom too.
const SHOWN: f64 = 0.4;
/// Scores closer than this are the same.
const SAME: f64 = 0.05;

/// What was done about it did not begin it.
fn answers(kind: RowKind) -> bool {
    kind == RowKind::Recovery
}

/// The row that began it.
pub fn began(rows: &[Row<'_>]) -> Option<Telling> {
    let mut best: Option<(f64, usize, Option<Told>)> = None;
    for (i, row) in rows.iter().enumerate().filter(|(_, r)| r.early) {
        let told = told(row.text);
        let own = match row.kind {
            RowKind::Cause => 6.0,
            RowKind::Change => 2.0,
            RowKind::Symptom => 0.4,
            _ => 0.0,
        };
        // what was found tells of the cause, and did not begin then
        let words = told.as_ref().filter(|_| !is(&FOUND, row.text) && !answers(row.kind)).map_or(0.0, |t| t.weight);
        let own = if told.is_none() && is(&SHOWS, row.text) { own - SHOWN } else { own };
        let vain = row.kind == RowKind::Change && was_in_vain(row.text);
        let routine = if (is(&ROUTINE, row.text) || vain) && words < 2.0 { AS_EVER } else { 0.0 };
        let score = f64::max(own, words) - routine;
        // of plain changes the last one is nearest to the symptom; what is told plainly began with the first
        let later = told.is_none();
        let wins = best.as_ref().is_none_or(|(b, _, _)| score > b + SAME || (later && score > b - SAME));
        if score >= LEAST && wins {
            best = Some((score, i, told));
        }
    }
    let (_, row, told) = best?;
    let text = rows.get(row)?.text;
    if let Some(change) = told.as_ref().and_then(|t| changed_before(rows, row, t)) {
        let subject = told.as_ref().and_then(|t| t.subject.clone().or_else(|| subject_of(text, t)));
        return Some(Telling { row: change, told, subject });
    }
    let subject = told.as_ref().and_then(|t| t.subject.clone().or_else(|| subject_of(text, t)));
    Some(Telling { row, told, subject })
}

/// What is worked on where a fault of this family shows later: who is denied was denied something before.
static WORKED_ON: [(&str, Pattern); 7] = [
    (
        "permission_denied.",
        LazyLock::new(|| {
            crate::domain::pattern::compile(
                r"(?i)\b(?:privileges?|permissions?|roles?|iam|polic(?:y|ies)|grants?|acls?|rbac|entitlements?)\b",
            )
            .ok()
        }),
    ),
    (
        "dns_failure.resolution",
        LazyLock::new(|| {
            crate::domain::pattern::compile(
                r"(?i)\b(?:dns\w*|zones?|ksk|ds record|name ?servers?|registrar|records?)\b",
            )
            .ok()
        }),
    ),
    (
        "lock_contention.",
        LazyLock::new(|| {
            crate::domain::pattern::compile(
                r"(?i)\b(?:migrations?|alter|schema|ddl|constraints?|transactions?|vacuum|reindex|import|backfill)\b",
            )
            .ok()
        }),
    ),
    (
        "clock_skew.",
        LazyLock::new(|| {
            crate::domain::pattern::compile(
                r"(?i)\b(?:images?|rebuilt|reinstalled|ntp\w*|chrony\w*|time (?:server|source)s?|udp 123|hypervisor)\b",
            )
            .ok()
        }),
    ),
    (
        "feature_flag.",
        LazyLock::new(|| {
            crate::domain::pattern::compile(
                r"(?i)\b(?:flags?|toggles?|experiments?|rollout|targeting)\b|\d ?(?:%|percent)",
            )
            .ok()
        }),
    ),
    (
        "message_lag.",
        LazyLock::new(|| {
            crate::domain::pattern::compile(
                r"(?i)\b(?:import\w*|back-?fill|bulk|campaign|news-?letter|re-?play|consumers?|producers?|workers?)\b",
            )
            .ok()
        }),
    ),
    (
        "cache_misconfig.",
        LazyLock::new(|| crate::domain::pattern::compile(r"(?i)\b(?:caches?|caching|cdn|ttl|varnish|edge)\b").ok()),
    ),
];

/// The text tells of work on what faults of this playbook come from.
pub fn works_on(playbook: &str, text: &str) -> bool {
    let words = WORKED_ON.iter().find(|(family, _)| playbook.starts_with(family));
    words.is_some_and(|(_, words)| is(words, text)) && !is(&ROUTINE, text)
}

/// The last change before a row that shows a fault, where it was made to what the fault is of.
fn changed_before(rows: &[Row<'_>], shown: usize, told: &Told) -> Option<usize> {
    let (_, words) = WORKED_ON.iter().find(|(family, _)| told.playbook.starts_with(family))?;
    let row = rows.get(shown)?;
    if row.kind == RowKind::Change || row.kind == RowKind::Cause {
        return None;
    }
    let made = |r: &&Row<'_>| r.early && r.kind == RowKind::Change && is(words, r.text) && !is(&ROUTINE, r.text);
    rows.get(..shown)?.iter().rposition(|r| made(&r))
}

/// What the telling words are about: the thing of the clause they stand in, else of the sentence.
pub fn subject_of(text: &str, told: &Told) -> Option<String> {
    let around = text.get(..told.at.start).and_then(|b| b.rfind(". ")).map_or(0, |i| i + 2);
    if let Some(thing) = text.get(around..).and_then(|t| blamed(told.playbook, t)) {
        return Some(thing);
    }
    let begin = text.get(..told.at.start).map_or(0, |b| {
        let sentence = b.rfind(". ").map_or(0, |i| i + 2);
        let clause = b.rfind(": ").filter(|i| told.at.start - i >= 2).map_or(0, |i| i + 2);
        let semi = b.rfind("; ").map_or(0, |i| i + 2);
        let so = [", so ", " but ", ", and "]
            .iter()
            .filter_map(|w| b.rfind(w).map(|i| i + w.len()))
            .filter(|i| text.get(*i..).is_some_and(names_its_thing))
            .max()
            .unwrap_or(0);
        sentence.max(semi).max(so).max(if clause > 24 { 0 } else { clause })
    });
    // `it`: what the sentence before the clause is about
    let of_itself = |t: &str| !["it ", "they ", "this ", "its "].iter().any(|p| t.to_lowercase().starts_with(p));
    if told.playbook.starts_with("data_corruption.")
        && let Some((_, agent)) = text.get(told.at.end..).and_then(|rest| rest.rsplit_once(" by "))
        && let Some(agent) = thing_in(&format!("{} runs", agent.trim_end_matches(['.', ' '])))
    {
        return Some(agent);
    }
    // a certificate or a key that something uses: that is what it is of
    let of_keys = ["certificate_expired.", "invalid_credentials."].iter().any(|p| told.playbook.starts_with(p));
    let used_by = text.get(begin..).and_then(|t| t.split_once(" used by ").or_else(|| t.split_once(" used for ")));
    if let Some(user) = used_by.filter(|_| of_keys).and_then(|(_, user)| thing_in(user)) {
        return Some(user);
    }
    let spoken = || speaker(text.get(..told.at.start)?);
    text.get(begin..)
        .filter(|t| of_itself(t))
        .and_then(thing_in)
        .filter(|t| !t.to_ascii_lowercase().starts_with("quota "))
        .or_else(spoken)
        .or_else(|| thing_in(text))
        .or_else(|| component_in(text))
        .or_else(|| place_in(text))
}

/// `Autoscaler: "Quota exceeded"`: who says it.
fn speaker(before: &str) -> Option<String> {
    let (who, quoted) = before.rsplit_once(": ")?;
    let who = who.rsplit([',', ';', '|', '.']).next()?.trim();
    let plain = who.split_whitespace().count() <= 3 && who.chars().any(char::is_alphabetic);
    (plain && quoted.starts_with(['"', '“', '`', '\''])).then(|| thing_in(&format!("{who} says")))?
}

/// A clause with a subject of its own, and not one that goes on with the verb.
fn names_its_thing(clause: &str) -> bool {
    let first = clause.split_whitespace().next().unwrap_or("").to_ascii_lowercase();
    matches!(first.as_str(), "the" | "a" | "an" | "our" | "all" | "its") || first.starts_with('`')
}

/// A cause that is told in a row of the answer: what was found, and why.
pub fn explained(text: &str) -> Option<(Told, Option<String>)> {
    if !is(&BECAUSE, text) && concluded_from(text).is_none() && !is_plain(text) {
        return None;
    }
    reasoned(text)
}

/// What is told in so many words needs no word that gives it as the reason.
pub fn is_plain(text: &str) -> bool {
    told(text).is_some_and(|t| t.weight >= TOLD_PLAINLY)
}

/// From here on a sentence tells its cause in words that are used of nothing else.
const TOLD_PLAINLY: f64 = 2.85;

/// The cause that a text tells: what it concludes before what it merely says.
pub fn reasoned(text: &str) -> Option<(Told, Option<String>)> {
    let told = concluded(text).or_else(|| told(text))?;
    let subject = told.subject.clone().or_else(|| subject_of(text, &told));
    Some((told, subject))
}

/// How much more a conclusion counts than what is given beside it.
const CONCLUDED: f64 = 1.6;

/// What a bare noun counts that is named as the cause.
const BARE: f64 = 1.5;

/// A bare noun that a sentence plainly names as the cause: the place is told from where its words begin.
fn bare(sentence: &str) -> Option<Told> {
    let from = plainly_from(sentence)?;
    let cause = sentence.get(from..)?;
    let (playbook, at) = noun_in(cause)?;
    if is_cleared(clause_at(cause, at.start)) {
        return None;
    }
    Some(Told { playbook, weight: BARE, at: 0..0, subject: None })
}

/// The clause of a sentence that holds a place.
fn clause_at(text: &str, at: usize) -> &str {
    const ENDS: [&str; 6] = [", ", "; ", ": ", " but ", " and ", " while "];
    let (head, rest) = text.split_at_checked(at).unwrap_or((text, ""));
    let from = ENDS.iter().filter_map(|w| head.rfind(w).map(|i| i + w.len())).max().unwrap_or(0);
    let to = ENDS.iter().filter_map(|w| rest.find(w)).min().map_or(text.len(), |i| at + i);
    text.get(from..to).unwrap_or(text)
}

/// What a sentence of the text concludes.
fn concluded(text: &str) -> Option<Told> {
    let mut from = 0;
    let sentences = text.split_inclusive(". ").filter_map(|sentence| {
        let start = from;
        from += sentence.len();
        let at = concluded_from(sentence)?;
        let cause = sentence.get(at..)?;
        if was_in_vain(sentence) || is_harmless(sentence) {
            return None;
        }
        let plain = told(cause).filter(|t| !is_cleared(clause_at(cause, t.at.start)));
        let mut found = plain.or_else(|| bare(sentence).filter(|_| !is(&ROUTINE, sentence)))?;
        // the cause has a thing of its own, whatever the sentence began with
        found.subject = found.subject.or_else(|| owner_in(cause));
        found.at = start + at + found.at.start..start + at + found.at.end;
        found.weight *= CONCLUDED;
        Some(found)
    });
    sentences.reduce(|best, next| if next.weight > best.weight { next } else { best })
}

/// The line says that no harm was done: a false alarm, an exercise. Not where it denies that, where an
/// outsider wrote it, where it speaks of one part only, or where it tells of harm as well.
pub fn is_harmless(text: &str) -> bool {
    let partly = |end: usize| {
        let behind = text.get(end..).unwrap_or_default().trim_start().to_ascii_lowercase();
        let of = behind.strip_prefix("on ").or_else(|| behind.strip_prefix("to ").or(behind.strip_prefix("for ")));
        let all = ["customer", "user", "anyone", "anybody", "any ", "production", "service", "client", "the public"];
        of.is_some_and(|of| !all.iter().any(|word| of.starts_with(word)))
    };
    let told = HARMLESS.iter().flat_map(|r| r.find_iter(text));
    let mut plain =
        told.filter(|m| !is_denied(text, m.start()) && !stranger_wrote(text, m.start()) && !partly(m.end()));
    plain.next().is_some() && !is(&HARM, text)
}

/// The line says that something went through as it should.
pub fn went_well(text: &str) -> bool {
    is(&DONE_WELL, text)
}

/// True when a timeline tells of harm: a symptom or a notice that is not of something being well.
pub fn tells_of_harm(rows: &[Row<'_>]) -> bool {
    let shown =
        |r: &Row<'_>| matches!(r.kind, RowKind::Symptom | RowKind::Alert | RowKind::Cause) && !is(&WELL, r.text);
    let plain = |r: &Row<'_>| told(r.text).is_some_and(|t| t.weight >= PLAIN) && !is(&WELL, r.text);
    rows.iter().any(shown)
        || (rows.iter().any(plain) && !rows.iter().any(|r| is_harmless(r.text) || is(&ROUTINE, r.text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::timeline::kind_of_row;

    fn of<'t>(texts: &[&'t str]) -> Vec<Row<'t>> {
        texts.iter().map(|t| Row { text: t, kind: kind_of_row(t, false), early: true }).collect()
    }

    #[test]
    fn a_told_cause_began_it_and_not_the_routine_after_it() {
        let rows = of(&[
            "Harbor, our image registry, starts answering 503",
            "Routine node rotation begins, new nodes come up without cached images",
            "First pods stuck in ImagePullBackOff",
        ]);
        let t = began(&rows).unwrap();
        assert_eq!((t.row, t.subject.as_deref()), (0, Some("Harbor")));
    }

    #[test]
    fn of_plain_changes_the_last_began_it() {
        let rows = of(&["Pipeline unpaused", "Route table associations replaced by a queued run", "Teams see errors"]);
        assert_eq!(began(&rows).unwrap().row, 1);
        assert_eq!(began(&of(&["Exercise announced", "Traffic moved as planned"])), None);
    }

    #[test]
    fn what_turned_out_to_be_well_or_is_merely_mentioned_is_no_cause() {
        let of = |text: &str| reasoned(text).map(|(t, _)| t.playbook);
        for text in [
            "Turned out the certificate of the api-gw was fine.",
            "It was the network team who noticed the queue",
            "It turned out that the disk had nothing to do with it.",
            "It was the certificate team that wrote to us",
            "It was the first time that somebody asked for the cache",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
        assert_eq!(of("Turned out it was the old flag."), Some("feature_flag.enabled"));
        assert_eq!(of("Root cause: the expiry of the certificate"), Some("certificate_expired.expired"));
        assert_eq!(of("It turned out that the cache was fine, the cause was the flag"), Some("feature_flag.enabled"));
    }

    #[test]
    fn an_exercise_does_no_harm_and_a_failure_does() {
        assert!(is_harmless("exercise ended, no customer impact") && !is_harmless("customers are hit"));
        assert!(is_harmless("Final classification: monitoring fault, no service disruption"));
        assert!(is_harmless("No impact on customers.") && is_harmless("the page was a false alarm"));
        for text in [
            "this is not a false alarm",
            "checkout is down, no impact on search; customers cannot pay",
            "10.2.0.7 - - \"GET / HTTP/1.1\" 500 12 \"-\" \"false alarm\"",
            "no impact on the reports",
        ] {
            assert!(!is_harmless(text), "{text}");
        }
        assert!(!tells_of_harm(&of(&["Error rate 0.00 %", "8/8 ready"])));
        assert!(tells_of_harm(&of(&["Users report that orders fail"])));
    }
}
