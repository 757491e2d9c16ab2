//! `kubectl get` tables → objects.

use super::lines::Row;
use super::model::{Cluster, Event, Pair, Quota, Said, ServicePort};
use super::quantity::age;
use super::read::kind_named;
use super::table::Cells;
use super::tree::label_pairs;

/// Adds what a listing shows, and whether it shows every object of its kind. The kind is the command's, or told
/// by the columns.
pub fn listing(
    (heading, all): (Row<'_>, bool),
    rows: &[Cells<'_>],
    command_kind: Option<&str>,
    namespace: Option<&str>,
    cluster: &mut Cluster,
) {
    let Some(kind) = kind_of(heading.text).or(command_kind) else { return };
    let whole = all && command_kind.is_some() && kind != "event";
    if whole {
        cluster.listed.push((kind.to_owned(), heading.span()));
    }
    for cells in rows {
        row(kind, cells, namespace, cluster);
    }
}

/// The kind that only these columns belong to.
fn kind_of(heading: &str) -> Option<&'static str> {
    let has = |names: &[&str]| names.iter().all(|n| heading.contains(n));
    let kinds: [(&str, &[&str]); 13] = [
        ("event", &["REASON", "OBJECT", "MESSAGE"]),
        ("pod", &["READY", "STATUS", "RESTARTS"]),
        ("service", &["TYPE", "CLUSTER-IP", "PORT(S)"]),
        ("daemonset", &["DESIRED", "CURRENT", "NODE SELECTOR"]),
        ("replicaset", &["DESIRED", "CURRENT", "READY"]),
        ("deployment", &["READY", "UP-TO-DATE", "AVAILABLE"]),
        ("endpoints", &["ENDPOINTS"]),
        ("node", &["STATUS", "ROLES", "VERSION"]),
        ("persistentvolume", &["CAPACITY", "RECLAIM POLICY"]),
        ("persistentvolumeclaim", &["STATUS", "VOLUME", "CAPACITY"]),
        ("storageclass", &["PROVISIONER"]),
        ("resourcequota", &["REQUEST", "LIMIT"]),
        ("horizontalpodautoscaler", &["REFERENCE", "TARGETS", "MINPODS"]),
    ];
    kinds.iter().find(|(_, columns)| has(columns)).map(|(kind, _)| *kind)
}

fn row(kind: &str, cells: &Cells<'_>, namespace: Option<&str>, cluster: &mut Cluster) {
    let namespace = cells.text("NAMESPACE").or_else(|| namespace.map(str::to_owned));
    if kind == "event" {
        return event(cells, namespace, cluster);
    }
    let Some(name) = cells.said("NAME") else { return };
    // `deployment.apps/cart`: a listing of several kinds.
    let (kind, name) = match name.text.split_once('/') {
        Some((kind, rest)) => (kind_named(kind).unwrap_or("other"), Said { text: rest.to_owned(), at: name.at }),
        None => (kind, name),
    };
    // `standard (default)`: the class that is taken where none is named
    let name = Said { text: name.text.trim_end_matches(" (default)").to_owned(), at: name.at };
    let seconds = cells.text("AGE").and_then(|a| age(&a));
    match kind {
        "pod" => pod(cells, &name, namespace, cluster),
        "deployment" | "statefulset" | "daemonset" | "replicaset" => workload(kind, cells, &name, namespace, cluster),
        "service" => service(cells, &name, namespace, cluster),
        "endpoints" => {
            let service = cluster.service_mut(&name.text, cells.row().span());
            service.endpoints = Some(cells.said("ENDPOINTS").map_or_else(Vec::new, |s| addresses(&s.text)));
            service.endpoints_at = Some(cells.row().span());
        }
        "node" => {
            let node = cluster.node_mut(&name.text, cells.row().span());
            node.at = cells.row().span();
            node.status = cells.said("STATUS");
            node.roles = cells.text("ROLES");
            node.runtime = cells.said("CONTAINER-RUNTIME");
        }
        "persistentvolumeclaim" | "persistentvolume" => {
            let claim = kind == "persistentvolumeclaim";
            let storage = cluster.storage_mut(claim, &name.text, cells.row().span());
            storage.at = cells.row().span();
            storage.status = cells.said("STATUS");
            storage.capacity = cells.said("CAPACITY").or(storage.capacity.take());
            storage.modes = cells.said("ACCESS MODES").or(storage.modes.take());
            storage.class = cells.said("STORAGECLASS");
            storage.other = cells.said(if claim { "VOLUME" } else { "CLAIM" });
            storage.age = seconds;
        }
        "networkpolicy" => {
            let policy = cluster.policy_mut(&name.text, cells.row().span());
            policy.namespace = namespace;
            policy.age = seconds;
            policy.selector = match cells.raw("POD-SELECTOR") {
                Some("<none>") => Some(Vec::new()),
                Some(text) => Some(label_pairs(text, cells.row().span())),
                None => policy.selector.take(),
            };
        }
        "resourcequota" => quota(cells, &name.text, namespace, cluster),
        kind => {
            let named = cluster.named_mut(kind, &name.text, cells.row().span());
            named.namespace = namespace;
            named.at = cells.row().span();
            let row = cells.row();
            named.details = cells
                .all()
                .iter()
                .map(|(key, value)| Pair { key: (*key).into(), value: (*value).into(), at: row.span_of(value) })
                .collect();
        }
    }
}

fn pod(cells: &Cells<'_>, name: &Said, namespace: Option<String>, cluster: &mut Cluster) {
    let pod = cluster.pod_mut(&name.text, cells.row().span());
    pod.at = cells.row().span();
    pod.namespace = namespace.or(pod.namespace.take());
    pod.ready = cells.text("READY").and_then(|r| fraction(&r)).or(pod.ready);
    pod.status = cells.said("STATUS").or(pod.status.take());
    if let Some(restarts) = cells.text("RESTARTS") {
        let (count, ago) = restarts.split_once(" (").unwrap_or((&restarts, ""));
        pod.restarts = count.trim().parse().ok();
        pod.restarted = age(ago.trim_end_matches(')'));
    }
    pod.age = cells.text("AGE").and_then(|a| age(&a)).or(pod.age);
    pod.ip = cells.text("IP").or(pod.ip.take());
    pod.node = cells.said("NODE").or(pod.node.take());
    // `--show-labels`.
    if let Some(labels) = cells.said("LABELS") {
        pod.spec.labels = label_pairs(&labels.text, labels.at);
    }
}

fn workload(kind: &str, cells: &Cells<'_>, name: &Said, namespace: Option<String>, cluster: &mut Cluster) {
    let workload = cluster.workload_mut(kind, &name.text, cells.row().span());
    workload.at = cells.row().span();
    workload.namespace = namespace.or(workload.namespace.take());
    if let Some((ready, desired)) = cells.text("READY").and_then(|r| fraction(&r)) {
        workload.ready = Some(ready);
        workload.desired = Some(desired);
    }
    if let Some(desired) = cells.said("DESIRED") {
        workload.desired = desired.number();
        workload.ready = cells.said("READY").and_then(|r| r.number());
    }
    workload.up_to_date = cells.said("UP-TO-DATE").and_then(|u| u.number());
    workload.available = cells.said("AVAILABLE").and_then(|a| a.number());
    workload.age = cells.text("AGE").and_then(|a| age(&a)).or(workload.age);
}

fn service(cells: &Cells<'_>, name: &Said, namespace: Option<String>, cluster: &mut Cluster) {
    let at = cells.row().span();
    let service = cluster.service_mut(&name.text, at);
    service.at = at;
    service.live = true;
    service.namespace = namespace.or(service.namespace.take());
    service.kind = cells.text("TYPE");
    service.cluster_ip = cells.text("CLUSTER-IP").or(cells.raw("CLUSTER-IP").map(str::to_owned));
    if let Some(selector) = cells.said("SELECTOR") {
        service.selector = label_pairs(&selector.text, selector.at);
    }
    let Some(ports) = cells.said("PORT(S)") else { return };
    let known = std::mem::take(&mut service.ports);
    service.ports = ports.text.split(',').filter_map(|p| port(p, &ports)).collect();
    // A listing shows no target port; what a description said stays.
    for port in &mut service.ports {
        if let Some(old) = known.iter().find(|k| k.port == port.port) {
            port.target = old.target.clone();
            port.name = old.name.clone();
            port.at = old.at;
        }
    }
}

/// `80:30080/TCP`.
fn port(text: &str, said: &Said) -> Option<ServicePort> {
    let (numbers, protocol) = text.trim().split_once('/').unwrap_or((text.trim(), ""));
    let port = numbers.split(':').next()?.parse().ok()?;
    let protocol = (!protocol.is_empty()).then(|| protocol.to_owned());
    Some(ServicePort { name: None, port, target: None, protocol, at: said.at })
}

fn quota(cells: &Cells<'_>, name: &str, namespace: Option<String>, cluster: &mut Cluster) {
    for column in ["REQUEST", "LIMIT"] {
        let Some(said) = cells.said(column) else { continue };
        for part in said.text.split(',') {
            let Some((resource, amounts)) = part.trim().split_once(':') else { continue };
            let Some((used, hard)) = amounts.trim().split_once('/') else { continue };
            let quota = Quota {
                name: name.to_owned(),
                namespace: namespace.clone(),
                resource: resource.trim().to_owned(),
                used: used.to_owned(),
                hard: hard.to_owned(),
                at: cells.row().span(),
            };
            cluster.quotas.retain(|q| q.name != quota.name || q.resource != quota.resource);
            cluster.quotas.push(quota);
        }
    }
}

fn event(cells: &Cells<'_>, namespace: Option<String>, cluster: &mut Cluster) {
    let (Some(object), Some(message)) = (cells.text("OBJECT"), cells.said("MESSAGE")) else { return };
    let row = cells.row();
    let seen = cells.text("LAST SEEN").or_else(|| cells.text("LASTSEEN"));
    let event = Event {
        warning: cells.raw("TYPE") == Some("Warning"),
        reason: cells.text("REASON").unwrap_or_default(),
        kind: object.split('/').next().unwrap_or("").to_ascii_lowercase(),
        name: object.split_once('/').map_or(object.as_str(), |(_, n)| n).to_owned(),
        namespace,
        message,
        over: seen.as_deref().and_then(super::quantity::over),
        age: seen.and_then(|s| age(s.split(" (").next().unwrap_or(&s))),
        began: None,
        count: cells.said("COUNT").and_then(|c| c.number()).unwrap_or(1),
        at: row.span(),
    };
    cluster.events.push(event);
}

/// `5s (x3 over 2m)` stands within so many bytes of a row's beginning.
const OVER_WITHIN: usize = 40;

/// Events whose heading was cut off (`| tail`): age, type, reason, object and message by their place.
pub fn bare_events(rows: &[Row<'_>], namespace: Option<&str>, cluster: &mut Cluster) {
    for row in rows {
        let mut rest = row.text.trim_start();
        // `-A` puts the namespace before the age
        let (first, behind) = rest.split_once(' ').unwrap_or((rest, ""));
        let named = age(first).is_none() && behind.split_whitespace().next().is_some_and(|w| age(w).is_some());
        let namespace = if named { Some(first) } else { namespace };
        if named {
            rest = behind.trim_start();
        }
        let mut words = Vec::new();
        let over = super::quantity::over(rest.get(..rest.len().min(OVER_WITHIN)).unwrap_or(""));
        for _ in 0..4 {
            let end = rest.find(' ').unwrap_or(rest.len());
            words.push(rest.get(..end).unwrap_or(""));
            rest = rest.get(end..).unwrap_or("").trim_start();
            // `5s (x3 over 2m)`: the count belongs to the age.
            if words.len() == 1 && rest.starts_with('(') {
                let close = rest.find(')').map_or(0, |c| c + 1);
                rest = rest.get(close..).unwrap_or("").trim_start();
            }
        }
        let [seen, kind, reason, object] = words.as_slice() else { continue };
        if !matches!(*kind, "Normal" | "Warning") || rest.is_empty() {
            continue;
        }
        let message = rest.trim_end();
        cluster.events.push(Event {
            warning: *kind == "Warning",
            reason: (*reason).to_owned(),
            kind: object.split('/').next().unwrap_or("").to_ascii_lowercase(),
            name: object.split_once('/').map_or(*object, |(_, n)| n).to_owned(),
            namespace: namespace.map(str::to_owned),
            message: Said { text: message.to_owned(), at: row.span_of(message) },
            age: age(seen),
            over,
            began: None,
            count: 1,
            at: row.span(),
        });
    }
}

/// `1/2`.
fn fraction(text: &str) -> Option<(u32, u32)> {
    let (a, b) = text.split_once('/')?;
    Some((a.trim().parse().ok()?, b.trim().parse().ok()?))
}

/// `172.20.2.12:9555,172.20.1.3:9555 + 2 more...`.
pub fn addresses(text: &str) -> Vec<String> {
    let listed = text.split(" + ").next().unwrap_or(text);
    listed.split(',').map(str::trim).filter(|a| !a.is_empty() && *a != "<none>").map(str::to_owned).collect()
}
