//! When a certificate ended that a hypothesis says has expired: by the error that refuses it, by what describes
//! it. A date that is still to come when the trouble was seen is another certificate's.

use std::cmp::Ordering;

use super::material::Material;
use crate::analyst::grounding::pattern::{Pattern, group};
use crate::domain::report::FirstCause;
use crate::domain::{Claim, Hypothesis, Span, Stamp};
use crate::intake::logline::stamp_of;

/// The playbooks of an ended certificate begin so.
const FAMILY: &str = "certificate_expired.";
/// Lines that are looked through at most.
const MOST: usize = 20_000;
/// Lines longer than this state no date of a certificate that a person could check, in bytes.
const LONGEST: usize = 1_000;

/// `current time … is after 2026-09-12T00:00:00Z`: the refusal that says when it ended.
static REFUSED: Pattern = Pattern::new(r"\bis after (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)");
/// `notAfter=Sep  2 00:00:00 2025 GMT`, `Not After: 2025-09-02T00:00:00Z`, `Certificate expired on Sun, 04 Oct 2026
/// 00:00:00 UTC`: what tools for certificates print.
static ENDS: Pattern = Pattern::new(
    r"(?i)\b(?:not ?after *[:=]|certificate(?: has)? expired (?:on|at)) *((?:\w{3}, )?\d{1,2} \w{3} \d{4} [\d:]{8} (?:UTC|GMT)|\w{3} +\d{1,2} [\d:]{8} \d{4} GMT|\d{4}-\d\d-\d\d[T ][\d:]{8} ?(?:Z|UTC|[+-]\d\d:?\d\d))",
);

/// When the certificate of that hypothesis ended: as the refusal has it, else as the one date does that descriptions
/// state and that had passed. Two such dates are two certificates, and neither is taken.
pub fn first(m: &Material<'_>, h: &Hypothesis) -> Option<FirstCause> {
    if !h.playbook.starts_with(FAMILY) {
        return None;
    }
    stated(m, h, &REFUSED, true).or_else(|| stated(m, h, &REFUSED, false)).or_else(|| stated(m, h, &ENDS, false))
}

/// The one time that this pattern reads out of the lines (`cited`: those that the hypothesis rests on).
fn stated(m: &Material<'_>, h: &Hypothesis, pattern: &Pattern, cited: bool) -> Option<FirstCause> {
    let rests = |span: Span| {
        let mut places = h.supporting.iter().flat_map(|c| &c.citations);
        places.any(|c| c.source == span.source && c.start < span.end && span.start < c.end)
    };
    let mut found: Option<FirstCause> = None;
    for (source, line) in m.evidence.lines().take(MOST) {
        let span = Span::new(source, line.range());
        let text = m.evidence.slice(span);
        if text.len() > LONGEST || cited && !rests(span) {
            continue;
        }
        let Some(read) = pattern.captures(text) else { continue };
        let Some(at) = ended(group(&read, 1)).filter(|at| !to_come(m, at)) else { continue };
        match &found {
            Some(first) if first.at != at => return None,
            Some(_) => {}
            None => {
                let (from, to) = read.get(0).map_or((0, text.len()), |whole| (whole.start(), whole.end()));
                let place = m.evidence.cite(Span::new(source, line.start + from..line.start + to));
                let what = Claim::quoted(format!("“{}”", place.quote), vec![place]);
                found = Some(FirstCause { at, what });
            }
        }
    }
    found
}

/// True for a time after the first symptom.
fn to_come(m: &Material<'_>, at: &Stamp) -> bool {
    m.onset.as_ref().is_some_and(|(onset, _)| at.order(onset) == Some(Ordering::Greater))
}

/// The time that a certificate states; they are all in UTC. `Sep  2 00:00:00 2025 GMT` has its year behind the clock.
fn ended(text: &str) -> Option<Stamp> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let at = match words.as_slice() {
        [month, day, clock, year, "GMT"] => stamp_of(&format!("{day} {month} {year} {clock}"))?,
        [.., "UTC" | "GMT"] => stamp_of(&words.get(..words.len() - 1)?.join(" "))?,
        _ => stamp_of(text)?,
    };
    Some(match at {
        Stamp::Local(written) => Stamp::Exact(written.and_utc()),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::pasted::report_of;

    #[test]
    fn what_tools_for_certificates_print_is_read() {
        for text in [
            "Sep  2 00:00:00 2025 GMT",
            "2025-09-02T00:00:00Z",
            "Tue, 02 Sep 2025 00:00:00 UTC",
            "2025-09-02 02:00:00 +0200",
            "2025-09-02 00:00:00 UTC",
        ] {
            assert_eq!(ended(text).map(|at| at.to_string()).as_deref(), Some("2025-09-02T00:00:00Z"), "{text}");
        }
        assert_eq!(ended("soon"), None);
    }

    const REFUSES: &str = "2026-03-04T00:12:09Z ERROR ledger: Post \"https://vault-gate:8443/sign\": tls: failed to verify \
        certificate: x509: certificate has expired or is not yet valid\n\n$ openssl x509 -noout -enddate -in gate.crt\n";

    #[test]
    fn a_certificate_fails_from_its_end_on() {
        let first = |dates: &str| {
            let report = report_of(&format!("{REFUSES}{dates}"));
            report.first_cause.map(|f| f.at.to_string())
        };
        assert_eq!(first("notAfter=Mar  4 00:00:00 2026 GMT\n").as_deref(), Some("2026-03-04T00:00:00Z"));
        let other = "notAfter=Mar  4 00:00:00 2026 GMT\nnotAfter=Aug  1 00:00:00 2026 GMT\n";
        assert_eq!(first(other).as_deref(), Some("2026-03-04T00:00:00Z"), "one that is still good is another's");
        let two = "notAfter=Mar  4 00:00:00 2026 GMT\nnotAfter=Feb  1 00:00:00 2026 GMT\n";
        assert_eq!(first(two).as_deref(), Some("2026-03-04T00:12:09Z"), "of two ended ones nobody knows which it is");
    }
}
