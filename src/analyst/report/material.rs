//! What every section is made from, in one value, and the few questions several sections ask of it.

use super::fill::Given;
use super::wording::is_focus;
use crate::analyst::casebook::Change;
use crate::analyst::investigation::Request;
use crate::analyst::{Casebook, Knowledge, Playbook};
use crate::domain::report::{Conclusion, RowKind, TimelineRow};
use crate::domain::{Citation, Claim, Evidence, Hypothesis, Line, Stamp, Verdict};

/// Everything a section may read.
pub struct Material<'a> {
    pub evidence: &'a Evidence,
    /// What it gives for the arguments of commands.
    pub given: &'a Given<'a>,
    pub request: &'a Request,
    pub book: &'a Casebook,
    pub knowledge: &'a Knowledge,
    pub hypotheses: &'a [Hypothesis],
    pub outcome: Conclusion,
    /// The changes: the tools', else those a change note states.
    pub changes: Vec<Change>,
    /// When symptoms began, as far as anything says so.
    pub onset: Option<(Stamp, Claim)>,
    /// When somebody or something first noticed.
    pub detected: Option<(Stamp, Claim)>,
    /// The timeline.
    pub rows: Vec<TimelineRow>,
}

/// Hypotheses below this confidence get no checks, mitigations or follow-ups of their own, and hit nobody. What little
/// speaks for one is calibrated to a tenth (see `calibration.toml`).
const WORTH_ACTING_ON: f64 = 0.15;

/// How much of each source is searched for a product's words, in bytes.
const SEARCHED: usize = 200 * 1024;

impl<'a> Material<'a> {
    /// What the sections are made from; what the casebook lacks is taken from dated notes.
    pub fn new(
        given: &'a Given<'a>,
        request: &'a Request,
        (book, knowledge): (&'a Casebook, &'a Knowledge),
        hypotheses: &'a [Hypothesis],
        outcome: Conclusion,
        rows: &[TimelineRow],
    ) -> Self {
        let evidence = given.evidence();
        let changes = if book.changes.is_empty() { super::stated::changes(evidence) } else { book.changes.clone() };
        let first = |kind: RowKind| {
            let of_kind = || rows.iter().filter(move |r| r.kind == kind);
            let named = of_kind().find(|r| r.what.text.to_lowercase().contains("first"));
            named.or_else(|| of_kind().next()).map(|r| (r.at, r.what.clone()))
        };
        let ours = |(_, claim): &(Stamp, Claim)| !super::background::is_foreign(book, hypotheses, claim);
        let onset = book.onset.clone().filter(ours).or_else(|| first(RowKind::Symptom));
        let detected = book.detected.clone().or_else(|| first(RowKind::Alert));
        Self {
            evidence,
            given,
            request,
            book,
            knowledge,
            hypotheses,
            outcome,
            changes,
            onset,
            detected,
            rows: rows.to_vec(),
        }
    }

    /// True where a template asks for no words, or the evidence has them.
    pub fn says(&self, words: Option<&str>) -> bool {
        let Some(words) = words else { return true };
        let Ok(pattern) = crate::domain::pattern::compile_any_case(words) else { return false };
        self.evidence.sources.iter().any(|s| pattern.is_match(s.text.get(..SEARCHED).unwrap_or(&s.text)))
    }

    /// The first hypothesis that still stands, where something is wrong at all.
    pub fn top(&self) -> Option<&'a Hypothesis> {
        if self.outcome == Conclusion::NoIncident {
            return None;
        }
        self.hypotheses.iter().find(|h| h.verdict != Verdict::RuledOut)
    }

    /// The first `most` hypotheses that still stand and are worth acting on.
    pub fn standing(&self, most: usize) -> impl Iterator<Item = &'a Hypothesis> {
        let calm = self.outcome == Conclusion::NoIncident;
        let standing = self.hypotheses.iter().filter(move |h| !calm && h.verdict != Verdict::RuledOut);
        standing.enumerate().filter(|(i, h)| *i == 0 || h.confidence >= WORTH_ACTING_ON).map(|(_, h)| h).take(most)
    }

    /// True for what leads, and for what calls it or is called by it.
    pub fn touches(&self, name: &str) -> bool {
        let Some(top) = self.top() else { return false };
        let is = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
        let about = |claim: &Claim| {
            claim.text.strip_prefix("The report is about ").is_some_and(|t| t.trim_end_matches('.') == name)
        };
        is(&top.subject, name)
            || self.hypotheses.iter().any(|h| is(&h.subject, name) && !is_apart(h) && h.confidence >= WORTH_ACTING_ON)
            || top.supporting.iter().any(about)
            || self.book.edges.iter().any(|e| {
                (is(&e.caller, &top.subject) && is(&e.callee, name))
                    || (is(&e.callee, &top.subject) && is(&e.caller, name))
            })
    }

    /// The line that a place begins on.
    pub fn line(&self, place: &Citation) -> Option<&'a Line> {
        self.evidence.line_of(place)
    }

    /// The playbook of a hypothesis.
    pub fn playbook(&self, h: &Hypothesis) -> Option<&'a Playbook> {
        self.knowledge.playbooks.get(&h.playbook)
    }

    /// The changes that bear on a subject: its own, else those that name it, else those of the one
    /// deploy that is told of.
    pub fn changes_of(&self, subject: &str) -> Vec<&Change> {
        let own: Vec<&Change> = self.changes.iter().filter(|c| c.subject.eq_ignore_ascii_case(subject)).collect();
        if !own.is_empty() {
            return own;
        }
        let named = |c: &&Change| c.citation.quote.to_lowercase().contains(&subject.to_lowercase());
        let named: Vec<&Change> = self.changes.iter().filter(named).collect();
        let one_deploy =
            self.changes.iter().all(|c| self.changes.first().is_some_and(|f| f.subject == c.subject && f.at == c.at));
        if named.is_empty() && one_deploy { self.changes.iter().collect() } else { named }
    }
}

/// True for a hypothesis about something that nothing connects with what was asked about: it is shown, and
/// nobody is sent there.
pub fn is_apart(h: &Hypothesis) -> bool {
    let apart = |c: &Claim| c.text.starts_with("The report is about ") && c.text.contains("; nothing seen connects ");
    h.verdict == Verdict::Weakened && h.against.iter().any(apart)
}

/// The citations of several claims, each place once, at most `most`.
pub fn citations<'c>(claims: impl IntoIterator<Item = &'c Claim>, most: usize) -> Vec<Citation> {
    let mut out: Vec<Citation> = Vec::new();
    let claims: Vec<&Claim> = claims.into_iter().collect();
    // what only says what the report is about proves nothing, where anything else does
    let only = claims.iter().all(|c| is_focus(c));
    for c in claims.into_iter().filter(|c| only || !is_focus(c)).flat_map(|claim| &claim.citations) {
        if out.len() >= most {
            break;
        }
        if !out.iter().any(|o| o.source == c.source && o.start == c.start && o.end == c.end) {
            out.push(c.clone());
        }
    }
    out
}
