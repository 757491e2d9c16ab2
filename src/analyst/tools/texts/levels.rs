//! Series that stayed at their levels, or are back at them: what was measured is in order. It says so
//! only where every measure is, and what was reported is among them or nothing was.

use crate::analyst::Casebook;
use crate::analyst::casebook::BACK;
use crate::analyst::naming;
use crate::domain::{Claim, Evidence, Source, Span};
use crate::intake::metrics::Series;

/// A level is kept between these multiples of what it was at first.
const KEPT: (f64, f64) = (0.55, 1.7);
/// A share in percent from which a level is high, kept or not.
const HIGH: f64 = 80.0;
/// The most of a source's beginning in which a report stands, in bytes.
const REPORT: usize = 1_500;
/// Points below which a series shows no level.
const POINTS: usize = 6;

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// How a series stands at its end against its beginning.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stands {
    Kept,
    /// It left its level inside and is back.
    Back,
    Elsewhere,
}

fn stands(s: &Series) -> Stands {
    let mut values: Vec<f64> = s.points.iter().map(|p| p.value).filter(|v| v.is_finite()).collect();
    let third = values.len() / 3;
    if values.len() < POINTS {
        return if values.is_empty() { Stands::Kept } else { Stands::Elsewhere };
    }
    let (first, last) =
        (mean(values.get(..third).unwrap_or(&[])), mean(values.get(values.len() - third..).unwrap_or(&[])));
    values.sort_by(f64::total_cmp);
    let middle = values.get(values.len() / 2).copied().unwrap_or(first);
    let most = values.last().copied().unwrap_or(first);
    let least = values.first().copied().unwrap_or(first);
    let percent = s.metric.contains('%') || plain(&s.metric).contains("cpu");
    let kept = |now: f64, was: f64| (was == now) || (was > 0.0 && (KEPT.0..=KEPT.1).contains(&(now / was)));
    if (percent && last >= HIGH) || !kept(last, first) || !kept(last, middle) {
        return Stands::Elsewhere;
    }
    if kept(most, middle) && kept(least, middle) { Stands::Kept } else { Stands::Back }
}

/// Says that all is measured to be in order, where it is.
pub fn calm(evidence: &Evidence, book: &mut Casebook, source: &Source, all: &[Series]) {
    let text: &str = &source.text;
    let source = source.id;
    let mut end = REPORT.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = plain(text.get(..end).unwrap_or_default());
    let alerts = head.contains("alert");
    let told = |s: &Series| alerts && plain(&s.metric).len() > 4 && head.contains(&plain(&s.metric));
    let measured = all.iter().filter(|s| s.points.len() >= POINTS).count();
    if measured < 3 || all.iter().any(|s| stands(s) == Stands::Elsewhere) {
        return;
    }
    let back = all.iter().filter(|s| told(s)).find(|s| stands(s) == Stands::Back);
    // the measure that is reported may never have left its level: one point outside of a narrow band
    let steady = all.iter().filter(|s| told(s) && s.points.len() >= POINTS).any(|s| stands(s) == Stands::Kept);
    if alerts && back.is_none() && !steady {
        return;
    }
    let place = |s: &Series| s.points.last().map(|p| evidence.cite(Span::new(source, p.span.clone())));
    if let Some(back) = back {
        let name = super::measures::begun(&super::measures::named_unit(&back.metric).0);
        let text = format!("{name} of {} {BACK}", naming::workload(&back.subject));
        book.calm.push(Claim::inferred(text, place(back).into_iter().collect()));
    } else {
        let cited = all.iter().filter_map(place).take(4).collect();
        book.calm.push(Claim::inferred("every measure that is shown keeps its level".to_owned(), cited));
    }
}
