//! A model that is asked in another language: it is told so, and its text is held against the evidence
//! as English text is.

use std::sync::Arc;

use hotwash::domain::Support;
use hotwash::runtime::models::scripted::{Scripted, calls};
use serde_json::{Value, json};

use super::*;
use crate::cli::hotwash;

/// A claim about one line of the evidence.
fn claim(text: &str, support: &str, line: u32) -> Value {
    json!({"text": text, "support": support, "cites": [{"source": 0, "line": line, "quote": ""}]})
}

/// The report of a model that writes Chinese, with these claims of the customers' impact.
fn told(text: &str, impact: Vec<Value>) -> Report {
    let evidence = evidence(text);
    let mut setup = setup(&evidence, vec![rung("main")]);
    setup.prompts = setup.prompts.in_language("zh");
    let draft = json!({
        "outcome": "incident",
        "title": "订单服务连接池耗尽",
        "summary": claim("连接池已满，订单请求失败", "inferred", 2),
        "hypotheses": [],
        "customer_impact": impact,
    });
    let model = Scripted::new("main", [calls([("write_report", draft)])]);
    block_on(led(setup, vec![Arc::new(model)])).report.unwrap()
}

const EVIDENCE: &str = "2026-06-02T09:12:00Z ERROR order-api pool exhausted: 50 of 50 connections in use\n\
    2026-06-02T09:13:00Z WARN order-api 312 of 1040 requests failed with 503\n\
    2026-06-02T09:14:00Z ERROR order-api p99 latency 4800 ms\n";

#[test]
fn what_holds_in_chinese_stands_and_what_does_not_is_marked() {
    let held = told(
        EVIDENCE,
        vec![
            claim("1040 个请求中有 312 个以 503 失败", "quoted", 2),
            claim("order-api 的 p99 延迟为 4800 ms", "quoted", 3),
            claim("连接池的50个连接全部被占用", "quoted", 1),
        ],
    );
    let marks: Vec<_> = held.customer_impact.iter().map(|c| (c.text.as_str(), c.support)).collect();
    assert!(marks.iter().all(|(_, s)| *s != Support::Unsupported), "{marks:?} {:?}", held.notices);
    let lies = told(
        EVIDENCE,
        vec![
            claim("1040 个请求中有 987 个以 503 失败", "quoted", 2),
            claim("order-api的p99延迟为9200 ms", "quoted", 3),
            claim("73%的用户受到影响", "inferred", 2),
            claim("billing-worker 也不可用", "inferred", 1),
        ],
    );
    let marks: Vec<_> = lies.customer_impact.iter().map(|c| (c.text.as_str(), c.support)).collect();
    assert!(marks.iter().all(|(_, s)| *s == Support::Unsupported), "{marks:?} {:?}", lies.notices);
}

#[test]
fn the_report_names_its_language_and_the_model_is_told_it() {
    assert_eq!(told(EVIDENCE, Vec::new()).engine.language, "zh");
    let evidence = evidence(EVIDENCE);
    for (code, said) in [("en", false), ("zh", true)] {
        let mut setup = setup(&evidence, vec![rung("main")]);
        setup.prompts = setup.prompts.in_language(code);
        let first = Agent::new(setup).first();
        assert_eq!(first.shown().contains(&format!("whose code is `{code}`")), said, "{code}");
    }
}

#[test]
fn the_payload_of_the_verb_says_the_language_that_was_asked_for() {
    let home = tempfile::tempdir().unwrap();
    let config = "[models.main]\nprovider = \"openai\"\nmodel = \"m\"\nbase_url = \"http://127.0.0.1:9/v1/\"\n";
    std::fs::write(home.path().join("config.toml"), config).unwrap();
    let shown = |more: &[&str]| {
        let mut command = hotwash(home.path());
        command.args(["analyze", "--engine", "main", "--show-payload"]).args(more).write_stdin(EVIDENCE);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert!(shown(&["--lang", "zh"]).contains("whose code is `zh`"), "{}", shown(&["--lang", "zh"]));
    assert!(!shown(&[]).contains("whose code is"));
}
