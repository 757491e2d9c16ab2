//! The real binary in a terminal: what only a whole process shows. Each test has its own home, its
//! own pty and a time limit. What must not be written is looked for in the bytes themselves.

use std::path::Path;
use std::time::{Duration, Instant};

use hotwash::journal::{Event, Record};
use hotwash::runtime::store::Store;
use rustix::process::Signal;
use rustix::termios::{LocalModes, tcgetattr};

use crate::terminal::{Console, LONGEST, Setting};

/// Everything that was written is printable text, cursor moves, SGR, erasing, or a mode of ours.
fn assert_tame(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let modes = ["?1049", "?2004", "?2026", "?25", "?1000", "?1006"];
    let mut rest = text.as_ref();
    while let Some(at) = rest.find(|c: char| c.is_control()) {
        let tail = &rest[at..];
        if let Some(sequence) = tail.strip_prefix("\x1b[") {
            let end = sequence.find(|c: char| c.is_ascii_alphabetic()).unwrap();
            let (parameters, last) = (&sequence[..end], sequence.as_bytes()[end]);
            let ours = match last {
                b'H' | b'm' | b'J' | b'K' => parameters.chars().all(|c| c.is_ascii_digit() || c == ';' || c == ':'),
                b'h' | b'l' => modes.contains(&parameters),
                _ => false,
            };
            assert!(ours, "the terminal got ESC[{parameters}{}", char::from(last));
            rest = &sequence[end + 1..];
        } else {
            let c = tail.chars().next().unwrap();
            assert!(c == '\r' || c == '\n', "the terminal got {c:?} before {:?}", tail.get(..40.min(tail.len())));
            rest = &tail[c.len_utf8()..];
        }
    }
}

fn records(home: &Path) -> Vec<Record> {
    let store = Store::at(home);
    let ids = store.ids().unwrap();
    assert_eq!(ids.len(), 1, "one session");
    store.load(&ids[0]).unwrap().records
}

fn sources(home: &Path) -> Vec<String> {
    let of = |r: Record| match r.event {
        Event::SourceAdded { body, .. } => Some(body.as_str().to_owned()),
        _ => None,
    };
    records(home).into_iter().filter_map(of).collect()
}

fn wait_for_source(console: &mut Console, home: &Path) -> Vec<String> {
    let deadline = Instant::now() + LONGEST;
    loop {
        console.read(Instant::now() + Duration::from_millis(50));
        let store = Store::at(home);
        if store.ids().is_ok_and(|ids| !ids.is_empty()) {
            let sources = sources(home);
            if !sources.is_empty() {
                return sources;
            }
        }
        assert!(Instant::now() < deadline, "no source was saved; on screen:\n{}", console.rows());
    }
}

fn log(lines: usize) -> String {
    (0..lines)
        .map(|i| {
            let (minute, second) = (i / 60 % 60, i % 60);
            format!(
                "2026-06-02T09:{minute:02}:{second:02}Z ERROR checkout-api line {i}: connection to orders-db refused\n"
            )
        })
        .collect()
}

#[test]
fn a_bracketed_paste_of_5000_lines_is_one_source_and_tame() {
    let home = tempfile::tempdir().unwrap();
    let mut console = Console::start(&Setting::new(home.path(), &[]));
    console.wait_for_first_frame();
    let text = log(5000);
    console.type_in(format!("\x1b[200~{}\x1b[201~", text.replace('\n', "\r")).as_bytes());
    let sources = wait_for_source(&mut console, home.path());
    assert_eq!(sources.len(), 1);
    assert!(sources[0].trim_end() == text.trim_end(), "what is kept is what was pasted");
    console.settle(Duration::from_millis(300));
    assert_tame(&console.written);
}

#[test]
fn a_paste_of_5000_lines_without_brackets_submits_nothing_and_is_one_source() {
    let home = tempfile::tempdir().unwrap();
    let mut console = Console::start(&Setting::new(home.path(), &[]));
    console.wait_for_first_frame();
    let text = log(5000);
    console.type_in(text.replace('\n', "\r").as_bytes());
    let sources = wait_for_source(&mut console, home.path());
    assert!(sources[0].trim_end() == text.trim_end(), "what is kept is what was pasted");
    console.settle(Duration::from_millis(300));
    assert_eq!(self::sources(home.path()).len(), 1);
    assert!(
        records(home.path()).iter().all(|r| !matches!(r.event, Event::RunApproved { .. } | Event::RunStarted { .. }))
    );
}

#[test]
fn evidence_comes_through_the_pipe_and_keys_from_the_terminal() {
    let home = tempfile::tempdir().unwrap();
    let text = log(20);
    let setting = Setting { piped: Some(&text), ..Setting::new(home.path(), &["new", "-", "--title", "piped"]) };
    let mut console = Console::start(&setting);
    console.wait_for_text("checkout-api");
    assert_eq!(wait_for_source(&mut console, home.path()).len(), 1);
    console.signal(Signal::TERM);
    console.wait_for_end(Duration::from_secs(5));
    console.assert_sane();
}

#[test]
fn a_storm_of_resizes_leaves_it_drawing() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("case.txt");
    std::fs::write(&file, log(200)).unwrap();
    let mut console = Console::start(&Setting::new(home.path(), &["new", file.to_str().unwrap()]));
    console.wait_for_text("checkout-api");
    for i in 0..200_u32 {
        let (columns, rows) = (1 + i * 7919 % 500, 1 + i * 104_729 % 200);
        console.resize(u16::try_from(columns).unwrap(), u16::try_from(rows).unwrap());
        console.swallow(Duration::from_millis(3));
    }
    console.resize(1, 1);
    console.swallow(Duration::from_millis(300));
    console.resize(100, 30);
    console.wait_for_text("checkout-api");
    assert!(console.child.try_wait().unwrap().is_none());
}

#[test]
fn an_idle_console_writes_nothing_and_uses_no_cpu() {
    let home = tempfile::tempdir().unwrap();
    let mut console = Console::start(&Setting::new(home.path(), &[]));
    console.wait_for_first_frame();
    console.settle(Duration::from_millis(1500));
    console.wait_until_idle(Duration::from_secs(1));
    let (ticks, bytes) = (console.cpu_ticks(), console.written.len());
    console.settle(Duration::from_secs(3));
    assert_eq!(console.written.len() - bytes, 0, "bytes were written while idle");
    assert!(console.cpu_ticks() - ticks <= 1, "more than 10 ms of CPU while idle");
}

#[test]
fn after_kill_9_open_goes_on_exactly_there() {
    let home = tempfile::tempdir().unwrap();
    let mut console = Console::start(&Setting::new(home.path(), &[]));
    console.wait_for_first_frame();
    console.type_in(format!("\x1b[200~{}\x1b[201~", log(50).replace('\n', "\r")).as_bytes());
    wait_for_source(&mut console, home.path());
    console.settle(Duration::from_millis(500));
    console.child.kill().unwrap();
    console.wait_for_end(Duration::from_secs(2));
    let before = records(home.path());
    let id = Store::at(home.path()).ids().unwrap().remove(0);
    let mut again = Console::start(&Setting::new(home.path(), &["open", &id]));
    again.wait_for_text("SEVERITY");
    again.settle(Duration::from_millis(500));
    again.signal(Signal::TERM);
    again.wait_for_end(Duration::from_secs(5));
    let after = records(home.path());
    assert_eq!(after[..before.len()], before[..], "nothing of what was there changed");
    assert!(matches!(after[before.len()].event, Event::SessionResumed { .. }));
    assert_eq!(after.iter().filter(|r| matches!(r.event, Event::SourceAdded { .. })).count(), 1);
}

// The key that panics is there in debug builds only.
#[cfg(debug_assertions)]
#[test]
fn a_panic_gives_the_terminal_back_and_says_so_after_it() {
    let home = tempfile::tempdir().unwrap();
    let environment = [("HOTWASH_TEST_PANIC", "on-f12")];
    let mut console = Console::start(&Setting { environment: &environment, ..Setting::new(home.path(), &[]) });
    console.wait_for_first_frame();
    console.type_in(b"\x1b[24~");
    let status = console.wait_for_end(Duration::from_secs(5));
    assert!(!status.success());
    console.assert_sane();
    assert!(console.rows().contains("stopped by a fault of its own"), "{}", console.rows());
}

#[test]
fn hangup_ends_it_within_a_second() {
    for how in ["signal", "closed terminal"] {
        let home = tempfile::tempdir().unwrap();
        let mut console = Console::start(&Setting::new(home.path(), &[]));
        console.wait_for_first_frame();
        console.type_in(format!("\x1b[200~{}\x1b[201~", log(50)).as_bytes());
        wait_for_source(&mut console, home.path());
        console.signal(Signal::HUP);
        console.wait_for_end(Duration::from_secs(1));
        if how == "signal" {
            console.assert_sane();
        }
        assert_eq!(sources(home.path()).len(), 1);
    }
}

#[test]
fn stopped_and_continued_it_gives_the_terminal_back_and_takes_it_again() {
    let home = tempfile::tempdir().unwrap();
    let mut console = Console::start(&Setting::new(home.path(), &[]));
    console.wait_for_first_frame();
    console.settle(Duration::from_millis(200));
    let first = console.rows();
    console.signal(Signal::TSTP);
    let deadline = Instant::now() + Duration::from_secs(5);
    while console.state() != 'T' {
        assert!(Instant::now() < deadline, "it did not stop");
        console.read(Instant::now() + Duration::from_millis(10));
    }
    console.settle(Duration::from_millis(100));
    console.assert_sane();
    console.signal(Signal::CONT);
    console
        .wait_for("the same screen", |rows| rows.lines().count() == first.lines().count() && !rows.trim().is_empty());
    assert!(!tcgetattr(&console.pts).unwrap().local_modes.contains(LocalModes::ICANON), "raw again");
    assert!(console.screen.screen().alternate_screen());
}

#[test]
fn every_kind_of_terminal_gets_a_screen_it_can_show() {
    let sizes = [(80, 24), (1, 1), (40, 12), (2, 40), (500, 3)];
    let kinds: [&[(&str, &str)]; 6] = [
        &[("TERM", "screen")],
        &[("TERM", "linux")],
        &[("NO_COLOR", "1")],
        &[("LANG", "C")],
        &[("TERM", "dumb")],
        &[("COLORTERM", "truecolor")],
    ];
    let colour = regex::bytes::Regex::new(r"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]").unwrap();
    for environment in kinds {
        for size in sizes {
            let home = tempfile::tempdir().unwrap();
            let mut console = Console::start(&Setting { environment, size, ..Setting::new(home.path(), &[]) });
            console.settle(Duration::from_millis(250));
            assert!(console.child.try_wait().unwrap().is_none(), "{environment:?} at {size:?}");
            assert_tame(&console.written);
            if environment == [("LANG", "C")] {
                assert!(console.written.is_ascii(), "LANG=C at {size:?} is ASCII only");
            }
            if environment == [("NO_COLOR", "1")] {
                assert!(!colour.is_match(&console.written), "NO_COLOR at {size:?} has no colour");
            }
            console.signal(Signal::TERM);
            console.wait_for_end(Duration::from_secs(5));
            console.assert_sane();
        }
    }
}

#[test]
fn an_unfinished_paste_and_half_a_sequence_do_not_block_the_keys() {
    let home = tempfile::tempdir().unwrap();
    let mut console = Console::start(&Setting::new(home.path(), &[]));
    console.wait_for_first_frame();
    console.type_in(b"\x1b[200~2026-06-02T09:00:00Z ERROR checkout-api half a paste");
    let sources = wait_for_source(&mut console, home.path());
    assert_eq!(sources, ["2026-06-02T09:00:00Z ERROR checkout-api half a paste"]);
    console.type_in(b"\x1b[1;");
    std::thread::sleep(Duration::from_millis(100));
    console.settle(Duration::from_millis(200));
    let before = console.written.len();
    console.type_in(b"?");
    let deadline = Instant::now() + Duration::from_secs(3);
    while console.written.len() == before {
        assert!(Instant::now() < deadline, "the key was not answered");
        console.read(Instant::now() + Duration::from_millis(20));
    }
}

/// A `kubectl` of ours before any other: it says what it was asked.
fn fake_kubectl(home: &Path) -> String {
    use std::os::unix::fs::PermissionsExt;
    let bin = home.join("bin");
    std::fs::create_dir(&bin).unwrap();
    let file = bin.join("kubectl");
    std::fs::write(
        &file,
        "#!/bin/sh\necho \"asked: $*\"\necho 'Last State: Terminated Reason: OOMKilled Exit Code: 137'\n",
    )
    .unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{}", bin.display(), std::env::var("PATH").unwrap())
}

#[test]
fn an_approved_check_runs_as_it_was_approved_and_its_output_is_evidence() {
    let home = tempfile::tempdir().unwrap();
    let path = fake_kubectl(home.path());
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/incidents/memory-leak-after-deploy.txt");
    let environment = [("PATH", path.as_str())];
    let arguments = ["new", file];
    let setting = Setting { environment: &environment, size: (120, 36), ..Setting::new(home.path(), &arguments) };
    let mut console = Console::start(&setting);
    console.wait_for_text("hypothes");
    console.wait_for_text("finished");
    console.keys("4");
    console.wait_for_text("$ kubectl");
    // Down to the first check that has a command; its blanks are asked for first.
    for _ in 0..30 {
        console.settle(Duration::from_millis(200));
        let rows = console.rows();
        if rows.contains("ctrl-y") {
            break;
        }
        let asks = rows.lines().rev().take(3).any(|row| row.trim_end().ends_with('?'));
        console.keys(if asks { "shop\r" } else { "jr" });
    }
    console.wait_for_text("ctrl-y");
    std::thread::sleep(Duration::from_millis(400));
    console.keys("y\x19");
    let deadline = Instant::now() + LONGEST;
    let ended = loop {
        console.read(Instant::now() + Duration::from_millis(50));
        let ended = records(home.path()).into_iter().find_map(|r| match r.event {
            Event::RunEnded { status, output, how, .. } => Some((status, output.as_str().to_owned(), how)),
            _ => None,
        });
        if let Some(ended) = ended {
            break ended;
        }
        assert!(Instant::now() < deadline, "no run ended; on screen:\n{}", console.rows());
    };
    let all = records(home.path());
    let approved = all.iter().find_map(|r| match &r.event {
        Event::RunApproved { command, .. } => Some((r.seq, command.clone())),
        _ => None,
    });
    let (approved_seq, command) = approved.unwrap();
    let started = all.iter().find(|r| matches!(r.event, Event::RunStarted { .. })).unwrap();
    assert!(approved_seq < started.seq, "approved first");
    assert_eq!(ended.0, Some(0), "{ended:?}");
    let arguments = command.strip_prefix("kubectl ").unwrap();
    assert!(ended.1.contains(&format!("asked: {arguments}")), "what ran is what was approved: {ended:?}");
}

#[test]
fn the_editor_gets_the_terminal_and_its_text_comes_back() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let editor = home.path().join("edit.sh");
    std::fs::write(&editor, "#!/bin/sh\ntest -t 0 && test -t 1 && echo 'written elsewhere' >> \"$1\"\n").unwrap();
    std::fs::set_permissions(&editor, std::fs::Permissions::from_mode(0o755)).unwrap();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/incidents/disk-full.txt");
    let environment = [("EDITOR", editor.to_str().unwrap())];
    let arguments = ["new", file];
    let setting = Setting { environment: &environment, size: (120, 36), ..Setting::new(home.path(), &arguments) };
    let mut console = Console::start(&setting);
    console.wait_for_text("finished");
    console.keys("p");
    console.settle(Duration::from_millis(300));
    console.keys("\x05");
    let deadline = Instant::now() + LONGEST;
    let edited =
        |r: Record| matches!(&r.event, Event::PostmortemEdited { body } if body.as_str().contains("written elsewhere"));
    while !records(home.path()).into_iter().any(edited) {
        console.read(Instant::now() + Duration::from_millis(50));
        assert!(Instant::now() < deadline, "no edit was saved; on screen:\n{}", console.rows());
    }
    assert!(console.screen.screen().alternate_screen(), "the console is back");
    assert_tame(&console.written);
}

#[test]
fn a_quit_a_term_and_an_editor_that_crashes_give_the_terminal_back() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let editor = home.path().join("edit.sh");
    std::fs::write(&editor, "#!/bin/sh\nstty raw -echo\nprintf '\\033[?25l\\033[?1000h'\nkill -9 $$\n").unwrap();
    std::fs::set_permissions(&editor, std::fs::Permissions::from_mode(0o755)).unwrap();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/incidents/disk-full.txt");
    let environment = [("EDITOR", editor.to_str().unwrap())];
    for how in ["q", "TERM"] {
        let home = tempfile::tempdir().unwrap();
        let arguments = ["new", file];
        let mut console =
            Console::start(&Setting { environment: &environment, ..Setting::new(home.path(), &arguments) });
        console.wait_for_text("finished");
        console.keys("p");
        console.settle(Duration::from_millis(300));
        console.keys("\x05");
        console.wait_for_text("was not changed");
        console.settle(Duration::from_millis(500));
        assert!(console.screen.screen().alternate_screen(), "the console is back");
        match how {
            "q" => console.keys("q"),
            _ => console.signal(Signal::TERM),
        }
        console.wait_for_end(LONGEST);
        console.assert_sane();
    }
}

#[test]
fn standard_input_that_is_closed_leaves_the_keys_to_the_terminal() {
    let home = tempfile::tempdir().unwrap();
    let mut console = Console::start(&Setting { piped: Some(""), ..Setting::new(home.path(), &[]) });
    console.wait_for_first_frame();
    console.type_in(format!("\x1b[200~{}\x1b[201~", log(5)).as_bytes());
    assert_eq!(wait_for_source(&mut console, home.path()).len(), 1);
}

#[test]
fn a_review_shows_the_session_and_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let mut console = Console::start(&Setting::new(home.path(), &[]));
    console.wait_for_first_frame();
    console.type_in(format!("\x1b[200~{}\x1b[201~", log(20)).as_bytes());
    wait_for_source(&mut console, home.path());
    console.settle(Duration::from_millis(800));
    console.signal(Signal::TERM);
    console.wait_for_end(Duration::from_secs(5));
    let before = records(home.path());
    let id = Store::at(home.path()).ids().unwrap().remove(0);
    let mut review = Console::start(&Setting::new(home.path(), &["review", &id, "--at", "2"]));
    review.wait_for_text("REVIEW record 2 of");
    review.keys(".,.}{");
    review.type_in(b"\x1b[200~ERROR pasted into a review\x1b[201~");
    review.settle(Duration::from_millis(300));
    review.signal(Signal::TERM);
    assert!(review.wait_for_end(Duration::from_secs(2)).success());
    review.assert_sane();
    assert_eq!(records(home.path()), before);
}

#[test]
fn a_line_that_takes_nothing_drops_frames_and_keeps_the_keys() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("case.txt");
    std::fs::write(&file, log(3000)).unwrap();
    let arguments = ["new", file.to_str().unwrap()];
    let mut console = Console::start(&Setting::new(home.path(), &arguments));
    console.wait_for_text("finished");
    console.keys("1");
    console.settle(Duration::from_millis(300));
    console.pause(true);
    let before = console.written.len();
    for _ in 0..1000 {
        console.type_in(b"\x1b[B");
        std::thread::sleep(Duration::from_millis(2));
    }
    // On a slow machine keys still wait to be read: what is drawn for them then is no queue.
    console.wait_until_idle(Duration::from_millis(500));
    console.pause(false);
    console.wait_for("the last row that the keys led to", |rows| rows.contains("line 997:"));
    console.settle(Duration::from_millis(300));
    let written = console.written.len() - before;
    assert!(written < 200_000, "{written} bytes for 1,000 keys: frames were queued");
}
