//! The lint itself: every rule over the page, findings in the order of the lines.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::page::Page;
use super::rules::rules;
use super::{actions, figures, timeline};
use crate::analyst::grounding::{prose, wording};
use crate::domain::Evidence;

/// One thing to mend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The line, from 1.
    pub line: u32,
    /// The rule.
    pub rule: &'static str,
    /// Why.
    pub reason: String,
    /// What to do, where that is known.
    pub fix: Option<String>,
}

impl Finding {
    /// A finding.
    pub fn new(line: u32, rule: &'static str, reason: impl Into<String>, fix: impl Into<String>) -> Self {
        let fix = fix.into();
        Self { line, rule, reason: reason.into(), fix: (!fix.is_empty()).then_some(fix) }
    }
}

/// Findings on one page at most; beyond that the page has to be written anew.
const MOST: usize = 1_000;

/// What is wrong with a postmortem. With evidence every sentence is held against it too.
pub fn lint(markdown: &str, evidence: Option<&Evidence>) -> Vec<Finding> {
    let page = Page::of(markdown);
    let mut out: Vec<Finding> = Vec::new();
    gaps(&page, &mut out);
    sections(&page, &mut out);
    for s in &page.statements {
        let mut found = Vec::new();
        wording::of_sentence(&s.path, s.part, &s.text, None, &mut found);
        out.extend(found.into_iter().map(from_grounding));
    }
    let mut found = Vec::new();
    wording::of_lines(&page.statements, None, &mut found);
    out.extend(found.into_iter().map(from_grounding));
    timeline::check(&page, &mut out);
    actions::check(&page, &mut out);
    figures::check(&page, &mut out);
    duplicates(&page, &mut out);
    if let Some(evidence) = evidence {
        out.extend(prose(markdown, evidence).into_iter().map(from_grounding));
    }
    out.sort_by(|a, b| (a.line, a.rule, &a.reason).cmp(&(b.line, b.rule, &b.reason)));
    let mut seen: HashSet<(u32, &'static str, String)> = HashSet::new();
    out.retain(|f| seen.insert((f.line, f.rule, f.reason.clone())));
    out.truncate(MOST);
    out
}

fn from_grounding(f: crate::analyst::grounding::Finding) -> Finding {
    let line = f.path.strip_prefix("line ").and_then(|n| n.parse().ok()).unwrap_or(1);
    Finding { line, rule: f.rule, reason: f.what, fix: f.fix }
}

fn gaps(page: &Page<'_>, out: &mut Vec<Finding>) {
    for row in &page.rows {
        for gap in rules().gaps.iter().filter(|g| g.pattern.is_match(row.text)) {
            out.push(Finding::new(row.no, "gap", gap.what.clone(), gap.fix.clone()));
        }
    }
}

fn sections(page: &Page<'_>, out: &mut Vec<Finding>) {
    for section in &rules().sections {
        let there = page.rows.iter().any(|r| section.parts.contains(&r.part));
        if !there {
            out.push(Finding::new(1, "section-missing", format!("there is no section `{}`", section.name), "add it"));
        }
    }
}

/// Paragraphs this long that stand twice are a copy.
const LONG: usize = 60;

fn duplicates(page: &Page<'_>, out: &mut Vec<Finding>) {
    let mut seen: HashMap<String, u32> = HashMap::new();
    for (line, text) in &page.paragraphs {
        let body = text.split_once(": ").filter(|(label, _)| label.len() < 40).map_or(text.as_str(), |(_, body)| body);
        let plain = body.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        if plain.len() < LONG || text.starts_with('|') {
            continue;
        }
        match seen.get(&plain) {
            Some(first) => {
                let reason = format!("the paragraph stands at line {first} already");
                out.push(Finding::new(*line, "duplicate", reason, "say it once"));
            }
            None => {
                seen.insert(plain, *line);
            }
        }
    }
}

/// One line a finding: `notes.md:12: gap: a gap is left to fill in (fill it in …)`.
pub fn text(name: &str, findings: &[Finding]) -> String {
    let line = |f: &Finding| {
        let fix = f.fix.as_ref().map(|fix| format!(" ({fix})")).unwrap_or_default();
        let reason = crate::domain::showable::clean(&f.reason).replace('\n', " ");
        format!("{name}:{}: {}: {reason}{fix}\n", f.line, f.rule)
    };
    findings.iter().map(line).collect()
}

/// The findings as a JSON array; one line end at the end.
pub fn json(findings: &[Finding]) -> String {
    // strings and numbers always serialise
    let mut text = serde_json::to_string_pretty(findings).unwrap_or_else(|_| "[]".into());
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules_of(page: &str) -> Vec<(u32, &'static str)> {
        lint(page, None).into_iter().map(|f| (f.line, f.rule)).collect()
    }

    const GOOD: &str = "\
# Postmortem: carts could not be opened

## Summary

Carts could not be opened for 12 min on 3 of 8 hosts.

## Impact

4% of requests failed. The share of users is not known.

## Timeline (UTC)

- 09:02 the cache was moved, says the change record [CHG-12]
- 09:10 the first error [L14]
- 09:12 the pager fired [L20]
- 09:14 rolled back, says the run log [run 3]

## Root cause

Most likely the cache's new host had no route from 3 of 8 hosts.

## Detection

Time to detect: 09:12 - 09:10 = 2 min.

## Response

Rolled back at 09:14.

## What went well

The page came 2 min after the first error.

## What went poorly

No check of the route ran before the move.

## Action items

| priority | action | owner | due |
| --- | --- | --- | --- |
| P1 | A route check from every host runs before a cache is moved, until 12 June | platform team | 2026-06-12 |
";

    #[test]
    fn a_sound_postmortem_has_no_finding() {
        assert_eq!(lint(GOOD, None), Vec::new());
    }

    #[test]
    fn each_fault_is_found_on_its_line() {
        let cases: &[(&str, &str, &str)] = &[
            ("4% of requests failed.", "[FILL IN: impact]", "gap"),
            ("- 09:12 the pager fired [L20]", "- 09:05 the pager fired [L20]", "timeline-order"),
            ("## Timeline (UTC)", "## Timeline", "zone-missing"),
            ("Rolled back at 09:14.", "Restarted all hosts.", "action-without-event"),
            ("| platform team |", "| |", "no-owner"),
            (
                "A route check from every host runs before a cache is moved, until 12 June",
                "Improve monitoring",
                "vague-action",
            ),
            ("Most likely the cache's new host had no route", "It was human error: the host had no route", "blame"),
            ("## Detection", "## Found", "section-missing"),
            ("The page came 2 min after the first error.", "Quick detection.", "praise-unsupported"),
            (
                "Carts could not be opened for 12 min on 3 of 8 hosts.",
                "Carts failed: 9% of requests failed at the peak.",
                "figures-disagree",
            ),
        ];
        for (from, to, rule) in cases {
            let page = GOOD.replace(from, to);
            assert_ne!(page, GOOD, "{from}");
            assert!(rules_of(&page).iter().any(|(_, r)| r == rule), "{rule}: {:?}", lint(&page, None));
        }
    }

    #[test]
    fn output_is_a_line_or_an_object_each() {
        let found = vec![Finding::new(3, "gap", "a gap", "fill it in")];
        assert_eq!(text("a.md", &found), "a.md:3: gap: a gap (fill it in)\n");
        let back: serde_json::Value = serde_json::from_str(&json(&found)).unwrap();
        assert_eq!(back[0]["line"], 3);
    }

    #[test]
    fn any_text_gets_an_answer() {
        for page in ["", "\u{0}", "|||||", "# \n#\n", "```\n```", "\u{202e}x", &"a ".repeat(10_000), "12:00\n11:00\n"] {
            let _ = lint(page, None);
        }
    }
}
