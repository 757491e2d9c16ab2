//! The editor's text as screen rows, kept from key to key: only lines that were changed are wrapped again.

use super::editor::EditorRow;
use super::editor_text::Change;
use super::wrap;

/// The rows of a text at a width.
#[derive(Debug, Clone, Default)]
pub struct Wrapped {
    /// 0 before a width is known: nothing is kept then.
    columns: usize,
    rows: Vec<EditorRow>,
}

impl Wrapped {
    /// The rows of a text at a width.
    pub fn of(lines: &[String], columns: usize) -> Self {
        let columns = columns.max(1);
        Self { columns, rows: rows_of(lines, 0, columns) }
    }

    /// The rows, where they are those of this width.
    pub fn rows(&self, columns: usize) -> Option<&[EditorRow]> {
        (self.columns == columns.max(1)).then_some(self.rows.as_slice())
    }

    /// The rows themselves.
    pub fn into_rows(self) -> Vec<EditorRow> {
        self.rows
    }

    /// Some lines became others: wraps these, and numbers those behind them.
    pub fn changed(&mut self, lines: &[String], change: Change) {
        if self.columns == 0 {
            return;
        }
        let Change { line, old, new } = change;
        let from = self.rows.partition_point(|r| r.line < line);
        let to = self.rows.partition_point(|r| r.line < line + old);
        let rows = rows_of(lines.get(line..line + new).unwrap_or_default(), line, self.columns);
        let behind = from + rows.len();
        self.rows.splice(from..to, rows);
        if old != new {
            for row in self.rows.iter_mut().skip(behind) {
                row.line = (row.line + new).saturating_sub(old);
            }
        }
    }
}

fn rows_of(lines: &[String], first: usize, columns: usize) -> Vec<EditorRow> {
    let rows = |(n, text): (usize, &String)| {
        let line = first + n;
        wrap::wrap(text, columns, 0, usize::MAX).into_iter().map(move |bytes| EditorRow { line, bytes })
    };
    lines.iter().enumerate().flat_map(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::editor_outline::Outline;
    use crate::app::editor_text::Text;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_kept_is_what_a_fresh_look_at_the_text_gives(
            texts in proptest::collection::vec("((# |``` |\\[FILL IN\\] )?[a-c ]{0,30}\n){0,6}[a-c ]{0,30}", 1..8),
            columns in 1usize..20,
        ) {
            let mut text = Text::new("");
            let mut kept = Wrapped::of(text.lines(), columns);
            let mut outline = Outline::of(text.lines());
            for new in texts {
                let Some(change) = text.replace(&new) else { continue };
                kept.changed(text.lines(), change);
                outline.changed(text.lines(), change);
                prop_assert_eq!(&kept.rows, &Wrapped::of(text.lines(), columns).rows);
                prop_assert_eq!(&outline, &Outline::of(text.lines()));
            }
        }
    }
}
