//! Mitigation: what could be done, with command, risk, rollback and effect. Suggestions, until run.

use super::checklist::{command_row, label};
use crate::app::desk::Desk;
use crate::app::row::{Places, Role, Row, Subject, claim_rows};
use crate::domain::Mitigation;
use crate::session::{RunState, Session};

/// The panel's rows.
pub fn rows(session: &Session, desk: &Desk) -> Vec<Row> {
    let mut out = Vec::new();
    for (n, m) in session.report.iter().flat_map(|r| &r.mitigation).enumerate() {
        push(&mut out, session, desk, n, m);
    }
    if out.is_empty() {
        out.push(Row::of(Role::Dim, "No mitigation is proposed."));
    }
    out
}

fn push(out: &mut Vec<Row>, session: &Session, desk: &Desk, n: usize, m: &Mitigation) {
    let from = out.len();
    let runs: Vec<_> = session.runs.values().filter(|r| r.check.as_deref() == Some(&m.id)).collect();
    let state = match runs.last() {
        None => (Role::Dim, "[suggested, not done]".to_owned()),
        Some(r) if r.state == RunState::Ended => (Role::Info, format!("[run {}: {}]", r.run, r.how)),
        Some(r) if desk.running.contains(&r.run) => (Role::Info, "[RUNNING]".to_owned()),
        Some(_) => (Role::Warn, "[OUTCOME UNKNOWN]".to_owned()),
    };
    out.push(Row::of(Role::Strong, format!("{}. {} ", n + 1, m.action)).bit(state.0, state.1).hang(4));
    if let Some(command) = &m.command {
        out.push(command_row(session, "    $ ", command));
    }
    let label = label(session, m.command.as_deref(), m.label);
    out.push(Row::of(Role::Dim, "    label    ").bit(Role::of_label(label), label.name()).hang(6));
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
    out.push(Row::blank());
}
