//! What the program is made of and what it does by itself: no unsafe code, no crate without a reason, the
//! versions of the lock file, and no socket where no model, server or peer is asked for.

use std::path::{Path, PathBuf};
use std::process::Command;

fn root(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

fn text(file: &str) -> String {
    std::fs::read_to_string(root(file)).unwrap()
}

#[test]
fn no_code_of_ours_may_be_unsafe() {
    for file in ["src/lib.rs", "src/main.rs"] {
        assert!(text(file).contains("#![forbid(unsafe_code)]"), "{file}");
    }
    let manifest: toml::Value = toml::from_str(&text("Cargo.toml")).unwrap();
    assert_eq!(manifest["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
}

#[test]
fn every_exception_of_the_crates_has_its_reason_and_the_lock_file_is_what_is_built() {
    let deny: toml::Value = toml::from_str(&text("deny.toml")).unwrap();
    assert!(deny["advisories"]["ignore"].as_array().unwrap().is_empty());
    for skipped in deny["bans"]["skip"].as_array().unwrap() {
        let reason = skipped["reason"].as_str().unwrap_or_default();
        assert!(reason.len() > 20, "{skipped}");
    }
    let lock: toml::Value = toml::from_str(&text("Cargo.lock")).unwrap();
    let manifest: toml::Value = toml::from_str(&text("Cargo.toml")).unwrap();
    let ours = lock["package"].as_array().unwrap().iter().find(|p| p["name"].as_str() == Some("hotwash")).unwrap();
    assert_eq!(ours["version"], manifest["package"]["version"]);
    let ci = text(".ci/run");
    assert!(ci.contains("cargo build --locked --release") && ci.contains("cargo deny --locked check"));
}

#[test]
fn the_embedded_engine_opens_no_socket_and_asks_no_name() {
    let path = std::env::var_os("PATH").unwrap();
    let Some(strace) = std::env::split_paths(&path).map(|p| p.join("strace")).find(|p| p.is_file()) else {
        return println!("skipped: no strace on this machine");
    };
    let home = tempfile::tempdir().unwrap();
    let traced = home.path().join("trace");
    let traced_run = |arguments: &[&str]| {
        let incident = std::fs::File::open(root("fixtures/incidents/disk-full.txt")).unwrap();
        let out = Command::new(&strace)
            .args(["-f", "-qq", "-e", "trace=socket,connect,sendto,openat", "-o"])
            .arg(&traced)
            .arg(env!("CARGO_BIN_EXE_hotwash"))
            .args(arguments)
            .env("HOTWASH_HOME", home.path())
            .stdin(incident)
            .output()
            .unwrap();
        let calls = std::fs::read_to_string(&traced).unwrap();
        assert!(calls.contains("openat("), "nothing was traced: {}", String::from_utf8_lossy(&out.stderr));
        for wrong in ["AF_INET", "AF_NETLINK", "/etc/resolv.conf"] {
            assert!(!calls.contains(wrong), "{arguments:?}: {wrong}");
        }
        String::from_utf8(out.stdout).unwrap()
    };
    assert!(traced_run(&["analyze", "--json"]).contains("hypotheses"));
    let saved = traced_run(&["new", "-"]);
    let id = saved.rsplit("hotwash open ").next().unwrap().trim().to_owned();
    assert!(!traced_run(&["export", &id, "--format", "markdown"]).is_empty());
}
