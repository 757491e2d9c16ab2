//! The postmortem as it stands, to be read. While it is edited the editor draws instead.

use crate::app::editor::FILL_IN;
use crate::app::row::{Role, Row};
use crate::session::Session;

/// The panel's rows.
pub fn rows(session: &Session) -> Vec<Row> {
    let text = &session.postmortem.text;
    if text.is_empty() {
        return vec![Row::of(Role::Dim, "No postmortem yet. It is drafted from the report.")];
    }
    text.split('\n').map(line_row).collect()
}

/// A line of Markdown with its marks in roles.
pub fn line_row(line: &str) -> Row {
    if line.starts_with('#') {
        return Row::heading(line);
    }
    let role = if line.starts_with('>') { Role::Quote } else { Role::Text };
    let hang = line.len() - line.trim_start_matches([' ', '-', '*', '>']).len();
    let mut row = Row::default().hang(hang.min(8) as u16);
    let mut rest = line;
    while let Some(at) = rest.find(FILL_IN) {
        let end = rest.get(at..).and_then(|t| t.find(']')).map_or(rest.len(), |n| at + n + 1);
        row = row.bit(role, rest.get(..at).unwrap_or("")).bit(Role::Mark, rest.get(at..end).unwrap_or(""));
        rest = rest.get(end..).unwrap_or("");
    }
    row.bit(role, rest)
}
