//! What is advised fits what is there: a pod by itself, a name that was just said, a measure that is
//! next to nothing.

use super::texts::report;

const ALONE: &str = "Ticket: seed-loader has not come up since noon.\n\n$ kubectl get pods -n reading\n\
NAME          READY   STATUS                  RESTARTS        AGE\n\
seed-loader   0/1     RunContainerError       4 (20s ago)     3m\n\n\
$ kubectl get events -n reading\n\
LAST SEEN   TYPE      REASON   OBJECT            MESSAGE\n\
20s         Warning   Failed   pod/seed-loader   Error: failed to create containerd task: exec: \"lod\": executable file not found in $PATH\n";

#[test]
fn a_pod_that_nothing_keeps_gets_no_command_of_a_deployment() {
    let r = report(ALONE);
    assert_eq!(r.hypotheses[0].playbook, "config_error.command_not_found");
    let commands = r.checklist.iter().filter_map(|c| c.command.as_deref());
    let all: Vec<&str> = commands.chain(r.mitigation.iter().filter_map(|m| m.command.as_deref())).collect();
    assert!(!all.is_empty() && all.iter().all(|c| !c.contains("deployment")), "{all:?}");
    assert!(all.iter().any(|c| c.contains("pod seed-loader -n reading")), "{all:?}");
    let steps: Vec<&str> = r.mitigation.iter().map(|m| m.action.as_str()).collect();
    assert_eq!(steps, ["Correct the manifest of the pod seed-loader, and make it anew from that."]);
}

const FULL: &str = "$ kubectl get events -n reading\n\
LAST SEEN   TYPE      REASON         OBJECT                       MESSAGE\n\
12s         Warning   FailedCreate   replicaset/opac-7b9cf87d4c   Error creating: pods \"opac-7b9cf87d4c-m2v9q\" is forbidden: exceeded quota: desk-room, requested: pods=1, used: pods=6, limited: pods=6\n";

#[test]
fn the_quota_that_the_report_names_stands_in_the_command() {
    let r = report(FULL);
    let edits: Vec<&str> = r.mitigation.iter().filter_map(|m| m.command.as_deref()).collect();
    assert!(edits.iter().any(|c| c.contains("resourcequota desk-room -n reading")), "{edits:?}");
}

fn monitored(cores: &str, node: &str) -> String {
    format!(
        "{{\n  \"anomalies\": [\n    {{\n      \"type\": \"Service\",\n      \"name\": \"opac\",\n      \"status\": \"ABNORMAL\",\n      \"evidence\": [\n        \"RESOURCE_SATURATION [cpu core] | Normal=0.01 cores -> Current={cores} cores (+140.0%)\",\n        \"LATENCY_DEGRADATION [Slow Response] | p50latency: Normal=40.00ms -> Current=90.00ms (+125.0%)\"\n      ]\n    }},\n    {{\n      \"type\": \"Node\",\n      \"name\": \"kn-02\",\n      \"status\": \"ABNORMAL\",\n      \"evidence\": [\n        \"RESOURCE_SATURATION [cpu utilization] | Normal=2.90% -> Current={node}% (+60.0%)\"\n      ]\n    }}\n  ]\n}}\n"
    )
}

#[test]
fn more_than_nothing_is_no_shortage() {
    let short = |text: &str| {
        let found = report(text).hypotheses;
        found.iter().filter(|h| h.playbook.starts_with("cpu_saturation")).map(|h| h.subject.clone()).collect::<Vec<_>>()
    };
    assert_eq!(short(&monitored("0.02", "4.90")), Vec::<String>::new());
    assert!(short(&monitored("0.02", "96.00")).contains(&"kn-02".to_owned()));
}

#[test]
fn a_mount_that_came_right_is_no_fault() {
    let event = |message: &str| {
        format!(
            "$ kubectl get events -n reading\nLAST SEEN   TYPE      REASON        OBJECT                           MESSAGE\n\
             12s         Warning   FailedMount   pod/opac-7b9cf87d4c-m2v9q        {message}\n"
        )
    };
    let found =
        |message: &str| report(&event(message)).hypotheses.iter().any(|h| h.playbook == "storage_volume.mount_failed");
    assert!(found("MountVolume.SetUp failed for volume \"token\" : mount failed: exit status 32"));
    assert!(!found("MountVolume.SetUp failed for volume \"token\" : transient error, retried successfully"));
}

fn steps(text: &str) -> Vec<String> {
    report(text).mitigation.into_iter().map(|m| m.action).collect()
}

#[test]
fn what_brought_the_shortage_is_not_advised_against_it() {
    let told = |raised: &str| {
        format!(
            "- 2024-02-03 10:14: CPU-Critical alert\n- 2024-02-03 10:21: The platform team noticed that the desk team {raised} causing the CPU critical alert of desk-web\n- 2024-02-03 11:30: Resolved\n"
        )
    };
    let raised = steps(&told("increased the pod count of desk-web"));
    assert!(raised.iter().any(|s| s.contains("back to the number")), "{raised:?}");
    assert!(!raised.iter().any(|s| s.starts_with("Add replicas")), "{raised:?}");
}

#[test]
fn a_certificate_and_what_is_new_are_not_rolled_back_to_a_version_before() {
    let put_in = "- 2024-02-03 10:00 Applied disruptive Lockwork admission controller\n- 2024-02-03 11:30 Users reporting timeout issues when deploying\n";
    let new = steps(put_in);
    assert!(new.iter().any(|s| s.starts_with("Remove Lockwork again")), "{new:?}");
    assert!(!new.iter().any(|s| s.contains("version before") && s.starts_with("Roll")), "{new:?}");
    // nothing is known of the object and its place: a form is no command
    assert!(report(put_in).checklist.iter().all(|c| !c.blanks.contains(&"namespace".to_owned())), "a form");
}

#[test]
fn the_revision_that_dropped_a_setting_is_taken_back_first_and_is_what_brought_it() {
    let r = report(
        "$ kubectl get pods -n reading\nNAME                    READY   STATUS             RESTARTS      AGE\nopac-7b9cf87d4c-m2v9q   0/1     CrashLoopBackOff   5 (10s ago)   5m\n\n\
         $ kubectl logs opac-7b9cf87d4c-m2v9q -n reading\n2026-04-18T10:30:01Z FATAL opac configuration error: required env var DESK_DSN is not set in pod spec — revision v3.2.0 removed the DESK_DSN entry\n",
    );
    assert_eq!(r.hypotheses[0].playbook, "missing_config.environment");
    assert!(r.mitigation[0].command.as_deref().is_some_and(|c| c.contains("rollout undo")), "{:?}", r.mitigation);
    let trigger = r.trigger.unwrap().what.text;
    assert_eq!(trigger, "Stated as what brought it: “revision v3.2.0 removed the DESK_DSN entry”");
}

const SWAPPED: &str = "Timeline\n\nAll times in UTC.\n\n| Time | Event |\n| --- | --- |\n\
| 2024-05-03 08:10 | Terraform applied for the edge balancers, target groups moved to the new gateway |\n\
| 2024-05-03 08:40 | Smoke tests passed |\n\
| 2024-05-03 09:05 | Support reports that ticket sales are failing |\n";

#[test]
fn what_was_done_is_told_as_done_and_not_suggested_again() {
    let told = |rows: &str| {
        let r = report(&format!("{SWAPPED}{rows}"));
        let done: Vec<String> = r.done.iter().map(|d| d.what.text.clone()).collect();
        (r.mitigation.iter().any(|s| s.action.starts_with("Revert")), done)
    };
    let (reverts, done) = told("| 2024-05-03 09:20 | War room started |\n");
    assert!(reverts && done.is_empty(), "{done:?}");
    let (reverts, done) =
        told("| 2024-05-03 09:20 | Change rolled back |\n| 2024-05-03 09:22 | Ticket sales operational again |\n");
    assert!(!reverts && done.len() == 2, "{done:?}");
    let (reverts, _) = told("| 2024-05-03 09:20 | The team planned to roll back the change |\n");
    assert!(reverts, "what is meant is not done");
}

#[test]
fn a_way_back_that_made_it_worse_is_not_advised() {
    let r = report(&format!(
        "{SWAPPED}| 2024-05-03 09:20 | Target groups switched back to the old gateway |\n\
         | 2024-05-03 09:24 | All targets are unhealthy, sales are down |\n\
         | 2024-05-03 09:40 | Attempt at adding new targets by hand |\n| 2024-05-03 09:52 | Sales operational |\n"
    ));
    assert!(!r.mitigation.iter().any(|s| s.action.starts_with("Revert")), "{:?}", r.mitigation);
    let told: Vec<&str> = r.done.iter().map(|d| d.what.text.as_str()).collect();
    assert!(told.iter().any(|t| t.contains("targets are unhealthy")), "{told:?}");
}

#[test]
fn a_test_that_passed_is_named_and_not_proposed_as_what_was_missing() {
    let r = report(SWAPPED);
    assert!(r.whys.iter().any(|w| w.answer.text.contains("was made after the change, and passed")), "{:?}", r.whys);
    assert!(!r.counterfactual.is_some_and(|c| c.text.contains("A test of what depends on it")));
}

fn watched(state: &str) -> String {
    format!(
        "### Alert notification\n{{\n \"title\": \"Pods not ready: opac\",\n \"state\": \"alerting\",\n \"commonLabels\": {{\"service\": \"opac\", \"namespace\": \"reading\"}}\n}}\n\n\
         $ kubectl get pods -n reading\nNAME                    READY   STATUS             RESTARTS   AGE\n\
         opac-7b9cf87d4c-m2v9q   0/1     CrashLoopBackOff   6          9m\nopac-7b9cf87d4c-x8k2p   1/1     Running            0          9d\n\n\
         $ kubectl describe pod opac-7b9cf87d4c-m2v9q -n reading\nName: opac-7b9cf87d4c-m2v9q\nNamespace: reading\n    Last State: Terminated\n      Reason: OOMKilled\n      Exit Code: 137\n\n\
         ### monitors\n{{\n \"monitors\": [\n  {{\"name\": \"opac error rate\", \"query\": \"sum:errors{{service:opac}}\", \"overall_state\": \"{state}\"}},\n  {{\"name\": \"opac pod restarts\", \"query\": \"sum:restarts{{service:opac}}\", \"overall_state\": \"Alert\"}}\n ]\n}}\n"
    )
}

#[test]
fn monitors_tell_whether_users_are_seen_to_be_hit() {
    let impact = |state: &str| {
        let all = report(&watched(state)).customer_impact;
        all.into_iter().map(|c| c.text).collect::<Vec<_>>().join(" | ")
    };
    let well = impact("OK");
    assert!(well.contains("users are not hit: “opac error rate” is not in alert"), "{well}");
    assert!(well.contains("Still ready of opac: opac-7b9cf87d4c-x8k2p; not ready: opac-7b9cf87d4c-m2v9q"), "{well}");
    let hit = impact("Alert");
    assert!(hit.contains("In alert, of what users meet: “opac error rate”") && !hit.contains("not hit"), "{hit}");
    assert!(!impact("No Data").contains("not hit"), "what has no data shows nothing");
    let r = report(&watched("OK"));
    assert!(r.whys.iter().any(|w| w.answer.text.contains("“opac pod restarts”")), "{:?}", r.whys);
    assert!(r.follow_ups.iter().all(|f| !f.what.contains("restarts")), "{:?}", r.follow_ups);
}

#[test]
fn what_runs_by_the_same_template_is_not_stopped_by_its_manifest() {
    let told = |second: &str| {
        report(&format!(
            "$ kubectl get pods -n reading\nNAME                    READY   STATUS    RESTARTS   AGE\n\
             opac-7b9cf87d4c-m2v9q   0/1     Pending   0          9m\n{second}\n\
             $ kubectl get events -n reading\nLAST SEEN   TYPE      REASON             OBJECT                      MESSAGE\n\
             12s         Warning   FailedScheduling   pod/opac-7b9cf87d4c-m2v9q   0/2 nodes are available: 2 Insufficient cpu.\n"
        ))
    };
    let follows = |r: &hotwash::domain::Report| r.follow_ups.iter().map(|f| f.what.clone()).collect::<String>();
    let alone = told("");
    assert!(follows(&alone).contains("each manifest of opac") && alone.systemic_cause.is_some());
    let grown = told("opac-7b9cf87d4c-x8k2p   1/1     Running   0          9d\n");
    assert!(!follows(&grown).contains("manifest") && follows(&grown).contains("Keep room on the nodes"));
    assert!(grown.systemic_cause.is_none(), "{:?}", grown.systemic_cause);
}

#[test]
fn what_people_declared_and_that_nothing_works_is_told() {
    let r = report(&format!(
        "{SWAPPED}| 2024-05-03 09:10 | Issue with no ingress traffic detected and verified |\n\
         | 2024-05-03 09:12 | Sev 1 ticket raised |\n"
    ));
    let because: Vec<&str> = r.severity.because.iter().map(|c| c.text.as_str()).collect();
    assert!(because.iter().any(|t| t.contains("“Sev 1 ticket raised”")), "{because:?}");
    let impact: Vec<&str> = r.customer_impact.iter().map(|c| c.text.as_str()).collect();
    assert!(impact.iter().any(|t| t.contains("no ingress traffic")), "{impact:?}");
}

#[test]
fn a_command_of_several_lines_is_quoted_by_all_of_them() {
    let page = |said: &str| format!("# P\n\n## Trigger\n\n{said} [quoted L2, L3]\n");
    let text = "Command:\n  /bin/sh\n  -c run --all\n";
    let found = |said: &str| {
        let source = hotwash::domain::Source {
            id: hotwash::domain::SourceId(0),
            name: "x".into(),
            origin: hotwash::domain::Origin::Paste,
            text: text.into(),
        };
        let evidence =
            hotwash::domain::Evidence { readings: vec![hotwash::intake::read(&source)], sources: vec![source] };
        let all = hotwash::analyst::grounding::prose(&page(said), &evidence);
        all.into_iter().filter(|f| f.rule == "quote-without-source").count()
    };
    assert_eq!((found("“/bin/sh -c run --all”"), found("“/bin/sh -c run --none”")), (0, 1));
}
