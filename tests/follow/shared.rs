//! The shared screen: the line that is read aloud, nobody's name, no address, nothing that comes and goes.

use hotwash::app::panel::Panel;
use hotwash::app::row::Role;
use hotwash::domain::{Origin, SourceId};
use hotwash::journal::Body;
use hotwash::journal::event::{Author, Event};

use crate::bench::Bench;

fn shared(size: (u16, u16)) -> Bench {
    let mut b = Bench::investigated(size);
    b.keys("s d 'kim restarts it' enter");
    let body = Body::new("2026-06-02T09:15:00Z gw WARN 10.20.30.40:8443 refused kim (kim@example.com, 2001:db8::9)\n");
    let (source, name) = (SourceId(1), "paste 2".into());
    let kim = Author::Person("kim".into());
    b.record(kim, Event::SourceAdded { source, name, origin: Origin::Paste, body, notices: Vec::new() });
    b.desk.theme = Some("bridge".into());
    b
}

#[test]
fn no_panel_shows_an_address_or_a_name() {
    for size in [(80, 24), (200, 50), (40, 12)] {
        let mut b = shared(size);
        let mut seen = String::new();
        for panel in Panel::ALL {
            b.desk.focus = *panel;
            let screen = b.screen();
            for gone in ["10.20.30.40", "2001:db8", "example.com", "kim"] {
                assert!(!screen.contains(gone), "{gone} on {panel:?} at {size:?}\n{screen}");
            }
            seen.push_str(&screen);
        }
        assert!(size.0 < 80 || (seen.contains("‹addr-") && seen.contains("‹person-")), "covered, not dropped");
    }
}

#[test]
fn the_line_that_is_read_aloud_is_on_top_and_one_panel_below() {
    let mut b = shared((200, 50));
    b.desk.focus = Panel::Evidence;
    let screen = b.screen();
    let top: String = screen.lines().skip(1).take(4).collect::<Vec<_>>().join(" ");
    assert!(top.contains("Most likely") && top.contains("Next"), "{screen}");
    assert!(!screen.contains("─ Hypotheses"), "one panel\n{screen}");
}

#[test]
fn nothing_comes_and_goes_on_it() {
    let mut b = shared((80, 24));
    let before = b.screen();
    b.desk.say(Role::Bad, "a toast");
    assert_eq!(b.screen(), before);
}

#[test]
fn keys_and_scrolling_work_as_ever() {
    let mut b = shared((80, 24));
    b.keys("1 G");
    assert!(b.says("refused"), "{}", b.screen());
    b.keys("g");
    assert!(b.says("paste 1"), "{}", b.screen());
    b.keys("s m 'typed on it' ");
    assert!(b.says("typed on it"), "a prompt is seen\n{}", b.screen());
}
