//! Runs: every approved command, what it put out, how it ended. The newest first.

use super::forensic::duration;
use crate::app::desk::{Desk, Ending};
use crate::app::dialog::command_row;
use crate::app::row::{Role, Row, Subject, outcome_word};
use crate::app::standing::author_name;
use crate::domain::counted;
use crate::session::{Run, RunState, Session};

/// The most lines of a run's output that stand at its head and at its tail.
const SHOWN: usize = 200;
/// The least lines that are shown of one that runs: the newest.
const NEWEST: usize = 8;
/// Rows of the screen that its head, its command and the bars take at the least.
const AROUND: usize = 14;

/// The panel's rows.
pub fn rows(session: &Session, desk: &Desk) -> Vec<Row> {
    let mut out = leave(session);
    let before = out.len();
    for run in session.runs.values().rev() {
        push(&mut out, session, desk, run);
    }
    if out.len() == before {
        out.push(Row::of(
            Role::Dim,
            "Nothing was run. Commands run from the checklist, after approval of their exact text.",
        ));
    }
    out.extend(super::telemetry::rows(desk));
    out
}

/// What may run again without being asked.
fn leave(session: &Session) -> Vec<Row> {
    let mut out = Vec::new();
    if !session.allowed.is_empty() {
        out.push(Row::heading("Allowed for this session, in exactly this text and place".to_owned()));
    }
    for a in &session.allowed {
        let from = out.len();
        out.extend(a.command.split('\n').map(|line| command_row("  $ ", line).hang(4)));
        let kube = a.context.kube.as_deref().map(|k| format!(" · kube {k}")).unwrap_or_default();
        let (by, at) = (author_name(&a.by), a.at.format("%H:%M:%SZ"));
        let text = format!(
            "    allowed by {by} at {at} · {}@{}:{}{kube}",
            a.context.user, a.context.host, a.context.directory
        );
        out.push(Row::of(Role::Dim, text).hang(6));
        out.iter_mut().skip(from).for_each(|row| row.subject = Subject::Leave(a.seq));
    }
    if !out.is_empty() {
        out.push(Row::blank());
    }
    out
}

fn push(out: &mut Vec<Row>, session: &Session, desk: &Desk, run: &Run) {
    let name = format!("run:{}", run.run);
    let first = !out.iter().any(|row| matches!(row.subject, Subject::Run(_)));
    let from = out.len();
    let live = desk.running.contains(&run.run);
    let open = desk.is_open(&name, live || first);
    let (role, state) = state(session, desk, run);
    let mut head = Row::of(Role::Dim, if open { "▾ " } else { "▸ " })
        .bit(Role::Strong, format!("run {} ", run.run))
        .bit(role, format!("[{state}]"))
        .hang(4)
        .folding(name);
    if let Some(j) = &run.judgement {
        head = head.bit(Role::of_outcome(j.outcome), format!(" [{}]", outcome_word(j.outcome)));
    }
    out.push(head);
    out.extend(run.command.split('\n').map(|line| command_row("    $ ", line).hang(6)));
    let at = run.approved.format("%H:%M:%SZ");
    let c = &run.context;
    let kube = c.kube.as_deref().map(|k| format!(" · kube {k}")).unwrap_or_default();
    let cloud = c.cloud.as_deref().map(|k| format!(" · cloud {k}")).unwrap_or_default();
    out.push(
        Row::of(
            Role::Dim,
            format!(
                "    approved by {} at {at} · {}@{}:{}{kube}{cloud}",
                author_name(&run.by),
                c.user,
                c.host,
                c.directory
            ),
        )
        .hang(6),
    );
    if let Some(said) = session.qualified.get(&run.run) {
        if let Some(seq) = said.allowed {
            out.push(
                Row::of(Role::Dim, format!("    not asked again: allowed by record {seq} of this session")).hang(6),
            );
        }
        if let Some(of) = &said.dry_run_of {
            out.push(Row::of(Role::Info, "    a dry run of: ").bit(Role::Text, of.clone()).hang(6));
        }
    }
    if let Some(j) = &run.judgement {
        out.push(
            Row::of(Role::of_outcome(j.outcome), format!("    {} ", outcome_word(j.outcome)))
                .bit(Role::Text, j.because.clone())
                .hang(6),
        );
    }
    if open {
        let newest = usize::from(desk.size.1).saturating_sub(AROUND).max(NEWEST);
        push_output(out, run, live.then(|| Live { newest, flood: desk.flooding.get(&run.run).copied() }));
    }
    for row in out.iter_mut().skip(from) {
        row.subject = Subject::Run(run.run);
    }
    out.push(Row::blank());
}

fn state(session: &Session, desk: &Desk, run: &Run) -> (Role, String) {
    let live = desk.running.contains(&run.run);
    match (run.state, run.started, run.ended) {
        (RunState::Approved, ..) if live => (Role::Info, "starting".into()),
        (RunState::Approved, ..) => (Role::Warn, "approved, never started: interrupted".into()),
        (RunState::Started, Some(from), _) if live => {
            let pid = run.pid.map(|p| format!(", pid {p}")).unwrap_or_default();
            let took = duration((desk.clock(session) - from).num_seconds() as f64);
            match desk.ending.get(&run.run) {
                None => (Role::Info, format!("RUNNING {took}{pid}")),
                Some(Ending::Cancelled) => (Role::Warn, format!("CANCELLED, ending it, {took}{pid}")),
                Some(Ending::Read { cancelled: true }) => (Role::Warn, "cancelled, reading what it wrote".into()),
                Some(Ending::Read { cancelled: false }) => (Role::Info, "ended, reading what it wrote".into()),
            }
        }
        (RunState::Started, ..) => (Role::Warn, "OUTCOME UNKNOWN: started, no end recorded".into()),
        (RunState::Ended, from, to) => {
            let took = from.zip(to).map(|(a, b)| format!(", {:.1} s", (b - a).num_milliseconds() as f64 / 1000.0));
            let status = run.status.map(|s| format!(", status {s}")).unwrap_or_default();
            let role = if run.status == Some(0) { Role::Good } else { Role::Warn };
            (role, format!("{}{status}{}", run.how, took.unwrap_or_default()))
        }
    }
}

/// What is shown of a run that has not ended.
#[derive(Clone, Copy)]
struct Live {
    /// So many of its last lines: what is new is in sight without a key.
    newest: usize,
    /// How many bytes came, where that is more than is kept.
    flood: Option<u64>,
}

fn push_output(out: &mut Vec<Row>, run: &Run, live: Option<Live>) {
    let lines: Vec<&str> = run.output.lines().collect();
    let row = |line: &&str| Row::of(Role::Text, format!("    {line}")).hang(4);
    let mark = |text: String| Row::of(Role::Mark, format!("    … {text} …")).hang(4);
    if let Some(hidden) = live.map(|l| lines.len().saturating_sub(l.newest)).filter(|n| *n > 0) {
        out.push(mark(format!("{} before these stand here when it has ended", counted(hidden, "line"))));
        out.extend(lines.iter().skip(hidden).map(row));
    } else if lines.len() <= SHOWN * 2 {
        out.extend(lines.iter().map(row));
    } else {
        out.extend(lines.iter().take(SHOWN).map(row));
        let hidden = lines.len() - SHOWN * 2;
        out.push(mark(format!("{} not shown here; the whole is in the evidence", counted(hidden, "line"))));
        out.extend(lines.iter().skip(lines.len() - SHOWN).map(row));
    }
    if lines.is_empty() && live.is_none() {
        out.push(Row::of(Role::Dim, "    no output"));
    }
    if let Some(came) = live.and_then(|l| l.flood) {
        let text =
            format!("    {} so far: the first and the last 2 MiB are kept, what is between is counted", size(came));
        out.push(Row::of(Role::Mark, text).hang(4));
    } else if run.dropped > 0 {
        let text = format!("    {} kept, {} counted and not kept", size(run.output.len() as u64), size(run.dropped));
        out.push(Row::of(Role::Mark, text).hang(4));
    }
}

/// A number of bytes as a person reads it.
fn size(bytes: u64) -> String {
    if bytes < 1_000_000 { counted(bytes, "byte") } else { format!("{:.1} MB", bytes as f64 / 1e6) }
}
