//! Figures, times and versions of a sentence against what it rests on, and its arithmetic.

use super::formula::{Checked, check};
use super::pattern::{Pattern, group};
use super::statement::{Part, Statement};
use super::tokens::{Number, Tokens, all_numbers};
use super::{Finding, Known};
use crate::domain::Support;

/// Numbers that a formula may use without citing them: units and percent.
const CONSTANTS: &[f64] = &[1.0, 2.0, 24.0, 60.0, 100.0, 1000.0, 1024.0, 3600.0];

/// Checks the figures of one statement.
pub fn of_statement(s: &Statement<'_>, known: &Known<'_>, out: &mut Vec<Finding>) {
    if s.part == Part::Trail || s.part == Part::Context {
        return;
    }
    if let Some(formula) = s.formula {
        arithmetic(s, formula, known, out);
    }
    let mut tokens = Tokens::of(&s.text);
    // a figure that stands in brackets behind the one it was calculated from is that figure
    let twice = super::conversions::told_twice(&s.text);
    tokens.numbers.retain(|n| !twice.iter().any(|(v, u)| (v - n.value).abs() < 1e-9 && *u == n.unit));
    // a suggestion's figure (`an alert at 80 %`) is proposed, not stated
    let proposed = matches!(s.part, Part::Systemic | Part::Counterfactual) && s.citations.is_empty();
    let bound = matches!(s.part, Part::ActionItems | Part::FollowUps) || s.text.contains(", as a suggestion:");
    let proposed = bound || (proposed && s.support.is_some());
    let worked = if s.support.is_none() { worked_out(s, known, out) } else { Vec::new() };
    let listed = listed(s);
    for n in tokens.numbers.iter().filter(|_| !proposed) {
        if worked.iter().any(|w| (w - n.value).abs() < 1e-9) || listed == Some(n.value) {
            continue;
        }
        if !supported(n.value, s, known) && !converted(n, s) && !is_label(&s.text, &n.text) {
            let what = format!("the figure `{}` stands nowhere in {}", n.text, whence(s));
            out.push(Finding::new(&s.path, "figure-without-source", what));
        }
    }
    super::units::of_numbers(s, &tokens.numbers, out);
    super::units::of_uncited(s, &tokens.numbers, known, out);
    for time in &tokens.times {
        let own = s.at.is_some_and(|at| at.to_string().contains(time.as_str()) || at.clock().contains(time.as_str()));
        let in_formula = s.formula.is_some_and(|f| f.contains(time.as_str()));
        if !own && !in_formula && !known.has_time(time) && !derived_clock(time, s) && !in_utc(time, s) {
            out.push(Finding::new(
                &s.path,
                "time-without-source",
                format!("the time `{time}` stands nowhere in the evidence"),
            ));
        }
    }
    for version in &tokens.versions {
        let bare = version.trim_start_matches('v');
        // `v3.7` may be written `3.7`; a lone figure is no version
        let stands = known.says_whole(version) || (bare.contains('.') && known.says_whole(bare));
        if !stands && !in_citations(s, version) {
            let what = format!("the version `{version}` stands nowhere in the evidence");
            out.push(Finding::new(&s.path, "version-without-source", what));
        }
    }
    durations(s, known, out);
    quotes(s, &tokens, known, out);
}

/// Arithmetic that prose shows: `(99.7 - 96.8 = 2.9)`. Its result stands where it is right and its
/// operands do; where it is wrong, that is found.
fn worked_out(s: &Statement<'_>, known: &Known<'_>, out: &mut Vec<Finding>) -> Vec<f64> {
    static SHOWN: Pattern = Pattern::new(
        r"\d[\d.:,]*%?(?:\s?[A-Za-z]{1,3})?(?:\s+[-+*/×−]\s+\d[\d.:,]*%?(?:\s?[A-Za-z]{1,3})?)+\s*=\s*\d[\d.,]*(?:\s?(?:%|[A-Za-z]+))?(?:\s\d+\s?(?:min|s)\b)*",
    );
    let mut results = Vec::new();
    for c in SHOWN.all(&s.text) {
        let formula = group(&c, 0);
        arithmetic(s, formula, known, out);
        if let Checked::Holds { .. } = check(formula) {
            results.extend(all_numbers(formula));
        }
    }
    results
}

/// `Blast radius (4 entities): a, b, c, d`: a count of what the same line lists; and a confidence,
/// which is calculated and stands in no evidence.
fn listed(s: &Statement<'_>) -> Option<f64> {
    static SURE: Pattern = Pattern::new(r"(?i)(?:^|\()confidence:?\s*(\d{1,3}\s?%|[01]\.\d{1,2}\b)");
    if let Some(c) = SURE.captures(&s.text) {
        return group(&c, 1).trim_end_matches(['%', ' ']).parse().ok();
    }
    let items = s.text.split_once(':').filter(|_| s.part == Part::Blast)?.1;
    Some(items.split(',').filter(|i| !i.trim().is_empty()).count() as f64)
}

/// What a statement is compared with, in words.
fn whence(s: &Statement<'_>) -> &'static str {
    if s.support.is_some() && !s.citations.is_empty() { "its citations or its formula" } else { "the evidence" }
}

fn supported(value: f64, s: &Statement<'_>, known: &Known<'_>) -> bool {
    let close = |a: &f64| (a - value).abs() < 1e-9;
    if s.formula.is_some_and(|f| all_numbers(f).iter().any(close)) {
        return true;
    }
    if s.support.is_some() && !s.citations.is_empty() {
        return s.citations.iter().any(|c| all_numbers(&c.quote).iter().any(close)) || in_stamp(value, s);
    }
    known.has_number(value) || hours_between(value, s, known)
}

/// A cited figure told in a larger unit, or a formula's, rounded to the decimals that are shown: `2.03 s` of
/// `2029202` µs or of `2029.202ms`, `102.5GiB` of so many bytes.
fn converted(n: &Number, s: &Statement<'_>) -> bool {
    let quotes: Vec<&str> = s.citations.iter().map(|c| c.quote.as_str()).collect();
    s.formula.is_some_and(|f| all_numbers(f).iter().any(|v| is_larger(n, *v)))
        || is_larger_unit(n, &quotes)
        || is_rounded(n, &quotes)
}

/// True where the amount, rounded as the figure is, is the figure in a smaller unit.
fn is_larger(n: &Number, amount: f64) -> bool {
    let unit = n.text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | ' '));
    let per: &[f64] = match unit {
        "s" => &[1e3, 1e6, 1e9],
        "ms" => &[1e3, 1e6],
        "MiB" => &[1024.0 * 1024.0],
        "GiB" => &[1024.0 * 1024.0 * 1024.0],
        _ => return false,
    };
    let digits = n.text.get(..n.text.len() - unit.len()).unwrap_or("").trim();
    let Some((_, decimals)) = digits.split_once('.') else { return false };
    let tolerance = 0.5 * 10f64.powi(-(decimals.len() as i32)) + 1e-9;
    per.iter().any(|p| (amount / p - n.value).abs() <= tolerance)
}

/// True where a field whose name states the unit has the figure with more decimals: `436.2 ms` of
/// `"durationMs":436.224`.
fn is_rounded(n: &Number, quotes: &[&str]) -> bool {
    static MILLIS: Pattern = Pattern::new(r#"\w(?:_ms|Ms|_millis|Millis)"?\s?[=:]\s?"?(\d+\.\d+)"#);
    static SECONDS: Pattern = Pattern::new(r#"\w(?:_s|_seconds|Seconds|_secs|Secs)"?\s?[=:]\s?"?(\d+\.\d+)"#);
    let unit = n.text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | ' '));
    let fields = match unit {
        "ms" => &MILLIS,
        "s" => &SECONDS,
        _ => return false,
    };
    let digits = n.text.get(..n.text.len() - unit.len()).unwrap_or("").trim();
    let Some((_, decimals)) = digits.split_once('.') else { return false };
    let tolerance = 0.5 * 10f64.powi(-(decimals.len() as i32)) + 1e-9;
    let near = |c: &regex::Captures<'_>| group(c, 1).parse::<f64>().is_ok_and(|v| (v - n.value).abs() <= tolerance);
    quotes.iter().any(|quote| fields.all(quote).iter().any(near))
}

/// True where one of the quotes has the figure in a smaller unit: with that unit beside it, as the value of a field
/// of time or size, as a cell of a table's row, or as all that is cited. A port, a code and a count are none.
fn is_larger_unit(n: &Number, quotes: &[&str]) -> bool {
    static MEASURED: Pattern = Pattern::new(
        r#"(?i)(?:^|[^\w.:-])(\d+(?:\.\d+)?)\s?(?:ms|millis\w*|[uµ]s|micro\w*|ns|nano\w*|bytes?|b|[kmgt]i?b?)\b|\b[\w.-]*(?:duration|latency|elapsed|took|time|micros|millis|nanos|bytes|memory|size|ms|us|ns)[\w.-]*"?\s?[=:]\s?"?(\d+(?:\.\d+)?)(?:[^\w.:-]|$)"#,
    );
    const CELLS: usize = 4;
    let larger = |digits: &str| digits.parse().is_ok_and(|amount| is_larger(n, amount));
    quotes.iter().any(|quote| {
        let measured = |c: &regex::Captures<'_>| larger(group(c, 1)) || larger(group(c, 2));
        let row = [',', ';', '|', '\t'].iter().any(|d| quote.matches(*d).count() >= CELLS);
        larger(quote.trim().trim_matches('"'))
            || MEASURED.all(quote).iter().any(measured)
            || row && cells(quote).any(larger)
    })
}

/// What stands between the delimiters of a row.
fn cells(row: &str) -> impl Iterator<Item = &str> {
    row.split([',', ';', '|', '\t']).map(|cell| cell.trim_matches([' ', '"']))
}

/// `5 hours` where the evidence has two clock times five hours apart.
fn hours_between(value: f64, s: &Statement<'_>, known: &Known<'_>) -> bool {
    let spoken = s.text.contains(&format!("{value} h"));
    let at = |t: &str| -> Option<f64> {
        let (h, m) = t.split_once(':')?;
        Some(h.parse::<f64>().ok()? + m.parse::<f64>().ok()? / 60.0)
    };
    let times: Vec<f64> =
        if spoken { known.clock_times(40).iter().filter_map(|(t, _)| at(t)).collect() } else { Vec::new() };
    times.iter().any(|a| times.iter().any(|b| (b - a - value).abs() < 1e-9))
}

fn in_stamp(value: f64, s: &Statement<'_>) -> bool {
    s.at.is_some_and(|at| all_numbers(&at.to_string()).iter().any(|n| (n - value).abs() < 1e-9))
}

fn in_citations(s: &Statement<'_>, words: &str) -> bool {
    s.citations.iter().any(|c| c.quote.contains(words))
}

/// A clock time that is another form of a full stamp in the citations.
fn derived_clock(time: &str, s: &Statement<'_>) -> bool {
    let short: String = time.chars().take(5).collect();
    s.citations.iter().any(|c| c.quote.contains(&short))
}

/// The time in UTC of a stamp of the citations that states another offset: `14:25:21 +0200` is `12:25:21`.
fn in_utc(time: &str, s: &Statement<'_>) -> bool {
    static OFFSET: Pattern = Pattern::new(r"\b(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)? ?([+-])(\d{2}):?(\d{2})\b");
    let Some((hour, minute)) = time.get(..5).and_then(|t| t.split_once(':')) else { return false };
    let number = |t: &str| t.parse::<i32>().ok();
    let Some(wanted) = number(hour).zip(number(minute)).map(|(h, m)| h * 60 + m) else { return false };
    let texts = s.citations.iter().map(|c| c.quote.as_str()).chain([s.text.as_str()]);
    texts.flat_map(|text| OFFSET.all(text)).any(|c| {
        let part = |n: usize| c.get(n).and_then(|m| number(m.as_str()));
        let (Some(h), Some(m), Some(oh), Some(om)) = (part(1), part(2), part(4), part(5)) else { return false };
        let offset = (oh * 60 + om) * if c.get(3).is_some_and(|s| s.as_str() == "-") { -1 } else { 1 };
        (h * 60 + m - offset).rem_euclid(24 * 60) == wanted
    })
}

/// Numbers that count nothing: `#3`, `step 2`, `P1`, `1.` at the front of a list.
fn is_label(text: &str, number: &str) -> bool {
    static LABEL: Pattern =
        Pattern::new(r"(?i)(?:#|\bstep |\brank |\bhypothesis |\bfor |\bsource |\bwhy |\bSEV-?|^\W*)$");
    text.find(number).is_some_and(|at| {
        let before = text.get(..at).unwrap_or("");
        let after = text.get(at + number.len()..).unwrap_or("");
        let front = before.trim().is_empty() && after.starts_with(['.', ')', ':']);
        front || (LABEL.is_match(before) && !before.trim().is_empty() && number.len() <= 2)
    })
}

fn arithmetic(s: &Statement<'_>, formula: &str, known: &Known<'_>, out: &mut Vec<Finding>) {
    match check(formula) {
        Checked::Wrong { gives, says } => {
            let what = format!("the formula `{formula}` gives {gives:.3}, not {says}");
            out.push(Finding::new(&s.path, "arithmetic", what).with_fix(format!("{gives:.1}")));
        }
        Checked::Holds { operands, times, .. } => {
            for n in operands {
                let stands = CONSTANTS.iter().any(|c| (c - n).abs() < 1e-9)
                    || known.has_number(n)
                    || between_times(n, s)
                    || (s.support.is_none() && hours_between(n, s, known))
                    || s.citations.iter().any(|c| all_numbers(&c.quote).iter().any(|m| (m - n).abs() < 1e-9));
                if !stands {
                    out.push(Finding::new(
                        &s.path,
                        "operand-without-source",
                        format!("the operand {n} stands nowhere"),
                    ));
                }
            }
            let dated = formula.contains('T') && formula.contains('-');
            for t in times.iter().filter(|t| !dated && !known.has_time(t) && !derived_clock(t, s)) {
                out.push(Finding::new(&s.path, "time-without-source", format!("the time `{t}` stands nowhere")));
            }
        }
        Checked::NotArithmetic => {}
    }
}

/// Hours or minutes between two clock times of the citations.
fn between_times(value: f64, s: &Statement<'_>) -> bool {
    static CLOCK: Pattern = Pattern::new(r"\b(\d{1,2}):(\d{2})\b");
    let minutes: Vec<f64> = s
        .citations
        .iter()
        .flat_map(|c| {
            CLOCK.all(&c.quote).iter().map(|m| (group(m, 1).to_owned(), group(m, 2).to_owned())).collect::<Vec<_>>()
        })
        .filter_map(|(h, m)| Some(h.parse::<f64>().ok()? * 60.0 + m.parse::<f64>().ok()?))
        .take(32)
        .collect();
    minutes.iter().any(|a| minutes.iter().any(|b| (b - a) / 60.0 == value || (b - a) == value))
}

/// A stated length of time needs to be stated in the evidence or to have two stamps.
fn durations(s: &Statement<'_>, known: &Known<'_>, out: &mut Vec<Finding>) {
    static LASTED: Pattern = Pattern::new(
        r"(?i)\b(?:for|lasted|duration:?|during)\s*(?:about|over|more than|at least|approximately|>|≥|~)?\s*(\d+(?:\.\d+)?)\s?(s|sec|seconds?|m|min|minutes?|h|hours?)\b",
    );
    if s.support.is_some() && !s.citations.is_empty() || s.formula.is_some() {
        return;
    }
    for c in LASTED.all(&s.text) {
        let (amount, unit) = (group(&c, 1), group(&c, 2));
        let spoken = [format!("{amount} {unit}"), format!("{amount}{unit}")];
        if !spoken.iter().any(|words| known.says(words)) {
            let what = format!("`{}` is a duration, and no two stamps give it", group(&c, 0).trim());
            out.push(
                Finding::new(&s.path, "duration-needs-two-stamps", what)
                    .with_fix("give both stamps and the difference, or say that it is not known"),
            );
        }
    }
}

/// Words in quotation marks are somebody's words: they have to stand in the evidence.
fn quotes(s: &Statement<'_>, tokens: &Tokens, known: &Known<'_>, out: &mut Vec<Finding>) {
    if matches!(s.part, Part::Checklist | Part::Plan | Part::ActionItems | Part::FollowUps | Part::Evidence) {
        return;
    }
    if s.support == Some(Support::Quoted) && !s.citations.is_empty() {
        return;
    }
    for words in tokens.quotes.iter().filter(|q| q.split_whitespace().count() >= 2) {
        let said = |w: &str| known.says(w) || in_citations(s, w);
        if !said(words) && !said(&super::marks::angled(words)) {
            let what = format!("`{words}` is in quotation marks and stands nowhere in the evidence");
            out.push(Finding::new(&s.path, "quote-without-source", what));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grounds(text: &str, quote: &str) -> bool {
        let number = Tokens::of(text).numbers.into_iter().next().unwrap();
        is_larger_unit(&number, &[quote])
    }

    #[test]
    fn a_figure_in_a_larger_unit_rests_on_one_that_has_the_smaller_unit() {
        assert!(grounds("it took 2.03 s", "took 2029.2ms in all"));
        assert!(grounds("it took 2.03 s", r#"{"name":"GET /x","duration":2029202}"#));
        assert!(grounds("it took 2.03 s", "7f1c,9a0e,cart,GET /x,server,2029202,OK"));
        assert!(grounds("from 102.5GiB", "110058536960"), "a figure that is cited by itself");
        assert!(grounds("it took 2.03 s", "elapsed_us=2029202 rows=4"));
    }

    #[test]
    fn a_figure_may_be_rounded_where_the_field_states_its_unit() {
        let number = |text: &str| Tokens::of(text).numbers.into_iter().next().unwrap();
        let quote = r#"{"name":"SELECT lot","durationMs":436.224}"#;
        assert!(is_rounded(&number("it took 436.2 ms"), &[quote]));
        assert!(!is_rounded(&number("it took 436.2 s"), &[quote]));
        assert!(!is_rounded(&number("it took 436.3 ms"), &[quote]));
    }

    #[test]
    fn a_port_a_code_and_a_count_are_no_durations() {
        assert!(!grounds("p99 rose to 8.1 s", "dial tcp 10.1.2.3:8080: refused"));
        assert!(!grounds("p99 rose to 8.1 s", "listening on port 8080"));
        assert!(!grounds("p99 rose to 2.0 s", "served 2029 requests"));
        assert!(!grounds("p99 rose to 2.0 s", r#"{"rows":2029,"msg":"done"}"#));
    }
}
