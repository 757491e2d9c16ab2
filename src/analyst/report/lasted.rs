//! How long it lasted, as far as dated rows tell: from the first sign and, where a cause is held with
//! confidence, from that cause, each to a noted recovery or else to the last step that is noted.

use std::cmp::Ordering;

use super::material::{Material, citations};
use super::whys::difference;
use super::wording::{duration, moment};
use crate::domain::report::{FirstCause, RowKind, TimelineRow};
use crate::domain::{Claim, Stamp};

/// Notes of recovery that lie apart by this much tell of two ends, in seconds.
const APART_S: f64 = 300.0;
/// Shorter than this nothing is told of, in seconds.
const SHORTEST_S: f64 = 60.0;
/// A cause that is held with this confidence may have hit customers before anybody noticed.
const HELD: f64 = 0.9;

/// How long it was from the first sign to the first note of recovery, where both are dated: not how long
/// customers were hit, and the nearest to it that is shown. A cause before the sign bounds it from above.
pub fn lasted(m: &Material<'_>, first: Option<&FirstCause>) -> Vec<Claim> {
    let Some((began, sign)) = first_sign(m) else { return Vec::new() };
    let Some(end) = first_end(m, began) else { return to_the_last_step(m, began, sign).into_iter().collect() };
    let Some(seconds) = end.at.seconds_since(began).filter(|s| *s >= SHORTEST_S) else { return Vec::new() };
    let text = format!(
        "How long customers were affected is not stated; from the first sign to the first note of recovery {} passed.",
        duration(seconds)
    );
    let formula = difference(m, began, &end.at, seconds);
    let told = Claim::derived(text, formula, citations([sign, &end.what], 4));
    std::iter::once(told).chain(first.and_then(|first| at_most(m, first, began, end))).collect()
}

/// Counted from the cause: what is hit is hit before anybody notices.
fn at_most(m: &Material<'_>, first: &FirstCause, began: &Stamp, end: &TimelineRow) -> Option<Claim> {
    let held = m.top().is_some_and(|h| h.confidence >= HELD);
    let ahead = began.seconds_since(&first.at).filter(|s| held && *s >= SHORTEST_S);
    ahead?;
    let seconds = end.at.seconds_since(&first.at)?;
    let text = format!("Counted from the first cause to the same note, it was {} at most.", duration(seconds));
    let formula = difference(m, &first.at, &end.at, seconds);
    Some(Claim::derived(text, formula, citations([&first.what, &end.what], 4)))
}

/// Where nobody notes a recovery: how long it was to the last step that somebody took.
fn to_the_last_step(m: &Material<'_>, began: &Stamp, sign: &Claim) -> Option<Claim> {
    if m.rows.iter().any(|r| r.kind == RowKind::Recovery) {
        return None;
    }
    let later = |row: &&TimelineRow| {
        row.kind == RowKind::Action
            && !row.what.citations.is_empty()
            && row.at.seconds_since(began).is_some_and(|s| s >= SHORTEST_S)
    };
    let last = latest(m.rows.iter().filter(later))?;
    let seconds = last.at.seconds_since(began)?;
    let text = format!(
        "From the first sign to the last step that is noted {} passed; when it was over is not stated.",
        duration(seconds)
    );
    let formula = difference(m, began, &last.at, seconds);
    Some(Claim::derived(text, formula, citations([sign, &last.what], 4)))
}

fn latest<'r>(rows: impl Iterator<Item = &'r TimelineRow>) -> Option<&'r TimelineRow> {
    rows.reduce(|best, row| if row.at.order(&best.at) == Some(Ordering::Greater) { row } else { best })
}

/// Where recovery is noted more than once: how long it was to the last note of it.
pub fn until_the_last(m: &Material<'_>) -> Option<Claim> {
    let (began, sign) = first_sign(m)?;
    let first = first_end(m, began)?;
    let later = |row: &&TimelineRow| {
        row.kind == RowKind::Recovery
            && !row.what.citations.is_empty()
            && row.at.seconds_since(&first.at).is_some_and(|s| s >= APART_S)
    };
    let last = latest(m.rows.iter().filter(later))?;
    let seconds = last.at.seconds_since(began)?;
    let text = format!("From the first sign to the last note of recovery {} passed.", duration(seconds));
    let formula = difference(m, began, &last.at, seconds);
    Some(Claim::derived(text, formula, citations([sign, &last.what], 4)))
}

/// When it began or was noticed, whichever stands first.
fn first_sign<'m>(m: &'m Material<'_>) -> Option<&'m (Stamp, Claim)> {
    let signs = m.onset.iter().chain(&m.detected);
    signs.reduce(|a, b| if b.0.order(&a.0) == Some(Ordering::Less) { b } else { a })
}

/// The first note of recovery after it.
fn first_end<'m>(m: &'m Material<'_>, began: &Stamp) -> Option<&'m TimelineRow> {
    let over = |row: &&TimelineRow| {
        row.kind == RowKind::Recovery
            && row.at.order(began) == Some(Ordering::Greater)
            && !row.what.citations.is_empty()
    };
    // what is repaired the minute it is declared was noted down wrongly, or is another thing
    m.rows.iter().filter(over).find(|row| declared_with(m, row).is_none())
}

/// The notice that carries the very time of a recovery.
fn declared_with<'m>(m: &'m Material<'_>, recovery: &TimelineRow) -> Option<&'m TimelineRow> {
    m.rows.iter().find(|r| r.kind == RowKind::Alert && r.at == recovery.at)
}

/// A recovery that is noted for the minute in which the incident was declared, while every step against it is
/// dated later: one of the two is noted wrongly, and a reader is told.
pub fn too_early(m: &Material<'_>) -> Option<String> {
    let (began, _) = first_sign(m)?;
    let end = first_end(m, began)?;
    let steps = || m.rows.iter().filter(|r| r.kind == RowKind::Action);
    let wrong = |row: &&TimelineRow| {
        let before_all = steps().all(|s| s.at.order(&row.at) == Some(Ordering::Greater));
        row.kind == RowKind::Recovery && before_all && end.at.order(&row.at) == Some(Ordering::Greater)
    };
    let row = m.rows.iter().filter(wrong).find(|row| declared_with(m, row).is_some())?;
    let step = steps().next()?;
    let line = |r: &TimelineRow| r.what.citations.first().map(|c| c.line);
    Some(format!(
        "“{}” is noted for {} (L{}), before the first step that is noted (L{}): durations count to {} (L{}).",
        row.what.text.trim_end_matches('.'),
        moment(&row.at),
        line(row)?,
        line(step)?,
        moment(&end.at),
        line(end)?
    ))
}
