//! Tests: a person's own grammars and secret rules, through the library and through the program.

use std::fs;
use std::sync::Arc;

use hotwash::command::own::{Own, trying};
use hotwash::command::{Judgment, classify};
use hotwash::domain::Label;

use super::cli::hotwash;

const SHOPCTL: &str = r#"[[tool]]
names = ["shopctl"]
flags = "-n="
[[tool.verb]]
path = ["status"]
label = "safe-read-only"
flags = "--json"
[[tool.verb]]
path = ["wipe"]
label = "destructive"
[[tool.example]]
call = "shopctl status --json"
label = "safe-read-only"
"#;

fn judged(files: &[&str], text: &str) -> Judgment {
    let mut own = Own::default();
    for (n, file) in files.iter().enumerate() {
        let _ = own.add(&format!("{n}.toml"), file);
    }
    trying(&Arc::new(own), || classify(text))
}

#[test]
fn a_file_adds_a_tool_and_its_flags_are_held_to_it() {
    assert_eq!(classify("shopctl status").label, Label::CannotTell);
    let said = judged(&[SHOPCTL], "shopctl status --json");
    assert_eq!(said.label, Label::SafeReadOnly, "{said:?}");
    assert_eq!(judged(&[SHOPCTL], "shopctl wipe orders").label, Label::Destructive);
    assert!(judged(&[SHOPCTL], "shopctl wipe orders").why.contains("0.toml:10"));
    for text in [
        "shopctl status --frobnicate",
        "shopctl status $(id)",
        "shopctl wiggle",
        "sudo shopctl status",
        "LD_PRELOAD=./x.so shopctl status",
        "./shopctl status",
        "echo x | shopctl status",
        "shopctl status & shopctl wipe",
    ] {
        assert_ne!(judged(&[SHOPCTL], text).label, Label::SafeReadOnly, "{text}");
    }
}

fn verb(tool: &str, path: &str, label: &str, rest: &str) -> String {
    format!(
        "[[tool]]\nnames = [\"{tool}\"]\n[[tool.verb]]\npath = [\"{path}\"]\nlabel = \"{label}\"\n{rest}\n[[tool.example]]\ncall = \"{tool} {path}\"\nlabel = \"{label}\"\n"
    )
}

#[test]
fn where_both_speak_the_worse_verdict_holds() {
    let stricter = verb("kubectl", "get", "cannot-tell", "why = \"goes through the audit\"");
    let said = judged(&[&stricter], "kubectl get pods");
    assert_eq!(said.label, Label::CannotTell);
    assert!(said.why.contains("goes through the audit") && said.why.contains("0.toml:5"), "{}", said.why);
    let milder = verb("kubectl", "delete", "safe-read-only", "");
    assert_eq!(judged(&[&milder], "kubectl delete pod web-1").label, Label::Destructive);
    let milder = verb("kubectl", "rollout restart", "safe-read-only", "");
    assert_eq!(judged(&[&milder], "kubectl rollout restart deploy/web").label, Label::Mutating);
}

#[test]
fn replaces_lowers_with_its_reason_and_never_what_destroys() {
    let own = verb("helm", "get values", "safe-read-only", "replaces = true\nwhy = \"our values hold no secrets\"");
    let said = judged(&[&own], "helm get values");
    assert_eq!(said.label, Label::SafeReadOnly, "{said:?}");
    let own = verb("kubectl", "delete", "safe-read-only", "replaces = true\nwhy = \"ours only hides\"");
    let said = judged(&[&own], "kubectl delete pod web-1");
    assert_eq!(said.label, Label::CannotTell);
    assert!(said.why.contains("ours only hides") && said.why.contains("it destroys"), "{}", said.why);
    let own = verb("kubectl", "rollout restart", "cannot-tell", "replaces = true\nwhy = \"x\"");
    assert_eq!(judged(&[&own], "kubectl delete pod web-1").label, Label::Destructive, "another verb");
    // Two files: what one of them does not replace stays.
    let (a, b) = (
        verb("helm", "get values", "safe-read-only", "replaces = true\nwhy = \"x\""),
        verb("helm", "get values", "cannot-tell", ""),
    );
    assert_eq!(judged(&[&a, &b], "helm get values").label, Label::CannotTell);
}

#[test]
fn what_runs_other_commands_is_lowered_by_no_file() {
    for (tool, text) in [
        ("bash", "bash -c 'rm -rf /x'"),
        ("sudo", "sudo kubectl delete ns x"),
        ("xargs", "xargs rm"),
        ("psql", "psql -X -c 'drop table x'"),
        ("env", "env kubectl delete ns x"),
        ("awk", "awk '{system(\"x\")}'"),
        ("find", "find . -delete"),
        ("ssh", "ssh h rm -rf /x"),
    ] {
        let file = format!(
            "[[tool]]\nnames = [\"{tool}\"]\nlabel = \"safe-read-only\"\nany_flags = true\nstdin = true\n[[tool.example]]\ncall = \"{tool} x\"\nlabel = \"safe-read-only\"\n"
        );
        assert_ne!(judged(&[&file], text).label, Label::SafeReadOnly, "{text}");
        let replacing = verb(tool, "x", "safe-read-only", "replaces = true\nwhy = \"mine\"");
        let fault = Own::default().add("mine.toml", &replacing).unwrap_err();
        assert!(fault.what.contains("line 5") && fault.what.contains("judged by what it runs"), "{}", fault.what);
    }
    let alias = verb("alias", "x", "safe-read-only", "");
    assert!(Own::default().add("mine.toml", &alias).unwrap_err().what.contains("changes what later commands mean"));
}

#[test]
fn a_file_that_is_wrong_makes_nothing_safe_and_is_named_by_file_line_and_reason() {
    let wrong = SHOPCTL.replace("safe-read-only\"\nflags", "harmless\"\nflags");
    let said = judged(&[&wrong], "kubectl get pods");
    assert_eq!(said.label, Label::CannotTell);
    assert!(said.why.contains("0.toml, line 6") && said.why.contains("harmless"), "{}", said.why);
    assert_eq!(judged(&[&wrong], "kubectl delete ns x").label, Label::Destructive, "no better for it");
    let cases = [
        (verb("x", "y", "mutating", "replaces = true"), "line 5: `replaces` needs its reason"),
        (
            SHOPCTL.replace("[[tool.example]]\ncall = \"shopctl status --json\"\nlabel = \"safe-read-only\"\n", ""),
            "needs an example",
        ),
    ];
    for (text, why) in cases {
        let fault = Own::default().add("mine.toml", &text).unwrap_err();
        assert!(fault.what.contains(why), "{}", fault.what);
    }
}

#[test]
fn the_program_reads_the_folder_and_check_runs_the_examples() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("commands");
    fs::create_dir(&dir).unwrap();
    let label = || {
        let out = hotwash(home.path()).args(["command", "--json"]).write_stdin("shopctl status\n").output().unwrap();
        String::from_utf8(out.stdout).unwrap()
    };
    assert!(label().contains("cannot-tell"));
    fs::write(dir.join("shop.toml"), SHOPCTL).unwrap();
    assert!(label().contains("safe-read-only"), "{}", label());
    let check = || {
        let out = hotwash(home.path()).arg("check").output().unwrap();
        (out.status.code(), String::from_utf8(out.stdout).unwrap())
    };
    assert_eq!(check().0, Some(0), "{}", check().1);
    let untrue = SHOPCTL.replace("call = \"shopctl status --json\"", "call = \"shopctl wipe --json\"");
    fs::write(dir.join("shop.toml"), untrue).unwrap();
    let (code, said) = check();
    assert_eq!(code, Some(1));
    assert!(said.contains("shop.toml, line 13: the example `shopctl wipe --json` is destructive"), "{said}");
    assert!(label().contains("cannot-tell") && label().contains("nothing is taken for safe"), "{}", label());
}

#[test]
fn own_secret_rules_add_and_a_wrong_one_stops_what_would_be_saved_unmasked() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("secrets");
    fs::create_dir(&dir).unwrap();
    let badge = ["ACME-", "123456"].concat();
    let key = ["AKIA", "Q3EGRZ7X5NHW2TVB"].concat();
    let redact = || {
        let text = format!("badge={badge} key {key}\n");
        hotwash(home.path()).arg("redact").write_stdin(text).output().unwrap()
    };
    let text = String::from_utf8(redact().stdout).unwrap();
    assert!(text.contains(&badge) && text.contains("‹aws-key-1›"), "{text}");
    let rule = "[[rule]]\nkind = \"acme-badge\"\nkeywords = [\"badge\"]\npattern = 'badge=(ACME-\\d{6})'\nyes = ['badge={<}ACME-{+}000000{>}']\n";
    fs::write(dir.join("acme.toml"), rule).unwrap();
    let text = String::from_utf8(redact().stdout).unwrap();
    assert!(text.contains("badge=‹acme-badge-1›") && text.contains("‹aws-key-1›"), "{text}");
    fs::write(dir.join("acme.toml"), rule.replace("\\d{6}", "\\d{")).unwrap();
    let refused = redact();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(refused.stdout.is_empty() && said.contains("acme.toml, line 1"), "{said}");
    let out = hotwash(home.path()).arg("check").output().unwrap();
    assert!(String::from_utf8(out.stdout).unwrap().contains("acme.toml, line 1"));
}

#[test]
fn a_severity_policy_of_ones_own_decides_in_place_of_the_built_in_one() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("policies");
    fs::create_dir(&dir).unwrap();
    let rule = "name = \"ours\"\n[[rule]]\nlevel = \"SEV3\"\nrule = \"everything is small here\"\nwhen = {}\n";
    fs::write(dir.join("ours.toml"), rule).unwrap();
    let text = "2026-06-02T09:12:00Z order-svc ERROR java.lang.OutOfMemoryError: Java heap space\n";
    let severity = || {
        let out = hotwash(home.path()).args(["analyze", "-", "--json"]).write_stdin(text).output().unwrap();
        let said = String::from_utf8(out.stderr).unwrap();
        (out.status.code(), serde_json::from_slice::<serde_json::Value>(&out.stdout).unwrap_or_default(), said)
    };
    let (_, report, _) = severity();
    assert!(!report["severity"].to_string().contains("everything is small here"), "{}", report["severity"]);
    fs::write(home.path().join("config.toml"), "severity_policy = \"ours\"\n").unwrap();
    let (code, report, said) = severity();
    assert_eq!(code, Some(0), "{said}");
    assert!(report["severity"].to_string().contains("everything is small here"), "{}", report["severity"]);
    fs::write(dir.join("ours.toml"), rule.replace("when = {}", "when = { users = 3 }")).unwrap();
    let (code, _, said) = severity();
    assert!(code == Some(2) && said.contains("ours.toml") && said.contains("users"), "{said}");
}
