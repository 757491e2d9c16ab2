//! The postmortem as it stands, to be read: Markdown in roles, with a bar before what a person wrote.
//! While it is edited the editor draws instead, with the outline and the preview of here beside it.

use std::ops::Range;

use crate::app::desk::Desk;
use crate::app::editor::{Editor, FILL_IN};
use crate::app::row::{Bit, Role, Row};
use crate::session::Session;
use crate::session::pages::Section;

/// What stands before a line that a person wrote.
pub const THEIRS: &str = "▎";
/// What stands before a line that the evidence contradicts by now.
pub const FLAG: &str = "!";
/// A line longer than this is shown without inline marks.
const LONG: usize = 4_000;

/// The panel's rows.
pub fn rows(session: &Session, desk: &Desk) -> Vec<Row> {
    let text = &session.postmortem.text;
    if text.is_empty() {
        return vec![Row::of(Role::Dim, "No postmortem yet. It is drafted from the report.")];
    }
    let mut out = Vec::new();
    for (n, line) in text.split('\n').enumerate() {
        let row = line_row(line);
        if !session.postmortem.edited {
            out.push(row);
            continue;
        }
        let flag = desk.flags.iter().find(|f| f.line == n && f.holds_for(line));
        let lead = match (flag, session.postmortem.is_theirs(line)) {
            (Some(_), _) => Bit { role: Role::Bad, text: format!("{FLAG} ") },
            (None, true) => Bit { role: Role::Info, text: format!("{THEIRS} ") },
            (None, false) => Bit { role: Role::Text, text: "  ".into() },
        };
        let mut row = Row { hang: row.hang + 2, ..row };
        row.bits.insert(0, lead);
        out.push(row);
        if let Some(flag) = flag {
            out.push(
                Row::of(Role::Bad, format!("{FLAG} "))
                    .bit(Role::Warn, format!("the evidence says otherwise: {}", flag.reason))
                    .hang(2),
            );
        }
    }
    out
}

/// The bytes before a line's text: indent, quote marks, and one list mark at most, so that `**bold**`
/// right after it stays a mark of its own.
fn lead(line: &str) -> usize {
    let text = line.trim_start_matches([' ', '>']);
    let number = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = || number.strip_prefix(". ").filter(|_| (1..=3).contains(&(text.len() - number.len())));
    let point = ["- ", "* "].iter().find_map(|mark| text.strip_prefix(mark)).or_else(numbered);
    line.len() - point.map_or(text, |t| t.trim_start_matches(' ')).len()
}

/// A line of Markdown with its marks in roles; the text is as it was written.
pub fn line_row(line: &str) -> Row {
    if line.starts_with('#') {
        return Row::heading(line);
    }
    let role = if line.starts_with('>') { Role::Quote } else { Role::Text };
    let lead = lead(line);
    let mut row = Row::default().hang(lead.min(8) as u16);
    if line.len() > LONG {
        return row.bit(role, line);
    }
    let (head, mut rest) = line.split_at(lead);
    let is_point = head.trim_start().starts_with(['-', '*']) && head.ends_with(' ');
    row = if is_point { row.bit(Role::Key, head) } else { row.bit(role, head) };
    while let Some((before, marked, inside, after)) = next_mark(rest) {
        row = row.bit(role, before).bit(inside, marked);
        rest = after;
    }
    row.bits.retain(|b| !b.text.is_empty());
    row.bit(role, rest)
}

/// The first inline mark: what stands before it, the mark with its text, its role, and the rest.
fn next_mark(text: &str) -> Option<(&str, &str, Role, &str)> {
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.find(['`', '*', '[', '|'])?;
        let rest = text.get(at..)?;
        let (len, role) = if rest.starts_with(FILL_IN) {
            (rest.find(']').map_or(rest.len(), |n| n + 1), Role::Mark)
        } else if rest.starts_with('|') {
            (1, Role::Dim)
        } else if let Some(n) = rest.strip_prefix("**").and_then(|r| r.find("**")).filter(|n| *n > 0) {
            (n + 4, Role::Strong)
        } else if let Some(n) = rest.strip_prefix('`').and_then(|r| r.find('`')) {
            (n + 2, Role::Quote)
        } else if let Some(n) = ["[quoted", "[derived", "[inferred", "[unsupported"]
            .iter()
            .find(|m| rest.starts_with(**m))
            .and_then(|_| rest.find(']'))
        {
            (n + 1, if rest.starts_with("[unsupported") { Role::Unsupported } else { Role::Cite })
        } else {
            from = at + 1;
            continue;
        };
        return Some((text.get(..at)?, rest.get(..len)?, role, rest.get(len..)?));
    }
}

/// The part of a line that one screen row shows, with the roles that it has in the whole line.
pub fn piece(line: &str, bytes: Range<usize>) -> Row {
    if bytes.start == 0 && bytes.end == line.len() || line.len() > LONG {
        return line_row(line.get(bytes).unwrap_or(""));
    }
    let (mut row, mut at) = (Row::default(), 0);
    for bit in line_row(line).bits {
        let (from, to) = (bytes.start.max(at), bytes.end.min(at + bit.text.len()));
        if let Some(text) = (from < to).then(|| bit.text.get(from - at..to - at)).flatten() {
            row = row.bit(bit.role, text);
        }
        at += bit.text.len();
    }
    row
}

/// The sections beside the text that is edited, as many as are in sight; the one that holds the cursor is
/// marked, and is the last of them where they don't all fit.
pub fn outline(editor: &Editor, session: &Session, most: usize) -> Vec<Row> {
    let line = editor.cursor().0;
    let all = editor.sections();
    let here = all.partition_point(|s| s.from <= line).saturating_sub(1);
    let shown = all.iter().enumerate().skip((here + 1).saturating_sub(most)).take(most);
    shown.map(|(n, s)| outline_row(editor, session, s, n == here)).collect()
}

fn outline_row(editor: &Editor, session: &Session, s: &Section, on: bool) -> Row {
    let body = editor.lines().get(s.from..s.to).unwrap_or_default();
    let gaps = editor.fill_ins_in(s.from..s.to);
    let theirs = body.iter().any(|l| session.postmortem.is_theirs(l));
    let title = if s.title.is_empty() { "(begin)" } else { &s.title };
    let mut row =
        Row::of(Role::Cursor, if on { "▸" } else { " " }).bit(Role::Info, if theirs { THEIRS } else { " " }).bit(
            if on { Role::Strong } else { Role::Text },
            format!("{}{title}", " ".repeat(s.depth.saturating_sub(1) * 2)),
        );
    if gaps > 0 {
        row = row.bit(Role::Mark, format!("  {gaps} to fill in"));
    }
    row.hang(4)
}

/// The text as it will be read, from the section that holds the cursor; `most` rows at most.
pub fn preview(editor: &Editor, most: usize) -> Vec<Row> {
    let line = editor.cursor().0;
    let all = editor.sections();
    let from = all.iter().find(|s| (s.from..s.to).contains(&line)).map_or(0, |s| s.from);
    let from = from.max(line.saturating_sub(most * 2 / 3));
    editor.lines().iter().skip(from).take(most).map(|l| read_row(l)).collect()
}

/// A line of Markdown as it is read: its marks are gone, its roles stay.
pub fn read_row(line: &str) -> Row {
    let marked = line_row(line);
    if line.starts_with('#') {
        return Row::heading(line.trim_start_matches('#').trim().to_owned());
    }
    if line.starts_with("| ---") || line.starts_with("|---") {
        return Row::of(Role::Dim, "─".repeat(24));
    }
    let mut row = Row { bits: Vec::new(), ..marked };
    for bit in line_row(line).bits {
        let text = match bit.role {
            Role::Key => bit.text.replacen(['-', '*'], "•", 1),
            Role::Strong => bit.text.trim_matches('*').to_owned(),
            Role::Quote if bit.text.starts_with('`') => bit.text.trim_matches('`').to_owned(),
            Role::Quote => bit.text.trim_start_matches(['>', ' ']).to_owned(),
            Role::Dim if bit.text == "|" => "│".to_owned(),
            _ => bit.text.replace("\\[", "[").replace("\\]", "]").replace("\\|", "|"),
        };
        row.bits.push(Bit { role: bit.role, text });
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrapped_of_a_numbered_line_stands_under_its_text() {
        assert_eq!([lead("1. Why"), lead("  12. x"), lead("2026. x"), lead("- x")], [3, 6, 0, 2]);
    }

    #[test]
    fn marks_have_roles_and_the_text_is_as_it_was_written() {
        for line in ["- **a** `b` [quoted L4] | [FILL IN: x] y", "> q `c`", "a * b [x] `", "", "***", "[FILL IN", "* p"]
        {
            let text: String = line_row(line).text();
            assert_eq!(text, line);
            for cut in 0..=line.len() {
                let both = piece(line, 0..cut).text() + &piece(line, cut..line.len()).text();
                assert_eq!(both, line, "cut at {cut}");
            }
        }
        let roles: Vec<Role> = line_row("- **a** `b` [quoted L4]").bits.iter().map(|b| b.role).collect();
        assert!(roles.contains(&Role::Strong) && roles.contains(&Role::Quote) && roles.contains(&Role::Cite));
    }

    #[test]
    fn a_preview_shows_what_is_read() {
        let text: String = read_row("- **a** `b` \\[x\\]").text();
        assert_eq!(text, "• a b [x]");
    }
}
