//! Times of day and zones, as bytes of a line.

use chrono::NaiveTime;

/// What a stamp says of its zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Zone {
    /// Minutes east of UTC.
    Offset(i32),
    /// A name that does not settle the offset (`CST` is three zones).
    Named,
    /// Nothing.
    Unstated,
}

/// Reads exactly `n` digits.
pub(super) fn digits(b: &[u8], at: usize, n: usize) -> Option<u32> {
    let part = b.get(at..at + n)?;
    part.iter().try_fold(0u32, |sum, d| d.is_ascii_digit().then(|| sum * 10 + u32::from(d - b'0')))
}

/// How many digits stand at `at`.
pub(super) fn run(b: &[u8], at: usize) -> usize {
    b.get(at..).unwrap_or(&[]).iter().take_while(|d| d.is_ascii_digit()).count()
}

/// One or two digits, with one past the last.
pub(super) fn short(b: &[u8], at: usize) -> Option<(u32, usize)> {
    match run(b, at) {
        n @ 1..=2 => digits(b, at, n).map(|v| (v, at + n)),
        _ => None,
    }
}

fn byte(b: &[u8], at: usize) -> u8 {
    b.get(at).copied().unwrap_or(0)
}

/// `15:16`, `15:16:01`, `15:16:01.250`, `3:16:01 PM`; with one past the last byte.
pub(super) fn time(b: &[u8], at: usize) -> Option<(NaiveTime, usize)> {
    let (mut hour, mut end) = short(b, at)?;
    if byte(b, end) != b':' {
        return None;
    }
    let minute = digits(b, end + 1, 2).filter(|_| run(b, end + 1) == 2)?;
    end += 3;
    let (mut second, mut nanos) = (0, 0);
    if byte(b, end) == b':' && run(b, end + 1) == 2 {
        second = digits(b, end + 1, 2)?;
        end += 3;
        (nanos, end) = fraction(b, end);
    } else if byte(b, end) == b':' && run(b, end + 1) > 0 {
        return None;
    }
    let gap = usize::from(byte(b, end) == b' ');
    let half = b.get(end + gap..end + gap + 2).map(|w| w.to_ascii_uppercase());
    let whole = !byte(b, end + gap + 2).is_ascii_alphanumeric();
    match half.as_deref() {
        Some(b"AM") if whole && (1..=12).contains(&hour) => (hour, end) = (hour % 12, end + gap + 2),
        Some(b"PM") if whole && (1..=12).contains(&hour) => (hour, end) = (hour % 12 + 12, end + gap + 2),
        _ => {}
    }
    // a leap second reads as the second before it
    NaiveTime::from_hms_nano_opt(hour, minute, second.min(59), nanos).map(|t| (t, end))
}

/// `203615` and `15.42.50.363779`: times without colons, only right behind a date.
pub(super) fn packed_time(b: &[u8], at: usize) -> Option<(NaiveTime, usize)> {
    let (hour, minute, second, end) = if run(b, at) == 6 {
        (digits(b, at, 2)?, digits(b, at + 2, 2)?, digits(b, at + 4, 2)?, at + 6)
    } else if run(b, at) == 2 && byte(b, at + 2) == b'.' && byte(b, at + 5) == b'.' {
        (digits(b, at, 2)?, digits(b, at + 3, 2)?, digits(b, at + 6, 2)?, at + 8)
    } else {
        return None;
    };
    let (nanos, end) = fraction(b, end);
    NaiveTime::from_hms_nano_opt(hour, minute, second, nanos).map(|t| (t, end))
}

/// A fraction of a second behind `.`, `,` or `:`; nothing where there is none.
fn fraction(b: &[u8], at: usize) -> (u32, usize) {
    let n = run(b, at + 1);
    if !matches!(byte(b, at), b'.' | b',' | b':') || n == 0 || (byte(b, at) == b':' && n != 3) {
        return (0, at);
    }
    let used = n.min(9);
    let value = digits(b, at + 1, used).unwrap_or(0);
    (value * 10u32.pow(9 - used as u32), at + 1 + n)
}

/// The zone behind a time, with one past its last byte.
pub(super) fn zone(b: &[u8], at: usize) -> (Zone, usize) {
    let gap = usize::from(byte(b, at) == b' ');
    let from = at + gap;
    let ends = |end: usize| !byte(b, end).is_ascii_alphanumeric();
    if byte(b, at) == b'Z' && ends(at + 1) {
        return (Zone::Offset(0), at + 1);
    }
    if let Some((minutes, end)) = offset(b, from, gap == 1) {
        return (Zone::Offset(minutes), end);
    }
    let letters = b.get(from..).unwrap_or(&[]).iter().take_while(|c| c.is_ascii_uppercase()).count();
    let word = b.get(from..from + letters).unwrap_or(&[]);
    match word {
        b"UTC" | b"GMT" => match offset(b, from + 3, false) {
            Some((minutes, end)) => (Zone::Offset(minutes), end),
            None if ends(from + 3) => (Zone::Offset(0), from + 3),
            None => (Zone::Unstated, at),
        },
        b"Z" if ends(from + 1) => (Zone::Offset(0), from + 1),
        b"PST" | b"PDT" | b"PT" | b"MST" | b"MDT" | b"CST" | b"CDT" | b"EST" | b"EDT" | b"ET" | b"CET" | b"CEST"
        | b"EET" | b"EEST" | b"MSK" | b"BST" | b"IST" | b"WET" | b"WEST" | b"JST" | b"KST" | b"HKT" | b"SGT"
        | b"AEST" | b"AEDT" | b"NZST" | b"NZDT" | b"BRT" | b"SAST"
            if ends(from + letters) =>
        {
            (Zone::Named, from + letters)
        }
        _ => (Zone::Unstated, at),
    }
}

/// `+08:00`, `-0700`, `+02`; behind a blank only the long forms, so that `- 12` is no zone.
fn offset(b: &[u8], at: usize, long_only: bool) -> Option<(i32, usize)> {
    let sign = match byte(b, at) {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes, end) = match (run(b, at + 1), byte(b, at + 3)) {
        (4, _) => (digits(b, at + 1, 2)?, digits(b, at + 3, 2)?, at + 5),
        (2, b':') => (digits(b, at + 1, 2)?, digits(b, at + 4, 2)?, at + 6),
        (2, _) if !long_only => (digits(b, at + 1, 2)?, 0, at + 3),
        (1, _) if !long_only && b.get(at.wrapping_sub(1)) == Some(&b'C') => (digits(b, at + 1, 1)?, 0, at + 2),
        _ => return None,
    };
    (hours <= 14 && minutes < 60 && !byte(b, end).is_ascii_alphanumeric())
        .then_some((sign * (hours * 60 + minutes) as i32, end))
}
