//! Room on the nodes: what is asked of them, what is left, and who holds so much that without it the pod would fit.

use crate::domain::Span;
use crate::intake::kube::quantity::{bytes, cores};
use crate::intake::kube::{Amounts, Node, Said, workload_of};

use super::kube_demands::named;

/// Of what the room is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// Cores.
    Cpu,
    /// Bytes.
    Memory,
}

impl Room {
    fn of(self, amounts: &Amounts) -> Option<&Said> {
        if self == Self::Cpu { amounts.cpu.as_ref() } else { amounts.memory.as_ref() }
    }

    /// An amount as a number.
    pub fn read(self, text: &str) -> f64 {
        (if self == Self::Cpu { cores(text) } else { bytes(text) }).unwrap_or(0.0)
    }

    fn left(self, node: &Node) -> Option<f64> {
        let all = self.read(&self.of(&node.allocatable)?.text);
        Some(all - self.read(&self.of(&node.requested)?.text))
    }
}

/// What takes the room, in words, and where it stands: `batch alone requests 10Gi on each of n1, n2`, else the node
/// that has most left. Empty where the nodes show neither.
pub fn told(room: Room, asked: &str, subject: &str, nodes: &[&Node]) -> (String, Vec<Span>) {
    if let Some(Holder { name, amount, mut on, at, .. }) = holder(room, room.read(asked), subject, nodes) {
        on.dedup_by_key(|n| &n.name);
        let each = if on.len() > 1 { "each of " } else { "" };
        let unit = if room == Room::Cpu { " CPU" } else { "" };
        return (format!("; {name} alone requests {amount}{unit} on {each}{}", named(&on)), at);
    }
    let free = |n: &&&Node| room.left(n).unwrap_or(f64::MIN);
    let most = nodes.iter().filter(|n| room.left(n).is_some()).max_by(|a, b| free(a).total_cmp(&free(b)));
    let Some(node) = most else { return (String::new(), Vec::new()) };
    let (Some(all), Some(used)) = (room.of(&node.allocatable), room.of(&node.requested)) else {
        return (String::new(), Vec::new());
    };
    (format!("; {} has the most left, with {} of {} requested", node.name, used.text, all.text), vec![used.at, all.at])
}

/// A workload without which the pod would fit on some node.
struct Holder<'n> {
    name: &'n str,
    amount: &'n str,
    size: f64,
    on: Vec<&'n Node>,
    at: Vec<Span>,
}

/// The one of them that holds most.
fn holder<'n>(room: Room, asked: f64, subject: &str, nodes: &[&'n Node]) -> Option<Holder<'n>> {
    let mut all: Vec<Holder<'n>> = Vec::new();
    for node in nodes {
        let Some(left) = room.left(node) else { continue };
        for (pod, amounts) in &node.holds {
            let (Some(held), Some((namespace, name))) = (room.of(amounts), pod.text.split_once('/')) else { continue };
            let (name, size) = (workload_of(name), room.read(&held.text));
            // what the cluster itself stands on is not for anybody to stop
            if namespace.starts_with("kube-") || name == subject || size <= 0.0 || left + size < asked {
                continue;
            }
            match all.iter_mut().find(|h| h.name == name && h.amount == held.text) {
                Some(known) => {
                    known.size += size;
                    known.on.push(node);
                    known.at.push(held.at);
                }
                None => all.push(Holder { name, amount: &held.text, size, on: vec![node], at: vec![held.at] }),
            }
        }
    }
    all.into_iter().max_by(|a, b| a.size.total_cmp(&b.size))
}

#[cfg(test)]
mod tests {
    use crate::analyst::pasted::report_of as report;

    fn statement(holder: &str) -> String {
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
    Requests:
      memory:  8Gi

$ kubectl get events -n shop
LAST SEEN   TYPE      REASON             OBJECT                      MESSAGE
12s         Warning   FailedScheduling   pod/cart-79b49f5555-hk924   0/1 nodes are available: 1 Insufficient memory.

$ kubectl describe node n0
Name:               n0
Roles:              <none>
Labels:             kubernetes.io/hostname=n0
Taints:             <none>
Allocatable:
  memory:  15Gi
Non-terminated Pods:          (2 in total)
  Namespace    Name                     CPU Requests  CPU Limits  Memory Requests  Memory Limits  Age
  ---------    ----                     ------------  ----------  ---------------  -------------  ---
  {holder}         0 (0%)        0 (0%)      10Gi (66%)       0 (0%)         9d
  kube-system  node-dns-g7sdn           25m (0%)      0 (0%)      1Gi (6%)         0 (0%)         91d
Allocated resources:
  Resource           Requests       Limits
  --------           --------       ------
  cpu                25m (0%)       0 (0%)
  memory             11Gi (73%)     0 (0%)
"
        );
        let report = report(&text);
        report.hypotheses.first().map(|h| h.statement.clone()).unwrap_or_default()
    }

    #[test]
    fn who_holds_the_room_is_named_and_what_the_cluster_stands_on_is_not() {
        assert!(statement("shop         batch-vfp54").contains("; batch alone requests 10Gi on n0"));
        let own = statement("kube-system  store-vfp54");
        assert!(own.contains("; n0 has the most left, with 11Gi of 15Gi requested"), "{own}");
    }
}
