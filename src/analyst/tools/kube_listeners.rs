//! Where a program says that it listens, against where its service leads: the loopback answers
//! nobody but its own pod, and another port nobody at all. It judges only where calls are refused.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::Span;
use crate::intake::kube::{Cluster, Service};

use super::kube_calls::{self, Failure};
use super::kube_notes::{Draft, Notes};

static LISTENS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)\b(?:listening|listens?|serving|bound|started|running)\b.{0,40}?(?:\b(?:on|at|to)\b|:)\W{0,4}(?:port\W{1,2})?(?:(?:https?|tcp|grpc)://)?(127\.0\.0\.1|localhost|\[::1\]|0\.0\.0\.0|\[::\]|\*)?:?(\d{2,5})\b",
    )
    .ok()
});
/// The most lines of one log that are looked at, from its beginning.
const LINES: usize = 400;

/// Where a program says it listens.
struct Heard {
    loopback: bool,
    port: String,
    bound: String,
    at: Span,
}

fn heard(notes: &Notes<'_>, log: Span) -> Vec<Heard> {
    let mut start = log.start;
    let mut found = Vec::new();
    for line in notes.evidence.slice(log).split('\n').take(LINES) {
        let at = Span::new(log.source, start..start + line.trim_end().len());
        start += line.len() + 1;
        let Some(c) = LISTENS.as_ref().filter(|_| line.len() < 600).and_then(|r| r.captures(line)) else { continue };
        let bound = c.get(1).map_or("", |m| m.as_str());
        let loopback = ["127.", "localhost", "[::1]"].iter().any(|l| bound.starts_with(l));
        let Some(port) = c.get(2) else { continue };
        found.push(Heard { loopback, port: port.as_str().into(), bound: bound.into(), at });
    }
    found
}

/// Reads the logs of all workloads that have a service.
pub fn read(cluster: &Cluster, notes: &mut Notes<'_>) {
    for (name, log) in &cluster.logs {
        let Some(service) = cluster.service(name).filter(|s| s.live) else { continue };
        let Some(port) = service.ports.first() else { continue };
        let target = port.target.clone().unwrap_or_else(|| port.port.to_string());
        let all = heard(notes, *log);
        let Some(first) = all.iter().find(|h| h.port == target) else { continue };
        if !first.loopback || all.iter().any(|h| h.port == target && !h.loopback) {
            continue;
        }
        let Some(refused) = refused(cluster, service, notes) else { continue };
        let (bound, playbook) = (&first.bound, "connection_refused.nothing_listens");
        let text = format!("{name} listens on {bound}:{target} only, and calls to its service are refused");
        let mechanism = format!("it listens on {bound}:{target} only, where no other pod can reach it");
        notes.alarm(text.clone(), &[first.at, refused]);
        let at = [first.at, refused];
        notes.find(Draft::stated(name, playbook, 5.0, text, &at, mechanism));
    }
}

/// A line that tells of a refused call to the service, by its name or its address.
fn refused(cluster: &Cluster, service: &Service, notes: &Notes<'_>) -> Option<Span> {
    let mut names: Vec<&str> = vec![&service.name];
    names.extend(service.cluster_ip.as_deref());
    names.extend(cluster.pods_of(&service.name).filter_map(|p| p.ip.as_deref()));
    names
        .into_iter()
        .flat_map(|n| kube_calls::failed(notes.evidence, n))
        .find(|(f, _)| *f == Failure::Refusal)
        .map(|(_, at)| at)
}
