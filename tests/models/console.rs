//! A model in the console: asked by a key, shown before anything leaves, beside the embedded report,
//! stopped and never in the way.

use hotwash::app::dialog::Dialog;
use hotwash::app::input::ModelNews;
use hotwash::app::panel::Panel;
use hotwash::app::{Effect, Input};
use hotwash::domain::Claim;
use hotwash::journal::event::Event;

use super::*;
use crate::bench::Bench;

const WIDE: (u16, u16) = (120, 36);

fn payload(text: &str) -> Input {
    Input::ModelPayload { engine: "main".into(), text: text.into() }
}

fn step() -> Step {
    Step {
        no: 1,
        kind: StepKind::Thought,
        tool: None,
        title: "I look at the heap.".into(),
        text: "I look at the heap.".into(),
        citations: Vec::new(),
    }
}

#[test]
fn nothing_is_sent_before_the_payload_was_seen_and_agreed_to() {
    let mut b = Bench::investigated(WIDE);
    b.keys("V");
    assert!(b.effects.contains(&Effect::PrepareModel));
    b.input(payload("{\n  \"system\": \"the whole text\"\n}"));
    assert!(b.says("the whole text") && b.says("sends exactly this"), "{}", b.screen());
    // A dialog is dead for a moment, and a paste reaches no dialog.
    b.keys("ctrl-y");
    assert!(matches!(b.desk.dialog, Some(Dialog::Payload(_))));
    b.paste("yes\nyes\n");
    assert!(!b.effects.iter().any(|e| matches!(e, Effect::AskModel { .. })));
    b.wait(400).keys("esc");
    assert!(b.desk.dialog.is_none() && b.desk.model.is_none());
    assert!(!b.events().iter().any(|e| matches!(e, Event::PayloadAgreed { .. })));
    b.keys("V");
    b.input(payload("{}"));
    b.wait(400).keys("ctrl-y");
    assert!(b.effects.contains(&Effect::AskModel { run: 2 }) || b.effects.contains(&Effect::AskModel { run: 3 }));
    assert!(b.session.agreed && b.events().iter().any(|e| matches!(e, Event::PayloadAgreed { .. })));
}

fn asked() -> (Bench, u32) {
    let mut b = Bench::investigated(WIDE);
    b.keys("V");
    b.input(payload("{}"));
    b.wait(400).keys("ctrl-y");
    let run = b.desk.model.as_ref().unwrap().run;
    (b, run)
}

#[test]
fn a_models_report_stands_beside_the_embedded_one_and_its_marks_leave_with_it() {
    let (mut b, run) = asked();
    let ours = b.session.report.clone();
    let asked =
        ModelNews::Asked { model: "main".into(), text: "{\"system\":\"x\"}".into(), left_out: vec!["a lot".into()] };
    b.input(Input::Model { run, news: asked });
    b.input(Input::Model { run, news: ModelNews::Says("thinking out loud".into()) });
    b.keys("2");
    assert!(b.says("thinking out loud"), "{}", b.screen());
    b.input(Input::Model { run, news: ModelNews::Used { tokens_in: 1200, tokens_out: 60, usd: 0.0012 } });
    assert!(b.says("main: 1200 tokens in, 60 out, $0.0012"), "{}", b.screen());
    b.input(Input::Model { run, news: ModelNews::Step(step()) });
    let mut theirs = (**ours.as_ref().unwrap()).clone();
    theirs.engine.name = "main".into();
    theirs.hypotheses.truncate(1);
    theirs.hypotheses[0].subject = "redis-cache".into();
    theirs.summary = Claim::unsupported("Ninety percent of users are hit.");
    b.input(Input::Model { run, news: ModelNews::Report(Box::new(theirs)) });
    assert_eq!(b.session.report, ours, "the embedded report stays");
    assert_eq!(b.session.opinions.len(), 1);
    assert_eq!(b.session.embedded_trail().map(|i| i.engine.as_str()), Some("embedded"));
    b.keys("3 G");
    assert_eq!(b.desk.focus, Panel::Hypotheses);
    let rows = hotwash::app::rows::on_panel(&b.session, &b.desk, Panel::Hypotheses);
    let all: String = (0..rows.len()).map(|n| rows.row(n).text() + "\n").collect();
    assert!(all.contains("Second opinion: main") && all.contains("The engines disagree"), "{all}");
    assert!(all.contains("[UNSUPPORTED] Ninety percent"), "{all}");
    assert!(all.contains("What would decide"), "{all}");
    for (format, mark) in [("markdown", "Ninety percent of users are hit. [unsupported]"), ("json", "unsupported")] {
        let given = hotwash::export::Given::of(&b.session);
        let text = String::from_utf8(hotwash::export::document(&given, format).unwrap()).unwrap();
        assert!(text.contains(mark) && text.contains("redis-cache"), "{format}: {text}");
    }
    let requests = hotwash::export::given::text(&b.session);
    assert!(requests.contains("left out: a lot") && requests.contains("BLAKE3"), "{requests}");
}

#[test]
fn a_model_is_steered_and_stopped_and_more_evidence_does_not_end_it() {
    let (mut b, run) = asked();
    b.keys("V 'look at redis first' enter");
    assert!(b.effects.contains(&Effect::SteerModel { words: "look at redis first".into() }));
    assert!(
        b.events().iter().any(|e| matches!(e, Event::ModelSteered { words, .. } if words == "look at redis first"))
    );
    b.paste("2026-06-02T09:20:00Z ERROR order-svc still out of memory\n");
    assert!(b.desk.model.is_some());
    b.keys("X");
    assert!(b.effects.contains(&Effect::StopModel) && b.desk.model.is_none());
    let before = b.records.len();
    b.input(Input::Model { run, news: ModelNews::Step(step()) });
    assert_eq!(b.records.len(), before, "what a stopped model still says is left aside");
    assert!(b.session.report.is_some());
}

#[test]
fn a_check_that_a_model_proposes_runs_from_the_checklist_after_the_same_approval_and_is_marked_as_its() {
    let (mut b, run) = asked();
    let mut theirs = (**b.session.report.as_ref().unwrap()).clone();
    theirs.engine.name = "main".into();
    let ours = theirs.checklist.len();
    theirs.checklist.truncate(1);
    let check = &mut theirs.checklist[0];
    check.id = "model/check-of-heap".into();
    (check.what, check.rule) = ("Look at the heap".into(), None);
    // The label is what the text earns, whatever the report says of it.
    (check.label, check.notes) = (hotwash::domain::Label::SafeReadOnly, Vec::new());
    check.command = Some("kubectl delete pod ‹pod›".into());
    b.input(Input::Model { run, news: ModelNews::Report(Box::new(theirs)) });
    b.keys("4 G");
    let rows = hotwash::app::rows::on_panel(&b.session, &b.desk, Panel::Checklist);
    let all: String = (0..rows.len()).map(|n| rows.row(n).text() + "\n").collect();
    assert!(ours > 0 && all.contains("Checks that main proposes") && all.contains("Look at the heap"), "{all}");
    b.keys("k r");
    assert!(b.says("pod?"), "a blank is asked for: {}", b.screen());
    b.keys("'order-svc-1' enter");
    assert!(matches!(b.desk.dialog, Some(Dialog::Approval(_))), "{}", b.screen());
    assert!(b.says("kubectl delete pod order-svc-1") && b.says("a model's words"), "{}", b.screen());
    assert!(b.says("destructive"), "{}", b.screen());
    b.wait(400).keys("ctrl-y");
    assert!(b.runs().is_empty(), "the target's name has to be typed");
}
