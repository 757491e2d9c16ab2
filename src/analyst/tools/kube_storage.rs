//! Why a claim has no volume, or a volume can't be attached or mounted.

use crate::analyst::casebook::Bearing;
use crate::analyst::{Casebook, Knowledge};
use crate::domain::{Evidence, Span, SubjectKind};
use crate::intake::kube::quantity::bytes;
use crate::intake::kube::{Cluster, Event, Storage, workload_of};

use super::kube_notes::{Draft, Notes, on_cluster};
use super::kube_view::{between, kind_of, matters, owner, subject, workloads};
use super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "storage",
    question: "Can every pod have the volumes that it claims?",
    applies: |_, book| !book.cluster.claims.is_empty() || book.cluster.events.iter().any(about_storage),
    arguments: |_, book| {
        let claims: Vec<&str> = book.cluster.claims.iter().map(|c| c.name.as_str()).collect();
        serde_json::json!({ "claims": claims, "volumes": book.cluster.volumes.len() })
    },
    run,
};

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    on_cluster(evidence, book, TOOL.name, read)
}

fn about_storage(event: &Event) -> bool {
    matches!(
        event.reason.as_str(),
        "FailedBinding"
            | "ProvisioningFailed"
            | "FailedAttachVolume"
            | "FailedMount"
            | "VolumeResizeFailed"
            | "FailedMapVolume"
    ) || event.message.text.to_ascii_lowercase().contains("persistentvolumeclaim")
}

fn read(cluster: &Cluster, notes: &mut Notes<'_>) {
    for claim in &cluster.claims {
        let unbound = claim.status.as_ref().is_some_and(|s| s.text != "Bound");
        if unbound {
            unbound_claim(cluster, claim, notes);
        }
    }
    missing_claims(cluster, notes);
    for event in cluster.events.iter().filter(|e| about_storage(e) && e.kind == "pod" && matters(cluster, e)) {
        mount(cluster, event, notes);
    }
}

/// Who uses a claim: its workload, or the claim itself where nobody is known to.
fn user(cluster: &Cluster, claim: &str) -> (String, SubjectKind, Vec<Span>) {
    let uses = |spec: &crate::intake::kube::PodSpec| {
        spec.references.iter().find(|r| r.kind == "persistentvolumeclaim" && r.name == claim).map(|r| r.at)
    };
    for pod in &cluster.pods {
        if let Some(at) = uses(&pod.spec) {
            let name = owner(pod);
            let kind = kind_of(&name);
            return (name, kind, vec![at]);
        }
    }
    for workload in workloads(cluster) {
        if let Some(at) = uses(&workload.spec) {
            return (workload.name.clone(), kind_of(&workload.name), vec![at]);
        }
    }
    if let Some((name, at)) = told_user(cluster, claim) {
        let kind = kind_of(&name);
        return (name, kind, vec![at]);
    }
    (claim.to_owned(), SubjectKind::Volume, Vec::new())
}

/// Who uses a claim by what the claim's own description says, or by the name that a stateful set
/// gives: the template's name, and then the pod's.
fn told_user(cluster: &Cluster, claim: &str) -> Option<(String, Span)> {
    let told = cluster.claims.iter().filter(|c| c.name == claim).flat_map(|c| &c.used_by);
    if let Some(pod) = told.into_iter().next() {
        return Some((workload_of(&pod.text).to_owned(), pod.at));
    }
    let of = |name: &str| claim.strip_suffix(name).is_some_and(|rest| rest.ends_with('-'));
    if let Some(pod) = cluster.pods.iter().find(|p| of(&p.name)) {
        return Some((owner(pod), pod.at));
    }
    let (stem, ordinal) = claim.rsplit_once('-')?;
    let counted = ordinal.bytes().all(|b| b.is_ascii_digit());
    let set = |w: &&crate::intake::kube::Workload| {
        w.kind == "statefulset" && stem.strip_suffix(w.name.as_str()).is_some_and(|rest| rest.ends_with('-'))
    };
    cluster.workloads.iter().filter(|_| counted).find(set).map(|w| (w.name.clone(), w.at))
}

/// `RWO` and `ReadWriteOnce` are the same.
fn modes(text: &str) -> Vec<&'static str> {
    let all =
        [("RWOP", "ReadWriteOncePod"), ("RWO", "ReadWriteOnce"), ("ROX", "ReadOnlyMany"), ("RWX", "ReadWriteMany")];
    let words: Vec<&str> = text.split([',', ' ']).map(str::trim).collect();
    all.iter().filter(|(short, long)| words.contains(short) || words.contains(long)).map(|(_, long)| *long).collect()
}

fn unbound_claim(cluster: &Cluster, claim: &Storage, notes: &mut Notes<'_>) {
    let (name, kind, used_at) = user(cluster, &claim.name);
    let events: Vec<&Event> =
        cluster.events.iter().filter(|e| e.name == claim.name && e.kind.contains("claim")).collect();
    let waits = |e: &&&Event| matches!(e.reason.as_str(), "WaitForFirstConsumer" | "WaitForPodScheduled");
    let said = events.iter().find(|e| !waits(e)).or(events.first());
    if said.as_ref().is_some_and(waits) && used_at.is_empty() {
        return;
    }
    // it gets its volume once its pod has a node: the scheduler's word says why it has none
    if said.is_some_and(|e| e.reason == "WaitForPodScheduled") {
        notes.say(format!("the claim {} waits until its pod is scheduled", claim.name), &notes.cite(&[claim.at]));
        return;
    }
    let status = claim.status.as_ref().map_or("not bound", |s| s.text.as_str());
    let mut at: Vec<Span> = vec![claim.at];
    at.extend(used_at);
    at.extend(said.map(|e| e.at));
    let (playbook, mechanism, more) = reason(cluster, claim, said.copied());
    at.extend(more);
    let mut text = format!("its claim {} is {status}", claim.name);
    if let Some(event) = said {
        text.push_str(&format!(": {}", event.message.text));
    }
    notes.find(Draft {
        subject: &name,
        kind,
        playbook,
        bearing: Bearing::Stated,
        weight: 5.0,
        text,
        at: &at,
        mechanism,
    });
}

/// Why a claim finds no volume: what it asks for against what there is.
fn reason(cluster: &Cluster, claim: &Storage, said: Option<&Event>) -> (&'static str, String, Vec<Span>) {
    let name = &claim.name;
    let message = said.map_or("", |e| e.message.text.as_str());
    let class = claim.class.as_ref();
    let free: Vec<&Storage> = cluster
        .volumes
        .iter()
        .filter(|v| v.status.as_ref().is_none_or(|s| s.text == "Available" || s.text == "Released"))
        .collect();
    if let (true, Some(class)) = (message.contains("storageclass") && message.contains("not found"), class) {
        let other = free.iter().find_map(|v| v.class.as_ref());
        let none = || free.first().map(|v| format!(", and the free volume {} has no storage class", v.name));
        let has =
            other.map(|o| format!(", and the free volume is of class {}", o.text)).or_else(none).unwrap_or_default();
        let mechanism =
            format!("the volume claim {name} asks for storage class {}, which does not exist{has}", class.text);
        return (
            "storage_volume.storage_class",
            mechanism,
            other.map(|o| o.at).or(free.first().map(|v| v.at)).into_iter().chain([class.at]).collect(),
        );
    }
    for volume in &free {
        if let Some(found) = mismatch(claim, volume) {
            return found;
        }
    }
    if let Some(other) = &claim.other
        && !cluster.volumes.is_empty()
        && !cluster.volumes.iter().any(|v| v.name == other.text)
    {
        let mechanism = format!("the volume claim {name} names volume {}, which does not exist", other.text);
        return ("storage_volume.volume_missing", mechanism, vec![other.at]);
    }
    let listed = cluster.listing("storageclass").is_some();
    if let (true, Some(class)) = (listed, class)
        && !cluster.named_of("storageclass").any(|c| c.name == class.text)
    {
        let mechanism = format!("the volume claim {name} asks for storage class {}, which does not exist", class.text);
        return ("storage_volume.storage_class", mechanism, vec![class.at]);
    }
    let words = if message.is_empty() { "no volume fits it".to_owned() } else { message.to_owned() };
    let lower = message.to_ascii_lowercase();
    let playbook = if lower.contains("exceeded quota") {
        "quota_exceeded.storage"
    } else if lower.contains("waiting for a volume to be created") || lower.contains("provision") {
        "storage_volume.provisioner"
    } else {
        "storage_volume.no_volume"
    };
    (playbook, format!("the volume claim {name} is not bound: {words}"), Vec::new())
}

/// The first thing in which a free volume is not what a claim asks for.
fn mismatch(claim: &Storage, volume: &Storage) -> Option<(&'static str, String, Vec<Span>)> {
    let (c, v) = (&claim.name, &volume.name);
    let class = |s: &Storage| s.class.as_ref().map_or(String::new(), |c| c.text.clone());
    if class(claim) != class(volume) {
        let told = |s: &Storage| {
            if class(s).is_empty() { "no storage class".to_owned() } else { format!("storage class {}", class(s)) }
        };
        let at = claim.class.iter().chain(&volume.class).map(|s| s.at).chain([volume.at]).collect();
        let text =
            format!("the volume claim {c} asks for {}, and the free volume {v} has {}", told(claim), told(volume));
        return Some(("storage_volume.storage_class", text, at));
    }
    if let (Some(asked), Some(given)) = (&claim.modes, &volume.modes) {
        let (want, have) = (modes(&asked.text), modes(&given.text));
        if !want.is_empty() && !want.iter().all(|m| have.contains(m)) {
            let text = format!(
                "the volume claim {c} asks for access mode {}, and the free volume {v} offers {}",
                want.join(","),
                have.join(",")
            );
            return Some(("storage_volume.access_mode", text, vec![asked.at, given.at]));
        }
    }
    if let Some(unmet) =
        claim.selector.iter().find(|s| !volume.labels.iter().any(|l| l.key == s.key && l.value == s.value))
    {
        let label = volume.labels.iter().find(|l| l.key == unmet.key);
        let has = label.map_or_else(|| "no such label".to_owned(), |l| format!("{}={}", l.key, l.value));
        let text = format!(
            "the volume claim {c} selects volumes labelled {}={}, and the free volume {v} has {has}",
            unmet.key, unmet.value
        );
        let at = [unmet.at, volume.at].into_iter().chain(label.map(|l| l.at)).collect();
        return Some(("storage_volume.selector", text, at));
    }
    if let (Some(asked), Some(given)) = (&claim.capacity, &volume.capacity)
        && bytes(&asked.text) > bytes(&given.text)
    {
        let text = format!(
            "the volume claim {c} asks for a capacity of {}, and the free volume {v} has {}",
            asked.text, given.text
        );
        return Some(("storage_volume.capacity", text, vec![asked.at, given.at]));
    }
    if volume.status.as_ref().is_some_and(|s| s.text == "Released") {
        let text =
            format!("the volume {v} that would fit the claim {c} is Released and still belongs to its former claim");
        return Some(("storage_volume.released", text, vec![volume.at]));
    }
    None
}

/// A pod that names a claim that does not exist.
fn missing_claims(cluster: &Cluster, notes: &mut Notes<'_>) {
    for event in cluster.events.iter().filter(|e| matters(cluster, e)) {
        let Some(claim) = between(&event.message.text, "persistentvolumeclaim \"", &['"']) else { continue };
        if !event.message.text.contains("not found") && !event.message.text.contains("being deleted") {
            continue;
        }
        let name = subject(cluster, event);
        let text = event.message.text.clone();
        let refused = refused_by_quota(cluster, claim, event, notes);
        let mechanism = format!("the volume claim {claim} that it mounts does not exist");
        let kind = kind_of(&name);
        let at = [event.at];
        let playbook = "storage_volume.claim_missing";
        notes.find(Draft {
            subject: &name,
            kind,
            playbook,
            bearing: Bearing::Stated,
            // With a quota that has no room for it this is the effect, not the cause.
            weight: if refused { 1.5 } else { 5.0 },
            text,
            at: &at,
            mechanism,
        });
    }
}

/// A claim that is not there because a quota for storage has no room for it: true when written down.
fn refused_by_quota(cluster: &Cluster, claim: &str, event: &Event, notes: &mut Notes<'_>) -> bool {
    let sizes = cluster.volumes.iter().filter_map(|v| v.capacity.as_ref().map(|c| (c, v.at)));
    let wanted = cluster.claims.iter().filter(|c| c.name == claim).filter_map(|c| Some((c.capacity.as_ref()?, c.at)));
    let Some((needs, needs_at)) = wanted.chain(sizes).min_by(|a, b| {
        let size = |c: &str| bytes(c).unwrap_or(f64::MAX);
        size(&a.0.text).total_cmp(&size(&b.0.text))
    }) else {
        return false;
    };
    for quota in &cluster.quotas {
        let counts = quota.resource.ends_with("persistentvolumeclaims");
        if !counts && !quota.resource.ends_with("requests.storage") {
            continue;
        }
        let (Some(used), Some(hard)) = (bytes(&quota.used), bytes(&quota.hard)) else { continue };
        let room = hard - used;
        let needed = if counts { 1.0 } else { bytes(&needs.text).unwrap_or(0.0) };
        let Some(namespace) = quota.namespace.as_ref().or(cluster.namespace.as_ref()) else { continue };
        if room >= needed {
            continue;
        }
        let (name, resource) = (&quota.name, &quota.resource);
        let size = if counts { String::new() } else { format!(", and the volume has {}", needs.text) };
        let mechanism = format!(
            "the quota {name} for storage has no room for the volume claim {claim} ({resource}: {} of {}{size})",
            quota.used, quota.hard
        );
        let text = format!(
            "the quota {name} allows {resource} {}, with {} used, and {claim} does not exist",
            quota.hard, quota.used
        );
        let at = [quota.at, needs_at, event.at];
        notes.find(Draft {
            subject: namespace,
            kind: SubjectKind::Namespace,
            playbook: "quota_exceeded.storage",
            bearing: Bearing::Stated,
            weight: 5.5,
            text,
            at: &at,
            mechanism,
        });
        return true;
    }
    false
}

/// What the kubelet says about attaching and mounting.
fn mount(cluster: &Cluster, event: &Event, notes: &mut Notes<'_>) {
    let message = &event.message.text;
    let lower = message.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    let (playbook, weight) = if has(&["configmap \"", "secret \"", "references non-existent"]) {
        // The startup tool answers what is missing by name.
        return;
    } else if has(&["retried successfully", "mounted on retry", "succeeded on retry", "succeeded after"]) {
        // the event itself says that it came right
        return;
    } else if has(&["multi-attach"]) {
        ("storage_volume.multi_attach", 4.5)
    } else if has(&["node affinity conflict"]) {
        ("storage_volume.node_affinity", 4.5)
    } else if has(&["permission denied", "access denied", "operation not permitted"]) {
        ("permission_denied.volume", 4.5)
    } else if has(&["read-only", "read only"]) {
        ("readonly_storage.mount", 4.5)
    } else if has(&[
        "no such file",
        "hostpath type check",
        "does not exist",
        "not found",
        "wrong fs type",
        "mount failed",
        "timed out",
        "timeout",
        "connection refused",
        "stale",
    ]) {
        ("storage_volume.mount_failed", 4.0)
    } else if event.reason == "FailedMount" || event.reason == "FailedAttachVolume" {
        ("storage_volume.mount_failed", 3.0)
    } else {
        return;
    };
    let name = subject(cluster, event);
    let at = [event.at];
    let mechanism = format!("its volume can't be mounted: {}", message.trim_end_matches('.'));
    notes.find(Draft::stated(&name, playbook, weight, message.clone(), &at, mechanism));
}
