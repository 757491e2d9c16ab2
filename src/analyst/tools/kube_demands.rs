//! What a pod demands of a node's labels, and what the nodes carry instead: a demand that no node meets is only
//! half told without it. It says what stands there; which side is wrong it leaves open.

use crate::domain::Span;
use crate::intake::kube::{Cluster, Node, Pair, PodSpec};

use super::kube_names::is_slip;
use super::kube_view::{is_control_plane, specs};

/// One thing that a pod demands of a node's labels.
pub struct Demand {
    /// A node selector; otherwise a required affinity.
    pub selector: bool,
    /// The label and what it has to be.
    pub pair: Pair,
}

impl Demand {
    /// True where the node's labels meet it.
    pub fn is_met(&self, node: &Node) -> bool {
        let label = node.labels.iter().find(|l| l.key == self.pair.key).map(|l| l.value.as_str());
        if self.selector {
            return label == Some(self.pair.value.as_str());
        }
        let (operator, mut values) = self.asked();
        match operator {
            "In" => label.is_some_and(|l| values.any(|v| v == l)),
            "NotIn" => label.is_none_or(|l| values.all(|v| v != l)),
            "Exists" => label.is_some(),
            "DoesNotExist" => label.is_none(),
            "Gt" | "Lt" => {
                let bound: Option<f64> = values.next().and_then(|v| v.parse().ok());
                let label: Option<f64> = label.and_then(|l| l.parse().ok());
                label.zip(bound).is_some_and(|(l, b)| if operator == "Gt" { l > b } else { l < b })
            }
            _ => true,
        }
    }

    /// The operator, and the values that it takes.
    fn asked(&self) -> (&str, std::str::Split<'_, char>) {
        if self.selector {
            return ("In", self.pair.value.split(','));
        }
        let (operator, values) = self.pair.value.split_once(' ').unwrap_or((&self.pair.value, ""));
        (operator, values.split(','))
    }

    /// True where a node fails it by the label that it has, and not by one that it lacks.
    pub fn forbids(&self) -> bool {
        matches!(self.asked().0, "NotIn" | "DoesNotExist")
    }

    fn allows(&self, value: &str) -> bool {
        let (operator, mut values) = self.asked();
        operator == "In" && values.any(|v| v == value)
    }

    fn nearly_allows(&self, value: &str) -> bool {
        let (operator, mut values) = self.asked();
        operator == "In" && values.any(|v| is_slip(v, value))
    }
}

/// What the specs demand of a node's labels, each once.
pub fn demands(all: &[&PodSpec]) -> Vec<Demand> {
    let mut found: Vec<Demand> = Vec::new();
    for spec in all {
        for (selector, pairs) in [(true, &spec.node_selector), (false, &spec.node_affinity)] {
            for pair in pairs {
                let known = found.iter().any(|d| d.pair.key == pair.key && d.pair.value == pair.value);
                if !known {
                    found.push(Demand { selector, pair: pair.clone() });
                }
            }
        }
    }
    found
}

/// A label with the nodes that carry it.
pub struct Carried<'c> {
    /// The label.
    pub label: &'c Pair,
    /// Those that carry it.
    pub nodes: Vec<&'c Node>,
    /// Its key or its value is written almost as the one that is asked for.
    pub alike: bool,
}

/// The nodes that ordinary pods are meant for.
pub fn workers(cluster: &Cluster) -> Vec<&Node> {
    cluster.nodes.iter().filter(|n| !is_control_plane(cluster, &n.name)).collect()
}

/// What the nodes carry where a demand asks: the same label with other values, else one whose name is almost the
/// same and whose value is the one asked for.
pub fn carried<'c>(demand: &Demand, nodes: &[&'c Node]) -> Vec<Carried<'c>> {
    let key = demand.pair.key.as_str();
    let of_key = grouped(nodes, |l| l.key == key, |l| demand.nearly_allows(&l.value));
    if !of_key.is_empty() {
        return of_key;
    }
    grouped(nodes, |l| is_slip(&l.key, key) && demand.allows(&l.value), |_| true)
}

fn grouped<'c>(
    nodes: &[&'c Node],
    is_meant: impl Fn(&Pair) -> bool,
    alike: impl Fn(&Pair) -> bool,
) -> Vec<Carried<'c>> {
    let mut found: Vec<Carried<'c>> = Vec::new();
    for node in nodes {
        for label in node.labels.iter().filter(|l| is_meant(l)) {
            match found.iter_mut().find(|c| c.label.key == label.key && c.label.value == label.value) {
                Some(known) => known.nodes.push(node),
                None => found.push(Carried { label, nodes: vec![node], alike: alike(label) }),
            }
        }
    }
    found
}

/// Nodes named in a sentence; of a long row the first.
const NAMED: usize = 4;

/// The names of nodes for a sentence.
pub fn named(nodes: &[&Node]) -> String {
    let names: Vec<&str> = nodes.iter().take(NAMED).map(|n| n.name.as_str()).collect();
    let more = if nodes.len() > NAMED { " and others" } else { "" };
    format!("{}{more}", names.join(", "))
}

/// What the nodes carry, in words, and where it stands.
pub fn told(demand: &Demand, nodes: &[&Node]) -> (String, Vec<Span>) {
    let found = carried(demand, nodes);
    if found.is_empty() {
        let places = nodes.iter().take(NAMED).map(|n| n.at).collect();
        return (format!("no label {} is on {}", demand.pair.key, named(nodes)), places);
    }
    let one = |c: &Carried<'_>| {
        let alike = if c.alike { ", written almost alike," } else { "" };
        format!("{}={}{alike} is on {}", c.label.key, c.label.value, named(&c.nodes))
    };
    (found.iter().take(NAMED).map(one).collect::<Vec<_>>().join("; "), places(&found))
}

/// Where the nodes' labels stand.
fn places(found: &[Carried<'_>]) -> Vec<Span> {
    let of = |c: &Carried<'_>| -> Vec<Span> {
        let same = |n: &&Node| n.labels.iter().find(|l| l.key == c.label.key && l.value == c.label.value).map(|l| l.at);
        c.nodes.iter().take(NAMED).filter_map(same).collect()
    };
    found.iter().take(NAMED).flat_map(of).collect()
}

/// Labels that are each on some node and together on none, where the selector asks for all of them.
pub fn apart(demands: &[Demand], nodes: &[&Node]) -> Option<(String, String, Vec<Span>)> {
    let asked: Vec<&Demand> = demands.iter().filter(|d| !nodes.iter().all(|n| d.is_met(n))).collect();
    // terms of an affinity may stand for each other: only a selector asks for all
    if asked.len() < 2 || !asked.iter().all(|d| d.selector) {
        return None;
    }
    let (mut told, mut at) = (Vec::new(), Vec::new());
    for demand in &asked {
        let on: Vec<&Node> = nodes.iter().filter(|n| demand.is_met(n)).copied().collect();
        let said = format!("{}={}", demand.pair.key, demand.pair.value);
        told.push(format!("{said} is on {}", named(&on)));
        at.push(demand.pair.at);
        at.extend(
            on.iter().flat_map(|n| n.labels.iter().filter(|l| l.key == demand.pair.key)).take(NAMED).map(|l| l.at),
        );
    }
    let pairs: Vec<String> = asked.iter().map(|d| format!("{}={}", d.pair.key, d.pair.value)).collect();
    Some((pairs.join(", "), told.join("; "), at))
}

/// What commands about a pod that no node's labels suit need, by the names of their arguments.
pub fn arguments(cluster: &Cluster, subject: &str) -> Vec<(&'static str, String)> {
    let Some(pod) = cluster.pods_of(subject).find(|p| p.node.is_none()) else { return Vec::new() };
    let (nodes, demands) = (workers(cluster), demands(&specs(cluster, pod)));
    let Some(unmet) = demands.iter().find(|d| nodes.iter().all(|n| !d.is_met(n))) else {
        return missing_one(&demands, &nodes);
    };
    let mut found = vec![("key", unmet.pair.key.clone())];
    let known = carried(unmet, &nodes);
    if let [one] = known.as_slice() {
        let (key, value) = (one.label.key.clone(), one.label.value.clone());
        if unmet.forbids() {
            let names: Vec<&str> = one.nodes.iter().map(|n| n.name.as_str()).collect();
            found.extend([("nodes", names.join(" ")), ("present_value", value)]);
        } else if key == unmet.pair.key {
            found.push(("carried_value", value));
        } else {
            found.extend([("right_key", key), ("right_value", value)]);
        }
    }
    found
}

/// The node that lacks but one label of a selector, and that label.
fn missing_one(demands: &[Demand], nodes: &[&Node]) -> Vec<(&'static str, String)> {
    for node in nodes {
        let lacking: Vec<&Demand> = demands.iter().filter(|d| !d.is_met(node)).collect();
        if let [one] = lacking.as_slice()
            && one.selector
        {
            let Pair { key, value, .. } = &one.pair;
            return vec![("node", node.name.clone()), ("key", key.clone()), ("value", value.clone())];
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use crate::analyst::pasted::report_of as report;

    /// The statement and the first step where a pod asks for labels that nodes carry as told.
    fn told(asked: &str, nodes: [&str; 2]) -> (String, String) {
        let described: String = nodes
            .iter()
            .enumerate()
            .map(|(i, labels)| {
                format!(
                    "\n$ kubectl describe node n{i}\nName:               n{i}\nRoles:              <none>\nLabels:             kubernetes.io/hostname=n{i}\n                    {labels}\nTaints:             <none>\nAllocatable:\n  cpu:  8\n"
                )
            })
            .collect();
        let text = format!(
            "$ kubectl get pods -n shop
NAME                    READY   STATUS    RESTARTS   AGE
cart-79b49f5555-hk924   0/1     Pending   0          5m

$ kubectl describe pod cart-79b49f5555-hk924 -n shop
Name:             cart-79b49f5555-hk924
Namespace:        shop
Containers:
  server:
    Image:  shop/cart:v1
Node-Selectors:              {asked}

$ kubectl get events -n shop
LAST SEEN   TYPE      REASON             OBJECT                      MESSAGE
12s         Warning   FailedScheduling   pod/cart-79b49f5555-hk924   0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.
{described}"
        );
        let report = report(&text);
        let step = report.mitigation.first().and_then(|m| m.command.clone()).unwrap_or_default();
        (report.hypotheses.first().map(|h| h.statement.clone()).unwrap_or_default(), step)
    }

    #[test]
    fn a_label_that_is_written_almost_alike_is_told_and_the_selector_is_what_is_corrected() {
        let (statement, step) = told("disktype=ssd", ["disk-type=ssd", "disk-type=ssd"]);
        assert!(statement.contains("disk-type=ssd, written almost alike, is on n0, n1"), "{statement}");
        assert!(step.contains(r#""nodeSelector":{"disktype":null,"disk-type":"ssd"}"#), "{step}");
    }

    #[test]
    fn what_the_nodes_carry_instead_is_told_and_a_label_that_none_has_may_be_given() {
        let (statement, step) = told("env=prod", ["env=staging", "env=staging"]);
        assert!(statement.contains("env=staging is on n0, n1"), "{statement}");
        assert!(step.contains(r#""nodeSelector":{"env":"staging"}"#), "{step}");
        let (statement, step) = told("zone=a", ["env=staging", "env=staging"]);
        assert!(statement.contains("no label zone is on n0, n1"), "{statement}");
        assert!(step.starts_with("kubectl label node ") && step.ends_with(" zone=a"), "{step}");
    }

    #[test]
    fn labels_that_are_on_different_nodes_are_told_by_node() {
        let two = "env=prod\n                             tier=gold";
        let (statement, step) = told(two, ["env=prod", "tier=gold"]);
        assert!(statement.contains("(env=prod, tier=gold): env=prod is on n0; tier=gold is on n1"), "{statement}");
        assert_eq!(step, "kubectl label node n0 tier=gold");
    }
}
