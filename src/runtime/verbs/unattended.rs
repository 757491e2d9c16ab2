//! `new` without a terminal: the same session as in the console, investigated and saved, and the
//! report on standard output. A person goes on with it by `open`.

use std::io::Write;
use std::ops::ControlFlow;

use chrono::Utc;

use crate::analyst::{self, Request};
use crate::app::Input;
use crate::cli::New;
use crate::export;
use crate::fault::Fault;
use crate::journal::event::{Author, Body, Event, Record};
use crate::runtime::beside::THREADS;
use crate::runtime::config::Config;
use crate::runtime::identity;
use crate::runtime::persist::{Persist, Urgency};
use crate::runtime::places::Places;
use crate::runtime::store::Store;
use crate::runtime::{files, gather, knowledge, masking};
use crate::session::Session;

use super::print;

/// Makes, investigates and saves a session.
///
/// # Errors
/// An input can't be read, or the session can't be saved.
pub fn new(args: &New, out: &mut dyn Write) -> Result<u8, Fault> {
    let inputs = files::read_inputs(&args.files)?;
    let config = Config::load(Places::from_environment()?)?.in_language(args.lang.as_deref());
    let knowledge = knowledge::load_with_history(&config)?;
    let mut scribe = Scribe::begin(&identity::store(&config).0)?;
    let me = Author::Person(config.name);
    scribe.note(
        &me,
        Event::SessionStarted {
            id: scribe.id.clone(),
            title: masking::plain(&args.title),
            service: args.service.as_deref().map(masking::plain),
            version: env!("CARGO_PKG_VERSION").into(),
        },
    )?;
    let gathered = gather::gather(inputs);
    for (source, notices) in gathered.evidence.sources.iter().zip(gathered.admitted) {
        let body = Body::new(source.text.clone());
        let (name, origin) = (source.name.clone(), source.origin.clone());
        scribe.note(&me, Event::SourceAdded { source: source.id, name, origin, body, notices })?;
    }
    investigate(&mut scribe, knowledge.as_ref())?;
    let (id, text, lost) = scribe.end();
    // A full disk takes nothing from the reader: the report is printed, and then what is missing is said.
    print(out, &text)?;
    if let Some(fault) = lost {
        return Err(fault);
    }
    print(out, &format!("\nSaved as session {id}; go on with it: hotwash open {id}\n"))?;
    Ok(0)
}

fn investigate(scribe: &mut Scribe, knowledge: &analyst::Knowledge) -> Result<(), Fault> {
    let engine = Author::Engine("embedded".into());
    let why = "first evidence".into();
    scribe.note(&engine, Event::InvestigationStarted { run: 1, engine: "embedded".into(), why })?;
    let request = Request {
        title: scribe.session.title.clone(),
        service: scribe.session.service.clone(),
        session: Some(scribe.id.clone()),
    };
    let evidence = scribe.session.evidence.clone();
    let began = std::time::Instant::now();
    let mut failed = None;
    let report = analyst::investigate_with(&evidence, &request, (knowledge, THREADS), &[], &mut |step| match scribe
        .note(&engine, Event::StepTaken { run: 1, step: step.clone() })
    {
        Ok(()) => ControlFlow::Continue(()),
        Err(fault) => {
            failed = Some(fault);
            ControlFlow::Break(())
        }
    });
    if let Some(fault) = failed {
        return Err(fault);
    }
    let Some(mut report) = report else { return Ok(()) };
    report.engine.ms = began.elapsed().as_millis() as u64;
    let mut admitted: Vec<_> = scribe.session.admitted.iter().flatten().cloned().collect();
    knowledge.language.iter().for_each(|l| l.say_notices(&mut admitted));
    report.notices.splice(0..0, admitted);
    report.trail.clear();
    let body = Body::new(report.postmortem.markdown.as_str());
    scribe.note(&engine, Event::ReportReady { run: 1, report: Box::new(report) })?;
    scribe.note(&engine, Event::PostmortemDrafted { body })
}

/// Numbers, folds and saves what happens.
struct Scribe {
    id: String,
    session: Session,
    persist: Persist,
    seq: u64,
}

impl Scribe {
    fn begin(store: &Store) -> Result<Self, Fault> {
        let open = store.create()?;
        let (id, seq) = (open.id.clone(), open.next_seq);
        // Nobody waits for single acknowledgements here: closing waits for all of them.
        let persist = Persist::spawn(open, |_: Input| {})
            .map_err(|e| Fault::environment(format!("no thread for the journal: {}", files::reason(&e)), ""))?;
        Ok(Self { id, session: Session::default(), persist, seq })
    }

    fn note(&mut self, by: &Author, event: Event) -> Result<(), Fault> {
        let record = Record { seq: self.seq, at: Utc::now(), by: by.clone(), event };
        self.seq += 1;
        self.session.apply(&record);
        let urgency = Urgency::of(&record.event);
        self.persist.append(record, urgency)
    }

    /// Closes the journal; the session's id, its report as Markdown, and what could not be saved.
    fn end(self) -> (String, String, Option<Fault>) {
        let lost = self.persist.flush_and_close().lost.map(|(count, fault)| {
            let why = fault.what.trim_start_matches("NOT SAVED: ");
            let hint = "free some space, or set HOTWASH_HOME to another folder, and run it again";
            Fault::environment(format!("NOT SAVED: {count} records: {why}"), hint)
        });
        let page = export::postmortem::current(&self.session, None).unwrap_or_default();
        (self.id, export::markdown::session(&self.session, &page), lost)
    }
}
