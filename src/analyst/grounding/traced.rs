//! The calls that the traces of the evidence show: who stands above whom, by the spans alone.

use std::collections::{BTreeSet, HashMap};

use crate::analyst::naming;
use crate::analyst::tools::texts::traces::looks_like_spans;
use crate::domain::Evidence;
use crate::intake::spans::spans;

/// Each caller with whom it called, in lower case.
pub(super) fn calls(evidence: &Evidence) -> BTreeSet<(String, String)> {
    let mut out = BTreeSet::new();
    for source in evidence.sources.iter().filter(|s| looks_like_spans(&s.text)) {
        let all = spans(&source.text).spans;
        let by_id: HashMap<(&str, &str), &str> =
            all.iter().map(|s| ((s.trace.as_str(), s.id.as_str()), s.service.as_str())).collect();
        let name = |service: &str| naming::workload(service).to_lowercase();
        for span in &all {
            let above = by_id.get(&(span.trace.as_str(), span.parent.as_str()));
            if let Some(caller) = above.filter(|caller| **caller != span.service) {
                out.insert((name(caller), name(&span.service)));
            }
        }
    }
    out
}
