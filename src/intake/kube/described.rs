//! `kubectl describe` trees → objects.

use crate::domain::Span;

use super::describe::values;
use super::lines::Row;
use super::listed::addresses;
use super::model::{
    Amounts, Cluster, Container, Env, Event, Mount, Pair, Probe, ProbeKind, Quota, Reference, Said, ServicePort, State,
};
use super::nodes;
use super::policy::Admits;
use super::quantity::age;
use super::read::kind_listed;
use super::tree::{Tree, label_pairs};

/// Adds what a description shows. The kind is the command's, or told by the keys.
pub fn description(tree: &Tree, rows: &[Row<'_>], command: Option<&str>, cluster: &mut Cluster) {
    let Some(name) = tree.said(&["Name"]) else { return };
    let has = |key: &str| tree.get(key).is_some();
    let kind = if has("Containers") && has("Node") {
        "pod"
    } else if has("Pod Template") {
        workload_kind(tree, command)
    } else if has("Allocatable") || has("Non-terminated Pods") {
        "node"
    } else if has("Session Affinity") || (has("Selector") && has("IP Families")) {
        "service"
    } else if has("Provisioner") {
        "storageclass"
    } else {
        command.and_then(kind_listed).unwrap_or_else(|| if has("Access Modes") { "persistentvolumeclaim" } else { "" })
    };
    let namespace = tree.text(&["Namespace"]);
    super::dated::described(tree, kind, &name.text, cluster);
    match kind {
        "pod" => pod(tree, &name, namespace.clone(), cluster),
        "deployment" | "statefulset" | "daemonset" | "replicaset" | "job" | "cronjob" => {
            workload(kind, tree, &name, namespace.clone(), cluster);
        }
        "node" => nodes::described(tree, rows, &name, cluster),
        "service" => service(tree, &name, namespace.clone(), cluster),
        "persistentvolumeclaim" | "persistentvolume" => {
            storage(kind == "persistentvolumeclaim", tree, &name, cluster);
        }
        "networkpolicy" => policy(tree, &name, namespace.clone(), cluster),
        "resourcequota" => quota(rows, &name, namespace.clone(), cluster),
        "" => return,
        kind => {
            let named = cluster.named_mut(kind, &name.text, name.at);
            named.namespace = namespace.clone();
            // a row of a listing may stand there already: both are kept
            named.details.extend(flat_pairs(tree));
        }
    }
    events(rows, kind, &name.text, namespace.as_deref(), cluster);
}

/// Adds what a part of a description shows (`| grep -A9 Conditions`, `| tail`): a node's conditions
/// and the events.
pub fn fragment(kind: &str, name: &str, rows: &[Row<'_>], namespace: Option<&str>, cluster: &mut Cluster) {
    let Some(first) = rows.first() else { return };
    let conditions = if kind == "node" { nodes::conditions(rows) } else { Vec::new() };
    if !conditions.is_empty() {
        cluster.node_mut(name, first.span()).conditions = conditions;
    }
    events(rows, kind, name, namespace, cluster);
}

fn workload_kind(tree: &Tree, command: Option<&str>) -> &'static str {
    match command.and_then(kind_listed) {
        Some(kind) => kind,
        None if tree.get("StrategyType").is_some() => "deployment",
        None if tree.get("Update Strategy").is_some() => "statefulset",
        None if tree.get("Completions").is_some() => "job",
        None if tree.get("Desired Number of Nodes Scheduled").is_some() => "daemonset",
        None => "replicaset",
    }
}

/// Every leaf of a description as `Key: value`.
fn flat_pairs(tree: &Tree) -> Vec<Pair> {
    let mut found = Vec::new();
    for t in &tree.below {
        found.push(Pair { key: t.key.clone(), value: t.value.clone(), at: t.at });
        found.extend(flat_pairs(t));
    }
    found
}

fn pairs_of(tree: &Tree, key: &str) -> Vec<Pair> {
    let Some(found) = tree.get(key) else { return Vec::new() };
    values(found).into_iter().flat_map(|(text, at)| label_pairs(&text, at)).collect()
}

fn pod(tree: &Tree, name: &Said, namespace: Option<String>, cluster: &mut Cluster) {
    let pod = cluster.pod_mut(&name.text, name.at);
    pod.namespace = namespace.clone().or(pod.namespace.take());
    // A listing's status (`CrashLoopBackOff`) says more than the phase of a description.
    pod.status = pod.status.take().or_else(|| tree.said(&["Status"]));
    let node = tree.said(&["Node"]).filter(|n| n.text != "<none>");
    pod.node = node.map(|n| Said { text: n.text.split('/').next().unwrap_or("").to_owned(), at: n.at });
    pod.ip = tree.text(&["IP"]).or(pod.ip.take());
    pod.controlled_by = tree.text(&["Controlled By"]);
    let conditions = tree.get("Conditions").map(|c| c.below.as_slice()).unwrap_or_default();
    pod.conditions = conditions
        .iter()
        .filter_map(|c| c.value.split_once(char::is_whitespace).map(|(key, value)| (key, value.trim(), c.at)))
        .filter(|(key, ..)| *key != "Type")
        .map(|(key, value, at)| Pair { key: key.into(), value: value.into(), at })
        .collect();
    let spec = &mut pod.spec;
    spec.labels = pairs_of(tree, "Labels");
    spec.service_account = tree.said(&["Service Account"]);
    spec.node_selector = pairs_of(tree, "Node-Selectors");
    spec.tolerations = tree.get("Tolerations").map(said_values).unwrap_or_default();
    spec.containers.clear();
    spec.references.clear();
    spec.volumes.clear();
    for (key, init) in [("Init Containers", true), ("Containers", false)] {
        for c in tree.get(key).map(|t| t.below.as_slice()).unwrap_or_default() {
            container(c, init, spec);
        }
    }
    for v in tree.get("Volumes").map(|t| t.below.as_slice()).unwrap_or_default() {
        volume(v, spec);
    }
    let ready =
        spec.containers.iter().filter(|c| !c.init && c.state.phase.as_ref().is_some_and(|p| p.text == "Running"));
    let of = spec.containers.iter().filter(|c| !c.init).count() as u32;
    let ready = ready.count() as u32;
    let restarts = spec.containers.iter().filter_map(|c| c.restarts).sum();
    if pod.ready.is_none() {
        let is_ready = pod.conditions.iter().find(|c| c.key == "Ready").map(|c| c.value == "True");
        pod.ready = Some((if is_ready == Some(false) { ready.min(of.saturating_sub(1)) } else { ready }, of));
    }
    pod.restarts = pod.restarts.or(Some(restarts));
}

fn said_values(tree: &Tree) -> Vec<Said> {
    values(tree).into_iter().map(|(text, at)| Said { text, at }).collect()
}

fn amounts(tree: &Tree, key: &str) -> Amounts {
    Amounts { cpu: tree.said(&[key, "cpu"]), memory: tree.said(&[key, "memory"]) }
}

fn state(tree: &Tree, key: &str) -> State {
    State {
        phase: tree.said(&[key]),
        reason: tree.said(&[key, "Reason"]),
        message: tree.said(&[key, "Message"]),
        exit_code: tree.said(&[key, "Exit Code"]),
        started: tree.said(&[key, "Started"]),
        finished: tree.said(&[key, "Finished"]),
    }
}

/// A container, and what it refers to.
pub(super) fn container(tree: &Tree, init: bool, spec: &mut super::model::PodSpec) {
    let joined = |key: &str| {
        let all = tree.get(key)?;
        let text = values(all).into_iter().map(|(t, _)| t).collect::<Vec<_>>().join(" ");
        (!text.is_empty()).then(|| Said { text, at: all.whole() })
    };
    let ports = ["Port", "Ports"].iter().filter_map(|k| tree.said(&[k])).filter(|p| p.text != "<none>");
    let ports = ports.flat_map(|p| {
        let each: Vec<Pair> = p
            .text
            .split(',')
            .map(|one| {
                let (port, protocol) = one.trim().split_once('/').unwrap_or((one.trim(), ""));
                Pair { key: port.to_owned(), value: protocol.to_owned(), at: p.at }
            })
            .collect();
        each
    });
    let mut env = Vec::new();
    for e in tree.get("Environment").map(|t| t.below.as_slice()).unwrap_or_default() {
        if let Some(reference) = env_reference(&e.value, e.at) {
            spec.references.push(reference);
            env.push(Env { name: e.key.clone(), value: None, at: e.at });
        } else {
            env.push(Env { name: e.key.clone(), value: Some(e.value.clone()), at: e.at });
        }
    }
    for from in tree.get("Environment Variables from").map(|t| t.below.as_slice()).unwrap_or_default() {
        let kind = if from.value.contains("Secret") { "secret" } else { "configmap" };
        let optional = from.value.contains("Optional: true");
        spec.references.push(Reference { kind, name: from.key.clone(), key: None, optional, at: from.at });
    }
    let probes =
        [("Liveness", ProbeKind::Liveness), ("Readiness", ProbeKind::Readiness), ("Startup", ProbeKind::Startup)];
    spec.containers.push(Container {
        name: tree.key.clone(),
        init,
        image: tree.said(&["Image"]),
        command: joined("Command"),
        args: joined("Args"),
        ports: ports.collect(),
        requests: amounts(tree, "Requests"),
        limits: amounts(tree, "Limits"),
        probes: probes.iter().filter_map(|(key, kind)| probe(*kind, &tree.said(&[key])?)).collect(),
        env,
        mounts: tree.get("Mounts").map(|m| m.below.iter().filter_map(mount).collect()).unwrap_or_default(),
        security: Vec::new(),
        state: state(tree, "State"),
        last: state(tree, "Last State"),
        restarts: tree.said(&["Restart Count"]).and_then(|r| r.number()),
    });
}

/// `<set to the key 'password' in secret 'db'>  Optional: false`.
fn env_reference(value: &str, at: Span) -> Option<Reference> {
    let rest = value.strip_prefix("<set to the key '")?;
    let (key, rest) = rest.split_once('\'')?;
    let (kind, rest) = if let Some(rest) = rest.strip_prefix(" in secret '") {
        ("secret", rest)
    } else {
        ("configmap", rest.strip_prefix(" of config map '")?)
    };
    let name = rest.split('\'').next()?.to_owned();
    Some(Reference { kind, name, key: Some(key.to_owned()), optional: value.contains("Optional: true"), at })
}

/// `/data from redis-data (rw,path="x")`.
fn mount(tree: &Tree) -> Option<Mount> {
    let text = if tree.key.is_empty() { tree.value.clone() } else { format!("{}: {}", tree.key, tree.value) };
    let (path, rest) = text.split_once(" from ")?;
    let (volume, mode) = rest.split_once(" (").unwrap_or((rest, ""));
    Some(Mount { path: path.to_owned(), volume: volume.to_owned(), read_only: mode.starts_with("ro"), at: tree.at })
}

fn volume(tree: &Tree, spec: &mut super::model::PodSpec) {
    let kind = tree.text(&["Type"]).unwrap_or_default();
    let optional = tree.text(&["Optional"]).is_some_and(|o| o == "true");
    spec.volumes.push(Pair { key: tree.key.clone(), value: kind.clone(), at: tree.at });
    let by_kind = [
        ("ConfigMap", "configmap", "Name"),
        ("Secret", "secret", "SecretName"),
        ("PersistentVolumeClaim", "persistentvolumeclaim", "ClaimName"),
        ("HostPath", "hostpath", "Path"),
    ];
    for (starts, kind_name, key) in by_kind {
        if let (true, Some(name)) = (kind.starts_with(starts), tree.said(&[key])) {
            spec.references.push(Reference { kind: kind_name, name: name.text, key: None, optional, at: name.at });
        }
    }
}

/// `http-get http://:8080/healthz delay=5s timeout=1s period=5s #success=1 #failure=3`.
fn probe(kind: ProbeKind, said: &Said) -> Option<Probe> {
    let mut words = said.text.split_whitespace();
    let first = words.next()?;
    let target = words.next().unwrap_or("");
    let (action, rest) = match first {
        "http-get" => {
            (if target.starts_with("https") { "https" } else { "http" }, target.split("://").nth(1).unwrap_or(""))
        }
        "grpc" => ("grpc", target),
        "tcp-socket" => ("tcp", target),
        "exec" => ("exec", ""),
        _ => return None,
    };
    let (address, path) = rest.split_once('/').map_or((rest, None), |(a, p)| (a, Some(format!("/{p}"))));
    let setting = |name: &str| said.text.split_whitespace().find_map(|w| w.strip_prefix(name));
    let seconds = |name: &str| setting(name).and_then(age);
    Some(Probe {
        kind,
        action,
        port: address.rsplit_once(':').map(|(_, p)| p.to_owned()).filter(|p| !p.is_empty()),
        path,
        initial_delay: seconds("delay="),
        timeout: seconds("timeout="),
        period: seconds("period="),
        failures: setting("#failure=").and_then(|f| f.parse().ok()),
        at: said.at,
    })
}

fn workload(kind: &str, tree: &Tree, name: &Said, namespace: Option<String>, cluster: &mut Cluster) {
    let workload = cluster.workload_mut(kind, &name.text, name.at);
    workload.namespace = namespace;
    workload.selector = pairs_of(tree, "Selector");
    if let Some(said) = tree.said(&["Replicas"]) {
        let number = |word: &str| {
            let before = said.text.split(word).next()?;
            before.split_whitespace().next_back()?.parse().ok()
        };
        workload.desired = number(" desired").or(workload.desired);
        workload.available = number(" available").or(workload.available);
        workload.replicas = Some(said);
    }
    let Some(template) = tree.get("Pod Template") else { return };
    workload.spec.labels = pairs_of(template, "Labels");
    workload.spec.service_account = template.said(&["Service Account"]);
    workload.spec.node_selector = pairs_of(template, "Node-Selectors");
    for c in template.get("Containers").map(|t| t.below.as_slice()).unwrap_or_default() {
        container(c, false, &mut workload.spec);
    }
    for v in template.get("Volumes").map(|t| t.below.as_slice()).unwrap_or_default() {
        volume(v, &mut workload.spec);
    }
}

fn service(tree: &Tree, name: &Said, namespace: Option<String>, cluster: &mut Cluster) {
    let service = cluster.service_mut(&name.text, name.at);
    service.namespace = namespace;
    service.live = true;
    service.kind = tree.text(&["Type"]);
    service.cluster_ip = tree.text(&["IP"]);
    service.selector = pairs_of(tree, "Selector");
    for (key, name) in [("external", "External Name"), ("traffic", "External Traffic Policy")] {
        if let Some(said) = tree.said(&[name]) {
            service.details.retain(|d| d.key != key);
            service.details.push(Pair { key: key.to_owned(), value: said.text, at: said.at });
        }
    }
    let keyed = |key: &'static str| tree.below.iter().filter(move |t| t.key == key);
    let targets: Vec<&Tree> = keyed("TargetPort").collect();
    service.ports = keyed("Port")
        .enumerate()
        .filter_map(|(i, t)| {
            let mut words: Vec<&str> = t.value.split_whitespace().collect();
            let (port, protocol) = words.pop()?.split_once('/')?;
            let target = targets.get(i);
            Some(ServicePort {
                name: words.first().filter(|n| **n != "<unset>").map(|n| (*n).to_owned()),
                port: port.parse().ok()?,
                target: target.and_then(|t| t.value.split('/').next()).map(str::to_owned),
                protocol: Some(protocol.to_owned()),
                at: Span { end: target.map_or(t.at.end, |target| target.at.end), ..t.at },
            })
        })
        .collect();
    let listed: Vec<&Tree> = keyed("Endpoints").collect();
    if let Some(first) = listed.first() {
        let mut all: Vec<String> = listed.iter().flat_map(|t| addresses(&t.value)).collect();
        all.dedup();
        service.endpoints = Some(all);
        service.endpoints_at = Some(first.at);
    }
}

fn storage(claim: bool, tree: &Tree, name: &Said, cluster: &mut Cluster) {
    let storage = cluster.storage_mut(claim, &name.text, name.at);
    storage.status = tree.said(&["Status"]).or(storage.status.take());
    storage.capacity = tree.said(&["Capacity"]).or(storage.capacity.take());
    storage.modes = tree.said(&["Access Modes"]).or(storage.modes.take());
    storage.class = tree.said(&["StorageClass"]).or(storage.class.take());
    storage.labels = pairs_of(tree, "Labels");
    let users = ["Used By", "Mounted By"].iter().filter_map(|k| tree.get(k));
    storage.used_by = users.flat_map(said_values).collect();
    let other = tree.said(&[if claim { "Volume" } else { "Claim" }]);
    storage.other = other.or(storage.other.take());
}

fn policy(tree: &Tree, name: &Said, namespace: Option<String>, cluster: &mut Cluster) {
    let policy = cluster.policy_mut(&name.text, name.at);
    policy.namespace = namespace.or(policy.namespace.take());
    let Some(spec) = tree.get("Spec") else { return };
    if let Some(selector) = spec.get("PodSelector") {
        let all = selector.value.starts_with("<none>");
        policy.selector = Some(if all {
            Vec::new()
        } else {
            values(selector).into_iter().flat_map(|(text, at)| label_pairs(&text, at)).collect()
        });
    }
    let types = spec.text(&["Policy Types"]).unwrap_or_default();
    policy.ingress = types.contains("Ingress");
    policy.egress = types.contains("Egress");
    let rules = spec.below.iter().filter(|t| t.key.contains("gress traffic"));
    policy.rules = rules.map(|t| Said { text: format!("{}: {}", t.key, t.flat()), at: t.whole() }).collect();
    let ingress = spec.below.iter().find(|t| t.key.contains("ingress traffic"));
    policy.admits = ingress.filter(|t| !t.value.starts_with("<none>")).map(admits).into_iter().collect();
}

/// Whom the rules for ingress let in, as they are described one below the other: each `From` is one alternative.
fn admits(rules: &Tree) -> Admits {
    let mut found = Admits { labels: Vec::new(), spaces: Vec::new(), others: false, at: rules.whole() };
    let peers: Vec<&Tree> = rules.below.iter().filter(|t| t.key == "From").collect();
    found.others = peers.is_empty();
    for peer in peers {
        let labels = |key: &str| Some(pairs_of(peer, key)).filter(|l| !l.is_empty());
        match (labels("NamespaceSelector"), labels("PodSelector")) {
            (Some(space), _) => found.spaces.push(space),
            (None, Some(labels)) if peer.get("NamespaceSelector").is_none() => found.labels.push(labels),
            _ => found.others = true,
        }
    }
    found
}

fn quota(rows: &[Row<'_>], name: &Said, namespace: Option<String>, cluster: &mut Cluster) {
    let below = rows.iter().skip_while(|r| !r.text.starts_with("Resource")).skip(2);
    for row in below.take_while(|r| !r.text.trim().is_empty()) {
        let words: Vec<&str> = row.text.split_whitespace().collect();
        let [resource, used, hard] = words.as_slice() else { continue };
        cluster.quotas.retain(|q| q.name != name.text || q.resource != *resource);
        cluster.quotas.push(Quota {
            name: name.text.clone(),
            namespace: namespace.clone(),
            resource: (*resource).to_owned(),
            used: (*used).to_owned(),
            hard: (*hard).to_owned(),
            at: row.span(),
        });
    }
}

/// The table below `Events:`.
pub(super) fn events(rows: &[Row<'_>], kind: &str, name: &str, namespace: Option<&str>, cluster: &mut Cluster) {
    let Some(at) = rows.iter().position(|r| r.text.starts_with("Events:")) else { return };
    let below = rows.get(at + 1..).unwrap_or(&[]);
    let from_column = below.first().and_then(|r| r.text.find("From"));
    for row in below.iter().skip(1).take_while(|r| r.text.starts_with(' ')) {
        let text = row.text.trim_start();
        let mut words = text.split_whitespace();
        let (Some(level), Some(reason)) = (words.next(), words.next()) else { continue };
        if !matches!(level, "Normal" | "Warning") {
            continue;
        }
        let Some(from) = from_column.and_then(|c| row.text.get(c..)) else { continue };
        let seen = row.text.get(..from_column.unwrap_or(0)).unwrap_or("");
        let seen = seen.trim().rsplit("  ").next().unwrap_or("").trim();
        let message = from.split_once("  ").map_or("", |(_, m)| m.trim());
        let (age_text, rest) = seen.split_once(" (").unwrap_or((seen, ""));
        let count = rest.trim_start_matches('x').split(' ').next().and_then(|n| n.parse().ok());
        let event = Event {
            warning: level == "Warning",
            reason: reason.to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            namespace: namespace.map(str::to_owned),
            message: Said { text: message.to_owned(), at: row.span_of(message) },
            age: age(age_text.trim()),
            over: super::quantity::over(seen),
            began: None,
            count: count.unwrap_or(1),
            at: row.span(),
        };
        cluster.events.push(event);
    }
}
