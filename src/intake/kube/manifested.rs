//! Manifests (`kubectl get -o yaml`, applied files) → objects. A manifest says what is wanted, and a
//! live one also how it is.

use super::model::{
    Amounts, Cluster, Container, Env, Mount, Pair, PodSpec, Probe, ProbeKind, Quota, Reference, Said, ServicePort,
    State,
};
use super::policy::Admits;
use super::read::kind_named;
use super::tree::Tree;

/// Adds what a document shows; a list's items each.
pub fn document(tree: &Tree, namespace: Option<&str>, cluster: &mut Cluster) {
    if let Some(items) = tree.get("items") {
        for item in items.items() {
            document(&item, namespace, cluster);
        }
        return;
    }
    let (Some(kind), Some(name)) = (tree.text(&["kind"]), tree.said(&["metadata", "name"])) else { return };
    let namespace = tree.text(&["metadata", "namespace"]).or_else(|| namespace.map(str::to_owned));
    let kind = kind_named(&kind).unwrap_or("other");
    super::dated::manifested(tree, kind, namespace.as_deref(), &name.text, cluster);
    match kind {
        "deployment" | "statefulset" | "daemonset" | "replicaset" | "job" | "cronjob" => {
            workload(kind, tree, &name, namespace, cluster);
        }
        "pod" => pod(tree, &name, namespace, cluster),
        "service" => service(tree, &name, namespace, cluster),
        "networkpolicy" => policy(tree, &name, namespace, cluster),
        "persistentvolumeclaim" | "persistentvolume" => {
            storage(kind == "persistentvolumeclaim", tree, &name, cluster);
        }
        "resourcequota" => quota(tree, &name, namespace, cluster),
        "event" => super::api::event(tree, cluster),
        "node" | "other" => {}
        kind => {
            let named = cluster.named_mut(kind, &name.text, name.at);
            named.namespace = namespace;
            let spec = tree.get("spec").map(leaves).unwrap_or_default();
            let data: Vec<Pair> =
                ["data", "stringData"].iter().filter_map(|k| tree.get(k)).flat_map(Tree::pairs).collect();
            let parameters = ["provisioner", "volumeBindingMode"].iter().filter_map(|k| tree.get(k));
            named.details.extend(spec.into_iter().chain(data));
            // what selects namespaces asks for their labels
            let labels = tree.path(&["metadata", "labels"]).filter(|_| kind == "namespace");
            named.details.extend(labels.map(|t| {
                let each = t.pairs().into_iter().map(|p| format!("{}={}", p.key, p.value));
                Pair { key: "LABELS".to_owned(), value: each.collect::<Vec<_>>().join(","), at: t.whole() }
            }));
            named.details.extend(parameters.map(|t| Pair { key: t.key.clone(), value: t.value.clone(), at: t.at }));
        }
    }
}

fn leaves(tree: &Tree) -> Vec<Pair> {
    let mut found = Vec::new();
    for t in &tree.below {
        found.push(Pair { key: t.key.clone(), value: t.value.clone(), at: t.at });
        found.extend(leaves(t));
    }
    found
}

fn pairs(tree: &Tree, keys: &[&str]) -> Vec<Pair> {
    tree.path(keys).map(Tree::pairs).unwrap_or_default()
}

fn workload(kind: &str, tree: &Tree, name: &Said, namespace: Option<String>, cluster: &mut Cluster) {
    let Some(spec) = tree.get("spec") else { return };
    let workload = cluster.workload_mut(kind, &name.text, name.at);
    workload.namespace = workload.namespace.take().or(namespace);
    workload.selector = pairs(spec, &["selector", "matchLabels"]);
    workload.replicas = spec.said(&["replicas"]);
    let status = |key: &str| tree.said(&["status", key]).and_then(|s| s.number());
    workload.ready = status("readyReplicas").or(workload.ready);
    workload.available = status("availableReplicas").or(workload.available);
    workload.desired = workload.desired.or_else(|| workload.replicas.as_ref().and_then(Said::number));
    let template = spec.path(&["jobTemplate", "spec", "template"]).or_else(|| spec.get("template"));
    if let Some(template) = template {
        let mut read = pod_spec(template.get("spec").unwrap_or(template));
        read.labels = pairs(template, &["metadata", "labels"]);
        workload.spec = read;
    }
}

fn pod(tree: &Tree, name: &Said, namespace: Option<String>, cluster: &mut Cluster) {
    let Some(spec) = tree.get("spec") else { return };
    let pod = cluster.pod_mut(&name.text, name.at);
    pod.namespace = pod.namespace.take().or(namespace);
    let mut read = pod_spec(spec);
    read.labels = pairs(tree, &["metadata", "labels"]);
    pod.node = spec.said(&["nodeName"]).or(pod.node.take());
    let statuses = tree.path(&["status", "containerStatuses"]).map(Tree::items).unwrap_or_default();
    for status in &statuses {
        let named = status.text(&["name"]);
        let Some(container) = read.containers.iter_mut().find(|c| Some(&c.name) == named.as_ref()) else { continue };
        container.restarts = status.said(&["restartCount"]).and_then(|r| r.number());
        container.state = state(status.get("state"));
        container.last = state(status.get("lastState"));
    }
    if !statuses.is_empty() {
        let ready = statuses.iter().filter(|s| s.text(&["ready"]).as_deref() == Some("true")).count() as u32;
        pod.ready = Some((ready, statuses.len() as u32));
        pod.restarts = Some(read.containers.iter().filter_map(|c| c.restarts).sum());
    }
    let waiting = read.containers.iter().find_map(|c| c.state.reason.clone());
    pod.status = pod.status.take().or(waiting).or_else(|| tree.said(&["status", "phase"]));
    // A description of the pod itself says more than its manifest.
    if pod.spec.containers.is_empty() {
        pod.spec = read;
    }
}

/// `{waiting: {reason: …}}`.
pub(super) fn state(tree: Option<&Tree>) -> State {
    let Some(inner) = tree.and_then(|t| t.below.first()) else { return State::default() };
    let mut phase = inner.key.clone();
    if let Some(first) = phase.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let either = |a: &str, b: &str| inner.said(&[a]).or_else(|| inner.said(&[b]));
    State {
        phase: Some(Said { text: phase, at: inner.at }),
        reason: inner.said(&["reason"]),
        message: inner.said(&["message"]),
        exit_code: either("exitCode", "exit_code"),
        started: either("startedAt", "started_at"),
        finished: either("finishedAt", "finished_at"),
    }
}

/// What a pod is made from.
fn pod_spec(tree: &Tree) -> PodSpec {
    let mut spec = PodSpec {
        service_account: tree.said(&["serviceAccountName"]).or_else(|| tree.said(&["serviceAccount"])),
        node_selector: pairs(tree, &["nodeSelector"]),
        node_affinity: node_affinity(tree),
        pod_affinity: pod_affinity(tree),
        security: pairs(tree, &["securityContext"]),
        dns_policy: tree.said(&["dnsPolicy"]),
        host_network: tree.said(&["hostNetwork"]),
        node_name: tree.said(&["nodeName"]),
        priority_class: tree.said(&["priorityClassName"]),
        scheduler: tree.said(&["schedulerName"]),
        ..PodSpec::default()
    };
    let items = |key: &str| tree.get(key).map(Tree::items).unwrap_or_default();
    spec.tolerations =
        items("tolerations").iter().map(|t| Said { text: t.flat().trim().to_owned(), at: t.whole() }).collect();
    for secret in items("imagePullSecrets") {
        if let Some(name) = secret.said(&["name"]) {
            let reference =
                Reference { kind: "imagepullsecret", name: name.text, key: None, optional: false, at: name.at };
            spec.references.push(reference);
        }
    }
    for (key, init) in [("initContainers", true), ("containers", false)] {
        for c in items(key) {
            container(&c, init, &mut spec);
        }
    }
    for v in items("volumes") {
        volume(&v, &mut spec);
    }
    spec
}

fn node_affinity(tree: &Tree) -> Vec<Pair> {
    let keys = ["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"];
    let terms = tree.path(&keys).map(Tree::items).unwrap_or_default();
    let expressions = terms.iter().flat_map(|t| {
        ["matchExpressions", "matchFields"].iter().filter_map(|k| t.get(k)).flat_map(Tree::items).collect::<Vec<_>>()
    });
    expressions
        .filter_map(|e| {
            let values = e.get("values").map(|v| v.items().iter().map(|i| i.value.clone()).collect::<Vec<_>>());
            let value = format!("{} {}", e.text(&["operator"])?, values.unwrap_or_default().join(","));
            Some(Pair { key: e.text(&["key"])?, value: value.trim().to_owned(), at: e.whole() })
        })
        .collect()
}

fn pod_affinity(tree: &Tree) -> Vec<Pair> {
    let kinds = [("podAffinity", "affinity"), ("podAntiAffinity", "anti-affinity")];
    let required = "requiredDuringSchedulingIgnoredDuringExecution";
    kinds
        .iter()
        .flat_map(|(key, name)| {
            let terms = tree.path(&["affinity", key, required]).map(Tree::items).unwrap_or_default();
            terms.into_iter().map(move |t| Pair { key: (*name).to_owned(), value: t.flat(), at: t.whole() })
        })
        .collect()
}

fn amounts(tree: &Tree, key: &str) -> Amounts {
    let of = |what: &str| tree.said(&["resources", key, what]);
    Amounts { cpu: of("cpu"), memory: of("memory") }
}

fn container(tree: &Tree, init: bool, spec: &mut PodSpec) {
    let Some(name) = tree.text(&["name"]) else { return };
    let items = |key: &str| tree.get(key).map(Tree::items).unwrap_or_default();
    let joined = |key: &str| {
        let all = tree.get(key)?;
        let text = all.items().iter().map(|i| i.value.clone()).collect::<Vec<_>>().join(" ");
        Some(Said { text, at: all.whole() })
    };
    let mut env = Vec::new();
    for e in items("env") {
        let Some(name) = e.text(&["name"]) else { continue };
        let at = e.whole();
        for (key, kind) in [("secretKeyRef", "secret"), ("configMapKeyRef", "configmap")] {
            if let Some(from) = e.path(&["valueFrom", key]) {
                spec.references.extend(reference(from, kind, "name"));
            }
        }
        env.push(Env { name, value: e.text(&["value"]), at });
    }
    for e in items("envFrom") {
        for (key, kind) in [("secretRef", "secret"), ("configMapRef", "configmap")] {
            spec.references.extend(e.get(key).and_then(|from| reference(from, kind, "name")));
        }
    }
    let kinds = [
        ("livenessProbe", ProbeKind::Liveness),
        ("readinessProbe", ProbeKind::Readiness),
        ("startupProbe", ProbeKind::Startup),
    ];
    let port = |p: &Tree| {
        let number = p.said(&["containerPort"])?;
        Some(Pair { key: number.text, value: p.text(&["name"]).unwrap_or_default(), at: number.at })
    };
    let mount = |m: &Tree| {
        let path = m.said(&["mountPath"])?;
        let read_only = m.text(&["readOnly"]).is_some_and(|r| r == "true");
        Some(Mount { path: path.text, volume: m.text(&["name"])?, read_only, at: m.whole() })
    };
    spec.containers.push(Container {
        name,
        init,
        image: tree.said(&["image"]),
        command: joined("command"),
        args: joined("args"),
        ports: items("ports").iter().filter_map(port).collect(),
        requests: amounts(tree, "requests"),
        limits: amounts(tree, "limits"),
        probes: kinds.iter().filter_map(|(key, kind)| probe(*kind, tree.get(key)?)).collect(),
        env,
        mounts: items("volumeMounts").iter().filter_map(mount).collect(),
        security: tree.get("securityContext").map(leaves).unwrap_or_default(),
        ..Container::default()
    });
}

fn reference(tree: &Tree, kind: &'static str, key: &str) -> Option<Reference> {
    let name = tree.said(&[key])?;
    let optional = tree.text(&["optional"]).is_some_and(|o| o == "true");
    Some(Reference { kind, name: name.text, key: tree.text(&["key"]), optional, at: name.at })
}

fn probe(kind: ProbeKind, tree: &Tree) -> Option<Probe> {
    let ways = [("httpGet", "http"), ("grpc", "grpc"), ("tcpSocket", "tcp"), ("exec", "exec")];
    let (way, action) = ways.iter().find_map(|(key, name)| Some((tree.get(key)?, *name)))?;
    let seconds = |key: &str| tree.said(&[key]).and_then(|s| s.number());
    Some(Probe {
        kind,
        action: if way.text(&["scheme"]).as_deref() == Some("HTTPS") { "https" } else { action },
        port: way.text(&["port"]),
        path: way.text(&["path"]),
        initial_delay: seconds("initialDelaySeconds"),
        timeout: seconds("timeoutSeconds"),
        period: seconds("periodSeconds"),
        failures: tree.said(&["failureThreshold"]).and_then(|s| s.number()),
        at: tree.whole(),
    })
}

fn volume(tree: &Tree, spec: &mut PodSpec) {
    let Some(name) = tree.text(&["name"]) else { return };
    let kind = tree.below.iter().find(|t| t.key != "name");
    spec.volumes.push(Pair { key: name, value: kind.map(|k| k.key.clone()).unwrap_or_default(), at: tree.whole() });
    let kinds = [
        ("configMap", "configmap", "name"),
        ("secret", "secret", "secretName"),
        ("persistentVolumeClaim", "persistentvolumeclaim", "claimName"),
        ("hostPath", "hostpath", "path"),
    ];
    for (key, kind, name_key) in kinds {
        spec.references.extend(tree.get(key).and_then(|t| reference(t, kind, name_key)));
    }
}

fn service(tree: &Tree, name: &Said, namespace: Option<String>, cluster: &mut Cluster) {
    let Some(spec) = tree.get("spec") else { return };
    let service = cluster.service_mut(&name.text, name.at);
    service.namespace = service.namespace.take().or(namespace);
    let ports: Vec<ServicePort> = spec
        .get("ports")
        .map(Tree::items)
        .unwrap_or_default()
        .iter()
        .filter_map(|p| {
            let port: u16 = p.said(&["port"])?.number()?;
            let target = p.text(&["targetPort"]).or_else(|| Some(port.to_string()));
            Some(ServicePort { name: p.text(&["name"]), port, target, protocol: p.text(&["protocol"]), at: p.whole() })
        })
        .collect();
    for (key, name) in [("external", "externalName"), ("traffic", "externalTrafficPolicy")] {
        if let Some(said) = spec.said(&[name]).filter(|_| !service.details.iter().any(|d| d.key == key)) {
            service.details.push(Pair { key: key.to_owned(), value: said.text, at: said.at });
        }
    }
    // What is live was listed or described; the manifest only fills in.
    if service.live {
        for port in &mut service.ports {
            let wanted = ports.iter().find(|p| p.port == port.port);
            if let (None, Some(wanted)) = (&port.target, wanted) {
                port.target = wanted.target.clone();
                port.at = wanted.at;
            }
        }
        return;
    }
    service.kind = spec.text(&["type"]);
    service.selector = pairs(spec, &["selector"]);
    service.ports = ports;
}

fn policy(tree: &Tree, name: &Said, namespace: Option<String>, cluster: &mut Cluster) {
    let Some(spec) = tree.get("spec") else { return };
    let policy = cluster.policy_mut(&name.text, name.at);
    policy.namespace = namespace;
    policy.selector = Some(pairs(spec, &["podSelector", "matchLabels"]));
    let types = spec.get("policyTypes").map(Tree::items).unwrap_or_default();
    policy.ingress = types.iter().any(|t| t.value == "Ingress") || spec.get("ingress").is_some();
    policy.egress = types.iter().any(|t| t.value == "Egress") || spec.get("egress").is_some();
    policy.admits = spec.get("ingress").map(Tree::items).unwrap_or_default().iter().map(admits).collect();
    let rules = ["ingress", "egress"].iter().filter_map(|k| spec.get(k));
    policy.rules = rules.map(|t| Said { text: format!("{}: {}", t.key, t.flat()), at: t.whole() }).collect();
}

/// Whom a rule for ingress lets in: without a peer everybody.
fn admits(rule: &Tree) -> Admits {
    let peers = rule.get("from").map(Tree::items).unwrap_or_default();
    let plain = |peer: &Tree, key: &str| {
        let inner = peer.get(key)?;
        let labels = pairs(inner, &["matchLabels"]);
        (inner.below.len() == 1 && !labels.is_empty()).then_some(labels)
    };
    let mut found = Admits { labels: Vec::new(), spaces: Vec::new(), others: peers.is_empty(), at: rule.whole() };
    for peer in &peers {
        if let Some(labels) = plain(peer, "namespaceSelector") {
            found.spaces.push(labels);
        } else if let (1, Some(labels)) = (peer.below.len(), plain(peer, "podSelector")) {
            found.labels.push(labels);
        } else {
            found.others = true;
        }
    }
    found
}

fn storage(claim: bool, tree: &Tree, name: &Said, cluster: &mut Cluster) {
    let Some(spec) = tree.get("spec") else { return };
    let storage = cluster.storage_mut(claim, &name.text, name.at);
    let modes = spec.get("accessModes");
    let listed = modes.map(|m| m.items().iter().map(|i| i.value.clone()).collect::<Vec<_>>().join(","));
    if let (Some(modes), Some(text)) = (modes, listed.filter(|l| !l.is_empty())) {
        storage.modes = Some(Said { text, at: modes.whole() });
    }
    let size: &[&str] = if claim { &["resources", "requests", "storage"] } else { &["capacity", "storage"] };
    storage.capacity = spec.said(size).or(storage.capacity.take());
    storage.class = spec.said(&["storageClassName"]).or(storage.class.take());
    storage.selector = pairs(spec, &["selector", "matchLabels"]);
    storage.labels = pairs(tree, &["metadata", "labels"]);
    storage.status = tree.said(&["status", "phase"]).or(storage.status.take());
    if claim {
        storage.other = spec.said(&["volumeName"]).or(storage.other.take());
    }
}

fn quota(tree: &Tree, name: &Said, namespace: Option<String>, cluster: &mut Cluster) {
    let hard = tree.path(&["status", "hard"]).or_else(|| tree.path(&["spec", "hard"]));
    for limit in hard.map(Tree::pairs).unwrap_or_default() {
        let Some(used) = tree.said(&["status", "used", &limit.key]) else { continue };
        cluster.quotas.retain(|q| q.name != name.text || q.resource != limit.key);
        cluster.quotas.push(Quota {
            name: name.text.clone(),
            namespace: namespace.clone(),
            resource: limit.key.clone(),
            used: used.text,
            hard: limit.value,
            at: used.at,
        });
    }
}
