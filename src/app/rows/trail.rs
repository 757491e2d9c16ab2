//! Trail: the steps of every investigation, each openable to its full content and its citations.

use crate::app::desk::Desk;
use crate::app::row::{Role, Row, Subject, quote_row};
use crate::app::update::wanted;
use crate::domain::Step;
use crate::domain::counted;
use crate::session::{Investigation, Session};

/// Characters of a closed step's text that its row shows: two lines of the narrowest screen.
const LONGEST_TOLD: usize = 110;

/// The panel's rows.
pub fn rows(session: &Session, desk: &Desk) -> Vec<Row> {
    let mut out = Vec::new();
    for investigation in &session.investigations {
        if !out.is_empty() {
            out.push(Row::blank());
        }
        out.push(head(investigation, desk));
        for step in &investigation.steps {
            push_step(&mut out, session, desk, investigation.run, step);
        }
        if let Some(model) = desk.model.as_ref().filter(|m| m.run == investigation.run) {
            let tail = model.tail.lines().rev().take(4).collect::<Vec<_>>();
            out.extend(tail.into_iter().rev().map(|l| Row::of(Role::Dim, format!("      {l}")).hang(6)));
            let key = desk.keys.key_of("telemetry");
            out.extend(model.wants.iter().flat_map(|w| wanted::rows(w, &key)));
        }
    }
    if out.is_empty() {
        out.push(Row::of(Role::Dim, "No investigation yet. It begins by itself with the first evidence."));
    }
    out
}

fn head(i: &Investigation, desk: &Desk) -> Row {
    let started = i.started.map(|t| t.format("%H:%M:%SZ").to_string()).unwrap_or_default();
    let (role, state) = match &i.ended {
        Some(how) if how == "finished" => (Role::Good, how.clone()),
        Some(how) => (Role::Warn, how.clone()),
        None if desk.investigating == Some(i.run) || desk.model.as_ref().is_some_and(|m| m.run == i.run) => {
            (Role::Info, "going on".into())
        }
        None => (Role::Warn, "without an end: interrupted".into()),
    };
    Row::of(Role::Heading, format!("▌ Investigation {}", i.run))
        .bit(Role::Dim, format!("  {} · {} · {started} · {} · ", i.engine, i.why, counted(i.steps.len(), "step")))
        .bit(role, state)
        .hang(2)
}

fn push_step(out: &mut Vec<Row>, session: &Session, desk: &Desk, run: u32, step: &Step) {
    let name = format!("step:{run}:{}", step.no);
    let open = desk.is_open(&name, false);
    let role = Role::of_step(step.kind);
    let mut row = Row::of(Role::Dim, format!("{:>3} {} ", step.no, if open { "▾" } else { "▸" }))
        .bit(role, format!("{:<11} ", step.kind.name()))
        .hang(6)
        .about(Subject::Step { run, no: step.no })
        .folding(name);
    if let Some(tool) = &step.tool {
        row = row.bit(role, format!("{tool} "));
    }
    row = row.bit(Role::Text, step.title.clone());
    // a thought or a decision says what it is in its text: ten of one title tell nothing
    if let Some(said) = step.text.lines().next().filter(|_| !open && step.tool.is_none()) {
        let mut told: String = said.chars().take(LONGEST_TOLD).collect();
        if told.len() < said.len() {
            told.push('…');
        }
        let between = if step.title.ends_with('?') { " " } else { ": " };
        row = row.bit(Role::Dim, format!("{between}{told}"));
    }
    if !step.citations.is_empty() {
        row = row.bit(Role::Cite, format!("  [{} cited]", step.citations.len()));
    }
    out.push(row);
    if !open {
        return;
    }
    let pretty = serde_json::from_str::<serde_json::Value>(&step.text)
        .ok()
        .filter(|v| v.is_object() || v.is_array())
        .and_then(|v| serde_json::to_string_pretty(&v).ok());
    for line in pretty.as_deref().unwrap_or(&step.text).lines() {
        out.push(Row::of(Role::Text, format!("      {line}")).hang(6).about(Subject::Step { run, no: step.no }));
    }
    for cite in &step.citations {
        out.push(quote_row(6, cite, session).about(Subject::Step { run, no: step.no }));
    }
}
