//! Each provider's stream: however it is cut, the trail, the report and the usage are the same.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hotwash::domain::Support;
use hotwash::runtime::model_settings::Provider;
use hotwash::runtime::models::Order;

use super::provider::{Play, model, serve};
use super::*;

const ALL: &[(&str, Provider)] = &[
    ("openai", Provider::OpenAi),
    ("azure", Provider::Azure),
    ("deepseek", Provider::DeepSeek),
    ("ollama", Provider::Ollama),
    ("anthropic", Provider::Anthropic),
    ("gemini", Provider::Gemini),
    ("bedrock", Provider::Bedrock),
];

pub fn fixture(name: &str, turn: usize) -> Vec<u8> {
    let path = format!("{}/fixtures/providers/{name}-{turn}.stream", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).unwrap()
}

fn played(name: &str, provider: Provider, chunk: usize) -> Told {
    block_on(async {
        let kind = if name == "bedrock" { "application/vnd.amazon.eventstream" } else { "text/event-stream" };
        let play = |turn| Play {
            headers: vec![("content-type", kind.to_owned())],
            ..Play::of(fixture(name, turn)).cut_into(chunk)
        };
        let (url, _) = serve(vec![play(1), play(2)]).await;
        led(setup(&incident(), vec![rung("test")]), vec![Arc::new(model(provider, &url))]).await
    })
}

#[test]
fn every_providers_stream_gives_the_same_trail_report_and_usage_however_it_is_cut() {
    let mut reports = Vec::new();
    for (name, provider) in ALL {
        let whole = played(name, *provider, 0);
        assert_eq!(whole.ended, None, "{name}: {:#?}", whole.steps);
        let report = whole.report.as_ref().unwrap_or_else(|| panic!("{name}: no report: {:#?}", whole.steps));
        assert_eq!(whole.usage, (2700, 460), "{name}");
        assert_eq!(whole.asked, 2, "{name}");
        let tools: Vec<&str> = whole.steps.iter().filter_map(|s| s.tool.as_deref()).collect();
        assert_eq!(tools, ["find_lines", "find_lines", "read_lines", "read_lines"], "{name}");
        for chunk in [1, 7, 4096] {
            let cut = played(name, *provider, chunk);
            assert_eq!(cut, whole, "{name} in pieces of {chunk}");
        }
        reports.push((name, report.clone()));
    }
    let (_, first) = reports.first().unwrap();
    for (name, report) in &reports {
        assert_eq!(report, first, "{name}");
    }
}

#[test]
fn the_gates_run_over_a_models_report() {
    let report = played("openai", Provider::OpenAi, 0).report.unwrap();
    // The policy decides the level; the model's own, and its invented share, stand beside it with their mark.
    assert_ne!(report.severity.level, Some(hotwash::domain::Severity::Sev1));
    let beside: Vec<&str> =
        report.severity.because.iter().filter(|c| c.support == Support::Unsupported).map(|c| c.text.as_str()).collect();
    assert!(beside.iter().any(|t| t.contains("The model says SEV1")), "{beside:?}");
    assert!(beside.iter().any(|t| t.contains("90%")), "{beside:?}");
    let page = hotwash::export::markdown::report(&report, &[]);
    assert!(page.contains("[unsupported]") && page.contains("About 90%"), "{page}");
    let cited = &report.hypotheses[0].supporting[0];
    assert_eq!((cited.support, cited.citations[0].line), (Support::Quoted, 4));
    assert_eq!(report.engine.name, "test");
    assert!(report.engine.prompt_version.as_deref().unwrap().starts_with("v1 "));
}

#[test]
fn a_cancelled_stream_and_its_connection_end_at_once() {
    block_on(async {
        let endless = Play { hangs: true, ..Play::of(&fixture("openai", 1)[..600]) };
        let (url, memory) = serve(vec![endless]).await;
        let (to, orders) = tokio::sync::mpsc::channel(1);
        let open = memory.open.clone();
        let watch = tokio::spawn(async move {
            while open.load(std::sync::atomic::Ordering::SeqCst) == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
            let began = Instant::now();
            to.send(Order::Stop).await.unwrap();
            while open.load(std::sync::atomic::Ordering::SeqCst) > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            began.elapsed()
        });
        let remote: Arc<dyn Model> = Arc::new(model(Provider::OpenAi, &url));
        let told = led_with(setup(&incident(), vec![rung("test")]), vec![remote], orders).await;
        let took = watch.await.unwrap();
        println!("cancelled in {took:?}");
        assert_eq!(told.ended.as_deref(), Some("stopped"));
        // Asked are 100 ms, of a machine that does nothing else; here: not by the time limit of a stream.
        assert!(took < Duration::from_secs(5), "{took:?}");
    });
}

#[test]
fn steering_reaches_the_next_call_and_the_trail() {
    block_on(async {
        let play = |turn| Play::of(fixture("openai", turn));
        let (url, memory) = serve(vec![play(1), play(2)]).await;
        let (to, orders) = tokio::sync::mpsc::channel(1);
        to.send(Order::Steer("look at 203.0.113.9 first".into())).await.unwrap();
        let remote: Arc<dyn Model> = Arc::new(model(Provider::OpenAi, &url));
        let told = led_with(setup(&incident(), vec![rung("test")]), vec![remote], orders).await;
        assert!(told.steps.iter().any(|s| s.text.contains("203.0.113.9 first")), "{:#?}", told.steps);
        let requests = memory.requests.lock().unwrap();
        let second = String::from_utf8_lossy(&requests[1].1).into_owned();
        assert!(second.contains("‹ip-1› first") && !second.contains("203.0.113.9"), "{second}");
    });
}
