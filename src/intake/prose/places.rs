//! Zones that a writer names by a place (`places.txt`): `Eastern time`, `hours are Paris time`. Their offset
//! depends on the time, by the rules that the United States (since 2007) and the European Union (since 1996) have.

use std::sync::LazyLock;

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, Weekday};
use regex::Regex;

use super::zone::minutes;

/// Which rule a place's summer follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Summer {
    America,
    Europe,
    Never,
}

/// A place whose clocks a writer goes by.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    name: &'static str,
    /// Minutes east of UTC in winter.
    winter: i32,
    summer: Summer,
}

static PLACES: LazyLock<Vec<Place>> = LazyLock::new(|| {
    let place = |line: &'static str| {
        let (winter, rest) = line.split_once(' ')?;
        let (rule, name) = rest.split_once(' ')?;
        let summer = match rule {
            "america" => Summer::America,
            "europe" => Summer::Europe,
            _ => Summer::Never,
        };
        Some(Place { name, winter: minutes(winter)?, summer })
    };
    include_str!("places.txt").lines().filter(|l| !l.starts_with('#')).filter_map(place).collect()
});

/// A place's time as the end of a clause, and a statement of whose the hours are: `the central time server`
/// names no zone.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let mut names: Vec<&str> = PLACES.iter().map(|p| p.name).collect();
    names.sort_by_key(|n| std::cmp::Reverse(n.len()));
    let names = names.join("|");
    crate::domain::pattern::compile(&format!(
        r"(?i)\b(?:({names})(?: standard| daylight| summer|['’]s)? time|(?:times?|hours?|clock)(?: are| is)?(?: all)?(?: in)?:? (eastern|central|mountain|pacific))(?: zone)?\s*(?:[.,;:()/|–—-]|$)"
    ))
    .ok()
});

/// The place by which the line names a zone.
pub(super) fn named(line: &str) -> Option<&'static Place> {
    let c = NAMED.as_ref()?.captures(line)?;
    let name = c.get(1).or_else(|| c.get(2))?.as_str();
    PLACES.iter().find(|p| p.name.eq_ignore_ascii_case(name))
}

impl Place {
    /// Minutes east of UTC at that time of the place; `None` in the hours in which its clocks are changed.
    pub(super) fn minutes(&self, local: NaiveDateTime) -> Option<i32> {
        let year = local.year();
        let sunday = |month: u32, nth: u8| NaiveDate::from_weekday_of_month_opt(year, month, Weekday::Sun, nth);
        let last = |month: u32| sunday(month, 5).or_else(|| sunday(month, 4));
        // the hour of winter's clock at which summer begins, and of summer's at which it ends
        let (from, to, begins, ends) = match self.summer {
            Summer::America => (sunday(3, 2)?, sunday(11, 1)?, 120, 120),
            Summer::Europe => (last(3)?, last(10)?, 60 + self.winter, 120 + self.winter),
            Summer::Never => return Some(self.winter),
        };
        let at = |day: NaiveDate, minutes: i32| day.and_hms_opt(0, 0, 0).map(|t| t + Duration::minutes(minutes.into()));
        let (from, to) = (at(from, begins)?, at(to, ends)?);
        let hour = Duration::hours(1);
        let skipped = from <= local && local < from + hour;
        let twice = to - hour <= local && local < to;
        let summer = from <= local && local < to;
        (!skipped && !twice).then_some(self.winter + if summer { 60 } else { 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_the_offset_of_its_time() {
        let on = |y, m, d, h| NaiveDate::from_ymd_opt(y, m, d).unwrap().and_hms_opt(h, 30, 0).unwrap();
        for (text, at, zone) in [
            ("Eastern time, Wed Oct 8 2025", on(2025, 10, 8, 9), Some(-240)),
            ("(export, times are Pacific / PST)", on(2026, 3, 3, 9), Some(-480)),
            ("hours are Paris time.", on(2026, 2, 18, 9), Some(60)),
            ("All times are in Central European Time.", on(2025, 7, 2, 9), Some(120)),
            ("at 20:35 (Norwegian time)", on(2026, 7, 19, 9), Some(120)),
            ("clocks in Tokyo time", on(2026, 7, 19, 9), Some(540)),
            ("all in Indian Standard Time", on(2026, 7, 19, 9), Some(330)),
            ("Paris time", on(2026, 3, 29, 1), Some(60)),
            ("Paris time", on(2026, 3, 29, 3), Some(120)),
            ("Paris time", on(2026, 10, 25, 2), None),
            ("New York time", on(2026, 11, 1, 1), None),
            ("the eastern half of the hall, and it took time", on(2026, 7, 19, 9), None),
            ("the central time server (ntp-1) drifted", on(2026, 7, 19, 9), None),
            ("For 2 hours central storage was gone", on(2026, 7, 19, 9), None),
        ] {
            assert_eq!(named(text).and_then(|p| p.minutes(at)), zone, "{text}");
        }
    }
}
