//! What a pod's status alone says, where nothing else that is shown says why its workload is in
//! trouble: the last question asked of a cluster's state. It names who is in trouble and what sort of
//! trouble it is, with little weight; it knows no reason.

use crate::analyst::casebook::{Bearing, Finding};
use crate::analyst::{Casebook, Knowledge};
use crate::domain::Evidence;
use crate::intake::kube::{Cluster, Pod};

use super::kube_notes::{Draft, Notes};
use super::kube_view::{in_trouble, kind_of, owner};
use super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "pod_states",
    question: "What does a pod's status say where nothing else says why?",
    applies: |_, book| book.cluster.pods.iter().any(in_trouble),
    arguments: |_, book| {
        let troubled = book.cluster.pods.iter().filter(|p| in_trouble(p));
        serde_json::json!({ "pods": troubled.map(|p| p.name.as_str()).take(20).collect::<Vec<_>>() })
    },
    run,
};

/// From this weight on, another tool's finding says why.
const SAYS_WHY: f64 = 1.2;

/// Status words as the API server writes them (kubelet's and scheduler's reasons), with the fault that
/// they are a form of, its weight, and what they say.
const STATES: &[(&str, &str, f64, &str)] = &[
    ("ImagePullBackOff", "image_pull.failed", 2.4, "its image is not pulled"),
    ("ErrImagePull", "image_pull.failed", 2.4, "its image is not pulled"),
    ("InvalidImageName", "image_pull.invalid_name", 3.0, "its image's name is not valid"),
    ("ErrImageNeverPull", "image_pull.never_pull", 3.0, "its image is not on the node and must not be pulled"),
    (
        "CreateContainerConfigError",
        "missing_config.config_map",
        2.0,
        "something that its container refers to is missing",
    ),
    ("CreateContainerError", "config_error.command_not_found", 1.6, "its container can't be created"),
    ("RunContainerError", "config_error.command_not_found", 1.6, "its container can't be run"),
    ("StartError", "config_error.command_not_found", 1.6, "its container can't be run"),
    ("OOMKilled", "memory_exhaustion.oom_killed", 3.0, "its container was killed for memory"),
    ("Evicted", "disk_full.node_pressure", 1.2, "it was evicted from its node"),
    ("CrashLoopBackOff", "crash_loop.unexplained", 1.3, "its container ends soon after each start"),
    ("Error", "crash_loop.unexplained", 1.3, "its container ended with an error"),
    ("Pending", "unschedulable.other", 1.2, "it waits for a node"),
    ("ContainerCreating", "storage_volume.mount_failed", 1.1, "its container is not created"),
    ("PodInitializing", "crash_loop.startup", 1.1, "its containers are not started"),
    ("Running", "app_exception.unhealthy", 1.1, "it runs and is not ready"),
];

/// Seconds that a pod may take to become ready before its state says anything.
const YOUNG: f64 = 60.0;

fn is_explained(book: &Casebook, cluster: &Cluster, pod: &Pod) -> bool {
    let (name, set) = (owner(pod), pod.workload());
    let about = |f: &&Finding| f.subject == name || f.subject == set || f.subject == pod.name;
    let node =
        || pod.node.as_ref().is_some_and(|n| book.findings.iter().any(|f| f.subject == n.text && f.weight >= SAYS_WHY));
    let of_claims = || {
        let waits =
            |f: &Finding| f.playbook.starts_with("storage_volume.") || f.playbook.starts_with("quota_exceeded.");
        book.findings
            .iter()
            .any(|f| waits(f) && f.weight >= SAYS_WHY && cluster.claims.iter().any(|c| c.name == f.subject))
    };
    book.findings.iter().filter(about).any(|f| f.weight >= SAYS_WHY && f.bearing != Bearing::Against)
        || node()
        || of_claims()
}

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    let cluster = std::mem::take(&mut book.cluster);
    let mut notes = Notes::new(evidence, TOOL.name);
    let mut told: Vec<String> = Vec::new();
    for pod in cluster.pods.iter().filter(|p| in_trouble(p)) {
        let name = owner(pod);
        let status = pod.status.as_ref().map_or("", |s| s.text.as_str());
        // `Init:CrashLoopBackOff`: the state of a container that runs before the others
        let own = status.strip_prefix("Init:").unwrap_or(status);
        let Some((_, playbook, weight, says)) = STATES.iter().find(|(word, ..)| *word == own).copied() else {
            continue;
        };
        // what is on its way needs its time; an error is one at once
        let on_its_way = weight < SAYS_WHY && pod.age.is_some_and(|a| a <= YOUNG);
        let serving = cluster.pods.iter().any(|p| p.is_well() && owner(p) == name);
        if told.contains(&name) || serving || on_its_way || is_explained(book, &cluster, pod) {
            continue;
        }
        let text = format!("{} is {status}: {says}, and nothing that is shown says why", pod.name);
        let mechanism = format!("{says} ({status}), and nothing that is shown says why");
        let at: Vec<_> = [Some(pod.at), pod.status.as_ref().map(|s| s.at)].into_iter().flatten().collect();
        let (kind, bearing) = (kind_of(&name), Bearing::Symptom);
        notes.find(Draft { subject: &name, kind, playbook, bearing, weight, text, at: &at, mechanism });
        told.push(name);
    }
    book.cluster = cluster;
    notes.close(book, None)
}
