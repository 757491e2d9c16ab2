//! Network policies as they are shown: whom they select, and whom they let in.

use super::model::{Pair, Said};
use crate::domain::Span;

/// A network policy.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names are Kubernetes' own")]
pub struct Policy {
    pub name: String,
    pub namespace: Option<String>,
    pub at: Span,
    /// `None`: not shown; empty: every pod.
    pub selector: Option<Vec<Pair>>,
    pub ingress: bool,
    pub egress: bool,
    /// The rules as text, for both directions.
    pub rules: Vec<Said>,
    /// Whom the rules for ingress let in, one for each rule that a manifest shows.
    pub admits: Vec<Admits>,
    pub age: Option<f64>,
}

/// Whom one rule of a network policy lets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admits {
    /// The labels that a caller's pod must carry, one list for each alternative.
    pub labels: Vec<Vec<Pair>>,
    /// The labels that the namespace of a caller must carry, whatever else is asked of it.
    pub spaces: Vec<Vec<Pair>>,
    /// True where it lets in others as well: anybody, an address.
    pub others: bool,
    /// Where the rule stands.
    pub at: Span,
}
