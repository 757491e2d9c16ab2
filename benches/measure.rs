//! What the console must show in figures, measured on the real binary in a real pty:
//! `cargo bench --bench measure`. Prints a table; exits with 1 where a figure is missed.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement stops at what it did not expect, and prints"
)]

#[path = "../tests/terminal.rs"]
mod terminal;

#[path = "measure/documents.rs"]
mod documents;

use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use terminal::{Console, Setting};

const KIB: usize = 1024;

struct Figure {
    what: &'static str,
    measured: String,
    limit: &'static str,
    holds: bool,
}

fn main() {
    // `cargo test` builds and runs benches as well, and passes no `--bench`: a measurement of a debug build says nothing.
    if !std::env::args().any(|a| a == "--bench") {
        return;
    }
    if let Some(keys) = std::env::args().skip_while(|a| a != "--show").nth(1) {
        return show(&keys);
    }
    let mut figures = vec![first_frame()];
    figures.extend(paste_of_100_kib());
    figures.extend(idle());
    figures.extend(keys_over_100_000_lines());
    figures.push(documents::keys_in_200_kib());
    figures.extend(documents::exports());
    let mut missed = 0;
    for f in &figures {
        println!("{} {:<58} {:>26}   (at most {})", if f.holds { "ok  " } else { "MISS" }, f.what, f.measured, f.limit);
        missed += usize::from(!f.holds);
    }
    std::process::exit(i32::from(missed > 0));
}

/// Prints the screen after some keys: for a person who wants to see what is measured.
fn show(keys: &str) {
    let home = tempfile::tempdir().unwrap();
    let mut console = Console::start(&Setting { size: (120, 36), ..Setting::new(home.path(), &[]) });
    console.wait_for_first_frame();
    console.type_in(format!("\x1b[200~{}\x1b[201~", incident(100 * KIB)).as_bytes());
    console.settle(Duration::from_millis(1500));
    for key in keys.chars() {
        console.type_in(key.to_string().as_bytes());
        console.settle(Duration::from_millis(300));
    }
    println!("{}", console.rows());
}

fn ms(d: Duration) -> f64 {
    d.as_secs_f64() * 1000.0
}

fn percentile(sorted: &[f64], p: f64) -> f64 {
    let at = (p * (sorted.len() - 1) as f64).ceil() as usize;
    sorted[at.min(sorted.len() - 1)]
}

fn first_frame() -> Figure {
    let mut times: Vec<f64> = (0..30)
        .map(|_| {
            let home = tempfile::tempdir().unwrap();
            let began = Instant::now();
            let mut console = Console::start(&Setting { size: (120, 36), ..Setting::new(home.path(), &[]) });
            console.wait_for_bytes(|written| contains(written, b"hotwash"));
            let took = ms(began.elapsed());
            console.signal(Signal::TERM);
            console.wait_for_end(Duration::from_secs(5));
            took
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let (median, worst) = (percentile(&times, 0.5), percentile(&times, 0.95));
    Figure {
        what: "start to first frame",
        measured: format!("median {median:.1} ms, p95 {worst:.1} ms"),
        limit: "15 ms",
        holds: median <= 15.0,
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|w| w == part)
}

/// One of our incidents, with as many ordinary lines before it as make up the size.
fn incident(size: usize) -> String {
    let case = include_str!("../fixtures/incidents/memory-leak-after-deploy.txt");
    let mut text = String::with_capacity(size);
    let mut i = 0;
    while text.len() + case.len() < size {
        let (minute, second) = (i / 60 % 60, i % 60);
        text.push_str(&format!(
            "2026-03-14T08:{minute:02}:{second:02}Z INFO search-api GET /v1/items/{i} 200 in {} ms\n",
            3 + i % 40
        ));
        i += 1;
    }
    text.push_str(case);
    text
}

fn paste_of_100_kib() -> [Figure; 2] {
    let text = format!("\x1b[200~{}\x1b[201~", incident(100 * KIB).replace('\n', "\r"));
    let mut times = Vec::new();
    let mut resident = 0;
    for _ in 0..7 {
        let home = tempfile::tempdir().unwrap();
        let mut console = Console::start(&Setting { size: (120, 36), ..Setting::new(home.path(), &[]) });
        console.wait_for_first_frame();
        console.settle(Duration::from_millis(300));
        let began = Instant::now();
        console.type_in(text.as_bytes());
        console.wait_for("a hypothesis", has_hypothesis);
        times.push(ms(began.elapsed()));
        console.settle(Duration::from_millis(500));
        resident = resident.max(resident_kib(console.child.id()));
    }
    times.sort_by(f64::total_cmp);
    let median = percentile(&times, 0.5);
    [
        Figure {
            what: "paste of 100 KiB to first hypothesis on screen",
            measured: format!("median {median:.0} ms, worst {:.0} ms", percentile(&times, 1.0)),
            limit: "100 ms",
            holds: median <= 100.0,
        },
        Figure {
            what: "resident with that paste",
            measured: format!("{:.1} MiB", resident as f64 / 1024.0),
            limit: "20 MiB",
            holds: resident <= 20 * 1024,
        },
    ]
}

fn has_hypothesis(rows: &str) -> bool {
    rows.lines().next().is_some_and(|first| first.contains("SEV") && !first.contains("Cause not known yet"))
}

fn resident_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// CPU time of all threads, to the microsecond.
fn cpu(pid: u32) -> Duration {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let of = |dir: std::io::Result<std::fs::DirEntry>| -> Option<u64> {
        let text = std::fs::read_to_string(dir.ok()?.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse().ok()
    };
    Duration::from_nanos(threads.filter_map(of).sum())
}

fn idle() -> [Figure; 2] {
    let home = tempfile::tempdir().unwrap();
    let mut console = Console::start(&Setting { size: (120, 36), ..Setting::new(home.path(), &[]) });
    console.wait_for_first_frame();
    console.type_in(format!("\x1b[200~{}\x1b[201~", incident(100 * KIB)).as_bytes());
    console.wait_for("a hypothesis", has_hypothesis);
    // Toasts go, the last record is saved.
    console.settle(Duration::from_secs(6));
    let (bytes, before) = (console.written.len(), cpu(console.child.id()));
    console.settle(Duration::from_secs(10));
    let (bytes, used) = (console.written.len() - bytes, ms(cpu(console.child.id()) - before));
    [
        Figure { what: "ten idle seconds: bytes", measured: bytes.to_string(), limit: "0", holds: bytes == 0 },
        Figure {
            what: "ten idle seconds: CPU",
            measured: format!("{used:.2} ms"),
            limit: "10 ms",
            holds: used <= 10.0,
        },
    ]
}

fn keys_over_100_000_lines() -> [Figure; 3] {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("large.log");
    write_lines(&file, 100_000);
    let mut console =
        Console::start(&Setting { size: (120, 36), ..Setting::new(home.path(), &["new", file.to_str().unwrap()]) });
    console.wait_for("the report", |rows| has_hypothesis(rows) || rows.contains("nconclusive"));
    console.type_in(b"1");
    console.settle(Duration::from_secs(3));
    let (mut times, mut sizes) = (Vec::new(), Vec::new());
    let keys: [&[u8]; 8] = [b"j", b"j", b"\x1b[6~", b"k", b"\x1b[B", b"\x1b[6~", b"\x1b[5~", b"\x1b[B"];
    for key in keys.iter().cycle().take(400) {
        let before = console.written.len();
        let began = Instant::now();
        console.type_in(key);
        while console.written.len() == before && began.elapsed() < Duration::from_millis(500) {
            console.read(Instant::now() + Duration::from_millis(100));
        }
        times.push(ms(began.elapsed()));
        console.settle(Duration::from_millis(20));
        sizes.push((console.written.len() - before) as f64);
    }
    times.sort_by(f64::total_cmp);
    sizes.sort_by(f64::total_cmp);
    let (p50, p99) = (percentile(&times, 0.5), percentile(&times, 0.99));
    let median = percentile(&sizes, 0.5);
    let resident = resident_kib(console.child.id());
    [
        Figure {
            what: "key to frame, 100,000 lines: p99",
            measured: format!("p50 {p50:.1} ms, p99 {p99:.1} ms"),
            limit: "8 ms",
            holds: p99 <= 8.0,
        },
        Figure {
            what: "bytes per key, 120 x 36: median",
            measured: format!("{median:.0}, p99 {:.0}", percentile(&sizes, 0.99)),
            limit: "2000",
            holds: median <= 2000.0,
        },
        Figure {
            what: "resident with 100,000 lines",
            measured: format!("{:.0} MiB", resident as f64 / 1024.0),
            limit: "not set",
            holds: true,
        },
    ]
}

fn write_lines(to: &Path, lines: usize) {
    let mut text = String::with_capacity(lines * 100);
    for i in 0..lines {
        let (hour, minute, second) = (i / 3600 % 24, i / 60 % 60, i % 60);
        let level = if i % 97 == 0 { "ERROR" } else { "INFO" };
        text.push_str(&format!(
            "2026-03-14T{hour:02}:{minute:02}:{second:02}Z {level} search-api request {i} to catalog-db took {} ms\n",
            3 + i % 400
        ));
    }
    std::fs::write(to, text).unwrap();
}
