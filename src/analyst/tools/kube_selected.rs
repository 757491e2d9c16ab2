//! Pods of another workload behind a service: its selector fits them as well as its own. It judges only
//! where the logs show that the others do not know the requests; two versions of one workload behind a
//! service are what people mean.

use std::collections::BTreeSet;

use crate::domain::Span;
use crate::intake::kube::{Cluster, Pod, Service};

use super::kube_notes::{Draft, Notes};

/// What a workload is called more that takes a share of another's requests on purpose.
const TWINS: &str = "canary green blue stable primary preview beta shadow next new old baseline experiment";
/// The most lines of one log that are looked at.
const LINES: usize = 400;

/// Reads the live services with a selector.
pub fn read(cluster: &Cluster, notes: &mut Notes<'_>) {
    for service in cluster.services.iter().filter(|s| !s.selector.is_empty()) {
        one(cluster, service, notes);
    }
}

fn fits(service: &Service, pod: &Pod) -> bool {
    let carried = |s: &crate::intake::kube::Pair| pod.spec.labels.iter().any(|l| l.key == s.key && l.value == s.value);
    service.selector.iter().all(carried)
}

/// `web-canary` beside `web`, `web-v2` beside `web-v1`.
fn is_twin(own: &str, other: &str) -> bool {
    let core = |name: &str| {
        let (stem, last) = name.rsplit_once('-').unwrap_or((name, ""));
        let version = last.strip_prefix('v').is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
        let twin = version || TWINS.split_ascii_whitespace().any(|t| t == last);
        if twin { stem.to_owned() } else { name.to_owned() }
    };
    core(own) == core(other)
}

fn one(cluster: &Cluster, service: &Service, notes: &mut Notes<'_>) {
    let picked: Vec<&Pod> = cluster.pods.iter().filter(|p| p.is_well() && fits(service, p)).collect();
    let names: BTreeSet<&str> = picked.iter().map(|p| p.workload()).collect();
    let own = names.iter().find(|n| **n == service.name || service.name.starts_with(&format!("{n}-")));
    let Some(own) = own.copied() else { return };
    for other in names.iter().filter(|n| !is_twin(own, n)) {
        let Some(at) = unknown_requests(cluster, other, notes) else { continue };
        let Some(pod) = picked.iter().find(|p| p.workload() == *other) else { continue };
        let selects: Vec<String> = service.selector.iter().map(|s| format!("{}={}", s.key, s.value)).collect();
        let selects = selects.join(",");
        let text = format!("the service {} selects {selects}, which the pods of {other} carry as well", service.name);
        let mechanism = format!(
            "its service selects {selects}, which the pods of {other} carry as well as its own; so a share of the requests \
             is routed to {other}, which does not know them"
        );
        notes.alarm(format!("{other} gets requests that it has no route for"), &[at]);
        let mut cited: Vec<Span> = service.selector.iter().map(|s| s.at).collect();
        cited.extend(service.endpoints_at);
        cited.extend([pod.at, at]);
        notes.find(Draft::stated(&service.name, "service_misroute.selector", 5.0, text, &cited, mechanism));
    }
}

/// The first line of a workload's own log in which it has no route for what it is asked.
fn unknown_requests(cluster: &Cluster, workload: &str, notes: &Notes<'_>) -> Option<Span> {
    cluster.logs.iter().filter(|(name, _)| name == workload).find_map(|(_, log)| {
        let mut start = log.start;
        notes.evidence.slice(*log).split('\n').take(LINES).find_map(|line| {
            let at = Span::new(log.source, start..start + line.trim_end().len());
            start += line.len() + 1;
            has_no_route(line).then_some(at)
        })
    })
}

fn has_no_route(line: &str) -> bool {
    let request = ["GET /", "POST /", "PUT /", "DELETE /", "PATCH /", "HEAD /"].iter().any(|m| line.contains(m));
    let status = |code: &str| {
        line.match_indices(code).any(|(at, _)| {
            let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '.' || c == '-');
            !part(line.get(..at).and_then(|b| b.chars().next_back()))
                && !part(line.get(at + code.len()..).and_then(|a| a.chars().next()))
        })
    };
    request && (status("404") || status("405") || line.to_ascii_lowercase().contains("no route"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canary_is_meant_to_share_and_another_workload_is_not() {
        assert!(is_twin("shop", "shop-canary") && is_twin("shop-v1", "shop-v2") && is_twin("shop-blue", "shop-green"));
        assert!(!is_twin("shop", "shop-worker") && !is_twin("ledger", "ledger-export"));
    }

    #[test]
    fn a_request_without_a_route_is_told_by_its_answer() {
        assert!(has_no_route("WARN GET /cart/7 -> 404") && has_no_route("no route for POST /orders"));
        assert!(!has_no_route("GET /page/404-guide 200 5ms") && !has_no_route("took 404 ms"));
    }
}
