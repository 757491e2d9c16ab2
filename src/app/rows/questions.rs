//! Questions and answers, below the notes: what was asked, what was answered, each claim with its place.

use crate::app::desk::Desk;
use crate::app::row::{Places, Role, Row, claim_rows};
use crate::app::standing::author_name;
use crate::app::update::questions::Inquiring;
use crate::session::Session;

/// The rows; none where nothing was asked.
pub fn rows(session: &Session, desk: &Desk) -> Vec<Row> {
    let mut out = Vec::new();
    for asked in &session.questions {
        out.push(
            Row::of(Role::Dim, asked.at.format("%H:%M:%SZ ").to_string())
                .bit(Role::Warn, "ASKED    ")
                .bit(Role::Strong, asked.text.clone())
                .bit(Role::Dim, format!("  — {}", author_name(&asked.by)))
                .hang(19),
        );
        let Some(answer) = &asked.answer else {
            match desk.inquiry.as_ref().filter(|i| i.question == asked.question) {
                Some(inquiry) => coming(&mut out, inquiry),
                None => out.push(Row::of(Role::Dim, "          … looking").hang(10)),
            }
            continue;
        };
        let role = if answer.known { Role::Text } else { Role::Warn };
        out.push(
            Row::of(Role::Dim, answer.at.format("%H:%M:%SZ ").to_string())
                .bit(Role::Info, "ANSWER   ")
                .bit(role, answer.lead.clone())
                .bit(Role::Dim, format!("  — {}", author_name(&answer.by)))
                .hang(19),
        );
        for claim in &answer.claims {
            claim_rows(&mut out, "          · ", claim, Places::Short, session);
        }
    }
    out
}

/// A model's answer while it comes: its words as they are, held against nothing yet.
fn coming(out: &mut Vec<Row>, inquiry: &Inquiring) {
    let said = format!("          … {} answers; not held against the evidence yet", inquiry.engine);
    out.push(Row::of(Role::Dim, said).hang(10));
    let lines = inquiry.said.lines().filter(|l| !l.trim().is_empty());
    out.extend(lines.map(|l| Row::of(Role::Dim, format!("            {l}")).hang(12)));
}
