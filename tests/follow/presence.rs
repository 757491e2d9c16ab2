//! Who follows now: known by the kernel's lock and not by repetition, listed and nothing more; and what
//! the lead's console answers to messages that it does not take.

use std::sync::Arc;
use std::time::Duration;

use hotwash::app::panel::Panel;
use hotwash::app::present::{Attendant, Door};
use hotwash::app::{Effect, Input, Standpoint};
use hotwash::journal::attend::{Over, Standing};
use hotwash::journal::feed::{Beside, Fed, Refusal};
use hotwash::journal::peer::Refused;
use hotwash::runtime::attendants;
use hotwash::runtime::folder::Folder;
use hotwash::runtime::follow::attend::Attending;
use hotwash::runtime::inbox;

use super::peers::{lead, message, one_of_each, signer};
use super::{ID, hear, mirror};
use crate::bench::{Bench, clock};

fn attendant(n: u8, over: Over, in_step: Option<bool>) -> Attendant {
    let standing = Standing { in_step, ..Standing::new(format!("screen {n}"), clock(), over) };
    Attendant { key: signer(n).public(), standing }
}

fn attending(b: &mut Bench, all: Vec<Attendant>) -> hotwash::app::Turn {
    b.input(Input::Attending { door: Door::Folder, all })
}

#[test]
fn a_follower_is_here_as_long_as_its_file_is_held_and_whoever_was_killed_is_forgotten() {
    let home = tempfile::tempdir().unwrap();
    let session = Folder::open(home.path()).unwrap();
    let with = |n: u8| Attending::with(&session, ID, Arc::new(signer(n)), Over::Host);
    assert!(with(1).is_none(), "no lead has made a place for it");
    let folder = session.child_or_make(attendants::FOLDER).unwrap();
    let (mut lee, sam) = (with(1).unwrap(), with(2).unwrap());
    let here = || attendants::here(&folder, ID);
    assert_eq!(here().len(), 2);
    lee.step(false);
    let standing = here().into_iter().find(|a| a.key == signer(1).public()).unwrap().standing;
    assert_eq!(standing.in_step, Some(false));
    drop(sam);
    assert_eq!(here().iter().map(|a| a.key).collect::<Vec<_>>(), [signer(1).public()]);
    // Killed: the file stays, and nobody holds it.
    let name = folder.names().unwrap().remove(0);
    std::fs::copy(folder.path().join(&name), folder.path().join("0-killed.here")).unwrap();
    assert_eq!(here().len(), 1);
    assert_eq!(folder.names().unwrap(), [name]);
    assert_eq!(attendants::here(&folder, "another session"), []);
}

#[test]
fn the_lead_and_whoever_follows_read_who_is_here_since_when_and_whether_they_are_in_step() {
    let mut b = lead();
    let all = vec![
        attendant(1, Over::Host, Some(true)),
        attendant(3, Over::Ssh, Some(false)),
        attendant(9, Over::Server, None),
    ];
    attending(&mut b, all);
    assert!(b.says("3 follow, 1 behind"), "{}", b.screen());
    assert!(b.says("lee follows") && b.says("pat follows"), "{}", b.screen());
    let page = b.keys("W").screen();
    for line in [
        "lee  responder, follows on this host since",
        "in step",
        "pat  observer, follows over SSH since",
        "behind",
        "not in people.toml, follows over the server",
    ] {
        assert!(page.contains(line), "{line} in\n{page}");
    }
    // The page that is open shows who leaves.
    attending(&mut b, vec![attendant(1, Over::Host, Some(true))]);
    assert!(b.says("lee  responder") && !b.says("pat  observer"), "{}", b.screen());
    b.keys("esc");
    let view = serde_json::to_value(Standpoint::of(&b.desk)).unwrap();
    let mut follower = mirror();
    follower.session = b.session.clone();
    hear(&mut follower, vec![Fed::Beside(Beside::View(view))]);
    assert_eq!(follower.desk.present, b.desk.present);
    let rows = crate::bench::text(&crate::bench::painted(&follower.session, &follower.desk, &b.look));
    assert!(rows.contains("1 follows"), "{rows}");
}

#[test]
fn presence_is_no_event_starts_nothing_and_draws_nothing_while_nobody_comes_or_leaves() {
    let mut b = lead();
    let records = b.records.len();
    for n in 0..5 {
        let turn = attending(&mut b, vec![attendant(1, Over::Host, Some(true)), attendant(2, Over::Server, None)]);
        assert_eq!(turn.redraw, n == 0);
        assert!(turn.events.is_empty() && turn.effects.iter().all(|e| matches!(e, Effect::Wake { .. })), "{turn:?}");
    }
    assert_eq!((b.records.len(), b.runs().len()), (records, 0));
}

#[test]
fn on_a_shared_screen_nobodys_name_stands_among_those_who_are_here() {
    let mut b = lead();
    b.desk.theme = Some("bridge".into());
    attending(&mut b, vec![attendant(1, Over::Host, None)]);
    for keys in ["", "W", "esc K", "esc s"] {
        b.keys(keys);
        assert!(!b.says("lee"), "{keys}\n{}", b.screen());
    }
    b.keys("esc");
    b.desk.focus = Panel::Evidence;
    assert!(b.says("1 follows"), "{}", b.screen());
}

#[test]
fn whoever_sent_what_the_inbox_does_not_take_reads_why_whatever_it_was() {
    let home = tempfile::tempdir().unwrap();
    let b = lead();
    let session = Folder::open(home.path()).unwrap();
    let (to, mut said) = tokio::sync::mpsc::channel(16);
    let inbox = inbox::Inbox::open(home.path(), &b.session.id, to).unwrap();
    let mut forged = message(&b, 1, 1, &one_of_each(&b)[0]);
    forged.at += chrono::TimeDelta::seconds(1);
    inbox::leave(&session, &forged).unwrap();
    assert!(matches!(said.blocking_recv(), Some(Input::PeersRefused { count: 1, why: Refused::Forged })));
    let name = format!("{}-{:012}.msg", signer(1).public().short(), 2);
    let folder = home.path().join("inbox");
    std::fs::write(folder.join(".part"), vec![b'x'; 20_000]).unwrap();
    std::fs::rename(folder.join(".part"), folder.join(name)).unwrap();
    assert!(matches!(said.blocking_recv(), Some(Input::PeersRefused { why: Refused::TooLong, .. })));
    inbox.refuse(Refusal { to: signer(1).public().short(), count: 3, why: "no lead was offered to lee".into() });
    let mut follower = mirror();
    if let Some(f) = &mut follower.desk.following {
        (f.key, f.voice) = (Some(signer(1).public()), Some("lee".into()));
    }
    (1..=3).for_each(|count| drop(follower.take(Input::SaidToLead { count })));
    let lines = answers(home.path());
    for why in ["its signature is not by the key", "it is longer than", "no lead was offered"] {
        assert!(lines.iter().any(|line| line.why.contains(why)), "{why} in {lines:?}");
    }
    follower.take(Input::NotTaken(lines.clone()));
    let told: Vec<&str> = follower.desk.toasts.iter().map(|t| t.text.as_str()).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.iter().all(|t| t.starts_with("not taken by the lead: ")), "{told:?}");
    // The same file read again, and somebody else's screen: nothing is said.
    follower.desk.toasts.clear();
    follower.take(Input::NotTaken(lines));
    assert_eq!(follower.desk.toasts, []);
}

fn answers(folder: &std::path::Path) -> Vec<Refusal> {
    let begin = std::time::Instant::now();
    loop {
        let mut feed = hotwash::journal::Feed::default();
        feed.push(&std::fs::read(folder.join("answers")).unwrap_or_default());
        match feed.next() {
            Some(Fed::Beside(Beside::Answers(all))) if all.len() >= 3 => return all,
            _ => assert!(begin.elapsed() < Duration::from_secs(20), "no answers"),
        }
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

#[test]
fn what_the_console_refuses_is_answered_with_its_reason() {
    let mut b = lead();
    let said = one_of_each(&b);
    for (n, count, why) in [(9, 1, "not in people.toml"), (3, 1, "observer"), (1, 1, ""), (1, 1, "came before")] {
        let sent = message(&b, n, count, &said[0]);
        let turn = b.input(Input::PeerSaid(Box::new(sent)));
        let answered = turn.effects.iter().find_map(|e| match e {
            Effect::AnswerPeer(refusal) => Some(refusal.clone()),
            _ => None,
        });
        match answered {
            Some(refusal) => {
                assert_eq!((refusal.to, refusal.count), (signer(n).public().short(), count));
                assert!(!why.is_empty() && refusal.why.contains(why), "{}", refusal.why);
            }
            None => assert_eq!(why, ""),
        }
    }
}
