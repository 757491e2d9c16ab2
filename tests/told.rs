//! Tests: what people wrote of an incident, and what a report may say of it.

use hotwash::domain::report::Conclusion;

use crate::texts::report;

const LOGIN: &str = "\
## Login of the shop broken for a tenth of the users

All times in CET, 5 June 2024.

- 14:00 flag `new-login-form` turned on for 12 % of users
- 14:03 success of logins falls to 87 %
- 14:20 alert on failed logins fires
- 14:29 flag off
";

#[test]
fn a_heading_with_login_in_it_opens_no_log_and_the_rows_below_have_their_day() {
    let r = report(LOGIN);
    assert_eq!(r.hypotheses[0].subject, "new-login-form");
    assert_eq!(r.first_cause.as_ref().unwrap().at.to_string(), "2024-06-05T13:00:00Z");
}

#[test]
fn times_that_are_read_in_a_stated_zone_are_not_said_to_be_shown_as_written() {
    let notices = report(LOGIN).notices;
    let told: Vec<&str> = notices.iter().map(|n| n.what.as_str()).filter(|w| w.contains("zone")).collect();
    assert!(told.iter().any(|w| w.contains("the one that the text states")), "{told:?}");
    assert!(!told.iter().any(|w| w.contains("as written")), "{told:?}");
}

#[test]
fn the_whys_tell_of_the_change_that_brought_it() {
    let r = report(
        "Date: 2024-02-03\n\n- 10:00 UTC Upgrade of the Kong gateway rolled out\n- 10:04 UTC partners report failing calls\n",
    );
    let answers: Vec<&str> = r.whys.iter().map(|w| w.answer.text.as_str()).collect();
    assert!(answers.iter().any(|a| a.contains("Upgrade of the Kong gateway rolled out")), "{answers:?}");
    assert!(!answers.iter().any(|a| a.contains("no line states the mechanism")), "{answers:?}");
}

#[test]
fn a_change_that_lists_several_things_is_told_whole() {
    let r = report(
        "[deploy] 2024-02-03T10:00:00Z cart-api: v2.1.0 enables the new pool; raises the timeout to 9 s\n\
         2024-02-03T10:02:00Z ERROR cart-api could not get a connection from the pool within 9 s, all in use\n\
         2024-02-03T10:02:09Z ERROR cart-api could not get a connection from the pool within 9 s, all in use\n",
    );
    let all = serde_json::to_string(&r).unwrap();
    assert!(all.contains("enables the new pool; raises the timeout"), "{all}");
}

#[test]
fn the_name_of_an_alerts_rule_is_no_subject() {
    let r = report(
        "{\"alerts\":[{\"labels\":{\"alertname\":\"CheckoutErrorBudget\",\"name\":\"CheckoutErrorBudget\"},\
         \"startsAt\":\"2024-02-03T10:05:00Z\"}]}\n\n\
         2024-02-03T10:02:00Z ERROR no space left on device\n2024-02-03T10:02:09Z ERROR no space left on device\n",
    );
    assert!(r.hypotheses.iter().all(|h| h.subject != "CheckoutErrorBudget"), "{:?}", r.hypotheses);
}

#[test]
fn requests_that_were_all_answered_are_a_sign_of_health_and_one_that_was_not_is_none() {
    let line = |i: usize, status: u16| {
        format!("2025-09-09T09:{:02}:{:02}Z INFO rates GET /r/{i} {status} 4ms\n", i / 60, i % 60)
    };
    let well: String = (0..60).map(|i| line(i, 200)).collect();
    assert_eq!(report(&well).outcome, Conclusion::NoIncident);
    let ill: String = (0..60).map(|i| line(i, if i % 4 == 0 { 500 } else { 200 })).collect();
    assert_ne!(report(&ill).outcome, Conclusion::NoIncident);
}

#[test]
fn what_did_not_last_is_not_told_as_what_helped() {
    let rows = |end: &str| {
        format!(
            "- 10:02 alert: 5xx on shop-web\n- 10:04 orders fail\n- 10:20 flag new-cart turned off\n- 10:25 {end}\n"
        )
    };
    let told = |text: &str| serde_json::to_string(&report(text)).unwrap().contains("What helped");
    for end in ["errors came back", "not resolved yet, errors continue"] {
        assert!(!told(&rows(end)), "{end}");
    }
}

#[test]
fn an_exonerated_thing_is_no_hypothesis() {
    let r = report(
        "- 10:02 alert: 5xx on api-gw\n- 10:05 users report errors\n- 10:40 resolved\n\nTurned out the certificate of the api-gw was fine.\n",
    );
    assert!(r.hypotheses.iter().all(|h| !h.playbook.starts_with("certificate")), "{:?}", r.hypotheses);
}

const BOOKING: &str = "\
All times in UTC.

| Time | Event |
| :--- | --- |
| 2024-08-26 08:22 | Load balancers were updated to route requests to the new Hearth proxy. |
| 2024-08-26 09:26 | Developer reports high count of redirects, in particular the Gate service. |
| 2024-08-26 09:32 | We are informed that the ticket booking system is down. |
| 2024-08-26 09:49 | Service restored for the first region. |
| 2024-08-26 11:10 | Incident resolved. |
";

#[test]
fn what_people_note_is_the_impact_where_nobody_gives_one_and_the_end_is_told() {
    let r = report(BOOKING);
    let impact: Vec<&str> = r.customer_impact.iter().map(|c| c.text.as_str()).collect();
    assert!(impact.contains(&"Noted of it: “We are informed that the ticket booking system is down”"), "{impact:?}");
    assert!(impact.iter().any(|t| t.starts_with("From the first sign to the last note of recovery")), "{impact:?}");
    assert!(r.summary.text.contains("Noted as over: “Incident resolved”."), "{}", r.summary.text);
    assert!(r.services.iter().any(|s| s.name == "ticket booking system"), "{:?}", r.services);
    let again = format!("{BOOKING}| 2024-08-26 11:30 | Orders fail in the second region. |\n");
    assert!(!report(&again).summary.text.contains("Noted as over"));
}

#[test]
fn a_change_that_somebody_supposes_is_told_as_supposed() {
    let r = report(
        "- 2024-02-03 10:14: CPU-Critical alert of desk-web\n- 2024-02-03 10:20: desk-web CPU 100% sustained\n- 2024-02-03 10:37: The desk team rolls back a cache change that appears to have caused the spike\n",
    );
    let trigger = r.trigger.unwrap();
    assert!(trigger.what.text.starts_with("Supposed, as one who was there puts it"), "{}", trigger.what.text);
    assert!(trigger.confidence <= 0.5);
}

#[test]
fn a_sentence_is_quoted_before_the_name_of_the_rule_that_says_as_much() {
    let r = report(
        "Alert payload:\n{\n \"name\": \"CPUThrottlingHigh\",\n \"description\": \"94% throttling of CPU in namespace desk for container web in pod desk-web.\",\n \"labels\": {\"pod\": \"desk-web\", \"namespace\": \"desk\"}\n}\n",
    );
    assert!(r.hypotheses[0].statement.contains("94% throttling of CPU"), "{}", r.hypotheses[0].statement);
}
