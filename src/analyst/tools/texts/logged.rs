//! What programs logged as a warning or worse, as moments: the first line of each form. Which of them is a
//! symptom of the incident is judged when something leads; here goes only what all of them say.

use crate::analyst::casebook::Moment;
use crate::analyst::said::said;
use crate::analyst::scope::{BlockKind, Scope, service_of};
use crate::analyst::{Casebook, naming};
use crate::domain::report::RowKind;
use crate::domain::{Claim, Evidence, Level, SourceId, Span};

/// Logged moments kept: the first of each form.
const LOGGED: usize = 40;
/// Forms looked at for them.
const FORMS: usize = 400;

/// The first line of each form at WARN or above; of many the worse and later: an old start is no fault.
pub(super) fn moments(evidence: &Evidence, scope: &Scope, book: &mut Casebook) {
    let mut seen: Vec<(SourceId, Option<u32>, Option<String>)> = Vec::new();
    let mut found: Vec<(Level, Moment)> = Vec::new();
    for (block, line, text) in scope.lines(evidence, |b| matches!(b.kind, BlockKind::Logs | BlockKind::Text)) {
        let (Some(level), Some(at)) = (line.level.filter(|l| *l >= Level::Warn), line.stamp) else { continue };
        if line.duplicate_of.is_some() || found.len() >= FORMS {
            continue;
        }
        let service = service_of(scope, block, line, text);
        let key = (block.source, line.template, service.clone());
        if line.template.is_some() && seen.contains(&key) {
            continue;
        }
        seen.push(key);
        let Some(told) = said(text, line.message.saturating_sub(line.start)) else { continue };
        let cited = evidence.cite(Span::new(block.source, line.start + told.at.start..line.start + told.at.end));
        if found.iter().filter(|(_, m)| m.what.text == told.text).nth(1).is_some() {
            continue;
        }
        let (kind, what) = (RowKind::Symptom, Claim::quoted(told.text, vec![cited]));
        found.push((level, Moment { at, service, kind, what }));
    }
    // a warning that several services give in the same words is how they all start
    let known: Vec<String> = book.services.keys().cloned().collect();
    let peers = |(level, m): &(Level, Moment)| {
        let other = |o: &&(Level, Moment)| o.1.what.text == m.what.text && o.1.service != m.service;
        // but not where they name whom they got no answer from
        let names = |name: &&String| name.len() > 4 && naming::mentions(&m.what.text, name);
        *level == Level::Warn && found.iter().any(|o| other(&o)) && !known.iter().any(|n| names(&n))
    };
    let common: Vec<bool> = found.iter().map(peers).collect();
    let mut common = common.into_iter();
    found.retain(|_| !common.next().unwrap_or(false));
    if found.len() > LOGGED {
        found.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| y.at.sort_key().cmp(&x.at.sort_key())));
        found.truncate(LOGGED);
        found.sort_by_key(|(_, m)| m.at.sort_key());
    }
    book.moments.extend(found.into_iter().map(|(_, moment)| moment));
}
