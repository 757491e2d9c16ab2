//! Tests: whose fault it is. A word that looks like a name is none, and what a line states of another is
//! not said of its speaker.

use hotwash::domain::report::Conclusion;

use crate::texts::report;

fn first(text: &str) -> (String, String) {
    let r = report(text);
    let h = &r.hypotheses[0];
    (h.subject.clone(), h.playbook.clone())
}

#[test]
fn a_message_of_the_kernel_is_about_the_host_it_was_read_on() {
    let text = "\
Question from on-call: Sporadic connection time-outs from jobs on batch-7, others fine.

$ ssh batch-7 dmesg -T | tail
[Mon Mar  3 08:01:10 2025] nf_conntrack: nf_conntrack: table full, dropping packet
[Mon Mar  3 08:01:19 2025] nf_conntrack: nf_conntrack: table full, dropping packet
";
    assert_eq!(first(text), ("batch-7".into(), "kernel_limit.conntrack".into()));
}

#[test]
fn who_is_on_duty_is_not_who_does_not_answer() {
    let r = report("Question from on-call: Requests from on-call laptops to the wiki timed out, why?\n");
    assert!(r.hypotheses.iter().all(|h| h.subject != "on-call"), "{:?}", r.hypotheses);
}

const SHARED: &str = "\
$ kubectl get svc tours -n trips -o yaml
apiVersion: v1
kind: Service
metadata:
  name: tours
  namespace: trips
spec:
  ports:
  - port: 80
    targetPort: 8080
  selector:
    team: tours

$ kubectl get pods -n trips -o wide --show-labels
NAME                            READY   STATUS    RESTARTS   AGE   IP          NODE   LABELS
tours-6bd7c9f9c4-7kq2p          1/1     Running   0          9d    10.1.4.20   n4     app=tours,team=tours
OTHER-5c8d4d8f7-zm6rb     1/1     Running   0          12m   10.1.9.112  n9     app=OTHER,team=tours

$ kubectl logs OTHER-5c8d4d8f7-zm6rb -n trips --tail=4
2025-09-11T15:51:02Z info  sent 40 reminders
2025-09-11T15:51:03Z warn  GET /tours/17 404
2025-09-11T15:51:04Z warn  GET /tours/9 404
";

#[test]
fn pods_of_another_workload_behind_a_service_are_told_and_those_of_a_canary_are_not() {
    assert_eq!(first(&SHARED.replace("OTHER", "tours-mailer")), ("tours".into(), "service_misroute.selector".into()));
    let r = report(&SHARED.replace("OTHER", "tours-canary"));
    assert!(r.hypotheses.iter().all(|h| h.playbook != "service_misroute.selector"), "{:?}", r.hypotheses);
}

#[test]
fn an_exception_of_ones_own_counts_more_than_what_callers_got() {
    let line =
        |at: &str, who: &str, rest: &str| format!("[pod/{who}-7d9f8c6b5d-x2k4z/{who}] 2025-02-03T10:0{at}Z {rest}\n");
    let mut text = String::new();
    for i in 0..6 {
        text += &line(&format!("0:{i}0.100000000"), "till", "10:00:00.100 INFO  c.s.Till#9 sale");
    }
    for i in 0..4 {
        let head = "ERROR o.a.c.C.[.[.[.[dispatcherServlet]#175 Servlet.service() threw exception";
        text += &line(&format!("3:{i}0.100000000"), "rates", &format!("10:03:00.100 {head}"));
        text += &line(&format!("3:{i}0.100000100"), "rates", "java.lang.ArithmeticException: / by zero");
        text += &line(&format!("3:{i}0.100000200"), "rates", "\tat shop.rates.Vat.share(Vat.java:51)");
        text += &line(
            &format!("3:{i}0.200000000"),
            "till",
            "10:03:00.200 ERROR c.s.Till#90 [call rates failed][500 : \"Internal Server Error\"]",
        );
    }
    assert_eq!(first(&text), ("rates".into(), "app_exception.unhandled".into()));
}

#[test]
fn ready_pods_do_not_deny_what_a_line_states_for_sure() {
    let text = "\
Question from on-call: Rolling out kiosk fails in the pipeline, why?

$ helm history kiosk -n stores
REVISION  STATUS    DESCRIPTION
11        deployed  Upgrade complete
12        failed    Upgrade \"kiosk\" failed: resource mapping not found for name: \"kiosk\": no matches for kind \"PodDisruptionBudget\" in version \"policy/v1beta1\"

$ kubectl get pods -n stores
NAME                     READY   STATUS    RESTARTS   AGE
kiosk-6f7b8d9c55-2xk8s   1/1     Running   0          47h
";
    let r = report(text);
    assert_eq!((r.outcome, r.hypotheses[0].subject.as_str()), (Conclusion::Incident, "kiosk"));
}

#[test]
fn what_a_command_shows_is_of_what_it_was_typed_on_and_the_clock_explains_the_change_before() {
    let text = "\
# Logins refused

All times UTC, 14 May 2024.

- 06:52 radius-2 moved to a rebuilt hypervisor.
- 08:40 Tickets arrive: logins fail for about half.
- 09:14 Somebody notices that `date` on radius-2 is over four minutes slow.
";
    let r = report(text);
    let h = &r.hypotheses[0];
    assert_eq!((h.subject.as_str(), h.playbook.as_str()), ("radius-2", "clock_skew.drift"));
    assert_eq!(r.first_cause.as_ref().unwrap().at.to_string(), "2024-05-14T06:52:00Z");
}

#[test]
fn a_timeline_that_goes_on_over_midnight_keeps_its_order() {
    let text = "\
Booking: split between the halls (times local)

23:41 An excavator cuts the duct. Telia's fibre between hall A and hall B goes dark.
23:42 A and B cannot reach each other, bookings in B fail.
00:37 Traffic withdrawn from hall B. Bookings work.
04:10 Fibre spliced.
";
    let r = report(text);
    assert_eq!(r.hypotheses[0].playbook, "network_partition.split", "{:?}", r.hypotheses[0].statement);
}

#[test]
fn a_clock_of_twelve_hours_is_read_once_and_in_its_half_of_the_day() {
    let text = "\
Review of the wrong basket, Eastern.

- 2:10 PM: rev 12 of the CDN goes live. It strips the session cookie from the cache key of /basket.
- 2:26 PM: customers report baskets of others.
- 2:49 PM: rev 11 restored.
";
    let r = report(text);
    assert_eq!(r.hypotheses[0].playbook, "cache_misconfig.shared_private");
    assert!(r.timeline.iter().all(|row| row.at.to_string().starts_with("14:")), "{:?}", r.timeline);
}

#[test]
fn who_is_denied_was_denied_by_the_change_before() {
    let text = "\
- 2024-06-10 16:45: Platform team removed unused actions from the workload roles.
- 2024-06-11 02:21: dunning-mailer tries to store. Log: `User: arn:aws:sts::1:assumed-role/dunning-mailer/s is not authorized to perform: s3:PutObject`
- 2024-06-11 05:12: customers report missing letters.
";
    let r = report(text);
    let h = &r.hypotheses[0];
    assert_eq!((h.subject.as_str(), h.playbook.as_str()), ("dunning-mailer", "permission_denied.access"));
    assert!(r.first_cause.as_ref().unwrap().at.to_string().starts_with("2024-06-10T16:45"), "{:?}", r.first_cause);
}

#[test]
fn the_audit_log_dates_what_is_missed_later() {
    let text = "\
### Alert notification
{ \"title\": \"Errors on price-fn\", \"commonLabels\": { \"service\": \"price-fn\" } }

### cloudwatch logs (/aws/lambda/price-fn)
{
  \"timestamp\": \"2026-07-21T06:01:12.644Z\",
  \"message\": \"ERROR InvalidStateException: the table was marked for deletion\"
}

### cloudtrail lookup-events
{ \"Events\": [ {
   \"EventTime\": \"2026-07-21T05:58:40Z\",
   \"EventName\": \"DeleteTable\",
   \"Username\": \"tidy-bot\",
   \"RequestParameters\": { \"tableName\": \"prices\" }
} ] }
";
    let r = report(text);
    assert_eq!(r.hypotheses[0].playbook, "expired_or_deleted_resource.gone");
    assert_eq!(r.first_cause.as_ref().unwrap().at.to_string(), "2026-07-21T05:58:40Z");
}

#[test]
fn a_monitor_of_somebody_else_that_failed_while_all_was_up_is_no_incident() {
    let text = "\
| Time | |
|---|---|
| 02:14 | Page: *\"forms DOWN from 2 of 2 probes\"*. |
| 02:30 | Both probes run from the vendor's one site. Vendor's status page: \"Paris: packet loss, investigating\". |
| 02:41 | Probes go green by themselves. |

The forms were reachable throughout. Nothing was changed on our side.
";
    assert_eq!(report(text).outcome, Conclusion::NoIncident);
}

#[test]
fn an_empty_answer_that_only_failing_requests_have_is_the_answerers_fault() {
    let mut text = String::new();
    for i in 0..12 {
        let (data, level, said) = if i < 6 { ("[17]", "INFO", "booked") } else { ("[]", "WARN", "nothing to book") };
        for (ms, who, lvl, what) in [
            (100, "till", "INFO", "request".to_owned()),
            (200, "seats", "INFO", format!("response data={data}")),
            (300, "till", level, said.to_owned()),
        ] {
            text += &format!(
                "[pod/{who}-7d9f8c6b5d-x2k4z/{who}] 2025-02-03T10:0{}:{:02}.{ms}Z {lvl} TraceID: ab{i:02}cd {what}\n",
                i / 6,
                (i % 6) * 9,
            );
        }
    }
    let (subject, playbook) = first(&text);
    assert_eq!((subject.as_str(), playbook.as_str()), ("seats", "app_logic_error.wrong_result"));
}
