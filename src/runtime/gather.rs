//! From raw inputs to evidence, without a session: what `analyze`, `intake` and `eval` work on.

use super::beside::THREADS;
use super::files::Raw;
use crate::domain::{Evidence, Notice, Source, SourceId};
use crate::intake;

/// The evidence, and per source what cleaning and masking noticed.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    /// The sources with their readings.
    pub evidence: Evidence,
    /// What the first stage noticed, per source.
    pub admitted: Vec<Vec<Notice>>,
}

/// Cleans, masks and reads every input.
pub fn gather(inputs: Vec<Raw>) -> Gathered {
    let mut gathered = Gathered::default();
    let mut mask = super::masking::fresh();
    for raw in inputs {
        let admitted = intake::admit(&raw.bytes, &mut mask);
        let id = SourceId(gathered.evidence.sources.len() as u32);
        let source = Source { id, name: raw.name, origin: raw.origin, text: admitted.text.into() };
        gathered.evidence.readings.push(intake::read_with(&source, THREADS));
        gathered.evidence.sources.push(source);
        gathered.admitted.push(admitted.notices);
    }
    gathered
}
