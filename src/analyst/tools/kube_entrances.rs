//! Services whose own form leads elsewhere than meant: an outside name that does not resolve, a load
//! balancer without an address, nodes that pass on to their own pods only, and endpoints that are
//! another workload's pods. It judges no selector and no port.

use crate::domain::Span;
use crate::intake::kube::{Cluster, Pair, Pod, Service};

use super::kube_calls::{self, Failure};
use super::kube_notes::{Draft, Notes};
use super::kube_view::owner;

/// Reads them all.
pub fn read(cluster: &Cluster, notes: &mut Notes<'_>) {
    for service in cluster.services.iter().filter(|s| s.live) {
        outside_name(service, notes);
        no_address(cluster, service, notes);
        own_pods_only(cluster, service, notes);
        foreign_pods(cluster, service, notes);
    }
}

/// What a service states under a key, with its place.
fn detail<'a>(service: &'a Service, key: &str) -> Option<&'a Pair> {
    service.details.iter().find(|d| d.key == key)
}

/// What stands in the column of outside addresses of a service's row in a listing, with its place.
fn outside(service: &Service, notes: &Notes<'_>) -> Option<Pair> {
    if let Some(said) = detail(service, "external") {
        return Some(said.clone());
    }
    let row = notes.evidence.slice(service.at);
    let kind = service.kind.as_deref()?;
    // NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE, and a namespace before it or not
    let mut words = row.split_whitespace().skip_while(|w| *w != kind).skip(2);
    let value = words.next().filter(|w| row.contains(&service.name) && *w != "<none>")?;
    Some(Pair { key: "external".to_owned(), value: value.to_owned(), at: service.at })
}

/// An outside name that stands for the service, and lookups of the service that fail: what it stands
/// for does not exist.
fn outside_name(service: &Service, notes: &mut Notes<'_>) {
    if service.kind.as_deref() != Some("ExternalName") {
        return;
    }
    let Some(name) = outside(service, notes) else { return };
    let failures = [service.name.as_str(), name.value.as_str()].map(|n| kube_calls::failed(notes.evidence, n));
    let unknown = failures.into_iter().flatten().find(|(f, _)| *f == Failure::Lookup);
    let Some((_, at)) = unknown else { return };
    let text = format!("the service {} stands for {}, and lookups of it fail", service.name, name.value);
    let mechanism = format!("its service stands for the outside name {}, which does not resolve", name.value);
    notes.find(Draft::stated(&service.name, "service_misroute.external_name", 5.0, text, &[name.at, at], mechanism));
}

/// A load balancer that waits for an address while an event says that none is given. Without such an
/// event it may be a cluster that has none to give.
fn no_address(cluster: &Cluster, service: &Service, notes: &mut Notes<'_>) {
    let Some(pending) = outside(service, notes).filter(|d| d.value == "<pending>") else { return };
    let about = |e: &&crate::intake::kube::Event| e.warning && e.kind == "service" && e.name == service.name;
    let Some(event) = cluster.events.iter().find(about) else { return };
    let detail = event.message.text.trim_end_matches('.');
    let text = format!("the load balancer of {} has no address: {detail}", service.name);
    let mechanism = format!("its load balancer is given no address ({detail})");
    let at = [pending.at, event.at];
    notes.find(Draft::stated(&service.name, "capacity_limit.load_balancer_address", 5.0, text, &at, mechanism));
}

/// Words of an attempt through a node that led nowhere.
const NOWHERE: &[&str] = &[" 000", "timed out", "timeout", "refused", "unreachable", "no route"];

/// With the policy `Local` a node passes what comes from outside to its own pods: a node without one
/// drops it.
fn own_pods_only(cluster: &Cluster, service: &Service, notes: &mut Notes<'_>) {
    let outside = matches!(service.kind.as_deref(), Some("LoadBalancer" | "NodePort"));
    let Some(policy) = detail(service, "traffic").filter(|d| outside && d.value == "Local") else { return };
    let standing: Vec<&str> =
        behind(cluster, service).iter().filter_map(|p| p.node.as_ref()).map(|n| n.text.as_str()).collect();
    let mut without = cluster.nodes.iter().filter(|n| !standing.contains(&n.name.as_str())).peekable();
    if standing.is_empty() || without.peek().is_none() {
        return;
    }
    let tried = without.find_map(|n| Some((n.name.as_str(), dropped_at(notes, &n.name)?)));
    let Some((node, seen)) = tried else { return };
    let text = format!(
        "{} passes what comes from outside to pods of the same node only, and {node}, which has none, drops it",
        service.name
    );
    let mechanism =
        format!("its external traffic policy is Local, so nodes without a pod of it, as {node}, drop what comes");
    notes.find(Draft::stated(
        &service.name,
        "service_misroute.local_traffic",
        4.5,
        text,
        &[policy.at, seen],
        mechanism,
    ));
}

/// The most lines that are looked at for an attempt through a node.
const LINES: usize = 4_000;

/// The first line that tells of an attempt through that node which led nowhere.
fn dropped_at(notes: &Notes<'_>, node: &str) -> Option<Span> {
    let lines = notes.evidence.lines().take(LINES);
    let mut told = lines.map(|(source, line)| Span::new(source, line.range()));
    told.find(|at| {
        let text = notes.evidence.slice(*at);
        text.len() < 300
            && crate::analyst::naming::mentions(text, node)
            && NOWHERE.iter().any(|w| text.to_ascii_lowercase().contains(w))
    })
}

/// The listed pods that a service's endpoints lead to.
fn behind<'a>(cluster: &'a Cluster, service: &Service) -> Vec<&'a Pod> {
    let addresses: Vec<&str> =
        service.endpoints.iter().flatten().map(|e| e.rsplit_once(':').map_or(e.as_str(), |(ip, _)| ip)).collect();
    let of = |p: &&Pod| p.ip.as_deref().is_some_and(|ip| addresses.contains(&ip));
    cluster.pods.iter().filter(of).collect()
}

/// An image without its tag and digest.
fn image_of(cluster: &Cluster, name: &str) -> Option<String> {
    let pods = cluster.pods_of(name).map(|p| &p.spec);
    let mut specs = pods.chain(cluster.workload(name).map(|w| &w.spec));
    let image = specs.find_map(|s| s.containers.iter().find(|c| !c.init)?.image.as_ref())?;
    let bare = image.text.split('@').next().unwrap_or("");
    let end = bare.rfind(':').filter(|at| !bare.get(*at..).unwrap_or("").contains('/')).unwrap_or(bare.len());
    bare.get(..end).map(str::to_owned)
}

/// Endpoints that are pods of two workloads made from different images: one of them is not meant. A
/// canary is made from the same one.
fn foreign_pods(cluster: &Cluster, service: &Service, notes: &mut Notes<'_>) {
    let pods = behind(cluster, service);
    let mut own: Vec<(&Pod, String)> = Vec::new();
    let mut foreign: Vec<(&Pod, String)> = Vec::new();
    for pod in pods {
        let name = owner(pod);
        if name == service.name { own.push((pod, name)) } else { foreign.push((pod, name)) }
    }
    let (Some((_, mine)), Some((pod, other))) = (own.first(), foreign.first()) else { return };
    let images = image_of(cluster, mine).zip(image_of(cluster, other));
    if images.is_none_or(|(a, b)| a == b) {
        return;
    }
    let Some(listed) = service.endpoints_at else { return };
    let ip = pod.ip.as_deref().unwrap_or("");
    let text = format!("the service {} leads to {}, a pod of {other}, too ({ip})", service.name, pod.name);
    let mechanism = format!("its selector fits the pods of {other} as well, which serve something else");
    notes.find(Draft::stated(&service.name, "service_misroute.foreign_pods", 4.5, text, &[listed, pod.at], mechanism));
}
