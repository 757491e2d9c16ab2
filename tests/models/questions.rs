//! Questions that a model answers: shown before anything leaves, streamed, held against the evidence,
//! stopped, and answered by search wherever no model answers.

use std::time::{Duration, Instant};

use hotwash::analyst::agent::Prompts;
use hotwash::analyst::questions::{Answer, Inquiry, answer};
use hotwash::app::input::ModelNews;
use hotwash::app::{Effect, Input};
use hotwash::domain::Support;
use hotwash::journal::event::{Author, Event};
use hotwash::runtime::model_settings::Provider;
use hotwash::runtime::models::{Ladder, answered};

use super::provider::{Play, model, serve};
use super::*;
use crate::bench::Bench;

const WIDE: (u16, u16) = (120, 36);

/// A stream of OpenAI's protocol that says this.
fn stream(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_inclusive(' ') {
        let chunk = serde_json::json!({"choices": [{"index": 0, "delta": {"content": word}}]});
        out.push_str(&format!("data: {chunk}\n\n"));
    }
    let end = serde_json::json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 40}});
    format!("{out}data: {end}\n\ndata: [DONE]\n\n")
}

fn ladder(models: Vec<Arc<dyn Model>>, rungs: Vec<Rung>) -> Ladder {
    Ladder { models, rungs, prompts: Prompts::default(), sees_embedded: true }
}

fn inquiry(question: &str) -> Inquiry {
    let evidence = incident();
    let report = embedded(&evidence);
    Inquiry::new(evidence, Some(&report), question, &Prompts::default(), [7; 32])
}

fn asked(plays: Vec<Play>, rungs: Vec<Rung>) -> (Result<(String, Answer), String>, Vec<News>, usize) {
    block_on(async {
        let (url, memory) = serve(plays).await;
        let models = rungs.iter().map(|_| Arc::new(model(Provider::OpenAi, &url)) as Arc<dyn Model>).collect();
        let (mut news, inquiry) = (Vec::new(), inquiry("why not the database?"));
        let result = answered(&inquiry, &ladder(models, rungs), &mut |n| news.push(n)).await;
        let requests = memory.requests.lock().unwrap().len();
        (result, news, requests)
    })
}

#[test]
fn an_answer_streams_cites_lines_and_is_marked_where_it_does_not_hold() {
    let text = "The first line tells of the pool [0:1].\nAbout 90% of all users were hit [0:1].\nIt is DNS.\n";
    for chunk in [0, 1, 7] {
        let (result, news, requests) = asked(vec![Play::of(stream(text)).cut_into(chunk)], vec![rung("test")]);
        let (engine, answer) = result.unwrap();
        assert_eq!((engine.as_str(), requests), ("test", 1));
        assert!(matches!(&news[0], News::Asked { call, .. } if call.shown().contains("why not the database?")));
        let said: String =
            news.iter().filter_map(|n| if let News::Says(t) = n { Some(t.as_str()) } else { None }).collect();
        assert_eq!(said, text, "in pieces of {chunk}");
        assert!(matches!(news.last(), Some(News::Used { usage, .. }) if usage.tokens_in == 900));
        let marked: Vec<bool> = answer.claims.iter().map(|c| c.support == Support::Unsupported).collect();
        assert_eq!(marked, [false, true, true], "{answer:#?}");
        assert_eq!(answer.claims[0].citations[0].line, 1);
    }
}

#[test]
fn the_next_model_answers_where_one_fails_and_without_one_the_reason_is_told() {
    let key = Play::status(401, r#"{"error":{"message":"bad key sk-test-4f9b1c77d2"}}"#);
    let good = Play::of(stream("The pool was full [0:1]."));
    let (result, _, requests) = asked(vec![key.clone(), good], vec![rung("first"), rung("second")]);
    assert_eq!((result.unwrap().0.as_str(), requests), ("second", 2));
    let (result, _, _) = asked(vec![key], vec![rung("only")]);
    let why = result.unwrap_err();
    assert!(why.contains("key is not taken") && !why.contains("4f9b1c77d2"), "{why}");
    let mut dear = rung("dear");
    dear.price = Some(hotwash::analyst::agent::Price { input: 100.0, output: 100.0, cached: None });
    dear.limits.usd = 0.01;
    let (result, _, requests) = asked(vec![], vec![dear]);
    assert_eq!(requests, 0, "what could cost too much is not sent");
    assert!(result.unwrap_err().contains("may cost $"));
    let mut brief = rung("brief");
    brief.limits.ms = 200;
    let hangs = Play { hangs: true, ..Play::of(": ping\n\n") };
    let began = Instant::now();
    let (result, _, _) = asked(vec![hangs], vec![brief]);
    assert!(result.is_err() && began.elapsed() < Duration::from_secs(20));
}

fn payload(question: u32) -> Input {
    Input::QuestionPayload { question, engine: "main".into(), text: "{\"system\": \"the whole text\"}".into() }
}

fn searched(b: &Bench, question: u32) -> Option<&str> {
    b.effects.iter().rev().find_map(|e| match e {
        Effect::SearchAnswer { question: q, because, .. } if *q == question => Some(because.as_str()),
        _ => None,
    })
}

fn sent(b: &Bench) -> usize {
    b.effects.iter().filter(|e| matches!(e, Effect::SendQuestion { .. })).count()
}

#[test]
fn a_question_leaves_only_after_its_payload_was_agreed_to_and_else_search_answers() {
    let mut b = Bench::investigated(WIDE);
    b.keys("A 'why not the database?' enter");
    b.input(payload(1));
    assert!(b.says("the whole text") && b.says("sends exactly this"), "{}", b.screen());
    b.wait(400).keys("esc");
    assert_eq!((sent(&b), searched(&b, 1)), (0, Some("nothing was sent")));
    let found = answer(&b.session.evidence, b.session.report.as_deref(), "why not the database?");
    b.input(Input::Answered { question: 1, answer: found });
    assert!(b.session.questions[0].answer.is_some());
    b.keys("A 'and now?' enter");
    b.input(payload(2));
    b.wait(400).keys("ctrl-y");
    assert_eq!(sent(&b), 1);
    assert!(b.session.agreed && b.events().iter().any(|e| matches!(e, Event::PayloadAgreed { .. })));
    b.input(Input::QuestionNews { question: 2, news: ModelNews::Ended("main: its quota is used up".into()) });
    assert_eq!(searched(&b, 2), Some("main: its quota is used up"));
    // Agreed once: the next one leaves at once.
    b.keys("A 'and then?' enter");
    b.input(payload(3));
    assert!(b.desk.dialog.is_none());
    assert_eq!(sent(&b), 2);
}

#[test]
fn an_answer_is_shown_while_it_comes_kept_with_its_author_and_its_request() {
    let mut b = Bench::investigated(WIDE);
    b.keys("A 'why not the database?' enter");
    b.input(payload(1));
    b.wait(400).keys("ctrl-y");
    let asked = ModelNews::Asked { model: "main".into(), text: "{\"system\":\"x\"}".into(), left_out: Vec::new() };
    b.input(Input::QuestionNews { question: 1, news: asked });
    b.input(Input::QuestionNews { question: 1, news: ModelNews::Says("The pool was \u{1b}[2Jfull".into()) });
    assert!(b.says("The pool was") && b.says("not held against the evidence yet"), "{}", b.screen());
    b.input(Input::QuestionNews { question: 1, news: ModelNews::Used { tokens_in: 900, tokens_out: 40, usd: 0.001 } });
    assert!(b.says("main: 900 tokens in, 40 out, $0.0010"), "{}", b.screen());
    let found = answer(&b.session.evidence, b.session.report.as_deref(), "OutOfMemoryError");
    b.input(Input::ModelAnswered { question: 1, engine: "main".into(), answer: found.clone() });
    let kept = b.session.questions[0].answer.as_ref().unwrap();
    assert_eq!((&kept.by, &kept.claims), (&Author::Engine("main".into()), &found.claims));
    assert!(b.says("— main"), "{}", b.screen());
    assert!(b.events().iter().any(|e| matches!(e, Event::ModelAsked { run: 0, .. })));
    assert!(hotwash::export::given::text(&b.session).contains("\"system\":\"x\""));
}

#[test]
fn a_stopped_answer_ends_its_connection_and_search_answers() {
    let mut b = Bench::investigated(WIDE);
    b.keys("A 'why?' enter");
    b.input(payload(1));
    b.wait(400).keys("ctrl-y X");
    assert!(b.effects.contains(&Effect::StopQuestion) && b.desk.inquiry.is_none());
    assert_eq!(searched(&b, 1), Some("the model was stopped"));
    let before = b.records.len();
    let late = answer(&b.session.evidence, None, "OutOfMemoryError");
    b.input(Input::ModelAnswered { question: 1, engine: "main".into(), answer: late });
    assert_eq!(b.records.len(), before, "what a stopped model still says is left aside");
}
