//! Conducts an investigation that a model leads: asks when the machine wishes it, hands it what comes,
//! keeps the time. It decides nothing.
//!
//! Giving an answer up drops its stream, and with it the connection.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use tokio::sync::mpsc::Receiver;

use super::{Model, Pieces, gates};
use crate::analyst::Knowledge;
use crate::analyst::agent::{Agent, Arrival, Call, Failure, FailureKind, Outcome, OutsideCall, Piece, Usage, Wish};
use crate::domain::{Report, Step};

/// How long streamed text may wait before it is told.
const COALESCE: Duration = Duration::from_millis(100);
/// Text that is told at once, in bytes.
const ENOUGH: usize = 4 * 1024;
/// How long a call of a telemetry server is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For a person's approval.
    pub approval: Duration,
    /// For its end once it was approved; the run's own timeout ends it before.
    pub call: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { approval: Duration::from_secs(120), call: Duration::from_secs(900) }
    }
}

/// What a person wants of a running investigation.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    /// Look there first.
    Steer(String),
    /// Stop: the connection ends.
    Stop,
    /// A person approved this call of a telemetry server: it is under way.
    Begun(u32),
    /// It ended, or was declined.
    Outside(Box<Outcome>),
}

/// What there is to tell.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// A model is asked this.
    Asked {
        /// The model, as the settings name it.
        model: String,
        /// The exact call.
        call: Box<Call>,
        /// What was left out of it.
        left_out: Vec<String>,
    },
    /// A step was taken.
    Step(Step),
    /// A person is asked to approve this call of a telemetry server.
    Outside(OutsideCall),
    /// Nobody did in time, or it took too long: it is not waited for any more.
    OutsideOver(u32),
    /// More text, coalesced.
    Says(String),
    /// What has been used so far.
    Used {
        /// Tokens.
        usage: Usage,
        /// US dollars.
        usd: f64,
    },
    /// The report.
    Report(Box<Report>),
    /// It ended without one.
    Ended(String),
}

/// Conducts it to its end. `models` are the rungs, in order; news are told as they come.
pub async fn conduct(
    agent: Agent,
    models: &[Arc<dyn Model>],
    knowledge: &Knowledge,
    orders: Receiver<Order>,
    tell: &mut (dyn FnMut(News) + Send),
) {
    conduct_with(Patience::default(), agent, models, knowledge, orders, tell).await;
}

/// The same with another patience: tests don't wait.
pub async fn conduct_with(
    patience: Patience,
    mut agent: Agent,
    models: &[Arc<dyn Model>],
    knowledge: &Knowledge,
    mut orders: Receiver<Order>,
    tell: &mut (dyn FnMut(News) + Send),
) {
    let begun = Instant::now();
    let now = || u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let mut says = Says::default();
    let mut pieces: Option<Pieces> = None;
    let mut wishes = agent.begin(now());
    let mut ears = true;
    let mut waits = Waits { patience, ..Waits::default() };
    loop {
        for wish in wishes.drain(..) {
            match wish {
                Wish::Says(text) => says.push(&text, tell),
                Wish::Ask { rung, call } => {
                    says.flush(tell);
                    drop(pieces.take());
                    let Some(model) = models.get(rung) else { return tell(News::Ended("no model is left".into())) };
                    let left_out = agent.truncations().to_vec();
                    tell(News::Asked { model: model.name().to_owned(), call: call.clone(), left_out });
                    pieces = Some(model.ask(*call));
                }
                Wish::Step(step) => {
                    says.flush(tell);
                    tell(News::Step(step));
                }
                Wish::Outside(call) => {
                    says.flush(tell);
                    waits.ask(call.id);
                    tell(News::Outside(call));
                }
                Wish::Used { usage, usd } => tell(News::Used { usage, usd }),
                Wish::Done(mut report) => {
                    gates::page(&mut report, agent.evidence());
                    return tell(News::Report(report));
                }
                Wish::Ended(why) => return tell(News::Ended(why)),
            }
        }
        let limit = agent.deadline_ms().map(|ms| begun + Duration::from_millis(ms));
        let arrival = tokio::select! {
            biased;
            order = orders.recv(), if ears => match order {
                Some(Order::Steer(words)) => Arrival::Steered(words),
                Some(Order::Begun(id)) => {
                    waits.begin(id);
                    continue;
                }
                Some(Order::Outside(outcome)) => {
                    waits.end(outcome.id);
                    Arrival::Outside(outcome)
                }
                Some(Order::Stop) => {
                    drop(pieces.take());
                    return tell(News::Ended("stopped".into()));
                }
                None => {
                    ears = false;
                    continue;
                }
            },
            piece = next(&mut pieces) => match piece {
                Ok(piece) => Arrival::Piece(piece),
                Err(failure) => Arrival::Failed(failure),
            },
            () = until(says.due) => {
                says.flush(tell);
                continue;
            }
            () = until(waits.due) => {
                let outcome = waits.over();
                tell(News::OutsideOver(outcome.id));
                Arrival::Outside(Box::new(outcome))
            }
            () = until(limit) => Arrival::Time,
        };
        wishes = agent.take(arrival, now(), knowledge);
    }
}

/// The call of a telemetry server that is waited for.
#[derive(Default)]
struct Waits {
    patience: Patience,
    id: u32,
    due: Option<Instant>,
    begun: bool,
}

impl Waits {
    fn ask(&mut self, id: u32) {
        (self.id, self.due, self.begun) = (id, Some(Instant::now() + self.patience.approval), false);
    }

    fn begin(&mut self, id: u32) {
        if self.id == id && self.due.is_some() {
            (self.due, self.begun) = (Some(Instant::now() + self.patience.call), true);
        }
    }

    fn end(&mut self, id: u32) {
        if self.id == id {
            self.due = None;
        }
    }

    fn over(&mut self) -> Outcome {
        self.due = None;
        let how = match self.begun {
            true => format!("it did not end in {} s", self.patience.call.as_secs()),
            false => {
                format!("not asked: nobody approved it in {} s; go on without it", self.patience.approval.as_secs())
            }
        };
        Outcome::none(self.id, how)
    }
}

pub(super) async fn next(pieces: &mut Option<Pieces>) -> Result<Piece, Failure> {
    let Some(stream) = pieces else { return std::future::pending().await };
    let piece = stream.next().await;
    let over = !matches!(&piece, Some(Ok(p)) if !matches!(p, Piece::End { .. }));
    if over {
        *pieces = None;
    }
    piece.unwrap_or_else(|| Err(Failure::new(FailureKind::Broken, "the answer stopped in the middle")))
}

pub(super) async fn until(due: Option<Instant>) {
    match due {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// Streamed text: the first piece is told at once, the next ones together.
#[derive(Default)]
pub(super) struct Says {
    text: String,
    pub(super) due: Option<Instant>,
    told: Option<Instant>,
}

impl Says {
    pub(super) fn push(&mut self, text: &str, tell: &mut (dyn FnMut(News) + Send)) {
        self.text.push_str(text);
        let fresh = self.told.is_none_or(|at| at.elapsed() >= COALESCE);
        if fresh || self.text.len() >= ENOUGH {
            return self.flush(tell);
        }
        let due = self.told.unwrap_or_else(Instant::now) + COALESCE;
        self.due.get_or_insert(due);
    }

    pub(super) fn flush(&mut self, tell: &mut (dyn FnMut(News) + Send)) {
        self.due = None;
        if !self.text.is_empty() {
            self.told = Some(Instant::now());
            tell(News::Says(std::mem::take(&mut self.text)));
        }
    }
}
