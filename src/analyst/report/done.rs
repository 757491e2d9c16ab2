//! What people noted as done about an incident, as data (`done.toml`): the rows that tell of it and what came after
//! them. A step that was done already is not suggested again; whether it helped is told by the rows behind it.

use std::cmp::Ordering;
use std::sync::{LazyLock, OnceLock};

use regex::Regex;
use serde::Deserialize;

use super::material::Material;
use crate::analyst::scope::BlockKind;
use crate::analyst::story::remedy::was_in_vain;
use crate::analyst::wording::is_denied;
use crate::domain::pattern::compile_any_case;
use crate::domain::report::{Conclusion, RowKind, TimelineRow};
use crate::domain::{Hypothesis, Mitigation};

/// Rows that are told at most: the last ones, which say how it ended.
const MOST: usize = 12;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Act {
    #[cfg_attr(not(test), expect(dead_code, reason = "it names the act to whoever reads the file and the tests"))]
    name: String,
    noted: String,
    step: String,
    #[serde(default)]
    unless: Option<String>,
    /// The note names what the suggestion is about.
    #[serde(default)]
    of_subject: bool,
    /// What it was done to need not be named in the suggestion.
    #[serde(default)]
    any_thing: bool,
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests run it"))]
    examples: Vec<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests run it"))]
    counter_examples: Vec<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests run it"))]
    steps: Vec<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests run it"))]
    other_steps: Vec<String>,
    #[serde(skip)]
    compiled: OnceLock<Option<Patterns>>,
}

#[derive(Debug)]
struct Patterns {
    noted: Regex,
    step: Regex,
    unless: Option<Regex>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Intention {
    pattern: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests run it"))]
    examples: Vec<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests run it"))]
    counter_examples: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Acts {
    act: Vec<Act>,
    intention: Intention,
}

static ACTS: LazyLock<Acts> = LazyLock::new(|| toml::from_str(include_str!("done.toml")).unwrap_or_default());
static INTENTION: LazyLock<Option<Regex>> = LazyLock::new(|| compile_any_case(&ACTS.intention.pattern).ok());

/// `which 1.25 has removed`, `we had rotated it`: of whom or when else it is told.
static ASIDE: LazyLock<Option<Regex>> = LazyLock::new(|| compile_any_case(r"\b(?:had|which|that)\b[^,;:]*$").ok());

impl Act {
    fn patterns(&self) -> Option<&Patterns> {
        let all = || {
            let unless = self.unless.as_deref().and_then(|u| compile_any_case(u).ok());
            Some(Patterns {
                noted: compile_any_case(&self.noted).ok()?,
                step: compile_any_case(&self.step).ok()?,
                unless,
            })
        };
        self.compiled.get_or_init(all).as_ref()
    }

    /// The thing that it was done to, as far as the pattern asks for one; none where the words do not tell of it.
    fn told<'t>(&self, said: &'t str) -> Option<&'t str> {
        let Patterns { noted, unless, .. } = self.patterns()?;
        let done = |m: regex::Match<'_>| {
            let aside = |before: &str| ASIDE.as_ref().is_some_and(|r| r.is_match(before));
            !is_denied(said, m.start())
                && !said.get(..m.start()).is_some_and(aside)
                && !unless.as_ref().is_some_and(|u| u.is_match(m.as_str()))
        };
        let mut all = noted.captures_iter(said).filter(|c| c.get(0).is_some_and(done));
        all.next().map(|c| c.name("what").map_or("", |m| m.as_str()))
    }

    fn is_step(&self, step: &Mitigation) -> bool {
        let Some(Patterns { step: pattern, .. }) = self.patterns() else { return false };
        pattern.is_match(&step.action) || step.command.as_deref().is_some_and(|c| pattern.is_match(c))
    }
}

/// The sentences of a note that tell of something done, and not only of something meant.
fn acted(row: &TimelineRow) -> impl Iterator<Item = &str> {
    let meant = |s: &&str| !INTENTION.as_ref().is_some_and(|r| r.is_match(s));
    let asks = row.what.text.contains('?');
    let told = if matches!(row.kind, RowKind::Action | RowKind::Recovery) && !asks { &*row.what.text } else { "" };
    told.split(". ").filter(meant)
}

/// True for a row that tells of something that was done about it.
fn is_act(row: &TimelineRow) -> bool {
    acted(row).any(|said| ACTS.act.iter().any(|act| act.told(said).is_some()))
}

/// The rows that tell what was done, with the trouble and the end that they were followed by, the last ones.
pub fn rows(m: &Material<'_>) -> Vec<TimelineRow> {
    let all = all(m);
    all.iter().skip(all.len().saturating_sub(MOST)).cloned().collect()
}

/// All of them.
pub fn all(m: &Material<'_>) -> Vec<TimelineRow> {
    if m.outcome == Conclusion::NoIncident {
        return Vec::new();
    }
    let trouble = |r: &&TimelineRow| matches!(r.kind, RowKind::Symptom | RowKind::Alert | RowKind::Cause);
    let own: Vec<&TimelineRow> = m.rows.iter().filter(|r| by_people(m, r)).collect();
    let Some(known) = own.iter().copied().find(trouble) else { return Vec::new() };
    // what is repaired the minute it is noticed was noted down wrongly, or is another thing
    let at_once = |r: &TimelineRow| own.iter().any(|o| o.kind == RowKind::Alert && o.at == r.at);
    let ends = |r: &TimelineRow| r.kind == RowKind::Recovery && !at_once(r) && !r.what.text.contains('?');
    let after = |r: &&&TimelineRow| r.at.order(&known.at).is_some_and(|o| o != Ordering::Less);
    let behind: Vec<&TimelineRow> = own.iter().filter(after).copied().collect();
    let Some(first) = behind.iter().position(|r| is_act(r) || ends(r)) else { return Vec::new() };
    // trouble that was followed by one more act: what was done before had not ended it, or had brought it
    let stamped = |r: &TimelineRow| r.what.citations.first().and_then(|c| m.line(c)).is_some_and(|l| l.stamp.is_some());
    let goes_on = |r: &TimelineRow| {
        let later = |o: &&&TimelineRow| o.at.order(&r.at) == Some(Ordering::Greater) && is_act(o);
        matches!(r.kind, RowKind::Symptom | RowKind::Cause) && stamped(r) && behind.iter().any(|o| later(&o))
    };
    let tells = |r: &&&TimelineRow| is_act(r) || ends(r) || goes_on(r);
    behind.iter().skip(first).filter(tells).map(|r| (*r).clone()).collect()
}

/// True for a suggestion that somebody noted as done already.
pub fn is_done(done: &[TimelineRow], h: &Hypothesis, step: &Mitigation) -> bool {
    let subject = h.subject.to_lowercase();
    // `the proxy` of `edge-proxy`
    let last = subject.rsplit(['-', '_', ' ']).next().filter(|w| w.len() > 3).unwrap_or(&subject);
    let names = |text: &str| text.to_lowercase().contains(last);
    ACTS.act.iter().filter(|act| act.is_step(step)).any(|act| {
        let fits = |said: &str, vain: bool| {
            let thing = act.told(said).map(|what| what.trim_end_matches('s').to_lowercase());
            let same = thing.is_some_and(|what| act.any_thing || step.action.to_lowercase().contains(&what));
            // what was tried in vain may have been done to something else
            same && (!(act.of_subject || vain) || names(said))
        };
        let noted = |row: &TimelineRow| acted(row).any(|said| fits(said, was_in_vain(&row.what.text)));
        done.iter().any(noted)
    })
}

/// True where an end is noted, and no trouble behind it.
pub fn is_over(done: &[TimelineRow]) -> bool {
    let told = done.iter().rev().find(|r| matches!(r.kind, RowKind::Recovery | RowKind::Symptom | RowKind::Cause));
    told.is_some_and(|r| r.kind == RowKind::Recovery)
}

/// True for a row that a person wrote, and no program.
pub(super) fn by_people(m: &Material<'_>, row: &TimelineRow) -> bool {
    let Some(place) = row.what.citations.first() else { return false };
    let Some(line) = m.line(place).filter(|l| l.level.is_none() && l.service.is_none()) else { return false };
    let scope = m.book.scope(m.evidence);
    let block = scope.block(place.source, (line.no as usize).saturating_sub(1));
    block.is_some_and(|b| matches!(b.kind, BlockKind::People | BlockKind::Text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Claim, Label};

    fn step(action: &str) -> Mitigation {
        let (risk, rollback) = (String::new(), String::new());
        let action = action.to_owned();
        let (id, command, blanks, notes) = (String::new(), None, Vec::new(), Vec::new());
        Mitigation {
            id,
            action,
            command,
            blanks,
            label: Label::SafeReadOnly,
            notes,
            risk,
            rollback,
            effect: None,
            verify: None,
        }
    }

    fn row(kind: RowKind, text: &str) -> TimelineRow {
        let at = crate::domain::Stamp::Clock(chrono::NaiveTime::MIN);
        TimelineRow { at, service: None, what: Claim::quoted(text, Vec::new()), kind }
    }

    #[test]
    fn every_act_is_known_by_its_examples_alone() {
        assert!(ACTS.act.len() > 4);
        for act in &ACTS.act {
            for said in &act.examples {
                assert!(act.told(said).is_some(), "{}: {said}", act.name);
                assert!(is_act(&row(RowKind::Action, said)), "{}: {said}", act.name);
            }
            for said in &act.counter_examples {
                assert!(act.told(said).is_none(), "{}: {said}", act.name);
            }
            act.steps.iter().for_each(|s| assert!(act.is_step(&step(s)), "{}: {s}", act.name));
            act.other_steps.iter().for_each(|s| assert!(!act.is_step(&step(s)), "{}: {s}", act.name));
        }
        let meant = INTENTION.as_ref().unwrap();
        ACTS.intention.examples.iter().for_each(|s| assert!(meant.is_match(s), "{s}"));
        ACTS.intention.counter_examples.iter().for_each(|s| assert!(!meant.is_match(s), "{s}"));
    }

    #[test]
    fn what_brought_the_end_is_an_act_and_the_end_alone_is_none() {
        assert!(is_act(&row(RowKind::Recovery, "Issue mitigated with manual attaching instances")));
        assert!(is_act(&row(RowKind::Recovery, "After culling and restarting the hub pod, launches are back")));
        assert!(!is_act(&row(RowKind::Recovery, "Service restored")));
        assert!(!is_act(&row(RowKind::Action, "The team planned to roll back the change")));
    }
}
