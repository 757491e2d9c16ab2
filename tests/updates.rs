//! Updates during the incident, and the scribe's lines in the timeline.

use hotwash::app::dialog::Dialog;
use hotwash::app::flags::Flag;
use hotwash::app::input::Input;
use hotwash::journal::event::{Event, NoteKind};

use crate::bench::Bench;

#[test]
fn one_key_makes_an_update_for_three_audiences_and_says_when_the_next_is_due() {
    for size in [(80, 24), (120, 36)] {
        let mut b = Bench::investigated(size);
        b.keys("U");
        assert!(matches!(b.desk.dialog, Some(Dialog::Page(_))), "{}", b.screen());
        let Some(Event::UpdateMade { text, facts, due }) = b.events().last().copied().cloned() else { panic!() };
        for audience in ["bridge", "internal", "customers"] {
            assert!(text.contains(&format!("## Update: {audience}")), "{text}");
        }
        assert_eq!((due - b.desk.now).num_minutes(), 29, "on a whole minute");
        assert!(facts.iter().any(|f| f.contains("1,204 of 4,100 requests failed")), "{facts:?}");
        let customers = text.split("## Update: customers").nth(1).unwrap();
        for internal in ["order-svc", "api-gateway", "OutOfMemory", "v2.4.1", "heap"] {
            assert!(!customers.contains(internal), "{customers}");
        }
        b.keys("esc");
        assert!(b.says("update due 09:50Z"), "{}", b.screen());
        b.wait(31 * 60_000).keys("3");
        assert!(b.says("UPDATE OVERDUE"), "{}", b.screen());
    }
}

#[test]
fn the_next_update_says_what_changed_since_the_last() {
    let mut b = Bench::investigated((80, 24));
    b.keys("U esc m 'd: we roll back' enter U");
    let Some(Event::UpdateMade { text, .. }) = b.events().last().copied().cloned() else { panic!() };
    assert!(text.contains("- new: Decided: we roll back."), "{text}");
    assert!(text.contains("New since 09:20 UTC"), "{text}");
    b.keys("esc U");
    let Some(Event::UpdateMade { text, .. }) = b.events().last().copied().cloned() else { panic!() };
    assert!(text.contains("Nothing new since"), "{text}");
}

#[test]
fn the_scribe_stamps_every_kind_from_any_panel_in_one_line_into_the_timeline() {
    let mut b = Bench::investigated((80, 24));
    for line in ["d: roll back", "a: kim rolls back", "q: who owns redis", "r: lead is kim", "seen on web", "d:"] {
        b.keys(&format!("3 m '{line}' enter"));
    }
    let kinds: Vec<NoteKind> = b.session.notes.iter().map(|n| n.kind).collect();
    use NoteKind::*;
    assert_eq!(kinds, [Decision, Action, Question, Role, Note, Note]);
    assert_eq!(b.session.notes[0].text, "roll back");
    b.keys("9");
    for text in ["DECISION roll back", "QUESTION who owns redis", "ROLE     lead is kim", "— kim"] {
        assert!(b.says(text), "{text}\n{}", b.screen());
    }
}

#[test]
fn a_sentence_that_new_evidence_contradicts_is_flagged_until_it_is_changed() {
    let mut b = Bench::investigated((80, 24));
    b.keys("p e 'All is well again. ' esc");
    let line = b.session.postmortem.text.lines().next().unwrap().to_owned();
    let flag = Flag { line: 0, text: line, reason: "errors go on at 09:30".into() };
    b.input(Input::PostmortemChecked { flags: vec![flag] });
    b.keys("g");
    assert!(b.says("the evidence says otherwise: errors go on at 09:30"), "{}", b.screen());
    b.keys("e 'Not: ' esc g");
    assert!(!b.says("the evidence says otherwise"), "{}", b.screen());
}
