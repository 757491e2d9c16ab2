//! JSON from APIs and tools → objects: manifests, and the flattened shapes that monitoring tools make
//! of pods, deployments, nodes and events.

use chrono::DateTime;

use crate::domain::Stamp;

use super::manifested::{document, state};
use super::model::{Cluster, Condition, Container, Event, Pair, Said};
use super::tree::Tree;

/// Keys that only a node has, where its conditions are keys of their own.
const FLAT_NODE: &[&str] = &["memory_pressure", "disk_pressure", "pid_pressure", "allocatable_cpu", "capacity_cpu"];

/// How deep objects are looked for.
const DEPTH: u32 = 12;

/// Adds every object in a JSON value.
pub fn value(tree: &Tree, cluster: &mut Cluster) {
    walk(tree, cluster, 0);
}

fn any<'a>(tree: &'a Tree, keys: &[&str]) -> Option<&'a Tree> {
    keys.iter().find_map(|k| tree.get(k))
}

/// What the first of these keys says that says anything: a key with `null` says nothing.
fn said(tree: &Tree, keys: &[&str]) -> Option<Said> {
    keys.iter().find_map(|k| tree.said(&[k]))
}

fn walk(tree: &Tree, cluster: &mut Cluster, depth: u32) {
    if depth > DEPTH {
        return;
    }
    let has = |key: &str| tree.get(key).is_some();
    if has("kind") && has("metadata") {
        return document(tree, None, cluster);
    }
    if has("message") && has("reason") && any(tree, &["involved_object", "involvedObject", "object"]).is_some() {
        return event(tree, cluster);
    }
    if has("name") {
        let phase = any(tree, &["phase", "status"]).is_some_and(|p| !p.value.is_empty());
        if phase && has("containers") {
            return pod(tree, cluster);
        }
        if any(tree, &["desired_replicas", "replicas", "desired"]).is_some()
            && any(tree, &["ready_replicas", "readyReplicas", "available_replicas", "available"]).is_some()
        {
            return workload(tree, cluster);
        }
        if has("conditions") && any(tree, &["allocatable", "capacity", "instance_type", "unschedulable"]).is_some() {
            return node(tree, cluster);
        }
        if has("ready") && FLAT_NODE.iter().any(|k| has(k)) {
            return flat_node(tree, cluster);
        }
    }
    for child in &tree.below {
        walk(child, cluster, depth + 1);
    }
}

/// An event in either form.
pub fn event(tree: &Tree, cluster: &mut Cluster) {
    let Some(message) = tree.said(&["message"]) else { return };
    let object = any(tree, &["involved_object", "involvedObject", "object"]);
    let (kind, name) = match object {
        Some(o) if !o.value.is_empty() => match o.value.split_once('/') {
            Some((kind, name)) => (kind.to_owned(), name.to_owned()),
            None => (String::new(), o.value.clone()),
        },
        Some(o) => (o.text(&["kind"]).unwrap_or_default(), o.text(&["name"]).unwrap_or_default()),
        None => return,
    };
    let namespace = tree.text(&["namespace"]).or_else(|| object.and_then(|o| o.text(&["namespace"])));
    let at = message.at;
    cluster.events.push(Event {
        warning: tree.text(&["type"]).as_deref() != Some("Normal"),
        reason: tree.text(&["reason"]).unwrap_or_default(),
        kind: kind.to_ascii_lowercase(),
        name,
        namespace,
        message,
        age: None,
        over: None,
        began: ["firstTimestamp", "first_timestamp", "eventTime", "event_time"]
            .iter()
            .find_map(|k| super::dated::stamp(&tree.get(k)?.value)),
        count: tree.said(&["count"]).and_then(|c| c.number()).unwrap_or(1),
        at,
    });
}

fn pod(tree: &Tree, cluster: &mut Cluster) {
    let Some(name) = tree.said(&["name"]) else { return };
    let pod = cluster.pod_mut(&name.text, name.at);
    pod.namespace = tree.text(&["namespace"]).or(pod.namespace.take());
    pod.node = said(tree, &["node_name", "nodeName", "node"]).or(pod.node.take());
    let containers = tree.get("containers").map(Tree::items).unwrap_or_default();
    let mut ready = 0;
    pod.spec.containers.clear();
    for c in &containers {
        ready += u32::from(c.text(&["ready"]).as_deref() == Some("true"));
        let restarts = said(c, &["restart_count", "restartCount", "restarts"]);
        pod.spec.containers.push(Container {
            name: c.text(&["name"]).unwrap_or_default(),
            image: c.said(&["image"]),
            state: flat_state(c, "state"),
            last: flat_state(c, "last_state"),
            restarts: restarts.and_then(|r| r.number()),
            ..Container::default()
        });
    }
    pod.ready = Some((ready, containers.len() as u32));
    pod.restarts = Some(pod.spec.containers.iter().filter_map(|c| c.restarts).sum());
    let waiting = pod.spec.containers.iter().find(|c| c.state.phase.as_ref().is_some_and(|p| p.text == "Waiting"));
    let reason = waiting.and_then(|c| c.state.reason.clone());
    pod.status = reason.or_else(|| said(tree, &["phase", "status"]));
    pod.conditions = tree
        .get("conditions")
        .map(Tree::items)
        .unwrap_or_default()
        .iter()
        .filter_map(|c| {
            let status = c.said(&["status"])?;
            let why = ["reason", "message"].iter().filter_map(|k| c.text(&[k])).collect::<Vec<_>>().join(": ");
            let value = if why.is_empty() { status.text } else { format!("{} {why}", status.text) };
            let at = c.get("message").map_or(status.at, |m| m.at);
            Some(Pair { key: c.text(&["type"])?, value, at })
        })
        .collect();
}

/// `{"waiting": {…}}`, or `{"running": true, "started_at": …}`, or `{"waiting": true, "reason": …}`.
fn flat_state(tree: &Tree, key: &str) -> super::model::State {
    let camel = if key == "last_state" { "lastState" } else { key };
    let Some(found) = any(tree, &[key, camel]) else { return Default::default() };
    let first_is_object = found.below.first().is_some_and(|f| !f.below.is_empty());
    if first_is_object {
        return state(Some(found));
    }
    let phase = found.below.iter().find(|t| t.value == "true").map(|t| {
        let mut text = t.key.clone();
        if let Some(first) = text.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Said { text, at: t.at }
    });
    super::model::State {
        phase,
        reason: found.said(&["reason"]),
        message: found.said(&["message"]),
        exit_code: said(found, &["exit_code", "exitCode"]),
        started: said(found, &["started_at", "startedAt"]),
        finished: said(found, &["finished_at", "finishedAt"]),
    }
}

fn workload(tree: &Tree, cluster: &mut Cluster) {
    let Some(name) = tree.said(&["name"]) else { return };
    let workload = cluster.workload_mut("deployment", &name.text, name.at);
    workload.namespace = tree.text(&["namespace"]).or(workload.namespace.take());
    let number = |keys: &[&str]| said(tree, keys).and_then(|s| s.number());
    workload.desired = number(&["desired_replicas", "replicas", "desired"]);
    workload.ready = number(&["ready_replicas", "readyReplicas", "ready"]);
    workload.available = number(&["available_replicas", "availableReplicas", "available"]);
    workload.up_to_date = number(&["updated_replicas", "updatedReplicas", "updated"]);
    workload.replicas = said(tree, &["desired_replicas", "replicas", "desired"]);
}

fn node(tree: &Tree, cluster: &mut Cluster) {
    let Some(name) = tree.said(&["name"]) else { return };
    let node = cluster.node_mut(&name.text, name.at);
    node.unschedulable = tree.said(&["unschedulable"]);
    let conditions = tree.get("conditions").map(Tree::items).unwrap_or_default();
    node.conditions = conditions
        .iter()
        .filter_map(|c| {
            let status = c.said(&["status"])?;
            let since = said(c, &["last_transition_time", "lastTransitionTime"]);
            Some(Condition {
                kind: c.text(&["type"])?,
                status: status.text,
                reason: c.text(&["reason"]).unwrap_or_default(),
                message: c.text(&["message"]).unwrap_or_default(),
                since: since.and_then(|s| DateTime::parse_from_rfc3339(&s.text).ok()).map(|t| Stamp::Exact(t.to_utc())),
                at: c.get("message").map_or(status.at, |m| m.at),
            })
        })
        .collect();
}

/// `{"name": …, "ready": "Unknown", "disk_pressure": "False", …}`.
fn flat_node(tree: &Tree, cluster: &mut Cluster) {
    let Some(name) = tree.said(&["name"]) else { return };
    let keys = [
        ("Ready", "ready"),
        ("MemoryPressure", "memory_pressure"),
        ("DiskPressure", "disk_pressure"),
        ("PIDPressure", "pid_pressure"),
        ("NetworkUnavailable", "network_unavailable"),
    ];
    let capital = |text: &str| match text {
        "true" => "True".to_owned(),
        "false" => "False".to_owned(),
        other => other.to_owned(),
    };
    let told = keys.iter().filter_map(|(kind, key)| tree.said(&[key]).map(|said| (*kind, said)));
    let conditions = told.map(|(kind, said)| Condition {
        kind: kind.to_owned(),
        status: capital(&said.text),
        reason: String::new(),
        message: String::new(),
        since: None,
        at: said.at,
    });
    cluster.node_mut(&name.text, name.at).conditions = conditions.collect();
}

#[cfg(test)]
mod tests {
    use super::super::json::json;
    use super::*;
    use crate::domain::SourceId;

    #[test]
    fn an_event_of_the_new_interface_has_its_time() {
        let text = r#"{"type":"Warning","reason":"FailedScheduling","message":"no node","involvedObject":{"kind":"Pod","name":"a"},"firstTimestamp":null,"eventTime":"2026-01-02T03:04:05.123456Z"}"#;
        let mut cluster = Cluster::default();
        value(&json(text, 0, SourceId(0)).unwrap().0, &mut cluster);
        assert_eq!(cluster.events[0].began.map(|t| t.to_string()).as_deref(), Some("2026-01-02T03:04:05.123456Z"));
    }
}
