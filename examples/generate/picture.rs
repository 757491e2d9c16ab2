//! The README's picture: a bundled incident, investigated by the real analyst, drawn by the real
//! screen into a buffer, and the buffer written as SVG.

use std::fmt::Write as _;
use std::ops::ControlFlow;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use hotwash::analyst::{Knowledge, Request, investigate};
use hotwash::app::desk::Saved;
use hotwash::app::{Desk, Screen};
use hotwash::domain::{Origin, SourceId};
use hotwash::journal::event::{Author, Body, Event, Record};
use hotwash::session::Session;
use hotwash::view::{self, Colours, Look};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// Columns and rows of the picture.
const SIZE: (u16, u16) = (120, 36);
/// A cell, in SVG units.
const CELL: (f64, f64) = (8.4, 18.0);

/// The picture as SVG.
pub fn svg() -> Result<String> {
    let now: DateTime<Utc> = "2026-03-11T14:32:00Z".parse()?;
    let session = session(now)?;
    let mut desk = Desk::new("kim", SIZE, now);
    desk.screen = Screen::Session;
    desk.saved = Saved { seq: session.seq, fault: None };
    let (look, _) = Look::new(Some("dark"), Colours::True, false, &[]);
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1))?;
    terminal.draw(|frame| view::draw(frame, &session, &desk, &look))?;
    Ok(render(terminal.backend().buffer()))
}

/// The session as the console would have it after the first investigation.
fn session(now: DateTime<Utc>) -> Result<Session> {
    let path = "fixtures/incidents/cascading-pool-exhaustion.txt";
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {path}"))?;
    let mut session = Session::default();
    let mut seq = 0;
    let mut note = |session: &mut Session, by: Author, event: Event| {
        seq += 1;
        session.apply(&Record { seq, at: now, by, event });
    };
    let (kim, engine) = (Author::Person("kim".into()), Author::Engine("embedded".into()));
    let id = "01960000-0000-7000-8000-000000000000".to_owned();
    let (title, version) = ("checkout timeouts".to_owned(), String::new());
    note(&mut session, kim.clone(), Event::SessionStarted { id, title: title.clone(), service: None, version });
    let origin = Origin::File { path: path.into() };
    let name = "cascading-pool-exhaustion.txt".to_owned();
    let body = Body::new(text);
    note(&mut session, kim, Event::SourceAdded { source: SourceId(0), name, origin, body, notices: Vec::new() });
    let why = "first evidence".to_owned();
    note(&mut session, engine.clone(), Event::InvestigationStarted { run: 1, engine: "embedded".into(), why });
    let evidence = session.evidence.clone();
    let request = Request { title, service: None, session: None };
    let report = investigate(&evidence, &request, Knowledge::embedded(), &mut |step| {
        note(&mut session, engine.clone(), Event::StepTaken { run: 1, step: step.clone() });
        ControlFlow::Continue(())
    });
    let mut report = report.context("the investigation was stopped")?;
    report.trail.clear();
    note(&mut session, engine, Event::ReportReady { run: 1, report: Box::new(report) });
    Ok(session)
}

fn render(buffer: &Buffer) -> String {
    let (width, height) = (f64::from(SIZE.0) * CELL.0 + 20.0, f64::from(SIZE.1) * CELL.1 + 20.0);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"ui-monospace, \
         'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\">\n<title>Hotwash at 120×36</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"#101216\"/>\n"
    );
    for row in 0..SIZE.1 {
        let mut column = 0;
        while column < SIZE.0 {
            let first = &buffer[(column, row)];
            let mut end = column;
            let mut text = String::new();
            while end < SIZE.0 && alike(&buffer[(end, row)], first) {
                text.push_str(buffer[(end, row)].symbol());
                end += 1;
            }
            run(&mut out, (column, row), end - column, first, &text);
            column = end;
        }
    }
    out.push_str("</svg>\n");
    out
}

fn alike(a: &Cell, b: &Cell) -> bool {
    (a.fg, a.bg, a.modifier) == (b.fg, b.bg, b.modifier)
}

/// One run of cells of one style.
fn run(out: &mut String, at: (u16, u16), cells: u16, style: &Cell, text: &str) {
    let (x, y) = (f64::from(at.0) * CELL.0 + 10.0, f64::from(at.1) * CELL.1 + 10.0);
    let width = f64::from(cells) * CELL.0;
    let reversed = style.modifier.contains(Modifier::REVERSED);
    let (mut fg, mut bg) = (colour(style.fg, "#d6d8dd"), colour(style.bg, ""));
    if reversed {
        (fg, bg) = ("#101216".to_owned(), fg);
    }
    if !bg.is_empty() {
        let _ =
            writeln!(out, "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{}\" fill=\"{bg}\"/>", CELL.1);
    }
    if text.trim().is_empty() {
        return;
    }
    let weight = if style.modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
    let dim = if style.modifier.contains(Modifier::DIM) { " opacity=\"0.6\"" } else { "" };
    let safe = text.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{:.1}\" fill=\"{fg}\"{weight}{dim} textLength=\"{width:.1}\" xml:space=\"preserve\">{safe}</text>",
        y + 13.5
    );
}

fn colour(colour: Color, reset: &str) -> String {
    let named = match colour {
        Color::Rgb(r, g, b) => return format!("#{r:02x}{g:02x}{b:02x}"),
        Color::Black => "#101216",
        Color::Red => "#d2544c",
        Color::Green => "#79a94f",
        Color::Yellow => "#c9a13b",
        Color::Blue => "#5c8fd6",
        Color::Magenta => "#b06fc0",
        Color::Cyan => "#4aa5a8",
        Color::Gray => "#b8bcc4",
        Color::DarkGray => "#7b818c",
        Color::LightRed => "#ef7b72",
        Color::LightGreen => "#a2cf7c",
        Color::LightYellow => "#e8c765",
        Color::LightBlue => "#8cb5ee",
        Color::LightMagenta => "#d19be0",
        Color::LightCyan => "#7fcbcd",
        Color::White => "#f2f3f5",
        _ => reset,
    };
    named.to_owned()
}
