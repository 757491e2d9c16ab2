//! Why a container ends: out of memory, an exit status that says so, a job that gave up, an eviction.

use crate::analyst::casebook::Bearing;
use crate::analyst::{Casebook, Knowledge};
use crate::domain::{Evidence, Span, SubjectKind};
use crate::intake::kube::{Cluster, Container, Event, Pod, State, schedule_of};

use super::kube_notes::{Draft, Notes, on_cluster};
use super::kube_view::{in_trouble, is_short, kind_of, owner, specs, subject};
use super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "container_ends",
    question: "Why did containers end, and do they come back?",
    applies: |_, book| {
        book.cluster.pods.iter().any(|p| p.restarts.unwrap_or(0) > 0 || !p.is_well())
            || book.cluster.events.iter().any(is_end)
    },
    arguments: |_, book| {
        let ended = book.cluster.pods.iter().filter(|p| p.restarts.unwrap_or(0) > 0 || !p.is_well());
        serde_json::json!({ "pods": ended.map(|p| p.name.as_str()).take(20).collect::<Vec<_>>() })
    },
    run,
};

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    on_cluster(evidence, book, TOOL.name, read)
}

fn is_end(event: &Event) -> bool {
    matches!(
        event.reason.as_str(),
        "OOMKilling"
            | "SystemOOM"
            | "Evicted"
            | "BackoffLimitExceeded"
            | "DeadlineExceeded"
            | "Preempted"
            | "Preempting"
            | "NodeNotReady"
    ) || event.message.text.contains("OOMKilled")
}

fn read(cluster: &Cluster, notes: &mut Notes<'_>) {
    for pod in &cluster.pods {
        let troubled = in_trouble(pod);
        let mut told = false;
        for container in &pod.spec.containers {
            for state in [&container.state, &container.last] {
                told |= !told && ended(cluster, pod, container, state, troubled, notes);
            }
        }
        let status = pod.status.as_ref().map_or("", |s| s.text.as_str());
        if !told && status == "OOMKilled" {
            let text = format!("{} is {status}", pod.name);
            let mechanism = format!("its container was OOMKilled{}", limit_words(cluster, pod, None).0);
            notes.find(Draft::stated(&owner(pod), "memory_exhaustion.oom_killed", 4.5, text, &[pod.at], mechanism));
            told = true;
        }
        if !told && troubled && (status.contains("CrashLoop") || status == "Error") {
            let restarts = pod.restarts.unwrap_or(0);
            let (after, at) = match notes.with_figures(pod.at, &[restarts]) {
                _ if restarts == 0 => ("its first start".to_owned(), vec![pod.at]),
                Some(at) => (format!("{restarts} restarts"), at),
                None => ("repeated restarts".to_owned(), vec![pod.at]),
            };
            let text = format!("{} is {status} after {after}", pod.name);
            let mechanism = match restarts {
                0 => format!("its container ended soon after its first start ({status})"),
                _ => format!("its container ends soon after each start ({status}, {after})"),
            };
            notes.find(Draft::stated(&owner(pod), "crash_loop.unexplained", 1.5, text, &at, mechanism));
        }
    }
    for event in cluster.events.iter().filter(|e| is_end(e)) {
        end_event(cluster, event, notes);
    }
}

/// The memory limit for the sentence, and its place.
fn limit_words(cluster: &Cluster, pod: &Pod, container: Option<&Container>) -> (String, Option<Span>) {
    let own = container.and_then(|c| c.limits.memory.clone());
    let any = || specs(cluster, pod).into_iter().flat_map(|s| &s.containers).find_map(|c| c.limits.memory.clone());
    own.or_else(any).map_or((String::new(), None), |l| (format!(" at its memory limit of {}", l.text), Some(l.at)))
}

/// One state that says how a container ended; true when it was worth a finding.
fn ended(
    cluster: &Cluster,
    pod: &Pod,
    container: &Container,
    state: &State,
    troubled: bool,
    notes: &mut Notes<'_>,
) -> bool {
    let name = owner(pod);
    let reason = state.reason.as_ref().map_or("", |r| r.text.as_str());
    let code: Option<i32> = state.exit_code.as_ref().and_then(|e| e.number());
    let mut at: Vec<Span> = state.reason.iter().chain(&state.exit_code).chain(&state.finished).map(|s| s.at).collect();
    if at.is_empty() {
        return false;
    }
    let weight = |stated: f64| if troubled { stated } else { stated - 2.5 };
    if reason == "OOMKilled" {
        let (limit, limit_at) = limit_words(cluster, pod, Some(container));
        at.extend(limit_at);
        let text = format!("container {} of {} ended with {reason}", container.name, pod.name);
        let exit = code.map_or(String::new(), |c| format!(", exit code {c}"));
        let mechanism = format!("container {} was OOMKilled{limit}{exit}", container.name);
        notes.find(Draft::stated(&name, "memory_exhaustion.oom_killed", weight(5.0), text, &at, mechanism));
        return true;
    }
    let Some(code) = code.filter(|c| *c != 0) else { return false };
    let killed_by_probe = cluster
        .events
        .iter()
        .any(|e| e.name == pod.name && e.reason == "Killing" && e.message.text.contains("failed liveness"));
    let text = format!(
        "container {} of {} ended with exit code {code}{}",
        container.name,
        pod.name,
        if reason.is_empty() { String::new() } else { format!(" ({reason})") }
    );
    let (playbook, stated, mechanism) = match code {
        126 | 127 => ("config_error.command_not_found", 3.5, format!("its command can't be run (exit code {code})")),
        137 if !killed_by_probe => {
            ("memory_exhaustion.oom_killed", 2.0, format!("container {} was killed (exit code {code})", container.name))
        }
        139 => (
            "crash_loop.unexplained",
            2.5,
            format!("container {} ends with a segmentation fault (exit code {code})", container.name),
        ),
        137 | 143 => return false,
        _ if pod.controlled_by.as_deref().is_some_and(|c| c.starts_with("Job/")) => (
            "job_failure.container_failed",
            2.5,
            format!("its container {} ends with exit code {code}", container.name),
        ),
        _ if container.init => (
            "crash_loop.init_container",
            2.5,
            format!("its init container {} ends with exit code {code}", container.name),
        ),
        _ => (
            "crash_loop.unexplained",
            1.5,
            format!("container {} ends with exit code {code} soon after each start", container.name),
        ),
    };
    if !troubled && pod.restarts.unwrap_or(0) > 0 && pod.is_well() {
        notes.say(format!("{text}; it has recovered"), &notes.cite(&at));
        return false;
    }
    notes.find(Draft::stated(&name, playbook, weight(stated), text, &at, mechanism));
    true
}

fn end_event(cluster: &Cluster, event: &Event, notes: &mut Notes<'_>) {
    let name = subject(cluster, event);
    let message = &event.message.text;
    let at = [event.at];
    let lower = message.to_ascii_lowercase();
    match event.reason.as_str() {
        "BackoffLimitExceeded" | "DeadlineExceeded" if ran_again(cluster, &event.name) => {
            notes.say(format!("{message}; a later run of {} completed", schedule_of(&event.name)), &notes.cite(&at));
        }
        "BackoffLimitExceeded" => {
            let mechanism = format!("the job gave up after its retries ({message})");
            job(&event.name, "job_failure.backoff_limit", 3.5, message, &at, mechanism, notes);
        }
        "DeadlineExceeded" => {
            let mechanism = format!("the job ran past its deadline ({message})");
            job(schedule_of(&event.name), "job_failure.deadline", 4.5, message, &at, mechanism, notes);
        }
        "Evicted" | "EvictionThresholdMet" => {
            let playbook = if lower.contains("memory") {
                "memory_exhaustion.node_pressure"
            } else if lower.contains("storage") || lower.contains("disk") || lower.contains("inode") {
                "disk_full.node_pressure"
            } else {
                "kernel_limit.node_pids"
            };
            let mechanism = format!("its pods are evicted from the node ({})", message.trim_end_matches('.'));
            // what the node lacks is the node's; what goes past a pod's own limit is the pod's
            let lacking = lower.contains("low on resource").then(|| under_pressure(cluster, playbook)).flatten();
            match lacking {
                Some(node) => {
                    let draft = Draft::stated(node, playbook, 4.0, message.clone(), &at, mechanism);
                    notes.find(Draft { kind: SubjectKind::Node, ..draft });
                }
                None => notes.find(Draft::stated(&name, playbook, 4.0, message.clone(), &at, mechanism)),
            }
        }
        "OOMKilling" | "SystemOOM" => {
            let mechanism = format!("the kernel kills its process for memory ({message})");
            let on_node = event.kind == "node";
            let kind = if on_node { SubjectKind::Node } else { kind_of(&name) };
            let playbook = if on_node { "memory_exhaustion.node_pressure" } else { "memory_exhaustion.oom_killed" };
            let weight = if on_node || is_short(cluster, &name) { 3.5 } else { 2.0 };
            let text = message.clone();
            notes.find(Draft {
                subject: &name,
                kind,
                playbook,
                bearing: Bearing::Stated,
                weight,
                text,
                at: &at,
                mechanism,
            });
        }
        "Preempted" | "Preempting" => {
            let mechanism = format!("its pods are pushed aside by others of higher priority ({message})");
            // what it lacks room for now, it had before others took its place
            let weight = if is_short(cluster, &name) { 6.0 } else { 3.0 };
            notes.find(Draft::stated(&name, "unschedulable.preempted", weight, message.clone(), &at, mechanism));
        }
        _ if message.contains("OOMKilled") => {
            let mechanism = format!("its container was OOMKilled ({})", message.trim_end_matches('.'));
            notes.find(Draft::stated(&name, "memory_exhaustion.oom_killed", 3.5, message.clone(), &at, mechanism));
        }
        _ => {}
    }
}

/// The one node that reports the pressure for which a playbook stands.
fn under_pressure<'c>(cluster: &'c Cluster, playbook: &str) -> Option<&'c str> {
    let wanted = match playbook {
        "memory_exhaustion.node_pressure" => "MemoryPressure",
        "disk_full.node_pressure" => "DiskPressure",
        _ => "PIDPressure",
    };
    let pressed = |n: &&crate::intake::kube::Node| n.conditions.iter().any(|c| c.kind == wanted && c.status == "True");
    let mut nodes = cluster.nodes.iter().filter(pressed).map(|n| n.name.as_str());
    let one = nodes.next().filter(|_| nodes.next().is_none());
    // where no node is described, the one that an event tells it of, and no later one takes it back
    let told = || {
        let said = |e: &&crate::intake::kube::Event, had: &str| {
            e.kind == "node" && e.reason.ends_with(&format!("{had}{wanted}"))
        };
        let mut has = cluster.events.iter().filter(|e| said(e, "NodeHas")).map(|e| e.name.as_str());
        let first = has.next()?;
        let over = cluster.events.iter().any(|e| said(&e, "NodeHasNo") && e.name == first);
        (has.all(|n| n == first) && !over).then_some(first)
    };
    one.or_else(|| if cluster.nodes.iter().all(|n| n.conditions.is_empty()) { told() } else { None })
}

/// True where a later run of the same schedule has completed: what failed then is over.
fn ran_again(cluster: &Cluster, job: &str) -> bool {
    let schedule = schedule_of(job);
    let later = |name: &str| name != job && schedule_of(name) == schedule && name.len() == job.len() && name > job;
    let done = |n: &crate::intake::kube::Named| {
        n.details
            .iter()
            .any(|d| (d.key == "STATUS" && d.value == "Complete") || (d.key == "COMPLETIONS" && d.value == "1/1"))
    };
    let completed = |e: &crate::intake::kube::Event| e.reason == "Completed" && e.kind == "job" && later(&e.name);
    schedule != job
        && (cluster.named_of("job").any(|n| later(&n.name) && done(n)) || cluster.events.iter().any(completed))
}

fn job(name: &str, playbook: &str, weight: f64, message: &str, at: &[Span], mechanism: String, notes: &mut Notes<'_>) {
    let kind = SubjectKind::Job;
    notes.find(Draft {
        subject: schedule_of(name),
        kind,
        playbook,
        bearing: Bearing::Stated,
        weight,
        text: message.to_owned(),
        at,
        mechanism,
    });
}
