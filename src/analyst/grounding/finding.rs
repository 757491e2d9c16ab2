//! What grounding found.

use serde::Serialize;

/// One thing that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Where: `summary`, `hypotheses[1].for[0]`, `line 42`.
    pub path: String,
    /// Which rule.
    pub rule: &'static str,
    /// What is wrong, in one sentence.
    pub what: String,
    /// What would hold instead, where that is known.
    pub fix: Option<String>,
}

impl Finding {
    /// A finding without a fix.
    pub fn new(path: &str, rule: &'static str, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), rule, what: what.into(), fix: None }
    }

    /// The same with what would hold instead.
    pub fn with_fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }
}
