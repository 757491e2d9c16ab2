//! Telemetry calls and questions as a person has them: keys in, events and effects out.

use hotwash::app::telemetry::{Call, Offered, Server};
use hotwash::app::{Effect, Input};
use hotwash::domain::{Claim, Origin};
use hotwash::journal::event::{Author, Event};

use crate::bench::Bench;

const WIDE: (u16, u16) = (120, 36);
const START: &str = "starts: npx -y @example/metrics";

fn bench() -> Bench {
    let mut b = Bench::investigated(WIDE);
    b.desk.telemetry.servers = vec![Server { name: "metrics".into(), start: START.into(), for_models: None }];
    b
}

fn offered(name: &str, reads_only: Option<bool>) -> Offered {
    Offered {
        name: name.into(),
        what: "runs a query".into(),
        template: "{\"expr\":\"up\"}".into(),
        reads_only,
        ..Offered::default()
    }
}

fn calls(b: &Bench) -> Vec<&Effect> {
    b.effects.iter().filter(|e| matches!(e, Effect::Telemetry { .. })).collect()
}

#[test]
fn a_call_is_shown_with_what_it_starts_approved_recorded_and_becomes_evidence() {
    let mut b = bench();
    b.input(Input::Tools { server: "metrics".into(), tools: vec![offered("query", Some(true))] });
    b.keys("M tab enter");
    assert!(b.says("mcp metrics query {\"expr\":\"up\"}") && b.says(START), "{}", b.screen());
    assert!(b.says("that is its word"), "{}", b.screen());
    b.wait(400).keys("y ctrl-y");
    assert!(calls(&b).is_empty(), "the first use of a tool wants more than a y");
    b.keys("backspace 'run' ctrl-y");
    let call = Call { server: "metrics".into(), tool: Some("query".into()), arguments: "{\"expr\":\"up\"}".into() };
    let text = call.text(START);
    assert!(matches!(calls(&b)[0], Effect::Telemetry { call: c, command, .. } if *c == call && *command == text));
    assert!(b.runs().is_empty(), "nothing runs as a command");
    assert!(
        b.events().iter().any(|e| matches!(e, Event::RunApproved { command, check: None, .. } if *command == text))
    );
    let (how, output) = ("answered".to_owned(), "orders-db up 0\n".to_owned());
    b.input(Input::RunEnded { run: 1, status: None, how, output, dropped: 0 });
    let cited = b.session.evidence.sources.last().unwrap();
    assert!(matches!(&cited.origin, Origin::Output { run: 1, command } if *command == text));
    assert!(b.session.investigations.len() > 1, "the answer weighs the hypotheses again");
    // known by now: a y is enough
    b.keys("M tab enter").wait(400).keys("y ctrl-y");
    assert_eq!(calls(&b).len(), 2);
}

#[test]
fn what_changes_things_leaks_or_is_not_configured_is_not_asked() {
    let mut b = bench();
    b.input(Input::Tools { server: "metrics".into(), tools: vec![offered("drop", Some(false))] });
    b.keys("M tab enter");
    assert!(b.says("says that it changes things"), "{}", b.screen());
    b.keys("esc M 'nosuch' enter");
    assert!(b.says("no telemetry server is called"), "{}", b.screen());
    b.keys("esc M");
    let key = ["AKIA", "Q3EGRZ7X5NHW2TVB"].concat();
    b.paste(&format!("metrics query {{\"k\":\"aws_access_key_id = {key}\"}}"));
    b.keys("enter");
    assert!(b.says("looks like a secret"), "{}", b.screen());
    assert!(b.desk.dialog.is_none() && calls(&b).is_empty());
}

#[test]
fn a_servers_tools_are_listed_below_the_runs() {
    let mut b = bench();
    b.keys("M 'metrics' enter");
    assert!(b.says("list its tools"), "{}", b.screen());
    b.wait(400).keys("'run' ctrl-y");
    b.input(Input::Tools { server: "metrics".into(), tools: vec![offered("query", None)] });
    assert!(b.says("query") && b.says("does not say whether it only reads"), "{}", b.screen());
}

#[test]
fn a_question_is_kept_answered_and_cited_below_the_notes() {
    let mut b = bench();
    b.keys("A 'when did it start?' enter");
    let asked = b.effects.iter().find(|e| matches!(e, Effect::Answer { .. })).cloned();
    assert_eq!(asked, Some(Effect::Answer { question: 1, text: "when did it start?".into() }));
    assert!(b.says("when did it start?") && b.says("looking"), "{}", b.screen());
    let report = b.session.report.clone();
    let answer = hotwash::analyst::questions::answer(&b.session.evidence, report.as_deref(), "OutOfMemoryError");
    assert!(answer.known, "{answer:?}");
    let cited: Vec<Claim> = answer.claims.clone();
    b.input(Input::Answered { question: 1, answer });
    assert!(b.says("ANSWER") && b.says("OutOfMemoryError"), "{}", b.screen());
    let kept = b.records.iter().rfind(|r| matches!(r.event, Event::QuestionAnswered { .. })).unwrap();
    assert_eq!(kept.by, Author::Engine("embedded".into()));
    assert_eq!(b.session.questions[0].answer.as_ref().unwrap().claims, cited);
    // an answer nobody waits for changes nothing
    let before = b.records.len();
    let late = hotwash::analyst::questions::answer(&b.session.evidence, None, "heap");
    b.input(Input::Answered { question: 1, answer: late });
    assert_eq!(b.records.len(), before);
    let text = hotwash::export::transcript::session(&b.session);
    assert!(text.contains("when did it start?") && text.contains("OutOfMemoryError"), "{text}");
}
