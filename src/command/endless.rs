//! Calls that do not end by themselves.

use super::flat::Call;
use super::preflight::{args, name};

/// Notes on a call that follows, watches or repeats for ever.
pub(super) fn notes(call: &Call, notes: &mut Vec<String>) {
    let name = name(call);
    let args = args(call);
    let has = |flags: &[&str]| args.iter().any(|a| flags.contains(a));
    let short =
        |c: char| args.iter().any(|a| a.starts_with('-') && !a.starts_with("--") && a.len() <= 4 && a.contains(c));
    let numbers = args.iter().filter(|a| a.bytes().all(|b| b.is_ascii_digit())).count();
    let verb = args.iter().find(|a| !a.starts_with('-')).copied().unwrap_or("");
    let logs = has(&["logs", "log"]);
    let why = match name {
        "kubectl" | "oc" | "docker" | "podman" | "crictl" | "nerdctl"
            if logs && (short('f') || has(&["--follow", "--follow=true"])) =>
        {
            "`-f` follows"
        }
        "kubectl" | "oc" if has(&["get"]) && (has(&["-w", "--watch", "--watch=true", "--watch-only"])) => {
            "`-w` watches"
        }
        "kubectl" | "oc" if has(&["port-forward", "proxy"]) => "it forwards until it is ended",
        "kubectl"
            if has(&["status"])
                && has(&["rollout"])
                && !args.iter().any(|a| a.starts_with("--timeout") || a.starts_with("--watch=false")) =>
        {
            "`rollout status` waits for the rollout; `--timeout` bounds it"
        }
        "docker" | "podman" if (has(&["stats"]) && !has(&["--no-stream"])) || has(&["events"]) => "it streams",
        "journalctl" | "tail" if short('f') || short('F') || has(&["--follow"]) => "`-f` follows",
        "dmesg" if short('w') || has(&["--follow"]) => "`-w` follows",
        "aws" if has(&["--follow"]) => "`--follow` follows",
        "stern" if !has(&["--no-follow"]) => "it follows; `--no-follow` ends",
        "watch" => "`watch` repeats",
        "top" | "htop" | "atop" if !short('b') => "it is a screen that refreshes; `top -b -n 1` prints once",
        "ping" | "ping6" if !args.iter().any(|a| a.starts_with("-c") || a.starts_with("-w")) => {
            "it sends until it is ended; `-c 5` bounds it"
        }
        "mtr" if !short('r') && !has(&["--report"]) => "it is a screen that refreshes; `-r -c 10` prints once",
        "vmstat" | "iostat" | "mpstat" | "pidstat" | "sar" if numbers == 1 => "an interval without a count repeats",
        "tcpdump" if !args.iter().any(|a| a.starts_with("-c")) => "it captures until it is ended; `-c` bounds it",
        "redis-cli" if verb.eq_ignore_ascii_case("monitor") || has(&["--stat", "--latency", "--monitor"]) => {
            "it streams"
        }
        "yes" => "it prints until it is ended",
        "sleep" if has(&["infinity"]) => "it sleeps until it is ended",
        "strace" | "perf" | "bpftrace" if !has(&["-h"]) && call.words.len() > 1 => "it traces until it is ended",
        _ => return,
    };
    notes
        .push(format!("`{name}` never ends by itself here ({why}): it runs until it is cancelled or its time is over"));
}
