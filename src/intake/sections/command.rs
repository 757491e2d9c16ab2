//! Command lines in a paste: what the output below one is, and whose it is.

use crate::domain::SectionKind;
use crate::intake::kube::workload_of;
use crate::intake::prompt::{VERBS, typed};

/// The command a line shows behind a prompt: `$ kubectl …`, `ana@bastion:~$ …`, `# crictl ps`.
pub(super) fn command_of(line: &str) -> Option<&str> {
    let line = line.trim_end();
    if let Some(typed) = typed(line) {
        return Some(typed.command);
    }
    let words: Vec<&str> = line.trim_start_matches(['#', '>', ' ']).split_whitespace().take(3).collect();
    let known = matches!(words.as_slice(), ["kubectl" | "oc", verb, ..] if VERBS.contains(verb));
    (known && !line.ends_with(['.', ':']) && !line.starts_with([' ', '-', '*']))
        .then(|| line.trim_start_matches(['#', '>', ' ']))
}

/// What a command's output is, and the service whose log it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Output {
    pub kind: SectionKind,
    pub service: Option<String>,
}

/// What the output of a command is. `Command` where its content has to tell.
pub(super) fn output_of(command: &str) -> Output {
    let first = command.split(['|', ';']).next().unwrap_or(command);
    let mut words: Vec<&str> = first.split_whitespace().take(MOST_WORDS).collect();
    for _ in 0..HOPS {
        words.retain(|w| !matches!(*w, "sudo" | "time" | "watch"));
        // what a command prints on another host is what it prints
        let ["ssh", rest @ ..] = words.as_slice() else { break };
        words = behind_host(rest);
    }
    let none = |kind| Output { kind, service: None };
    match words.as_slice() {
        ["kubectl" | "oc" | "k" | "kubecolor", rest @ ..] => kubectl(rest),
        ["docker" | "podman" | "nerdctl" | "crictl", "logs", rest @ ..] => {
            Output { kind: SectionKind::Logs, service: positional(rest).first().map(|n| (*n).to_owned()) }
        }
        ["journalctl", rest @ ..] => {
            let unit = value_of(rest, &["-u", "--unit"]).map(|u| u.trim_end_matches(".service").to_owned());
            Output { kind: SectionKind::Logs, service: unit }
        }
        // what a unit of the host is, key by key, with the tail of its journal
        ["systemctl", rest @ ..] if rest.contains(&"status") => none(SectionKind::UnitStatus),
        ["stern" | "dmesg" | "kail", ..] => none(SectionKind::Logs),
        _ => none(SectionKind::Command),
    }
}

/// Words of a command that are looked at.
const MOST_WORDS: usize = 64;
/// Hosts that a command goes over: `ssh jump ssh db-1 df`.
const HOPS: usize = 3;

/// The command that `ssh` runs, from its arguments: behind the flags, their values and the host.
fn behind_host<'c>(rest: &[&'c str]) -> Vec<&'c str> {
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        match *word {
            "-i" | "-p" | "-l" | "-o" | "-J" | "-F" | "-L" | "-R" => {
                words.next();
            }
            flag if flag.starts_with('-') => {}
            _host => break,
        }
    }
    words.map(|w| w.trim_matches(['\'', '"'])).collect()
}

fn kubectl(rest: &[&str]) -> Output {
    let named = positional(rest);
    let verb = named.first().copied().unwrap_or("");
    let format = value_of(rest, &["-o", "--output"]).unwrap_or_default();
    let joined =
        rest.iter().find_map(|w| w.strip_prefix("-o").or(w.strip_prefix("--output=")).filter(|f| !f.is_empty()));
    let format = joined.unwrap_or(format);
    let what = named.get(1).copied().unwrap_or("");
    let kind = match verb {
        "get" if format.starts_with("yaml") => SectionKind::KubeYaml,
        "get" if format.starts_with("json") && !format.starts_with("jsonpath") => SectionKind::Json,
        "get" if matches!(what, "events" | "event" | "ev") => SectionKind::KubeEvents,
        "get" => SectionKind::KubeGet,
        "events" => SectionKind::KubeEvents,
        "describe" => SectionKind::KubeDescribe,
        "top" => SectionKind::KubeTop,
        "logs" | "log" => SectionKind::Logs,
        _ => SectionKind::Command,
    };
    let service = (kind == SectionKind::Logs).then(|| log_owner(rest, &named)).flatten();
    Output { kind, service }
}

/// Whose log `kubectl logs …` shows: the workload; a label selector's value where it is alone.
fn log_owner(rest: &[&str], named: &[&str]) -> Option<String> {
    if let Some(target) = named.get(1) {
        let target = match *target {
            "pod" | "pods" | "po" | "deploy" | "deployment" | "sts" | "statefulset" | "job" => named.get(2).copied()?,
            other => other,
        };
        return Some(match target.split_once('/') {
            Some(("pod" | "pods" | "po", name)) => workload_of(name).to_owned(),
            Some((_, name)) => name.to_owned(),
            None => workload_of(target).to_owned(),
        });
    }
    let selector = value_of(rest, &["-l", "--selector"])?;
    let (key, value) = selector.split_once('=').filter(|(_, v)| !v.contains(','))?;
    let owner = matches!(key, "app" | "name" | "service" | "app.kubernetes.io/name" | "k8s-app");
    owner.then(|| value.trim_start_matches('=').to_owned())
}

/// The words of a command that are neither flags nor flags' values.
fn positional<'a>(words: &[&'a str]) -> Vec<&'a str> {
    const TAKES: [&str; 22] = [
        "-n",
        "--namespace",
        "-c",
        "--container",
        "-l",
        "--selector",
        "-o",
        "--output",
        "--tail",
        "--since",
        "--context",
        "--kubeconfig",
        "--field-selector",
        "--sort-by",
        "--since-time",
        "-f",
        "--until",
        "--cluster",
        "--limit-bytes",
        "--max-log-requests",
        "-L",
        "--as",
    ];
    let mut found = Vec::new();
    let mut skip = false;
    for word in words {
        if std::mem::take(&mut skip) {
            continue;
        }
        if word.starts_with('-') {
            // `-f` follows a log; of other verbs it takes a file
            skip = TAKES.contains(word) && !(*word == "-f" && words.contains(&"logs"));
            continue;
        }
        found.push(*word);
    }
    found
}

fn value_of<'a>(words: &[&'a str], flags: &[&str]) -> Option<&'a str> {
    let at = words.iter().position(|w| flags.contains(w));
    let joined = || words.iter().find_map(|w| flags.iter().find_map(|f| w.strip_prefix(f)?.strip_prefix('=')));
    at.and_then(|i| words.get(i + 1)).copied().or_else(joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_told_from_prose() {
        assert_eq!(command_of("$ kubectl get pods -n shop"), Some("kubectl get pods -n shop"));
        assert_eq!(command_of("ana@bastion:~$ df -h"), Some("df -h"));
        assert_eq!(command_of("kubectl logs api-1"), Some("kubectl logs api-1"));
        assert_eq!(command_of("kubectl get pods showed three restarts."), None);
        assert_eq!(command_of("It cost $ 12 a day"), None);
    }

    #[test]
    fn the_output_of_kubectl_is_known_by_its_verb() {
        for (command, kind) in [
            ("kubectl get pods -n shop -o wide", SectionKind::KubeGet),
            ("kubectl -n shop get events | tail -150", SectionKind::KubeEvents),
            ("kubectl get deploy,svc api -n shop -o yaml", SectionKind::KubeYaml),
            ("kubectl describe pod api-7d9f8b6c5-x2x9k", SectionKind::KubeDescribe),
            ("kubectl top pods -A", SectionKind::KubeTop),
            ("curl -s localhost:9090", SectionKind::Command),
            ("sudo systemctl status kubelet", SectionKind::UnitStatus),
            ("systemctl --no-pager -l status containerd", SectionKind::UnitStatus),
            ("systemctl restart kubelet", SectionKind::Command),
            ("ssh -q node-c 'dmesg -T'", SectionKind::Logs),
            ("ssh -i key.pem jump ssh node-c 'sudo dmesg -T'", SectionKind::Logs),
        ] {
            assert_eq!(output_of(command).kind, kind, "{command}");
        }
    }

    #[test]
    fn a_line_of_hosts_without_end_is_a_command_and_no_more() {
        assert_eq!(output_of(&"ssh a ".repeat(40_000)).kind, SectionKind::Command);
    }

    #[test]
    fn a_log_knows_whose_it_is() {
        for (command, owner) in [
            ("kubectl logs order-svc-7d9f8b6c5-x2x9k -n shop --tail 20", "order-svc"),
            ("kubectl -n shop logs -f deploy/cart -c cart", "cart"),
            ("kubectl logs -l app=checkout -n shop", "checkout"),
            ("docker logs --tail 5 web", "web"),
            ("journalctl -u kubelet.service --since today", "kubelet"),
        ] {
            assert_eq!(output_of(command).service.as_deref(), Some(owner), "{command}");
        }
    }
}
