//! Days as people write them: `9 March 2023`, `March 9th, 2023`, `19.01.2024`. A year that is not written is
//! taken from a day that was told, and never supplied.

use std::ops::Range;
use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};
use regex::Regex;

type Pattern = LazyLock<Option<Regex>>;

fn pattern(text: &str) -> Option<Regex> {
    crate::domain::pattern::compile(text).ok()
}

static ISO: Pattern = LazyLock::new(|| pattern(r"\b(\d{4})-(\d\d)-(\d\d)\b"));
static DOTTED: Pattern = LazyLock::new(|| pattern(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b"));
/// The months as words of their own: `marked 12 nodes` tells of no day in March.
pub(super) const MONTH: &str = "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|\
    sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
static DAY_FIRST: Pattern =
    LazyLock::new(|| pattern(&format!(r"(?i)\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({MONTH})\.?,? (\d{{4}})\b")));
static MONTH_FIRST: Pattern =
    LazyLock::new(|| pattern(&format!(r"(?i)\b({MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}})\b")));

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

fn month(name: &str) -> Option<u32> {
    let name = name.to_ascii_lowercase();
    (1..).zip(MONTHS).find(|(_, m)| name.starts_with(m)).map(|(n, _)| n)
}

/// The first day that a text states, with its place.
pub fn day_in(text: &str) -> Option<(NaiveDate, Range<usize>)> {
    let found = |r: &Pattern, order: [usize; 3]| {
        let c = r.as_ref()?.captures(text)?;
        let [y, m, d] = order.map(|i| c.get(i).map(|m| m.as_str()));
        let month = m?.parse().ok().or_else(|| month(m?))?;
        let day = NaiveDate::from_ymd_opt(y?.parse().ok()?, month, d?.parse().ok()?)?;
        Some((day, c.get(0)?.range()))
    };
    [found(&ISO, [1, 2, 3]), found(&DOTTED, [3, 2, 1]), found(&DAY_FIRST, [3, 2, 1]), found(&MONTH_FIRST, [3, 1, 2])]
        .into_iter()
        .flatten()
        .min_by_key(|(_, at)| at.start)
}

static WITHOUT_YEAR: Pattern = LazyLock::new(|| {
    pattern(&format!(
        r"\b(?:(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ((?i:{MONTH}))|((?i:{MONTH}))\.? (\d{{1,2}})(?:st|nd|rd|th)?)\b"
    ))
});

/// The day that a sentence states without its year, in the year that the writer told of before.
pub fn day_of_year_in(text: &str, near: NaiveDate) -> Option<NaiveDate> {
    let c = WITHOUT_YEAR.as_ref()?.captures(text)?;
    let (day, name) = (c.get(1).or_else(|| c.get(4))?, c.get(2).or_else(|| c.get(3))?);
    // `12 may have failed`
    if name.as_str() == "may" {
        return None;
    }
    let (day, month) = (day.as_str().parse().ok()?, month(name.as_str())?);
    let of = |year| NaiveDate::from_ymd_opt(year, month, day);
    // around New Year the nearest day is meant
    [near.year() - 1, near.year(), near.year() + 1]
        .into_iter()
        .filter_map(of)
        .min_by_key(|d| (*d - near).num_days().abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_people_write_it() {
        let day = NaiveDate::from_ymd_opt(2023, 3, 9).unwrap();
        for text in [
            "On Thursday 9 March 2023 the",
            "March 9th, 2023",
            "the 9th of March 2023",
            "09.03.2023 22:10",
            "2023-03-09",
        ] {
            assert_eq!(day_in(text).map(|(d, _)| d), Some(day), "{text}");
        }
        assert_eq!(day_in("version 2023.3"), None);
    }

    #[test]
    fn a_day_without_its_year_is_the_nearest_to_the_day_that_was_told() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        assert_eq!(day_of_year_in("on 31 March at 22:10", day(2022, 4, 1)), Some(day(2022, 3, 31)));
        assert_eq!(day_of_year_in("December 30th, it began", day(2023, 1, 2)), Some(day(2022, 12, 30)));
        for text in
            ["may be 12 of them", "12 may have failed", "we marked 12 nodes", "decreased 20 percent", "3 separate"]
        {
            assert_eq!(day_of_year_in(text, day(2023, 1, 2)), None, "{text}");
        }
        assert_eq!(day_in("marked 12, 2023 of them"), None);
    }
}
