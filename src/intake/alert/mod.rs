//! Alert payloads → what they state: title, severity, service, start, status.
//!
//! Alertmanager, Grafana, Datadog, PagerDuty, Opsgenie, CloudWatch, Sentry and generic ones are read
//! by the same table of keys: vendors differ in names, not in what they say. What a payload does not
//! state stays `None`; a severity is the payload's own word and no level of ours.

mod fact;
mod keys;

use crate::domain::{Evidence, SectionKind, Span};

pub use fact::AlertFact;

/// The largest payload that is read, in bytes.
const LARGEST: usize = 4 << 20;

/// Every alert of the evidence, in order.
pub fn alerts(evidence: &Evidence) -> Vec<AlertFact> {
    let mut found = Vec::new();
    for (source, reading) in evidence.sources.iter().zip(&evidence.readings) {
        for section in reading.sections.iter().filter(|s| matches!(s.kind, SectionKind::Alert | SectionKind::Json)) {
            let lines = reading.lines.get(section.lines.clone()).unwrap_or(&[]);
            let (Some(first), Some(last)) = (lines.first(), lines.last()) else { continue };
            let text = source.text.get(first.start..last.end).unwrap_or("");
            let Some(open) = text.find(['{', '[']) else { continue };
            let body = text.get(open..).unwrap_or("").trim_end().trim_end_matches('`').trim_end();
            if body.len() > LARGEST {
                continue;
            }
            let start = first.start + open;
            let span = Span::new(source.id, start..start + body.len());
            found.extend(fact::facts(body, span, section.kind == SectionKind::Alert));
        }
    }
    found
}

/// The alerts of one payload that is known to be one.
pub fn payload(text: &str, span: Span) -> Vec<AlertFact> {
    fact::facts(text, span, true)
}
