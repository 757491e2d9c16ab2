//! Which time a sentence has that states none, and where a new day begins among clock times.

use crate::analyst::Casebook;
use crate::analyst::casebook::{Bearing, Finding};
use crate::analyst::scope::Scope;
use crate::domain::{Evidence, Span, Stamp};
use crate::intake::prose::Row;

/// Where a new day begins in a timeline of clock times: the time falls back by hours from row to row.
pub fn midnights(all: &[Row]) -> Vec<usize> {
    const BACK: f64 = 6.0 * 3600.0;
    let fell = |w: &[Row]| match w {
        [before, r] if matches!((before.at, r.at), (Stamp::Clock(_), Stamp::Clock(_))) => {
            before.at.seconds_since(&r.at).is_some_and(|s| s > BACK).then_some(r.what.start)
        }
        _ => None,
    };
    all.windows(2).filter_map(fell).collect()
}

/// What a written-out object says is dated by the same object: an event with its `first_time` beside it.
pub fn date_by_objects(evidence: &Evidence, scope: &Scope, book: &mut Casebook) {
    for f in book.findings.iter_mut().filter(|f| f.at.is_none() && f.bearing == Bearing::Stated && f.weight > 0.0) {
        let Some(place) = f.claim.citations.first() else { continue };
        let index = (place.line as usize).saturating_sub(1);
        let Some(line) = evidence.readings.get(place.source.0 as usize).and_then(|r| r.lines.get(index)) else {
            continue;
        };
        // only what the object itself says: a sentence of ours about it is not of that time
        let text = evidence.slice(Span::new(place.source, line.range()));
        let said = f.claim.text.trim_matches(['“', '”']);
        let message = text.trim_start().starts_with("\"message\"") && text.replace("\\\"", "\"").contains(said);
        if let Some(block) = scope.block(place.source, index).filter(|_| message) {
            f.at = super::written_stamps::of_object(evidence, line, block);
        }
    }
}

/// Findings of a person's sentence without a time get the time of the row they stand in or, where
/// the sentence has none, stay undated; the strongest gets the time of the cause row.
pub fn date_undated(book: &mut Casebook, at: Stamp, cause: Span) {
    let dated: Vec<(Span, Stamp)> = book
        .moments
        .iter()
        .flat_map(|m| m.what.citations.iter().map(|c| (Span { source: c.source, start: c.start, end: c.end }, m.at)))
        .collect();
    let onset = book.onset.as_ref().map(|(at, _)| *at);
    let noted_later = |t: &Stamp| onset.is_some_and(|o| t.order(&o) == Some(std::cmp::Ordering::Greater));
    let row_of = |f: &Finding| {
        let c = f.claim.citations.first()?;
        dated.iter().find(|(s, _)| s.source == c.source && s.start < c.end && c.start < s.end).map(|(_, t)| *t)
    };
    let began: Vec<(String, String)> =
        book.findings.iter().filter(|f| f.at == Some(at)).map(|f| (f.subject.clone(), f.playbook.clone())).collect();
    for f in book.findings.iter_mut().filter(|f| f.at.is_none()) {
        // what the row that began it says anew, an earlier row did not begin
        let told_later = began.iter().any(|(s, p)| *s == f.subject && *p == f.playbook);
        let too_early = |t: &Stamp| told_later && t.order(&at) == Some(std::cmp::Ordering::Less);
        // what is noted after the first symptom carries the time of the note, not of the fault
        f.at = row_of(f).filter(|t| !noted_later(t) && !too_early(t));
    }
    let any_dated = !began.is_empty();
    // a finding that stands in an early row of its own has that row's time, or none
    let in_row = |f: &Finding| row_of(f).is_some_and(|t| !noted_later(&t));
    if !any_dated
        && let Some(best) = book
            .findings
            .iter_mut()
            .filter(|f| f.claim.citations.iter().all(|c| c.source == cause.source) && !in_row(f))
            .max_by(|a, b| a.weight.total_cmp(&b.weight))
    {
        best.at = Some(at);
    }
}
