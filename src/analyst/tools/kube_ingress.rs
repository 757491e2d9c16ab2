//! Ingresses: does a controller serve each of them, and does each backend lead to a port that its
//! service has? It reads what is listed and described, and says nothing of what is not shown.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::casebook::Bearing;
use crate::analyst::{Casebook, Knowledge};
use crate::domain::{Evidence, Source, Span};
use crate::intake::kube::{Cluster, Named};

use super::kube_notes::{Draft, Notes, on_cluster};
use super::kube_view::{is_short, kind_of};
use super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "ingresses",
    question: "Does each ingress have a controller, and a port of a service behind each path?",
    applies: |_, book| book.cluster.named_of("ingress").next().is_some(),
    arguments: |_, book| {
        let names: Vec<&str> = book.cluster.named_of("ingress").map(|n| n.name.as_str()).collect();
        serde_json::json!({ "ingresses": names })
    },
    run,
};

/// The playbook of both.
const PLAYBOOK: &str = "service_misroute.routes";

/// A path's row in a description: the path, then `service:port` and in brackets what is behind it.
static BACKEND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(r"^\s+(?:/\S*\s+)?([a-z][a-z0-9-]*):([a-z0-9-]+)\s+\(([^)]*)\)").ok()
});

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    on_cluster(evidence, book, TOOL.name, read)
}

fn read(cluster: &Cluster, notes: &mut Notes<'_>) {
    for ingress in cluster.named_of("ingress") {
        class(cluster, ingress, notes);
    }
    for source in &notes.evidence.sources {
        backends(cluster, source, notes);
    }
}

/// An ingress of a class that no controller serves is served by none.
fn class(cluster: &Cluster, ingress: &Named, notes: &mut Notes<'_>) {
    let Some(listed) = cluster.listing("ingressclass") else { return };
    let wanted = ingress.details.iter().find(|d| matches!(d.key.as_str(), "Ingress Class" | "CLASS"));
    let Some(wanted) = wanted.filter(|d| !d.value.is_empty() && !d.value.starts_with('<')) else { return };
    if cluster.named_of("ingressclass").any(|c| c.name == wanted.value) {
        return;
    }
    let (name, class) = (ingress.name.as_str(), wanted.value.as_str());
    let served = served_by(ingress, cluster);
    let subject = served.as_deref().unwrap_or(name);
    let text = format!("the ingress {name} is of class {class}, which is not in the list of ingress classes");
    let mechanism = format!("the ingress {name} asks for the ingress class {class}, which does not exist");
    let (bearing, weight, kind) = (Bearing::Stated, 4.5, kind_of(subject));
    let at = [wanted.at, ingress.at, listed];
    notes.find(Draft { subject, kind, playbook: PLAYBOOK, bearing, weight, text, at: &at, mechanism });
    let alarm = format!("the ingress {name} has no controller");
    notes.alarm(alarm, &[ingress.at]);
}

/// The one service behind an ingress, as its description names it.
fn served_by(ingress: &Named, cluster: &Cluster) -> Option<String> {
    let says = |name: &str| {
        let marked = format!("{name}:");
        ingress.details.iter().any(|d| format!("{}:{}", d.key, d.value).contains(&marked) || d.key.ends_with(name))
    };
    let mut found = cluster.services.iter().filter(|s| says(&s.name));
    let first = found.next()?;
    found.next().is_none().then(|| first.name.clone())
}

/// Rows whose brackets hold no address: the service has no such port, or there is no such service.
fn backends(cluster: &Cluster, source: &Source, notes: &mut Notes<'_>) {
    let Some(pattern) = BACKEND.as_ref() else { return };
    let (mut start, mut open) = (0, false);
    for line in source.text.split('\n') {
        let at = Span {
            source: source.id,
            start: start + line.len() - line.trim_start().len(),
            end: start + line.trim_end().len(),
        };
        start += line.len() + 1;
        if line.starts_with("Rules:") || (line.contains("Path") && line.trim_end().ends_with("Backends")) {
            open = true;
        } else if !line.starts_with(' ') {
            open = false;
        }
        let Some(row) = open.then(|| pattern.captures(line)).flatten() else { continue };
        let part = |i: usize| row.get(i).map_or("", |m| m.as_str());
        let (name, port, behind) = (part(1), part(2), part(3).trim());
        if behind.is_empty() || behind.contains("error:") || behind == "<none>" {
            backend(cluster, name, port, at, notes);
        }
    }
}

fn backend(cluster: &Cluster, name: &str, port: &str, at: Span, notes: &mut Notes<'_>) {
    let service = cluster.services.iter().find(|s| s.name == name && s.live);
    let mut places = vec![at];
    let mechanism = match service {
        None => {
            let Some(listed) = cluster.listing("service") else { return };
            places.push(listed);
            format!("an ingress sends requests to the service {name}, which does not exist")
        }
        Some(service) => {
            let has =
                |p: &crate::intake::kube::ServicePort| p.port.to_string() == port || p.name.as_deref() == Some(port);
            // With the right port, the service or its pods are what is wrong: other tools read those.
            let Some(own) = service.ports.first().filter(|_| !service.ports.iter().any(has)) else { return };
            places.extend([own.at, service.at]);
            format!("an ingress sends requests to port {port} of it, and its service has port {} instead", own.port)
        }
    };
    let weight = if is_short(cluster, name) { 2.0 } else { 5.0 };
    let text = format!("an ingress sends requests to {name}:{port}, and nothing is behind that");
    notes.find(Draft::stated(name, PLAYBOOK, weight, text, &places, mechanism));
    notes.alarm(format!("nothing is behind {name}:{port} of an ingress"), &[at]);
}
