//! What guests may say, by their role, and that they lead to nothing else.

use std::time::Duration;

use super::{Served, is_there};
use crate::terminal::{Console, Setting};

#[test]
fn a_scribe_is_heard_by_the_lead_and_an_observer_only_looks() {
    if !is_there() {
        return;
    }
    let served = Served::start("");
    let mut lead = Console::start(&Setting::new(served.home.path(), &["open", crate::follow::ID]));
    lead.wait_for_text("saved");
    let mut sam = served.visit("sam", (100, 30));
    sam.wait_for_text("FOLLOW tester");
    sam.type_in(b"q");
    sam.wait_for("the card to go", |rows| !rows.contains("Catching up"));
    sam.type_in(b"m");
    sam.wait_for_text("note, or");
    sam.type_in(b"rolling it back now");
    sam.wait_for_text("rolling it back now");
    sam.settle(Duration::from_millis(400));
    sam.type_in(b"\r");
    lead.wait_for_text("sam: NOTE rolling it back now");
    // A guest takes no lead and stops no process.
    sam.type_in(b"L");
    sam.wait_for_text("not possible while following");
    sam.type_in(b"\x1a");
    let mut kim = served.visit("kim", (100, 30));
    kim.leave_card();
    kim.type_in(b"s");
    kim.wait_for_text("rolling it back now");
    kim.type_in(b"m");
    kim.settle(Duration::from_millis(400));
    assert!(!kim.rows().contains("note, or"), "{}", kim.rows());
    assert_eq!(served.holds().2, 0);
}
