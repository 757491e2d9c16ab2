//! Checklist: each check with its command, its expectation, what it settles, and what it showed.

use crate::app::desk::Desk;
use crate::app::row::{Role, Row, Subject, outcome_word, quote_row};
use crate::app::update::runs::classed;
use crate::command::blanks;
use crate::domain::check::{Judgement, Meaning};
use crate::domain::{Check, Label};
use crate::session::{RunState, Session};

/// The panel's rows.
pub fn rows(session: &Session, desk: &Desk) -> Vec<Row> {
    let mut out = Vec::new();
    for (n, check) in session.report.iter().flat_map(|r| &r.checklist).enumerate() {
        push(&mut out, session, desk, n, check);
    }
    for opinion in session.opinions.iter().filter(|o| !o.checklist.is_empty()) {
        out.push(Row::heading(format!("Checks that {} proposes: its own, run like any", opinion.engine.name)));
        for (n, check) in opinion.checklist.iter().enumerate() {
            push(&mut out, session, desk, n, check);
        }
    }
    if out.is_empty() {
        out.push(Row::of(Role::Dim, "No checks yet. They come with the report."));
    }
    out
}

/// The command's row, with its blanks marked.
pub fn command_row(session: &Session, lead: &str, command: &str) -> Row {
    let text = crate::command::fill(command, &session.blanks);
    let mut row = Row::of(Role::Key, lead).hang(6);
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('‹') {
        let Some((name, behind)) = after.split_once('›') else { break };
        row = row.bit(Role::Strong, before).bit(Role::Mark, format!("‹{name}›"));
        rest = behind;
    }
    row.bit(Role::Strong, rest)
}

/// The label that the approval will show: of the exact text, once its blanks are filled.
pub fn label(session: &Session, command: &str, template: Label) -> Label {
    let text = crate::command::fill(command, &session.blanks);
    if blanks(&text).is_empty() { classed(&text, template).0 } else { template }
}

/// What its output showed, each time with the hypotheses that it was read for where others read it otherwise.
fn judged_ways<'a>(session: &'a Session, check: &Check) -> Vec<(String, &'a Judgement)> {
    let whose = |r: &Meaning| r.settles.iter().map(|rank| format!(" #{rank}")).collect::<String>();
    let alone = check.meanings.is_empty().then(|| (String::new(), &check.id));
    let ways = alone.into_iter().chain(check.meanings.iter().map(|r| (format!(" for{}", whose(r)), &r.id)));
    ways.filter_map(|(whose, id)| Some((whose, session.checks.get(id)?))).collect()
}

fn push(out: &mut Vec<Row>, session: &Session, desk: &Desk, n: usize, check: &Check) {
    let name = format!("check:{}", check.id);
    let open = desk.is_open(&name, true);
    let from = out.len();
    let head =
        Row::of(Role::Dim, if open { "▾ " } else { "▸ " }).bit(Role::Strong, format!("{}. {} ", n + 1, check.what));
    let run = session.runs.values().rev().find(|r| r.check.as_deref() == Some(&check.id));
    let judged = session.checks.get(&check.id);
    let head = match (judged, run) {
        (_, Some(r)) if r.state == RunState::Started && desk.running.contains(&r.run) => {
            head.bit(Role::Info, "[RUNNING]")
        }
        (_, Some(r)) if r.state == RunState::Started => head.bit(Role::Warn, "[OUTCOME UNKNOWN]"),
        (_, Some(r)) if r.state == RunState::Approved => head.bit(Role::Warn, "[APPROVED, NOT STARTED]"),
        (Some(_), _) => judged_ways(session, check).into_iter().fold(head, |head, (whose, j)| {
            head.bit(Role::of_outcome(j.outcome), format!("[{}{whose}]", outcome_word(j.outcome)))
        }),
        (None, Some(_)) => head.bit(Role::Warn, "[RAN, NOT JUDGED]"),
        (None, None) => head.bit(Role::Dim, "[not run]"),
    };
    out.push(head.hang(4).folding(name));
    if let Some(command) = &check.command {
        out.push(command_row(session, "    $ ", command));
    } else {
        out.push(Row::of(Role::Dim, "    no command: somebody looks"));
    }
    if open {
        out.push(Row::of(Role::Dim, "    expect ").bit(Role::Text, check.expect.clone()).hang(6));
        // what no command asks has no label: there is nothing to approve
        let mut meta = Row::of(Role::Dim, "    ");
        if let Some(command) = &check.command {
            let label = label(session, command, check.label);
            meta = meta.bit(Role::Dim, "label  ").bit(Role::of_label(label), format!("{}  ", label.name()));
        }
        if !check.settles.is_empty() {
            let ranks: Vec<String> = check.settles.iter().map(|r| format!("#{r}")).collect();
            meta = meta.bit(Role::Dim, format!("settles hypothesis {}", ranks.join(", ")));
        }
        if meta.bits.len() > 1 {
            out.push(meta.hang(6));
        }
        for note in &check.notes {
            out.push(Row::of(Role::Warn, format!("    note   {note}")).hang(6));
        }
        for (whose, j) in judged_ways(session, check) {
            out.push(
                Row::of(Role::of_outcome(j.outcome), format!("    {}{whose}  ", outcome_word(j.outcome)))
                    .bit(Role::Text, j.because.clone())
                    .hang(6),
            );
            if let Some(cite) = &j.decided_by {
                out.push(quote_row(4, cite, session));
            }
        }
    }
    out.push(Row::blank());
    for row in out.iter_mut().skip(from) {
        row.subject = Subject::Check(check.id.clone());
    }
}
