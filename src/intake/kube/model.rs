//! The objects of a cluster as far as the evidence shows them. Every value keeps the place where it
//! was said. What was not said is absent: never a default.

use crate::domain::{Span, Stamp};

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The value as it stands there, without quotes and surrounding blanks.
    pub text: String,
    /// Where it stands.
    pub at: Span,
}

impl Said {
    /// The value as a number, where it is one.
    pub fn number<T: std::str::FromStr>(&self) -> Option<T> {
        self.text.trim().parse().ok()
    }
}

/// A key, its value and the place of both.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Pair {
    pub key: String,
    pub value: String,
    pub at: Span,
}

/// What a probe asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are Kubernetes' own")]
pub enum ProbeKind {
    Liveness,
    Readiness,
    Startup,
}

impl ProbeKind {
    /// `liveness`, `readiness` or `startup`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Liveness => "liveness",
            Self::Readiness => "readiness",
            Self::Startup => "startup",
        }
    }
}

/// A probe.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names are Kubernetes' own")]
pub struct Probe {
    pub kind: ProbeKind,
    /// `http`, `https`, `grpc`, `tcp` or `exec`.
    pub action: &'static str,
    pub port: Option<String>,
    pub path: Option<String>,
    pub initial_delay: Option<f64>,
    pub timeout: Option<f64>,
    pub period: Option<f64>,
    pub failures: Option<u32>,
    pub at: Span,
}

/// An environment variable: a value or a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Env {
    pub name: String,
    pub value: Option<String>,
    pub at: Span,
}

/// Something a pod needs by name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Reference {
    /// `configmap`, `secret`, `persistentvolumeclaim`, `serviceaccount` or `imagepullsecret`.
    pub kind: &'static str,
    pub name: String,
    /// The key in it, where one is named.
    pub key: Option<String>,
    pub optional: bool,
    pub at: Span,
}

/// Requests or limits.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(missing_docs, reason = "the names are Kubernetes' own")]
pub struct Amounts {
    pub cpu: Option<Said>,
    pub memory: Option<Said>,
}

/// A container's state, now or before.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(missing_docs, reason = "the names are Kubernetes' own")]
pub struct State {
    /// `Waiting`, `Running` or `Terminated`.
    pub phase: Option<Said>,
    pub reason: Option<Said>,
    pub message: Option<Said>,
    pub exit_code: Option<Said>,
    pub started: Option<Said>,
    pub finished: Option<Said>,
}

/// A container as specified and, where shown, as it is.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(missing_docs, reason = "the names are Kubernetes' own")]
pub struct Container {
    pub name: String,
    pub init: bool,
    pub image: Option<Said>,
    pub command: Option<Said>,
    pub args: Option<Said>,
    pub ports: Vec<Pair>,
    pub requests: Amounts,
    pub limits: Amounts,
    pub probes: Vec<Probe>,
    pub env: Vec<Env>,
    pub mounts: Vec<Mount>,
    pub security: Vec<Pair>,
    pub state: State,
    pub last: State,
    pub restarts: Option<u32>,
}

/// A volume mounted into a container.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Mount {
    pub path: String,
    pub volume: String,
    pub read_only: bool,
    pub at: Span,
}

/// What a pod is made from: of a pod itself or of a workload's template.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(missing_docs, reason = "the names are Kubernetes' own")]
pub struct PodSpec {
    pub labels: Vec<Pair>,
    pub service_account: Option<Said>,
    pub node_selector: Vec<Pair>,
    /// Required node affinity: key, and `Operator values`.
    pub node_affinity: Vec<Pair>,
    /// Required pod (anti-)affinity, as `affinity` or `anti-affinity` and its topology.
    pub pod_affinity: Vec<Pair>,
    pub tolerations: Vec<Said>,
    pub containers: Vec<Container>,
    pub references: Vec<Reference>,
    pub volumes: Vec<Pair>,
    pub security: Vec<Pair>,
    pub dns_policy: Option<Said>,
    pub host_network: Option<Said>,
    pub node_name: Option<Said>,
    pub priority_class: Option<Said>,
    pub scheduler: Option<Said>,
}

/// A pod.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names are Kubernetes' own")]
pub struct Pod {
    pub name: String,
    pub namespace: Option<String>,
    /// Its row in the newest listing, or its name's line in the newest description.
    pub at: Span,
    pub ready: Option<(u32, u32)>,
    pub status: Option<Said>,
    pub restarts: Option<u32>,
    /// Seconds since the last restart.
    pub restarted: Option<f64>,
    pub age: Option<f64>,
    pub ip: Option<String>,
    pub node: Option<Said>,
    pub controlled_by: Option<String>,
    pub conditions: Vec<Pair>,
    pub spec: PodSpec,
    /// It is in no trouble, whatever its state: see `settled`.
    pub passing: bool,
}

/// A deployment, stateful set, daemon set or replica set.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names are Kubernetes' own")]
pub struct Workload {
    pub kind: String,
    pub name: String,
    pub namespace: Option<String>,
    pub at: Span,
    pub desired: Option<u32>,
    pub ready: Option<u32>,
    pub up_to_date: Option<u32>,
    pub available: Option<u32>,
    pub age: Option<f64>,
    pub selector: Vec<Pair>,
    /// Where the desired count was said in a manifest.
    pub replicas: Option<Said>,
    pub spec: PodSpec,
}

/// A port of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are Kubernetes' own")]
pub struct ServicePort {
    pub name: Option<String>,
    pub port: u16,
    pub target: Option<String>,
    pub protocol: Option<String>,
    pub at: Span,
}

/// A service.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names are Kubernetes' own")]
pub struct Service {
    pub name: String,
    pub namespace: Option<String>,
    pub at: Span,
    pub kind: Option<String>,
    pub cluster_ip: Option<String>,
    pub selector: Vec<Pair>,
    pub ports: Vec<ServicePort>,
    /// The addresses behind it; `Some` and empty: there are none.
    pub endpoints: Option<Vec<String>>,
    /// Where the endpoints were listed.
    pub endpoints_at: Option<Span>,
    /// True when a live listing (not only a manifest) shows it.
    pub live: bool,
    /// `external`: the address or name outside, as it stands; `traffic`: the policy for what comes from outside.
    pub details: Vec<Pair>,
}

/// A node's condition.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are Kubernetes' own")]
pub struct Condition {
    pub kind: String,
    pub status: String,
    pub reason: String,
    pub message: String,
    pub since: Option<Stamp>,
    pub at: Span,
}

/// A node.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names are Kubernetes' own")]
pub struct Node {
    pub name: String,
    pub at: Span,
    pub status: Option<Said>,
    pub roles: Option<String>,
    pub labels: Vec<Pair>,
    pub taints: Vec<Said>,
    pub unschedulable: Option<Said>,
    pub conditions: Vec<Condition>,
    pub allocatable: Amounts,
    pub requested: Amounts,
    /// The pods on it, each by namespace and name, with what it requests.
    pub holds: Vec<(Said, Amounts)>,
    pub runtime: Option<Said>,
}

/// An event.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names are Kubernetes' own")]
pub struct Event {
    pub warning: bool,
    pub reason: String,
    /// `pod`, `replicaset`, `node` …, in lower case.
    pub kind: String,
    pub name: String,
    pub namespace: Option<String>,
    pub message: Said,
    /// Seconds since it was last seen, when the snapshot was taken.
    pub age: Option<f64>,
    /// Seconds over which it was seen (`x12 over 35m`).
    pub over: Option<f64>,
    /// When it was first seen, where that is stated as a time.
    pub began: Option<Stamp>,
    pub count: u32,
    pub at: Span,
}

/// One line of a quota.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are Kubernetes' own")]
pub struct Quota {
    pub name: String,
    pub namespace: Option<String>,
    pub resource: String,
    pub used: String,
    pub hard: String,
    pub at: Span,
}

/// A claim on a volume, or a volume.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names are Kubernetes' own")]
pub struct Storage {
    pub name: String,
    pub at: Span,
    pub status: Option<Said>,
    pub capacity: Option<Said>,
    pub modes: Option<Said>,
    pub class: Option<Said>,
    pub labels: Vec<Pair>,
    pub selector: Vec<Pair>,
    /// The claim of a volume, or the volume of a claim.
    pub other: Option<Said>,
    /// The pods that a claim's description says use it.
    pub used_by: Vec<Said>,
    pub age: Option<f64>,
}

/// An object of which only the name matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Named {
    pub kind: String,
    pub name: String,
    pub namespace: Option<String>,
    pub at: Span,
    /// Its row or a stretch of its description, for what is not modelled.
    pub details: Vec<Pair>,
}

/// One connectivity check from inside the cluster.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Reach {
    pub target: String,
    pub port: Option<u16>,
    pub reached: u32,
    pub failed: u32,
    /// Round-trip times in milliseconds, where told.
    pub ms: Vec<f64>,
    pub at: Span,
}

/// A unit of a host's init system.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Unit {
    pub host: String,
    pub name: String,
    /// `active (running)`, `inactive (dead)`, `failed (…)`.
    pub state: String,
    pub active: bool,
    pub since: Option<Stamp>,
    /// The row that says that its process ended with status 0: it was stopped, and did not fail.
    pub ended_well: Option<Span>,
    pub at: Span,
    /// Where its own heading (`● name.service`) names it.
    pub named_at: Option<Span>,
}

/// What a time of an object says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It was made then; a pod was started.
    Made,
    /// Somebody changed it then.
    Changed,
    /// A pod is not ready since then.
    Unready,
}

/// A time that an object carries.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Dated {
    pub kind: String,
    pub namespace: Option<String>,
    pub name: String,
    pub sign: Sign,
    pub at: Stamp,
    pub place: Span,
}

/// Everything the evidence shows of a cluster.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Cluster {
    pub namespace: Option<String>,
    pub pods: Vec<Pod>,
    pub workloads: Vec<Workload>,
    pub services: Vec<Service>,
    pub nodes: Vec<Node>,
    pub events: Vec<Event>,
    pub quotas: Vec<Quota>,
    pub claims: Vec<Storage>,
    pub volumes: Vec<Storage>,
    pub policies: Vec<super::policy::Policy>,
    pub reaches: Vec<Reach>,
    pub units: Vec<Unit>,
    pub clocks: Vec<super::clocks::Clock>,
    /// The times that objects carry.
    pub dated: Vec<Dated>,
    /// Whose log a stretch of the evidence is.
    pub logs: Vec<(String, Span)>,
    /// Config maps, secrets, service accounts, storage classes, autoscalers, jobs, ingresses …
    pub named: Vec<Named>,
    /// Kinds that were listed: an object that is absent from such a list does not exist.
    pub listed: Vec<(String, Span)>,
}

impl Cluster {
    /// True when the evidence shows nothing of a cluster.
    pub fn is_empty(&self) -> bool {
        self.pods.is_empty()
            && self.workloads.is_empty()
            && self.services.is_empty()
            && self.nodes.is_empty()
            && self.events.is_empty()
            && self.quotas.is_empty()
            && self.claims.is_empty()
            && self.units.is_empty()
            && self.reaches.is_empty()
            && self.clocks.is_empty()
            && self.named.is_empty()
    }

    /// The deployment or stateful set of that name, else another workload of it.
    pub fn workload(&self, name: &str) -> Option<&Workload> {
        let of = |replica_set: bool| move |w: &&Workload| w.name == name && (w.kind == "replicaset") == replica_set;
        self.workloads.iter().find(of(false)).or_else(|| self.workloads.iter().find(of(true)))
    }

    /// The service of that name.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|s| s.name == name)
    }

    /// The pods whose workload has that name.
    pub fn pods_of<'a>(&'a self, workload: &'a str) -> impl Iterator<Item = &'a Pod> {
        self.pods.iter().filter(move |p| p.workload() == workload)
    }

    /// Objects of a kind (in lower case, singular).
    pub fn named_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Named> {
        self.named.iter().filter(move |n| n.kind == kind)
    }

    /// Where objects of that kind were listed, if they were.
    pub fn listing(&self, kind: &str) -> Option<Span> {
        self.listed.iter().rev().find(|(k, _)| k == kind).map(|(_, at)| *at)
    }
}

impl Pod {
    /// The name of the workload it belongs to.
    pub fn workload(&self) -> &str {
        match self.controlled_by.as_deref().and_then(|c| c.split_once('/')) {
            Some(("Deployment", name)) => name,
            _ => super::workload_of(&self.name),
        }
    }

    /// True when every container is ready, or it has completed.
    pub fn is_well(&self) -> bool {
        let done = self.status.as_ref().is_some_and(|s| s.text == "Completed" || s.text == "Succeeded");
        done || self.ready.is_some_and(|(ready, of)| ready >= of && of > 0)
    }
}
