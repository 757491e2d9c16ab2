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
        "20 min passed between the first cause and the first notice, which came from what watches for it."
    );
    let page = page(&r);
    assert!(page.contains("Patient zero: 13:00 UTC"), "{page}");
    assert!(page.contains("Time to detect: 20 min (`2024-06-05T13:20:00Z - 2024-06-05T13:00:00Z = 20 min`)"), "{page}");
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
    assert!(
        told.iter().any(|t| t.trim_matches(['“', '”', '.']) == "After 9 restarts: Port 8080 was already in use"),
        "{told:?}"
    );
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

#[test]
fn how_long_it_was_is_worked_out_of_the_rows_and_no_customer_is_told_so() {
    let r = report(&ZONED.replace(" after a change", ""));
    let lasted = r.customer_impact.iter().find(|c| c.text.contains("first note of recovery")).unwrap();
    assert!(lasted.text.ends_with("10 min passed."), "{}", lasted.text);
    assert_eq!(lasted.formula.as_deref(), Some("2024-06-05T13:30:00Z - 2024-06-05T13:20:00Z = 10 min"));
    assert!(!r.summary.text.contains("first note of recovery"), "{}", r.summary.text);
    let told = export::update::report(&r, export::update::Audience::Customers);
    assert!(!told.contains("first note of recovery"), "{told}");
    let set_off = report(ZONED).trigger.unwrap().what.text;
    assert!(set_off.starts_with("Most likely set off by a change"), "{set_off}");
}

#[test]
fn what_somebody_says_came_before_it_is_the_trigger() {
    let r = report(
        "- First detected 2026-10-06 08:33\n- Repaired 2026-10-06 10:41\n\n- **Impact**: Many reports were late.\n\n\
         - It began right after upgrading blue-2 to kubernetes 1.30\n\
         - 1.30 makes two more rules for each edge-controller, this took us over a hard AWS limit\n",
    );
    let trigger = r.trigger.as_ref().unwrap();
    assert!(trigger.what.text.starts_with("Stated as what came before it: “"), "{}", trigger.what.text);
    let impact: Vec<&str> = r.customer_impact.iter().map(|c| c.text.as_str()).collect();
    assert!(impact.contains(&"Stated: “Many reports were late”"), "{impact:?}");
    let commands = r.checklist.iter().filter_map(|c| c.command.as_deref());
    assert!(!commands.into_iter().any(|c| c.contains("deployment/blue-2")), "a cluster is no deployment");
}

#[test]
fn a_tag_makes_no_change_and_a_key_no_row() {
    let paste = |said: &str| {
        format!(
            "Service: ledger\nSymptoms: Ledger is slow\nAt: 2026-09-01T10:00:00.000Z\n\n\
             [metric] 2026-09-01T10:00:00.000Z ledger: Pool 90/90; idle sessions accumulate.\n\
             [deploy] 2026-09-01T10:00:00.000Z ledger: {said}\n"
        )
    };
    let r = report(&paste("Only requests routed to one host fail validation."));
    assert!(r.trigger.is_none(), "{:?}", r.trigger);
    let rows: Vec<&str> = r.timeline.iter().map(|row| row.what.text.as_str()).collect();
    assert!(rows.contains(&"Only requests routed to one host fail validation."), "{rows:?}");
    assert!(!rows.iter().any(|t| t.starts_with("At") || t.contains("[deploy]")), "{rows:?}");
    let r = report(&paste("Pool size lowered from 200 to 90."));
    let trigger = r.trigger.unwrap();
    assert_eq!(trigger.what.text, "Possibly set off by a change: Pool size lowered from 200 to 90.");
}

#[test]
fn where_nothing_is_suspected_the_list_says_what_would_give_a_lead() {
    let r = report("Service: search\nSymptoms: Search feels odd\n\nAn engineer has no comparison.\n");
    assert!(r.hypotheses.is_empty(), "{:?}", r.hypotheses);
    let first = &r.checklist.first().unwrap().what;
    assert_eq!(first, "Compare the errors, the latency and the load of search with the hour before.");
    let page = page(&r);
    assert!(page.contains("with the hour before.\n") && !page.contains("Settles ."), "{page}");
    assert!(page.contains("## Mitigation plan\n\nNone."), "{page}");
}

#[test]
fn the_bridge_hears_the_cause_in_few_words_and_the_first_step() {
    let mut r = report(ZONED);
    let long =
        "the target group attachments were removed by a run that nobody had looked at before it was applied to all";
    r.hypotheses[0].statement = format!("A change brought the fault: “{long}, and to the other group as well”.");
    let told = export::update::report(&r, export::update::Audience::Bridge);
    assert!(told.contains("A change brought the fault (confidence") && !told.contains("nobody had looked"), "{told}");
    let first = r.checklist.first().unwrap().what.trim_end_matches('.').to_owned();
    assert!(told.contains(&first), "{told}");
}
