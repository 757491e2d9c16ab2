//! Finding an object by its name, or making it: each reader adds what it knows to the same object.

use crate::domain::Span;

use super::model::{Cluster, Named, Node, Pod, Service, Storage, Workload};
use super::policy::Policy;

impl Cluster {
    pub(super) fn pod_mut(&mut self, name: &str, at: Span) -> &mut Pod {
        let found = self.pods.iter().position(|p| p.name == name);
        at_or_new(&mut self.pods, found, || Pod {
            name: name.to_owned(),
            namespace: None,
            at,
            ready: None,
            status: None,
            restarts: None,
            restarted: None,
            age: None,
            ip: None,
            node: None,
            controlled_by: None,
            conditions: Vec::new(),
            spec: Default::default(),
            passing: false,
        })
    }

    pub(super) fn workload_mut(&mut self, kind: &str, name: &str, at: Span) -> &mut Workload {
        let found = self.workloads.iter().position(|w| w.name == name && w.kind == kind);
        at_or_new(&mut self.workloads, found, || Workload {
            kind: kind.to_owned(),
            name: name.to_owned(),
            namespace: None,
            at,
            desired: None,
            ready: None,
            up_to_date: None,
            available: None,
            age: None,
            selector: Vec::new(),
            replicas: None,
            spec: Default::default(),
        })
    }

    /// A pod whose name follows no rule of Kubernetes' own belongs to the workload whose name it begins
    /// with: `payments-newrs-7c-001` to `payments`.
    pub fn adopt(&mut self) {
        let known = self.workloads.iter().filter(|w| w.kind != "replicaset" && w.kind != "job");
        let names: Vec<String> = known.map(|w| w.name.clone()).collect();
        for pod in self.pods.iter_mut().filter(|p| p.controlled_by.is_none()) {
            if super::workload_of(&pod.name) != pod.name {
                continue;
            }
            let begins = |n: &&String| pod.name.strip_prefix(n.as_str()).is_some_and(|rest| rest.starts_with('-'));
            if let Some(name) = names.iter().filter(begins).max_by_key(|n| n.len()) {
                pod.controlled_by = Some(format!("Deployment/{name}"));
            }
        }
    }

    pub(super) fn service_mut(&mut self, name: &str, at: Span) -> &mut Service {
        let found = self.services.iter().position(|s| s.name == name);
        at_or_new(&mut self.services, found, || Service {
            name: name.to_owned(),
            namespace: None,
            at,
            kind: None,
            cluster_ip: None,
            selector: Vec::new(),
            ports: Vec::new(),
            endpoints: None,
            endpoints_at: None,
            live: false,
            details: Vec::new(),
        })
    }

    pub(super) fn node_mut(&mut self, name: &str, at: Span) -> &mut Node {
        let found = self.nodes.iter().position(|n| n.name == name);
        at_or_new(&mut self.nodes, found, || Node {
            name: name.to_owned(),
            at,
            status: None,
            roles: None,
            labels: Vec::new(),
            taints: Vec::new(),
            unschedulable: None,
            conditions: Vec::new(),
            allocatable: Default::default(),
            requested: Default::default(),
            holds: Vec::new(),
            runtime: None,
        })
    }

    pub(super) fn storage_mut(&mut self, claim: bool, name: &str, at: Span) -> &mut Storage {
        let all = if claim { &mut self.claims } else { &mut self.volumes };
        let found = all.iter().position(|s| s.name == name);
        at_or_new(all, found, || Storage {
            name: name.to_owned(),
            at,
            status: None,
            capacity: None,
            modes: None,
            class: None,
            labels: Vec::new(),
            selector: Vec::new(),
            other: None,
            used_by: Vec::new(),
            age: None,
        })
    }

    pub(super) fn policy_mut(&mut self, name: &str, at: Span) -> &mut Policy {
        let found = self.policies.iter().position(|p| p.name == name);
        at_or_new(&mut self.policies, found, || Policy {
            name: name.to_owned(),
            namespace: None,
            at,
            selector: None,
            ingress: false,
            egress: false,
            rules: Vec::new(),
            admits: Vec::new(),
            age: None,
        })
    }

    pub(super) fn named_mut(&mut self, kind: &str, name: &str, at: Span) -> &mut Named {
        let found = self.named.iter().position(|n| n.kind == kind && n.name == name);
        at_or_new(&mut self.named, found, || Named {
            kind: kind.to_owned(),
            name: name.to_owned(),
            namespace: None,
            at,
            details: Vec::new(),
        })
    }
}

/// The element at that place, or a new one at the end.
fn at_or_new<T>(all: &mut Vec<T>, found: Option<usize>, new: impl FnOnce() -> T) -> &mut T {
    let no = found.unwrap_or_else(|| {
        all.push(new());
        all.len() - 1
    });
    // In bounds: a place that was found among them, or that of the last one.
    &mut all[no]
}
