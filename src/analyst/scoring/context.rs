//! A finding against the state of its subject: what a workload in trouble says of itself counts
//! more; what a workload says that is up and ready is likely to be said all the time.

use crate::analyst::Casebook;
use crate::analyst::casebook::Finding;
use crate::analyst::tools::kube_view::{in_trouble, is_short};
use crate::intake::kube::Cluster;

/// What a stated reason gains when its subject is in trouble.
const IN_TROUBLE: f64 = 2.2;
/// What callers see of one that is not up.
const OF_CALLERS: &[&str] = &["connection_refused.", "dependency_unavailable.down", "dependency_unavailable.timeouts"];
/// What the conditions of a node do not show.
const UNSEEN: &[&str] = &["kernel_limit.", "clock_skew.", "network_loss.", "network_delay.", "readonly_storage."];
/// What a line loses when its subject is up, ready and reached while others are not.
const UP: f64 = -2.6;

/// How a subject is doing, as far as the cluster's state shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Not ready, short of pods, or restarted just now.
    Trouble,
    /// Ready and complete.
    Up,
    /// Not shown.
    Unknown,
}

/// The state of a subject.
pub fn state(cluster: &Cluster, subject: &str) -> State {
    let pods = || cluster.pods_of(subject);
    if is_short(cluster, subject) || pods().any(in_trouble) {
        return State::Trouble;
    }
    if let Some(node) = cluster.nodes.iter().find(|n| n.name == subject) {
        let bad = node.conditions.iter().any(|c| (c.kind == "Ready") != (c.status == "True"));
        return if bad { State::Trouble } else { State::Up };
    }
    let complete =
        cluster.workload(subject).is_some_and(|w| w.ready.zip(w.desired).is_some_and(|(r, d)| r >= d && d > 0));
    if complete || pods().next().is_some() { State::Up } else { State::Unknown }
}

/// True for tools that read what programs and people say, and not the cluster's state.
fn reads_words(tool: &str) -> bool {
    matches!(tool, "log_signals" | "own_errors" | "similar" | "prose" | "search")
}

/// True for tools that read the cluster's own state.
pub fn reads_state(tool: &str) -> bool {
    crate::analyst::tools::kube::TOOLS.iter().any(|t| t.name == tool)
}

/// What the state of its subject adds to a finding's weight.
pub fn adjustment(book: &Casebook, finding: &Finding, anyone_in_trouble: bool) -> f64 {
    if book.cluster.pods.is_empty() || !reads_words(finding.tool) || finding.weight <= 0.0 {
        return 0.0;
    }
    // a node is Ready while a table of its kernel is full or its clock is wrong
    if UNSEEN.iter().any(|p| finding.playbook.starts_with(p))
        && book.cluster.nodes.iter().any(|n| n.name == finding.subject)
    {
        return 0.0;
    }
    match state(&book.cluster, &finding.subject) {
        // that callers are refused by what is not up is an effect of it, and no reason
        State::Trouble if OF_CALLERS.iter().any(|p| finding.playbook.starts_with(p)) => 0.0,
        State::Trouble => IN_TROUBLE,
        State::Up if anyone_in_trouble => UP,
        State::Up => UP / 2.0,
        State::Unknown => -0.8,
    }
}

/// True when some workload is in trouble.
pub fn anyone_in_trouble(cluster: &Cluster) -> bool {
    cluster.pods.iter().any(in_trouble)
        || cluster.workloads.iter().any(|w| w.ready.zip(w.desired).is_some_and(|(r, d)| r < d || d == 0))
        || cluster.reaches.iter().any(|r| r.failed > r.reached)
}
