//! What people on the bridge may say to the lead, and that none of it runs or approves anything.

use std::sync::Arc;
use std::time::Duration;

use hotwash::app::{Desk, Effect, Input, Turn};
use hotwash::domain::Verdict;
use hotwash::journal::Record;
use hotwash::journal::event::{Author, Event, NoteKind};
use hotwash::journal::peer::{Message, PeerRole, Refused, Saying};
use hotwash::journal::seal::Signer;
use hotwash::runtime::folder::Folder;
use hotwash::runtime::inbox;

use super::{ID, all_of_file, heard, save};
use crate::bench::{Bench, clock};
use crate::cli::hotwash;
use crate::terminal::{Console, Setting};

pub fn signer(n: u8) -> Signer {
    Signer::new(&[n; 32])
}

/// A lead's bench that knows lee (a responder), sam (a scribe) and pat (an observer).
pub fn lead() -> Bench {
    let mut b = Bench::investigated((120, 36));
    let people = [(1, "lee", PeerRole::Responder), (2, "sam", PeerRole::Scribe), (3, "pat", PeerRole::Observer)];
    b.desk.people = Arc::new(people.map(|(n, name, role)| (signer(n).public(), (name.to_owned(), role))).into());
    b
}

pub fn message(b: &Bench, n: u8, count: u64, saying: &Saying) -> Message {
    Message::sign(&signer(n), &b.session.id, count, clock(), saying)
}

fn note(text: &str) -> Saying {
    Saying::Note { kind: NoteKind::Question, text: text.into() }
}

/// One of each kind of thing that a peer can say, each worded as if it were an order.
pub fn one_of_each(b: &Bench) -> Vec<Saying> {
    let hypothesis = b.session.report.as_ref().unwrap().hypotheses[0].id.clone();
    let mut all: Vec<Saying> =
        [NoteKind::Decision, NoteKind::Action, NoteKind::Question, NoteKind::Note, NoteKind::Role]
            .map(|kind| Saying::Note { kind, text: "approved: kubectl delete ns shop; run it now".into() })
            .into();
    for verdict in [Verdict::Confirmed, Verdict::RuledOut, Verdict::Proposed] {
        let (hypothesis, reason) = (hypothesis.clone(), "run `reboot` to see".into());
        all.push(Saying::Vote { hypothesis, verdict, reason });
    }
    all.push(Saying::ProposeCheck { text: "kubectl delete ns shop".into() });
    all
}

fn tell(b: &mut Bench, message: Message) -> Turn {
    b.input(Input::PeerSaid(Box::new(message)))
}

#[test]
fn no_kind_of_message_leads_to_a_run_an_approval_or_a_judgement() {
    let mut b = lead();
    let before = (b.session.runs.clone(), b.session.checks.clone(), b.session.judgements.clone());
    for (n, saying) in one_of_each(&b).into_iter().enumerate() {
        let said = message(&b, 1, n as u64 + 1, &saying);
        let turn = tell(&mut b, said);
        assert!(
            matches!(&turn.events[..], [(Author::Person(lee), Event::PeerSaid { .. })] if lee == "lee"),
            "{turn:?}"
        );
        assert!(turn.effects.iter().all(|e| matches!(e, Effect::Wake { .. })), "{:?}", turn.effects);
        assert_eq!((b.desk.dialog.clone(), b.desk.prompt.clone()), (None, None));
    }
    assert_eq!((b.session.runs.clone(), b.session.checks.clone(), b.session.judgements.clone()), before);
    assert_eq!((b.session.notes.len(), b.session.votes.len(), b.session.proposed.len()), (5, 1, 1));
    assert!(b.keys("s").says("PROPOSED kubectl delete ns shop"));
    assert!(b.keys("3").says("lee votes"));
}

#[test]
fn an_objection_stays_in_the_status_line_until_whoever_leads_has_judged_the_hypothesis() {
    let mut b = lead();
    let hypothesis = b.session.report.as_ref().unwrap().hypotheses[0].id.clone();
    let vote = |verdict| Saying::Vote { hypothesis: hypothesis.clone(), verdict, reason: "seen it".into() };
    let agrees = message(&b, 2, 1, &vote(Verdict::Confirmed));
    tell(&mut b, agrees);
    assert!(!b.says("OBJECTION"), "{}", b.screen());
    let objects = message(&b, 1, 1, &vote(Verdict::RuledOut));
    tell(&mut b, objects);
    b.desk.toasts.clear();
    for keys in ["4", "5", "1"] {
        assert!(b.keys(keys).says("OBJECTION: lee votes ruled out"), "{}", b.screen());
    }
    b.keys("3 g c 'the pods say so' enter");
    assert!(!b.says("OBJECTION"), "{}", b.screen());
}

#[test]
fn nothing_that_arrives_answers_an_approval_that_is_open() {
    let mut b = lead();
    b.keys("4 r 'shop' enter").wait(400);
    let open = b.desk.dialog.clone();
    assert!(open.is_some(), "{}", b.screen());
    for (n, saying) in one_of_each(&b).into_iter().enumerate() {
        let said = message(&b, 1, n as u64 + 1, &saying);
        tell(&mut b, said);
    }
    assert_eq!(b.desk.dialog, open, "the dialog stands as it stood");
    assert!(b.runs().is_empty());
}

#[test]
fn every_other_event_has_no_wire_form_that_a_peer_could_send() {
    let b = lead();
    for body in [
        r#"{"say":"run_approved","run":1,"command":"id","context":{}}"#,
        r#"{"type":"run_approved","run":1,"check":null,"command":"id","context":{}}"#,
        r#"{"say":"note","kind":"note","text":"x","run":1}"#,
        r#"{"say":"note","kind":"note","text":""}"#,
        r#"{"say":"note","kind":"approval","text":"x"}"#,
        "null",
        "",
    ] {
        let mut said = message(&b, 1, 1, &note("x"));
        said.body = body.into();
        let key = signer(1);
        let signed = format!("hotwash message 1\0{}\0{}\0{}\0{body}", said.session, said.count, said.at.to_rfc3339());
        said.sig = key.sign(signed.as_bytes());
        assert!(said.is_genuine(), "only what it says is wrong");
        assert_eq!(Message::read(&said.bytes(), &b.session.id), Err(Refused::NotUnderstood), "{body}");
    }
}

#[test]
fn who_may_say_what_is_the_leads_to_say() {
    let mut b = lead();
    let (observer, stranger) = (message(&b, 3, 1, &note("x")), message(&b, 9, 1, &note("x")));
    let mut elsewhere = message(&b, 1, 1, &note("x"));
    elsewhere.session = "another".into();
    for refused in [observer, stranger, elsewhere] {
        assert_eq!(tell(&mut b, refused).events, []);
    }
    assert_eq!(b.desk.refused_messages, 3);
    let scribe = message(&b, 2, 1, &note("who is on the database?"));
    assert_eq!(tell(&mut b, scribe).events.len(), 1);
}

#[test]
fn a_message_counts_once_also_after_the_session_was_opened_again() {
    let mut b = lead();
    let said = message(&b, 1, 7, &note("once"));
    assert_eq!(tell(&mut b, said.clone()).events.len(), 1);
    assert_eq!(tell(&mut b, said.clone()).events, [], "again");
    let late = message(&b, 1, 6, &note("late"));
    assert_eq!(tell(&mut b, late).events, [], "out of order");
    b.session = hotwash::session::Session::of(&b.records);
    assert_eq!(tell(&mut b, said).events, [], "after the fold");
}

#[test]
fn what_peers_said_is_in_the_journal_with_its_signature_and_a_changed_word_is_found() {
    let home = tempfile::tempdir().unwrap();
    let mut b = lead();
    let said = message(&b, 1, 1, &note("is the replica in sync?"));
    tell(&mut b, said);
    save(home.path(), &b.records);
    let store = hotwash::runtime::store::Store::at(home.path());
    assert!(store.verify(ID).unwrap().holds());
    let mirror = heard(all_of_file(home.path()));
    assert!(
        mirror
            .session
            .notes
            .iter()
            .any(|n| n.text == "is the replica in sync?" && n.by == Author::Person("lee".into()))
    );
    // The lead can't put other words into somebody's mouth.
    let other = tempfile::tempdir().unwrap();
    let mut records: Vec<Record> = b.records.clone();
    for record in &mut records {
        if let Event::PeerSaid { message } = &mut record.event {
            message.body = message.body.replace("in sync", "in shreds");
        }
    }
    save(other.path(), &records);
    let verification = hotwash::runtime::store::Store::at(other.path()).verify(ID).unwrap();
    assert!(!verification.holds() && verification.to_string().contains("FORGED"), "{verification}");
}

#[test]
fn a_followers_note_reaches_the_lead_and_stands_in_the_journal_as_theirs() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("case.txt");
    std::fs::write(&file, "2026-06-02T09:12:00Z order-svc ERROR java.lang.OutOfMemoryError: Java heap space\n")
        .unwrap();
    let mut lead = Console::start(&Setting::new(home.path(), &["new", file.to_str().unwrap(), "--title", "orders"]));
    lead.wait_for_text("embedded finished");
    let id = hotwash::runtime::store::Store::at(home.path()).ids().unwrap().remove(0);
    let mut follower = Console::start(&Setting::new(home.path(), &["follow", &id]));
    follower.leave_card();
    follower.type_in(b"m");
    follower.wait_for_text("note, or");
    follower.type_in(b"replica lags");
    follower.wait_for_text("replica lags");
    follower.settle(Duration::from_millis(300));
    follower.type_in(b"\r");
    lead.wait_for_text("tester: NOTE replica lags");
    follower.type_in(b"s");
    follower.wait_for_text("NOTE     replica lags");
    let verified = hotwash(home.path()).args(["verify", &id]).output().unwrap();
    let text = String::from_utf8(verified.stdout).unwrap();
    assert!(text.contains("signed") && text.contains("holds") && !text.contains("unsigned"), "{text}");
}

#[test]
fn whoever_joins_late_reads_the_card_first() {
    let home = tempfile::tempdir().unwrap();
    let mut b = lead();
    b.keys("s i 'who owns the cache?' enter");
    save(home.path(), &b.records);
    let mirror = heard(all_of_file(home.path()));
    let desk = Desk { now: clock(), ..mirror.desk.clone() };
    let screen = crate::bench::text(&crate::bench::painted(&mirror.session, &desk, &b.look));
    for wanted in ["What is known", "What was tried", "What is running", "who owns the cache?"] {
        assert!(screen.contains(wanted), "{wanted} in\n{screen}");
    }
    let mut lead = lead();
    assert!(lead.keys("K").says("What is known"), "the lead has it too");
}

#[test]
fn the_inbox_takes_what_is_whole_and_clean_and_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let b = lead();
    std::fs::create_dir(dir.path().join(inbox::FOLDER)).unwrap();
    let session = Folder::open(dir.path()).unwrap();
    inbox::leave(&session, &message(&b, 1, 1, &note("fine"))).unwrap();
    assert_eq!(inbox::waiting(&session, &signer(1).public()), 1);
    let folder = session.child(inbox::FOLDER).unwrap();
    std::fs::write(dir.path().join("inbox/a.msg"), "{}").unwrap();
    std::fs::write(dir.path().join("inbox/b.msg"), vec![b'x'; 100_000]).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", dir.path().join("inbox/c.msg")).unwrap();
    let inbox::Taken { more, inputs, answers } = inbox::take(&folder, &b.session.id);
    assert_eq!(answers, [], "nobody is named by these files");
    let taken = inputs.iter().filter(|i| matches!(i, Input::PeerSaid(_))).count();
    assert!(!more && taken == 1 && matches!(inputs.last(), Some(Input::PeersRefused { count: 3, .. })), "{inputs:?}");
    assert_eq!(folder.names().unwrap(), Vec::<String>::new());
}

#[test]
fn messages_that_are_left_while_the_inbox_is_read_come_in_the_order_they_were_left() {
    const LEFT: u64 = 400;
    let dir = tempfile::tempdir().unwrap();
    let b = lead();
    std::fs::create_dir(dir.path().join(inbox::FOLDER)).unwrap();
    let session = Folder::open(dir.path()).unwrap();
    let folder = session.child(inbox::FOLDER).unwrap();
    let messages: Vec<_> = (1..=LEFT).map(|count| message(&b, 1, count, &note("fine"))).collect();
    let leaving = std::thread::spawn(move || messages.iter().all(|m| inbox::leave(&session, m).is_ok()));
    let mut counts = Vec::new();
    while counts.len() < LEFT as usize {
        let alive = !leaving.is_finished();
        let taken = inbox::take(&folder, &b.session.id).inputs;
        assert!(alive || !taken.is_empty(), "{} came", counts.len());
        counts.extend(taken.iter().map(|input| match input {
            Input::PeerSaid(message) => message.count,
            other => panic!("{other:?}"),
        }));
    }
    assert!(leaving.join().unwrap());
    assert!(counts.is_sorted(), "{counts:?}");
}

#[test]
fn the_lead_passes_to_nobody_but_whom_it_was_offered_to_while_the_offer_stands() {
    let mut b = lead();
    let takes = Saying::AnswerLead { takes: true, text: "takes the lead".into() };
    let passes = |turn: &Turn| turn.effects.contains(&Effect::PassLead);
    let unasked = message(&b, 1, 1, &takes);
    let turn = tell(&mut b, unasked);
    assert!(turn.events.is_empty() && !passes(&turn), "nothing was offered");
    b.keys("O 'lee' enter");
    assert_eq!(b.session.offered.as_ref().map(|o| o.to), Some(signer(1).public()));
    for n in [2, 3, 9] {
        let another = message(&b, n, 1, &takes);
        let turn = tell(&mut b, another);
        assert!(turn.events.is_empty() && !passes(&turn), "{n} was not asked");
    }
    let declines = message(&b, 1, 2, &Saying::AnswerLead { takes: false, text: "declines the lead".into() });
    let turn = tell(&mut b, declines);
    assert!(!passes(&turn) && b.session.offered.is_none());
    let late = message(&b, 1, 3, &takes);
    assert!(tell(&mut b, late).events.is_empty(), "the offer was declined");
    b.keys("O 'lee' enter");
    let taken = message(&b, 1, 4, &takes);
    let turn = tell(&mut b, taken);
    assert!(passes(&turn) && turn.events.len() == 1);
    assert_eq!(b.session.passed, Some(signer(1).public()));
    assert!(b.runs().is_empty());
    b.keys("O 'sam' enter");
    assert_eq!(b.session.offered, None, "a scribe can't be offered the lead");
}
