//! Figures that a page gives once: two values of one figure disagree.

use super::check::Finding;
use super::page::Page;
use super::rules::rules;

/// Checks the page.
pub fn check(page: &Page<'_>, out: &mut Vec<Finding>) {
    for figure in &rules().figures {
        let mut first: Option<(String, u32)> = None;
        for row in page.rows.iter().filter(|r| r.part != crate::analyst::grounding::statement::Part::Context) {
            for c in figure.pattern.captures_iter(row.text) {
                let value = c.iter().skip(1).flatten().next().map(|m| plain(m.as_str())).unwrap_or_default();
                match &first {
                    Some((known, line)) if *known != value => {
                        let reason = format!("{} is given as {value} here and as {known} at line {line}", figure.name);
                        let fix = "give one value, and where it comes from";
                        out.push(Finding::new(row.no, "figures-disagree", reason, fix));
                    }
                    Some(_) => {}
                    None => first = Some((value, row.no)),
                }
            }
        }
    }
}

/// The value without differences of writing.
fn plain(value: &str) -> String {
    // one clock time may be written 9:20 and 09:20
    let value = if value.contains(':') { value.trim_start_matches('0') } else { value };
    value
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
        .replace(" %", "%")
        .replace("minutes", "min")
        .replace("hours", "h")
}
