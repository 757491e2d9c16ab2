//! Policies that let a workload out by listed ports and not by that of DNS, over a workload whose
//! lookups fail. Names need port 53 whatever else is called. It judges no other traffic.

use crate::domain::Span;
use crate::intake::kube::{Cluster, Pair, Policy};

use super::kube_notes::{Draft, Notes};
use super::kube_view::owner;

/// Reads them all.
pub fn read(cluster: &Cluster, notes: &mut Notes<'_>) {
    for (name, log) in &cluster.logs {
        let over = |p: &&Policy| p.egress && is_over(cluster, p, name);
        // What policies let out adds up: another one over the same pods may open the port.
        let all: Vec<&Policy> = cluster.policies.iter().filter(over).collect();
        if all.iter().any(|p| egress(p).is_none_or(|r| opens(&r.text) || !lists_ports(&r.text))) {
            continue;
        }
        let Some((policy, rule)) = all.first().and_then(|p| Some((p, egress(p)?))) else { continue };
        let Some(failed) = lookup(notes, *log) else { continue };
        let text = format!("the policy {} lets {name} leave by other ports than 53, and its lookups fail", policy.name);
        let mechanism =
            format!("the network policy {} does not let its lookups out: port 53 is not in its egress", policy.name);
        notes.find(Draft::stated(
            name,
            "network_policy_block.egress",
            5.5,
            text,
            &[policy.at, rule.at, failed],
            mechanism,
        ));
    }
}

/// The rule for what leaves.
fn egress(policy: &Policy) -> Option<&crate::intake::kube::Said> {
    policy.rules.iter().find(|r| r.text.to_ascii_lowercase().contains("egress"))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
}

fn opens(text: &str) -> bool {
    text.contains("<any>") || words(text).any(|w| w == "53" || w.eq_ignore_ascii_case("dns"))
}

/// True for a rule that names ports at all: one without lets every port out, or none.
fn lists_ports(text: &str) -> bool {
    words(text).any(|w| w.eq_ignore_ascii_case("port") || w.eq_ignore_ascii_case("ports"))
        && words(text).any(|w| w.parse::<u16>().is_ok())
}

/// True where a policy selects that workload's pods: by their labels as shown, or by the labels that a
/// service selects whose endpoints they are.
fn is_over(cluster: &Cluster, policy: &Policy, name: &str) -> bool {
    let Some(selector) = &policy.selector else { return false };
    let fits = |labels: &[Pair]| selector.iter().all(|s| labels.iter().any(|l| l.key == s.key && l.value == s.value));
    let pods = || cluster.pods.iter().filter(|p| owner(p) == name);
    let mut services = cluster.services.iter().filter(|s| s.live && fits(&s.selector));
    selector.is_empty()
        || cluster.workload(name).is_some_and(|w| fits(&w.spec.labels))
        || pods().any(|p| fits(&p.spec.labels))
        || services.any(|s| {
            let mut hosts = s.endpoints.iter().flatten().map(|e| e.rsplit_once(':').map_or(e.as_str(), |(h, _)| h));
            hosts.any(|h| pods().any(|p| p.ip.as_deref() == Some(h)))
        })
}

/// The first line of a log that tells of a lookup which nobody answered.
fn lookup(notes: &Notes<'_>, log: Span) -> Option<Span> {
    const SAID: &[&str] = &["lookup ", "name resolution", "eai_again", "unknownhost", "could not resolve"];
    let mut start = log.start;
    for line in notes.evidence.slice(log).split('\n') {
        let at = Span::new(log.source, start..start + line.len());
        start += line.len() + 1;
        let lower = line.to_ascii_lowercase();
        if line.len() < 2_000 && SAID.iter().any(|w| lower.contains(w)) {
            return Some(at);
        }
    }
    None
}
