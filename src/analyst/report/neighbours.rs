//! What a workload asks for beside what its neighbours ask for: one that wants many times as much as any other, or is
//! allowed a part of what any other is, says more by that than by the figure alone. It weighs nothing.

use crate::analyst::Casebook;
use crate::analyst::tools::kube_view::{specs, workloads};
use crate::domain::{Claim, Evidence, Hypothesis};
use crate::intake::kube::quantity::{bytes, cores};
use crate::intake::kube::{Cluster, Container, Said};

/// Neighbours that have to show the same figure's kind before anything is said of them.
const ENOUGH: usize = 3;
/// How many times as much, or as little, is remarkable.
const REMARKABLE: f64 = 2.0;

/// Which figure of a container is meant, how it is read, and whether too much of it is the trouble or too little.
struct Asked {
    of: fn(&Container) -> Option<&Said>,
    read: fn(&str) -> Option<f64>,
    called: &'static str,
    /// The argument that the neighbours' figure fills.
    argument: &'static str,
    too_much: bool,
}

fn asked(playbook: &str) -> Option<Asked> {
    Some(match playbook {
        "memory_exhaustion.limit_too_low" => Asked {
            of: |c| c.limits.memory.as_ref(),
            read: bytes,
            called: "memory limit",
            argument: "usual_memory",
            too_much: false,
        },
        "unschedulable.cpu" => Asked {
            of: |c| c.requests.cpu.as_ref(),
            read: cores,
            called: "CPU request",
            argument: "usual_cpu",
            too_much: true,
        },
        "unschedulable.memory" => Asked {
            of: |c| c.requests.memory.as_ref(),
            read: bytes,
            called: "memory request",
            argument: "usual_memory",
            too_much: true,
        },
        _ => return None,
    })
}

/// The figure of what leads.
fn own<'c>(cluster: &'c Cluster, subject: &'c str, asked: &Asked) -> Option<&'c Said> {
    let of_pods = cluster.pods_of(subject).flat_map(|p| specs(cluster, p)).flat_map(|s| &s.containers);
    let of_template = cluster.workload(subject).into_iter().flat_map(|w| &w.spec.containers);
    of_pods.chain(of_template).filter(|c| !c.init).find_map(asked.of)
}

/// The figures of the other workloads that are shown, each once.
fn others<'c>(cluster: &'c Cluster, subject: &str, asked: &Asked) -> Vec<(f64, &'c Said)> {
    let of_workload =
        |w: &'c crate::intake::kube::Workload| w.spec.containers.iter().filter(|c| !c.init).find_map(asked.of);
    let shown = workloads(cluster).filter(|w| w.name != subject).filter_map(of_workload);
    shown.filter_map(|s| Some(((asked.read)(&s.text)?, s))).collect()
}

/// Adds to the first hypothesis how far its figure is from its neighbours'.
pub fn add(hypotheses: &mut [Hypothesis], book: &Casebook, evidence: &Evidence) {
    let Some(h) = hypotheses.first_mut() else { return };
    let Some(asked) = asked(&h.playbook) else { return };
    let cluster = &book.cluster;
    let (Some(own), others) = (own(cluster, &h.subject, &asked), others(cluster, &h.subject, &asked)) else { return };
    let Some(figure) = (asked.read)(&own.text).filter(|_| others.len() >= ENOUGH) else { return };
    let furthest = if asked.too_much {
        others.iter().max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(most, _)| figure >= REMARKABLE * most)
    } else {
        others.iter().min_by(|a, b| a.0.total_cmp(&b.0)).filter(|(least, _)| figure * REMARKABLE <= *least)
    };
    let Some((_, one)) = furthest else { return };
    let than = if asked.too_much { "more" } else { "less" };
    let text =
        format!("its {} is {}, and no other workload shown has {than} than {}", asked.called, own.text, one.text);
    h.supporting.push(Claim::inferred(text, vec![evidence.cite(own.at), evidence.cite(one.at)]));
}

/// What most of the neighbours have, under the name of its argument, where that is on the other side of what is wrong.
pub fn usual(h: &Hypothesis, cluster: &Cluster) -> Option<(&'static str, String)> {
    let asked = asked(&h.playbook)?;
    let others = others(cluster, &h.subject, &asked);
    let figure = (asked.read)(&own(cluster, &h.subject, &asked)?.text)?;
    let count = |v: &str| others.iter().filter(|(_, s)| s.text == v).count();
    let (value, most) = others.iter().max_by_key(|(_, s)| count(&s.text))?;
    let sound = if asked.too_much { *value < figure } else { *value > figure };
    (sound && count(&most.text) >= ENOUGH).then(|| (asked.argument, most.text.clone()))
}

#[cfg(test)]
mod tests {
    use crate::analyst::pasted::report_of;

    fn deployment(name: &str, memory: &str) -> String {
        format!(
            "- apiVersion: apps/v1\n  kind: Deployment\n  metadata:\n    name: {name}\n    namespace: farm\n  spec:\n    template:\n      spec:\n        containers:\n        - name: server\n          image: r.io/farm/{name}:v1\n          resources:\n            limits:\n              memory: {memory}\n"
        )
    }

    fn paste(own: &str) -> String {
        let items: String =
            [("feeder", own), ("scales", "128Mi"), ("gate", "128Mi"), ("barn", "64Mi"), ("mill", "128Mi")]
                .iter()
                .map(|(name, memory)| deployment(name, memory))
                .collect();
        format!(
            "$ kubectl get pods -n farm\n\
             NAME                      READY   STATUS              RESTARTS   AGE\n\
             feeder-6d8c9f7b5d-2xkqp   0/1     RunContainerError   0          4m\n\n\
             $ kubectl get events -n farm\n\
             LAST SEEN   TYPE      REASON   OBJECT                        MESSAGE\n\
             12s         Warning   Failed   pod/feeder-6d8c9f7b5d-2xkqp   Error: failed to create containerd task: unable to start container process: container init was OOM-killed (memory limit too low?): unknown\n\n\
             $ kubectl get deployments -n farm -o yaml\napiVersion: v1\nitems:\n{items}kind: List\n"
        )
    }

    #[test]
    fn a_limit_below_every_neighbours_is_told_with_theirs_and_theirs_is_proposed() {
        let report = report_of(&paste("5Mi"));
        let told: Vec<&str> = report.hypotheses[0].supporting.iter().map(|c| c.text.as_str()).collect();
        assert!(told.contains(&"its memory limit is 5Mi, and no other workload shown has less than 64Mi"), "{told:?}");
        let command = report.mitigation.iter().find_map(|m| m.command.clone());
        assert!(command.as_deref().is_some_and(|c| c.ends_with("--limits=memory=128Mi")), "{command:?}");
        let near = report_of(&paste("60Mi"));
        assert!(!near.hypotheses[0].supporting.iter().any(|c| c.text.contains("no other workload")));
    }
}
