//! The short sections of the report: customer impact, 5 whys, follow-ups.

use crate::app::row::{Places, Role, Row, claim_rows};
use crate::session::Session;

fn none(text: &str) -> Vec<Row> {
    vec![Row::of(Role::Dim, text)]
}

/// Customer impact.
pub fn impact(session: &Session) -> Vec<Row> {
    let mut out = Vec::new();
    for claim in session.report.iter().flat_map(|r| &r.customer_impact) {
        claim_rows(&mut out, "• ", claim, Places::Quoted, session);
    }
    if out.is_empty() { none("Nothing given says how customers were affected: unknown, not none.") } else { out }
}

/// The 5 whys, with the systemic cause and the counter-factual.
pub fn whys(session: &Session) -> Vec<Row> {
    let Some(report) = &session.report else { return none("No report yet.") };
    let mut out = Vec::new();
    for (n, why) in report.whys.iter().enumerate() {
        out.push(Row::of(Role::Strong, format!("{}. {}", n + 1, why.question)).hang(3));
        claim_rows(&mut out, "   ", &why.answer, Places::Quoted, session);
        out.push(Row::blank());
    }
    for (word, claim) in [("Systemic cause", &report.systemic_cause), ("Counter-factual", &report.counterfactual)] {
        out.push(Row::heading(word));
        match claim {
            Some(claim) => claim_rows(&mut out, "   ", claim, Places::Quoted, session),
            None => out.push(Row::of(Role::Dim, "   not known")),
        }
        out.push(Row::blank());
    }
    out
}

/// Follow-ups.
pub fn follow_ups(session: &Session) -> Vec<Row> {
    let rows = session.report.iter().flat_map(|r| &r.follow_ups);
    let out: Vec<Row> = rows
        .map(|f| {
            let role = if f.priority == "P0" { Role::Bad } else { Role::Warn };
            Row::of(role, format!("{:<3} ", f.priority))
                .bit(Role::Text, f.what.clone())
                .bit(Role::Dim, format!("  ({})", f.owner_role))
                .hang(4)
        })
        .collect();
    if out.is_empty() { none("No follow-ups are proposed.") } else { out }
}
