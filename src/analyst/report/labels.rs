//! Rows that only say which step of an incident was reached: `First detected`, `Resolved`. Where another row of
//! the same time and kind tells what that was, it stands for both. That an incident was declared is a thing of its own.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::report::TimelineRow;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::report::RowKind;
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
}
