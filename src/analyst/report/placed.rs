//! What stands where: the pods that a node in trouble keeps from starting, the edges that this makes, and the way
//! round while the node is being repaired. It judges no node.

use super::fill::is_safe;
use super::material::Material;
use super::plan::label_and_notes;
use super::wording::sentence;
use crate::analyst::tools::kube_view::{in_trouble, is_control_plane, owner};
use crate::domain::report::{Health, Propagation};
use crate::domain::{Citation, Claim, Hypothesis, Mitigation, SubjectKind};
use crate::intake::kube::{Node, Pod};

/// Pods that one command names at most: a longer list is not read before it is approved.
const MOST: usize = 12;

/// The pods that are given to the leading node and are not ready there.
fn held<'m>(m: &'m Material<'_>) -> Vec<&'m Pod> {
    let Some(h) = leading(m) else { return Vec::new() };
    let there = |p: &&Pod| p.node.as_ref().is_some_and(|n| n.text == h.subject);
    m.book.cluster.pods.iter().filter(there).filter(|p| in_trouble(p)).collect()
}

fn leading<'m>(m: &'m Material<'_>) -> Option<&'m Hypothesis> {
    m.top().filter(|h| h.subject_kind == SubjectKind::Node)
}

fn cite(m: &Material<'_>, pod: &Pod) -> Vec<Citation> {
    // the row of a wide listing names its node
    let row = m.evidence.cite(pod.at);
    let node = pod.node.as_ref().filter(|n| !row.quote.contains(&n.text)).map(|n| n.at);
    std::iter::once(pod.at).chain(node).map(|at| m.evidence.cite(at)).collect()
}

/// From the node to each workload of which a pod stands on it and is not ready.
pub fn steps(m: &Material<'_>) -> Vec<Propagation> {
    let Some(h) = leading(m) else { return Vec::new() };
    let step = |pod: &&Pod| {
        let state = pod.status.as_ref().map_or("not ready", |s| s.text.as_str());
        let text = format!("{} is given to {} and is not ready there: {state}.", pod.name, h.subject);
        Propagation { from: h.subject.clone(), to: owner(pod), observed: Claim::inferred(text, cite(m, pod)) }
    };
    held(m).iter().map(step).collect()
}

/// A node whose listing says that it is not ready is down, whatever still runs on it.
pub fn health(m: &Material<'_>, name: &str) -> Option<Health> {
    let node = m.book.cluster.nodes.iter().find(|n| n.name == name)?;
    is_out(node).then_some(Health::Down)
}

/// True where the node's row, or its newest condition, says that it is not ready.
fn is_out(node: &Node) -> bool {
    let row = node.status.as_ref().is_some_and(|s| s.text.split(',').next() == Some("NotReady"));
    row || node.conditions.iter().any(|c| c.kind == "Ready" && c.status != "True")
}

/// True where ordinary pods may be given to the node.
fn takes_pods(m: &Material<'_>, node: &Node) -> bool {
    let ready = node.status.as_ref().is_some_and(|s| s.text == "Ready");
    let cordoned = node.unschedulable.as_ref().is_some_and(|s| s.text == "true");
    let tainted = node.taints.iter().any(|t| t.text != "<none>");
    ready && !cordoned && !tainted && !is_control_plane(&m.book.cluster, &node.name)
}

/// The way round a node that does not come back: no new pod is given to it, and those that hang there are made anew
/// elsewhere. Nothing that runs is touched, and it is offered only where another node takes pods.
pub fn way_round(m: &Material<'_>) -> Vec<Mitigation> {
    let Some(h) = leading(m) else { return Vec::new() };
    let cluster = &m.book.cluster;
    let out = cluster.nodes.iter().any(|n| n.name == h.subject && is_out(n));
    let elsewhere = cluster.nodes.iter().find(|n| n.name != h.subject && takes_pods(m, n));
    // what nothing keeps, or what is kept to its node, is not made anew elsewhere
    let moves = |p: &&Pod| p.controlled_by.as_deref().is_none_or(|c| c.starts_with("ReplicaSet/"));
    let never_ran = |p: &&Pod| p.ready.is_some_and(|(up, _)| up == 0) && p.workload() != p.name;
    let pods: Vec<&Pod> = held(m).into_iter().filter(moves).filter(never_ran).collect();
    let (true, Some(other), Some(first)) = (out, elsewhere, pods.first()) else { return Vec::new() };
    let within = |p: &&&Pod| p.namespace == first.namespace && is_safe(&p.name);
    let names: Vec<&str> = pods.iter().filter(within).take(MOST).map(|p| p.name.as_str()).collect();
    if names.is_empty() || !is_safe(&h.subject) {
        return Vec::new();
    }
    let arguments = m.given.arguments(h);
    let step = |id: &str, action: String, command: String, risk: &str, rollback: &str| {
        let (command, blanks) = arguments.fill(&command);
        let (label, notes) = label_and_notes(Some(&command), None, m.given.context());
        Mitigation {
            id: format!("{}/{id}@{}", h.playbook, h.subject),
            action: sentence(&action),
            command: Some(command),
            blanks,
            label,
            notes,
            risk: sentence(risk),
            rollback: sentence(rollback),
            effect: None,
            verify: None,
        }
    };
    let cordon = step(
        "cordon",
        format!("Where {} does not come back soon, give it no new pods", h.subject),
        format!("kubectl cordon {}", h.subject),
        "the other nodes have to have room",
        &format!("kubectl uncordon {}", h.subject),
    );
    let space = first.namespace.as_deref().filter(|n| is_safe(n)).unwrap_or("{namespace}");
    let anew = step(
        "anew",
        format!("Have the pods that hang on {} made anew on another node, as {}", h.subject, other.name),
        format!("kubectl delete pod {} -n {space}", names.join(" ")),
        "none of them is ready, so nothing that serves is cut; the other nodes have to have room",
        "none needed: their workloads make them anew",
    );
    vec![cordon, anew]
}

#[cfg(test)]
mod tests {
    use crate::analyst::pasted::report_of;
    use crate::domain::report::Health;

    const NODE_OUT: &str = r"$ kubectl get pods -n farm -o wide
NAME                     READY   STATUS              RESTARTS   AGE   IP           NODE     NOMINATED NODE   READINESS GATES
silo-6b8f9c7d5-x7k2p     0/1     ContainerCreating   0          62s   <none>       barn-2   <none>           <none>
plough-5c9d8b7f6-b4z9q   1/1     Running             0          62s   10.1.1.4     barn-1   <none>           <none>

$ kubectl get nodes -o wide
NAME     STATUS     ROLES    AGE    VERSION   INTERNAL-IP    EXTERNAL-IP   OS-IMAGE             KERNEL-VERSION      CONTAINER-RUNTIME
barn-1   Ready      <none>   40d    v1.30.1   192.168.7.11   <none>        Ubuntu 22.04.4 LTS   5.15.0-101-generic  containerd://1.7.2
barn-2   NotReady   <none>   40d    v1.30.1   192.168.7.12   <none>        Ubuntu 22.04.4 LTS   5.15.0-101-generic  containerd://Unknown

[root@barn-2 ~]# systemctl status containerd
○ containerd.service - containerd container runtime
     Loaded: loaded (/lib/systemd/system/containerd.service; enabled)
     Active: inactive (dead) since Tue 2026-05-05 10:53:51 UTC; 1min 39s ago
";

    #[test]
    fn a_node_that_is_out_is_down_and_the_pods_that_hang_on_it_are_its_propagation() {
        let r = report_of(NODE_OUT);
        assert_eq!(r.hypotheses[0].subject, "barn-2");
        let path: Vec<(&str, &str)> = r.propagation.iter().map(|p| (p.from.as_str(), p.to.as_str())).collect();
        assert_eq!(path, [("barn-2", "silo")]);
        let node = r.services.iter().find(|s| s.name == "barn-2").unwrap();
        assert_eq!(node.health, Health::Down);
    }

    #[test]
    fn a_check_whose_output_is_pasted_says_so_and_only_of_the_host_that_it_is_of() {
        let notes = |paste: &str| {
            let r = report_of(paste);
            r.checklist.into_iter().find(|c| c.command.as_deref() == Some("systemctl status containerd")).unwrap().notes
        };
        let shown = "the evidence has this output, from L11 on: asked again, it shows whether that still holds";
        assert_eq!(notes(NODE_OUT), [shown]);
        let other = "[root@barn-1 ~]# systemctl status containerd\n● containerd.service - containerd container runtime\n     Active: active (running) since Tue 2026-05-05 09:53:51 UTC; 1h ago\n\n";
        let here = "[root@barn-2 ~]#";
        let both = NODE_OUT.replace(here, &format!("{other}{here}"));
        assert_eq!(notes(&both), [shown.replace("L11", "L15")]);
    }

    #[test]
    fn the_way_round_names_what_hangs_and_is_there_only_where_another_node_takes_pods() {
        let commands =
            |paste: &str| report_of(paste).mitigation.into_iter().filter_map(|step| step.command).collect::<Vec<_>>();
        let told = commands(NODE_OUT);
        assert_eq!(told[1..], ["kubectl cordon barn-2", "kubectl delete pod silo-6b8f9c7d5-x7k2p -n farm"]);
        let full = NODE_OUT.replace("barn-1   Ready     ", "barn-1   Ready,SchedulingDisabled     ");
        assert_eq!(commands(&full).len(), 1);
    }
}
