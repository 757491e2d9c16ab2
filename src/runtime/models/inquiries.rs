//! Questions that a model answers: one at a time on a thread of its own. The models of the ladder are
//! asked one after the other; where none answers, the reason is told and search answers. Dropping it
//! ends the connection.

use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::conduct::{Says, next, until};
use super::purse::Purse;
use super::{Ladder, Model, News};
use crate::analyst::agent::{Piece, Rung, Usage};
use crate::analyst::questions::{Answer, Inquiry};
use crate::app::input::{Input, ModelNews};
use crate::domain::{Evidence, Report};
use crate::fault::Fault;
use crate::runtime::config::Config;
use crate::runtime::terminal::WORKER;

/// Bytes of an answer's text and reasoning that are listened to; more is no answer to a question.
const MOST: usize = 256 * 1024;
/// News that may wait for the console. What does not fit is left out of the screen, not of the answer.
const NEWS: usize = 1_024;

/// A question that waits for a person's yes, or is being answered.
#[derive(Debug, Default)]
pub struct Inquiries {
    ready: Option<(u32, Inquiry, Ladder)>,
    stop: Option<oneshot::Sender<()>>,
}

impl Inquiries {
    /// Makes what would be sent: the model's name and the exact text. A question that is being answered ends.
    ///
    /// # Errors
    /// The settings name a file that can't be read.
    pub fn prepare(
        &mut self,
        config: &Config,
        (evidence, report): (Evidence, Option<&Report>),
        (question, text): (u32, &str),
    ) -> Result<(String, String), Fault> {
        self.stop();
        let first = config.model.clone().unwrap_or_default();
        let ladder = Ladder::of(config, &first)?;
        let inquiry = Inquiry::new(evidence, report, text, &ladder.prompts, crate::runtime::masking::key());
        let most = ladder.rungs.first().map_or(1, |r| r.limits.max_tokens);
        let shown = inquiry.call(most).shown();
        self.ready = Some((question, inquiry, ladder));
        Ok((first, shown))
    }

    /// Sends it.
    ///
    /// # Errors
    /// Another question was made ready meanwhile, or there is no thread.
    pub fn send(&mut self, question: u32, to: mpsc::Sender<Input>) -> Result<(), Fault> {
        let Some((_, inquiry, ladder)) = self.ready.take_if(|(ready, _, _)| *ready == question) else {
            return Err(Fault::environment("nothing was made ready to be sent", "ask again"));
        };
        let (stop, stopped) = oneshot::channel();
        self.stop = Some(stop);
        let work = move || {
            let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let Ok(runtime) = built else {
                let news = ModelNews::Ended("there is no loop for the network".into());
                // A closed channel: the console has ended.
                let _ = to.blocking_send(Input::QuestionNews { question, news });
                return;
            };
            runtime.block_on(async {
                tokio::select! {
                    // The sender is dropped or used: either way nobody waits any more.
                    _ = stopped => {}
                    () = told(&inquiry, &ladder, question, to) => {}
                }
            });
        };
        std::thread::Builder::new()
            .name(format!("{WORKER}-answer"))
            .spawn(work)
            .map(drop)
            .map_err(|e| Fault::environment(format!("no thread for the model: {e}"), ""))
    }

    /// Ends it; what was made ready is forgotten.
    pub fn stop(&mut self) {
        self.ready = None;
        self.stop = None;
    }
}

/// Asks, and tells the console what comes.
async fn told(inquiry: &Inquiry, ladder: &Ladder, question: u32, to: mpsc::Sender<Input>) {
    // Waiting for the console here would hold the stream up.
    let (news, mut heard) = mpsc::channel::<ModelNews>(NEWS);
    let asking = async move {
        let mut send = |n: News| {
            let n = match n {
                News::Asked { model, call, left_out } => ModelNews::Asked { model, text: call.shown(), left_out },
                News::Says(text) => ModelNews::Says(text),
                News::Used { usage, usd } => {
                    ModelNews::Used { tokens_in: usage.tokens_in, tokens_out: usage.tokens_out, usd }
                }
                _ => return,
            };
            let _ = news.try_send(n);
        };
        answered(inquiry, ladder, &mut send).await
    };
    let telling = async {
        while let Some(news) = heard.recv().await {
            if to.send(Input::QuestionNews { question, news }).await.is_err() {
                return;
            }
        }
    };
    let (answer, ()) = tokio::join!(asking, telling);
    let last = match answer {
        Ok((engine, answer)) => Input::ModelAnswered { question, engine, answer },
        Err(why) => Input::QuestionNews { question, news: ModelNews::Ended(why) },
    };
    let _ = to.send(last).await;
}

/// The answer of the first model that gives one, with its name.
///
/// # Errors
/// Why none did, in one sentence: the last one's reason.
pub async fn answered(
    inquiry: &Inquiry,
    ladder: &Ladder,
    tell: &mut (dyn FnMut(News) + Send),
) -> Result<(String, Answer), String> {
    let mut why = "no model is left".to_owned();
    let (mut total, mut usd) = (Usage::default(), 0.0);
    for (model, rung) in ladder.models.iter().zip(&ladder.rungs) {
        let limit = Duration::from_millis(rung.limits.ms);
        let mut used = Usage::default();
        let asked = tokio::time::timeout(limit, one(inquiry, model.as_ref(), rung, &mut used, tell)).await;
        (total, usd) = (total.plus(used), usd + rung.price.map_or(0.0, |p| p.of(used)));
        tell(News::Used { usage: total, usd });
        match asked {
            Ok(Ok(text)) => return Ok((rung.name.clone(), inquiry.answer(&rung.name, &text))),
            Ok(Err(failed)) => why = failed,
            Err(_) => why = format!("{}: its limit of {} s is reached", rung.name, rung.limits.ms / 1000),
        }
    }
    Err(why)
}

/// One model's words.
async fn one(
    inquiry: &Inquiry,
    model: &dyn Model,
    rung: &Rung,
    used: &mut Usage,
    tell: &mut (dyn FnMut(News) + Send),
) -> Result<String, String> {
    let call = inquiry.call(rung.limits.max_tokens);
    if rung.limits.usd > 0.0 {
        // One answer may cost what one investigation may.
        let purse = Purse::new(rung.limits.usd, 1);
        purse.take(&call, rung.price).map_err(|why| format!("{}: {why}", rung.name))?;
    }
    let left_out = inquiry.left_out().to_vec();
    tell(News::Asked { model: model.name().to_owned(), call: Box::new(call.clone()), left_out });
    let asked = serde_json::to_vec(&call).map_or(0, |b| b.len());
    let (mut pieces, mut text, mut heard) = (Some(model.ask(call)), String::new(), 0);
    let mut says = Says::default();
    let begun = Instant::now();
    loop {
        let piece = tokio::select! {
            biased;
            piece = next(&mut pieces) => piece.map_err(|failed| failed.what),
            () = until(says.due) => {
                says.flush(tell);
                continue;
            }
        };
        *used = Usage {
            tokens_in: asked.div_ceil(4) as u64,
            tokens_out: (heard as u64).div_ceil(4),
            cached: 0,
            estimated: true,
        };
        match piece? {
            Piece::Text { text: more } => {
                heard += more.len();
                says.push(&inquiry.shown(&more), tell);
                text.push_str(&more);
            }
            Piece::Reasoning { text: more } => heard += more.len(),
            Piece::Tool { .. } => {}
            Piece::End { usage, .. } => {
                says.flush(tell);
                *used = usage;
                return match text.trim().is_empty() {
                    true => Err(format!("{} said nothing in {} s", rung.name, begun.elapsed().as_secs())),
                    false => Ok(text),
                };
            }
        }
        if heard > MOST {
            return Err(format!("{} said far more than an answer has", rung.name));
        }
    }
}
