//! The tools that read a cluster's state: which there are, and in which order they are asked.

use super::Tool;
use super::{
    kube_admission, kube_alerts, kube_clocks, kube_containers, kube_ingress, kube_nodes, kube_objects, kube_policies,
    kube_probes, kube_read, kube_replicas, kube_routing, kube_scheduling, kube_settings, kube_startup, kube_statuses,
    kube_storage, kube_usage, kube_workloads,
};

/// The cluster tools, in the order of their questions.
pub const TOOLS: &[Tool] = &[
    kube_read::TOOL,
    kube_workloads::TOOL,
    kube_nodes::TOOL,
    kube_usage::TOOL,
    kube_clocks::TOOL,
    kube_scheduling::TOOL,
    kube_storage::TOOL,
    kube_admission::TOOL,
    kube_startup::TOOL,
    kube_containers::TOOL,
    kube_probes::TOOL,
    kube_replicas::TOOL,
    kube_routing::TOOL,
    kube_ingress::TOOL,
    kube_settings::TOOL,
    kube_policies::TOOL,
    kube_objects::TOOL,
    kube_alerts::TOOL,
    kube_statuses::TOOL,
];
