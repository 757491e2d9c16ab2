//! Summary: what happened in one claim, and the severity with its policy sheet.

use crate::app::row::{Places, Role, Row, claim_rows};
use crate::domain::report::Conclusion;
use crate::session::Session;

/// The panel's rows.
pub fn rows(session: &Session) -> Vec<Row> {
    let Some(report) = &session.report else {
        return vec![Row::of(Role::Dim, "No report yet.")];
    };
    let mut out = vec![Row::of(Role::Strong, report.title.clone())];
    out.push(match report.outcome {
        Conclusion::Incident => Row::of(Role::Bad, "outcome: incident"),
        Conclusion::NoIncident => Row::of(Role::Good, "outcome: no incident"),
        Conclusion::Inconclusive => Row::of(Role::Warn, "outcome: inconclusive"),
    });
    out.push(Row::blank());
    claim_rows(&mut out, "", &report.summary, Places::Quoted, session);
    out.push(Row::blank());
    let sheet = &report.severity;
    let level = sheet.level.map_or("UNDECIDED", |l| l.name());
    out.push(Row::heading("Severity ").bit(Role::of_severity(sheet.level), level));
    out.push(Row::of(Role::Dim, "policy  ").bit(Role::Text, sheet.policy.clone()));
    out.push(Row::of(Role::Dim, "rule    ").bit(Role::Text, sheet.rule.clone()).hang(8));
    for claim in &sheet.because {
        claim_rows(&mut out, "fact    ", claim, Places::Quoted, session);
    }
    for unknown in &sheet.unknown {
        out.push(Row::of(Role::Dim, "unknown ").bit(Role::Warn, unknown.clone()).hang(8));
    }
    for change in &sheet.would_change {
        out.push(Row::of(Role::Dim, "would change it  ").bit(Role::Text, change.clone()).hang(8));
    }
    out.push(Row::blank());
    let e = &report.engine;
    let model = e.model.as_deref().map(|m| format!(" · model {m}")).unwrap_or_default();
    let prompt = e.prompt_version.as_deref().map(|p| format!(" · prompt {p}")).unwrap_or_default();
    out.push(
        Row::of(
            Role::Dim,
            format!(
                "engine  {}{model}{prompt} · language {} · {} ms · {} tokens in, {} out · ${:.5}",
                e.name, e.language, e.ms, e.tokens_in, e.tokens_out, e.cost_usd
            ),
        )
        .hang(8),
    );
    out
}
