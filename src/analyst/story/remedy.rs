//! What helped, as data (`remedy.toml`): a step that helps against one kind of fault alone, and then it was over,
//! tells which fault it was. What was tried in vain tells of nothing. It reads rows and names no subject.

use std::sync::{LazyLock, OnceLock};

use regex::Regex;
use serde::Deserialize;

use crate::analyst::wording::is_denied;
use crate::domain::pattern::compile_any_case;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Remedy {
    playbook: String,
    pattern: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests run it"))]
    example: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests run it"))]
    counter_example: String,
    #[serde(skip)]
    compiled: OnceLock<Option<Regex>>,
}

#[derive(Debug, Default, Deserialize)]
struct Remedies {
    remedy: Vec<Remedy>,
}

static REMEDIES: LazyLock<Vec<Remedy>> =
    LazyLock::new(|| toml::from_str::<Remedies>(include_str!("remedy.toml")).unwrap_or_default().remedy);

static HELPED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile_any_case(
        r"\b(?:recover\w*|resolved|(?:is|are|was|were|comes?|came) (?:back|gone)|errors? (?:gone|stop\w*|fell|drop\w*)|resum\w+|fixed|(?:works?|worked|working|goes?|loads?|resolves?|connects?|online|writable|through|right|served?) again|back to normal|healthy|all (?:clear|green)|helped|at 0|no (?:new|more) (?:errors|failures|timeouts|complaints)|within (?:the|a|one) (?:minute|seconds?)|in seconds|connected|online|stopped at once)\b",
    )
    .ok()
});
static IN_VAIN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile_any_case(
        r"\b(?:no (?:change|difference|effect|improvement|help|luck)|(?:made|makes|making) (?:no|it|things) (?:difference|worse)|(?:did|does|do)(?: not|n['’]t) (?:help|change|fix|work)|without (?:effect|success|result)|in vain|helped (?:only )?(?:for|a little|briefly)|to no avail|same (?:errors?|result)|still (?:failing|down|broken)|not the cause|ruled out|unrelated|red herring)\b|\bworse\b",
    )
    .ok()
});

/// What is trouble by itself: `errors came back` says the opposite of `orders came back`.
static TROUBLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile_any_case(
        r"\b(?:errors?|failures?|time-?outs?|5\d\d|5xx|alerts?|alarms?|pages?|problems?|issues?|symptoms?|outages?|incident|trouble|latency|lag|backlog|load|crash\w*|restarts?|leaks?|faults?|spikes?|exceptions?|complaints?|it all|same)\b[^.;,:]{0,24}$",
    )
    .ok()
});
/// It goes on, or began anew.
static GOES_ON: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile_any_case(
        r"\b(?:errors?|failures?|time-?outs?|5\d\d|5xx|problems?|issues?|symptoms?|outages?)\b[^.;:]{0,40}\b(?:continues?|persists?|returns?|returned|goes on|started again|starts again|reappear\w*|recur\w*|back again)(?: to \w+)?\b|\b(?:fails?|failing|failed|down|slow|firing|fires|fired|hangs?|crash\w*) again\b|\bnot (?:yet )?(?:resolved|fixed|recovered|over|solved|healthy|stable)\b|\bstill\b[^.;:]{0,30}\b(?:errors?|fail\w*|slow|time-?outs?|5xx|5\d\d|broken|unavailable)\b",
    )
    .ok()
});

fn is(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|r| r.is_match(text))
}

/// The text says that the trouble goes on, or that it came back.
pub fn goes_on(text: &str) -> bool {
    // `errors returned to normal` is the end of them
    let ends = |m: &regex::Match<'_>| {
        [" to normal", " to zero", " to usual", " to baseline"].iter().any(|e| m.as_str().ends_with(e))
    };
    let mut all = GOES_ON.iter().flat_map(|r| r.find_iter(text));
    all.any(|m| !ends(&m) && !is_denied(text, m.start())) || came_back(text)
}

fn returns(m: &str) -> bool {
    m.to_ascii_lowercase().ends_with(" back")
}

/// What came back is the trouble, and no service.
fn came_back(text: &str) -> bool {
    let all = || HELPED.iter().flat_map(|r| r.find_iter(text));
    let trouble = |at: usize| text.get(..at).is_some_and(|before| is(&TROUBLE, before));
    // `latency is back to normal`
    let anew = |end: usize| !text.get(end..).is_some_and(|rest| rest.starts_with(" to ") || rest.starts_with(" down"));
    all().any(|m| returns(m.as_str()) && anew(m.end()) && trouble(m.start()) && !is_denied(text, m.start()))
}

/// The text says that it helped, and neither denies that nor tells of trouble that came back.
fn says_over(text: &str) -> bool {
    let mut all = HELPED.iter().flat_map(|r| r.find_iter(text));
    // `no new errors` is a denial itself, of the trouble
    let denied =
        |m: &regex::Match<'_>| !m.as_str().to_ascii_lowercase().starts_with("no ") && is_denied(text, m.start());
    all.any(|m| !denied(&m)) && !was_in_vain(text) && !goes_on(text)
}

/// The text says that what was tried changed nothing, or that what was thought of was not it.
pub fn was_in_vain(text: &str) -> bool {
    is(&IN_VAIN, text)
}

/// The kind of fault that a row's step helped against: the row or one of those after it says that it helped.
pub fn helped<'r>(row: &str, mut after: impl Iterator<Item = &'r str>) -> Option<&'static str> {
    let known = REMEDIES.iter().find(|r| {
        let compiled = r.compiled.get_or_init(|| compile_any_case(&r.pattern).ok());
        compiled.as_ref().is_some_and(|p| p.is_match(row))
    })?;
    if was_in_vain(row) || goes_on(row) {
        return None;
    }
    // whoever says that it goes on, before anybody says that it helped, has the word
    let said = says_over(row) || after.find_map(|t| says_over(t).then_some(true).or(goes_on(t).then_some(false)))?;
    said.then_some(known.playbook.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::Knowledge;

    #[test]
    fn every_remedy_is_known_by_its_example_alone() {
        for r in REMEDIES.iter() {
            assert!(Knowledge::embedded().playbooks.contains_key(&r.playbook), "no playbook {}", r.playbook);
            let found = |text: &str| helped(text, std::iter::once("service recovered"));
            assert_eq!(found(&r.example), Some(r.playbook.as_str()), "{}", r.example);
            assert_eq!(found(&r.counter_example), None, "{}", r.counter_example);
        }
    }

    #[test]
    fn trouble_that_goes_on_or_comes_back_says_that_nothing_helped() {
        for after in ["errors came back", "not resolved yet, errors continue", "5xx is back", "it was not healthy"] {
            assert_eq!(helped("flag new-cart turned off", std::iter::once(after)), None, "{after}");
        }
        for after in ["orders came back", "checkout is back", "no new errors", "errors gone", "resolved"] {
            assert!(helped("flag new-cart turned off", std::iter::once(after)).is_some(), "{after}");
        }
        let rows = ["errors came back", "service recovered"];
        assert_eq!(helped("flag new-cart turned off", rows.into_iter()), None, "something later helped");
        assert!(goes_on("errors continue") && goes_on("the timeouts are back") && !goes_on("orders are back"));
        assert!(!goes_on("errors returned to normal") && !goes_on("latency is back to normal"));
    }

    #[test]
    fn what_did_not_help_tells_nothing() {
        let none = std::iter::empty::<&str>;
        assert_eq!(helped("Flag set to 0 %", none()), None, "nobody says that it helped");
        assert_eq!(helped("Flag set to 0 %, no change", std::iter::once("service recovered")), None);
        assert!(was_in_vain("undone at noon, which made no difference") && !was_in_vain("rolled back"));
    }
}
