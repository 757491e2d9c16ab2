//! Doubled lines: the same event twice, or one line inside another's wrapper.
//!
//! Two lines of the same words are the same event where one wraps the other, where their stamps are
//! equal to the millisecond, or where the whole source is doubled. Equal lines of the same second
//! may be two events: they are counted and left alone.

use std::collections::HashMap;

use crate::domain::{Level, Line, Notice, NoticeKind, Stamp};

use super::{Exhibit, counted, notice};

/// What two lines must share to be the same event.
type Event<'a> = (Option<&'a str>, Option<Level>, &'a str);

/// How far apart the stamps of one event's two lines may be, in seconds.
const TWIN: f64 = 0.005;
/// The same where one line wraps the other: the wrapper is stamped when it is sent.
const WRAPPED: f64 = 2.0;

/// Sets `duplicate_of` and says how many lines have it.
pub(super) fn mark(exhibit: Exhibit<'_>, lines: &mut [Line]) -> Vec<Notice> {
    let (found, repeated) = find(exhibit, lines);
    let mut notices = Vec::new();
    if !found.is_empty() {
        let events = exhibit.logs().flatten().filter(|i| lines.get(*i).is_some_and(is_event)).count();
        let what = format!(
            "{} {} another line's event again (a copy, or a line inside a wrapper): {events} lines are {}.",
            counted(found.len(), "line"),
            if found.len() == 1 { "says" } else { "say" },
            counted(events - found.len().min(events), "event"),
        );
        notices.push(notice(NoticeKind::DuplicateLines, found.len(), what));
    }
    if repeated > 0 {
        let what = format!(
            "{} another word for word within the same second; counted as {}.",
            if repeated == 1 { "1 line repeats".to_owned() } else { format!("{repeated} lines repeat") },
            if repeated == 1 { "an event of its own" } else { "events of their own" },
        );
        notices.push(notice(NoticeKind::DuplicateLines, repeated, what));
    }
    for (index, first) in found {
        if let Some(line) = lines.get_mut(index) {
            line.duplicate_of = Some(first);
        }
    }
    notices
}

fn is_event(line: &Line) -> bool {
    line.stamp.is_some() || line.level.is_some()
}

/// The doubled lines with the line each repeats, and how many equal lines were left alone.
fn find(exhibit: Exhibit<'_>, lines: &[Line]) -> (Vec<(usize, u32)>, usize) {
    let mut by_event: HashMap<Event<'_>, Vec<usize>> = HashMap::new();
    let mut events = 0usize;
    for index in exhibit.logs().flatten() {
        let Some(line) = lines.get(index).filter(|l| is_event(l)) else { continue };
        let message = exhibit.message(index, line);
        if message.len() >= 8 {
            events += 1;
            by_event.entry((line.service.as_deref(), line.level, message)).or_default().push(index);
        }
    }
    let pairs: usize = by_event.values().filter(|v| v.len() == 2).map(Vec::len).sum();
    let all_doubled = events >= 4 && pairs * 10 >= events * 9;
    let wraps = |i: usize| exhibit.heads.get(i).is_some_and(|h| h.outer_level.is_some());
    let shape = |i: usize| exhibit.heads.get(i).map(|h| h.shape);
    let whole = |l: &Line| exhibit.text.get(l.range()).map(str::trim);
    let (mut found, mut repeated) = (Vec::new(), 0);
    for indices in by_event.into_values().filter(|v| v.len() > 1) {
        let mut firsts: Vec<usize> = Vec::new();
        for index in indices {
            let Some(line) = lines.get(index) else { continue };
            let twin = firsts.iter().rev().take(8).find(|first| {
                let Some(first_line) = lines.get(**first) else { return false };
                let one_wraps = wraps(**first) || wraps(index);
                // the same words with another id or number beside them are of another request
                let alike = one_wraps || shape(**first) != shape(index) || whole(first_line) == whole(line);
                alike && same_event(first_line.stamp, line.stamp, one_wraps, all_doubled)
            });
            match twin.and_then(|first| lines.get(*first)) {
                Some(first) => found.push((index, first.no)),
                None => {
                    let equal = firsts.last().and_then(|f| lines.get(*f)).is_some_and(|f| f.stamp == line.stamp);
                    repeated += usize::from(equal && line.stamp.is_some());
                    firsts.push(index);
                }
            }
        }
    }
    found.sort_unstable();
    (found, repeated)
}

fn same_event(first: Option<Stamp>, second: Option<Stamp>, one_wraps: bool, all_doubled: bool) -> bool {
    let (Some(first), Some(second)) = (first, second) else {
        return one_wraps || (first.is_none() && second.is_none() && all_doubled);
    };
    let apart = second.seconds_since(&first).map(f64::abs);
    match apart {
        Some(apart) if one_wraps => apart <= WRAPPED,
        Some(apart) if all_doubled => apart <= TWIN,
        Some(apart) => apart == 0.0 && has_fraction(first),
        None => one_wraps,
    }
}

/// True for stamps finer than a second: two equal ones are hardly two events.
fn has_fraction(stamp: Stamp) -> bool {
    chrono::Timelike::nanosecond(&stamp.time()) > 0
}

/// Lines that carry a wrapper's level beside their own.
pub(super) fn nested(exhibit: Exhibit<'_>, lines: &[Line]) -> Option<Notice> {
    let mut count = 0;
    let mut example = None;
    for index in exhibit.logs().flatten() {
        let (Some(line), Some(head)) = (lines.get(index), exhibit.heads.get(index)) else { continue };
        if let (Some(inner), Some(outer)) = (line.level, head.outer_level)
            && inner != outer
        {
            count += 1;
            example = example.or(Some((line.no, outer, inner)));
        }
    }
    let (no, outer, inner) = example?;
    let what = format!(
        "{} a wrapper's level beside its own, and the inner one counts: line {no} says {} around {}.",
        if count == 1 { "1 line carries".to_owned() } else { format!("{count} lines carry") },
        outer.name(),
        inner.name(),
    );
    Some(notice(NoticeKind::NestedLevel, count, what))
}

#[cfg(test)]
mod tests {
    use crate::domain::{Origin, Source, SourceId};
    use crate::intake::read;

    fn doubled(text: &str) -> usize {
        let source = Source { id: SourceId(0), name: "log".into(), origin: Origin::Paste, text: text.into() };
        read(&source).lines.iter().filter(|l| l.duplicate_of.is_some()).count()
    }

    #[test]
    fn requests_of_one_moment_with_ids_of_their_own_are_no_copies() {
        let line = |id: u32| {
            format!(
                "{{\"timestamp\":\"2026-03-01T10:00:00.125Z\",\"level\":\"WARN\",\"message\":\"request refused\",\"request_id\":\"r{id}\"}}\n"
            )
        };
        assert_eq!(doubled(&(line(1) + &line(2) + &line(3))), 0);
        assert_eq!(doubled(&(line(1) + &line(2) + &line(1))), 1);
    }
}
