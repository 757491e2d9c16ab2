//! Tests: a report as it is read aloud at three in the morning. What is said must be a sentence about
//! something that runs, and no two sections may tell two stories.

use hotwash::domain::Report;
use hotwash::export;

use crate::texts::report;

fn page(r: &Report) -> String {
    export::markdown::report(r, &[])
}

const ZONED: &str = "\
## Page down after a change

All times in CET, 5 June 2024.

- 14:00 Terraform changes applied and the target group attachments removed
- 14:20 alert fires: no healthy targets
- 14:30 **resolved** by attaching the targets by hand
";

#[test]
fn a_time_is_told_in_one_zone() {
    let r = report(ZONED);
    let late = r.whys.iter().map(|w| &w.answer.text).find(|t| t.contains("passed between")).unwrap();
    assert_eq!(
        late,
        "20 min passed between the first cause and the first notice; the evidence names no alert in between."
    );
    let page = page(&r);
    assert!(page.contains("Patient zero: 13:00 UTC"), "{page}");
    assert!(page.contains("Time to detect: 20 min (`14:20 - 14:00 = 20 min`)"), "{page}");
}

#[test]
fn emphasis_and_a_hyphenated_word_are_no_part_of_a_row() {
    let rows = report(&ZONED.replace("attaching the targets", "a re-run that attached the targets")).timeline;
    let row = rows.iter().find(|r| r.what.text.contains("resolved")).unwrap();
    assert!(!row.what.text.contains('*'), "{}", row.what.text);
    assert_eq!(row.service, None, "a re-run is no service");
}

#[test]
fn the_last_why_asks_for_a_safeguard_in_words_of_the_trade() {
    let last = report(ZONED).whys.last().cloned().unwrap();
    assert_eq!(last.question, "Which safeguard should have stopped it?");
    assert!(last.answer.text.contains("it names no safeguard"), "{}", last.answer.text);
}

const CLUSTER: &str = "\
$ kubectl get pods -n shop
NAME                        READY   STATUS             RESTARTS   AGE
cart-7c5d8f9b6d-x2k4p       0/1     CrashLoopBackOff   9          20m
mail-6f4b5c7d8e-q9w8z       1/1     Running            0          9d

$ kubectl get deployments -n shop
NAME   READY   UP-TO-DATE   AVAILABLE   AGE
cart   0/1     1            0           9d
mail   1/1     1            1           9d

$ kubectl logs cart-7c5d8f9b6d-x2k4p -n shop
2026-03-17T09:00:01.123456789Z  WARN 1 --- [           main] onfigReactiveWebServerApplicationContext : HHH000342 see https://github.com/acme/x
2026-03-17T09:00:02.123456789Z ERROR 1 --- [           main] o.s.b.d.LoggingFailureAnalysisReporter   :
2026-03-17T09:00:03.123456789Z ERROR 1 --- [           main] c.a.Start : Port 8080 was already in use
";

#[test]
fn only_who_is_affected_stands_in_the_table_and_no_class_or_page_is_a_service() {
    let r = report(CLUSTER);
    for name in ["onfigReactiveWebServerApplicationContext", "HHH000342", "github.com"] {
        assert!(!r.services.iter().any(|s| s.name == name), "{name} is no service");
    }
    let page = page(&r);
    let table = page.split("## Affected services").nth(1).and_then(|t| t.split("## Timeline").next()).unwrap();
    assert!(table.contains("| cart |") && !table.contains("| mail |"), "{table}");
    assert!(table.contains("Healthy as far as the evidence shows: mail."), "{table}");
}

#[test]
fn a_row_is_what_the_line_says_and_a_line_that_is_all_head_is_none() {
    let r = report(CLUSTER);
    let told: Vec<&str> = r.timeline.iter().map(|row| row.what.text.as_str()).collect();
    assert!(told.iter().any(|t| t.trim_matches(['“', '”', '.']) == "Port 8080 was already in use"), "{told:?}");
    assert!(!told.iter().any(|t| t.contains("Reporter") || t.contains("main]")), "{told:?}");
    assert!(page(&r).contains("| 2026-03-17T09:00:03.123Z |"), "no nanoseconds in a table");
}

#[test]
fn a_hypothesis_names_the_check_that_settles_it_by_its_number() {
    let page = page(&report(CLUSTER));
    assert!(page.contains("Settled by check 1 of the checklist."), "{page}");
    assert!(!page.contains("Settled by `"), "an id is for programs: {page}");
}

#[test]
fn who_leads_is_among_the_affected_though_its_pods_are_ready() {
    let r = report(
        "$ kubectl get pods -n shop\nNAME                     READY   STATUS    RESTARTS   AGE\n\
         cart-7c5d8f9b6d-x2k4p    1/1     Running   0          9d\n\n\
         $ kubectl logs cart-7c5d8f9b6d-x2k4p -n shop\n\
         2026-03-17T09:00:03Z ERROR cart connection pool exhausted, 50/50 in use\n\
         2026-03-17T09:00:04Z ERROR cart connection pool exhausted, 50/50 in use\n",
    );
    assert_eq!(r.hypotheses[0].subject, "cart");
    assert_eq!(r.blast_radius.iter().filter(|b| b.name == "cart").count(), 1, "{:?}", r.blast_radius);
}

#[test]
fn what_is_said_of_users_is_quoted_to_its_end_and_a_growth_is_no_share() {
    let r = report(
        "Incident notes\n\n- 10:00 UTC deploy of cart v2\n- 10:05 UTC Users reporting timeouts when they pay by card\n\
         - 10:06 UTC monitor: cart-p50latency 2.45ms -> 1236.06ms (+50450.1%)\n",
    );
    let told: Vec<&str> = r.customer_impact.iter().map(|c| c.text.as_str()).collect();
    assert!(told.iter().any(|t| t.contains("Users reporting timeouts when they pay by card")), "{told:?}");
    assert!(!told.iter().any(|t| t.contains("Stated for requests")), "{told:?}");
}
