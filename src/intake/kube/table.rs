//! Tables as kubectl prints them: columns are told by where the heading's words begin.

use super::lines::Row;
use super::model::Said;

/// A row of a table: the cell of each column.
#[derive(Debug, Clone)]
pub struct Cells<'a> {
    row: Row<'a>,
    columns: Vec<(&'a str, &'a str)>,
}

impl<'a> Cells<'a> {
    /// The cell of a column; none where it is empty or `<none>`.
    pub fn said(&self, column: &str) -> Option<Said> {
        let cell = self.raw(column)?;
        (!cell.is_empty() && cell != "<none>" && cell != "<unset>")
            .then(|| Said { text: cell.to_owned(), at: self.row.span_of(cell) })
    }

    /// The cell of a column as it stands; none where there is no such column.
    pub fn raw(&self, column: &str) -> Option<&'a str> {
        self.columns.iter().find(|(name, _)| *name == column).map(|(_, cell)| *cell)
    }

    /// The cell's text.
    pub fn text(&self, column: &str) -> Option<String> {
        self.said(column).map(|s| s.text)
    }

    /// The whole row.
    pub fn row(&self) -> Row<'a> {
        self.row
    }

    /// Every column with its cell.
    pub fn all(&self) -> &[(&'a str, &'a str)] {
        &self.columns
    }
}

/// True for a line that can be a table's heading: words in capitals, the first of them one that
/// kubectl begins a listing with.
pub fn is_heading(line: &str) -> bool {
    let known =
        ["NAME", "NAMESPACE", "LAST SEEN", "LASTSEEN", "RESOURCE", "CONTAINER", "POD", "FIRST SEEN", "REVISION"];
    let trimmed = line.trim_end();
    let starts =
        known.iter().any(|k| trimmed.strip_prefix(k).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')));
    let letters = trimmed.chars().filter(|c| c.is_alphabetic());
    starts && trimmed.contains("  ") && letters.clone().all(char::is_uppercase)
}

/// The rows below a heading, up to an empty line or a line that is no row.
pub fn rows_below<'a>(heading: Row<'a>, rows: &[Row<'a>]) -> Vec<Cells<'a>> {
    let columns = columns_of(heading.text);
    rows.iter()
        .take_while(|r| !r.text.trim().is_empty() && !r.text.starts_with([' ', '$', '#']))
        .map(|r| Cells { row: *r, columns: cells(r.text, &columns) })
        .collect()
}

/// Where each column begins, and its name. Names are parted by two blanks or more, or by one where
/// the next word is a known column of its own.
fn columns_of(heading: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut start = None;
    let bytes = heading.as_bytes();
    let mut i = 0;
    while i <= bytes.len() {
        let blank = bytes.get(i).is_none_or(|b| *b == b' ');
        let double = blank && bytes.get(i + 1).is_none_or(|b| *b == b' ');
        match start {
            None if !blank => start = Some(i),
            Some(s) if double => {
                if let Some(name) = heading.get(s..i) {
                    found.push((s, name));
                }
                start = None;
            }
            _ => {}
        }
        i += 1;
    }
    found
}

/// The cells of a row: what begins at or after a column's place and before the next one's. Where a
/// cell is wider than its column, the split follows the blanks instead.
fn cells<'a>(line: &'a str, columns: &[(usize, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let fits = columns.iter().skip(1).all(|(at, _)| {
        let before = at.checked_sub(1).and_then(|b| line.as_bytes().get(b)).copied();
        line.is_char_boundary((*at).min(line.len())) && before.is_none_or(|b| b == b' ')
    });
    if fits {
        let ends = columns.iter().skip(1).map(|(at, _)| *at).chain([usize::MAX]);
        return columns
            .iter()
            .zip(ends)
            .map(|((at, name), end)| {
                let cell = line.get((*at).min(line.len())..end.min(line.len())).unwrap_or("");
                (*name, cell.trim())
            })
            .collect();
    }
    let mut parts = split_wide(line).into_iter();
    columns.iter().map(|(_, name)| (*name, parts.next().unwrap_or(""))).collect()
}

/// Parts that are separated by two blanks or more.
fn split_wide(line: &str) -> Vec<&str> {
    line.split("  ").map(str::trim).filter(|p| !p.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::lines::rows;
    use super::*;
    use crate::domain::SourceId;

    #[test]
    fn cells_stand_below_their_heading() {
        let text = "NAME     READY   STATUS    RESTARTS     AGE   NOMINATED NODE\ncart-0   0/1     Pending   5 (2m ago)   72s   <none>\n\nother";
        let lines = rows(text, SourceId(0));
        assert!(is_heading(lines[0].text));
        assert!(!is_heading("Name:   cart"));
        let cells = rows_below(lines[0], &lines[1..]);
        assert_eq!(cells.len(), 1);
        assert_eq!(cells[0].text("RESTARTS").unwrap(), "5 (2m ago)");
        assert_eq!(cells[0].said("NOMINATED NODE"), None);
        let at = cells[0].said("STATUS").unwrap().at;
        assert_eq!(&text[at.start..at.end], "Pending");
    }
}
