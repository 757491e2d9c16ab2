//! Views of a cluster that several tools share: which pods are in trouble, whose object an event is
//! about, and whether an event still matters. It judges no cause.

use crate::domain::{Span, SubjectKind};
use crate::intake::kube::{Cluster, Event, Pod, PodSpec, Workload, workload_of};

/// A pod that is ready and was restarted longer ago than this has recovered, in seconds.
pub const RECOVERED: f64 = 150.0;

/// True when a pod is not as it should be: not ready, or restarted just now.
pub fn in_trouble(pod: &Pod) -> bool {
    if pod.passing {
        return false;
    }
    if !pod.is_well() {
        return pod.ready.is_some() || pod.status.is_some();
    }
    let odd = pod.status.as_ref().is_some_and(|s| {
        !matches!(s.text.as_str(), "Running" | "Completed" | "Succeeded") && !s.text.starts_with("Terminating")
    });
    let young = pod.restarted.is_some_and(|ago| ago < RECOVERED);
    odd || (pod.restarts.unwrap_or(0) > 0 && young)
}

/// The newest event that tells of a deployment at zero that it was scaled there, and from how many pods.
pub fn scaled_away<'a>(cluster: &'a Cluster, name: &str) -> Option<(&'a Event, u32)> {
    let of = |e: &&Event| e.reason == "ScalingReplicaSet" && e.name == name;
    let newest =
        cluster.events.iter().filter(of).min_by(|a, b| a.age.unwrap_or(0.0).total_cmp(&b.age.unwrap_or(0.0)))?;
    let (_, from) = newest.message.text.split_once(" to 0 from ")?;
    Some((newest, from.trim().parse().ok()?))
}

/// The name of what a pod belongs to: its workload or job.
pub fn owner(pod: &Pod) -> String {
    match pod.controlled_by.as_deref().and_then(|c| c.split_once('/')) {
        Some(("ReplicaSet", _)) | None => pod.workload().to_owned(),
        Some((_, name)) => name.to_owned(),
    }
}

/// What sort of thing a workload of that name is.
pub fn kind_of(name: &str) -> SubjectKind {
    let lower = name.to_ascii_lowercase();
    let any = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    if any(&["mysql", "postgres", "mongo", "mariadb", "-db", "cassandra", "etcd"]) {
        SubjectKind::Database
    } else if any(&["redis", "memcached"]) {
        SubjectKind::Cache
    } else if any(&["rabbitmq", "kafka", "nats", "queue"]) {
        SubjectKind::Queue
    } else {
        SubjectKind::Service
    }
}

/// True when a workload has fewer ready pods than it wants, or a pod of it is in trouble.
pub fn is_short(cluster: &Cluster, name: &str) -> bool {
    let short = cluster.workload(name).is_some_and(|w| w.ready.zip(w.desired).is_some_and(|(r, d)| r < d));
    short || cluster.pods_of(name).any(in_trouble)
}

/// The subject of an event: a pod's or replica set's workload, else the object itself.
pub fn subject(cluster: &Cluster, event: &Event) -> String {
    match event.kind.as_str() {
        "pod" => cluster
            .pods
            .iter()
            .find(|p| p.name == event.name)
            .map_or_else(|| workload_of(&event.name).to_owned(), owner),
        "replicaset" => workload_of(&event.name).to_owned(),
        "statefulset" | "deployment" | "daemonset" | "job" | "node" => event.name.clone(),
        _ => workload_of(&event.name).to_owned(),
    }
}

/// True when what an event tells of may still hold: its pod is in trouble, its workload is short.
/// An event of a pod that is well, or gone while its workload is complete, is history.
pub fn matters(cluster: &Cluster, event: &Event) -> bool {
    match event.kind.as_str() {
        "pod" => match cluster.pods.iter().find(|p| p.name == event.name) {
            Some(pod) => in_trouble(pod),
            None => {
                let name = workload_of(&event.name);
                let known = cluster.workload(name).is_some() || cluster.pods_of(name).next().is_some();
                !known || is_short(cluster, name)
            }
        },
        "replicaset" | "deployment" | "statefulset" | "daemonset" => {
            let name = subject(cluster, event);
            cluster.workload(&name).is_none_or(|w| w.ready.zip(w.desired).is_none_or(|(r, d)| r < d))
        }
        "node" => cluster.nodes.iter().find(|n| n.name == event.name).is_none_or(|n| {
            n.conditions.is_empty() || n.conditions.iter().any(|c| (c.kind == "Ready") != (c.status == "True"))
        }),
        _ => true,
    }
}

/// The warnings that still matter, newest first.
pub fn warnings(cluster: &Cluster) -> Vec<&Event> {
    let mut found: Vec<&Event> = cluster.events.iter().filter(|e| e.warning && matters(cluster, e)).collect();
    found.sort_by(|a, b| a.age.unwrap_or(0.0).total_cmp(&b.age.unwrap_or(0.0)));
    found
}

/// What a pod is made from: its own description, and its workload's manifest.
pub fn specs<'a>(cluster: &'a Cluster, pod: &'a Pod) -> Vec<&'a PodSpec> {
    let template = cluster.workload(pod.workload()).map(|w| &w.spec);
    std::iter::once(&pod.spec).chain(template).filter(|s| **s != PodSpec::default()).collect()
}

/// A start that took several tries is over where its pods were started anew only within this of being made, and have
/// run for as long since, in seconds.
const STARTED_S: f64 = 300.0;

/// True for what `logs --previous` prints of a workload that is well and has been since its start: its former
/// containers found something missing that was there soon after.
pub fn is_of_its_start(cluster: &Cluster, command: &str, workload: Option<&str>) -> bool {
    let Some(workload) = workload.filter(|_| command.contains("--previous")) else { return false };
    let settled = |p: &Pod| {
        let since = p.restarted.zip(p.age).is_some_and(|(r, age)| r >= STARTED_S && age - r <= STARTED_S);
        p.is_well() && since
    };
    let mut pods = cluster.pods_of(workload).peekable();
    pods.peek().is_some() && pods.all(settled)
}

/// The workloads that run the namespace's own things: not replica sets, which only repeat deployments.
pub fn workloads(cluster: &Cluster) -> impl Iterator<Item = &Workload> {
    cluster.workloads.iter().filter(|w| w.kind != "replicaset" && w.kind != "job" && w.kind != "cronjob")
}

/// True for the nodes that ordinary pods are not meant for.
pub fn is_control_plane(cluster: &Cluster, node: &str) -> bool {
    let Some(node) = cluster.nodes.iter().find(|n| n.name == node) else { return false };
    let role = node.roles.as_deref().unwrap_or("");
    role.contains("master") || role.contains("control-plane")
}

/// The text after a marker, up to one of the ends.
pub fn between<'a>(text: &'a str, after: &str, ends: &[char]) -> Option<&'a str> {
    let from = text.find(after)? + after.len();
    let rest = text.get(from..)?;
    let end = rest.find(ends).unwrap_or(rest.len());
    rest.get(..end).map(str::trim).filter(|t| !t.is_empty())
}

/// True when the cluster's state shows something of that name.
pub fn is_named(cluster: &Cluster, name: &str) -> bool {
    let is = |other: &str| other.eq_ignore_ascii_case(name);
    cluster.workloads.iter().any(|w| is(&w.name))
        || cluster.services.iter().any(|s| is(&s.name))
        || cluster.nodes.iter().any(|n| is(&n.name))
        || cluster.pods.iter().any(|p| is(&p.name) || is(p.workload()))
        || cluster.named.iter().any(|n| is(&n.name))
        || cluster.claims.iter().any(|c| is(&c.name))
        || cluster.namespace.as_deref().is_some_and(is)
}

/// The one workload whose name a sentence spells in words: `milk yields` is `milk-yield`.
pub fn spelt<'a>(cluster: &'a Cluster, text: &str) -> Option<&'a str> {
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_ascii_lowercase).collect();
    let same = |word: &String, part: &str| word == part || word.strip_suffix('s') == Some(part);
    let said = |name: &&str| {
        let parts: Vec<&str> = name.split('-').collect();
        parts.iter().any(|p| p.len() > 3)
            && words.windows(parts.len()).any(|w| w.iter().zip(&parts).all(|(w, p)| same(w, p)))
    };
    let mut found: Vec<&str> = workloads(cluster).map(|w| w.name.as_str()).filter(said).collect();
    found.sort_by_key(|n| std::cmp::Reverse(n.len()));
    match found.as_slice() {
        [one] => Some(one),
        [first, second, ..] if first.len() > second.len() && first.contains(second) => Some(first),
        _ => None,
    }
}

/// Whose address a line holds: a service's own, else one behind it or a pod's.
pub fn addressed<'a>(cluster: &'a Cluster, text: &str) -> Option<&'a str> {
    address_of(cluster, text).map(|(name, _)| name)
}

/// The same, with the place where the cluster's state gives it that address.
pub fn address_of<'a>(cluster: &'a Cluster, text: &str) -> Option<(&'a str, Span)> {
    let mut addresses = text
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .map(|w| w.trim_matches('.'))
        .filter(|w| w.len() >= 7 && w.matches('.').count() == 3);
    addresses.find_map(|ip| {
        let own = cluster.services.iter().find(|s| s.cluster_ip.as_deref() == Some(ip));
        let pod = || cluster.pods.iter().find(|p| p.ip.as_deref() == Some(ip)).map(|p| (p.workload(), p.at));
        own.map(|s| (s.name.as_str(), s.at)).or_else(pod)
    })
}

#[cfg(test)]
mod tests {
    use crate::analyst::pasted::report_of;

    fn told(restarted: &str, age: &str) -> bool {
        let report = report_of(&format!(
            "$ kubectl get pods -n shop
NAME                    READY   STATUS    RESTARTS         AGE
front-79b49f5555-hk924   1/1     Running   3 ({restarted} ago)   {age}

$ kubectl logs deploy/front --previous -n shop --tail=2
2026/03/15 22:34:11 [emerg] 1#1: host not found in upstream \"cart-api\" in /etc/nginx/nginx.conf:41
"
        ));
        report.hypotheses.iter().any(|h| h.playbook.starts_with("dns_failure."))
    }

    #[test]
    fn what_a_container_missed_at_its_start_is_over_where_it_runs_well_since() {
        assert!(!told("11m", "12m"), "it was started four times within a minute, and runs since");
        assert!(told("11m", "9h"), "it had run before");
        assert!(told("40s", "2m"), "it has not been well for long");
    }
}
