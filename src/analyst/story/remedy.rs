//! What helped, as data (`remedy.toml`): a step that helps against one kind of fault alone, and then it was over,
//! tells which fault it was. What was tried in vain tells of nothing. It reads rows and names no subject.

use std::sync::{LazyLock, OnceLock};

use regex::Regex;
use serde::Deserialize;

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
        r"\b(?:recover\w*|resolved|(?:is|are|was|were|errors|comes?|came) (?:back|gone|out)|errors? (?:gone|stop\w*|fell|drop\w*)|resum\w+|fixed|(?:works?|worked|working|goes?|loads?|resolves?|connects?|online|writable|through|right|served?) again|back to normal|healthy|all (?:clear|green)|helped|at 0|no (?:new|more) (?:errors|failures|timeouts|complaints)|within (?:the|a|one) (?:minute|seconds?)|in seconds|connected|online|stopped at once)\b",
    )
    .ok()
});
static IN_VAIN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile_any_case(
        r"\b(?:no (?:change|difference|effect|improvement|help|luck)|(?:made|makes|making) (?:no|it|things) (?:difference|worse)|(?:did|does|do)(?: not|n['’]t) (?:help|change|fix|work)|without (?:effect|success|result)|in vain|helped (?:only )?(?:for|a little|briefly)|to no avail|same (?:errors?|result)|still (?:failing|down|broken)|not the cause|ruled out|unrelated|red herring)\b|\bworse\b",
    )
    .ok()
});

fn is(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|r| r.is_match(text))
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
    let over = |text: &str| is(&HELPED, text) && !was_in_vain(text);
    (!was_in_vain(row) && (over(row) || after.any(over))).then_some(known.playbook.as_str())
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
    fn what_did_not_help_tells_nothing() {
        let none = std::iter::empty::<&str>;
        assert_eq!(helped("Flag set to 0 %", none()), None, "nobody says that it helped");
        assert_eq!(helped("Flag set to 0 %, no change", std::iter::once("service recovered")), None);
        assert!(was_in_vain("undone at noon, which made no difference") && !was_in_vain("rolled back"));
    }
}
