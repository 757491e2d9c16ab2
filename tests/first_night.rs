//! What somebody meets who sees the console for the first time, at night, on whatever screen there is.

use hotwash::app::Input;
use hotwash::fault::Fault;

use crate::bench::{Bench, INCIDENT};

#[test]
fn the_key_that_shows_all_keys_is_named_in_every_panel_however_narrow_the_screen_is() {
    for size in [(40, 10), (60, 12), (80, 24), (120, 36)] {
        let mut b = Bench::investigated(size);
        for key in ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "w", "f", "p", "s", "o", "u"] {
            b.keys(key).wait(60_000);
            assert!(b.says("? keys"), "{size:?} {key}: {}", b.screen());
        }
        b.keys("?");
        assert!(b.says("leave"), "{size:?}: {}", b.screen());
    }
}

#[test]
fn why_nothing_is_saved_is_said_once_and_whole_beside_what_to_do() {
    let mut b = Bench::investigated((80, 24));
    let what = "NOT SAVED: cannot make the session's folder /a/long/way/to/sessions: no space left on device";
    b.input(Input::SaveFailed(Fault::environment(what, "free some")));
    let last = b.screen().lines().last().unwrap().to_owned();
    assert!(last.contains("NOT SAVED: no space left on device"), "{last}");
    assert_eq!(last.matches("NOT SAVED").count(), 1, "{last}");
    b.keys("q");
    assert!(b.says("NOT SAVED (no space left on device): quit again loses it, export first"), "{}", b.screen());
}

#[test]
fn a_source_over_midnight_is_shown_with_its_days() {
    let mut b = Bench::new((120, 36));
    b.paste("2026-06-01T23:50:00Z ERROR api timeout\n2026-06-02T00:10:00Z ERROR api timeout\n");
    b.keys("1 g");
    assert!(b.says("2026-06-01 23:50 to") && b.says("2026-06-02 00:10"), "{}", b.screen());
    let mut b = Bench::new((120, 36));
    b.paste(INCIDENT);
    b.keys("1 g");
    let head = b.screen().lines().find(|l| l.contains("pasted")).unwrap().to_owned();
    assert!(!head.contains("2026-"), "one day needs no date: {head}");
}
