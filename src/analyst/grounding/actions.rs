//! Tense: what is told as done was done. An action needs an event: a line that says so, a run, a
//! note. A suggestion is worded as one.

use super::pattern::{Pattern, group};
use super::statement::{Part, Statement};
use super::stems::stems;
use super::{Finding, Known};

/// Verbs of things people do in an incident, told as done.
static DONE: Pattern = Pattern::new(
    r"(?i)\b(rolled back|reverted|restarted|rebooted|scaled (?:up|down|out)|increased|decreased|raised|lowered|redeployed|patched|deleted|drained|cordoned|failed over|declared|escalated|notified|disabled|enabled|mitigated|applied|flushed|cleared|rotated|renewed|identified|paged|(?:was|were|has been|have been|we|team) (?:stopped|unlocked|paused|suspended))\b",
);

/// Other words for the same things, one row a thing.
const SAME: &[&[&str]] = &[
    &["rolled back", "rollback", "roll back", "rolling back", "reverted", "revert", "reverting", "undo", "undone"],
    &["restarted", "restart", "restarting", "reboot", "rebooted", "bounced"],
    &["increased", "raised", "bumped", "scaled up", "scaled", "increase", "raise", "set to"],
    &["decreased", "lowered", "reduced", "scaled down", "scaled", "decrease", "reduce", "set to"],
    &["declared", "declare", "declares"],
    &["paged", "pager", "page", "pages"],
    &["notified", "notify", "informed"],
    &["escalated", "escalate", "escalates"],
    &["mitigated", "mitigate", "mitigation"],
    &["identified", "identify", "found"],
    &["drained", "drain", "draining"],
    &["cordoned", "cordon"],
    &["deleted", "delete", "deleting", "removed", "destroyed"],
    &["applied", "apply", "applying", "applies"],
    &["enabled", "enable", "enabling"],
    &["disabled", "disable", "disabling"],
    &["rotated", "rotate", "rotation"],
    &["renewed", "renew", "renewal"],
    &["stopped", "stop", "stopping", "halted", "cancelled"],
    &["unlocked", "unlock", "unlocking"],
    &["paused", "pause", "pausing"],
    &["suspended", "suspend", "suspending"],
];

/// Words behind which a verb of change is something that somebody did, not something that was seen.
static SOMEBODY: Pattern = Pattern::new(
    r"(?i)\b(?:on-call|we|they|team|engineers?|operators?|admins?|sre|responders?)\s+(?:\w+\s+)?$|\b(?:limits?|memory|replicas|timeouts?|capacity|quotas?)\s+(?:was|were|has been|have been)\s+$",
);

/// Checks one statement for an action that nobody recorded.
pub fn of_statement(s: &Statement<'_>, known: &Known<'_>, out: &mut Vec<Finding>) {
    let tells =
        matches!(s.part, Part::Response | Part::Timeline | Part::Summary | Part::Impact | Part::WentWell | Part::Whys);
    if !tells {
        return;
    }
    for sentence in super::prose::split_sentences(&s.text) {
        if !hedged(&sentence) {
            told_as_done(s, &sentence, known, out);
        }
    }
}

fn told_as_done(s: &Statement<'_>, text: &str, known: &Known<'_>, out: &mut Vec<Finding>) {
    for c in DONE.all(text) {
        // `was stopped` is told by its last word
        let verb = group(&c, 1).to_lowercase();
        let verb = ["stopped", "unlocked", "paused", "suspended"]
            .into_iter()
            .find(|v| verb.ends_with(v))
            .map_or(verb, str::to_owned);
        // `increased error rates` is a symptom; an action starts the sentence or follows its actor
        let starts = text.trim_start_matches(|c: char| !c.is_alphabetic()).to_lowercase().starts_with(&verb);
        let before = text.get(..c.get(0).map_or(0, |m| m.start())).unwrap_or("");
        let by_somebody = SOMEBODY.is_match(before);
        let symptom = matches!(verb.as_str(), "increased" | "decreased" | "raised" | "lowered")
            && !(starts && s.part == Part::Response)
            && !by_somebody
            // outside of what people did, a thing that was stopped may have stopped by itself
            || matches!(verb.as_str(), "stopped" | "paused" | "suspended") && s.part != Part::Response;
        if symptom || recorded(&verb, text, by_somebody, known) || in_quotes(text, c.get(0).map_or(0, |m| m.start())) {
            continue;
        }
        let what = format!("`{}` is told as done, and nothing in the evidence says that it happened", group(&c, 0));
        out.push(
            Finding::new(&s.path, "action-without-event", what)
                .with_fix("word it as a suggestion, or leave a gap to fill in"),
        );
    }
}

/// Words that are quoted are the line's, not the report's.
fn in_quotes(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or("");
    before.matches('“').count() > before.matches('”').count()
}

fn hedged(text: &str) -> bool {
    let low = text.to_lowercase();
    [
        "if ",
        "likely",
        "the first lead",
        "could ",
        "would ",
        "should ",
        "may ",
        "might ",
        "suggest",
        "not done",
        "[fill in",
    ]
    .iter()
    .any(|h| low.contains(h))
}

/// True when a text holds these words whole: `restarts: 18` counts something, it tells of no action.
fn holds_word(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| {
        let letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric());
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        !letter(before) && !letter(text.get(at + words.len()..).and_then(|t| t.chars().next()))
    })
}

/// What a line says of an action that was only thought of.
const THOUGHT_OF: &[&str] = &[
    "planned to",
    "plan to",
    "debat",
    "propos",
    "consider",
    "suggest",
    "should ",
    "could ",
    "want to",
    "wants to",
    "todo",
    "next step",
];

/// What also happens by itself, and is logged by programs: the figure that rose, the pod that came back.
const BY_ITSELF: &[&str] =
    &["increased", "decreased", "raised", "lowered", "restarted", "rebooted", "scaled up", "scaled down", "scaled out"];

/// True when a line speaks of the same action on the same thing: done and not thought of; where somebody
/// is said to have done it, by a person's note or a command and not by what happened by itself.
fn recorded(verb: &str, sentence: &str, by_somebody: bool, known: &Known<'_>) -> bool {
    let of_itself = by_somebody && BY_ITSELF.contains(&verb);
    let same = SAME.iter().find(|row| row.contains(&verb));
    let forms: Vec<&str> = same.map_or_else(|| vec![verb], |row| row.to_vec());
    let thing = stems(sentence);
    let found = known.facts.iter().any(|f| {
        let low = known.low(f);
        let done = !THOUGHT_OF.iter().any(|w| low.contains(w)) && !low.trim_end().ends_with('?');
        let told = !of_itself || f.note || low.trim_start().starts_with("$ ") || low.contains("kubectl ");
        done && told
            && forms.iter().any(|form| holds_word(low, form))
            && (thing.len() <= 2 || super::stems::shared(&thing, &stems(f.text)) >= 1)
    });
    found && (verb != "identified" || known.says("identif"))
}
