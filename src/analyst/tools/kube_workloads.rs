//! Which workloads are well and which are not: symptoms, whatever the cause.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::scope::{BlockKind, Scope};
use crate::analyst::{Casebook, Knowledge};
use crate::domain::report::Health;
use crate::domain::{Claim, Evidence, Span};
use crate::intake::kube::{Cluster, Pod};

use super::kube_calls;
use super::kube_notes::Notes;
use super::kube_view::{in_trouble, owner, workloads};
use super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "workload_health",
    question: "Which workloads are not as they should be?",
    applies: |_, book| !book.cluster.pods.is_empty() || !book.cluster.workloads.is_empty(),
    arguments: |_, book| serde_json::json!({ "pods": book.cluster.pods.len(), "reachability": book.cluster.reaches.len() }),
    run,
};

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    let cluster = std::mem::take(&mut book.cluster);
    let mut notes = Notes::new(evidence, TOOL.name);
    let troubled: Vec<_> = cluster.pods.iter().filter(|p| in_trouble(p)).collect();
    let mut bad: Vec<String> = Vec::new();
    for pod in &troubled {
        let name = owner(pod);
        let status = pod.status.as_ref().map_or("", |s| s.text.as_str());
        // A figure is told only where it stands so: an object's own fields hold no `0/1`.
        let row = notes.evidence.slice(pod.at);
        let ready = pod.ready.map(|(ready, of)| format!("{ready}/{of}")).filter(|r| row.contains(r.as_str()));
        let text = match ready {
            // `Running with 1/1 containers ready` would read as if nothing were wrong
            Some(ready) => match pod.restarts.filter(|n| *n > 1 && status == "Running" && has_figure(row, *n)) {
                Some(n) => format!("{} is {status} with {ready} containers ready after {n} restarts", pod.name),
                None => format!("{} is {status} with {ready} containers ready", pod.name),
            },
            // Its state alone would read as if nothing were wrong.
            None if status == "Running" => match told(pod) {
                Some((_, said)) => format!("{} is {status}, and {said}", pod.name),
                None if pod.conditions.iter().any(|c| c.key == "Ready" && c.value.starts_with("False")) => {
                    format!("{} is {status}, and not ready", pod.name)
                }
                None => format!("{} is {status}, and not well by its own state", pod.name),
            },
            None => format!("{} is {status}", pod.name),
        };
        let told = told(pod).filter(|(_, said)| text.ends_with(said.as_str())).map(|(at, _)| at);
        let at: Vec<Span> = std::iter::once(pod.at).chain(pod.status.as_ref().map(|s| s.at)).chain(told).collect();
        notes.alarm(text.clone(), &at);
        let serves = cluster.pods.iter().any(|p| p.is_well() && owner(p) == name);
        let health = if serves { Health::Degraded } else { Health::Down };
        state(book, &notes, &name, health, text, &at);
        bad.push(name);
    }
    for workload in workloads(&cluster) {
        let (Some(ready), Some(desired)) = (workload.ready, workload.desired) else { continue };
        if ready < desired && !bad.contains(&workload.name) {
            let (text, at) = readiness(&notes, &workload.name, workload.at, ready, desired);
            notes.alarm(text.clone(), &at);
            let health = if ready == 0 { Health::Down } else { Health::Degraded };
            state(book, &notes, &workload.name, health, text, &at);
            bad.push(workload.name.clone());
        }
    }
    for reach in cluster.reaches.iter().filter(|r| r.failed > 0) {
        let text = format!("{} can't be reached from inside the cluster", reach.target);
        notes.alarm(text.clone(), &[reach.at]);
        if !bad.contains(&reach.target) {
            let health = if reach.reached == 0 { Health::Down } else { Health::Degraded };
            state(book, &notes, &reach.target, health, text, &[reach.at]);
            bad.push(reach.target.clone());
        }
    }
    well(&cluster, book, &mut notes, &bad);
    let of = cluster.pods.len();
    let title = if troubled.is_empty() && bad.is_empty() {
        format!("all {of} pods are as they should be")
    } else {
        format!("pods in trouble: {} of {of}; workloads affected: {}", troubled.len(), bad.len())
    };
    book.cluster = cluster;
    notes.close(book, Some(title))
}

/// True when the row has the figure as a word of its own.
fn has_figure(row: &str, n: u32) -> bool {
    let figure = n.to_string();
    row.split(|c: char| c.is_whitespace() || c == '(').any(|word| word == figure)
}

fn state(book: &mut Casebook, notes: &Notes<'_>, name: &str, health: Health, text: String, at: &[Span]) {
    let citations = notes.cite(at);
    let facts = book.services.entry(name.to_owned()).or_default();
    facts.first_seen = facts.first_seen.take().or_else(|| citations.first().cloned());
    facts.health = Some((health, Claim::quoted(text, citations)));
}

/// How many of its pods are ready, with the places that say so; without figures where none does.
fn readiness(notes: &Notes<'_>, name: &str, at: Span, ready: u32, desired: u32) -> (String, Vec<Span>) {
    match notes.with_figures(at, &[ready, desired]) {
        Some(places) => (format!("{name} has {ready}/{desired} pods ready"), places),
        None if ready < desired => (format!("{name} has fewer pods ready than it wants"), vec![at]),
        None => (format!("{name} has all its pods ready"), vec![at]),
    }
}

fn well(cluster: &Cluster, book: &mut Casebook, notes: &mut Notes<'_>, bad: &[String]) {
    for workload in workloads(cluster) {
        let (Some(ready), Some(desired)) = (workload.ready, workload.desired) else { continue };
        if ready >= desired && desired > 0 && !bad.contains(&workload.name) {
            let (text, at) = readiness(notes, &workload.name, workload.at, ready, desired);
            state(book, notes, &workload.name, Health::Healthy, text, &at);
        }
    }
    if bad.is_empty() && !cluster.pods.is_empty() {
        if unanswered(cluster, notes) || unmeasured(notes.evidence, &book.scope(notes.evidence)) {
            return;
        }
        let at: Vec<Span> = cluster.pods.iter().take(6).map(|p| p.at).collect();
        let but = if cluster.pods.iter().any(|p| p.passing) {
            ", but for those that only start beside others or whose work a later one finished"
        } else {
            ""
        };
        notes.calm(format!("every listed pod is running and ready{but}"), &at);
    }
}

/// A ticket about how fast or how well something answers.
static ABOUT_SPEED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)^(?:ticket|title|summary|issue):.*\b(?:slow\w*|latenc\w+|degrad\w+|time[sd]?[ -]?outs?|lag\w*)\b",
    )
    .ok()
});

/// True when a ticket asks about speed or quality and nothing that was given measures or logs it:
/// a ready pod may answer as slowly as it likes, so readiness does not calm.
fn unmeasured(evidence: &Evidence, scope: &Scope) -> bool {
    let told = |kind| matches!(kind, BlockKind::Logs | BlockKind::Series | BlockKind::Spans | BlockKind::Alert);
    let asked = |text: &str| ABOUT_SPEED.as_ref().is_some_and(|r| r.is_match(text));
    !scope.blocks.iter().any(|b| told(b.kind))
        && scope.lines(evidence, |b| b.kind == BlockKind::Text).take(ASKED).any(|(_, _, text)| asked(text))
}

/// The most names that are looked for in the logs, and lines that are looked at for a ticket.
const ASKED: usize = 40;

/// Calls that fail while every pod is ready: that the pods run says nothing against them.
fn unanswered(cluster: &Cluster, notes: &mut Notes<'_>) -> bool {
    let services = cluster.services.iter().map(|s| s.name.clone());
    let mut names: Vec<String> = services.chain(cluster.pods.iter().map(owner)).collect();
    names.sort_unstable();
    names.dedup();
    let mut any = false;
    for name in names.iter().take(ASKED) {
        let Some((_, at)) = kube_calls::failed(notes.evidence, name).into_iter().next() else { continue };
        notes.alarm(format!("calls to {name} fail while its pods run"), &[at]);
        any = true;
    }
    any
}
/// What a container of a pod that is called running says of itself: why it waits, or how it ended.
fn told(pod: &Pod) -> Option<(Span, String)> {
    let plain = |reason: &str| !matches!(reason, "Completed" | "ContainerCreating" | "PodInitializing");
    let waits = pod.spec.containers.iter().filter_map(|c| Some((c, c.state.reason.as_ref()?)));
    if let Some((c, reason)) = waits.clone().find(|(_, r)| plain(&r.text)) {
        return Some((reason.at, format!("its container {} is in {}", c.name, reason.text)));
    }
    let ended = pod.spec.containers.iter().filter_map(|c| Some((c, c.last.reason.as_ref()?)));
    let (c, reason) = ended.clone().find(|(_, r)| plain(&r.text))?;
    Some((reason.at, format!("its container {} ended before: {}", c.name, reason.text)))
}

#[cfg(test)]
mod tests {
    use crate::analyst::pasted::report_of as report;
    use crate::domain::report::Conclusion;

    const JOB: &str = "$ kubectl -n nightly get pods\n\
        NAME                          READY   STATUS      RESTARTS   AGE\n\
        ledger-close-29501460-7tb5g   0/1     Error       0          4h5m\n\
        ledger-close-29501460-vk9wd   0/1     Completed   0          3h48m\n\
        web-6c9d5b77f8-2lqvk          1/1     Running     0          9d\n";

    #[test]
    fn a_job_that_a_later_try_finished_is_no_incident_and_one_that_failed_last_is() {
        assert_eq!(report(JOB).outcome, Conclusion::NoIncident);
        let last = JOB.replace("4h5m", "3h4m").replace("-29501460-vk9wd", "-29501400-vk9wd ");
        assert_ne!(report(&last).outcome, Conclusion::NoIncident);
        let next = JOB.replace("-29501460-vk9wd", "-29501520-vk9wd ");
        assert_eq!(report(&next).outcome, Conclusion::NoIncident);
    }

    #[test]
    fn a_pod_that_starts_beside_enough_others_is_no_trouble() {
        let rollout = "$ kubectl get deploy,pods\n\
            NAME                        READY   UP-TO-DATE   AVAILABLE   AGE\n\
            deployment.apps/fleet-api   2/2     2            2           510d\n\
            NAME                             READY   STATUS    RESTARTS   AGE\n\
            pod/fleet-api-6c9d5b77f8-2lqvk   1/1     Running   0          6m10s\n\
            pod/fleet-api-6c9d5b77f8-zv6gb   0/1     Running   0          12s\n\
            pod/fleet-api-85f7bcd9c4-4tnks   1/1     Running   0          14d\n";
        assert_eq!(report(rollout).outcome, Conclusion::NoIncident);
        assert_ne!(report(&rollout.replace(" 12s", " 12m")).outcome, Conclusion::NoIncident);
        assert_ne!(report(&rollout.replace("2/2 ", "1/2 ")).outcome, Conclusion::NoIncident);
    }
}
