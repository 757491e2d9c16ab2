//! What the stamps allow to be said of order: their span, equal ones, steps back, gaps.

use std::collections::HashMap;

use crate::domain::{Line, Notice, NoticeKind, Stamp};

use super::{Exhibit, counted, lasting, notice};

/// Events this close together were stamped together, in seconds.
const TOGETHER: f64 = 0.010;
/// The least pause that is called a gap, in seconds.
const GAP: f64 = 60.0;
/// How many times the usual pause a gap must be.
const UNUSUAL: f64 = 20.0;

/// The sort of stamp that most lines have.
fn common_sort(lines: &[Line]) -> Option<u8> {
    let mut counts = [0usize; 4];
    for stamp in lines.iter().filter_map(|l| l.stamp) {
        if let Some(count) = counts.get_mut(usize::from(stamp.sort_key().0)) {
            *count += 1;
        }
    }
    counts.iter().enumerate().filter(|(_, n)| **n > 0).max_by_key(|(i, n)| (**n, 3 - i)).map(|(i, _)| i as u8)
}

/// From the first stamp to the last. Stamps without a zone are compared among the logs alone: a note of
/// when the paste was taken may be in another zone, and the difference of two zones is no length of time.
pub(super) fn span(exhibit: Exhibit<'_>, lines: &[Line]) -> Option<Notice> {
    let sort = common_sort(lines)?;
    let of_sort = |l: &Line| l.stamp.filter(|s| s.sort_key().0 == sort);
    let logged: Vec<Stamp> = exhibit.logs().flatten().filter_map(|i| of_sort(lines.get(i)?)).collect();
    let all: Vec<Stamp> = lines.iter().filter_map(of_sort).collect();
    let zoneless = !all.iter().any(|s| matches!(s, Stamp::Exact(_)));
    let kept = if zoneless && logged.len() > 1 { logged } else { all };
    let stamps = || kept.iter().copied();
    let first = stamps().min_by_key(Stamp::sort_key)?;
    let last = stamps().max_by_key(Stamp::sort_key)?;
    let count = lines.iter().filter(|l| l.stamp.is_some()).count();
    let long = last.seconds_since(&first).filter(|s| *s > 0.0);
    let long = long.map_or(String::new(), |s| format!(", {}", lasting(s)));
    let when = if first == last { format!("at {first}") } else { format!("from {first} to {last}") };
    Some(notice(NoticeKind::TimeSpan, count, format!("{} stamped, {when}{long}.", are(count, "line"))))
}

fn are(n: usize, word: &str) -> String {
    format!("{} {}", counted(n, word), if n == 1 { "is" } else { "are" })
}

/// Events that share their stamp: no order can be claimed among them.
pub(super) fn equal(exhibit: Exhibit<'_>, lines: &[Line]) -> Option<Notice> {
    let mut shared: HashMap<Stamp, usize> = HashMap::new();
    for line in exhibit.logs().flatten().filter_map(|i| lines.get(i)) {
        if let (Some(stamp), None) = (line.stamp, line.duplicate_of) {
            *shared.entry(stamp).or_default() += 1;
        }
    }
    let events: usize = shared.values().sum();
    let equal: usize = shared.values().filter(|n| **n > 1).sum();
    let first = shared.keys().min_by_key(|s| s.sort_key())?;
    let last = shared.keys().max_by_key(|s| s.sort_key())?;
    let apart = last.seconds_since(first)?.abs();
    if events >= 3 && apart <= TOGETHER {
        let within = if apart == 0.0 { "with the same stamp".to_owned() } else { format!("within {}", lasting(apart)) };
        let what = format!(
            "All {events} events are stamped {within}, most likely when they were sent: no order can be claimed from their stamps."
        );
        return Some(notice(NoticeKind::EqualStamps, events, what));
    }
    if equal == 0 {
        return None;
    }
    let what = format!("{equal} of {events} events share their stamp with another: no order is claimed among those.");
    Some(notice(NoticeKind::EqualStamps, equal, what))
}

/// Steps back in time and gaps, section by section.
pub(super) fn walk(exhibit: Exhibit<'_>, lines: &[Line]) -> Vec<Notice> {
    let (mut back, mut furthest) = (0usize, (0.0f64, 0u32));
    let mut gaps: Vec<(f64, u32, u32)> = Vec::new();
    for range in exhibit.logs() {
        let stamped: Vec<&Line> =
            lines.get(range).unwrap_or(&[]).iter().filter(|l| l.stamp.is_some() && l.duplicate_of.is_none()).collect();
        let mut pauses: Vec<(f64, u32, u32)> = Vec::new();
        for pair in stamped.windows(2) {
            let [a, b] = pair else { continue };
            let (Some(from), Some(to)) = (a.stamp, b.stamp) else { continue };
            let Some(apart) = to.seconds_since(&from) else { continue };
            if apart < 0.0 {
                back += 1;
                if -apart > furthest.0 {
                    furthest = (-apart, b.no);
                }
            } else {
                pauses.push((apart, a.no, b.no));
            }
        }
        gaps.extend(unusual(pauses));
    }
    let mut found = Vec::new();
    if back > 0 {
        let what = format!(
            "{} stamped earlier than the line before; line {} by {}.",
            are(back, "line"),
            furthest.1,
            lasting(furthest.0)
        );
        found.push(notice(NoticeKind::OutOfOrder, back, what));
    }
    if let Some((apart, from, to)) = gaps.iter().max_by(|a, b| a.0.total_cmp(&b.0)) {
        let what = format!(
            "{} in the log; the longest is {}, between line {from} and line {to}.",
            if gaps.len() == 1 { "1 gap".to_owned() } else { format!("{} gaps", gaps.len()) },
            lasting(*apart)
        );
        found.push(notice(NoticeKind::Gap, gaps.len(), what));
    }
    found
}

/// The pauses that stand out from the usual one.
fn unusual(mut pauses: Vec<(f64, u32, u32)>) -> Vec<(f64, u32, u32)> {
    if pauses.len() < 8 {
        return Vec::new();
    }
    pauses.sort_by(|a, b| a.0.total_cmp(&b.0));
    let usual = pauses.get(pauses.len() / 2).map_or(0.0, |p| p.0);
    let least = (usual * UNUSUAL).max(GAP);
    pauses.into_iter().filter(|p| p.0 > least).collect()
}
