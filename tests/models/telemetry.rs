//! Telemetry servers in a model's hands: every call is shown and approved as a person's own, nothing
//! unapproved leaves, a declined one ends nothing, and the answer is a source that can be cited.

use std::path::Path;
use std::time::Duration;

use hotwash::analyst::agent::{Call, Message, Outcome, OutsideCall, OutsideTool};
use hotwash::app::dialog::Dialog;
use hotwash::app::effect::Became;
use hotwash::app::input::ModelNews;
use hotwash::app::telemetry::{self, Offered, Server};
use hotwash::app::{Effect, Input};
use hotwash::domain::Support;
use hotwash::intake::secrets::{Masks, mask};
use hotwash::runtime::mcp::client::{Start, start};
use hotwash::runtime::models::scripted::{Scripted, calls};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::*;
use crate::bench::Bench;
use crate::mcp::asked::{says, shell};

const ANSWER: &str = "orders-db pool waiting 41 token ‹aws-key-1›";

fn tool() -> OutsideTool {
    let schema = json!({"type": "object", "properties": {"expr": {"type": "string"}}, "required": ["expr"]});
    OutsideTool { server: "metrics".into(), tool: "query".into(), what: "runs a query".into(), schema }
}

/// What the person at the console does with a call that is asked for.
#[derive(Clone, Copy, PartialEq)]
enum Person {
    Approves,
    Declines,
}

/// An investigation with a real server behind its tool. The server writes down every call it gets.
fn led_by(model: Scripted, person: Person, kept: &Path) -> (Told, Vec<OutsideCall>, Evidence) {
    let wrote = format!("printf '%s\\n' \"$line\" >> '{}'", kept.display());
    let spec = shell(":", &format!("{wrote}; {}", says(ANSWER)));
    let evidence = incident();
    let setup = Setup { telemetry: vec![tool()], ..setup(&evidence, vec![rung("m")]) };
    let (to, orders) = mpsc::channel(8);
    let (mut told, mut asked, mut grown) = (Told::default(), Vec::new(), evidence.clone());
    let mut tell = |news| match news {
        News::Step(step) => told.steps.push(step),
        News::Report(report) => told.report = Some(*report),
        News::Ended(why) => told.ended = Some(why),
        News::Outside(call) => {
            asked.push(call.clone());
            if person == Person::Declines {
                let outcome = Outcome::none(call.id, "not asked: the engineer declined it");
                return to.try_send(Order::Outside(Box::new(outcome))).unwrap();
            }
            to.try_send(Order::Begun(call.id)).unwrap();
            grown = approved(&spec, &call, &evidence);
            let source = Some((grown.clone(), SourceId(1)));
            let outcome = Outcome { id: call.id, how: "answered".into(), source };
            to.try_send(Order::Outside(Box::new(outcome))).unwrap();
        }
        _ => {}
    };
    block_on(conduct(Agent::new(setup), &[Arc::new(model) as Arc<dyn Model>], knowledge(), orders, &mut tell));
    (told, asked, grown)
}

/// The approved call, asked of its server; the evidence with its answer.
fn approved(spec: &hotwash::runtime::telemetry::Spec, call: &OutsideCall, before: &Evidence) -> Evidence {
    let (to, mut from) = mpsc::channel(16);
    let mut masks = Masks::new([9; 32]);
    let masking = Box::new(move |text: String| (mask(&text, &mut masks).text.into_owned(), Vec::new()));
    let asked = telemetry::Call {
        server: call.server.clone(),
        tool: Some(call.tool.clone()),
        arguments: call.arguments.clone(),
    };
    let what = Start { run: 1, spec: spec.clone(), call: asked, timeout: Duration::from_secs(30) };
    let _handle = start(what, masking, to);
    let ended = std::thread::spawn(move || {
        loop {
            if let Some(Input::RunEnded { output, how, .. }) = from.blocking_recv() {
                return (output, how);
            }
        }
    });
    let (output, how) = ended.join().unwrap();
    assert_eq!(how, "answered");
    let origin = Origin::Output { run: 1, command: "mcp metrics query".into() };
    let source = Source { id: SourceId(1), name: "output 1".into(), origin, text: Arc::from(output.as_str()) };
    let mut grown = before.clone();
    grown.readings.push(hotwash::intake::read(&source));
    grown.sources.push(source);
    grown
}

fn report(source: u32) -> Value {
    let cites = json!([{"source": source, "line": 1, "quote": "orders-db pool waiting 41"}]);
    let said = json!({"text": "The pool of orders-db has 41 waiting", "support": "quoted", "cites": cites});
    json!({"outcome": "incident", "title": "Pool", "summary": said, "severity": {"level": null, "because": []},
        "hypotheses": [{"subject": "orders-db", "fault_kind": "connection_pool_exhaustion",
            "statement": "orders-db has no free connection", "confidence": 0.6, "for": [said]}],
        "checklist": [], "mitigation": [], "follow_ups": [], "postmortem": "# Postmortem\n"})
}

/// A model that asks for the tool once, and writes its report about what came.
fn asking(arguments: Value) -> Scripted {
    Scripted::answering("m", move |n, _| match n {
        0 => calls([("mcp_metrics_query", arguments.clone())]),
        _ => calls([("write_report", report(1))]),
    })
}

/// What a tool was said to have returned.
fn returned(call: &Call) -> String {
    let texts = call.messages.iter().filter_map(|m| match m {
        Message::Tool { text, .. } => Some(text.as_str()),
        _ => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}

#[test]
fn an_approved_call_is_asked_exactly_as_shown_and_its_answer_is_a_source_that_is_cited() {
    let home = tempfile::tempdir().unwrap();
    let kept = home.path().join("calls");
    let model = asking(json!({"expr": "up{x=\"1\"}"}));
    let (told, asked, _) = led_by(model.clone(), Person::Approves, &kept);
    let forms = &model.asked()[0].tools;
    let form = forms.iter().find(|f| f.name == "mcp_metrics_query").unwrap();
    assert!(form.description.contains("after the engineer approved") && form.arguments["required"][0] == "expr");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].arguments, "{\"expr\":\"up{x=\\\"1\\\"}\"}");
    let sent: Value = serde_json::from_str(std::fs::read_to_string(&kept).unwrap().trim()).unwrap();
    assert_eq!(sent["params"]["arguments"], serde_json::from_str::<Value>(&asked[0].arguments).unwrap());
    let seen = returned(&model.asked()[1]);
    assert!(seen.contains("source 1") && seen.contains("1:1| orders-db pool waiting 41"), "{seen}");
    let report = told.report.unwrap();
    let said = &report.hypotheses[0].supporting[0];
    assert_eq!((said.support, said.citations[0].source, said.citations[0].line), (Support::Quoted, SourceId(1), 1));
    let steps: Vec<&str> = told.steps.iter().filter_map(|s| s.tool.as_deref()).collect();
    assert_eq!(steps, ["mcp_metrics_query", "mcp_metrics_query"]);
    assert_eq!(told.steps[1].citations[0].source, SourceId(1));
}

#[test]
fn a_declined_call_reaches_no_server_and_the_model_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let kept = home.path().join("calls");
    let model = asking(json!({"expr": "up"}));
    let (told, asked, _) = led_by(model.clone(), Person::Declines, &kept);
    assert_eq!(asked.len(), 1);
    assert!(!kept.exists(), "nothing was asked of the server");
    assert!(returned(&model.asked()[1]).contains("the engineer declined it"));
    let report = told.report.unwrap();
    assert_ne!(report.hypotheses[0].supporting[0].support, Support::Quoted, "there is no source 1");
}

/// An investigation whose call nobody approves in time; `begun` says whether it was approved and then hangs.
fn waited_for(begun: bool, late: bool) -> (Scripted, Told, Vec<u32>) {
    let model = asking(json!({"expr": "up"}));
    let evidence = incident();
    let setup = Setup { telemetry: vec![tool()], ..setup(&evidence, vec![rung("m")]) };
    let (to, orders) = mpsc::channel(8);
    let (mut told, mut over) = (Told::default(), Vec::new());
    let mut tell = |news| match news {
        News::Step(step) => told.steps.push(step),
        News::Report(report) => told.report = Some(*report),
        News::Outside(call) if begun => to.try_send(Order::Begun(call.id)).unwrap(),
        News::OutsideOver(id) => {
            over.push(id);
            if late {
                to.try_send(Order::Begun(id)).unwrap();
                to.try_send(Order::Outside(Box::new(Outcome::none(id, "a late answer")))).unwrap();
            }
        }
        _ => {}
    };
    let patience = Patience { approval: Duration::from_millis(60), call: Duration::from_millis(60) };
    let models = [Arc::new(model.clone()) as Arc<dyn Model>];
    block_on(conduct_with(patience, Agent::new(setup), &models, knowledge(), orders, &mut tell));
    (model, told, over)
}

#[test]
fn a_call_that_nobody_approves_in_time_is_a_no_and_the_model_goes_on() {
    assert_eq!(Patience::default().approval, Duration::from_secs(120), "docs/models.md says so");
    for late in [false, true] {
        let (model, told, over) = waited_for(false, late);
        assert_eq!(over.len(), 1, "the console is told that it is not waited for any more");
        let heard = returned(&model.asked()[1]);
        assert!(heard.contains("nobody approved it") && !heard.contains("a late answer"), "{heard}");
        assert!(told.report.is_some());
    }
    let (model, told, over) = waited_for(true, false);
    assert!(over.len() == 1 && told.report.is_some());
    assert!(returned(&model.asked()[1]).contains("it did not end in"), "{}", returned(&model.asked()[1]));
}

#[test]
fn a_tool_that_is_not_offered_a_masked_value_and_a_flood_of_calls_reach_nobody() {
    let home = tempfile::tempdir().unwrap();
    let kept = home.path().join("calls");
    for (name, arguments) in [
        ("mcp_metrics_drop", json!({})),
        ("mcp_other_query", json!({})),
        ("mcp_metrics_query", json!({"expr": "‹aws-key-1›"})),
        ("mcp_metrics_query", json!("not an object")),
    ] {
        let model = Scripted::answering("m", move |n, _| match n {
            0 => calls([(name, arguments.clone())]),
            _ => calls([("write_report", report(0))]),
        });
        let (_, asked, _) = led_by(model.clone(), Person::Approves, &kept);
        assert!(asked.is_empty() && !kept.exists(), "{name}");
    }
    let flood = Scripted::answering("m", |n, _| match n {
        0..8 => calls((0..8).map(|_| ("mcp_metrics_query", json!({"expr": "up"})))),
        _ => calls([("write_report", report(0))]),
    });
    let (told, asked, _) = led_by(flood, Person::Declines, &kept);
    assert!(asked.len() <= 16 && told.report.is_some(), "{}", asked.len());
}

const WIDE: (u16, u16) = (120, 36);

fn asked_for() -> (Bench, u32, telemetry::Call) {
    let mut b = Bench::investigated(WIDE);
    b.desk.telemetry.servers =
        vec![Server { name: "metrics".into(), start: "starts: metrics-mcp".into(), for_models: None }];
    let query = Offered { name: "query".into(), reads_only: Some(true), ..Offered::default() };
    let silent = Offered { name: "silent".into(), reads_only: None, ..Offered::default() };
    b.input(Input::Tools { server: "metrics".into(), tools: vec![query, silent] });
    b.keys("V");
    b.input(Input::ModelPayload { engine: "main".into(), text: "{}".into() });
    b.wait(400).keys("ctrl-y");
    let run = b.desk.model.as_ref().unwrap().run;
    let arguments = "{\"expr\":\"up\"}".to_owned();
    let call = telemetry::Call { server: "metrics".into(), tool: Some("query".into()), arguments };
    b.input(Input::Model { run, news: ModelNews::Wants { id: 1, call: call.clone() } });
    (b, run, call)
}

fn became(b: &Bench) -> Vec<Became> {
    let told = b.effects.iter().filter_map(|e| match e {
        Effect::TellModel { id: 1, what } => Some(what.clone()),
        _ => None,
    });
    told.collect()
}

#[test]
fn a_models_call_opens_nothing_by_itself_and_goes_through_the_same_approval() {
    let (mut b, _, call) = asked_for();
    assert!(b.desk.dialog.is_none(), "nothing opens under somebody's fingers");
    assert!(b.says("main WAITS"), "{}", b.screen());
    b.keys("2");
    assert!(b.says("waits for your approval") && b.says("query {\"expr\":\"up\"}"), "{}", b.screen());
    b.keys("M");
    assert!(b.says("main wants to ask the telemetry server metrics for query"), "{}", b.screen());
    assert!(b.says("mcp metrics query {\"expr\":\"up\"}") && b.says("starts: metrics-mcp"), "{}", b.screen());
    b.wait(400).keys("y ctrl-y");
    assert!(!b.effects.iter().any(|e| matches!(e, Effect::Telemetry { .. })), "the first use wants more than a y");
    b.keys("backspace 'run' ctrl-y");
    assert!(b.effects.iter().any(|e| matches!(e, Effect::Telemetry { call: c, .. } if *c == call)));
    assert_eq!(became(&b), [Became::Begun]);
    let output = "orders-db up 0\n".to_owned();
    b.input(Input::RunEnded { run: 1, status: None, how: "answered".into(), output, dropped: 0 });
    let source = SourceId(b.session.evidence.sources.len() as u32 - 1);
    assert_eq!(became(&b), [Became::Begun, Became::Source(source, "answered".into())]);
    assert!(b.desk.model.as_ref().unwrap().wants.is_none());
}

#[test]
fn leaving_the_approval_is_a_no_and_what_may_not_be_asked_is_refused_at_once() {
    let (mut b, run, call) = asked_for();
    b.keys("M");
    assert!(matches!(b.desk.dialog, Some(Dialog::Approval(_))));
    b.wait(400).keys("esc");
    assert!(matches!(&became(&b)[..], [Became::Nothing(why)] if why.contains("declined")), "{:?}", became(&b));
    assert!(!b.effects.iter().any(|e| matches!(e, Effect::Telemetry { .. })));
    let key = ["AKIA", "Q3EGRZ7X5NHW2TVB"].concat();
    for bad in [
        telemetry::Call { tool: Some("silent".into()), ..call.clone() },
        telemetry::Call { tool: Some("nosuch".into()), ..call.clone() },
        telemetry::Call { server: "other".into(), ..call.clone() },
        telemetry::Call { arguments: format!("{{\"k\":\"aws_access_key_id = {key}\"}}"), ..call.clone() },
        telemetry::Call { tool: None, ..call.clone() },
    ] {
        b.effects.clear();
        b.input(Input::Model { run, news: ModelNews::Wants { id: 1, call: bad.clone() } });
        assert!(matches!(&became(&b)[..], [Became::Nothing(_)]), "{bad:?}");
        assert!(b.desk.model.as_ref().unwrap().wants.is_none());
    }
}

#[test]
fn a_model_that_waits_no_longer_leaves_the_dialog_as_it_is_and_a_failed_call_is_told() {
    let (mut b, run, _) = asked_for();
    b.keys("M");
    b.input(Input::Model { run, news: ModelNews::WantsNoMore { id: 1 } });
    assert!(matches!(b.desk.dialog, Some(Dialog::Approval(_))));
    b.wait(400).keys("'run' ctrl-y");
    assert!(became(&b).is_empty(), "what is approved now is the person's own");
    let (mut b, _, _) = asked_for();
    b.keys("M").wait(400).keys("'run' ctrl-y");
    let how = "timed out after 60 s".to_owned();
    b.input(Input::RunEnded { run: 1, status: None, how, output: String::new(), dropped: 0 });
    let all = became(&b);
    assert!(matches!(&all[..], [Became::Begun, Became::Nothing(why)] if why.contains("timed out")), "{all:?}");
}
