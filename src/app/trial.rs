//! A change's dry run, beside its approval: offered where the tool has one, and what its last run said.
//! It claims no dry run that the journal does not hold.

use super::row::{Role, Row};
use crate::session::{Run, RunState, Session};

/// The most lines of a dry run that stand in the dialog.
const LINES: usize = 12;

/// The dry run of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// Its text.
    pub command: String,
    /// What is known of its last run, as rows of role and text; empty where there was none.
    pub said: Vec<(Role, String)>,
}

/// The dry run of a command that changes something, as far as the session knows.
pub fn trial(session: &Session, command: &str) -> Option<Trial> {
    let text = crate::command::dry_run(command)?;
    let run = session.dry_run(command).and_then(|run| session.runs.get(&run)).filter(|r| r.command == text);
    Some(Trial { command: text, said: run.map(said).unwrap_or_default() })
}

fn said(run: &Run) -> Vec<(Role, String)> {
    let no = run.run;
    let place = run.context.kube.as_deref().map(|k| format!(" in {k}")).unwrap_or_default();
    let (role, head) = match (run.state, run.ended, run.status) {
        (RunState::Ended, Some(at), Some(0)) => {
            (Role::Good, format!("run {no} ended with status 0 at {}{place}", at.format("%H:%M:%SZ")))
        }
        (RunState::Ended, Some(at), Some(status)) => {
            (Role::Bad, format!("run {no} FAILED with status {status} at {}{place}", at.format("%H:%M:%SZ")))
        }
        (RunState::Ended, ..) => (Role::Bad, format!("run {no} did not come to its end: {}", run.how)),
        (RunState::Started, ..) => (Role::Warn, format!("run {no} has no recorded end: what it showed is unknown")),
        (RunState::Approved, ..) => (Role::Warn, format!("run {no} was approved and has not started")),
    };
    let lines: Vec<&str> = run.output.lines().collect();
    let left = lines.len().saturating_sub(LINES);
    let mut rows = vec![(role, head)];
    rows.extend(lines.into_iter().take(LINES).map(|l| (Role::Text, l.to_owned())));
    if left > 0 {
        rows.push((Role::Mark, format!("… {left} more in the runs panel")));
    }
    rows
}

/// What the dialog says of it.
pub fn rows(trial: &Trial) -> Vec<Row> {
    let row = |lead: &str, role, text: String| Row::of(Role::Dim, lead.to_owned()).bit(role, text).hang(14);
    let mut rows = Vec::new();
    if trial.said.is_empty() {
        rows.push(row("dry run       ", Role::Warn, "none was made; type `dry` to be asked for it first:".into()));
    } else {
        rows.push(row("dry run       ", Role::Text, "what it showed (type `dry` to be asked for it again):".into()));
    }
    rows.push(row("              ", Role::Strong, format!("$ {}", trial.command)));
    rows.extend(trial.said.iter().map(|(role, text)| row("              ", *role, text.clone())));
    rows
}
