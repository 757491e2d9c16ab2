//! The day of a time that its own words do not give: its line's, or that of the one stretch of rows in which it
//! falls. Nothing is guessed where several could be meant.

use crate::domain::report::TimelineRow;
use crate::domain::{SourceId, Stamp};

/// A clock time of a line that another row gives a day is of that day; so is one that falls between the first and
/// the last dated row of one day alone, in the same text.
pub fn on_its_day(row: TimelineRow, rows: &[TimelineRow]) -> TimelineRow {
    let Stamp::Clock(time) = row.at else { return row };
    let place = |r: &TimelineRow| r.what.citations.first().map(|c| (c.source, c.line));
    let Some((source, line)) = place(&row) else { return row };
    let same_line = |r: &&TimelineRow| place(r) == Some((source, line));
    match rows.iter().find(same_line).map(|r| r.at) {
        Some(Stamp::Local(at)) => TimelineRow { at: Stamp::Local(at.date().and_time(time)), ..row },
        Some(_) => row,
        None => match day_around(time, source, rows) {
            Some(day) => TimelineRow { at: Stamp::Local(day.and_time(time)), ..row },
            None => row,
        },
    }
}

/// The one day whose rows, all of them without a zone, stand on both sides of this time.
fn day_around(time: chrono::NaiveTime, source: SourceId, rows: &[TimelineRow]) -> Option<chrono::NaiveDate> {
    let of_source = rows.iter().filter(|r| r.what.citations.first().is_some_and(|c| c.source == source));
    let mut dated = Vec::new();
    for row in of_source {
        match row.at {
            Stamp::Local(at) => dated.push(at),
            // beside a zone, a time without one has no place
            Stamp::Exact(_) => return None,
            Stamp::Yearless(..) | Stamp::Clock(_) => {}
        }
    }
    let mut days: Vec<chrono::NaiveDate> = dated.iter().map(chrono::NaiveDateTime::date).collect();
    days.sort_unstable();
    days.dedup();
    days.retain(|day| {
        let of_day = || dated.iter().filter(|at| at.date() == *day).map(chrono::NaiveDateTime::time);
        of_day().min().is_some_and(|first| first <= time) && of_day().max().is_some_and(|last| time <= last)
    });
    <[chrono::NaiveDate; 1]>::try_from(days).ok().map(|[day]| day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::report::RowKind;
    use crate::domain::{Citation, Claim};

    fn row(line: u32, at: &str) -> TimelineRow {
        let place = Citation { source: SourceId(0), start: 0, end: 1, line, quote: "x".into() };
        let what = Claim::quoted("x", vec![place]);
        TimelineRow { at: at.parse().unwrap(), service: None, what, kind: RowKind::Note }
    }

    #[test]
    fn a_clock_time_is_of_the_day_that_its_line_or_the_rows_around_it_have() {
        let dated = [row(4, "2026-11-15T16:00:00"), row(5, "2026-11-15T16:30:00"), row(1, "2026-11-01T14:49:00")];
        let day = |line, at: &str, rows: &[TimelineRow]| on_its_day(row(line, at), rows).at.to_string();
        assert_eq!(day(4, "13:00", &dated), "2026-11-15T13:00:00", "its line");
        assert_eq!(day(9, "16:25", &dated), "2026-11-15T16:25:00", "the rows around it");
        assert_eq!(day(9, "17:25", &dated), "17:25");
        let two = [dated.as_slice(), &[row(7, "2026-11-16T16:00:00"), row(8, "2026-11-16T17:00:00")]].concat();
        assert_eq!(day(9, "16:25", &two), "16:25", "two days could be meant");
        let zoned = [dated.as_slice(), &[row(7, "2026-11-15T16:10:00Z")]].concat();
        assert_eq!(day(9, "16:25", &zoned), "16:25");
    }
}
