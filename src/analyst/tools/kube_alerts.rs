//! Metric anomalies that a monitor reports per service and node: who is slow, throttled, cut off, and
//! whose slowness the others' is an effect of.

use crate::analyst::casebook::Bearing;
use crate::analyst::{Casebook, Knowledge};
use crate::domain::{Evidence, Source, Span, SubjectKind};
use crate::intake::kube::{Cluster, Said};

use super::kube_notes::{Draft, Notes};
use super::kube_reported::{Reported, Window, tell};
use super::kube_slow::{node_wide, slowest};
use super::kube_view::kind_of;
use super::monitor_words::{self, amounts, told};
use super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "reported_anomalies",
    question: "Which services does the monitor report as slow, throttled or cut off, and which of them is furthest downstream?",
    applies: |evidence, _| evidence.sources.iter().any(|s| MARKS.iter().any(|m| s.text.contains(m))),
    arguments: |evidence, _| serde_json::json!({ "anomalies": evidence.sources.iter().map(|s| anomalies(s).len()).sum::<usize>() }),
    run,
};

/// The words by which anomaly reports are told.
const MARKS: &[&str] =
    &["LATENCY_", "RESOURCE_SATURATION", "NETWORK_QUALITY", "ERROR_SPIKE", "TRAFFIC_ANOMALY", "PACKET_LOSS"];

/// The most slow services that are alarms each.
const ALARMED: usize = 6;

/// One reported anomaly.
#[derive(Debug, Clone)]
pub(super) struct Anomaly {
    /// `Service`, `Node` or `Pod`.
    pub of: String,
    pub name: String,
    pub text: String,
    pub window: Option<Window>,
    pub at: Span,
    pub named_at: Span,
}

/// Reads `"type"`, `"name"` and the lines of `"evidence"`.
fn anomalies(source: &Source) -> Vec<Anomaly> {
    let mut found = Vec::new();
    let (mut of, mut name, mut named_at, mut window) = (String::new(), String::new(), None, None);
    let mut start = 0;
    for line in source.text.split('\n') {
        let trimmed = line.trim();
        let lead = line.len() - line.trim_start().len();
        let at = Span { source: source.id, start: start + lead, end: start + lead + trimmed.len() };
        start += line.len() + 1;
        let value = |key: &str| trimmed.strip_prefix(key).map(|v| v.trim_matches([' ', ':', '"', ',']).to_owned());
        if let Some(kind) = value("\"type\"") {
            of = kind;
        } else if let Some(who) = value("\"name\"") {
            name = who;
            (named_at, window) = (Some(at), None);
        } else if let Some(range) = value("\"time_range\"") {
            window = Window::of(&range, at);
        } else if let Some(inner) = trimmed.strip_prefix('"') {
            let text = inner.trim_end_matches(',').trim_end_matches('"');
            let marked = MARKS.iter().any(|m| text.starts_with(m)) || text.starts_with("THROUGHPUT_");
            if let (true, Some(named_at)) = (marked, named_at) {
                let (of, name, window) = (of.clone(), name.clone(), window.clone());
                found.push(Anomaly { of, name, text: text.to_owned(), window, at, named_at });
            }
        }
    }
    found
}

/// How much slower, per percentile, as the report says: `p50latency: Normal=40.22ms -> Current=18501.83ms (+45905.0%)`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Slowness {
    pub name: String,
    pub median: Option<f64>,
    pub tail: Option<f64>,
    /// What half of the requests take now, in milliseconds.
    pub half: Option<f64>,
    pub now: f64,
    pub words: String,
    pub at: [Span; 2],
}

fn slowness(anomaly: &Anomaly) -> Slowness {
    let mut found = Slowness {
        name: anomaly.name.clone(),
        median: None,
        tail: None,
        half: None,
        now: 0.0,
        words: String::new(),
        at: [anomaly.at, anomaly.named_at],
    };
    for part in anomaly.text.split(" | ") {
        let Some((label, rest)) = part.split_once(": Normal=") else { continue };
        let Some((before_text, rest)) = rest.split_once("ms -> Current=") else { continue };
        let Some((now_text, _)) = rest.split_once("ms") else { continue };
        let (Ok(before), Ok(now)) = (before_text.parse::<f64>(), now_text.parse::<f64>()) else { continue };
        found.now = found.now.max(now);
        if label.contains("p50") {
            found.half = Some(now);
        }
        if found.words.is_empty() {
            let ms = |figure: &str| format!("{figure}ms");
            found.words = monitor_words::change(label, &ms(before_text), &ms(now_text));
        }
        // Without a baseline no growth can be told.
        if before <= 0.0 {
            continue;
        }
        let ratio = now / before.max(1.0);
        if label.contains("p50") {
            found.median = Some(ratio);
        } else {
            found.tail = Some(found.tail.unwrap_or(0.0).max(ratio));
        }
    }
    found
}

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    let mut notes = Notes::new(evidence, TOOL.name);
    let all: Vec<Anomaly> = evidence.sources.iter().flat_map(anomalies).collect();
    let slow: Vec<Slowness> = all.iter().filter(|a| a.text.contains("Slow Response")).map(slowness).collect();
    let on_service = |a: &&Anomaly| a.of != "Node";
    throttled(&book.cluster, &all, &slow, &mut notes);
    at_a_small_limit(book, &all, &slow, &mut notes);
    disks(&book.cluster, &all, &slow, &mut notes);
    let by_node = node_wide(book, &all, &slow, &mut notes);
    let by_node_told = by_node.is_some();
    slowest(book, &all, &slow, by_node, &mut notes);
    // Pods that are ready say nothing against a service that its monitor reports as slow.
    for anomaly in all.iter().filter(|a| a.text.contains("Slow Response")).take(ALARMED) {
        notes.alarm(format!("{}: {}", anomaly.name, told(&anomaly.text)), &[anomaly.at, anomaly.named_at]);
    }
    for anomaly in all.iter().filter(on_service).filter(|a| a.text.starts_with("ERROR_SPIKE")) {
        notes.alarm(format!("{}: {}", anomaly.name, told(&anomaly.text)), &[anomaly.at, anomaly.named_at]);
    }
    for s in &slow {
        notes.alarm(format!("{} answers slowly: {}", s.name, s.words), &s.at);
    }
    memory(&all, &mut notes);
    losses(book, &all, &slow, by_node_told, &mut notes);
    let troubled = |name: &str| {
        let errors = |a: &&Anomaly| a.name == name && a.text.starts_with("ERROR_SPIKE");
        slow.iter().any(|s| s.name == name) || all.iter().any(|a| errors(&a))
    };
    let of_services = all.iter().filter(on_service).map(|a| {
        // a container that is held back and answers in time is not in trouble for it
        let aside = a.text.contains("Throttled") && !troubled(&a.name);
        Reported { name: &a.name, text: &a.text, window: a.window.as_ref(), at: [a.at, a.named_at], aside }
    });
    tell(book, &notes, &of_services.collect::<Vec<_>>());
    let title = format!("anomalies reported: {}; slow responses among them: {}", all.len(), slow.len());
    notes.close(book, Some(title))
}

/// From this share on, in percent, a resource is as good as used up.
const USED_UP: f64 = 90.0;

/// Cores below which a service is short of none, however much more than nothing it uses.
const FEW: f64 = 0.05;
/// A node that uses less of its CPU than this, in percent, has most of it to give.
const IDLE: f64 = 50.0;

/// What a report says of now, in cores: `Current=0.15 cores`.
pub(super) fn now_cores(text: &str) -> Option<f64> {
    text.split("Current=").nth(1)?.split_once(" cores")?.0.trim().parse().ok()
}

/// What a report says of now, in percent: `Current=98.7%`.
fn now_percent(text: &str) -> Option<f64> {
    text.split("Current=").nth(1)?.split_once('%')?.0.trim().parse().ok()
}

/// True where the memory of a thing is as good as used up: then it is slow for want of it.
pub(super) fn memory_used_up(all: &[Anomaly], name: &str) -> bool {
    all.iter().any(|a| a.name == name && is_memory(&a.text) && now_percent(&a.text).is_some_and(|p| p >= USED_UP))
}

fn is_memory(text: &str) -> bool {
    text.contains("[memory") || text.contains("memory]")
}

/// Memory that a monitor reports as grown, or as used up.
fn memory(all: &[Anomaly], notes: &mut Notes<'_>) {
    for anomaly in all.iter().filter(|a| is_memory(&a.text)) {
        let name = &anomaly.name;
        let at = [anomaly.at, anomaly.named_at];
        let node = anomaly.of == "Node";
        let kind = if node { SubjectKind::Node } else { kind_of(name) };
        let playbook = if node { "memory_exhaustion.node_pressure" } else { "memory_exhaustion.growth" };
        let text = format!("{name}: {}", told(&anomaly.text));
        let mechanism = format!("its memory use has gone up ({})", amounts(&anomaly.text));
        let weight = if memory_used_up(all, name) { 5.2 } else { 3.0 };
        notes.find(Draft { subject: name, kind, playbook, bearing: Bearing::Stated, weight, text, at: &at, mechanism });
    }
}

/// Packets lost on the way to a service that is not itself reported as slow: its callers wait.
fn losses(book: &Casebook, all: &[Anomaly], slow: &[Slowness], by_node: bool, notes: &mut Notes<'_>) {
    let service = |a: &&Anomaly| a.of != "Node" && is_loss(&a.text) && !slow.iter().any(|s| s.name == a.name);
    for anomaly in all.iter().filter(service) {
        let name = &anomaly.name;
        // a caller that sends again what one further down loses reports it as well
        let passes_on = |callee: &str| book.edges.iter().any(|e| e.caller == *name && e.callee == callee);
        let further = all.iter().any(|o| o.name != *name && is_loss(&o.text) && passes_on(&o.name));
        let weight = if by_node || further { 2.0 } else { 5.0 };
        let text = format!("{name}: {}", told(&anomaly.text));
        let mechanism = format!("its connections drop packets or send them again ({})", told(&anomaly.text));
        let (kind, at, playbook) = (kind_of(name), [anomaly.at, anomaly.named_at], "network_loss.packets");
        notes.find(Draft { subject: name, kind, playbook, bearing: Bearing::Stated, weight, text, at: &at, mechanism });
    }
}

/// A report of packets that are lost or sent again.
pub(super) fn is_loss(text: &str) -> bool {
    text.contains("Retrans") || text.contains("PACKET_LOSS") || text.contains("[Packet")
}

/// A CPU limit, in cores, at which a service that answers requests has hardly any time to run.
const SMALL: f64 = 0.05;

/// The one CPU limit that a workload's containers state; with several nobody knows which of them is meant.
fn cpu_limit<'b>(cluster: &'b Cluster, name: &str) -> Option<&'b Said> {
    let containers = &cluster.workload(name)?.spec.containers;
    let mut limits = containers.iter().filter(|c| !c.init).filter_map(|c| c.limits.cpu.as_ref());
    limits.next().filter(|_| limits.next().is_none())
}

/// The small CPU limit of a service that is reported as throttled.
pub(super) fn throttled_at_limit<'b>(book: &'b Casebook, all: &[Anomaly], name: &str) -> Option<&'b Said> {
    all.iter().find(|a| a.name == name && a.text.contains("Throttled"))?;
    let containers = &book.cluster.workload(name)?.spec.containers;
    let mut limits = containers.iter().filter(|c| !c.init).filter_map(|c| c.limits.cpu.as_ref());
    limits.find(|l| crate::intake::kube::quantity::cores(&l.text).is_some_and(|cores| cores <= SMALL))
}

/// A service that is slow and throttled at a limit that is next to nothing.
fn at_a_small_limit(book: &Casebook, all: &[Anomaly], slow: &[Slowness], notes: &mut Notes<'_>) {
    for s in slow {
        let Some(limit) = throttled_at_limit(book, all, &s.name) else { continue };
        let Some(report) = all.iter().find(|a| a.name == s.name && a.text.contains("Throttled")) else { continue };
        let at = [limit.at, report.at, report.named_at];
        let text = format!("{} is throttled, and its CPU limit is {}", s.name, limit.text);
        let mechanism =
            format!("its CPU limit is {}, and it is throttled there ({})", limit.text, amounts(&report.text));
        let (kind, bearing, weight, playbook) = (kind_of(&s.name), Bearing::Stated, 5.0, "cpu_throttling.quota");
        notes.find(Draft { subject: &s.name, kind, playbook, bearing, weight, text, at: &at, mechanism });
    }
}

/// True where the monitor reports the disk of a thing as busy.
pub(super) fn disk_bound(all: &[Anomaly], name: &str) -> bool {
    all.iter().any(|a| a.name == name && is_disk(&a.text))
}

fn is_disk(text: &str) -> bool {
    let label = text.split('|').next().unwrap_or(text).to_ascii_lowercase();
    label.starts_with("resource_saturation")
        && (label.contains("disk") || label.contains("[io") || label.contains("i/o"))
}

/// A disk that is busy: what it serves is slow because of it.
fn disks(cluster: &Cluster, all: &[Anomaly], slow: &[Slowness], notes: &mut Notes<'_>) {
    let mut done: Vec<&str> = Vec::new();
    for disk in all.iter().filter(|a| is_disk(&a.text)) {
        let name = disk.name.as_str();
        if done.contains(&name) {
            continue;
        }
        done.push(name);
        let kind = if disk.of == "Node" { SubjectKind::Node } else { kind_of(name) };
        let weight = if slow.iter().any(|s| s.name == name) { 5.0 } else { 3.0 };
        let text = format!("{name}: {}", told(&disk.text));
        if let Some(said) = told_full(cluster, disk) {
            let mechanism = format!("its disk is full ({})", told(&disk.text));
            let playbook = if kind == SubjectKind::Node { "disk_full.node_pressure" } else { "disk_full.bytes" };
            let at: Vec<Span> = [disk.at, disk.named_at].into_iter().chain(said).collect();
            notes.find(Draft {
                subject: name,
                kind,
                playbook,
                bearing: Bearing::Stated,
                weight: 5.0,
                text,
                at: &at,
                mechanism,
            });
            continue;
        }
        let mechanism = format!("its disk is busy ({})", told(&disk.text));
        let (at, bearing, playbook) = ([disk.at, disk.named_at], Bearing::Stated, "storage_volume.slow");
        notes.find(Draft { subject: name, kind, playbook, bearing, weight, text, at: &at, mechanism });
    }
}

/// True for a report of a disk's room rather than of how busy it is; with the place of the node's own
/// word for it, where "utilization" alone could mean either.
fn told_full(cluster: &Cluster, disk: &Anomaly) -> Option<Option<Span>> {
    const ROOM: &[&str] = &["disk usage", "disk space", "disk full", "disk capacity", "filesystem"];
    const SAID: &[&str] =
        &["FreeDiskSpaceFailed", "ImageGCFailed", "NodeHasDiskPressure", "EvictionThresholdMet", "Evicted"];
    let label = super::kube_view::between(&disk.text, "[", &[']']).unwrap_or("").to_ascii_lowercase();
    let busy = label.split(' ').any(|w| matches!(w, "io" | "i/o" | "iowait" | "read" | "write" | "time"));
    if busy || !now_percent(&disk.text).is_some_and(|p| p >= USED_UP) {
        return None;
    }
    if ROOM.iter().any(|w| label.contains(w)) {
        return Some(None);
    }
    cluster.events.iter().find(|e| SAID.contains(&e.reason.as_str())).map(|e| Some(e.at))
}

/// The change in percent that a report ends with: `(+1985.6%)`.
pub(super) fn percent(text: &str) -> Option<f64> {
    let (_, rest) = text.rsplit_once('(')?;
    rest.trim_end_matches(')').trim_end_matches('%').trim_start_matches('+').parse().ok()
}

/// A service that uses much more CPU than before and is throttled: its own work, not its callers'.
fn throttled(cluster: &Cluster, all: &[Anomaly], slow: &[Slowness], notes: &mut Notes<'_>) {
    for core in all.iter().filter(|a| a.of != "Node" && a.text.contains("[cpu core]")) {
        let name = &core.name;
        let growth = percent(&core.text).unwrap_or(0.0);
        let cfs = all.iter().find(|a| a.name == *name && a.text.contains("Throttled"));
        let is_slow = slow.iter().any(|s| s.name == *name);
        let surge = all.iter().any(|a| a.name == *name && a.text.contains("SURGE"));
        // a share of next to nothing is next to nothing: who is not held back there is not short of it
        if cfs.is_none() && now_cores(&core.text).is_some_and(|now| now < FEW) {
            continue;
        }
        let weight = match (cfs.is_some(), is_slow) {
            (true, true) => 5.0,
            (true, false) => 2.5,
            (false, true) => 1.0,
            (false, false) => 0.3,
        } + if growth > 400.0 { 0.5 } else { 0.0 }
            - if surge { 1.0 } else { 0.0 };
        let mut at = vec![core.at, core.named_at];
        at.extend(cfs.map(|c| c.at));
        let limit = cfs.and_then(|_| cpu_limit(cluster, name));
        let stated = limit.map_or_else(String::new, |l| format!(" of {}", l.text));
        let limited = cfs.map_or(String::new(), |c| {
            format!(", and it is throttled at its CPU limit{stated} ({})", amounts(&c.text))
        });
        at.extend(limit.map(|l| l.at));
        let with = limit.map_or_else(String::new, |l| format!(", with a CPU limit of {}", l.text));
        let text = format!("{name}: {}{with}", told(&core.text));
        let mechanism = format!("its CPU use has gone up ({}){limited}", amounts(&core.text));
        let playbook = "cpu_saturation.busy";
        notes.find(Draft::stated(name, playbook, weight, text, &at, mechanism));
    }
    for node in all.iter().filter(|a| a.of == "Node" && a.text.contains("[cpu")) {
        let current =
            node.text.split("Current=").nth(1).and_then(|t| t.split('%').next()).and_then(|t| t.parse::<f64>().ok());
        if current.is_some_and(|c| c < IDLE) {
            continue;
        }
        let weight = if current.is_some_and(|c| c > 80.0) { 4.5 } else { 0.2 };
        let text = format!("{}: {}", node.name, told(&node.text));
        let mechanism = format!("the node's CPU use has gone up ({})", amounts(&node.text));
        let at = [node.at, node.named_at];
        let kind = SubjectKind::Node;
        let playbook = "cpu_saturation.node";
        notes.find(Draft {
            subject: &node.name,
            kind,
            playbook,
            bearing: Bearing::Stated,
            weight,
            text,
            at: &at,
            mechanism,
        });
    }
}
