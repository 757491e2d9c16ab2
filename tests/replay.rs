//! Replay: what the journal recorded gives the screens that stood, cell for cell.

use hotwash::app::panel::Panel;
use hotwash::app::{Desk, Input};
use hotwash::journal::event::{Event, Record};
use hotwash::session::Session;

use crate::bench::{Bench, apply, painted};

/// A journey with evidence, judgements, notes, a run and an edited postmortem.
fn journey() -> (Bench, Vec<(u64, Desk)>) {
    let mut b = Bench::investigated((120, 36));
    let mut stops = Vec::new();
    for keys in [
        "3 c 'heap dump' enter",
        "s d 'roll back' enter",
        "4 r 'shop' enter",
        "p e 'Mine' esc",
        "2 g enter j",
        "0 j j enter",
    ] {
        b.keys(keys).wait(400);
        stops.push((b.session.seq, b.desk.clone()));
    }
    b.keys("esc 4 r").wait(400).keys("y ctrl-y");
    b.input(Input::RunStarted { run: 1, pid: 5 });
    stops.push((b.session.seq, b.desk.clone()));
    b.input(Input::RunEnded {
        run: 1,
        status: Some(0),
        how: "exited".into(),
        output: "OutOfMemoryError\n".into(),
        dropped: 0,
    });
    stops.push((b.session.seq, b.desk.clone()));
    (b, stops)
}

fn folded(records: &[Record], to: u64) -> Session {
    let mut session = Session::default();
    records.iter().filter(|r| r.seq <= to).for_each(|r| apply(&mut session, r));
    session
}

#[test]
fn the_recorded_events_give_the_live_screens_cell_for_cell() {
    let (b, _) = journey();
    let read: Vec<Record> =
        b.records.iter().map(|r| serde_json::from_str(&serde_json::to_string(r).unwrap()).unwrap()).collect();
    let session = folded(&read, u64::MAX);
    let mut desk = b.desk.clone();
    for panel in Panel::ALL {
        desk.focus = *panel;
        assert_eq!(painted(&session, &desk, &b.look), painted(&b.session, &desk, &b.look), "{panel:?}");
    }
}

#[test]
fn every_moment_of_the_journey_comes_back_as_it_was() {
    let (b, stops) = journey();
    let mut live = Bench::investigated((120, 36));
    let mut at = 0;
    for (seq, desk) in stops {
        let from = live.session.seq;
        for record in b.records.iter().filter(|r| r.seq > from && r.seq <= seq) {
            apply(&mut live.session, record);
            at += 1;
        }
        let again = folded(&b.records, seq);
        assert_eq!(painted(&again, &desk, &b.look), painted(&live.session, &desk, &b.look), "record {seq}");
    }
    assert!(at > 10, "the journey grew: {at}");
}

#[test]
fn a_session_folded_in_two_parts_draws_as_one_folded_at_once() {
    let (b, _) = journey();
    let whole = folded(&b.records, u64::MAX);
    for cut in 1..b.records.len() as u64 {
        let mut parts = folded(&b.records, cut);
        b.records.iter().filter(|r| r.seq > cut).for_each(|r| apply(&mut parts, r));
        assert_eq!(parts, whole, "cut after {cut}");
    }
}

#[test]
fn review_shows_what_was_going_on_then_as_going_on() {
    let (b, _) = journey();
    let of = b.records.len() as u64;
    let step = b.records.iter().find(|r| matches!(r.event, Event::StepTaken { .. })).map(|r| r.seq).unwrap();
    let started = b.records.iter().find(|r| matches!(r.event, Event::RunStarted { .. })).map(|r| r.seq).unwrap();
    let mut desk = Desk::review("lee", (80, 24), crate::bench::clock());
    for (seq, focus, wanted) in [(step, Panel::Trail, "going on"), (started, Panel::Runs, "RUNNING")] {
        let session = folded(&b.records, seq);
        let at = session.last;
        hotwash::app::update(&session, &mut desk, Input::At { seq, of, at });
        desk.focus = focus;
        let screen = crate::bench::text(&painted(&session, &desk, &b.look));
        assert!(screen.contains(wanted) && screen.contains(&format!("record {seq} of {of}")), "{screen}");
    }
}
