//! Tests: what a command does is told from its program, arguments and flags, never from how it begins.

use std::collections::BTreeMap;

use hotwash::command::classify;
use hotwash::domain::Label;

fn corpus() -> Vec<(String, String, String)> {
    super::corpora::corpus("commands.tsv")
        .unwrap_or_default()
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
    println!(
        "LEAKS\n{}\nSOFT\n{}\nMISSED\n{}",
        leaks.join("\n"),
        soft.iter().map(|s| s.1.as_str()).collect::<Vec<_>>().join("\n"),
        missed.join("\n")
    );
    println!("{counts:?}");
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
    let line = hotwash::command::json_line("kubectl exec -l app=web -- date", |_, _| None);
    let json: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(json["label"], "cannot-tell");
    assert!(json["why"].is_string() && json["notes"].as_array().unwrap().len() >= 2, "{line}");
}

/// Lines that are not safe, for when no corpora are at hand; the corpora's lines join them.
const DANGEROUS: [&str; 24] = [
    "rm -rf /srv",
    "kubectl delete pod web-0 -n shop",
    "kubectl scale deploy web --replicas=0",
    "git push --force origin main",
    "psql -Xc 'DROP TABLE t'",
    "redis-cli FLUSHALL",
    "systemctl stop nginx",
    "find . -name '*.log' -delete",
    "dmesg -C",
    "curl -XDELETE http://es:9200/logs",
    "sed -i s/a/b/ f",
    "awk '{print > \"f\"}' x",
    "sort -o f f",
    "tee f",
    "kill -9 1",
    "aws s3 rm s3://b --recursive",
    "terraform destroy",
    "helm uninstall web",
    "docker rm -f web",
    "git -c core.pager=x log",
    "kubectl get pods --kubeconfig /tmp/k",
    "ss -K dst 10.0.0.1",
    "cat /etc/shadow",
    "env",
];

/// Lines that are safe, to be spoiled.
const HARMLESS: [&str; 12] = [
    "kubectl get pods -n shop",
    "df -h",
    "grep -c OOM app.log",
    "git log --oneline -20",
    "systemctl status nginx",
    "dig +short shop.internal",
    "ps aux --sort=-%mem",
    "psql -Xc 'SHOW max_connections'",
    "redis-cli INFO memory",
    "awk '{print $9}' access.log",
    "sed -n '1,20p' nginx.conf",
    "jq .items pods.json",
];

/// What spoils any line.
const SPOILERS: [&str; 26] = [
    "; rm -rf /srv",
    " && kubectl delete ns prod",
    " || reboot",
    " | sh",
    " | xargs rm",
    "\nrm -rf /srv",
    " & rm x",
    " > /etc/passwd",
    " >> f",
    " 2> f",
    " $(rm x)",
    " `rm x`",
    " \"$(rm x)\"",
    " <(rm x)",
    "; eval \"$X\"",
    " ; . ./x",
    " | tee f",
    " >| f",
    " &> f",
    "; { rm x; }",
    "; if true; then rm x; fi",
    "\r\nrm x",
    "\u{202e}",
    "\u{200b}",
    "; \\rm x",
    " | bash -s",
];

struct Dice(u64);

impl Dice {
    fn roll(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n.max(1)
    }
}

/// A change that leaves what the line does as bad as it was, or worse.
fn mutated(text: &str, dice: &mut Dice) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let at = dice.roll(words.len());
    let plain = |w: &str| w.len() > 1 && w.chars().all(|c| c.is_ascii_alphanumeric() || "-./".contains(c));
    let quoting_is_sound = !text.contains(['\'', '"', '`', '\\', '\n', '#', '<']);
    let with = |new: String| {
        let mut all: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
        all[at] = new;
        all.join(" ")
    };
    let word = words[at];
    match dice.roll(20) {
        0 if plain(word) && quoting_is_sound => with(format!("'{word}'")),
        1 if plain(word) && quoting_is_sound => with(format!("\"{word}\"")),
        2 if plain(word) && quoting_is_sound => with(format!("{}''{}", &word[..1], &word[1..])),
        3 if plain(word) && quoting_is_sound => with(format!("\\{word}")),
        4 if plain(word) && quoting_is_sound => with(format!("{}\\\n{}", &word[..1], &word[1..])),
        5 => format!("timeout 30 {text}"),
        6 => format!("nice -n 5 {text}"),
        7 => format!("LC_ALL=C {text}"),
        8 => format!("sudo {text}"),
        9 => format!("env {text}"),
        10 => format!("ls; {text}"),
        11 => format!("df -h && {text}"),
        12 => format!("  {text}  "),
        13 => format!("ls\n{text}"),
        14 => format!("{text}\nls"),
        15 => format!("# note\n{text}"),
        16 if !text.contains(['\'', '\n']) => format!("bash -c '{text}'"),
        17 => format!("! {text}"),
        18 if plain(word) && word.contains('e') => with(word.replacen('e', "\u{435}", 1)),
        19 => format!("time {text}"),
        _ => format!("{text} 2>/dev/null"),
    }
}

#[test]
fn no_mutation_of_a_dangerous_line_is_called_safe() {
    let rows = corpus();
    let bad: Vec<String> = rows
        .iter()
        .filter(|r| r.1 != "safe-read-only" && !r.2.contains("over-caution"))
        .map(|r| r.0.clone())
        .chain(DANGEROUS.map(str::to_owned))
        .collect();
    let good: Vec<String> = rows
        .iter()
        .filter(|r| r.1 == "safe-read-only")
        .map(|r| r.0.clone())
        .chain(HARMLESS.map(str::to_owned))
        .collect();
    let wanted: usize = std::env::var("HOTWASH_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000);
    let mut dice = Dice(20_260_602);
    let mut wrong = Vec::new();
    for i in 0..wanted {
        let text = if i % 3 == 0 {
            let base = &good[dice.roll(good.len())];
            if base.contains('#') {
                continue;
            }
            let spoiled = format!("{}{}", base.trim_end(), SPOILERS[dice.roll(SPOILERS.len())]);
            if dice.roll(2) == 0 { mutated(&spoiled, &mut dice) } else { spoiled }
        } else {
            let mut text = bad[dice.roll(bad.len())].clone();
            for _ in 0..=dice.roll(2) {
                text = mutated(&text, &mut dice);
            }
            text
        };
        if classify(&text).label == Label::SafeReadOnly {
            wrong.push(text);
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(
        wrong.is_empty(),
        "{} called safe:\n{}",
        wrong.len(),
        wrong.iter().take(40).map(String::as_str).collect::<Vec<_>>().join("\n---\n")
    );
}

#[test]
fn what_is_called_safe_reaches_the_program_as_it_was_read() {
    let lines: Vec<String> = corpus().into_iter().map(|r| r.0).chain(HARMLESS.map(str::to_owned)).collect();
    let folder = tempfile::tempdir().unwrap();
    for text in lines.iter().filter(|t| classify(t).label == Label::SafeReadOnly) {
        let ours = hotwash::command::words(text).unwrap_or_else(|| panic!("{text} is called safe and not understood"));
        // `time` and `!` are words of the shell: what stands behind them is what a program is given.
        let ours: Vec<Vec<String>> = ours
            .into_iter()
            .map(|w| {
                let timed = w.first().is_some_and(|f| f == "time");
                w.into_iter().skip_while(|f| f == "!" || timed && (f == "time" || f == "-p")).collect()
            })
            .collect();
        // Every program is a function that prints what it was given.
        let names: Vec<String> = ours.iter().flat_map(|w| w.iter().find(|w| !w.contains('=')).cloned()).collect();
        let stubs: String = names
            .iter()
            .map(|n| format!("{n}() {{ builtin printf '%s\\0' {n} \"$@\" $'\\x01' >> \"$OUT\"; }}\n"))
            .collect();
        let out = folder.path().join("out");
        let _ = std::fs::remove_file(&out);
        // Pipes run at once; one after another they would not: the calls are compared as a set.
        // Each is one write, so that two of them never mix.
        let script = format!("{stubs}{text}\nwait\n");
        std::process::Command::new("bash")
            .args(["-c", &script])
            .env("OUT", &out)
            .current_dir(folder.path())
            .output()
            .unwrap();
        let got = std::fs::read_to_string(&out).unwrap_or_default();
        let mut got: Vec<&str> = got.split_terminator("\0\x01\0").collect();
        let mut want: Vec<String> = ours
            .iter()
            .map(|w| {
                w.iter().skip_while(|w| w.contains('=') && !w.contains(' ')).cloned().collect::<Vec<_>>().join("\0")
            })
            .collect();
        want.sort();
        got.sort_unstable();
        assert_eq!(got, want, "{text}");
    }
}

#[test]
fn ten_thousand_lines_are_classified_quickly() {
    let lines: Vec<String> = corpus().into_iter().map(|r| r.0).chain(HARMLESS.map(str::to_owned)).collect();
    let start = std::time::Instant::now();
    for text in lines.iter().cycle().take(2_000) {
        let _ = classify(text);
    }
    println!("2,000 lines in {:?}", start.elapsed());
    assert!(start.elapsed().as_secs() < 20);
}

#[test]
fn nothing_in_the_list_of_tricks_is_called_safe() {
    let list = include_str!("../fixtures/commands/never-safe.txt");
    let mut seen = 0;
    let mut leaks = Vec::new();
    for row in list.lines().filter(|l| !l.starts_with('#')) {
        let text = row.strip_prefix("json:").map_or_else(|| row.to_owned(), |j| serde_json::from_str(j).unwrap());
        seen += 1;
        let judged = classify(&text);
        if judged.label == Label::SafeReadOnly {
            leaks.push(format!("{text:?}: {}", judged.why));
        }
    }
    println!("{} of {seen} tricks are called safe", leaks.len());
    assert!(seen > 500 && leaks.is_empty(), "{}", leaks.join("\n"));
}

#[test]
fn what_people_type_to_look_is_recognised() {
    let list = include_str!("../fixtures/commands/read-only.txt");
    let rows: Vec<&str> = list.lines().filter(|l| !l.starts_with('#')).collect();
    let judged = rows.iter().map(|text| (text, classify(text)));
    let missed: Vec<String> = judged
        .filter(|(_, j)| j.label != Label::SafeReadOnly)
        .map(|(text, j)| format!("{text}: {} ({})", j.label.name(), j.why))
        .collect();
    println!("{} of {} are recognised; not these:\n{}", rows.len() - missed.len(), rows.len(), missed.join("\n"));
    assert!(rows.len() > 400 && missed.len() * 100 <= rows.len() * 15, "{}", missed.join("\n"));
}
