//! A nats-server of a test's own: started, killed, started again, emptied; and a relay before it that
//! stops forwarding.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::{Duration, Instant};

use super::LIMIT;

/// A server, killed when it is dropped.
pub struct Server {
    dir: tempfile::TempDir,
    port: u16,
    environment: Vec<(String, String)>,
    child: Option<Child>,
}

/// The program; `None`, and said, where it is not installed.
pub fn program() -> Option<std::path::PathBuf> {
    let paths = ["/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"];
    let found = paths.iter().map(std::path::PathBuf::from).find(|p| p.is_file());
    if found.is_none() {
        println!("skipped: no nats-server on this machine");
    }
    found
}

/// A port that nobody listens on, each asked for once: below those that a system gives to connections, so
/// that a server that was killed finds its own again.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let begin = std::process::id() % 10_000;
    let ports = std::iter::repeat_with(|| {
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        u16::try_from(20_000 + (begin + u32::from(next)) % 10_000).unwrap()
    });
    ports.take(10_000).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}

impl Server {
    /// A server with JetStream and these further lines of configuration; `None` where there is no program.
    pub fn start(more: &str) -> Option<Self> {
        Self::with(more, &[])
    }

    /// The same, with these variables in its environment.
    pub fn with(more: &str, environment: &[(&str, &str)]) -> Option<Self> {
        Self::configured(|store| format!("jetstream {{ store_dir: \"{store}\" }}\n{more}\n"), environment)
    }

    pub fn without_jetstream() -> Option<Self> {
        Self::configured(|_| String::new(), &[])
    }

    fn configured(more: impl Fn(&str) -> String, environment: &[(&str, &str)]) -> Option<Self> {
        program()?;
        let dir = tempfile::tempdir().unwrap();
        let port = free_port();
        let store = dir.path().join("store");
        let text = format!("listen: \"127.0.0.1:{port}\"\n{}", more(&store.display().to_string()));
        std::fs::write(dir.path().join("server.conf"), text).unwrap();
        let environment = environment.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let mut server = Self { dir, port, environment, child: None };
        server.restart();
        Some(server)
    }

    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Starts it where it is down, and waits until it answers.
    pub fn restart(&mut self) {
        let log = std::fs::File::options().create(true).append(true).open(self.dir.path().join("log")).unwrap();
        let child = Command::new(program().unwrap())
            .arg("-c")
            .arg(self.dir.path().join("server.conf"))
            .envs(self.environment.iter().map(|(n, v)| (n, v)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
        let begin = Instant::now();
        while !self.answers() {
            let log = std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
            assert!(begin.elapsed() < LIMIT, "the server does not start: {log}");
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    fn answers(&self) -> bool {
        let Ok(mut to) = TcpStream::connect(("127.0.0.1", self.port)) else { return false };
        to.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        let mut begin = [0; 4];
        to.read_exact(&mut begin).is_ok() && &begin == b"INFO"
    }

    /// As a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// What its disk holds of everything now, put aside; the server is down meanwhile.
    pub fn put_aside(&self) {
        copy(&self.dir.path().join("store"), &self.dir.path().join("aside"));
    }

    /// Its disk as it was put aside: what was written since had not been synced when the power went.
    pub fn lose_power_since(&self) {
        self.wipe();
        copy(&self.dir.path().join("aside"), &self.dir.path().join("store"));
    }

    /// Everything that it kept is gone.
    pub fn wipe(&self) {
        std::fs::remove_dir_all(self.dir.path().join("store")).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().unwrap().is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Between a client and a server: forwards, or holds everything back without closing anything.
pub struct Relay {
    port: u16,
    cut: Arc<AtomicBool>,
}

impl Relay {
    pub fn before(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, to) = (listener.local_addr().unwrap().port(), server.port());
        let cut = Arc::new(AtomicBool::new(false));
        let held = Arc::clone(&cut);
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let Ok(far) = TcpStream::connect(("127.0.0.1", to)) else { continue };
                for (from, to) in [(near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near)] {
                    let held = Arc::clone(&held);
                    std::thread::spawn(move || forward(from, to, &held));
                }
            }
        });
        Self { port, cut }
    }

    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Cuts the line, or mends it: what was held back arrives late.
    pub fn cut(&self, cut: bool) {
        self.cut.store(cut, Ordering::SeqCst);
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream, held: &AtomicBool) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(n) = from.read(&mut buffer) {
        while held.load(Ordering::SeqCst) {
            std::thread::park_timeout(Duration::from_millis(5));
        }
        if n == 0 || to.write_all(&buffer[..n]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
    let _ = from.shutdown(std::net::Shutdown::Both);
}
