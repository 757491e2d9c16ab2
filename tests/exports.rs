//! Every format: what strangers wrote stays text in it, it passes its own checker, it is fast enough,
//! and a kill leaves the old file or the new one.

use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::time::Instant;

use hotwash::analyst::Knowledge;
use hotwash::export::lint::{lint, sarif};
use hotwash::export::{FORMATS, Given, Seal, document};
use hotwash::journal::event::{Author, Body, Event, NoteKind, Record};
use hotwash::runtime::{cast, eval};
use hotwash::session::Session;
use serde_json::Value;

use crate::cli::hotwash;

/// The records of a session in which this was pasted, investigated, noted and drafted.
pub fn records(text: &str, note: &str) -> Vec<Record> {
    let (evidence, mut report) = eval::investigated(text, Knowledge::embedded());
    let steps = std::mem::take(&mut report.trail);
    let draft = report.postmortem.markdown.clone();
    let mut events = vec![Event::SessionStarted {
        id: "01900000-0000-7000-8000-000000000009".into(),
        title: note.into(),
        service: None,
        version: "0".into(),
    }];
    events.extend(evidence.sources.iter().map(|s| Event::SourceAdded {
        source: s.id,
        name: format!("{} {note}", s.name),
        origin: s.origin.clone(),
        body: Body::new(s.text.clone()),
        notices: Vec::new(),
    }));
    events.push(Event::InvestigationStarted { run: 1, engine: "embedded".into(), why: note.into() });
    events.extend(steps.into_iter().map(|step| Event::StepTaken { run: 1, step }));
    events.push(Event::ReportReady { run: 1, report: Box::new(report) });
    events.push(Event::NoteTaken { kind: NoteKind::Action, text: note.into() });
    events.push(Event::PostmortemDrafted { body: Body::new(draft) });
    let at = chrono::DateTime::UNIX_EPOCH;
    let record = |(i, event): (usize, Event)| {
        let at = at + chrono::Duration::milliseconds(i as i64 * 300);
        Record { seq: i as u64 + 1, at, by: Author::Person("kim".into()), event }
    };
    events.into_iter().enumerate().map(record).collect()
}

fn seal() -> Seal {
    Seal { session: "01900000-0000-7000-8000-000000000009".into(), record: 9, head: "0a".repeat(32) }
}

/// Every text format of a session, by name.
pub fn all(records: &[Record]) -> Vec<(&'static str, String)> {
    let session = Session::of(records);
    let (outward, seal) = (hotwash::export::outward(&session), seal());
    let given = Given { session: &outward, template: None, seal: Some(&seal) };
    let text = |name: &'static str| match name {
        "asciicast" => cast::cast(records, Some(&seal)),
        name => String::from_utf8(document(&given, name).unwrap()).unwrap(),
    };
    FORMATS.iter().map(|f| f.name).filter(|f| *f != "pdf").map(|f| (f, text(f))).collect()
}

fn incident(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/incidents").join(name)).unwrap()
}

fn edited(mut records: Vec<Record>, page: &str) -> Vec<Record> {
    let last = records.last().unwrap().clone();
    records.push(Record { seq: last.seq + 1, event: Event::PostmortemEdited { body: Body::new(page) }, ..last });
    records
}

/// What would be obeyed, were it let through: markup, loads, formulas, macros, mentions.
const HOSTILE: &str = "<script>alert(1)</script> <img src=x onerror=alert(1)> ![i](https://evil.example/i.png) \
    [x](javascript:alert(1)) <iframe src=//evil.example> <style>@import url(//evil.example)</style> {html}x{html} \
    !https://evil.example/i.png! =HYPERLINK(\"https://evil.example\") @everyone \u{1b}]8;;https://evil.example\u{7} \u{202e}x";

fn assert_obeys_nothing(format: &str, text: &str) {
    let low = text.to_lowercase();
    match format {
        "html" => {
            let (head, body) = low.split_once("</style>").unwrap();
            let head = head.split_once("<style>").unwrap().1;
            assert!(!head.contains("@import") && !head.contains("url(") && !body.contains("<style"));
            for tag in ["<script", "<img", "<iframe", "<object", "<embed", "<link", "<form", "<base"] {
                assert!(!low.contains(tag), "{format}: {tag}");
            }
            // Within tags: no handler, and no address but those of links that somebody has to follow.
            for tag in low.split('<').skip(1).filter_map(|t| t.split_once('>').map(|(tag, _)| tag)) {
                let plain: String = tag.split('"').step_by(2).collect();
                assert!(!plain.contains(" on") && !plain.contains("src="), "{tag}");
                assert!(!tag.contains("href=\"javascript") && !tag.contains("href=\"data"), "{tag}");
            }
        }
        "confluence" => {
            let mut fenced = false;
            for line in text.lines() {
                fenced ^= line == "{noformat}";
                let macros = line.replace("\\{", "").replace("{{", "").replace("}}", "").contains("{html}");
                assert!(fenced || !macros, "{line}");
                assert!(fenced || !line.replace("\\!", "").contains("!http"), "{line}");
            }
        }
        "csv" => {
            for line in text.lines().skip(1) {
                for cell in line.split("\",\"") {
                    let first = cell.trim_start_matches('"').trim_start().chars().next();
                    assert!(!matches!(first, Some('=' | '+' | '-' | '@')), "{cell}");
                }
            }
        }
        "github-issues" => {
            let value: Value = serde_json::from_str(text).unwrap();
            for issue in value["issues"].as_array().unwrap() {
                let body = issue["body"].as_str().unwrap();
                assert!(
                    !body.contains("@everyone")
                        && !body.contains("<script")
                        && !body.replace("\\](", "").contains("]("),
                    "{body}"
                );
            }
        }
        _ => {}
    }
    if format == "asciicast" {
        assert!(!text.contains("\\u001b]") && !text.contains("\\u0007"), "{format}");
    } else {
        let hostile: Vec<char> =
            text.chars().filter(|c| hotwash::domain::showable::is_hostile(*c) && *c != '\r').collect();
        assert!(hostile.is_empty(), "{format}: {hostile:?}");
    }
}

#[test]
fn nothing_that_was_pasted_noted_or_written_is_obeyed_in_any_format() {
    let log = format!(
        "2026-06-02T09:12:00Z ERROR shop failed: {HOSTILE}\n2026-06-02T09:13:00Z ERROR shop failed: {HOSTILE}\n"
    );
    let page = format!(
        "# {HOSTILE}\n\n- Status: {HOSTILE}\n\n## Summary\n\n{HOSTILE}\n\n## Timeline\n\n| time | service | what |\n\
        | - | - | - |\n| 09:00 | {HOSTILE} | x |\n| 09:10 | a | {HOSTILE} |\n\n## Action items\n\n- P1: {HOSTILE}\n- ={HOSTILE}\n\n\
        | action | owner |\n| - | - |\n| ={HOSTILE} | @everyone |\n\n```{HOSTILE}\n{HOSTILE}\n{{noformat}}{{html}}\n```\n"
    );
    let drafted = records(&log, HOSTILE);
    for set in [drafted.clone(), edited(drafted, &page)] {
        for (format, text) in all(&set) {
            // A page that a person wrote leaves as Markdown byte for byte: what is obeyed there is theirs.
            let theirs = matches!(format, "postmortem" | "markdown" | "json");
            if !theirs {
                assert_obeys_nothing(format, &text);
            }
        }
    }
}

#[test]
fn the_corpora_of_escapes_and_injections_leave_as_text() {
    for name in ["escapes.jsonl", "injections.jsonl"] {
        let Some(corpus) = crate::corpora::corpus(name) else { return };
        let text: String = corpus.lines().map(|l| format!("2026-06-02T09:12:00Z ERROR shop failed {l}\n")).collect();
        let text: String = text.chars().take(400_000).collect();
        let note: String = corpus.lines().take(5).collect();
        for (format, text) in all(&records(&text, &note)) {
            assert_obeys_nothing(format, &text);
        }
    }
}

/// What a reader of PDFs would run, load or follow. Looked for in the document with its streams open.
#[cfg(feature = "pdf")]
fn assert_pdf_obeys_nothing(session: &Session, dir: &Path) {
    let seal = seal();
    let given = Given { seal: Some(&seal), ..Given::of(session) };
    let path = written(dir, "hostile.pdf", &document(&given, "pdf").unwrap());
    let Some(qpdf) = program("qpdf") else { return };
    let open = dir.join("open.pdf");
    let output = Process::new(qpdf).args(["--qdf", "--object-streams=disable"]).args([&path, &open]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let bytes = std::fs::read(&open).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    // Text is drawn in glyph numbers, so a name that stands here is the document's own.
    for name in [
        "/JavaScript",
        "/JS",
        "/Launch",
        "/URI",
        "/SubmitForm",
        "/ImportData",
        "/GoToR",
        "/GoToE",
        "/OpenAction",
        "/AA",
        "/EmbeddedFile",
        "/RichMedia",
        "/XFA",
    ] {
        let whole = |at: usize| !text[at + name.len()..].starts_with(|c: char| c.is_ascii_alphanumeric());
        assert!(!text.match_indices(name).any(|(at, _)| whole(at)), "{name}");
    }
}

#[cfg(feature = "pdf")]
#[test]
fn nothing_hostile_runs_loads_or_opens_from_the_pdf() {
    let dir = tempfile::tempdir().unwrap();
    let log = format!("2026-06-02T09:12:00Z ERROR shop failed: {HOSTILE}\n");
    let mut sets = vec![
        records(&log, HOSTILE),
        edited(
            records(&log, "kim"),
            &format!(
                "# {HOSTILE}\n\n{HOSTILE}\n\n- [x](file:///etc/passwd) ![y](file:///etc/passwd)\n\n<a href=\"javascript:alert(1)\">x</a>\n"
            ),
        ),
    ];
    for name in ["escapes.jsonl", "injections.jsonl"] {
        let Some(corpus) = crate::corpora::corpus(name) else { continue };
        let text: String = corpus.lines().map(|l| format!("2026-06-02T09:12:00Z ERROR shop failed {l}\n")).collect();
        let page: String = corpus.chars().take(200_000).collect();
        sets.push(edited(records(&text.chars().take(200_000).collect::<String>(), "kim"), &format!("# P\n\n{page}\n")));
    }
    for set in sets {
        assert_pdf_obeys_nothing(&Session::of(&set), dir.path());
    }
}

/// A page that a person wrote is theirs as Markdown; in every other format it can no more run or load
/// anything than what was pasted.
#[test]
fn the_corpora_as_a_page_that_a_person_wrote_leave_as_text() {
    for name in ["escapes.jsonl", "injections.jsonl"] {
        let Some(corpus) = crate::corpora::corpus(name) else { return };
        let page: String = corpus.chars().take(200_000).collect();
        let rows: String = corpus.lines().take(200).map(|l| format!("- P1: {l}\n- ={l}\n")).collect();
        let page = format!("# P\n\n{page}\n\n## Action items\n\n{rows}\n");
        let set = edited(records("2026-06-02T09:12:00Z ERROR shop failed\n", "kim"), &page);
        for (format, text) in all(&set) {
            if !matches!(format, "postmortem" | "markdown" | "json") {
                assert_obeys_nothing(format, &text);
            }
        }
    }
}

#[test]
fn every_format_is_made_in_time() {
    let records = records(&incident("cascading-pool-exhaustion.txt"), "kim");
    let session = Session::of(&records);
    let seal = seal();
    for format in FORMATS {
        let began = Instant::now();
        let outward = hotwash::export::outward(&session);
        let given = Given { session: &outward, template: None, seal: Some(&seal) };
        let bytes = match format.name {
            "asciicast" => cast::cast(&records, Some(&seal)).into_bytes(),
            "pdf" if cfg!(not(feature = "pdf")) => continue,
            name => document(&given, name).unwrap(),
        };
        let took = began.elapsed();
        println!("export {}: {} bytes in {} ms", format.name, bytes.len(), took.as_millis());
        let most = if cfg!(debug_assertions) { 60_000 } else { 300 };
        assert!(took.as_millis() < most, "{}: {took:?}", format.name);
    }
}

const BINARY: &str = env!("CARGO_BIN_EXE_hotwash");

/// A program of the machine's, where it is there.
fn program(name: &str) -> Option<PathBuf> {
    let found = std::env::split_paths(&std::env::var_os("PATH")?).map(|p| p.join(name)).find(|p| p.is_file());
    if found.is_none() {
        println!("skipped: no {name} on this machine");
    }
    found
}

fn written(dir: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn page_of(name: &str) -> String {
    all(&records(&incident(name), "kim")).into_iter().find(|(f, _)| *f == "html").unwrap().1
}

#[test]
fn the_page_passes_an_html_checker() {
    let Some(tidy) = program("tidy") else { return };
    let dir = tempfile::tempdir().unwrap();
    let path = written(dir.path(), "p.html", page_of("cascading-pool-exhaustion.txt").as_bytes());
    let output = Process::new(tidy).args(["-q", "-e"]).arg(&path).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    // It knows no nested drawing: that their place is an attribute of theirs is in SVG 1.1, 5.1.2.
    let wrong: Vec<&str> = said.lines().filter(|l| !l.contains("<svg> proprietary attribute")).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Reads in the browser what the page measures: its widest overflow and its least contrast.
const MEASURE: &str = "<script>
const rgb = c => (c.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
const lum = c => { const [r, g, b] = rgb(c).slice(0, 3).map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
const back = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if ((rgb(c)[3] ?? 1) > 0) return c; } return 'rgb(255,255,255)'; };
let least = 99, where = '';
document.querySelectorAll('details').forEach(d => d.open = true);
const over = document.documentElement.scrollWidth - innerWidth;
for (const e of document.querySelectorAll('body *')) {
  if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || e.closest('script, title')) continue;
  const s = getComputedStyle(e), fg = e instanceof SVGElement ? s.fill : s.color;
  const a = lum(fg), b = lum(back(e)), ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  if (ratio < least) { least = ratio; where = e.tagName + '.' + e.getAttribute('class'); }
}
document.title = 'over=' + over + ' least=' + least.toFixed(2) + ' at ' + where;
</script>";

#[test]
fn the_page_looks_right_on_a_phone_and_on_a_desk() {
    let Some(chromium) = program("chromium") else { return };
    let dir = tempfile::tempdir().unwrap();
    let page = page_of("cascading-pool-exhaustion.txt");
    // The measuring copy may run our script; the page that is exported may run none.
    let policy = page.find("<meta http-equiv").unwrap();
    let end = policy + page[policy..].find('\n').unwrap();
    let measuring = format!("{}{}", &page[..policy], &page[end..]).replace("</body>", &format!("{MEASURE}</body>"));
    let plain = written(dir.path(), "plain.html", page.as_bytes());
    let measured = written(dir.path(), "measured.html", measuring.as_bytes());
    let run = |arguments: &[String], file: &Path| {
        let mut command = Process::new(&chromium);
        command.args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage"]);
        command.arg(format!("--user-data-dir={}", dir.path().join("profile").display())).args(arguments);
        command.arg(format!("file://{}", file.display())).output().unwrap()
    };
    for (width, dark) in [(500, false), (1280, false), (1280, true)] {
        let mut arguments = vec![format!("--window-size={width},1400")];
        if dark {
            arguments.push("--blink-settings=preferredColorScheme=0".into());
        }
        let picture = dir.path().join(format!("{width}.png"));
        let shot: Vec<String> =
            arguments.iter().cloned().chain([format!("--screenshot={}", picture.display())]).collect();
        run(&shot, &plain);
        let size = std::fs::metadata(&picture).map_or(0, |m| m.len());
        assert!(size > 20_000, "a picture of {size} bytes at {width}");
        arguments.push("--dump-dom".into());
        let dom = String::from_utf8_lossy(&run(&arguments, &measured).stdout).into_owned();
        let title = dom.split("<title>").nth(1).and_then(|t| t.split("</title>").next()).unwrap_or("").to_owned();
        println!("page at {width}, dark {dark}: {title}");
        let figure = |name: &str| -> f64 {
            title.split(name).nth(1).and_then(|t| t.split(' ').next()).and_then(|t| t.parse().ok()).unwrap_or(f64::NAN)
        };
        assert!(figure("over=") <= 0.0, "it is wider than the screen: {title}");
        assert!(figure("least=") >= 4.5, "too little contrast: {title}");
    }
}

#[cfg(feature = "pdf")]
#[test]
fn the_pdf_passes_a_checker_and_holds_real_text_and_bookmarks() {
    let session = Session::of(&records(&incident("cascading-pool-exhaustion.txt"), "kim"));
    let seal = seal();
    let given = Given { seal: Some(&seal), ..Given::of(&session) };
    let dir = tempfile::tempdir().unwrap();
    let path = written(dir.path(), "p.pdf", &document(&given, "pdf").unwrap());
    if let Some(qpdf) = program("qpdf") {
        let output = Process::new(&qpdf).arg("--check").arg(&path).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let json = Process::new(&qpdf).args(["--json", "--json-key=outlines"]).arg(&path).output().unwrap();
        let json: Value = serde_json::from_slice(&json.stdout).unwrap();
        assert!(json["outlines"].as_array().unwrap().len() >= 5, "{json}");
    }
    if let Some(pdftotext) = program("pdftotext") {
        let output = Process::new(pdftotext).arg(&path).arg("-").output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains("Timeline") && text.contains("Action items") && text.contains("chain head"), "{text}");
    }
}

#[test]
fn a_document_is_verified_against_its_session_and_a_changed_one_is_not() {
    let home = tempfile::tempdir().unwrap();
    let new = hotwash(home.path()).arg("new").write_stdin(incident("disk-full.txt")).arg("-").output().unwrap();
    let id = String::from_utf8(new.stdout).unwrap().rsplit("hotwash open ").next().unwrap().trim().to_owned();
    for format in FORMATS.iter().filter(|f| f.name != "pdf" || cfg!(feature = "pdf")) {
        let file = home.path().join(format.file);
        let out =
            hotwash(home.path()).args(["export", &id, "--format", format.name, "--out"]).arg(&file).output().unwrap();
        assert!(String::from_utf8_lossy(&out.stdout).contains("chain head "), "{}", format.name);
        let verify = || hotwash(home.path()).args(["verify", &id]).arg(&file).output().unwrap();
        assert!(verify().status.success(), "{}: {}", format.name, String::from_utf8_lossy(&verify().stdout));
        if format.name != "pdf" {
            let text = std::fs::read_to_string(&file).unwrap();
            std::fs::write(&file, text.replacen('e', "a", 1)).unwrap();
            assert_eq!(verify().status.code(), Some(1), "{}", format.name);
        }
    }
    let foreign = written(home.path(), "other.md", "0b".repeat(32).as_bytes());
    let verify = hotwash(home.path()).args(["verify", &id]).arg(&foreign).output().unwrap();
    assert!(String::from_utf8_lossy(&verify.stdout).contains("DOES NOT HOLD"));
}

/// Calls at which an export is killed. Opening is one of them: with all of the formats it takes minutes.
const CALLS: &[&str] = &["write", "fsync", "rename", "renameat", "renameat2", "linkat", "unlink"];

/// Every format where `HOTWASH_KILL=all`; otherwise those whose bytes are made in ways of their own.
fn killed_formats() -> Vec<&'static str> {
    let all = std::env::var_os("HOTWASH_KILL").is_some();
    let formats = FORMATS.iter().map(|f| f.name).filter(|f| *f != "pdf" || cfg!(feature = "pdf"));
    formats.filter(|f| all || matches!(*f, "html" | "pdf" | "csv")).collect()
}

#[test]
fn a_kill_at_any_call_that_changes_the_disk_leaves_the_old_file_or_the_new_one() {
    let Some(strace) = program("strace") else { return };
    let home = tempfile::tempdir().unwrap();
    let new = hotwash(home.path()).arg("new").write_stdin(incident("disk-full.txt")).arg("-").output().unwrap();
    let id = String::from_utf8(new.stdout).unwrap().rsplit("hotwash open ").next().unwrap().trim().to_owned();
    let export = |format: &str, file: &Path, inject: Option<String>| {
        let mut command = Process::new(if inject.is_some() { strace.as_os_str() } else { BINARY.as_ref() });
        if let Some(inject) = inject {
            let trace = inject.split(':').next().unwrap().replace("inject=", "trace=");
            command.args(["-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject, BINARY]);
        }
        command.env("HOTWASH_HOME", home.path()).args(["export", &id, "--format", format, "--out"]).arg(file);
        command.output().unwrap().status
    };
    let (mut points, mut made) = (0, 0);
    let opens = std::env::var_os("HOTWASH_KILL").is_some().then_some("openat");
    for format in killed_formats() {
        let file = home.path().join(format!("p.{format}"));
        assert!(export(format, &file, None).success());
        let whole = std::fs::read(&file).unwrap();
        let (mut killed, mut kept, mut renewed) = (0, 0, 0);
        for call in CALLS.iter().copied().chain(opens) {
            for when in 1..200 {
                std::fs::write(&file, "old").unwrap();
                let status = export(format, &file, Some(format!("inject={call}:signal=KILL:when={when}")));
                let now = std::fs::read(&file).unwrap();
                assert!(now == b"old" || now == whole, "{format}: {call} {when}: {} bytes", now.len());
                if status.success() {
                    break;
                }
                killed += 1;
                if now == b"old" { kept += 1 } else { renewed += 1 }
            }
        }
        println!("export of {format} killed {killed} times: {kept} old, {renewed} new");
        (points, made) = (points + killed, made + 1);
        assert!(killed >= 3 && kept > 0, "{format}");
    }
    println!("{made} formats, {points} kills: never anything but the old file or the new one");
}

#[test]
fn a_document_of_200_kb_is_linted_in_time() {
    let part = "The pool was full at 09:12 UTC, says the log [L4]; 3 of 12 pods were restarted by the on-call.\n\n";
    let page = format!("# P\n\n## Timeline (UTC)\n\n{}", part.repeat(200 * 1024 / part.len()));
    let _ = lint(&page, None);
    let began = Instant::now();
    let found = lint(&page, None);
    let took = began.elapsed();
    println!("lint of {} bytes: {} findings in {} ms", page.len(), found.len(), took.as_millis());
    assert!(took.as_millis() < if cfg!(debug_assertions) { 60_000 } else { 50 });
    let log: Value = serde_json::from_str(&sarif("p.md", &found)).unwrap();
    assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), found.len());
}
