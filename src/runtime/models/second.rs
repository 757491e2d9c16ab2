//! The console's model: one investigation at a time on a thread of its own, with its own loop over the
//! network. Dropping it ends the connection.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Ladder, News, Order, conduct};
use crate::analyst::agent::{Agent, Outcome, OutsideCall, OutsideTool, Setup};
use crate::analyst::{Knowledge, Request};
use crate::app::input::{Input, ModelNews};
use crate::app::telemetry::Call;
use crate::domain::{Evidence, Report, Step, StepKind};
use crate::fault::Fault;
use crate::runtime::config::Config;
use crate::runtime::knowledge;
use crate::runtime::terminal::WORKER;

/// Orders that may wait.
const ORDERS: usize = 16;
/// News that may wait for the screen. What it says while that is full is left out and counted; steps,
/// requests and the end wait longer.
const NEWS: usize = 4_096;
/// Steps, requests and the end that wait for a screen that has fallen behind: far more than a run has.
const LATE: usize = 65_536;

/// An investigation that waits for a person's yes, or is going on.
#[derive(Debug, Default)]
pub struct Second {
    ready: Option<(Agent, Ladder)>,
    orders: Option<mpsc::Sender<Order>>,
}

/// What a model is asked about.
#[derive(Debug)]
pub struct About {
    /// The evidence as it stands.
    pub evidence: Evidence,
    /// Title and service.
    pub request: Request,
    /// The embedded report.
    pub embedded: Arc<Report>,
    /// Telemetry tools that it may ask a person for.
    pub telemetry: Vec<OutsideTool>,
    /// The last call of an investigation that was broken off and saw the same evidence, as it was sent.
    pub broken_off: Option<String>,
}

impl Second {
    /// Makes what would be sent first: the model's name and the exact text.
    ///
    /// # Errors
    /// No model is configured, or the settings name a file that can't be read.
    pub fn prepare(&mut self, config: &Config, about: About) -> Result<(String, String), Fault> {
        self.stop();
        let Some(first) = &config.model else {
            return Err(Fault::usage(
                "no model is configured",
                "add a [models.NAME] table to config.toml: docs/models.md",
            ));
        };
        let ladder = Ladder::of(config, first)?;
        let setup = ladder.setup(about.evidence, about.request, about.embedded);
        let mut agent = Agent::new(Setup { telemetry: about.telemetry, ..setup });
        let last = about.broken_off.as_deref().and_then(|text| serde_json::from_str(text).ok());
        if let Some(last) = last {
            agent.resume(&last);
        }
        let text = agent.first().shown();
        self.ready = Some((agent, ladder));
        Ok((first.clone(), text))
    }

    /// Sends it.
    ///
    /// # Errors
    /// Nothing was prepared, or there is no thread.
    pub fn begin(&mut self, run: u32, config: &Config, to: mpsc::Sender<Input>) -> Result<(), Fault> {
        let Some((agent, ladder)) = self.ready.take() else {
            return Err(Fault::environment("nothing was made ready to be sent", "ask again"));
        };
        let (orders, heard) = mpsc::channel(ORDERS);
        self.orders = Some(orders);
        let config = config.clone();
        let work = move || {
            let known = match knowledge::load(&config) {
                Ok(known) => known,
                Err(fault) => return tell(&to, run, ModelNews::Ended(fault.what)),
            };
            let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let Ok(runtime) = built else { return tell(&to, run, ModelNews::Ended("no loop for the network".into())) };
            runtime.block_on(lead((agent, ladder), known.as_ref(), heard, run, &to));
        };
        std::thread::Builder::new()
            .name(format!("{WORKER}-model"))
            .spawn(work)
            .map(drop)
            .map_err(|e| Fault::environment(format!("no thread for the model: {e}"), ""))
    }

    /// Says where to look.
    pub fn steer(&self, words: String) {
        if let Some(orders) = &self.orders {
            // Full: the person has said enough for one turn.
            let _ = orders.try_send(Order::Steer(words));
        }
    }

    /// A telemetry call that the model asked for was approved, and is under way.
    pub fn begun(&self, id: u32) {
        if let Some(orders) = &self.orders {
            // Full: what comes of the call is told all the same, or its time runs out.
            let _ = orders.try_send(Order::Begun(id));
        }
    }

    /// What came of a telemetry call that the model asked for.
    pub fn outcome(&self, outcome: Outcome) {
        if let Some(orders) = &self.orders {
            // Full: the model is told that its time ran out.
            let _ = orders.try_send(Order::Outside(Box::new(outcome)));
        }
    }

    /// Stops it; what was prepared is forgotten.
    pub fn stop(&mut self) {
        self.ready = None;
        if let Some(orders) = self.orders.take() {
            let _ = orders.try_send(Order::Stop);
        }
    }
}

impl Drop for Second {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn lead(
    (agent, ladder): (Agent, Ladder),
    knowledge: &Knowledge,
    orders: mpsc::Receiver<Order>,
    run: u32,
    to: &mpsc::Sender<Input>,
) {
    // Waiting for the console here would hold the stream up.
    let (news, mut told) = mpsc::channel::<News>(NEWS);
    let conducting = async move {
        let mut late = Late::default();
        let mut send = |n: News| late.send(&news, n);
        conduct(agent, &ladder.models, knowledge, orders, &mut send).await;
        late
    };
    let telling = async {
        while let Some(news) = told.recv().await {
            // A closed channel: the console has ended.
            let _ = to.send(Input::Model { run, news: on_screen(news) }).await;
        }
    };
    let (late, ()) = tokio::join!(conducting, telling);
    for news in late.told() {
        let _ = to.send(Input::Model { run, news: on_screen(news) }).await;
    }
}

fn on_screen(news: News) -> ModelNews {
    match news {
        News::Asked { model, call, left_out } => ModelNews::Asked { model, text: call.shown(), left_out },
        News::Step(step) => ModelNews::Step(step),
        News::Outside(OutsideCall { id, server, tool, arguments }) => {
            ModelNews::Wants { id, call: Call { server, tool: Some(tool), arguments } }
        }
        News::OutsideOver(id) => ModelNews::WantsNoMore { id },
        News::Says(text) => ModelNews::Says(text),
        News::Used { usage, usd } => ModelNews::Used { tokens_in: usage.tokens_in, tokens_out: usage.tokens_out, usd },
        News::Report(report) => ModelNews::Report(report),
        News::Ended(why) => ModelNews::Ended(why),
    }
}

/// News that found no room: what it only says is counted, everything else waits in order.
#[derive(Debug, Default)]
struct Late {
    waiting: Vec<News>,
    left_out: usize,
    steps: u32,
}

impl Late {
    fn send(&mut self, to: &mpsc::Sender<News>, news: News) {
        if let News::Step(step) = &news {
            self.steps = step.no;
        }
        let passing = matches!(news, News::Says(_) | News::Used { .. });
        let news = match self.waiting.is_empty() {
            true => match to.try_send(news) {
                Ok(()) => return,
                Err(mpsc::error::TrySendError::Full(news) | mpsc::error::TrySendError::Closed(news)) => news,
            },
            false => news,
        };
        let ends = matches!(news, News::Report(_) | News::Ended(_));
        if passing || (self.waiting.len() >= LATE && !ends) {
            self.left_out += 1;
        } else {
            self.waiting.push(news);
        }
    }

    /// What waited, with a step before the end that says what was left out.
    fn told(mut self) -> Vec<News> {
        if self.left_out > 0 {
            let text = format!(
                "{} pieces of what the model said came faster than the screen took them, and were not shown.",
                self.left_out
            );
            let (title, citations) = ("Left out on screen".to_owned(), Vec::new());
            let step = Step { no: self.steps + 1, kind: StepKind::Observation, tool: None, title, text, citations };
            let at = self.waiting.len().saturating_sub(1);
            self.waiting.insert(at, News::Step(step));
        }
        self.waiting
    }
}

fn tell(to: &mpsc::Sender<Input>, run: u32, news: ModelNews) {
    // A closed channel: the console has ended.
    let _ = to.blocking_send(Input::Model { run, news });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_news_that_find_no_room_the_end_is_told_and_what_was_left_out_is_counted() {
        let (to, mut from) = mpsc::channel(2);
        let mut late = Late::default();
        for n in 0..5 {
            late.send(&to, News::Says(n.to_string()));
        }
        late.send(&to, News::Ended("stopped".into()));
        assert_eq!(from.try_recv().unwrap(), News::Says("0".into()));
        late.send(&to, News::Says("what waits keeps its order".into()));
        let told = late.told();
        assert!(matches!(&told[0], News::Step(s) if s.text.starts_with("4 pieces")), "{told:?}");
        assert_eq!(told[1], News::Ended("stopped".into()));
    }
}
