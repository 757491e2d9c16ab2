//! The postmortem's figures: keys in a large one, exports of every format, the lint. A part of `measure`.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::terminal::{Console, Setting};
use super::{Figure, KIB, incident, ms, percentile};

const BINARY: &str = env!("CARGO_BIN_EXE_hotwash");
/// The formats of `hotwash export`, with the name that the table shows.
const FORMATS: &[(&str, &str)] = &[
    ("postmortem", "export as Markdown"),
    ("html", "export as a web page"),
    ("pdf", "export as PDF"),
    ("confluence", "export as wiki markup"),
    ("csv", "export of action items as CSV"),
    ("github-issues", "export as GitHub issues"),
    ("jira-issues", "export as Jira issues"),
    ("json", "export as JSON"),
    ("transcript", "export of the transcript"),
    ("asciicast", "export as asciicast"),
];

/// A key to its frame while a document of 200 KiB is edited, in the real binary.
pub fn keys_in_200_kib() -> Figure {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("case.log");
    std::fs::write(&file, incident(4 * KIB)).unwrap();
    let mut console =
        Console::start(&Setting { size: (120, 36), ..Setting::new(home.path(), &["new", file.to_str().unwrap()]) });
    console.wait_for("the report", |rows| rows.contains("finished"));
    console.type_in(b"p");
    console.settle(Duration::from_millis(500));
    console.type_in(b"e");
    console.settle(Duration::from_millis(500));
    let page = "## Section\n\nA sentence of some length that says **what** happened to `order-svc`, and when.\n\n";
    console.type_in(format!("\x1b[200~{}\x1b[201~", page.repeat(200 * KIB / page.len() + 1)).as_bytes());
    console.settle(Duration::from_secs(5));
    let keys: [&[u8]; 6] = [b"x", b"\x1b[B", b"\r", b"\x1b[6~", b"\x7f", b"\x1b[5~"];
    let (p50, p99) = answered(&mut console, keys.iter().cycle().take(300));
    drop(console);
    // What the machine takes by itself at this moment, both ways through a terminal and the threads here.
    let echo = ["-c".to_owned(), "stty raw -echo; echo ready; exec cat".to_owned()];
    let mut echo = Console::of("sh", &echo, (120, 36));
    echo.wait_for_text("ready");
    let (echo50, echo99) = answered(&mut echo, keys.iter().take(1).cycle().take(300));
    Figure {
        what: "key to frame, editing 200 KiB: p99",
        measured: format!("p50 {p50:.1} ms, p99 {p99:.1} ms; `cat` {echo50:.1}, {echo99:.1}"),
        limit: "8 ms",
        holds: p99 <= 8.0,
    }
}

/// How long each key took to its first byte on screen: the median and the 99th percentile, in ms.
fn answered<'a>(console: &mut Console, keys: impl Iterator<Item = &'a &'a [u8]>) -> (f64, f64) {
    let mut times = Vec::new();
    for key in keys {
        let before = console.written.len();
        let began = Instant::now();
        console.type_in(key);
        while console.written.len() == before && began.elapsed() < Duration::from_millis(500) {
            console.read(Instant::now() + Duration::from_millis(100));
        }
        times.push(ms(began.elapsed()));
        console.settle(Duration::from_millis(20));
    }
    times.sort_by(f64::total_cmp);
    (percentile(&times, 0.5), percentile(&times, 0.99))
}

/// Every format and the lint, each as a whole process; the median of some.
pub fn exports() -> Vec<Figure> {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("case.log");
    std::fs::write(&file, incident(40 * KIB)).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(BINARY);
        command.env("HOTWASH_HOME", home.path()).args(arguments).stdin(Stdio::null());
        let began = Instant::now();
        let output = command.output().unwrap();
        (ms(began.elapsed()), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (_, said) = run(&["new", file.to_str().unwrap()]);
    let id = said.rsplit("hotwash open ").next().unwrap_or("").trim().to_owned();
    let median = |arguments: &[&str]| {
        let mut times: Vec<f64> = (0..7).map(|_| run(arguments).0).collect();
        times.sort_by(f64::total_cmp);
        percentile(&times, 0.5)
    };
    let out = home.path().join("out");
    let mut figures: Vec<Figure> = FORMATS
        .iter()
        .map(|(format, what)| {
            let took = median(&["export", &id, "--format", format, "--out", out.to_str().unwrap()]);
            let written = std::fs::metadata(&out).map_or(0, |m| m.len());
            let measured = format!("{took:.0} ms, {written} bytes");
            let _ = std::fs::remove_file(&out);
            Figure { what, measured, limit: "300 ms", holds: took <= 300.0 && written > 0 }
        })
        .collect();
    let page = home.path().join("large.md");
    let part = "The pool was full at 09:12 UTC, says the log [L4]; 3 of 12 pods were restarted by the on-call.\n\n";
    std::fs::write(&page, format!("# P\n\n## Timeline (UTC)\n\n{}", part.repeat(200 * KIB / part.len()))).unwrap();
    let (empty, whole) = (home.path().join("empty.md"), page.to_str().unwrap());
    std::fs::write(&empty, "# P\n").unwrap();
    // The process itself is no part of the lint.
    let took = median(&["lint", whole]) - median(&["lint", empty.to_str().unwrap()]);
    figures.push(Figure {
        what: "lint of 200 KiB",
        measured: format!("{took:.0} ms"),
        limit: "50 ms",
        holds: took <= 50.0,
    });
    figures
}
