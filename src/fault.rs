//! What a person reads when something fails: a kind, what failed and why, and what to do now.
//!
//! Open to every layer. It holds no logic beyond its wording: it never prints and never exits.

use std::fmt;

/// What sort of failure this is; it decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The call was wrong: an unknown flag, a missing argument. Exit code 2.
    Usage,
    /// An input could not be read: missing, a directory, not permitted, too large. Exit code 2.
    Input,
    /// The thing asked about does not hold: a lint finding, a failed verification. Exit code 1.
    Negative,
    /// Something outside failed: disk full, lock held, terminal gone. Exit code 2.
    Environment,
}

/// A failure in a person's words. `what` is a lowercase fragment; `hint` says what to do now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Fault {
    /// What sort of failure this is.
    pub kind: Kind,
    /// What failed and why, as a lowercase fragment: `cannot read notes.txt: no such file`.
    pub what: String,
    /// What the person can do now; empty when there is nothing sensible to say.
    pub hint: String,
}

impl Fault {
    /// A failure of `kind`: what failed and why, and what to do now.
    pub fn new(kind: Kind, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { kind, what: what.into(), hint: hint.into() }
    }

    /// A wrong call.
    pub fn usage(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(Kind::Usage, what, hint)
    }

    /// An input that could not be read.
    pub fn input(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(Kind::Input, what, hint)
    }

    /// Something outside the program failed.
    pub fn environment(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(Kind::Environment, what, hint)
    }

    /// The process's exit code, as the contract of the verbs has it.
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            Kind::Negative => 1,
            Kind::Usage | Kind::Input | Kind::Environment => 2,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if !self.hint.is_empty() {
            write!(f, "\n  {}", self.hint)?;
        }
        Ok(())
    }
}
