//! Faults that real reports had and nobody caught, each planted anew in a sound page: the lint flags it
//! on its line, the sound page has no finding, and where the rule has a fix it is offered and clears it.

use hotwash::domain::{Evidence, Origin, Source, SourceId};
use hotwash::export::lint::{Finding, apply, lint};

const EVIDENCE: &str = "\
cart-svc: carts can't be opened
Memory grew from 200Mi at 03:05 UTC to 600Mi at 08:05 UTC, limit 640Mi
03:00 - cart-svc v5.2 rollout finished
08:10 - first errors of cart-svc, 4% of requests failed
08:12 - page
08:14 - rolled back to v5.1, run 3
most of the traffic is still served by the remaining hosts
";

const SOUND: &str = "\
# Postmortem: carts could not be opened

## Summary

4% of requests failed. Most likely cart-svc ran out of memory.

## Impact

4% of requests failed. The share of users is not known.

## Timeline (UTC)

- 03:00 cart-svc v5.2 rollout finished [quoted L3]
- 03:05 memory begins to grow from 200Mi [quoted L2]
- 08:05 memory is at 600Mi [quoted L2]
- 08:10 first errors of cart-svc [quoted L4]
- 08:12 page [quoted L5]
- 08:14 rolled back to v5.1 [quoted L6]

## Root cause

Memory grew by 400Mi. [derived: 600 - 200 = 400; L2]

## Detection

Time to detect: 08:12 - 08:10 = 2 min.

## Response

Rolled back to v5.1 at 08:14. [quoted L6]

## What went well

The page came 2 min after the first error. [derived: 08:12 - 08:10 = 2 min; L4, L5]

## What went poorly

Memory grew for 5 hours before anybody was told. [derived: 08:05 - 03:05 = 5 h; L2]

## Five whys

1. Why did memory grow? Not in the evidence.

## Action items

| priority | action | owner | due |
| --- | --- | --- | --- |
| P1 | A test fills the cart cache past its bound before each release, until 12 June | cart team | 2026-06-12 |
";

fn evidence() -> Evidence {
    let source = Source { id: SourceId(0), name: "notes".into(), origin: Origin::Paste, text: EVIDENCE.into() };
    Evidence { readings: vec![hotwash::intake::read(&source)], sources: vec![source] }
}

fn found(page: &str) -> Vec<Finding> {
    lint(page, Some(&evidence()))
}

/// The page with one place changed, and the line where that stands.
fn planted(from: &str, to: &str) -> (String, u32) {
    assert_eq!(SOUND.matches(from).count(), 1, "{from}");
    let line = SOUND.split(from).next().unwrap().lines().count().max(1) as u32;
    let at = if SOUND.split(from).next().unwrap().ends_with('\n') { line + 1 } else { line };
    (SOUND.replace(from, to), at)
}

fn assert_flagged(rule: &str, from: &str, to: &str) -> (String, Finding) {
    let (page, line) = planted(from, to);
    let all = found(&page);
    let near = |f: &&Finding| f.rule == rule && f.line >= line && f.line <= line + to.lines().count() as u32 + 2;
    let hit = all.iter().find(near).cloned();
    assert!(hit.is_some(), "{rule} at line {line}: {all:#?}");
    (page, hit.unwrap())
}

fn assert_mended(rule: &str, from: &str, to: &str) {
    let (page, hit) = assert_flagged(rule, from, to);
    assert!(hit.edit.is_some(), "{rule} offers no edit");
    let left = found(&apply(&page, &hit.edit.unwrap()));
    assert!(!left.iter().any(|f| f.rule == rule && f.reason == hit.reason), "{rule} stands after its fix: {left:#?}");
}

#[test]
fn the_sound_page_has_no_finding() {
    assert_eq!(found(SOUND), Vec::new());
}

/// A test for each row: flagged on its line; with `mended` the fix is offered and clears it.
macro_rules! rows {
    ($($name:ident: $how:ident $rule:literal, $from:literal => $to:literal;)*) => {
        $(#[test] fn $name() { rows!(@$how $rule, $from, $to); })*
    };
    (@flagged $rule:literal, $from:literal, $to:literal) => { assert_flagged($rule, $from, $to); };
    (@mended $rule:literal, $from:literal, $to:literal) => { assert_mended($rule, $from, $to); };
}

rows! {
    one_01_a_level_that_no_figure_decides: flagged "severity-against-policy", "4% of requests failed. Most" => "SEV1, the revenue path is broken, 4% of requests failed; most of the traffic is still served. Most";
    one_02_a_duration_from_one_instant: flagged "duration-needs-two-stamps", "The share of users is not known." => "It lasted 45 minutes.";
    one_04_two_shares_of_one_thing: flagged "figures-disagree", "The share of users is not known." => "At the worst 25% of requests failed.";
    one_04_a_figure_that_stands_nowhere: flagged "figure-without-source", "The share of users is not known." => "Some 31 hosts were hit.";
    one_05_a_share_of_users_from_one_of_requests: flagged "denominator", "The share of users is not known." => "4% of all users were affected.";
    one_06_a_promise_that_nothing_supports: flagged "promise", "The share of users is not known." => "ETA for recovery: 20 minutes.";
    one_15_evidence_that_refutes_what_it_is_given_for: flagged "evidence-refutes-hypothesis", "## Detection" => "## Hypotheses\n\nThe limit is too low, so it is not a limit issue.\n\n## Detection";
    one_21_told_as_done_and_no_row_for_it: mended "action-without-event", "Rolled back to v5.1 at 08:14. [quoted L6]" => "Restarted all hosts.";
    one_22_praise_without_a_figure: flagged "praise-unsupported", "The page came 2 min after the first error. [derived: 08:12 - 08:10 = 2 min; L4, L5]" => "Quick detection by the alerts.";
    one_22_praise_against_the_timeline: flagged "praise-against-the-timeline", "The page came 2 min after the first error. [derived: 08:12 - 08:10 = 2 min; L4, L5]" => "Early detection of it.";
    one_23_absence_that_nobody_stated: flagged "absence-without-source", "Memory grew for 5 hours before anybody was told. [derived: 08:05 - 03:05 = 5 h; L2]" => "No load test ran before the release.";
    one_24_a_gap_where_another_section_has_the_answer: flagged "gap-with-answer", "4% of requests failed. Most likely cart-svc ran out of memory." => "[FILL IN]";
    one_24_a_gap: flagged "gap", "1. Why did memory grow? Not in the evidence." => "[FILL IN: five whys]";
    one_25_a_step_that_is_risky_and_safe: flagged "contradiction", "The share of users is not known." => "A rollback brings a short downtime while hosts restart. Safe operation.";
    one_26_an_effect_without_its_size: flagged "effect-not-quantified", "## Detection" => "## Mitigation\n\nIncrease the memory limit of cart-svc.\n\n## Detection";
    one_27_a_local_time_on_a_page_in_utc: flagged "locale-time", "The share of users is not known." => "Noted at 7/4/2026, 9:05:11 PM.";
    one_27_a_timeline_without_a_zone: mended "zone-missing", "## Timeline (UTC)" => "## Timeline";
    one_20_rows_out_of_order: mended "timeline-order", "- 08:12 page [quoted L5]\n- 08:14 rolled back to v5.1 [quoted L6]" => "- 08:14 rolled back to v5.1 [quoted L6]\n- 08:12 page [quoted L5]";
    two_06_two_confidences_of_one_cause: flagged "confidence-disagrees", "Memory grew by 400Mi. [derived: 600 - 200 = 400; L2]" => "Model confidence: 90%. A leak (60% confidence).";
    two_07_a_count_and_another_count: flagged "figures-disagree", "## Detection" => "Blast radius (4 entities)\n\nBlast radius: 5 entities.\n\n## Detection";
    two_09_a_mean_of_one: flagged "mean-of-one", "Time to detect: 08:12 - 08:10 = 2 min." => "MTTD: 2 min.";
    two_16_a_fact_about_the_organisation: flagged "organisation-fact", "1. Why did memory grow? Not in the evidence." => "1. Why did memory grow? The monitoring setup lacked an alert on it.";
    two_17_a_hypothesis_told_as_a_fact: mended "hypothesis-as-fact", "Most likely cart-svc ran out of memory." => "The outage was caused by a cache without a bound.";
    two_18_a_paragraph_that_stands_twice: mended "duplicate", "1. Why did memory grow? Not in the evidence." => "1. Why did memory grow? Nobody had set a bound for what the cart cache may hold at once.\n\nNobody had set a bound for what the cart cache may hold at once, in any release.\n\nNobody had set a bound for what the cart cache may hold at once, in any release.";
    two_21_an_action_without_a_bound: flagged "vague-action", "A test fills the cart cache past its bound before each release, until 12 June" => "Improve alerting for memory";
    two_21_an_action_without_an_owner: mended "no-owner", "| cart team |" => "| |";
    two_23_markup_that_leaks: mended "markup-leak", "The share of users is not known." => "<ul style=\"x\">● The share of users is not known.</ul>";
    guide_a_person_is_blamed: flagged "blame", "1. Why did memory grow? Not in the evidence." => "1. Why did memory grow? It was human error.";
    guide_a_section_that_is_missing: mended "section-missing", "# Postmortem: carts could not be opened\n\n## Summary" => "# Postmortem: carts could not be opened\n\n## Preface";
}
