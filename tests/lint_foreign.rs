//! Postmortems in the styles of others: lists under bold labels, tables, headings that are times. The lint
//! reads them as their reviewer would.

use hotwash::export::lint::{Finding, lint};

fn found(page: &str, rule: &str) -> Vec<(u32, String)> {
    let of = |f: Finding| (f.rule == rule).then_some((f.line, f.reason));
    lint(page, None).into_iter().filter_map(of).collect()
}

const LABELS: &str = "\
- **Key events**
  - First detected: 2024-05-07 08:02
  - Incident declared: 2024-05-07 08:09
  - Resolved 2024-05-07 09:30

- **Identified**: latency alarm of the gateway

- **Impact**: half of the tenants could not log in

- **Context**:
  - 2024-05-07 08:02: the alarm of the gateway fired
  - 2024-05-07 08:12 **Incident is declared**.
  - 2024-05-07 08:31 the tenants' team plans to take back a change they made around 7 am
  - 2024-05-07 08:25 Decided to increase the worker count to 12 from 16
  - 2024-05-07 09:30 **Incident is resolved**.
";

#[test]
fn rows_under_a_label_are_a_timeline_with_a_zone_sources_and_an_order() {
    assert_eq!(found(LABELS, "zone-missing").len(), 1);
    assert_eq!(found(LABELS, "timeline-order"), [(14, "the row stands after a later one".into())]);
    assert_eq!(found(LABELS, "row-without-source"), [(11, "4 of 5 timeline rows name no source".into())]);
    assert_eq!(found(&LABELS.replace("- **Context**", "- **Context (times in UTC)**"), "zone-missing"), []);
}

#[test]
fn one_event_with_two_times_and_a_change_the_wrong_way_round_are_found() {
    let twice = found(LABELS, "figures-disagree");
    assert_eq!(twice.len(), 1, "{twice:?}");
    assert!(
        twice[0].0 == 12 && twice[0].1.contains("declared is given as 8:12 here and as 8:09 at line 3"),
        "{twice:?}"
    );
    assert_eq!(found(LABELS, "direction-contradicts")[0].0, 14);
    assert_eq!(found(LABELS, "locale-time")[0].0, 13);
}

const HEADINGS: &str = "\
Timeline

All times in CEST (UTC+2)

### 2024-05-07 ca. 18:30

Logins fail.

### 22:48

Reported in the chat.

### 2024-05-08 08:00

The queue is emptied by hand.

### 10:00

The worker stopped reading at 18:30, its log says:

```
2024-05-06 18:32:27 CEST
TimeoutError: no answer in 300 seconds
```
";

#[test]
fn headings_that_are_times_are_rows_in_order_of_their_days() {
    assert_eq!(found(HEADINGS, "timeline-order"), []);
    assert_eq!(found(HEADINGS, "zone-missing"), []);
    // what stands below a heading may name the source; quoted lines are one
    assert_eq!(found(HEADINGS, "row-without-source"), [(5, "2 of 4 timeline rows name no source".into())]);
    let swapped = HEADINGS.replace("### 22:48", "### 17:10");
    assert_eq!(found(&swapped, "timeline-order").len(), 1);
}

#[test]
fn quoted_lines_of_a_day_before_the_timeline_are_found() {
    let early = found(HEADINGS, "quoted-before-the-timeline");
    assert_eq!(early.len(), 1, "{early:?}");
    assert!(early[0].0 == 22 && early[0].1.contains("2024-05-06, and 2024-05-07"), "{early:?}");
    assert_eq!(found(&HEADINGS.replace("2024-05-06", "2024-05-07"), "quoted-before-the-timeline"), []);
}

#[test]
fn an_issue_number_or_a_date_is_no_zone() {
    let page = |last: &str| format!("## Timeline\n\n- 2024-05-07 08:02 a [L1]\n- 2024-05-07 08:05 b [L2]\n- {last}\n");
    for no in ["2024-05-07 08:09 INC-1234 [L3]", "2024-05-07 08:09 CVE-2024 read [L3]"] {
        assert_eq!(found(&page(no), "zone-missing").len(), 1, "{no}");
    }
    for yes in ["2024-05-07T08:09:00+02:00 c [L3]", "2024-05-07 08:09 CET c [L3]", "2024-05-07 08:09:11 +0200 c [L3]"] {
        assert_eq!(found(&page(yes), "zone-missing"), [], "{yes}");
    }
}

#[test]
fn a_page_with_two_times_in_passing_has_no_timeline() {
    let page = "## Summary\n\n- 08:02 the alarm\n- 07:30 the change\n";
    assert_eq!(found(page, "zone-missing"), []);
    assert_eq!(found(page, "timeline-order"), []);
}
