//! What strangers wrote, pasted into every screen: nothing runs, and nothing is approved.

use hotwash::app::Input;
use hotwash::app::dialog::Dialog;
use hotwash::app::keymap::parse_key;
use hotwash::journal::event::Event;

use crate::bench::Bench;
use crate::corpora::corpus;

/// Keys that lead to each screen: every panel, every dialog, every prompt, the editor.
const SCREENS: [&str; 26] = [
    "",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "8",
    "9",
    "0",
    "w",
    "f",
    "p",
    "s",
    "o",
    "u",
    "?",
    ":",
    "/",
    "4 r",
    "4 j j j j j j j j r",
    "6 r",
    "p i",
    "3 c",
    "H",
];

fn texts() -> Vec<String> {
    let mut all: Vec<String> =
        ["y", "y\u{19}", "run\r", "\r\ry\u{19}", "order-svc-7\n\u{19}", "q", "\u{1b}[201~y\u{19}"]
            .map(str::to_owned)
            .to_vec();
    if let Some(commands) = corpus("commands.tsv") {
        all.extend(commands.lines().skip(1).filter_map(|l| l.split('\t').next()).map(str::to_owned));
    }
    for (name, field) in [("injections.jsonl", "line"), ("escapes.jsonl", "bytes_hex")] {
        let rows = corpus(name).unwrap_or_default();
        for row in rows.lines().filter_map(|l| serde_json::from_str::<serde_json::Value>(l).ok()) {
            let said = row[field].as_str().or_else(|| row["payload"].as_str()).unwrap_or_default();
            all.push(if field == "bytes_hex" {
                String::from_utf8_lossy(&crate::corpora::bytes(said)).into_owned()
            } else {
                said.to_owned()
            });
        }
    }
    all
}

fn assert_nothing(b: &Bench, what: &str) {
    let approved = b.records.iter().any(|r| matches!(r.event, Event::RunApproved { .. } | Event::RunStarted { .. }));
    assert!(!approved && b.runs().is_empty(), "{what}");
}

#[test]
fn no_paste_into_any_screen_runs_or_approves_anything() {
    let texts = texts();
    println!("{} texts into {} screens", texts.len(), SCREENS.len());
    for screen in SCREENS {
        let mut b = Bench::investigated((100, 30));
        if !screen.is_empty() {
            b.keys(screen);
        }
        b.wait(500);
        for (n, text) in texts.iter().enumerate() {
            // What becomes evidence is investigated: one bench can't hold all of it.
            if n % 40 == 39 {
                assert_nothing(&b, screen);
                b = Bench::investigated((100, 30));
                if !screen.is_empty() {
                    b.keys(screen);
                }
                b.wait(500);
            }
            b.paste(text);
        }
        b.keys("ctrl-y");
        assert_nothing(&b, screen);
    }
}

#[test]
fn texts_that_arrive_as_keys_faster_than_a_person_types_approve_nothing() {
    for screen in ["4 j j j j j j j j r", "6 r"] {
        for text in ["y\u{19}", "run\u{19}", "order-svc-7\u{19}", "yyy\u{19}\u{19}\r\u{19}"] {
            let mut b = Bench::investigated((100, 30));
            b.keys(screen).wait(500);
            assert!(matches!(b.desk.dialog, Some(Dialog::Approval(_))), "{}", b.screen());
            for c in text.chars() {
                // The clock of a burst: a few milliseconds from key to key.
                b.desk.now += chrono::Duration::milliseconds(5 - 100);
                let name = if c == '\u{19}' {
                    "ctrl-y".to_owned()
                } else if c == '\r' {
                    "enter".to_owned()
                } else {
                    c.to_string()
                };
                b.input(Input::Key(parse_key(&name).unwrap()));
            }
            assert_nothing(&b, screen);
        }
    }
}

#[test]
fn no_paste_through_the_terminal_runs_or_approves_anything() {
    let all = texts();
    let plain = all.join("\r");
    // An end mark within the paste makes keys of what follows; so does a paste without marks.
    let marked: String =
        all.iter().take(120).map(|t| format!("\x1b[200~{t}\x1b[201~run\x19y\x19\r\x1b[201~")).collect();
    let plain: String = plain.chars().take(60_000).collect();
    for screen in ["4r", "6r", "4", "u", "p", ":", ""] {
        for text in [format!("\x1b[200~{plain}\x1b[201~"), plain.clone(), marked.clone(), "run\x19".into()] {
            let bed = crate::kills::Bed::with("echo x >> FOLDER/count\n");
            let case = bed.path("case.txt");
            let mut console = bed.console(&["new", case.to_str().unwrap()]);
            console.wait_for_text("finished");
            console.keys(screen);
            if screen.ends_with('r') {
                console.wait_for_text("directory");
            }
            std::thread::sleep(std::time::Duration::from_millis(450));
            // In pieces, as a line brings them, and read at once: neither side waits for the other.
            for piece in text.as_bytes().chunks(2048) {
                console.type_in(piece);
                console.swallow_into_screen(std::time::Duration::from_millis(1));
            }
            console.settle(std::time::Duration::from_millis(200));
            let session = bed.session();
            assert!(session.runs.is_empty() && bed.ran() == 0, "{screen}: {}", console.rows());
        }
    }
}
