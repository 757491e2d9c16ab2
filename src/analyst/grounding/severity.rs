//! Severity is calculated by a policy from typed facts: a level without them, or with facts of
//! another kind, does not hold.

use super::pattern::Pattern;
use super::statement::{Part, Statement};
use super::{Finding, Known};
use crate::domain::{Report, Severity};

static LEVEL: Pattern = Pattern::new(r"(?i)\b(?:SEV-?[1-5]|severity:?\s*(?:P[0-5]|SEV-?[1-5]))\b|\(P[0-4]\)");
static USERS: Pattern =
    Pattern::new(r"(?i)\d\s?%\s+of\s+(?:all\s+|the\s+)?(?:[a-z-]+\s+)?(?:users|customers)|\d\s*(?:users|customers)");
static TOTAL: Pattern = Pattern::new(
    r"(?i)\b(?:completely|entirely|fully) (?:down|unavailable)|\b(?:all|every) (?:requests?|users?|customers?)\b|\b100\s?%|\bdata (?:loss|corruption)|\binternal only\b|\bno customer impact\b",
);
static STILL_SERVING: Pattern = Pattern::new(
    r"(?i)\b(?:still serv\w*|most (?:of the )?traffic|partially|some requests|remaining (?:pods|replicas))\b",
);
static BROKEN: Pattern = Pattern::new(
    r"(?i)\b(?:revenue path (?:is )?broken|completely unavailable|full outage|total outage|meets sev-?1)\b",
);

/// Checks a report's severity sheet.
pub fn of_report(r: &Report, known: &Known<'_>, out: &mut Vec<Finding>) {
    let Some(level) = r.severity.level else { return };
    let facts: String = r.severity.because.iter().map(|c| format!("{} ", c.text)).collect();
    let cited = r.severity.because.iter().any(|c| !c.citations.is_empty());
    let grounded = cited || has_figure(&facts) || TOTAL.is_match(&facts);
    if !grounded || r.severity.because.is_empty() {
        let what = format!("{} is given, and the sheet names no fact that the policy decides on", level.name());
        out.push(Finding::new("severity", "severity-without-facts", what).with_fix("undecided, with the missing fact"));
    }
    if level == Severity::Sev1
        && known_to_serve(known)
        && !USERS.is_match(&facts)
        && !facts.to_lowercase().contains("data ")
    {
        let what =
            "SEV1 needs a share of users, a whole path down or lost data; the evidence says that most is still served";
        out.push(
            Finding::new("severity", "severity-against-policy", what)
                .with_fix("SEV2 or undecided, with the missing fact"),
        );
    }
}

fn has_figure(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_digit())
}

fn known_to_serve(known: &Known<'_>) -> bool {
    STILL_SERVING.is_match(&known.lower)
}

/// Checks a severity that prose gives: a level with its reasoning.
pub fn of_prose(statements: &[Statement<'_>], known: &Known<'_>, out: &mut Vec<Finding>) {
    let told: Vec<&Statement<'_>> =
        statements.iter().filter(|s| s.part != Part::Trail && LEVEL.is_match(&s.text)).collect();
    let Some(first) = told.first() else { return };
    let reasons: String = statements
        .iter()
        .filter(|s| {
            s.part == Part::Severity
                || (s.part == Part::Summary && LEVEL.is_match(&s.text))
                || told.iter().any(|t| t.path == s.path)
        })
        .map(|s| format!("{} ", s.text))
        .collect();
    let without_level = LEVEL.regex().map_or_else(|| reasons.clone(), |r| r.replace_all(&reasons, " ").into_owned());
    static CONFIDENCE: Pattern = Pattern::new(r"(?i)\d+\s?%\s*confiden\w*|confiden\w*:?\s*\d+\s?%");
    let decisive =
        CONFIDENCE.regex().map_or_else(|| without_level.clone(), |r| r.replace_all(&without_level, " ").into_owned());
    let figures = super::tokens::Tokens::of(&decisive).numbers;
    if !figures.iter().any(|n| n.unit == "%") && !told.iter().any(|s| rests_on_policy(s)) {
        let unused =
            evidence_share(known).map_or_else(String::new, |share| format!("; `{share}` in the evidence is not used"));
        let what = format!("a level is given and no figure decides it{unused}");
        out.push(
            Finding::new(&first.path, "severity-without-facts", what).with_fix("undecided, with the missing fact"),
        );
    }
    let highest = told.iter().find(|s| s.text.to_uppercase().contains("SEV1") || BROKEN.is_match(&s.text));
    if let Some(s) = highest
        && known_to_serve(known)
        && !counts_users(known)
    {
        let what = "SEV1 needs a share of users, a whole path down or lost data; the evidence says that most is still served and counts no users";
        out.push(
            Finding::new(&s.path, "severity-against-policy", what).with_fix("SEV2 or undecided, with the missing fact"),
        );
    }
}

/// A level that names its policy's rule and cites a line for the fact that decides it.
fn rests_on_policy(s: &Statement<'_>) -> bool {
    static POLICY: Pattern = Pattern::new(r"(?i)\bby (?:the )?policy [\w.-]+:");
    POLICY.is_match(&s.text) && !s.citations.is_empty()
}

fn counts_users(known: &Known<'_>) -> bool {
    USERS.is_match(&known.lower)
}

/// A share of failures that the evidence states.
fn evidence_share(known: &Known<'_>) -> Option<String> {
    static SHARE: Pattern = Pattern::new(r"(?i)\b(?:5xx|error|failure)s?(?: rate)?[^.\n]{0,12}?\d+(?:\.\d+)?\s?%");
    SHARE.captures(&known.lower).map(|c| super::pattern::group(&c, 0).to_owned())
}
