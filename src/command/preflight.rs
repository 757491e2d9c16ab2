//! Pre-flight: what to mind before a command is shown or run. Flags that do not exist, calls that
//! never end, output that can't hold what is expected, arguments that nobody gave. It changes nothing
//! and forbids nothing.

use super::argv::take;
use super::context::Context;
use super::flat::{Call, calls};
use super::grammar::{Takes, takes, tool};
use super::{endless, kube_notes};

/// The findings on a text: one sentence each, without full stop.
pub fn preflight(text: &str, expect: Option<&str>, known: &Context) -> Vec<String> {
    let mut notes = Vec::new();
    let all = calls(text);
    for call in &all {
        flags(call, &mut notes);
        endless::notes(call, &mut notes);
        kube_notes::notes(call, expect, known, &mut notes);
        paths(call, &mut notes);
        runtime(call, known, &mut notes);
        counting(call, expect, &mut notes);
        interactive(call, &mut notes);
    }
    if all.iter().any(|c| c.words.first().is_some_and(|w| matches!(w.as_str(), "while" | "until")) || is_for_ever(c)) {
        notes.push("the loop never ends: it runs until it is cancelled or its time is over".into());
    }
    let mut seen = Vec::new();
    notes.retain(|n: &String| {
        let new = !seen.contains(n);
        seen.push(n.clone());
        new
    });
    notes
}

/// True where a call talks to the cluster of the current kube context, and names none itself.
pub fn needs_kube(text: &str) -> bool {
    const OWN: [&str; 5] = ["--context", "--kubeconfig", "--kube-context", "--server", "-s"];
    let named = |call: &Call| {
        args(call).iter().any(|a| OWN.contains(&a.split('=').next().unwrap_or(a)) || a.starts_with("--client"))
    };
    calls(text)
        .iter()
        .any(|c| matches!(name(c), "kubectl" | "oc" | "helm" | "k9s" | "istioctl") && !c.away && !named(c))
}

fn is_for_ever(call: &Call) -> bool {
    matches!(call.words.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), ["for", "((;;))", ..])
}

/// The name of a call's program without its directory.
pub(super) fn name(call: &Call) -> &str {
    call.words.first().map_or("", |w| w.rsplit('/').next().unwrap_or(w))
}

/// The arguments up to `--`.
pub(super) fn args(call: &Call) -> Vec<&str> {
    call.words.iter().skip(1).map(String::as_str).take_while(|w| *w != "--").collect()
}

/// Flags and verbs that the grammar of the tool does not know.
fn flags(call: &Call, notes: &mut Vec<String>) {
    let name = name(call);
    let Some(tool) = tool(name) else { return };
    let args = args(call);
    if super::own::said(name, &args).is_some() {
        return;
    }
    let taken = take(tool, &args);
    let Some(verb) = taken.verb else {
        let known = tool.verb.is_empty() || tool.label.is_some() || tool.any_flags;
        if let Some(word) = taken.words.first().filter(|w| !known && !w.contains('‹')) {
            notes.push(format!("`{name}` has no verb `{word}` that is known here"));
        }
        return;
    };
    if tool.any_flags || verb.flags.is_empty() {
        return;
    }
    let said = taken.words.get(..taken.verb_len).unwrap_or_default().join(" ");
    for flag in &taken.unknown {
        let missing_value = takes(&verb.flags, flag).or_else(|| takes(&tool.flags, flag)) == Some(Takes::Value);
        let letter = flag.trim_start_matches('-').chars().next().unwrap_or('?');
        let named = verb.rule.iter().chain(&tool.rule).any(|r| r.flag.iter().any(|f| f == flag));
        if missing_value {
            notes.push(format!("`{flag}` of `{name} {said}` needs a value"));
        } else if !named && !flag.contains('‹') {
            let shorthand = if flag.starts_with("--") {
                format!("unknown flag: {flag}")
            } else {
                format!("unknown shorthand flag: '{letter}' in {flag}")
            };
            let hint = if said == "exec" { "; it takes the name of one pod" } else { "" };
            notes.push(format!("`{name} {said}` has no flag `{flag}` ({shorthand}){hint}"));
        }
    }
}

/// Paths that exist only under the first version of control groups.
fn paths(call: &Call, notes: &mut Vec<String>) {
    let old = [
        "/sys/fs/cgroup/memory/",
        "/sys/fs/cgroup/cpu/",
        "/sys/fs/cgroup/cpuacct",
        "/sys/fs/cgroup/cpu,",
        "/sys/fs/cgroup/pids/",
        "/sys/fs/cgroup/blkio",
        "memory.usage_in_bytes",
        "memory.limit_in_bytes",
        "memory.max_usage_in_bytes",
        "memory.failcnt",
        "cpu.cfs_quota_us",
        "cpuacct.usage",
        "memory.kmem",
    ];
    if call.words.iter().any(|w| old.iter().any(|o| w.contains(o))) {
        notes.push(
            "the path is of cgroup v1; under cgroup v2 it is /sys/fs/cgroup/memory.current, memory.max or cpu.stat"
                .into(),
        );
    }
}

/// Tools of one runtime, and the word that stands for it.
const TOOLS: [(&str, &str, &str); 12] = [
    ("pprof", "go", "/debug/pprof is Go's"),
    ("goroutine", "go", "goroutines are Go's"),
    ("jstack", "jvm", "`jstack` is for the JVM"),
    ("jmap", "jvm", "`jmap` is for the JVM"),
    ("jcmd", "jvm", "`jcmd` is for the JVM"),
    ("jstat", "jvm", "`jstat` is for the JVM"),
    ("actuator", "jvm", "/actuator is Spring's"),
    ("py-spy", "python", "`py-spy` is for Python"),
    ("heapdump", "node", "heap snapshots under this name are Node's"),
    ("--inspect", "node", "`--inspect` is Node's"),
    ("rbspy", "ruby", "`rbspy` is for Ruby"),
    ("dotnet-dump", "dotnet", "`dotnet-dump` is for .NET"),
];

fn runtime(call: &Call, known: &Context, notes: &mut Vec<String>) {
    for (word, runtime, said) in TOOLS {
        // A word with spaces is a script of its own, and is looked at as one.
        if !call.words.iter().any(|w| w.contains(word) && !w.contains(' ')) {
            continue;
        }
        if known.runtimes().contains(runtime) {
            continue;
        }
        notes.push(match known.runtimes().first() {
            Some(other) => format!("{said}, and what was given shows {other}: it does not fit this service"),
            None => format!("{said}: nothing that was given shows that the service serves it"),
        });
    }
    if call.away && matches!(name(call), "curl" | "wget" | "dig" | "nslookup" | "strace" | "tcpdump" | "jq") {
        notes.push(format!("`{}` has to be inside the image; many images have none", name(call)));
    }
}

/// A count over a window is no rate.
fn counting(call: &Call, expect: Option<&str>, notes: &mut Vec<String>) {
    let counts = |w: &[String]| {
        w.first().is_some_and(|n| n == "wc")
            || (w.first().is_some_and(|n| n.ends_with("grep"))
                && w.iter().any(|a| a.starts_with('-') && !a.starts_with("--") && a.contains('c') || a == "--count"))
    };
    let Some(since) = call.words.iter().find(|w| w.starts_with("--since") || w.as_str() == "-S") else { return };
    if call.into.as_deref().is_some_and(counts) {
        let rate = expect.is_some_and(|e| {
            let e = e.to_lowercase();
            e.contains("per minute") || e.contains("per second") || e.contains("/min") || e.contains("rate")
        });
        let tail = if rate { ", and what is expected is a rate" } else { "" };
        notes.push(format!("the count is over the whole window of `{since}`, not per minute{tail}"));
    }
}

fn interactive(call: &Call, notes: &mut Vec<String>) {
    let name = name(call);
    let args = args(call);
    let editor = matches!(name, "vi" | "vim" | "nano" | "emacs" | "less" | "more" | "man" | "k9s" | "htop");
    let attached = matches!(name, "kubectl" | "docker" | "podman" | "oc")
        && (args.iter().any(|a| matches!(*a, "-it" | "-ti" | "--stdin" | "-i" | "attach" | "edit")));
    let client = matches!(name, "psql" | "mysql" | "mongosh" | "redis-cli")
        && args.iter().all(|a| {
            !a.starts_with("-c")
                && !a.starts_with("-e")
                && *a != "--eval"
                && !a.starts_with("--command")
                && !a.starts_with("-Xc")
                && *a != "-l"
        })
        && (name != "redis-cli" || args.is_empty());
    if editor || attached || client {
        notes.push(format!(
            "`{name}` waits for somebody to type, and a run from here has no input: do this in a terminal of your own"
        ));
    }
    if name == "psql" && args.iter().all(|a| !a.starts_with("-X") && *a != "--no-psqlrc") {
        notes.push("without -X, psql first runs what ~/.psqlrc holds".into());
    }
}
