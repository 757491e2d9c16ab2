//! Nodes that are closed to new pods again and again: to open one once is no repair then. It weighs nothing.

use super::wording::duration;
use crate::analyst::Casebook;
use crate::domain::{Claim, Evidence, Hypothesis};
use crate::intake::kube::Event;

/// From so many times on, something does it again and again: once closed, and once more by hand, is no habit.
const TIMES: u32 = 3;
/// Nodes that are told of at most.
const NODES: usize = 4;

/// Adds to the first hypothesis how often each of its nodes was closed.
pub fn add(hypotheses: &mut [Hypothesis], book: &Casebook, evidence: &Evidence) {
    let Some(h) = hypotheses.first_mut().filter(|h| h.playbook == "unschedulable.cordoned") else { return };
    let again = |e: &&Event| e.reason == "NodeNotSchedulable" && e.count >= TIMES;
    let says = |name: &str| crate::analyst::naming::mentions(&h.statement, name);
    let some = book.cluster.nodes.iter().any(|n| says(&n.name));
    let named = |e: &&Event| !some || says(&e.name);
    let told = book.cluster.events.iter().filter(again).filter(named).filter_map(|e| {
        let text = format!("{} was closed to new pods {} times over {}", e.name, e.count, duration(e.over?));
        Some(Claim::quoted(text, vec![evidence.cite(e.at)]))
    });
    let told: Vec<Claim> = told.take(NODES).collect();
    h.supporting.extend(told);
}

#[cfg(test)]
mod tests {
    use crate::analyst::pasted::report_of;

    fn paste(times: &str) -> String {
        format!(
            "$ kubectl get pods -n farm\n\
             NAME                      READY   STATUS    RESTARTS   AGE\n\
             feeder-6d8c9f7b5d-2xkqp   0/1     Pending   0          4m\n\n\
             $ kubectl get nodes\n\
             NAME     STATUS                     ROLES    AGE   VERSION\n\
             node-a   Ready,SchedulingDisabled   <none>   9d    v1.30.0\n\n\
             $ kubectl get events -n farm\n\
             LAST SEEN   TYPE      REASON             OBJECT                        MESSAGE\n\
             3m          Warning   FailedScheduling   pod/feeder-6d8c9f7b5d-2xkqp   0/1 nodes are available: 1 node(s) were unschedulable.\n\n\
             $ kubectl describe node node-a\n\
             Name:               node-a\n\
             Unschedulable:      true\n\
             Events:\n\
             \x20 Type    Reason              Age                  From     Message\n\
             \x20 ----    ------              ----                 ----     -------\n\
             \x20 Normal  NodeNotSchedulable  {times:<19}  kubelet  Node node-a status is now: NodeNotSchedulable\n"
        )
    }

    #[test]
    fn a_node_that_is_closed_again_and_again_is_told_so_and_one_that_was_closed_once_is_not() {
        let told = |times: &str| {
            let report = report_of(&paste(times));
            assert_eq!(report.hypotheses[0].playbook, "unschedulable.cordoned");
            report.hypotheses[0]
                .supporting
                .iter()
                .any(|c| c.text == "node-a was closed to new pods 9 times over 32 min")
        };
        assert!(told("4m18s (x9 over 32m)"));
        assert!(!told("4m18s"));
    }
}
