//! Claims: the sentences of a report, each with what supports it.

use serde::{Deserialize, Serialize};

use super::SourceId;

/// What a claim rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Support {
    /// The citations say it in these words or figures.
    Quoted,
    /// The result of a formula over cited figures.
    Derived,
    /// Follows from cited claims, and is worded as an inference.
    Inferred,
    /// Nothing given supports it; shown and marked, never dropped.
    Unsupported,
}

/// A place in the evidence. `quote` is exactly the slice `start..end` of the source's text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Citation {
    /// The source's number.
    pub source: SourceId,
    /// First byte, in the source as cleaned at intake.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The line that `start` is on, from 1.
    pub line: u32,
    /// The bytes at that place.
    pub quote: String,
}

/// A sentence of the report with its support.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The sentence.
    pub text: String,
    /// What it rests on.
    pub support: Support,
    /// For derived claims: the formula with its operands, e.g. `99.7 - 96.8 = 2.9`.
    pub formula: Option<String>,
    /// The places it rests on.
    pub citations: Vec<Citation>,
}

impl Claim {
    /// A claim whose words and figures stand in the cited places.
    pub fn quoted(text: impl Into<String>, citations: Vec<Citation>) -> Self {
        Self { text: text.into(), support: Support::Quoted, formula: None, citations }
    }

    /// A claim that follows by a formula over cited figures.
    pub fn derived(text: impl Into<String>, formula: impl Into<String>, citations: Vec<Citation>) -> Self {
        Self { text: text.into(), support: Support::Derived, formula: Some(formula.into()), citations }
    }

    /// A claim that is inferred from the cited places.
    pub fn inferred(text: impl Into<String>, citations: Vec<Citation>) -> Self {
        Self { text: text.into(), support: Support::Inferred, formula: None, citations }
    }

    /// A claim that nothing given supports.
    pub fn unsupported(text: impl Into<String>) -> Self {
        Self { text: text.into(), support: Support::Unsupported, formula: None, citations: Vec::new() }
    }
}
