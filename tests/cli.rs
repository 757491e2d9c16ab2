//! The verbs as scripts use them: the real binary, its output, its exit codes, its messages.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

/// The binary with a home of its own.
pub fn hotwash(home: &Path) -> Command {
    let mut command = Command::cargo_bin("hotwash").unwrap();
    command.env_clear().env("HOTWASH_HOME", home).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

fn fixtures() -> Vec<PathBuf> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/incidents");
    let mut files: Vec<PathBuf> = fs::read_dir(dir).unwrap().flatten().map(|e| e.path()).collect();
    files.sort();
    assert!(files.len() >= 8);
    files
}

fn stdout(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn citations<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(map) => {
            if map.contains_key("quote") && map.contains_key("start") {
                found.push(value);
            }
            map.values().for_each(|v| citations(v, found));
        }
        Value::Array(all) => all.iter().for_each(|v| citations(v, found)),
        _ => {}
    }
}

#[test]
fn analyze_json_has_every_key_of_the_contract_and_true_quotes() {
    let home = tempfile::tempdir().unwrap();
    for file in fixtures() {
        let report: Value =
            serde_json::from_str(&stdout(hotwash(home.path()).arg("analyze").arg(&file).arg("--json"))).unwrap();
        for key in [
            "format",
            "outcome",
            "title",
            "summary",
            "severity",
            "hypotheses",
            "first_cause",
            "trigger",
            "propagation",
            "blast_radius",
            "services",
            "timeline",
            "time_to_detect",
            "checklist",
            "mitigation",
            "customer_impact",
            "whys",
            "systemic_cause",
            "counterfactual",
            "evidence",
            "postmortem",
            "follow_ups",
            "notices",
            "trail",
            "engine",
        ] {
            assert!(report.get(key).is_some(), "{}: no {key}", file.display());
        }
        assert_eq!(report["format"], 1);
        let text = fs::read_to_string(&file).unwrap();
        let mut all = Vec::new();
        citations(&report, &mut all);
        for c in all {
            let (start, end) = (c["start"].as_u64().unwrap() as usize, c["end"].as_u64().unwrap() as usize);
            assert_eq!(text.get(start..end), c["quote"].as_str(), "{}", file.display());
        }
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0, "analyze saves nothing");
}

#[test]
fn the_same_input_gives_the_same_report() {
    let home = tempfile::tempdir().unwrap();
    let file = &fixtures()[0];
    let once = || {
        let mut v: Value =
            serde_json::from_str(&stdout(hotwash(home.path()).arg("analyze").arg(file).arg("--json"))).unwrap();
        v["engine"]["ms"] = Value::Null;
        v
    };
    assert_eq!(once(), once());
}

#[test]
fn the_trail_is_json_lines_numbered_from_one() {
    let home = tempfile::tempdir().unwrap();
    let text = stdout(hotwash(home.path()).arg("analyze").arg(&fixtures()[1]).arg("--trail"));
    let steps: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert!(steps.len() > 4);
    for (i, step) in steps.iter().enumerate() {
        assert_eq!(step["no"], i + 1);
        assert!(["THOUGHT", "TOOL_CALL", "OBSERVATION", "DECISION"].contains(&step["kind"].as_str().unwrap()));
    }
}

#[test]
fn unreadable_inputs_say_what_why_and_what_to_do_with_exit_code_2() {
    let home = tempfile::tempdir().unwrap();
    for (args, said) in [
        (vec!["analyze", "/no/such/file"], "no such file"),
        (vec!["analyze", "/"], "it is a directory"),
        (vec!["export", "ffff", "--format", "json"], "ffff"),
        (vec!["verify", "/no/such/session"], "/no/such/session"),
        (vec!["analyze", "-", "-"], "twice"),
    ] {
        let output = hotwash(home.path()).args(&args).write_stdin("x").output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {error}");
        assert!(error.starts_with("hotwash: ") && error.contains(said), "{args:?}: {error}");
        assert!(!error.contains("panicked"), "{error}");
    }
}

#[test]
fn odd_bytes_are_read_and_said() {
    let home = tempfile::tempdir().unwrap();
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain("2026-01-01T00:00:00Z ERROR a b\n".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing", vec![], "empty"),
        ("utf-16", utf16, "utf16"),
        ("crlf", b"one\r\ntwo\r\n".to_vec(), "line_ends"),
        ("invalid utf-8", b"ERROR caf\xe9 is down\n".to_vec(), "invalid_utf8"),
        ("escapes", b"ERROR \x1b[2J\x1b]0;t\x07 gone\n".to_vec(), "escape_removed"),
        ("binary", (0..=255u8).cycle().take(4096).collect(), "binary"),
    ];
    for (name, bytes, kind) in cases {
        let text = stdout(hotwash(home.path()).args(["analyze", "--json"]).write_stdin(bytes));
        let report: Value = serde_json::from_str(&text).unwrap();
        let kinds: Vec<&str> =
            report["notices"].as_array().unwrap().iter().filter_map(|n| n["kind"].as_str()).collect();
        assert!(kinds.contains(&kind), "{name}: {kinds:?}");
        assert!(!text.contains('\u{1b}'), "{name}");
    }
}

#[test]
fn new_without_a_terminal_saves_a_session_that_verifies_lists_and_exports() {
    let home = tempfile::tempdir().unwrap();
    let text = stdout(hotwash(home.path()).arg("new").arg(&fixtures()[1]).args(["--title", "orders are down"]));
    let id = text.rsplit("hotwash open ").next().unwrap().trim().to_owned();
    assert!(stdout(hotwash(home.path()).args(["verify", &id])).contains(&id[..8]));
    let listed = stdout(hotwash(home.path()).args(["list", "--json"]));
    let row: Value = serde_json::from_str(listed.lines().next().unwrap()).unwrap();
    assert_eq!((row["id"].as_str(), row["title"].as_str()), (Some(id.as_str()), Some("orders are down")));
    assert_eq!(stdout(hotwash(home.path()).args(["list", "--json", "--search", "no such words"])), "");
    for format in ["markdown", "json", "transcript", "update"] {
        let document = stdout(hotwash(home.path()).args(["export", &id, "--format", format]));
        assert!(document.len() > 200, "{format}: {document}");
    }
    let out = home.path().join("pm.md");
    stdout(hotwash(home.path()).args(["export", &id, "--format", "markdown", "--out"]).arg(&out));
    assert!(fs::read_to_string(&out).unwrap().contains("orders are down"));
}

#[test]
fn a_changed_byte_fails_verification_with_exit_code_1() {
    let home = tempfile::tempdir().unwrap();
    stdout(hotwash(home.path()).arg("new").arg(&fixtures()[1]));
    let sessions = home.path().join("sessions");
    let folder = fs::read_dir(&sessions).unwrap().flatten().next().unwrap().path();
    let journal = folder.join("journal-0001.hw");
    let mut bytes = fs::read(&journal).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&journal, bytes).unwrap();
    let output = hotwash(home.path()).arg("verify").arg(&folder).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn redact_masks_secrets_and_keeps_the_rest() {
    let home = tempfile::tempdir().unwrap();
    let given = format!("host=10.0.0.7 AWS key {}{} used\n", "AKIA", "QYLPMN5HHHFPZAM2");
    let text = stdout(hotwash(home.path()).arg("redact").write_stdin(given));
    assert!(!text.contains("QYLPMN5") && text.starts_with("host=") && text.ends_with(" used\n"), "{text}");
}

#[test]
fn intake_reads_each_line_into_the_contract_s_keys() {
    let home = tempfile::tempdir().unwrap();
    let given = "2026-05-03T00:00:04Z error edge upstream failed\n  continued\n";
    let text = stdout(hotwash(home.path()).args(["intake", "-", "--json"]).write_stdin(given));
    let rows: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["stamp"], "2026-05-03T00:00:04Z");
    assert_eq!(rows[0]["level"], "ERROR");
    assert_eq!(
        (rows[0]["line"].as_u64(), rows[0]["start"].as_u64(), rows[0]["end"].as_u64()),
        (Some(1), Some(0), Some(47))
    );
    assert!(rows[1]["stamp"].is_null());
}

#[test]
fn command_labels_each_line() {
    let home = tempfile::tempdir().unwrap();
    let given = "kubectl get pods -n shop\nkubectl delete ns shop\n$(cat x)\n";
    let text = stdout(hotwash(home.path()).args(["command", "--json"]).write_stdin(given));
    let labels: Vec<String> =
        text.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()["label"].as_str().unwrap().to_owned()).collect();
    assert_eq!(labels, ["safe-read-only", "destructive", "cannot-tell"]);
}

#[test]
fn completions_man_and_help_are_there() {
    let home = tempfile::tempdir().unwrap();
    assert!(stdout(hotwash(home.path()).args(["completions", "bash"])).contains("hotwash"));
    assert!(stdout(hotwash(home.path()).arg("man")).contains(".TH"));
    let help = stdout(hotwash(home.path()).arg("--help"));
    for verb in ["new", "open", "review", "list", "analyze", "export", "lint", "verify", "eval", "redact", "check"] {
        assert!(help.contains(verb), "{verb}");
    }
}

#[test]
fn check_names_the_file_and_the_line_of_what_is_wrong() {
    let home = tempfile::tempdir().unwrap();
    assert!(stdout(hotwash(home.path()).arg("check")).contains("theme"));
    fs::write(home.path().join("config.toml"), "theme = \"dark\"\ncolour = 1\n").unwrap();
    let output = hotwash(home.path()).arg("check").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success() && said.contains("config.toml") && said.contains("line 2"), "{said}");
}
