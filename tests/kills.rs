//! Commands and what happens around them in the real binary: killed at every stage nothing runs twice and
//! nothing unknown is told as done; endless output costs little, and nothing is left running.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hotwash::journal::{Event, Record};
use hotwash::runtime::store::Store;
use hotwash::session::{Progress, RunState, Session};

use crate::terminal::{Console, LONGEST, Setting};

/// A home whose one playbook has our command as its check and as its mitigation.
pub struct Bed {
    pub folder: tempfile::TempDir,
}

impl Bed {
    pub fn with(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bed = Self { folder };
        std::fs::write(bed.path("run.sh"), script.replace("FOLDER", bed.folder.path().to_str().unwrap())).unwrap();
        std::fs::create_dir_all(bed.path("home/playbooks")).unwrap();
        let command = format!("sh {}", bed.path("run.sh").display());
        let playbook = format!(
            r#"[[playbook]]
id = "own.shelf"
kind = "disk_full"
title = "the shelf is empty"
statement = "{{subject}} has an empty shelf."
mechanism = "nobody filled it"
confirms = "It is empty."
refutes = "It is full."
signals = [ {{ pattern = 'the shelf is empty', weight = 3.4 }} ]
checks = [ {{ id = "look", what = "Look at the shelf", command = "{command}", expect = "`done` is printed" }} ]
mitigations = [ {{ id = "fill", action = "Fill the shelf", command = "{command}", risk = "none", rollback = "none", verify = {{ id = "see", what = "See whether it is full", command = "{command}", expect = "`done` is printed" }} }} ]
"#
        );
        std::fs::write(bed.path("home/playbooks/own.toml"), playbook).unwrap();
        std::fs::write(bed.path("kube.conf"), "current-context: \"\"\n").unwrap();
        std::fs::write(
            bed.path("case.txt"),
            "2026-06-02T09:12:00Z ERROR checkout-api request failed: the shelf is empty\n".repeat(3),
        )
        .unwrap();
        bed
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn home(&self) -> PathBuf {
        self.path("home")
    }

    pub fn console(&self, arguments: &[&str]) -> Console {
        let (home, kube) = (self.home(), self.path("kube.conf"));
        let environment = [("KUBECONFIG", kube.to_str().unwrap())];
        Console::start(&Setting { environment: &environment, size: (110, 34), ..Setting::new(&home, arguments) })
    }

    /// A console with the case investigated, and the approval of the command in this panel open.
    pub fn asked(&self, panel: &str) -> Console {
        let case = self.path("case.txt");
        let mut console = self.console(&["new", case.to_str().unwrap()]);
        console.wait_for_text("finished");
        console.keys(panel);
        console.wait_for_text("$ sh ");
        console.keys("r");
        console.wait_for_text("Run this command?");
        console.wait_for_text("directory");
        std::thread::sleep(Duration::from_millis(400));
        console.keys("run");
        console
    }

    fn records(&self) -> Vec<Record> {
        let store = Store::at(self.home());
        let id = store.ids().unwrap().remove(0);
        store.load(&id).unwrap().records
    }

    pub fn session(&self) -> Session {
        Session::of(&self.records())
    }

    /// How often the command really ran.
    pub fn ran(&self) -> usize {
        std::fs::read_to_string(self.path("count")).unwrap_or_default().lines().count()
    }

    fn until(&self, console: &mut Console, what: &str, fits: impl Fn(&[Record]) -> bool) {
        let deadline = Instant::now() + LONGEST;
        while !fits(&self.records()) {
            assert!(Instant::now() < deadline, "waited for {what}; on screen:\n{}", console.rows());
            console.read(Instant::now() + Duration::from_millis(20));
        }
    }

    /// Opens the session again, waits, and leaves: what ran, ran before.
    fn reopened(&self, panel: &str) -> String {
        let id = Store::at(self.home()).ids().unwrap().remove(0);
        let mut console = self.console(&["open", &id]);
        console.wait_for_text("Chk");
        console.settle(Duration::from_millis(700));
        console.keys(panel);
        console.settle(Duration::from_millis(300));
        console.rows()
    }
}

fn kill(mut console: Console) {
    console.child.kill().unwrap();
    console.child.wait().unwrap();
}

/// The processes of runs, by the mark in their environment, that work for this folder.
fn left_over(folder: &Path) -> usize {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let name = folder.to_str().unwrap().as_bytes().to_vec();
    let of_ours = |p: PathBuf| {
        let line = std::fs::read(p.join("cmdline")).unwrap_or_default();
        let environment = std::fs::read(p.join("environ")).unwrap_or_default();
        let marked = environment.split(|b| *b == 0).any(|v| v.starts_with(b"HOTWASH_RUN="));
        marked && (contains(&line, &name) || contains(&environment, &name))
    };
    entries.filter(|e| of_ours(e.path())).count()
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|w| w == part)
}

fn nothing_left(folder: &Path) {
    let deadline = Instant::now() + Duration::from_secs(8);
    while left_over(folder) > 0 {
        assert!(Instant::now() < deadline, "{} processes are left", left_over(folder));
        std::thread::sleep(Duration::from_millis(50));
    }
}

const COUNTS: &str = "echo x >> FOLDER/count\nsleep \"$(cat FOLDER/seconds 2>/dev/null || echo 0)\"\necho done\n";

#[test]
fn killed_between_approval_and_start_nothing_runs_then_or_later() {
    let bed = Bed::with(COUNTS);
    let mut console = bed.asked("4");
    // The look at the context before the start waits for a pipe that nobody writes to.
    std::fs::remove_file(bed.path("kube.conf")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(bed.path("kube.conf")).status().unwrap();
    assert!(made.success());
    console.keys("\x19");
    bed.until(&mut console, "the approval", |r| r.iter().any(|r| matches!(r.event, Event::RunApproved { .. })));
    console.settle(Duration::from_millis(300));
    kill(console);
    assert_eq!(bed.ran(), 0);
    std::fs::remove_file(bed.path("kube.conf")).unwrap();
    let rows = bed.reopened("4");
    assert!(rows.contains("[APPROVED, NOT STARTED]"), "{rows}");
    assert_eq!(bed.ran(), 0, "an approval of before starts nothing");
    assert!(bed.session().runs.values().all(|r| r.state == RunState::Approved));
}

#[test]
fn killed_during_a_run_it_is_unknown_and_never_run_again() {
    let bed = Bed::with(COUNTS);
    std::fs::write(bed.path("seconds"), "120").unwrap();
    let mut console = bed.asked("6");
    console.keys("\x19");
    bed.until(&mut console, "the start", |r| r.iter().any(|r| matches!(r.event, Event::RunStarted { .. })));
    while bed.ran() == 0 {
        console.read(Instant::now() + Duration::from_millis(20));
    }
    kill(console);
    nothing_left(bed.folder.path());
    let rows = bed.reopened("6");
    assert!(rows.contains("[OUTCOME UNKNOWN]"), "{rows}");
    assert_eq!(bed.ran(), 1);
    let session = bed.session();
    let tried = session.tried();
    assert!(matches!(session.progress(tried[0]), Progress::Unknown(_)), "{:?}", session.progress(tried[0]));
    let told = hotwash::export::postmortem::current(&session, None).unwrap();
    assert!(told.contains("outcome unknown") && !told.contains("Mitigation by"), "{told}");
}

#[test]
fn a_hangup_asks_what_runs_to_end_and_nothing_of_it_is_told_as_done() {
    let bed = Bed::with(COUNTS);
    std::fs::write(bed.path("seconds"), "120").unwrap();
    let mut console = bed.asked("6");
    console.keys("\x19");
    bed.until(&mut console, "the start", |r| r.iter().any(|r| matches!(r.event, Event::RunStarted { .. })));
    console.signal(rustix::process::Signal::HUP);
    console.wait_for_end(LONGEST);
    nothing_left(bed.folder.path());
    let session = bed.session();
    assert!(session.runs.values().all(|r| r.state != RunState::Approved && r.status != Some(0)));
    let told = hotwash::export::postmortem::current(&session, None).unwrap();
    assert!(!told.contains("Mitigation by"), "{told}");
}

#[test]
fn killed_after_a_run_what_it_showed_stands_and_it_is_not_run_again() {
    let bed = Bed::with(COUNTS);
    let mut console = bed.asked("4");
    console.keys("\x19");
    bed.until(&mut console, "the judgement", |r| r.iter().any(|r| matches!(r.event, Event::CheckJudged { .. })));
    kill(console);
    let rows = bed.reopened("4");
    assert!(rows.contains("[PASS]"), "{rows}");
    assert_eq!(bed.ran(), 1);
    assert!(bed.session().runs.values().all(|r| r.state == RunState::Ended && r.status == Some(0)));
}

#[test]
fn killed_at_any_moment_after_the_approve_key_a_command_ran_at_most_once_and_only_once_approved() {
    for n in 0..4_u64 {
        let bed = Bed::with(COUNTS);
        let mut console = bed.asked("6");
        console.type_in(b"\x19");
        std::thread::sleep(Duration::from_millis(n * 37 % 120));
        kill(console);
        nothing_left(bed.folder.path());
        let before = bed.ran();
        let rows = bed.reopened("6");
        assert!(before <= 1 && bed.ran() == before, "{before} then {}\n{rows}", bed.ran());
        let session = bed.session();
        assert!(before == 0 || session.runs.len() == 1, "it ran and its approval is not on disk");
        assert!(!rows.contains("[DONE"), "{rows}");
        for m in session.tried() {
            assert!(!matches!(session.progress(m), Progress::Worked(..)), "{:?}", session.progress(m));
        }
    }
}

/// Resident memory of a process, in KiB.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap_or("");
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0)
}

fn assert_little(name: &str, more: u64, slowest: Duration) {
    // A build without optimization on a busy machine answers later; the figure is measured on a release.
    let measured = std::env::var_os("HOTWASH_BIN").is_some();
    assert!(more <= 64 << 10, "{name}: {more} KiB");
    assert!(slowest <= if measured { Duration::from_millis(50) } else { LONGEST }, "{name}: {slowest:?}");
}

/// How long the key of a panel takes to be seen: `3` or `9`.
fn answered(console: &mut Console, panel: &str) -> Duration {
    let title = if panel == "3" { "❯ Hypotheses" } else { "❯ Timeline" };
    let pressed = Instant::now();
    console.type_in(panel.as_bytes());
    while !console.rows().contains(title) && pressed.elapsed() < Duration::from_secs(5) {
        console.read(Instant::now() + Duration::from_millis(1));
    }
    pressed.elapsed()
}

/// Runs an endless command for a while; the answer is what it cost: KiB more, the slowest key of twenty.
fn cost(name: &str, script: &str, seconds: u64) {
    let bed = Bed::with(script);
    let mut console = bed.asked("4");
    console.settle(Duration::from_millis(300));
    let pid = console.child.id();
    let before = resident(pid);
    console.keys("\x19");
    bed.until(&mut console, "the start", |r| r.iter().any(|r| matches!(r.event, Event::RunStarted { .. })));
    let (mut most, mut slowest) = (0, Duration::ZERO);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut panels = ["3", "9"].into_iter().cycle();
    while Instant::now() < end {
        let panel = panels.next().unwrap();
        slowest = slowest.max(answered(&mut console, panel));
        most = most.max(resident(pid));
        console.swallow_into_screen(Duration::from_millis(150));
    }
    let more = most.saturating_sub(before);
    println!("{name}: {} KiB more, slowest key {slowest:?}", more);
    console.keys("uc");
    bed.until(&mut console, "its end", |r| r.iter().any(|r| matches!(r.event, Event::RunEnded { .. })));
    most = most.max(resident(pid));
    let more = most.saturating_sub(before);
    nothing_left(bed.folder.path());
    println!("{name}: {more} KiB more at its end, 0 processes left");
    assert_little(name, more, slowest);
}

#[test]
fn endless_output_costs_little_and_leaves_nothing_behind() {
    let seconds = std::env::var("HOTWASH_ENDLESS").ok().and_then(|s| s.parse().ok()).unwrap_or(2);
    cost("yes", "yes\n", seconds);
    if seconds > 2 {
        cost("urandom", "cat /dev/urandom\n", seconds);
        cost("lines", "seq 1 2000000000\n", seconds);
    }
    let tree = "for i in 1 2 3; do (setsid sh -c 'setsid sh -c \"setsid yes FOLDER >/dev/null & sleep 600\" & sleep 600' &) ; done\nsetsid sleep 600 &\nsleep 600\n";
    cost("a tree of sessions", tree, seconds);
}

/// A flood that ends by itself: so many bytes, read to the end within the time that a run has.
#[test]
fn a_flood_is_read_to_its_end_with_bounded_memory_and_answered_keys() {
    let bytes: u64 = std::env::var("HOTWASH_FLOOD").ok().and_then(|s| s.parse().ok()).unwrap_or(200_000_000);
    let bed = Bed::with(&format!("head -c {bytes} /dev/zero | tr '\\0' x\n"));
    std::fs::write(bed.path("home/config.toml"), "command_timeout_s = 3600\n").unwrap();
    let mut console = bed.asked("4");
    console.settle(Duration::from_millis(300));
    let pid = console.child.id();
    let before = resident(pid);
    let began = Instant::now();
    console.keys("\x19");
    let (mut most, mut slowest, mut status) = (0, Duration::ZERO, None);
    let mut panels = ["3", "9"].into_iter().cycle();
    while status.is_none() {
        assert!(began.elapsed() < Duration::from_secs(3_600), "it did not end");
        let panel = panels.next().unwrap();
        slowest = slowest.max(answered(&mut console, panel));
        most = most.max(resident(pid));
        console.swallow_into_screen(Duration::from_millis(150));
        status = bed.records().iter().find_map(|r| match &r.event {
            Event::RunEnded { status, how, .. } => Some((*status, how.clone())),
            _ => None,
        });
    }
    let more = most.saturating_sub(before);
    println!("{bytes} bytes in {:?}: {more} KiB more, slowest key {slowest:?}", began.elapsed());
    assert_eq!(status, Some((Some(0), "exited".into())));
    assert_little("flood", more, slowest);
    nothing_left(bed.folder.path());
}
