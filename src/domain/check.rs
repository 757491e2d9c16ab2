//! Checks and mitigations: commands with what they are for, what they should show, and their label.

use serde::{Deserialize, Serialize};

use super::{Citation, Claim};

/// What a command does to the world, as far as its grammar tells. The names are the contract's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Label {
    /// Reads only.
    SafeReadOnly,
    /// Changes things.
    Mutating,
    /// Destroys things or interrupts service.
    Destructive,
    /// Not understood well enough to say; treated with more care than a change.
    CannotTell,
}

impl Label {
    /// The label's name in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::SafeReadOnly => "safe-read-only",
            Self::Mutating => "mutating",
            Self::Destructive => "destructive",
            Self::CannotTell => "cannot-tell",
        }
    }
}

/// What a run of a check showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The expectation held.
    Pass,
    /// The expectation did not hold.
    Fail,
    /// It can't be told from the output.
    Unclear,
    /// The run has no known end.
    Unknown,
}

/// A typed expectation on a command's output. `None` of these in a check means a person decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Expectation {
    /// Some line contains this text.
    Contains {
        /// The text, compared without regard to case.
        text: String,
    },
    /// Some line matches this regular expression.
    Matches {
        /// The expression.
        pattern: String,
    },
    /// No line matches this regular expression (and there was output, or the exit status is 0).
    Absent {
        /// The expression.
        pattern: String,
    },
    /// The first number captured by the expression compares so.
    Number {
        /// An expression with one group around the number.
        pattern: String,
        /// `<`, `<=`, `>`, `>=`, `==` or `!=`.
        compare: String,
        /// What it is compared with.
        value: f64,
    },
    /// The number of matching lines compares so.
    Count {
        /// The expression.
        pattern: String,
        /// `<`, `<=`, `>`, `>=`, `==` or `!=`.
        compare: String,
        /// What it is compared with.
        value: f64,
    },
    /// The number in a table's column compares so, in at least one of the rows that are meant.
    Cell {
        /// The column's heading, compared without regard to case.
        column: String,
        /// An expression that one of a row's cells matches; without one every row is meant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        row: Option<String>,
        /// `<`, `<=`, `>`, `>=`, `==` or `!=`.
        compare: String,
        /// What it is compared with.
        value: f64,
    },
    /// A field of the JSON that was printed matches this regular expression.
    Field {
        /// The way to it: `items.*.status.phase`.
        path: String,
        /// The expression.
        pattern: String,
    },
    /// The exit status is this.
    Exit {
        /// The status.
        status: i32,
    },
}

/// One item of the checklist.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Stable over re-investigations.
    pub id: String,
    /// What it finds out.
    pub what: String,
    /// The exact command with blanks as `‹name›`; `None` where a person looks.
    pub command: Option<String>,
    /// Arguments nobody gave: each stands in the command as `‹name›`.
    pub blanks: Vec<String>,
    /// What is expected, in words.
    pub expect: String,
    /// What is expected, as a rule that decides pass or fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Expectation>,
    /// What the command does to the world.
    pub label: Label,
    /// Pre-flight findings.
    pub notes: Vec<String>,
    /// Ranks of the hypotheses it discriminates.
    pub settles: Vec<u32>,
    /// Ids of the hypotheses it discriminates.
    #[serde(default)]
    pub hypotheses: Vec<String>,
    /// True where its rule, once it holds, confirms those hypotheses; else it strengthens them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confirms: bool,
    /// Where hypotheses share the command and expect different things of it: each one's own way to read
    /// the output, the first under this check's id. Empty where one way does for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub meanings: Vec<Meaning>,
}

impl Check {
    /// The ways in which its output is read: itself, or one check for each of its meanings.
    pub fn ways(&self) -> Vec<Self> {
        if self.meanings.is_empty() {
            return vec![self.clone()];
        }
        let way = |r: &Meaning| {
            let Meaning { id, expect, rule, settles, hypotheses, confirms } = r.clone();
            Self { id, expect, rule, settles, hypotheses, confirms, meanings: Vec::new(), ..self.clone() }
        };
        self.meanings.iter().map(way).collect()
    }

    /// True where this is its id, or that of one of its meanings.
    pub fn is(&self, id: &str) -> bool {
        self.id == id || self.meanings.iter().any(|r| r.id == id)
    }
}

/// What a shared command's output means for some of the hypotheses that share it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Meaning {
    /// The id that the check would have if it stood alone.
    pub id: String,
    /// What is expected, in words.
    pub expect: String,
    /// What is expected, as a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Expectation>,
    /// Ranks of the hypotheses it is read for.
    pub settles: Vec<u32>,
    /// Their ids.
    pub hypotheses: Vec<String>,
    /// True where the rule, once it holds, confirms them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confirms: bool,
}

/// One item of the mitigation plan: a suggestion, until the journal has a run of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mitigation {
    /// Stable over re-investigations.
    #[serde(default)]
    pub id: String,
    /// What to do.
    pub action: String,
    /// The exact command with blanks as `‹name›`.
    pub command: Option<String>,
    /// Arguments nobody gave.
    pub blanks: Vec<String>,
    /// What the command does to the world.
    pub label: Label,
    /// Pre-flight findings.
    #[serde(default)]
    pub notes: Vec<String>,
    /// What may go wrong.
    pub risk: String,
    /// How to take it back.
    pub rollback: String,
    /// What it should do, quantified where figures allow.
    pub effect: Option<Claim>,
    /// The check that tells, after it ran, whether it worked. Without one a person says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<Box<Check>>,
}

/// How a run's output was judged, with the line that decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// Pass, fail or unclear.
    pub outcome: Outcome,
    /// One sentence: which rule, which line.
    pub because: String,
    /// The line that decided.
    pub decided_by: Option<Citation>,
}
