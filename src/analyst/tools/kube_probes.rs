//! Probes that fail: does the probe ask the wrong port, path or protocol, or is the container unwell?

use crate::analyst::casebook::Bearing;
use crate::analyst::{Casebook, Knowledge};
use crate::domain::{Evidence, Span};
use crate::intake::kube::{Cluster, Event, Pod, Probe, ProbeKind};

use super::kube_notes::{Draft, Notes, on_cluster};
use super::kube_view::{in_trouble, kind_of, owner, specs};
use super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "probes",
    question: "Do failing probes ask for what the container offers?",
    applies: |_, book| book.cluster.events.iter().any(is_unhealthy),
    arguments: |_, book| {
        let failing = book.cluster.events.iter().filter(|e| is_unhealthy(e));
        let mut pods: Vec<&str> = failing.map(|e| e.name.as_str()).collect();
        pods.dedup();
        serde_json::json!({ "pods": pods.into_iter().take(20).collect::<Vec<_>>() })
    },
    run,
};

/// A probe that failed longer ago than this says nothing of today, in seconds.
const OLD: f64 = 240.0;

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    on_cluster(evidence, book, TOOL.name, read)
}

fn is_unhealthy(event: &Event) -> bool {
    event.warning
        && (event.reason == "Unhealthy"
            || event.reason == "ProbeWarning"
            || event.message.text.contains("probe failed"))
}

/// `Liveness probe failed: …`.
fn parts(message: &str) -> Option<(ProbeKind, &str)> {
    let kinds = [
        ("Liveness probe", ProbeKind::Liveness),
        ("Readiness probe", ProbeKind::Readiness),
        ("Startup probe", ProbeKind::Startup),
    ];
    let (name, kind) = kinds.iter().find(|(name, _)| message.contains(name))?;
    let rest = message.split_once(name)?.1;
    Some((*kind, rest.split_once(": ").map_or(rest, |(_, r)| r)))
}

fn read(cluster: &Cluster, notes: &mut Notes<'_>) {
    let mut done: Vec<(String, &str)> = Vec::new();
    for event in cluster.events.iter().filter(|e| is_unhealthy(e)) {
        let Some((kind, detail)) = parts(&event.message.text) else { continue };
        let pod = cluster.pods.iter().find(|p| p.name == event.name);
        // A container that the kubelet ended for its probe and that is not up since is still its victim.
        let recent = event.age.is_none_or(|a| a < OLD) || pod.is_some() && ended_by(cluster, event, "probe, will be");
        // A server that refuses sessions says so to its own probe, ready or not.
        let refuses = detail.to_ascii_lowercase().contains("too many connections");
        if (pod.is_some_and(|p| !in_trouble(p)) && !refuses) || (pod.is_none() && !cluster.pods.is_empty()) || !recent {
            continue;
        }
        let name = pod.map_or_else(|| crate::intake::kube::workload_of(&event.name).to_owned(), owner);
        if done.iter().any(|(n, k)| *n == name && *k == kind.name()) {
            continue;
        }
        if judge(cluster, pod, &name, kind, detail, event, notes) {
            done.push((name, kind.name()));
        }
    }
}

struct Asked {
    port: Option<String>,
    at: Vec<Span>,
    probe: Option<Probe>,
}

/// What the probe asks for: by its definition, else by the failure's own words.
fn asked(cluster: &Cluster, pod: Option<&Pod>, kind: ProbeKind, detail: &str) -> Asked {
    let containers = pod.into_iter().flat_map(|p| specs(cluster, p)).flat_map(|s| &s.containers);
    let probes = containers.flat_map(|c| &c.probes).filter(|p| p.kind == kind);
    let probe = probes.into_iter().find(|p| !p.port.as_deref().is_some_and(is_mesh)).cloned();
    // A service mesh rewrites probes to a port of its own; then only the definition tells.
    let said = port_in(detail).filter(|p| !is_mesh(p));
    let port = said.or_else(|| probe.as_ref().and_then(|p| p.port.clone()));
    Asked { port, at: probe.iter().map(|p| p.at).collect(), probe }
}

/// Ports of a service mesh's sidecar.
fn is_mesh(port: &str) -> bool {
    matches!(port, "15020" | "15021" | "15090")
}

/// The port of the first `address:port` in a text.
fn port_in(text: &str) -> Option<String> {
    let mut rest = text;
    while let Some(colon) = rest.find(':') {
        let before = rest.get(..colon)?.chars().next_back();
        let after = rest.get(colon + 1..)?;
        let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
        if digits.len() >= 2 && before.is_some_and(|c| c.is_ascii_alphanumeric()) {
            return Some(digits);
        }
        rest = after;
    }
    None
}

/// The ports that the container is known to serve, and where that is said: its declared ports, its
/// other probes, the targets of its services.
fn served(cluster: &Cluster, pod: Option<&Pod>, name: &str, kind: ProbeKind) -> Vec<(String, Span)> {
    let mut found: Vec<(String, Span)> = Vec::new();
    for container in pod.into_iter().flat_map(|p| specs(cluster, p)).flat_map(|s| &s.containers) {
        found.extend(container.ports.iter().map(|p| (p.key.clone(), p.at)));
        found.extend(container.ports.iter().filter(|p| !p.value.is_empty()).map(|p| (p.value.clone(), p.at)));
        let others = container.probes.iter().filter(|p| p.kind != kind);
        found.extend(others.filter_map(|p| Some((p.port.clone()?, p.at))));
        let by_env = container.env.iter().filter(|e| e.name == "PORT" || e.name.ends_with("_PORT"));
        found.extend(by_env.filter_map(|e| Some((e.value.clone()?, e.at))));
    }
    let targets = cluster.service(name).into_iter().flat_map(|s| &s.ports);
    found.extend(targets.filter_map(|p| Some((p.target.clone()?, p.at))));
    found
}

/// A playbook, what its finding weighs, and the mechanism in words.
type Judged = Option<(&'static str, f64, String)>;

fn judge(
    cluster: &Cluster,
    pod: Option<&Pod>,
    name: &str,
    kind: ProbeKind,
    detail: &str,
    event: &Event,
    notes: &mut Notes<'_>,
) -> bool {
    let failing = Failing {
        asked: asked(cluster, pod, kind, detail),
        served: served(cluster, pod, name, kind),
        lower: detail.to_ascii_lowercase(),
        cluster,
        kind,
        detail,
        event,
    };
    let elsewhere = failing.elsewhere().filter(|_| failing.foreign().is_none());
    let judged = failing.foreign().or_else(|| failing.asks_elsewhere()).or_else(|| failing.by_its_answer());
    let Some((playbook, weight, mechanism)) = judged.or_else(|| failing.by_its_end()) else { return false };
    let mut at = vec![event.at];
    at.extend(&failing.asked.at);
    at.extend(elsewhere.map(|(_, at)| *at));
    // A sidecar's own probe fails while it starts.
    let weight = if port_in(detail).is_some_and(|p| is_mesh(&p)) { weight.min(0.5) } else { weight };
    let text = event.message.text.clone();
    let what = kind_of(name);
    let mechanism = match pod.and_then(|pod| ended(notes, cluster, pod, event, kind)) {
        Some((so_far, places)) if !mechanism.contains(" the container before ") && !mechanism.contains("kubelet") => {
            at.extend(places);
            format!("{mechanism}; the kubelet ends it for that and starts it again ({so_far})")
        }
        _ => mechanism,
    };
    notes.find(Draft {
        subject: name,
        kind: what,
        playbook,
        bearing: Bearing::Stated,
        weight,
        text,
        at: &at,
        mechanism,
    });
    true
}

/// A probe that fails: what it asks, what the container serves, and what it failed with.
struct Failing<'a> {
    cluster: &'a Cluster,
    kind: ProbeKind,
    detail: &'a str,
    lower: String,
    asked: Asked,
    served: Vec<(String, Span)>,
    event: &'a Event,
}

impl Failing<'_> {
    fn has(&self, words: &[&str]) -> bool {
        words.iter().any(|w| self.lower.contains(w))
    }

    fn port(&self) -> &str {
        self.asked.port.as_deref().unwrap_or("")
    }

    fn path(&self) -> &str {
        self.asked.probe.as_ref().and_then(|p| p.path.as_deref()).unwrap_or("its path")
    }

    fn refused(&self) -> bool {
        self.has(&["connection refused", "failed to connect service", "connect: "])
    }

    fn is_served(&self) -> bool {
        self.served.iter().any(|(p, _)| p == self.port())
    }

    /// Where the container listens, where the refused probe asks nothing that it serves.
    fn elsewhere(&self) -> Option<&(String, Span)> {
        let other = |p: &str| p != self.port() && p.bytes().all(|b| b.is_ascii_digit());
        let asks_nothing = self.refused() && !self.port().is_empty() && !self.is_served();
        self.served.iter().find(|(p, _)| other(p)).filter(|_| asks_nothing)
    }

    /// What listens there speaks another protocol.
    fn foreign(&self) -> Judged {
        const WORDS: [&str; 11] = [
            "malformed http",
            "http/1.x transport connection broken",
            "server gave http response to https",
            "first record does not look like a tls",
            "server preface",
            "http2: frame too large",
            "unexpected http",
            "unimplemented",
            "service not found",
            "does not look like",
            "bad request: client sent an http request to an https",
        ];
        let action = self.asked.probe.as_ref().map_or("", |p| p.action);
        let how = if action.is_empty() { String::new() } else { format!(" by {action}") };
        let (probe, port) = (self.kind.name(), self.port());
        let mechanism =
            || format!("its {probe} probe asks port {port}{how}, and what listens there speaks another protocol");
        self.has(&WORDS).then(|| ("probe_misconfig.protocol", 5.0, mechanism()))
    }

    fn asks_elsewhere(&self) -> Judged {
        let (other, _) = self.elsewhere()?;
        let (probe, port) = (self.kind.name(), self.port());
        let mechanism = format!("its {probe} probe asks port {port}, and the container listens on {other}");
        Some(("probe_misconfig.port", 5.0, mechanism))
    }

    /// What the answer says by itself, whatever became of the container.
    fn by_its_answer(&self) -> Judged {
        let (probe, detail) = (self.kind.name(), self.detail);
        if self.has(&["statuscode: 404", "status code: 404", "statuscode: 405"]) {
            let mechanism = format!("its {probe} probe asks {}, which the container answers with 404", self.path());
            return Some(("probe_misconfig.path", 5.0, mechanism));
        }
        if self.has(&["statuscode: 401", "statuscode: 403", "statuscode: 301", "statuscode: 302"]) {
            return Some(("probe_misconfig.path", 4.0, format!("its {probe} probe is not let in ({detail})")));
        }
        if self.has(&["executable file not found", "no such file", "command not found"]) {
            let mechanism = format!("the command of its {probe} probe does not exist in the container ({detail})");
            return Some(("probe_misconfig.command", 5.0, mechanism));
        }
        if self.has(&["no such host", "lookup "]) {
            let mechanism = format!("its {probe} probe asks a host name that does not resolve ({detail})");
            return Some(("probe_misconfig.host", 4.5, mechanism));
        }
        let refuses = || format!("it refuses sessions: {detail}");
        self.has(&["too many connections"]).then(|| ("connection_pool_exhaustion.server_limit", 4.0, refuses()))
    }

    /// By whether the kubelet ended the container for it, and by how long it had to answer.
    fn by_its_end(&self) -> Judged {
        let (probe, detail, port) = (self.kind.name(), self.detail, self.port());
        let alive = self.kind == ProbeKind::Liveness;
        let ended = || ended_by(self.cluster, self.event, "liveness probe");
        if self.kind == ProbeKind::Startup && ended_by(self.cluster, self.event, "startup probe") {
            let mechanism = format!("its startup probe ends the container before it is ready to answer ({detail})");
            return Some(("probe_misconfig.timing", 2.6, mechanism));
        }
        if self.has(&["statuscode: 5", "status code: 5"]) {
            if alive && ended() {
                let path = self.path();
                let mechanism = format!(
                    "its liveness probe gets an error from {path}, and the kubelet ends the container for it ({detail})"
                );
                return Some(("probe_misconfig.path", 2.8, mechanism));
            }
            let mechanism = format!("it answers its {probe} probe with an error ({detail})");
            return Some(("app_exception.unhealthy", 2.0, mechanism));
        }
        if alive && self.is_served() && ended() {
            let patience = self.asked.probe.as_ref().map(patience).unwrap_or_default();
            let weight = if patience.is_short { 5.0 } else { 3.2 };
            let mechanism =
                format!("its liveness probe ends the container before it answers{} ({detail})", patience.told);
            return Some(("probe_misconfig.timing", weight, mechanism));
        }
        if self.refused() && alive && self.is_served() {
            let mechanism = format!(
                "its {probe} probe asks port {port} before the container listens there, or it has stopped listening"
            );
            return Some(("probe_misconfig.timing", 1.0, mechanism));
        }
        if self.refused() && self.served.is_empty() && !port.is_empty() {
            let mechanism = format!("its {probe} probe asks port {port}, where nothing listens");
            return Some(("probe_misconfig.port", 2.5, mechanism));
        }
        let late = || format!("its {probe} probe gets no answer in time ({detail})");
        self.has(&["deadline exceeded", "timeout", "timed out"]).then(|| ("probe_misconfig.timing", 1.2, late()))
    }
}

/// How often a container was started again whose liveness or startup probe fails, with the rows that say so.
fn ended(
    notes: &Notes<'_>,
    cluster: &Cluster,
    pod: &Pod,
    event: &Event,
    kind: ProbeKind,
) -> Option<(String, Vec<Span>)> {
    let probe = format!("{} probe", kind.name());
    let killed =
        |e: &&Event| e.name == event.name && e.reason == "Killing" && e.message.text.to_lowercase().contains(&probe);
    let killing = cluster.events.iter().find(killed).filter(|_| kind != ProbeKind::Readiness)?;
    let restarts = pod.restarts.filter(|n| *n > 0)?;
    let said = notes.evidence.slice(pod.at);
    let listed = said.split_whitespace().any(|w| w == restarts.to_string());
    listed.then(|| (format!("restarts so far: {restarts}"), vec![killing.at, pod.at]))
}

/// True where the kubelet ended the pod's container for this probe.
fn ended_by(cluster: &Cluster, event: &Event, probe: &str) -> bool {
    let killed = |e: &&Event| e.name == event.name && e.reason == "Killing" && e.message.text.contains(probe);
    cluster.events.iter().any(|e| killed(&e))
}

/// How long a probe waits for a container to answer.
#[derive(Debug, Default)]
struct Patience {
    is_short: bool,
    told: String,
}

/// A container that has this long (in seconds) to answer is seldom ready by then.
const SHORT: f64 = 15.0;

/// The wait that a probe's definition allows: its delay and as many periods as it may fail; what is
/// not set is Kubernetes' default (no delay, 10 s, 3 times).
fn patience(probe: &Probe) -> Patience {
    let (delay, period) = (probe.initial_delay.unwrap_or(0.0), probe.period.unwrap_or(10.0));
    let failures = f64::from(probe.failures.unwrap_or(3));
    let mut set: Vec<String> = Vec::new();
    set.extend(probe.initial_delay.map(|d| format!("delay {d} s")));
    set.extend(probe.period.map(|p| format!("period {p} s")));
    set.extend(probe.failures.map(|n| format!("failure threshold {n}")));
    let told = if set.is_empty() { String::new() } else { format!(": it is set to {}", set.join(", ")) };
    Patience { is_short: delay + period * failures <= SHORT, told }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_a_probe_asked_is_read_from_its_failure() {
        assert_eq!(port_in("failed to connect service \"10.0.0.1:8081\" within 1s"), Some("8081".into()));
        assert_eq!(port_in("Get \"http://10.0.0.1:8080/health\": refused"), Some("8080".into()));
        assert_eq!(port_in("timeout: none"), None);
        assert_eq!(parts("Liveness probe failed: timeout"), Some((ProbeKind::Liveness, "timeout")));
    }
}
