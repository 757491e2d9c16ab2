//! Serving over SSH, with the stock OpenSSH client: who has a key sees the screen, and nobody gets
//! anything else.

mod limits;
mod people;
mod refusals;
mod requests;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::bench::Bench;
use crate::terminal::Console;

/// A server of one session, and the keys of those who may come in.
pub struct Served {
    pub child: Child,
    pub address: SocketAddr,
    pub home: tempfile::TempDir,
    lines: BufReader<std::process::ChildStdout>,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// True where the stock client is there; says so where it is not.
pub fn is_there() -> bool {
    let there = ["ssh", "ssh-keygen"].iter().all(|p| Command::new(p).arg("-V").output().is_ok());
    if !there {
        println!("skipped: there is no ssh here");
    }
    there
}

fn make_key(at: &Path) -> String {
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(at).status().unwrap();
    assert!(made.success());
    std::fs::read_to_string(at.with_extension("pub")).unwrap().trim().to_owned()
}

impl Served {
    /// A served session of an investigated incident: kim may look, sam may say something.
    pub fn start(settings: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let b = Bench::investigated((80, 24));
        crate::follow::save(home.path(), &b.records);
        Self::of(home, crate::follow::ID, settings)
    }

    /// The same of a session in this home.
    pub fn of(home: tempfile::TempDir, session: &str, settings: &str) -> Self {
        let mut people = String::new();
        for (name, role) in [("kim", "observer"), ("sam", "scribe")] {
            let key = make_key(&home.path().join(name));
            people += &format!("[[guest]]\nname = \"{name}\"\nkey = \"{key}\"\nrole = \"{role}\"\n");
        }
        make_key(&home.path().join("stranger"));
        std::fs::write(home.path().join("serve.toml"), people).unwrap();
        std::fs::write(home.path().join("config.toml"), format!("[serve]\n{settings}\n")).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_hotwash"))
            .args(["serve", session, "--ssh", "127.0.0.1:0"])
            .env("HOTWASH_HOME", home.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        let address = first.trim().rsplit(' ').next().unwrap().parse().unwrap();
        let mut served = Self { child, address, home, lines };
        assert!(served.line().starts_with("host key SHA256:"));
        assert!(served.line().starts_with("sam speaks with the key "));
        served
    }

    /// The next line that the server prints.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line
    }

    pub fn key(&self, who: &str) -> PathBuf {
        self.home.path().join(who)
    }

    /// What every call of the client has: this key, this server, no file of the person who runs the test.
    pub fn options(&self, who: &str) -> Vec<String> {
        let mut options: Vec<String> = ["-F", "none", "-p"].map(str::to_owned).into();
        options.push(self.address.port().to_string());
        options.extend(["-i".to_owned(), self.key(who).display().to_string()]);
        for option in [
            "IdentitiesOnly=yes",
            "IdentityAgent=none",
            "StrictHostKeyChecking=no",
            "UserKnownHostsFile=/dev/null",
            "PasswordAuthentication=no",
            "BatchMode=yes",
            "LogLevel=ERROR",
        ] {
            options.extend(["-o".to_owned(), option.to_owned()]);
        }
        options
    }

    /// The client in a terminal of its own.
    pub fn visit(&self, who: &str, size: (u16, u16)) -> Console {
        let mut arguments = self.options(who);
        arguments.push("guest@127.0.0.1".into());
        Console::of("ssh", &arguments, size)
    }

    /// The client without a terminal: exit code, standard output and error.
    pub fn call(&self, who: &str, before: &[&str], command: &[&str]) -> (Option<i32>, String) {
        let output = Command::new("ssh")
            .args(self.options(who))
            .args(before)
            .arg("guest@127.0.0.1")
            .args(command)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&said).into_owned())
    }

    /// What the server holds by now: open files, threads, children, resident KiB.
    pub fn holds(&self) -> (usize, usize, usize, u64) {
        let at = PathBuf::from(format!("/proc/{}", self.child.id()));
        let count = |name: &str| std::fs::read_dir(at.join(name)).unwrap().count();
        let tasks = std::fs::read_dir(at.join("task")).unwrap().flatten();
        let children = tasks.map(|t| std::fs::read_to_string(t.path().join("children")).unwrap_or_default());
        let children = children.map(|c| c.split_whitespace().count()).sum();
        let status = std::fs::read_to_string(at.join("status")).unwrap();
        let resident = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
        (count("fd"), count("task"), children, resident.split_whitespace().nth(1).unwrap().parse().unwrap())
    }

    /// Waits until the server holds no more files than this.
    pub fn wait_for_files(&self, most: usize) {
        let deadline = std::time::Instant::now() + crate::terminal::LONGEST;
        while self.holds().0 > most {
            assert!(std::time::Instant::now() < deadline, "{:?} and not {most} files", self.holds());
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }
}

#[test]
fn whoever_has_a_key_sees_the_screen_and_leaves_it_with_a_sane_terminal() {
    if !is_there() {
        return;
    }
    let mut served = Served::start("");
    let mut kim = served.visit("kim", (100, 30));
    kim.wait_for_text("LEAD IS GONE");
    // The key was made for its owner alone.
    let key = std::fs::metadata(served.home.path().join("serve-host-key")).unwrap();
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&key) & 0o777, 0o600);
    assert!(served.line().starts_with("kim came from 127.0.0.1:"));
    kim.leave_card();
    kim.type_in(b"4");
    kim.wait_for_text("─❯ Checklist");
    kim.type_in(b"q");
    let ended = kim.wait_for_end(crate::terminal::LONGEST);
    assert_eq!(ended.code(), Some(0), "{}", kim.rows());
    kim.assert_sane();
    assert!(served.line().starts_with("kim left"));
}
