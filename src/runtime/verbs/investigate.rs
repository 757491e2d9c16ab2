//! `analyze`: one investigation without a console; nothing is saved.

use std::io::Write;
use std::ops::ControlFlow;
use std::time::Instant;

use crate::analyst::{self, Knowledge, Request};
use crate::cli::Analyze;
use crate::domain::{Report, Step};
use crate::export;
use crate::fault::Fault;
use crate::runtime::beside::THREADS;
use crate::runtime::config::Config;
use crate::runtime::places::Places;
use crate::runtime::{files, gather, knowledge};

use super::print;

/// Runs the verb.
///
/// # Errors
/// An input can't be read, or standard output can't be written.
pub fn analyze(args: &Analyze, out: &mut dyn Write) -> Result<u8, Fault> {
    let inputs = files::read_inputs(&args.files)?;
    let config = Config::load(Places::from_environment()?)?.in_language(args.lang.as_deref());
    let knowledge = knowledge::load_with_policy(&config, args.policy.as_deref())?;
    if args.engine != "embedded" {
        return super::models::analyze(args, inputs, (&config, &knowledge), out);
    }
    let request = Request { title: args.title.clone(), service: args.service.clone(), session: None };
    let mut failed = None;
    let report = investigate(inputs, &request, &knowledge, &mut |step| {
        if !args.trail {
            return ControlFlow::Continue(());
        }
        match step_line(step).and_then(|line| print(out, &line)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(fault) => {
                failed = Some(fault);
                ControlFlow::Break(())
            }
        }
    });
    if let Some(fault) = failed {
        return Err(fault);
    }
    let Some(report) = report else { return Ok(0) };
    if args.json {
        print(out, &json(&report)?)?;
    } else if !args.trail {
        print(out, &export::markdown::report(&report, &[]))?;
    }
    Ok(0)
}

/// Cleans, masks, reads and investigates; measures the engine's time.
pub fn investigate(
    inputs: Vec<files::Raw>,
    request: &Request,
    knowledge: &Knowledge,
    on_step: &mut dyn FnMut(&Step) -> ControlFlow<()>,
) -> Option<Report> {
    let began = Instant::now();
    let gathered = gather::gather(inputs);
    let mut report = analyst::investigate_with(&gathered.evidence, request, (knowledge, THREADS), &[], on_step)?;
    let mut admitted: Vec<_> = gathered.admitted.into_iter().flatten().collect();
    knowledge.language.iter().for_each(|l| l.say_notices(&mut admitted));
    report.notices.splice(0..0, admitted);
    report.engine.ms = began.elapsed().as_millis() as u64;
    Some(report)
}

pub(super) fn step_line(step: &Step) -> Result<String, Fault> {
    serde_json::to_string(step).map(|s| s + "\n").map_err(unwritable)
}

pub(super) fn json(report: &Report) -> Result<String, Fault> {
    serde_json::to_string_pretty(report).map(|s| s + "\n").map_err(unwritable)
}

fn unwritable(e: serde_json::Error) -> Fault {
    Fault::environment(format!("the report can't be written as JSON: {e}"), "this is a defect: please report it")
}
