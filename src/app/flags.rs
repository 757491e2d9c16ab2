//! Sentences of the postmortem that the evidence contradicts by now. A flag holds for the sentence it was
//! made for: once that is changed, it is gone.

/// One flagged line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// The line, from 0.
    pub line: usize,
    /// The line as it was when it was flagged.
    pub text: String,
    /// What the evidence says.
    pub reason: String,
}

impl Flag {
    /// True while the line reads as it did.
    pub fn holds_for(&self, line: &str) -> bool {
        self.text == line
    }
}
