//! The history over 2,000 saved sessions: how fast they are listed, searched and compared.
//! `cargo bench --bench history`. Prints a table; exits with 1 where a figure is missed.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement stops at what it did not expect, and prints"
)]

use std::fs;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use hotwash::analyst::likeness::Traits;
use hotwash::analyst::{Knowledge, Request, investigate};
use hotwash::app::SessionsQuery;
use hotwash::domain::{Evidence, Origin, Report, Source, SourceId};
use hotwash::journal::event::{Author, Body, Event, NoteKind};
use hotwash::journal::{Chain, Header, Record, format};
use hotwash::runtime::catalog::Catalog;
use hotwash::runtime::store::Store;

const SESSIONS: usize = 2_000;
const TRIES: usize = 15;

fn main() {
    // `cargo test` builds and runs benches as well, and passes no `--bench`.
    if !std::env::args().any(|a| a == "--bench") {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let store = Store::at(home.path());
    let (bytes, report) = make(&store);
    let catalog = Catalog::of(store);
    println!("{SESSIONS} sessions, {} MiB", bytes / 1024 / 1024);
    let began = Instant::now();
    let all = catalog.list(&SessionsQuery::default(), &mut |_, _| {}).unwrap();
    println!("     the cache made from nothing {:>44.0} ms   (no limit)", ms(began.elapsed()));
    assert_eq!(all.len(), SESSIONS);
    let size = fs::metadata(home.path().join(hotwash::runtime::catalog::FILE)).unwrap().len();
    println!("     the cache on disk {:>54} MiB", size / 1024 / 1024);
    let ask = |text: &str| {
        let query = SessionsQuery::parse(text).unwrap();
        let from = Instant::now();
        let found = catalog.list(&query, &mut |_, _| {}).unwrap().len();
        (ms(from.elapsed()), found)
    };
    let mut missed = 0;
    missed += line("list", 100.0, || ask(""));
    missed += line("list, filtered and sorted", 100.0, || ask("sev:1 after:2026-02 sort:title"));
    missed += line("search for what one session says", 100.0, || ask("pelican1234"));
    missed += line("search for what very many say", 100.0, || ask("connection pool"));
    missed += line("search for what none says", 100.0, || ask("nobody-wrote-this"));
    let traits = Traits::of_report(&report);
    missed += line("similar incidents", 200.0, || {
        let from = Instant::now();
        let (found, _) = catalog.alike(&traits, "", 8).unwrap();
        (ms(from.elapsed()), found.len())
    });
    missed += line("the history for an investigation", 200.0, || {
        let from = Instant::now();
        let past = catalog.past().len();
        (ms(from.elapsed()), past)
    });
    std::process::exit(i32::from(missed > 0));
}

fn ms(d: Duration) -> f64 {
    d.as_secs_f64() * 1000.0
}

/// Measures a question and prints its line; 1 where its worst is over the limit.
fn line(what: &str, limit: f64, mut ask: impl FnMut() -> (f64, usize)) -> usize {
    let mut times: Vec<(f64, usize)> = (0..TRIES).map(|_| ask()).collect();
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (median, (worst, found)) = (times[TRIES / 2].0, times[TRIES - 1]);
    let fine = worst <= limit;
    let said = if fine { "ok  " } else { "MISS" };
    println!(
        "{said} {what:<38} median {median:>6.1} ms, worst {worst:>6.1} ms, {found:>5} found   (at most {limit} ms)"
    );
    usize::from(!fine)
}

/// Two thousand sessions over our incidents, each with a title, a service, notes and a report; their
/// size together, and one of the reports.
fn make(store: &Store) -> (u64, Report) {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/incidents");
    let mut files: Vec<_> = fs::read_dir(dir).unwrap().flatten().map(|e| e.path()).collect();
    files.sort();
    let incidents: Vec<(String, Report)> = files
        .iter()
        .map(|f| {
            let text = fs::read_to_string(f).unwrap();
            let source = source(&text);
            let evidence = Evidence { readings: vec![hotwash::intake::read(&source)], sources: vec![source] };
            let report = investigate(&evidence, &Request::default(), Knowledge::embedded(), &mut |_| {
                std::ops::ControlFlow::Continue(())
            });
            (text, report.unwrap())
        })
        .collect();
    let begin: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut total = 0;
    for n in 0..SESSIONS {
        let (text, report) = &incidents[n % incidents.len()];
        let at = begin + chrono::Duration::minutes(137 * n as i64);
        let id = format!("{:08x}-{:04x}-7000-8000-{n:012x}", at.timestamp() >> 4, n & 0xffff);
        total += write(store, &id, at, &events(n, &id, text, report));
    }
    (total, incidents[0].1.clone())
}

fn source(text: &str) -> Source {
    Source { id: SourceId(0), name: "paste 1".into(), origin: Origin::Paste, text: text.into() }
}

fn events(n: usize, id: &str, text: &str, report: &Report) -> Vec<Event> {
    let service = format!("{}-svc", ["orders", "billing", "search", "carts", "ledger", "mail", "login"][n % 7]);
    let mut report = report.clone();
    report.trail.clear();
    report.title = format!("{} ({service}, {n})", report.title);
    // About ten pages of log lines beside the incident's own.
    let lines: String = (0..120)
        .map(|i| {
            format!(
                "2026-01-01T00:{:02}:{:02}Z INFO {service} request {} took {} ms\n",
                i / 60,
                i % 60,
                n * 120 + i,
                i % 37
            )
        })
        .collect();
    let note = format!("pelican{n} said: check the connection pool of {service}");
    vec![
        Event::SessionStarted { id: id.into(), title: String::new(), service: Some(service), version: "0.1.0".into() },
        Event::SourceAdded {
            source: SourceId(0),
            name: "paste 1".into(),
            origin: Origin::Paste,
            body: Body::new(format!("{text}{lines}")),
            notices: Vec::new(),
        },
        Event::InvestigationStarted { run: 1, engine: "embedded".into(), why: "first evidence".into() },
        Event::PostmortemDrafted { body: Body::new(report.postmortem.markdown.clone()) },
        Event::ReportReady { run: 1, report: Box::new(report) },
        Event::NoteTaken { kind: NoteKind::Action, text: note },
    ]
}

fn write(store: &Store, id: &str, at: DateTime<Utc>, events: &[Event]) -> u64 {
    let folder = store.sessions_path().join(id);
    fs::create_dir_all(folder.join("blobs")).unwrap();
    let mut chain = Chain::genesis(id);
    let mut bytes = Header::new(id, 1, 0, chain).line().into_bytes();
    for (seq, event) in (1..).zip(events) {
        if let Some(body) = event.body().filter(|b| b.is_blob()) {
            fs::write(folder.join("blobs").join(&body.digest), body.as_str()).unwrap();
        }
        let record = Record { seq, at, by: Author::Program, event: event.clone() };
        chain = format::frame(&chain, &format::payload(&record).unwrap(), &mut bytes);
    }
    fs::write(folder.join("journal-0001.hw"), &bytes).unwrap();
    bytes.len() as u64
}
