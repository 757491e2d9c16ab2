//! The lint itself: every rule over the page, findings in the order of the lines.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::edit::{self, Edit};
use super::own::Own;
use super::page::{Page, Row};
use super::rules::rules;
use super::{actions, direction, figures, timeline};
use crate::analyst::grounding::gap::GAP;
use crate::analyst::grounding::pattern::Pattern;
use crate::analyst::grounding::sections::of_step;
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
    /// The edit that does it, where it can be done without asking.
    pub edit: Option<Edit>,
}

impl Finding {
    /// A finding.
    pub fn new(line: u32, rule: &'static str, reason: impl Into<String>, fix: impl Into<String>) -> Self {
        let fix = fix.into();
        Self { line, rule, reason: reason.into(), fix: (!fix.is_empty()).then_some(fix), edit: None }
    }
}

/// Findings on one page at most; beyond that the page has to be written anew.
const MOST: usize = 1_000;

/// What is wrong with a postmortem. With evidence every sentence is held against it too.
pub fn lint(markdown: &str, evidence: Option<&Evidence>) -> Vec<Finding> {
    lint_with(markdown, evidence, &Own::default())
}

/// The same with a team's own rules.
pub fn lint_with(markdown: &str, evidence: Option<&Evidence>, own: &Own) -> Vec<Finding> {
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
    direction::check(&page, &mut out);
    duplicates(&page, &mut out);
    if let Some(evidence) = evidence {
        out.extend(prose(markdown, evidence).into_iter().map(from_grounding));
    }
    owned(&page, own, &mut out);
    out.retain(|f| !own.off.iter().any(|off| off == f.rule) && !is_escape(f));
    out.sort_by(|a, b| (a.line, a.rule, &a.reason).cmp(&(b.line, b.rule, &b.reason)));
    let mut seen: HashSet<(u32, &'static str, String)> = HashSet::new();
    out.retain(|f| seen.insert((f.line, f.rule, f.reason.clone())));
    out.truncate(MOST);
    edit::offer(markdown, &page, &mut out);
    out
}

/// A team's rules over every sentence.
fn owned(page: &Page<'_>, own: &Own, out: &mut Vec<Finding>) {
    for s in &page.statements {
        for rule in &own.rules {
            let Some(words) = rule.hit(s.part, &s.text, None) else { continue };
            let line = s.path.strip_prefix("line ").and_then(|n| n.parse().ok()).unwrap_or(1);
            let reason = format!("{}: `{}`", rule.what, words.trim());
            out.push(Finding::new(line, rule.id, reason, rule.fix.clone()));
        }
    }
}

/// `&lt;` on a Markdown page is how a `<` is written there, no markup that leaks.
fn is_escape(f: &Finding) -> bool {
    f.rule == "markup-leak" && ["`&lt;`", "`&gt;`", "`&amp;`"].iter().any(|e| f.reason.ends_with(e))
}

fn from_grounding(f: crate::analyst::grounding::Finding) -> Finding {
    let line = f.path.strip_prefix("line ").and_then(|n| n.parse().ok()).unwrap_or(1);
    Finding { line, rule: f.rule, reason: f.what, fix: f.fix, edit: None }
}

fn gaps(page: &Page<'_>, out: &mut Vec<Finding>) {
    for row in &page.rows {
        if GAP.is_match(row.text) {
            let gap = &rules().gap;
            out.push(Finding::new(row.no, "gap", gap.what.clone(), gap.fix.clone()));
        }
    }
}

fn sections(page: &Page<'_>, out: &mut Vec<Finding>) {
    for section in &rules().sections {
        let labelled = |r: &Row<'_>| label(r.text).is_some_and(|l| section.labels.contains(&l));
        let there = page.rows.iter().any(|r| section.parts.contains(&r.part) || labelled(r));
        if !there {
            out.push(Finding::new(1, "section-missing", format!("there is no section `{}`", section.name), "add it"));
        }
    }
}

/// `- **Review actions**: …`: the label of a listed or bold line, in lower case.
fn label(text: &str) -> Option<String> {
    let bare = text.trim_start_matches(['-', '*', '•', '+', ' ', '_']);
    let marked = bare.len() < text.len();
    let (label, rest) = bare.split_once(':').unwrap_or((bare, ""));
    // `- Resolved 2023-02-02 11:36`: the label ends where the date begins
    let label = label.split(|c: char| c.is_ascii_digit()).next().unwrap_or(label);
    let label = label.trim_matches(['*', '_', ' ']);
    (marked && label.len() <= 40 && !(label.is_empty() && rest.is_empty())).then(|| label.to_lowercase())
}

static LINK: Pattern = Pattern::new(r"\]\([^)\s]+\)|https?://\S+");

/// Paragraphs this long that stand twice are a copy.
const LONG: usize = 60;

fn duplicates(page: &Page<'_>, out: &mut Vec<Finding>) {
    let mut seen: HashMap<String, u32> = HashMap::new();
    for (line, text) in &page.paragraphs {
        let body = text.split_once(": ").filter(|(label, _)| label.len() < 40).map_or(text.as_str(), |(_, body)| body);
        if body.len() < LONG {
            continue;
        }
        // An alert or a ticket is linked to wherever it is spoken of: its address is no sentence.
        let linked = body.contains("](") || body.contains("://");
        let words = LINK.regex().filter(|_| linked).map_or(body.into(), |link| link.replace_all(body, ""));
        let body = words.as_ref();
        let plain = body.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        // One quotation may stand for two things; each says so in its own words before it.
        let cited_again = body.trim_start().starts_with('\u{201c}') && body.contains("[quoted ");
        if cited_again || plain.len() < LONG || text.starts_with('|') || of_step(text) {
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
    fn a_label_in_a_list_opens_its_section_and_a_link_that_stands_twice_is_no_copy() {
        let link = "[CPU critical](https://pager.example/incidents/Q01V8OZ44WU4EX?campaign=channel&source=chat)";
        let page = format!("- **Identified**: {link}\n- **Impact**: carts failed\n- **Context**:\n  - 10:14: {link}\n");
        let found = lint(&page, None);
        assert!(!found.iter().any(|f| f.rule == "duplicate"), "{found:?}");
        for section in ["Impact", "Detection", "Timeline"] {
            assert!(!found.iter().any(|f| f.reason.contains(&format!("`{section}`"))), "{section}");
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
