//! Network policies: which pods they close, and whether anything is seen to be closed.

use crate::analyst::casebook::Bearing;
use crate::analyst::naming::workload;
use crate::analyst::{Casebook, Knowledge};
use crate::domain::{Evidence, Span};
use crate::intake::kube::{Admits, Cluster, Pair, Policy};

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
    let mut names: Vec<String> = of_templates.collect();
    for name in of_pods {
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
    /// What its pods would have to carry.
    wanted: String,
    /// The rule, and the line of the call.
    at: [Span; 2],
}

/// Policies add up: a caller is shut out where every rule of each of them asks for labels, and its pods
/// are shown to carry none of these.
fn shut_out(cluster: &Cluster, evidence: &Evidence, name: &str) -> Option<ShutOut> {
    let over = |p: &&Policy| p.ingress && selected(cluster, p).iter().any(|n| n == name);
    let rules: Vec<&Admits> = cluster.policies.iter().filter(over).flat_map(|p| &p.admits).collect();
    let known = cluster.policies.iter().filter(over).all(|p| !p.admits.is_empty());
    if !known || rules.iter().any(|r| r.others) {
        return None;
    }
    let wanted: Vec<&Vec<Pair>> = rules.iter().flat_map(|r| &r.labels).collect();
    let silent = kube_calls::failed(evidence, name).into_iter().filter(|(f, _)| *f == Failure::Silence);
    silent.into_iter().find_map(|(_, at)| {
        let reading = evidence.readings.get(at.source.0 as usize)?;
        let line = reading.lines.iter().find(|l| l.start == at.start)?;
        let caller = workload(line.service.as_deref()?);
        let of_pods = cluster.pods_of(&caller).map(|p| &p.spec.labels);
        let mut labels = of_pods.chain(cluster.workload(&caller).map(|w| &w.spec.labels)).filter(|l| !l.is_empty());
        let first = labels.next()?;
        let let_in = |l: &Vec<Pair>| wanted.iter().any(|w| carries(l, w));
        let out = caller != name && !let_in(first) && !labels.any(let_in);
        let told = |w: &Vec<Pair>| w.iter().map(|p| format!("{}={}", p.key, p.value)).collect::<Vec<_>>().join(",");
        let wanted = wanted.iter().map(|w| told(w)).collect::<Vec<_>>().join(" or ");
        out.then(|| ShutOut { caller: caller.clone(), wanted, at: [rules.first().map_or(at, |r| r.at), at] })
    })
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

fn judge(cluster: &Cluster, policy: &Policy, name: &str, notes: &mut Notes<'_>) {
    let reach = cluster.reaches.iter().find(|r| r.target == name);
    let reached = reach.filter(|r| r.reached > 0 && r.failed == 0);
    let failed = reach.filter(|r| r.failed > 0);
    // What policies let in adds up: another one over the same pods may open the port that this one does not.
    let beside = |p: &&Policy| p.ingress && !is_closed(p, "ingress") && selected(cluster, p).iter().any(|n| n == name);
    let elsewhere = policy.ingress
        && lets_in_other_ports(cluster, policy, name)
        && cluster.policies.iter().filter(beside).all(|p| lets_in_other_ports(cluster, p, name));
    let ingress = elsewhere || policy.ingress && is_closed(policy, "ingress");
    let egress = policy.egress && is_closed(policy, "egress");
    let kind = kind_of(name);
    let mut at: Vec<Span> = vec![policy.at];
    at.extend(policy.rules.iter().map(|r| r.at));
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
    if let (Some(reached), true) = (reached, ingress) {
        at.push(reached.at);
        let text = format!(
            "the policy {} selects {name}, and {name} is reached all the same: it is no hindrance now",
            policy.name
        );
        notes.find(Draft {
            subject: name,
            kind,
            playbook,
            bearing: Bearing::Against,
            weight: -2.0,
            text,
            at: &at,
            mechanism,
        });
        return;
    }
    if let Some(out) = shut_out(cluster, notes.evidence, name).filter(|_| policy.ingress && !is_short(cluster, name)) {
        at.extend(out.at);
        let ShutOut { caller, wanted, .. } = out;
        let text = format!("calls of {caller} to {name} get no answer, and its pods carry no label {wanted}");
        let mechanism = format!(
            "the network policy {} lets in pods labelled {wanted} only, and those of {caller} are not",
            policy.name
        );
        notes.find(Draft::stated(name, "network_policy_block.ingress", 5.0, text, &at, mechanism));
        return;
    }
    // Checks from inside tell it, or callers whose time runs out: a closed way is silent.
    let silent = kube_calls::failed(notes.evidence, name).into_iter().find(|(f, _)| *f == Failure::Silence);
    let places = failed.map(|f| f.at).into_iter().chain(silent.map(|(_, at)| at));
    let blocked = places.into_iter().next().filter(|_| ingress && !is_short(cluster, name));
    if let Some(seen) = blocked {
        at.push(seen);
        let text = format!(
            "the policy {} closes {direction} of {name}, whose pods are ready and which can't be reached",
            policy.name
        );
        notes.find(Draft {
            subject: name,
            kind,
            playbook,
            bearing: Bearing::Stated,
            weight: 5.0,
            text,
            at: &at,
            mechanism,
        });
    } else if ingress || egress {
        // Nothing is seen to be blocked by it: a policy may have stood there for long.
        let text = format!("the policy {} closes {direction} of {name}", policy.name);
        notes.find(Draft {
            subject: name,
            kind,
            playbook,
            bearing: Bearing::Symptom,
            weight: 0.5,
            text,
            at: &at,
            mechanism,
        });
    }
}
