//! An expectation against a command's output: pass, fail or unclear, with the line that decided.
//!
//! Unclear is an answer: an empty output, a failed command or one that did not end proves nothing
//! that it was not asked for. Nothing here runs or reads anything.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

use super::unreached::unreached;
use crate::domain::Outcome;
use crate::domain::check::Expectation;

/// The largest compiled pattern, in bytes.
const LIMIT: usize = 1 << 20;

/// The outcome, one sentence that says why, and the bytes of the line that decided.
pub type Judged = (Outcome, String, Option<Range<usize>>);

/// Judges an output. `status` is the exit status, `None` where the command did not end by itself.
pub fn judge(expected: &Expectation, output: &str, status: Option<i32>) -> Judged {
    if let Some((_, line)) = unreached(output, status) {
        let because = "it never reached the place that it asks, so that it says nothing of it";
        return (Outcome::Unclear, because.into(), Some(line));
    }
    match expected {
        Expectation::Exit { status: wanted } => match status {
            Some(s) if s == *wanted => (Outcome::Pass, format!("it exited with status {s}"), None),
            Some(s) => (Outcome::Fail, format!("it exited with status {s}, not {wanted}"), None),
            None => (Outcome::Unclear, "it did not end by itself, so there is no exit status".into(), None),
        },
        Expectation::Contains { text } => {
            let wanted = text.to_lowercase();
            presence(lines(output).find(|(l, _)| l.to_lowercase().contains(&wanted)), text, output, status)
        }
        Expectation::Matches { pattern } => {
            with(pattern, |re| presence(lines(output).find(|(l, _)| re.is_match(l)), pattern, output, status))
        }
        Expectation::Absent { pattern } => {
            with(pattern, |re| absence(lines(output).find(|(l, _)| re.is_match(l)), pattern, output, status))
        }
        Expectation::Number { pattern, compare, value } => with(pattern, |re| number(re, compare, *value, output)),
        Expectation::Count { pattern, compare, value } => {
            with(pattern, |re| count(re, compare, *value, output, status))
        }
        Expectation::Cell { column, row, compare, value } => match row {
            Some(row) => with(row, |re| cell(column, Some(re), compare, *value, output, status)),
            None => cell(column, None, compare, *value, output, status),
        },
        Expectation::Field { path, pattern } => with(pattern, |re| field(path, re, output, status)),
    }
}

fn with(pattern: &str, judge: impl FnOnce(&Regex) -> Judged) -> Judged {
    match RegexBuilder::new(pattern).size_limit(LIMIT).multi_line(true).build() {
        Ok(re) => judge(&re),
        Err(_) => (Outcome::Unclear, "the expectation's pattern can't be read".into(), None),
    }
}

/// The lines with their bytes, without line ends.
pub(super) fn lines(output: &str) -> impl Iterator<Item = (&str, Range<usize>)> {
    let mut at = 0;
    output.split_inclusive('\n').map(move |l| {
        let start = at;
        at += l.len();
        let line = l.trim_end_matches(['\n', '\r']);
        (line, start..start + line.len())
    })
}

fn shown(line: &str) -> String {
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = line.chars().take(120).collect();
    if short.len() < line.len() { format!("{short}…") } else { short }
}

/// Why an output that does not hold a thing proves nothing about it, if so.
fn doubt(output: &str, status: Option<i32>) -> Option<String> {
    match status {
        None => Some("it did not end by itself, so what is missing may only not have come yet".into()),
        Some(s) if s != 0 => Some(format!("it failed with status {s}, so what is missing proves nothing")),
        Some(_) if output.trim().is_empty() => Some("it printed nothing".into()),
        Some(_) => None,
    }
}

fn presence(found: Option<(&str, Range<usize>)>, wanted: &str, output: &str, status: Option<i32>) -> Judged {
    match found {
        Some((line, range)) => (Outcome::Pass, format!("a line holds what was expected: {}", shown(line)), Some(range)),
        None => match doubt(output, status) {
            Some(why) => (Outcome::Unclear, why, None),
            None => (Outcome::Fail, format!("no line holds {wanted}"), None),
        },
    }
}

fn absence(found: Option<(&str, Range<usize>)>, pattern: &str, output: &str, status: Option<i32>) -> Judged {
    match (found, status) {
        (Some((line, range)), _) => {
            (Outcome::Fail, format!("a line holds what should be absent: {}", shown(line)), Some(range))
        }
        (None, Some(0)) => (Outcome::Pass, format!("no line holds {pattern}"), None),
        (None, _) => (Outcome::Unclear, doubt(output, status).unwrap_or_else(|| "it printed nothing".into()), None),
    }
}

fn number(re: &Regex, compare: &str, value: f64, output: &str) -> Judged {
    let found = lines(output).find_map(|(line, range)| {
        let captures = re.captures(line)?;
        let text = captures.get(1).or_else(|| captures.get(0))?.as_str();
        Some((figure(text)?, line, range))
    });
    let Some((n, line, range)) = found else {
        return (Outcome::Unclear, "no line holds the number".into(), None);
    };
    match compared(n, compare, value) {
        Some(true) => (Outcome::Pass, format!("{n} {compare} {value}: {}", shown(line)), Some(range)),
        Some(false) => (Outcome::Fail, format!("{n} is not {compare} {value}: {}", shown(line)), Some(range)),
        None => (Outcome::Unclear, format!("`{compare}` is no comparison"), None),
    }
}

fn cell(column: &str, row: Option<&Regex>, compare: &str, value: f64, output: &str, status: Option<i32>) -> Judged {
    let cells = super::table::column(output, column, row);
    let numbers: Vec<(f64, &super::table::Cell<'_>)> =
        cells.iter().filter_map(|c| Some((figure(c.text.split_whitespace().next()?)?, c))).collect();
    let Some((n, first)) = numbers.first() else {
        let no_row = row.is_some() && status == Some(0) && !super::table::column(output, column, None).is_empty();
        return match (no_row, compared(0.0, compare, value)) {
            // A row that a table does not have counts nothing: so group by and count work.
            (true, Some(true)) => (Outcome::Pass, format!("the table has no such row: 0 {compare} {value}"), None),
            (true, Some(false)) => {
                (Outcome::Fail, format!("the table has no such row: 0 is not {compare} {value}"), None)
            }
            _ => (Outcome::Unclear, format!("no table has a number under `{column}`"), None),
        };
    };
    let held = numbers.iter().find(|(n, _)| compared(*n, compare, value) == Some(true));
    match (held, compared(*n, compare, value)) {
        (_, None) => (Outcome::Unclear, format!("`{compare}` is no comparison"), None),
        (Some((n, c)), _) => {
            (Outcome::Pass, format!("{column} is {n}, {compare} {value}: {}", shown(c.line)), Some(c.range.clone()))
        }
        (None, _) => match doubt(output, status) {
            Some(why) => (Outcome::Unclear, why, None),
            None => {
                let said = format!("{column} is {n}, not {compare} {value}: {}", shown(first.line));
                (Outcome::Fail, said, Some(first.range.clone()))
            }
        },
    }
}

fn field(path: &str, re: &Regex, output: &str, status: Option<i32>) -> Judged {
    let Some(values) = super::field::values(output, path) else {
        return (Outcome::Unclear, "the output holds no JSON".into(), None);
    };
    if let Some(found) = values.iter().find(|v| re.is_match(v)) {
        let line = lines(output).find(|(l, _)| l.contains(found.as_str())).map(|(_, range)| range);
        return (Outcome::Pass, format!("{path} is {}", shown(found)), line);
    }
    match (doubt(output, status), values.first()) {
        (Some(why), _) => (Outcome::Unclear, why, None),
        (None, Some(first)) => (Outcome::Fail, format!("{path} is {}, which does not match", shown(first)), None),
        (None, None) => (Outcome::Unclear, format!("the JSON has no {path}"), None),
    }
}

/// A number as people and programs print it: `1,234`, `87%`, `1.5`.
fn figure(text: &str) -> Option<f64> {
    let bare: String = text.trim().trim_end_matches('%').chars().filter(|c| *c != ',' && *c != '_').collect();
    bare.parse::<f64>().ok().filter(|n| n.is_finite())
}

fn count(re: &Regex, compare: &str, value: f64, output: &str, status: Option<i32>) -> Judged {
    let mut matching = lines(output).filter(|(l, _)| re.is_match(l));
    let first = matching.next().map(|(_, r)| r);
    let found = usize::from(first.is_some()) + matching.count();
    let n = found as f64;
    let Some(held) = compared(n, compare, value) else {
        return (Outcome::Unclear, format!("`{compare}` is no comparison"), None);
    };
    // More lines can only settle "at least"; everything else needs the whole output.
    let settled = matches!(compare, ">" | ">=") && held;
    if !settled && let Some(why) = doubt(output, status).filter(|_| status != Some(0)) {
        return (Outcome::Unclear, why, first);
    }
    let matched = if found == 1 { "1 line matches".to_owned() } else { format!("{n} lines match") };
    let said = if held { format!("{matched}, {compare} {value}") } else { format!("{matched}, not {compare} {value}") };
    (if held { Outcome::Pass } else { Outcome::Fail }, said, first)
}

fn compared(n: f64, compare: &str, value: f64) -> Option<bool> {
    Some(match compare {
        "<" => n < value,
        "<=" => n <= value,
        ">" => n > value,
        ">=" => n >= value,
        "==" => (n - value).abs() < f64::EPSILON,
        "!=" => (n - value).abs() >= f64::EPSILON,
        _ => return None,
    })
}

/// The rule that a sentence states, where it states one.
pub use super::stated::of_prose;

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(expected: &Expectation, output: &str, status: Option<i32>) -> Outcome {
        judge(expected, output, status).0
    }

    #[test]
    fn a_missing_line_fails_only_where_the_command_succeeded() {
        let e = Expectation::Contains { text: "OOMKilled".into() };
        let judged = judge(&e, "a\n  Reason: oomkilled\n", Some(0));
        assert_eq!((judged.0, judged.2), (Outcome::Pass, Some(2..21)));
        assert_eq!(outcome(&e, "all well\n", Some(0)), Outcome::Fail);
        assert_eq!(outcome(&e, "", Some(0)), Outcome::Unclear);
        assert_eq!(outcome(&e, "error: not found\n", Some(1)), Outcome::Unclear);
        assert_eq!(outcome(&e, "starting\n", None), Outcome::Unclear);
        let absent = Expectation::Absent { pattern: "(?i)error".into() };
        assert_eq!(outcome(&absent, "", Some(0)), Outcome::Pass);
        assert_eq!(outcome(&absent, "fine", Some(2)), Outcome::Unclear);
        assert_eq!(outcome(&absent, "ERROR x", Some(0)), Outcome::Fail);
    }

    #[test]
    fn what_the_way_there_says_decides_nothing_about_the_place() {
        let fails = Expectation::Matches { pattern: "(?i)can't resolve|no such host|timed out".into() };
        for way in [
            "Unable to connect to the server: dial tcp: lookup k8s.example.net on 127.0.0.53:53: no such host\n",
            "ssh: connect to host bastion port 22: Connection timed out\n",
        ] {
            assert_eq!(outcome(&fails, way, Some(1)), Outcome::Unclear, "{way}");
        }
        let there = "nslookup: can't resolve 'db.internal'\ncommand terminated with exit code 1\n";
        assert_eq!(outcome(&fails, there, Some(1)), Outcome::Pass);
    }

    #[test]
    fn numbers_and_counts_are_compared() {
        let n = Expectation::Number { pattern: r"used (\S+)".into(), compare: ">".into(), value: 90.0 };
        assert_eq!(outcome(&n, "used 97%", Some(0)), Outcome::Pass);
        assert_eq!(outcome(&n, "used 1%", Some(0)), Outcome::Fail);
        assert_eq!(outcome(&n, "nothing", Some(0)), Outcome::Unclear);
        let c = Expectation::Count { pattern: "^x".into(), compare: "==".into(), value: 2.0 };
        assert_eq!(outcome(&c, "x1\ny\nx2\n", Some(0)), Outcome::Pass);
        assert_eq!(outcome(&c, "x1\n", None), Outcome::Unclear);
        assert_eq!(outcome(&Expectation::Exit { status: 0 }, "", None), Outcome::Unclear);
    }

    #[test]
    fn cells_and_fields_are_compared() {
        let stuck = Expectation::Cell {
            column: "sessions".into(),
            row: Some("^idle in transaction$".into()),
            compare: ">=".into(),
            value: 5.0,
        };
        let table = " state               | sessions \n---------------------+----------\n idle in transaction |       17\n active              |        1\n(2 rows)\n";
        let judged = judge(&stuck, table, Some(0));
        assert_eq!(judged.0, Outcome::Pass, "{}", judged.1);
        assert!(table.get(judged.2.unwrap()).unwrap().contains("17"));
        assert_eq!(outcome(&stuck, &table.replace("17", " 2"), Some(0)), Outcome::Fail);
        assert_eq!(
            outcome(&stuck, &table.replace("idle in transaction", "idle               "), Some(0)),
            Outcome::Fail
        );
        assert_eq!(outcome(&stuck, "FATAL: no route\n", Some(2)), Outcome::Unclear);
        assert_eq!(outcome(&stuck, &table.replace("17", " 2"), None), Outcome::Unclear);
        let phase = Expectation::Field { path: "items.*.phase".into(), pattern: "^Pending$".into() };
        assert_eq!(outcome(&phase, "{\"items\":[{\"phase\":\"Pending\"}]}", Some(0)), Outcome::Pass);
        assert_eq!(outcome(&phase, "{\"items\":[{\"phase\":\"Running\"}]}", Some(0)), Outcome::Fail);
        assert_eq!(outcome(&phase, "{\"items\":[]}", Some(0)), Outcome::Unclear);
    }
}
