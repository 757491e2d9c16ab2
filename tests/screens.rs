//! Screens: what stands in the cells. Snapshots at the sizes people have, in every theme, and what
//! must hold at any size and for any text.

use hotwash::app::panel::Panel;
use hotwash::app::{HomeRow, Input, Key, KeyCode};
use hotwash::domain::showable::is_hostile;
use hotwash::view::{Colours, Look};
use proptest::prelude::*;

use crate::bench::{Bench, INCIDENT, clock, painted, styles, text};

/// The lines of a file of the shared corpora; none where they are not on this machine.
fn shared_lines(path: &str) -> Vec<String> {
    let text = crate::seeds::shared().and_then(|p| std::fs::read_to_string(p.join(path)).ok());
    if text.is_none() {
        println!("skipped: {path} is not here");
    }
    text.unwrap_or_default().lines().map(Into::into).collect()
}

fn snapshot(name: &str, content: String) {
    // The reason for a label is the classifier's wording, not the screen's.
    let filters = vec![(r"(safe-read-only|cannot-tell|mutating|destructive): .*", "$1: [why]")];
    insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "snapshots", filters => filters }, {
        insta::assert_snapshot!(name, content);
    });
}

#[test]
fn every_panel_at_80_by_24() {
    let mut b = Bench::investigated((80, 24));
    b.wait(5_000);
    let mut all = String::new();
    for panel in Panel::ALL {
        b.keys(&b.desk.keys.key_of(panel.action()));
        all.push_str(&format!("=== {}\n{}\n", panel.title(), b.screen()));
    }
    snapshot("panels-80x24", all);
}

#[test]
fn hypotheses_at_every_size() {
    for (w, h) in [(40, 12), (120, 36), (200, 50)] {
        let mut b = Bench::investigated((w, h));
        b.wait(5_000).keys("3");
        snapshot(&format!("hypotheses-{w}x{h}"), b.screen());
    }
}

#[test]
fn the_home_screen_and_the_dialogs() {
    let mut b = Bench::new((80, 24));
    let row = HomeRow {
        id: "0190aaaa-1".into(),
        title: "checkout down".into(),
        started: Some(clock()),
        last: Some(clock()),
        severity: "undecided".into(),
        records: 31,
        ..HomeRow::default()
    };
    b.input(Input::Sessions(vec![row]));
    let mut all = format!("=== home\n{}\n", b.screen());
    let mut b = Bench::investigated((80, 24));
    b.wait(5_000).keys("?");
    all.push_str(&format!("=== help\n{}\n", b.screen()));
    b.keys("esc ctrl-p 'pan'");
    all.push_str(&format!("=== palette\n{}\n", b.screen()));
    b.keys("esc 4 r");
    all.push_str(&format!("=== blank\n{}\n", b.screen()));
    b.keys("'shop' enter");
    all.push_str(&format!("=== approval, dead\n{}\n", b.screen()));
    b.wait(400).keys("y");
    all.push_str(&format!("=== approval, ready\n{}\n", b.screen()));
    b.keys("esc p e ctrl-n");
    all.push_str(&format!("=== editor\n{}\n", b.screen()));
    snapshot("home-and-dialogs-80x24", all);
}

#[test]
fn each_theme_with_its_styles() {
    for theme in ["dark", "light", "mono", "high-contrast", "bridge"] {
        let mut b = Bench::investigated((60, 14));
        b.look = Look::new(Some(theme), Colours::Sixteen, false, &[]).0;
        b.wait(5_000).keys("3 j");
        snapshot(&format!("theme-{theme}"), format!("{}\n{}", b.screen(), styles(&b.buffer())));
    }
}

#[test]
fn without_colours_no_cell_has_any_and_in_ascii_every_cell_is() {
    let mut b = Bench::investigated((120, 36));
    b.look = Look::new(Some("dark"), Colours::None, true, &[]).0;
    b.paste("caf\u{e9} \u{65e5}\u{672c} \u{2502}\n");
    for panel in Panel::ALL {
        b.keys(&b.desk.keys.key_of(panel.action()));
        for cell in &b.buffer().content {
            assert!(cell.symbol().is_ascii(), "{:?}", cell.symbol());
            assert_eq!((cell.fg, cell.bg), Default::default());
        }
    }
    for dialog in ["?", "esc ctrl-p", "esc 4 r 'x' enter"] {
        b.keys(dialog);
        assert!(b.screen().is_ascii(), "{}", b.screen());
    }
}

#[test]
fn meaning_is_never_in_the_colour_alone() {
    let mut b = Bench::investigated((80, 40));
    b.look = Look::new(Some("mono"), Colours::None, true, &[]).0;
    b.keys("5");
    assert!(b.says("SEVERITY UNDECIDED"));
    b.keys("4");
    assert!(b.says("safe-read-only") && b.says("[not run]"), "{}", b.screen());
    b.keys("0");
    assert!(b.says("[UNSUPPORTED]"), "{}", b.screen());
    b.keys("8");
    assert!(b.says("DOWN"));
}

#[test]
fn nothing_hostile_reaches_a_cell_of_any_panel() {
    let mut hostile = vec!["PRE \u{1b}[2J POST".to_owned(), "a\u{9b}31mb\u{202e}c\u{200b}d\u{7f}\r\tx".to_owned()];
    for line in shared_lines("corpora/escapes.jsonl") {
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        let hex = value["bytes_hex"].as_str().unwrap_or("");
        let bytes: Vec<u8> =
            (0..hex.len() / 2).filter_map(|i| u8::from_str_radix(&hex[i * 2..i * 2 + 2], 16).ok()).collect();
        hostile.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    println!("{} hostile texts in every panel", hostile.len());
    // A few at a time: each stands whole in every place.
    for text in hostile.chunks(8).map(|few| few.join(" ")) {
        let text = &text;
        let mut b = Bench::investigated((100, 30));
        poison(&mut b, text);
        for panel in Panel::ALL {
            b.keys(&b.desk.keys.key_of(panel.action()));
            sound(&b, text);
        }
        for keys in ["?", "esc ctrl-p", "esc 4 r", "enter esc 6 r", "esc p e", "esc H"] {
            b.keys(keys);
            sound(&b, text);
        }
    }
}

/// Puts the text everywhere a text can stand.
fn poison(b: &mut Bench, text: &str) {
    let Some(report) = b.session.report.clone() else { return };
    let json = serde_json::to_string(&*report).unwrap();
    let within = serde_json::to_string(text).unwrap();
    let within = &within[1..within.len() - 1];
    let mut poisoned: hotwash::domain::Report =
        serde_json::from_str(&json.replace("order-svc", &format!("{within}order-svc"))).unwrap();
    poisoned.title = text.into();
    b.session.report = Some(poisoned.into());
    b.session.title = text.into();
    b.session.postmortem.text = text.into();
    if let Some(s) = b.session.evidence.sources.first_mut() {
        s.name = text.into();
    }
    b.desk.person = text.into();
    b.desk.search = Some(text.into());
    for i in &mut b.session.investigations {
        i.why = text.into();
        for s in &mut i.steps {
            let mut step = (**s).clone();
            step.title = text.into();
            step.text = text.into();
            *s = step.into();
        }
    }
    b.desk.say(hotwash::app::row::Role::Bad, text);
}

fn sound(b: &Bench, text: &str) {
    for cell in &b.buffer().content {
        let bad = cell.symbol().chars().find(|c| is_hostile(*c) || *c == '\n' || *c == '\t');
        assert_eq!(bad, None, "{text:?} in {:?}", b.desk.focus);
    }
}

#[test]
fn honest_scripts_stay_readable() {
    let mut b = Bench::new((80, 24));
    b.paste("2026-06-02T09:12:00Z \u{0e2a}\u{0e27}\u{0e31}\u{0e2a}\u{0e14}\u{0e35} \u{0645}\u{0631}\u{062d}\u{0628}\u{0627} \u{65e5}\u{672c}\u{8a9e} caf\u{e9}\n");
    for word in ["\u{0645}\u{0631}\u{062d}\u{0628}\u{0627}", "caf\u{e9}"] {
        assert!(b.says(word), "{}", b.screen());
    }
    assert!(b.screen().replace(' ', "").contains("\u{65e5}\u{672c}\u{8a9e}"));
}

#[test]
fn no_size_panics_and_the_smallest_say_so() {
    let mut b = Bench::investigated((80, 24));
    for dialog in ["3", "2", "1", "?", "esc ctrl-p", "esc 4 r", "'x' enter", "esc p e"] {
        b.keys(dialog);
        for w in [1, 2, 5, 19, 20, 21, 39, 40, 59, 80, 119, 120, 199, 200, 500] {
            for h in [1, 2, 4, 5, 6, 7, 12, 24, 50, 200] {
                b.input(Input::Resize(w, h));
                let seen = b.buffer();
                assert_eq!((seen.area.width, seen.area.height), (w, h));
                assert!(w < 9 || w >= 20 && h >= 6 || text(&seen).contains("too small"));
            }
        }
        b.input(Input::Resize(80, 24));
    }
}

#[test]
fn what_does_not_fit_is_marked() {
    let mut b = Bench::new((40, 12));
    b.paste(&format!("{}END\n", "x".repeat(300)));
    b.keys("z G");
    let row = b.screen().lines().find(|l| l.contains("xxxx")).unwrap().to_owned();
    assert!(row.ends_with('»'), "{row}");
    b.keys("z j");
    assert!(b.says("END"), "{}", b.screen());
}

#[test]
fn a_row_taller_than_the_screen_is_read_page_by_page() {
    let mut b = Bench::new((40, 12));
    b.paste(&format!("{}END\n", "word ".repeat(200)));
    b.keys("G");
    assert!(!b.says("END"));
    for _ in 0..10 {
        b.keys("j");
    }
    assert!(b.says("END"), "{}", b.screen());
}

#[test]
fn a_hundred_thousand_lines_are_drawn_as_fast_as_ten() {
    let mut b = Bench::new((120, 36));
    let line = "2026-06-02T09:12:00Z order-svc ERROR java.lang.OutOfMemoryError: Java heap space in worker\n";
    b.paste(&line.repeat(100_000));
    b.keys("1");
    let mut times = Vec::new();
    for n in 0..200 {
        let from = std::time::Instant::now();
        let key = [KeyCode::Down, KeyCode::PageDown, KeyCode::End, KeyCode::Home, KeyCode::PageUp][n % 5];
        b.input(Input::Key(Key { code: key, ctrl: false, alt: false, shift: false }));
        let _drawn = painted(&b.session, &b.desk, &b.look);
        times.push((from.elapsed(), key));
    }
    times.sort_by_key(|(took, _)| *took);
    let p99 = times[times.len() * 99 / 100].0;
    println!(
        "key to frame over 100,000 lines: p50 {:?}, p99 {p99:?}; worst {:?}",
        times[times.len() / 2].0,
        times.last()
    );
    if cfg!(debug_assertions) {
        // Without optimisation and beside other tests only a cost that grows with the text can be told.
        assert!(times[times.len() / 2].0.as_millis() <= 40, "{:?}", times[times.len() / 2]);
    } else {
        assert!(p99.as_millis() <= 8, "{p99:?}");
    }
}

fn any_input() -> impl Strategy<Value = Input> {
    let code = prop_oneof![
        8 => any::<char>().prop_map(KeyCode::Char),
        20 => proptest::char::range(' ', '~').prop_map(KeyCode::Char),
        8 => proptest::sample::select(vec![
            KeyCode::Enter, KeyCode::Esc, KeyCode::Tab, KeyCode::BackTab, KeyCode::Backspace, KeyCode::Delete,
            KeyCode::Left, KeyCode::Right, KeyCode::Up, KeyCode::Down, KeyCode::Home, KeyCode::End,
            KeyCode::PageUp, KeyCode::PageDown,
        ]),
    ];
    prop_oneof![
        30 => (code, any::<bool>(), any::<bool>()).prop_map(|(code, ctrl, alt)| Input::Key(Key { code, ctrl, alt: alt && !ctrl, shift: false })),
        3 => ".{0,80}".prop_map(Input::Paste),
        2 => (1u16..220, 1u16..70).prop_map(|(w, h)| Input::Resize(w, h)),
        1 => Just(Input::Deadline),
        1 => Just(Input::EditorClosed(Some("other".into()))),
        1 => Just(Input::Opened),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_inputs_draw_without_a_panic(inputs in proptest::collection::vec(any_input(), 1..60)) {
        let mut b = Bench::investigated((80, 24));
        for input in inputs {
            b.input(input);
        }
        b.buffer();
    }

    #[test]
    fn pastes_alone_never_approve(texts in proptest::collection::vec(".{0,200}", 1..20), at in 0usize..8) {
        let mut b = Bench::investigated((80, 24));
        let dialog = ["4 j j j j j j j j r", "6 r", "4 r", "ctrl-p", "?", "p e", "/", "H"][at];
        b.keys(dialog).wait(500);
        for text in texts {
            b.paste(&text);
        }
        prop_assert!(b.runs().is_empty());
        let approved = b.events().iter().any(|e| matches!(e, hotwash::journal::event::Event::RunApproved { .. }));
        prop_assert!(!approved);
    }
}

#[test]
fn the_incident_stands_on_the_evidence_panel_with_its_notices() {
    let b = Bench::investigated((120, 36));
    for line in INCIDENT.lines() {
        let head = &line[..36];
        assert!(b.screen().lines().any(|l| l.contains(head)), "{line}\n{}", b.screen());
    }
    assert!(b.says("5 lines"));
}
