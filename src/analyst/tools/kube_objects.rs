//! What a cluster's other objects say of themselves: routes without a service behind them, and
//! budgets that leave no room for a drain.

use crate::analyst::casebook::Bearing;
use crate::analyst::{Casebook, Knowledge};
use crate::domain::{Evidence, Source, Span, SubjectKind};
use crate::intake::kube::{Cluster, Named, workload_of};

use super::kube_notes::{Draft, Notes};
use super::kube_view::between;
use super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "cluster_objects",
    question: "Do routes lead to services that exist, and do disruption budgets leave room?",
    applies: |evidence, book| {
        book.cluster.named.iter().any(|n| n.kind == "ingress" || n.kind == "poddisruptionbudget")
            || evidence.sources.iter().any(|s| s.text.contains(REFUSED))
    },
    arguments: |_, book| {
        let of = |kind| book.cluster.named_of(kind).map(|n| n.name.as_str()).collect::<Vec<_>>();
        serde_json::json!({ "ingresses": of("ingress"), "disruption_budgets": of("poddisruptionbudget") })
    },
    run,
};

/// What the API server answers to an eviction that a budget forbids.
const REFUSED: &str = "violate the pod's disruption budget";

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    let cluster = std::mem::take(&mut book.cluster);
    let mut notes = Notes::new(evidence, TOOL.name);
    for ingress in cluster.named_of("ingress") {
        backends(&cluster, ingress, &mut notes);
    }
    for source in &evidence.sources {
        drains(&cluster, source, &mut notes);
    }
    book.cluster = cluster;
    notes.close(book, None)
}

/// A backend that names a service which is not there.
fn backends(cluster: &Cluster, ingress: &Named, notes: &mut Notes<'_>) {
    for detail in &ingress.details {
        // `/api  cart:80 (<error: endpoints "cart" not found>)`, whose first colon with a blank parts key and value.
        let whole = format!("{}: {}", detail.key, detail.value);
        let told = ["error: endpoints \"", "error: services \""].iter().find_map(|m| between(&whole, m, &['"']));
        if let Some(service) = told {
            return missing(cluster, ingress, service, detail.at, notes);
        }
    }
    let Some(listed) = cluster.listing("service") else { return };
    // In a manifest the backend's service stands below `service:` or as `serviceName:`.
    let mut below = false;
    for detail in &ingress.details {
        let names = detail.key == "serviceName" || (below && detail.key == "name");
        below = detail.key == "service" && detail.value.is_empty();
        if names && !detail.value.is_empty() && !cluster.services.iter().any(|s| s.name == detail.value && s.live) {
            notes.say(format!("the services were listed without {}", detail.value), &notes.cite(&[listed]));
            return missing(cluster, ingress, &detail.value, detail.at, notes);
        }
    }
}

fn missing(cluster: &Cluster, ingress: &Named, service: &str, at: Span, notes: &mut Notes<'_>) {
    // A service that is there with nothing behind it is another matter: its pods or its selector.
    if cluster.service(service).is_some_and(|s| s.live) {
        return;
    }
    let mechanism = format!("the ingress {} has the backend service {service}, which does not exist", ingress.name);
    let text = mechanism.clone();
    notes.find(Draft {
        subject: &ingress.name,
        kind: SubjectKind::Service,
        playbook: "service_misroute.routes",
        bearing: Bearing::Stated,
        weight: 5.0,
        text,
        at: &[ingress.at, at],
        mechanism,
    });
}

/// An eviction that a budget refuses: `error when evicting pods/"relay-0" -n "broker" …`.
fn drains(cluster: &Cluster, source: &Source, notes: &mut Notes<'_>) {
    let Some(found) = source.text.find(REFUSED) else { return };
    let start = source.text.get(..found).and_then(|t| t.rfind('\n')).map_or(0, |n| n + 1);
    let end = source.text.get(found..).and_then(|t| t.find('\n')).map_or(source.text.len(), |n| found + n);
    let line = source.text.get(start..end).unwrap_or("");
    let at = Span { source: source.id, start, end };
    let pod = between(line, "pods/\"", &['"'])
        .or_else(|| between(line, "pod/", &[' ', ':']))
        .or_else(|| between(line, "pod \"", &['"']));
    let budget = cluster
        .named_of("poddisruptionbudget")
        .find(|b| b.details.iter().any(|d| d.key.eq_ignore_ascii_case("ALLOWED DISRUPTIONS") && d.value == "0"));
    let named = pod.map(|p| workload_of(p.rsplit('/').next().unwrap_or(p)).to_owned());
    let Some(name) = named.or_else(|| budget.map(|b| b.name.clone())) else { return };
    let allowed = budget.map_or_else(String::new, |b| format!(" (the budget {} allows 0 disruptions)", b.name));
    let mut places = vec![at];
    places.extend(budget.map(|b| b.at));
    let mechanism = format!("its pod disruption budget forbids every eviction{allowed}, so its node can't be drained");
    notes.find(Draft::stated(
        &name,
        "capacity_limit.disruption_budget",
        4.5,
        line.trim().to_owned(),
        &places,
        mechanism,
    ));
}
