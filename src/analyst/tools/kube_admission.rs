//! What the API server refuses: quotas, limits, missing accounts, policies, webhooks.

use crate::analyst::casebook::Bearing;
use crate::analyst::{Casebook, Knowledge};
use crate::domain::{Evidence, Span, SubjectKind};
use crate::intake::kube::quantity::{bytes, cores};
use crate::intake::kube::{Cluster, Event, Quota, Workload};

use super::kube_notes::{Draft, Notes, on_cluster};
use super::kube_view::{between, is_short, kind_of, matters, subject, workloads};
use super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "admission",
    question: "Is something refused before it exists: by a quota, a policy, a missing account?",
    applies: |_, book| !book.cluster.quotas.is_empty() || book.cluster.events.iter().any(is_refused),
    arguments: |_, book| {
        let refusals = book.cluster.events.iter().filter(|e| is_refused(e)).count();
        serde_json::json!({ "refusals": refusals, "quota_lines": book.cluster.quotas.len() })
    },
    run,
};

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    on_cluster(evidence, book, TOOL.name, read)
}

fn is_refused(event: &Event) -> bool {
    matches!(event.reason.as_str(), "FailedCreate" | "SysctlForbidden")
        || event.message.text.contains("exceeded quota")
        || event.message.text.contains("is forbidden")
}

fn read(cluster: &Cluster, notes: &mut Notes<'_>) {
    let mut done: Vec<(String, &str)> = Vec::new();
    for event in cluster.events.iter().filter(|e| is_refused(e) && e.reason != "SysctlForbidden") {
        let name = subject(cluster, event);
        if !matters(cluster, event) {
            let text = format!("{name} was refused once and is complete now: {}", event.message.text);
            notes.say(text, &notes.cite(&[event.at]));
            continue;
        }
        let playbook = refusal(cluster, event, &name, &done, notes);
        done.extend(playbook.map(|p| (name, p)));
    }
    turned_away(cluster, notes);
    for quota in cluster.quotas.iter().filter(|q| is_full(q)) {
        full_quota(cluster, quota, notes);
    }
}

/// Pods that the kubelet of their node turns away for a sysctl, once for each workload.
fn turned_away(cluster: &Cluster, notes: &mut Notes<'_>) {
    let mut done: Vec<String> = Vec::new();
    for event in cluster.events.iter().filter(|e| e.reason == "SysctlForbidden" && matters(cluster, e)) {
        let name = subject(cluster, event);
        if done.contains(&name) {
            continue;
        }
        let asked = between(&event.message.text, "sysctl: \"", &['"']).unwrap_or("that it asks for");
        let mechanism = format!("the kubelet does not allow the sysctl {asked} that they ask for");
        let text = event.message.text.clone();
        notes.find(Draft::stated(&name, "config_error.sysctl", 5.0, text, &[event.at], mechanism));
        done.push(name);
    }
}

fn amount(text: &str) -> Option<f64> {
    if text.ends_with('m') { cores(text) } else { bytes(text) }
}

fn is_full(quota: &Quota) -> bool {
    amount(&quota.used).zip(amount(&quota.hard)).is_some_and(|(used, hard)| used >= hard)
}

/// The playbook and the words for a quota's resource.
fn quota_of(resource: &str) -> (&'static str, String) {
    let what = resource.trim_start_matches("requests.").trim_start_matches("limits.");
    match what {
        "cpu" => ("quota_exceeded.cpu", "CPU".into()),
        "memory" => ("quota_exceeded.memory", "memory".into()),
        "pods" | "count/pods" => ("quota_exceeded.pods", "pods".into()),
        "services" => ("quota_exceeded.services", "services".into()),
        w if w.starts_with("services") => ("quota_exceeded.services", format!("services ({w})")),
        w if w.contains("storage") || w.starts_with("persistentvolumeclaims") => {
            ("quota_exceeded.storage", format!("storage ({w})"))
        }
        w => ("quota_exceeded.objects", w.to_owned()),
    }
}

/// `cpu=2, used: cpu=8, limited: cpu=10`: the sum of what is asked for and what is used, where it is not above
/// the limit; where several pods are missing, also that of the next one. Figures of other units or of several
/// resources are not added.
fn would_fit(told: &str, several: bool) -> Option<String> {
    let value = |text: &str| -> Option<(f64, String)> {
        let figure = text.split_once('=')?.1.trim();
        let digits = figure.trim_end_matches(|c: char| c.is_alphabetic());
        Some((digits.parse().ok()?, figure.get(digits.len()..)?.to_owned()))
    };
    let mut parts = told.split(", ");
    let (asked, used, limit) = (value(parts.next()?)?, value(parts.next()?)?, value(parts.next()?)?);
    let one = parts.next().is_none() && asked.1 == used.1 && used.1 == limit.1;
    let (a, u, l, unit) = (asked.0, used.0, limit.0, limit.1);
    // a figure that stands nowhere is not told: what the next one would come to is more than the limit
    let more = several && u + a + a > l;
    let next = if more { format!("; not so the next one: {u} + {a} + {a} is more than {l}") } else { String::new() };
    (one && u + a <= l).then(|| format!("{u}{unit} + {a}{unit} = {}{unit} of {l}{unit}{next}", u + a))
}

/// One refusal; answers the playbook that it was written down under.
fn refusal(
    cluster: &Cluster,
    event: &Event,
    name: &str,
    done: &[(String, &str)],
    notes: &mut Notes<'_>,
) -> Option<&'static str> {
    let message = &event.message.text;
    let at = [event.at];
    let kind = kind_of(name);
    let is_done = |playbook: &str| done.iter().any(|(n, p)| n == name && *p == playbook);
    if let Some(quota) = between(message, "exceeded quota: ", &[',', ' ']) {
        let resource = between(message, "requested: ", &['=']).unwrap_or("");
        let (playbook, what) = quota_of(resource);
        if is_done(playbook) {
            return None;
        }
        let told = between(message, "requested: ", &['—']).unwrap_or("").trim_end_matches(" -").trim();
        // what would fit by its own figures was refused all the same: both are told
        let lacks = |w: &&Workload| w.desired.zip(w.ready).is_some_and(|(all, up)| all > up + 1);
        let several = cluster.workloads.iter().filter(|w| w.name == name).any(|w| lacks(&w));
        let mechanism = match would_fit(told, several) {
            Some(sum) => {
                format!(
                    "the quota {quota} for {what} refuses it (requested: {told}), and by these figures it would fit: {sum}"
                )
            }
            None => format!("the quota {quota} for {what} has no room (requested: {told})"),
        };
        let namespace = event.namespace.as_ref().or(cluster.namespace.as_ref());
        let shown = cluster.quotas.iter().any(|q| q.name == quota);
        let text = format!("{name} gets no pod: {message}");
        if let (true, Some(namespace)) = (shown, namespace) {
            let subject = namespace.as_str();
            let mechanism = format!("{mechanism}, so {name} gets no pod");
            let kind = SubjectKind::Namespace;
            notes.find(Draft {
                subject,
                kind,
                playbook,
                bearing: Bearing::Stated,
                weight: 5.0,
                text: text.clone(),
                at: &at,
                mechanism,
            });
        }
        let weight = if shown { 3.0 } else { 5.0 };
        notes.find(Draft { subject: name, kind, playbook, bearing: Bearing::Stated, weight, text, at: &at, mechanism });
        return Some(playbook);
    }
    let (playbook, mechanism) = other_refusal(cluster, message)?;
    if !is_done(playbook) {
        let text = message.clone();
        let certificate = playbook == "certificate_expired.expired";
        let server = if certificate {
            Some((host_of(message)?.to_owned(), event.at))
        } else if playbook == "dependency_unavailable.webhook" {
            let stated = || between(message, "no endpoints available for service \"", &['"']);
            down_server(cluster, message).or_else(|| Some((stated()?.to_owned(), event.at)))
        } else {
            None
        };
        if let Some((server, server_at)) = &server {
            let mechanism = if certificate {
                format!(
                    "its certificate is not accepted, so the webhook that it serves can't be called, and {name} gets no pod"
                )
            } else {
                format!("it serves an admission webhook and is down, so {name} gets no pod")
            };
            let mut both = vec![event.at, *server_at];
            both.dedup();
            notes.find(Draft {
                subject: server,
                kind: SubjectKind::Service,
                playbook,
                bearing: Bearing::Stated,
                weight: 5.5,
                text: text.clone(),
                at: &both,
                mechanism,
            });
        }
        notes.find(Draft {
            subject: name,
            kind,
            playbook,
            bearing: Bearing::Stated,
            weight: if server.is_some() { 3.0 } else { 5.0 },
            text,
            at: &at,
            mechanism,
        });
    }
    Some(playbook)
}

fn other_refusal(cluster: &Cluster, message: &str) -> Option<(&'static str, String)> {
    let lower = message.to_ascii_lowercase();
    if let Some(account) = between(message, "serviceaccount \"", &['"']) {
        // An account that is there by now was only late.
        let exists = cluster.named_of("serviceaccount").any(|a| a.name == account);
        return (!exists).then(|| {
            (
                "missing_config.service_account",
                format!("its service account {account} does not exist, so no pod may be created for it"),
            )
        });
    }
    let detail = message.split_once("is forbidden: ").map_or(message, |(_, d)| d).trim_end_matches('.');
    let found = if lower.contains("it is being terminated") {
        let space = between(message, "content in namespace ", &[' ']).unwrap_or("it is in");
        (
            "expired_or_deleted_resource.finalizers",
            format!("the namespace {space} is terminating, so nothing new may be created in it"),
        )
    } else if lower.contains("failed quota") {
        ("quota_exceeded.must_specify", format!("a quota wants requests and limits that it does not state ({detail})"))
    } else if lower.contains("violates podsecurity")
        || lower.contains("pod security policy")
        || lower.contains("podsecuritypolicy")
    {
        ("permission_denied.pod_security", format!("the namespace's pod security level refuses its pods ({detail})"))
    } else if lower.contains("per container") || lower.contains("per pod") || lower.contains("limit to request ratio") {
        ("quota_exceeded.limit_range", format!("the namespace's limit range refuses its pods ({detail})"))
    } else if lower.contains("failed calling webhook") && lower.contains("x509") {
        ("certificate_expired.expired", format!("an admission webhook's certificate is not accepted ({detail})"))
    } else if lower.contains("failed calling webhook") {
        ("dependency_unavailable.webhook", format!("an admission webhook does not answer ({detail})"))
    } else if lower.contains("admission webhook") && lower.contains("denied") {
        ("permission_denied.webhook", format!("an admission webhook refuses its pods ({detail})"))
    } else if lower.contains("runtimeclass") && lower.contains("not found") {
        let class = between(message, "RuntimeClass \"", &['"']).unwrap_or("that it names");
        ("missing_config.runtime_class", format!("its runtime class {class} does not exist"))
    } else if lower.contains("priorityclass") {
        ("missing_config.priority_class", format!("its priority class does not exist ({detail})"))
    } else if lower.contains("is invalid") || lower.contains("invalid value") {
        ("config_error.manifest", format!("its manifest is refused as invalid ({detail})"))
    } else if lower.contains("forbidden") {
        ("permission_denied.api", format!("the API server refuses it ({detail})"))
    } else {
        return None;
    };
    Some(found)
}

/// The workload behind a webhook's address (`https://NAME.NAMESPACE.svc:443/`), where it is seen to be short of pods.
fn down_server(cluster: &Cluster, message: &str) -> Option<(String, Span)> {
    let name = host_of(message)?;
    let short = is_short(cluster, name);
    let workload = cluster.workload(name).filter(|_| short).map(|w| w.at);
    let at = workload.or_else(|| cluster.pods_of(name).find(|_| short).map(|p| p.at))?;
    Some((name.to_owned(), at))
}

/// The service that a webhook's address names.
fn host_of(message: &str) -> Option<&str> {
    between(message, "https://", &['/', ':', '"', '?'])?.split('.').next()
}

/// A quota with nothing left; a cause where something of its kind is missing.
fn full_quota(cluster: &Cluster, quota: &Quota, notes: &mut Notes<'_>) {
    let (playbook, what) = quota_of(&quota.resource);
    let Some(namespace) = quota.namespace.as_ref().or(cluster.namespace.as_ref()) else { return };
    let (missing, weight): (Option<(String, Span)>, f64) = match playbook {
        "quota_exceeded.services" => (missing_service(cluster), 4.0),
        "quota_exceeded.storage" => (
            cluster
                .claims
                .iter()
                .find(|c| c.status.as_ref().is_some_and(|s| s.text != "Bound"))
                .map(|c| (c.name.clone(), c.at)),
            3.0,
        ),
        _ => (workloads(cluster).find(|w| is_short(cluster, &w.name)).map(|w| (w.name.clone(), w.at)), 1.5),
    };
    let Quota { name, used, hard, resource, at, .. } = quota;
    let text = format!("the quota {name} is used up: {resource} {used} of {hard}");
    let Some((missing, missing_at)) = missing else {
        notes.say(text, &notes.cite(&[*at]));
        return;
    };
    let places = [*at, missing_at];
    // the resource's own name says more only where it is another word (`requests.cpu` of CPU)
    let counted = if resource.eq_ignore_ascii_case(&what) { String::new() } else { format!("{resource}: ") };
    let mechanism = format!(
        "the quota {name} for {what} is used up ({counted}{used} of {hard}), so {missing} could not be created"
    );
    let kind = SubjectKind::Namespace;
    notes.find(Draft {
        subject: namespace,
        kind,
        playbook,
        bearing: Bearing::Stated,
        weight,
        text,
        at: &places,
        mechanism,
    });
}

/// A service that something wants and that is not in the list of services.
pub fn missing_service(cluster: &Cluster) -> Option<(String, Span)> {
    cluster.listing("service")?;
    let live = |name: &str| cluster.services.iter().any(|s| s.name == name && s.live);
    let wanted = cluster.services.iter().find(|s| !s.live).map(|s| (s.name.clone(), s.at));
    let tried = cluster.reaches.iter().find(|r| r.failed > 0 && r.reached == 0 && !live(&r.target));
    wanted.or_else(|| tried.map(|r| (r.target.clone(), r.at)))
}

#[cfg(test)]
mod tests {
    use super::would_fit;

    #[test]
    fn a_refusal_whose_own_figures_would_fit_is_told_with_their_sum() {
        let two = would_fit("cpu=2, used: cpu=8, limited: cpu=10", true);
        assert_eq!(two.as_deref(), Some("8 + 2 = 10 of 10; not so the next one: 8 + 2 + 2 is more than 10"));
        let told = |t: &str| would_fit(t, false);
        assert_eq!(
            told("limits.cpu=2, used: limits.cpu=8, limited: limits.cpu=10").as_deref(),
            Some("8 + 2 = 10 of 10")
        );
        assert_eq!(told("pods=1, used: pods=10, limited: pods=10"), None, "that is above it");
        assert_eq!(told("cpu=500m, used: cpu=8, limited: cpu=10"), None, "figures of two units are not added");
        assert_eq!(told("cpu=1,memory=1Gi, used: cpu=1,memory=1Gi, limited: cpu=4,memory=4Gi"), None);
    }
}
