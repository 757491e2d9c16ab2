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

#[test]
fn whoever_carries_no_label_that_a_policy_asks_for_is_shut_out() {
    let text = super::texts::fixture("own-b10-netpol-ingress");
    let r = super::texts::report(&text);
    assert_eq!(r.hypotheses[0].playbook, "network_policy_block.ingress");
    assert!(r.hypotheses[0].statement.contains("data-access=granted"), "{}", r.hypotheses[0].statement);
    let labelled = text.replace("app: tariff", "data-access: granted\n        app: tariff");
    assert_ne!(first(&labelled).1, "network_policy_block.ingress");
}

#[test]
fn what_a_node_lacks_is_the_nodes_and_not_that_of_the_pods_it_puts_out() {
    let (subject, playbook, _) = first(&super::texts::fixture("own-b10-disk-pressure"));
    assert_eq!((subject.as_str(), playbook.as_str()), ("node-b", "disk_full.node_pressure"));
}

#[test]
fn pods_that_others_pushed_aside_have_no_room_because_of_them() {
    let (subject, playbook, _) = first(&super::texts::fixture("own-b10-preemption"));
    assert_eq!((subject.as_str(), playbook.as_str()), ("dispatch", "unschedulable.preempted"));
}

#[test]
fn a_container_that_its_probe_ended_long_ago_and_that_is_not_up_since_is_still_its_victim() {
    let (subject, playbook, _) = first(&super::texts::fixture("own-b10-liveness-too-strict"));
    assert_eq!((subject.as_str(), playbook.as_str()), ("billing-core", "probe_misconfig.timing"));
}

#[test]
fn what_the_kernel_of_a_host_says_is_about_that_host_whatever_the_prompt_looks_like() {
    let text = super::texts::fixture("own-b10-conntrack-full");
    for prompt in ["kai@laptop % ", "$ ", "[kai@laptop ~]$ ", "kai@laptop:~$ ", "PS C:\\Users> "] {
        let (subject, playbook, _) = first(&text.replace("kai@laptop % ", prompt));
        assert_eq!((subject.as_str(), playbook.as_str()), ("node-c", "kernel_limit.conntrack"), "{prompt}");
    }
}

#[test]
fn what_only_a_server_answers_is_of_the_server_and_not_of_the_client_that_logs_it() {
    let (subject, playbook, _) = first(&super::texts::fixture("own-b10-redis-maxmemory"));
    assert_eq!((subject.as_str(), playbook.as_str()), ("basket-store", "cache_misconfig.eviction"));
}

#[test]
fn a_service_that_only_a_listing_shows_leads_where_its_endpoints_do_and_a_default_class_exists() {
    let text = super::texts::fixture("own-b14-sysctl");
    let r = super::texts::report(&text);
    assert_eq!(
        (r.hypotheses[0].subject.as_str(), r.hypotheses[0].playbook.as_str()),
        ("gatekeeper-lb", "config_error.sysctl")
    );
    assert!(r.hypotheses.iter().all(|h| h.playbook != "service_misroute.target_port"), "{:?}", r.hypotheses);
    let (subject, playbook, _) = first(&super::texts::fixture("own-b14-attach-limit"));
    assert_eq!((subject.as_str(), playbook.as_str()), ("quote-index", "capacity_limit.volume_attachments"));
}

#[test]
fn what_refuses_says_why() {
    for (case, subject, playbook) in [
        ("own-b14-runtime-class", "exec-runner", "missing_config.runtime_class"),
        ("own-b14-hpa-without-request", "tariff-api", "missing_config.resource_request"),
        ("own-b14-namespace-finalizers", "perf-lab-eu", "expired_or_deleted_resource.finalizers"),
        ("own-b14-etcd-quota", "etcd", "capacity_limit.store_quota"),
    ] {
        let (who, found, _) = first(&super::texts::fixture(case));
        assert_eq!((who.as_str(), found.as_str()), (subject, playbook), "{case}");
    }
}

#[test]
fn commands_are_of_the_host_that_somebody_went_to() {
    let (subject, playbook, _) = first(&super::texts::fixture("own-b14-conntrack-node"));
    assert!(subject.starts_with("ip-10-41-7-19"), "{subject}");
    assert_eq!(playbook, "kernel_limit.conntrack");
}

const UNPLACED: &str = "$ kubectl get pods -n reading -o wide\n\
NAME                         READY   STATUS    RESTARTS   AGE   IP       NODE     NOMINATED NODE   READINESS GATES\n\
loan-desk-6b8fdd6f5d-2c4kz   0/1     Pending   0          9m    <none>   <none>   <none>           <none>\n\n\
$ kubectl get nodes\nNAME    STATUS   ROLES    AGE   VERSION\nkn-01   Ready    <none>   9d    v1.31.2\n\n\
$ kubectl describe pod loan-desk-6b8fdd6f5d-2c4kz -n reading\n\
Name:             loan-desk-6b8fdd6f5d-2c4kz\nNamespace:        reading\nNode-Selectors:   shelf=oak\nEvents:\n\
\x20 Type     Reason            Age   From               Message\n\
\x20 ----     ------            ----  ----               -------\n\
\x20 Warning  FailedScheduling  9m    default-scheduler  0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.\n\n\
$ kubectl describe node kn-01\nName:               kn-01\nRoles:              <none>\n\
Labels:             kubernetes.io/hostname=kn-01\n                    shelf=oak\nTaints:             <none>\nUnschedulable:      false\n";

#[test]
fn a_label_that_a_node_carries_by_now_is_told_beside_the_scheduler_s_word() {
    let r = super::texts::report(UNPLACED);
    let told = &r.hypotheses[0].statement;
    assert!(told.contains("the label shelf=oak that its node selector asks for was on no node"), "{told}");
    assert!(told.ends_with("as listed, kn-01 carries it."), "{told}");
    // an undo needs a version to go back to
    let undo = r.mitigation.iter().find(|m| m.command.as_deref().is_some_and(|c| c.contains("rollout undo"))).unwrap();
    let note =
        "only where `kubectl rollout history deployment/loan-desk -n reading` lists a version before the present one";
    assert_eq!(undo.notes, [note]);
}

#[test]
fn a_unit_that_ended_well_was_stopped_and_nobody_is_said_to_have_done_it() {
    let status = |ended: &str| {
        format!(
            "[root@kn-00 ~]# systemctl status kube-scheduler\n\
             ○ kube-scheduler.service - Kubernetes Scheduler\n\
             \x20    Active: inactive (dead) since Tue 2025-12-02 21:41:15 UTC; 1min 51s ago\n\
             \x20  Main PID: 14163 ({ended})\n"
        )
    };
    let trigger = |ended: &str| super::texts::report(&status(ended)).trigger.map(|t| t.what.text);
    let said = "kube-scheduler was stopped in an orderly way (status=0/SUCCESS); by whom, nothing shown says";
    assert_eq!(trigger("code=exited, status=0/SUCCESS").as_deref(), Some(said));
    assert_eq!(trigger("code=exited, status=1/FAILURE"), None);
}

#[test]
fn cpu_that_rose_to_next_to_nothing_is_no_symptom() {
    use hotwash::domain::report::RowKind;
    let monitor = |now: &str| {
        format!(
            "$ kubectl get pods -n reading\nNAME                         READY   STATUS    RESTARTS   AGE\n\
             opac-7b9cf87d4c-m2v9q        1/1     Running   0          8d\n\n\
             {{\n  \"anomalies\": [\n    {{\n      \"type\": \"Service\",\n      \"name\": \"opac\",\n\
             \x20     \"time_range\": \"2026-01-17 20:18:09 ~ 2026-01-17 20:20:04\",\n      \"evidence\": [\n\
             \x20       \"RESOURCE_SATURATION [cpu core] | Normal=0.01 cores -> Current={now} cores (+68.0%)\"\n\
             \x20     ]\n    }}\n  ]\n}}\n"
        )
    };
    let told = |now: &str| {
        let r = super::texts::report(&monitor(now));
        r.timeline.iter().any(|row| row.kind == RowKind::Symptom)
    };
    assert!(!told("0.02"));
    assert!(told("0.80"));
}

#[test]
fn a_list_of_kinds_without_a_namespace_needs_none() {
    let notes = |text: &str| hotwash::command::preflight(text, None, &hotwash::command::Context::default());
    assert!(notes("kubectl get pv,storageclass").is_empty());
    assert!(!notes("kubectl get pv,pvc").is_empty(), "a claim has one");
}
