//! A change told with its figures the wrong way round: `increase to 60 from 80`.

use super::check::Finding;
use super::page::Page;
use crate::analyst::grounding::pattern::{Pattern, group};

static CHANGE: Pattern = Pattern::new(
    r"(?i)\b(?:(increas\w*|rais(?:e[sd]?|ing)|gr[eo]w(?:s|n|ing)?|r[io]se[sn]?|scal(?:e[sd]?|ing) (?:up|out)|bump(?:s|ed|ing)?(?: up)?)|(decreas\w*|lower(?:s|ed|ing)?|reduc\w*|f[ae]ll(?:s|en|ing)?|dropp?(?:s|ed|ing)?|shr[iau]nk\w*|scal(?:e[sd]?|ing) (?:down|in)))\b[^.;:|]{0,60}?\b(?:to (\d+(?:\.\d+)?) ?([a-z%]*) from (\d+(?:\.\d+)?) ?([a-z%]*)|from (\d+(?:\.\d+)?) ?([a-z%]*) to (\d+(?:\.\d+)?) ?([a-z%]*))",
);

/// Checks the page.
pub fn check(page: &Page<'_>, out: &mut Vec<Finding>) {
    for row in page.rows.iter() {
        for c in CHANGE.all(row.text) {
            let of = |n: usize| group(&c, n).parse::<f64>().ok();
            let ((Some(before), Some(after)), units) = (match of(3) {
                Some(after) => ((of(5), Some(after)), (group(&c, 6), group(&c, 4))),
                None => ((of(7), of(9)), (group(&c, 8), group(&c, 10))),
            }) else {
                continue;
            };
            // `from 512 Mi to 1 Gi` can't be compared as it stands; `to 80 nodes` may leave its unit out once
            let comparable =
                units.0.eq_ignore_ascii_case(units.1) || units.0.is_empty() || !is_unit(units.0) && !is_unit(units.1);
            let up = !group(&c, 1).is_empty();
            if comparable && (if up { after < before } else { after > before }) {
                let (says, goes) = if up { ("up", "down") } else { ("down", "up") };
                let reason = format!("`{}` says {says}, and its figures go {goes}", group(&c, 0).trim());
                out.push(Finding::new(
                    row.no,
                    "direction-contradicts",
                    reason,
                    "put the figures in the order of what happened",
                ));
            }
        }
    }
}

/// Units of one quantity that differ in size.
fn is_unit(word: &str) -> bool {
    const UNITS: &[&str] = &[
        "ki", "mi", "gi", "ti", "kib", "mib", "gib", "tib", "kb", "mb", "gb", "tb", "k", "m", "g", "ms", "s", "sec",
        "min", "h", "d",
    ];
    UNITS.contains(&word.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::super::lint;

    #[test]
    fn a_change_whose_figures_go_the_other_way_is_found_and_one_that_agrees_is_not() {
        let found = |line: &str| lint(line, None).iter().any(|f| f.rule == "direction-contradicts");
        for wrong in [
            "Decided to increase the node count to 12 from 16 for more pods.",
            "The pool was reduced from 40 to 60.",
            "Scaled down workers to 9 from 3.",
        ] {
            assert!(found(wrong), "{wrong}");
        }
        for right in [
            "Increased the node count from 12 to 16.",
            "The limit was raised from 512 Mi to 1 Gi.",
            "Latency rose from 900 ms to 2 s.",
            "Launches dropped from 97% to 3%.",
            "The group was bumped up to 16, from then on 4 pods fit.",
        ] {
            assert!(!found(right), "{right}");
        }
    }
}
