//! What is new is in sight, and what is said can be read whole: messages on a narrow screen, the newest lines
//! of a run, a finding of the line one stands on.

use hotwash::app::Input;
use hotwash::app::desk::Screen;
use hotwash::app::panel::Panel;
use hotwash::app::row::Role;
use hotwash::journal::event::{Author, Body, Event};

use crate::bench::Bench;

const NARROW: (u16, u16) = (80, 24);

#[test]
fn a_message_longer_than_the_screen_is_read_whole_and_leaves_room_to_read() {
    let mut b = Bench::investigated(NARROW);
    let said = "a message of many words that goes on ".repeat(5) + "to its very end";
    b.desk.say(Role::Warn, said.clone());
    let rows: Vec<String> = b.screen().lines().map(|l| l.trim().to_owned()).collect();
    assert!(rows[20..23].join(" ").contains(&said), "{rows:#?}");
    b.desk.say(Role::Warn, "short");
    assert!(b.screen().lines().nth(22).is_some_and(|l| l.trim() == "short"), "{}", b.screen());
    b.desk.say(Role::Warn, "word ".repeat(200));
    assert!(b.screen().lines().nth(22).is_some_and(|l| l.trim_end().ends_with('…')), "{}", b.screen());
    b.keys("p e");
    b.desk.say(Role::Warn, said);
    assert!(b.screen().lines().nth(22).is_some_and(|l| l.trim_end().ends_with('…')), "what is written stays in sight");
}

#[test]
fn a_questions_words_have_what_the_answer_leaves_of_the_line() {
    let mut b = Bench::investigated(NARROW);
    b.keys("x 'pd' enter");
    assert!(b.says(" pdf to which file? postmortem.pdf"), "{}", b.screen());
    b.keys("esc H /");
    assert!(b.says("find (words, tag:x sev:1 service:x after:2026-05 is:imported):"), "{}", b.screen());
    b.keys(&format!("'{}'", "long ".repeat(12)));
    let row = b.screen().lines().nth(22).unwrap_or_default().trim_end().to_owned();
    assert!(row.contains('…') && row.ends_with("long"), "{row}");
}

#[test]
fn escape_on_the_home_screen_takes_back_what_was_asked_before_it_leaves() {
    let mut b = Bench::investigated(NARROW);
    b.keys("H / 'nothing-like-it' enter");
    assert!(!b.desk.home_query.is_plain());
    b.keys("esc");
    assert!(b.desk.home_query.is_plain() && b.desk.screen == Screen::Home, "{}", b.screen());
    b.keys("esc");
    assert_eq!(b.desk.screen, Screen::Session);
}

#[test]
fn the_newest_lines_of_a_run_are_in_sight_while_it_runs_and_all_of_them_behind_it() {
    let mut b = Bench::investigated(NARROW);
    b.keys("4 j j j j j j j j r").wait(400).keys("y ctrl-y");
    b.input(Input::RunStarted { run: 1, pid: 9 });
    let text: String = (1..=60).map(|n| format!("row {n} of it\n")).collect();
    b.input(Input::RunOutput { run: 1, text: text.clone() });
    b.keys("u");
    assert!(b.says("row 60 of it") && b.says("lines before these"), "{}", b.screen());
    b.input(Input::RunEnded { run: 1, status: Some(0), how: "exited".into(), output: text, dropped: 0 });
    assert!(b.says("row 1 of it") && !b.says("lines before these"), "{}", b.screen());
}

#[test]
fn a_finding_of_the_cursors_own_line_is_said_first_and_each_of_several_once() {
    let mut b = Bench::investigated(NARROW);
    let page = "[FILL IN: who] should have looked at [FILL IN: what].\n\nfine\n\n[FILL IN: when]\n";
    b.record(Author::Person("kim".into()), Event::PostmortemEdited { body: Body::new(page.to_owned()) });
    b.keys("p");
    let mut said = Vec::new();
    loop {
        b.keys("l");
        let toast = b.desk.toasts.last().map(|t| t.text.clone()).unwrap();
        if said.iter().any(|(_, known)| *known == toast) {
            break;
        }
        said.push((b.desk.place(Panel::Postmortem).cursor, toast));
    }
    let total = said.len();
    assert!(said[0].0 == 0 && said.iter().filter(|(row, _)| *row == 0).count() >= 2, "{said:#?}");
    for (n, (_, toast)) in said.iter().enumerate() {
        assert!(toast.starts_with(&format!("{} of {total}: ", n + 1)), "{said:#?}");
    }
}
