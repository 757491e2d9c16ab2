//! A real walk: PostgreSQL on loopback runs out of connections, and the console finds it, frees it and
//! tells it. Skipped where no PostgreSQL is installed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hotwash::domain::{Check, Outcome, Verdict};
use hotwash::journal::Event;
use hotwash::runtime::store::Store;
use hotwash::session::{Progress, Session};
use rustix::process::Signal;

use crate::terminal::{Console, LONGEST, Setting};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/walks/postgres-pool.sh");

/// A server whose connections run out; it ends with the test.
struct Exhausted {
    folder: PathBuf,
    port: String,
}

impl Exhausted {
    fn begin(folder: &Path) -> Option<Self> {
        let there = ["/usr/lib/postgresql", "/usr/local/bin/postgres", "/usr/bin/postgres"]
            .iter()
            .any(|p| Path::new(p).exists());
        let client = Command::new("psql").arg("--version").stdout(Stdio::null()).status().is_ok_and(|s| s.success());
        if !there || !client {
            println!("skipped: PostgreSQL is not installed");
            return None;
        }
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Self { folder: folder.join("pg"), port: free.to_string() };
        server.script("start");
        server.script("exhaust");
        Some(server)
    }

    fn script(&self, verb: &str) {
        let mut command = Command::new("bash");
        command.args([SCRIPT, verb, self.folder.to_str().unwrap(), &self.port]).stdin(Stdio::null());
        let status = command.stdout(Stdio::null()).status().unwrap();
        assert!(status.success() || verb == "stop", "{verb}");
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("checkout-api.log")).unwrap_or_default()
    }

    /// Waits for so many more lines of the service's log that hold a word.
    fn wait_for_lines(&self, word: &str, more: usize) {
        let count = || self.log().lines().filter(|l| l.contains(word)).count();
        let (before, deadline) = (count(), Instant::now() + LONGEST);
        while count() < before + more {
            assert!(Instant::now() < deadline, "no {word}:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Exhausted {
    fn drop(&mut self) {
        self.script("stop");
    }
}

fn session(home: &Path) -> Session {
    let store = Store::at(home);
    let id = store.ids().unwrap().remove(0);
    Session::of(&store.load(&id).unwrap().records)
}

/// Approves what is asked: the phrase, then the key.
fn approve(console: &mut Console, phrase: &str) {
    console.wait_for_text("Run this command?");
    console.wait_for_text("directory");
    std::thread::sleep(Duration::from_millis(400));
    console.keys(phrase);
    console.keys("\x19");
}

fn until(console: &mut Console, home: &Path, what: &str, fits: impl Fn(&Session) -> bool) -> Session {
    let deadline = Instant::now() + LONGEST;
    loop {
        console.read(Instant::now() + Duration::from_millis(100));
        let now = session(home);
        if fits(&now) {
            return now;
        }
        assert!(Instant::now() < deadline, "waited for {what}; on screen:\n{}", console.rows());
    }
}

#[test]
fn an_exhausted_pool_is_found_freed_and_told_with_its_times() {
    let folder = tempfile::tempdir().unwrap();
    // The server's own user reads the folder.
    std::process::Command::new("chmod").args(["755", folder.path().to_str().unwrap()]).status().unwrap();
    let Some(server) = Exhausted::begin(folder.path()) else { return };
    server.wait_for_lines("ERROR", 3);
    let home = folder.path().join("home");
    std::fs::create_dir(&home).unwrap();
    let case = folder.path().join("checkout.log");
    std::fs::write(&case, server.log()).unwrap();
    let environment = [("PGPORT", server.port.as_str()), ("PGUSER", "postgres")];
    let arguments = ["new", case.to_str().unwrap(), "--title", "no orders"];
    let mut console =
        Console::start(&Setting { environment: &environment, size: (120, 40), ..Setting::new(&home, &arguments) });
    console.wait_for_text("finished");

    // The first check finds it, and what it shows confirms the hypothesis.
    console.keys("4r");
    approve(&mut console, "y");
    until(&mut console, &home, "a judged check", |s| !s.weighing.is_empty() && s.investigations.len() >= 2);
    let done = |s: &Session| s.investigations.last().is_some_and(|i| i.ended.as_deref() == Some("finished"));
    let found = until(&mut console, &home, "the second report", done);
    let first = &found.report.as_ref().unwrap().hypotheses[0];
    assert_eq!((first.subject.as_str(), first.verdict), ("checkout-api", Verdict::Confirmed));
    // The command may be read for several hypotheses, each by its own rule.
    let of_first = |c: &Check| c.hypotheses.contains(&first.id);
    let (_, judgement) = found.weighing.values().find(|(c, _)| of_first(c)).expect("a reading for the first");
    assert_eq!(judgement.outcome, Outcome::Pass, "{}", judgement.because);
    let line = judgement.decided_by.as_ref().map(|c| c.quote.clone()).unwrap_or_default();
    assert!(line.contains("17"), "{line}");
    let trail = &found.investigations.last().unwrap().steps;
    let moved: Vec<&str> = trail.iter().filter(|s| s.title == "A check moved it").map(|s| s.text.as_str()).collect();
    assert!(moved.iter().any(|m| m.contains("confirmed") && m.contains("free is 0")), "{moved:?}");

    // The mitigation: suggested, run, and not told as done before its own check has passed.
    console.keys("6r");
    console.wait_for_text("standing_longer_than?");
    console.keys("2 seconds\r");
    approve(&mut console, "127.0.0.1");
    let ran = until(&mut console, &home, "the mitigation's end", |s| {
        s.tried().iter().any(|m| matches!(s.progress(m), Progress::Ran(_)))
    });
    let early = hotwash::export::postmortem::current(&ran, None).unwrap();
    assert!(early.contains("whether it worked is not known") && !early.contains("Mitigation by"), "{early}");
    server.wait_for_lines("placed", 2);

    console.keys("6");
    for _ in 0..30 {
        if console.rows().lines().any(|l| l.contains('❯') && l.contains("then ")) {
            break;
        }
        console.keys("j");
    }
    console.keys("r");
    approve(&mut console, "y");
    let worked = until(&mut console, &home, "the mitigation's check", |s| {
        s.tried().iter().any(|m| matches!(s.progress(m), Progress::Worked(..))) && done(s)
    });
    let hypothesis = &hotwash::app::standing::hypotheses(&worked)[0];
    assert_eq!(hypothesis.verdict, Verdict::Confirmed, "what is seen after the cure does not weaken the cause");
    console.keys("6");
    console.wait_for_text("[DONE: run");

    // The exported postmortem says so, with times.
    console.signal(Signal::TERM);
    console.wait_for_end(Duration::from_secs(5));
    let id = Store::at(&home).ids().unwrap().remove(0);
    let mut export = Command::new(env!("CARGO_BIN_EXE_hotwash"));
    let said = export.env("HOTWASH_HOME", &home).args(["export", &id, "--format", "postmortem"]).output().unwrap();
    let text = String::from_utf8(said.stdout).unwrap();
    let ran = worked.runs[&2].started.unwrap().format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let timeline = text.split("## Timeline").nth(1).unwrap_or("").split("\n## ").next().unwrap_or("").to_owned();
    assert!(timeline.contains(&ran) && timeline.contains("Mitigation by tester"), "{text}");
    assert!(timeline.contains("connections are free again"), "{timeline}");
    let response = text.split("## Response").nth(1).unwrap_or("").split("\n## ").next().unwrap_or("").to_owned();
    assert!(response.contains("passed at"), "{response}");
    let ids = worked.runs.values().filter(|r| r.started.is_some()).count();
    assert_eq!(ids, 3);
    let all = Store::at(&home).load(&id).unwrap().records;
    let approved = all.iter().filter(|r| matches!(r.event, Event::RunApproved { .. })).count();
    assert_eq!(approved, ids, "each run has its own approval");
    println!("{text}");
}
