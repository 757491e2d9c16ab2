//! Tense: what is told as done was done. An action needs an event: a line that says so, a run, a
//! note. A suggestion is worded as one.

use super::pattern::{Pattern, group};
use super::statement::{Part, Statement};
use super::stems::stems;
use super::{Finding, Known};

/// Verbs of things people do in an incident, told as done.
static DONE: Pattern = Pattern::new(
    r"(?i)\b(rolled back|reverted|restarted|rebooted|scaled (?:up|down|out)|increased|decreased|raised|lowered|redeployed|patched|deleted|drained|cordoned|failed over|declared|escalated|notified|disabled|enabled|mitigated|applied|flushed|cleared|rotated|renewed|identified|paged)\b",
);

/// Other words for the same things, one row a thing.
const SAME: &[&[&str]] = &[
    &["rolled back", "rollback", "roll back", "reverted", "revert", "undo", "undone"],
    &["restarted", "restart", "reboot", "bounced"],
    &["increased", "raised", "bumped", "scaled up", "scaled"],
    &["decreased", "lowered", "reduced", "scaled down", "scaled"],
    &["declared", "declare"],
    &["paged", "pager", "page"],
    &["notified", "notify", "informed"],
    &["escalated", "escalate"],
    &["mitigated", "mitigate"],
    &["identified", "identify", "found"],
    &["drained", "drain"],
    &["cordoned", "cordon"],
];

/// Checks one statement for an action that nobody recorded.
pub fn of_statement(s: &Statement<'_>, known: &Known<'_>, out: &mut Vec<Finding>) {
    let tells = matches!(s.part, Part::Response | Part::Timeline | Part::Summary | Part::Impact | Part::WentWell);
    // what cites a line is held against that line by the other rules
    let cited = s.support.is_some() && !s.citations.is_empty() && matches!(s.part, Part::Summary | Part::Impact);
    if !tells || cited || hedged(&s.text) {
        return;
    }
    for c in DONE.all(&s.text) {
        let verb = group(&c, 1).to_lowercase();
        // `increased error rates` is a symptom; an action starts the sentence or follows its actor
        let starts = s.text.trim_start_matches(|c: char| !c.is_alphabetic()).to_lowercase().starts_with(&verb);
        let symptom = matches!(verb.as_str(), "increased" | "decreased" | "raised" | "lowered")
            && !(starts && s.part == Part::Response);
        if symptom || recorded(&verb, &s.text, known) {
            continue;
        }
        let what = format!("`{}` is told as done, and nothing in the evidence says that it happened", group(&c, 0));
        out.push(
            Finding::new(&s.path, "action-without-event", what)
                .with_fix("word it as a suggestion, or leave a gap to fill in"),
        );
    }
}

fn hedged(text: &str) -> bool {
    let low = text.to_lowercase();
    ["if ", "could ", "would ", "should ", "may ", "might ", "suggest", "not done", "[fill in"]
        .iter()
        .any(|h| low.contains(h))
}

/// True when a line speaks of the same action on the same thing.
fn recorded(verb: &str, sentence: &str, known: &Known<'_>) -> bool {
    let same = SAME.iter().find(|row| row.contains(&verb));
    let forms: Vec<&str> = same.map_or_else(|| vec![verb], |row| row.to_vec());
    let thing = stems(sentence);
    let found = known.facts.iter().any(|f| {
        let low = known.low(f);
        forms.iter().any(|form| low.contains(form))
            && (thing.len() <= 2 || super::stems::shared(&thing, &stems(f.text)) >= 1)
    });
    found && (verb != "identified" || known.says("identif"))
}
