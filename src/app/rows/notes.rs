//! Notes: the scribe's lines, oldest first, with who and when.

use crate::app::desk::Desk;
use crate::app::row::{Role, Row};
use crate::app::standing::author_name;
use crate::journal::event::NoteKind;
use crate::session::Session;

/// The word for a note's kind.
pub fn kind_word(kind: NoteKind) -> &'static str {
    match kind {
        NoteKind::Decision => "DECISION",
        NoteKind::Action => "ACTION",
        NoteKind::Question => "QUESTION",
        NoteKind::Note => "NOTE",
        NoteKind::Role => "ROLE",
    }
}

/// The panel's rows.
pub fn rows(session: &Session, desk: &Desk) -> Vec<Row> {
    let mut out: Vec<Row> = session
        .notes
        .iter()
        .map(|n| {
            let role = match n.kind {
                NoteKind::Decision => Role::Decision,
                NoteKind::Action => Role::ToolCall,
                NoteKind::Question => Role::Warn,
                NoteKind::Role => Role::Info,
                NoteKind::Note => Role::Text,
            };
            Row::of(Role::Dim, n.at.format("%H:%M:%SZ ").to_string())
                .bit(role, format!("{:<9}", kind_word(n.kind)))
                .bit(Role::Text, n.text.clone())
                .bit(Role::Dim, format!("  — {}", author_name(&n.by)))
                .hang(19)
        })
        .collect();
    out.extend(session.proposed.iter().map(|p| {
        Row::of(Role::Dim, p.at.format("%H:%M:%SZ ").to_string())
            .bit(Role::Decision, "PROPOSED ")
            .bit(Role::Text, p.text.clone())
            .bit(Role::Dim, format!("  — {}, a check", author_name(&p.by)))
            .hang(19)
    }));
    out.extend(super::questions::rows(session, desk));
    if out.is_empty() {
        out.push(Row::of(Role::Dim, "No notes yet. m takes a note from anywhere; here d, a, i and r take decisions, actions, questions and roles.").hang(0));
    }
    out.extend(session.exports.iter().map(|e| {
        Row::of(Role::Dim, e.at.format("%H:%M:%SZ ").to_string())
            .bit(Role::Info, "EXPORTED ")
            .bit(Role::Text, format!("{} to {}", e.format, e.to))
            .bit(Role::Dim, format!("  blake3 {}", e.digest.get(..16).unwrap_or(&e.digest)))
            .hang(19)
    }));
    out
}
