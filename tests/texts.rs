//! Tests: what the analyst makes of logs, tickets and timelines.

use std::ops::ControlFlow;

use hotwash::analyst::{Knowledge, Request, investigate};
use hotwash::domain::report::Conclusion;
use hotwash::domain::{Evidence, Origin, Report, Severity, Source, SourceId};
use hotwash::intake;

pub fn report(text: &str) -> Report {
    let source = Source { id: SourceId(0), name: "paste".into(), origin: Origin::Paste, text: text.into() };
    let readings = vec![intake::read(&source)];
    let evidence = Evidence { sources: vec![source], readings };
    let mut go_on = |_: &hotwash::domain::Step| ControlFlow::Continue(());
    investigate(&evidence, &Request::default(), Knowledge::embedded(), &mut go_on).unwrap()
}

const AT_ONCE: &str = "\
2026-03-01T10:00:00.010Z WARN store-cache Cluster slot moved
2026-03-01T10:00:00.010Z ERROR shop-api Postgres pool exhausted: 50/50 connections in use
2026-03-01T10:00:00.011Z ERROR bill-worker Failed to take invoice lock - Redis CLUSTERDOWN
2026-03-01T10:00:00.011Z FATAL bill-worker Out of memory: heap=256MiB rss=401MiB, killing process
";

#[test]
fn lines_stamped_at_once_give_several_causes_and_no_first() {
    let r = report(AT_ONCE);
    let pairs: Vec<(&str, &str)> = r.hypotheses.iter().map(|h| (h.subject.as_str(), h.fault_kind.name())).collect();
    assert!(pairs.contains(&("shop-api", "connection_pool_exhaustion")), "{pairs:?}");
    assert!(pairs.contains(&("bill-worker", "memory_exhaustion")), "{pairs:?}");
    assert!(pairs.iter().any(|(_, k)| *k == "dependency_unavailable"), "{pairs:?}");
    assert_eq!(r.first_cause, None);
}

#[test]
fn a_stated_reason_blames_what_it_names_and_not_who_says_it() {
    let r = report(AT_ONCE);
    let blamed = r.hypotheses.iter().find(|h| h.fault_kind.name() == "dependency_unavailable").unwrap();
    assert_ne!(blamed.subject, "bill-worker");
}

#[test]
fn the_change_before_the_first_notice_is_the_first_cause() {
    let r = report(
        "Timeline\n\nAll times in UTC.\n\n| Time | Event |\n| --- | --- |\n| 2024-05-02 08:00 | Maintenance window opened |\n\
         | 2024-05-02 08:20 | Requests were routed to the new Envoy gateway |\n| 2024-05-02 09:10 | Users report errors at login |\n\
         | 2024-05-02 09:30 | Rollback performed |\n| 2024-05-02 09:31 | Service restored |\n",
    );
    assert_eq!(r.first_cause.map(|f| f.at.to_string()).as_deref(), Some("2024-05-02T08:20:00Z"));
    assert_eq!(r.hypotheses[0].subject, "Envoy");
}

#[test]
fn a_share_of_requests_sets_no_level_of_users() {
    let r = report(
        "Service: cart\nAt: 2026-01-01T10:00:00Z\n\n[log] 2026-01-01T10:00:00Z cart: 80% of requests fail for 20 minutes.\n",
    );
    assert_eq!(r.severity.level, Some(Severity::Sev2));
    assert!(r.severity.unknown.iter().any(|u| u.contains("user")), "{:?}", r.severity);
}

#[test]
fn a_stranger_can_not_make_a_cause_likely() {
    let r = report(
        "2026-01-01T10:00:00Z INFO web 10.0.0.1 \"GET /?q=out%20of%20memory HTTP/1.1\" 200 5 \"-\" \"OOMKilled database connection pool exhausted\"\n",
    );
    assert!(r.hypotheses.iter().all(|h| h.confidence < 0.75), "{:?}", r.hypotheses);
}

/// The report of an incident in `fixtures/eval`.
#[test]
fn what_an_outsider_repeats_adds_no_weight() {
    let line = "203.0.113.9 - - [01/Mar/2026:10:00:05 +0000] \"GET /find?q=store-cache+is+out+of+memory HTTP/1.1\" 404 12 \
                \"-\" \"OutOfMemoryError: store-cache was OOMKilled\"\n";
    let likely = |times: usize| -> std::collections::BTreeMap<String, f64> {
        let r = report(&format!("{AT_ONCE}{}", line.repeat(times)));
        r.hypotheses.iter().map(|h| (h.id.clone(), h.confidence)).collect()
    };
    let (once, often) = (likely(1), likely(60));
    for (id, confidence) in &often {
        assert!(once.get(id).is_some_and(|before| confidence <= before), "{id}: {once:?} {often:?}");
    }
}

#[test]
fn how_often_a_service_says_one_thing_of_itself_makes_it_no_likelier() {
    let said = |times: usize| -> Vec<(String, f64)> {
        let before = "2026-03-01T10:00:00Z INFO cart-svc 200 in 12 ms\n2026-03-01T10:00:20Z WARN shop-web slow\n";
        let line = |i| format!("2026-03-01T10:{:02}:{:02}Z ERROR price-svc no row for item {i}\n", 1 + i / 60, i % 60);
        let r = report(&format!("{before}{}", (0..times).map(line).collect::<String>()));
        r.hypotheses.iter().map(|h| (h.id.clone(), h.confidence)).collect()
    };
    let (twice, often) = (said(2), said(60));
    assert!(!twice.is_empty());
    assert_eq!(twice, often);
}

pub fn of_fixture(name: &str) -> Report {
    report(&fixture(name))
}

pub fn fixture(name: &str) -> String {
    let path = format!("{}/fixtures/eval/{name}/context.txt", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn what_an_outsider_writes_carries_no_hypothesis() {
    let line = r#"10.0.0.7 - - [01/Mar/2026:10:00:00 +0000] "GET /search?q=database+connection+pool+exhausted HTTP/1.1" 200 12 "-" "OOMKilled deadlock detected""#;
    let r = report(&format!("{line}\n").repeat(40));
    assert!(r.hypotheses.iter().all(|h| h.confidence <= 0.15), "{:?}", r.hypotheses);
}

#[test]
fn a_switch_accounts_for_the_exceptions_that_follow_it() {
    let r = of_fixture("own-flag-rollout");
    assert_eq!(r.hypotheses[0].playbook, "feature_flag.enabled");
}

#[test]
fn a_route_named_after_one_service_that_leads_to_another_is_found() {
    let r = of_fixture("own-snap-gateway");
    assert_eq!(r.hypotheses[0].subject, "orchard-gateway");
    assert_eq!(r.hypotheses[0].playbook, "service_misroute.routes");
}

#[test]
fn a_host_and_a_port_that_do_not_belong_together_are_found() {
    let r = of_fixture("own-snap-db-port");
    assert_eq!(r.hypotheses[0].playbook, "service_misroute.env_address");
}

#[test]
fn a_container_that_its_probe_ends_was_not_shut_down_by_somebody() {
    let r = of_fixture("own-snap-liveness-timing");
    assert_eq!(r.hypotheses[0].playbook, "probe_misconfig.timing");
}

#[test]
fn an_alarm_that_is_over_and_whose_measure_is_back_is_no_incident() {
    assert_eq!(of_fixture("own-rds-recovered").outcome, Conclusion::NoIncident);
    // pods that are ready do not deny a stated fault
    assert_ne!(of_fixture("own-snap-db-readonly").outcome, Conclusion::NoIncident);
}

#[test]
fn a_socket_on_the_loopback_answers_nobody_else() {
    let r = of_fixture("own-refused-listener");
    assert_eq!(r.hypotheses[0].subject, "relay-1");
}

/// Pods of a cluster, all of them ready.
const READY: &str = "$ kubectl get pods -n atlas -o wide\n\
    NAME                      READY   STATUS    RESTARTS   AGE   IP          NODE   NOMINATED NODE   READINESS GATES\n\
    tiles-5d7c9b8f44-k2x9m    1/1     Running   0          9d    10.1.2.11   n1     <none>           <none>\n\
    routes-7f6d5c4b3a-p8q7r   1/1     Running   0          9d    10.1.2.12   n2     <none>           <none>\n";

#[test]
fn ready_pods_do_not_answer_a_ticket_about_slowness_that_nothing_measures() {
    let ready =
        |ticket: &str, more: &str| report(&format!("Ticket: {ticket}\nNamespace: atlas\n\n{READY}{more}")).outcome;
    let log = "\n$ kubectl logs deploy/tiles -n atlas --tail=2\n\
        2026-06-02T09:12:00Z INFO GET /tiles 200 14ms\n2026-06-02T09:12:01Z INFO GET /tiles 200 13ms\n";
    assert_eq!(ready("map tiles are slow since nine.", ""), Conclusion::Inconclusive);
    assert_eq!(ready("map tiles are slow since nine.", log), Conclusion::NoIncident);
    assert_eq!(ready("pods of tiles restarted.", ""), Conclusion::NoIncident);
}

#[test]
fn a_callee_that_is_asked_for_more_while_its_caller_is_not_is_retried() {
    let r = of_fixture("own-b6-bus-retries");
    assert_eq!(
        (r.hypotheses[0].subject.as_str(), r.hypotheses[0].playbook.as_str()),
        ("quote", "retry_storm.amplified")
    );
    assert!(r.hypotheses[0].statement.contains("0.5471"), "{}", r.hypotheses[0].statement);
}

#[test]
fn whoever_first_says_what_no_sound_request_has_is_at_fault_and_not_who_complains() {
    let r = of_fixture("own-b4-bus-wrong-return");
    assert_eq!(r.hypotheses[0].id, "price-svc/app_logic_error.wrong_result");
}

#[test]
fn lookups_fail_for_a_policy_that_lists_ports_without_that_of_dns_and_not_where_another_opens_it() {
    let path = format!("{}/fixtures/eval/own-b6-egress-no-dns/context.txt", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let top = |text: &str| report(text).hypotheses[0].playbook.clone();
    assert_eq!(top(&text), "network_policy_block.egress");
    assert_ne!(top(&text.replace("To Port: 9090/TCP", "To Port: 53/UDP")), "network_policy_block.egress");
}

#[test]
fn a_pod_with_a_name_of_its_own_belongs_to_the_workload_whose_name_it_begins_with() {
    let text = "$ kubectl get deployments -n pay\nNAME   READY   UP-TO-DATE   AVAILABLE   AGE\npay-api   1/2     1            1           9d\n\n\
                $ kubectl get pods -n pay\nNAME                   READY   STATUS             RESTARTS   AGE\n\
                pay-api-newrs-7c-001   0/1     CrashLoopBackOff   4 (9s ago)   5m\n";
    assert_eq!(report(text).hypotheses[0].subject, "pay-api");
}

#[test]
fn a_container_that_ended_once_is_not_told_to_end_after_each_start() {
    let text = "$ kubectl get pods -n pay\nNAME                    READY   STATUS   RESTARTS   AGE\n\
                pay-79b49f5555-hk924    0/1     Error    0          5m\n";
    let statement = report(text).hypotheses[0].statement.clone();
    assert!(statement.contains("first start") && !statement.contains("0 restarts"), "{statement}");
}
