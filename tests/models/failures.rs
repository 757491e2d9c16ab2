//! Everything that can go wrong with a provider: one sentence that says so, and the embedded report
//! stands.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hotwash::analyst::agent::Limits;
use hotwash::runtime::model_settings::Provider;
use hotwash::runtime::models::Remote;
use hotwash::runtime::models::scripted::{Scripted, calls, says};

use super::provider::{Play, endless, model, serve, settings};
use super::streams::fixture;
use super::*;

fn fails(plays: Vec<Play>) -> (Told, usize) {
    block_on(async {
        let (url, memory) = serve(plays).await;
        let told = led(setup(&incident(), vec![rung("test")]), vec![Arc::new(model(Provider::OpenAi, &url))]).await;
        let asked = memory.requests.lock().unwrap().len();
        (told, asked)
    })
}

/// The one sentence, which the trail ends with.
fn sentence(told: &Told) -> String {
    assert_eq!(told.report, None);
    let why = told.ended.clone().unwrap();
    let last = told.steps.last().unwrap();
    assert!(last.text.contains("The embedded report stands"), "{last:?}");
    assert!(last.text.starts_with(&why), "{last:?}");
    assert!(!why.contains('\n') && !why.contains("sk-test"), "{why}");
    why
}

fn many(play: &Play) -> Vec<Play> {
    vec![play.clone(); 8]
}

#[test]
fn each_failure_is_one_sentence_and_the_embedded_report_stands() {
    let error = |m: &str| format!(r#"{{"error":{{"message":"{m}","type":"x"}}}}"#);
    for (status, body, word, tries) in [
        (401, error("Incorrect API key provided: sk-test-4f9b1c77d2"), "key", 1),
        (402, error("Insufficient Balance"), "quota", 1),
        (429, error("You exceeded your current quota, check billing"), "quota", 1),
        (429, error("slow down"), "too many calls", 4),
        (500, error("oops"), "failed (500)", 4),
        (529, error("overloaded"), "failed (529)", 4),
        (407, String::new(), "proxy", 1),
        (403, error("Signature expired: now is earlier than"), "clock", 1),
        (404, error("no such model"), "no such model", 1),
        (302, String::new(), "not followed", 1),
    ] {
        let (told, asked) = fails(many(&Play::status(status, &body)));
        let why = sentence(&told);
        assert!(why.contains(word), "{status}: {why}");
        assert_eq!(asked, tries, "{status}: {why}");
    }
}

#[test]
fn a_provider_that_is_down_or_behind_a_dead_proxy_is_said_to_be() {
    block_on(async {
        let nobody = Remote::new("test", &settings(Provider::OpenAi, "http://127.0.0.1:1/v1/")).unwrap();
        let nobody = nobody.waiting(Duration::from_millis(1));
        let told = led(setup(&incident(), vec![rung("test")]), vec![Arc::new(nobody)]).await;
        assert!(sentence(&told).contains("takes no connection"), "{:?}", told.ended);
        let mut behind = settings(Provider::OpenAi, "https://models.invalid/v1/");
        behind.proxy = Some("http://127.0.0.1:1".into());
        let behind = Remote::new("test", &behind).unwrap().waiting(Duration::from_millis(1));
        let told = led(setup(&incident(), vec![rung("test")]), vec![Arc::new(behind)]).await;
        assert!(sentence(&told).contains("127.0.0.1") || sentence(&told).contains("proxy"), "{:?}", told.ended);
        let mut keyless = settings(Provider::OpenAi, "https://models.invalid/v1/");
        keyless.key_command = Some("false".into());
        let keyless = Remote::new("test", &keyless).unwrap();
        let told = led(setup(&incident(), vec![rung("test")]), vec![Arc::new(keyless)]).await;
        assert!(sentence(&told).contains("no key"), "{:?}", told.ended);
    });
}

#[test]
fn a_busy_provider_is_asked_again_after_the_wait_it_asks_for() {
    let mut busy = Play::status(429, "{}");
    busy.headers.push(("retry-after-ms", "40".into()));
    let began = Instant::now();
    let (told, asked) = fails(vec![busy, Play::of(fixture("openai", 1)), Play::of(fixture("openai", 2))]);
    assert_eq!(asked, 3);
    assert!(told.report.is_some() && began.elapsed() >= Duration::from_millis(40));
}

#[test]
fn a_turn_that_breaks_off_is_asked_once_more_and_the_trail_says_so() {
    let whole = Play::of(fixture("openai", 1));
    let broken = Play { cut: Some(900), pause: Duration::from_millis(2), ..whole.clone().cut_into(300) };
    let (told, asked) = fails(vec![broken.clone(), whole, Play::of(fixture("openai", 2))]);
    assert_eq!(asked, 3);
    assert!(told.report.is_some(), "{:#?}", told.steps);
    assert!(told.steps.iter().any(|s| s.title == "The answer broke off"), "{:#?}", told.steps);
    let (told, _) = fails(vec![broken; 4]);
    sentence(&told);
}

#[test]
fn malformed_frames_silence_and_a_slow_loris_end_it() {
    let (told, _) = fails(many(&Play::of("data: {\"choices\": [}\n\ndata: [DONE]\n\n")));
    assert!(sentence(&told).contains("not its protocol"), "{:?}", told.ended);
    let (told, _) = fails(many(&Play::of("")));
    sentence(&told);
    let silent = Play { hangs: true, ..Play::of(&fixture("openai", 1)[..900]) };
    let began = Instant::now();
    let (told, _) = fails(vec![silent.clone(), silent]);
    assert!(sentence(&told).contains("sent nothing"), "{:?}", told.ended);
    assert!(began.elapsed() < Duration::from_secs(30));
    // Comments keep a connection open and say nothing: the first token has its own limit.
    let loris = Play { pause: Duration::from_millis(20), ..Play::of(": ping\n\n".repeat(10_000)).cut_into(8) };
    let mut limits = settings(Provider::OpenAi, "x");
    limits.first_token_timeout_s = 1;
    let told = block_on(async {
        let (url, _) = serve(many(&loris)).await;
        limits.base_url = Some(url);
        let remote = Remote::new("test", &limits).unwrap().waiting(Duration::from_millis(1));
        let mut rung = rung("test");
        rung.limits = Limits { ms: 2_500, ..rung.limits };
        led(setup(&incident(), vec![rung]), vec![Arc::new(remote)]).await
    });
    sentence(&told);
}

#[test]
fn an_answer_without_end_is_cut_where_far_more_came_than_was_allowed() {
    let chunk =
        format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n", "word ".repeat(200));
    let endless = Play { hangs: true, ..Play::of(chunk.repeat(200)) };
    let (told, asked) = fails(vec![endless; 8]);
    assert!(told.says.len() < 4_096 * 16 * 8, "{}", told.says.len());
    assert!(asked <= 6, "{asked}");
    sentence(&told);
}

#[test]
fn an_absurd_index_of_a_tool_call_costs_no_memory_and_the_call_is_done() {
    let text = String::from_utf8(fixture("openai", 1)).unwrap();
    assert!(text.contains("\"tool_calls\": [{\"index\": 1,"), "the fixture has a second call");
    let far = text.replace("\"tool_calls\": [{\"index\": 1,", "\"tool_calls\": [{\"index\": 3999999999,");
    let before = resident();
    let (told, _) = fails(vec![Play::of(far), Play::of(fixture("openai", 2))]);
    assert!(told.report.is_some(), "{:#?}", told.steps);
    let tools: Vec<&str> = told.steps.iter().filter_map(|s| s.tool.as_deref()).collect();
    assert_eq!(tools, ["find_lines", "find_lines", "read_lines", "read_lines"]);
    assert!(resident() < before + (200 << 20), "{before} {}", resident());
}

/// Memory of this process, in bytes.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4096
}

#[test]
fn usage_that_is_missing_or_absurd_is_estimated() {
    let text = String::from_utf8(fixture("openai", 2)).unwrap();
    let wrong = text.replace("\"prompt_tokens\": 1500", "\"prompt_tokens\": -5");
    let (told, _) = fails(vec![Play::of(fixture("openai", 1)), Play::of(wrong)]);
    assert!(told.report.is_some());
    assert!(told.usage.0 > 1200 && told.usage.0 < 100_000, "{:?}", told.usage);
}

#[test]
fn limits_lead_down_the_ladder_and_the_trail_says_why() {
    let evidence = incident();
    let look = || calls([("find_lines", serde_json::json!({"text": "a"}))]);
    let big = Scripted::answering("big", move |_, _| look());
    let small = Scripted::new("small", [says("nothing to say"), says("still nothing"), says("x"), says("y")]);
    let mut first = rung("big");
    first.limits.tokens = 250;
    let told =
        block_on(led(setup(&evidence, vec![first, rung("small")]), vec![Arc::new(big), Arc::new(small.clone())]));
    let whys: Vec<&str> = told.steps.iter().map(|s| s.text.as_str()).collect();
    assert!(whys.iter().any(|w| w.contains("250 tokens") && w.contains("small takes over")), "{whys:#?}");
    assert!(whys.iter().any(|w| w.contains("not mended in two tries")), "{whys:#?}");
    assert_eq!(small.asked().len(), 4, "a first answer, a request to write, two repairs");
    sentence(&told);
}

#[test]
fn an_error_that_never_ends_is_given_up_by_its_size() {
    let told = block_on(async {
        let mut patient = settings(Provider::OpenAi, &endless(400).await);
        (patient.first_token_timeout_s, patient.idle_timeout_s) = (300, 300);
        let remote = Remote::new("main", &patient).unwrap().holding(16 << 20);
        led(setup(&incident(), vec![rung("main")]), vec![Arc::new(remote)]).await
    });
    let why = sentence(&told);
    assert!(why.contains("main: this program grew by") && why.contains("base_url"), "{why}");
}
