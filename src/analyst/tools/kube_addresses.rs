//! Addresses that are written in two parts, and routes: a host and a port in two variables that do
//! not belong together, a variable named after one service that leads to another, a path named after
//! one service that is sent to another.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::casebook::Bearing;
use crate::domain::{Span, SubjectKind};
use crate::intake::kube::{Cluster, Env, Service, Workload};

use super::kube_notes::{Draft, Notes};
use super::kube_read::address;
use super::kube_view::{is_short, kind_of, workloads};

/// Reads them all.
pub fn read(cluster: &Cluster, notes: &mut Notes<'_>) {
    if cluster.listing("service").is_none() {
        return;
    }
    for workload in workloads(cluster) {
        let env: Vec<&Env> = workload.spec.containers.iter().flat_map(|c| &c.env).collect();
        two_parts(cluster, workload, &env, notes);
        crossed(cluster, workload, &env, notes);
    }
    routes(cluster, notes);
}

fn live<'a>(cluster: &'a Cluster, name: &str) -> Option<&'a Service> {
    cluster.services.iter().find(|s| s.live && s.name == name)
}

/// `DB_HOST=items-db` beside `DB_PORT=3307`, where that service has another port.
fn two_parts(cluster: &Cluster, workload: &Workload, env: &[&Env], notes: &mut Notes<'_>) {
    const HOST: &[&str] = &["_HOST", "_HOSTNAME", "_ADDR", "_ADDRESS", "_SERVER"];
    for host in env {
        let Some(stem) = HOST.iter().find_map(|end| host.name.strip_suffix(end)) else { continue };
        let Some(service) = host.value.as_deref().and_then(|v| live(cluster, v.split('.').next().unwrap_or(v))) else {
            continue;
        };
        let Some(port) = env.iter().find(|e| e.name.strip_suffix("_PORT") == Some(stem)) else { continue };
        let Some(asked) = port.value.as_deref().and_then(|v| v.parse::<u16>().ok()) else { continue };
        let Some(own) = service.ports.first() else { continue };
        if service.ports.iter().any(|p| p.port == asked) {
            continue;
        }
        let name = &workload.name;
        let text = format!(
            "{} of {name} is {asked}, and the service {} that {} names has port {}",
            port.name, service.name, host.name, own.port
        );
        let mechanism = format!(
            "its environment variable {} holds port {asked}, and the service {} that it calls has port {} instead",
            port.name, service.name, own.port
        );
        let weight = if is_short(cluster, name) { 5.5 } else { 4.0 };
        add(
            name,
            kind_of(name),
            "service_misroute.env_address",
            weight,
            text,
            &[port.at, host.at, own.at],
            mechanism,
            notes,
        );
    }
}

/// A name without what is common to all of them: `CART_SERVICE_ADDR`, `cart-svc` and `cartservice` are `cart`.
fn core(name: &str) -> String {
    let mut name: String = name.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    for end in ["addr", "address", "host", "hostname", "url", "uri", "endpoint", "service", "svc", "api"] {
        if let Some(rest) = name.strip_suffix(end).filter(|r| r.len() > 1) {
            name = rest.to_owned();
        }
    }
    name
}

/// A variable named after one service that holds the address of another.
fn crossed(cluster: &Cluster, workload: &Workload, env: &[&Env], notes: &mut Notes<'_>) {
    for variable in env {
        let Some((host, _)) = variable.value.as_deref().and_then(address) else { continue };
        let Some(held) = live(cluster, host.split('.').next().unwrap_or(host)) else { continue };
        let meant = core(&variable.name);
        if !variable.name.contains('_') || core(&held.name) == meant {
            continue;
        }
        let Some(other) = cluster.services.iter().find(|s| s.live && s.name != held.name && core(&s.name) == meant)
        else {
            continue;
        };
        let (name, value) = (&workload.name, variable.value.as_deref().unwrap_or(""));
        let text = format!("{} of {name} is {value}, and there is a service {}", variable.name, other.name);
        let mechanism = format!(
            "its environment variable {} holds the address {value}, which is another service than {}",
            variable.name, other.name
        );
        let at = [variable.at, other.at, held.at];
        add(name, kind_of(name), "service_misroute.env_address", 4.2, text, &at, mechanism, notes);
    }
}

static DESCRIBED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"^\s+(/[\w./*-]+)\s+([a-z][a-z0-9-]*):(?:\d+|[a-z-]+)(?:\s|$)").ok()
});
static OF_INGRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"^\$ kubectl describe (?:ingress(?:es)?|ing|httproutes?|virtualservices?)\b").ok()
});
static PROXIED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"location\s+[~=^* ]*(/[\w./*-]+)\s*\{[^}]*proxy_pass\s+https?://([a-z][a-z0-9-]*)")
        .ok()
});

/// One path and where it is sent.
struct Route {
    by: String,
    path: String,
    to: String,
    at: Span,
}

/// The routes that descriptions of ingresses and one-line proxy rules show.
fn shown(notes: &Notes<'_>) -> Vec<Route> {
    let mut found = Vec::new();
    for source in &notes.evidence.sources {
        let (mut inside, mut by, mut start) = (false, String::new(), 0);
        for line in source.text.split('\n') {
            let at = Span { source: source.id, start, end: start + line.trim_end().len() };
            start += line.len() + 1;
            if line.len() > 600 {
                continue;
            }
            if line.starts_with("$ ") {
                inside = OF_INGRESS.as_ref().is_some_and(|r| r.is_match(line));
                by.clear();
            } else if let Some(name) = line.strip_prefix("Name:").filter(|_| inside) {
                name.trim().clone_into(&mut by);
            }
            let pattern = if inside { &DESCRIBED } else { &PROXIED };
            if let Some(c) = pattern.as_ref().and_then(|r| r.captures(line))
                && let (Some(path), Some(to)) = (c.get(1), c.get(2))
            {
                let by = if by.is_empty() { "gateway".to_owned() } else { by.clone() };
                found.push(Route { by, path: path.as_str().to_owned(), to: to.as_str().to_owned(), at });
            }
        }
    }
    found
}

/// A path that bears one service's name and is sent to another, where other paths go where they say.
fn routes(cluster: &Cluster, notes: &mut Notes<'_>) {
    for route in shown(notes) {
        let of = |name: &str| route.path.split('/').any(|part| part.len() > 2 && core(part) == core(name));
        if of(&route.to) || live(cluster, &route.to).is_none() {
            continue;
        }
        let Some(meant) = cluster.services.iter().find(|s| s.live && of(&s.name)) else { continue };
        let (by, path, to) = (&route.by, &route.path, &route.to);
        let text = format!("{by} sends {path} to {to}, and there is a service {}", meant.name);
        let mechanism = format!("its route {path} leads to the backend {to} instead of {}", meant.name);
        add(by, SubjectKind::Service, "service_misroute.routes", 4.5, text, &[route.at, meant.at], mechanism, notes);
    }
}

#[expect(clippy::too_many_arguments, reason = "a finding's parts")]
fn add(
    subject: &str,
    kind: SubjectKind,
    playbook: &str,
    weight: f64,
    text: String,
    at: &[Span],
    mechanism: String,
    notes: &mut Notes<'_>,
) {
    notes.alarm(text.clone(), at);
    notes.find(Draft { subject, kind, playbook, bearing: Bearing::Stated, weight, text, at, mechanism });
}

#[cfg(test)]
mod tests {
    use super::core;

    #[test]
    fn names_of_one_service_have_one_core() {
        for name in ["CART_SERVICE_ADDR", "cartservice", "cart-svc", "cart"] {
            assert_eq!(core(name), "cart", "{name}");
        }
        assert_ne!(core("basket-store"), core("basket"));
    }
}
