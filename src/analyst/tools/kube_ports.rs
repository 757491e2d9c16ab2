//! A port that a program can't bind because its own pod gives it away already: a setting of the pod, most often
//! of a sidecar, names it. It reads who is refused a port in the logs, and looks for that port in the pod's settings.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::Span;
use crate::intake::kube::{Cluster, workload_of};

use super::kube_notes::{Draft, Notes};

/// A port that is taken, in the words of the one who wants it.
static TAKEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)\bport (\d{2,5}) (?:is |was )?already (?:in use|allocated)|listen tcp \S{0,40}:(\d{2,5}): bind: address already in use",
    )
    .ok()
});
/// A setting that gives a port to another listener of the pod than its program: `"statusPort":18888`.
static GIVEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r#"(?i)["']?\b([a-z_]*(?:status|admin|metrics|health|debug|management|proxy)[a-z_]*port)["']?\s*[:=]\s*["']?(\d{2,5})\b"#,
    )
    .ok()
});
/// The most lines of one log that are looked at.
const LINES: usize = 400;

/// Reads the logs of all workloads.
pub fn read(cluster: &Cluster, notes: &mut Notes<'_>) {
    let mut done: Vec<&str> = Vec::new();
    for (name, log) in &cluster.logs {
        if done.contains(&name.as_str()) {
            continue;
        }
        let Some((port, refused)) = taken(notes, *log) else { continue };
        let Some((key, given)) = given_away(notes, name, &port) else { continue };
        done.push(name);
        let text = format!("a setting of its own pod gives port {port} to another listener: {key} {port}");
        let mut at = vec![given, refused];
        let beside = beside(cluster, name);
        at.extend(beside.map(|(_, at)| at));
        let beside = beside.map_or_else(String::new, |(other, _)| format!(", whose other container is {other}"));
        let mechanism = match annotation(notes.evidence.slice(given)) {
            Some(annotation) => format!(
                "port {port} is already in use in its own pod{beside}: the annotation {annotation} sets {key} to it"
            ),
            None => format!("port {port} is already in use in its own pod{beside}: {key} is set to it there"),
        };
        notes.find(Draft::stated(name, "port_conflict.in_use", 5.0, text, &at, mechanism));
    }
}

/// The one container that a workload's pod has beside its own.
fn beside<'c>(cluster: &'c Cluster, name: &'c str) -> Option<(&'c str, Span)> {
    let manifest = cluster.workload(name)?;
    let own = |c: &str| manifest.spec.containers.iter().any(|m| m.name == c);
    let pod = cluster.pods_of(name).find(|p| !p.spec.containers.is_empty())?;
    let mut others = pod.spec.containers.iter().filter(|c| !c.init && !own(&c.name));
    match (others.next(), others.next()) {
        (Some(one), None) if !manifest.spec.containers.is_empty() => Some((one.name.as_str(), pod.at)),
        _ => None,
    }
}

/// The annotation that a line sets, where it is one: a name with a domain before what is set in it.
fn annotation(line: &str) -> Option<&str> {
    let line = line.trim_start().trim_start_matches("Annotations:").trim_start();
    let (key, value) = line.split_once(": ")?;
    let named = key.contains('/') && key.contains('.') && key.bytes().all(|b| b.is_ascii_graphic());
    (named && value.contains(['{', '"', '='])).then_some(key)
}

/// The port that a log says is taken.
fn taken(notes: &Notes<'_>, log: Span) -> Option<(String, Span)> {
    let mut start = log.start;
    for line in notes.evidence.slice(log).split('\n').take(LINES) {
        let at = Span::new(log.source, start..start + line.trim_end().len());
        start += line.len() + 1;
        if let Some(c) = TAKEN.as_ref()?.captures(line) {
            return Some((c.get(1).or(c.get(2))?.as_str().to_owned(), at));
        }
    }
    None
}

/// The setting of the workload's pod or manifest that has this port.
fn given_away(notes: &Notes<'_>, name: &str, port: &str) -> Option<(String, Span)> {
    for source in &notes.evidence.sources {
        let (mut start, mut of) = (0, "");
        for line in source.text.split('\n') {
            let at = Span::new(source.id, start..start + line.trim_end().len());
            start += line.len() + 1;
            // a description's name, a manifest's own, and the next command
            if let Some(said) = line.strip_prefix("Name:").or_else(|| line.strip_prefix("  name:")) {
                of = said.trim();
            } else if line.starts_with("$ ") {
                of = "";
            }
            if !line.contains(port) || !(of == name || workload_of(of) == name) {
                continue;
            }
            let given =
                GIVEN.iter().flat_map(|r| r.captures_iter(line)).find(|c| c.get(2).is_some_and(|p| p.as_str() == port));
            if let Some(key) = given.and_then(|c| c.get(1)) {
                return Some((key.as_str().to_owned(), at));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {

    fn statement(annotation: &str) -> String {
        let text = format!(
            "$ kubectl get pods -n shop
NAME                     READY   STATUS             RESTARTS      AGE
seats-6b8f9c7d5-x7k2p    1/2     CrashLoopBackOff   5 (20s ago)   7m

$ kubectl get services -n shop
NAME    TYPE        CLUSTER-IP    EXTERNAL-IP   PORT(S)    AGE
seats   ClusterIP   10.0.0.1      <none>        7001/TCP   7m

$ kubectl describe pod seats-6b8f9c7d5-x7k2p -n shop
Name:         seats-6b8f9c7d5-x7k2p
Namespace:    shop
Annotations:  {annotation}

$ kubectl logs deploy/seats -n shop
2026-03-17T02:09:29.127Z APPLICATION FAILED TO START
2026-03-17T02:09:29.128Z Web server failed to start. Port 7001 was already in use.
"
        );
        let report = crate::analyst::pasted::report_of(&text);
        report.hypotheses.first().map(|h| h.statement.clone()).unwrap_or_default()
    }

    #[test]
    fn a_port_that_a_sidecar_is_set_to_is_taken_in_its_own_pod() {
        let told = statement("mesh.example/config: { \"statusPort\": 7001 }");
        assert_eq!(
            told,
            "seats can't bind its port: port 7001 is already in use in its own pod: the annotation mesh.example/config sets statusPort to it."
        );
        assert!(!statement("mesh.example/config: { \"statusPort\": 7002 }").contains("own pod"));
    }
}
