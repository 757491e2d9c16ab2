//! What a log says every day: which logged warnings and errors are no symptom of this incident.
//!
//! A logged line is a symptom where a hypothesis rests on it, or where it is an error within the time of
//! what leads. A warning that merely stands there, of a start days ago, is background and no row. It
//! judges logged lines alone: what people wrote, measures and spans tell of themselves.

use std::cmp::Ordering;

use crate::analyst::Casebook;
use crate::analyst::casebook::{Bearing, Moment};
use crate::domain::report::RowKind;
use crate::domain::{Citation, Evidence, Hypothesis, Level, Line, Stamp, Verdict};

/// Hypotheses whose own lines are symptoms.
const STANDING: usize = 3;

/// Callers may log the trouble sooner than what they call does: errors this long before the first line
/// of what leads are still of its time, in seconds.
const BEFORE_S: f64 = 120.0;

/// What leads, and since when its own lines tell of it.
pub struct Lead<'a> {
    subject: String,
    cited: Vec<&'a Citation>,
    began: Option<Stamp>,
    callers: Vec<&'a str>,
}

impl<'a> Lead<'a> {
    /// By the hypotheses that stand; `None` where there is none: then nothing tells what is background.
    pub fn of(evidence: &Evidence, book: &'a Casebook, hypotheses: &'a [Hypothesis]) -> Option<Self> {
        let standing = || hypotheses.iter().filter(|h| h.verdict != Verdict::RuledOut).take(STANDING);
        let top = standing().next()?;
        let cited = standing().flat_map(|h| &h.supporting).flat_map(|c| &c.citations).collect();
        let bears = |f: &&crate::analyst::casebook::Finding| {
            f.subject == top.subject && f.playbook == top.playbook && f.bearing != Bearing::Against
        };
        let dated = book.findings.iter().filter(bears).flat_map(|f| {
            let logged = f.claim.citations.iter().filter_map(|c| line_of(evidence, c)).filter(|l| l.level.is_some());
            f.at.into_iter().chain(logged.filter_map(|l| l.stamp)).collect::<Vec<_>>()
        });
        let began = dated.reduce(|a, b| if b.order(&a) == Some(Ordering::Less) { b } else { a });
        let failing = book.edges.iter().filter(|e| e.failing);
        let callers = failing.filter(|e| e.callee == top.subject).map(|e| e.caller.as_str()).collect();
        Some(Self { subject: top.subject.to_lowercase(), cited, began, callers })
    }

    /// True for a logged moment that tells nothing of this incident.
    pub fn is_background(&self, evidence: &Evidence, moment: &Moment) -> bool {
        let line = moment.what.citations.first().and_then(|c| Some((c, line_of(evidence, c)?)));
        let Some((place, line)) = line.filter(|_| moment.kind == RowKind::Symptom) else { return false };
        let Some(level) = line.level else { return false };
        let bears = self.cited.iter().any(|c| c.source == place.source && c.line == place.line);
        if bears {
            return false;
        }
        let text = evidence.text(place.source).get(line.range()).unwrap_or("").to_lowercase();
        let service = moment.service.as_deref().unwrap_or("");
        let own = service.eq_ignore_ascii_case(&self.subject) || text.contains(&self.subject);
        match self.began {
            Some(began) => {
                let late = moment.at.seconds_since(&began).is_some_and(|s| s >= -BEFORE_S);
                !(late && (own || level >= Level::Error))
            }
            // nobody knows since when: only who is hit by what leads is heard
            None => !(level >= Level::Error && (own || self.callers.contains(&service))),
        }
    }
}

fn line_of<'e>(evidence: &'e Evidence, place: &Citation) -> Option<&'e Line> {
    evidence.readings.get(place.source.0 as usize)?.lines.get((place.line as usize).checked_sub(1)?)
}
