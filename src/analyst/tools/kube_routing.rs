//! Do services lead to the pods that are meant, on ports that they serve, and do callers ask for
//! services that exist?

use crate::analyst::{Casebook, Knowledge};
use crate::domain::{Evidence, Span};
use crate::intake::kube::{Cluster, Pair, PodSpec, Reach, Service, ServicePort, Workload};

use super::kube_addresses;
use super::kube_calls;
use super::kube_delays;
use super::kube_entrances;
use super::kube_listeners;
use super::kube_lookups;
use super::kube_notes::{Draft, Notes, on_cluster};
use super::kube_ports;
use super::kube_read::address;
use super::kube_selected;
use super::kube_view::{is_short, workloads};
use super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "routing",
    question: "Do services lead to ready pods, on ports that they serve?",
    applies: |_, book| !book.cluster.services.is_empty(),
    arguments: |_, book| {
        let empty = book.cluster.services.iter().filter(|s| s.endpoints.as_ref().is_some_and(Vec::is_empty));
        serde_json::json!({
            "services": book.cluster.services.len(),
            "without_endpoints": empty.map(|s| s.name.as_str()).collect::<Vec<_>>(),
        })
    },
    run,
};

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    on_cluster(evidence, book, TOOL.name, read)
}

fn read(cluster: &Cluster, notes: &mut Notes<'_>) {
    for service in cluster.services.iter().filter(|s| s.live || cluster.listing("service").is_none()) {
        if !selector(cluster, service, notes) {
            ports(cluster, service, notes);
        }
    }
    missing(cluster, notes);
    addresses(cluster, notes);
    kube_addresses::read(cluster, notes);
    kube_entrances::read(cluster, notes);
    kube_lookups::read(cluster, notes);
    kube_listeners::read(cluster, notes);
    kube_ports::read(cluster, notes);
    kube_selected::read(cluster, notes);
    kube_delays::read(cluster, notes);
}

fn reach<'a>(cluster: &'a Cluster, name: &str) -> Option<&'a Reach> {
    cluster.reaches.iter().find(|r| r.target == name)
}

/// The workload that a service is meant for: of its name, else the one whose labels come nearest.
fn meant<'a>(cluster: &'a Cluster, service: &Service) -> Option<&'a Workload> {
    if let Some(named) = workloads(cluster).find(|w| w.name == service.name) {
        return Some(named);
    }
    let fits = |w: &&Workload| {
        service.selector.iter().any(|s| w.spec.labels.iter().any(|l| l.key == s.key && l.value == s.value))
    };
    workloads(cluster).find(fits)
}

/// The labels that the workload's pods carry, as far as shown.
fn labels<'a>(cluster: &'a Cluster, name: &'a str, workload: Option<&'a Workload>) -> Vec<&'a Pair> {
    let pods = cluster.pods_of(name).flat_map(|p| &p.spec.labels);
    let of_template = workload.into_iter().flat_map(|w| &w.spec.labels);
    pods.chain(of_template).collect()
}

/// The name of the workload that a service is meant for, where only its pods are shown too.
fn meant_name(cluster: &Cluster, service: &Service) -> Option<String> {
    if let Some(workload) = meant(cluster, service) {
        return Some(workload.name.clone());
    }
    let shown = |p: &&crate::intake::kube::Pod| p.workload() == service.name && !p.spec.labels.is_empty();
    cluster.pods.iter().find(shown).map(|p| p.workload().to_owned())
}

/// A service whose selector fits no pod though there are pods; true when it was written down.
fn selector(cluster: &Cluster, service: &Service, notes: &mut Notes<'_>) -> bool {
    if service.selector.is_empty() || service.kind.as_deref() == Some("ExternalName") {
        return false;
    }
    let empty = service.endpoints.as_ref().is_some_and(Vec::is_empty);
    let Some(name) = meant_name(cluster, service) else {
        return empty && orphan(cluster, service, notes);
    };
    let workload = meant(cluster, service);
    let carried = labels(cluster, &name, workload);
    if carried.is_empty() {
        return empty && unlabelled(cluster, service, &name, notes);
    }
    let unmet = service.selector.iter().find(|s| !carried.iter().any(|l| l.key == s.key && l.value == s.value));
    let Some(unmet) = unmet else { return false };
    let has_pods = workload.is_some_and(|w| w.ready.is_some_and(|r| r > 0))
        || cluster.pods_of(&name).any(crate::intake::kube::Pod::is_well);
    let label = carried.iter().find(|l| l.key == unmet.key);
    let has = label.map_or_else(|| format!("no label {}", unmet.key), |l| format!("{}={}", l.key, l.value));
    let mut at: Vec<Span> = vec![unmet.at];
    at.extend(label.map(|l| l.at));
    at.extend(service.endpoints_at.filter(|_| empty));
    let weight = if empty && has_pods {
        5.5
    } else if empty {
        3.5
    } else {
        2.0
    };
    let consequence = if empty { ", so it has no endpoints" } else { "" };
    let text = format!(
        "the service {} selects {}={}, and the pods of {} carry {has}{consequence}",
        service.name, unmet.key, unmet.value, name
    );
    let mechanism =
        format!("its selector {}={} matches no pod (the pods carry {has}){consequence}", unmet.key, unmet.value);
    notes.find(Draft::stated(&service.name, "service_misroute.selector", weight, text, &at, mechanism));
    true
}

/// A service without endpoints whose workload's pods are ready, where no labels are shown: it selects
/// others than them.
fn unlabelled(cluster: &Cluster, service: &Service, name: &str, notes: &mut Notes<'_>) -> bool {
    let Some(pod) = cluster.pods_of(name).find(|p| p.is_well()) else { return false };
    let selects: Vec<String> = service.selector.iter().map(|s| format!("{}={}", s.key, s.value)).collect();
    let selects = selects.join(",");
    let at: Vec<Span> = service
        .endpoints_at
        .into_iter()
        .chain([service.at, pod.at])
        .chain(service.selector.iter().map(|s| s.at))
        .collect();
    let text = format!("the service {} has no endpoints, and the pods of {name} are ready", service.name);
    let mechanism = format!("its service selects {selects} and has no endpoints, though the pods of {name} are ready");
    notes.find(Draft::stated(&service.name, "service_misroute.selector", 3.0, text, &at, mechanism));
    true
}

/// A service without endpoints for which no workload is known at all.
fn orphan(cluster: &Cluster, service: &Service, notes: &mut Notes<'_>) -> bool {
    let failed = reach(cluster, &service.name).is_some_and(|r| r.failed > 0);
    let selects: Vec<String> = service.selector.iter().map(|s| format!("{}={}", s.key, s.value)).collect();
    let selects = selects.join(",");
    let at: Vec<Span> = service.endpoints_at.into_iter().chain([service.at]).collect();
    let text = format!("the service {} selects {selects} and has no endpoints", service.name);
    let mechanism = format!("its selector {selects} matches no pod, so it has no endpoints");
    // nobody is heard to miss what has no workload either: it may have been left over
    let weight = if failed { 3.0 } else { 0.8 };
    notes.find(Draft::stated(&service.name, "service_misroute.selector", weight, text, &at, mechanism));
    true
}

/// Ports that a pod's containers serve, by number and by name.
fn served(specs: &[&PodSpec]) -> Vec<(String, String, Span)> {
    let ports = specs.iter().flat_map(|s| &s.containers).filter(|c| !c.init).flat_map(|c| &c.ports);
    ports.map(|p| (p.key.clone(), p.value.clone(), p.at)).collect()
}

fn ports(cluster: &Cluster, service: &Service, notes: &mut Notes<'_>) {
    let Some(workload) = meant(cluster, service) else { return };
    let pods = cluster.pods_of(&workload.name).map(|p| &p.spec);
    let all: Vec<&PodSpec> = pods.chain([&workload.spec]).collect();
    let served = served(&all);
    if served.is_empty() {
        return;
    }
    let failed = reach(cluster, &service.name).filter(|r| r.failed > r.reached);
    let reached = reach(cluster, &service.name).is_some_and(|r| r.reached > 0);
    let well = !is_short(cluster, &workload.name);
    for port in &service.ports {
        let Some(target) = target_of(service, port, &served) else { continue };
        let fits = served.iter().find(|(number, name, _)| *number == target || *name == target);
        let Some((_, protocol, fits_at)) = fits else {
            let Some((number, _, number_at)) = served.first() else { return };
            let mut at = vec![port.at, *number_at];
            at.extend(failed.map(|r| r.at));
            let weight = if failed.is_some() && well {
                5.5
            } else if reached {
                0.8
            } else {
                3.0
            };
            let text = format!(
                "the service {} sends port {} to target port {target}, and the container serves {number}",
                service.name, port.port
            );
            let mechanism = format!(
                "its service sends port {} to target port {target}, and the container listens on port {number}",
                port.port
            );
            notes.find(Draft::stated(&service.name, "service_misroute.target_port", weight, text, &at, mechanism));
            return;
        };
        let wrong_protocol = port.protocol.as_deref() == Some("UDP")
            && protocol != "UDP"
            && !service.ports.iter().any(|p| p.port == port.port && p.protocol.as_deref() == Some("TCP"));
        if wrong_protocol && (failed.is_some() || !reached) && !target.ends_with("53") {
            let mut at = vec![port.at, *fits_at];
            at.extend(failed.map(|r| r.at));
            let text =
                format!("the service {} offers port {} as UDP, and the container serves TCP", service.name, port.port);
            let mechanism =
                format!("its service offers port {} with protocol UDP, and the container listens with TCP", port.port);
            notes.find(Draft::stated(
                &service.name,
                "service_misroute.protocol",
                if failed.is_some() { 5.0 } else { 3.0 },
                text,
                &at,
                mechanism,
            ));
            return;
        }
    }
    if let (Some(failed), true) = (failed, well) {
        asked_elsewhere(service, failed, notes);
    }
}

/// Where a port of a service leads: as its manifest says, else as its endpoints show. A listing alone names no
/// target; that it leads to the same number is taken only where that number is served.
fn target_of(service: &Service, port: &ServicePort, served: &[(String, String, Span)]) -> Option<String> {
    let shown = || {
        let addresses = service.endpoints.as_deref().filter(|_| service.ports.len() == 1)?;
        let mut ports = addresses.iter().filter_map(|a| a.rsplit_once(':')).map(|(_, port)| port);
        let first = ports.next()?;
        ports.all(|p| p == first).then(|| first.to_owned())
    };
    let same = || Some(port.port.to_string()).filter(|own| served.iter().any(|(number, ..)| number == own));
    port.target.clone().or_else(shown).or_else(same)
}

/// A check that asked a port which the service does not have.
fn asked_elsewhere(service: &Service, failed: &Reach, notes: &mut Notes<'_>) {
    let (Some(port), Some(first)) = (failed.port, service.ports.first()) else { return };
    if service.ports.iter().any(|p| p.port == port) {
        return;
    }
    let own = first.port;
    let text = format!("{} is asked on port {port}, and its service has port {own}", service.name);
    let mechanism = format!("callers ask port {port}, and its service has port {own} only");
    notes.find(Draft::stated(&service.name, "service_misroute.port", 4.5, text, &[failed.at, first.at], mechanism));
}

/// Services that are wanted and not there.
fn missing(cluster: &Cluster, notes: &mut Notes<'_>) {
    let full = cluster.quotas.iter().any(|q| q.resource.contains("services") && q.used == q.hard);
    let Some(listed) = cluster.listing("service") else { return };
    without_service(cluster, listed, full, notes);
    for wanted in cluster.services.iter().filter(|s| !s.live) {
        let failed = reach(cluster, &wanted.name).filter(|r| r.failed > 0);
        let mut at = vec![wanted.at, listed];
        at.extend(failed.map(|r| r.at));
        let text = format!("the service {} is wanted by its manifest and is not in the list of services", wanted.name);
        let mechanism = "none of that name is in the cluster, though its manifest wants it".to_owned();
        // With a full quota for services this is the effect, not the cause.
        let weight = if full {
            1.0
        } else if failed.is_some() {
            4.0
        } else {
            2.0
        };
        notes.find(Draft::stated(&wanted.name, "service_misroute.missing_service", weight, text, &at, mechanism));
    }
}

/// A workload whose callers look its name up in vain, and no service of that name is listed: its pods
/// run, and nothing leads to them.
fn without_service(cluster: &Cluster, listed: Span, full: bool, notes: &mut Notes<'_>) {
    for workload in workloads(cluster) {
        let name = workload.name.as_str();
        if cluster.services.iter().any(|s| s.name == name) {
            continue;
        }
        let failed = kube_calls::failed(notes.evidence, name);
        let Some((_, at)) = failed.into_iter().find(|(f, _)| *f == kube_calls::Failure::Lookup) else { continue };
        let text = format!("callers look up {name} in vain, and no service of that name is listed");
        let mechanism = "no service of its name exists, so its callers' lookups find nothing (no such host)".to_owned();
        notes.alarm(text.clone(), &[at, listed]);
        let weight = if full { 1.0 } else { 5.0 };
        notes.find(Draft::stated(
            name,
            "service_misroute.missing_service",
            weight,
            text,
            &[at, listed, workload.at],
            mechanism,
        ));
    }
}

/// Addresses in environment variables that lead nowhere.
fn addresses(cluster: &Cluster, notes: &mut Notes<'_>) {
    let Some(listed) = cluster.listing("service") else { return };
    for workload in workloads(cluster) {
        for env in workload.spec.containers.iter().flat_map(|c| &c.env) {
            let Some((host, port)) = env.value.as_deref().and_then(address) else { continue };
            let Some(short) = in_cluster(cluster, host) else { continue };
            let value = env.value.as_deref().unwrap_or("");
            let wanted_only = cluster.services.iter().any(|s| s.name == short && !s.live);
            let service = cluster.services.iter().find(|s| s.name == short && s.live);
            match service {
                None if wanted_only => {}
                None => {
                    let near = nearest(cluster, short);
                    let there = near.map_or(String::new(), |n| format!(" (there is {n})"));
                    let text = format!("{} of {} is {value}, and there is no service {short}", env.name, workload.name);
                    let mechanism = format!(
                        "its environment variable {} holds the address {value}, and no service of that name exists{there}",
                        env.name
                    );
                    let mut at = vec![env.at, listed];
                    at.extend(near.and_then(|n| cluster.service(n)).map(|s| s.at));
                    // An address that no one is heard to miss may be of something optional.
                    let missed = is_short(cluster, &workload.name)
                        || reach(cluster, &workload.name).is_some_and(|r| r.failed > 0)
                        || !kube_calls::failed(notes.evidence, short).is_empty();
                    let weight = match (near.is_some(), missed) {
                        (true, true) => 5.0,
                        (true, false) => 2.6,
                        (false, true) => 1.5,
                        (false, false) => 0.7,
                    };
                    notes.find(Draft::stated(
                        &workload.name,
                        "service_misroute.env_address",
                        weight,
                        text,
                        &at,
                        mechanism,
                    ));
                }
                Some(service) => {
                    let Some(port) =
                        port.filter(|p| !service.ports.is_empty() && !service.ports.iter().any(|s| s.port == *p))
                    else {
                        continue;
                    };
                    let callers = callers_with(cluster, short, port);
                    let Some(own) = service.ports.first() else { continue };
                    let at = [env.at, own.at, service.at];
                    let text = format!(
                        "{} of {} is {value}, and the service {short} has port {}",
                        env.name, workload.name, own.port
                    );
                    // One caller alone is mistaken itself; several are right together, and the service is wrong.
                    if callers > 1 {
                        let mechanism = format!(
                            "callers use port {port} (the address {value}), and its service has port {} instead",
                            own.port
                        );
                        notes.find(Draft::stated(short, "service_misroute.port", 5.0, text, &at, mechanism));
                    } else {
                        let mechanism = format!(
                            "its environment variable {} holds the address {value}, and that service has port {} instead",
                            env.name, own.port
                        );
                        notes.find(Draft::stated(
                            &workload.name,
                            "service_misroute.env_address",
                            5.0,
                            text,
                            &at,
                            mechanism,
                        ));
                    }
                }
            }
        }
    }
}

/// How many workloads are configured to call a service on a port.
fn callers_with(cluster: &Cluster, name: &str, port: u16) -> usize {
    let calls = |w: &&Workload| {
        let env = w.spec.containers.iter().flat_map(|c| &c.env);
        env.filter_map(|e| e.value.as_deref().and_then(address))
            .any(|(h, p)| h.split('.').next() == Some(name) && p == Some(port))
    };
    workloads(cluster).filter(calls).count()
}

/// The service's name, where the host can only be one of this cluster's.
fn in_cluster<'a>(cluster: &Cluster, host: &'a str) -> Option<&'a str> {
    let mut parts = host.split('.');
    let short = parts.next()?;
    match parts.next() {
        None => Some(short),
        Some(space) if cluster.namespace.as_deref() == Some(space) => {
            let rest = parts.next();
            (rest.is_none() || rest == Some("svc")).then_some(short)
        }
        _ => None,
    }
}

/// The service whose name is most like it, where one is alike at all.
fn nearest<'a>(cluster: &'a Cluster, name: &str) -> Option<&'a str> {
    super::kube_names::nearest(name, cluster.services.iter().filter(|s| s.live).map(|s| s.name.as_str()))
}
