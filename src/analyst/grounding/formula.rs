//! Arithmetic that a claim states is done again: `99.7 - 96.8 = 2.9`, `100 * 3 / 12 = 25`,
//! `09:14 - 09:12 = 2 min`.

use crate::domain::Stamp;

/// What came of checking a formula.
#[derive(Debug, Clone, PartialEq)]
pub enum Checked {
    /// Left and right agree; the operands of the left side and the result of the right.
    Holds {
        /// Numbers on the left.
        operands: Vec<f64>,
        /// Clock times on the left.
        times: Vec<String>,
        /// The result.
        result: f64,
    },
    /// They do not: what the left side really gives.
    Wrong {
        /// What the left side gives.
        gives: f64,
        /// What the formula says.
        says: f64,
    },
    /// It is no arithmetic (`count of lines`), so it can't be done again.
    NotArithmetic,
}

/// Does the arithmetic of a formula again.
pub fn check(formula: &str) -> Checked {
    let mut sides = formula.split('=').map(str::trim);
    let (Some(left), Some(right)) = (sides.next(), sides.next()) else { return Checked::NotArithmetic };
    if let Some(checked) = stamps(left, right) {
        return checked;
    }
    let mut reader = Reader { rest: left, operands: Vec::new(), times: Vec::new(), depth: 0 };
    let Some(gives) = reader.sum() else { return Checked::NotArithmetic };
    if !reader.rest.trim().is_empty() {
        return Checked::NotArithmetic;
    }
    let Some((says, decimals)) = result(right, !reader.times.is_empty()) else { return Checked::NotArithmetic };
    let tolerance = 0.5 * 10f64.powi(-decimals) + 1e-9 + if reader.times.is_empty() { 0.0 } else { 60.0 };
    if (gives - says).abs() <= tolerance {
        Checked::Holds { operands: reader.operands, times: reader.times, result: says }
    } else {
        Checked::Wrong { gives, says }
    }
}

/// `2026-06-02T09:14:00Z - 2026-06-01T22:00:00Z = 11 h 14 min`: a difference of two full stamps.
fn stamps(left: &str, right: &str) -> Option<Checked> {
    let (late, early) = left.split_once(" - ")?;
    let (late, early): (Stamp, Stamp) = (late.trim().parse().ok()?, early.trim().parse().ok()?);
    if matches!(late, Stamp::Clock(_)) {
        return None;
    }
    let gives = late.seconds_since(&early)?;
    let (says, _) = result(right, true)?;
    let times = vec![late.clock(), early.clock()];
    // told in two units at most, so up to one of the smaller unit may be missing
    let close = (gives - says).abs() <= 60.0 || (gives > 86_400.0 && (gives - says).abs() <= 3600.0);
    Some(if close {
        Checked::Holds { operands: Vec::new(), times, result: says }
    } else {
        Checked::Wrong { gives, says }
    })
}

/// Nesting of parentheses at most; a deeper formula is not read.
const DEEPEST: usize = 32;

struct Reader<'a> {
    rest: &'a str,
    operands: Vec<f64>,
    times: Vec<String>,
    depth: usize,
}

impl Reader<'_> {
    fn sum(&mut self) -> Option<f64> {
        let mut value = self.product()?;
        loop {
            match self.operator(&['+', '-', '−']) {
                Some('+') => value += self.product()?,
                Some(_) => value -= self.product()?,
                None => return Some(value),
            }
        }
    }

    fn product(&mut self) -> Option<f64> {
        let mut value = self.atom()?;
        loop {
            match self.operator(&['*', '×', '/']) {
                Some('/') => value /= self.atom()?,
                Some(_) => value *= self.atom()?,
                None => return Some(value),
            }
        }
    }

    fn atom(&mut self) -> Option<f64> {
        self.rest = self.rest.trim_start();
        if let Some(inner) = self.rest.strip_prefix('(') {
            self.depth += 1;
            if self.depth > DEEPEST {
                return None;
            }
            self.rest = inner;
            let value = self.sum()?;
            self.rest = self.rest.trim_start().strip_prefix(')')?;
            self.depth -= 1;
            return Some(value);
        }
        let end =
            self.rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ':' | ','))).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        let word = word.trim_end_matches([',', '.']);
        if word.is_empty() {
            return None;
        }
        // a unit right behind an operand is read over: `500Mi`, `5 h`, `96.8%`
        let unit = rest.trim_start();
        let letters = unit.find(|c: char| !(c.is_alphabetic() || c == '%')).unwrap_or(unit.len());
        self.rest = if letters <= 7 { unit.get(letters..).unwrap_or("") } else { rest };
        if word.contains(':') {
            let seconds = clock(word)?;
            self.times.push(word.to_owned());
            return Some(seconds);
        }
        let value = word.replace(',', "").parse().ok()?;
        self.operands.push(value);
        Some(value)
    }

    fn operator(&mut self, which: &[char]) -> Option<char> {
        let rest = self.rest.trim_start();
        let c = rest.chars().next().filter(|c| which.contains(c))?;
        self.rest = rest.get(c.len_utf8()..).unwrap_or("");
        Some(c)
    }
}

fn clock(word: &str) -> Option<f64> {
    let mut parts = word.split(':').map(|p| p.parse::<f64>().ok());
    let (h, m) = (parts.next()??, parts.next()??);
    Some(h * 3600.0 + m * 60.0 + parts.next().flatten().unwrap_or(0.0))
}

/// The right side's value and its decimals; a duration in seconds where the left side has times.
fn result(text: &str, times: bool) -> Option<(f64, i32)> {
    let mut total = 0.0;
    let mut decimals = 0;
    let mut any = false;
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let digits: String = word.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        let Ok(value) = digits.trim_end_matches('.').parse::<f64>() else { break };
        if !any {
            decimals = digits.split_once('.').map_or(0, |(_, d)| d.len() as i32);
        }
        any = true;
        if !times {
            return Some((value, decimals));
        }
        let unit = word.get(digits.len()..).filter(|u| !u.is_empty()).or_else(|| words.next()).unwrap_or("s");
        total += value * seconds_in(unit);
    }
    any.then_some((total, decimals))
}

fn seconds_in(unit: &str) -> f64 {
    match unit.chars().next() {
        Some('d') => 86_400.0,
        Some('h') => 3600.0,
        Some('m') if !unit.starts_with("ms") => 60.0,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_is_done_again() {
        for good in [
            "99.7 - 96.8 = 2.9",
            "100 * 3 / 12 = 25",
            "09:14 - 09:12 = 2 min",
            "(2 * 512 - 200) / ((500 - 180) / 5) = 12.9",
            "09:14 - 04:00 = 5 h 14 min",
            "500Mi - 180Mi = 320 Mi",
            "2026-06-02T09:14:00Z - 2026-06-01T22:00:00Z = 11 h 14 min",
        ] {
            assert!(matches!(check(good), Checked::Holds { .. }), "{good}: {:?}", check(good));
        }
        for bad in ["99.7 - 96.8 = 3.2", "100 * 3 / 12 = 3", "09:14 - 09:12 = 12 min"] {
            assert!(matches!(check(bad), Checked::Wrong { .. }), "{bad}: {:?}", check(bad));
        }
        for text in ["count of lines", "", "a = b", "1 / = 2", "((((((((((((((((((((((((((((((((((((1 = 1"] {
            assert_eq!(check(text), Checked::NotArithmetic, "{text}");
        }
    }
}
