//! Tests: leave for an exact command in this session, and dry runs before a change.

use hotwash::app::dialog::Dialog;
use hotwash::app::{Effect, Input};
use hotwash::journal::event::{Author, Event, RunContext};
use hotwash::session::RunState;

use super::bench::{Bench, context};

const WIDE: (u16, u16) = (100, 44);

/// A bench where `kubectl get pods` was approved with leave for the session, and has run.
fn with_leave() -> Bench {
    let mut b = Bench::investigated(WIDE);
    b.keys("4 j j j j j j j j r");
    assert!(matches!(&b.desk.dialog, Some(Dialog::Approval(a)) if a.command == "kubectl get pods"), "{}", b.screen());
    b.wait(400).keys("'session' ctrl-y");
    assert_eq!(b.runs().len(), 1, "{}", b.screen());
    end(&mut b, 1, 0, "NAME READY\nweb-1 1/1\n");
    b
}

fn end(b: &mut Bench, run: u64, status: i32, output: &str) {
    b.input(Input::RunStarted { run, pid: 7 });
    let how = "exited".to_owned();
    b.input(Input::RunEnded { run, status: Some(status), how, output: output.into(), dropped: 0 });
}

fn ask_again(b: &mut Bench) {
    b.keys("4 g j j j j j j j j r");
    assert!(matches!(&b.desk.dialog, Some(Dialog::Approval(a)) if a.command == "kubectl get pods"), "{}", b.screen());
}

#[test]
fn leave_is_for_exactly_this_text_here_and_its_use_is_a_run_in_the_journal() {
    let mut b = with_leave();
    let leave = b.session.allowed[0].clone();
    assert_eq!((leave.command.as_str(), leave.by.clone()), ("kubectl get pods", Author::Person(b.desk.person.clone())));
    assert_eq!(leave.argv, [["kubectl", "get", "pods"]]);
    ask_again(&mut b);
    assert!(b.says("by itself now") && b.runs().len() == 1, "{}", b.screen());
    b.wait(400);
    assert_eq!(b.runs().len(), 2, "{}", b.screen());
    assert_eq!(b.session.qualified[&2].allowed, Some(leave.seq));
    b.keys("u");
    assert!(b.says("allowed by") && b.says("not asked again"), "{}", b.screen());
}

#[test]
fn any_key_before_it_starts_and_any_other_place_mean_that_it_is_asked_for() {
    let mut b = with_leave();
    ask_again(&mut b);
    b.keys("x").wait(400);
    assert!(b.runs().len() == 1 && b.desk.dialog.is_some(), "{}", b.screen());
    b.keys("esc");
    ask_again(&mut b);
    b.input(Input::Paste("y\n".into()));
    b.wait(400);
    assert_eq!(b.runs().len(), 1, "a paste");
    b.keys("esc");
    ask_again(&mut b);
    b.input(Input::Context(RunContext { kube: Some("prod/other".into()), ..context() }));
    b.wait(400);
    assert_eq!(b.runs().len(), 1, "another namespace");
}

#[test]
fn leave_is_taken_back_by_a_key_and_by_opening_the_session_again() {
    let mut b = with_leave();
    b.keys("u g j d");
    assert!(b.session.allowed.is_empty(), "{}", b.screen());
    assert!(b.events().iter().any(|e| matches!(e, Event::CommandDisallowed { .. })));
    ask_again(&mut b);
    b.wait(400);
    assert_eq!(b.runs().len(), 1);
    let mut b = with_leave();
    b.record(Author::Program, Event::SessionResumed { version: "0.1.0".into() });
    assert!(b.session.allowed.is_empty());
    let mut b = with_leave();
    b.desk.person = "somebody else".into();
    ask_again(&mut b);
    b.wait(400);
    assert_eq!(b.runs().len(), 1, "it was not theirs");
}

#[test]
fn only_what_reads_can_have_leave_and_a_paste_can_t_give_it() {
    let mut b = Bench::investigated(WIDE);
    b.keys("6 r").wait(400).keys("'session' ctrl-y");
    assert!(b.runs().is_empty() && b.session.allowed.is_empty(), "{}", b.screen());
    let mut b = Bench::investigated(WIDE);
    b.keys("4 j j j j j j j j r").wait(400);
    b.input(Input::Paste("session".into()));
    b.keys("ctrl-y");
    assert!(b.runs().is_empty() && b.session.allowed.is_empty(), "{}", b.screen());
}

#[test]
fn a_change_offers_its_dry_run_which_is_approved_by_itself_and_shown_beside_it() {
    let mut b = Bench::investigated(WIDE);
    b.keys("6 r").wait(400);
    let dry = "kubectl delete pod order-svc-7 -n shop --dry-run=server";
    assert!(b.says("none was made") && b.says(dry), "{}", b.screen());
    b.keys("'dry' ctrl-y");
    let Some(Dialog::Approval(a)) = b.desk.dialog.clone() else { panic!("{}", b.screen()) };
    assert!(a.command == dry && b.runs().is_empty(), "it has an approval of its own: {}", b.screen());
    b.wait(400).keys(&format!("'{}' ctrl-y", a.phrase));
    let Some(Effect::Run { run, command, .. }) = b.runs().first().copied().cloned() else { panic!("{}", b.screen()) };
    assert_eq!(command, dry);
    assert!(b.session.tried.is_empty(), "a dry run is no mitigation");
    assert_eq!(b.session.runs[&run].state, RunState::Approved);
    b.keys("6 r");
    assert!(b.says("was approved and has not started"), "{}", b.screen());
    b.wait(400).keys("esc");
    end(&mut b, run, 0, "pod \"order-svc-7\" deleted (server dry run)\n");
    b.keys("6 r");
    assert!(b.says("ended with status 0") && b.says("deleted (server dry run)"), "{}", b.screen());
    assert!(b.says("in prod/shop"), "{}", b.screen());
}

#[test]
fn a_dry_run_that_failed_is_not_said_to_have_worked() {
    let mut b = Bench::investigated(WIDE);
    b.keys("6 r").wait(400).keys("'dry' ctrl-y");
    let Some(Dialog::Approval(a)) = b.desk.dialog.clone() else { panic!("{}", b.screen()) };
    b.wait(400).keys(&format!("'{}' ctrl-y", a.phrase));
    end(&mut b, 1, 1, "Error from server (Forbidden)\n");
    b.keys("6 r");
    assert!(b.says("FAILED with status 1") && b.says("Forbidden"), "{}", b.screen());
}
