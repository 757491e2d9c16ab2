//! Tests: what a command does is told from its program, arguments and flags, never from how it begins.

use std::collections::BTreeMap;
use std::path::PathBuf;

use hotwash::command::classify;
use hotwash::domain::Label;

fn corpus() -> Vec<(String, String, String)> {
    let root = env!("CARGO_MANIFEST_DIR");
    let given = std::env::var_os("HOTWASH_SHARED").map(PathBuf::from);
    let near = ["../shared", "../../shared"].map(|p| PathBuf::from(root).join(p));
    let text = given.into_iter().chain(near).find_map(|p| std::fs::read_to_string(p.join("corpora/commands.tsv")).ok());
    if text.is_none() {
        eprintln!("skipped: no corpora beside the project");
    }
    text.unwrap_or_default()
        .lines()
        .skip(1)
        .filter_map(|row| {
            let mut fields = row.split('\t').map(str::to_owned);
            let raw = fields.next()?;
            let text = raw.strip_prefix("json:").map_or_else(|| raw.clone(), |j| serde_json::from_str(j).unwrap());
            Some((text, fields.next()?, fields.next()?))
        })
        .collect()
}

#[test]
fn nothing_that_is_not_safe_in_the_corpus_is_called_safe() {
    let rows = corpus();
    if rows.is_empty() {
        return;
    }
    let mut counts: BTreeMap<(String, &str), u32> = BTreeMap::new();
    let (mut leaks, mut missed, mut soft) = (Vec::new(), Vec::new(), Vec::new());
    for (text, label, why) in &rows {
        let judged = classify(text);
        *counts.entry((label.clone(), judged.label.name())).or_default() += 1;
        let line = format!("{text}\n      [{why}] -> {}: {}", judged.label.name(), judged.why);
        match (label.as_str(), judged.label) {
            ("safe-read-only", Label::SafeReadOnly) => {}
            ("safe-read-only", _) => missed.push(line),
            (_, Label::SafeReadOnly) => leaks.push(line),
            ("destructive", Label::Mutating) => soft.push((why.contains("[bypass"), line)),
            _ => {}
        }
    }
    let count = |l: &str| rows.iter().filter(|r| r.1 == l).count();
    eprintln!(
        "LEAKS\n{}\nSOFT\n{}\nMISSED\n{}",
        leaks.join("\n"),
        soft.iter().map(|s| s.1.as_str()).collect::<Vec<_>>().join("\n"),
        missed.join("\n")
    );
    eprintln!("{counts:?}");
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    assert!(soft.iter().all(|(bypass, _)| !bypass), "{soft:?}");
    assert!(soft.len() * 100 <= count("destructive") * 3, "{soft:?}");
    assert!(missed.len() * 100 <= count("safe-read-only") * 25, "{}", missed.join("\n"));
}

fn noted(text: &str, expect: &str, words: &[&str]) {
    let evidence = "order-svc v3.7 rolled out 04:00 UTC\n- switched JSON parser to fast-json-stringify\n- added in-process request cache (Map-based)\npods OOMKilled 12 of 12, heap held by Map entries\npayments-worker heap=512MiB rss=731MiB";
    let notes = hotwash::command::preflight(text, Some(expect), &hotwash::command::Context::of(evidence));
    for word in words {
        assert!(notes.iter().any(|n| n.contains(word)), "{text}: nothing about {word} in {notes:#?}");
    }
}

#[test]
fn known_faults_of_commands_are_noted() {
    let top = "kubectl top pod -n prod -l app=order-svc --sort-by=memory";
    noted(
        top,
        "near the limit; OOMKilled pods show 0 memory",
        &["leaves out pods", "namespace `prod`", "label `app=order-svc`"],
    );
    let heap =
        "kubectl exec -n prod -l app=order-svc -- sh -c 'curl -s localhost:6060/debug/pprof/heap?debug=1 | head -100'";
    noted(
        heap,
        "Map entries",
        &[
            "`kubectl exec` has no flag `-l` (unknown shorthand flag: 'l' in -l)",
            "Go's, and what was given shows node",
            "`curl` has to be inside the image",
            "namespace `prod`",
        ],
    );
    let history = "kubectl rollout history deployment/order-svc -n prod --revision=3 | grep -i cache";
    noted(history, "Line: added cache", &["changelog", "revision 3 is not in what was given"]);
    let slope = "kubectl exec -n prod -l app=order-svc -- sh -c 'while true; do cat /sys/fs/cgroup/memory/memory.usage_in_bytes; sleep 60; done'";
    noted(slope, "rises", &["never ends", "cgroup v1", "unknown shorthand flag"]);
    let rate = "kubectl logs -n prod -l app=order-svc --since=1h | grep -c 'request'";
    noted(rate, "Request count per minute", &["10 lines a pod", "not per minute", "label `app=order-svc`"]);
    let patch = r#"kubectl patch deployment payments-worker -p '{"spec":{"template":{"spec":{"containers":[{"name":"payments-worker","resources":{"limits":{"memory":"1Gi"}}}]}}}}'"#;
    noted(patch, "", &["no namespace", "adds a second one", "present limit", "cap on the heap"]);
}

#[test]
fn a_plain_command_has_no_notes() {
    for text in [
        "df -h",
        "kubectl get pods -n shop",
        "dig +short shop.internal",
        "grep -c OOM app.log",
        "kubectl logs web-0 -n shop --tail=100",
    ] {
        assert_eq!(classify(text).notes, Vec::<String>::new(), "{text}");
    }
}

#[test]
fn the_answer_of_a_line_is_the_contracts_json() {
    let line = hotwash::command::json_line("kubectl exec -l app=web -- date");
    let json: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(json["label"], "cannot-tell");
    assert!(json["why"].is_string() && json["notes"].as_array().unwrap().len() >= 2, "{line}");
}
