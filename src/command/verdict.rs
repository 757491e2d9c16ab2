//! A label and why: the worst of several wins.

use crate::domain::Label;

/// What a part of a line does, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    /// What it does.
    pub label: Label,
    /// One fragment or sentence.
    pub why: String,
}

fn weight(label: Label) -> u8 {
    match label {
        Label::SafeReadOnly => 0,
        Label::Mutating => 1,
        Label::CannotTell => 2,
        Label::Destructive => 3,
    }
}

/// True where one label is worse than another.
pub(super) fn worse(label: Label, than: Label) -> bool {
    weight(label) > weight(than)
}

impl Verdict {
    /// A label with its reason.
    pub fn new(label: Label, why: impl Into<String>) -> Self {
        Self { label, why: why.into() }
    }

    /// Keeps the worse of the two.
    pub fn worsen(&mut self, label: Label, why: impl Into<String>) {
        if weight(label) > weight(self.label) {
            *self = Self::new(label, why);
        }
    }

    /// Keeps the worse of the two; of two equals the first.
    pub fn join(&mut self, other: Self) {
        self.worsen(other.label, other.why);
    }

    /// At best one that can't be told.
    pub fn doubted(mut self, why: impl Into<String>) -> Self {
        if self.label == Label::SafeReadOnly {
            self = Self::new(Label::CannotTell, why);
        }
        self
    }
}
