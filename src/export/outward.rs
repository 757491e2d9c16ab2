//! A session as it may leave the machine: what a secret rule finds is masked, public addresses,
//! e-mail addresses and telephone numbers have stable names. The session itself stays as it is.
//!
//! Names are numbered in the order in which the values appear, so the same session leaves the same way
//! twice. Places in the evidence keep their lines; their bytes are of the session's own text.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::domain::{Evidence, Source};
use crate::intake::secrets::{Masks, redact};
use crate::journal::event::Record;
use crate::session::Session;

/// Keys whose values are made by the program: ids and digests, in which digits are no telephone.
const OURS: &[&str] = &["type", "id", "digest", "session", "at", "formula"];

/// The session without what must not leave.
pub fn outward(session: &Session) -> Session {
    let mut veil = Veil::of(session);
    let mut s = session.clone();
    s.title = veil.text(&s.title);
    s.evidence = veil.evidence(&s.evidence);
    for notices in &mut s.admitted {
        *notices = veil.value(&*notices);
    }
    for investigation in &mut s.investigations {
        investigation.why = veil.text(&investigation.why);
        for step in &mut investigation.steps {
            *step = Arc::new(veil.value(&**step));
        }
    }
    s.report = s.report.as_ref().map(|r| Arc::new(veil.value(&**r)));
    for opinion in &mut s.opinions {
        *opinion = Arc::new(veil.value(&**opinion));
    }
    for judged in s.judgements.values_mut() {
        judged.reason = veil.text(&judged.reason);
    }
    for h in s.remembered.values_mut() {
        *h = Arc::new(veil.value(&**h));
    }
    for h in &mut s.added {
        (h.subject, h.statement) = (veil.text(&h.subject), veil.text(&h.statement));
    }
    for (_, _, why) in &mut s.ranked {
        *why = veil.text(why);
    }
    for value in s.blanks.values_mut() {
        *value = veil.text(value);
    }
    for run in s.runs.values_mut() {
        (run.command, run.output, run.how) = (veil.text(&run.command), veil.text(&run.output), veil.text(&run.how));
        run.context = veil.value(&run.context);
        run.judgement = run.judgement.as_ref().map(|j| veil.value(j));
    }
    for judgement in s.checks.values_mut() {
        *judgement = veil.value(&*judgement);
    }
    for note in &mut s.notes {
        note.text = veil.text(&note.text);
    }
    s.postmortem.text = veil.text(&s.postmortem.text).into();
    s.postmortem.draft = veil.text(&s.postmortem.draft).into();
    s
}

/// Records without what must not leave, as [`outward`] has it for their fold.
pub fn records(all: &[Record]) -> Vec<Record> {
    let mut veil = Veil { masks: Masks::new([0; 32]) };
    let mut out = Vec::with_capacity(all.len());
    for record in all {
        let mut record = record.clone();
        let body = record.event.body().and_then(|b| b.text.clone());
        record.event = veil.value(&record.event);
        if let (Some(text), Some(slot)) = (body, record.event.body_mut()) {
            slot.text = Some(veil.text(&text).into());
        }
        out.push(record);
    }
    out
}

/// The masks of one way out.
struct Veil {
    masks: Masks,
}

impl Veil {
    fn of(session: &Session) -> Self {
        // The key only compares values within this call; what it hashes never leaves.
        let mut masks = Masks::new([0; 32]);
        for source in &session.evidence.sources {
            masks.number_after(&source.text);
        }
        for run in session.runs.values() {
            masks.number_after(&run.output);
        }
        Self { masks }
    }

    fn text(&mut self, text: &str) -> String {
        redact(text, &mut self.masks).text.into_owned()
    }

    /// The sources' texts; the readings are of the old texts and stay behind.
    fn evidence(&mut self, evidence: &Evidence) -> Evidence {
        let source = |s: &Source| Source { text: self.text(&s.text).into(), name: self.text(&s.name), ..s.clone() };
        Evidence { sources: evidence.sources.iter().map(source).collect(), readings: Vec::new() }
    }

    /// A value with every string of it as it may leave; the value itself where it can't be told in JSON.
    fn value<T: Serialize + DeserializeOwned + Clone>(&mut self, value: &T) -> T {
        let Ok(mut json) = serde_json::to_value(value) else { return value.clone() };
        self.walk(&mut json);
        serde_json::from_value(json).unwrap_or_else(|_| value.clone())
    }

    fn walk(&mut self, json: &mut Value) {
        match json {
            Value::String(text) if text.len() > 4 => *text = self.text(text),
            Value::Array(all) => all.iter_mut().for_each(|v| self.walk(v)),
            Value::Object(map) => {
                map.iter_mut().filter(|(key, _)| !OURS.contains(&key.as_str())).for_each(|(_, v)| self.walk(v));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Citation, Claim, Origin, SourceId};

    #[test]
    fn an_address_leaves_under_one_name_wherever_it_stands() {
        let mut session = Session::default();
        let text: Arc<str> = "GET / from 203.0.113.9 by ana@example.com\n".into();
        let source = Source { id: SourceId(0), name: "a".into(), origin: Origin::Paste, text };
        session.evidence.sources.push(source);
        let mut report = crate::analyst::report::empty();
        let cited = Citation { source: SourceId(0), start: 11, end: 22, line: 1, quote: "203.0.113.9".into() };
        report.summary = Claim::quoted("203.0.113.9 asked.", vec![cited]);
        session.report = Some(Arc::new(report));
        session.postmortem.text = "It was 203.0.113.9.".into();
        let out = outward(&session);
        let all = format!("{out:?}");
        assert!(!all.contains("203.0.113.9") && !all.contains("ana@example.com"), "{all}");
        let name = out.postmortem.text.trim_start_matches("It was ").trim_end_matches('.').to_owned();
        assert!(name.starts_with('‹'), "{name}");
        assert_eq!(out.report.unwrap().summary.text, format!("{name} asked."));
        assert!(out.evidence.sources[0].text.contains(&name));
    }
}
