//! Why a pod has no node: the scheduler's word, checked against what each node could give.

use crate::analyst::grounding::conversions::larger_unit;
use crate::analyst::{Casebook, Knowledge};
use crate::domain::{Evidence, Span};
use crate::intake::kube::quantity::{bytes, cores};
use crate::intake::kube::{Cluster, Event, Node, Pair, Pod, PodSpec, Said};

use super::kube_demands::{self, Demand, demands, workers};
use super::kube_notes::{Draft, Notes, on_cluster};
use super::kube_room::{self, Room};
use super::kube_unplaced;
use super::kube_view::{owner, specs};
use super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "scheduling",
    question: "Why does a pending pod have no node?",
    applies: |_, book| book.cluster.pods.iter().any(is_unplaced) || book.cluster.events.iter().any(is_refusal),
    arguments: |_, book| {
        let pending: Vec<&str> = book.cluster.pods.iter().filter(|p| is_unplaced(p)).map(|p| p.name.as_str()).collect();
        serde_json::json!({ "pods": pending })
    },
    run,
};

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    on_cluster(evidence, book, TOOL.name, read)
}

fn is_unplaced(pod: &Pod) -> bool {
    pod.node.is_none() && pod.status.as_ref().is_some_and(|s| s.text == "Pending")
}

fn is_refusal(event: &Event) -> bool {
    event.reason == "FailedScheduling"
}

fn read(cluster: &Cluster, notes: &mut Notes<'_>) {
    let mut done: Vec<String> = Vec::new();
    for pod in cluster.pods.iter().filter(|p| is_unplaced(p) || condition(p).is_some()) {
        let name = owner(pod);
        if done.contains(&name) {
            continue;
        }
        let refusal = cluster.events.iter().filter(|e| is_refusal(e) && e.name == pod.name);
        let newest = refusal.min_by(|a, b| a.age.unwrap_or(0.0).total_cmp(&b.age.unwrap_or(0.0)));
        let said = newest.map(|e| (e.message.text.clone(), e.at)).or_else(|| condition(pod));
        if let Some((message, at)) = said {
            judge(cluster, pod, &message, at, notes);
            done.push(name);
        } else if is_unplaced(pod) && kube_unplaced::read(cluster, pod, notes) {
            done.push(name);
        }
    }
    // Events of pods that are not listed.
    for event in cluster.events.iter().filter(|e| is_refusal(e) && e.kind == "pod") {
        let listed = cluster.pods.iter().any(|p| p.name == event.name);
        let name = super::kube_view::subject(cluster, event);
        let short = cluster.workload(&name).is_none_or(|w| w.ready.zip(w.desired).is_none_or(|(r, d)| r < d));
        if !listed && short && cluster.pods_of(&name).all(|p| !p.is_well()) && !done.contains(&name) {
            by_words(&name, &event.message.text, event.at, notes);
            done.push(name);
        }
    }
}

/// What the pod's own condition says, where a tool shows it.
fn condition(pod: &Pod) -> Option<(String, Span)> {
    let said = pod.conditions.iter().find(|c| c.key == "PodScheduled" && c.value.starts_with("False"))?;
    let words = said.value.trim_start_matches("False").trim();
    (words.contains("nodes are available") || words.contains("Insufficient")).then(|| (words.to_owned(), said.at))
}

/// What keeps a pod off a node.
#[derive(Debug, Clone, PartialEq)]
pub enum Blocker {
    /// Its Ready condition is not True.
    NotReady,
    /// It is cordoned, as this place says.
    Cordoned(Span),
    /// It carries a taint that the pod does not tolerate.
    Tainted(Said),
    /// The CPU asked for is not free.
    Cpu,
    /// The memory asked for is not free.
    Memory,
}

/// What a pod weighs that waits because of another trouble that is told.
const FOLLOWS: f64 = 1.6;

fn judge(cluster: &Cluster, pod: &Pod, message: &str, at: Span, notes: &mut Notes<'_>) {
    let name = owner(pod);
    if message.contains("PersistentVolumeClaim") || message.contains("persistentvolumeclaim") {
        // The storage tool answers this one.
        notes.say(format!("{name}: waits for its storage"), &notes.cite(&[at]));
        return;
    }
    if ["disk-pressure", "memory-pressure", "pid-pressure"].iter().any(|p| message.contains(&format!("io/{p}"))) {
        // a node without room for what it has lacks it for what waits: the node is in trouble, and this follows
        let mechanism = format!("a node that could run it is under pressure ({})", short(message));
        return found(&name, "unschedulable.nodes_not_ready", FOLLOWS, message, &[at], mechanism, notes);
    }
    let all = specs(cluster, pod);
    let workers: Vec<&Node> = workers(cluster);
    let known = !workers.is_empty() && workers.iter().all(|n| !n.labels.is_empty());
    if !known || all.is_empty() {
        return by_words(&name, message, at, notes);
    }
    let demands = demands(&all);
    let allowed: Vec<&&Node> = workers.iter().filter(|n| demands.iter().all(|d| d.is_met(n))).collect();
    if let (true, Some(unmet)) = (allowed.is_empty(), demands.iter().find(|d| workers.iter().all(|n| !d.is_met(n)))) {
        return unmet_demand(&name, unmet, &workers, message, at, notes);
    }
    if let (true, Some((pairs, told, mut places))) = (allowed.is_empty(), kube_demands::apart(&demands, &workers)) {
        let mechanism = format!("no node that may take it has all the labels of its node selector ({pairs}): {told}");
        places.insert(0, at);
        return found(&name, "unschedulable.node_selector", 5.0, message, &places, mechanism, notes);
    }
    let blocked: Vec<(&Node, Vec<Blocker>)> = allowed.iter().map(|n| (**n, blockers(&all, n))).collect();
    let every = |is: fn(&Blocker) -> bool| !blocked.is_empty() && blocked.iter().all(|(_, b)| b.iter().any(is));
    if every(|b| matches!(b, Blocker::Cordoned(_))) {
        let all = blocked.len() == workers.len();
        return cordoned(&name, &blocked, &demands, all, at, notes);
    }
    if every(|b| matches!(b, Blocker::Tainted(_))) {
        return tainted(&name, &blocked, at, notes);
    }
    if every(|b| *b == Blocker::NotReady) {
        let mechanism = format!("none of the nodes that it may run on is ready ({})", short(message));
        let nodes: Vec<Span> = blocked.iter().map(|(n, _)| n.at).chain([at]).collect();
        return found(&name, "unschedulable.nodes_not_ready", 4.0, message, &nodes, mechanism, notes);
    }
    let cpu = message.contains("Insufficient cpu") || every(|b| *b == Blocker::Cpu);
    let memory = message.contains("Insufficient memory") || every(|b| *b == Blocker::Memory);
    if cpu || memory {
        return too_big(&name, &all, &workers, cpu, message, at, notes);
    }
    if let (Some(asked), Some(node)) = (demands.first(), allowed.first())
        && main_reason(message).is_some_and(|r| r.contains("node affinity/selector"))
    {
        return met_by_now(&name, asked, node, message, at, notes);
    }
    by_words(&name, message, at, notes);
}

/// The scheduler found no node that meets the demand, and one that is listed does: both are told.
fn met_by_now(name: &str, asked: &Demand, node: &Node, message: &str, at: Span, notes: &mut Notes<'_>) {
    let Pair { key, value, at: said } = &asked.pair;
    let (label, of, playbook) = if asked.selector {
        (format!("{key}={value}"), "node selector", "unschedulable.node_selector")
    } else {
        (format!("{key} {value}"), "required node affinity", "unschedulable.node_affinity")
    };
    let mechanism = format!(
        "the label {label} that its {of} asks for was on no node that may take it when the scheduler looked ({}); as listed, {} carries it",
        short(message),
        node.name
    );
    found(name, playbook, 4.5, message, &[at, *said, node.at], mechanism, notes);
}

/// What keeps the pod off this node, as far as shown.
pub fn blockers(all: &[&PodSpec], node: &Node) -> Vec<Blocker> {
    let mut found = Vec::new();
    let ready = node.conditions.iter().find(|c| c.kind == "Ready").map(|c| c.status == "True");
    if ready == Some(false) {
        found.push(Blocker::NotReady);
    }
    let by_status = node.status.as_ref().filter(|s| s.text.contains("SchedulingDisabled")).map(|s| s.at);
    let by_field = node.unschedulable.as_ref().filter(|u| u.text == "true").map(|u| u.at);
    if let Some(at) = by_status.or(by_field) {
        found.push(Blocker::Cordoned(at));
    }
    let own = ["node.kubernetes.io/unschedulable", "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];
    let hard = |t: &&Said| t.text.ends_with("NoSchedule") || t.text.ends_with("NoExecute");
    for taint in node.taints.iter().filter(hard) {
        let key = taint.text.split(['=', ':']).next().unwrap_or("");
        if !own.contains(&key) && !all.iter().any(|s| s.tolerations.iter().any(|t| tolerates(&t.text, key))) {
            found.push(Blocker::Tainted(taint.clone()));
        }
    }
    let (cpu, memory) = requests(all);
    let room = |what: Option<&Said>, used: Option<&Said>, read: fn(&str) -> Option<f64>| {
        let all = what.and_then(|w| read(&w.text))?;
        Some(all - used.and_then(|u| read(&u.text)).unwrap_or(0.0))
    };
    if cpu.zip(room(node.allocatable.cpu.as_ref(), node.requested.cpu.as_ref(), cores)).is_some_and(|(c, r)| c > r) {
        found.push(Blocker::Cpu);
    }
    let free = room(node.allocatable.memory.as_ref(), node.requested.memory.as_ref(), bytes);
    if memory.zip(free).is_some_and(|(m, r)| m > r) {
        found.push(Blocker::Memory);
    }
    found
}

fn tolerates(toleration: &str, key: &str) -> bool {
    let named = toleration.split(['=', ':', ' ']).next().unwrap_or("");
    named == key
        || toleration.contains(&format!("key {key}"))
        || toleration.trim() == "op=Exists"
        || toleration == "operator Exists"
}

/// What the containers ask for together, in cores and bytes.
fn requests(all: &[&PodSpec]) -> (Option<f64>, Option<f64>) {
    let Some(spec) =
        all.iter().find(|s| s.containers.iter().any(|c| c.requests.cpu.is_some() || c.requests.memory.is_some()))
    else {
        return (None, None);
    };
    let run = || spec.containers.iter().filter(|c| !c.init);
    let cpu = run().filter_map(|c| cores(&c.requests.cpu.as_ref()?.text)).sum();
    let memory = run().filter_map(|c| bytes(&c.requests.memory.as_ref()?.text)).sum();
    (Some(cpu), Some(memory))
}

fn unmet_demand(name: &str, unmet: &Demand, nodes: &[&Node], message: &str, at: Span, notes: &mut Notes<'_>) {
    let Pair { key, value, at: where_said } = &unmet.pair;
    let (told, carried) = kube_demands::told(unmet, nodes);
    let places: Vec<Span> = [*where_said, at].into_iter().chain(carried).collect();
    let (mechanism, playbook) = if unmet.selector {
        let mechanism = format!("its node selector {key}={value} matches no node that may take it: {told}");
        (mechanism, "unschedulable.node_selector")
    } else {
        let mechanism =
            format!("its required node affinity ({key} {value}) is met by no node that may take it: {told}");
        (mechanism, "unschedulable.node_affinity")
    };
    found(name, playbook, 5.0, message, &places, mechanism, notes);
}

fn cordoned(
    name: &str,
    blocked: &[(&Node, Vec<Blocker>)],
    demands: &[Demand],
    all: bool,
    at: Span,
    notes: &mut Notes<'_>,
) {
    let mut places = vec![at];
    for (node, blockers) in blocked {
        places.push(node.at);
        places.extend(blockers.iter().filter_map(|b| if let Blocker::Cordoned(at) = b { Some(*at) } else { None }));
    }
    places.extend(demands.iter().map(|d| d.pair.at));
    let names: Vec<&str> = blocked.iter().map(|(n, _)| n.name.as_str()).collect();
    let names = names.join(", ");
    let text = format!("every node that may run {name} is cordoned: {names} (SchedulingDisabled)");
    let why = demands.first().map_or_else(String::new, |d| {
        format!(", the only one that {}={} allows,", d.pair.key, d.pair.value.trim_start_matches("In "))
    });
    let mechanism = if blocked.len() == 1 {
        format!("{names}{why} is cordoned (SchedulingDisabled)")
    } else {
        // not only this one waits, then: nothing that is made anew gets a node
        let whole = if all { ", so no worker takes new pods" } else { "" };
        format!("all nodes that may run it ({names}) are cordoned (SchedulingDisabled){whole}")
    };
    let playbook = "unschedulable.cordoned";
    notes.find(Draft::stated(name, playbook, 5.0, text, &places, mechanism));
}

fn tainted(name: &str, blocked: &[(&Node, Vec<Blocker>)], at: Span, notes: &mut Notes<'_>) {
    let taints = blocked.iter().flat_map(|(n, b)| b.iter().map(move |b| (n, b)));
    let taints: Vec<(&str, &Said)> = taints
        .filter_map(|(n, b)| if let Blocker::Tainted(t) = b { Some((n.name.as_str(), t)) } else { None })
        .collect();
    let Some((node, first)) = taints.first() else { return };
    let places: Vec<Span> = taints.iter().map(|(_, t)| t.at).chain([at]).collect();
    let text = format!("{} carries the taint {}, which {name} does not tolerate", node, first.text);
    let mechanism = format!("it does not tolerate the taint {} of the nodes that could run it", first.text);
    let playbook = "unschedulable.taint";
    notes.find(Draft::stated(name, playbook, 5.0, text, &places, mechanism));
}

fn too_big(name: &str, all: &[&PodSpec], workers: &[&Node], cpu: bool, message: &str, at: Span, notes: &mut Notes<'_>) {
    let asked = all
        .iter()
        .flat_map(|s| &s.containers)
        .filter(|c| !c.init)
        .find_map(|c| if cpu { c.requests.cpu.clone() } else { c.requests.memory.clone() });
    let read = if cpu { cores } else { bytes };
    let given = |n: &&Node| if cpu { n.allocatable.cpu.clone() } else { n.allocatable.memory.clone() };
    let largest = workers
        .iter()
        .filter_map(given)
        .max_by(|a, b| read(&a.text).unwrap_or(0.0).total_cmp(&read(&b.text).unwrap_or(0.0)));
    let what = if cpu { "CPU" } else { "memory" };
    let mut places = vec![at];
    places.extend(asked.iter().chain(&largest).map(|s| s.at));
    let mechanism = match (asked, largest) {
        (Some(asked), Some(largest)) if read(&asked.text) > read(&largest.text) => format!(
            "it requests {} {what}, more than the {} allocatable on the largest node (Insufficient {})",
            asked.text,
            spoken(&largest.text),
            what.to_lowercase()
        ),
        (Some(asked), _) => {
            let room = if cpu { Room::Cpu } else { Room::Memory };
            let (told, at) = kube_room::told(room, &asked.text, name, workers);
            places.extend(at);
            format!(
                "its request of {} {what} fits on no node beside what is requested already (Insufficient {}){told}",
                asked.text,
                what.to_lowercase()
            )
        }
        _ => format!("no node has the {what} that it requests ({})", short(message)),
    };
    let playbook = if cpu { "unschedulable.cpu" } else { "unschedulable.memory" };
    found(name, playbook, 5.0, message, &places, mechanism, notes);
}

/// Of several reasons the one that most nodes give; control planes often give one of their own.
fn main_reason(message: &str) -> Option<&str> {
    let reasons = message.split(" preemption:").next().unwrap_or(message);
    let reasons = reasons.split_once("available: ").map_or(reasons, |(_, r)| r);
    let counted = reasons.split(", ").map(|r| {
        let count: u32 = r.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(1);
        (count, r)
    });
    counted.max_by_key(|(count, r)| (*count, !r.contains("taint"))).map(|(_, reason)| reason)
}

/// By the scheduler's own words, where the nodes are not shown.
fn by_words(name: &str, message: &str, at: Span, notes: &mut Notes<'_>) {
    let words: [(&str, &str); 17] = [
        ("Insufficient cpu", "unschedulable.cpu"),
        ("Insufficient memory", "unschedulable.memory"),
        ("Insufficient ephemeral-storage", "unschedulable.ephemeral_storage"),
        ("Insufficient ", "unschedulable.device"),
        ("Too many pods", "unschedulable.too_many_pods"),
        ("free ports", "unschedulable.host_port"),
        ("pod anti-affinity", "unschedulable.pod_affinity"),
        ("pod affinity", "unschedulable.pod_affinity"),
        ("topology spread", "unschedulable.topology_spread"),
        ("untolerated taint {node.kubernetes.io/not-ready", "unschedulable.nodes_not_ready"),
        ("untolerated taint {node.kubernetes.io/unreachable", "unschedulable.nodes_not_ready"),
        ("untolerated taint {node.kubernetes.io/disk-pressure", "unschedulable.nodes_not_ready"),
        ("max volume count", "capacity_limit.volume_attachments"),
        ("volume node affinity conflict", "storage_volume.node_affinity"),
        ("taint", "unschedulable.taint"),
        ("node affinity/selector", "unschedulable.node_selector"),
        ("were unschedulable", "unschedulable.cordoned"),
    ];
    let Some(reason) = main_reason(message) else { return };
    let playbook = words.iter().find(|(w, _)| reason.contains(w)).map_or("unschedulable.other", |(_, p)| p);
    let mechanism = short(message);
    found(name, playbook, 4.5, message, &[at], mechanism, notes);
}

fn found(
    name: &str,
    playbook: &str,
    weight: f64,
    message: &str,
    at: &[Span],
    mechanism: String,
    notes: &mut Notes<'_>,
) {
    let text = format!("the scheduler says: {}", short(message));
    notes.find(Draft::stated(name, playbook, weight, text, at, mechanism));
}

/// The scheduler's message without what it says about preemption.
fn short(message: &str) -> String {
    message.split(" preemption:").next().unwrap_or(message).trim_end_matches('.').to_owned()
}

/// `15671352Ki` → `15671352Ki (14.9 GiB)`: a node gives its memory in a unit that nobody thinks in.
fn spoken(amount: &str) -> String {
    let digits = amount.find(|c: char| !c.is_ascii_digit()).unwrap_or(amount.len());
    let (figure, unit) = amount.split_at(digits);
    larger_unit(figure, unit).map_or_else(|| amount.to_owned(), |larger| format!("{amount} ({larger})"))
}
