//! Writing the postmortem: sections, find and replace, citations, whose lines are whose, versions.

use std::time::Instant;

use hotwash::app::desk::Screen;
use hotwash::app::dialog::Dialog;
use hotwash::app::input::{Input, Key, KeyCode};
use hotwash::domain::Report;
use hotwash::journal::event::{Author, Body, Event};

use crate::bench::{Bench, painted, report};

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 36)];

fn text(b: &Bench) -> String {
    b.session.postmortem.text.to_string()
}

/// A newer report with this draft arrives.
fn redrafted(b: &mut Bench, change: impl Fn(&str) -> String) {
    let mut newer: Report = report(&b.session);
    newer.postmortem.markdown = change(&newer.postmortem.markdown);
    let draft = Body::new(newer.postmortem.markdown.clone());
    b.record(Author::Engine("embedded".into()), Event::PostmortemDrafted { body: draft });
}

#[test]
fn sections_are_a_popup_when_narrow_and_stand_beside_the_text_when_wide() {
    for size in SIZES {
        let mut b = Bench::investigated(size);
        b.wait(5_000).keys("p e");
        let wide = size.0 >= 120;
        assert_eq!(b.says("Sections"), wide, "{}", b.screen());
        assert_eq!(b.says("Preview"), wide);
        b.keys("ctrl-o 'happ'");
        assert!(b.says("Go to which section?") && b.says("What happened"), "{}", b.screen());
        b.keys("enter end 'X'").wait(500);
        assert!(text(&b).contains("## What happenedX"), "{}", text(&b));
        if wide {
            assert!(b.screen().lines().any(|l| l.contains('▸')), "{}", b.screen());
            assert!(b.says("1 to fill in"), "{}", b.screen());
        }
    }
}

#[test]
fn a_citation_or_figure_is_found_by_a_few_letters_and_inserted_with_its_place() {
    let mut b = Bench::investigated((80, 24));
    b.keys("p e ctrl-l 'heap space' enter").wait(500);
    assert!(text(&b).contains("OutOfMemoryError"), "{}", text(&b));
    assert!(text(&b).starts_with("order-svc") || text(&b).starts_with('“'), "{}", text(&b));
    assert!(text(&b).lines().next().is_some_and(|l| l.contains("[quoted L2]")), "{}", text(&b));
    assert!(text(&b).lines().nth(1).is_some_and(|l| l.starts_with("# ")), "a heading stays one: {}", text(&b));
    b.keys("ctrl-l 'requests failed 0.294' enter").wait(500);
    assert!(text(&b).contains("[derived: 1204 / 4100 = 0.294; L4]"), "{}", text(&b));
    b.keys("ctrl-l 'zzzz-nothing' enter");
    assert!(b.desk.dialog.is_none());
}

#[test]
fn find_goes_around_and_replace_is_one_undo() {
    let mut b = Bench::investigated((80, 24));
    b.keys("p e ctrl-f 'IMPACT' enter");
    assert_eq!(b.desk.editor.as_ref().unwrap().cursor(), (2, 3));
    b.keys("ctrl-f ctrl-u 'nowhere' enter");
    assert!(b.says("stands nowhere"), "{}", b.screen());
    b.keys("ctrl-r ctrl-u 'heap' enter");
    assert!(b.says("at 1 place, by:"), "{}", b.screen());
    b.keys("'memory' enter").wait(500);
    assert!(text(&b).contains("ran out of memory") && b.says("replaced at 1 place;"), "{}", b.screen());
    b.keys("ctrl-z").wait(500);
    assert!(text(&b).contains("ran out of heap"), "{}", text(&b));
}

#[test]
fn what_a_person_wrote_is_marked_and_survives_every_new_draft() {
    for size in SIZES {
        let mut b = Bench::investigated(size);
        b.keys("p e ctrl-o 'impact' enter down down end ' Nobody lost data.' esc");
        let marked = |b: &Bench| b.screen().lines().any(|l| l.contains('▎') && l.contains("Nobody lost data."));
        assert!(marked(&b), "{}", b.screen());
        redrafted(&mut b, |d| d.replace("ran out of heap", "ran out of its heap").replace("affected users", "users"));
        b.keys("D");
        assert!(text(&b).contains("Nobody lost data.") && text(&b).contains("its heap"), "{}", text(&b));
        assert!(text(&b).contains("[FILL IN: affected users] Nobody"), "{}", text(&b));
        assert!(b.says("1 sections that people wrote in stay"), "{}", b.screen());
        b.keys("e");
        assert!(marked(&b), "in the editor, too\n{}", b.screen());
    }
}

#[test]
fn one_section_is_drafted_anew_and_one_that_a_person_wrote_in_refuses() {
    let mut b = Bench::investigated((80, 24));
    b.keys("p e ctrl-o 'impact' enter down down end ' Ours.' esc");
    redrafted(&mut b, |d| d.replace("ran out of heap", "ran out of its heap"));
    b.keys("e ctrl-o 'happ' enter ctrl-d").wait(500);
    assert!(text(&b).contains("its heap") && text(&b).contains("Ours."), "{}", text(&b));
    b.keys("ctrl-o 'impact' enter ctrl-d");
    assert!(b.says("that a person wrote"), "{}", b.screen());
    b.keys("esc g j j R");
    assert!(b.says("that a person wrote"), "{}", b.screen());
    assert!(text(&b).contains("Ours."));
}

#[test]
fn every_save_is_a_version_that_is_compared_and_taken_back() {
    let mut b = Bench::investigated((80, 24));
    let first = text(&b);
    b.keys("p e 'One. '").wait(500).keys("'Two. ' esc");
    assert!(text(&b).starts_with("One. Two. "));
    b.keys("h");
    assert!(b.says("draft by") && b.says("saved by"), "{}", b.screen());
    b.keys("down enter enter");
    assert!(matches!(b.desk.dialog, Some(Dialog::Page(_))), "{}", b.screen());
    assert!(b.says("- One. # Postmortem") && b.says("+ One. Two. # Postmortem"), "{}", b.screen());
    b.keys("esc h down down enter down enter");
    assert_eq!(text(&b), first, "{}", b.screen());
    let edits = b.events().iter().filter(|e| matches!(e, Event::PostmortemEdited { .. })).count();
    assert_eq!(edits, 3, "taking back is a save, and nothing is lost");
    b.keys("h enter down enter");
    assert_eq!(b.desk.screen, Screen::Session);
}

#[test]
fn a_paste_into_a_picker_inserts_nothing() {
    let mut b = Bench::investigated((80, 24));
    b.keys("p e ctrl-l");
    let before = b.desk.editor.as_ref().unwrap().text();
    b.paste("pasted\r");
    assert_eq!(b.desk.editor.as_ref().unwrap().text(), before);
}

#[test]
fn a_document_of_200_kb_is_typed_in_without_waiting() {
    let mut b = Bench::investigated((120, 36));
    let page = "## Section\n\nA sentence of some length that says **what** happened to `order-svc` [quoted L2], and when.\n\n- a point\n\n[FILL IN: x]\n\n";
    let large = page.repeat(200 * 1024 / page.len() + 1);
    assert!(large.len() >= 200 * 1024);
    b.record(Author::Person("kim".into()), Event::PostmortemEdited { body: Body::new(large) });
    b.keys("p e ctrl-o 'section' enter");
    let keys = [KeyCode::Char('x'), KeyCode::Down, KeyCode::Enter, KeyCode::PageDown, KeyCode::Backspace, KeyCode::Up];
    let mut times = Vec::new();
    for n in 0..120 {
        let from = Instant::now();
        b.desk.save_due = None;
        b.input(Input::Key(Key { code: keys[n % keys.len()], ctrl: false, alt: false, shift: false }));
        let _drawn = painted(&b.session, &b.desk, &b.look);
        times.push(from.elapsed());
    }
    times.sort();
    let (p50, p99) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    println!("key to frame in a document of 200 KB: p50 {p50:?}, p99 {p99:?}");
    if cfg!(debug_assertions) {
        // Without optimisation and beside other tests only a cost that grows with the text can be told.
        assert!(p50.as_millis() <= 60, "{p50:?}");
    } else {
        assert!(p99.as_millis() <= 8, "{p99:?}");
    }
}
