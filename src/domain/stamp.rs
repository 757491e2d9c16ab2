//! Stamps: an exact instant, or a clock time whose date or zone is not known.
//!
//! A date is never invented: what the evidence did not say stays absent.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time as far as the evidence states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stamp {
    /// Date, time and zone are known; held in UTC.
    Exact(DateTime<Utc>),
    /// Date and time are known, the zone is not.
    Local(NaiveDateTime),
    /// Month, day and time are known, year and zone are not (syslog, klog, logcat).
    Yearless(MonthDay, NaiveTime),
    /// Only the time of day is known.
    Clock(NaiveTime),
}

/// A day of some year: what a log without years states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonthDay {
    month: u32,
    day: u32,
}

impl MonthDay {
    /// The day in a year that has it.
    pub fn in_year(self, year: i32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(year, self.month, self.day)
    }

    /// A month and a day that some year has.
    pub fn new(month: u32, day: u32) -> Option<Self> {
        // 2000 is a leap year: February has its 29 days
        NaiveDate::from_ymd_opt(2000, month, day).map(|_| Self { month, day })
    }

    /// Whole days from `earlier` within one year; `None` where the unknown year decides: over the
    /// end of February, or so far apart that the year may have turned.
    fn days_since(self, earlier: Self) -> Option<i64> {
        let leap = |d: Self| (d.month, d.day) > (2, 28);
        let date = |d: Self| NaiveDate::from_ymd_opt(2000, d.month, d.day);
        let days = (date(self)? - date(earlier)?).num_days();
        (leap(self) == leap(earlier) && days.abs() <= 183).then_some(days)
    }

    /// How two days stand to each other, assuming that days far apart may lie in two years.
    fn order(self, other: Self) -> Option<Ordering> {
        let months = self.month.abs_diff(other.month);
        (months <= 6).then(|| self.cmp(&other))
    }
}

impl Stamp {
    /// How two stamps stand to each other, where that can be known: stamps of different sorts
    /// (a clock time beside a full date) have no order. `Some(Equal)` means *unordered at this
    /// resolution*, never "at once": no ordering claim may rest on it.
    pub fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Exact(a), Self::Exact(b)) => Some(a.cmp(b)),
            (Self::Local(a), Self::Local(b)) => Some(a.cmp(b)),
            (Self::Yearless(a, at), Self::Yearless(b, bt)) => a.order(*b).map(|days| days.then(at.cmp(bt))),
            (Self::Clock(a), Self::Clock(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// A total order for a table: stamps of one sort stand together, in their own order. It claims
    /// nothing about what came first; that is [`Stamp::order`]'s.
    pub fn sort_key(&self) -> (u8, i64) {
        let day =
            |t: NaiveTime| i64::from(t.num_seconds_from_midnight()) * 1_000_000 + i64::from(t.nanosecond() / 1000);
        match self {
            Self::Exact(t) => (0, t.timestamp_micros()),
            Self::Local(t) => (1, t.and_utc().timestamp_micros()),
            Self::Yearless(d, t) => (2, i64::from(d.month * 31 + d.day) * 86_400_000_000 + day(*t)),
            Self::Clock(t) => (3, day(*t)),
        }
    }

    /// Seconds from `earlier` to `self`; `None` where the two can't be compared.
    pub fn seconds_since(&self, earlier: &Self) -> Option<f64> {
        let ms = match (self, earlier) {
            (Self::Exact(a), Self::Exact(b)) => (*a - *b).num_milliseconds(),
            (Self::Local(a), Self::Local(b)) => (*a - *b).num_milliseconds(),
            (Self::Yearless(a, at), Self::Yearless(b, bt)) => {
                a.days_since(*b)? * 86_400_000 + (*at - *bt).num_milliseconds()
            }
            (Self::Clock(a), Self::Clock(b)) => (*a - *b).num_milliseconds(),
            _ => return None,
        };
        Some(ms as f64 / 1000.0)
    }

    /// The time of day as stated (UTC for exact stamps).
    pub fn time(&self) -> NaiveTime {
        match self {
            Self::Exact(t) => t.time(),
            Self::Local(t) => t.time(),
            Self::Yearless(_, t) | Self::Clock(t) => *t,
        }
    }

    /// `09:12` or `09:12:30`: the short form for a narrow column.
    pub fn clock(&self) -> String {
        clock(self.time())
    }
}

fn clock(t: NaiveTime) -> String {
    if t.nanosecond() >= 1_000_000 {
        t.format("%H:%M:%S%.3f").to_string()
    } else if t.second() > 0 {
        t.format("%H:%M:%S").to_string()
    } else {
        t.format("%H:%M").to_string()
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(t) => f.write_str(&t.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            Self::Local(t) => write!(f, "{}", t.format("%Y-%m-%dT%H:%M:%S%.f")),
            Self::Yearless(d, t) => write!(f, "--{:02}-{:02}T{}", d.month, d.day, t.format("%H:%M:%S%.f")),
            Self::Clock(t) => f.write_str(&clock(*t)),
        }
    }
}

impl FromStr for Stamp {
    type Err = String;

    /// Reads what [`fmt::Display`] writes (the forms of the report contract), nothing else.
    fn from_str(s: &str) -> Result<Self, String> {
        if let Ok(t) = DateTime::parse_from_rfc3339(s) {
            return Ok(Self::Exact(t.with_timezone(&Utc)));
        }
        if let Ok(t) = NaiveDateTime::parse_from_str(s, "%Y-%m-%dT%H:%M:%S%.f") {
            return Ok(Self::Local(t));
        }
        if let Some((day, time)) = s.strip_prefix("--").and_then(|rest| rest.split_once('T')) {
            let number = |part: Option<&str>| part.and_then(|p| p.parse().ok()).unwrap_or(0);
            let (month, day) = (number(day.get(..2)), number(day.get(3..5)));
            if let (Some(day), Ok(time)) = (MonthDay::new(month, day), NaiveTime::parse_from_str(time, "%H:%M:%S%.f")) {
                return Ok(Self::Yearless(day, time));
            }
        }
        ["%H:%M", "%H:%M:%S%.f"]
            .iter()
            .find_map(|form| NaiveTime::parse_from_str(s, form).ok())
            .map(Self::Clock)
            .ok_or_else(|| format!("`{s}` is not a stamp"))
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_and_parse_agree() {
        for s in [
            "2026-06-02T09:12:00Z",
            "2026-06-02T09:12:00",
            "09:12",
            "09:12:30",
            "--06-14T15:16:01",
            "2026-06-02T09:12:00.125Z",
        ] {
            let stamp: Stamp = s.parse().unwrap();
            assert_eq!(stamp.to_string(), s);
        }
    }

    #[test]
    fn a_day_without_a_year_keeps_its_form_and_invents_none() {
        let a: Stamp = "--06-14T15:16:01".parse().unwrap();
        let b: Stamp = "--06-15T02:04:59.250".parse().unwrap();
        assert_eq!(b.to_string(), "--06-15T02:04:59.250");
        assert_eq!(b.order(&a), Some(Ordering::Greater));
        assert_eq!(b.seconds_since(&a), Some(38_938.25));
        let (december, january): (Stamp, Stamp) =
            ("--12-31T23:59:59".parse().unwrap(), "--01-01T00:00:01".parse().unwrap());
        assert_eq!(january.order(&december), None);
        assert_eq!(january.seconds_since(&december), None);
    }

    #[test]
    fn a_clock_time_and_a_date_have_no_order() {
        let a: Stamp = "09:12".parse().unwrap();
        let b: Stamp = "2026-06-02T09:12:00Z".parse().unwrap();
        assert_eq!(a.order(&b), None);
    }
}
