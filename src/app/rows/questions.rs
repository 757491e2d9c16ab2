//! Questions and answers, below the notes: what was asked, what was answered, each claim with its place.

use crate::app::row::{Places, Role, Row, claim_rows};
use crate::app::standing::author_name;
use crate::session::Session;

/// The rows; none where nothing was asked.
pub fn rows(session: &Session) -> Vec<Row> {
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
            out.push(Row::of(Role::Dim, "          … looking").hang(10));
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
