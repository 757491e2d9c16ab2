//! The engine's thread: one investigation at a time, its steps streamed as they are taken.
//!
//! It decides nothing about the session. A newer investigation stops the older one; what the older
//! still says bears its own number, and the core leaves it aside.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tokio::sync::mpsc::Sender;

use super::terminal::{WORKER, words_of};
use crate::analyst::{Knowledge, Request, investigate};
use crate::app::input::Input;
use crate::domain::{Evidence, Notice, Report, showable};

/// What an investigation works on: a copy of the session's evidence as it stood.
#[derive(Debug)]
pub struct Given {
    /// The number its inputs carry.
    pub run: u32,
    /// The evidence.
    pub evidence: Evidence,
    /// What intake's first stage noticed, per source.
    pub admitted: Vec<Vec<Notice>>,
    /// Title and service.
    pub request: Request,
}

/// The investigation that is going on, if any; dropping it stops it.
#[derive(Debug, Default)]
pub struct Engine {
    stop: Option<Arc<AtomicBool>>,
}

impl Engine {
    /// Begins an investigation and stops the one before.
    pub fn investigate(&mut self, given: Given, knowledge: &Arc<Knowledge>, to: Sender<Input>) {
        self.stop();
        let stop = Arc::new(AtomicBool::new(false));
        self.stop = Some(Arc::clone(&stop));
        let (run, knowledge, answer) = (given.run, Arc::clone(knowledge), to.clone());
        let began = std::thread::Builder::new().name(format!("{WORKER}-engine")).spawn(move || {
            let ended = match catch_unwind(AssertUnwindSafe(|| work(given, &knowledge, &stop, &to))) {
                Ok(Some(report)) => Input::Report { run, report: Box::new(report) },
                Ok(None) => Input::EngineEnded { run, why: "stopped".into() },
                Err(payload) => {
                    let why = format!("a fault in the engine: {}", showable::clean(&words_of(payload.as_ref())));
                    Input::EngineEnded { run, why }
                }
            };
            // A closed channel: the console has ended.
            let _ = to.blocking_send(ended);
        });
        if let Err(e) = began {
            let why = format!("no thread for the engine: {}", super::files::reason(&e));
            // Full: the core is told nothing more than what is on its way.
            let _ = answer.try_send(Input::EngineEnded { run, why });
        }
    }

    /// Stops the investigation at its next step.
    pub fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.store(true, Ordering::Relaxed);
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The report, its time measured; its trail is in the journal's steps.
fn work(given: Given, knowledge: &Knowledge, stop: &AtomicBool, to: &Sender<Input>) -> Option<Report> {
    let began = Instant::now();
    let Given { run, evidence, admitted, request } = given;
    let mut report = investigate(&evidence, &request, knowledge, &mut |step| {
        let sent = to.blocking_send(Input::Step { run, step: step.clone() });
        if sent.is_err() || stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    report.notices.splice(0..0, admitted.into_iter().flatten());
    report.trail.clear();
    report.engine.ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    Some(report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Origin, Source, SourceId};
    use tokio::sync::mpsc::channel;

    fn given(run: u32) -> Given {
        let text = "2026-06-02T09:12:00Z ERROR checkout-api out of memory\n";
        let source = Source { id: SourceId(0), name: "paste 1".into(), origin: Origin::Paste, text: text.into() };
        let evidence = Evidence { readings: vec![crate::intake::read(&source)], sources: vec![source] };
        Given { run, evidence, admitted: Vec::new(), request: Request::default() }
    }

    #[test]
    fn steps_come_before_the_report_and_bear_its_number() {
        let (to, mut from) = channel(64);
        let mut engine = Engine::default();
        engine.investigate(given(7), &Arc::new(Knowledge::default()), to);
        let mut all = Vec::new();
        while let Some(input) = from.blocking_recv() {
            all.push(input);
        }
        assert!(matches!(all.last(), Some(Input::Report { run: 7, report }) if report.trail.is_empty()));
        let steps = all.len() - 1;
        assert!(all.iter().take(steps).all(|i| matches!(i, Input::Step { run: 7, .. })));
    }

    #[test]
    fn an_engine_nobody_listens_to_ends() {
        let (to, from) = channel(1);
        drop(from);
        let mut engine = Engine::default();
        engine.investigate(given(1), &Arc::new(Knowledge::default()), to);
        engine.stop();
    }
}
