//! Quantities as Kubernetes writes them: cores, bytes and ages.

/// Cores: `100m` is 0.1, `2` is 2.
pub fn cores(text: &str) -> Option<f64> {
    let text = text.trim();
    match text.strip_suffix('m') {
        Some(milli) => milli.parse::<f64>().ok().map(|m| m / 1000.0),
        None => text.parse().ok(),
    }
}

/// Bytes: `64Mi`, `1Gi`, `500M`, `1500000`.
pub fn bytes(text: &str) -> Option<f64> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text.get(..end)?.parse().ok()?;
    let unit = match text.get(end..)? {
        "" => 1.0,
        "Ki" => 1024.0,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        "Ti" => 1024.0f64.powi(4),
        "k" | "K" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "m" => 1e-3,
        _ => return None,
    };
    Some(number * unit)
}

/// Seconds of an age: `72s`, `2m51s`, `5h26m`, `4d21h`, `95d`, `2y10d`.
pub fn age(text: &str) -> Option<f64> {
    let text = text.trim().trim_end_matches(" ago");
    let mut seconds = 0.0;
    let mut number = String::new();
    let mut any = false;
    for c in text.chars() {
        if c.is_ascii_digit() || c == '.' {
            number.push(c);
            continue;
        }
        let unit = match c {
            's' => 1.0,
            'm' => 60.0,
            'h' => 3600.0,
            'd' => 86_400.0,
            'y' => 365.0 * 86_400.0,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * unit;
        number.clear();
        any = true;
    }
    (any && number.is_empty()).then_some(seconds)
}

/// How much an age was cut off at most when it was printed, in seconds: less than one of its least unit. A row that
/// prints the age some other way gives the least unit that divides it.
pub fn cut_off(row: &str, seconds: f64) -> f64 {
    let unit = |c: char| match c {
        'y' => Some(365.0 * 86_400.0),
        'd' => Some(86_400.0),
        'h' => Some(3_600.0),
        'm' => Some(60.0),
        's' => Some(1.0),
        _ => None,
    };
    let words = row.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')'));
    let printed = words.filter(|w| age(w) == Some(seconds)).filter_map(|w| unit(w.chars().next_back()?));
    let divides = || ['d', 'h', 'm'].into_iter().filter_map(unit).find(|u| seconds % u == 0.0).unwrap_or(1.0);
    printed.reduce(f64::max).unwrap_or_else(divides)
}

/// Seconds over which an event was seen: the second figure of `5s (x3 over 2m)`.
pub fn over(text: &str) -> Option<f64> {
    let (_, rest) = text.split_once("(x")?;
    let (_, rest) = rest.split_once(" over ")?;
    age(rest.split(')').next()?.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_as_kubernetes_writes_them() {
        assert_eq!(cores("250m"), Some(0.25));
        assert_eq!(cores("8"), Some(8.0));
        assert_eq!(bytes("64Mi"), Some(67_108_864.0));
        assert_eq!(bytes("15671356Ki"), Some(15_671_356.0 * 1024.0));
        assert_eq!(bytes("lots"), None);
        assert_eq!(age("2m51s"), Some(171.0));
        assert_eq!(age("4d21h"), Some(4.0 * 86_400.0 + 21.0 * 3600.0));
        assert_eq!(cut_off("feeder-0   0/1   Pending   0   9h", 9.0 * 3600.0), 3600.0);
        assert_eq!(cut_off("4d21h  Warning  BackOff", 4.0 * 86_400.0 + 21.0 * 3600.0), 3600.0);
        assert_eq!(cut_off("3m (x12 over 35m)", 35.0 * 60.0), 60.0);
        assert_eq!(cut_off("72s", 72.0), 1.0);
        assert_eq!(cut_off("a row without it", 12.0 * 86_400.0), 86_400.0);
        assert_eq!(age("<unknown>"), None);
        assert_eq!(age("5"), None);
        assert_eq!(over("5s (x3 over 2m10s)"), Some(130.0));
        assert_eq!(over("5s"), None);
    }
}
