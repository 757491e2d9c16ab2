//! Tests: whose fault it is. A word that looks like a name is none, and what a line states of another is
//! not said of its speaker.

use hotwash::domain::report::Conclusion;

use crate::texts::report;

fn first(text: &str) -> (String, String) {
    let r = report(text);
    let h = r.hypotheses.first().unwrap_or_else(|| panic!("no hypothesis: {:?}", r.outcome));
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
    let line = |at: &str, who: &str, rest: &str| format!("[pod/{who}-7d9f8c6b5d-x2k4z/{who}] 2025-02-03T10:0{at}Z {rest}\n");
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
