//! Reads the cluster's objects out of the evidence, and who is configured to call whom.

use crate::analyst::casebook::{Edge, Seen};
use crate::analyst::{Casebook, Knowledge};
use crate::domain::{Evidence, Span};
use crate::intake::kube::{self, Cluster};

use super::kube_view::workloads;
use super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "read_cluster",
    question: "Which objects of a cluster does the evidence show?",
    applies: |evidence, _| evidence.sources.iter().any(|s| looks_like_a_cluster(&s.text)),
    arguments: |evidence, _| serde_json::json!({ "sources": evidence.sources.len() }),
    run,
};

/// Cheap: words that stand in every form of kubectl's output that is read.
fn looks_like_a_cluster(text: &str) -> bool {
    [
        "kubectl",
        "NAMESPACE ",
        "RESTARTS",
        "apiVersion",
        "involved_object",
        "Controlled By",
        "Restart Count",
        "node_name",
        "systemctl status",
        "FailedScheduling",
        "chronyc",
        "timedatectl",
        "date -u",
    ]
    .iter()
    .any(|w| memchr::memmem::find(text.as_bytes(), w.as_bytes()).is_some())
}

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    let mut cluster = kube::cluster(evidence);
    cluster.adopt();
    cluster.settle();
    let counts = [
        ("pod", "pods", cluster.pods.len()),
        ("workload", "workloads", workloads(&cluster).count()),
        ("service", "services", cluster.services.len()),
        ("node", "nodes", cluster.nodes.len()),
        ("event", "events", cluster.events.len()),
        ("quota", "quotas", cluster.quotas.len()),
        ("claim", "claims", cluster.claims.len()),
        ("network policy", "network policies", cluster.policies.len()),
        ("connectivity check", "connectivity checks", cluster.reaches.len()),
        ("host unit", "host units", cluster.units.len()),
        ("clock reading", "clock readings", cluster.clocks.len()),
    ];
    let named = |(one, many, n): &(&str, &str, usize)| format!("{n} {}", if *n == 1 { one } else { many });
    let shown: Vec<String> = counts.iter().filter(|(_, _, n)| *n > 0).map(named).collect();
    let title = if shown.is_empty() { "no cluster objects".to_owned() } else { shown.join(", ") };
    let edges = configured_edges(&cluster, evidence);
    let mut text = title.clone();
    if let Some(namespace) = &cluster.namespace {
        text.push_str(&format!("\nnamespace {namespace}"));
    }
    for edge in edges.iter().take(30) {
        text.push_str(&format!("\n{} is configured to call {}", edge.caller, edge.callee));
    }
    let first: Vec<Span> = cluster.listed.iter().take(6).map(|(_, at)| *at).collect();
    let citations = first.into_iter().map(|at| evidence.cite(at)).collect();
    for edge in edges {
        if !book.edges.iter().any(|e| e.caller == edge.caller && e.callee == edge.callee) {
            book.edges.push(edge);
        }
    }
    book.cluster = cluster;
    Observation { title, text, citations }
}

/// Calls that the configuration states: an environment variable whose value is another service's address.
fn configured_edges(cluster: &Cluster, evidence: &Evidence) -> Vec<Edge> {
    let mut found: Vec<Edge> = Vec::new();
    for workload in workloads(cluster) {
        for env in workload.spec.containers.iter().flat_map(|c| &c.env) {
            let by_host = || env.value.as_deref().filter(|_| env.name.contains("HOST") || env.name.contains("ADDR"));
            let Some(host) = env.value.as_deref().and_then(address).map(|(h, _)| h).or_else(by_host) else { continue };
            let host = host.split('.').next().unwrap_or(host);
            let known = cluster.service(host).is_some() && host != workload.name;
            if known && !found.iter().any(|e| e.caller == workload.name && e.callee == host) {
                let observed = evidence.cite(env.at);
                found.push(Edge {
                    caller: workload.name.clone(),
                    callee: host.to_owned(),
                    observed,
                    failing: false,
                    seen: Seen::Settings,
                });
            }
        }
        for reference in workload.spec.references.iter().filter(|r| matches!(r.kind, "secret" | "configmap")) {
            let objects = cluster.named.iter().filter(|n| n.kind == reference.kind && n.name == reference.name);
            for entry in objects.flat_map(|n| &n.details).filter(|d| d.key.contains("HOST") || d.key.contains("ADDR")) {
                let callee = entry.value.split(['.', ':']).next().unwrap_or("");
                let known = cluster.service(callee).is_some() && callee != workload.name;
                if known && !found.iter().any(|e| e.caller == workload.name && e.callee == callee) {
                    let observed = evidence.cite(entry.at);
                    found.push(Edge {
                        caller: workload.name.clone(),
                        callee: callee.to_owned(),
                        observed,
                        failing: false,
                        seen: Seen::Settings,
                    });
                }
            }
        }
    }
    found
}

/// The host and port of a value like `cart:7070`, `http://cart:7070/x` or `redis://cart:6379`.
pub fn address(value: &str) -> Option<(&str, Option<u16>)> {
    let rest = value.split_once("://").map_or(value, |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let end = rest.find(['/', '?', ',', ' ']).unwrap_or(rest.len());
    let rest = rest.get(..end)?;
    let (host, port) = match rest.split_once(':') {
        Some((host, port)) => (host, Some(port.parse().ok()?)),
        None if value.contains("://") => (rest, None),
        None => return None,
    };
    let plain = host.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
    let named = host.starts_with(|c: char| c.is_ascii_alphabetic());
    (plain && named && host != "localhost").then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_address_is_told_from_other_values() {
        assert_eq!(address("cartservice:7070"), Some(("cartservice", Some(7070))));
        assert_eq!(address("redis://u:p@cache:6379/0"), Some(("cache", Some(6379))));
        assert_eq!(address("http://shop/api"), Some(("shop", None)));
        assert_eq!(address("8080"), None);
        assert_eq!(address("12:30"), None);
        assert_eq!(address("localhost:80"), None);
        assert_eq!(address("production"), None);
    }
}
