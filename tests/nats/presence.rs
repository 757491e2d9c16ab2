//! Who follows over a server, and that its console's answers come back over it.

use std::time::Instant;

use hotwash::app::Input;
use hotwash::app::present::{Attendant, Door};
use hotwash::journal::attend::{Over, Standing};
use hotwash::journal::beacon::Beacon;
use hotwash::journal::feed::Refusal;
use hotwash::journal::peer::{Message, PeerRole, Saying};

use super::server::Server;
use super::{Follower, ID, LIMIT, Lead, Who, clock, note, signer};

/// Waits until the lead is told that these are there.
fn until(lead: &mut Lead, what: &str, wanted: impl Fn(&[Attendant]) -> bool) -> Vec<Attendant> {
    let begin = Instant::now();
    loop {
        while lead.hear() {}
        let last = lead.inputs.iter().rev().find_map(|input| match input {
            Input::Attending { door: Door::Server, all } => Some(all.clone()),
            _ => None,
        });
        if let Some(all) = last.filter(|all| wanted(all)) {
            return all;
        }
        assert!(begin.elapsed() < LIMIT, "waited for {what}: {:?}", lead.inputs.last());
        std::thread::park_timeout(std::time::Duration::from_millis(5));
    }
}

#[test]
fn the_lead_hears_who_comes_who_stays_who_leaves_and_who_fell_silent() {
    let Some(server) = Server::start("") else { return };
    let home = tempfile::tempdir().unwrap();
    let mut lead = Lead::start(Who::new(home.path(), &server.url()), &[note(1, "one")]);
    lead.until_even();
    let (mut lee, here) = Follower::attending(&server.url(), signer(1));
    lee.until_record(1);
    let all = until(&mut lead, "lee", |all| all.len() == 1);
    assert_eq!((all[0].key, all[0].standing.over), (signer(1).public(), Over::Server));
    until(&mut lead, "in step", |all| all.iter().any(|a| a.standing.in_step == Some(true)));
    let (mut sam, sams) = Follower::attending(&server.url(), signer(2));
    sam.until_record(1);
    until(&mut lead, "both", |all| all.len() == 2 && all.iter().all(|a| a.standing.in_step == Some(true)));
    let told = lead.inputs.len();
    // They say again and again that they are here: the console is not told.
    let begin = Instant::now();
    while begin.elapsed() < super::pace().here * 4 {
        lead.hear();
        lee.hear();
        sam.hear();
        std::thread::park_timeout(std::time::Duration::from_millis(10));
    }
    assert_eq!(lead.inputs.len(), told, "{:?}", lead.inputs);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(here.leave());
    until(&mut lead, "that lee left", |all| all.len() == 1 && all[0].key == signer(2).public());
    drop((sam, sams));
    until(&mut lead, "that sam fell silent", |all| all.is_empty());
}

#[test]
fn whoever_leads_a_server_into_a_pipe_is_listed_as_anybody_on_the_server() {
    let Some(server) = Server::start("") else { return };
    let (home, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut lead = Lead::start(Who::new(home.path(), &server.url()), &[note(1, "one")]);
    lead.until_even();
    let people = super::screens::person("kim", &signer(7).public().to_string(), "lead");
    std::fs::write(there.path().join("people.toml"), people).unwrap();
    let mut reads = std::process::Command::new(env!("CARGO_BIN_EXE_hotwash"))
        .args(["follow", &format!("{}/{ID}", server.url()), "--raw"])
        .env("HOTWASH_HOME", there.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let all = until(&mut lead, "the pipe", |all| all.len() == 1);
    assert_eq!(all[0].standing.over, Over::Server);
    reads.kill().unwrap();
    reads.wait().unwrap();
}

#[test]
fn nobody_is_made_present_by_another_or_by_what_was_said_before() {
    let Some(server) = Server::start("") else { return };
    let home = tempfile::tempdir().unwrap();
    let mut lead = Lead::start(Who::new(home.path(), &server.url()), &[note(1, "one")]);
    lead.until_even();
    let stranger = super::strangers::Stranger::at(&server.url());
    let subject = format!("hotwash.{ID}.hello");
    let standing = |here| Standing { here, ..Standing::new("a".into(), clock(), Over::Host) };
    let mut forged = Beacon::sign(&signer(9), ID, 5, &standing(true));
    forged.key = signer(1).public();
    let said = Beacon::sign(&signer(2), ID, 5, &standing(true)).bytes().unwrap();
    for word in [
        forged.bytes().unwrap(),
        Beacon::sign(&signer(1), "another", 5, &standing(true)).bytes().unwrap(),
        vec![b'x'; 100_000],
        said.clone(),
        Beacon::sign(&signer(2), ID, 6, &standing(false)).bytes().unwrap(),
        said,
        Beacon::sign(&signer(3), ID, 1, &standing(true)).bytes().unwrap(),
    ] {
        stranger.put(&subject, None, word);
    }
    stranger.flush();
    let all = until(&mut lead, "the last of them", |all| all.iter().any(|a| a.key == signer(3).public()));
    assert_eq!(all.len(), 1, "{all:?}");
}

#[test]
fn what_the_console_refuses_is_answered_over_the_server_as_well() {
    let Some(server) = Server::start("") else { return };
    let home = tempfile::tempdir().unwrap();
    let people = [(signer(1).public(), ("lee".to_owned(), PeerRole::Responder))].into();
    let mut lead = Lead::start(Who { people, ..Who::new(home.path(), &server.url()) }, &[note(1, "one")]);
    lead.until_even();
    let mut lee = Follower::join(&server.url());
    lee.until_record(1);
    let takes = Saying::AnswerLead { takes: true, text: "takes the lead".into() };
    lee.says.blocking_send(Message::sign(&signer(1), ID, 1, clock(), &takes)).unwrap();
    let begin = Instant::now();
    while !lead.inputs.iter().any(|i| matches!(i, Input::PeerSaid(_))) {
        lead.hear();
        assert!(begin.elapsed() < LIMIT);
    }
    let (to, why) = (signer(1).public().short(), "no lead was offered to lee".to_owned());
    lead.bridge.lock().unwrap().as_ref().unwrap().refuse(Refusal { to, count: 1, why });
    lee.until("the reason", |f| f.told.iter().any(|t| t == "not taken by the lead: no lead was offered to lee"));
}
