//! Headings without any mark: `Deploy notes 2026-07-14 (UTC)` on a line of its own. Only whether changes are
//! listed under one is asked; what stands under the others is read as it is.

use std::sync::LazyLock;

use regex::Regex;

/// What such a heading introduces, at most with its day and zone. Lines that could as well be a message
/// begin small.
static PLAIN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"^(?:((?:Recent |Latest )?(?:[Dd]eploy(?:ment)?s?|[Rr]eleases?|[Cc]hanges?|[Rr]ollouts?) (?:notes?|log|history|list)|Deploys|Deployments|Releases|Changes)|Alerts?|Metrics|Logs|Timeline|Traces|Notes|Chat)(?:,? \d{4}-\d\d-\d\d)?(?: \([A-Z]{3,4}\))?:?$").ok()
});

/// Lines above a row that are looked at; a longer list of changes has marks.
const ABOVE: usize = 60;

/// True where the nearest plain heading above a byte of a text introduces changes.
pub fn lists_changes(text: &str, at: usize) -> bool {
    let above = text.get(..at).unwrap_or("").rsplit('\n').skip(1).take(ABOVE);
    let heading = above.filter(|l| l.len() <= 70).find_map(|l| PLAIN.as_ref()?.captures(l.trim_end()));
    heading.is_some_and(|c| c.get(1).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_plain_heading_says_whether_changes_are_listed() {
        let text = "Deploy notes 2026-07-14 (UTC)\n11:58 cart 2 out\n\nAlerts\n12:06 cart slow\nchanges\n12:07 more\n";
        let under = |row: &str| lists_changes(text, text.find(row).unwrap());
        assert!(under("11:58") && !under("12:06") && !under("12:07"));
        assert!(!lists_changes("cart 2 out", 4) && !lists_changes("", 9));
    }
}
