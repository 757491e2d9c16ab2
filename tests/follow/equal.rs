//! What a follower folds and draws equals what the lead has, cell for cell.

use hotwash::app::panel::Panel;
use hotwash::app::{Desk, Effect, Input, Standpoint};
use hotwash::journal::Record;
use hotwash::journal::event::{Author, Body, Event, RunContext};
use hotwash::journal::feed::{Beside, Fed};
use hotwash::runtime::follow::follower::Mirror;
use hotwash::runtime::follow::inlet::listen;
use hotwash::runtime::follow::pipe::PipeInlet;
use hotwash::runtime::follow::{file::FileInlet, raw};
use hotwash::session::Session;
use ratatui::buffer::Buffer;

use super::{ID, all, all_of_file, folder, hear, heard, save};
use crate::bench::{Bench, painted};

/// A lead's journey: evidence, judgements, notes, a run with a large output, an edited postmortem.
pub fn journey() -> Bench {
    let mut b = Bench::investigated((120, 36));
    for keys in ["3 c 'heap dump' enter", "s d 'roll back' enter", "p e 'Mine' esc", "2 g enter j"] {
        b.keys(keys).wait(400);
    }
    let context = RunContext::default();
    let kim = Author::Person("kim".into());
    b.record(kim, Event::RunApproved { run: 1, check: None, command: "uptime".into(), context });
    b.record(Author::Program, Event::RunStarted { run: 1, pid: 5 });
    let output = Body::new("line of output\n".repeat(20_000));
    b.record(Author::Program, Event::RunEnded { run: 1, status: Some(0), how: "exited".into(), output, dropped: 0 });
    b
}

/// The rows that show the session; the two at the bottom say who looks, and how.
fn shown(buffer: &Buffer) -> Vec<(String, ratatui::style::Style)> {
    let cells = buffer.content.len() - 2 * usize::from(buffer.area.width);
    buffer.content[..cells].iter().map(|c| (c.symbol().to_owned(), c.style())).collect()
}

pub fn assert_equal(b: &Bench, mut mirror: Mirror) {
    let lead = Session::of(&b.records);
    assert_eq!(mirror.session, lead);
    for panel in Panel::ALL {
        let mut desk = Desk { focus: *panel, ..b.desk.clone() };
        desk.investigating = None;
        let view = serde_json::to_value(Standpoint::of(&desk)).unwrap();
        hear(&mut mirror, vec![Fed::Beside(Beside::View(view))]);
        let follower = Desk { now: desk.now, dialog: None, ..mirror.desk.clone() };
        let (ours, theirs) = (painted(&mirror.session, &follower, &b.look), painted(&lead, &desk, &b.look));
        assert_eq!(shown(&ours), shown(&theirs), "{panel:?}");
    }
}

#[test]
fn from_the_file_the_follower_folds_and_draws_what_the_lead_has() {
    let (home, b) = (tempfile::tempdir().unwrap(), journey());
    save(home.path(), &b.records);
    assert_equal(&b, heard(all_of_file(home.path())));
}

#[test]
fn through_a_pipe_the_follower_folds_and_draws_what_the_lead_has() {
    let (home, b) = (tempfile::tempdir().unwrap(), journey());
    save(home.path(), &b.records);
    let mut bytes = Vec::new();
    let inlet = Box::new(FileInlet::new(folder(home.path()), ID).once());
    raw::write(listen(inlet).unwrap(), &mut bytes).unwrap();
    let (lines, _) = all(Box::new(PipeInlet::new(std::io::Cursor::new(bytes))));
    assert_equal(&b, heard(lines));
}

#[test]
fn whoever_looks_around_is_not_moved_until_they_come_back() {
    let (home, b) = (tempfile::tempdir().unwrap(), journey());
    save(home.path(), &b.records);
    let mut mirror = heard(all_of_file(home.path()));
    let stands = |focus| {
        let desk = Desk { focus, ..b.desk.clone() };
        Input::LeadStands(Box::new(Standpoint::of(&desk)))
    };
    mirror.take(stands(Panel::Trail));
    assert_eq!(mirror.desk.focus, Panel::Trail);
    mirror.desk.dialog = None;
    let press = |mirror: &mut Mirror, key| {
        mirror.take(Input::Key(hotwash::app::keymap::parse_key(key).unwrap()));
    };
    press(&mut mirror, "5");
    mirror.take(stands(Panel::Runs));
    assert_eq!(mirror.desk.focus, Panel::Summary, "roaming");
    press(&mut mirror, "P");
    assert_eq!(mirror.desk.focus, Panel::Runs, "pinned again, to where the lead looks now");
}

#[test]
fn no_key_and_no_paste_of_a_follower_writes_or_runs_anything() {
    let (home, b) = (tempfile::tempdir().unwrap(), journey());
    save(home.path(), &b.records);
    let mut mirror = heard(all_of_file(home.path()));
    let mut inputs: Vec<Input> = Vec::new();
    for panel in "1234567890wfpsou".chars() {
        inputs.push(Input::Key(hotwash::app::keymap::parse_key(&panel.to_string()).unwrap()));
        for key in ["c", "r", "x", "v", "a", "e", "d", "i", "enter", "ctrl-y", "E", "I", "D", "m", "t", "F", "J"] {
            inputs.push(Input::Key(hotwash::app::keymap::parse_key(key).unwrap()));
            inputs.push(Input::Paste("uptime\nyes\n".into()));
            inputs.push(Input::Key(hotwash::app::keymap::parse_key("ctrl-y").unwrap()));
            inputs.push(Input::Key(hotwash::app::keymap::parse_key("esc").unwrap()));
        }
    }
    for input in inputs {
        let turn = mirror.take(input.clone());
        assert_eq!(turn.events, [], "{input:?}");
        let harmless =
            |e: &Effect| matches!(e, Effect::Copy { .. } | Effect::Wake { .. } | Effect::Suspend | Effect::Quit);
        assert!(turn.effects.iter().all(harmless), "{input:?}: {:?}", turn.effects);
    }
    assert_eq!(mirror.session, Session::of(&b.records));
}

#[test]
fn what_the_lead_looks_at_holds_nothing_that_was_not_said() {
    let mut b = journey();
    b.keys("m 'not said yet'");
    let value = serde_json::to_string(&Standpoint::of(&b.desk)).unwrap();
    assert!(!value.contains("not said yet"), "{value}");
}

#[test]
fn a_view_that_cannot_be_understood_moves_nobody() {
    let mut mirror = heard(Vec::new());
    let before = Standpoint::of(&mirror.desk);
    let huge: Vec<String> = (0..5_000).map(|n| n.to_string()).collect();
    for view in [
        serde_json::json!(null),
        serde_json::json!({"person": "x", "focus": "no-such-panel"}),
        serde_json::json!({"person": "x", "focus": "trail", "toggled": huge}),
    ] {
        hear(&mut mirror, vec![Fed::Beside(Beside::View(view))]);
    }
    assert_eq!(Standpoint::of(&mirror.desk), before);
}

/// The records that a follower folded of bytes that somebody spoiled.
fn folded(bytes: Vec<u8>) -> (Session, u64) {
    let (lines, _) = all(Box::new(PipeInlet::new(std::io::Cursor::new(bytes))));
    let mirror = heard(lines);
    (mirror.session, mirror.desk.following.map_or(0, |f| f.gaps))
}

#[test]
fn a_pipe_that_is_cut_or_spoiled_anywhere_gives_a_beginning_of_the_session_and_says_so() {
    let home = tempfile::tempdir().unwrap();
    let b = Bench::investigated((120, 36));
    save(home.path(), &b.records);
    let mut bytes = Vec::new();
    let inlet = Box::new(FileInlet::new(folder(home.path()), ID).once());
    raw::write(listen(inlet).unwrap(), &mut bytes).unwrap();
    let whole = |session: &Session, records: &[Record]| *session == Session::at(records, session.seq);
    let step = (bytes.len() / 60).max(1);
    for at in (0..bytes.len()).step_by(step) {
        let (session, _) = folded(bytes[..at].to_vec());
        assert!(whole(&session, &b.records), "cut at {at}");
        let mut spoiled = bytes.clone();
        spoiled[at] ^= 0x15;
        let (session, gaps) = folded(spoiled);
        assert!(whole(&session, &b.records), "spoiled at {at}");
        let complete = session.seq == b.records.len() as u64;
        assert!(complete || gaps > 0 || session.seq == 0, "spoiled at {at}: {gaps} gaps, {} records", session.seq);
    }
}
