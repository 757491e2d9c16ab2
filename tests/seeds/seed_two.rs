//! The 25 faults of the second report.

use super::*;

const EVENTS: &str = include_str!("../../fixtures/incidents/equal-stamps.txt");

static OWN: LazyLock<(Evidence, Judged, Report)> = LazyLock::new(|| {
    let e = evidence(EVENTS);
    let (judged, report) = (Judged::of(pages::TWO, &e), report(&e, ""));
    (e, judged, report)
});

/// Each line twice, inside a wrapper that calls everything an error.
fn doubled(events: &str) -> String {
    let wrap = |l: &str| {
        let (stamp, rest) = l.split_once(' ').unwrap_or(("", l));
        let service = rest.split_whitespace().nth(1).unwrap_or("");
        format!("{stamp} ERROR {service} {}\n", rest.split_whitespace().collect::<Vec<_>>().join(" ")).repeat(2)
    };
    events.lines().map(wrap).collect()
}

static DOUBLED: LazyLock<(Evidence, Report)> = LazyLock::new(|| {
    let e = evidence(&doubled(EVENTS));
    let report = report(&e, "");
    (e, report)
});

/// The seven events of the seed, rebuilt from its own timeline and the levels its page of facts gives.
pub fn events(page: &str) -> Option<String> {
    let rows: Vec<&str> =
        page.lines().filter(|l| l.contains('●') && l.starts_with(|c: char| c.is_ascii_digit())).collect();
    let levels = ["WARN", "WARN", "ERROR", "ERROR", "WARN", "ERROR", "FATAL"];
    let services = [
        "fashion-aura-api",
        "redis-cache",
        "fashion-aura-api",
        "payments-worker",
        "api-gateway",
        "fashion-aura-api",
        "payments-worker",
    ];
    (rows.len() == 7).then(|| {
        let line = |(i, row): (usize, &&str)| {
            let message = row.split_once(&format!(" {} ", services[i])).map_or(*row, |(_, m)| m);
            format!("2026-05-24T11:54:10.08{}Z {} {} {message}\n", i / 4, levels[i], services[i])
        };
        rows.iter().enumerate().map(line).collect()
    })
}

static SEED: LazyLock<Option<(Evidence, Judged, Report, Report)>> = LazyLock::new(|| {
    let page = seed("003_d9063552695ef8fd.txt")?;
    let events = events(&page)?;
    let e = evidence(&events);
    let title = "Cascading checkout failure - DB pool to payments OOM";
    let twice = report(&evidence(&doubled(&events)), title);
    let (judged, report) = (Judged::of(&page, &e), report(&e, title));
    Some((e, judged, report, twice))
});

macro_rules! fault {
    ($name:ident, $rule:literal, $own:literal, $seed:literal, $free:expr) => {
        #[test]
        fn $name() {
            let free: fn(&Report, &Evidence) -> bool = $free;
            let (e, judged, report) = &*OWN;
            assert!(judged.caught($rule, $own), "not caught on our page: {:#?}", judged.found);
            let print = |r: &Report| hotwash::export::markdown::report(r, &[]);
            assert!(free(report, e), "our report on the fixture has it: {}", print(report));
            assert!(free(&DOUBLED.1, &DOUBLED.0), "our report on the doubled lines has it: {}", print(&DOUBLED.1));
            if let Some((e, judged, report, twice)) = &*SEED {
                assert!(judged.caught($rule, $seed), "not caught in the seed: {:#?}", judged.found);
                assert!(free(report, e), "our report has it: {}", print(report));
                assert!(free(twice, e), "our report on the doubled lines has it: {}", print(twice));
            }
        }
    };
}

fn no_finding(r: &Report, e: &Evidence, rule: &str) -> bool {
    let found = grounding::ground(r, e);
    let hit: Vec<_> = found.iter().filter(|f| f.rule == rule && !f.path.contains("slice")).collect();
    if !hit.is_empty() {
        println!("{hit:#?}");
    }
    hit.is_empty()
}

fault!(s2_01_one_patient_zero, "patient-zero-disagrees", "catalog-api", "fashion-aura-api", |r, e| no_finding(
    r,
    e,
    "patient-zero-disagrees"
));
fault!(s2_02_no_order_without_stamps, "order-not-known", "triggered by", "triggered by", |r, e| {
    no_finding(r, e, "order-not-known") && r.first_cause.is_none()
});
fault!(s2_03_a_stated_reason_stands, "stated-reason-contradicted", "CLUSTERDOWN", "CLUSTERDOWN", |r, e| {
    no_finding(r, e, "stated-reason-contradicted") && all_text(r).contains("CLUSTERDOWN")
});
fault!(
    s2_04_an_edge_was_observed,
    "edge-not-observed",
    "catalog-api and session-cache",
    "fashion-aura-api and redis-cache",
    |r, e| { no_finding(r, e, "edge-not-observed") && r.propagation.iter().all(|p| !p.observed.citations.is_empty()) }
);
fault!(s2_05_a_line_belongs_to_who_wrote_it, "wrong-subject", "session-cache", "redis-cache", |r, e| no_finding(
    r,
    e,
    "wrong-subject"
));
fault!(s2_06_one_confidence, "confidence-disagrees", "confidences are given", "confidences are given", |r, e| {
    let same =
        r.trigger.as_ref().zip(r.hypotheses.first()).is_none_or(|(t, h)| (t.confidence - h.confidence).abs() < 1e-9);
    same && no_finding(r, e, "confidence-disagrees")
});
fault!(s2_07_a_count_is_what_is_listed, "count-disagrees", "blast radius", "blast radius", |r, e| {
    no_finding(r, e, "count-disagrees") && r.blast_radius.iter().all(|b| b.kind != "users")
});
fault!(s2_09_no_mean_of_one, "mean-of-one", "MTTD", "MTTD", |r, e| {
    no_finding(r, e, "mean-of-one") && r.time_to_detect.is_none()
});
fault!(s2_10_nobody_knows_who_was_paged, "organisation-fact", "nothing paged", "nothing paged", |r, e| {
    no_finding(r, e, "organisation-fact") && !all_text(r).contains("early enough")
});
fault!(s2_11_doubled_lines_count_once, "count-of-lines", "14 log lines", "14 log lines", |r, e| {
    no_finding(r, e, "count-of-lines") && !all_text(r).contains("14 log lines")
});
fault!(s2_12_the_inner_level_counts, "level-of-wrapper", "wrapper", "wrapper", |r, e| no_finding(
    r,
    e,
    "level-of-wrapper"
));
fault!(s2_13_a_word_is_not_confirmed_by_itself, "tautology", "exhausted", "exhausted", |r, _| {
    !all_text(r).contains("matching line(s)")
});
fault!(s2_14_a_cause_was_tested, "hypothesis-not-tested", "never looked for", "never looked for", |r, e| {
    no_finding(r, e, "hypothesis-not-tested")
        && r.hypotheses.first().is_none_or(|h| h.supporting.iter().any(|c| !c.citations.is_empty()))
});
fault!(s2_15_a_check_says_what_it_checked, "hollow-self-check", "Self-check", "Self-check", |r, e| no_finding(
    r,
    e,
    "hollow-self-check"
));
fault!(s2_16_no_facts_about_an_organisation, "organisation-fact", "generic", "generic", |r, e| no_finding(
    r,
    e,
    "organisation-fact"
));
fault!(s2_17_a_hypothesis_is_no_fact, "hypothesis-as-fact", "would have prevented", "would have prevented", |r, e| {
    no_finding(r, e, "hypothesis-as-fact") && r.counterfactual.as_ref().is_none_or(|c| c.support == Support::Inferred)
});
fault!(s2_18_nothing_is_told_twice, "duplicate", "Systemic root cause", "Systemic root cause", |r, e| no_finding(
    r,
    e,
    "duplicate"
));
fault!(s2_19_a_level_has_its_figures, "severity-without-facts", "38%", "38%", |r, e| {
    no_finding(r, e, "severity-without-facts") && all_text(r).contains("38%")
});
fault!(s2_20_a_patch_is_grounded, "patch-not-grounded", "second container", "second container", |r, e| {
    no_finding(r, e, "patch-not-grounded") && r.mitigation.iter().all(|m| !m.risk.is_empty() && !m.rollback.is_empty())
});
fault!(s2_21_actions_are_bounded, "vague-action", "Conduct", "Conduct", |r, e| no_finding(r, e, "vague-action"));
fault!(s2_22_steps_are_stored_whole, "raw-structure", "='{services", "log_entities='{services", |r, e| {
    let calls = r.trail.iter().filter(|s| s.kind == StepKind::ToolCall);
    no_finding(r, e, "raw-structure")
        && calls.into_iter().all(|s| serde_json::from_str::<serde_json::Value>(&s.text).is_ok())
});
fault!(s2_23_markup_does_not_leak, "markup-leak", "<ul", "<ul", |r, e| {
    no_finding(r, e, "markup-leak") && !hotwash::export::markdown::report(r, &[]).contains("<ul")
});
fault!(s2_24_a_step_tells_what_was_done, "announced-not-done", "I will", "I will", |r, e| {
    no_finding(r, e, "announced-not-done")
        && r.trail.iter().all(|s| s.kind != StepKind::Thought || !s.text.contains("I will"))
});
fault!(s2_25_alternatives_are_kept, "alternative-not-considered", "CLUSTERDOWN", "CLUSTERDOWN", |r, e| {
    no_finding(r, e, "alternative-not-considered") && r.hypotheses.len() >= 2 && r.outcome != Conclusion::NoIncident
});

/// What intake notices (fault 8): stamps made at one go carry no order, and that is said.
#[test]
fn s2_08_equal_stamps_are_noticed() {
    for (e, r) in [(&OWN.0, &OWN.2), (&DOUBLED.0, &DOUBLED.1)] {
        let said = e.readings.iter().flat_map(|r| &r.notices).chain(&r.notices);
        assert!(said.into_iter().any(|n| n.kind == NoticeKind::EqualStamps), "{:#?}", r.notices);
    }
    let doubled = DOUBLED.0.readings[0].notices.iter().any(|n| n.kind == NoticeKind::DuplicateLines);
    assert!(doubled, "doubled lines are noticed");
}

#[test]
fn s2_our_own_report_is_wholly_grounded() {
    assert!(!all_text(&OWN.2).contains("unsupported"), "{:#?}", OWN.2);
    assert_eq!(grounding::ground(&OWN.2, &OWN.0), Vec::new());
    assert_eq!(grounding::ground(&DOUBLED.1, &DOUBLED.0), Vec::new());
    if let Some((e, _, report, _)) = &*SEED {
        assert_eq!(grounding::ground(report, e), Vec::new());
    }
}
