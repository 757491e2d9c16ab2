//! Mitigation: what could be done, with command, risk, rollback and effect. A suggestion until it ran, and
//! done only once its own check passed after that.

use super::checklist::{command_row, label};
use crate::app::desk::Desk;
use crate::app::row::{Places, Role, Row, Subject, claim_rows, outcome_word, quote_row};
use crate::domain::check::Judgement;
use crate::domain::report::TimelineRow;
use crate::domain::{Check, Mitigation};
use crate::session::{Progress, Session};

/// The panel's rows: what is proposed, then what was tried and is not proposed any more.
pub fn rows(session: &Session, desk: &Desk) -> Vec<Row> {
    let mut out = Vec::new();
    let done: &[TimelineRow] = session.report.as_ref().map_or(&[], |r| &r.done);
    if !done.is_empty() {
        out.push(Row::of(Role::Strong, "Noted as done already, and what followed:"));
        for row in done {
            claim_rows(&mut out, &format!("  {} ", row.at.clock()), &row.what, Places::Short, session);
        }
    }
    let before = out.len();
    let proposed: Vec<&Mitigation> = session.report.iter().flat_map(|r| &r.mitigation).collect();
    let tried = session.tried().into_iter().filter(|t| !proposed.iter().any(|m| m.id == t.id));
    for (n, m) in proposed.iter().copied().chain(tried).enumerate() {
        push(&mut out, session, desk, n, m);
    }
    if out.len() == before {
        out.push(Row::of(Role::Dim, "No mitigation is proposed."));
    }
    out
}

fn state(session: &Session, desk: &Desk, m: &Mitigation) -> (Role, String) {
    match session.progress(m) {
        Progress::Suggested => (Role::Dim, "[suggested, not done]".to_owned()),
        Progress::NotStarted(r) | Progress::Unknown(r) if desk.running.contains(&r.run) => {
            (Role::Info, "[RUNNING]".to_owned())
        }
        Progress::NotStarted(_) => (Role::Warn, "[APPROVED, NOT STARTED]".to_owned()),
        Progress::Unknown(_) => (Role::Warn, "[OUTCOME UNKNOWN]".to_owned()),
        Progress::Failed(r) => {
            let status = r.status.map(|s| format!(" with status {s}")).unwrap_or_default();
            (Role::Bad, format!("[NOT DONE: run {} {}{status}]", r.run, r.how))
        }
        Progress::Ran(r) if m.verify.is_some() => {
            (Role::Warn, format!("[run {} exited; whether it worked is not known: run its check]", r.run))
        }
        Progress::Ran(r) => (Role::Warn, format!("[run {} exited; whether it worked is not known]", r.run)),
        Progress::Worked(r, v) => {
            (Role::Good, format!("[DONE: run {}, its check passed at {}]", r.run, v.at.format("%H:%M:%SZ")))
        }
        Progress::DidNotWork(r, v) => {
            (Role::Bad, format!("[run {} did not work: its check failed at {}]", r.run, v.at.format("%H:%M:%SZ")))
        }
    }
}

fn push(out: &mut Vec<Row>, session: &Session, desk: &Desk, n: usize, m: &Mitigation) {
    let from = out.len();
    let (role, said) = state(session, desk, m);
    out.push(Row::of(Role::Strong, format!("{}. {} ", n + 1, m.action)).bit(role, said).hang(4));
    if let Some(command) = &m.command {
        out.push(command_row(session, "    $ ", command));
        let label = label(session, command, m.label);
        out.push(Row::of(Role::Dim, "    label    ").bit(Role::of_label(label), label.name()).hang(6));
    }
    for note in &m.notes {
        out.push(Row::of(Role::Warn, format!("    note     {note}")).hang(6));
    }
    out.push(Row::of(Role::Dim, "    risk     ").bit(Role::Text, m.risk.clone()).hang(6));
    out.push(Row::of(Role::Dim, "    rollback ").bit(Role::Text, m.rollback.clone()).hang(6));
    if let Some(effect) = &m.effect {
        claim_rows(out, "    effect   ", effect, Places::Short, session);
    }
    for row in out.iter_mut().skip(from) {
        row.subject = Subject::Mitigation(m.id.clone());
    }
    if let Some(check) = &m.verify {
        push_check(out, session, m, check);
    }
    // The empty row below belongs to it as well: the end of the list is a place where a key works.
    out.push(Row { subject: Subject::Mitigation(m.id.clone()), ..Row::blank() });
}

/// What tells whether it worked: run like any check, once the mitigation ran.
fn push_check(out: &mut Vec<Row>, session: &Session, m: &Mitigation, check: &Check) {
    let from = out.len();
    out.push(Row::of(Role::Dim, "    then     ").bit(Role::Text, check.what.clone()).hang(6));
    if let Some(command) = &check.command {
        out.push(command_row(session, "      $ ", command));
    }
    out.push(Row::of(Role::Dim, "      expect ").bit(Role::Text, check.expect.clone()).hang(6));
    let judged: Option<&Judgement> = match session.progress(m) {
        Progress::Worked(_, v) | Progress::DidNotWork(_, v) => Some(v.judgement),
        _ => None,
    };
    if let Some(j) = judged {
        let row = Row::of(Role::of_outcome(j.outcome), format!("      {}  ", outcome_word(j.outcome)));
        out.push(row.bit(Role::Text, j.because.clone()).hang(6));
        if let Some(cite) = &j.decided_by {
            out.push(quote_row(6, cite, session));
        }
    }
    for row in out.iter_mut().skip(from) {
        row.subject = Subject::Check(check.id.clone());
    }
}
