//! The engine's thread: one investigation at a time, its steps streamed as they are taken. One thread
//! serves the console for as long as it runs: what patterns keep for matching, they keep per thread.
//!
//! While nobody asks it anything it has rehearsed: a small incident of ours was investigated once, so
//! that the patterns which nearly every paste meets are compiled when the first one comes.
//!
//! It decides nothing about the session. A newer investigation stops the older one; what the older
//! still says bears its own number, and the core leaves it aside.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use tokio::sync::mpsc::Sender;

use super::beside::THREADS;
use super::config::Config;
use super::knowledge;
use super::terminal::{WORKER, words_of};
use crate::analyst::{Checked, Knowledge, Request, investigate_with};
use crate::app::input::Input;
use crate::domain::{Evidence, Notice, Origin, Report, Source, SourceId, showable};
use crate::fault::Fault;

/// What is rehearsed with: a few lines of every sort that responders paste.
const REHEARSAL: &str = include_str!("rehearsal.txt");
/// Investigations that may wait until an earlier one has stopped.
const WAITING: usize = 16;

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

/// What the thread is asked for.
enum Job {
    /// To load what the analyst knows, and to rehearse.
    Rehearse(Arc<AtomicBool>),
    /// To investigate.
    Investigate { given: Box<Given>, stop: Arc<AtomicBool>, to: Sender<Input> },
}

/// The thread, and the investigation that is going on, if any; dropping it stops it.
#[derive(Debug)]
pub struct Engine {
    known: Arc<Known>,
    jobs: Option<SyncSender<Job>>,
    stop: Option<Arc<AtomicBool>>,
}

impl Engine {
    /// An engine at rest, with these settings.
    pub fn new(config: Config) -> Self {
        Self { known: Arc::new(Known { config, loaded: OnceLock::new() }), jobs: None, stop: None }
    }

    /// Loads what the analyst knows before it is asked for, and rehearses; an investigation stops that.
    pub fn warm(&mut self) {
        let stop = Arc::new(AtomicBool::new(false));
        // Without a thread it is loaded when the first investigation asks for it.
        if self.ask(Job::Rehearse(Arc::clone(&stop))).is_ok() {
            self.stop = Some(stop);
        }
    }

    /// Begins an investigation and stops the one before.
    pub fn investigate(&mut self, given: Given, to: Sender<Input>) {
        self.stop();
        let stop = Arc::new(AtomicBool::new(false));
        let (run, answer) = (given.run, to.clone());
        match self.ask(Job::Investigate { given: Box::new(given), stop: Arc::clone(&stop), to }) {
            Ok(()) => self.stop = Some(stop),
            // Full: the core is told nothing more than what is on its way.
            Err(why) => drop(answer.try_send(Input::EngineEnded { run, why })),
        }
    }

    /// Gives the thread a job; begins the thread where there is none (any more).
    fn ask(&mut self, job: Job) -> Result<(), String> {
        let full = || "the engine is still stopping what it did before".to_owned();
        let asked = match &self.jobs {
            Some(jobs) => jobs.try_send(job),
            None => Err(TrySendError::Disconnected(job)),
        };
        let job = match asked {
            Ok(()) => return Ok(()),
            Err(TrySendError::Full(_)) => return Err(full()),
            Err(TrySendError::Disconnected(job)) => job,
        };
        let why = |e: std::io::Error| format!("no thread for the engine: {}", super::files::reason(&e));
        let jobs = self.jobs.insert(begun(Arc::clone(&self.known)).map_err(why)?);
        jobs.try_send(job).map_err(|_| full())
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

/// The thread: it ends when the engine is gone, and waits without doing anything until then.
fn begun(known: Arc<Known>) -> std::io::Result<SyncSender<Job>> {
    let (jobs, work) = sync_channel::<Job>(WAITING);
    std::thread::Builder::new().name(format!("{WORKER}-engine")).spawn(move || {
        for job in work {
            match job {
                Job::Rehearse(stop) => drop(catch_unwind(AssertUnwindSafe(|| rehearse(&known, &stop)))),
                Job::Investigate { given, stop, to } => conduct(*given, &known, &stop, &to),
            }
        }
    })?;
    Ok(jobs)
}

/// Loads what the analyst knows and goes once through a small incident, as an investigation would.
fn rehearse(known: &Known, stop: &AtomicBool) {
    let Ok(knowledge) = known.get() else { return };
    let mut mask = super::masking::fresh();
    drop(mask(REHEARSAL.to_owned()));
    let path = "rehearsal".into();
    let source =
        Source { id: SourceId(0), name: "rehearsal".into(), origin: Origin::File { path }, text: REHEARSAL.into() };
    let evidence = Evidence { readings: vec![crate::intake::read(&source)], sources: vec![source] };
    let mut go_on = |_: &crate::domain::Step| match stop.load(Ordering::Relaxed) {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    };
    drop(investigate_with(&evidence, &Request::default(), (knowledge, THREADS), &[], &mut go_on));
}

/// Conducts an investigation and says how it ended.
fn conduct(given: Given, known: &Known, stop: &AtomicBool, to: &Sender<Input>) {
    let run = given.run;
    let ended = match catch_unwind(AssertUnwindSafe(|| work(given, known, stop, to))) {
        Ok(Ok(Some(report))) => Input::Report { run, report: Box::new(report) },
        Ok(Ok(None)) => Input::EngineEnded { run, why: "stopped".into() },
        Ok(Err(fault)) => Input::EngineEnded { run, why: fault.what },
        Err(payload) => {
            let why = format!("a fault in the engine: {}", showable::clean(&words_of(payload.as_ref())));
            Input::EngineEnded { run, why }
        }
    };
    // A closed channel: the console has ended.
    drop(to.blocking_send(ended));
}

/// The report, its time measured; its trail is in the journal's steps.
fn work(given: Given, known: &Known, stop: &AtomicBool, to: &Sender<Input>) -> Result<Option<Report>, Fault> {
    // One that was overtaken while it waited is not begun.
    if stop.load(Ordering::Relaxed) {
        return Ok(None);
    }
    let knowledge = known.get().map_err(Clone::clone)?;
    let began = Instant::now();
    let Given { run, evidence, admitted, request, checked } = given;
    let report = investigate_with(&evidence, &request, (knowledge, THREADS), &checked, &mut |step| {
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
    fn a_rehearsal_gives_way_to_an_investigation_and_says_nothing_itself() {
        let (to, mut from) = channel(64);
        let mut engine = engine();
        engine.warm();
        engine.investigate(given(3), to);
        let mut all = Vec::new();
        while let Some(input) = from.blocking_recv() {
            all.push(input);
        }
        assert!(matches!(all.last(), Some(Input::Report { run: 3, .. })));
        assert!(all.iter().all(|i| matches!(i, Input::Step { run: 3, .. } | Input::Report { .. })));
    }

    #[test]
    fn the_rehearsal_is_an_incident_that_is_understood() {
        let engine = engine();
        rehearse(&engine.known, &AtomicBool::new(false));
        let source = Source { id: SourceId(0), name: "r".into(), origin: Origin::Paste, text: REHEARSAL.into() };
        let evidence = Evidence { readings: vec![crate::intake::read(&source)], sources: vec![source] };
        let knowledge = engine.known.get().unwrap();
        let mut go_on = |_: &crate::domain::Step| ControlFlow::Continue(());
        let report = investigate_with(&evidence, &Request::default(), (knowledge, THREADS), &[], &mut go_on).unwrap();
        assert!(!report.hypotheses.is_empty() && !report.timeline.is_empty() && !report.checklist.is_empty());
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
