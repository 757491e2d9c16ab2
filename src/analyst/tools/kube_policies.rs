//! Network policies: which pods they close, and whether anything is seen to be closed.

use crate::analyst::casebook::Bearing;
use crate::analyst::{Casebook, Knowledge};
use crate::domain::{Evidence, Span};
use crate::intake::kube::{Cluster, Policy, Workload};

use super::kube_notes::{Draft, Notes, on_cluster};
use super::kube_view::{is_short, kind_of, workloads};
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
        let selected: Vec<&Workload> = workloads(cluster).filter(|w| selects(policy, w)).collect();
        for workload in &selected {
            judge(cluster, policy, workload, notes);
        }
        if selected.is_empty() && policy.selector.is_some() {
            notes.say(format!("the policy {} selects none of the workloads", policy.name), &notes.cite(&[policy.at]));
        }
    }
}

fn selects(policy: &Policy, workload: &Workload) -> bool {
    let Some(selector) = &policy.selector else { return false };
    selector.iter().all(|s| workload.spec.labels.iter().any(|l| l.key == s.key && l.value == s.value))
}

/// True for a direction of which nothing is let through.
fn is_closed(policy: &Policy, direction: &str) -> bool {
    let rules = policy.rules.iter().find(|r| r.text.to_ascii_lowercase().contains(direction));
    let lets_none =
        |t: &str| t.contains("<none>") && t.contains("isolated") || t.ends_with(": ") || t.ends_with(": []");
    rules.is_none_or(|r| lets_none(&r.text))
}

fn judge(cluster: &Cluster, policy: &Policy, workload: &Workload, notes: &mut Notes<'_>) {
    let name = &workload.name;
    let reach = cluster.reaches.iter().find(|r| r.target == *name);
    let reached = reach.filter(|r| r.reached > 0 && r.failed == 0);
    let failed = reach.filter(|r| r.failed > 0);
    let ingress = policy.ingress && is_closed(policy, "ingress");
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
    let mechanism = format!("the network policy {} closes its {direction}", policy.name);
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
    let blocked = failed.filter(|_| ingress && !is_short(cluster, name));
    if let Some(failed) = blocked {
        at.push(failed.at);
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
