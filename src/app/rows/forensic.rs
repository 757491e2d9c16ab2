//! The forensic report: patient zero, trigger, propagation path, blast radius, time to detect.

use crate::app::row::{Places, Role, Row, claim_rows, quote_row};
use crate::session::Session;

/// The panel's rows.
pub fn rows(session: &Session) -> Vec<Row> {
    let Some(report) = &session.report else { return vec![Row::of(Role::Dim, "No report yet.")] };
    let mut out = vec![Row::heading("Patient zero: the first cause in time")];
    match &report.first_cause {
        Some(first) => claim_rows(&mut out, &format!("  {} ", first.at.clock()), &first.what, Places::Quoted, session),
        None => out.push(Row::of(Role::Dim, "  not known")),
    }
    out.push(Row::blank());
    out.push(Row::heading("Trigger"));
    match &report.trigger {
        Some(t) => {
            claim_rows(&mut out, "  ", &t.what, Places::Quoted, session);
            out.push(Row::of(Role::Dim, format!("  confidence {:.2}", t.confidence)));
        }
        None => out.push(Row::of(Role::Dim, "  not known")),
    }
    out.push(Row::blank());
    out.push(Row::heading("Propagation: observed edges only"));
    for p in &report.propagation {
        out.push(
            Row::of(Role::Strong, format!("  {} → {}", p.from, p.to))
                .hang(4)
                .citing(p.observed.citations.first().cloned()),
        );
        claim_rows(&mut out, "    ", &p.observed, Places::Quoted, session);
    }
    if report.propagation.is_empty() {
        out.push(Row::of(Role::Dim, "  no edge was observed"));
    }
    out.push(Row::blank());
    out.push(Row::heading("Blast radius"));
    for b in &report.blast_radius {
        out.push(Row::of(Role::Dim, format!("  {} ", b.kind)).bit(Role::Strong, b.name.clone()).hang(4));
        claim_rows(&mut out, "    ", &b.impact, Places::Quoted, session);
    }
    if report.blast_radius.is_empty() {
        out.push(Row::of(Role::Dim, "  not known"));
    }
    out.push(Row::blank());
    out.push(Row::heading("Time to detect"));
    match &report.time_to_detect {
        Some(t) => {
            out.push(
                Row::of(Role::Strong, format!("  {}", duration(t.seconds)))
                    .bit(Role::Info, format!("  = {}", t.formula))
                    .hang(4),
            );
            out.extend(t.citations.iter().map(|c| quote_row(4, c, session)));
        }
        None => out.push(Row::of(Role::Dim, "  not known")),
    }
    if !report.evidence.is_empty() {
        out.push(Row::blank());
        out.push(Row::heading("Supporting lines"));
        out.extend(report.evidence.iter().map(|c| quote_row(2, c, session)));
    }
    out
}

/// `2 min 5 s`, `45 s`, `1 h 3 min`.
pub fn duration(seconds: f64) -> String {
    let s = seconds.round() as i64;
    match s {
        ..60 => format!("{s} s"),
        60..3600 if s % 60 == 0 => format!("{} min", s / 60),
        60..3600 => format!("{} min {} s", s / 60, s % 60),
        _ => format!("{} h {} min", s / 3600, s % 3600 / 60),
    }
}
