//! Causes account for effects: what several in trouble blame together is nearer to the cause than any
//! of them; a node that is down accounts for its pods; a callee that is unwell accounts for its
//! callers; and a reason accounts for the restarts that follow from it.

use crate::analyst::Casebook;
use crate::domain::{FaultKind, SubjectKind};
use crate::intake::kube::Cluster;

use super::rank::Weighed;

/// What an effect loses to the cause that accounts for it.
const EXPLAINED: f64 = -2.0;
/// What a cause gains by each effect that it accounts for.
const PER_EFFECT: f64 = 0.4;
/// The most it gains so.
const MOST: f64 = 2.0;
/// A cause accounts for others from this weight on.
const STRONG: f64 = 2.5;

/// Moves weight from effects to what accounts for them.
pub fn apply(book: &Casebook, all: &mut Vec<Weighed>) {
    lift_server_limits(book, all);
    kubelet_stops_are_no_shutdowns(all);
    jobs_name_what_they_need(book, all);
    general_yields_to_particular(all);
    nodes_account_for_pods(&book.cluster, all);
    callees_account_for_callers(book, all);
    switches_account_for_what_follows(book, all);
}

fn is_strong(w: &Weighed) -> bool {
    w.weight >= STRONG
}

/// Limits of a server that its clients run into: the server is the subject, not each client.
fn lift_server_limits(book: &Casebook, all: &mut Vec<Weighed>) {
    const PLAYBOOK: &str = "connection_pool_exhaustion.server_limit";
    let is_store = |kind: SubjectKind| matches!(kind, SubjectKind::Database | SubjectKind::Cache | SubjectKind::Queue);
    let clients: Vec<usize> = positions(all, |w| w.playbook == PLAYBOOK && !is_store(w.subject_kind));
    if clients.len() < 2 {
        return;
    }
    let Some(server) = all.iter().position(|w| w.playbook == PLAYBOOK && is_store(w.subject_kind)) else {
        let Some(name) = shared_store(book, clients.iter().filter_map(|i| all.get(*i)).map(|w| w.subject.as_str()))
        else {
            return;
        };
        let Some(first) = clients.first().and_then(|i| all.get(*i)).cloned() else { return };
        let weight = first.weight + (PER_EFFECT * clients.len() as f64).min(MOST);
        all.push(Weighed { subject: name, subject_kind: SubjectKind::Database, weight, ..first });
        return explained(all, &clients);
    };
    let best = clients.iter().filter_map(|i| all.get(*i)).map(|w| w.weight).fold(0.0, f64::max);
    let borrowed: Vec<_> =
        clients.iter().filter_map(|i| all.get(*i)).take(3).flat_map(|w| w.supporting.first().cloned()).collect();
    if let Some(server) = all.get_mut(server) {
        server.weight = server.weight.max(best) + (PER_EFFECT * clients.len() as f64).min(MOST);
        for claim in borrowed {
            match server.supporting.iter_mut().find(|known| known.text == claim.text) {
                // several clients say the same: it is said once, with all of their lines
                Some(known) => known.citations.extend(claim.citations),
                None => server.supporting.push(claim),
            }
        }
    }
    explained(all, &clients);
}

/// The one store that all of these are configured or seen to call.
fn shared_store<'a>(book: &Casebook, clients: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for client in clients {
        for edge in book.edges.iter().filter(|e| e.caller == client) {
            if crate::analyst::tools::kube_view::kind_of(&edge.callee) != SubjectKind::Database {
                continue;
            }
            match counts.iter_mut().find(|(name, _)| *name == edge.callee) {
                Some((_, count)) => *count += 1,
                None => counts.push((&edge.callee, 1)),
            }
        }
    }
    counts.into_iter().max_by_key(|(_, count)| *count).filter(|(_, count)| *count > 1).map(|(name, _)| name.to_owned())
}

fn positions(all: &[Weighed], is: impl Fn(&Weighed) -> bool) -> Vec<usize> {
    all.iter().enumerate().filter(|(_, w)| is(w)).map(|(i, _)| i).collect()
}

fn explained(all: &mut [Weighed], which: &[usize]) {
    for i in which {
        if let Some(w) = all.get_mut(*i) {
            w.weight += EXPLAINED;
        }
    }
}

/// Playbooks that only say that something does not come up; any reason accounts for them.
pub fn is_general(playbook: &str) -> bool {
    matches!(
        playbook,
        "crash_loop.unexplained"
            | "crash_loop.startup"
            | "crash_loop.init_container"
            | "image_pull.failed"
            | "probe_misconfig.timing"
            | "unschedulable.other"
            | "node_failure.not_ready"
            | "app_exception.unhandled"
            | "app_exception.unhealthy"
            | "app_logic_error.wrong_result"
            | "app_logic_error.slow_code"
            | "dependency_unavailable.timeouts"
            | "job_failure.failed"
            | "job_failure.container_failed"
            | "job_failure.backoff_limit"
    )
}

/// What a container logs when the kubelet ends it for a failed probe reads like a shutdown.
fn kubelet_stops_are_no_shutdowns(all: &mut [Weighed]) {
    let probed: Vec<String> = all
        .iter()
        .filter(|w| w.fault_kind == FaultKind::ProbeMisconfig && w.weight >= STRONG)
        .map(|w| w.subject.clone())
        .collect();
    for w in all.iter_mut().filter(|w| w.playbook == "dependency_unavailable.stopped" && probed.contains(&w.subject)) {
        w.weight += 2.0 * EXPLAINED;
    }
}

/// A job that failed because something did not answer it says so in its own log: its hypothesis names it.
fn jobs_name_what_they_need(book: &Casebook, all: &mut [Weighed]) {
    let needed: Vec<(String, String, crate::domain::Claim)> = all
        .iter()
        .filter(|w| w.stated && w.weight > 1.0)
        .filter(|w| matches!(w.fault_kind, FaultKind::DependencyUnavailable | FaultKind::ConnectionRefused))
        .filter_map(|w| Some((w.subject.clone(), w.mechanism.clone(), w.supporting.first()?.clone())))
        .collect();
    for w in all.iter_mut().filter(|w| w.fault_kind == FaultKind::JobFailure) {
        let calls = |callee: &str| book.edges.iter().any(|e| e.failing && e.caller == w.subject && e.callee == callee);
        let Some((callee, mechanism, claim)) = needed.iter().find(|(callee, _, _)| calls(callee)) else { continue };
        if !w.mechanism.contains(callee.as_str()) {
            w.mechanism = format!("{}; its log says {mechanism}", w.mechanism);
            w.supporting.push(claim.clone());
        }
    }
}

fn general_yields_to_particular(all: &mut [Weighed]) {
    let particular: Vec<String> =
        all.iter().filter(|w| is_strong(w) && !is_general(&w.playbook)).map(|w| w.subject.clone()).collect();
    for w in all.iter_mut().filter(|w| is_general(&w.playbook) && particular.contains(&w.subject)) {
        w.weight += EXPLAINED;
    }
}

/// True for the effects that a node's failure has on what runs there.
pub fn follows_from_a_node(kind: FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::CrashLoop
            | FaultKind::Unschedulable
            | FaultKind::DependencyUnavailable
            | FaultKind::ConnectionRefused
            | FaultKind::NetworkDelay
            | FaultKind::NetworkLoss
            | FaultKind::ProbeMisconfig
            | FaultKind::StorageVolume
            | FaultKind::AppException
            | FaultKind::DnsFailure
    )
}

fn nodes_account_for_pods(cluster: &Cluster, all: &mut [Weighed]) {
    let down: Vec<(usize, String, bool, FaultKind)> = all
        .iter()
        .enumerate()
        .filter(|(_, w)| w.subject_kind == SubjectKind::Node && is_strong(w))
        .map(|(i, w)| (i, w.subject.clone(), w.playbook == "node_component_down.scheduler", w.fault_kind))
        .collect();
    for (cause, node, places_pods, kind) in down {
        let stands_there = |subject: &str| {
            cluster.pods_of(subject).any(|p| p.node.as_ref().map(|n| n.text.as_str()) == Some(node.as_str()))
        };
        let mut effects = 0;
        for (i, w) in all.iter_mut().enumerate() {
            let waits = places_pods && w.fault_kind == FaultKind::Unschedulable;
            // a file system that can't be written to is the node's, where the node says so itself
            let same = kind == FaultKind::ReadonlyStorage && w.fault_kind == kind;
            if i != cause && (waits || ((same || follows_from_a_node(w.fault_kind)) && stands_there(&w.subject))) {
                w.weight += EXPLAINED;
                effects += 1;
            }
        }
        gain(all, cause, effects);
    }
}

fn gain(all: &mut [Weighed], cause: usize, effects: usize) {
    if let Some(w) = all.get_mut(cause) {
        w.weight += (PER_EFFECT * effects as f64).min(MOST);
    }
}

/// True for what a caller shows when one that it calls is unwell.
pub fn follows_from_a_callee(kind: FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::DependencyUnavailable
            | FaultKind::ConnectionRefused
            | FaultKind::NetworkDelay
            | FaultKind::NetworkLoss
            | FaultKind::AppException
            | FaultKind::AppLogicError
            | FaultKind::CrashLoop
            | FaultKind::RetryStorm
            | FaultKind::ConnectionPoolExhaustion
            | FaultKind::DnsFailure
            | FaultKind::BadDeploy
            | FaultKind::JobFailure
    )
}

fn callees_account_for_callers(book: &Casebook, all: &mut [Weighed]) {
    let causes: Vec<(usize, String)> = all
        .iter()
        .enumerate()
        .filter(|(_, w)| is_strong(w) && !is_general(&w.playbook) && w.stated)
        .map(|(i, w)| (i, w.subject.clone()))
        .collect();
    for (cause, callee) in causes {
        let calls = |caller: &str| book.edges.iter().any(|e| e.callee == callee && e.caller == caller);
        let back = |caller: &str| book.edges.iter().any(|e| e.callee == caller && e.caller == callee);
        let strength = all.get(cause).map_or(0.0, |w| w.weight);
        let mut effects = 0;
        for (i, w) in all.iter_mut().enumerate() {
            let is_effect = i != cause && w.subject != callee && follows_from_a_callee(w.fault_kind);
            if is_effect && calls(&w.subject) && !back(&w.subject) && w.weight < strength + 1.5 {
                w.weight += EXPLAINED / 2.0;
                effects += 1;
            }
        }
        gain(all, cause, effects);
    }
}

/// What was switched, resized or emptied just before accounts for what others show after it: the
/// switch states its own time, and the effects are dated later, or name what was switched.
fn switches_account_for_what_follows(book: &Casebook, all: &mut [Weighed]) {
    let is_switch = |kind: FaultKind| matches!(kind, FaultKind::FeatureFlag | FaultKind::CacheMisconfig);
    let follows = |kind: FaultKind| {
        matches!(
            kind,
            FaultKind::AppException
                | FaultKind::AppLogicError
                | FaultKind::SlowQuery
                | FaultKind::CpuSaturation
                | FaultKind::ConnectionPoolExhaustion
                | FaultKind::DependencyUnavailable
                | FaultKind::TrafficSpike
        )
    };
    let causes: Vec<(usize, String, crate::domain::Stamp)> = all
        .iter()
        .enumerate()
        .filter(|(_, w)| is_switch(w.fault_kind) && w.stated && w.weight >= STRONG - 0.5)
        .filter_map(|(i, w)| Some((i, w.subject.clone(), first_dated(book, w)?)))
        .collect();
    for (cause, subject, at) in causes {
        let mut effects = 0;
        for i in 0..all.len() {
            let later = all.get(i).filter(|w| i != cause && follows(w.fault_kind)).is_some_and(|w| {
                first_dated(book, w).and_then(|t| t.seconds_since(&at)).is_some_and(|s| (0.0..=SOON).contains(&s))
                    || w.subject == subject
            });
            if let Some(w) = all.get_mut(i).filter(|_| later) {
                w.weight += EXPLAINED;
                effects += 1;
            }
        }
        gain(all, cause, effects);
    }
}

/// An effect of a switch shows within this time, in seconds.
const SOON: f64 = 900.0;

/// The earliest dated finding of a hypothesis that speaks for it.
fn first_dated(book: &Casebook, w: &Weighed) -> Option<crate::domain::Stamp> {
    let own = book.findings.iter().filter(|f| f.playbook == w.playbook && f.weight > 0.0);
    own.filter(|f| f.subject == w.subject).filter_map(|f| f.at).min_by_key(|at| at.sort_key())
}
