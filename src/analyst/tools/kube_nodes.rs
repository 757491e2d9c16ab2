//! The nodes and what runs beside the pods on them: kubelet, runtime, proxy, scheduler, DNS, network.

use crate::analyst::casebook::{Bearing, Moment};
use crate::analyst::{Casebook, Knowledge};
use crate::domain::report::RowKind;
use crate::domain::{Claim, Evidence, Span, SubjectKind};
use crate::intake::kube::{Cluster, Event, Unit};

use super::kube_notes::{Draft, Notes};
use super::kube_view::{in_trouble, matters};
use super::unit_zone::settled;
use super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "node_health",
    question: "Are the nodes and the components on them up?",
    applies: |_, book| {
        let c = &book.cluster;
        !c.pods.is_empty()
            || !c.nodes.is_empty()
            || !c.units.is_empty()
            || c.events.iter().any(|e| e.kind == "node" || is_sandbox(e))
    },
    arguments: |_, book| {
        let nodes: Vec<&str> = book.cluster.nodes.iter().map(|n| n.name.as_str()).collect();
        serde_json::json!({ "nodes": nodes, "units": book.cluster.units.len() })
    },
    run,
};

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    let mut cluster = std::mem::take(&mut book.cluster);
    for unit in cluster.units.iter_mut().filter(|u| !u.active) {
        unit.since = unit.since.map(|at| settled(at, unit.at, evidence));
    }
    let mut notes = Notes::new(evidence, TOOL.name);
    for unit in cluster.units.iter().filter(|u| !u.active) {
        stopped(&cluster, unit, &mut notes);
        if let Some(at) = unit.since {
            let text = format!("{} on {} went {}", unit.name, unit.host, unit.state);
            let what = Claim::quoted(text, notes.cite(&spans_of(unit)));
            book.moments.push(Moment { at, service: Some(unit.host.clone()), kind: RowKind::Cause, what });
        }
    }
    not_ready(&cluster, &mut notes);
    told_not_ready(&cluster, &mut notes);
    sandboxes(&cluster, &mut notes);
    unplaced_without_a_word(&cluster, &mut notes);
    system_pods(&cluster, &mut notes);
    book.cluster = cluster;
    notes.close(book, None)
}

/// The playbook of a component and what stops with it.
const COMPONENTS: &[(&str, &str, &str)] = &[
    ("kube-scheduler", "node_component_down.scheduler", "no new pod is given a node"),
    (
        "kube-controller-manager",
        "node_component_down.controller_manager",
        "no replica set or endpoint is kept up to date",
    ),
    ("kube-apiserver", "node_component_down.api_server", "nothing in the cluster can be read or changed"),
    ("etcd", "node_component_down.etcd", "the API server has no store"),
    ("kubelet", "node_component_down.kubelet", "no pod on the node is started, probed or stopped"),
    ("containerd", "node_component_down.container_runtime", "no container on the node can be started"),
    ("docker", "node_component_down.container_runtime", "no container on the node can be started"),
    ("crio", "node_component_down.container_runtime", "no container on the node can be started"),
    ("kube-proxy", "node_component_down.kube_proxy", "the node no longer follows changes of services and endpoints"),
    ("flanneld", "node_component_down.network_plugin", "pods on the node get no network"),
    ("kube-flannel", "node_component_down.network_plugin", "pods on the node get no network"),
    ("cilium", "node_component_down.network_plugin", "pods on the node get no network"),
    ("weave-net", "node_component_down.network_plugin", "pods on the node get no network"),
    ("kindnet", "node_component_down.network_plugin", "pods on the node get no network"),
    ("aws-node", "node_component_down.network_plugin", "pods on the node get no network"),
    ("antrea-agent", "node_component_down.network_plugin", "pods on the node get no network"),
    ("kube-router", "node_component_down.network_plugin", "pods on the node get no network"),
    ("ovnkube-node", "node_component_down.network_plugin", "pods on the node get no network"),
    ("calico-node", "node_component_down.network_plugin", "pods on the node get no network"),
    ("coredns", "dns_failure.cluster_dns", "names do not resolve"),
    ("node-local-dns", "dns_failure.cluster_dns", "names do not resolve"),
];

fn component(name: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    COMPONENTS.iter().find(|(n, ..)| name.starts_with(n))
}

/// The host as its node is called.
fn node_named(cluster: &Cluster, host: &str) -> String {
    let found = cluster.nodes.iter().find(|n| n.name == host || n.name.split('.').next() == Some(host));
    found.map_or_else(|| host.to_owned(), |n| n.name.clone())
}

/// Where a unit's state stands, and where it is named.
fn spans_of(unit: &Unit) -> Vec<Span> {
    std::iter::once(unit.at).chain(unit.named_at).collect()
}

fn stopped(cluster: &Cluster, unit: &Unit, notes: &mut Notes<'_>) {
    let Some((name, playbook, effect)) = component(&unit.name) else { return };
    let host = node_named(cluster, &unit.host);
    let text = format!("{} is {} on {host}", unit.name, unit.state);
    let runtime = if playbook.ends_with("container_runtime") { "the container runtime " } else { "" };
    let mechanism = format!("{runtime}{name} is {}, so {effect}", unit.state);
    let at = spans_of(unit);
    let kind = SubjectKind::Node;
    let draft =
        Draft { subject: &host, kind, playbook, bearing: Bearing::Stated, weight: 6.0, text, at: &at, mechanism };
    notes.find_at(draft, unit.since);
    let Some(ended) = unit.ended_well.filter(|_| unit.state.starts_with("inactive")) else { return };
    let text = format!("{} was stopped in an orderly way (status=0/SUCCESS); by whom, nothing shown says", unit.name);
    let (bearing, at) = (Bearing::Change, [ended, unit.at]);
    let mechanism = String::new();
    let draft = Draft { subject: &host, kind, playbook, bearing, weight: 0.4, text, at: &at, mechanism };
    notes.find_at(draft, unit.since);
}

fn not_ready(cluster: &Cluster, notes: &mut Notes<'_>) {
    for node in &cluster.nodes {
        let host = node.name.as_str();
        let ready = node.conditions.iter().find(|c| c.kind == "Ready");
        let by_status = node.status.as_ref().filter(|s| s.text.contains("NotReady"));
        if by_status.is_some() || ready.is_some_and(|c| c.status != "True") {
            let said = ready.map_or_else(String::new, |c| {
                let parts = [c.reason.as_str(), c.message.as_str()];
                parts.iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join(", ")
            });
            let at: Vec<Span> = by_status.map(|s| s.at).into_iter().chain(ready.map(|c| c.at)).collect();
            let text = format!("{host} is not ready: {}", if said.is_empty() { "NotReady" } else { &said });
            let playbook = cause_of(&said);
            let mechanism = if said.is_empty() {
                "the node is NotReady".to_owned()
            } else {
                format!("the node is not ready ({said})")
            };
            let since = ready.and_then(|c| c.since);
            let kind = SubjectKind::Node;
            let draft = Draft {
                subject: host,
                kind,
                playbook,
                bearing: Bearing::Stated,
                weight: 4.5,
                text,
                at: &at,
                mechanism,
            };
            notes.find_at(draft, since);
        }
        for condition in node.conditions.iter().filter(|c| c.kind != "Ready" && c.status == "True") {
            let playbook = match condition.kind.as_str() {
                "DiskPressure" => "disk_full.node_pressure",
                "MemoryPressure" => "memory_exhaustion.node_pressure",
                "PIDPressure" => "kernel_limit.node_pids",
                "NetworkUnavailable" => "node_component_down.network_plugin",
                // what the node problem detector adds to a node's conditions
                "ReadonlyFilesystem" => "readonly_storage.remounted",
                "KernelDeadlock" => "node_failure.not_ready",
                "FrequentKubeletRestart" | "KubeletProblem" => "node_component_down.kubelet",
                "FrequentContainerdRestart"
                | "FrequentDockerRestart"
                | "ContainerRuntimeProblem"
                | "CorruptDockerOverlay2" => "node_component_down.container_runtime",
                _ => continue,
            };
            let words = |text: &str, parts: [&str; 2]| match text {
                "" => String::new(),
                text => parts.join(text),
            };
            let text = format!("{host} reports {}{}", condition.kind, words(&condition.message, [": ", ""]));
            let mechanism = format!("the node reports {}{}", condition.kind, words(&condition.reason, [" (", ")"]));
            // A node that is not heard of repeats what it said last.
            let weight = if ready.is_some_and(|c| c.status == "Unknown") { 2.0 } else { 4.5 };
            let at = [condition.at];
            let kind = SubjectKind::Node;
            let draft =
                Draft { subject: host, kind, playbook, bearing: Bearing::Stated, weight, text, at: &at, mechanism };
            notes.find_at(draft, condition.since);
        }
    }
}

/// What the node controller says of a node that is not shown otherwise.
fn told_not_ready(cluster: &Cluster, notes: &mut Notes<'_>) {
    let told = |e: &&Event| e.kind == "node" && e.reason == "NodeNotReady";
    for event in cluster.events.iter().filter(told) {
        // a node that was taken out of the cluster is not ready for good, and nothing waits for it
        let removed = |e: &&Event| e.kind == "node" && e.name == event.name && e.reason == "RemovingNode";
        if cluster.nodes.iter().any(|n| n.name == event.name) {
            continue;
        }
        if let Some(removed) = cluster.events.iter().find(removed) {
            let text = format!("{} was taken out of the cluster", event.name);
            let (kind, at, mechanism) = (SubjectKind::Node, [removed.at], String::new());
            let (bearing, weight, playbook) = (Bearing::Against, -4.0, "node_failure.not_ready");
            notes.find(Draft { subject: &event.name, kind, playbook, bearing, weight, text, at: &at, mechanism });
            continue;
        }
        let mechanism = format!("the node is NotReady ({})", event.message.text.trim_end_matches('.'));
        notes.find(Draft {
            subject: &event.name,
            kind: SubjectKind::Node,
            playbook: "node_failure.not_ready",
            bearing: Bearing::Stated,
            weight: 4.0,
            text: event.message.text.clone(),
            at: &[event.at],
            mechanism,
        });
    }
}

/// What the Ready condition's own words say is down.
fn cause_of(said: &str) -> &'static str {
    let lower = said.to_ascii_lowercase();
    let network = ["cni", "network plugin", "networkplugin", "networkready=false"];
    if network.iter().any(|w| lower.contains(w)) {
        "node_component_down.network_plugin"
    } else if lower.contains("container runtime") || lower.contains("pleg") || lower.contains("containerd") {
        "node_component_down.container_runtime"
    } else {
        "node_failure.not_ready"
    }
}

fn is_sandbox(event: &Event) -> bool {
    event.reason == "FailedCreatePodSandBox" || event.reason == "ContainerGCFailed" || event.reason == "FailedKillPod"
}

/// How a network plugin says that its addresses are used up.
const ADDRESSES: &[&str] = &[
    "failed to assign an ip address",
    "no ip addresses available",
    "no available ip",
    "insufficientfreeaddresses",
    "no more ips",
    "range is full",
    "ip pool exhausted",
];

/// A runtime or network plugin that does not answer, as pods and nodes tell it.
fn sandboxes(cluster: &Cluster, notes: &mut Notes<'_>) {
    let mut done: Vec<(String, &str)> = Vec::new();
    for event in cluster.events.iter().filter(|e| is_sandbox(e) && matters(cluster, e)) {
        let message = &event.message.text;
        let socket = message.contains(".sock") && (message.contains("dial") || message.contains("connection error"));
        let network = ["cni", "network: ", "network plugin", "network for sandbox", "plugin type="];
        let network = network.iter().any(|w| message.contains(w));
        let used_up = ADDRESSES.iter().any(|w| message.to_ascii_lowercase().contains(w));
        let playbook = if socket {
            "node_component_down.container_runtime"
        } else if used_up {
            "capacity_limit.pod_addresses"
        } else if network {
            "node_component_down.network_plugin"
        } else {
            continue;
        };
        let pod = cluster.pods.iter().find(|p| p.name == event.name);
        let node = if event.kind == "node" {
            Some(event.name.clone())
        } else {
            pod.and_then(|p| p.node.as_ref()).map(|n| n.text.clone()).or_else(|| assigned(cluster, &event.name))
        };
        let Some(node) = node else { continue };
        if done.contains(&(node.clone(), playbook)) {
            continue;
        }
        let mechanism = if socket {
            "the container runtime's socket (containerd) does not answer, so no container can be started".to_owned()
        } else if used_up {
            "the network plugin has no free IP address left for new pods".to_owned()
        } else {
            "the network plugin gives new pods no network".to_owned()
        };
        let mut at = vec![event.at];
        at.extend(pod.map(|p| p.at));
        let text = format!("on {node}: {message}");
        let kind = SubjectKind::Node;
        notes.find(Draft {
            subject: &node,
            kind,
            playbook,
            bearing: Bearing::Stated,
            weight: 3.5,
            text,
            at: &at,
            mechanism,
        });
        done.push((node, playbook));
    }
}

/// The node that the scheduler gave a pod, by its event: `Successfully assigned shop/web-1 to node-3`.
fn assigned(cluster: &Cluster, pod: &str) -> Option<String> {
    let event = cluster.events.iter().find(|e| e.reason == "Scheduled" && e.name == pod)?;
    let (_, node) = event.message.text.rsplit_once(" to ")?;
    Some(node.trim().to_owned()).filter(|n| !n.is_empty() && !n.contains(' '))
}

/// The node of the control plane, where there is one and no more.
fn control_plane(cluster: &Cluster) -> Option<String> {
    let mut found = cluster.nodes.iter().filter(|n| super::kube_view::is_control_plane(cluster, &n.name));
    let first = found.next()?;
    found.next().is_none().then(|| first.name.clone())
}

/// A pod that waits for a node while nobody says why: the scheduler does not work.
fn unplaced_without_a_word(cluster: &Cluster, notes: &mut Notes<'_>) {
    let silent = |p: &&crate::intake::kube::Pod| {
        p.node.is_none()
            && p.status.as_ref().is_some_and(|s| s.text == "Pending")
            && p.age.is_none_or(|a| a > 20.0)
            && !p.spec.containers.is_empty()
            && !cluster.events.iter().any(|e| e.name == p.name)
    };
    let Some(pod) = cluster.pods.iter().find(silent) else { return };
    let asked = super::kube_view::specs(cluster, pod).into_iter().find_map(|s| s.scheduler.as_ref());
    if let Some(asked) = asked.filter(|s| s.text != "default-scheduler") {
        let name = super::kube_view::owner(pod);
        let text = format!("{} is Pending with no node, and it asks for the scheduler {}", pod.name, asked.text);
        let mechanism = format!("it asks for the scheduler {}, which says nothing about its pod", asked.text);
        let (kind, at) = (super::kube_view::kind_of(&name), [asked.at, pod.at]);
        let (bearing, weight, playbook) = (Bearing::Stated, 4.5, "unschedulable.other");
        notes.find(Draft { subject: &name, kind, playbook, bearing, weight, text, at: &at, mechanism });
        return;
    }
    let unit = cluster.units.iter().find(|u| u.name.starts_with("kube-scheduler"));
    let (host, weight) = match unit {
        Some(unit) if !unit.active => (node_named(cluster, &unit.host), 2.0),
        Some(_) => return,
        // what no listing of events could have shown says nothing by its absence
        None if cluster.listing("event").is_none() && cluster.events.is_empty() => return,
        None => (control_plane(cluster).unwrap_or_else(|| "kube-scheduler".to_owned()), 2.5),
    };
    let text = format!("{} is Pending with no node, and no event says why", pod.name);
    let mechanism = "pods wait for a node and the scheduler says nothing about them".to_owned();
    let at = [pod.at];
    let playbook = "node_component_down.scheduler";
    let kind = SubjectKind::Node;
    notes.find(Draft { subject: &host, kind, playbook, bearing: Bearing::Symptom, weight, text, at: &at, mechanism });
}

/// The cluster's own pods.
fn system_pods(cluster: &Cluster, notes: &mut Notes<'_>) {
    for pod in cluster.pods.iter().filter(|p| in_trouble(p)) {
        let Some((name, playbook, effect)) = component(pod.workload()) else { continue };
        let status = pod.status.as_ref().map_or("not ready", |s| s.text.as_str());
        let text = format!("{} is {status}", pod.name);
        let mechanism = format!("{name} is {status}, so {effect}");
        let at = [pod.at];
        let subject = if *playbook == "dns_failure.cluster_dns" {
            (*name).to_owned()
        } else {
            pod.node.as_ref().map_or_else(|| (*name).to_owned(), |n| n.text.clone())
        };
        let kind = SubjectKind::Node;
        notes.find(Draft {
            subject: &subject,
            kind,
            playbook,
            bearing: Bearing::Stated,
            // whatever keeps it down, names do not resolve meanwhile
            weight: if playbook.starts_with("dns_failure.") { 5.5 } else { 4.0 },
            text,
            at: &at,
            mechanism,
        });
    }
    for workload in super::kube_view::workloads(cluster) {
        let Some((name, playbook, effect)) = component(&workload.name) else { continue };
        if workload.desired == Some(0) || workload.ready.zip(workload.desired).is_some_and(|(r, d)| r == 0 && d > 0) {
            let (ready, desired) = (workload.ready.unwrap_or(0), workload.desired.unwrap_or(0));
            let text = format!("{} has {ready}/{desired} pods ready", workload.name);
            let mechanism = format!("{name} has {ready}/{desired} pods ready, so {effect}");
            let at = [workload.at];
            let kind = SubjectKind::Service;
            notes.find(Draft {
                subject: name,
                kind,
                playbook,
                bearing: Bearing::Stated,
                weight: 4.5,
                text,
                at: &at,
                mechanism,
            });
        }
    }
}
