//! A pod that waits for a node while no word of the scheduler is shown: its demands against what each
//! node offers. What follows from both is told; where nothing does, only that it waits.

use crate::analyst::casebook::Bearing;
use crate::domain::Span;
use crate::intake::kube::{Cluster, Node, Pod};

use super::kube_demands::demands;
use super::kube_notes::{Draft, Notes};
use super::kube_scheduling::{Blocker, blockers};
use super::kube_view::{is_control_plane, kind_of, owner, specs};

/// Derives what keeps a pod off every node; true when something was written down.
pub fn read(cluster: &Cluster, pod: &Pod, notes: &mut Notes<'_>) -> bool {
    // The scheduler's silence is a finding of its own where events are listed.
    let silent = cluster.events.iter().all(|e| e.name != pod.name);
    let told = !cluster.events.is_empty() || cluster.units.iter().any(|u| u.name.starts_with("kube-scheduler"));
    if !silent || told {
        return false;
    }
    let name = owner(pod);
    let all = specs(cluster, pod);
    let demands = demands(&all);
    let shown = |n: &&Node| !n.labels.is_empty() || !n.taints.is_empty() || n.unschedulable.is_some();
    let host = |n: &Node| {
        demands
            .iter()
            .filter(|d| d.pair.key == "kubernetes.io/hostname")
            .all(|d| d.pair.value.ends_with(n.name.as_str()))
    };
    let may = |n: &&Node| {
        !is_control_plane(cluster, &n.name) && host(n) && (n.labels.is_empty() || demands.iter().all(|d| d.is_met(n)))
    };
    let allowed: Vec<&Node> = cluster.nodes.iter().filter(may).collect();
    let blocked: Vec<(&Node, Vec<Blocker>)> =
        allowed.iter().filter(|n| shown(n)).map(|n| (*n, blockers(&all, n))).collect();
    let whole = !blocked.is_empty() && blocked.len() == allowed.len() && blocked.iter().all(|(_, b)| !b.is_empty());
    let first = blocked.iter().find_map(|(n, b)| Some((n, b.first()?)));
    let (playbook, weight, why, at): (_, _, _, Vec<Span>) = match first.filter(|_| whole) {
        Some((n, Blocker::Tainted(taint))) => (
            "unschedulable.taint",
            2.6,
            format!("it does not tolerate the taint {} of the node {} that could run it", taint.text, n.name),
            vec![taint.at, n.at, pod.at],
        ),
        Some((n, Blocker::Cordoned(said))) => (
            "unschedulable.cordoned",
            2.6,
            format!("the node {} that could run it is cordoned", n.name),
            vec![*said, n.at, pod.at],
        ),
        Some((n, Blocker::NotReady)) => (
            "unschedulable.nodes_not_ready",
            2.6,
            format!("the node {} that could run it is not ready", n.name),
            vec![n.at, pod.at],
        ),
        Some((_, Blocker::Cpu)) => {
            ("unschedulable.cpu", 2.4, "the CPU it requests is free on no node".to_owned(), vec![pod.at])
        }
        Some((_, Blocker::Memory)) => {
            ("unschedulable.memory", 2.4, "the memory it requests is free on no node".to_owned(), vec![pod.at])
        }
        None => (
            "unschedulable.other",
            1.2,
            "its pod is Pending without a node, and no word of the scheduler is shown".to_owned(),
            vec![pod.at],
        ),
    };
    let stated = playbook != "unschedulable.other";
    let bearing = if stated { Bearing::Stated } else { Bearing::Symptom };
    let text = format!("{name} waits for a node: {why}");
    notes.find(Draft {
        subject: &name,
        kind: kind_of(&name),
        playbook,
        bearing,
        weight,
        text,
        at: &at,
        mechanism: why,
    });
    true
}
