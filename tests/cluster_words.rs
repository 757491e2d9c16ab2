//! Who is meant in a cluster's snapshot: by its names, its addresses, what its programs say of where
//! they listen, and, where nothing says why, by a pod's status alone.

fn first(text: &str) -> (String, String, f64) {
    let r = super::texts::report(text);
    r.hypotheses.first().map(|h| (h.subject.clone(), h.playbook.clone(), h.confidence)).unwrap_or_default()
}

const PODS: &str = "Ticket: Loans cannot be booked since the 09:40 release.\n\n$ kubectl get pods -n reading -o wide\n\
NAME                         READY   STATUS             RESTARTS   AGE   IP           NODE\n\
loan-desk-6b8fdd6f5d-2c4kz   STATE\n\
opac-7b9cf87d4c-m2v9q        1/1     Running            0          8d    10.41.2.7    kn-02\n\n";

#[test]
fn a_status_names_who_is_in_trouble_where_nothing_says_why_and_is_never_sure() {
    for (state, playbook) in [
        ("0/1     ImagePullBackOff   0          9m    10.41.1.9    kn-01", "image_pull.failed"),
        ("0/1     Pending            0          9m    <none>       <none>", "unschedulable.other"),
        ("0/1     Running            0          9m    10.41.1.9    kn-01", "app_exception.unhealthy"),
    ] {
        let (subject, found, confidence) = first(&PODS.replace("STATE", state));
        assert_eq!((subject.as_str(), found.as_str()), ("loan-desk", playbook));
        assert!(confidence <= 0.6, "{playbook}: {confidence}");
    }
}

#[test]
fn a_word_of_a_complaint_that_no_object_bears_is_nobody() {
    let r =
        super::texts::report(&PODS.replace("STATE", "1/1     Running            0          9m    10.41.1.9    kn-01"));
    assert!(r.hypotheses.iter().all(|h| h.subject != "Loans"), "{:?}", r.hypotheses);
}

#[test]
fn what_a_program_binds_to_the_loopback_refuses_its_callers_and_they_are_not_at_fault() {
    let (subject, playbook, _) = first(&super::texts::fixture("own-b8-loopback"));
    assert_eq!((subject.as_str(), playbook.as_str()), ("loan-desk", "connection_refused.nothing_listens"));
}

#[test]
fn what_a_later_run_of_the_same_schedule_made_good_is_over() {
    use hotwash::domain::report::Conclusion;
    assert_eq!(super::texts::of_fixture("own-b8-calm-cron-next-ran").outcome, Conclusion::NoIncident);
}

#[test]
fn one_pod_that_takes_most_of_a_full_node_is_why_and_readiness_does_not_deny_it() {
    let (subject, playbook, _) = first(&super::texts::fixture("own-b8-noisy-batch"));
    assert_eq!((subject.as_str(), playbook.as_str()), ("ocr-sweep-29311", "cpu_saturation.busy"));
}
