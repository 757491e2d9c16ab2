//! How many there should be: workloads at zero, autoscalers at their end, nothing created at all.

use crate::analyst::casebook::Bearing;
use crate::analyst::{Casebook, Knowledge};
use crate::domain::{Evidence, Span, SubjectKind};
use crate::intake::kube::{Cluster, Named, Workload, workload_of};

use super::kube_notes::{Draft, Notes, on_cluster};
use super::kube_view::{between, kind_of, scaled_away, workloads};
use super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "replicas",
    question: "Does every workload want, and have, the pods that it needs?",
    applies: |_, book| {
        let cluster = &book.cluster;
        !cluster.workloads.is_empty()
            || cluster.named.iter().any(is_scaler_or_schedule)
            || cluster.events.iter().any(|e| e.reason == HELD_BACK || e.message.text.contains("missing request for "))
    },
    arguments: |_, book| serde_json::json!({ "workloads": workloads(&book.cluster).count() }),
    run,
};

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    on_cluster(evidence, book, TOOL.name, read)
}

fn read(cluster: &Cluster, notes: &mut Notes<'_>) {
    for workload in workloads(cluster) {
        let live_zero = workload.desired == Some(0) && workload.kind != "daemonset";
        if live_zero {
            at_zero(cluster, workload, notes);
        } else if workload.desired.is_some_and(|d| d > 0) {
            never_created(cluster, workload, notes);
        }
    }
    autoscalers(cluster, notes);
    suspended(cluster, notes);
    held_back(cluster, notes);
}

/// What this tool reads beside workloads.
fn is_scaler_or_schedule(named: &Named) -> bool {
    matches!(named.kind.as_str(), "horizontalpodautoscaler" | "cronjob")
}

/// Schedules that are suspended: their jobs never start, and nothing fails.
fn suspended(cluster: &Cluster, notes: &mut Notes<'_>) {
    for job in cluster.named_of("cronjob") {
        let cell = |key: &str| job.details.iter().find(|d| d.key == key).map(|d| d.value.as_str());
        if !cell("SUSPEND").is_some_and(|v| v.eq_ignore_ascii_case("true")) {
            continue;
        }
        let since = cell("LAST SCHEDULE").filter(|l| l.starts_with(|c: char| c.is_ascii_digit()));
        let last = since.map_or(String::new(), |l| format!(", and its last run was {l} before the listing"));
        notes.find(Draft::stated(
            &job.name,
            "job_failure.suspended",
            2.0,
            format!("the schedule {} is suspended{last}", job.name),
            &[job.at],
            format!("its schedule is suspended{last}"),
        ));
    }
}

/// The reason of the event that says so.
const HELD_BACK: &str = "JobAlreadyActive";

/// A run that has not ended holds back every later one, where no two may run at once.
fn held_back(cluster: &Cluster, notes: &mut Notes<'_>) {
    let mut told: Vec<&str> = Vec::new();
    for event in cluster.events.iter().filter(|e| e.kind == "cronjob" && e.reason == HELD_BACK) {
        if told.contains(&event.name.as_str()) {
            continue;
        }
        told.push(&event.name);
        let job = cluster.named_of("cronjob").find(|j| j.name == event.name);
        let mut at = vec![event.at];
        at.extend(job.map(|j| j.at));
        notes.find(Draft {
            subject: &event.name,
            kind: kind_of(&event.name),
            playbook: "job_failure.still_running",
            bearing: Bearing::Stated,
            weight: 4.5,
            text: format!("the next run of {} is not started beside one that still runs", event.name),
            at: &at,
            mechanism: "an earlier run of it is still running, and its concurrency policy forbids a second one"
                .to_owned(),
        });
    }
}

fn at_zero(cluster: &Cluster, workload: &Workload, notes: &mut Notes<'_>) {
    let name = &workload.name;
    let mut at = vec![workload.at];
    at.extend(workload.replicas.as_ref().filter(|r| r.text == "0").map(|r| r.at));
    let service = cluster.service(name).filter(|s| s.endpoints.as_ref().is_some_and(Vec::is_empty));
    let tried = cluster.reaches.iter().find(|r| r.target == *name && r.failed > 0);
    at.extend(service.and_then(|s| s.endpoints_at));
    at.extend(tried.map(|r| r.at));
    // Somebody may want it so; that others need it is what makes it a fault.
    let needed = service.is_some() || tried.is_some();
    let weight = if needed { 5.5 } else { 2.0 };
    let effect = if service.is_some() { ", so its service has no endpoints" } else { "" };
    let text = format!("the {} {name} is scaled to 0 replicas{effect}", workload.kind);
    let mechanism = format!("it is scaled to 0 replicas (0/0){effect}");
    let playbook = "scaled_to_zero.workload";
    if let Some((event, _)) = scaled_away(cluster, name) {
        // who did it no event says; that it was done, this one does
        let (text, at) = (format!("an event tells of it: “{}”", event.message.text), [event.at]);
        let (kind, bearing, mechanism) = (kind_of(name), Bearing::Change, mechanism.clone());
        notes.find(Draft { subject: name, kind, playbook, bearing, weight: 0.4, text, at: &at, mechanism });
    }
    notes.find(Draft::stated(name, playbook, weight, text, &at, mechanism));
}

/// Pods are wanted, there are none, and nothing says that they were refused: nobody creates them.
fn never_created(cluster: &Cluster, workload: &Workload, notes: &mut Notes<'_>) {
    let name = &workload.name;
    if cluster.pods.is_empty() || workload.ready != Some(0) || cluster.pods_of(name).next().is_some() {
        return;
    }
    let about = |e: &crate::intake::kube::Event| crate::intake::kube::workload_of(&e.name) == name && e.warning;
    let refused = cluster.events.iter().any(about);
    if refused || (cluster.listing("event").is_none() && cluster.events.is_empty()) {
        return;
    }
    let desired = workload.desired.unwrap_or(0);
    let text = format!("{name} wants {desired} pods, has none, and no event says why");
    let mechanism = format!("no pod is created for it ({desired} wanted, none there, and no event says why)");
    let at = [workload.at];
    let kind = SubjectKind::Node;
    let playbook = "node_component_down.controller_manager";
    let subject = "kube-controller-manager";
    notes.find(Draft { subject, kind, playbook, bearing: Bearing::Symptom, weight: 1.5, text, at: &at, mechanism });
}

/// `REFERENCE`, `TARGETS`, `MINPODS`, `MAXPODS`, `REPLICAS`.
fn autoscalers(cluster: &Cluster, notes: &mut Notes<'_>) {
    without_request(cluster, notes);
    for scaler in cluster.named_of("horizontalpodautoscaler") {
        let cell = |key: &str| scaler.details.iter().find(|d| d.key == key).map(|d| d.value.as_str());
        let target = cell("REFERENCE").and_then(|r| r.split('/').nth(1)).unwrap_or(&scaler.name);
        let number = |key: &str| cell(key).and_then(|v| v.parse::<u32>().ok());
        let targets = cell("TARGETS").unwrap_or("");
        let at: [Span; 1] = [scaler.at];
        let kind = kind_of(target);
        // without its metrics' server in sight it is a symptom, and of what is not shown
        if targets.contains("<unknown>") && !cluster.workloads.is_empty() {
            let text = format!("the autoscaler {} knows no metrics: {targets}", scaler.name);
            let mechanism = format!("its autoscaler gets no metrics ({targets}), so it does not scale");
            let playbook = "capacity_limit.autoscaler_blind";
            notes.find(Draft {
                subject: target,
                kind,
                playbook,
                bearing: Bearing::Symptom,
                weight: 1.5,
                text,
                at: &at,
                mechanism,
            });
        }
        let (Some(max), Some(now)) = (number("MAXPODS"), number("REPLICAS")) else { continue };
        if now >= max && over_target(targets) {
            let text = format!("the autoscaler {} is at its maximum of {max} with {targets}", scaler.name);
            let mechanism =
                format!("its autoscaler is at its maximum of {max} replicas and still above its target ({targets})");
            let playbook = "capacity_limit.autoscaler_max";
            notes.find(Draft {
                subject: target,
                kind,
                playbook,
                bearing: Bearing::Stated,
                weight: 3.5,
                text,
                at: &at,
                mechanism,
            });
        }
    }
}

/// Autoscalers that can't reckon a share, because a container states no request: the controller's own word.
fn without_request(cluster: &Cluster, notes: &mut Notes<'_>) {
    let mut done: Vec<&str> = Vec::new();
    for event in &cluster.events {
        let message = &event.message.text;
        let Some(resource) = between(message, "missing request for ", &[' ']) else { continue };
        let target = message.split_once(" of Pod ").and_then(|(_, pod)| pod.split_whitespace().next());
        let target = target.map_or(event.name.as_str(), workload_of);
        if done.contains(&target) {
            continue;
        }
        let whose = between(message, "in container ", &[' ', ','])
            .map_or("a container".to_owned(), |c| format!("its container {c}"));
        let mechanism = format!(
            "{whose} states no request for {resource}, so its horizontal autoscaler can't reckon its use and does not scale it"
        );
        let playbook = "missing_config.resource_request";
        notes.find(Draft::stated(target, playbook, 4.5, message.clone(), &[event.at], mechanism));
        done.push(target);
    }
}

/// `cpu: 93%/70%`.
fn over_target(targets: &str) -> bool {
    targets.split(',').any(|t| {
        let Some((now, goal)) = t.rsplit(' ').next().and_then(|t| t.split_once('/')) else { return false };
        let number = |s: &str| s.trim_end_matches('%').parse::<f64>().ok();
        number(now).zip(number(goal)).is_some_and(|(n, g)| n > g)
    })
}
