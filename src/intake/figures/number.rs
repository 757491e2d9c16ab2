//! The number itself: digits, thousands separators, a decimal part; and what only looks like one.

/// A number in a text: its value and one past its last byte.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number {
    pub value: f64,
    pub end: usize,
}

/// The number that begins at byte `at`, or how far to skip what is none (a date, a time, a version).
pub(super) fn number(text: &str, at: usize) -> Result<Number, usize> {
    let bytes = text.as_bytes();
    let byte = |i: usize| bytes.get(i).copied().unwrap_or(0);
    let digits = |from: usize| (from..).take_while(|i| byte(*i).is_ascii_digit()).count();
    let mut end = at + digits(at);
    while byte(end) == b',' && digits(end + 1) == 3 && !byte(end + 4).is_ascii_alphabetic() && end - at <= 15 {
        end += 4;
    }
    if byte(end) == b'.' && byte(end + 1).is_ascii_digit() {
        end += 1 + digits(end + 1);
    }
    let next = byte(end);
    let after = byte(end + 1);
    let dotted = next == b'.' && after.is_ascii_digit();
    let time = next == b':' && after.is_ascii_digit();
    let date = next == b'-' && end - at == 4 && digits(end + 1) == 2 && byte(end + 3) == b'-';
    let slashed_date = next == b'/' && digits(end + 1) == 2 && byte(end + 3) == b'/' && byte(end + 4).is_ascii_digit();
    let iso = next == b'T' && after.is_ascii_digit();
    if dotted || time || date || slashed_date || iso {
        return Err(token_end(text, end));
    }
    let plain: String = text.get(at..end).unwrap_or("").chars().filter(|c| *c != ',').collect();
    plain.parse().map(|value| Number { value, end }).map_err(|_| end)
}

/// One past the token (digits, letters and the signs that dates, times and addresses use).
pub(super) fn token_end(text: &str, from: usize) -> usize {
    let rest = text.as_bytes().get(from..).unwrap_or(&[]);
    let len = rest
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b':' | b'-' | b'+' | b'_' | b'/'))
        .count();
    from + len
}

/// True when a number at byte `at` stands by itself, not inside a name, a path, a port or an id.
pub(super) fn stands_alone(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let before = |n: usize| at.checked_sub(n).and_then(|i| bytes.get(i)).copied().unwrap_or(b' ');
    match before(1) {
        b if b.is_ascii_alphanumeric() => false,
        b'_' | b'#' | b'/' | b'@' | b'\\' | b'&' => false,
        b'.' => false,
        b':' => {
            !before(2).is_ascii_alphanumeric() && before(2) != b']' && before(2) != b':'
                || before(2).is_ascii_alphabetic() && word_is_label(text, at)
        }
        // a range (`2-3 s`), never a part of a name (`pod-1`)
        b'-' => before(2).is_ascii_digit() || !(before(2).is_ascii_alphanumeric() || before(2) == b'-'),
        _ => true,
    }
}

/// `total:12` is a label and its number; `host:8080` is an address.
fn word_is_label(text: &str, at: usize) -> bool {
    let head = text.get(..at.saturating_sub(1)).unwrap_or("");
    let word = head.rsplit(|c: char| !c.is_ascii_alphabetic() && c != '_').next().unwrap_or("");
    const LABELS: [&str; 12] =
        ["total", "count", "errors", "failed", "size", "len", "time", "latency", "duration", "rate", "retries", "cnt"];
    LABELS.contains(&word.to_ascii_lowercase().as_str())
}
