//! Why a container can't be created: its image, what it needs by name, what the runtime refuses.

use crate::analyst::{Casebook, Knowledge};
use crate::domain::{Evidence, Span};
use crate::intake::kube::{Cluster, Event};

use super::kube_images;
use super::kube_names::nearest;
use super::kube_notes::{Draft, Notes, on_cluster};
use super::kube_view::{between, in_trouble, matters, owner, specs, subject};
use super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "container_startup",
    question: "Why can a container not be created?",
    applies: |_, book| {
        let c = &book.cluster;
        c.pods.iter().any(|p| in_trouble(p) && waits(p).is_some()) || c.events.iter().any(is_about_start)
    },
    arguments: |_, book| {
        let waiting: Vec<String> =
            book.cluster.pods.iter().filter_map(|p| Some(format!("{}: {}", p.name, waits(p)?))).collect();
        serde_json::json!({ "waiting": waiting })
    },
    run,
};

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    on_cluster(evidence, book, TOOL.name, read)
}

/// What a pod's status says it waits for.
fn waits(pod: &crate::intake::kube::Pod) -> Option<String> {
    let status = pod.status.as_ref().map(|s| s.text.clone());
    let of_container = pod.spec.containers.iter().find_map(|c| c.state.reason.as_ref().map(|r| r.text.clone()));
    let words = ["Image", "Config", "Create", "RunContainer", "ContainerCreating", "Init:"];
    status.into_iter().chain(of_container).find(|s| words.iter().any(|w| s.contains(w)))
}

fn is_about_start(event: &Event) -> bool {
    matches!(
        event.reason.as_str(),
        "Failed"
            | "FailedMount"
            | "FailedPostStartHook"
            | "InspectFailed"
            | "ErrImagePull"
            | "ErrImageNeverPull"
            | "FailedToRetrieveImagePullSecret"
            | "FailedCreatePodSandBox"
    )
}

fn read(cluster: &Cluster, notes: &mut Notes<'_>) {
    let mut done: Vec<(String, &'static str)> = Vec::new();
    for event in cluster.events.iter().filter(|e| is_about_start(e) && matters(cluster, e)) {
        let name = subject(cluster, event);
        note(cluster, &name, &event.message.text, &[event.at], &mut done, notes);
    }
    // What the containers' own states say.
    for pod in cluster.pods.iter().filter(|p| in_trouble(p)) {
        let name = owner(pod);
        for container in &pod.spec.containers {
            for state in [&container.state, &container.last] {
                if let Some(message) = &state.message {
                    note(cluster, &name, &message.text, &[message.at], &mut done, notes);
                }
            }
            let Some(reason) = &container.state.reason else { continue };
            let told = done.iter().any(|(n, p)| *n == name && p.starts_with("image_pull"));
            if !told && (reason.text == "ImagePullBackOff" || reason.text == "ErrImagePull") {
                let image = container.image.as_ref();
                let mut at = vec![reason.at];
                at.extend(image.map(|i| i.at));
                let named = image.map(|i| i.text.as_str());
                let text = format!("{} for {}", reason.text, named.unwrap_or("its image"));
                let image = named.map_or_else(|| "its image".to_owned(), |name| format!("the image {name}"));
                let mechanism = format!("{image} can't be pulled ({})", reason.text);
                notes.find(Draft::stated(&name, "image_pull.failed", 3.0, text, &at, mechanism));
                done.push((name.clone(), "image_pull.failed"));
            }
        }
    }
    missing_references(cluster, &mut done, notes);
}

fn note(
    cluster: &Cluster,
    name: &str,
    message: &str,
    at: &[Span],
    done: &mut Vec<(String, &'static str)>,
    notes: &mut Notes<'_>,
) {
    let Some((playbook, mut mechanism, weight)) =
        image(cluster, name, message).or_else(|| need(message)).or_else(|| runtime(message))
    else {
        return;
    };
    if done.iter().any(|(n, p)| n == name && *p == playbook) {
        return;
    }
    done.push((name.to_owned(), playbook));
    let mut at = at.to_vec();
    let mut text = message.to_owned();
    if matches!(playbook, "image_pull.wrong_reference" | "image_pull.registry_dns") {
        // where it stands in an answer with marks escaped, the log's own quote of it is told beside it
        if at.iter().any(|place| notes.evidence.slice(*place).contains(message)) {
            text = kube_images::pull_told(message);
        }
        if let Some(odd) = pulled(message).and_then(|image| kube_images::odd(cluster, name, image)) {
            mechanism.push_str(&odd.told);
            at.extend(odd.at);
        }
    }
    if let Some((known, places)) = written_alike(cluster, name, &mechanism) {
        mechanism.push_str(&format!(" (there is {known})"));
        at.extend(places);
    }
    notes.find(Draft::stated(name, playbook, weight, text, &at, mechanism));
}

/// The reference that a message says can't be pulled.
pub fn pulled(message: &str) -> Option<&str> {
    between(message, "image \"", &['"']).or_else(|| between(message, "manifest for ", &[' ']))
}

/// Of a secret or config map that does not exist, the one of almost that name that nobody else asks for; with the
/// place where the missing one is asked for.
fn written_alike<'c>(cluster: &'c Cluster, name: &str, mechanism: &str) -> Option<(&'c str, Vec<Span>)> {
    let (kind, lead) = [("secret", "the secret "), ("configmap", "the config map ")]
        .into_iter()
        .find(|(_, lead)| mechanism.starts_with(lead) && mechanism.ends_with(" that it needs does not exist"))?;
    let missing = between(mechanism, lead, &[' '])?;
    let all = || cluster.workloads.iter().map(|w| (w.name.as_str(), &w.spec));
    let asked = |other: &str| {
        all().any(|(w, spec)| w != name && spec.references.iter().any(|r| r.kind == kind && r.name == other))
    };
    let known = || cluster.named_of(kind).filter(|n| n.name != missing && !asked(&n.name));
    let near = nearest(missing, known().map(|n| n.name.as_str()))?;
    let mut places: Vec<Span> = known().filter(|n| n.name == near).map(|n| n.at).take(1).collect();
    let own = all().filter(|(w, _)| *w == name).flat_map(|(_, spec)| &spec.references);
    places.extend(own.filter(|r| r.kind == kind && r.name == missing).map(|r| r.at).take(1));
    Some((near, places))
}

type Answer = Option<(&'static str, String, f64)>;

/// What a pull failed for.
fn image(cluster: &Cluster, name: &str, message: &str) -> Answer {
    let lower = message.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    if has(&["unable to retrieve some image pull secrets"]) {
        let secret = between(message, "image pull secrets (", &[')']).unwrap_or("");
        return Some(("image_pull.pull_secret", format!("its image pull secret {secret} does not exist"), 3.5));
    }
    let about = has(&[
        "failed to pull",
        "pulling image",
        "pull image",
        "errimagepull",
        "invalidimagename",
        "failed to resolve reference",
        "pull access denied",
        "couldn't parse image",
        "failed to apply default image",
        "imagepullbackoff",
        "manifest unknown",
        "back-off pulling",
        "errimageneverpull",
        "manifest for",
    ]);
    if !about {
        return None;
    }
    let image = between(message, "image \"", &['"'])
        .or_else(|| between(message, "manifest for ", &[' ']))
        .map_or_else(|| "its image".to_owned(), |image| format!("the image {image}"));
    let registry =
        image.trim_start_matches("the image ").split('/').next().filter(|r| r.contains('.')).unwrap_or("the registry");
    let secrets = cluster
        .pods_of(name)
        .flat_map(|p| specs(cluster, p))
        .flat_map(|s| &s.references)
        .any(|r| r.kind == "imagepullsecret");
    let found = if has(&["no such host", "server misbehaving", "lookup ", "name resolution", "could not resolve"]) {
        (
            "image_pull.registry_dns",
            format!("the registry name {registry} of {image} does not resolve in DNS ({})", unresolved(&lower)),
            5.0,
        )
    } else if has(&[
        "invalidimagename",
        "couldn't parse image",
        "invalid reference format",
        "failed to apply default image",
    ]) {
        let reference = image.strip_prefix("the image ").map(|name| format!("the image reference {name}"));
        let reference = reference.unwrap_or_else(|| "its image reference".to_owned());
        ("image_pull.invalid_name", format!("{reference} is not a valid name"), 5.0)
    } else if has(&["pull access denied", "insufficient_scope"]) && !secrets {
        (
            "image_pull.wrong_reference",
            format!("{image} does not exist in the registry, or needs credentials that no pull secret gives"),
            5.0,
        )
    } else if has(&[
        "unauthorized",
        "authentication required",
        "authorization failed",
        "no basic auth",
        "401",
        "403 forbidden",
        "denied",
    ]) {
        (
            "image_pull.pull_secret",
            format!("the registry refuses to give {image}: credentials are missing or wrong"),
            5.0,
        )
    } else if has(&["toomanyrequests", "rate limit", "429"]) {
        ("image_pull.rate_limited", format!("the registry limits the rate of pulls for {image}"), 5.0)
    } else if has(&["no match for platform", "no matching manifest"]) {
        ("image_pull.architecture", format!("{image} is not built for the node's architecture"), 5.0)
    } else if has(&["not found", "manifest unknown", "does not exist", "manifest for"]) {
        ("image_pull.wrong_reference", format!("{image} does not exist in the registry (tag or name not found)"), 5.0)
    } else if has(&["x509", "certificate"]) {
        ("image_pull.registry_certificate", format!("the registry's certificate is not accepted for {image}"), 5.0)
    } else if has(&[
        "i/o timeout",
        "connection refused",
        "tls handshake",
        "context deadline",
        "no route",
        "connection reset",
        "eof",
    ]) {
        ("image_pull.registry_unreachable", format!("the registry can't be reached for {image}"), 5.0)
    } else if has(&["errimageneverpull", "never pull"]) {
        ("image_pull.never_pull", format!("{image} is not on the node, and its policy is never to pull it"), 5.0)
    } else if has(&["no space left"]) {
        ("disk_full.node_pressure", format!("the node has no space left for {image}"), 4.5)
    } else {
        return None;
    };
    Some(found)
}

/// What a lookup was answered with, in its own words: no such name, and no answer, are two things.
fn unresolved(lower: &str) -> &'static str {
    let known =
        ["no such host", "temporary failure in name resolution", "server misbehaving", "name or service not known"];
    known.into_iter().find(|w| lower.contains(w)).unwrap_or("the lookup fails")
}

/// What a container needs by name and does not find.
fn need(message: &str) -> Answer {
    let quoted = |kind: &str| between(message, &format!("{kind} \""), &['"']).filter(|_| message.contains("not found"));
    if let Some(secret) = quoted("secret") {
        return Some((
            "missing_secret.not_found_in_cluster",
            format!("the secret {secret} that it needs does not exist"),
            5.0,
        ));
    }
    if let Some(map) = quoted("configmap") {
        return Some(("missing_config.config_map", format!("the config map {map} that it needs does not exist"), 5.0));
    }
    if message.contains("references non-existent") {
        let key = between(message, "references non-existent ", &[':', ',']).unwrap_or("key");
        return Some(("missing_config.key", format!("a volume refers to a key that does not exist ({key})"), 4.5));
    }
    if message.contains("couldn't find key") {
        let key = between(message, "couldn't find key ", &[' ']).unwrap_or("");
        let secret = message.contains("in Secret");
        let place = message.rsplit(' ').next().unwrap_or("");
        return Some(if secret {
            ("missing_secret.key", format!("the key {key} is not in the secret {place}"), 5.0)
        } else {
            ("missing_config.key", format!("the key {key} is not in the config map {place}"), 5.0)
        });
    }
    None
}

/// What the runtime refuses.
fn runtime(message: &str) -> Answer {
    let lower = message.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    if has(&["lifecycle hook", "poststarthook"]) {
        let why = message
            .split("exited with ")
            .nth(1)
            .map_or(message, |rest| rest.split(", message:").next().unwrap_or(rest));
        let mechanism = format!("its postStart hook fails, and the kubelet ends the container for it ({})", why.trim());
        return Some(("config_error.lifecycle_hook", mechanism, 5.5));
    }
    let tail =
        || message.rsplit("container process: ").next().unwrap_or(message).trim_end_matches(": unknown").to_owned();
    let found = if has(&["oom-killed (memory limit too low", "memory limit too low", "init was oom-killed"]) {
        (
            "memory_exhaustion.limit_too_low",
            "the container is OOM-killed before it starts: its memory limit is too low".to_owned(),
            5.0,
        )
    } else if has(&["runasnonroot", "will run as root", "non-numeric user"]) {
        (
            "permission_denied.run_as_non_root",
            format!("its security context forbids root and its image runs as root ({message})"),
            5.0,
        )
    } else if has(&["executable file not found", "no such file or directory: unknown"]) {
        ("config_error.command_not_found", format!("its command does not exist in the image ({})", tail()), 5.0)
    } else if has(&["exec format error"]) {
        (
            "version_incompatibility.architecture",
            "its image is built for another architecture (exec format error)".to_owned(),
            5.0,
        )
    } else if has(&["permission denied"]) && has(&["container process", "exec:", "oci runtime"]) {
        ("permission_denied.executable", format!("the runtime may not execute its command ({})", tail()), 4.5)
    } else if has(&["read-only file system"]) {
        ("readonly_storage.mount", format!("it needs to write where the file system is read-only ({})", tail()), 4.0)
    } else if has(&["not a directory", "error mounting", "failed to mount", "failed to prepare subpath"]) {
        ("config_error.mount_path", format!("one of its mounts does not fit the image ({})", tail()), 4.5)
    } else if has(&["no space left on device"]) {
        ("disk_full.node_pressure", "the node has no space left on its device".to_owned(), 4.5)
    } else if has(&["port is already allocated", "address already in use", "hostport"]) {
        ("port_conflict.host_port", format!("a port that it wants on the host is taken ({})", tail()), 4.5)
    } else {
        return None;
    };
    Some(found)
}

/// A secret or config map that a pod in trouble refers to and that the full list does not show.
fn missing_references(cluster: &Cluster, done: &mut Vec<(String, &'static str)>, notes: &mut Notes<'_>) {
    for pod in cluster.pods.iter().filter(|p| in_trouble(p)) {
        let name = owner(pod);
        for reference in specs(cluster, pod).into_iter().flat_map(|s| &s.references) {
            let (kind, playbook) = match reference.kind {
                "secret" => ("secret", "missing_secret.not_found_in_cluster"),
                "configmap" => ("configmap", "missing_config.config_map"),
                _ => continue,
            };
            let Some(listed) = cluster.listing(kind) else { continue };
            let exists = cluster.named_of(kind).any(|n| n.name == reference.name);
            if exists || reference.optional || done.iter().any(|(n, p)| *n == name && *p == playbook) {
                continue;
            }
            let text = format!("refers to the {kind} {}, which is not in the list", reference.name);
            let mechanism = format!("the {kind} {} that it needs does not exist", reference.name);
            notes.find(Draft::stated(&name, playbook, 4.0, text, &[reference.at, listed], mechanism));
            done.push((name.clone(), playbook));
        }
    }
}
