//! Zones that a writer names by a place: `Eastern time`, `hours are Paris time`. Their offset depends on
//! the day, by the rules that the United States (since 2007) and the European Union (since 1996) have.
//! Without a whole day there is no offset.

use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate, Weekday};
use regex::Regex;

/// Which rule a place's summer follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Summer {
    America,
    Europe,
    Never,
}

/// Places, their hours from UTC in winter, and their summer.
const PLACES: [(&str, i32, Summer); 33] = [
    ("eastern", -5, Summer::America),
    ("central", -6, Summer::America),
    ("mountain", -7, Summer::America),
    ("pacific", -8, Summer::America),
    ("new york", -5, Summer::America),
    ("toronto", -5, Summer::America),
    ("chicago", -6, Summer::America),
    ("san francisco", -8, Summer::America),
    ("seattle", -8, Summer::America),
    ("london", 0, Summer::Europe),
    ("uk", 0, Summer::Europe),
    ("lisbon", 0, Summer::Europe),
    ("berlin", 1, Summer::Europe),
    ("german", 1, Summer::Europe),
    ("paris", 1, Summer::Europe),
    ("french", 1, Summer::Europe),
    ("amsterdam", 1, Summer::Europe),
    ("dutch", 1, Summer::Europe),
    ("madrid", 1, Summer::Europe),
    ("rome", 1, Summer::Europe),
    ("vienna", 1, Summer::Europe),
    ("zurich", 1, Summer::Europe),
    ("oslo", 1, Summer::Europe),
    ("norwegian", 1, Summer::Europe),
    ("stockholm", 1, Summer::Europe),
    ("swedish", 1, Summer::Europe),
    ("copenhagen", 1, Summer::Europe),
    ("warsaw", 1, Summer::Europe),
    ("prague", 1, Summer::Europe),
    ("helsinki", 2, Summer::Europe),
    ("tokyo", 9, Summer::Never),
    ("singapore", 8, Summer::Never),
    ("beijing", 8, Summer::Never),
];

static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let names: Vec<&str> = PLACES.iter().map(|(name, ..)| *name).collect();
    let names = names.join("|");
    crate::domain::pattern::compile(&format!(
        r"(?i)\b(?:({names})(?: standard| daylight|['’]s)? time\b|(?:times?|hours?|clock)(?: are| is)?(?: all)?(?: in)?:? (eastern|central|mountain|pacific)\b)"
    ))
    .ok()
});

/// True where the line names a zone by a place.
pub fn names_one(line: &str) -> bool {
    NAMED.as_ref().is_some_and(|r| r.is_match(line))
}

/// The zone that the text names by a place, in hours from UTC on that day.
pub fn zone_named(text: &str, day: NaiveDate) -> Option<i32> {
    let c = NAMED.as_ref()?.captures(text)?;
    let name = c.get(1).or_else(|| c.get(2))?.as_str();
    let (_, winter, summer) = PLACES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name))?;
    Some(winter + i32::from(is_summer(*summer, day)))
}

fn is_summer(rule: Summer, day: NaiveDate) -> bool {
    let sunday = |month: u32, nth: u8| NaiveDate::from_weekday_of_month_opt(day.year(), month, Weekday::Sun, nth);
    let last = |month: u32| sunday(month, 5).or_else(|| sunday(month, 4));
    let (from, to) = match rule {
        Summer::America => (sunday(3, 2), sunday(11, 1)),
        Summer::Europe => (last(3), last(10)),
        Summer::Never => return false,
    };
    matches!((from, to), (Some(from), Some(to)) if from <= day && day < to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_the_offset_of_its_day() {
        let on = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        for (text, day, zone) in [
            ("Eastern time, Wed Oct 8 2025", on(2025, 10, 8), Some(-4)),
            ("(export, times are Pacific / PST)", on(2026, 3, 3), Some(-8)),
            ("hours are Paris time.", on(2026, 2, 18), Some(1)),
            ("at 20:35 (Norwegian time)", on(2026, 7, 19), Some(2)),
            ("clocks in Tokyo time", on(2026, 7, 19), Some(9)),
            ("the eastern half of the hall, and it took time", on(2026, 7, 19), None),
        ] {
            assert_eq!(zone_named(text, day), zone, "{text}");
        }
    }
}
