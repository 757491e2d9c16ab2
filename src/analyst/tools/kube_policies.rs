//! Network policies: which pods they close, and whether anything is seen to be closed.

use crate::analyst::casebook::Bearing;
use crate::analyst::naming::workload;
use crate::analyst::{Casebook, Knowledge};
use crate::domain::{Evidence, Span};
use crate::intake::kube::{Admits, Cluster, Pair, Policy, Service};

use super::kube_calls::{self, Failure};
use super::kube_notes::{Draft, Notes, on_cluster};
use super::kube_view::{is_short, kind_of, owner, workloads};
use super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "network_policies",
    question: "Does a network policy close a way that is needed?",
    applies: |_, book| !book.cluster.policies.is_empty(),
    arguments: |_, book| {
        let names: Vec<&str> = book.cluster.policies.iter().map(|p| p.name.as_str()).collect();
        serde_json::json!({ "policies": names })
    },
    run,
};

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    on_cluster(evidence, book, TOOL.name, read)
}

fn read(cluster: &Cluster, notes: &mut Notes<'_>) {
    for policy in &cluster.policies {
        let selected = selected(cluster, policy);
        for name in &selected {
            judge(cluster, policy, name, notes);
        }
        if selected.is_empty() && policy.selector.is_some() {
            notes.say(format!("the policy {} selects none of the workloads", policy.name), &notes.cite(&[policy.at]));
        }
    }
}

/// The workloads whose template or pods carry the labels that a policy selects.
fn selected(cluster: &Cluster, policy: &Policy) -> Vec<String> {
    let Some(selector) = &policy.selector else { return Vec::new() };
    let fits = |labels: &[Pair]| carries(labels, selector);
    let of_templates = workloads(cluster).filter(|w| fits(&w.spec.labels)).map(|w| w.name.clone());
    let shown = cluster.pods.iter().filter(|p| !p.spec.labels.is_empty() || selector.is_empty());
    let same_space =
        |space: Option<&str>| policy.namespace.is_none() || space.is_none() || policy.namespace.as_deref() == space;
    let of_pods = shown.filter(|p| same_space(p.namespace.as_deref()) && fits(&p.spec.labels)).map(owner);
    // what a service selects carries the labels that it selects by
    let behind = |s: &&Service| !selector.is_empty() && same_space(s.namespace.as_deref()) && fits(&s.selector);
    let addresses = cluster.services.iter().filter(behind).flat_map(|s| s.endpoints.iter().flatten());
    let hosts: Vec<&str> = addresses.map(|a| a.split(':').next().unwrap_or(a)).collect();
    let of_services = cluster.pods.iter().filter(|p| p.ip.as_deref().is_some_and(|ip| hosts.contains(&ip))).map(owner);
    let mut names: Vec<String> = of_templates.collect();
    for name in of_pods.chain(of_services) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn carries(labels: &[Pair], wanted: &[Pair]) -> bool {
    wanted.iter().all(|w| labels.iter().any(|l| l.key == w.key && l.value == w.value))
}

/// A caller that no policy over a workload lets in, though its call is seen to end in silence.
struct ShutOut {
    caller: String,
    /// What its pods, or its namespace, would have to carry.
    wanted: String,
    /// The namespace that is asked for the labels; none where its pods are.
    space: Option<String>,
    /// The rule, what is asked for its labels, and the line of the call.
    at: Vec<Span>,
}

/// Policies add up: a caller is shut out where every rule of them that is shown asks for labels, and its pods, or
/// its namespace, are shown to carry none of these. One of which no rule is shown lets nobody in either: the call
/// ends in silence all the same.
fn shut_out(cluster: &Cluster, evidence: &Evidence, name: &str) -> Option<ShutOut> {
    let over = |p: &&Policy| p.ingress && selected(cluster, p).iter().any(|n| n == name);
    let rules: Vec<(&Admits, &Policy)> =
        cluster.policies.iter().filter(over).flat_map(|p| p.admits.iter().map(move |a| (a, p))).collect();
    let known = cluster.policies.iter().filter(over).all(|p| !p.admits.is_empty());
    let by_space = rules.iter().all(|(r, _)| r.labels.is_empty());
    if rules.is_empty() || !(known || by_space) || rules.iter().any(|(r, _)| r.others) {
        return None;
    }
    let silent = kube_calls::failed(evidence, name).into_iter().filter(|(f, _)| *f == Failure::Silence);
    silent.into_iter().find_map(|(_, at)| {
        // whose log the line stands in says more than the part of the program that wrote it
        let owner =
            cluster.logs.iter().find(|(_, log)| log.source == at.source && log.start <= at.start && at.end <= log.end);
        let caller = match owner {
            Some((owner, _)) => owner.clone(),
            None => {
                let reading = evidence.readings.get(at.source.0 as usize)?;
                workload(reading.lines.iter().find(|l| l.start == at.start)?.service.as_deref()?)
            }
        };
        let rule = rules.first().map_or(at, |(r, _)| r.at);
        if caller == name {
            None
        } else if by_space {
            foreign_space(cluster, &rules, &caller).map(|(wanted, space, row)| {
                let at = vec![rule, row, at];
                ShutOut { caller: caller.clone(), wanted, space: Some(space), at }
            })
        } else {
            foreign_pods(cluster, &rules, &caller).map(|wanted| ShutOut {
                caller: caller.clone(),
                wanted,
                space: None,
                at: vec![rule, at],
            })
        }
    })
}

fn told(labels: &[&Vec<Pair>]) -> String {
    let one = |w: &Vec<Pair>| w.iter().map(|p| format!("{}={}", p.key, p.value)).collect::<Vec<_>>().join(",");
    labels.iter().map(|w| one(w)).collect::<Vec<_>>().join(" or ")
}

/// The labels that the rules ask of pods, where the caller's are shown and have none of them.
fn foreign_pods(cluster: &Cluster, rules: &[(&Admits, &Policy)], caller: &str) -> Option<String> {
    if rules.iter().any(|(r, _)| !r.spaces.is_empty()) {
        return None;
    }
    let wanted: Vec<&Vec<Pair>> = rules.iter().flat_map(|(r, _)| &r.labels).collect();
    let of_pods = cluster.pods_of(caller).map(|p| &p.spec.labels);
    let mut labels = of_pods.chain(cluster.workload(caller).map(|w| &w.spec.labels)).filter(|l| !l.is_empty());
    let first = labels.next()?;
    let let_in = |l: &Vec<Pair>| wanted.iter().any(|w| carries(l, w));
    (!let_in(first) && !labels.any(let_in)).then(|| told(&wanted))
}

/// The labels that the rules ask of a namespace, the caller's own and its row, where it is shown without them.
fn foreign_space(cluster: &Cluster, rules: &[(&Admits, &Policy)], caller: &str) -> Option<(String, String, Span)> {
    let wanted: Vec<&Vec<Pair>> = rules.iter().flat_map(|(r, _)| &r.spaces).collect();
    let space = cluster.pods_of(caller).find_map(|p| p.namespace.as_deref())?;
    let row = cluster.named_of("namespace").find(|n| n.name == space)?;
    let shown = row.details.iter().find(|d| d.key == "LABELS")?;
    let own: Vec<(&str, &str)> = shown.value.split(',').filter_map(|l| l.split_once('=')).collect();
    let let_in = |w: &&Vec<Pair>| w.iter().all(|p| own.contains(&(p.key.as_str(), p.value.as_str())));
    (!wanted.is_empty() && !wanted.iter().any(let_in)).then(|| (told(&wanted), space.to_owned(), row.at))
}

/// True for a direction of which nothing is let through.
fn is_closed(policy: &Policy, direction: &str) -> bool {
    let rules = policy.rules.iter().find(|r| r.text.to_ascii_lowercase().contains(direction));
    let lets_none =
        |t: &str| t.contains("<none>") && t.contains("isolated") || t.ends_with(": ") || t.ends_with(": []");
    rules.is_none_or(|r| lets_none(&r.text))
}

/// True where the ports that a policy lets in are none of those that the workload serves.
fn lets_in_other_ports(cluster: &Cluster, policy: &Policy, name: &str) -> bool {
    let Some(rule) = policy.rules.iter().find(|r| r.text.to_ascii_lowercase().contains("ingress")) else {
        return false;
    };
    let words: Vec<&str> = rule.text.split_whitespace().map(|w| w.trim_end_matches([':', ','])).collect();
    let count = |word: &str| words.iter().filter(|w| w.eq_ignore_ascii_case(word)).count();
    // A rule without a port lets every port in.
    if rule.text.contains("<any>") || count("from") > count("port") + count("ports") {
        return false;
    }
    let after = |name: &'static str| {
        let named = move |w: &&[&str]| w.first().is_some_and(|w| w.eq_ignore_ascii_case(name));
        words.windows(2).filter(named).filter_map(|w| w.get(1)).map(|w| w.split('/').next().unwrap_or(w))
    };
    let open: Vec<&str> = after("port").filter(|w| w.starts_with(|c: char| c.is_ascii_alphanumeric())).collect();
    // `To Port Range: 27000-27100/TCP`, `endPort: 27100`: which ports lie between is not worked out here.
    if after("endport").next().is_some() || open.iter().any(|w| w.eq_ignore_ascii_case("range")) {
        return false;
    }
    let pods = cluster.pods_of(name).map(|p| &p.spec);
    let specs = pods.chain(cluster.workload(name).map(|w| &w.spec));
    let mut served = specs.flat_map(|s| &s.containers).filter(|c| !c.init).flat_map(|c| &c.ports).peekable();
    !open.is_empty()
        && served.peek().is_some()
        && !served.any(|p| open.contains(&p.key.as_str()) || open.contains(&p.value.as_str()))
}

/// What a policy closes of the pods that it selects, in words.
struct Closed {
    ingress: bool,
    egress: bool,
    direction: &'static str,
    playbook: &'static str,
    mechanism: String,
    at: Vec<Span>,
}

fn closed(cluster: &Cluster, policy: &Policy, name: &str) -> Closed {
    // What policies let in adds up: another one over the same pods may open the port that this one does not.
    let beside = |p: &&Policy| p.ingress && !is_closed(p, "ingress") && selected(cluster, p).iter().any(|n| n == name);
    let elsewhere = policy.ingress
        && lets_in_other_ports(cluster, policy, name)
        && cluster.policies.iter().filter(beside).all(|p| lets_in_other_ports(cluster, p, name));
    let ingress = elsewhere || policy.ingress && is_closed(policy, "ingress");
    let egress = policy.egress && is_closed(policy, "egress");
    let direction = match (ingress, egress) {
        (true, true) => "ingress and egress",
        (true, false) => "ingress",
        (false, true) => "egress",
        (false, false) => "some traffic",
    };
    let mechanism = if elsewhere {
        format!("the network policy {} lets in other ports than it serves", policy.name)
    } else {
        format!("the network policy {} closes its {direction}", policy.name)
    };
    let playbook = if egress && !ingress { "network_policy_block.egress" } else { "network_policy_block.ingress" };
    let at = std::iter::once(policy.at).chain(policy.rules.iter().map(|r| r.at)).collect();
    Closed { ingress, egress, direction, playbook, mechanism, at }
}

fn judge(cluster: &Cluster, policy: &Policy, name: &str, notes: &mut Notes<'_>) {
    let Closed { ingress, egress, direction, playbook, mechanism, mut at } = closed(cluster, policy, name);
    let kind = kind_of(name);
    let reach = cluster.reaches.iter().find(|r| r.target == name);
    let find = |bearing, weight, text, at: &[Span], notes: &mut Notes<'_>| {
        let mechanism = mechanism.clone();
        notes.find(Draft { subject: name, kind, playbook, bearing, weight, text, at, mechanism });
    };
    if let (Some(reached), true) = (reach.filter(|r| r.reached > 0 && r.failed == 0), ingress) {
        at.push(reached.at);
        let text =
            format!("the policy {} selects {name}, and {name} is reached all the same{NO_HINDRANCE}", policy.name);
        return find(Bearing::Against, -2.0, text, &at, notes);
    }
    if policy.ingress && !is_short(cluster, name) && shuts_out(cluster, policy, name, &at, notes) {
        return;
    }
    // Checks from inside tell it, or callers whose time runs out: a closed way is silent.
    let silent = kube_calls::failed(notes.evidence, name).into_iter().find(|(f, _)| *f == Failure::Silence);
    let places = reach.filter(|r| r.failed > 0).map(|f| f.at).into_iter().chain(silent.map(|(_, at)| at));
    let blocked = places.into_iter().next().filter(|_| ingress && !is_short(cluster, name));
    if let Some(seen) = blocked {
        at.push(seen);
        let text = format!(
            "the policy {} closes {direction} of {name}, whose pods are ready and which can't be reached",
            policy.name
        );
        find(Bearing::Stated, 5.0, text, &at, notes);
    } else if ingress || egress {
        // Nothing is seen to be blocked by it: a policy may have stood there for long.
        let text = format!("the policy {} closes {direction} of {name}", policy.name);
        find(Bearing::Symptom, 0.5, text, &at, notes);
    }
}

/// How it is said of a policy that it stands there and hinders nobody.
pub const NO_HINDRANCE: &str = ": it is no hindrance now";

/// True where a caller gets no answer whose labels, or whose namespace's, the policy does not let in.
fn shuts_out(cluster: &Cluster, policy: &Policy, name: &str, at: &[Span], notes: &mut Notes<'_>) -> bool {
    let Some(ShutOut { caller, wanted, space, at: places }) = shut_out(cluster, notes.evidence, name) else {
        return false;
    };
    let policy = &policy.name;
    let (text, mechanism) = match space {
        Some(space) => (
            format!("calls of {caller} to {name} get no answer, and its namespace {space} carries no label {wanted}"),
            format!(
                "the network policy {policy} lets in namespaces labelled {wanted} only, and {space}, that of {caller}, is not"
            ),
        ),
        None => (
            format!("calls of {caller} to {name} get no answer, and its pods carry no label {wanted}"),
            format!("the network policy {policy} lets in pods labelled {wanted} only, and those of {caller} are not"),
        ),
    };
    let at: Vec<Span> = at.iter().copied().chain(places).collect();
    notes.find(Draft::stated(name, "network_policy_block.ingress", 5.0, text, &at, mechanism));
    true
}

#[cfg(test)]
mod tests {
    use crate::analyst::pasted::report_of;

    fn first(labels: &str) -> String {
        let text = format!(
            "$ kubectl get pods -n edge -o wide
NAME                     READY   STATUS    RESTARTS   AGE   IP           NODE
intake-6b8f9c7d5c-x7k2p   1/1     Running   0          17d   10.244.2.7   k-1

$ kubectl get pods -n core -o wide
NAME                     READY   STATUS    RESTARTS   AGE   IP           NODE
ledger-79b49f5555-hk924   1/1     Running   0          45d   10.244.2.9   k-2

$ kubectl logs -n edge deploy/intake --tail=2
2026-07-21T20:15:37Z ERROR component=writer Post http://ledger.core.svc:9201/write: dial tcp 10.96.1.2:9201: i/o timeout
2026-07-21T20:15:54Z ERROR component=writer Post http://ledger.core.svc:9201/write: dial tcp 10.96.1.2:9201: i/o timeout

$ kubectl describe networkpolicy -n core ledger-callers
Name:         ledger-callers
Namespace:    core
Spec:
  PodSelector:     <none> (Allowing the specific traffic to all pods in this namespace)
  Allowing ingress traffic:
    To Port: 9201/TCP
    From:
      NamespaceSelector: team=flow
  Not affecting egress traffic
  Policy Types: Ingress

$ kubectl get ns --show-labels
NAME   STATUS   AGE    LABELS
core   Active   188d   kubernetes.io/metadata.name=core,owner=books
edge   Active   188d   kubernetes.io/metadata.name=edge,{labels}
"
        );
        report_of(&text).hypotheses.first().map_or(String::new(), |h| format!("{}: {}", h.playbook, h.statement))
    }

    #[test]
    fn a_namespace_that_lacks_the_label_that_a_policy_asks_for_is_shut_out() {
        let told = first("owner=flow");
        assert!(told.starts_with("network_policy_block.ingress: ") && told.contains("team=flow"), "{told}");
        assert!(!first("owner=flow,team=flow").contains("team=flow"));
    }
}
