//! Updates during the incident, and the scribe's lines in the timeline.

use hotwash::app::dialog::Dialog;
use hotwash::app::flags::Flag;
use hotwash::app::input::Input;
use hotwash::journal::event::{Event, NoteKind};

use std::path::PathBuf;

use hotwash::analyst::Knowledge;
use hotwash::domain::Report;
use hotwash::export::update::{self, Audience};
use hotwash::runtime::eval;

use crate::bench::Bench;

/// Words of the trade, and marks of a raw line: none of them is for a customer.
const INTERNALS: &[&str] = &[
    "pod",
    "node",
    "replica",
    "container",
    "namespace",
    "deployment",
    "kubectl",
    "database",
    "cache",
    "queue",
    "heap",
    "5xx",
    "upstream",
    "exception",
    "oom",
    "timeout",
    "http",
    "sev1",
    "sev2",
    "sev3",
    "confidence",
    "“",
    "`",
    "[",
];

/// What in a customers' update names our insides.
fn insides(text: &str, r: &Report) -> Vec<String> {
    let low = text.to_lowercase();
    let words: Vec<&str> = low.split(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '.' | '_' | '/')).collect();
    let of_trade = INTERNALS.iter().filter(|w| match w.chars().all(char::is_alphanumeric) {
        true => words.iter().any(|x| x.trim_end_matches('s') == **w),
        false => low.contains(**w),
    });
    let names = r.services.iter().map(|s| &s.name).chain(r.hypotheses.iter().map(|h| &h.subject));
    let named = names.filter(|n| words.iter().any(|w| *w == n.to_lowercase())).map(String::as_str);
    let shaped =
        words.iter().map(|w| w.trim_matches('.')).filter(|w| w.matches('.').count() > 1 || w.contains(['_', '/']));
    of_trade.copied().chain(named).chain(shaped).map(str::to_owned).collect()
}

#[test]
fn the_customers_update_of_every_incident_names_no_insides_and_promises_nothing() {
    let mut texts = crate::planted::fixtures();
    match crate::cases::cases() {
        Some(dir) => {
            let mut cases: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
            cases.sort();
            // of each source some, whichever it has
            let source = |p: &PathBuf| p.file_name().unwrap().to_string_lossy().split('-').next().unwrap().to_owned();
            for group in cases.chunk_by(|a, b| source(a) == source(b)) {
                for case in group.iter().step_by((group.len() / 3).max(1)).take(3) {
                    let bytes = std::fs::read(case.join("context.txt")).unwrap();
                    if bytes.len() < 60_000 {
                        texts.push((case.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
                    }
                }
            }
        }
        None => println!("skipped: the labelled cases are not at hand"),
    }
    let mut wrong = Vec::new();
    for (name, text) in &texts {
        let (_, report) = eval::investigated(text, Knowledge::embedded());
        let told = update::report(&report, Audience::Customers);
        let found = insides(&told, &report);
        if !found.is_empty() || told.to_lowercase().contains("will be") {
            wrong.push(format!("{name}: {found:?}: {told}"));
        }
    }
    println!("{} customers' updates, {} that name insides", texts.len(), wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

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
