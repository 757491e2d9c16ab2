//! The catch-up card: what somebody who joins late needs first. What is known, what was tried, what is
//! running, what is open, what is to be decided next. It quotes the session and adds nothing.

use crate::app::row::{Places, Role, Row, claim_rows};
use crate::app::standing::{author_name, hypotheses};
use crate::domain::counted;
use crate::domain::{Outcome, Verdict};
use crate::journal::event::NoteKind;
use crate::session::{RunState, Session};

/// Things of one kind on the card; the panels have the rest.
const MOST: usize = 4;

/// The card.
pub fn rows(session: &Session) -> Vec<Row> {
    let mut out = Vec::new();
    known(session, &mut out);
    tried(session, &mut out);
    running(session, &mut out);
    open_questions(session, &mut out);
    next(session, &mut out);
    out
}

fn head(out: &mut Vec<Row>, title: &str) {
    if !out.is_empty() {
        out.push(Row::blank());
    }
    out.push(Row::heading(title.to_owned()));
}

fn nothing(out: &mut Vec<Row>, from: usize, what: &str) {
    if out.len() == from {
        out.push(Row::of(Role::Dim, format!("  {what}")));
    }
}

fn known(session: &Session, out: &mut Vec<Row>) {
    head(out, "What is known");
    let from = out.len();
    if let Some(report) = &session.report {
        let level = report.severity.level.map_or("UNDECIDED", |l| l.name());
        out.push(Row::of(Role::Dim, "  severity ").bit(Role::of_severity(report.severity.level), level));
        claim_rows(out, "  ", &report.summary, Places::Quoted, session);
    }
    for h in hypotheses(session).into_iter().filter(|h| h.verdict != Verdict::RuledOut).take(2) {
        let sure = h.engine.map(|e| format!(" {:.2}", e.confidence)).unwrap_or_default();
        let text = format!("  {}. {}{sure} [{}] {}", h.rank, h.subject, h.verdict.name(), h.statement);
        out.push(Row::of(Role::Text, text).hang(5));
    }
    for note in session.notes.iter().filter(|n| n.kind == NoteKind::Decision).rev().take(MOST) {
        let text = format!("  {} decided: {}", author_name(&note.by), note.text);
        out.push(Row::of(Role::Decision, text).hang(4));
    }
    nothing(out, from, "nothing yet");
}

fn tried(session: &Session, out: &mut Vec<Row>) {
    head(out, "What was tried");
    let from = out.len();
    let ended = session.runs.values().filter(|r| r.state == RunState::Ended);
    for run in ended.rev().take(MOST) {
        let how = match &run.judgement {
            Some(j) => format!("{}: {}", outcome(j.outcome), j.because),
            None => run.status.map_or(run.how.clone(), |s| format!("exit {s}")),
        };
        out.push(Row::of(Role::Text, format!("  {} — {how}", run.command)).hang(4));
    }
    for h in hypotheses(session).into_iter().filter(|h| h.verdict == Verdict::RuledOut).take(MOST) {
        out.push(Row::of(Role::Dim, format!("  ruled out: {} {}", h.subject, h.because.join("; "))).hang(4));
    }
    nothing(out, from, "no command was run");
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Fail => "fail",
        Outcome::Unclear => "unclear",
        Outcome::Unknown => "outcome unknown",
    }
}

fn running(session: &Session, out: &mut Vec<Row>) {
    head(out, "What is running");
    let from = out.len();
    for i in session.investigations.last().filter(|i| i.ended.is_none()).into_iter() {
        out.push(Row::of(
            Role::Info,
            format!("  an investigation ({}), {} so far", i.why, counted(i.steps.len(), "step")),
        ));
    }
    for run in session.runs.values().filter(|r| r.state == RunState::Started).take(MOST) {
        let since = run.started.map(|t| t.format(" since %H:%M:%SZ").to_string()).unwrap_or_default();
        out.push(Row::of(Role::Info, format!("  {}{since}, by {}", run.command, author_name(&run.by))).hang(4));
    }
    nothing(out, from, "nothing");
}

fn open_questions(session: &Session, out: &mut Vec<Row>) {
    head(out, "Open questions");
    let from = out.len();
    for note in session.notes.iter().filter(|n| n.kind == NoteKind::Question).rev().take(MOST) {
        out.push(Row::of(Role::Warn, format!("  {} asks: {}", author_name(&note.by), note.text)).hang(4));
    }
    if let Some(report) = &session.report {
        for unknown in report.severity.unknown.iter().take(MOST) {
            out.push(Row::of(Role::Warn, format!("  for the severity: {unknown}")).hang(4));
        }
    }
    nothing(out, from, "none was written down");
}

fn next(session: &Session, out: &mut Vec<Row>) {
    head(out, "What is to be decided next");
    let from = out.len();
    for check in session.proposed.iter().rev().take(MOST) {
        out.push(Row::of(Role::Decision, format!("  {} proposes: {}", author_name(&check.by), check.text)).hang(4));
    }
    let checks = session.report.iter().flat_map(|r| &r.checklist);
    for check in checks.filter(|c| !session.checks.contains_key(&c.id)).take(1) {
        out.push(Row::of(Role::Text, format!("  the next check: {}", check.what)).hang(4));
    }
    nothing(out, from, "nothing is proposed");
}
