//! What to mind with kubectl: namespaces, selectors, tails, patches, and what its output can't hold.

use std::sync::OnceLock;

use regex::Regex;

use super::argv::take;
use super::context::Context;
use super::flat::Call;
use super::grammar::tool;
use super::preflight::{args, name};

/// Verbs and resources without a namespace.
const CLUSTER: [&str; 31] = [
    "node",
    "nodes",
    "no",
    "namespace",
    "namespaces",
    "ns",
    "pv",
    "persistentvolume",
    "persistentvolumes",
    "storageclass",
    "storageclasses",
    "sc",
    "crd",
    "crds",
    "clusterrole",
    "clusterroles",
    "clusterrolebinding",
    "clusterrolebindings",
    "version",
    "api-resources",
    "api-versions",
    "cluster-info",
    "config",
    "auth",
    "explain",
    "cordon",
    "uncordon",
    "drain",
    "taint",
    "componentstatuses",
    "certificate",
];

/// Notes on a kubectl call.
pub(super) fn notes(call: &Call, expect: Option<&str>, known: &Context, notes: &mut Vec<String>) {
    if !matches!(name(call), "kubectl" | "oc" | "k") {
        return;
    }
    let args = args(call);
    let Some(tool) = tool("kubectl") else { return };
    let taken = take(tool, &args);
    let words: Vec<&str> = taken.words.clone();
    let value = |names: &[&str]| {
        taken.flags.iter().find(|(f, _)| names.contains(f)).and_then(|(_, v)| *v).or_else(|| raw_value(&args, names))
    };
    let has = |names: &[&str]| {
        args.iter().any(|a| names.contains(a) || names.iter().any(|n| a.starts_with(&format!("{n}="))))
    };
    let verb = words.first().copied().unwrap_or("");
    let namespace = value(&["-n", "--namespace"]);
    let whole = |kind: &str| CLUSTER.contains(&kind.split('/').next().unwrap_or(kind));
    // `pv,storageclass`: each of the list
    let cluster = words.iter().take(2).any(|w| w.split(',').all(whole));
    if namespace.is_none() && !has(&["-A", "--all-namespaces"]) && !cluster && !verb.is_empty() {
        notes.push("no namespace is given: it acts in that of the current context".into());
    }
    let selector = value(&["-l", "--selector"]);
    if verb == "logs" && selector.is_some() && !has(&["--tail", "-f", "--follow"]) {
        notes.push("with a selector `kubectl logs` prints 10 lines a pod unless `--tail` is given, so a count over it is silently wrong".into());
    }
    if verb == "top" && !words.iter().any(|w| w.starts_with("no")) {
        let zero = expect.is_some_and(|e| {
            let e = e.to_lowercase();
            e.contains(" 0") || e.contains("zero")
        });
        let tail = if zero { ", so none is shown with 0" } else { "" };
        notes.push(format!("`kubectl top` leaves out pods that have no metrics (killed, or just started){tail}"));
    }
    if words.starts_with(&["rollout", "history"]) {
        notes.push("`rollout history` prints revisions and change-causes, with `--revision` a pod template: the text of a changelog or commit can't be in it".into());
    }
    patch(call, known, notes);
    if known.tells_what_is_absent() {
        ungrounded(
            namespace,
            selector,
            &words,
            value(&["--revision", "--to-revision"]),
            value(&["-c", "--container"]),
            known,
            notes,
        );
    }
}

/// A flag's value where the verb's grammar does not know the flag.
fn raw_value<'a>(args: &[&'a str], names: &[&str]) -> Option<&'a str> {
    for (i, arg) in args.iter().enumerate() {
        if names.contains(arg) {
            return args.get(i + 1).copied();
        }
        if let Some((name, value)) = arg.split_once('=')
            && names.contains(&name)
        {
            return Some(value);
        }
    }
    None
}

fn is_given(value: &str) -> bool {
    !value.contains('‹') && !value.contains('$')
}

fn ungrounded(
    namespace: Option<&str>,
    selector: Option<&str>,
    words: &[&str],
    revision: Option<&str>,
    container: Option<&str>,
    known: &Context,
    notes: &mut Vec<String>,
) {
    if let Some(ns) = namespace.filter(|n| is_given(n))
        && !known.namespaces().contains(&ns.to_lowercase())
    {
        let also = if known.has(ns) { " as a namespace" } else { "" };
        notes.push(format!("the namespace `{ns}` is not in what was given{also}"));
    }
    for label in selector.unwrap_or("").split(',').filter(|l| l.contains('=') && is_given(l)) {
        if !known.labels().contains(&label.to_lowercase().replace("==", "=")) {
            notes.push(format!("the label `{label}` is not in what was given: the selector may match nothing"));
        }
    }
    if let Some(revision) = revision.filter(|r| is_given(r) && **r != *"0")
        && !known.has_word(&format!("revision-{revision}"))
        && !known.has_word("revision")
    {
        notes.push(format!("revision {revision} is not in what was given: `rollout history` lists which exist"));
    }
    if let Some(container) = container.filter(|c| is_given(c) && !known.has(c)) {
        notes.push(format!("the container `{container}` is not in what was given"));
    }
    // an image that is set and the text of a patch have slashes of their own
    let is_object = |w: &&&str| !w.contains('=') && !w.contains('{');
    let targets =
        words.iter().skip(1).filter(is_object).filter_map(|w| w.split_once('/').map(|(_, n)| n)).chain(match words {
            ["exec" | "logs" | "attach" | "port-forward", name, ..] if !name.contains('/') => Some(*name),
            ["get" | "describe" | "delete" | "scale" | "patch" | "edit", kind, name, ..] if !kind.contains('/') => {
                Some(*name)
            }
            _ => None,
        });
    for name in targets.filter(|n| is_given(n)) {
        if !known.has(name) {
            notes.push(format!("the name `{name}` is not in what was given"));
        }
    }
}

/// A patch of containers names them; with a name that does not exist it adds one.
fn patch(call: &Call, known: &Context, notes: &mut Vec<String>) {
    static CONTAINERS: OnceLock<Option<Regex>> = OnceLock::new();
    static NAME: OnceLock<Option<Regex>> = OnceLock::new();
    if !call.words.iter().any(|w| w == "patch") {
        return;
    }
    let (Some(list), Some(named)) = (
        CONTAINERS.get_or_init(|| crate::domain::pattern::compile(r#"(?s)"(?:initC|c)ontainers"\s*:\s*\[(.*)\]"#).ok()),
        NAME.get_or_init(|| crate::domain::pattern::compile(r#"[\[,{]\s*"name"\s*:\s*"([^"]+)""#).ok()),
    ) else {
        return;
    };
    for body in &call.words {
        let Some(found) = list.captures(body).and_then(|c| c.get(1)) else { continue };
        if let Some(name) = named.captures(found.as_str()).and_then(|c| c.get(1)).map(|m| m.as_str())
            && is_given(name)
            && !known.partial
            && !known.containers().contains(&name.to_lowercase())
        {
            notes.push(format!("the patch names the container `{name}`, which nothing that was given names as a container: with a wrong name kubectl adds a second one"));
        }
        if found.as_str().contains("\"limits\"") || found.as_str().contains("\"memory\"") {
            notes.push("the present limit is not read first, so how much is added is not known".into());
            if known.heap_cap() {
                notes.push(
                    "a cap on the heap is named in what was given, and a higher memory limit does not raise it".into(),
                );
            }
        }
    }
}
