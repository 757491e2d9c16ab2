//! Round trips that checks from inside the cluster measured: a target whose answers take far longer
//! than a network between pods needs. It reads figures alone; what a program needs to answer is none.

use crate::analyst::casebook::Bearing;
use crate::intake::kube::Cluster;

use super::kube_notes::{Draft, Notes};
use super::kube_view::{addressed, kind_of};

/// From this round trip on, in milliseconds, a network inside a cluster is slow.
const SLOW: f64 = 100.0;

/// Reads the checks.
pub fn read(cluster: &Cluster, notes: &mut Notes<'_>) {
    for reach in cluster.reaches.iter().filter(|r| !r.ms.is_empty() && r.failed <= r.reached) {
        let least = reach.ms.iter().copied().fold(f64::INFINITY, f64::min);
        if least < SLOW {
            continue;
        }
        let name = addressed(cluster, &reach.target).unwrap_or(&reach.target);
        let node = cluster.nodes.iter().any(|n| n.name == name);
        let playbook = if node { "network_delay.node" } else { "network_delay.latency" };
        let kind = if node { crate::domain::SubjectKind::Node } else { kind_of(name) };
        let text = format!("answers of {} take {least} ms at least", reach.target);
        let mechanism = format!("the network to it is slow: a round trip takes {least} ms at least");
        notes.alarm(text.clone(), &[reach.at]);
        let bearing = Bearing::Stated;
        notes.find(Draft { subject: name, kind, playbook, bearing, weight: 4.5, text, at: &[reach.at], mechanism });
    }
}
