//! A figure that a program logged with changing values, and from some moment on as zero, which it never was:
//! what it calculates or reads has gone wrong, though it reports no error. It says nothing of figures that were
//! equal before, or that differ still, nor of what may rightly be none: counts, loads, waits, and what sank.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::analyst::casebook::{Bearing, Finding};
use crate::analyst::scope::{BlockKind, Scope, service_of};
use crate::analyst::wording::message;
use crate::analyst::{Casebook, naming};
use crate::domain::{Claim, Evidence, Span, Stamp};

/// Lines of a form before the change, and of them with a value of their own.
const BEFORE: usize = 8;
const DIFFERENT: usize = 6;
/// Lines with the one value at the end.
const AFTER: usize = 4;
/// Lines before and after from which on it is no chance of a few.
const MANY: usize = 12;
const SURE: usize = 6;
/// Of what the values were at first, below which they had sunk before they stayed.
const SUNK: f64 = 0.5;
/// Forms that are followed.
const FORMS: usize = 2_000;

struct Form<'e> {
    service: String,
    /// What the figure is called: the words before it.
    name: String,
    values: Vec<(&'e str, Span, Option<Stamp>)>,
}

/// The figures that got stuck, as findings.
pub(super) fn findings(evidence: &Evidence, scope: &Scope, book: &Casebook) -> Vec<Finding> {
    let mut forms: HashMap<u64, Form<'_>> = HashMap::new();
    for (block, line, text) in scope.lines(evidence, |b| matches!(b.kind, BlockKind::Logs | BlockKind::Text)) {
        let Some((head, value)) = figure_at_end(text) else { continue };
        if line.stamp.is_none() || line.duplicate_of.is_some() || book.is_row(block.source, line.start) {
            continue;
        }
        let from = line.message.saturating_sub(line.start);
        let Some(said) = head.get(from..) else { continue };
        let mut hasher = DefaultHasher::new();
        line.service.hash(&mut hasher);
        said.split_whitespace().filter(|w| !w.contains(|c: char| c.is_ascii_digit())).for_each(|w| w.hash(&mut hasher));
        let key = hasher.finish();
        if forms.len() >= FORMS && !forms.contains_key(&key) {
            continue;
        }
        let form = forms.entry(key).or_insert_with(|| Form {
            service: service_of(scope, block, line, text).unwrap_or_default(),
            name: said.to_lowercase(),
            values: Vec::new(),
        });
        let said = message(text, from).unwrap_or(from..text.len());
        form.values.push((value, Span::new(block.source, line.start + said.start..line.start + said.end), line.stamp));
    }
    let mut out: Vec<Finding> = forms.into_values().filter_map(|f| stuck(evidence, f)).collect();
    out.sort_by(|a, b| a.subject.cmp(&b.subject));
    out
}

/// `tariff factor = 0.8902`: a line that ends with a figure behind `=` or `:`, and the figure.
fn figure_at_end(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_end();
    if !text.ends_with(|c: char| c.is_ascii_digit()) || text.len() > 400 {
        return None;
    }
    let at = text.rfind(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-')).map_or(0, |at| at + 1);
    let (head, value) = text.split_at_checked(at)?;
    let marked = head.trim_end().ends_with(['=', ':']);
    (marked && value.parse::<f64>().is_ok()).then_some((head, value))
}

/// Words of a figure's name that tell a load, a wait or a number of things: that it is none is no fault by itself.
const MAY_BE_NONE: &[&str] = &[
    "active",
    "age",
    "backlog",
    "backoff",
    "behind",
    "buffered",
    "busy",
    "count",
    "delay",
    "depth",
    "drops",
    "elapsed",
    "flight",
    "hits",
    "idle",
    "inflight",
    "lag",
    "latency",
    "length",
    "load",
    "missed",
    "number",
    "offset",
    "open",
    "pending",
    "processed",
    "qps",
    "queue",
    "queued",
    "rate",
    "remaining",
    "retry",
    "rps",
    "running",
    "second",
    "size",
    "throughput",
    "took",
    "total",
    "tps",
    "traffic",
    "usage",
    "used",
    "utilization",
    "wait",
    "waiting",
];

/// True for a figure that counts or measures a load: its name says so, or it is whole every time.
fn counts(name: &str, values: &[&str]) -> bool {
    let mut words = name.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    values.iter().all(|v| !v.contains('.')) || words.any(|w| MAY_BE_NONE.contains(&w))
}

/// True where the values came down to what they ended at: their last part lies clearly below their first one.
fn sinks(values: &[f64]) -> bool {
    let part = (values.len() / 4).max(1);
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len().max(1) as f64;
    let first = mean(values.get(..part).unwrap_or(&[]));
    let last = mean(values.get(values.len() - part..).unwrap_or(&[]));
    let falls = values.windows(2).filter(|w| matches!(w, [a, b] if b < a)).count();
    last < SUNK * first && falls * 2 >= values.len()
}

fn stuck(evidence: &Evidence, form: Form<'_>) -> Option<Finding> {
    let (last, _, _) = form.values.last()?;
    let since = form.values.iter().rposition(|(v, _, _)| v != last)? + 1;
    let (before, after) = form.values.split_at_checked(since)?;
    let mut different: Vec<&str> = before.iter().map(|(v, _, _)| *v).collect();
    different.sort_unstable();
    different.dedup();
    let new = !different.contains(last) && last.parse::<f64>().is_ok_and(|v| v <= 0.0);
    if before.len() < BEFORE || different.len() < DIFFERENT || after.len() < AFTER || !new {
        return None;
    }
    let values: Vec<f64> = before.iter().filter_map(|(v, _, _)| v.parse().ok()).collect();
    if counts(&form.name, &different) || sinks(&values) {
        return None;
    }
    if !naming::is_name(&form.service) {
        return None;
    }
    let ((_, was, _), (_, first, at)) = (before.last()?, after.first()?);
    let (was, now) = (evidence.cite(*was), evidence.cite(*first));
    let text = format!("{} logged changing values before, and one value since: “{}”", form.service, now.quote);
    Some(Finding {
        tool: super::own_errors::TOOL.name,
        subject_kind: naming::kind_of(&form.service),
        subject: form.service,
        playbook: "app_logic_error.wrong_result".into(),
        bearing: Bearing::Stated,
        weight: if before.len() < MANY || after.len() < SURE { 3.0 } else { 4.0 },
        mechanism: format!("it logs one value since, and changing ones before: “{}”", now.quote),
        claim: Claim::quoted(text, vec![now, was]),
        at: *at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::pasted::pasted;

    /// Lines with a figure of each kind of life, and then with zero.
    fn found(name: &str, value: impl Fn(usize) -> String) -> Vec<Finding> {
        let line = |i: usize, value: &str| {
            format!("2026-03-01T10:{:02}:{:02}Z INFO tariff-svc: {name} = {value}\n", i / 60, i % 60)
        };
        let before: String = (0..14).map(|i| line(i, &value(i))).collect();
        let after: String = (14..21).map(|i| line(i, "0.0000")).collect();
        let evidence = pasted(&format!("$ kubectl logs deploy/tariff-svc\n{before}{after}"));
        let book = Casebook::default();
        findings(&evidence, &book.scope(&evidence), &book)
    }

    fn uneven(i: usize) -> f64 {
        0.8 + (i * 7 % 11) as f64 / 13.0
    }

    #[test]
    fn a_calculated_figure_that_became_zero_for_good_is_a_wrong_result() {
        let found = found("tariff factor", |i| format!("{:.4}", uneven(i)));
        assert_eq!(found.len(), 1);
        let claim = &found[0].claim.text;
        assert!(claim.starts_with("tariff-svc logged changing values before, and one value since: “"), "{claim}");
    }

    #[test]
    fn what_may_rightly_be_none_is_no_wrong_result() {
        assert!(found("lag", |i| format!("{}", 1834 - i * 120)).is_empty(), "a queue that was drained");
        assert!(found("drift", |i| format!("{:.3}", 9.0 - i as f64 * 0.6)).is_empty(), "what falls to nothing");
        assert!(found("documents", |i| format!("{}", 120 + i * 7 % 11)).is_empty(), "what is counted");
        for name in ["throughput", "requests per second", "queue wait", "replication lag", "error rate"] {
            assert!(found(name, |i| format!("{:.4}", uneven(i))).is_empty(), "{name}");
        }
    }

    #[test]
    fn a_figure_stands_at_the_end_behind_its_name() {
        assert_eq!(figure_at_end("Q1: tariff factor = 0.89").map(|f| f.1), Some("0.89"));
        assert_eq!(figure_at_end("took 12").map(|f| f.1), None);
        assert_eq!(figure_at_end("10.0.0.1:80 host-7").map(|f| f.1), None);
    }
}
