//! The home screen: how to begin, and the saved sessions, newest first.

use crate::app::desk::Desk;
use crate::app::input::{HomeRow, SavedKind};
use crate::app::row::{Role, Row, Subject};
use crate::app::sessions_query::Sort;
use crate::domain::counted;

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
        Row::heading(heading(desk)),
    ];
    for s in &desk.home {
        let day = s.started.map_or_else(|| "date unknown    ".into(), |t| t.format("%Y-%m-%d %H:%MZ").to_string());
        let title = if s.title.is_empty() { "(no title)" } else { &s.title };
        out.push(
            Row::of(Role::Dim, format!("{day}  "))
                .bit(Role::Warn, format!("{:<9} ", s.severity))
                .bit(Role::Strong, title)
                .bit(Role::Info, s.tags.iter().map(|t| format!("  #{t}")).collect::<String>())
                .bit(Role::Dim, end(s))
                .hang(19)
                .about(Subject::Saved(s.id.clone())),
        );
    }
    if desk.home.is_empty() {
        let none = if desk.home_query.is_plain() { "none yet" } else { "none that fits" };
        out.push(Row::of(Role::Dim, none));
    }
    out
}

/// What is listed, how much of it, and in which order.
fn heading(desk: &Desk) -> String {
    let query = &desk.home_query;
    let what = if query.binned { "In the bin" } else { "Saved sessions" };
    let mut text = format!("{what} ({})", desk.home.len());
    if query.binned {
        let (back, erase) = (desk.keys.key_of("restore-session"), desk.keys.key_of("empty-bin"));
        text.push_str(&format!(" · {back} takes one back · {erase} erases them for good"));
    }
    if !query.text.is_empty() {
        text.push_str(&format!(" · found by: {}", query.text));
    }
    if query.sort != Sort::default() {
        text.push_str(&format!(" · by {}", query.sort.name()));
    }
    text
}

/// What stands behind a title: how much it holds, what it is, where the words stand.
fn end(s: &HomeRow) -> String {
    let mut text = match s.kind {
        SavedKind::Session => format!("  {}  {}", counted(s.records, "record"), short_id(&s.id)),
        SavedKind::Imported => {
            format!("  {}  {}  imported: to look at only", counted(s.records, "record"), short_id(&s.id))
        }
        SavedKind::Document => format!("  document  {}", s.id),
    };
    if let Some(found) = &s.found {
        text.push_str(&format!("  ▸ {found}"));
    }
    text
}

/// The end of an id. Ids begin with their time, so those of one day all begin alike; their ends
/// differ, and every verb takes an end.
fn short_id(id: &str) -> &str {
    id.len().checked_sub(8).and_then(|from| id.get(from..)).unwrap_or(id)
}
