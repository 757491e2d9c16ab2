//! A terminal for tests and measurements: the real binary in a pty, its screen read through an
//! emulator.
#![expect(dead_code, reason = "tests use some of it, measurements other parts")]

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use pty_process::blocking::{Command, Pts, Pty};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, tcgetattr};

pub const LONGEST: Duration = Duration::from_secs(60);

/// What a console is started with.
pub struct Setting<'a> {
    pub home: &'a Path,
    pub arguments: &'a [&'a str],
    pub size: (u16, u16),
    pub environment: &'a [(&'a str, &'a str)],
    /// `None`: the terminal. Else this text comes through a pipe.
    pub piped: Option<&'a str>,
}

impl<'a> Setting<'a> {
    pub fn new(home: &'a Path, arguments: &'a [&'a str]) -> Self {
        Self { home, arguments, size: (100, 30), environment: &[], piped: None }
    }
}

/// A console in a pty of its own.
pub struct Console {
    pub child: Child,
    pty: Option<Pty>,
    /// Stays open, so that the terminal's settings can be read after the console has gone.
    pub pts: Pts,
    bytes: Receiver<Vec<u8>>,
    paused: Arc<AtomicBool>,
    pace: Arc<AtomicU32>,
    pub screen: vt100::Parser,
    pub written: Vec<u8>,
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Console {
    pub fn start(setting: &Setting<'_>) -> Self {
        // Another build of it can be measured without building it again.
        let program = std::env::var_os("HOTWASH_BIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_hotwash").into());
        let mut command = Command::new(program)
            .args(setting.arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOTWASH_HOME", setting.home)
            .env("HOME", setting.home)
            .env("USER", "tester")
            .env("TERM", "xterm-256color")
            .env("LANG", "C.UTF-8")
            .envs(setting.environment.iter().copied());
        if setting.piped.is_some() {
            command = command.stdin(Stdio::piped());
        }
        let mut console = Self::spawn(command, setting.size);
        if let Some(text) = setting.piped {
            console.child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        }
        console
    }

    /// Another program in a terminal.
    pub fn of(program: &str, arguments: &[String], size: (u16, u16)) -> Self {
        Self::spawn(Command::new(program).args(arguments).env("TERM", "xterm-256color"), size)
    }

    fn spawn(mut command: Command, size: (u16, u16)) -> Self {
        let (pty, pts) = pty_process::blocking::open().unwrap();
        let (columns, rows) = size;
        pty.resize(pty_process::Size::new(rows, columns)).unwrap();
        let child = command.spawn_borrowed(&pts).unwrap();
        let mut from = std::fs::File::from(rustix::io::dup(&pty).unwrap());
        let (to, bytes) = channel();
        let paused = Arc::new(AtomicBool::new(false));
        let waits = Arc::clone(&paused);
        let pace = Arc::new(AtomicU32::new(0));
        let paced = Arc::clone(&pace);
        std::thread::spawn(move || {
            let mut buffer = [0; 65536];
            loop {
                let pace = paced.load(Ordering::Relaxed);
                let most = if pace == 0 { buffer.len() } else { 64 };
                let Ok(n) = from.read(&mut buffer[..most]) else { return };
                if pace > 0 {
                    std::thread::sleep(Duration::from_secs_f64(n as f64 / f64::from(pace)));
                }
                if n == 0 || to.send(buffer[..n].to_vec()).is_err() {
                    return;
                }
                while waits.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
        });
        let screen = vt100::Parser::new(rows, columns, 0);
        Self { child, pty: Some(pty), pts, bytes, paused, pace, screen, written: Vec::new() }
    }

    pub fn type_in(&mut self, bytes: &[u8]) {
        self.pty.as_mut().unwrap().write_all(bytes).unwrap();
    }

    /// The line takes nothing more, or takes all again.
    pub fn pause(&self, paused: bool) {
        self.paused.store(paused, Ordering::Relaxed);
    }

    /// The line carries so many bytes a second from here on.
    pub fn pace(&self, bytes_a_second: u32) {
        self.pace.store(bytes_a_second, Ordering::Relaxed);
    }

    /// Keys as a person types them: one after the other.
    pub fn keys(&mut self, keys: &str) {
        for key in keys.chars() {
            self.type_in(key.to_string().as_bytes());
            self.settle(Duration::from_millis(60));
        }
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.pty.as_ref().unwrap().resize(pty_process::Size::new(rows, columns)).unwrap();
        self.screen = vt100::Parser::new(rows, columns, 0);
    }

    /// Reads for as long as something comes, at most until `deadline`; false when nothing came.
    pub fn read(&mut self, deadline: Instant) -> bool {
        match self.bytes.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(bytes) => {
                // All that is there: whoever looks at the screen after each piece falls behind a flood.
                for bytes in std::iter::once(bytes).chain(self.bytes.try_iter()) {
                    self.screen.process(&bytes);
                    self.written.extend_from_slice(&bytes);
                }
                true
            }
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => {
                std::thread::sleep(Duration::from_millis(5));
                false
            }
        }
    }

    /// Reads without an emulator: frames for a size that is over by now mean nothing to one.
    pub fn swallow(&mut self, time: Duration) {
        let deadline = Instant::now() + time;
        while self.bytes.recv_timeout(deadline.saturating_duration_since(Instant::now())).is_ok() {}
    }

    /// Reads for a time, whatever comes.
    pub fn swallow_into_screen(&mut self, time: Duration) {
        let deadline = Instant::now() + time;
        while Instant::now() < deadline {
            self.read(deadline);
        }
    }

    pub fn rows(&self) -> String {
        self.screen.screen().contents()
    }

    /// Waits until the screen fits.
    pub fn wait_for(&mut self, what: &str, fits: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + LONGEST;
        while !fits(&self.rows()) {
            assert!(Instant::now() < deadline, "waited for {what}; on screen:\n{}", self.rows());
            self.read(deadline.min(Instant::now() + Duration::from_millis(20)));
            if let Some(status) = self.child.try_wait().unwrap() {
                while self.read(Instant::now() + Duration::from_millis(100)) {}
                assert!(fits(&self.rows()), "ended ({status}) before {what}; on screen:\n{}", self.rows());
            }
        }
    }

    /// Waits for the catch-up card, leaves it, and waits until it is gone.
    pub fn leave_card(&mut self) {
        self.wait_for_text("Catching up");
        self.type_in(b"q");
        self.wait_for("the card to go", |rows| !rows.contains("Catching up"));
    }

    pub fn wait_for_text(&mut self, text: &str) {
        self.wait_for(text, |rows| rows.contains(text));
    }

    /// Waits until what was written fits.
    pub fn wait_for_bytes(&mut self, fits: impl Fn(&[u8]) -> bool) {
        let deadline = Instant::now() + LONGEST;
        while !fits(&self.written) {
            assert!(Instant::now() < deadline, "waited for bytes; on screen:\n{}", self.rows());
            self.read(deadline);
        }
    }

    /// Waits until the process rests; nothing is read meanwhile.
    pub fn wait_until_idle(&self, rest: Duration) {
        wait_until_idle(self.child.id(), rest);
    }

    /// Reads until nothing was written for `rest`.
    pub fn settle(&mut self, rest: Duration) {
        let deadline = Instant::now() + LONGEST;
        while self.read(Instant::now() + rest) && Instant::now() < deadline {}
    }

    pub fn wait_for_first_frame(&mut self) {
        self.wait_for("a frame", |rows| !rows.trim().is_empty());
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    pub fn wait_for_end(&mut self, within: Duration) -> ExitStatus {
        let deadline = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                while self.read(Instant::now() + Duration::from_millis(50)) {}
                return status;
            }
            assert!(Instant::now() < deadline, "still there after {within:?}; on screen:\n{}", self.rows());
            self.read(Instant::now() + Duration::from_millis(10));
        }
    }

    /// Every mode is off and the terminal's settings are those of a shell.
    pub fn assert_sane(&self) {
        let modes = tcgetattr(&self.pts).unwrap().local_modes;
        assert!(modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG), "{modes:?}");
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen() && !screen.bracketed_paste() && !screen.hide_cursor());
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    }

    pub fn cpu_ticks(&self) -> u64 {
        cpu_ticks(self.child.id())
    }

    pub fn state(&self) -> char {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        stat.rsplit(") ").next().unwrap().chars().next().unwrap()
    }
}

/// `utime + stime` of a process, in clock ticks (10 ms).
pub fn cpu_ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

/// Waits until a process has used no processor time for `rest`, some ticks long: what it was told is done.
pub fn wait_until_idle(pid: u32, rest: Duration) {
    let deadline = Instant::now() + LONGEST;
    let mut ticks = cpu_ticks(pid);
    loop {
        std::thread::sleep(rest);
        let now = cpu_ticks(pid);
        if now == ticks {
            return;
        }
        assert!(Instant::now() < deadline, "it never rests");
        ticks = now;
    }
}
