//! Figures: numbers with their unit, what they count, and where they stand.

use super::{Span, Stamp};

/// What a figure's number is measured in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A share of something, 0 to 100.
    Percent,
    /// Bytes (`Mi`, `GB` … are multiplied out).
    Bytes,
    /// Seconds (`ms`, `min`, `h` … are multiplied out).
    Seconds,
    /// Cores (`100m` is 0.1).
    Cores,
    /// A plain count; of what is in [`Figure::counts`].
    Count,
    /// A count per second.
    PerSecond,
}

/// A number the evidence states.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// The number in the unit's base (bytes, seconds, percent points).
    pub value: f64,
    /// Its unit.
    pub unit: Unit,
    /// What it counts (`requests`, `users`, `pods` …) as far as the text says.
    pub counts: Option<String>,
    /// For `3 of 12`: the second number.
    pub of: Option<f64>,
    /// The time it is stated for.
    pub at: Option<Stamp>,
    /// Where it stands.
    pub span: Span,
}
