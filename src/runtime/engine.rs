//! The engine's thread: one investigation at a time, its steps streamed as they are taken.
//!
//! It decides nothing about the session. A newer investigation stops the older one; what the older
//! still says bears its own number, and the core leaves it aside.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use tokio::sync::mpsc::Sender;

use super::config::Config;
use super::knowledge;
use super::terminal::{WORKER, words_of};
use crate::analyst::{Checked, Knowledge, Request, investigate_with};
use crate::app::input::Input;
use crate::domain::{Evidence, Notice, Report, showable};
use crate::fault::Fault;

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
    /// What checks showed so far.
    pub checked: Vec<Checked>,
}

/// What the analyst knows: loaded once, on a worker, when it is first needed.
#[derive(Debug)]
struct Known {
    config: Config,
    loaded: OnceLock<Result<Cow<'static, Knowledge>, Fault>>,
}

impl Known {
    fn get(&self) -> Result<&Knowledge, &Fault> {
        self.loaded.get_or_init(|| knowledge::load_with_history(&self.config)).as_ref().map(AsRef::as_ref)
    }
}

/// The investigation that is going on, if any; dropping it stops it.
#[derive(Debug)]
pub struct Engine {
    known: Arc<Known>,
    stop: Option<Arc<AtomicBool>>,
}

impl Engine {
    /// An engine at rest, with these settings.
    pub fn new(config: Config) -> Self {
        Self { known: Arc::new(Known { config, loaded: OnceLock::new() }), stop: None }
    }

    /// Loads what the analyst knows before it is asked for, on a thread that ends when that is done.
    pub fn warm(&self) {
        let known = Arc::clone(&self.known);
        // Without a thread it is loaded when the first investigation asks for it.
        let _ = std::thread::Builder::new().name(format!("{WORKER}-playbooks")).spawn(move || {
            let _ = catch_unwind(AssertUnwindSafe(|| known.get().is_ok()));
        });
    }

    /// Begins an investigation and stops the one before.
    pub fn investigate(&mut self, given: Given, to: Sender<Input>) {
        self.stop();
        let stop = Arc::new(AtomicBool::new(false));
        self.stop = Some(Arc::clone(&stop));
        let (run, known, answer) = (given.run, Arc::clone(&self.known), to.clone());
        let began = std::thread::Builder::new().name(format!("{WORKER}-engine")).spawn(move || {
            let ended = match catch_unwind(AssertUnwindSafe(|| work(given, &known, &stop, &to))) {
                Ok(Ok(Some(report))) => Input::Report { run, report: Box::new(report) },
                Ok(Ok(None)) => Input::EngineEnded { run, why: "stopped".into() },
                Ok(Err(fault)) => Input::EngineEnded { run, why: fault.what },
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
fn work(given: Given, known: &Known, stop: &AtomicBool, to: &Sender<Input>) -> Result<Option<Report>, Fault> {
    let knowledge = known.get().map_err(Clone::clone)?;
    let began = Instant::now();
    let Given { run, evidence, admitted, request, checked } = given;
    let report = investigate_with(&evidence, &request, knowledge, &checked, &mut |step| {
        let sent = to.blocking_send(Input::Step { run, step: step.clone() });
        if sent.is_err() || stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let Some(mut report) = report else { return Ok(None) };
    let mut admitted: Vec<Notice> = admitted.into_iter().flatten().collect();
    knowledge.language.iter().for_each(|l| l.say_notices(&mut admitted));
    report.notices.splice(0..0, admitted);
    report.trail.clear();
    report.engine.ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Some(report))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Origin, Source, SourceId};
    use crate::runtime::places::Places;
    use tokio::sync::mpsc::channel;

    fn engine() -> Engine {
        let nowhere = std::path::PathBuf::from("/nonexistent");
        Engine::new(Config::load(Places { data: nowhere.clone(), config: nowhere }).unwrap())
    }

    fn given(run: u32) -> Given {
        let text = "2026-06-02T09:12:00Z ERROR checkout-api out of memory\n";
        let source = Source { id: SourceId(0), name: "paste 1".into(), origin: Origin::Paste, text: text.into() };
        let evidence = Evidence { readings: vec![crate::intake::read(&source)], sources: vec![source] };
        Given { run, evidence, admitted: Vec::new(), request: Request::default(), checked: Vec::new() }
    }

    #[test]
    fn steps_come_before_the_report_and_bear_its_number() {
        let (to, mut from) = channel(64);
        let mut engine = engine();
        engine.investigate(given(7), to);
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
        let mut engine = engine();
        engine.investigate(given(1), to);
        engine.stop();
    }
}
