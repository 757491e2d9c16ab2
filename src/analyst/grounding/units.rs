//! Units: a figure keeps the unit it was stated in. `512Mi` in the evidence supports neither
//! `512 Gi` nor `512 ms`; a bare number (a cell of a table) supports any.

use std::borrow::Cow;

use super::pattern::{Pattern, group};
use super::statement::Statement;
use super::stems::{shared, stems};
use super::tokens::Number;
use super::{Finding, Known};

/// Dates and clock times, which are no figures.
static STAMP: Pattern = Pattern::new(r"\d{4}-\d{2}-\d{2}[T ]?|\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?Z?");

static FIGURE: Pattern = Pattern::new(
    r"(?i)(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s?(%|percent\b|points?\b|[KMGT]i?B?\b|ms\b|us\b|s\b|sec(?:onds?)?\b|min(?:utes?)?\b|h(?:ours?)?\b|d(?:ays?)?\b|x\b|xx\b)?",
);

/// A unit by its short name, so that spellings agree.
fn short(unit: &str) -> &str {
    match unit {
        "percent" => "%",
        "point" => "points",
        "sec" | "second" | "seconds" => "s",
        "minute" | "minutes" => "min",
        "hour" | "hours" => "h",
        "day" | "days" => "d",
        "kib" => "ki",
        "mib" => "mi",
        "gib" => "gi",
        "tib" => "ti",
        "k" => "kb",
        "g" => "gb",
        "t" => "tb",
        other => other,
    }
}

/// True when a unit may stand for the other: `m` is minutes, megabytes or a thousandth.
fn agree(told: &str, stated: &str) -> bool {
    told == stated || (told == "m" && matches!(stated, "min" | "mb")) || (stated == "m" && matches!(told, "min" | "mb"))
}

/// Checks the units of one statement's figures against its citations and its formula.
pub fn of_numbers(s: &Statement<'_>, numbers: &[Number], out: &mut Vec<Finding>) {
    if s.citations.is_empty() || numbers.iter().all(|n| n.unit.is_empty()) {
        return;
    }
    let quotes = s.citations.iter().map(|c| c.quote.as_str());
    let stated: Vec<(f64, String)> = quotes.flat_map(figures).collect();
    let calculated: Vec<(f64, String)> = s.formula.iter().flat_map(|f| figures(f)).collect();
    for n in numbers.iter().filter(|n| !n.unit.is_empty()) {
        let told = short(&n.unit);
        let same = |list: &[(f64, String)]| -> Vec<String> {
            list.iter().filter(|(v, _)| (v - n.value).abs() < 1e-9).map(|(_, u)| u.clone()).collect()
        };
        let (quoted, worked) = (same(&stated), same(&calculated));
        let holds = |units: &[String], bare: bool| units.iter().any(|u| (bare && u.is_empty()) || agree(told, u));
        if (quoted.is_empty() && worked.is_empty()) || holds(&quoted, true) || holds(&worked, false) {
            continue;
        }
        if !worked.is_empty() && worked.iter().all(String::is_empty) && derivable(told, s, &stated) {
            continue;
        }
        let other = quoted.iter().chain(&worked).find(|u| !u.is_empty()).map_or("none", String::as_str);
        let what = format!("the figure `{}` has another unit than what it rests on ({other})", n.text);
        out.push(Finding::new(&s.path, "unit-without-source", what));
    }
}

/// Lines of evidence that are searched for an uncited figure, at most.
const LINES: usize = 4_000;
/// The smallest amount of memory that is unlikely to be said of two things by chance.
const TELLING: f64 = 16.0;

/// A figure that cites nothing keeps the unit in which the evidence states it. A line counts where it
/// speaks of the same thing; any line that gives the number bare, or in the told unit, supports it.
pub fn of_uncited(s: &Statement<'_>, numbers: &[Number], known: &Known<'_>, out: &mut Vec<Finding>) {
    if s.support.is_some() || s.formula.is_some() || known.facts.len() > LINES {
        return;
    }
    for n in numbers {
        let told = short(&n.unit);
        let Some(family) = family(told) else { continue };
        let digits: String = n.text.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
        let (mut other, mut stands) = (None, false);
        for f in known.facts.iter().filter(|f| f.text.contains(digits.as_str())) {
            let stated = figures(&unstamped(f.text)).into_iter().filter(|(v, _)| (v - n.value).abs() < 1e-9);
            for (_, unit) in stated {
                stands |= unit.is_empty() || agree(told, &unit);
                let near = match family {
                    Family::Time => shared(f.stems(), &stems(&s.text)) >= 2,
                    Family::Memory => n.value >= TELLING,
                };
                if self::family(&unit) == Some(family) && near {
                    other = other.or(Some(unit));
                }
            }
        }
        if let Some(unit) = other.filter(|_| !stands) {
            let what = format!("the figure `{}` stands in the evidence in another unit ({unit})", n.text);
            out.push(Finding::new(&s.path, "unit-without-source", what));
        }
    }
}

/// What a unit measures, where two units of it are easily mistaken for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Time,
    Memory,
}

/// A line without its dates and clock times.
fn unstamped(text: &str) -> Cow<'_, str> {
    STAMP.regex().map_or(Cow::Borrowed(text), |r| r.replace_all(text, " "))
}

fn family(unit: &str) -> Option<Family> {
    match unit {
        "ms" | "us" | "s" | "min" | "h" | "d" => Some(Family::Time),
        "ki" | "mi" | "gi" | "ti" | "kb" | "mb" | "gb" | "tb" => Some(Family::Memory),
        _ => None,
    }
}

/// The unit of a formula's result where the formula states none: a share of a hundred, a difference
/// of shares, or the unit of something it is made of.
fn derivable(told: &str, s: &Statement<'_>, stated: &[(f64, String)]) -> bool {
    let formula = s.formula.unwrap_or("");
    let has = |unit: &str| stated.iter().any(|(_, u)| agree(unit, u));
    match told {
        "%" => formula.contains("100") || has("%"),
        "points" => has("%") && formula.contains(" - "),
        "x" => formula.contains('/'),
        "h" | "min" | "s" | "d" => formula.contains(':') || has(told) || formula.contains('/'),
        _ => has(told),
    }
}

fn figures(text: &str) -> Vec<(f64, String)> {
    FIGURE
        .all(text)
        .iter()
        .filter_map(|c| {
            let value = group(c, 1).replace(',', "").parse().ok()?;
            Some((value, short(&group(c, 2).to_lowercase()).to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Citation, SourceId, Support};

    fn flagged(text: &str, quote: &str, formula: Option<&str>) -> bool {
        let citations = [Citation { source: SourceId(0), start: 0, end: 0, line: 1, quote: quote.into() }];
        let plain = Statement::prose("x".into(), super::super::statement::Part::Summary, text.into());
        let s = Statement { support: Some(Support::Quoted), formula, citations: &citations, ..plain };
        let mut out = Vec::new();
        of_numbers(&s, &super::super::tokens::Tokens::of(text).numbers, &mut out);
        !out.is_empty()
    }

    #[test]
    fn a_figure_keeps_its_unit() {
        assert!(!flagged("it took 512 MiB", "limit: 512Mi", None));
        assert!(flagged("it took 512 GiB", "limit: 512Mi", None));
        assert!(flagged("in 300 s", "took 300 ms", None));
        assert!(!flagged("in 300 ms", "| 300 | 4 |", None));
        assert!(!flagged("down by 2.9 points", "99.7% to 96.8%", Some("99.7 - 96.8 = 2.9")));
        assert!(flagged("down by 2.9 ms", "99.7% to 96.8%", Some("99.7 - 96.8 = 2.9")));
        assert!(!flagged("25% of them", "3 of 12", Some("100 * 3 / 12 = 25")));
        assert!(!flagged("2 min later", "09:12 and 09:14", Some("09:14 - 09:12 = 2 min")));
        assert!(flagged("2 h later", "09:12 and 09:14", Some("09:14 - 09:12 = 2 min")));
    }
}
