//! A figure that a program logged with another value each time, and from some moment on with one that it
//! never had: what it calculates or reads has gone wrong, though it reports no error. It says nothing of
//! figures that were equal before, or that differ still.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::analyst::casebook::{Bearing, Finding};
use crate::analyst::scope::{BlockKind, Scope, service_of};
use crate::analyst::wording::message;
use crate::analyst::{Casebook, naming};
use crate::domain::{Claim, Evidence, Span, Stamp};

/// Lines of a form before the change, and of them with a value of their own.
const BEFORE: usize = 12;
const DIFFERENT: usize = 6;
/// Lines with the one value at the end.
const AFTER: usize = 6;
/// Forms that are followed.
const FORMS: usize = 2_000;

struct Form<'e> {
    service: String,
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
    if !naming::is_name(&form.service) {
        return None;
    }
    let ((_, was, _), (_, first, at)) = (before.last()?, after.first()?);
    let (was, now) = (evidence.cite(*was), evidence.cite(*first));
    let text = format!("{} logged another value each time before, and one value since: “{}”", form.service, now.quote);
    Some(Finding {
        tool: super::own_errors::TOOL.name,
        subject_kind: naming::kind_of(&form.service),
        subject: form.service,
        playbook: "app_logic_error.wrong_result".into(),
        bearing: Bearing::Stated,
        weight: 4.0,
        mechanism: format!("it logs one value since, and another each time before: “{}”", now.quote),
        claim: Claim::quoted(text, vec![now, was]),
        at: *at,
    })
}

#[cfg(test)]
mod tests {
    use super::figure_at_end;

    #[test]
    fn a_figure_stands_at_the_end_behind_its_name() {
        assert_eq!(figure_at_end("Q1: tariff factor = 0.89").map(|f| f.1), Some("0.89"));
        assert_eq!(figure_at_end("took 12").map(|f| f.1), None);
        assert_eq!(figure_at_end("10.0.0.1:80 host-7").map(|f| f.1), None);
    }
}
