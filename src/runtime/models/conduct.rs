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
use crate::analyst::agent::{Agent, Arrival, Call, Failure, FailureKind, Piece, Usage, Wish};
use crate::domain::{Evidence, Report, Step};

/// How long streamed text may wait before it is told.
const COALESCE: Duration = Duration::from_millis(100);
/// Text that is told at once, in bytes.
const ENOUGH: usize = 4 * 1024;

/// What a person wants of a running investigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Look there first.
    Steer(String),
    /// Stop: the connection ends.
    Stop,
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
    mut agent: Agent,
    models: &[Arc<dyn Model>],
    (evidence, knowledge): (&Evidence, &Knowledge),
    mut orders: Receiver<Order>,
    tell: &mut (dyn FnMut(News) + Send),
) {
    let begun = Instant::now();
    let now = || u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let mut says = Says::default();
    let mut pieces: Option<Pieces> = None;
    let mut wishes = agent.begin(now());
    let mut ears = true;
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
                Wish::Used { usage, usd } => tell(News::Used { usage, usd }),
                Wish::Done(mut report) => {
                    gates::page(&mut report, evidence);
                    return tell(News::Report(report));
                }
                Wish::Ended(why) => return tell(News::Ended(why)),
            }
        }
        let limit = begun + Duration::from_millis(agent.deadline_ms());
        let arrival = tokio::select! {
            biased;
            order = orders.recv(), if ears => match order {
                Some(Order::Steer(words)) => Arrival::Steered(words),
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
            () = tokio::time::sleep_until(limit.into()) => Arrival::Time,
        };
        wishes = agent.take(arrival, now(), knowledge);
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
