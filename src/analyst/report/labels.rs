//! Rows that tell of nothing by themselves. A name, a commit's number, what is left of a table's row are left out.
//! So are those that only say which step of an incident was reached: `First detected`, `Resolved`. Where another row of
//! the same time and kind tells what that was, it stands for both. That an incident was declared is a thing of its own.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::report::{RowKind, TimelineRow};

static BARE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)^(?:the )?(?:first |initially )?(?:fault|incident|issue|problem|outage|alert)? ?(?:is |was |were )?(?:first )?(?:detected|detection|identified|noticed|repaired|resolved|fixed|mitigated|occurs|occurred|started|began)$",
    )
    .ok()
});

/// Leaves out what only says which step was reached where a row of that time and kind says more; its places go there.
pub fn leave_out(rows: &mut Vec<TimelineRow>) {
    let bare = |r: &TimelineRow| BARE.as_ref().is_some_and(|p| p.is_match(r.what.text.trim().trim_end_matches('.')));
    let says_more = |rows: &[TimelineRow], label: &TimelineRow| {
        rows.iter().position(|r| r.at == label.at && r.kind == label.kind && !bare(r))
    };
    let mut at = 0;
    while let Some(row) = rows.get(at) {
        match says_more(rows, row).filter(|_| bare(row)) {
            Some(stays) => {
                let gone = rows.remove(at);
                let stays = if stays > at { stays - 1 } else { stays };
                if let Some(row) = rows.get_mut(stays) {
                    let new =
                        gone.what.citations.into_iter().filter(|c| !row.what.citations.contains(c)).collect::<Vec<_>>();
                    row.what.citations.extend(new);
                }
            }
            None => at += 1,
        }
    }
}

/// Words that alone tell of a step, or of when the state was taken: that dates an incident of which nothing else does.
const TELL: [&str; 12] = [
    "closed",
    "ended",
    "over",
    "done",
    "started",
    "snapshot",
    "collected",
    "taken",
    "captured",
    "generated",
    "exported",
    "now",
];

/// A note of one word: who wrote the line below it, a commit's number. It tells of nothing.
pub fn is_label(row: &TimelineRow) -> bool {
    let text = row.what.text.trim();
    let word = text.trim_matches(|c: char| !c.is_alphanumeric());
    row.kind == RowKind::Note
        && !text.contains(char::is_whitespace)
        && !TELL.iter().any(|step| word.eq_ignore_ascii_case(step))
}

/// What is left of a table's row behind its time: `;claims-api;3;17;0;20;13.5`. What its figures say is told by
/// what reads tables.
pub fn is_cells(text: &str) -> bool {
    let cells = |by: char| text.split(by).map(str::trim).filter(|c| !c.is_empty()).collect::<Vec<_>>();
    let table = |by: char| {
        let all = cells(by);
        let figures = all.iter().filter(|c| c.trim_end_matches('.').parse::<f64>().is_ok()).count();
        figures >= FIGURES && figures * 3 >= all.len() * 2
    };
    [';', ',', '\t'].into_iter().any(table)
}

/// From so many figures on a text between delimiters is a table's row.
const FIGURES: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Citation, Claim, SourceId};

    fn row(line: u32, at: &str, text: &str, kind: RowKind) -> TimelineRow {
        let place = Citation { source: SourceId(0), start: 0, end: 1, line, quote: text.into() };
        TimelineRow { at: at.parse().unwrap(), service: None, what: Claim::quoted(text, vec![place]), kind }
    }

    #[test]
    fn a_step_is_no_row_beside_what_it_was() {
        let mut rows = vec![
            row(1, "10:14", "First detected", RowKind::Alert),
            row(2, "10:20", "Incident declared", RowKind::Alert),
            row(3, "10:30", "Repaired", RowKind::Recovery),
            row(4, "10:14", "CPU alert of web", RowKind::Alert),
            row(5, "10:30", "Users report errors", RowKind::Alert),
        ];
        leave_out(&mut rows);
        let told: Vec<(&str, usize)> = rows.iter().map(|r| (r.what.text.as_str(), r.what.citations.len())).collect();
        let left = [("Incident declared", 1), ("Repaired", 1), ("CPU alert of web", 2), ("Users report errors", 1)];
        assert_eq!(told, left, "of another time or kind it stays");
    }

    #[test]
    fn a_name_and_the_cells_of_a_table_are_no_rows() {
        let label = |text: &str| is_label(&row(1, "10:14", text, RowKind::Note));
        for text in ["Oksana", "2c61a90", "nodes."] {
            assert!(label(text), "{text}");
        }
        assert!(
            !label("Closed.")
                && !label("Snapshot")
                && !label("Oksana left")
                && !is_label(&row(1, "10:14", "Repaired", RowKind::Recovery))
        );
        for text in [";claims-api;3;17;0;20;13.5;0.15;0;0.23;745", "claims-pg,2,18,0,11,241.", "8 ; 16 ; 0.5"] {
            assert!(is_cells(text), "{text}");
        }
        for text in ["p95 went from 1, 2 to 40 s", "moved 3, 4 and 5 to the new pool", "restarted 1; then 2"] {
            assert!(!is_cells(text), "{text}");
        }
    }
}
