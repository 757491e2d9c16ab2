//! The way from sources to a cluster: segments, their forms, and which reader takes each.

use crate::domain::{Evidence, Source, Span};

use super::lines::{Row, rows};
use super::model::Cluster;
use super::segments::{Form, Segment, forms, namespace_of, segments};
use super::workload_of;
use super::{api, checks, clocks, dated, describe, described, json, listed, manifest, manifested, table};

/// Everything the sources show of a cluster. A later source says more recent things than an earlier
/// one, so that what it says replaces what was known.
pub fn cluster(evidence: &Evidence) -> Cluster {
    let mut cluster = Cluster::default();
    for source in &evidence.sources {
        read_source(source, &mut cluster);
    }
    cluster.namespace = usual_namespace(&cluster);
    cluster
}

fn read_source(source: &Source, cluster: &mut Cluster) {
    let lines = rows(&source.text, source.id);
    let command = match &source.origin {
        crate::domain::Origin::Output { command, .. } => Some(command.as_str()),
        _ => None,
    };
    for segment in segments(&lines) {
        let segment = Segment { command: segment.command.or(command), ..segment };
        if let Some(owner) = segment.command.and_then(logs_of) {
            if let (Some(first), Some(last)) = (segment.rows.first(), segment.rows.last()) {
                let at = Span { source: source.id, start: first.start, end: last.start + last.text.len() };
                cluster.logs.push((owner, at));
            }
            continue;
        }
        if checks::units(&segment, cluster) {
            continue;
        }
        read_segment(source, &segment, cluster);
        checks::reaches(segment.rows, cluster);
        checks::pinged(&segment, cluster);
        clocks::read(&segment, cluster);
    }
}

fn read_segment(source: &Source, segment: &Segment<'_, '_>, cluster: &mut Cluster) {
    let namespace = segment.command.and_then(namespace_of);
    let found = forms(segment.rows);
    if found.is_empty() {
        if let Some((kind, name)) = segment.command.and_then(|c| named_object(c, "describe")) {
            described::fragment(kind, name, segment.rows, namespace, cluster);
        }
        let managed = segment.command.filter(|c| c.contains("managedFields") || c.contains("managed-fields"));
        if let Some((kind, name)) = managed.and_then(|c| named_object(c, "get")) {
            dated::fragment(segment.rows, (kind, namespace, name), cluster);
        }
        if segment.command.is_some_and(|c| c.contains("events")) {
            listed::bare_events(segment.rows, namespace, cluster);
        } else if let Some(kind) = segment.command.filter(|c| lists_all(c)).and_then(kind_listed) {
            // `No resources found`: the kind was listed, and there is none.
            if let Some(row) = segment.rows.iter().find(|r| r.text.starts_with("No resources found")) {
                cluster.listed.push((kind.to_owned(), row.span()));
            }
        }
        return;
    }
    let mut json_until = 0;
    for (n, (form, at)) in found.iter().enumerate() {
        let end = found.get(n + 1).map_or(segment.rows.len(), |(_, next)| *next);
        let Some(rows) = segment.rows.get(*at..end) else { continue };
        let Some(first) = rows.first() else { continue };
        match form {
            Form::Table => {
                let cells = table::rows_below(*first, rows.get(1..).unwrap_or(&[]));
                let kind = segment.command.and_then(kind_listed);
                let all = segment.command.is_some_and(lists_all);
                listed::listing((*first, all), &cells, kind, namespace, cluster);
            }
            Form::Describe => {
                for (tree, rows) in describe::descriptions(rows) {
                    described::description(&tree, &rows, segment.command, cluster);
                }
            }
            Form::Yaml => {
                for document in manifest::documents(rows) {
                    manifested::document(&document, namespace, cluster);
                }
            }
            Form::Json if first.start >= json_until => {
                if let Some(end) = read_json(source, first, cluster) {
                    json_until = end;
                }
            }
            Form::Json => {}
        }
    }
}

/// A JSON value of several lines or with the marks of an API object; log lines are passed over.
fn read_json(source: &Source, first: &Row<'_>, cluster: &mut Cluster) -> Option<usize> {
    let start = first.start + first.indent();
    if first.text.trim_end() != "{" {
        let marks = ["\"apiVersion\"", "\"involvedObject\"", "\"items\""];
        if !marks.iter().any(|m| first.text.contains(m)) {
            return None;
        }
    }
    let (tree, end) = json::json(&source.text, start, source.id)?;
    api::value(&tree, cluster);
    Some(end)
}

/// Flags of kubectl behind which a word of their own stands.
const TAKES_A_WORD: &[&str] = &[
    "-n",
    "--namespace",
    "-c",
    "--container",
    "-o",
    "--output",
    "--context",
    "--cluster",
    "--user",
    "--kubeconfig",
    "--sort-by",
    "--tail",
    "--since",
    "--since-time",
    "--limit-bytes",
    "--max-log-requests",
];

/// Whose log `kubectl logs …` prints: the workload's name. The namespace may stand before the verb or behind it.
fn logs_of(command: &str) -> Option<String> {
    let mut words = command.split_whitespace().take_while(|w| !matches!(*w, "|" | ">" | "2>&1"));
    if !matches!(words.next(), Some("kubectl" | "oc" | "k")) {
        return None;
    }
    let mut verb = false;
    while let Some(word) = words.next() {
        match word {
            flag if TAKES_A_WORD.contains(&flag) => {
                words.next();
            }
            // a selector is of the one workload whose pods bear it
            "-l" | "--selector" if verb => {
                return words.next()?.split(',').next()?.rsplit_once('=').map(|(_, name)| name.to_owned());
            }
            flag if flag.starts_with('-') => {}
            "logs" if !verb => verb = true,
            _ if !verb => return None,
            target => return Some(workload_of(target.rsplit_once('/').map_or(target, |(_, name)| name)).to_owned()),
        }
    }
    None
}

/// Which object `kubectl VERB KIND NAME | …` shows, where a filter has cut the name off its output.
fn named_object<'c>(command: &'c str, verb: &str) -> Option<(&'static str, &'c str)> {
    let call = command.split('|').next()?;
    let mut flag = false;
    let mut words = call.split_whitespace().skip_while(|w| *w != verb).skip(1).filter(|word| {
        let of_flag = std::mem::replace(&mut flag, TAKES_A_WORD.contains(word));
        !of_flag && !word.starts_with('-')
    });
    let target = words.next()?;
    if let Some((kind, name)) = target.split_once('/') {
        return Some((kind_named(kind)?, name));
    }
    Some((kind_named(target)?, words.next()?))
}

/// What `kubectl get KIND` lists, in lower case and singular.
pub fn kind_listed(command: &str) -> Option<&'static str> {
    let mut words = command.split_whitespace().skip_while(|w| *w != "get" && *w != "describe").skip(1);
    let kind = words.find(|w| !w.starts_with('-'))?;
    if kind.contains(',') {
        return None;
    }
    kind_named(kind.split('/').next()?)
}

/// True where a command lists every object of its kind: no name stands behind it, and nothing selects.
fn lists_all(command: &str) -> bool {
    let call = command.split(['|', '>']).next().unwrap_or(command);
    let words: Vec<&str> = call.split_whitespace().skip_while(|w| *w != "get" && *w != "describe").skip(1).collect();
    let selects = |w: &&str| w.starts_with("-l") || w.starts_with("--selector") || w.starts_with("--field-selector");
    // The word behind a flag that takes one is that flag's.
    let takes =
        |w: &str| matches!(w, "-n" | "--namespace" | "-o" | "--output" | "--context" | "--sort-by" | "--kubeconfig");
    let plain = words.iter().enumerate().filter(|(i, w)| {
        !w.starts_with('-') && !i.checked_sub(1).and_then(|b| words.get(b)).is_some_and(|before| takes(before))
    });
    plain.count() == 1 && !words.iter().any(selects) && !words.iter().any(|w| !w.starts_with('-') && w.contains('/'))
}

/// A kind by any of its names.
pub fn kind_named(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let name = name.split('.').next().unwrap_or(&name);
    Some(match name {
        "po" | "pod" | "pods" => "pod",
        "deploy" | "deployment" | "deployments" => "deployment",
        "sts" | "statefulset" | "statefulsets" => "statefulset",
        "ds" | "daemonset" | "daemonsets" => "daemonset",
        "rs" | "replicaset" | "replicasets" => "replicaset",
        "svc" | "service" | "services" => "service",
        "ep" | "endpoints" | "endpoint" | "endpointslices" | "endpointslice" => "endpoints",
        "no" | "node" | "nodes" => "node",
        "ev" | "event" | "events" => "event",
        "pvc" | "persistentvolumeclaim" | "persistentvolumeclaims" => "persistentvolumeclaim",
        "pv" | "persistentvolume" | "persistentvolumes" => "persistentvolume",
        "sc" | "storageclass" | "storageclasses" => "storageclass",
        "sa" | "serviceaccount" | "serviceaccounts" => "serviceaccount",
        "cm" | "configmap" | "configmaps" => "configmap",
        "secret" | "secrets" => "secret",
        "quota" | "resourcequota" | "resourcequotas" => "resourcequota",
        "limits" | "limitrange" | "limitranges" => "limitrange",
        "netpol" | "networkpolicy" | "networkpolicies" => "networkpolicy",
        "hpa" | "horizontalpodautoscaler" | "horizontalpodautoscalers" => "horizontalpodautoscaler",
        "job" | "jobs" => "job",
        "cj" | "cronjob" | "cronjobs" => "cronjob",
        "ing" | "ingress" | "ingresses" => "ingress",
        "ingressclass" | "ingressclasses" => "ingressclass",
        "pdb" | "poddisruptionbudget" | "poddisruptionbudgets" => "poddisruptionbudget",
        "ns" | "namespace" | "namespaces" => "namespace",
        "certificate" | "certificates" | "cert" => "certificate",
        "role" | "roles" => "role",
        "rolebinding" | "rolebindings" => "rolebinding",
        "validatingwebhookconfiguration" | "validatingwebhookconfigurations" => "validatingwebhookconfiguration",
        "mutatingwebhookconfiguration" | "mutatingwebhookconfigurations" => "mutatingwebhookconfiguration",
        _ => return None,
    })
}

/// The namespace that most objects are in.
fn usual_namespace(cluster: &Cluster) -> Option<String> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    let pods = cluster.pods.iter().filter_map(|p| p.namespace.as_deref());
    let workloads = cluster.workloads.iter().filter_map(|w| w.namespace.as_deref());
    let services = cluster.services.iter().filter_map(|s| s.namespace.as_deref());
    for name in pods.chain(workloads).chain(services) {
        match counts.iter_mut().find(|(n, _)| *n == name) {
            Some((_, count)) => *count += 1,
            None => counts.push((name, 1)),
        }
    }
    counts.iter().max_by_key(|(_, count)| *count).map(|(name, _)| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::{lists_all, logs_of, named_object};

    #[test]
    fn a_log_is_of_whom_the_command_names_wherever_its_namespace_stands() {
        for (command, owner) in [
            ("kubectl logs -n shop deploy/cart --tail=20", Some("cart")),
            ("kubectl -n kube-system logs coredns-7db6d8ff4d-x8k2p --timestamps", Some("coredns")),
            ("kubectl logs cart-79b49f5555-hk924 -n shop -c server --previous | head", Some("cart")),
            ("kubectl logs -l app=cart -n shop", Some("cart")),
            ("kubectl get pods -n logs", None),
        ] {
            assert_eq!(logs_of(command).as_deref(), owner, "{command}");
        }
        let one = named_object("kubectl get -n shop secret cart-db -o jsonpath={.metadata.managedFields}", "get");
        assert_eq!(one, Some(("secret", "cart-db")));
    }

    #[test]
    fn one_named_object_and_a_selection_are_not_all_of_them() {
        for all in ["kubectl get services", "kubectl get svc -n shop -o wide", "kubectl -n shop get svc | grep api"] {
            assert!(lists_all(all), "{all}");
        }
        for part in ["kubectl get services notices", "kubectl get svc/notices -n shop", "kubectl get svc -l app=x"] {
            assert!(!lists_all(part), "{part}");
        }
    }
}
