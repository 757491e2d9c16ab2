//! Tests: models. A local server plays what each provider streams; scripted models play those that
//! nobody should trust. No network beyond this machine's own.
#![cfg(feature = "models")]

use std::sync::{Arc, LazyLock};

use hotwash::analyst::agent::{Agent, Limits, Prompts, Rung, Setup};
use hotwash::analyst::{Knowledge, Request, investigate};
use hotwash::domain::{Evidence, Origin, Report, Source, SourceId, Step, StepKind};
use hotwash::runtime::models::{Model, News, Order, Patience, conduct, conduct_with};

mod compare;
mod console;
mod failures;
mod languages;
mod lies;
mod new_lies;
mod obeying;
mod provider;
mod questions;
mod strangers;
mod streams;
#[cfg(feature = "mcp")]
mod telemetry;
mod tls;

/// What an investigation told.
#[derive(Debug, Default, PartialEq)]
pub struct Told {
    pub steps: Vec<Step>,
    pub says: String,
    pub usage: (u64, u64),
    pub report: Option<Report>,
    pub ended: Option<String>,
    pub asked: usize,
}

pub fn knowledge() -> &'static Knowledge {
    static KNOWLEDGE: LazyLock<Knowledge> = LazyLock::new(|| Knowledge::embedded().clone());
    &KNOWLEDGE
}

pub fn evidence(text: &str) -> Evidence {
    let source = Source { id: SourceId(0), name: "paste 1".into(), origin: Origin::Paste, text: Arc::from(text) };
    Evidence { readings: vec![hotwash::intake::read(&source)], sources: vec![source] }
}

pub fn incident() -> Evidence {
    evidence(include_str!("../fixtures/incidents/cascading-pool-exhaustion.txt"))
}

pub fn embedded(evidence: &Evidence) -> Report {
    let mut keep = |_: &_| std::ops::ControlFlow::Continue(());
    investigate(evidence, &Request::default(), knowledge(), &mut keep).unwrap()
}

pub fn rung(name: &str) -> Rung {
    let limits = Limits { steps: 12, tokens: 1_000_000, ms: 60_000, usd: 0.0, max_tokens: 4_096 };
    Rung { name: name.into(), model: "m".into(), limits, price: None, by_tool: true }
}

pub fn setup(evidence: &Evidence, rungs: Vec<Rung>) -> Setup {
    Setup {
        evidence: evidence.clone(),
        request: Request::default(),
        embedded: Arc::new(embedded(evidence)),
        sees_embedded: true,
        prompts: Prompts::default(),
        rungs,
        telemetry: Vec::new(),
        salt: [7; 32],
    }
}

/// One investigation to its end, by these models.
pub async fn led(setup: Setup, models: Vec<Arc<dyn Model>>) -> Told {
    let (_keep, orders) = tokio::sync::mpsc::channel::<Order>(4);
    led_with(setup, models, orders).await
}

pub async fn led_with(setup: Setup, models: Vec<Arc<dyn Model>>, orders: tokio::sync::mpsc::Receiver<Order>) -> Told {
    let mut told = Told::default();
    let mut tell = |news| match news {
        News::Step(step) => told.steps.push(step),
        News::Says(text) => told.says.push_str(&text),
        News::Used { usage, .. } => told.usage = (usage.tokens_in, usage.tokens_out),
        News::Report(mut report) => {
            report.engine.ms = 0;
            told.report = Some(*report);
        }
        News::Ended(why) => told.ended = Some(why),
        News::Asked { .. } => told.asked += 1,
        News::Outside(_) | News::OutsideOver(_) => {}
    };
    conduct(Agent::new(setup), &models, knowledge(), orders, &mut tell).await;
    told
}

pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(work)
}
