//! The console's model: one investigation at a time on a thread of its own, with its own loop over the
//! network. Dropping it ends the connection.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Ladder, News, Order, conduct};
use crate::analyst::agent::Agent;
use crate::analyst::{Knowledge, Request};
use crate::app::input::{Input, ModelNews};
use crate::domain::{Evidence, Report};
use crate::fault::Fault;
use crate::runtime::config::Config;
use crate::runtime::knowledge;
use crate::runtime::terminal::WORKER;

/// Orders that may wait.
const ORDERS: usize = 16;
/// News that may wait: more than the steps of all turns together.
const NEWS: usize = 4_096;

/// An investigation that waits for a person's yes, or is going on.
#[derive(Debug, Default)]
pub struct Second {
    ready: Option<(Agent, Ladder, Evidence)>,
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
        let mut agent = Agent::new(ladder.setup(about.evidence.clone(), about.request, about.embedded));
        let last = about.broken_off.as_deref().and_then(|text| serde_json::from_str(text).ok());
        if let Some(last) = last {
            agent.resume(&last);
        }
        let text = agent.first().shown();
        self.ready = Some((agent, ladder, about.evidence));
        Ok((first.clone(), text))
    }

    /// Sends it.
    ///
    /// # Errors
    /// Nothing was prepared, or there is no thread.
    pub fn begin(&mut self, run: u32, config: &Config, to: mpsc::Sender<Input>) -> Result<(), Fault> {
        let Some((agent, ladder, evidence)) = self.ready.take() else {
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
            runtime.block_on(lead((agent, ladder, evidence), known.as_ref(), heard, run, &to));
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
    (agent, ladder, evidence): (Agent, Ladder, Evidence),
    knowledge: &Knowledge,
    orders: mpsc::Receiver<Order>,
    run: u32,
    to: &mpsc::Sender<Input>,
) {
    // Waiting for the console here would hold the stream up.
    let (news, mut told) = mpsc::channel::<News>(NEWS);
    let mut send = move |n: News| {
        // Full: far more than all limits allow; the report's own trail is not what fills it.
        let _ = news.try_send(n);
    };
    let conducting = async {
        conduct(agent, &ladder.models, (&evidence, knowledge), orders, &mut send).await;
        drop(send);
    };
    let telling = async {
        while let Some(news) = told.recv().await {
            let news = match news {
                News::Asked { model, call, left_out } => ModelNews::Asked { model, text: call.shown(), left_out },
                News::Step(step) => ModelNews::Step(step),
                News::Says(text) => ModelNews::Says(text),
                News::Used { usage, usd } => {
                    ModelNews::Used { tokens_in: usage.tokens_in, tokens_out: usage.tokens_out, usd }
                }
                News::Report(report) => ModelNews::Report(report),
                News::Ended(why) => ModelNews::Ended(why),
            };
            if to.send(Input::Model { run, news }).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(conducting, telling);
}

fn tell(to: &mpsc::Sender<Input>, run: u32, news: ModelNews) {
    // A closed channel: the console has ended.
    let _ = to.blocking_send(Input::Model { run, news });
}
