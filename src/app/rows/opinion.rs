//! Second opinions: what models came to on the same evidence, beside the embedded engine's, and where
//! the two disagree, what would decide.

use crate::app::desk::Desk;
use crate::app::row::{Places, Role, Row, claim_rows};
use crate::domain::{NoticeKind, Report};
use crate::export::opinions::disagreements;
use crate::session::Session;

use super::hypotheses::bar;

/// The rows of every second opinion; none where no model was asked.
pub fn rows(out: &mut Vec<Row>, session: &Session, desk: &Desk) {
    for report in &session.opinions {
        opinion(out, session, desk, report);
    }
}

fn opinion(out: &mut Vec<Row>, session: &Session, desk: &Desk, report: &Report) {
    let e = &report.engine;
    let model = e.model.as_deref().map(|m| format!(" ({m})")).unwrap_or_default();
    out.push(Row::heading(format!("Second opinion: {}{model}", e.name)));
    let prompt = e.prompt_version.as_deref().unwrap_or("-");
    out.push(
        Row::of(
            Role::Dim,
            format!(
                "prompt {prompt} · {} ms · {} tokens in, {} out · ${:.5}",
                e.ms, e.tokens_in, e.tokens_out, e.cost_usd
            ),
        )
        .hang(2),
    );
    claim_rows(out, "", &report.summary, Places::Quoted, session);
    if let Some(ours) = &session.report {
        for line in disagreements(ours, report) {
            out.push(Row::of(Role::Decision, line).hang(2));
        }
    }
    for h in &report.hypotheses {
        let name = format!("opinion:{}:{}", e.name, h.id);
        let open = desk.is_open(&name, h.rank == 1);
        out.push(
            Row::of(Role::Dim, if open { "▾ " } else { "▸ " })
                .bit(Role::Strong, format!("{}. {} ", h.rank, h.subject))
                .bit(Role::Info, format!("{} ", h.fault_kind.name()))
                .bit(Role::Bar, bar(h.confidence))
                .hang(4)
                .folding(name),
        );
        out.push(Row::of(Role::Text, format!("    {}", h.statement)).hang(4));
        if open {
            h.supporting.iter().for_each(|c| claim_rows(out, "    + ", c, Places::Quoted, session));
            h.against.iter().for_each(|c| claim_rows(out, "    - ", c, Places::Quoted, session));
        }
    }
    let checks: Vec<_> = report.checklist.iter().filter(|c| c.command.is_some()).collect();
    if !checks.is_empty() {
        out.push(Row::of(Role::Strong, "What it would check (run from the checklist, below the others)"));
    }
    for check in checks {
        out.push(Row::of(Role::Text, format!("    {}", check.what)).hang(4));
        let command = check.command.as_deref().unwrap_or("");
        out.push(
            Row::of(Role::Quote, format!("    $ {command} "))
                .bit(Role::of_label(check.label), format!("[{}]", check.label.name()))
                .hang(6),
        );
        for note in &check.notes {
            out.push(Row::of(Role::Warn, format!("      {note}")).hang(6));
        }
    }
    let marks = report.notices.iter().filter(|n| matches!(n.kind, NoticeKind::Other | NoticeKind::InstructionInText));
    for notice in marks {
        out.push(Row::of(Role::Unsupported, format!("  ! {}", notice.what)).hang(4));
    }
    out.push(Row::blank());
}
