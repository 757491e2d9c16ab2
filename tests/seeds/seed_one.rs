//! The 27 faults of the first report.

use super::*;

static OWN: LazyLock<(Evidence, Judged, Report)> = LazyLock::new(|| {
    let e = evidence(include_str!("../../fixtures/incidents/memory-leak-after-deploy.txt"));
    let (judged, report) = (Judged::of(pages::ONE, &e), report(&e, ""));
    (e, judged, report)
});

static SEED: LazyLock<Option<(Evidence, Judged, Report)>> = LazyLock::new(|| {
    let page = seed("000_357c6f756357155e.txt")?;
    let lines: Vec<&str> = page.lines().collect();
    let from = lines.iter().position(|l| l.starts_with("Time:"))?;
    let to = lines.iter().position(|l| l.trim() == "Summary")?;
    let e = evidence(&lines[from..to].join("\n"));
    let title = lines.iter().find(|l| l.starts_with("[Eval]"))?.rsplit(']').next()?.trim().to_owned();
    let (judged, report) = (Judged::of(&page, &e), report(&e, &title));
    Some((e, judged, report))
});

/// One test a fault: the rule catches it on our page and in the seed, and our own reports are free of it.
macro_rules! fault {
    ($name:ident, $rule:literal, $own:literal, $seed:literal, $free:expr) => {
        #[test]
        fn $name() {
            let free: fn(&Report, &Evidence) -> bool = $free;
            let (e, judged, report) = &*OWN;
            assert!(judged.caught($rule, $own), "not caught on our page: {:#?}", judged.found);
            assert!(
                free(report, e),
                "our report on the fixture has it: {}",
                hotwash::export::markdown::report(report, &[])
            );
            if let Some((e, judged, report)) = &*SEED {
                assert!(judged.caught($rule, $seed), "not caught in the seed: {:#?}", judged.found);
                assert!(free(report, e), "our report has it: {}", hotwash::export::markdown::report(report, &[]));
            }
        }
    };
}

fn no_finding(r: &Report, e: &Evidence, rule: &str) -> bool {
    let found = grounding::ground(r, e);
    let hit: Vec<_> = found.iter().filter(|f| f.rule == rule).collect();
    if !hit.is_empty() {
        println!("{hit:#?}");
    }
    hit.is_empty()
}

fn commands(r: &Report) -> Vec<&str> {
    r.checklist
        .iter()
        .filter_map(|c| c.command.as_deref())
        .chain(r.mitigation.iter().filter_map(|m| m.command.as_deref()))
        .collect()
}

fault!(s1_01_severity_is_a_calculation, "severity-against-policy", "SEV1", "SEV1", |r, e| {
    r.severity.level != Some(hotwash::domain::Severity::Sev1)
        && (r.severity.level.is_some() || !r.severity.unknown.is_empty())
        && no_finding(r, e, "severity-without-facts")
});
fault!(s1_02_a_duration_has_two_stamps, "duration-needs-two-stamps", "for >5 min", "for >5 min", |r, e| {
    no_finding(r, e, "duration-needs-two-stamps") && !all_text(r).contains("5 min,")
});
fault!(s1_03_a_success_rate_is_no_error_rate, "success-rate-as-error-rate", "success rate", "success rate", |r, e| {
    no_finding(r, e, "success-rate-as-error-rate")
        && r.customer_impact.iter().any(|c| c.formula.as_deref() == Some("99.7 - 96.8 = 2.9"))
});
fault!(s1_04_pods_are_no_requests, "denominator", "25%", "25%", |r, e| {
    no_finding(r, e, "denominator")
        && no_finding(r, e, "percent-contradiction")
        && !all_text(r).contains("25% of the requests")
});
fault!(s1_05_requests_are_no_users, "denominator", "counts no user", "counts no user", |r, _| {
    !all_text(r).contains("3% of all users")
        && r.customer_impact
            .iter()
            .any(|c| c.text.contains("users is not known") || c.text.contains("share of affected users is not known"))
});
fault!(s1_06_what_nobody_said_is_not_told, "promise", "ETA", "ETA", |r, e| {
    no_finding(r, e, "promise")
        && no_finding(r, e, "quote-without-source")
        && !all_text(r).to_lowercase().contains("no data loss")
});
#[test]
fn s1_06_neither_messages_nor_lost_data_are_made_up() {
    for (rule, own) in [("quote-without-source", "Basket not available"), ("absence-without-source", "no data loss")] {
        assert!(OWN.1.caught(rule, own), "{rule}");
    }
}
fault!(s1_07_a_metric_nobody_gave_is_named, "name-without-source", "p99", "p99", |r, e| {
    no_finding(r, e, "name-without-source") && !all_text(r).contains("p99")
});
fault!(s1_09_arguments_come_from_the_evidence, "argument-nobody-gave", "-n shop", "-n prod", |r, e| {
    no_finding(r, e, "argument-nobody-gave") && commands(r).iter().all(|c| !c.contains("-n prod"))
});
fault!(s1_10_a_tool_fits_the_runtime, "runtime-mismatch", "pprof", "pprof", |r, e| {
    no_finding(r, e, "runtime-mismatch") && commands(r).iter().all(|c| !c.contains("pprof"))
});
fault!(
    s1_12_a_command_can_print_what_is_expected,
    "expectation-impossible",
    "rollout history",
    "rollout history",
    |r, e| { no_finding(r, e, "expectation-impossible") }
);
fault!(
    s1_13_a_selector_cuts_logs_to_ten_lines,
    "expectation-impossible",
    "ten lines a pod",
    "ten lines a pod",
    |r, _| {
        commands(r).iter().all(|c| {
            !(c.contains("kubectl logs") && (c.contains(" -l") || c.contains("--selector")) && !c.contains("--tail"))
        })
    }
);
#[test]
fn s1_13_a_count_over_an_hour_is_no_rate_per_minute() {
    assert!(OWN.1.caught("expectation-impossible", "no rate per minute"), "{:#?}", OWN.1.found);
}
fault!(
    s1_14_top_leaves_out_what_it_has_no_metrics_for,
    "expectation-impossible",
    "does not show them with 0",
    "does not show them with 0",
    |r, e| {
        no_finding(r, e, "expectation-impossible") && !r.checklist.iter().any(|c| c.expect.contains("show 0 memory"))
    }
);
fault!(
    s1_15_evidence_against_is_no_evidence_for,
    "evidence-refutes-hypothesis",
    "not a limit",
    "not a limit",
    |r, e| { no_finding(r, e, "evidence-refutes-hypothesis") }
);
fault!(
    s1_16_what_is_missing_proves_nothing,
    "absence-is-no-evidence",
    "No connection pool errors",
    "No connection pool errors",
    |r, e| { no_finding(r, e, "absence-is-no-evidence") }
);
fault!(s1_17_each_change_of_the_deploy_is_weighed, "change-not-considered", "parser", "JSON parser", |r, e| {
    let text = all_text(r);
    no_finding(r, e, "change-not-considered") && text.contains("parser") && text.contains("cache")
});
fault!(
    s1_18_a_rate_that_does_not_follow_is_said,
    "conflict-passed-over",
    "2.4 times an hour",
    "2.4 times an hour",
    |r, e| {
        let conflicts = r.notices.iter().filter(|n| n.kind == NoticeKind::Conflict).count();
        no_finding(r, e, "conflict-passed-over") && conflicts >= 1
    }
);
fault!(s1_19_noted_is_not_begun, "noted-is-not-begun", "09:16", "09:16", |r, _| {
    let row = r.timeline.iter().filter(|t| t.at.clock() == "09:16");
    row.into_iter().all(|t| !t.what.text.contains("declared") && !t.what.text.contains(" drops "))
        && !all_text(r).contains("ncident declared")
});
fault!(s1_20_every_dated_event_is_on_the_timeline, "event-missing", "04:08", "04:08", |r, e| {
    no_finding(r, e, "event-missing") && r.timeline.iter().any(|t| t.at.clock() == "04:08")
});
fault!(s1_21_an_action_has_an_event, "action-without-event", "Rolled back", "Rolled back", |r, e| {
    let page = &r.postmortem.markdown;
    no_finding(r, e, "action-without-event")
        && !page.contains("Rolled back")
        && page.contains("[FILL IN: what was done")
});
fault!(
    s1_22_praise_agrees_with_the_timeline,
    "praise-against-the-timeline",
    "Quick detection",
    "Quick detection",
    |r, e| { no_finding(r, e, "praise-unsupported") && !all_text(r).to_lowercase().contains("quick detection") }
);
fault!(
    s1_23_what_was_not_done_before_is_not_told,
    "absence-without-source",
    "no memory limit test",
    "no memory limit test",
    |r, e| { no_finding(r, e, "absence-without-source") }
);
fault!(s1_24_no_gap_where_the_report_has_the_answer, "gap-with-answer", "[FILL IN]", "[FILL IN]", |r, _| {
    let page = &r.postmortem.markdown;
    ["[FILL IN]", "[FILL IN: summary", "[FILL IN: action", "[FILL IN: timeline", "[FILL IN: five"]
        .iter()
        .all(|gap| !page.contains(gap))
});
fault!(s1_25_a_harm_is_not_called_safe, "contradiction", "downtime", "downtime", |r, e| {
    no_finding(r, e, "contradiction") && r.mitigation.iter().all(|m| !m.risk.is_empty() && !m.rollback.is_empty())
});
#[test]
fn s1_25_a_plan_has_commands() {
    assert!(OWN.1.caught("step-without-command", "no step of the plan"), "{:#?}", OWN.1.found);
    assert!(OWN.2.mitigation.iter().any(|m| m.command.is_some()), "{:#?}", OWN.2.mitigation);
}
fault!(
    s1_26_an_effect_is_counted_where_figures_allow,
    "effect-not-quantified",
    "Increase the memory limit",
    "increase memory limit",
    |r, _| {
        let memory = r.mitigation.iter().filter(|m| m.action.to_lowercase().contains("memory limit"));
        memory.into_iter().all(|m| m.effect.as_ref().is_some_and(|c| c.formula.is_some()))
    }
);
fault!(s1_27_times_are_in_one_zone, "locale-time", "PM", "PM", |r, e| no_finding(r, e, "locale-time")
    && !all_text(r).contains(" PM"));

/// What the command pre-flight catches (faults 8 and 11).
#[test]
fn s1_08_and_11_commands_that_do_not_exist_or_never_end() {
    for words in ["it takes the name of one pod", "the loop never ends"] {
        assert!(OWN.1.caught("command-preflight", words), "{words}: {:#?}", OWN.1.found);
    }
    for c in commands(&OWN.2) {
        assert!(!c.contains("exec -l") && !c.contains("while true"), "{c}");
    }
}

#[test]
fn s1_our_own_report_is_wholly_grounded() {
    assert!(!all_text(&OWN.2).contains("unsupported"), "{:#?}", OWN.2);
    assert_eq!(grounding::ground(&OWN.2, &OWN.0), Vec::new());
    if let Some((e, _, report)) = &*SEED {
        assert_eq!(grounding::ground(report, e), Vec::new());
    }
}
