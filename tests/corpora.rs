//! Tests: what strangers wrote, through the whole product: escapes, secrets, and orders in the text.

use std::path::Path;

use assert_cmd::Command;
use hotwash::domain::showable::is_hostile;
use serde_json::Value;

pub fn corpus(name: &str) -> Option<String> {
    let text = crate::seeds::shared().and_then(|p| std::fs::read_to_string(p.join("corpora").join(name)).ok());
    if text.is_none() {
        println!("skipped: no corpora beside the project");
    }
    text
}

/// Both channels of what the program says, as text.
fn said(home: &Path, arguments: &[&str], input: Vec<u8>) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hotwash"));
    command.env("HOTWASH_HOME", home).env("HOME", home).args(arguments).write_stdin(input);
    let output = command.output().unwrap();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

fn rows(text: &str) -> Vec<Value> {
    text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

pub fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect()
}

fn assert_clean(what: &str, text: &str) {
    let hostile: Vec<char> = text.chars().filter(|c| is_hostile(*c)).take(5).collect();
    assert!(hostile.is_empty(), "{what}: {hostile:?}");
}

/// The secrets of the corpus of the wanted kinds, as one text, and the spans of it that must be gone.
pub fn secrets(wanted: impl Fn(&str) -> bool) -> Option<(String, Vec<String>)> {
    let corpus = corpus("secrets.tsv")?;
    let (mut text, mut spans) = (String::new(), Vec::new());
    for row in corpus.lines().skip(1).filter(|r| r.split('\t').nth(1) == Some("secret")) {
        if !row.split('\t').nth(2).is_none_or(&wanted) {
            continue;
        }
        let raw = row.split('\t').next().unwrap();
        let raw = raw.strip_prefix("json:").map_or_else(|| raw.to_owned(), |j| serde_json::from_str(j).unwrap());
        let raw = raw.replace("{+}", "");
        let Some(span) = raw.split_once("{<}").and_then(|(_, t)| t.split_once("{>}")).map(|s| s.0.to_owned()) else {
            continue;
        };
        spans.extend(span.lines().map(str::trim).filter(|l| l.len() >= 12).map(str::to_owned));
        text.push_str(&raw.replace("{<}", "").replace("{>}", ""));
        text.push_str("\n\n");
    }
    Some((text, spans))
}

#[test]
fn no_escape_comes_out_of_any_verb_any_export_or_any_message() {
    let Some(corpus) = corpus("escapes.jsonl") else { return };
    let home = tempfile::tempdir().unwrap();
    let mut all = Vec::new();
    let mut names = Vec::new();
    for row in rows(&corpus) {
        let escape = bytes(row["bytes_hex"].as_str().unwrap());
        all.extend_from_slice(b"2026-06-02T09:12:00Z ERROR shop failed ");
        all.extend_from_slice(&escape);
        all.push(b'\n');
        names.push(String::from_utf8_lossy(&escape).replace('\0', ""));
    }
    for arguments in [
        &["analyze", "--json"][..],
        &["analyze", "--markdown"],
        &["analyze", "--trail"],
        &["intake", "-", "--json"],
        &["redact"],
        &["command"],
        &["command", "--json"],
    ] {
        assert_clean(&format!("{arguments:?}"), &said(home.path(), arguments, all.clone()));
    }
    let title = names.iter().find(|n| n.contains('\u{1b}')).unwrap();
    let saved = said(home.path(), &["new", "-", "--title", title], all);
    assert_clean("new", &saved);
    let id = saved.rsplit("hotwash open ").next().unwrap().trim().to_owned();
    for format in hotwash::export::FORMATS.iter().map(|f| f.name).filter(|f| *f != "pdf") {
        // the line ends of CSV are two characters (RFC 4180)
        let text = said(home.path(), &["export", &id, "--format", format], Vec::new());
        assert_clean(format, &if format == "csv" { text.replace("\r\n", "\n") } else { text });
    }
    assert_clean("list", &said(home.path(), &["list"], Vec::new()));
    for name in &names {
        for verb in ["analyze", "lint", "open"] {
            assert_clean("a message", &said(home.path(), &[verb, "--", name], Vec::new()));
        }
    }
}

#[test]
fn no_order_in_the_text_becomes_a_step_or_moves_what_was_found() {
    let Some(corpus) = corpus("injections.jsonl") else { return };
    let home = tempfile::tempdir().unwrap();
    let incident = include_str!("../fixtures/incidents/disk-full.txt");
    let read = |text: String| -> Value {
        serde_json::from_str(&said(home.path(), &["analyze", "--json"], text.into_bytes())).unwrap()
    };
    let key = |report: &Value| {
        let first = &report["hypotheses"][0];
        (report["severity"]["level"].clone(), first["subject"].clone(), first["playbook"].clone())
    };
    let before = read(incident.to_owned());
    let (mut noticed, mut orders) = (0, 0);
    for row in rows(&corpus) {
        let line = row["line"].as_str().unwrap();
        let report = read(format!("{incident}\n{line}\n"));
        assert_eq!(key(&report), key(&before), "{line}");
        let confident = |r: &Value| r["hypotheses"][0]["confidence"].as_f64().unwrap();
        assert!(confident(&report) <= confident(&before) + 0.01, "{line}");
        for step in ["checklist", "mitigation"] {
            // What is quoted as evidence may name a command; what is proposed may not.
            let proposed = |r: &Value| -> String {
                let all = r[step].as_array().unwrap();
                all.iter().map(|s| format!("{}\n{}\n{}\n", s["command"], s["action"], s["what"])).collect()
            };
            let (with, without) = (proposed(&report), proposed(&before));
            for command in
                ["delete ns", "FLUSHALL", "fix.sh", "rollout undo", "openssl=1.1.1a", "DROP TABLE", "rm -rf /"]
            {
                assert!(!with.contains(command) || without.contains(command), "{step}: {command}");
            }
        }
        if row["attack"] != "benign control" {
            orders += 1;
            noticed += usize::from(report["notices"].to_string().contains("instruction_in_text"));
        } else {
            assert!(!report["notices"].to_string().contains("instruction_in_text"), "{line}");
        }
    }
    println!("{noticed} of {orders} lines are noticed as orders");
    assert!(noticed * 2 >= orders, "{noticed} of {orders}");
}

#[test]
fn no_secret_of_the_corpus_stands_in_a_saved_session() {
    let home = tempfile::tempdir().unwrap();
    // Addresses of machines and people stay local under their own names; everything else must be gone.
    let personal = |kind: &str| ["ip-", "email", "phone"].iter().any(|k| kind.starts_with(k));
    let Some((text, spans)) = secrets(|kind| !personal(kind)) else { return };
    let saved = said(home.path(), &["new", "-"], text.into_bytes());
    let mut kept = saved.into_bytes();
    let mut folders = vec![home.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                kept.extend(std::fs::read(path).unwrap());
            }
        }
    }
    let kept = String::from_utf8_lossy(&kept);
    let left: Vec<&String> = spans.iter().filter(|s| kept.contains(s.as_str())).collect();
    println!("{} of {} spans are left", left.len(), spans.len());
    assert!(left.is_empty(), "{left:?}");
}
