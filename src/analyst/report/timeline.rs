//! The timeline: dated things, each cited, in the order their stamps allow.
//!
//! Rows with equal stamps stand in the order they were read, and nothing is concluded from it. A
//! state that was noted at a time is told as noted, never as having begun then.

use std::cmp::Ordering;

use super::background::{Lead, is_foreign};
use super::wording::sentence;
use crate::analyst::Casebook;
use crate::analyst::casebook::Moment;
use crate::domain::report::{RowKind, TimelineRow};
use crate::domain::{Citation, Claim, Evidence, Hypothesis, Stamp};

/// Rows at most. Above that the rows that carry the story are kept, the repeats are not.
const MOST: usize = 80;

/// The rows, without what the logs say every day.
pub fn timeline(evidence: &Evidence, book: &Casebook, hypotheses: &[Hypothesis]) -> Vec<TimelineRow> {
    let mut rows: Vec<TimelineRow> = Vec::new();
    let lead = Lead::of(evidence, book, hypotheses);
    let tells = |m: &&Moment| !lead.as_ref().is_some_and(|l| l.is_background(evidence, m));
    for moment in book.moments.iter().filter(tells) {
        let service = moment.service.clone();
        let what = super::dated::claim(evidence, book, &moment.at, service.as_deref(), &moment.what);
        push(&mut rows, TimelineRow { at: moment.at, service, what, kind: moment.kind });
    }
    for change in &book.changes {
        let Some(at) = change.at else { continue };
        let what = Claim::quoted(sentence(&change.what), vec![change.citation.clone()]);
        push(&mut rows, TimelineRow { at, service: Some(change.subject.clone()), what, kind: RowKind::Change });
    }
    let onset = book.onset.as_ref().filter(|(_, claim)| !is_foreign(book, hypotheses, claim));
    let told = [(onset, RowKind::Symptom), (book.detected.as_ref(), RowKind::Alert)];
    for ((at, claim), kind) in told.into_iter().filter_map(|(told, kind)| Some((told?, kind))) {
        let what = super::dated::claim(evidence, book, at, None, claim);
        push(&mut rows, TimelineRow { at: *at, service: None, what, kind });
    }
    for row in super::stated::rows(evidence) {
        push(&mut rows, row);
    }
    thin(&mut rows);
    rows.sort_by(|a, b| order(&a.at, &b.at));
    let stamped = |c: &Citation| {
        let at = (c.line as usize).saturating_sub(1);
        let line = evidence.readings.get(c.source.0 as usize).and_then(|r| r.lines.get(at));
        line.is_none_or(|l| l.stamp.is_some())
    };
    unwrapped(rows, &stamped)
}

/// A sentence that its writer broke into lines is one row, with the places of all of them; the row is of
/// the kind that its beginning is of. A line with a time of its own begins anew.
fn unwrapped(rows: Vec<TimelineRow>, stamped: &dyn Fn(&Citation) -> bool) -> Vec<TimelineRow> {
    let mut out: Vec<TimelineRow> = Vec::new();
    for row in rows {
        match out.last_mut().filter(|last| goes_on(last, &row, stamped)) {
            Some(last) => {
                last.what.text = format!("{} {}", last.what.text.trim_end(), row.what.text);
                last.what.citations.extend(row.what.citations);
            }
            None => out.push(row),
        }
    }
    out
}

/// Characters of a row at most that is put together.
const LONGEST: usize = 300;

/// True for a row that ends in the middle of a sentence, and the line below it that goes on in it.
fn goes_on(last: &TimelineRow, row: &TimelineRow, stamped: &dyn Fn(&Citation) -> bool) -> bool {
    let next = last.what.citations.last().zip(row.what.citations.first());
    let open = !last.what.text.trim_end().ends_with(['.', '!', '?', ':', '”', '"']);
    last.at == row.at
        && open
        && row.what.text.starts_with(char::is_lowercase)
        && next.is_some_and(|(a, b)| a.source == b.source && a.line + 1 == b.line && !stamped(b))
        && last.what.support == row.what.support
        && last.what.text.len() + row.what.text.len() < LONGEST
}

/// Adds a row unless the same place already gives one for that time.
fn push(rows: &mut Vec<TimelineRow>, row: TimelineRow) {
    let told = rows.iter().any(|r| {
        same_words(r, &row)
            || r.at == row.at
                && (r.what.text == row.what.text
                    || r.what
                        .citations
                        .first()
                        .zip(row.what.citations.first())
                        .is_some_and(|(a, b)| a.source == b.source && a.start < b.end && b.start < a.end))
    });
    if !told && !row.what.text.trim().is_empty() {
        rows.push(row);
    }
}

/// One place told twice in the same words: its time was read once with a date and once without.
fn same_words(a: &TimelineRow, b: &TimelineRow) -> bool {
    let plain = |t: &str| t.trim_matches(['“', '”', '.', ' ', '"', '|']).to_owned();
    let place = a.what.citations.first().zip(b.what.citations.first());
    plain(&a.what.text) == plain(&b.what.text)
        && place.is_some_and(|(x, y)| x.source == y.source && x.start < y.end && y.start < x.end)
}

/// Keeps what tells most when there are too many rows: changes, causes, alerts, actions and
/// recoveries before symptoms, symptoms before notes, early before late.
fn thin(rows: &mut Vec<TimelineRow>) {
    if rows.len() <= MOST {
        return;
    }
    rows.sort_by(|a, b| weight(a.kind).cmp(&weight(b.kind)).then_with(|| order(&a.at, &b.at)));
    rows.truncate(MOST);
}

fn weight(kind: RowKind) -> u8 {
    match kind {
        RowKind::Change | RowKind::Cause => 0,
        RowKind::Alert | RowKind::Action | RowKind::Recovery => 1,
        RowKind::Symptom => 2,
        RowKind::Note => 3,
    }
}

/// A total order for the table: dated stamps among themselves, clock times among themselves. Between
/// the two no order is known; dated ones stand first and a notice says that zones or dates differ.
pub fn order(a: &Stamp, b: &Stamp) -> Ordering {
    // the key has microseconds, and a stamp may be finer
    a.sort_key().cmp(&b.sort_key()).then_with(|| a.time().cmp(&b.time()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SourceId;

    fn row(line: u32, text: &str) -> TimelineRow {
        let place = Citation { source: SourceId(0), start: 0, end: 1, line, quote: text.into() };
        let at = Stamp::Clock(chrono::NaiveTime::from_hms_opt(13, 0, 0).unwrap_or_default());
        TimelineRow { at, service: None, what: Claim::quoted(text, vec![place]), kind: RowKind::Note }
    }

    #[test]
    fn lines_of_a_log_with_one_stamp_stay_lines() {
        let rows = vec![row(3, "cart-svc waited 2 s"), row(4, "billing-svc failed")];
        assert_eq!(unwrapped(rows, &|_| true).len(), 2);
    }

    #[test]
    fn a_sentence_over_two_lines_is_one_row_and_two_sentences_stay_two() {
        let rows = vec![
            row(3, "Cordoned the host (web-4),"),
            row(4, "although it seemed to be well."),
            row(5, "it was not."),
            row(9, "and later"),
        ];
        let told: Vec<(String, usize)> =
            unwrapped(rows, &|_| false).into_iter().map(|r| (r.what.text, r.what.citations.len())).collect();
        assert_eq!(
            told,
            [
                ("Cordoned the host (web-4), although it seemed to be well.".to_owned(), 2),
                ("it was not.".to_owned(), 1),
                ("and later".to_owned(), 1)
            ]
        );
    }
}
