//! What checks showed, weighed: a check that came out moves the hypotheses it discriminates, and the
//! trail says which, how far and why.

use crate::domain::{Citation, Claim, Hypothesis, Outcome, Verdict};

use super::confidence::Calibration;

/// A check whose output was judged, as far as it weighs on hypotheses.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Checked {
    pub check: String,
    pub what: String,
    pub hypotheses: Vec<String>,
    /// True where a pass is the playbook's own confirmation.
    pub confirms: bool,
    pub outcome: Outcome,
    pub because: String,
    pub decided_by: Option<Citation>,
}

/// What one check did to one hypothesis.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// One sentence for the trail.
    pub text: String,
    /// The line that decided.
    pub citations: Vec<Citation>,
}

/// What a check weighs in log-odds before the calibration's slope: as much as the heaviest reason that a
/// line can state in our playbooks (3.4). Its rule was written down before its output was seen.
const WEIGHT: f64 = 3.4;
/// Where a check can take a confidence, at most and at least.
const MOST: f64 = 0.97;
const LEAST: f64 = 0.02;

/// Moves the hypotheses by what the checks showed and puts them in their new order. The answer has one
/// entry for each that moved.
pub fn weigh(hypotheses: &mut [Hypothesis], checked: &[Checked]) -> Vec<Moved> {
    let slope = Calibration::embedded().weight;
    let mut moved = Vec::new();
    for c in checked {
        for h in hypotheses.iter_mut().filter(|h| c.hypotheses.contains(&h.id)) {
            let (sign, verdict) = match c.outcome {
                Outcome::Pass if c.confirms => (1.0, Verdict::Confirmed),
                Outcome::Pass => (1.0, Verdict::Strengthened),
                Outcome::Fail => (-1.0, Verdict::Weakened),
                Outcome::Unclear | Outcome::Unknown => continue,
            };
            let before = h.confidence;
            h.confidence = shifted(before, sign * slope * WEIGHT);
            if h.verdict != Verdict::Confirmed || verdict != Verdict::Strengthened {
                h.verdict = verdict;
            }
            let citations: Vec<Citation> = c.decided_by.iter().cloned().collect();
            if let Some(line) = &c.decided_by {
                let quote = line.quote.split_whitespace().collect::<Vec<_>>().join(" ");
                let claim = Claim::quoted(format!("A check shows “{quote}”."), citations.clone());
                let list = if sign > 0.0 { &mut h.supporting } else { &mut h.against };
                if !list.iter().any(|known| known.citations == claim.citations) {
                    list.insert(0, claim);
                }
            }
            let text = format!(
                "{}: {:.2} → {:.2}, {}. The check “{}” came out as {}: {}.",
                h.id,
                before,
                h.confidence,
                verdict.name(),
                c.what.trim_end_matches('.'),
                if sign > 0.0 { "expected" } else { "not expected" },
                c.because.trim_end_matches('.'),
            );
            moved.push(Moved { text, citations });
        }
    }
    if !moved.is_empty() {
        hypotheses.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then(a.rank.cmp(&b.rank)));
        (1..).zip(hypotheses.iter_mut()).for_each(|(place, h)| h.rank = place);
    }
    moved
}

fn shifted(confidence: f64, by: f64) -> f64 {
    let p = confidence.clamp(LEAST, MOST);
    let odds = (p / (1.0 - p)).ln() + by;
    (1.0 / (1.0 + (-odds).exp())).clamp(LEAST, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FaultKind, SubjectKind};

    fn hypothesis(rank: u32, id: &str, confidence: f64) -> Hypothesis {
        Hypothesis {
            id: id.into(),
            rank,
            subject: "shop".into(),
            subject_kind: SubjectKind::Service,
            fault_kind: FaultKind::MemoryExhaustion,
            playbook: "x".into(),
            known_as: Vec::new(),
            confidence,
            verdict: Verdict::Proposed,
            statement: String::new(),
            supporting: Vec::new(),
            against: Vec::new(),
            settled_by: None,
        }
    }

    fn checked(id: &str, outcome: Outcome, confirms: bool) -> Checked {
        Checked {
            check: "c".into(),
            what: "Look.".into(),
            hypotheses: vec![id.into()],
            confirms,
            outcome,
            because: "free is 0".into(),
            decided_by: None,
        }
    }

    #[test]
    fn a_check_moves_its_hypotheses_and_their_order_and_says_so() {
        let mut all = vec![hypothesis(1, "a", 0.6), hypothesis(2, "b", 0.5)];
        let moved = weigh(&mut all, &[checked("a", Outcome::Fail, false), checked("b", Outcome::Pass, true)]);
        let order: Vec<(&str, u32, Verdict)> = all.iter().map(|h| (h.id.as_str(), h.rank, h.verdict)).collect();
        assert_eq!(order, [("b", 1, Verdict::Confirmed), ("a", 2, Verdict::Weakened)]);
        assert!(
            moved.len() == 2 && moved[0].text.contains("0.60 →") && moved[0].text.contains("free is 0"),
            "{moved:?}"
        );
    }

    #[test]
    fn what_could_not_be_told_moves_nothing() {
        let mut all = vec![hypothesis(1, "a", 0.6)];
        assert_eq!(weigh(&mut all, &[checked("a", Outcome::Unclear, true)]), []);
        assert_eq!((all[0].confidence, all[0].verdict), (0.6, Verdict::Proposed));
        let mut sure = vec![hypothesis(1, "a", 0.96)];
        weigh(&mut sure, &[checked("a", Outcome::Pass, true)]);
        assert!(sure[0].confidence <= MOST);
    }
}
