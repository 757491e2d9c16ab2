//! The home screen: how to begin, and the saved sessions, newest first.

use crate::app::desk::Desk;
use crate::app::row::{Role, Row, Subject};

/// The screen's rows.
pub fn rows(desk: &Desk) -> Vec<Row> {
    let mut out = vec![
        Row::of(Role::Strong, "Paste what you have: logs, alerts, kubectl output, chat. A session begins with it."),
        Row::of(
            Role::Dim,
            format!(
                "{} adds a file · {} an empty session · {} every key",
                desk.keys.key_of("add-file"),
                desk.keys.key_of("new-session"),
                desk.keys.key_of("help")
            ),
        ),
        Row::blank(),
        Row::heading(format!("Saved sessions ({})", desk.home.len())),
    ];
    for s in &desk.home {
        let day = s.started.map_or_else(|| "date unknown    ".into(), |t| t.format("%Y-%m-%d %H:%MZ").to_string());
        let title = if s.title.is_empty() { "(no title)" } else { &s.title };
        out.push(
            Row::of(Role::Dim, format!("{day}  "))
                .bit(Role::Warn, format!("{:<9} ", s.severity))
                .bit(Role::Strong, title)
                .bit(Role::Dim, format!("  {} records  {}", s.records, short_id(&s.id)))
                .hang(19)
                .about(Subject::Saved(s.id.clone())),
        );
    }
    if desk.home.is_empty() {
        out.push(Row::of(Role::Dim, "none yet"));
    }
    out
}

/// The end of an id. Ids begin with their time, so those of one day all begin alike; their ends
/// differ, and every verb takes an end.
fn short_id(id: &str) -> &str {
    id.len().checked_sub(8).and_then(|from| id.get(from..)).unwrap_or(id)
}
