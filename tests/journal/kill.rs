//! The scripted session as a process of its own, killed and failed from outside. This test binary is
//! that process too: it calls itself with a home in its environment.
//!
//! A sample of all points runs in every suite; `scripts/kill-everywhere.sh` runs all of them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hotwash::app::Input;
use hotwash::journal::reader::Fracture;
use hotwash::runtime::scripted;
use hotwash::runtime::store::Store;

use super::script::{ID, SCRIPT};

const HOME: &str = "HOTWASH_TEST_SCRIPTED_HOME";
const TIMES: &str = "HOTWASH_TEST_SCRIPTED_TIMES";
const CHILD: &str = "journal::kill::plays_the_script_when_called_with_a_home";
/// Everything the writer and the store call that changes a disk.
const CALLS: [&str; 8] = ["openat", "mkdirat", "write", "fsync", "fdatasync", "renameat", "ftruncate", "unlinkat"];

/// All points, or a sample for the everyday suite.
fn everything() -> bool {
    std::env::var_os("HOTWASH_KILL").is_some_and(|v| v == "all")
}

#[test]
fn plays_the_script_when_called_with_a_home() {
    let Some(home) = std::env::var_os(HOME) else { return };
    let times: usize = std::env::var(TIMES).ok().and_then(|t| t.parse().ok()).unwrap_or(1);
    // Acknowledgements go out by another call than the one the journal is written with.
    let acks = File::create(Path::new(&home).join("acks")).unwrap();
    let at = AtomicU64::new(0);
    let say = move |input: &Input| {
        if let Input::Saved(seq) = input {
            let line = format!("{seq:020}\n");
            acks.write_all_at(line.as_bytes(), at.fetch_add(21, Ordering::SeqCst)).unwrap();
        }
    };
    let script = vec![SCRIPT; times].join("\n");
    let code = i32::from(scripted::run(&Store::at(&home), ID, &script, say).is_err());
    std::process::exit(if code == 0 { 0 } else { 9 });
}

struct Place {
    _keep: tempfile::TempDir,
    home: PathBuf,
}

fn place() -> Place {
    // A disk, where there is one: a memory disk syncs nothing.
    let keep = tempfile::Builder::new().prefix("hotwash-kill").tempdir().unwrap();
    let home = keep.path().join("home");
    fs::create_dir(&home).unwrap();
    Place { _keep: keep, home }
}

fn child(home: &Path, times: usize, strace: &[String]) -> Child {
    // The program that runs here, also when a build has replaced its file meanwhile.
    let exe = PathBuf::from(format!("/proc/{}/exe", std::process::id()));
    let mut command = if strace.is_empty() {
        Command::new(exe)
    } else {
        let mut command = Command::new("strace");
        command.args(["-f", "-qq"]).args(strace).arg("--").arg(exe);
        command
    };
    command.args(["--exact", CHILD, "--nocapture", "--test-threads=1"]);
    command.env(HOME, home).env(TIMES, times.to_string()).env("RUST_BACKTRACE", "0");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

fn acknowledged(home: &Path) -> u64 {
    let acks = fs::read_to_string(home.join("acks")).unwrap_or_default();
    acks.lines().filter(|l| l.len() == 20).filter_map(|l| l.parse().ok()).max().unwrap_or(0)
}

/// What was acknowledged is there, nothing is unreadable but a torn end, and appends go on.
fn survives(home: &Path, what: &str) -> u64 {
    let store = Store::at(home);
    let acknowledged = acknowledged(home);
    let mut before = 0;
    if !store.ids().unwrap().is_empty() {
        let found = store.verify(ID).map_err(|f| format!("{what}: unreadable: {f}")).unwrap();
        let only_torn = found.damage.iter().all(|d| matches!(d.what, Fracture::Torn { .. }));
        assert!(only_torn && found.beside.is_empty(), "{what}: {found}");
        assert!(found.seq >= acknowledged, "{what}: {acknowledged} was acknowledged, {} is there", found.seq);
        before = found.seq;
    }
    assert!(before >= acknowledged, "{what}: {acknowledged} was acknowledged, nothing is there");
    let after = scripted::run(&store, ID, SCRIPT, |_| {}).map_err(|f| format!("{what}: {f}")).unwrap();
    assert_eq!(after, before + 32, "{what}");
    let found = store.verify(ID).unwrap();
    assert!(found.holds(), "{what}: {found}");
    before
}

fn has_strace() -> bool {
    Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_ok_and(|s| s.success())
}

/// How often the busiest thread makes each call.
fn points(times: usize) -> BTreeMap<&'static str, u32> {
    let place = place();
    let log = place.home.join("trace");
    let strace = ["-o".into(), log.display().to_string(), "-e".into(), format!("trace={}", CALLS.join(","))];
    assert!(child(&place.home, times, &strace).wait().unwrap().success());
    let mut counts: BTreeMap<(String, &'static str), u32> = BTreeMap::new();
    for line in fs::read_to_string(log).unwrap().lines() {
        let (thread, rest) = line.split_once(' ').unwrap_or_default();
        if let Some(call) = CALLS.iter().find(|c| rest.trim_start().starts_with(&format!("{c}("))) {
            *counts.entry((thread.to_owned(), call)).or_default() += 1;
        }
    }
    let mut most = BTreeMap::new();
    for ((_, call), count) in counts {
        let entry = most.entry(call).or_insert(0);
        *entry = count.max(*entry);
    }
    most
}

#[test]
fn killed_at_any_call_nothing_acknowledged_is_lost() {
    if !has_strace() {
        println!("skipped: no strace");
        return;
    }
    let times = if everything() { 8 } else { 1 };
    let step = if everything() { 1 } else { 17 };
    let (mut kills, mut lost_nothing) = (0, 0);
    for (call, count) in points(times) {
        for n in (1..=count).step_by(step) {
            let place = place();
            let inject = format!("inject={call}:signal=SIGKILL:when={n}");
            let strace = ["-o".into(), "/dev/null".into(), "-e".into(), format!("trace={call}"), "-e".into(), inject];
            let ended = child(&place.home, times, &strace).wait().unwrap();
            kills += usize::from(!ended.success());
            survives(&place.home, &format!("killed at {call} {n}"));
            lost_nothing += 1;
        }
    }
    println!("SIGKILL at a call: {lost_nothing} points, {kills} killed, 0 acknowledged lost, 0 unreadable");
    assert!(kills > 5 && (!everything() || kills >= 300), "{kills}");
}

#[test]
fn whatever_call_fails_nothing_is_lost_in_silence() {
    if !has_strace() {
        println!("skipped: no strace");
        return;
    }
    let step = if everything() { 1 } else { 31 };
    let (mut runs, mut told) = (0, 0);
    for (call, count) in points(1) {
        for error in ["EIO", "ENOSPC", "EINTR"] {
            for n in (1..=count).step_by(step) {
                // Once, and from then on for good.
                for when in [format!("{n}"), format!("{n}+")] {
                    if (error == "EINTR" && when.ends_with('+')) || (call == "openat" && n < 40) {
                        continue;
                    }
                    let place = place();
                    let inject = format!("inject={call}:error={error}:when={when}");
                    let strace = ["-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject].map(String::from);
                    let ended = child(&place.home, 1, &strace).wait().unwrap();
                    let what = format!("{call} {when} {error}");
                    let seq = survives(&place.home, &what);
                    assert!(!ended.success() || seq == 32, "{what}: ended well with {seq} of 32");
                    runs += 1;
                    told += usize::from(!ended.success());
                }
            }
        }
    }
    println!("failing calls: {runs} runs, {told} ended with a fault, 0 silent losses, 0 unreadable");
    assert!(runs > 10);
}

#[test]
fn killed_at_any_moment_again_and_again_nothing_acknowledged_is_lost() {
    let count = if everything() { 1_000 } else { 15 };
    let (mut place, mut killed) = (place(), 0);
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    for n in 0..count {
        if n % 20 == 0 {
            place = self::place();
        }
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut running = child(&place.home, 30, &[]);
        std::thread::sleep(Duration::from_micros(1_000 + (random >> 33) % 60_000));
        running.kill().unwrap();
        killed += usize::from(!running.wait().unwrap().success());
        survives(&place.home, &format!("random kill {n}"));
    }
    println!("SIGKILL at random: {count} runs, {killed} killed, 0 acknowledged lost, 0 unreadable");
    assert!(killed * 2 > count);
}
