//! The calls that the traces of the evidence show: who stands above whom, by the spans alone.

use std::collections::BTreeSet;

use crate::analyst::tools::texts::traces::{called, looks_like_spans};
use crate::domain::Evidence;
use crate::intake::spans::spans;

/// Each caller with whom it called, in lower case.
pub(super) fn calls(evidence: &Evidence) -> BTreeSet<(String, String)> {
    let traced = evidence.sources.iter().filter(|s| looks_like_spans(&s.text));
    traced.flat_map(|s| called(&spans(&s.text).spans)).collect()
}
