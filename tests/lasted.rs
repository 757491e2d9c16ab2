//! Tests: how long it lasted and what stands when, as far as rows that people wrote tell.

use hotwash::domain::Report;
use hotwash::domain::report::RowKind;

use crate::texts::report;

fn impact(r: &Report) -> Vec<String> {
    r.customer_impact.iter().map(|c| format!("{} {}", c.text, c.formula.as_deref().unwrap_or(""))).collect()
}

const DROPPED: &str = "\
All times in CET.

| Time | Event |
| :--- | --- |
| 2023-01-10 07:10 | Upgrade of the Envoy gateway rolled out, support for old clients dropped |
| 2023-01-10 13:45 | Users report that they can not reach any page |
| 2023-01-10 14:20 | Envoy gateway rolled back |
| 2023-01-10 15:05 | Service restored |
";

#[test]
fn a_cause_before_the_first_sign_bounds_how_long_it_lasted_and_sums_are_in_the_zone_of_the_timeline() {
    let r = report(DROPPED);
    let told = impact(&r);
    assert!(told.iter().any(|t| t.contains("first note of recovery 1 h 20 min passed")), "{told:?}");
    assert!(
        told.iter().any(|t| t
            == "Counted from the first cause to the same note, it was 7 h 55 min at most. 2023-01-10T14:05:00Z - 2023-01-10T06:10:00Z = 7 h 55 min"),
        "{told:?}"
    );
    assert_eq!(r.time_to_detect.unwrap().formula, "2023-01-10T12:45:00Z - 2023-01-10T06:10:00Z = 6 h 35 min");
}

#[test]
fn without_a_noted_recovery_the_last_step_is_told_and_the_end_is_not() {
    let r = report(
        "All times in UTC.\n\n| Time | Event |\n| :--- | --- |\n| 2023-01-10 13:13 | Applied the new Gatekeeper webhook |\n| 2023-01-10 14:41 | Users reporting timeouts when deploying |\n| 2023-01-10 15:39 | Rolled back the Gatekeeper webhook |\n",
    );
    let told = impact(&r);
    let steps = "From the first sign to the last step that is noted 58 min passed; when it was over is not stated";
    assert!(told.iter().any(|t| t.starts_with(steps)), "{told:?}");
}

#[test]
fn a_repair_that_is_noted_before_any_step_is_said_to_contradict() {
    let text = "\
- **Key events**
  - First detected: 2023-02-02 10:14
  - Incident declared: 2023-02-02 10:20
  - Repaired: 2023-02-02 10:20

- **Context**:
  - 2023-02-02 10:14: CPU alert of desk-web fires
  - 2023-02-02 10:30 Team scaled down the descheduler
  - 2023-02-02 10:44 Alert resolved.
";
    let notices = report(text).notices;
    let told: Vec<&str> = notices.iter().map(|n| n.what.as_str()).collect();
    assert!(told.iter().any(|t| t.starts_with("“Repaired” is noted for 2023-02-02T10:20:00 (L4), before")), "{told:?}");
    let without = text.replace("  - 2023-02-02 10:30 Team scaled down the descheduler\n", "");
    assert!(!report(&without).notices.iter().any(|n| n.what.contains("before the first step")));
}

#[test]
fn a_run_that_came_to_nothing_is_no_change() {
    let r = report(
        "All times in UTC.\n\n| Time | Event |\n| :--- | --- |\n| 2025-03-17 16:43 | Pipeline failed due to an unintended update of the csi driver, meaning the Envoy change did not take effect |\n| 2025-03-17 17:53 | Pipeline run completed. Envoy change successfully applied |\n| 2025-03-17 23:42 | Team informed of ingress problem for a workload |\n| 2025-03-18 00:41 | Confirmed expected behaviour appeared resumed |\n",
    );
    let kinds: Vec<RowKind> = r.timeline.iter().map(|row| row.kind).collect();
    assert_eq!(kinds, [RowKind::Symptom, RowKind::Change, RowKind::Alert, RowKind::Recovery]);
}

#[test]
fn what_its_writer_puts_right_is_no_evidence_and_times_have_their_day() {
    let r = report(
        "\
- **Key events**
  - First detected 2022-11-15 16:03
  - Repaired 2022-11-15 16:30

- **Impact**: Grafana was unavailable for 27 minutes.

- **Context**:
  - On the 1st of November 14:49 AWS sent an email advising that instance i-087e420c573463c08 (grafana) would be retired on the 15th of November 2022 at 16:00

  - On the 15th of November 2022 - work was being carried out on an upgrade of the \"blue\" cluster. Cloud-hosting advised in the channel in the morning that the instance on \"blue\" would be retired that very afternoon. It was thought therefore that this would have little impact on that work. However the instance was in fact on the \"green\" cluster - not \"blue\"

  - The instance was retired by AWS at 16:00, Grafana went down approx 16:03.

  - Users were told in the channel at approx 16:25, once it was clear what it was
",
    );
    let told = |c: &&hotwash::domain::Claim| c.text.contains("Cloud-hosting advised");
    assert!(!r.hypotheses[0].supporting.iter().any(|c| told(&c)), "{:?}", r.hypotheses[0].supporting);
    assert!(!r.whys[1].answer.text.contains("Cloud-hosting advised"), "{}", r.whys[1].answer.text);
    let caught = &r.whys.iter().find(|w| w.question.starts_with("Why was it not caught")).unwrap().answer.text;
    assert!(caught.contains("put right later: “However the instance was in fact on"), "{caught}");
    let at: Vec<String> = r.timeline.iter().map(|row| row.at.to_string()).collect();
    assert_eq!(at.first().map(String::as_str), Some("2022-11-01T14:49:00"), "{at:?}");
    assert!(at.iter().all(|t| t.starts_with("2022-11-")), "{at:?}");
}

#[test]
fn a_time_of_another_day_is_told_with_its_day() {
    let r = report(
        "All times in UTC.\n\n| Time | Event |\n| :--- | --- |\n| 2023-02-13 07:30 | Rollover of the Envoy gateway started, old clients dropped by mistake |\n| 2023-02-14 09:33 | Users report that they can not reach any page |\n| 2023-02-14 11:01 | Service restored |\n",
    );
    let page = hotwash::export::markdown::report(&r, &[]);
    assert!(page.contains("Patient zero: 2023-02-13 07:30 UTC:"), "{page}");
    assert!(page.contains("- 2023-02-14 11:01 UTC: Service restored"), "{page}");
}
